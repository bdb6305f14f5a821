//! `inwindow list`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use anyhow::Result;
use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;

use super::messages::{self, Listed};
use super::{known_vendor, length, moment, shown_in};
use crate::app::{App, AppError, Wanted, WindowRow, find_asset};
use crate::cli::args::{ListArgs, Listing, Output};
use crate::cli::table::{Cell, Rows, cell, count, either, hint, instant, maybe, names};
use crate::cli::{Desk, Done};
use crate::inventory::{Asset, Inventory};
use crate::names::{AssetId, CustomerId};
use crate::time::{Interval, Zone};

/// Said to people where there is no row.
const NOTHING: &str = "nothing to list";

pub(crate) fn run(desk: &Desk, args: &ListArgs) -> Result<Done> {
    let app = desk.look()?;
    let zone = shown_in(&app.settings, args.zone.as_deref())?;
    refuse_idle_filters(args)?;
    let as_of = args.as_of.as_deref().map(|text| moment(&app.settings, text, args.zone.as_deref())).transpose()?;
    let all = wanted(&app, args, as_of, desk.now())?;
    let print = |rows| print(rows, args.limit, desk.output);
    let listed = match args.what {
        Listing::Windows => print(windows(&app, &all, desk.now(), &zone)?),
        Listing::Maintenances => print(maintenances(&app, &all, &zone)?),
        Listing::Notices => print(notices(&app, &all, &zone)?),
        Listing::Messages => messages::print(app.message_pages(all)?, args.limit, desk.output, &zone, NOTHING),
        Listing::Outages => print(outages(&app, &all, &zone)?),
        Listing::Assets => print(assets(declared(&app, as_of)?.as_ref(), &all)?),
        Listing::Customers => print(customers(declared(&app, as_of)?.as_ref(), &all)?),
        Listing::Vendors => print(vendors(&app, declared(&app, as_of)?.as_ref(), &all)?),
    }?;
    if listed.left_out > 0 {
        hint(desk.output, &format!("{} more; --limit N shows them", count(listed.left_out, "row")));
    }
    Ok(if listed.shown == 0 { Done::No } else { Done::Yes })
}

fn print(mut rows: Rows, limit: usize, output: Output) -> Result<Listed> {
    let left_out = rows.keep(limit);
    rows.print(output, NOTHING)?;
    Ok(Listed { shown: rows.count(), left_out })
}

/// What the inventory holds has no time, and a filter that filters nothing would be a lie.
fn refuse_idle_filters(args: &ListArgs) -> Result<(), AppError> {
    let timeless = match args.what {
        Listing::Assets | Listing::Customers | Listing::Vendors => true,
        Listing::Windows | Listing::Maintenances | Listing::Notices | Listing::Messages | Listing::Outages => false,
    };
    if timeless && (args.next.is_some() || args.last.is_some()) {
        return Err(AppError::usage("what the inventory holds has no time", "leave out --next and --last"));
    }
    if !timeless && args.as_of.is_some() {
        let help = "list assets, customers or vendors; `inwindow check --as-of` asks what was announced by then";
        return Err(AppError::usage("--as-of asks for an older inventory", help));
    }
    Ok(())
}

/// The inventory that is listed: of today, or of then.
fn declared(app: &App, as_of: Option<DateTime<Utc>>) -> Result<Arc<Inventory>, AppError> {
    as_of.map_or_else(|| app.inventory(), |at| app.inventory_as_of(at))
}

