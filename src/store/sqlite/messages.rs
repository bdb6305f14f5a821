//! Messages: kept once for each key, taken back or edited while they wait.

use chrono::{DateTime, Utc};
use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::column::{document, find_id, instant, json, limit, maybe_instant, micros, number, word, word_of};
use super::fault::{Fault, Outcome};
use crate::names::{MessageId, OccurrenceId};
use crate::plan::{Cause, Key, Message, MessageState};
use crate::store::changes::{MessageEdit, Withdrawal};
use crate::store::error::StoreError;
use crate::store::found::MessageCount;

pub(super) const SELECT: &str = "SELECT id, cause_kind, cause, contact, stage, moment, material_digest, recipient, \
    material, told_before, due_at, not_after, state, reason, planned_at, tries, next_attempt_at, accepted_at, \
    maybe_duplicate, refused_as, fence, rowid AS number FROM message";

/// A message becomes a row, unless its key has one.
pub(super) const KEEP: &str = "INSERT INTO message (id, cause_kind, cause, contact, stage, moment, material_digest, customer, \
    recipient, material, told_before, due_at, not_after, state, reason, planned_at, tries, next_attempt_at, accepted_at, \
    maybe_duplicate, refused_as)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21)
    ON CONFLICT (cause_kind, cause, contact, stage, moment, material_digest) DO NOTHING";

/// Records a message; gives how many rows that made, none when its key was there already.
pub(super) fn keep(conn: &Connection, message: &Message) -> Outcome<usize> {
    let Message { id, key, to, material, before, .. } = message;
    conn.prepare_cached(KEEP)?
        .execute(params![
            id.as_str(),
            key.cause.kind(),
            key.cause.id(),
            key.contact,
            key.stage.as_str(),
            key.moment,
            key.material.as_str(),
            to.customer.as_ref().map(crate::names::CustomerId::as_str),
            json(to)?,
            json(material)?,
            before.as_ref().map(json).transpose()?,
            micros(message.due_at),
            message.not_after.map(micros),
            message.state.as_str(),
            message.reason,
            micros(message.planned_at),
            message.tries,
            message.next_attempt_at.map(micros),
            message.accepted_at.map(micros),
            message.maybe_duplicate,
            message.refused_as,
        ])
        .map_err(|error| Fault::from(error).or_taken(id.as_str()))
        .and_then(|kept| {
            if kept > 0 {
                keep_told(conn, message)?;
            }
            Ok(kept)
        })
}

