//! `inwindow outage` and `inwindow say`.

use anyhow::Result;

use super::check::verdict_text;
use super::outage_evidence::attached_text;
use super::{impact, length, moment, moment_or, past, shown_in, told_of_outbox};
use super::{outage_evidence, outage_import};
use crate::app::{App, AppError, Closing, OutageSeen, Settings};
use crate::cli::args::{
    ListArgs, Listing, OutageCommand, OutageListArgs, OutageOpenArgs, OutageOverrideArgs, Output, SayArgs, ShowArgs,
    StanceArg,
};
use crate::cli::table::{print_json, print_text, wall};
use crate::cli::{Desk, Done};
use crate::names::nearest;
use crate::outage::{Observed, Stance, Statement};
use crate::time::Zone;
use crate::verdict::Kind;

pub(crate) fn run(desk: &Desk, command: &OutageCommand) -> Result<Done> {
    match command {
        OutageCommand::Open(args) => open(desk, args),
        OutageCommand::Close(args) => {
            let mut app = desk.open()?;
            let end = observed(&app.settings, &args.end, args.zone.as_deref())?;
            let closing = if args.replace { Closing::Anew } else { Closing::Once };
            let seen = app.close_outage(&args.outage, (&end, closing), desk.now())?;
            print_seen(desk, &app, &seen)
        }
        OutageCommand::Override(args) => hold(desk, args),
        OutageCommand::Import(args) => outage_import::run(desk, args),
        OutageCommand::Mappings { name } => outage_import::mappings(desk, name.as_deref()),
        OutageCommand::List(args) => super::list::run(desk, &listing(args)),
        OutageCommand::Show { outage } => {
            // Only outages: `show` takes ids of everything.
            let id = desk.look()?.find_outage(outage)?.id.to_string();
            super::show::run(desk, &ShowArgs { id, raw: false, why: None })
        }
        OutageCommand::Attach(args) => outage_evidence::attach(desk, args),
        OutageCommand::Claim(args) => outage_evidence::claim(desk, args),
        OutageCommand::Claims { all, last } => outage_evidence::claims(desk, all.then_some(last)),
    }
}

/// `outage list` is `list outages`.
fn listing(args: &OutageListArgs) -> ListArgs {
    ListArgs {
        what: Listing::Outages,
        next: None,
        last: args.last.clone(),
        vendor: args.vendor.clone(),
        asset: args.asset.clone(),
        customer: args.customer.clone(),
        as_of: None,
        zone: args.zone.clone(),
        limit: args.limit,
    }
}

fn open(desk: &Desk, args: &OutageOpenArgs) -> Result<Done> {
    let mut app = desk.open()?;
    let zone = args.zone.as_deref();
    let plus_minus = args.plus_minus.as_deref().map(length).transpose()?.unwrap_or_default();
    let start = Observed {
        plus_minus_seconds: u32::try_from(plus_minus.num_seconds()).unwrap_or(u32::MAX),
        ..observed(&app.settings, &args.start, zone)?
    };
    let end = args.end.as_deref().map(|end| observed(&app.settings, end, zone)).transpose()?;
    let what = (impact(&args.impact)?, args.source.as_str(), args.summary.as_deref());
    let seen = app.open_outage(&args.assets, (start, end), what, desk.now())?;
    print_seen(desk, &app, &seen)
}

fn hold(desk: &Desk, args: &OutageOverrideArgs) -> Result<Done> {
    let mut app = desk.open()?;
    let by = args.by.clone().unwrap_or_else(|| desk.user());
    let word = (kind(&args.kind)?, by.as_str(), args.reason.trim());
    if word.2.is_empty() || by.trim().is_empty() {
        return Err(AppError::usage("an override needs an author and a reason", "give --by and --reason").into());
    }
    let seen = app.override_verdict(&args.outage, args.asset.as_deref(), word, desk.now())?;
    print_seen(desk, &app, &seen)
}