/// The filters; the limit is applied to the rows, so that what it leaves out can be told.
fn wanted(app: &App, args: &ListArgs, as_of: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Result<Wanted> {
    let far = |text: &Option<String>| text.as_deref().map(length).transpose();
    let span = match (far(&args.last)?, far(&args.next)?) {
        (None, None) => None,
        (last, next) => Some(span(now, last.unwrap_or_default(), next.unwrap_or_default())?),
    };
    let asset = match &args.asset {
        Some(typed) => Some(find_asset(declared(app, as_of)?.as_ref(), typed)?),
        None => None,
    };
    let customer = match &args.customer {
        Some(typed) => Some(known_customer(declared(app, as_of)?.as_ref(), typed)?),
        None => None,
    };
    let vendor = match (&args.vendor, as_of) {
        (None, _) => None,
        (Some(typed), None) => Some(known_vendor(app, typed)?),
        (Some(typed), Some(_)) => Some(super::vendor(typed)?),
    };
    Ok(Wanted { span, vendor, asset, customer, states: Vec::new(), limit: usize::MAX })
}

fn span(now: DateTime<Utc>, last: TimeDelta, next: TimeDelta) -> Result<Interval, AppError> {
    let far = || AppError::usage("that is further than the calendar reaches", "give a shorter length");
    let start = now.checked_sub_signed(last).ok_or_else(far)?;
    let end = now.checked_add_signed(next).ok_or_else(far)?;
    Ok(Interval::new(start, end)?)
}

fn known_customer(inventory: &Inventory, typed: &str) -> Result<CustomerId, AppError> {
    let id = CustomerId::new(typed)?;
    if inventory.customers.contains_key(&id) {
        return Ok(id);
    }
    let known = inventory.customers.keys().map(CustomerId::as_str);
    let nearest = crate::names::nearest(typed, known).map(str::to_owned);
    Err(AppError::Unknown { what: "customer", typed: typed.to_owned(), nearest })
}

fn value(of: &impl Serialize) -> Result<serde_json::Value> {
    Ok(serde_json::to_value(of)?)
}

/// What is open or ahead first, by start; then what is over, newest first.
fn windows(app: &App, wanted: &Wanted, now: DateTime<Utc>, zone: &Zone) -> Result<Rows> {
    let (ahead, mut over): (Vec<_>, Vec<_>) = app.windows(wanted)?.into_iter().partition(|row| row.end > now);
    over.reverse();
    let mut rows =
        Rows::new(&["when", "start", "end", "vendor", "reference", "status", "impact", "assets", "customers"]);
    for row in ahead.into_iter().chain(over) {
        let when = when(&row, now);
        let mut json = value(&row)?;
        if let Some(fields) = json.as_object_mut() {
            fields.insert("when".to_owned(), when.into());
        }
        let cells = vec![
            cell(when),
            instant(row.start, zone),
            instant(row.end, zone),
            cell(&row.vendor),
            cell(&row.reference),
            cell(row.status),
            maybe(row.worst),
            with_unmatched(&row),
            names(&row.customers),
        ];
        rows.push(cells, json);
    }
    Ok(rows)
}

/// Where a window stands at `now`.
fn when(row: &WindowRow, now: DateTime<Utc>) -> &'static str {
    if row.end <= now {
        "over"
    } else if row.start <= now {
        "open"
    } else {
        "ahead"
    }
}

/// The assets touched, and with a question mark what the vendor named and nothing here is called.
fn with_unmatched(row: &WindowRow) -> Cell {
    let assets = row.assets.iter().map(ToString::to_string);
    let all: Vec<String> = assets.chain(row.unmatched.iter().map(|name| format!("?{name}"))).collect();
    names(&all)
}

fn maintenances(app: &App, wanted: &Wanted, zone: &Zone) -> Result<Rows> {
    let mut rows = Rows::new(&["id", "vendor", "reference", "status", "revisions", "last word", "summary"]);
    for maintenance in app.maintenances(wanted)? {
        let state = maintenance.latest();
        let last = maintenance.revisions.iter().map(|revision| revision.received.at).max();
        let cells = vec![
            cell(&maintenance.id),
            cell(&maintenance.identity.vendor),
            cell(&maintenance.identity.reference),
            cell(state.status),
            cell(maintenance.revisions.len()),
            last.map_or_else(|| cell(""), |at| instant(at, zone)),
            maybe(state.summary.as_ref()),
        ];
        let json = serde_json::json!({ "id": maintenance.id, "identity": maintenance.identity, "state": state,
            "revisions": maintenance.revisions.len(), "last_received_at": last });
        rows.push(cells, json);
    }
    Ok(rows)
}

fn notices(app: &App, wanted: &Wanted, zone: &Zone) -> Result<Rows> {
    let mut rows = Rows::new(&["id", "received", "from", "subject", "source"]);
    for notice in app.notices(wanted)? {
        let cells = vec![
            cell(&notice.id),
            instant(notice.received.at, zone),
            maybe(notice.from.as_ref()),
            maybe(notice.subject.as_ref()),
            cell(&notice.source),
        ];
        rows.push(cells, value(&notice)?);
    }
    Ok(rows)
}

