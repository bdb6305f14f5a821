//! One unit of work.

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use super::column::number;
use super::fault::{Fault, Outcome};
use super::session::Session;
use super::{
    checklist, evidence, findings, inventory, log, maintenances, messages, notices, outages, revisions, sources, wakes,
};
use crate::store::changes::{Changes, Committed, Generation, Judged, Judging};
use crate::store::error::StoreError;

pub(super) fn generation(session: &Session) -> Outcome<Generation> {
    generation_in(&meta(session, "SELECT generation FROM meta")?)
}

fn generation_in(row: &Row) -> Outcome<Generation> {
    Ok(Generation(number("generation", row.try_get("generation")?)?))
}

/// The one row of `meta`.
fn meta(session: &Session, sql: &str) -> Outcome<Row> {
    session.row(sql, &[])?.ok_or_else(|| Fault::unreadable("row of meta", "it is not there"))
}

/// Writes all changes in the transaction that is open. Whoever comes second waits here for the lock of `meta`, and then
/// finds that the generation has moved on.
pub(super) fn write(
    session: &Session,
    expected: Generation,
    changes: &Changes,
    now: DateTime<Utc>,
) -> Outcome<Committed> {
    let locked = meta(session, "SELECT generation, owed, judged FROM meta FOR UPDATE")?;
    let found = generation_in(&locked)?;
    if found != expected {
        return Err(StoreError::Moved { expected, found }.into());
    }
    let mut committed = Committed {
        generation: found,
        owed: judged_in(&locked)?.owed + u64::from(changes.judging == Judging::Owed),
        new_notices: Vec::new(),
        known_notices: Vec::new(),
        new_inventory: None,
        new_outages: Vec::new(),
        new_messages: Vec::new(),
        known_messages: Vec::new(),
    };
    let rows = write_known(session, changes, now, &mut committed)?
        + messages::keep(session, &changes.messages, &mut committed)?
        + messages::withdraw(session, &changes.withdrawals)?
        + messages::edit(session, &changes.edits)?;
    if rows > 0 {
        // This transaction has the row's lock.
        session.later("UPDATE meta SET generation = generation + 1;");
        committed.generation = Generation(found.0 + 1);
    }
    owe(session, changes.judging)?;
    changes.sources.iter().try_for_each(|step| sources::put(session, step))?;
    findings::put(session, &changes.findings)?;
    checklist::add(session, &changes.checklist)?;
    wakes::put(session, changes, now)?;
    log::add(session, &changes.log)?;
    Ok(committed)
}

/// Counts the unit of work. What others wrote meanwhile stays owed; nobody can have judged by what was not written.
fn owe(session: &Session, judging: Judging) -> Outcome<()> {
    match judging {
        Judging::Untouched => {}
        Judging::Owed => session.later("UPDATE meta SET owed = owed + 1;"),
        Judging::Done(by) => {
            let by = i64::try_from(by).unwrap_or(i64::MAX);
            session.run("UPDATE meta SET judged = GREATEST(judged, LEAST(owed, $1))", &[&by])?;
        }
    }
    Ok(())
}

pub(super) fn judged(session: &Session) -> Outcome<Judged> {
    judged_in(&meta(session, "SELECT owed, judged FROM meta")?)
}

fn judged_in(row: &Row) -> Outcome<Judged> {
    let (owed, done) = (row.try_get("owed")?, row.try_get("judged")?);
    Ok(Judged { owed: number("units of work owed", owed)?, done: number("units of work judged by", done)? })
}

/// What is known; a notice before the revisions that name it, an outage before what is said of it. How many rows that
/// changed.
fn write_known(session: &Session, changes: &Changes, now: DateTime<Utc>, committed: &mut Committed) -> Outcome<u64> {
    let notices = notices::keep(session, &changes.notices, committed)?;
    let mut rows = u64::try_from(notices.len()).unwrap_or(u64::MAX);
    for new in &changes.readings {
        rows += notices::read_again(session, new)?;
    }
    for rehomed in &changes.rehomed {
        rows += maintenances::rehome(session, rehomed)?;
    }
    rows += revisions::put(session, &changes.maintenances, notices)?;
    rows += notices::put_review(session, &changes.review)?;
    for coverage in &changes.coverage {
        rows += notices::put_coverage(session, coverage)?;
    }
    if let Some(new) = &changes.inventory {
        committed.new_inventory = inventory::put(session, new)?;
        rows += u64::from(committed.new_inventory.is_some());
    }
    for outage in &changes.outages {
        if outages::keep(session, outage)? {
            committed.new_outages.push(outage.id.clone());
            rows += 1;
        }
    }
    for end in &changes.outage_ends {
        rows += outages::end(session, end)?;
    }
    for statement in &changes.statements {
        rows += outages::say(session, statement)?;
    }
    for new in &changes.attachments {
        rows += evidence::attach(session, new)?;
    }
    for step in &changes.claim_steps {
        rows += evidence::step(session, step)?;
    }
    for new in &changes.verdicts {
        rows += outages::judge(session, new, now)?;
    }
    for new in &changes.overrides {
        rows += outages::put_override(session, new)?;
    }
    Ok(rows)
}
