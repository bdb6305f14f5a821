//! Outages out of what monitors wrote: read by a mapping, recorded and closed as `outage open` and `close` do.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::check::find_asset;
use super::error::AppError;
use super::outage::Closing;
use super::settings::App;
use super::shipped;
use crate::names::{OutageId, nearest};
use crate::outage::monitor::{MAX_MONITOR_BYTES, Mapping, MonitorEvent, What};
use crate::outage::{Observed, Outage};
use crate::store::OutageFilter;
use crate::time::{Interval, MomentError, Zones};
use crate::window::Impact;

/// The folder in the data folder whose mappings go before those that ship.
const FOLDER: &str = "monitors";

/// Largest mapping read, in bytes: one is a page long.
const MAX_MAPPING_BYTES: u64 = 1 << 20;

/// The mappings that ship: name and text, by name.
#[must_use]
pub fn shipped_mappings() -> &'static [(&'static str, &'static str)] {
    shipped::MONITORS
}

/// What became of the rows of an import.
#[derive(Debug, Clone, Default, Serialize)]
pub struct OutagesImported {
    /// Outages that were not known before.
    pub recorded: Vec<OutageId>,
    /// Outages known before that are over now.
    pub closed: Vec<OutageId>,
    /// Rows that say what was known.
    pub unchanged: u64,
    /// Rows whose state is neither down nor up, or that say that something is up of which nothing was known.
    pub left_out: u64,
    /// Rows that could not be taken, with their line and why.
    pub wrong: Vec<WrongRow>,
    /// How many more the monitor says it left out.
    pub cut_short: Option<String>,
}

/// A row that could not be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WrongRow {
    /// Its line; in a list of a JSON document its place, from 1.
    pub line: u64,
    /// Why.
    pub error: String,
}

/// What a row did.
enum Took {
    Recorded(OutageId),
    Closed(OutageId),
    Nothing,
    LeftOut,
}

