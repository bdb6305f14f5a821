//! `inwindow review`.

use anyhow::Result;

use super::shown_in;
use crate::cli::args::{Output, ReviewCommand};
use crate::cli::table::{Rows, cell, hint, instant, maybe, print_json, print_text};
use crate::cli::{Desk, Done};
use crate::store::ReviewFilter;

pub(crate) fn run(desk: &Desk, command: &ReviewCommand) -> Result<Done> {
    match command {
        ReviewCommand::List => list(desk),
        ReviewCommand::Dismiss { notice } => {
            let mut app = desk.open()?;
            let item = app.dismiss(notice, &desk.user(), desk.now())?;
            app.judge_again(desk.now())?;
            match desk.output {
                Output::Table => print_text(&format!("{} is settled as being of no matter", item.notice))?,
                Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&item)?)?,
            }
            Ok(Done::Yes)
        }
    }
}

fn list(desk: &Desk) -> Result<Done> {
    let app = desk.look()?;
    let zone = shown_in(&app.settings, None)?;
    let mut rows = Rows::new(&["notice", "received", "vendor", "why"]);
    for item in app.store.review(ReviewFilter::Open)? {
        let cells = vec![
            cell(&item.notice),
            instant(item.received_at, &zone),
            maybe(item.vendor.as_ref()),
            cell(item.reasons.join("; ")),
        ];
        rows.push(cells, serde_json::to_value(&item)?);
    }
    rows.print(desk.output, "nothing waits for a person")?;
    if !rows.is_empty() {
        hint(
            desk.output,
            "`inwindow show ID` says what was read, `--raw` shows the mail; enter what it says with `inwindow maintenance \
             add`, then settle it with `inwindow review dismiss ID`",
        );
    }
    Ok(if rows.is_empty() { Done::No } else { Done::Yes })
}
