//! Many outages at once: rows of asset, from, to and impact, each answered with its verdict on a line of its own.

use std::borrow::Cow;
use std::collections::HashMap;
use std::io::{self, BufReader, Read, Write};
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::check::find_asset;
use super::error::AppError;
use super::rows::read_row;
use super::settings::App;
use crate::inventory::Inventory;
use crate::maintenance::Terms;
use crate::names::{AssetId, VendorId};
use crate::notice::{Coverage, ReviewItem};
use crate::outage::Observed;
use crate::store::{Dated, MaintenanceFilter, OutageFilter, ReviewFilter};
use crate::time::{Interval, Zones, plain_instant};
use crate::verdict::{
    AskedOfDocket, AssetNumber, Brief, CLOSE_IN_TIME, Desk, Docket, DocketKnown, OutageState, Question, SCHEMA,
    Verdict, write_instant, write_number, write_text,
};
use crate::window::Impact;
use crate::window::standing::Standing;

/// Rows read, put in order and judged before the first of them is answered, at some four hundred bytes each with their
/// answers: of 100,000 assets each is met several times then, and the next row of one finds its windows still at hand.
pub const BATCH_ROWS: usize = 1 << 19;

/// Longest row, in bytes: an id, two times with their zones and an impact need a hundred.
const MAX_ROW_BYTES: usize = 4096;

/// Read from the input and written to the output at a time, in bytes.
const INPUT_BYTES: usize = 1 << 18;
const OUTPUT_BYTES: usize = 1 << 18;

/// Maintenances loaded at a time.
const PAGE: usize = 2048;

/// How rows are answered.
#[derive(Debug, Clone)]
pub struct BatchOptions {
    /// The zone of local times that name none.
    pub zone: Option<String>,
    /// How much of each verdict is told.
    pub form: BatchForm,
    /// What becomes of the rest behind a row that is wrong.
    pub wrong: OnWrong,
}

/// How much of each verdict is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BatchForm {
    /// What counts, without evidence and sentences.
    Short,
    /// All of it.
    Full,
}

/// What becomes of the rest behind a row that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OnWrong {
    /// It is answered; the row is told with its line.
    GoOn,
    /// Nothing more is answered.
    Stop,
}

/// How many rows were answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BatchAnswered {
    /// With a verdict.
    pub judged: u64,
    /// With what is wrong in them.
    pub refused: u64,
}

/// A row as asked; small, since there are many of them at a time.
struct Asked {
    line: u64,
    /// The place of its asset among those asked about.
    asset: u32,
    observed: Impact,
    outage: Interval,
    /// What its times can mean as well; of few rows.
    others: Option<Box<Others>>,
}

/// What the words of a row's times can mean beside what they were read as.
struct Others {
    starts: Vec<DateTime<Utc>>,
    ends: Vec<DateTime<Utc>>,
}

/// A row of NDJSON, or of the columns of CSV; members beside these are ignored.
#[derive(Deserialize)]
struct TextRow<'t> {
    #[serde(borrow)]
    asset: Cow<'t, str>,
    #[serde(borrow)]
    from: Cow<'t, str>,
    #[serde(borrow)]
    to: Cow<'t, str>,
    #[serde(borrow, default)]
    impact: Option<Cow<'t, str>>,
}

#[derive(Serialize)]
struct FullAnswer<'a> {
    line: u64,
    #[serde(flatten)]
    verdict: &'a Verdict,
}

#[derive(Serialize)]
struct WrongRow {
    line: u64,
    error: String,
}

/// What everything is judged by, loaded once.
struct Loaded {
    inventory: Arc<Inventory>,
    /// From when on it holds; before that the judge asks for the version then.
    since: DateTime<Utc>,
    terms: std::collections::BTreeMap<VendorId, Terms>,
    standing: Vec<Standing>,
    coverage: Vec<Coverage>,
    review: Vec<ReviewItem>,
    recorded: Vec<Interval>,
}

