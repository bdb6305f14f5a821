//! Many outages at once: rows of asset, from, to and impact, each answered with its verdict on a line of its own.

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
use crate::time::{Interval, Zones};
use crate::verdict::{
    AssetNumber, Brief, CLOSE_IN_TIME, Desk, Docket, DocketKnown, OutageState, Question, SCHEMA, Verdict,
};
use crate::window::Impact;
use crate::window::standing::Standing;

/// Rows read, sorted and judged before the first of them is answered, at some hundred bytes each: of 100,000 assets each is
/// met more than once then, and the next row of one finds its windows still at hand.
pub const BATCH_ROWS: usize = 262_144;

/// Longest row, in bytes: an id, two times with their zones and an impact need a hundred.
const MAX_ROW_BYTES: usize = 4096;

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

/// A row as asked.
struct Asked {
    line: u64,
    asset: AssetId,
    outage: Interval,
    observed: Impact,
    other_starts: Vec<DateTime<Utc>>,
    other_ends: Vec<DateTime<Utc>>,
}

/// A row of NDJSON; members beside these are ignored.
#[derive(Deserialize)]
struct JsonRow {
    asset: String,
    from: String,
    to: String,
    #[serde(default)]
    impact: Option<String>,
}

#[derive(Serialize)]
struct ShortAnswer<'a> {
    schema: &'static str,
    line: u64,
    asset: &'a AssetId,
    outage: Interval,
    as_of: DateTime<Utc>,
    #[serde(flatten)]
    brief: Brief<'a>,
}

#[derive(Serialize)]
struct FullAnswer<'a> {
    line: u64,
    #[serde(flatten)]
    verdict: &'a Verdict,
}

#[derive(Serialize)]
struct WrongRow<'a> {
    line: u64,
    error: &'a str,
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
        });
        if options.form == BatchForm::Short {
            self.fill(&mut docket)?;
        }
        let mut output = io::BufWriter::new(output);
        let mut rows = Rows::new(input, options.zone.as_deref(), &self.settings.zones);
        let mut answered = BatchAnswered::default();
        let mut desk = Desk::default();
        loop {
            let chunk = rows.chunk(&loaded.inventory)?;
            if chunk.is_empty() {
                break;
            }
            let briefs = match options.form {
                BatchForm::Short => swept(&docket, &loaded, &chunk, &mut desk, now),
                BatchForm::Full => HashMap::new(),
            };
            for (place, row) in chunk.iter().enumerate() {
                match row {
                    Err((line, error)) if options.wrong == OnWrong::Stop => {
                        output.flush().map_err(unwritable)?;
                        return Err(AppError::usage(
                            format!("row on line {line}: {error}"),
                            "leave out --strict to go on",
                        ));
                    }
                    Err((line, error)) => {
                        serde_json::to_writer(&mut output, &WrongRow { line: *line, error })
                            .map_err(|error| unwritable(error.into()))?;
                        answered.refused += 1;
                    }
                    Ok(asked) => {
                        self.answer(asked, (briefs.get(&place), options.form), &mut output, now)?;
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

    fn answer(
        &self,
        asked: &Asked,
        (brief, form): (Option<&Brief<'_>>, BatchForm),
        output: &mut impl Write,
        now: DateTime<Utc>,
    ) -> Result<(), AppError> {
        let failed = |error: serde_json::Error| unwritable(error.into());
        let short = |brief: Brief<'_>, as_of, output: &mut _| {
            let Asked { line, asset, outage, .. } = asked;
            serde_json::to_writer(
                output,
                &ShortAnswer { schema: SCHEMA, line: *line, asset, outage: *outage, as_of, brief },
            )
        };
        if let Some(brief) = brief {
            return short(brief.clone(), asked.outage.start(), output).map_err(failed);
        }
        let start = asked.outage.start();
        let question = Question {
            as_of: start.min(now),
            state: if start > now { OutageState::Ahead } else { OutageState::Ended },
            other_starts: asked.other_starts.clone(),
            other_ends: asked.other_ends.clone(),
            ..Question::official(asked.asset.clone(), asked.outage, asked.observed)
        };
        let verdict = self.judge(&question, self.inventory_at(start)?.as_ref())?;
        match form {
            BatchForm::Short => short(Brief::of(&verdict), verdict.as_of, output),
            BatchForm::Full => serde_json::to_writer(output, &FullAnswer { line: asked.line, verdict: &verdict }),
        }
        .map_err(failed)
    }
}

/// The chunk judged asset by asset, so that each book is gone through once; by the row's place in it.
fn swept<'d>(
    docket: &'d Docket<'_>,
    loaded: &Loaded,
    chunk: &[Row],
    desk: &mut Desk<'d>,
    now: DateTime<Utc>,
) -> HashMap<usize, Brief<'d>> {
    let settled = |asked: &Asked| {
        let start = asked.outage.start();
        start <= now && start >= loaded.since && asked.other_starts.is_empty() && asked.other_ends.is_empty()
    };
    let rows = chunk.iter().enumerate().filter_map(|(place, row)| {
        let asked = row.as_ref().ok().filter(|asked| settled(asked))?;
        Some((docket.asset(&asked.asset)?, asked.outage, asked.observed, place))
    });
    let mut rows: Vec<(AssetNumber, Interval, Impact, usize)> = rows.collect();
    // Few rows of a chunk are of one asset, so that their times need no order.
    rows.sort_unstable_by_key(|(asset, ..)| *asset);
    let judged = rows
        .into_iter()
        .filter_map(|(asset, outage, observed, place)| Some((place, docket.judge(asset, outage, observed, desk)?)));
    judged.collect()
}

fn unwritable(error: io::Error) -> AppError {
    AppError::file("write", std::path::Path::new("<stdout>"), error)
}

/// A row as asked, or its line and what is wrong in it.
type Row = Result<Asked, (u64, String)>;

/// The rows of an input.
struct Rows<'z, R> {
    input: BufReader<R>,
    line: u64,
    /// The columns of CSV; none before its header, and of NDJSON.
    columns: Option<Columns>,
    zone: Option<&'z str>,
    zones: &'z Zones,
    /// Assets as typed before, which most rows repeat.
    known: HashMap<String, AssetId>,
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
    fn new(input: R, zone: Option<&'z str>, zones: &'z Zones) -> Self {
        let zone = zone.filter(|zone| !zone.is_empty());
        Self { input: BufReader::new(input), line: 0, columns: None, zone, zones, known: HashMap::new() }
    }

    /// The next rows; none at the end.
    fn chunk(&mut self, inventory: &Inventory) -> Result<Vec<Row>, AppError> {
        let mut rows = Vec::new();
        let mut text = Vec::new();
        let unreadable = |error| AppError::file("read", std::path::Path::new("<batch>"), error);
        while rows.len() < BATCH_ROWS && read_row(&mut self.input, &mut text, MAX_ROW_BYTES).map_err(unreadable)? {
            self.line += 1;
            let row = text.trim_ascii();
            if row.is_empty() {
                continue;
            }
            let line = self.line;
            let Ok(row) = std::str::from_utf8(row) else {
                rows.push(Err((line, "the row is not UTF-8".to_owned())));
                continue;
            };
            if text.len() > MAX_ROW_BYTES {
                rows.push(Err((line, format!("the row is longer than {MAX_ROW_BYTES} bytes"))));
                continue;
            }
            if self.columns.is_none() && !row.starts_with('{') {
                self.columns = Some(columns(row.trim_start_matches('\u{feff}'))?);
                continue;
            }
            rows.push(self.row(row, inventory).map_err(|error| (line, error)));
        }
        Ok(rows)
    }

    fn row(&mut self, row: &str, inventory: &Inventory) -> Result<Asked, String> {
        let JsonRow { asset, from, to, impact } = match self.columns {
            None => serde_json::from_str(row).map_err(|error| format!("no row of an outage: {error}"))?,
            Some(columns) => of_columns(row, columns)?,
        };
        let asset = self.asset(&asset, inventory)?;
        let (start, other_starts) = self.instants(&from)?;
        let (end, other_ends) = self.instants(&to)?;
        let outage = Interval::new(start, end).map_err(|error| error.to_string())?;
        let observed = impact.as_deref().map(str::trim).filter(|impact| !impact.is_empty());
        let observed = observed.map_or(Ok(Impact::Outage), str::parse::<Impact>);
        let observed = observed.map_err(|error| error.to_string())?;
        Ok(Asked { line: self.line, asset, outage, observed, other_starts, other_ends })
    }

    fn asset(&mut self, typed: &str, inventory: &Inventory) -> Result<AssetId, String> {
        if let Some(known) = self.known.get(typed) {
            return Ok(known.clone());
        }
        let asset = find_asset(inventory, typed.trim()).map_err(|error| error.to_string())?;
        self.known.insert(typed.to_owned(), asset.clone());
        Ok(asset)
    }

    /// An instant, and what its words could mean as well: a file's local time that clocks showed twice or leapt over is
    /// judged in both readings (DESIGN.md section 7).
    fn instants(&self, text: &str) -> Result<(DateTime<Utc>, Vec<DateTime<Utc>>), String> {
        let read = Observed::read(text, self.zone, self.zones).map_err(|error| error.to_string())?;
        Ok((read.at, read.others))
    }
}

