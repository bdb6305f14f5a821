//! The table of verdicts: `tests/cases/verdict/rows/*.toml`, written by hand from the rules and not from what the judge says.
//!
//! A row says in short words what was known, what is asked and what must come out:
//!
//! ```toml
//! [[row]]
//! name = "what the row shows"
//! said = ["2020-01-01: outage, for feed, 2020-01-10 00:00 to 04:00"]
//! ask = "2020-01-10 03:00 to 05:00"
//! expect = "overrun partly"
//! seconds = "covered 3600, grace 600, outside 3000"
//! ```
//!
//! A notice is its receipt and, behind a colon, words with commas between them: a status, an impact, `for OBJECT` or
//! `for OBJECT=IMPACT`, a window `A to B`, in a zone `A to B [Zone]`, kept in reserve `A to B reserve`, `also A to B` for
//! another reading of the window before, `day D [Zone]`, `ended T`, `called TEXT`, `of VENDOR`, `ref R`, `account A`,
//! `stamp T`, `sender dated`, `forwarded`. A word of a file's `[notices]` stands for the notice named so.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use inwindow::inventory::{Inventory, Vendor};
use inwindow::maintenance::{Cause, Maintenance, Revised, Revision, StatedTerms, Terms, revise};
use inwindow::names::{AssetId, NoticeId, OutageId, Reference, VendorId};
use inwindow::notice::{
    Announcement, Coverage, CoverageKind, Grade, Received, ReceivedBy, ReviewItem, ReviewState, Status,
};
use inwindow::outage::{Stance, Statement};
use inwindow::time::{EndDate, Interval, Zone, Zones, local_days, resolve_written};
use inwindow::verdict::{Beside, Flag, Kind, Known, OutageState, Question, Verdict, judge, names_in};
use inwindow::window::standing::{Standing, StandingFile};
use inwindow::window::{Impact, Role, StatedObject, Window, Written};
use inwindow::written::SourceFile;
use serde::Deserialize;

const WORLD: &str = include_str!("../cases/verdict/world.toml");

/// Fewest rows of each kind, and of all.
const OF_EACH: usize = 5;
const OF_ALL: usize = 120;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    notices: BTreeMap<String, String>,
    #[serde(default)]
    standing: BTreeMap<String, String>,
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    name: String,
    #[serde(default)]
    said: Vec<String>,
    /// Names of the file's standing windows.
    #[serde(default)]
    standing: Vec<String>,
    terms: Option<String>,
    zone: Option<String>,
    asset: Option<String>,
    ask: String,
    observed: Option<String>,
    as_of: Option<String>,
    #[serde(default)]
    open: bool,
    #[serde(default)]
    ahead: bool,
    plus_minus: Option<u32>,
    end_plus_minus: Option<u32>,
    other_start: Option<String>,
    other_end: Option<String>,
    /// `SOURCE polled|declared UNTIL [VENDOR]`; by default all was read.
    read: Option<Vec<String>>,
    #[serde(default)]
    review: Vec<String>,
    #[serde(default)]
    beside: Vec<String>,
    #[serde(default)]
    stances: Vec<String>,
    expect: String,
    #[serde(default)]
    flags: Vec<String>,
    seconds: Option<String>,
    offset: Option<i64>,
    #[serde(default)]
    readings: Vec<String>,
}

/// `2020-01-10`, `2020-01-10 04:00` or `2020-01-10 04:00:01`.
fn local(text: &str) -> NaiveDateTime {
    let text = text.trim();
    let seconds = match text.len() {
        10 => format!("{text} 00:00:00"),
        16 => format!("{text}:00"),
        _ => text.to_owned(),
    };
    NaiveDateTime::parse_from_str(&seconds, "%Y-%m-%d %H:%M:%S").unwrap_or_else(|_| panic!("`{text}` is no time"))
}

fn utc(text: &str) -> DateTime<Utc> {
    local(text).and_utc()
}

/// `A to B`, the date of `B` left out where it is that of `A`.
fn ends(text: &str) -> (NaiveDateTime, NaiveDateTime, EndDate) {
    let (start, end) = text.split_once(" to ").unwrap_or_else(|| panic!("`{text}` is no span"));
    let start = local(start);
    if end.trim().len() >= 10 {
        return (start, local(end), EndDate::Written);
    }
    (start, local(&format!("{} {}", start.date(), end.trim())), EndDate::Borrowed)
}

fn span(text: &str) -> Interval {
    let (start, end, _) = ends(text);
    Interval::new(start.and_utc(), end.and_utc()).unwrap_or_else(|_| panic!("`{text}` is no span"))
}

