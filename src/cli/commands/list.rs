//! `inwindow list`.

use anyhow::Result;
use chrono::{DateTime, Utc};
use serde::Serialize;

use super::{length, shown_in, vendor};
use crate::app::{App, AppError, Wanted};
use crate::cli::args::{ListArgs, Listing};
use crate::cli::table::{Rows, wall};
use crate::cli::{Desk, Done};
use crate::names::CustomerId;
use crate::store::{NoticeFilter, OutageFilter};
use crate::time::{Interval, Zone};

pub(crate) fn run(desk: &Desk, args: &ListArgs) -> Result<Done> {
    let app = desk.look()?;
    let zone = shown_in(&app.settings, args.zone.as_deref())?;
    let wanted = wanted(&app, args, desk.now())?;
    let rows = match args.what {
        Listing::Windows => windows(&app, &wanted, args, desk.now(), &zone)?,
        Listing::Maintenances => maintenances(&app, &wanted, &zone)?,
        Listing::Notices => notices(&app, &wanted, &zone)?,
        Listing::Messages => messages(&app, &wanted, &zone)?,
        Listing::Outages => outages(&app, &wanted, &zone)?,
        Listing::Assets => assets(&app, &wanted)?,
    };
    rows.print(desk.output, "nothing to list")?;
    Ok(if rows.is_empty() { Done::No } else { Done::Yes })
}

fn wanted(app: &App, args: &ListArgs, now: DateTime<Utc>) -> Result<Wanted> {
    let span = match &args.next {
        Some(text) => Some(Interval::new(now, now + length(text)?).map_err(AppError::from)?),
        None => None,
    };
    let asset = match &args.asset {
        Some(typed) => Some(app.known_asset(typed)?),
        None => None,
    };
    let customer = match &args.customer {
        Some(typed) => Some(known_customer(app, typed)?),
        None => None,
    };
    let vendor = args.vendor.as_deref().map(vendor).transpose()?;
    Ok(Wanted { span, vendor, asset, customer, limit: args.limit })
}

fn known_customer(app: &App, typed: &str) -> Result<CustomerId, AppError> {
    let inventory = app.inventory()?;
    let id = CustomerId::new(typed)?;
    if inventory.customers.contains_key(&id) {
        return Ok(id);
    }
    let known = inventory.customers.keys().map(CustomerId::as_str);
    let nearest = crate::names::nearest(typed, known).map(str::to_owned);
    Err(AppError::Unknown { what: "customer", typed: typed.to_owned(), nearest })
}