impl App {
    /// Answers each row of `input`, CSV with a header or NDJSON, on a line of `output`, in the order of the input.
    ///
    /// Rows are read in chunks of [`BATCH_ROWS`]; `told` hears after each how many are done. A row that cannot be read is
    /// answered `{"line","error"}`.
    ///
    /// # Errors
    /// [`AppError::NoInventory`], [`AppError::Store`], [`AppError::File`] when the input cannot be read or the output not
    /// written, [`AppError::Usage`] for a header without the columns, and for the first wrong row where that stops all.
    pub fn check_batch(
        &self,
        (input, output): (impl Read, impl Write),
        options: &BatchOptions,
        told: &mut dyn FnMut(u64),
        now: DateTime<Utc>,
    ) -> Result<BatchAnswered, AppError> {
        let loaded = self.load_for_batch()?;
        let mut docket = Docket::new(DocketKnown {
            inventory: &loaded.inventory,
            terms: &loaded.terms,
            standing: &loaded.standing,
            coverage: &loaded.coverage,
            review: &loaded.review,
            recorded: &loaded.recorded,
            zones: &self.settings.zones,
            now,
        });
        if options.form == BatchForm::Short {
            self.fill(&mut docket)?;
        }
        let mut output = io::BufWriter::with_capacity(OUTPUT_BYTES, output);
        let mut rows = Rows::new(input, options.zone.as_deref(), &self.settings.zones, &loaded.inventory);
        let mut answered = BatchAnswered::default();
        let (mut chunk, mut desk, mut short) = (Vec::new(), Desk::default(), Answers::default());
        loop {
            rows.chunk(&docket, &mut chunk)?;
            if chunk.is_empty() {
                break;
            }
            match options.form {
                BatchForm::Short => short.sweep((&docket, &loaded), (&chunk, &rows.assets), &mut desk, now),
                BatchForm::Full => short.clear(chunk.len()),
            }
            for (place, row) in chunk.iter().enumerate() {
                match row {
                    Err(wrong) if options.wrong == OnWrong::Stop => {
                        output.flush().map_err(unwritable)?;
                        return Err(AppError::usage(
                            format!("row on line {}: {}", wrong.line, wrong.error),
                            "leave out --strict to go on",
                        ));
                    }
                    Err(wrong) => {
                        serde_json::to_writer(&mut output, wrong).map_err(|error| unwritable(error.into()))?;
                        answered.refused += 1;
                    }
                    Ok(asked) => {
                        match short.of(place) {
                            Some(answer) => output.write_all(answer).map_err(unwritable)?,
                            None => self.answer(asked, rows.id(asked), options.form, &mut output, now)?,
                        }
                        answered.judged += 1;
                    }
                }
                output.write_all(b"\n").map_err(unwritable)?;
            }
            output.flush().map_err(unwritable)?;
            told(answered.judged + answered.refused);
        }
        Ok(answered)
    }

    fn load_for_batch(&self) -> Result<Loaded, AppError> {
        let Some(version) = self.store.inventory_latest()? else {
            return Err(AppError::NoInventory { folder: self.settings.folder.clone() });
        };
        let first = matches!(self.store.inventory_as_of(DateTime::<Utc>::MIN_UTC)?,
            Some(Dated::InForce(oldest) | Dated::DeclaredLater(oldest)) if oldest.version == version.version);
        let near = |outage: crate::outage::Outage| {
            let span = outage.interval(DateTime::<Utc>::MAX_UTC).unwrap_or(Interval::second_at(outage.start.at));
            span.widened(CLOSE_IN_TIME + TimeDelta::seconds(1))
        };
        Ok(Loaded {
            since: if first { DateTime::<Utc>::MIN_UTC } else { version.applied_at },
            terms: self.settings.terms(&version.inventory),
            standing: self.standing_of(&version.inventory)?,
            coverage: self.store.coverage()?,
            review: self.store.review(ReviewFilter::Open)?,
            recorded: self.store.outages(OutageFilter::All)?.into_iter().map(near).collect(),
            inventory: version.inventory,
        })
    }