/// Without `[Zone]` in UTC.
fn in_zone<'t>(text: &'t str, zones: &Zones) -> (&'t str, Zone) {
    match text.split_once('[') {
        None => (text, Zone::utc()),
        Some((rest, zone)) => (rest.trim(), zones.get(zone.trim_end_matches(']')).expect("a zone")),
    }
}

fn window(ordinal: usize, text: &str, zones: &Zones) -> Window {
    let (text, role) = match text.strip_suffix(" reserve") {
        Some(rest) => (rest, Role::Contingency),
        None => (text, Role::Primary),
    };
    let (words, zone) = in_zone(text, zones);
    let read = if let Some(day) = words.strip_prefix("day ") {
        let day: NaiveDate = local(day).date();
        local_days(day, day, &zone)
    } else {
        let (start, end, date) = ends(words);
        resolve_written(start, (end, date), &zone, None)
    };
    let read = read.unwrap_or_else(|| panic!("`{text}` is no window"));
    Window {
        ordinal: u32::try_from(ordinal).expect("few"),
        role,
        interval: read.interval,
        others: read.others,
        flags: read.flags,
        written: Written { start: words.to_owned(), end: String::new(), zone: Some(zone.name().to_owned()) },
        wall: None,
        zone: zone.name().to_owned(),
        rules: zones.version().clone(),
        objects: Vec::new(),
    }
}

fn status(word: &str) -> Option<Status> {
    Some(match word {
        "tentative" => Status::Tentative,
        "confirmed" => Status::Confirmed,
        "cancelled" => Status::Cancelled,
        "in-process" => Status::InProcess,
        "completed" => Status::Completed,
        "re-scheduled" => Status::Rescheduled,
        _ => return None,
    })
}

/// A notice in words.
fn notice(text: &str, number: usize, zones: &Zones) -> Revision {
    let (received, words) = text.split_once(": ").unwrap_or_else(|| panic!("`{text}` has no receipt"));
    let mut revision = revision(utc(received), number);
    let said = &mut revision.announcement;
    for word in words.split(", ").map(str::trim) {
        if let Some(status) = status(word) {
            said.status = Some(status);
        } else if word == "no status" {
            said.status = None;
        } else if word == "sender dated" {
            revision.received.by = ReceivedBy::SenderDated;
        } else if word == "forwarded" {
            revision.received.forwarded = true;
        } else if let Ok(impact) = word.parse::<Impact>() {
            said.impact = Some(impact);
        } else if let Some(object) = word.strip_prefix("for ") {
            let (name, impact) = object.split_once('=').map_or((object, None), |(name, impact)| (name, Some(impact)));
            let impact = impact.map(|impact| impact.parse().expect("an impact"));
            said.objects.push(StatedObject { name: name.to_owned(), impact });
        } else if let Some(other) = word.strip_prefix("also ") {
            said.windows.last_mut().expect("a window before it").others.push(span(other));
        } else if let Some(ended) = word.strip_prefix("ended ") {
            said.actual_end = Some(utc(ended));
        } else if let Some(called) = word.strip_prefix("called ") {
            said.summary = Some(called.to_owned());
        } else if let Some(vendor) = word.strip_prefix("of ") {
            said.vendor = VendorId::new(vendor).expect("an id");
        } else if let Some(reference) = word.strip_prefix("ref ") {
            said.reference = Reference::new(reference).expect("a reference");
        } else if let Some(account) = word.strip_prefix("account ") {
            said.account = Some(account.to_owned());
        } else if let Some(stamp) = word.strip_prefix("stamp ") {
            said.stamp = Some(utc(stamp));
        } else {
            said.windows.push(window(said.windows.len() + 1, word, zones));
        }
    }
    revision
}

/// A notice of `vendor` about `R-1` that says nothing but that it is confirmed.
fn revision(received: DateTime<Utc>, number: usize) -> Revision {
    Revision {
        number: 0,
        cause: Cause::Notice,
        rereads: None,
        notice: NoticeId::new(format!("n-{number}")).expect("an id"),
        received: Received { at: received, by: ReceivedBy::ReceivedHeader, forwarded: false },
        recorded_at: received,
        sent_at: None,
        baseline: false,
        announcement: Announcement {
            vendor: VendorId::new("vendor").expect("an id"),
            account: None,
            reference: Reference::new("R-1").expect("a reference"),
            replaces: None,
            status: Some(Status::Confirmed),
            windows: Vec::new(),
            impact: None,
            objects: Vec::new(),
            known_start: None,
            actual_end: None,
            sequence: None,
            stamp: None,
            summary: None,
            grade: Grade::Standard,
            sources: Vec::new(),
            flags: Vec::new(),
            doubts: Vec::new(),
        },
    }
}