fn joined<T: ToString>(items: &[T]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn value(of: &impl Serialize) -> Result<serde_json::Value> {
    Ok(serde_json::to_value(of)?)
}

/// What is ahead or open first, then what is over, newest first.
fn windows(app: &App, wanted: &Wanted, args: &ListArgs, now: DateTime<Utc>, zone: &Zone) -> Result<Rows> {
    let all = app.windows(&Wanted { limit: usize::MAX, ..wanted.clone() })?;
    let (ahead, mut over): (Vec<_>, Vec<_>) = all.into_iter().partition(|row| row.end > now);
    over.reverse();
    let mut rows = Rows::new(&["start", "end", "vendor", "reference", "status", "impact", "assets", "customers"]);
    for row in ahead.into_iter().chain(over).take(args.limit) {
        let cells = vec![
            wall(row.start, zone),
            wall(row.end, zone),
            row.vendor.to_string(),
            row.reference.to_string(),
            row.status.to_string(),
            row.worst.map(|impact| impact.to_string()).unwrap_or_default(),
            if row.unmatched.is_empty() {
                joined(&row.assets)
            } else {
                format!("{} ?{}", joined(&row.assets), row.unmatched.join(" ?"))
            },
            joined(&row.customers),
        ];
        rows.push(cells, value(&row)?);
    }
    Ok(rows)
}

fn maintenances(app: &App, wanted: &Wanted, zone: &Zone) -> Result<Rows> {
    let mut rows = Rows::new(&["id", "vendor", "reference", "status", "revisions", "last word", "summary"]);
    for maintenance in app.maintenances(wanted)?.into_iter().take(wanted.limit) {
        let state = maintenance.latest();
        let last = maintenance.revisions.iter().map(|revision| revision.received.at).max();
        let cells = vec![
            maintenance.id.to_string(),
            maintenance.identity.vendor.to_string(),
            maintenance.identity.reference.to_string(),
            state.status.to_string(),
            maintenance.revisions.len().to_string(),
            last.map(|at| wall(at, zone)).unwrap_or_default(),
            state.summary.clone().unwrap_or_default(),
        ];
        let json = serde_json::json!({ "id": maintenance.id, "identity": maintenance.identity, "state": state,
            "revisions": maintenance.revisions.len(), "last_received_at": last });
        rows.push(cells, json);
    }
    Ok(rows)
}

fn notices(app: &App, wanted: &Wanted, zone: &Zone) -> Result<Rows> {
    let filter = NoticeFilter { vendor: wanted.vendor.clone(), received: wanted.span, limit: Some(wanted.limit) };
    let mut rows = Rows::new(&["id", "received", "from", "subject", "source"]);
    for notice in app.store.notices(&filter)? {
        let cells = vec![
            notice.id.to_string(),
            wall(notice.received.at, zone),
            notice.from.clone().unwrap_or_default(),
            notice.subject.clone().unwrap_or_default(),
            notice.source.clone(),
        ];
        rows.push(cells, value(&notice)?);
    }
    Ok(rows)
}

pub(super) fn messages(app: &App, wanted: &Wanted, zone: &Zone) -> Result<Rows> {
    message_rows(&app.messages(wanted)?, zone)
}

/// Messages as rows.
pub(super) fn message_rows(messages: &[crate::plan::Message], zone: &Zone) -> Result<Rows> {
    let mut rows = Rows::new(&["id", "due", "stage", "to", "customer", "state", "reason"]);
    for message in messages {
        let cells = vec![
            message.id.to_string(),
            wall(message.due_at, zone),
            message.key.stage.to_string(),
            message.to.email.clone(),
            message.to.customer.as_ref().map(ToString::to_string).unwrap_or_default(),
            message.state.to_string(),
            message.reason.clone(),
        ];
        rows.push(cells, value(message)?);
    }
    Ok(rows)
}

fn assets(app: &App, wanted: &Wanted) -> Result<Rows> {
    let inventory = app.inventory()?;
    let mut rows = Rows::new(&["id", "kind", "vendor", "site", "needs", "customers"]);
    for asset in inventory.assets.values() {
        let users = inventory.customers.values().filter(|customer| customer.uses.contains(&asset.id));
        let users: Vec<&CustomerId> = users.map(|customer| &customer.id).collect();
        let fits = wanted.asset.as_ref().is_none_or(|id| *id == asset.id)
            && wanted.vendor.as_ref().is_none_or(|vendor| inventory.vendors_of(&asset.id).contains(vendor))
            && wanted.customer.as_ref().is_none_or(|customer| users.contains(&customer));
        if !fits {
            continue;
        }
        let any = asset.any_of.iter().map(|group| format!("{} of ({})", group.n, joined(&group.of)));
        let needs: Vec<String> = asset.all_of.iter().map(ToString::to_string).chain(any).collect();
        let cells = vec![
            asset.id.to_string(),
            asset.kind.clone(),
            asset.vendor.as_ref().map(ToString::to_string).unwrap_or_default(),
            asset.site.as_ref().map(ToString::to_string).unwrap_or_default(),
            needs.join(", "),
            joined(&users),
        ];
        rows.push(cells, value(asset)?);
    }
    Ok(rows)
}

fn outages(app: &App, wanted: &Wanted, zone: &Zone) -> Result<Rows> {
    let filter = wanted.span.map_or(OutageFilter::All, OutageFilter::Overlapping);
    let mut outages = app.store.outages(filter)?;
    outages.retain(|outage| wanted.asset.as_ref().is_none_or(|asset| outage.assets.contains(asset)));
    outages.reverse();
    let mut rows = Rows::new(&["id", "start", "end", "assets", "verdict", "summary"]);
    for outage in outages.into_iter().take(wanted.limit) {
        let seen = app.outage_seen(outage.id.as_str())?;
        let kinds: Vec<String> = seen.verdicts.iter().map(|verdict| verdict.kind.to_string()).collect();
        let mut distinct = kinds.clone();
        distinct.dedup();
        let cells = vec![
            outage.id.to_string(),
            wall(outage.start.at, zone),
            outage.end.as_ref().map_or_else(|| "open".to_owned(), |end| wall(end.at, zone)),
            joined(&outage.assets),
            distinct.join(", "),
            outage.summary.clone().unwrap_or_default(),
        ];
        rows.push(cells, value(&seen)?);
    }
    Ok(rows)
}
