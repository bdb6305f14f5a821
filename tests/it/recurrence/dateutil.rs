//! Random rules answered by us and by python-dateutil (`tests/fuzz/ask_dateutil.py`), on the wall clock.
//!
//! `INWINDOW_FUZZ_RULES` says how many (2,000 when unset), `INWINDOW_FUZZ_SEED` which; `INWINDOW_PYTHON` names the
//! python.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use chrono::{DateTime, Utc};
use inwindow::window::recurrence::GapPolicy;
use serde::Deserialize;

use super::of_crate::agree_but_at_new_year;
use super::random::{Random, number, random, rule};
use super::zones::recurrence;

/// How many starts of each rule are compared.
const LIMIT: usize = 20;

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    starts: Vec<String>,
    #[serde(default)]
    partial: bool,
    error: Option<String>,
}

/// Why dateutil's answer differs from ours, where it does: the cases known by name.
fn known_difference(random: &Random, ours: &[String], theirs: &[String]) -> Option<&'static str> {
    let has = |part: &str| random.rule.contains(part);
    if has("BYWEEKNO") && !has("BYDAY") && !has("BYMONTHDAY") && !has("BYYEARDAY") {
        return Some("BYWEEKNO without BYDAY: dateutil gives all seven days, RFC 5545 DTSTART's weekday");
    }
    if has("BYWEEKNO") && (has("BYSETPOS") || !has("INTERVAL=1;")) {
        return Some("BYWEEKNO: dateutil takes the days of a calendar year, we those of the year of its weeks");
    }
    if has("FREQ=YEARLY")
        && has("BYMONTHDAY")
        && !has("BYMONTH=")
        && !has("BYDAY")
        && !has("BYYEARDAY")
        && !has("BYWEEKNO")
    {
        return Some("YEARLY with BYMONTHDAY alone: dateutil takes every month, RFC 5545 DTSTART's");
    }
    if has("FREQ=WEEKLY") && has("BYSETPOS") {
        return Some(
            "WEEKLY with BYSETPOS: dateutil makes the first week's set from DTSTART on, RFC 5545 from the whole week",
        );
    }
    // 1990-01-01 lies in the 52nd week of 1989 when weeks begin on Wednesday, 1974-12-30 in the 52nd from the end of 1975;
    // dateutil has them in none.
    if has("BYWEEKNO") && (has("WKST=") || has("-52") || has("-53")) && agree_but_at_new_year(ours, theirs) {
        return Some(
            "BYWEEKNO: dateutil miscounts at New Year when weeks do not begin on Monday or week 1 is named from the end",
        );
    }
    None
}

fn answers(rules: &[Random]) -> Vec<Answer> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fuzz/ask_dateutil.py");
    let python = std::env::var("INWINDOW_PYTHON").unwrap_or_else(|_| "python3".into());
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the feature `oracle` needs python3 with python-dateutil");
    let mut stdin = child.stdin.take().expect("piped");
    let questions: Vec<String> = rules
        .iter()
        .map(|random| serde_json::json!({"dtstart": random.dtstart, "rrule": random.rule, "limit": LIMIT}).to_string())
        .collect();
    let writer = std::thread::spawn(move || {
        for question in questions {
            writeln!(stdin, "{question}").expect("python reads");
        }
    });
    let lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let answers = lines.map(|line| serde_json::from_str(&line.expect("a line")).expect("an answer")).collect();
    writer.join().expect("all was written");
    assert!(child.wait().expect("it ends").success(), "python-dateutil is missing or failed");
    answers
}

#[test]
fn random_rules_are_answered_as_dateutil_does_or_a_known_case_says_why_not() {
    let rules = random(rule(), number("INWINDOW_FUZZ_RULES", 2000));
    let answers = answers(&rules);
    assert_eq!(answers.len(), rules.len());
    let (mut same, mut partial, mut empty) = (0, 0, 0);
    let (mut known, mut unknown) = (BTreeMap::new(), Vec::new());
    for (random, theirs) in rules.iter().zip(&answers) {
        let ours = recurrence(&random.dtstart, "", &format!("RRULE:{}", random.rule), GapPolicy::Shift)
            .next(DateTime::<Utc>::MIN_UTC, LIMIT);
        let mut ours: Vec<String> =
            ours.starts.iter().map(|start| start.wall.format("%Y%m%dT%H%M%S").to_string()).collect();
        partial += usize::from(theirs.partial);
        if theirs.partial {
            ours.truncate(theirs.starts.len());
        }
        // A rule that can never come is an error there and an empty list here.
        if ours == theirs.starts && (theirs.error.is_none() || ours.is_empty()) {
            same += 1;
            empty += usize::from(ours.is_empty());
        } else if let Some(why) = known_difference(random, &ours, &theirs.starts) {
            *known.entry(why).or_insert(0) += 1;
        } else {
            unknown.push(format!("{random:?}\n  ours   {ours:?}\n  theirs {:?} {:?}", theirs.starts, theirs.error));
        }
    }
    println!(
        "{} rules: {same} the same ({empty} without a start), {partial} compared in part; known differences: {known:#?}",
        rules.len()
    );
    assert!(unknown.is_empty(), "{} unexplained:\n{}", unknown.len(), unknown[..unknown.len().min(20)].join("\n"));
}