/// What a digest tells of, to find it by.
fn keep_told(conn: &Connection, message: &Message) -> Outcome<()> {
    for told in &message.material.digest {
        conn.prepare_cached(
            "INSERT INTO told_by_digest (cause_kind, cause, contact, message) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute([told.cause.kind(), told.cause.id(), &message.key.contact, message.id.as_str()])?;
    }
    Ok(())
}

/// The cause of its kind and id.
pub(in crate::store) fn cause_of(kind: &str, id: String) -> Outcome<Cause> {
    match kind {
        "maintenance" => Ok(Cause::Maintenance(word("maintenance id", id)?)),
        "outage" => Ok(Cause::Outage(word("outage id", id)?)),
        "notice" => Ok(Cause::Notice(word("notice id", id)?)),
        "source" => Ok(Cause::Source(word("name of a source", id)?)),
        "vendor" => Ok(Cause::Vendor(word("vendor id", id)?)),
        "day" => Ok(Cause::Day(word("day", id)?)),
        "standing" => Ok(Cause::Standing(word("standing window", id)?)),
        "occurrence" => Ok(Cause::Occurrence(word("occurrence of a standing window", id)?)),
        other => Err(Fault::unreadable("cause of a message", format!("`{other}` is no cause"))),
    }
}

/// A row of [`SELECT`].
pub(super) fn message(row: &Row<'_>) -> Outcome<Message> {
    let (cause_kind, cause): (String, String) = (row.get(1)?, row.get(2)?);
    Ok(Message {
        id: word("message id", row.get(0)?)?,
        key: Key {
            cause: cause_of(&cause_kind, cause)?,
            contact: row.get(3)?,
            stage: word("stage of a message", row.get(4)?)?,
            moment: row.get(5)?,
            material: word("digest", row.get(6)?)?,
        },
        to: document("recipient", &row.get::<_, String>(7)?)?,
        material: document("material of a message", &row.get::<_, String>(8)?)?,
        before: row.get::<_, Option<String>>(9)?.map(|text| document("material of a message", &text)).transpose()?,
        due_at: instant(row.get(10)?)?,
        not_after: maybe_instant(row.get(11)?)?,
        state: word("state of a message", row.get(12)?)?,
        reason: row.get(13)?,
        planned_at: instant(row.get(14)?)?,
        tries: number("tries", row.get(15)?)?,
        next_attempt_at: maybe_instant(row.get(16)?)?,
        accepted_at: maybe_instant(row.get(17)?)?,
        maybe_duplicate: row.get(18)?,
        refused_as: row.get(19)?,
    })
}

pub(super) fn load(conn: &Connection, id: &str) -> Outcome<Option<Message>> {
    conn.prepare_cached(&format!("{SELECT} WHERE id = ?1"))?.query_and_then([id], message)?.next().transpose()
}

pub(super) fn typed(conn: &Connection, typed: &str) -> Outcome<Option<Message>> {
    find_id(conn, "message", typed)?.map_or(Ok(None), |id| load(conn, &id))
}

pub(super) fn bytes(conn: &Connection, id: &MessageId) -> Outcome<Option<Vec<u8>>> {
    let mut select = conn.prepare_cached("SELECT bytes FROM mail WHERE message = ?1")?;
    Ok(select.query_row([id.as_str()], |row| row.get(0)).optional()?)
}

/// The rows of messages about a cause of that kind and id, those of digests behind the others.
macro_rules! about {
    ($and_own:literal, $and_digests:literal) => {
        concat!(
            "rowid IN (SELECT rowid FROM message WHERE cause_kind = ?1 AND cause = ?2",
            $and_own,
            " UNION ALL SELECT m.rowid FROM told_by_digest t JOIN message m ON m.id = t.message
                WHERE t.cause_kind = ?1 AND t.cause = ?2",
            $and_digests,
            ")"
        )
    };
}

/// Messages about a cause of that kind and id: of it, and digests that tell of it.
pub(super) const ABOUT: &str = about!("", "");

/// The same, of one reader.
pub(super) const ABOUT_TO: &str = about!(" AND contact = ?3", " AND t.contact = ?3");

pub(super) fn of_causes(conn: &Connection, causes: &[Cause]) -> Outcome<Vec<Vec<Message>>> {
    let mut select = conn.prepare_cached(&format!("{SELECT} WHERE {ABOUT} ORDER BY due_at, id"))?;
    let mut about = |cause: &Cause| select.query_and_then([cause.kind(), cause.id()], message)?.collect();
    causes.iter().map(&mut about).collect()
}

pub(super) fn counts(conn: &Connection, causes: &[Cause]) -> Outcome<Vec<usize>> {
    let mut select = conn.prepare_cached(
        "SELECT (SELECT count(*) FROM message WHERE cause_kind = ?1 AND cause = ?2)
              + (SELECT count(*) FROM told_by_digest WHERE cause_kind = ?1 AND cause = ?2)",
    )?;
    let count = |cause: &Cause| {
        let count = select.query_row([cause.kind(), cause.id()], |row| row.get(0))?;
        number("count of messages", count)
    };
    causes.iter().map(count).collect()
}

/// The first of each sort are enough to hold the first of both.
pub(super) const BY_CONTACT: &str = "rowid IN (
    SELECT rowid FROM (SELECT rowid FROM message WHERE cause_kind = ?1 AND cause = ?2 AND contact > ?3
        ORDER BY contact, due_at, id LIMIT ?4)
    UNION ALL
    SELECT rowid FROM (SELECT m.rowid FROM told_by_digest t JOIN message m ON m.id = t.message
        WHERE t.cause_kind = ?1 AND t.cause = ?2 AND t.contact > ?3 ORDER BY t.contact, m.due_at, m.id LIMIT ?4))";

pub(super) fn by_contact(conn: &Connection, cause: &Cause, after: Option<&str>, most: usize) -> Outcome<Vec<Message>> {
    // Every contact comes after the empty one.
    let sql = format!("{SELECT} WHERE {BY_CONTACT} ORDER BY contact, due_at, id LIMIT ?4");
    let values = params![cause.kind(), cause.id(), after.unwrap_or_default(), limit(Some(most))];
    conn.prepare_cached(&sql)?.query_and_then(values, message)?.collect()
}