    /// Puts all maintenances into a docket, a page at a time.
    fn fill(&self, docket: &mut Docket<'_>) -> Result<(), AppError> {
        let mut filter = MaintenanceFilter { limit: Some(PAGE), ..MaintenanceFilter::default() };
        loop {
            let page = self.store.maintenances(&filter)?;
            for maintenance in &page {
                docket.add(maintenance);
            }
            match page.last() {
                Some(last) if page.len() == PAGE => filter.after = Some(last.id.clone()),
                Some(_) | None => break,
            }
        }
        docket.seal();
        Ok(())
    }

    /// Answers a row by the judge.
    fn answer(
        &self,
        asked: &Asked,
        asset: &AssetId,
        form: BatchForm,
        output: &mut impl Write,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let start = asked.outage.start();
        let others =
            |of: fn(&Others) -> &Vec<DateTime<Utc>>| asked.others.as_deref().map(of).cloned().unwrap_or_default();
        let question = Question {
            as_of: start.min(now),
            state: if start > now { OutageState::Ahead } else { OutageState::Ended },
            other_starts: others(|others| &others.starts),
            other_ends: others(|others| &others.ends),
            ..Question::official(asset.clone(), asked.outage, asked.observed)
        };
        let verdict = self.judge(&question, self.inventory_at(start)?.as_ref())?;
        match form {
            BatchForm::Short => {
                let mut text = Vec::new();
                write_short(&mut text, (asked, asset), verdict.as_of, &Brief::of(&verdict));
                output.write_all(&text).map_err(unwritable)
            }
            BatchForm::Full => {
                let answer = FullAnswer { line: asked.line, verdict: &verdict };
                serde_json::to_writer(output, &answer).map_err(|error| unwritable(error.into()))
            }
        }
    }
}

/// The short answers of a chunk as text, written in the order they are judged in.
#[derive(Default)]
struct Answers {
    text: Vec<u8>,
    /// Where each row's answer begins and ends; both are 0 of a row that has none.
    places: Vec<(usize, usize)>,
    asked: Vec<AskedOfDocket>,
}

impl Answers {
    /// None for so many rows.
    fn clear(&mut self, rows: usize) {
        self.text.clear();
        self.places.clear();
        self.places.resize(rows, (0, 0));
        self.asked.clear();
    }

    fn of(&self, place: usize) -> Option<&[u8]> {
        let (start, end) = self.places[place];
        (start < end).then(|| &self.text[start..end])
    }

    /// Judges the rows of a chunk that the docket can tell.
    fn sweep<'d>(
        &mut self,
        (docket, loaded): (&'d Docket<'_>, &Loaded),
        (chunk, assets): (&[Row], &[AssetAsked]),
        desk: &mut Desk<'d>,
        now: DateTime<Utc>,
    ) {
        self.clear(chunk.len());
        for (place, asked) in chunk.iter().enumerate().filter_map(|(place, row)| Some((place, row.as_ref().ok()?))) {
            let settled = asked.outage.start() >= loaded.since && asked.others.is_none();
            if let (true, Some(asset)) = (settled, assets[asked.asset as usize].number) {
                self.asked.push(AskedOfDocket { asset, outage: asked.outage, observed: asked.observed, place });
            }
        }
        let Self { text, places, asked } = self;
        docket.sweep(asked, desk, |asked, brief| {
            let (Some(brief), Ok(row)) = (brief, &chunk[asked.place]) else { return };
            let start = text.len();
            write_short(text, (row, &assets[row.asset as usize].id), asked.outage.start().min(now), &brief);
            places[asked.place] = (start, text.len());
        });
    }
}

/// The short form of a verdict: `schema`, `line`, `asset`, `outage`, `as_of`, and what is brief in it.
fn write_short(out: &mut Vec<u8>, (asked, asset): (&Asked, &AssetId), as_of: DateTime<Utc>, brief: &Brief<'_>) {
    out.extend_from_slice(b"{\"schema\":\"");
    out.extend_from_slice(SCHEMA.as_bytes());
    out.extend_from_slice(b"\",\"line\":");
    write_number(out, i64::try_from(asked.line).unwrap_or(i64::MAX));
    out.extend_from_slice(b",\"asset\":");
    write_text(out, asset.as_str());
    out.extend_from_slice(b",\"outage\":{\"start\":");
    write_instant(out, asked.outage.start());
    out.extend_from_slice(b",\"end\":");
    write_instant(out, asked.outage.end());
    out.extend_from_slice(b"},\"as_of\":");
    write_instant(out, as_of);
    out.push(b',');
    brief.write_members(out);
    out.push(b'}');
}