/// Which mapping an input is read by.
#[derive(Debug, Clone, Copy)]
pub enum MappingOf<'a> {
    /// By a mapping that ships or that is in the folder `monitors` of the data folder.
    Named(&'a str),
    /// By a mapping in a file.
    File(&'a Path),
}

impl App {
    /// The mapping that an input is read by.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when none has this name, [`AppError::File`] when one cannot be read, [`AppError::Usage`] when
    /// it is none.
    pub fn monitor_mapping(&self, wanted: MappingOf<'_>) -> Result<Mapping, AppError> {
        let (name, text) = match wanted {
            MappingOf::File(path) => (path.display().to_string(), read_file(path)?),
            MappingOf::Named(name) => {
                let own = self.settings.folder.join(FOLDER).join(format!("{name}.toml"));
                let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
                let shipped = shipped::MONITORS.iter().find(|(known, _)| *known == name);
                match shipped {
                    _ if plain && own.is_file() => (own.display().to_string(), read_file(&own)?),
                    Some((_, text)) => (name.to_owned(), (*text).to_owned()),
                    None => {
                        let nearest = nearest(name, shipped::MONITORS.iter().map(|(name, _)| *name)).map(str::to_owned);
                        return Err(AppError::Unknown {
                            what: "mapping of a monitor",
                            typed: name.to_owned(),
                            nearest,
                        });
                    }
                }
            }
        };
        Mapping::read(&text).map_err(|why| {
            let help = "`inwindow outage mappings` names those that ship, `inwindow outage mappings NAME` prints one to start from";
            AppError::usage(format!("`{name}` is no mapping: {why}"), help)
        })
    }

    /// Records what a monitor wrote: each row is an outage, the beginning of one, or the end of one. Rows are taken in
    /// their order, each as one unit of work; a row that is wrong is told and does not stop the others. The same input
    /// again changes nothing.
    ///
    /// # Errors
    /// [`AppError::Usage`] when the input has no rows to go by, [`AppError::NoInventory`], [`AppError::Store`],
    /// [`AppError::File`].
    pub fn import_outages(
        &mut self,
        input: impl Read,
        mapping: &Mapping,
        zone: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<OutagesImported, AppError> {
        self.inventory()?;
        let text = read_text(input)?;
        let read = mapping.events(&text).map_err(|why| {
            AppError::usage(
                format!("this is not what the mapping reads: {why}"),
                "name the format with --format or --mapping",
            )
        })?;
        let mut imported = OutagesImported { cut_short: read.left_out, ..OutagesImported::default() };
        for row in read.rows {
            let took = match row.says {
                Ok(Some(event)) => self.take_event(&event, zone, now).map_err(Refused::from),
                Ok(None) => Ok(Took::LeftOut),
                Err(why) => Err(Refused::Row(why)),
            };
            match took {
                Ok(Took::Recorded(id)) => imported.recorded.push(id),
                Ok(Took::Closed(id)) => imported.closed.push(id),
                Ok(Took::Nothing) => imported.unchanged += 1,
                Ok(Took::LeftOut) => imported.left_out += 1,
                Err(Refused::Row(error)) => imported.wrong.push(WrongRow { line: row.line, error }),
                Err(Refused::All(error)) => return Err(error),
            }
        }
        Ok(imported)
    }

    fn take_event(&mut self, event: &MonitorEvent, zone: Option<&str>, now: DateTime<Utc>) -> Result<Took, AppError> {
        let zone = event.zone.as_deref().or(zone);
        let zones = &self.settings.zones;
        let (start, end) = match &event.what {
            What::Over { at } => return self.over(event, &observed(at, zone, zones)?, now),
            What::Began { start } => (observed(start, zone, zones)?, None),
            What::Lasted { start, end } => {
                (observed(start, zone, zones)?, end.as_deref().map(|end| observed(end, zone, zones)).transpose()?)
            }
        };
        let known = self.known_as(event, &start)?;
        match (known, &end) {
            (Some(known), Some(end)) if known.end.as_ref().map(|end| end.at) != Some(end.at) => {
                self.close_outage(known.id.as_str(), (end, Closing::Once), now)?;
                Ok(Took::Closed(known.id))
            }
            (Some(_), _) => Ok(Took::Nothing),
            (None, _) => {
                let assets = self.assets_meant(event, &start)?;
                let impact = event.impact.as_deref().map_or(Ok(Impact::Outage), str::parse);
                let impact = impact.map_err(|why: crate::window::UnknownImpact| AppError::Usage {
                    what: why.to_string(),
                    help: None,
                })?;
                let what = (impact, event.source.as_str(), event.summary.as_deref());
                Ok(Took::Recorded(self.open_outage(&assets, (start, end), what, now)?.outage.id))
            }
        }
    }

    /// Closes the outage that such a source opened last.
    fn over(&mut self, event: &MonitorEvent, at: &Observed, now: DateTime<Utc>) -> Result<Took, AppError> {
        let open = self.store.outages(OutageFilter::Open)?;
        let of_source = open.into_iter().filter(|outage| outage.source == event.source && outage.start.at < at.at);
        let Some(outage) = of_source.max_by_key(|outage| outage.start.at) else {
            let just_before = Interval::second_at(at.at).widened(chrono::TimeDelta::seconds(1));
            let ended = self.store.outages(OutageFilter::Overlapping(just_before))?;
            let is_known = |outage: &Outage| {
                outage.source == event.source && outage.end.as_ref().is_some_and(|end| end.at == at.at)
            };
            return Ok(if ended.iter().any(is_known) { Took::Nothing } else { Took::LeftOut });
        };
        self.close_outage(outage.id.as_str(), (at, Closing::Once), now)?;
        Ok(Took::Closed(outage.id))
    }

    /// The outage that a row is about, where it was recorded before: of a keyed source by source and start, or one that it
    /// opened earlier and that is still open; else by its assets, start and source.
    fn known_as(&self, event: &MonitorEvent, start: &Observed) -> Result<Option<Outage>, AppError> {
        if !event.keyed {
            let id = Outage::id_of(&self.assets_found(event, start)?, start.at, &event.source);
            return Ok(self.store.outage(id.as_str())?);
        }
        let then = self.store.outages(OutageFilter::Overlapping(Interval::second_at(start.at)))?;
        let mut of_source = then.into_iter().filter(|outage| outage.source == event.source);
        Ok(of_source.find(|outage| outage.start.at == start.at || outage.is_open()))
    }

    /// The assets that a row means, as they are typed: the first of its names that the inventory knows, else the first.
    fn assets_meant(&self, event: &MonitorEvent, start: &Observed) -> Result<Vec<String>, AppError> {
        let found = self.assets_found(event, start)?;
        Ok(found.iter().map(ToString::to_string).collect())
    }

    fn assets_found(&self, event: &MonitorEvent, start: &Observed) -> Result<Vec<crate::names::AssetId>, AppError> {
        let inventory = self.inventory_at(start.at)?;
        let mut first_wrong = None;
        for name in &event.assets {
            let mut assets = Vec::new();
            let found = name.split(';').map(str::trim).filter(|name| !name.is_empty()).try_for_each(|name| {
                let asset = find_asset(&inventory, name)?;
                if !assets.contains(&asset) {
                    assets.push(asset);
                }
                Ok(())
            });
            match found {
                Ok(()) if !assets.is_empty() => return Ok(assets),
                Ok(()) => {}
                Err(error) => first_wrong = first_wrong.or(Some(error)),
            }
        }
        Err(first_wrong.unwrap_or_else(|| AppError::usage("it names no asset", "name one")))
    }
}

/// Why a row was not taken: for a reason of its own, or of the world.
enum Refused {
    Row(String),
    All(AppError),
}

impl From<AppError> for Refused {
    fn from(error: AppError) -> Self {
        match error.fault() {
            super::error::Fault::Usage => {
                let no_zone = matches!(error, AppError::Moment(MomentError::NoZone { .. }));
                let help = if no_zone { "; --zone says by whose clocks the file is to be read" } else { "" };
                Self::Row(format!("{error}{help}"))
            }
            super::error::Fault::World => Self::All(error),
        }
    }
}

/// An instant as a monitor writes it: seconds since 1970, RFC 3339, or a local time.
fn observed(text: &str, zone: Option<&str>, zones: &Zones) -> Result<Observed, AppError> {
    let seconds = text.split('.').next().unwrap_or_default();
    let epoch =
        (seconds.len() >= 9 && text.bytes().all(|c| c.is_ascii_digit() || c == b'.')).then(|| seconds.parse().ok());
    match epoch.flatten().and_then(|seconds| DateTime::from_timestamp(seconds, 0)) {
        Some(at) => Ok(Observed { written: Some(text.to_owned()), ..Observed::exactly(at) }),
        None => Ok(Observed::read(text, zone, zones)?),
    }
}

fn read_text(input: impl Read) -> Result<String, AppError> {
    let limit = u64::try_from(MAX_MONITOR_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    input.take(limit).read_to_end(&mut bytes).map_err(|error| AppError::file("read", Path::new("the input"), error))?;
    if bytes.len() > MAX_MONITOR_BYTES {
        let what = format!("the input is longer than {} MiB", MAX_MONITOR_BYTES >> 20);
        return Err(AppError::usage(what, "import it in parts: the same rows again change nothing"));
    }
    String::from_utf8(bytes)
        .map_err(|_| AppError::usage("the input is not UTF-8", "convert it, with iconv for instance"))
}

fn read_file(path: &Path) -> Result<String, AppError> {
    let mut text = String::new();
    let read = File::open(path).and_then(|file| file.take(MAX_MAPPING_BYTES).read_to_string(&mut text));
    read.map_err(|error| AppError::file("read", path, error))?;
    Ok(text)
}