/// The cells of a row; quotes are read as CSV has them.
fn cells(row: &str) -> Result<Vec<String>, String> {
    if !row.contains('"') {
        return Ok(row.split(',').map(|cell| cell.trim().to_owned()).collect());
    }
    let mut reader = csv::ReaderBuilder::new().has_headers(false).trim(csv::Trim::All).from_reader(row.as_bytes());
    let mut record = csv::StringRecord::new();
    reader.read_record(&mut record).map_err(|error| format!("no row of CSV: {error}"))?;
    Ok(record.iter().map(str::to_owned).collect())
}

fn columns(header: &str) -> Result<Columns, AppError> {
    let what = |what: String| AppError::usage(what, "the first line names the columns: `asset,from,to,impact`");
    let names = cells(header).map_err(what)?;
    let find = |name: &str| names.iter().position(|known| known.eq_ignore_ascii_case(name));
    let need = |name: &str| find(name).ok_or_else(|| what(format!("the rows have no column `{name}`")));
    Ok(Columns { asset: need("asset")?, from: need("from")?, to: need("to")?, impact: find("impact") })
}

fn of_columns(row: &str, columns: Columns) -> Result<JsonRow, String> {
    let mut cells = cells(row)?;
    let mut take = |place: usize, name: &str| {
        cells.get_mut(place).map(std::mem::take).filter(|cell| !cell.is_empty()).ok_or_else(|| format!("no `{name}`"))
    };
    let (asset, from, to) = (take(columns.asset, "asset")?, take(columns.from, "from")?, take(columns.to, "to")?);
    let impact = columns.impact.and_then(|place| take(place, "impact").ok());
    Ok(JsonRow { asset, from, to, impact })
}
