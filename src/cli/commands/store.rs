//! `inwindow store`.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use crate::app::{App, Existing, Migrated, Restored, StorePlace, StoreProgress};
use crate::cli::args::{Output, StoreCommand};
use crate::cli::table::{Rows, cell, count, hint, print_json, print_text};
use crate::cli::{Desk, Done};
use crate::store::Examined;

pub(crate) fn run(desk: &Desk, command: &StoreCommand) -> Result<Done> {
    let existing = |replace: &bool| if *replace { Existing::Replace } else { Existing::Keep };
    match command {
        StoreCommand::Migrate => migrate(desk),
        StoreCommand::Check => check(desk),
        StoreCommand::Copy { to } => copy(desk, to),
        StoreCommand::Backup { file, replace } => backup(desk, file, existing(replace)),
        StoreCommand::Restore { file, replace } => restore(desk, file, existing(replace)),
    }
}

fn migrate(desk: &Desk) -> Result<Done> {
    let migrated = desk.settings()?.migrate_store(desk.now())?;
    let Migrated { store, from, to } = &migrated;
    let text = if from == to {
        format!("the store {store} has schema {to}, which is the one of this release")
    } else {
        format!("the store {store} was brought from schema {from} to {to}")
    };
    match desk.output {
        Output::Table => print_text(&text)?,
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &json!(migrated))?,
    }
    Ok(Done::Yes)
}

fn check(desk: &Desk) -> Result<Done> {
    let mut progress = Progress::default();
    let examined = desk.settings()?.examine_store(&mut |step| progress.tell(step));
    progress.end();
    let examined = examined?;
    let document = json!({ "whole": examined.is_whole(), "tables": tables_json(&examined), "flaws": examined.flaws,
        "more": examined.more });
    let text = if examined.is_whole() {
        format!("{}\n{}, nothing is wrong", tables(&examined).table(), total(&examined))
    } else {
        format!("{}\n{}, {}", flaws(&examined).table(), total(&examined), wrong(&examined))
    };
    let rows = if examined.is_whole() { tables(&examined) } else { flaws(&examined) };
    rows.print_report(desk.output, &document, &text)?;
    Ok(whole(&examined))
}

fn copy(desk: &Desk, to: &str) -> Result<Done> {
    let mut progress = Progress::default();
    let settings = desk.settings()?;
    let to = StorePlace::named(to, &settings.surroundings)?;
    let copied = settings.copy_store(&to, &desk.secret()?, &mut |step| progress.tell(step), desk.now());
    progress.end();
    let copied = copied?;
    let mut rows = Rows::new(&["table", "rows", "sha256"]);
    for table in &copied.tables {
        rows.push(vec![cell(&table.table), cell(table.rows), cell(&table.sha256)], json!(table));
    }
    let all: u64 = copied.tables.iter().map(|table| table.rows).sum();
    let text = format!("copied {} rows into {}; both sides are equal", all, copied.target);
    rows.print_report(desk.output, &json!(copied), &format!("{}\n{text}", rows.table()))?;
    Ok(Done::Yes)
}

fn backup(desk: &Desk, file: &Path, existing: Existing) -> Result<Done> {
    let mut progress = Progress::default();
    let made = desk.settings()?.back_up(file, existing, &mut |step| progress.tell(step), desk.now());
    progress.end();
    let made = made?;
    let text = match made.bytes {
        Some(bytes) => format!("wrote {} ({bytes} bytes): {}", file.display(), total(&made.examined)),
        None => refused(&made.examined, "nothing was written: the store is not whole"),
    };
    let document = json!({ "file": made.file, "bytes": made.bytes, "whole": made.examined.is_whole(),
        "tables": tables_json(&made.examined), "flaws": made.examined.flaws });
    print_document(desk.output, &document, &text)?;
    Ok(whole(&made.examined))
}

fn restore(desk: &Desk, file: &Path, existing: Existing) -> Result<Done> {
    let mut progress = Progress::default();
    let (settings, secret) = (desk.settings()?, desk.secret()?);
    let restored = settings.restore(file, existing, &secret, &mut |step| progress.tell(step), desk.now());
    progress.end();
    let Restored { store, placed, kept, examined } = restored?;
    let mut text = if placed {
        format!("{store} is {} now: {}\n", file.display(), total(&examined))
    } else {
        refused(&examined, "nothing was changed: the backup is not whole")
    };
    if let Some(kept) = &kept {
        text.push_str(&format!("what was there before is kept as {}\n", kept.display()));
    }
    let document = json!({ "store": store, "placed": placed, "kept": kept, "whole": examined.is_whole(),
        "tables": tables_json(&examined), "flaws": examined.flaws });
    print_document(desk.output, &document, &text)?;
    if placed {
        let due = App::look(desk.settings()?)?.outbox(desk.now())?.due;
        if due > 0 {
            let due = format!("{} {} due by this store", count(due, "message"), if due == 1 { "is" } else { "are" });
            hint(desk.output, &format!("{due}; what went out since the backup would go again: `inwindow outbox list`"));
        }
    }
    Ok(whole(&examined))
}

fn print_document(output: Output, document: &serde_json::Value, text: &str) -> Result<()> {
    match output {
        Output::Table => print_text(text),
        Output::Json | Output::Ndjson | Output::Csv => print_json(output, document),
    }
}

fn whole(examined: &Examined) -> Done {
    if examined.is_whole() { Done::Yes } else { Done::No }
}

fn total(examined: &Examined) -> String {
    let rows: u64 = examined.tables.iter().map(|(_, rows)| rows).sum();
    format!("{rows} rows in {}", count(examined.tables.len(), "table"))
}

fn wrong(examined: &Examined) -> String {
    let all = examined.flaws.len() as u64 + examined.more;
    let shown = if examined.more > 0 { format!(" of which {} are shown", examined.flaws.len()) } else { String::new() };
    format!("{all} {} wrong{shown}", if all == 1 { "thing is" } else { "things are" })
}

fn refused(examined: &Examined, what: &str) -> String {
    format!("{}\n{what} ({})", flaws(examined).table(), wrong(examined))
}

fn tables_json(examined: &Examined) -> serde_json::Value {
    examined.tables.iter().map(|(table, rows)| json!({ "table": table, "rows": rows })).collect()
}

fn tables(examined: &Examined) -> Rows {
    let mut rows = Rows::new(&["table", "rows"]);
    for (table, number) in &examined.tables {
        rows.push(vec![cell(table), cell(number)], json!({ "table": table, "rows": number }));
    }
    rows
}

fn flaws(examined: &Examined) -> Rows {
    let mut rows = Rows::new(&["table", "row", "what"]);
    for flaw in &examined.flaws {
        rows.push(vec![cell(&flaw.table), cell(&flaw.row), cell(&flaw.what)], json!(flaw));
    }
    rows
}

/// How far it has come, on a terminal.
#[derive(Default)]
struct Progress {
    told: bool,
}

impl Progress {
    fn tell(&mut self, step: StoreProgress<'_>) {
        let mut err = std::io::stderr();
        if !err.is_terminal() {
            return;
        }
        let text = match step {
            StoreProgress::Pages(done, all) => format!("{} %", done * 100 / all.max(1)),
            StoreProgress::Rows(table, rows) => format!("{table}: {rows} rows"),
        };
        let _ = write!(err, "\r{text:<40}");
        let _ = err.flush();
        self.told = true;
    }

    /// Leaves a clean line.
    fn end(&self) {
        if self.told {
            let _ = write!(std::io::stderr(), "\r{:<40}\r", "");
        }
    }
}
