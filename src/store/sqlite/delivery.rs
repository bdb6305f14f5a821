//! Delivery: a message is leased with a fence, rendered once, handed over, settled. No transaction is open meanwhile.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, TransactionBehavior, params};

use super::column::{instant, limit, micros, number};
use super::fault::Outcome;
use super::messages::{self, SELECT};
use crate::names::MessageId;
use crate::plan::{Message, MessageState};
use crate::store::found::{Arrival, Hold, Leased, Lost, Settlement};

fn begin(conn: &mut Connection) -> Outcome<Transaction<'_>> {
    Ok(conn.transaction_with_behavior(TransactionBehavior::Immediate)?)
}

/// Messages ready at `?1` and not stale then, longest ready first, `?2` at most. Those ready at one instant go as they were
/// planned, which is the order of the index: sorted by their ids all of them would be looked at for each few that are leased.
/// They are those that nobody has by what a lease leaves, and not by their state: of all that is planned the index would be taken.
pub(super) const READY: &str = "WHERE lease_until IS NULL AND ready_at <= ?1 AND (not_after IS NULL OR not_after > ?1)
    ORDER BY ready_at, rowid LIMIT ?2";

/// Nobody holds it, so that nothing is left of an earlier lease.
pub(super) const TAKE: &str =
    "UPDATE message SET fence = fence + 1, state = 'leased', lease_holder = ?2, lease_until = ?3 WHERE rowid = ?1";

/// What remains of a lease that ran out: handed over, it counts as an attempt without an answer. What one on a system that is
/// gone (not the one behind the `#` of `?2`) had done may have been lost with it: then it counts when the bytes were ready.
const RELEASE: &str = "UPDATE message SET
        maybe_duplicate = max(maybe_duplicate, gone.handed), tries = tries + gone.handed,
        reason = iif(gone.handed, 'worker ' || lease_holder || ' never said how its attempt ended', reason),
        state = 'planned', lease_holder = NULL, lease_until = NULL, held_until = NULL, handed_over = 0, unseen = 1
    FROM (SELECT max(handed_over, instr(lease_holder, '#') > 0
            AND substr(lease_holder, instr(lease_holder, '#')) <> substr(?2, instr(?2, '#'))
            AND EXISTS (SELECT 1 FROM mail WHERE mail.message = message.id)) AS handed
        FROM message WHERE id = ?1) AS gone
    WHERE id = ?1";

/// Bytes that no attempt has used are forgotten.
const FORGET: &str =
    "DELETE FROM mail WHERE message = ?1 AND EXISTS (SELECT 1 FROM message WHERE id = ?1 AND tries = 0)";

/// The leases that ran out at or before `?1`: few are leased, and any number is ready.
pub(super) const RUN_OUT: &str = "SELECT id FROM message
    WHERE state = 'leased' AND lease_until <= ?1 AND (held_until IS NULL OR held_until <= ?1)";

