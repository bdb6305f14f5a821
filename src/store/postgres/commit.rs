//! One unit of work.

use chrono::{DateTime, Utc};

use super::column::number;
use super::fault::{Fault, Outcome};
use super::session::Session;
use super::{findings, inventory, log, maintenances, messages, notices, outages, sources};
use crate::store::changes::{Changes, Committed, Generation};
use crate::store::error::StoreError;

pub(super) fn generation(session: &Session) -> Outcome<Generation> {
    generation_by(session, "SELECT generation FROM meta")
}

fn generation_by(session: &Session, sql: &str) -> Outcome<Generation> {
    let row = session.row(sql, &[])?.ok_or_else(|| Fault::unreadable("generation", "it is not there"))?;
    Ok(Generation(number("generation", row.try_get(0)?)?))
}

/// Writes all changes in the transaction that is open. Whoever comes second waits here for the lock of `meta`, and then
/// finds that the generation has moved on.
pub(super) fn write(
    session: &Session,
    expected: Generation,
    changes: &Changes,
    now: DateTime<Utc>,
) -> Outcome<Committed> {
    let found = generation_by(session, "SELECT generation FROM meta FOR UPDATE")?;
    if found != expected {
        return Err(StoreError::Moved { expected, found }.into());
    }
    let mut committed = Committed {
        generation: found,
        new_notices: Vec::new(),
        known_notices: Vec::new(),
        new_inventory: None,
        new_outages: Vec::new(),
        new_messages: Vec::new(),
        known_messages: Vec::new(),
    };
    let changed = write_known(session, changes, now, &mut committed)?
        + messages::keep(session, &changes.messages, &mut committed)?
        + messages::withdraw(session, &changes.withdrawals)?
        + messages::edit(session, &changes.edits)?;
    if changed > 0 {
        // This transaction has the row's lock.
        session.later("UPDATE meta SET generation = generation + 1;");
        committed.generation = Generation(found.0 + 1);
    }
    changes.sources.iter().try_for_each(|step| sources::put(session, step))?;
    findings::put(session, &changes.findings)?;
    log::add(session, &changes.log)?;
    Ok(committed)
}

/// What is known; a notice before the revisions that name it, an outage before what is said of it. How many rows that
/// changed.
fn write_known(session: &Session, changes: &Changes, now: DateTime<Utc>, committed: &mut Committed) -> Outcome<u64> {
    let mut changed = notices::keep(session, &changes.notices, committed)?;
    for new in &changes.readings {
        changed += notices::read_again(session, new)?;
    }
    for rehomed in &changes.rehomed {
        changed += maintenances::rehome(session, rehomed)?;
    }
    changed += maintenances::put(session, &changes.maintenances)?;
    changed += notices::put_review(session, &changes.review)?;
    for coverage in &changes.coverage {
        changed += notices::put_coverage(session, coverage)?;
    }
    if let Some(new) = &changes.inventory {
        committed.new_inventory = inventory::put(session, new)?;
        changed += u64::from(committed.new_inventory.is_some());
    }
    for outage in &changes.outages {
        if outages::keep(session, outage)? {
            committed.new_outages.push(outage.id.clone());
            changed += 1;
        }
    }
    for end in &changes.outage_ends {
        changed += outages::end(session, end)?;
    }
    for statement in &changes.statements {
        changed += outages::say(session, statement)?;
    }
    for new in &changes.verdicts {
        changed += outages::judge(session, new, now)?;
    }
    for new in &changes.overrides {
        changed += outages::put_override(session, new)?;
    }
    Ok(changed)
}
