//! `inwindow apply`.

use anyhow::Result;

use crate::app::App;
use crate::cli::args::{ApplyArgs, Output};
use crate::cli::table::{print_json, print_text};
use crate::cli::{Desk, Done};

pub(crate) fn run(desk: &Desk, args: &ApplyArgs) -> Result<Done> {
    let settings = desk.settings()?;
    let folder = args.dir.clone().unwrap_or_else(|| settings.folder.join("inventory"));
    let inventory = settings.load_inventory(&folder)?;
    let applied = if args.dry_run {
        let old = if settings.store_path().is_file() { App::look(settings)?.store.inventory_latest()? } else { None };
        App::compare(old.map(|version| version.inventory).as_ref(), &inventory)
    } else {
        desk.create()?.apply(&inventory, desk.now())?
    };
    match desk.output {
        Output::Table => {
            let mut text = String::new();
            for difference in &applied.differences {
                text.push_str(&format!("{difference}\n"));
            }
            text.push_str(&match (applied.version, args.dry_run) {
                (Some(version), _) => format!("applied as version {version}\n"),
                (None, true) => format!("{} differences; nothing was stored\n", applied.differences.len()),
                (None, false) => "nothing differs from the version in force\n".to_owned(),
            });
            print_text(&text)?;
        }
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&applied)?)?,
    }
    Ok(Done::Yes)
}
