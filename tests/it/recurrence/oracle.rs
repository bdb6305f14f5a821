//! The table `recurrence.jsonl` of the folder that `INWINDOW_ORACLE` names: cases of libical, RFC 5545 and
//! python-dateutil.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use chrono::{DateTime, Utc};
use inwindow::time::Zones;
use inwindow::window::recurrence::{DateValue, Dates, Extra, Recurrence, RecurrenceParts, Rule};
use serde::Deserialize;

#[derive(Deserialize)]
struct Case {
    id: String,
    dtstart: String,
    tzid: Option<String>,
    rrule: Option<String>,
    exdates: Vec<String>,
    rdates: Vec<String>,
    exrules: Vec<String>,
    from: Option<String>,
    expected: Vec<String>,
    prefix: bool,
    error: bool,
    tags: Vec<String>,
}

impl Case {
    fn has(&self, tag: &str) -> bool {
        self.tags.iter().any(|t| t == tag)
    }
}

fn cases() -> Vec<Case> {
    let folder = std::env::var_os("INWINDOW_ORACLE").expect("the feature `oracle` needs INWINDOW_ORACLE");
    let text = std::fs::read_to_string(Path::new(&folder).join("recurrence.jsonl")).expect("the table is there");
    text.lines().map(|line| serde_json::from_str(line).expect("a case is readable")).collect()
}

fn recurrence(case: &Case, zones: &Zones) -> Result<Recurrence, String> {
    let said = |error: &dyn std::fmt::Display| error.to_string();
    let rules = |texts: &mut dyn Iterator<Item = &String>| -> Result<Vec<Rule>, String> {
        texts.map(|text| Rule::parse(text).map_err(|e| said(&e))).collect()
    };
    let zone = case.tzid.as_deref().map(|name| zones.get(name)).transpose().map_err(|e| said(&e))?;
    let mut parts = RecurrenceParts::new(DateValue::parse(&case.dtstart).map_err(|e| said(&e))?, zone);
    parts.rules = rules(&mut case.rrule.iter())?;
    parts.exrules = rules(&mut case.exrules.iter())?;
    let extra = |text: &String| Extra::parse(text).map_err(|e| said(&e));
    parts.rdates = vec![Dates { zone: None, values: case.rdates.iter().map(extra).collect::<Result<_, _>>()? }];
    let date = |text: &String| DateValue::parse(text).map_err(|e| said(&e));
    parts.exdates = vec![Dates { zone: None, values: case.exdates.iter().map(date).collect::<Result<_, _>>()? }];
    Recurrence::new(parts).map_err(|e| said(&e))
}

/// What we answer, written as the case writes it; as many as expected, and one more to see that the list ends.
fn answer(case: &Case, zones: &Zones) -> Result<Vec<String>, String> {
    let recurrence = recurrence(case, zones)?;
    let more = usize::from(!case.prefix);
    let starts = recurrence.next(DateTime::<Utc>::MIN_UTC, case.expected.len() + more);
    if let Some(gave_up) = starts.gave_up {
        return Err(format!("gave up: {gave_up:?}"));
    }
    let written = |wall: chrono::NaiveDateTime| match recurrence.dtstart() {
        DateValue::Date(_) => DateValue::Date(wall.date()).to_string(),
        DateValue::Local(_) => DateValue::Local(wall).to_string(),
        DateValue::Utc(_) => DateValue::Utc(wall).to_string(),
    };
    Ok(starts.starts.iter().map(|start| written(start.wall)).collect())
}

fn check_core(case: &Case, zones: &Zones) -> Result<(), String> {
    let got = answer(case, zones)?;
    if got != case.expected {
        return Err(format!("{got:?}\n  expected {:?}", case.expected));
    }
    let Some(from) = &case.from else { return Ok(()) };
    // The same from the middle: the list from there on, in that order.
    let from = DateValue::parse(from).map_err(|e| e.to_string())?.wall();
    let later = recurrence(case, zones)?.next(from.and_utc(), case.expected.len()).starts;
    let later: Vec<String> = later.iter().map(|start| DateValue::Local(start.wall).to_string()).collect();
    let floor = DateValue::Local(from).to_string();
    let expected: Vec<String> = case.expected.iter().filter(|text| **text >= floor).cloned().collect();
    if later == expected { Ok(()) } else { Err(format!("from {floor}: {later:?}\n  expected {expected:?}")) }
}

#[test]
fn the_core_of_the_table_is_answered() {
    let zones = Zones::embedded();
    let core: Vec<Case> = cases().into_iter().filter(|case| case.tags.iter().all(|tag| tag == "rare")).collect();
    let mut wrong = String::new();
    for case in &core {
        let right = if case.error {
            answer(case, &zones).map(|_| ()).map_or(Ok(()), |()| Err("read".into()))
        } else {
            check_core(case, &zones)
        };
        if let Err(why) = right {
            let _ = writeln!(wrong, "{} {} {:?}: {why}", case.id, case.dtstart, case.rrule);
        }
    }
    println!("core: {} cases, {} wrong", core.len(), wrong.lines().filter(|line| !line.starts_with(' ')).count());
    assert_eq!(core.len(), 341);
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_the_rfc_forbids_is_refused() {
    let zones = Zones::embedded();
    let forbidden: Vec<Case> = cases().into_iter().filter(|case| case.has("rfc-forbids")).collect();
    assert_eq!(forbidden.len(), 46);
    for case in &forbidden {
        let refusal = answer(case, &zones).expect_err(&case.id);
        assert!(refusal.contains("RFC 5545 section 3.3.10"), "{}: {refusal}", case.id);
    }
}

/// Our side in a case that the libraries dispute.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Disputed {
    /// Whether our answer is that of the table: `same`, `other`.
    ours: String,
    /// The first starts of ours, where it is another.
    #[serde(default)]
    starts: Vec<String>,
    reason: String,
}

#[test]
fn each_disputed_case_has_our_answer_and_its_reason() {
    let zones = Zones::embedded();
    let listed: BTreeMap<String, Disputed> =
        toml::from_str(include_str!("../../cases/recurrence/disputed.toml")).expect("the list is readable");
    let disputed: Vec<Case> = cases().into_iter().filter(|case| case.has("disputed") || case.has("erratum")).collect();
    let ids: Vec<&String> = disputed.iter().map(|case| &case.id).collect();
    let mut missing: Vec<&String> = ids.iter().filter(|id| !listed.contains_key(**id)).copied().collect();
    missing.extend(listed.keys().filter(|id| !ids.contains(id)));
    let mut wrong = String::new();
    for case in &disputed {
        let got = answer(case, &zones);
        let same = got.as_ref().is_ok_and(|got| !case.error && *got == case.expected);
        let Some(row) = listed.get(&case.id) else {
            let _ = writeln!(wrong, "{} same={same} {got:?} expected {:?}", case.id, case.expected);
            continue;
        };
        let right = match row.ours.as_str() {
            "same" => same,
            "other" => {
                !same
                    && got
                        .as_ref()
                        .is_ok_and(|got| got.starts_with(&row.starts) && (!got.is_empty() || row.starts.is_empty()))
            }
            _ => false,
        };
        if !right || row.reason.is_empty() {
            let _ = writeln!(wrong, "{}: listed as {}, and we answer {got:?}", case.id, row.ours);
        }
    }
    assert!(wrong.is_empty() && missing.is_empty(), "not listed or listed in vain: {missing:?}\n{wrong}");
}