pub(super) fn standing_causes(conn: &Connection, from: DateTime<Utc>) -> Outcome<Vec<Cause>> {
    // Ids of occurrences begin with their start, so that they are in its order.
    let row = |row: &Row<'_>| cause_of(&row.get::<_, String>(0)?, row.get(1)?);
    conn.prepare_cached(
        "SELECT DISTINCT cause_kind, cause FROM message
         WHERE cause_kind = 'standing' OR (cause_kind = 'occurrence' AND cause >= ?1) ORDER BY cause_kind, cause",
    )?
    .query_and_then([OccurrenceId::first_from(from)], row)?
    .collect()
}

/// What waits, counted by the index alone: reminders are planned weeks ahead, and each of their rows is read from elsewhere.
pub(super) const WAITING: &str = "SELECT state, NULL, count(*), count(*) FILTER (WHERE due_at <= ?1),
        (SELECT next_attempt_at FROM message again WHERE again.next_attempt_at > ?1 AND +again.state = waits.state
         ORDER BY next_attempt_at LIMIT 1)
    FROM message waits WHERE state IN ('planned', 'awaiting-approval', 'held', 'leased') GROUP BY state ORDER BY state";

const UNDELIVERED: &str = "SELECT state, refused_as, count(*), count(*) FILTER (WHERE due_at <= ?1), NULL
    FROM message WHERE state IN ('failed', 'bounced') GROUP BY state, refused_as ORDER BY state, refused_as";

pub(super) fn outbox(conn: &Connection, now: DateTime<Utc>) -> Outcome<Vec<MessageCount>> {
    let row = |row: &Row<'_>| -> Outcome<MessageCount> {
        Ok(MessageCount {
            state: word("state of a message", row.get(0)?)?,
            refused_as: row.get(1)?,
            count: number("count of messages", row.get(2)?)?,
            due: number("count of messages", row.get(3)?)?,
            next_attempt_at: maybe_instant(row.get(4)?)?,
        })
    };
    let mut counts = Vec::new();
    for sql in [WAITING, UNDELIVERED] {
        let found = conn.prepare_cached(sql)?.query_and_then([micros(now)], row)?.collect::<Outcome<Vec<_>>>()?;
        counts.extend(found);
    }
    Ok(counts)
}

fn state(conn: &Connection, id: &MessageId) -> Outcome<MessageState> {
    let word_in_row: Option<String> = conn
        .prepare_cached("SELECT state FROM message WHERE id = ?1")?
        .query_row([id.as_str()], |row| row.get(0))
        .optional()?;
    word("state of a message", word_in_row.ok_or_else(|| StoreError::UnknownMessage(id.clone()))?)
}

pub(super) fn withdraw(conn: &Connection, withdrawal: &Withdrawal) -> Outcome<()> {
    let state = state(conn, &withdrawal.message)?;
    if !state.is_pending() || state == MessageState::Leased {
        return Err(StoreError::NotPending { message: withdrawal.message.clone(), state }.into());
    }
    conn.prepare_cached(
        "UPDATE message SET state = ?2, reason = ?3, next_attempt_at = NULL, refused_as = NULL WHERE id = ?1",
    )?
    .execute(params![withdrawal.message.as_str(), word_of(&withdrawal.to.state())?, withdrawal.reason])?;
    Ok(())
}

pub(super) fn edit(conn: &Connection, edit: &MessageEdit) -> Outcome<()> {
    let state = state(conn, &edit.message)?;
    if !edit.action.from().contains(&state) {
        let (message, action) = (edit.message.clone(), edit.action);
        return Err(StoreError::NotAllowed { message, state, action }.into());
    }
    // Nobody holds the message, and this transaction is the only writer.
    conn.prepare_cached(
        "UPDATE message SET state = ?2, reason = ?3, next_attempt_at = NULL, refused_as = ?4, unseen = 1 WHERE id = ?1",
    )?
    .execute(params![edit.message.as_str(), word_of(&edit.action.to())?, edit.reason, edit.refused_as])?;
    Ok(())
}
