//! `inwindow schedule`.

mod told;

use std::io::{BufWriter, stdin, stdout};
use std::path::Path;

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde_json::json;

use self::told::{Occurring, rows, summary};
use super::{moment, moment_or, shown_in};
use crate::app::{
    AppError, Settings, WindowsFile, checked_windows, expand_rows, gave_up, known_windows, named_windows, read_windows,
    windows_on,
};
use crate::cli::args::{
    Output, ScheduleCheckArgs, ScheduleCommand, ScheduleExpandArgs, ScheduleNextArgs, ScheduleShown,
};
use crate::cli::problem::warn;
use crate::cli::table::{Rows, caution, cell, hint, maybe, names, print_json, print_text};
use crate::cli::{Desk, Done, zones};
use crate::names::nearest;
use crate::time::{Interval, Zone};
use crate::window::standing::{Standing, StandingFile};
use crate::window::{Expansion, Schedule};

/// Occurrences that `check` shows of each window: enough to see a rule that goes wrong in the second.
const SHOWN_BY_CHECK: usize = 3;

pub(crate) fn run(desk: &Desk, command: &ScheduleCommand) -> Result<Done> {
    match command {
        ScheduleCommand::Check(args) => check(desk, args),
        ScheduleCommand::List => list(desk),
        ScheduleCommand::Next(args) => next(desk, args),
        ScheduleCommand::Expand(args) => match args.file.as_deref() {
            None | Some("-") => answer_rows(args),
            Some(file) => expand(desk, file, args),
        },
    }
}

fn check(desk: &Desk, args: &ScheduleCheckArgs) -> Result<Done> {
    let zones = zones()?;
    let read = |path: &std::path::PathBuf| {
        if path == Path::new("-") { windows_on(stdin().lock()) } else { read_windows(path) }
    };
    let files = args.files.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let checked = checked_windows(&files, &zones)?;
    match desk.output {
        Output::Table => {
            let texts = files.iter().zip(&checked).map(|(file, standing)| {
                warn(&file.source, &standing.warnings);
                summary(&file.source.name, standing, desk.now(), SHOWN_BY_CHECK)
            });
            print_text(&texts.collect::<Vec<_>>().join("\n"))?;
        }
        Output::Json | Output::Ndjson | Output::Csv => {
            let values = files
                .iter()
                .zip(&checked)
                .map(|(file, standing)| told::value(&file.source.name, standing, desk.now(), SHOWN_BY_CHECK));
            print_json(desk.output, &json!({ "files": values.collect::<Vec<_>>() }))?;
        }
    }
    Ok(if checked.iter().all(|standing| standing.warnings.is_empty()) { Done::Yes } else { Done::No })
}

fn list(desk: &Desk) -> Result<Done> {
    let files = known_windows(&desk.folder)?;
    let checked = checked_windows(&files, &zones()?)?;
    let mut rows = Rows::new(&["name", "vendor", "from", "read", "windows", "source"]);
    for (file, standing) in files.iter().zip(&checked) {
        let windows: Vec<&str> = standing.windows.iter().map(|window| window.id.as_str()).collect();
        let read = &standing.source_read;
        rows.push(
            vec![
                cell(&file.name),
                cell(&standing.vendor),
                cell(file.origin.as_str()),
                maybe(read.as_ref()),
                names(&windows),
                cell(&standing.source),
            ],
            json!({
                "name": file.name,
                "vendor": standing.vendor,
                "from": file.origin.as_str(),
                "source": standing.source,
                "source_read": read,
                "note": standing.note,
                "windows": windows,
            }),
        );
    }
    rows.print(desk.output, "no files of standing windows")?;
    Ok(Done::Yes)
}

fn next(desk: &Desk, args: &ScheduleNextArgs) -> Result<Done> {
    let settings = desk.settings()?;
    let from = moment_or(&settings, args.from.as_deref(), args.shown.zone.as_deref(), desk.now())?;
    let files = match &args.file {
        None => known_windows(&desk.folder)?,
        Some(file) => vec![named_windows(file, &desk.folder)?],
    };
    show(desk, &settings, &files, &args.shown, &Wanted::Next(from, usize::from(args.number)))
}

fn expand(desk: &Desk, file: &str, args: &ScheduleExpandArgs) -> Result<Done> {
    let settings = desk.settings()?;
    let (Some(from), Some(to)) = (&args.from, &args.to) else {
        let what = format!("no span is given to expand `{file}` over");
        return Err(AppError::usage(what, "add --from T --to T, or ask `inwindow schedule next`").into());
    };
    let zone = args.shown.zone.as_deref();
    let span = Interval::new(moment(&settings, from, zone)?, moment(&settings, to, zone)?).map_err(AppError::from)?;
    let files = [named_windows(file, &desk.folder)?];
    let limit = usize::try_from(args.limit).unwrap_or(usize::MAX);
    show(desk, &settings, &files, &args.shown, &Wanted::Within(span, limit))
}

fn answer_rows(args: &ScheduleExpandArgs) -> Result<Done> {
    let shown = &args.shown;
    if args.from.is_some() || shown.window.is_some() || shown.asset_zone.is_some() {
        let help = "name a file, as in `inwindow schedule expand inex --from T --to T`; rows say `from` and `limit` themselves";
        return Err(AppError::usage("rows on standard input take no options", help).into());
    }
    let answered = expand_rows(stdin().lock(), BufWriter::new(stdout().lock()), &zones()?)?;
    Ok(if answered.refused == 0 { Done::Yes } else { Done::No })
}

