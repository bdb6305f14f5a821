//! `inwindow import`.

use std::io::{BufReader, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Value, json};

use super::show::signatures_text;
use super::sources::sources_text;
use super::{Matching, NO_INVENTORY, known_vendor, moment, past, planned, shown_in, told_of_outbox};
use crate::app::{
    App, AppError, Batches, DryRun, Effect, ImportOptions, ImportReport, Imported, Settings, open_in_order,
};
use crate::cli::args::{ImportArgs, Output};
use crate::cli::array::Array;
use crate::cli::table::{Rows, cell, count, print_text, put, wall};
use crate::cli::{Desk, Done};
use crate::mail::{self, Asking, FileError, Source};
use crate::names::VendorId;
use crate::notice::{Doubt, Intake, Reading, ReceivedBy};
use crate::time::Zone;
use crate::window::{Impact, StatedObject, Window};

/// So many messages are no long work: on a terminal, the count is told from there on.
const PROGRESS_STEP: usize = 100;

/// So many messages are told together while others still come: what each says, some 40 KiB, is held no longer than that.
pub(super) const TOLD_TOGETHER: usize = 100;

/// Up to so many things of little news get a line each; of more they are counted.
const FEW: usize = 20;

pub(crate) fn run(desk: &Desk, args: &ImportArgs) -> Result<Done> {
    let settings = desk.settings()?;
    let now = desk.now();
    let instant = |what: &str, text: &Option<String>| -> Result<Option<DateTime<Utc>>, AppError> {
        text.as_deref().map(|text| past(what, moment(&settings, text, None)?, now)).transpose()
    };
    let options = ImportOptions {
        received_at: instant("--received-at", &args.received_at)?,
        intake: if args.baseline { Intake::Baseline } else { Intake::News },
    };
    let until = instant("--complete-until", &args.complete_until)?;
    if args.paths.is_empty() {
        return super::sources::import(desk, args, &options);
    }
    if args.dry_run {
        return dry_run(desk, &settings, args, &options, now);
    }
    let sources = open_all(args, until)?;
    let mut app = desk.create_with(settings)?;
    let vendors = args.vendor.iter().map(|text| known_vendor(&app, text)).collect::<Result<Vec<_>, _>>()?;
    let mut report = ImportReport::default();
    let declared = until.map(|until| Declared { vendors, until });
    let (matching, zone) = (Matching::of(&app)?, shown_in(&app.settings, None)?);
    let mut telling = Telling::new(desk.output, matching, &zone);
    let done = import_all(&mut app, sources, &options, desk, declared.as_ref(), (&mut report, &mut telling));
    // What was stored before something failed is stored: it is told in any case.
    report.outbox = app.outbox(now)?;
    telling.all(&report)?;
    done?;
    Ok(exit(&report, matching))
}

/// What `--complete-until` and `--vendor` declare of each path.
struct Declared {
    vendors: Vec<VendorId>,
    until: DateTime<Utc>,
}

