//! `inwindow outage import` and `inwindow outage mappings`.

use std::fs::File;
use std::path::Path;

use anyhow::Result;

use super::{few, told_of_outbox};
use crate::app::{AppError, MappingOf, OutagesImported, shipped_mappings};
use crate::cli::args::{OutageImportArgs, Output};
use crate::cli::table::{Rows, caution, cell, count, print_json, print_text, put};
use crate::cli::{Desk, Done};
use crate::names::nearest;

/// Most wrong rows told one by one to people; programs are told all.
const MAX_TOLD: usize = 20;

pub(super) fn run(desk: &Desk, args: &OutageImportArgs) -> Result<Done> {
    let mut app = desk.open()?;
    let mapping = app.monitor_mapping(wanted(args)?)?;
    let (zone, now) = (args.zone.as_deref().filter(|zone| !zone.is_empty()), desk.now());
    let imported = if args.file == Path::new("-") {
        app.import_outages(std::io::stdin().lock(), &mapping, zone, now)?
    } else {
        let file = File::open(&args.file).map_err(|error| AppError::file("read", &args.file, error))?;
        app.import_outages(file, &mapping, zone, now)?
    };
    if let Some(more) = &imported.cut_short {
        caution(&format!("the monitor left out {more} more: they are in no list of ours"));
    }
    match desk.output {
        Output::Table => print_text(&format!("{}{}", text(&imported), told_of_outbox(&app.outbox(now)?)))?,
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&imported)?)?,
    }
    Ok(if imported.wrong.is_empty() && imported.cut_short.is_none() { Done::Yes } else { Done::No })
}

/// The mapping asked for, else the one that the file's ending means.
fn wanted(args: &OutageImportArgs) -> Result<MappingOf<'_>, AppError> {
    let ending = args.file.extension().and_then(|ending| ending.to_str());
    match (&args.mapping, &args.format, ending) {
        (Some(file), _, _) => Ok(MappingOf::File(file)),
        (None, Some(name), _) => Ok(MappingOf::Named(name)),
        (None, None, Some("csv")) => Ok(MappingOf::Named("csv")),
        (None, None, Some("ndjson" | "jsonl")) => Ok(MappingOf::Named("ndjson")),
        (None, None, _) => {
            let what = format!("nothing says how `{}` is to be read", args.file.display());
            Err(AppError::usage(what, "give --format NAME (`inwindow outage mappings` lists them) or --mapping FILE"))
        }
    }
}

fn text(imported: &OutagesImported) -> String {
    let mut text = format!(
        "recorded {}, closed {}, unchanged {}, left out {}\n",
        imported.recorded.len(),
        imported.closed.len(),
        imported.unchanged,
        imported.left_out
    );
    if !imported.recorded.is_empty() {
        text.push_str(&format!("  recorded {}\n", few(&imported.recorded)));
    }
    if !imported.closed.is_empty() {
        text.push_str(&format!("  closed {}\n", few(&imported.closed)));
    }
    for wrong in imported.wrong.iter().take(MAX_TOLD) {
        text.push_str(&format!("  line {}: {}\n", wrong.line, wrong.error));
    }
    if let Some(more) = imported.wrong.len().checked_sub(MAX_TOLD).filter(|more| *more > 0) {
        text.push_str(&format!("  and {} more that could not be taken\n", count(more, "row")));
    }
    text
}

pub(super) fn mappings(desk: &Desk, name: Option<&str>) -> Result<Done> {
    let Some(name) = name else {
        let mut rows = Rows::new(&["name", "reads"]);
        for (name, text) in shipped_mappings() {
            let about = text.lines().next().unwrap_or_default().trim_start_matches("# ");
            rows.push(vec![cell(name), cell(about)], serde_json::json!({ "name": name, "reads": about }));
        }
        rows.print(desk.output, "no mapping ships")?;
        return Ok(Done::Yes);
    };
    let Some((_, text)) = shipped_mappings().iter().find(|(known, _)| *known == name) else {
        let nearest = nearest(name, shipped_mappings().iter().map(|(name, _)| *name)).map(str::to_owned);
        return Err(AppError::Unknown { what: "mapping of a monitor", typed: name.to_owned(), nearest }.into());
    };
    put(text.as_bytes())?;
    Ok(Done::Yes)
}