fn unwritable(error: io::Error) -> AppError {
    AppError::file("write", std::path::Path::new("<stdout>"), error)
}

/// A row as asked, or what is wrong in it.
type Row = Result<Asked, Box<WrongRow>>;

/// An asset that some row asks about.
struct AssetAsked {
    id: AssetId,
    number: Option<AssetNumber>,
}

/// The rows of an input.
struct Rows<'z, R> {
    input: BufReader<R>,
    line: u64,
    /// The columns of CSV; none before its header, and of NDJSON.
    columns: Option<Columns>,
    zone: Option<&'z str>,
    zones: &'z Zones,
    inventory: &'z Inventory,
    /// The assets asked about so far, which most rows repeat …
    assets: Vec<AssetAsked>,
    /// … by what was typed for them.
    known: HashMap<Box<str>, u32>,
}

/// Where the columns of CSV stand.
#[derive(Debug, Clone, Copy)]
struct Columns {
    asset: usize,
    from: usize,
    to: usize,
    impact: Option<usize>,
}

impl<'z, R: Read> Rows<'z, R> {
    fn new(input: R, zone: Option<&'z str>, zones: &'z Zones, inventory: &'z Inventory) -> Self {
        let zone = zone.filter(|zone| !zone.is_empty());
        let input = BufReader::with_capacity(INPUT_BYTES, input);
        Self { input, line: 0, columns: None, zone, zones, inventory, assets: Vec::new(), known: HashMap::new() }
    }

    fn id(&self, asked: &Asked) -> &AssetId {
        &self.assets[asked.asset as usize].id
    }

    /// The next rows; none at the end.
    fn chunk(&mut self, docket: &Docket<'_>, rows: &mut Vec<Row>) -> Result<(), AppError> {
        rows.clear();
        let mut text = Vec::new();
        let unreadable = |error| AppError::file("read", std::path::Path::new("<batch>"), error);
        while rows.len() < BATCH_ROWS && read_row(&mut self.input, &mut text, MAX_ROW_BYTES).map_err(unreadable)? {
            self.line += 1;
            let row = text.trim_ascii();
            if row.is_empty() {
                continue;
            }
            let line = self.line;
            let wrong = |error: String| Err(Box::new(WrongRow { line, error }));
            let Ok(row) = std::str::from_utf8(row) else {
                rows.push(wrong("the row is not UTF-8".to_owned()));
                continue;
            };
            if text.len() > MAX_ROW_BYTES {
                rows.push(wrong(format!("the row is longer than {MAX_ROW_BYTES} bytes")));
                continue;
            }
            if self.columns.is_none() && !row.starts_with('{') {
                self.columns = Some(columns(row.trim_start_matches('\u{feff}'))?);
                continue;
            }
            rows.push(self.row(row, docket).or_else(wrong));
        }
        Ok(())
    }

    fn row(&mut self, row: &str, docket: &Docket<'_>) -> Result<Asked, String> {
        let TextRow { asset, from, to, impact } = match self.columns {
            None => serde_json::from_str(row).map_err(|error| format!("no row of an outage: {error}"))?,
            Some(columns) => of_columns(row, columns)?,
        };
        let asset = self.asset(&asset, docket)?;
        let (start, starts) = self.instants(&from)?;
        let (end, ends) = self.instants(&to)?;
        let outage = Interval::new(start, end).map_err(|error| error.to_string())?;
        let observed = impact.as_deref().map(str::trim).filter(|impact| !impact.is_empty());
        let observed = observed.map_or(Ok(Impact::Outage), str::parse::<Impact>);
        let observed = observed.map_err(|error| error.to_string())?;
        let is_exact = starts.is_empty() && ends.is_empty();
        let others = (!is_exact).then(|| Box::new(Others { starts, ends }));
        Ok(Asked { line: self.line, asset, observed, outage, others })
    }

