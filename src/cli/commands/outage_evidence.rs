//! `inwindow outage attach`, `claim` and `claims`: what stands behind an outage, and what follows from it.

use std::fs::File;
use std::path::Path;

use anyhow::Result;
use serde_json::json;

use super::{moment_or, past, shown_in};
use crate::app::{AppError, AttachedBy, Attaching};
use crate::cli::args::{OutageAttachArgs, OutageClaimArgs, Output};
use crate::cli::table::{Rows, cell, either, instant, maybe, names, print_json, print_text, wall};
use crate::cli::{Desk, Done};
use crate::outage::{Attached, Attachment, ClaimAct};
use crate::time::{Interval, Zone};
use crate::verdict::Claim;

pub(crate) fn attach(desk: &Desk, args: &OutageAttachArgs) -> Result<Done> {
    let mut app = desk.open()?;
    let now = desk.now();
    let seen_at = moment_or(&app.settings, args.seen.as_deref(), args.zone.as_deref(), now)?;
    let by = args.by.clone().unwrap_or_else(|| desk.user());
    let said = AttachedBy { by: &by, seen_at: past("--seen", seen_at, now)?, note: args.note.as_deref() };
    let attached = app.attach(&args.outage, attaching(args)?, said, now)?;
    match desk.output {
        Output::Table => {
            let zone = shown_in(&app.settings, None)?;
            let hint = match attached.what {
                Attached::Url { .. } => {
                    "\nnothing was fetched: save the page and attach the file to keep what stands there"
                }
                Attached::Text { .. } | Attached::File { .. } => "",
            };
            print_text(&format!("{}: {}{hint}", attached.outage, attached_text(&attached, &zone)))?;
        }
        Output::Json | Output::Ndjson | Output::Csv => print_json(desk.output, &serde_json::to_value(&attached)?)?,
    }
    Ok(Done::Yes)
}

fn attaching(args: &OutageAttachArgs) -> Result<Attaching<'_>, AppError> {
    if let Some(text) = &args.text {
        return Ok(Attaching::Text(text));
    }
    let url = args.url.as_deref();
    let Some(path) = &args.file else {
        return url
            .map(Attaching::Url)
            .ok_or_else(|| AppError::usage("nothing to attach", "name a file, --url or --text"));
    };
    if path == Path::new("-") {
        return Ok(Attaching::File { name: "standard input", bytes: Box::new(std::io::stdin().lock()), url });
    }
    let name = path.file_name().and_then(|name| name.to_str());
    let name = name.ok_or_else(|| AppError::usage(format!("`{}` names no file", path.display()), "name one"))?;
    let file = File::open(path).map_err(|error| AppError::file("read", path, error))?;
    if file.metadata().is_ok_and(|file| file.is_dir()) {
        return Err(AppError::usage(format!("`{}` is a folder", path.display()), "attach an archive of it"));
    }
    Ok(Attaching::File { name, bytes: Box::new(file), url })
}

/// `breaker.jpg (1234 bytes), sha256 …, seen 2017-03-26 02:00 CET, attached by ann: the PDU`.
pub(super) fn attached_text(attachment: &Attachment, zone: &Zone) -> String {
    let digest = attachment.what.sha256().map(|digest| format!(", sha256 {digest}")).unwrap_or_default();
    let note = attachment.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
    let seen = wall(attachment.seen_at, zone);
    format!("attached {}{digest}, seen {seen}, by {}{note}", attachment.what, attachment.by)
}

pub(crate) fn claim(desk: &Desk, args: &OutageClaimArgs) -> Result<Done> {
    let now = desk.now();
    let act = match (args.filed, args.waived) {
        (true, _) => Some(ClaimAct::Filed),
        (false, true) => Some(ClaimAct::Waived),
        (false, false) => None,
    };
    let (app, seen) = match act {
        None => {
            refuse_idle(args)?;
            let app = desk.look()?;
            let seen = app.outage_seen(&args.outage)?;
            (app, seen)
        }
        Some(act) => {
            let mut app = desk.open()?;
            let at = moment_or(&app.settings, args.at.as_deref(), args.zone.as_deref(), now)?;
            let by = args.by.clone().unwrap_or_else(|| desk.user());
            let done = (act, past("--at", at, now)?, by.as_str(), args.note.as_deref());
            let seen = app.step_claim(&args.outage, args.vendor.as_deref(), done, now)?;
            (app, seen)
        }
    };
    let mut claims = seen.claims;
    claims.retain(|claim| args.vendor.as_ref().is_none_or(|vendor| claim.vendor.as_str() == vendor));
    print(
        desk,
        &claims,
        &shown_in(&app.settings, None)?,
        "nothing to claim: the verdict is yes, or no terms say until when",
    )
}

/// Who, when and why say nothing of what is not done.
fn refuse_idle(args: &OutageClaimArgs) -> Result<(), AppError> {
    let idle = [("--at", &args.at), ("--by", &args.by), ("--note", &args.note)];
    match idle.iter().find(|(_, given)| given.is_some()) {
        Some((name, _)) => {
            Err(AppError::usage(format!("{name} says nothing without --filed or --waived"), "give one of them"))
        }
        None => Ok(()),
    }
}

/// The claims that wait; with a length all because of outages of that time.
pub(crate) fn claims(desk: &Desk, all: Option<&String>) -> Result<Done> {
    let app = desk.look()?;
    let now = desk.now();
    let claims = match all {
        None => app.open_claims(now)?,
        Some(last) => {
            let start = now.checked_sub_signed(super::length(last)?);
            let far = || AppError::usage("that is further than the calendar reaches", "give a shorter length");
            app.claims_of(Interval::new(start.ok_or_else(far)?, now).map_err(AppError::from)?)?
        }
    };
    print(desk, &claims, &shown_in(&app.settings, None)?, "no claim waits")
}

fn print(desk: &Desk, claims: &[Claim], zone: &Zone, nothing: &str) -> Result<Done> {
    let now = desk.now();
    let mut rows = Rows::new(&["outage", "vendor", "state", "due", "assets", "unexcused seconds", "what"]);
    for claim in claims {
        let assets: Vec<_> = claim.assets.iter().map(|claimed| &claimed.asset).collect();
        let most = claim.assets.iter().map(|claimed| claimed.unexcused_seconds).max().unwrap_or_default();
        let state = if claim.has_lapsed(now) { "lapsed" } else { claim.state.as_str() };
        rows.push(
            vec![
                maybe(claim.outage.as_ref()),
                cell(&claim.vendor),
                cell(state),
                claim.due_at.map_or_else(|| either("-", ""), |due| instant(due, zone)),
                names(&assets),
                cell(most),
                cell(claim.sentence(&|at| wall(at, zone))),
            ],
            json!({ "state_now": state, "claim": claim }),
        );
    }
    rows.print(desk.output, nothing)?;
    Ok(if claims.iter().any(|claim| claim.waits(now)) { Done::No } else { Done::Yes })
}