fn assets(inventory: &Inventory, wanted: &Wanted) -> Result<Rows> {
    let mut used: BTreeMap<&AssetId, BTreeSet<&CustomerId>> = BTreeMap::new();
    for customer in inventory.customers.values() {
        for asset in &customer.uses {
            used.entry(asset).or_default().insert(&customer.id);
        }
    }
    let mut rows = Rows::new(&["id", "kind", "vendor", "site", "needs", "customers"]);
    for asset in inventory.assets.values() {
        let users: Vec<&CustomerId> = used.get(&asset.id).into_iter().flatten().copied().collect();
        let fits = wanted.asset.as_ref().is_none_or(|id| *id == asset.id)
            && wanted.vendor.as_ref().is_none_or(|vendor| inventory.vendors_of(&asset.id).contains(vendor))
            && wanted.customer.as_ref().is_none_or(|customer| users.contains(&customer));
        if !fits {
            continue;
        }
        let cells = vec![
            cell(&asset.id),
            cell(&asset.kind),
            maybe(asset.vendor.as_ref()),
            maybe(asset.site.as_ref()),
            needs(asset),
            names(&users),
        ];
        rows.push(cells, value(asset)?);
    }
    Ok(rows)
}

fn needs(asset: &Asset) -> Cell {
    let any = |separator: &str| -> Vec<String> {
        let of = |group: &crate::inventory::AnyOf| -> String {
            group.of.iter().map(ToString::to_string).collect::<Vec<_>>().join(separator)
        };
        asset.any_of.iter().map(|group| format!("{} of ({})", group.n, of(group))).collect()
    };
    let all = |any: Vec<String>| asset.all_of.iter().map(ToString::to_string).chain(any).collect::<Vec<_>>();
    either(all(any(", ")).join(", "), all(any(" ")).join(";"))
}

fn customers(inventory: &Inventory, wanted: &Wanted) -> Result<Rows> {
    let mut rows = Rows::new(&["id", "name", "contacts", "uses"]);
    for customer in inventory.customers.values() {
        let uses = |fits: &dyn Fn(&AssetId) -> bool| customer.uses.iter().any(fits);
        let fits = wanted.customer.as_ref().is_none_or(|id| *id == customer.id)
            && wanted.asset.as_ref().is_none_or(|asset| uses(&|used| used == asset))
            && wanted.vendor.as_ref().is_none_or(|vendor| uses(&|used| inventory.vendors_of(used).contains(vendor)));
        if fits {
            let contacts: Vec<&String> = customer.contacts.iter().map(|contact| &contact.email).collect();
            let cells = vec![cell(&customer.id), cell(&customer.name), names(&contacts), names(&customer.uses)];
            rows.push(cells, value(customer)?);
        }
    }
    Ok(rows)
}

fn vendors(app: &App, inventory: &Inventory, wanted: &Wanted) -> Result<Rows> {
    let coverage = app.store.coverage()?;
    let mut rows = Rows::new(&["id", "name", "assets", "read until"]);
    for vendor in inventory.vendors.values() {
        let fits = wanted.vendor.as_ref().is_none_or(|id| *id == vendor.id)
            && wanted.asset.as_ref().is_none_or(|asset| inventory.vendors_of(asset).contains(&vendor.id))
            && wanted.customer.as_ref().is_none_or(|customer| stands_on(inventory, customer, vendor));
        if !fits {
            continue;
        }
        let assets = inventory.assets.values().filter(|asset| asset.vendor.as_ref() == Some(&vendor.id)).count();
        let sources = coverage.iter().filter(|source| source.is_of(&vendor.id));
        let until = sources.map(|source| source.complete_until).max();
        let cells = vec![
            cell(&vendor.id),
            cell(&vendor.name),
            cell(assets),
            until.map_or_else(|| either("no source declared", ""), |until| instant(until, &Zone::utc())),
        ];
        rows.push(cells, value(vendor)?);
    }
    Ok(rows)
}

fn stands_on(inventory: &Inventory, customer: &CustomerId, vendor: &crate::inventory::Vendor) -> bool {
    let uses = inventory.customers.get(customer).map(|customer| &customer.uses);
    uses.is_some_and(|uses| uses.iter().any(|asset| inventory.vendors_of(asset).contains(&vendor.id)))
}

fn outages(app: &App, wanted: &Wanted, zone: &Zone) -> Result<Rows> {
    let mut rows = Rows::new(&["id", "start", "end", "assets", "verdict", "summary"]);
    for outage in app.outages(wanted)? {
        let seen = app.outage_seen(outage.id.as_str())?;
        let mut kinds: Vec<String> = seen.verdicts.iter().map(|verdict| verdict.kind.to_string()).collect();
        kinds.dedup();
        let cells = vec![
            cell(&outage.id),
            instant(outage.start.at, zone),
            outage.end.as_ref().map_or_else(|| either("open", ""), |end| instant(end.at, zone)),
            names(&outage.assets),
            names(&kinds),
            maybe(outage.summary.as_ref()),
        ];
        rows.push(cells, value(&seen)?);
    }
    Ok(rows)
}