fn maintenances(said: &[String], file: &File, zones: &Zones) -> Vec<Maintenance> {
    let mut known: Vec<Maintenance> = Vec::new();
    for (number, text) in said.iter().enumerate() {
        let text = file.notices.get(text).unwrap_or(text);
        let revised = match revise(&known, notice(text, number + 1, zones)) {
            Revised::Opened(m) | Revised::Repeated(m) => m,
            Revised::Changed { maintenance, .. } | Revised::Stale { maintenance, .. } => maintenance,
            Revised::Unassigned => panic!("`{text}` fits several maintenances"),
        };
        known.retain(|m| m.id != revised.id);
        known.push(revised);
    }
    known
}

fn standing(row: &Row, file: &File, zones: &Zones) -> Vec<Standing> {
    let windows = row.standing.iter().flat_map(|name| {
        let text = file.standing.get(name).unwrap_or_else(|| panic!("no standing window `{name}`"));
        let head = "version = 1\nvendor = \"vendor\"\nsource = \"the table\"\n";
        let source = SourceFile { name: name.clone(), text: format!("{head}[[window]]\nid = \"{name}\"\n{text}") };
        match StandingFile::parse(&source, zones) {
            Ok(file) => file.windows,
            Err(problems) => panic!("{}: {problems:?}", row.name),
        }
    });
    windows.collect()
}

fn inventory(row: &Row, zones: &Zones) -> Inventory {
    let mut text = WORLD.to_owned();
    if let Some(terms) = &row.terms {
        text = text.replace("terms = { notice_min = \"24 h\", grace = \"10 min\" }", &format!("terms = {{ {terms} }}"));
    }
    if let Some(zone) = &row.zone {
        text = text.replacen("zone = \"UTC\"", &format!("zone = \"{zone}\""), 1);
    }
    let file = SourceFile { name: row.name.clone(), text };
    Inventory::load(&[file], zones).unwrap_or_else(|problems| panic!("{}: {problems:?}", row.name))
}

fn question(row: &Row) -> Question {
    let outage = if row.ask.contains(" to ") { span(&row.ask) } else { Interval::second_at(utc(&row.ask)) };
    let asset = AssetId::new(row.asset.as_deref().unwrap_or("server")).expect("an id");
    let observed = row.observed.as_deref().map_or(Impact::Outage, |impact| impact.parse().expect("an impact"));
    let minutes = |minutes: Option<u32>| TimeDelta::minutes(minutes.unwrap_or_default().into());
    let official = Question::official(asset, outage, observed);
    Question {
        as_of: row.as_of.as_deref().map_or(official.as_of, utc),
        start_uncertainty: minutes(row.plus_minus),
        end_uncertainty: minutes(row.end_plus_minus),
        other_starts: row.other_start.iter().map(|text| utc(text)).collect(),
        other_ends: row.other_end.iter().map(|text| utc(text)).collect(),
        state: match (row.open, row.ahead) {
            (true, _) => OutageState::Open,
            (false, true) => OutageState::Ahead,
            (false, false) => OutageState::Ended,
        },
        ..official
    }
}

fn coverage(row: &Row) -> Vec<Coverage> {
    let read = |text: &String| {
        let words: Vec<&str> = text.split(' ').collect();
        let [source, kind, until, vendors @ ..] = words.as_slice() else { panic!("`{text}` is no source") };
        let complete_until = utc(&until.replace('T', " "));
        let kind = match *kind {
            "polled" => CoverageKind::Polled,
            "declared" => CoverageKind::Declared,
            other => panic!("`{other}` is no kind of coverage"),
        };
        let vendors = vendors.iter().map(|id| VendorId::new(*id).expect("an id")).collect();
        Coverage { source: (*source).to_owned(), vendors, complete_until, kind, recorded_at: complete_until }
    };
    let all = vec!["mailbox polled 2030-01-01 vendor carrier".to_owned()];
    row.read.as_ref().unwrap_or(&all).iter().map(read).collect()
}

fn review(row: &Row) -> Vec<ReviewItem> {
    let item = |(number, text): (usize, &String)| {
        let (received_at, vendor) = text.split_once(" of ").map_or((text.as_str(), None), |(at, v)| (at, Some(v)));
        ReviewItem {
            notice: NoticeId::new(format!("n-review-{number}")).expect("an id"),
            received_at: utc(received_at),
            vendor: vendor.map(|id| VendorId::new(id).expect("an id")),
            reasons: Vec::new(),
            state: ReviewState::Open,
            settled: None,
        }
    };
    row.review.iter().enumerate().map(item).collect()
}

