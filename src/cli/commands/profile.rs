//! `inwindow profile`.

mod explain;

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};

use super::import::open;
use super::{known_profile, vendor};
use crate::app::{AppError, SampleRead, write_profile};
use crate::cli::args::{Output, ProfileCommand};
use crate::cli::table::{Rows, cell, count, hint, maybe, print_text, put};
use crate::cli::{Desk, Done};
use crate::notice::profile_schema;

pub(crate) fn run(desk: &Desk, command: &ProfileCommand) -> Result<Done> {
    match command {
        ProfileCommand::List => list(desk),
        ProfileCommand::Show { vendor } => {
            let found = desk.settings()?.profiles_found()?;
            put(known_profile(&found, vendor)?.text.as_bytes())?;
            Ok(Done::Yes)
        }
        ProfileCommand::Schema => {
            put(format!("{}\n", profile_schema()).as_bytes())?;
            Ok(Done::Yes)
        }
        ProfileCommand::Explain { file } => explain::run(desk, file),
        ProfileCommand::Test { dir } => test(desk, dir.as_deref()),
        ProfileCommand::New { file, vendor, to } => new(desk, file, vendor.as_deref(), to.as_deref()),
    }
}

fn list(desk: &Desk) -> Result<Done> {
    let mut rows = Rows::new(&["vendor", "name", "source", "samples"]);
    for found in desk.settings()?.profiles_found()? {
        let source = found.own.as_ref().map_or("shipped".to_owned(), |path| path.display().to_string());
        let (profile, samples) = (&found.profile, found.profile.samples.len());
        let value = json!({ "vendor": profile.vendor, "name": profile.name, "source": source, "samples": samples });
        rows.push(vec![cell(&profile.vendor), cell(&profile.name), cell(source), cell(samples)], value);
    }
    rows.print(desk.output, "no profile ships, and there is none of your own")?;
    Ok(Done::Yes)
}

fn new(desk: &Desk, file: &Path, typed: Option<&str>, to: Option<&Path>) -> Result<Done> {
    let settings = desk.settings()?;
    let mut messages = open(file).map_err(AppError::from)?;
    let Some(raw) = messages.next().transpose()? else { return Ok(Done::No) };
    if messages.next().is_some() {
        let what = format!("`{}` holds several messages", file.display());
        return Err(AppError::usage(what, "name one notice").into());
    }
    let typed = typed.map(vendor).transpose()?;
    let Some(text) = settings.new_profile(&raw, typed)? else {
        hint(desk.output, "general rules found nothing in it that announces maintenance");
        return Ok(Done::No);
    };
    match to {
        None => put(text.as_bytes())?,
        Some(folder) => {
            let written = write_profile(folder, &text, &raw)?;
            let names: Vec<String> = written.iter().map(|path| path.display().to_string()).collect();
            print_text(&format!("wrote {}", names.join(" and ")))?;
        }
    }
    Ok(Done::Yes)
}

fn test(desk: &Desk, dir: Option<&Path>) -> Result<Done> {
    let read = desk.settings()?.test_profiles(dir)?;
    let differ = read.iter().filter(|sample| !sample.unlike.is_empty()).count();
    let mut rows = Rows::new(&["vendor", "sample", "field", "expected", "read"]);
    for sample in &read {
        push(&mut rows, sample);
    }
    rows.print_report(desk.output, &serde_json::to_value(&read)?, &told(&read, differ, desk.output))?;
    Ok(if differ == 0 && !read.is_empty() { Done::Yes } else { Done::No })
}

/// A row for each field that differs, or one for a sample that does not.
fn push(rows: &mut Rows, sample: &SampleRead) {
    let mut row = |field: Option<&str>, expected: &Value, read: &Value| {
        let shown = |value: &Value| if value.is_null() { maybe(None::<&str>) } else { cell(plain(value)) };
        let cells = vec![cell(&sample.vendor), cell(&sample.sample), maybe(field), shown(expected), shown(read)];
        let value = json!({ "vendor": sample.vendor, "sample": sample.sample, "field": field, "expected": expected,
            "read": read });
        rows.push(cells, value);
    };
    if sample.unlike.is_empty() {
        row(None, &Value::Null, &Value::Null);
    }
    for unlike in &sample.unlike {
        row(Some(&unlike.field), &unlike.expected, &unlike.read);
    }
}

fn told(read: &[SampleRead], differ: usize, output: Output) -> String {
    if output != Output::Table {
        return String::new();
    }
    let mut text = String::new();
    for sample in read {
        let verdict = if sample.unlike.is_empty() { "ok" } else { "differs" };
        text.push_str(&format!("{verdict:8}{}/{}\n", sample.vendor, sample.sample));
        for unlike in &sample.unlike {
            let (expected, read) = (plain(&unlike.expected), plain(&unlike.read));
            text.push_str(&format!("        {}: expected {expected}, read {read}\n", unlike.field));
        }
    }
    let ending = match differ {
        0 => "none differs".to_owned(),
        1 => "1 differs".to_owned(),
        several => format!("{several} differ"),
    };
    text.push_str(&format!("{}, {ending}\n", count(read.len(), "sample")));
    text
}

/// A value as people write it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::String(text) => text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}