fn import_all(
    app: &mut App,
    sources: Vec<(PathBuf, Option<Source>)>,
    options: &ImportOptions,
    desk: &Desk,
    declared: Option<&Declared>,
    (report, telling): (&mut ImportReport, &mut Telling<'_>),
) -> Result<()> {
    for (path, source) in sources {
        if let Some(source) = source {
            import_source(app, source, options, desk, (&mut *report, &mut *telling))?;
        }
        if let Some(declared) = declared.filter(|_| report.failed.is_empty()) {
            let name = name_of(&path)?;
            report.coverage.push(app.declare_complete(&name, &declared.vendors, declared.until, desk.now())?);
        }
    }
    app.judge_again(desk.now())?;
    Ok(())
}

/// 0 when something was announced and nothing waits, or when completeness was declared of sources without a notice.
fn exit(report: &ImportReport, matching: Matching) -> Done {
    let counted = report.counted();
    let only_declared = counted.count == 0 && !report.coverage.is_empty();
    // Before the first inventory nothing can match, which is no fault of a notice.
    let unmatched = counted.unmatched > 0 && matching == Matching::Inventory;
    let clean = report.failed.is_empty() && !report.waits() && !unmatched;
    if clean && (report.announced() || only_declared) { Done::Yes } else { Done::No }
}

/// 0 when all sources were read and nothing waits: most mail in a mailbox announces nothing.
pub(super) fn exit_of_sources(report: &ImportReport, matching: Matching) -> Done {
    let unmatched = report.counted().unmatched > 0 && matching == Matching::Inventory;
    if report.waits() || unmatched { Done::No } else { Done::Yes }
}

/// Every path opened before anything is stored. An empty folder is no mistake where its completeness is declared.
fn open_all(args: &ImportArgs, until: Option<DateTime<Utc>>) -> Result<Vec<(PathBuf, Option<Source>)>> {
    let mut sources = Vec::new();
    for path in &args.paths {
        let source = match open(path) {
            Err(FileError::Empty { .. }) if until.is_some() => None,
            other => Some(other.map_err(AppError::from)?),
        };
        sources.push((path.clone(), source));
    }
    Ok(sources)
}

pub(super) fn open(path: &Path) -> Result<Source, FileError> {
    if path == Path::new("-") { mail::from_reader("-", BufReader::new(std::io::stdin())) } else { open_in_order(path) }
}

/// The name a source is known by: its path from the root, so that it is the same from anywhere.
fn name_of(path: &Path) -> Result<String> {
    if path == Path::new("-") {
        return Ok("-".to_owned());
    }
    Ok(std::fs::canonicalize(path)?.display().to_string())
}

fn import_source(
    app: &mut App,
    source: Source,
    options: &ImportOptions,
    desk: &Desk,
    (report, telling): (&mut ImportReport, &mut Telling<'_>),
) -> Result<()> {
    report.passed_over.extend(source.passed_over().iter().map(|path| path.display().to_string()));
    for (raws, failed) in Batches::of(source) {
        report.failed.extend(failed);
        report.imported.extend(app.import_together(&raws, options, desk.now())?);
        telling.so_far(report)?;
    }
    Ok(())
}

/// How an import is told while it goes on, so that what many messages say is never held together.
pub(super) struct Telling<'a> {
    output: Output,
    matching: Matching,
    zone: &'a Zone,
    rows: Rows,
    /// Whether the JSON document was begun.
    begun: bool,
    /// The messages in it.
    array: Array,
}

impl<'a> Telling<'a> {
    pub(super) fn new(output: Output, matching: Matching, zone: &'a Zone) -> Self {
        Self { output, matching, zone, rows: announcement_rows(), begun: false, array: Array::in_field() }
    }

    /// Once it is worth it, tells what messages say that were not told yet, and holds it no longer; on a terminal, how far
    /// the import has come.
    pub(super) fn so_far(&mut self, report: &mut ImportReport) -> Result<()> {
        let count = report.told.count + report.imported.len();
        if report.imported.len() >= TOLD_TOGETHER {
            end_progress(count);
            match self.output {
                Output::Table => print_text(&news_text(report, self.matching, self.zone))?,
                Output::Json => self.json_so_far(report)?,
                Output::Ndjson | Output::Csv => {
                    push_imported(&mut self.rows, report);
                    self.rows.print_so_far(self.output)?;
                }
            }
            report.let_go();
        }
        tell_progress(count);
        Ok(())
    }

    /// Tells what was not told yet, behind what was, and what came of all of it.
    pub(super) fn all(mut self, report: &ImportReport) -> Result<()> {
        end_progress(report.counted().count);
        match self.output {
            Output::Json => self.json_end(report),
            Output::Table => print_text(&report_text(report, self.matching, self.zone)),
            Output::Ndjson | Output::Csv => {
                push_imported(&mut self.rows, report);
                for failed in &report.failed {
                    push_row(&mut self.rows, [failed, "", "not read", "", "", "", "", "", "", ""], None);
                }
                self.rows.print_lines(self.output)
            }
        }
    }

    /// The messages of the document, which comes piece by piece: they stand first in it.
    fn json_so_far(&mut self, report: &ImportReport) -> Result<()> {
        let head = if self.begun { "" } else { "{\n  \"imported\": " };
        self.begun = true;
        put(format!("{head}{}", self.array.goes_on(&report.imported)?).as_bytes())
    }

    fn json_end(&mut self, report: &ImportReport) -> Result<()> {
        self.json_so_far(report)?;
        let mut rest = serde_json::to_value(report)?;
        if let Some(fields) = rest.as_object_mut() {
            fields.remove("imported");
        }
        let rest = serde_json::to_string_pretty(&rest)?;
        put(format!("{},\n{}\n", self.array.ends(), rest.trim_start_matches("{\n")).as_bytes())
    }
}

/// On a terminal, how far the import has come.
pub(super) fn tell_progress(count: usize) {
    let mut err = std::io::stderr();
    if count >= PROGRESS_STEP && err.is_terminal() {
        let _ = write!(err, "\r{count} messages");
        let _ = err.flush();
    }
}

/// Leaves a clean line behind the count.
pub(super) fn end_progress(count: usize) {
    let mut err = std::io::stderr();
    if count >= PROGRESS_STEP && err.is_terminal() {
        let _ = write!(err, "\r                    \r");
    }
}

fn dry_run(
    desk: &Desk,
    settings: &Settings,
    args: &ImportArgs,
    options: &ImportOptions,
    now: DateTime<Utc>,
) -> Result<Done> {
    let asking = if args.look_up { Asking::Allowed } else { Asking::Offline };
    let zone = shown_in(settings, None)?;
    let mut rows = announcement_rows();
    let mut said = DrySaid::default();
    let mut understood = false;
    let mut failed = Vec::new();
    let mut passed_over = Vec::new();
    for path in &args.paths {
        let source = open(path).map_err(AppError::from)?;
        passed_over.extend(source.passed_over().iter().map(|path| path.display().to_string()));
        for raw in source {
            match raw {
                Ok(raw) => {
                    let run = settings.dry_run(&raw, options, asking, now);
                    understood |= run.is_understood();
                    said.tell(desk.output, &run, &mut rows, &zone)?;
                }
                Err(error) => failed.push(error.to_string()),
            }
        }
    }
    let mut text = String::new();
    text.extend(failed.iter().map(|failed| format!("not read: {failed}\n")));
    text.push_str(&passed_over_text(&passed_over));
    text.push_str("nothing was stored\n");
    rows.print_report(desk.output, &said.document(&failed), &text)?;
    Ok(if understood && failed.is_empty() { Done::Yes } else { Done::No })
}

/// What the document of a dry run will hold.
#[derive(Default)]
struct DrySaid {
    maintenances: Vec<Value>,
    notices: Vec<Value>,
}

impl DrySaid {
    /// Tells what a message would be read as: at once, but for JSON, which is one document.
    fn tell(&mut self, output: Output, run: &DryRun, rows: &mut Rows, zone: &Zone) -> Result<()> {
        match output {
            Output::Table => {
                let signatures = signatures_text(run.authentication.as_ref());
                print_text(&format!("{}{signatures}", told(&run.source, &run.reading, zone)))
            }
            Output::Json => {
                self.maintenances.extend(run.maintenances());
                self.notices.push(run.notice());
                Ok(())
            }
            Output::Ndjson | Output::Csv => {
                push_announcements(rows, &run.source, &run.reading, "not stored", None);
                rows.print_so_far(output)
            }
        }
    }

    fn document(&self, failed: &[String]) -> Value {
        json!({ "maintenances": self.maintenances, "notices": self.notices, "failed": failed })
    }
}

fn push_imported(rows: &mut Rows, report: &ImportReport) {
    for imported in &report.imported {
        let outcome = if imported.repeated { "known already" } else { "kept" };
        push_announcements(rows, &imported.source, &imported.reading, outcome, Some(imported));
    }
}

fn announcement_rows() -> Rows {
    Rows::new(&["source", "notice", "outcome", "vendor", "reference", "status", "start", "end", "effect", "why"])
}

/// An announcement a row, and one for a message without any.
fn push_announcements(rows: &mut Rows, source: &str, reading: &Reading, outcome: &str, imported: Option<&Imported>) {
    let notice = imported.map(|imported| imported.notice.to_string()).unwrap_or_default();
    let review = imported.map(|imported| imported.review.join("; ")).unwrap_or_default();
    match reading {
        Reading::Irrelevant { why } => {
            push_row(rows, [source, &notice, outcome, "", "", "", "", "", "no notice", &why.to_string()], imported);
        }
        Reading::Unreadable { why, draft, .. } => {
            let draft = draft.as_deref();
            let reference = draft.and_then(|draft| draft.reference.as_ref()).map_or("", |text| text.as_str());
            let status = draft.and_then(|draft| draft.status).map_or("", |status| status.as_str());
            let (start, end) = edges(draft.map_or(&[], |draft| draft.windows.as_slice()));
            let why = why.to_string();
            let cells = [source, &notice, outcome, "", reference, status, &start, &end, "review", &why];
            push_row(rows, cells, imported);
        }
        Reading::Understood { announcements } => {
            for (place, said) in announcements.iter().enumerate() {
                let effect = imported.and_then(|imported| imported.effects.get(place)).map_or("", |effect| effect.what);
                let (start, end) = edges(&said.windows);
                let status = said.status.map_or("", |status| status.as_str());
                let (vendor, reference) = (said.vendor.as_str(), said.reference.as_str());
                let cells = [source, &notice, outcome, vendor, reference, status, &start, &end, effect, &review];
                push_row(rows, cells, imported);
            }
        }
    }
}

/// Start and end of the first window; empty when there is none.
fn edges(windows: &[Window]) -> (String, String) {
    let edge = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
    windows.first().map(|w| (edge(w.interval.start()), edge(w.interval.end()))).unwrap_or_default()
}

fn push_row(rows: &mut Rows, cells: [&str; 10], imported: Option<&Imported>) {
    let [source, notice, outcome, vendor, reference, status, start, end, effect, why] = cells;
    let given = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
    let mut value = json!({ "source": source, "notice": given(notice), "outcome": outcome, "vendor": given(vendor),
        "reference": given(reference), "status": given(status), "start": given(start), "end": given(end),
        "effect": given(effect), "why": given(why) });
    if let (Some(imported), Some(fields)) = (imported, value.as_object_mut()) {
        fields.insert("received".to_owned(), json!(imported.received));
        fields.insert("messages".to_owned(), json!(imported.messages));
    }
    rows.push(cells.iter().map(cell).collect(), value);
}

/// What the messages say that were not told yet.
fn news_text(report: &ImportReport, matching: Matching, zone: &Zone) -> String {
    // A mailbox read again every few minutes is not told mail by mail.
    let few = report.counted().count <= FEW && report.sources.is_empty();
    let news = report.imported.iter().filter(|imported| !imported.repeated || few);
    news.map(|imported| imported_text(imported, matching, zone)).collect()
}

fn report_text(report: &ImportReport, matching: Matching, zone: &Zone) -> String {
    let mut text = news_text(report, matching, zone);
    for failed in &report.failed {
        text.push_str(&format!("not read: {failed}\n"));
    }
    text.push_str(&passed_over_text(&report.passed_over));
    for coverage in &report.coverage {
        let whose = if coverage.vendors.is_empty() {
            "every vendor".to_owned()
        } else {
            coverage.vendors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        text.push_str(&format!(
            "declared: `{}` holds everything from {whose} received before {}\n",
            coverage.source,
            wall(coverage.complete_until, zone)
        ));
    }
    text.push_str(&sources_text(report, zone));
    text.push_str(&summary(report, matching));
    text
}

/// What lay among the files and was not read.
fn passed_over_text(paths: &[String]) -> String {
    let told = paths.iter().take(FEW);
    let mut text: String =
        told.map(|path| format!("passed over: {path} (a folder below is read when it is named)\n")).collect();
    if paths.len() > FEW {
        text.push_str(&format!("passed over: {} more\n", paths.len() - FEW));
    }
    text
}

/// What came of all of it, and what to do next.
fn summary(report: &ImportReport, matching: Matching) -> String {
    let mut text = String::new();
    let counted = report.counted();
    if counted.count > 1 {
        text.push_str(&format!(
            "{}: {} new, {} known already, {} in review\n",
            count(counted.count, "message"),
            counted.count - counted.known,
            counted.known,
            counted.in_review
        ));
    }
    if report.waits() {
        text.push_str("what waits in review changes nothing before a person looks: `inwindow review list`\n");
    }
    if counted.effective > 0 && matching == Matching::Nothing {
        text.push_str(&format!("{NO_INVENTORY}\n"));
    }
    if report.messages() > 0 {
        text.push_str(&told_of_outbox(&report.outbox));
    }
    text
}

fn imported_text(imported: &Imported, matching: Matching, zone: &Zone) -> String {
    if imported.repeated {
        let waits = if imported.review.is_empty() { "" } else { "; it still waits in review" };
        return format!("{}: known already as {}; nothing changed{waits}\n", imported.source, imported.notice);
    }
    let mut text = told(&imported.source, &imported.reading, zone);
    let mut say = |line: String| text.push_str(&format!("  {line}\n"));
    let by = dated(imported.received.by);
    say(format!("kept as {}, received {}{by}", imported.notice, wall(imported.received.at, zone)));
    for effect in &imported.effects {
        match &effect.maintenance {
            Some(id) => {
                say(format!("{} {id} ({})", effect.what, effect.reference));
                say_touched(effect, matching, &mut say);
            }
            None => say(format!("{} waits in review", effect.reference)),
        }
    }
    for reason in &imported.review {
        say(format!("to review: {reason}"));
    }
    if imported.messages + imported.withdrawn > 0 {
        say(planned(imported.messages, imported.withdrawn));
    }
    text
}

/// Whom a maintenance touches; what the inventory does not know is said aloud, since nobody is told of that.
pub(super) fn say_touched(effect: &Effect, matching: Matching, say: &mut impl FnMut(String)) {
    if matching == Matching::Nothing {
        return;
    }
    for name in &effect.unmatched {
        say(format!("`{name}` matches nothing in the inventory: no customer is told about it"));
    }
    let (assets, customers) = (effect.assets.len(), effect.customers.len());
    say(match (assets, customers) {
        (0, _) => "touches nothing in the inventory".to_owned(),
        (_, 0) => format!("touches {} and no customer", count(assets, "asset")),
        (_, _) => format!("touches {} of {}", count(assets, "asset"), count(customers, "customer")),
    });
}

/// Where a time of receipt is worth less than a `Received` header.
fn dated(by: ReceivedBy) -> &'static str {
    match by {
        ReceivedBy::ReceivedHeader | ReceivedBy::InternalDate | ReceivedBy::MboxFrom | ReceivedBy::Option => "",
        ReceivedBy::SenderDated => " (by its sender's Date alone)",
        ReceivedBy::ImportTime => " (it does not say when, so now; --received-at T says it)",
    }
}

/// What was read in a message, for people.
fn told(source: &str, reading: &Reading, zone: &Zone) -> String {
    match reading {
        Reading::Irrelevant { why } => format!("{source}: no notice: {why}\n"),
        Reading::Unreadable { why, draft, .. } => {
            let mut text = format!("{source}: not understood: {why}\n");
            if let Some(draft) = draft {
                let status = draft.status.map_or("status not stated", |status| status.as_str());
                let reference = draft.reference.as_ref().map_or("no reference", |reference| reference.as_str());
                text.push_str(&format!("  by general rules: {reference} {status} (grade {})\n", draft.grade()));
                text.push_str(&told_windows(&draft.windows, zone));
                for written in &draft.unresolved {
                    text.push_str(&format!("    window of unknown zone: {} to {}\n", written.start, written.end));
                }
                text.push_str(&told_objects(&draft.objects, draft.impact));
                text.push_str(&told_doubts(&draft.doubts));
            }
            text
        }
        Reading::Understood { announcements } => {
            let mut text = format!("{source}:\n");
            for said in announcements {
                let status = said.status.map_or("status not stated", |status| status.as_str());
                text.push_str(&format!("  {} {} {status} (grade {})\n", said.vendor, said.reference, said.grade));
                text.push_str(&told_windows(&said.windows, zone));
                text.push_str(&told_objects(&said.objects, said.impact));
                text.push_str(&told_doubts(&said.doubts));
            }
            text
        }
    }
}

fn told_windows(windows: &[Window], zone: &Zone) -> String {
    let edges = |window: &Window| (wall(window.interval.start(), zone), wall(window.interval.end(), zone));
    let line = |window: &Window| {
        let (start, end) = edges(window);
        format!("    window {}: {start} to {end}\n", window.ordinal)
    };
    windows.iter().map(line).collect()
}

fn told_objects(objects: &[StatedObject], of_notice: Option<Impact>) -> String {
    let impact = |object: &StatedObject| object.impact.or(of_notice).map_or("impact not stated", Impact::as_str);
    objects.iter().map(|object| format!("    {}: {}\n", object.name, impact(object))).collect()
}

fn told_doubts(doubts: &[Doubt]) -> String {
    doubts.iter().map(|doubt| format!("    in doubt: {doubt}\n")).collect()
}
