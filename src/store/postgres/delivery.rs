//! Delivery: a message is leased with a fence, rendered once, handed over, settled. No transaction is open meanwhile.
//!
//! Whoever leases or skips passes over rows that another transaction has just locked, and so waits for nobody.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use super::column::{count, firsts, free, instant, micros, number, word};
use super::fault::{Fault, Outcome};
use super::messages::{self, COLUMNS};
use super::session::Session;
use crate::names::MessageId;
use crate::plan::Message;
use crate::store::found::{Hold, Leased, Lost, Settlement};
use crate::store::sqlite::delivery::{Ended, TURNS_WITHIN, fence_column};

/// Messages ready at `$1` and not stale then, longest ready first; not by their state, as in SQLite.
pub(super) const READY: &str = "SELECT id, ready_at FROM message
    WHERE lease_until IS NULL AND ready_at <= $1 AND (not_after IS NULL OR not_after > $1)
    ORDER BY ready_at, id LIMIT $4 FOR UPDATE SKIP LOCKED";

/// Bytes that no attempt has used are forgotten.
const FORGET: &str = "DELETE FROM mail USING message m WHERE m.id = ANY($1) AND m.tries = 0 AND mail.message = m.id";

/// See [`crate::store::Store::lease_due`].
pub(super) fn lease(
    session: &Session,
    (now, until): (DateTime<Utc>, DateTime<Utc>),
    holder: &str,
    most: usize,
) -> Outcome<Vec<Leased>> {
    let sql = format!(
        "WITH ready AS ({READY})
         UPDATE message m SET fence = m.fence + 1, state = 'leased', lease_holder = $2, lease_until = $3
         FROM ready WHERE m.id = ready.id RETURNING {COLUMNS}, m.fence, ready.ready_at"
    );
    let rows = session.rows(&sql, &[&micros(now), &free(holder), &micros(until), &count(most)])?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let mut leased = rows.iter().map(leased).collect::<Outcome<Vec<_>>>()?;
    leased.sort_by(|(ready, a), (other, b)| (ready, &a.message.id).cmp(&(other, &b.message.id)));
    let mut leased: Vec<Leased> = leased.into_iter().map(|(_, lease)| lease).collect();
    // Nobody wrote the mail of a message that nobody had.
    let had: Vec<&str> = leased.iter().filter(|lease| lease.fence > 1).map(|lease| lease.message.id.as_str()).collect();
    if !had.is_empty() {
        // A statement of its own, since it must see what the worker before wrote until its row was locked.
        let kept = session.rows("SELECT message, bytes FROM mail WHERE message = ANY($1)", &[&had])?;
        let pair = |row: &Row| Outcome::<(String, Vec<u8>)>::Ok((row.try_get(0)?, row.try_get(1)?));
        let mut kept = kept.iter().map(pair).collect::<Outcome<BTreeMap<_, _>>>()?;
        for lease in &mut leased {
            lease.bytes = kept.remove(lease.message.id.as_str());
        }
    }
    Ok(leased)
}

/// A lease, its bytes left out, and since when its message was ready.
fn leased(row: &Row) -> Outcome<(Option<i64>, Leased)> {
    let fence = number("fence", row.try_get(20)?)?;
    Ok((row.try_get(21)?, Leased { message: messages::message(row)?, fence, bytes: None }))
}

/// Gives back the leases that ran out at `$1`: few are leased, and any number is ready.
pub(super) const RELEASE: &str = "WITH gone AS (SELECT id FROM message WHERE state = 'leased' AND lease_until <= $1
         AND (held_until IS NULL OR held_until <= $1) ORDER BY id FOR UPDATE SKIP LOCKED)
     UPDATE message m SET
         maybe_duplicate = GREATEST(m.maybe_duplicate, m.handed_over), tries = m.tries + m.handed_over,
         reason = CASE WHEN m.handed_over = 1
             THEN 'worker ' || m.lease_holder || ' never said how its attempt ended' ELSE m.reason END,
         state = 'planned', lease_holder = NULL, lease_until = NULL, held_until = NULL, handed_over = 0, unseen = 1
     FROM gone WHERE m.id = gone.id RETURNING m.id";

/// See [`crate::store::Store::release`].
pub(super) fn release(session: &Session, now: DateTime<Utc>) -> Outcome<usize> {
    let released = firsts(&session.rows(RELEASE, &[&micros(now)])?)?;
    if !released.is_empty() {
        session.run(FORGET, &[&released])?;
    }
    Ok(released.len())
}

/// Whether a lease `t` is still its holder's at `$3`.
const HELD: &str =
    "m.id = t.id AND m.fence = t.fence AND m.state = 'leased' AND GREATEST(m.lease_until, m.held_until) > $3";

