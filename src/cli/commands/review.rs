//! `inwindow review`.

use anyhow::Result;

use super::shown_in;
use crate::cli::args::ReviewCommand;
use crate::cli::table::{Rows, print_text, wall};
use crate::cli::{Desk, Done};
use crate::store::ReviewFilter;

pub(crate) fn run(desk: &Desk, command: &ReviewCommand) -> Result<Done> {
    match command {
        ReviewCommand::List => list(desk),
        ReviewCommand::Dismiss { notice } => {
            let mut app = desk.open()?;
            let who = std::env::var("USER").unwrap_or_else(|_| "somebody".to_owned());
            let item = app.dismiss(notice, &who, desk.now())?;
            app.judge_again(desk.now())?;
            print_text(&format!("{} is settled as being of no matter", item.notice))?;
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
            item.notice.to_string(),
            wall(item.received_at, &zone),
            item.vendor.as_ref().map(ToString::to_string).unwrap_or_default(),
            item.reasons.join("; "),
        ];
        rows.push(cells, serde_json::to_value(&item)?);
    }
    rows.print(desk.output, "nothing waits for a person")?;
    Ok(if rows.is_empty() { Done::No } else { Done::Yes })
}