    fn asset(&mut self, typed: &str, docket: &Docket<'_>) -> Result<u32, String> {
        if let Some(known) = self.known.get(typed) {
            return Ok(*known);
        }
        let id = find_asset(self.inventory, typed.trim()).map_err(|error| error.to_string())?;
        let place = u32::try_from(self.assets.len()).map_err(|_| "more names than can be told apart".to_owned())?;
        self.assets.push(AssetAsked { number: docket.asset(&id), id });
        self.known.insert(typed.into(), place);
        Ok(place)
    }

    /// An instant, and what its words could mean as well: a file's local time that clocks showed twice or leapt over is
    /// judged in both readings (DESIGN.md section 7).
    fn instants(&self, text: &str) -> Result<(DateTime<Utc>, Vec<DateTime<Utc>>), String> {
        if let Some(at) = plain_instant(text) {
            return Ok((at, Vec::new()));
        }
        let read = Observed::read(text, self.zone, self.zones).map_err(|error| error.to_string())?;
        Ok((read.at, read.others))
    }
}

/// The cells of a row; quotes are read as CSV has them.
fn cells(row: &str) -> Result<Vec<Cow<'_, str>>, String> {
    if !row.contains('"') {
        return Ok(row.split(',').map(|cell| Cow::Borrowed(cell.trim())).collect());
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(row.as_bytes());
    let mut record = csv::StringRecord::new();
    reader.read_record(&mut record).map_err(|error| format!("no row of CSV: {error}"))?;
    Ok(record.iter().map(|cell| Cow::Owned(cell.to_owned())).collect())
}

fn columns(header: &str) -> Result<Columns, AppError> {
    let what = |what: String| AppError::usage(what, "the first line names the columns: `asset,from,to,impact`");
    let names = cells(header).map_err(what)?;
    let find = |name: &str| names.iter().position(|known| known.eq_ignore_ascii_case(name));
    let need = |name: &str| find(name).ok_or_else(|| what(format!("the rows have no column `{name}`")));
    Ok(Columns { asset: need("asset")?, from: need("from")?, to: need("to")?, impact: find("impact") })
}

fn of_columns(row: &str, columns: Columns) -> Result<TextRow<'_>, String> {
    let mut cells = cells(row)?;
    let mut take = |place: usize, name: &str| {
        cells.get_mut(place).map(std::mem::take).filter(|cell| !cell.is_empty()).ok_or_else(|| format!("no `{name}`"))
    };
    let (asset, from, to) = (take(columns.asset, "asset")?, take(columns.from, "from")?, take(columns.to, "to")?);
    let impact = columns.impact.and_then(|place| take(place, "impact").ok());
    Ok(TextRow { asset, from, to, impact })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_instant_is_what_the_general_rules_read() {
        let zones = Zones::embedded();
        let rows = [
            ("2024-02-29T23:59:59Z", true),
            ("2023-02-29T00:00:00Z", false),
            ("2024-13-01T00:00:00Z", false),
            ("2024-01-01T24:00:00Z", false),
            ("2024-01-01T23:59:60Z", false),
            ("2024-01-01t00:00:00Z", false),
            ("2024-01-01T00:00:0Z", false),
            ("2024-01-01T00:00:00+00:00", false),
            ("0001-01-01T00:00:00Z", true),
            ("+024-01-01T00:00:00Z", false),
            ("２024-01-01T00:00:0Z", false),
        ];
        for (text, is_plain) in rows {
            let plain = plain_instant(text);
            assert_eq!(plain.is_some(), is_plain, "{text}");
            if let Some(at) = plain {
                let read = Observed::read(text, None, &zones).expect("the general rules read it");
                assert_eq!((read.at, read.others), (at, Vec::new()), "{text}");
            }
        }
    }
}