/// Which occurrences are wanted.
enum Wanted {
    /// The first so many that end after an instant.
    Next(DateTime<Utc>, usize),
    /// Those that share an instant with a span, the first so many.
    Within(Interval, usize),
}

impl Wanted {
    fn of(&self, schedule: &Schedule) -> Expansion {
        match self {
            Self::Next(from, number) => schedule.next(*from, *number),
            // One more than is shown tells that there are more.
            Self::Within(span, limit) => schedule.first_overlapping(span, limit.saturating_add(1)),
        }
    }

    fn limit(&self) -> usize {
        match self {
            Self::Next(_, number) | Self::Within(_, number) => *number,
        }
    }
}

/// What is said beside the occurrences.
#[derive(Default)]
struct Beside {
    /// Whether some of a span are not shown.
    left_out: bool,
    /// Windows that fall by the clock of an asset, of which none was named.
    waiting: Vec<String>,
    /// Local times that do not exist, where the schedule rejects them.
    rejected: Vec<String>,
    /// Since when nothing is known, and why.
    gave_up: Option<(DateTime<Utc>, String)>,
}

/// Shows the occurrences of each window that is asked about.
fn show(
    desk: &Desk,
    settings: &Settings,
    files: &[WindowsFile],
    shown: &ScheduleShown,
    wanted: &Wanted,
) -> Result<Done> {
    let zone = shown_in(settings, shown.zone.as_deref())?;
    let asset_zone = shown.asset_zone.as_deref().map(|name| settings.zones.get(name)).transpose();
    let asset_zone = asset_zone.map_err(AppError::from)?;
    let checked = checked_windows(files, &settings.zones)?;
    let windows = asked(files, &checked, shown.window.as_deref())?;
    let (found, beside) = occurring(&windows, asset_zone.as_ref(), wanted);
    rows(&found, &zone, desk.output).print(desk.output, "no occurrence")?;
    Ok(tell(desk.output, found.len(), beside, wanted))
}

/// The occurrences of some windows, in order; of a windows file's name and a window each.
fn occurring<'w>(
    windows: &[(&'w str, &'w Standing)],
    asset_zone: Option<&Zone>,
    wanted: &Wanted,
) -> (Vec<Occurring<'w>>, Beside) {
    let (mut found, mut beside) = (Vec::new(), Beside::default());
    for (name, window) in windows {
        let named = format!("{name} {}", window.id);
        let Some(schedule) = window.when.schedule(asset_zone) else {
            beside.waiting.push(named);
            continue;
        };
        let expansion = wanted.of(&schedule);
        beside.rejected.extend(expansion.rejected.iter().map(|wall| format!("{named}: {wall} does not exist")));
        if let Some(reason) = expansion.gave_up
            && beside.gave_up.as_ref().is_none_or(|(at, _)| reason.from() < *at)
        {
            beside.gave_up = Some((reason.from(), format!("{named}: {}", gave_up(reason))));
        }
        let clock = schedule.zone().cloned().unwrap_or_else(Zone::utc);
        let occurrences = expansion.occurrences.into_iter();
        found.extend(occurrences.map(|occurrence| Occurring { name, window, clock: clock.clone(), occurrence }));
        // No more is kept at any time than is shown, and one window's.
        found.sort_by_key(|occurring: &Occurring<'_>| occurring.occurrence.interval);
        beside.left_out |= found.len() > wanted.limit();
        found.truncate(wanted.limit());
    }
    (found, beside)
}

/// The windows that are asked about, each with the name of its file.
fn asked<'w>(
    files: &'w [WindowsFile],
    checked: &'w [StandingFile],
    id: Option<&str>,
) -> Result<Vec<(&'w str, &'w Standing)>, AppError> {
    let all = files
        .iter()
        .zip(checked)
        .flat_map(|(file, standing)| standing.windows.iter().map(|window| (file.name.as_str(), window)));
    let Some(id) = id else { return Ok(all.collect()) };
    let found: Vec<_> = all.clone().filter(|(_, window)| window.id == id).collect();
    if found.is_empty() {
        let nearest = nearest(id, all.map(|(_, window)| window.id.as_str())).map(str::to_owned);
        return Err(AppError::Unknown { what: "window", typed: id.to_owned(), nearest });
    }
    Ok(found)
}

/// Says on the standard error what the rows do not show, and how the command ended.
fn tell(output: Output, found: usize, beside: Beside, wanted: &Wanted) -> Done {
    if !beside.waiting.is_empty() {
        let windows = beside.waiting.join(", ");
        hint(output, &format!("by the clock of the asset's place: {windows}; --asset-zone ZONE names it"));
    }
    for rejected in &beside.rejected {
        caution(&format!("{rejected}, and the schedule rejects such nights"));
    }
    match wanted {
        Wanted::Within(..) if beside.left_out => {
            hint(output, "later ones are not shown: --limit N shows more");
        }
        Wanted::Within(..) | Wanted::Next(..) => {}
    }
    if let Some((_, why)) = beside.gave_up {
        caution(&why);
        return Done::Unknown;
    }
    if found == 0 || !beside.rejected.is_empty() { Done::No } else { Done::Yes }
}