fn verdict(row: &Row, file: &File, zones: &Zones) -> Verdict {
    let inventory = inventory(row, zones);
    let question = question(row);
    let outage = OutageId::new("o-1").expect("an id");
    let beside: Vec<Beside> = row
        .beside
        .iter()
        .map(|text| {
            let (asset, start) = text.split_once(' ').expect("an asset and a time");
            Beside { outage: outage.clone(), asset: AssetId::new(asset).expect("an id"), start: utc(start) }
        })
        .collect();
    let statements: Vec<Statement> = row
        .stances
        .iter()
        .map(|stance| Statement {
            outage: outage.clone(),
            who: stance.clone(),
            said_at: question.outage.start(),
            channel: "phone".into(),
            words: "words".into(),
            stance: match stance.as_str() {
                "related" => Stance::Related,
                "unrelated" => Stance::Unrelated,
                _ => Stance::Unknown,
            },
            recorded_at: question.outage.start(),
        })
        .collect();
    let terms_of = |vendor: &Vendor| {
        let zone = zones.get(&vendor.zone).expect("a zone");
        (vendor.id.clone(), Terms::of(&vendor.terms, &StatedTerms::default()).in_zone(zone))
    };
    let (maintenances, standing) = (maintenances(&row.said, file, zones), standing(row, file, zones));
    let by = |inventory: &Inventory| {
        let known = Known {
            maintenances: &maintenances,
            standing: &standing,
            coverage: &coverage(row),
            review: &review(row),
            inventory,
            terms: &inventory.vendors.values().map(terms_of).collect(),
            beside: &beside,
            statements: &statements,
            zones,
        };
        judge(&question, &known)
    };
    let whole = by(&inventory);
    let assets: Vec<AssetId> = beside.iter().map(|beside| &beside.asset).chain([&question.asset]).cloned().collect();
    let part = inventory.part(&assets, &names_in(&maintenances, &standing));
    assert_eq!(by(&part), whole, "{}: by a part of the inventory", row.name);
    whole
}

/// What a row came to, in the words that rows are written in.
fn told(verdict: &Verdict) -> String {
    let segments: Vec<String> = verdict
        .segments
        .iter()
        .map(|segment| {
            let excused = segment.excused && segment.label.as_str() != "covered";
            format!("{} {}{}", segment.label, segment.seconds, if excused { " excused" } else { "" })
        })
        .collect();
    let flags: Vec<&str> = verdict.flags.iter().map(|flag: &Flag| flag.as_str()).collect();
    format!("{} {} [{}] {}", verdict.kind, verdict.answer, flags.join(", "), segments.join(", "))
}

fn wrong(row: &Row, file: &File, zones: &Zones) -> Option<String> {
    let verdict = verdict(row, file, zones);
    let got = told(&verdict);
    let got_seconds = got.split_once("] ").map(|(_, seconds)| seconds).unwrap_or_default();
    let seconds = row.seconds.as_deref().unwrap_or(got_seconds);
    let expected = format!("{} [{}] {seconds}", row.expect, row.flags.join(", "));
    let total: i64 = verdict.segments.iter().map(|segment| segment.seconds).sum();
    let readings: Vec<&str> = verdict.readings.iter().map(|kind| kind.as_str()).collect();
    let mut wrong = Vec::new();
    if got != expected {
        wrong.push(format!("  expected {expected}\n  but got  {got}"));
    }
    if row.offset.is_some() && row.offset != verdict.offset_seconds {
        wrong.push(format!("  expected offset {:?}, got {:?}", row.offset, verdict.offset_seconds));
    }
    if readings != row.readings {
        wrong.push(format!("  expected readings {:?}, got {readings:?}", row.readings));
    }
    if total != verdict.outage.length().num_seconds() {
        wrong.push(format!("  the seconds add up to {total}"));
    }
    let why = verdict.why.join("\n    ");
    (!wrong.is_empty()).then(|| format!("{}:\n{}\n    {why}", row.name, wrong.join("\n")))
}

#[test]
fn every_row_of_the_table_comes_out_as_the_rules_say() {
    let zones = Zones::embedded();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/verdict/rows");
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("the table is there").map(|entry| entry.expect("readable").path()).collect();
    paths.sort();
    let mut of_kind: BTreeMap<String, usize> = BTreeMap::new();
    let mut failed: Vec<String> = Vec::new();
    for path in &paths {
        let text = fs::read_to_string(path).expect("readable");
        let file: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        for row in &file.row {
            *of_kind.entry(row.expect.split(' ').next().unwrap_or_default().to_owned()).or_default() += 1;
            failed.extend(wrong(row, &file, &zones).map(|wrong| format!("{name}: {wrong}")));
        }
    }
    assert!(failed.is_empty(), "{} rows:\n{}", failed.len(), failed.join("\n"));
    let few: Vec<_> =
        Kind::ALL.into_iter().filter(|kind| of_kind.get(kind.as_str()).copied() < Some(OF_EACH)).collect();
    assert!(few.is_empty(), "fewer than {OF_EACH} rows of {few:?}");
    assert!(of_kind.values().sum::<usize>() >= OF_ALL, "{of_kind:?}");
}
