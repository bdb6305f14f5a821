//! One unit of work as one transaction.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, TransactionBehavior};

use super::column::number;
use super::fault::Outcome;
use super::notices::Kept;
use super::{checklist, findings, inventory, log, maintenances, messages, notices, outages, sources};
use crate::store::changes::{Changes, Committed, Generation};
use crate::store::error::StoreError;

pub(super) fn generation(conn: &Connection) -> Outcome<Generation> {
    let stored = conn.prepare_cached("SELECT generation FROM meta")?.query_row([], |row| row.get(0))?;
    Ok(Generation(number("generation", stored)?))
}

pub(super) fn commit(
    conn: &mut Connection,
    expected: Generation,
    changes: &Changes,
    now: DateTime<Utc>,
) -> Outcome<Committed> {
    // Part of what is kept together, which has the lock already.
    if !conn.is_autocommit() {
        let part = conn.savepoint()?;
        let committed = write(&part, expected, changes, now)?;
        part.commit()?;
        return Ok(committed);
    }
    // A transaction that begins by reading and writes later fails at once when another writer came between.
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let committed = write(&tx, expected, changes, now)?;
    tx.commit()?;
    Ok(committed)
}

fn write(tx: &Connection, expected: Generation, changes: &Changes, now: DateTime<Utc>) -> Outcome<Committed> {
    let found = generation(tx)?;
    if found != expected {
        return Err(StoreError::Moved { expected, found }.into());
    }
    let rows_before = tx.total_changes();
    let mut committed = Committed {
        generation: found,
        new_notices: Vec::new(),
        known_notices: Vec::new(),
        new_inventory: None,
        new_outages: Vec::new(),
        new_messages: Vec::new(),
        known_messages: Vec::new(),
    };
    write_known(tx, changes, now, &mut committed)?;
    write_messages(tx, changes, &mut committed)?;
    if tx.total_changes() > rows_before {
        tx.prepare_cached("UPDATE meta SET generation = generation + 1")?.execute([])?;
        committed.generation = Generation(found.0 + 1);
    }
    changes.sources.iter().try_for_each(|step| sources::put(tx, step))?;
    changes.findings.iter().try_for_each(|kept| findings::put(tx, kept))?;
    changes.checklist.iter().try_for_each(|said| checklist::add(tx, said))?;
    changes.log.iter().try_for_each(|entry| log::add(tx, entry))?;
    Ok(committed)
}

/// What is known; a notice before the revisions that name it, an outage before what is said of it.
fn write_known(conn: &Connection, changes: &Changes, now: DateTime<Utc>, committed: &mut Committed) -> Outcome<()> {
    for new in &changes.notices {
        let id = new.notice.id.clone();
        match notices::keep(conn, new)? {
            Kept::New => committed.new_notices.push(id),
            Kept::Known => committed.known_notices.push(id),
        }
    }
    changes.readings.iter().try_for_each(|new| notices::read_again(conn, new))?;
    changes.rehomed.iter().try_for_each(|rehomed| maintenances::rehome(conn, rehomed))?;
    changes.maintenances.iter().try_for_each(|maintenance| maintenances::put(conn, maintenance))?;
    changes.review.iter().try_for_each(|item| notices::put_review(conn, item))?;
    changes.coverage.iter().try_for_each(|coverage| notices::put_coverage(conn, coverage))?;
    if let Some(new) = &changes.inventory {
        committed.new_inventory = inventory::put(conn, new)?;
    }
    for outage in &changes.outages {
        if outages::keep(conn, outage)? > 0 {
            committed.new_outages.push(outage.id.clone());
        }
    }
    changes.outage_ends.iter().try_for_each(|end| outages::end(conn, end))?;
    changes.statements.iter().try_for_each(|statement| outages::say(conn, statement))?;
    changes.verdicts.iter().try_for_each(|new| outages::judge(conn, new, now))?;
    changes.overrides.iter().try_for_each(|new| outages::put_override(conn, new))
}

fn write_messages(conn: &Connection, changes: &Changes, committed: &mut Committed) -> Outcome<()> {
    for message in &changes.messages {
        let id = message.id.clone();
        if messages::keep(conn, message)? > 0 {
            committed.new_messages.push(id);
        } else {
            committed.known_messages.push(id);
        }
    }
    changes.withdrawals.iter().try_for_each(|withdrawal| messages::withdraw(conn, withdrawal))?;
    changes.edits.iter().try_for_each(|edit| messages::edit(conn, edit))
}
