//! Random rules answered by us and by the `rrule` crate, on the wall clock.
//!
//! `INWINDOW_CRATE_RULES` says how many (200 when unset), `INWINDOW_FUZZ_SEED` which. Frequencies below a day are
//! python-dateutil's to check (`tests/fuzz/ask_dateutil.py`): the crate loses instances of
//! `FREQ=MINUTELY;INTERVAL=4;BYMONTH=1;BYHOUR=1;BYMINUTE=20`, the first eleven days of each January.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use inwindow::window::recurrence::GapPolicy;

use super::random::{number, random, rule_of};
use super::zones::recurrence;

/// How many starts of each rule are compared.
const LIMIT: usize = 30;

/// The shapes in which the crate departs from RFC 5545, or reads what the RFC leaves open as python-dateutil does.
fn known_difference(rule: &str, ours: &[String], theirs: &[String]) -> Option<&'static str> {
    let has = |part: &str| rule.contains(part);
    let weeks = has("BYWEEKNO");
    if has("FREQ=WEEKLY") && has("BYSETPOS") {
        return Some("WEEKLY with BYSETPOS: the crate makes the first week's set from DTSTART on");
    }
    if has("FREQ=YEARLY") && has("BYMONTHDAY") && !has("BYMONTH=") && !has("BYDAY") && !has("BYYEARDAY") && !weeks {
        return Some("YEARLY with BYMONTHDAY alone: the crate takes every month, RFC 5545 DTSTART's");
    }
    if weeks && !has("BYDAY") {
        return Some("BYWEEKNO without BYDAY: the crate gives all seven days, RFC 5545 DTSTART's weekday");
    }
    if weeks && (!has("INTERVAL=1;") || has("BYSETPOS")) {
        return Some("BYWEEKNO: the crate takes the days of a calendar year, we those of the year of its weeks");
    }
    // 1994-01-01 lies in the 52nd week of 1993, and the crate has it in none.
    if weeks && agree_but_at_new_year(ours, theirs) {
        return Some("BYWEEKNO: the crate loses days of a week that crosses New Year");
    }
    None
}

/// Whether two lists of starts, written `20260101T…`, are the same but for the days that weeks of another year can have, as
/// far as both go.
pub(super) fn agree_but_at_new_year(ours: &[String], theirs: &[String]) -> bool {
    let not_new_year = |starts: &[String]| -> Vec<String> {
        let new_year = |day: &str| ("0101".."0104").contains(&day) || ("1229".."1232").contains(&day);
        starts.iter().filter(|start| !new_year(&start[4..8])).cloned().collect()
    };
    let (ours, theirs) = (not_new_year(ours), not_new_year(theirs));
    let common = ours.len().min(theirs.len());
    ours[..common] == theirs[..common]
}

#[test]
fn random_rules_are_answered_as_the_crate_does_or_a_known_case_says_why_not() {
    let rules = random(rule_of(vec!["YEARLY", "MONTHLY", "WEEKLY", "DAILY"]), number("INWINDOW_CRATE_RULES", 200));
    let (mut same, mut empty, mut refused) = (0, 0, BTreeMap::new());
    let (mut known, mut unknown) = (BTreeMap::new(), Vec::new());
    for random in &rules {
        let theirs = match format!("DTSTART:{}Z\nRRULE:{}", random.dtstart, random.rule).parse::<rrule::RRuleSet>() {
            Ok(theirs) => theirs,
            Err(error) => {
                *refused.entry(error.to_string()).or_insert(0) += 1;
                continue;
            }
        };
        let theirs: Vec<String> =
            theirs.into_iter().take(LIMIT).map(|at| at.format("%Y%m%dT%H%M%S").to_string()).collect();
        // It gives up in silence after 100,000 steps: fewer than asked for prove nothing after the last.
        let ours = recurrence(&random.dtstart, "", &format!("RRULE:{}", random.rule), GapPolicy::Shift)
            .next(DateTime::<Utc>::MIN_UTC, theirs.len());
        let ours: Vec<String> =
            ours.starts.iter().map(|start| start.wall.format("%Y%m%dT%H%M%S").to_string()).collect();
        if ours == theirs {
            same += 1;
            empty += usize::from(theirs.is_empty());
        } else if let Some(why) = known_difference(&random.rule, &ours, &theirs) {
            *known.entry(why).or_insert(0) += 1;
        } else {
            unknown.push(format!("{random:?}\n  ours   {ours:?}\n  theirs {theirs:?}"));
        }
    }
    println!(
        "{} rules: {same} the same ({empty} of them without a start there), refused by the crate: {refused:#?}, known differences: {known:#?}",
        rules.len()
    );
    assert!(unknown.is_empty(), "{} unexplained:\n{}", unknown.len(), unknown[..unknown.len().min(20)].join("\n"));
    // RFC 5545 section 3.3.10 lets a month have a fifth weekday from its end as from its start.
    refused.retain(|why: &String, _: &mut i32| !why.contains("`BYDAY` is `-5`"));
    assert!(refused.is_empty(), "the crate refused what RFC 5545 allows: name it: {refused:?}");
}
