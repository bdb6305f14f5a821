//! `inwindow apply`.

use anyhow::Result;

use super::told_of_outbox;
use crate::app::{App, AppError, Applied, Outbox, Rehoming};
use crate::cli::args::ApplyArgs;
use crate::cli::table::{Rows, cell, count};
use crate::cli::{Desk, Done};
use crate::inventory::{Changed, Taught};
use crate::store::StoreError;

pub(crate) fn run(desk: &Desk, args: &ApplyArgs) -> Result<Done> {
    let settings = desk.settings()?;
    let folder = args.dir.clone().unwrap_or_else(|| settings.folder.join("inventory"));
    let inventory = settings.load_inventory(&folder)?;
    let (applied, outbox) = if args.dry_run {
        let old = match App::look(settings) {
            Ok(app) => app.store.inventory_latest()?,
            Err(AppError::Store(StoreError::Missing { .. })) => None,
            Err(error) => return Err(error.into()),
        };
        (App::compare(old.map(|version| version.inventory).as_deref(), &inventory), Outbox::default())
    } else {
        let mut app = desk.create()?;
        let applied = app.apply(&inventory, desk.now())?;
        (applied, app.outbox(desk.now())?)
    };
    let mut rows = Rows::new(&["change", "sort", "id"]);
    for difference in &applied.differences {
        let change = match difference.change {
            Changed::Added => "added",
            Changed::Removed => "removed",
            Changed::Changed { .. } => "changed",
        };
        let cells = vec![cell(change), cell(difference.sort), cell(&difference.id)];
        rows.push(cells, serde_json::to_value(difference)?);
    }
    rows.print_report(desk.output, &serde_json::to_value(&applied)?, &text(&applied, args, &outbox))?;
    Ok(Done::Yes)
}

fn text(applied: &Applied, args: &ApplyArgs, outbox: &Outbox) -> String {
    let mut text: String = applied.differences.iter().map(|difference| format!("{difference}\n")).collect();
    text.push_str(&match (applied.version, args.dry_run) {
        (Some(version), _) => format!("applied as version {version}\n"),
        (None, true) => format!("{}; nothing was stored\n", count(applied.differences.len(), "difference")),
        (None, false) => "nothing differs from the version in force\n".to_owned(),
    });
    for Taught { name, vendor, asset, .. } in &applied.lost {
        text.push_str(&format!(
            "`{name}` of {vendor} was taught to mean {asset}, and these files leave no room for it\n"
        ));
    }
    for Rehoming { maintenance, reference, from, to } in &applied.rehomed {
        text.push_str(&format!("{maintenance} ({reference}) is of {to}, which calls itself {from}\n"));
    }
    if applied.messages > 0 {
        text.push_str(&format!("planned {} to customers it touches\n", count(applied.messages, "message")));
        text.push_str(&told_of_outbox(outbox));
    }
    text
}