/// See [`crate::store::Store::release`].
pub(super) fn release(conn: &mut Connection, now: DateTime<Utc>, holder: &str) -> Outcome<usize> {
    let run_out = |conn: &Connection| -> Outcome<Vec<String>> {
        let mut select = conn.prepare_cached(RUN_OUT)?;
        Ok(select.query_map([micros(now)], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?)
    };
    // Mostly there is none, and nobody need be kept from writing.
    if run_out(conn)?.is_empty() {
        return Ok(0);
    }
    let tx = begin(conn)?;
    let ids = run_out(&tx)?;
    for id in &ids {
        tx.prepare_cached(RELEASE)?.execute(params![id, holder])?;
        tx.prepare_cached(FORGET)?.execute([id])?;
    }
    tx.commit()?;
    Ok(ids.len())
}

/// See [`crate::store::Store::lease_due`].
pub(super) fn lease(
    conn: &mut Connection,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
    holder: &str,
    most: usize,
) -> Outcome<Vec<Leased>> {
    at_once(conn, |conn| {
        let ready = conn
            .prepare_cached(&format!("{SELECT} {READY}"))?
            .query_and_then(params![micros(now), limit(Some(most))], waiting)?
            .collect::<Outcome<Vec<_>>>()?;
        ready.into_iter().map(|(row, ready)| take(conn, row, ready, holder, until)).collect()
    })
}

/// Does something in a transaction of its own, or as part of what is kept together, which has the lock already.
fn at_once<T>(conn: &mut Connection, work: impl FnOnce(&Connection) -> Outcome<T>) -> Outcome<T> {
    if !conn.is_autocommit() {
        return work(conn);
    }
    let tx = begin(conn)?;
    let done = work(&tx)?;
    tx.commit()?;
    Ok(done)
}

/// A row of [`SELECT`] and its number; who leases it has the next fence.
fn waiting(row: &Row<'_>) -> Outcome<(i64, Leased)> {
    let fence: u64 = number("fence", row.get("fence")?)?;
    Ok((row.get("number")?, Leased { message: messages::message(row)?, fence: fence + 1, bytes: None }))
}

/// Leases a message that is ready, as it was read; by the number of its row, which need not be searched for.
fn take(conn: &Connection, row: i64, ready: Leased, holder: &str, until: DateTime<Utc>) -> Outcome<Leased> {
    conn.prepare_cached(TAKE)?.execute(params![row, holder, micros(until)])?;
    // Nobody wrote the mail of a message that nobody had.
    let bytes = if ready.fence == 1 { None } else { messages::bytes(conn, &ready.message.id)? };
    Ok(Leased { message: Message { state: MessageState::Leased, ..ready.message }, bytes, ..ready })
}

/// A fence as a column; one that no lease can have stays such a one.
pub(in crate::store) fn fence_column(fence: u64) -> i64 {
    i64::try_from(fence).unwrap_or(i64::MAX)
}

/// See [`crate::store::Store::ready_bytes`].
pub(super) fn ready_bytes(
    conn: &mut Connection,
    rendered: &[(Hold<'_>, &[u8])],
    now: DateTime<Utc>,
) -> Outcome<BTreeMap<MessageId, Vec<u8>>> {
    at_once(conn, |conn| {
        let mut keep = conn.prepare_cached(
            "INSERT INTO mail (message, bytes) SELECT id, ?3 FROM message WHERE id = ?1 AND fence = ?2
                 AND state = 'leased' AND max(lease_until, coalesce(held_until, lease_until)) > ?4
             ON CONFLICT (message) DO UPDATE SET message = message",
        )?;
        let mut ready = BTreeMap::new();
        for (Hold { message, fence }, bytes) in rendered {
            if keep.execute(params![message.as_str(), fence_column(*fence), bytes, micros(now)])? > 0 {
                ready.insert((*message).clone(), messages::bytes(conn, message)?.unwrap_or_default());
            }
        }
        Ok(ready)
    })
}

/// See [`crate::store::Store::hand_over`]. It touches nothing that is searched by, so that it costs one page.
pub(super) fn hand_over(
    conn: &mut Connection,
    leases: &[Hold<'_>],
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Outcome<Lost> {
    at_once(conn, |conn| {
        let mut hand_over = conn.prepare_cached(
            "UPDATE message SET handed_over = 1, held_until = max(?4, coalesce(held_until, ?4))
             WHERE id = ?1 AND fence = ?2 AND state = 'leased'
                 AND max(lease_until, coalesce(held_until, lease_until)) > ?3",
        )?;
        let mut lost = Lost::new();
        for Hold { message, fence } in leases {
            if hand_over.execute(params![message.as_str(), fence_column(*fence), micros(now), micros(until)])? == 0 {
                lost.insert((*message).clone());
            }
        }
        Ok(lost)
    })
}

/// The span in which no more than so many mails go to a domain.
pub(in crate::store) const TURNS_WITHIN: TimeDelta = TimeDelta::minutes(1);

/// See [`crate::store::Store::take_turn`].
pub(super) fn take_turn(
    conn: &mut Connection,
    message: &MessageId,
    domain: &str,
    most: u32,
    now: DateTime<Utc>,
) -> Outcome<Option<DateTime<Utc>>> {
    at_once(conn, |conn| turn(conn, message, domain, most, now))
}

fn turn(
    conn: &Connection,
    message: &MessageId,
    domain: &str,
    most: u32,
    now: DateTime<Utc>,
) -> Outcome<Option<DateTime<Utc>>> {
    let (now_at, id) = (micros(now), message.as_str());
    conn.prepare_cached("DELETE FROM turn WHERE domain = ?1 AND (at <= ?2 OR given_at > ?3)")?.execute(params![
        domain,
        micros(now - TURNS_WITHIN),
        now_at
    ])?;
    conn.prepare_cached("DELETE FROM turn WHERE message = ?1")?.execute([id])?;
    let taken: u32 = conn
        .prepare_cached("SELECT count(*) FROM turn WHERE domain = ?1 AND message IS NULL")?
        .query_row([domain], |row| row.get(0))?;
    let mut keep = conn.prepare_cached("INSERT INTO turn (domain, at, given_at, message) VALUES (?1, ?2, ?3, ?4)")?;
    if taken < most {
        keep.execute(params![domain, now_at, now_at, None::<&str>])?;
        return Ok(None);
    }
    // As many as may go in a minute are taken: the turn after the last of them that is free.
    let before: i64 = conn
        .prepare_cached("SELECT at FROM turn WHERE domain = ?1 ORDER BY at DESC LIMIT 1 OFFSET ?2")?
        .query_row(params![domain, most - 1], |row| row.get(0))?;
    let at = instant(before)? + TURNS_WITHIN;
    keep.execute(params![domain, micros(at), now_at, id])?;
    Ok(Some(at))
}

/// What a settlement makes of the row.
pub(in crate::store) struct Ended<'a> {
    pub(in crate::store) state: MessageState,
    pub(in crate::store) reason: &'a str,
    pub(in crate::store) refused_as: Option<&'a str>,
    pub(in crate::store) counted: u32,
    pub(in crate::store) next_attempt_at: Option<DateTime<Utc>>,
    pub(in crate::store) accepted_at: Option<DateTime<Utc>>,
    pub(in crate::store) unanswered: u32,
}

impl<'a> Ended<'a> {
    pub(in crate::store) fn of(settlement: &'a Settlement, now: DateTime<Utc>) -> Self {
        let mut ended = Ended {
            state: settlement.state(),
            reason: settlement.reason(),
            refused_as: None,
            counted: 1,
            next_attempt_at: None,
            accepted_at: None,
            unanswered: 0,
        };
        match settlement {
            Settlement::Accepted { .. } => ended.accepted_at = Some(now),
            Settlement::Retry { at, arrival, .. } => {
                ended.next_attempt_at = Some(*at);
                ended.unanswered = u32::from(*arrival == Arrival::Possible);
            }
            Settlement::GivenUp { refused_as, arrival, .. } => {
                ended.refused_as = refused_as.as_deref();
                ended.unanswered = u32::from(*arrival == Arrival::Possible);
            }
            Settlement::GivenBack { at, .. } => {
                ended.next_attempt_at = Some(*at);
                ended.counted = 0;
            }
            Settlement::NotWanted { .. } => ended.counted = 0,
        }
        ended
    }
}

pub(super) fn settle(conn: &mut Connection, ended: &[(Hold<'_>, &Settlement)], now: DateTime<Utc>) -> Outcome<Lost> {
    at_once(conn, |conn| {
        let mut settle = conn.prepare_cached(
            "UPDATE message SET state = ?3, reason = ?4, tries = tries + ?5, next_attempt_at = ?6, accepted_at = ?7,
                    maybe_duplicate = max(maybe_duplicate, ?8), refused_as = ?9,
                    lease_holder = NULL, lease_until = NULL, held_until = NULL, handed_over = 0, unseen = 1
             WHERE id = ?1 AND fence = ?2 AND state = 'leased'",
        )?;
        let mut lost = Lost::new();
        for (Hold { message, fence }, settlement) in ended {
            let ended = Ended::of(settlement, now);
            let settled = settle.execute(params![
                message.as_str(),
                fence_column(*fence),
                ended.state.as_str(),
                ended.reason,
                ended.counted,
                ended.next_attempt_at.map(micros),
                ended.accepted_at.map(micros),
                ended.unanswered,
                ended.refused_as,
            ])?;
            if settled == 0 {
                lost.insert((*message).clone());
            } else if let Settlement::GivenBack { .. } = settlement {
                conn.prepare_cached(FORGET)?.execute([message.as_str()])?;
            }
        }
        Ok(lost)
    })
}

/// The first instant at which some message can be leased, `?1` being now.
pub(super) const NEXT: &str = "SELECT ready_at FROM message WHERE lease_until IS NULL AND ready_at IS NOT NULL
    AND (not_after IS NULL OR not_after > max(ready_at, ?1)) ORDER BY ready_at LIMIT 1";

/// When the first of the few leases runs out.
pub(super) const NEXT_HELD: &str = "SELECT min(max(lease_until, coalesce(held_until, lease_until))) FROM message
    WHERE state = 'leased'
    AND (not_after IS NULL OR not_after > max(lease_until, coalesce(held_until, lease_until), ?1))";

pub(super) fn next_due(conn: &Connection, now: DateTime<Utc>) -> Outcome<Option<DateTime<Utc>>> {
    let mut next: Option<DateTime<Utc>> = None;
    for sql in [NEXT, NEXT_HELD] {
        let at: Option<Option<i64>> =
            conn.prepare_cached(sql)?.query_row([micros(now)], |row| row.get(0)).optional()?;
        let at = at.flatten().map(instant).transpose()?.map(|at| at.max(now));
        next = next.into_iter().chain(at).min();
    }
    Ok(next)
}

/// What waits and is stale at `?1`.
pub(super) const STALE: &str =
    "SELECT id FROM message WHERE lease_until IS NULL AND stale_at <= ?1 ORDER BY stale_at, id";

/// The reason says which state it was skipped from, since that is what a person would want to change next time.
const SKIP: &str = "UPDATE message SET
        reason = CASE
            WHEN state = 'awaiting-approval' THEN 'its moment passed before anybody approved it'
            WHEN state = 'held' THEN 'its moment passed while it was held'
            WHEN maybe_duplicate THEN 'its moment passed, and whether an attempt before had reached the relay is not known'
            ELSE 'its moment passed before it was sent'
        END,
        state = 'skipped', next_attempt_at = NULL, unseen = 1
    WHERE id = ?1";

pub(super) fn expire(conn: &mut Connection, now: DateTime<Utc>) -> Outcome<Vec<Message>> {
    let tx = begin(conn)?;
    let ids: Vec<String> =
        tx.prepare_cached(STALE)?.query_map([micros(now)], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    let mut expired = Vec::with_capacity(ids.len());
    for id in ids {
        tx.prepare_cached(SKIP)?.execute([&id])?;
        expired.extend(messages::load(&tx, &id)?);
    }
    tx.commit()?;
    Ok(expired)
}