pub(crate) fn say(desk: &Desk, args: &SayArgs) -> Result<Done> {
    let mut app = desk.open()?;
    let now = desk.now();
    let said_at = moment_or(&app.settings, args.at.as_deref(), args.zone.as_deref(), now)?;
    let statement = Statement {
        outage: app.find_outage(&args.outage)?.id,
        who: args.who.clone(),
        said_at: past("--at", said_at, now)?,
        channel: args.channel.clone(),
        words: args.words.clone(),
        stance: match args.stance {
            StanceArg::Related => Stance::Related,
            StanceArg::Unrelated => Stance::Unrelated,
            StanceArg::Unknown => Stance::Unknown,
        },
        recorded_at: now,
    };
    let seen = app.say(statement, now)?;
    print_seen(desk, &app, &seen)
}

fn observed(settings: &Settings, text: &str, zone: Option<&str>) -> Result<Observed, AppError> {
    let at = moment(settings, text, zone)?;
    let written = zone.map_or_else(|| text.to_owned(), |zone| format!("{text} [{zone}]"));
    Ok(Observed { written: Some(written), ..Observed::exactly(at) })
}

fn kind(typed: &str) -> Result<Kind, AppError> {
    let typed = typed.trim();
    Kind::ALL.into_iter().find(|kind| kind.as_str() == typed).ok_or_else(|| {
        let nearest = nearest(typed, Kind::ALL.map(Kind::as_str)).map(str::to_owned);
        AppError::Unknown { what: "kind of verdict", typed: typed.to_owned(), nearest }
    })
}

fn print_seen(desk: &Desk, app: &App, seen: &OutageSeen) -> Result<Done> {
    match desk.output {
        Output::Table => {
            let outbox = app.outbox(desk.now())?;
            let text = seen_text(seen, &shown_in(&app.settings, None)?);
            print_text(&format!("{text}\n{}", told_of_outbox(&outbox)))?;
        }
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(seen)?)?,
    }
    Ok(Done::Yes)
}

/// An outage with its verdicts, statements, evidence and claims, for people.
pub(crate) fn seen_text(seen: &OutageSeen, zone: &Zone) -> String {
    let outage = &seen.outage;
    let assets: Vec<String> = outage.assets.iter().map(ToString::to_string).collect();
    let end =
        outage.end.as_ref().map_or_else(|| ", still open".to_owned(), |end| format!(" to {}", wall(end.at, zone)));
    let mut text = format!(
        "{}: {} {} from {}{end} (source: {})\n",
        outage.id,
        assets.join(", "),
        outage.impact,
        wall(outage.start.at, zone),
        outage.source
    );
    for statement in &seen.statements {
        text.push_str(&format!(
            "  {} said on {} ({}): {}: “{}”\n",
            statement.who,
            wall(statement.said_at, zone),
            statement.channel,
            statement.stance,
            statement.words
        ));
    }
    for held in &seen.overrides {
        text.push_str(&format!(
            "  {} holds {} to be {} ({}), {}: “{}”\n",
            held.by,
            held.asset,
            held.kind,
            held.answer().headline(),
            wall(held.made_at, zone),
            held.reason
        ));
    }
    for attached in &seen.attachments {
        text.push_str(&format!("  {}\n", attached_text(attached, zone)));
    }
    for claim in &seen.claims {
        text.push_str(&format!("  {}\n", claim.sentence(&|at| wall(at, zone))));
    }
    for verdict in &seen.verdicts {
        text.push_str(&format!("\n{}\n", verdict_text(verdict)));
    }
    for verdict in &seen.later {
        let flags: Vec<&str> = verdict.flags.iter().map(|flag| flag.as_str()).collect();
        text.push_str(&format!(
            "\n{}: by what was known {}: {} ({}), flags: {}\n",
            verdict.asset,
            wall(verdict.as_of, zone),
            verdict.answer.headline(),
            verdict.kind,
            flags.join(", ")
        ));
    }
    text
}
