//! The corpus: real notices, which stay outside the project, with the result each must give.
//!
//! Compiled by the feature `corpus` alone, which `tests/run` turns on when `INWINDOW_CORPUS` names the folder.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use inwindow::notice::{Announcement, Reading};
use serde::Deserialize;

use crate::notice::{read_raw, word};

/// The cases that carry MAINTNOTE calendars.
const CORPUS: [&str; 19] = [
    "genericprovider-01",
    "genericprovider-02",
    "genericprovider-03",
    "genericprovider-08",
    "genericprovider-10",
    "genericprovider-11",
    "genericprovider-12",
    "arelion-02",
    "eunetworks-01",
    "gtt-09",
    "ntt-01",
    "ntt-02",
    "packetfabric-01",
    "pccw-02",
    "pccw-03",
    "pccw-04",
    "pccw-06",
    "telstra-09",
    "telstra-10",
];

#[derive(Deserialize)]
struct Case {
    expect_error: bool,
    error_strict: Option<bool>,
    #[serde(default)]
    expected: Vec<CaseMaintenance>,
    #[serde(default)]
    expected_alt: Vec<Vec<CaseMaintenance>>,
    accept: Option<Vec<Accept>>,
}

#[derive(Deserialize)]
struct CaseMaintenance {
    maintenance_id: String,
    status: String,
    start: i64,
    end: i64,
    circuits: Vec<Circuit>,
}

#[derive(Deserialize)]
struct Circuit {
    circuit_id: String,
    impact: String,
}

#[derive(Deserialize)]
struct Accept {
    field: String,
    values: Vec<serde_json::Value>,
    instead: bool,
}

/// One window as the corpus states it: reference, status, start, end, assets with impact.
type Row = (String, String, i64, i64, Vec<(String, String)>);

fn rows_of_case(list: &[CaseMaintenance], accept: &[Accept]) -> Vec<Row> {
    let status_instead = accept.iter().find(|a| a.field == "status" && a.instead).and_then(|a| a.values[0].as_str());
    list.iter()
        .map(|m| {
            let mut assets: Vec<_> = m.circuits.iter().map(|c| (c.circuit_id.clone(), c.impact.clone())).collect();
            assets.sort();
            let status = status_instead.unwrap_or(&m.status).to_owned();
            (m.maintenance_id.clone(), status, m.start, m.end, assets)
        })
        .collect()
}

fn rows_read(announcements: &[Announcement]) -> Vec<Row> {
    let row = |a: &Announcement, window: &inwindow::window::Window| {
        let named = if window.objects.is_empty() { &a.objects } else { &window.objects };
        let impact = |stated: Option<inwindow::window::Impact>| stated.or(a.impact).map_or("OUTAGE".into(), word);
        let mut assets: Vec<_> = named.iter().map(|o| (o.name.clone(), impact(o.impact))).collect();
        assets.sort();
        let status = a.status.map_or("NO-CHANGE".into(), word);
        (
            a.reference.to_string(),
            status,
            window.interval.start().timestamp(),
            window.interval.end().timestamp(),
            assets,
        )
    };
    announcements.iter().flat_map(|a| a.windows.iter().map(move |window| row(a, window))).collect()
}

/// One case: the line for the table, and whether it is right.
fn judge(folder: &Path) -> (String, Result<(), String>) {
    let text = fs::read_to_string(folder.join("case.json")).expect("a case of the corpus is there");
    let case: Case = serde_json::from_str(&text).expect("a case is readable");
    let reading = read_raw(&fs::read(folder.join("message.eml")).expect("its mail is there"));
    match reading {
        Reading::Understood { announcements } if case.expect_error => {
            let strict = case.error_strict.unwrap_or(true);
            let line = format!("read: {}", announcements[0].reference);
            (line, if strict { Err("read, and must be refused".into()) } else { Ok(()) })
        }
        Reading::Understood { announcements } => {
            let accept = case.accept.unwrap_or_default();
            let got = rows_read(&announcements);
            let allowed: Vec<Vec<Row>> = std::iter::once(&case.expected)
                .chain(&case.expected_alt)
                .map(|list| rows_of_case(list, &accept))
                .collect();
            let right = if allowed.contains(&got) { Ok(()) } else { Err(format!("{got:?}\n  not in {allowed:?}")) };
            let (reference, status, ..) = &got[0];
            (format!("{} window(s), {reference} {status} {}", got.len(), announcements[0].vendor), right)
        }
        Reading::Irrelevant { why } => (why.to_string(), Err(format!("irrelevant: {why}"))),
        Reading::Unreadable { why, .. } => {
            let refused = if case.expect_error { Ok(()) } else { Err(format!("unreadable: {why}")) };
            (format!("refused: {why}"), refused)
        }
    }
}

#[test]
fn the_corpus_of_maintnote_calendars() {
    let corpus = std::env::var_os("INWINDOW_CORPUS").expect("the feature `corpus` needs INWINDOW_CORPUS");
    let cases = Path::new(&corpus).join("cases");
    let mut wrong = String::new();
    for name in CORPUS {
        let (line, right) = judge(&cases.join(name));
        println!("{name:20} {:5} {line}", if right.is_ok() { "right" } else { "WRONG" });
        if let Err(why) = right {
            let _ = writeln!(wrong, "{name}: {why}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// The corpus' own scorer, asking the program as a user would: every positive case whole, every strict negative refused.
#[track_caller]
fn scored(more: &[&str]) {
    let corpus = std::env::var("INWINDOW_CORPUS").expect("INWINDOW_CORPUS names the corpus");
    let data = tempfile::tempdir().expect("a temporary folder");
    let output = std::process::Command::new("python3")
        .arg(Path::new(&corpus).join("score.py"))
        .arg(Path::new(&corpus).join("cases"))
        .arg("--cmd")
        .arg(format!(
            "{} --data {} import --dry-run -o json {{eml}}",
            env!("CARGO_BIN_EXE_inwindow"),
            data.path().display()
        ))
        .args(more)
        .output()
        .expect("python3 runs");
    let told = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    let total = told.lines().find(|line| line.starts_with("TOTAL")).expect("a total");
    let whole: Vec<&str> = total.split_whitespace().take(3).collect();
    assert_eq!(whole, ["TOTAL", "64", "100.0%"], "{told}");
    assert!(told.contains("strict ones 1/1"), "{told}");
}

#[test]
fn the_corpus_scores_every_notice_whole() {
    scored(&[]);
}

#[test]
fn the_corpus_scores_every_notice_whole_with_crlf() {
    scored(&["--crlf"]);
}