/// Leases, column by column.
fn columns<'a>(holds: impl Iterator<Item = &'a Hold<'a>>) -> (Vec<&'a str>, Vec<i64>) {
    holds.map(|hold| (hold.message.as_str(), fence_column(hold.fence))).unzip()
}

/// Those of which there is no row, which begins with the message.
fn lost<'a>(holds: impl Iterator<Item = &'a Hold<'a>>, rows: &[Row]) -> Outcome<Lost> {
    let good: BTreeSet<String> = firsts(rows)?.into_iter().collect();
    Ok(holds.map(|hold| hold.message).filter(|message| !good.contains(message.as_str())).cloned().collect())
}

/// See [`crate::store::Store::ready_bytes`]. The messages are locked: whoever takes one over meanwhile has to see its bytes.
pub(super) fn ready_bytes(
    session: &Session,
    rendered: &[(Hold<'_>, &[u8])],
    now: DateTime<Utc>,
) -> Outcome<BTreeMap<MessageId, Vec<u8>>> {
    if rendered.is_empty() {
        return Ok(BTreeMap::new());
    }
    let (ids, fences) = columns(rendered.iter().map(|(hold, _)| hold));
    let bytes: Vec<&[u8]> = rendered.iter().map(|(_, bytes)| *bytes).collect();
    // The bytes are no column of what is locked: of each row that is joined there, the server would make a copy.
    let sql = format!(
        "WITH held AS (
             SELECT m.id, t.place FROM message m, unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS t (id, fence, place)
             WHERE {HELD} FOR UPDATE OF m)
         INSERT INTO mail (message, bytes) SELECT id, ($4::bytea[])[place] FROM held
         ON CONFLICT (message) DO UPDATE SET message = excluded.message RETURNING message, bytes"
    );
    let ready = session.rows(&sql, &[&ids, &fences, &micros(now), &bytes])?;
    ready.iter().map(|row| Ok((word("message id", row.try_get(0)?)?, row.try_get(1)?))).collect()
}

/// See [`crate::store::Store::hand_over`].
pub(super) fn hand_over(
    session: &Session,
    leases: &[Hold<'_>],
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Outcome<Lost> {
    if leases.is_empty() {
        return Ok(Lost::new());
    }
    let (ids, fences) = columns(leases.iter());
    let sql = format!(
        "UPDATE message m SET handed_over = 1, held_until = GREATEST(m.held_until, $4)
         FROM unnest($1::text[], $2::bigint[]) AS t (id, fence) WHERE {HELD} RETURNING m.id"
    );
    lost(leases.iter(), &session.rows(&sql, &[&ids, &fences, &micros(now), &micros(until)])?)
}

/// See [`crate::store::Store::take_turn`]. One after the other: two at once would both take the last turn of a minute.
pub(super) fn take_turn(
    session: &Session,
    message: &MessageId,
    domain: &str,
    most: u32,
    now: DateTime<Utc>,
) -> Outcome<Option<DateTime<Utc>>> {
    let (now_at, id, domain) = (micros(now), message.as_str(), free(domain));
    session.later("LOCK TABLE turn IN SHARE ROW EXCLUSIVE MODE;");
    session.run(
        "DELETE FROM turn WHERE message = $4 OR (domain = $1 AND (at <= $2 OR given_at > $3))",
        &[&domain, &micros(now - TURNS_WITHIN), &now_at, &id],
    )?;
    let taken = session.row("SELECT count(*) FROM turn WHERE domain = $1 AND message IS NULL", &[&domain])?;
    let taken: i64 = taken.map_or(Ok(0), |row| row.try_get(0))?;
    let keep = "INSERT INTO turn (domain, at, given_at, message) VALUES ($1, $2, $3, $4)";
    if taken < i64::from(most) {
        session.run(keep, &[&domain, &now_at, &now_at, &None::<&str>])?;
        return Ok(None);
    }
    // As many as may go in a minute are taken: the turn after the last of them that is free.
    let before = session.row(
        "SELECT at FROM turn WHERE domain = $1 ORDER BY at DESC LIMIT 1 OFFSET $2",
        &[&domain, &(i64::from(most) - 1)],
    )?;
    let before = before.ok_or_else(|| Fault::unreadable("turn", "there are fewer than were counted"))?;
    let at = instant(before.try_get(0)?)? + TURNS_WITHIN;
    session.run(keep, &[&domain, &micros(at), &now_at, &Some(id)])?;
    Ok(Some(at))
}

/// See [`crate::store::Store::settle`].
pub(super) fn settle(session: &Session, ended: &[(Hold<'_>, &Settlement)], now: DateTime<Utc>) -> Outcome<Lost> {
    if ended.is_empty() {
        return Ok(Lost::new());
    }
    let holds = || ended.iter().map(|(hold, _)| hold);
    let (ids, fences) = columns(holds());
    let rows: Vec<Ended<'_>> = ended.iter().map(|(_, settlement)| Ended::of(settlement, now)).collect();
    let states: Vec<&str> = rows.iter().map(|row| row.state.as_str()).collect();
    let reasons: Vec<_> = rows.iter().map(|row| free(row.reason)).collect();
    let counted: Vec<i64> = rows.iter().map(|row| i64::from(row.counted)).collect();
    let next_attempts: Vec<Option<i64>> = rows.iter().map(|row| row.next_attempt_at.map(micros)).collect();
    let accepted: Vec<Option<i64>> = rows.iter().map(|row| row.accepted_at.map(micros)).collect();
    let unanswered: Vec<i64> = rows.iter().map(|row| i64::from(row.unanswered)).collect();
    let refused_as: Vec<_> = rows.iter().map(|row| row.refused_as.map(free)).collect();
    let settled = session.rows(
        "UPDATE message m SET state = t.state, reason = t.reason, tries = m.tries + t.counted,
                next_attempt_at = t.next_attempt_at, accepted_at = t.accepted_at,
                maybe_duplicate = GREATEST(m.maybe_duplicate, t.unanswered), refused_as = t.refused_as,
                lease_holder = NULL, lease_until = NULL, held_until = NULL, handed_over = 0, unseen = 1
         FROM unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[],
                 $8::bigint[], $9::text[])
             AS t (id, fence, state, reason, counted, next_attempt_at, accepted_at, unanswered, refused_as)
         WHERE m.id = t.id AND m.fence = t.fence AND m.state = 'leased' RETURNING m.id",
        &[&ids, &fences, &states, &reasons, &counted, &next_attempts, &accepted, &unanswered, &refused_as],
    )?;
    let lost = lost(holds(), &settled)?;
    let given_back = |(hold, settlement): &(Hold<'_>, &Settlement)| {
        matches!(settlement, Settlement::GivenBack { .. }) && !lost.contains(hold.message)
    };
    let untried: Vec<&str> =
        ended.iter().filter(|one| given_back(one)).map(|(hold, _)| hold.message.as_str()).collect();
    if !untried.is_empty() {
        session.run(FORGET, &[&untried])?;
    }
    Ok(lost)
}

/// The first instant at which some message can be leased, `$1` being now: of those that wait, and of the few that somebody has.
pub(super) const NEXT: &str = "SELECT LEAST(
    (SELECT ready_at FROM message WHERE lease_until IS NULL AND ready_at IS NOT NULL
         AND (not_after IS NULL OR not_after > GREATEST(ready_at, $1)) ORDER BY ready_at, id LIMIT 1),
    (SELECT min(GREATEST(lease_until, held_until)) FROM message WHERE state = 'leased'
         AND (not_after IS NULL OR not_after > GREATEST(lease_until, held_until, $1))))";

pub(super) fn next_due(session: &Session, now: DateTime<Utc>) -> Outcome<Option<DateTime<Utc>>> {
    let ready = session.row(NEXT, &[&micros(now)])?.map(|row| row.try_get(0)).transpose()?.flatten();
    Ok(ready.map(instant).transpose()?.map(|ready| ready.max(now)))
}

/// What waits and is stale at `$1`.
pub(super) const STALE: &str = "SELECT id, stale_at FROM message WHERE lease_until IS NULL AND stale_at <= $1
    ORDER BY stale_at, id FOR UPDATE SKIP LOCKED";

pub(super) fn expire(session: &Session, now: DateTime<Utc>) -> Outcome<Vec<Message>> {
    // The reason says which state it was skipped from, since that is what a person would want to change next time.
    let sql = format!(
        "WITH stale AS ({STALE})
         UPDATE message m SET
             reason = CASE
                 WHEN m.state = 'awaiting-approval' THEN 'its moment passed before anybody approved it'
                 WHEN m.state = 'held' THEN 'its moment passed while it was held'
                 WHEN m.maybe_duplicate = 1
                     THEN 'its moment passed, and whether an attempt before had reached the relay is not known'
                 ELSE 'its moment passed before it was sent'
             END,
             state = 'skipped', next_attempt_at = NULL, unseen = 1
         FROM stale WHERE m.id = stale.id RETURNING {COLUMNS}, stale.stale_at"
    );
    let stale_at = |row: &Row| Outcome::Ok((row.try_get::<_, i64>(20)?, messages::message(row)?));
    let mut expired = session.rows(&sql, &[&micros(now)])?.iter().map(stale_at).collect::<Outcome<Vec<_>>>()?;
    expired.sort_by(|(at, a), (other, b)| (at, &a.id).cmp(&(other, &b.id)));
    Ok(expired.into_iter().map(|(_, message)| message).collect())
}
