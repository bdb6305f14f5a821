//! One unit of work as one transaction.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, TransactionBehavior};

use super::column::number;
use super::fault::Outcome;
use super::maintenances::Held;
use super::notices::Kept;
use super::{checklist, evidence, findings, inventory, log, maintenances, messages, notices, outages, sources, wakes};
use crate::store::changes::{Changes, Committed, Generation, Judged, Judging};
use crate::store::error::StoreError;

pub(super) fn generation(conn: &Connection) -> Outcome<Generation> {
    let stored = conn.prepare_cached("SELECT generation FROM meta")?.query_row([], |row| row.get(0))?;
    Ok(Generation(number("generation", stored)?))
}

pub(super) fn judged(conn: &Connection) -> Outcome<Judged> {
    let mut select = conn.prepare_cached("SELECT owed, judged FROM meta")?;
    let (owed, done): (i64, i64) = select.query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Judged { owed: number("units of work owed", owed)?, done: number("units of work judged by", done)? })
}

pub(super) fn commit(
    conn: &mut Connection,
    held: &Held,
    expected: Generation,
    changes: &Changes,
    now: DateTime<Utc>,
) -> Outcome<Committed> {
    // Part of what is kept together, which has the lock already.
    if !conn.is_autocommit() {
        let part = conn.savepoint()?;
        let committed = write(&part, held, expected, changes, now)?;
        part.commit()?;
        return Ok(committed);
    }
    // A transaction that begins by reading and writes later fails at once when another writer came between.
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let committed = write(&tx, held, expected, changes, now)?;
    tx.commit()?;
    Ok(committed)
}

fn write(
    tx: &Connection,
    held: &Held,
    expected: Generation,
    changes: &Changes,
    now: DateTime<Utc>,
) -> Outcome<Committed> {
    let found = generation(tx)?;
    if found != expected {
        return Err(StoreError::Moved { expected, found }.into());
    }
    let rows_before = tx.total_changes();
    let mut committed = Committed {
        generation: found,
        owed: 0,
        new_notices: Vec::new(),
        known_notices: Vec::new(),
        new_inventory: None,
        new_outages: Vec::new(),
        new_messages: Vec::new(),
        known_messages: Vec::new(),
    };
    write_known(tx, held, changes, now, &mut committed)?;
    write_messages(tx, changes, &mut committed)?;
    if tx.total_changes() > rows_before {
        tx.prepare_cached("UPDATE meta SET generation = generation + 1")?.execute([])?;
        committed.generation = Generation(found.0 + 1);
    }
    match changes.judging {
        Judging::Untouched => {}
        Judging::Owed => {
            tx.prepare_cached("UPDATE meta SET owed = owed + 1")?.execute([])?;
        }
        // What others wrote meanwhile stays owed; nobody can have judged by what was not written.
        Judging::Done(by) => {
            let by = i64::try_from(by).unwrap_or(i64::MAX);
            tx.prepare_cached("UPDATE meta SET judged = max(judged, min(owed, ?1))")?.execute([by])?;
        }
    }
    committed.owed = judged(tx)?.owed;
    changes.sources.iter().try_for_each(|step| sources::put(tx, step))?;
    changes.findings.iter().try_for_each(|kept| findings::put(tx, kept))?;
    changes.checklist.iter().try_for_each(|said| checklist::add(tx, said))?;
    wakes::put(tx, changes, now)?;
    changes.log.iter().try_for_each(|entry| log::add(tx, entry))?;
    Ok(committed)
}

/// What is known; a notice before the revisions that name it, an outage before what is said of it.
fn write_known(
    conn: &Connection,
    held: &Held,
    changes: &Changes,
    now: DateTime<Utc>,
    committed: &mut Committed,
) -> Outcome<()> {
    for new in &changes.notices {
        let id = new.notice.id.clone();
        match notices::keep(conn, new)? {
            Kept::New => committed.new_notices.push(id),
            Kept::Known => committed.known_notices.push(id),
        }
    }
    changes.readings.iter().try_for_each(|new| notices::read_again(conn, new))?;
    changes.rehomed.iter().try_for_each(|rehomed| maintenances::rehome(conn, held, rehomed))?;
    changes.maintenances.iter().try_for_each(|maintenance| maintenances::put(conn, held, maintenance))?;
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
    changes.attachments.iter().try_for_each(|new| evidence::attach(conn, new))?;
    changes.claim_steps.iter().try_for_each(|step| evidence::step(conn, step))?;
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
