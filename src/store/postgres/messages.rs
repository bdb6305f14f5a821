//! Messages: kept once for each key, taken back or edited while they wait.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use tokio_postgres::Row;

use super::column::{
    document, find_id, firsts, free, freed, instant, json, limit, maybe_instant, micros, number, word,
};
use super::fault::Outcome;
use super::message_list::by_place;
use super::session::Session;
use crate::names::{CustomerId, MessageId, OccurrenceId};
use crate::plan::{Cause, Key, Message, MessageState};
use crate::store::changes::{Committed, MessageEdit, Withdrawal};
use crate::store::error::StoreError;
use crate::store::found::MessageCount;
use crate::store::sqlite::messages::cause_of;

/// What [`message`] reads.
pub(super) const COLUMNS: &str = "m.id, m.cause_kind, m.cause, m.contact, m.stage, m.moment, m.material_digest, m.recipient, \
    m.material, m.told_before, m.due_at, m.not_after, m.state, m.reason, m.planned_at, m.tries, m.next_attempt_at, \
    m.accepted_at, m.maybe_duplicate, m.refused_as";

/// Most messages written at once: what is held in memory twice.
const MAX_AT_ONCE: usize = 2_000;

/// Rows of new messages, column by column.
#[derive(Default)]
struct NewRows {
    text: [Vec<String>; 9],
    customer: Vec<Option<String>>,
    told_before: Vec<Option<String>>,
    due_at: Vec<i64>,
    not_after: Vec<Option<i64>>,
    state: Vec<&'static str>,
    planned_at: Vec<i64>,
    tries: Vec<i64>,
    next_attempt_at: Vec<Option<i64>>,
    accepted_at: Vec<Option<i64>>,
    maybe_duplicate: Vec<i64>,
    refused_as: Vec<Option<String>>,
}

impl NewRows {
    fn add(&mut self, message: &Message) -> Outcome<()> {
        let Message { id, key, to, material, before, .. } = message;
        let text = [
            id.to_string(),
            free(key.cause.id()).into_owned(),
            free(&key.contact).into_owned(),
            key.stage.as_str().to_owned(),
            free(&key.moment).into_owned(),
            key.material.to_string(),
            json(to)?,
            json(material)?,
            free(&message.reason).into_owned(),
        ];
        self.text.iter_mut().zip(text).for_each(|(column, value)| column.push(value));
        self.customer.push(to.customer.as_ref().map(CustomerId::to_string));
        self.told_before.push(before.as_ref().map(json).transpose()?);
        self.due_at.push(micros(message.due_at));
        self.not_after.push(message.not_after.map(micros));
        self.state.push(message.state.as_str());
        self.planned_at.push(micros(message.planned_at));
        self.tries.push(i64::from(message.tries));
        self.next_attempt_at.push(message.next_attempt_at.map(micros));
        self.accepted_at.push(message.accepted_at.map(micros));
        self.maybe_duplicate.push(i64::from(message.maybe_duplicate));
        self.refused_as.push(message.refused_as.as_deref().map(|code| free(code).into_owned()));
        Ok(())
    }
}

/// Records messages; those whose key was there already are left as they were. Gives how many were new.
pub(super) fn keep(session: &Session, messages: &[Message], committed: &mut Committed) -> Outcome<u64> {
    let mut changed = 0;
    for some in messages.chunks(MAX_AT_ONCE) {
        let mut new = insert(session, some)?;
        keep_told(session, some.iter().filter(|message| new.contains(message.id.as_str())))?;
        let mut known = Vec::new();
        for message in some {
            // Of two with one key in one unit of work the first is new.
            if new.remove(message.id.as_str()) {
                committed.new_messages.push(message.id.clone());
                changed += 1;
            } else {
                known.push(message);
            }
        }
        refuse_taken(session, &known)?;
        committed.known_messages.extend(known.into_iter().map(|message| message.id.clone()));
    }
    Ok(changed)
}

/// The ids of those that were new.
fn insert(session: &Session, messages: &[Message]) -> Outcome<BTreeSet<String>> {
    let mut rows = NewRows::default();
    messages.iter().try_for_each(|message| rows.add(message))?;
    let kinds: Vec<&str> = messages.iter().map(|message| message.key.cause.kind()).collect();
    let [id, cause, contact, stage, moment, material_digest, recipient, material, reason] = &rows.text;
    let inserted = session.rows(
        "INSERT INTO message (id, cause_kind, cause, contact, stage, moment, material_digest, customer, recipient, material,
             told_before, due_at, not_after, state, reason, planned_at, tries, next_attempt_at, accepted_at, maybe_duplicate,
             refused_as)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
             $9::text[], $10::text[], $11::text[], $12::bigint[], $13::bigint[], $14::text[], $15::text[], $16::bigint[],
             $17::bigint[], $18::bigint[], $19::bigint[], $20::bigint[], $21::text[])
         ON CONFLICT DO NOTHING RETURNING id",
        &[
            id,
            &kinds,
            cause,
            contact,
            stage,
            moment,
            material_digest,
            &rows.customer,
            recipient,
            material,
            &rows.told_before,
            &rows.due_at,
            &rows.not_after,
            &rows.state,
            reason,
            &rows.planned_at,
            &rows.tries,
            &rows.next_attempt_at,
            &rows.accepted_at,
            &rows.maybe_duplicate,
            &rows.refused_as,
        ],
    )?;
    Ok(firsts(&inserted)?.into_iter().collect())
}

/// What digests tell of, to find them by.
fn keep_told<'m>(session: &Session, digests: impl Iterator<Item = &'m Message>) -> Outcome<()> {
    let told: Vec<_> =
        digests.flat_map(|message| message.material.digest.iter().map(move |told| (message, &told.cause))).collect();
    if told.is_empty() {
        return Ok(());
    }
    let kinds: Vec<&str> = told.iter().map(|(_, cause)| cause.kind()).collect();
    let causes: Vec<_> = told.iter().map(|(_, cause)| free(cause.id())).collect();
    let contacts: Vec<_> = told.iter().map(|(message, _)| free(&message.key.contact)).collect();
    let ids: Vec<&str> = told.iter().map(|(message, _)| message.id.as_str()).collect();
    session.run(
        "INSERT INTO told_by_digest (cause_kind, cause, contact, message)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) ON CONFLICT DO NOTHING",
        &[&kinds, &causes, &contacts, &ids],
    )?;
    Ok(())
}

/// What was not new was known by its key; else its id is another message's.
fn refuse_taken(session: &Session, known: &[&Message]) -> Outcome<()> {
    if known.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = known.iter().map(|message| message.id.as_str()).collect();
    let kinds: Vec<&str> = known.iter().map(|message| message.key.cause.kind()).collect();
    let causes: Vec<_> = known.iter().map(|message| free(message.key.cause.id())).collect();
    let contacts: Vec<_> = known.iter().map(|message| free(&message.key.contact)).collect();
    let stages: Vec<&str> = known.iter().map(|message| message.key.stage.as_str()).collect();
    let moments: Vec<_> = known.iter().map(|message| free(&message.key.moment)).collect();
    let materials: Vec<&str> = known.iter().map(|message| message.key.material.as_str()).collect();
    let taken = session.row(
        "SELECT t.id FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[])
             AS t (id, cause_kind, cause, contact, stage, moment, material_digest)
         WHERE NOT EXISTS (SELECT 1 FROM message m WHERE m.cause_kind = t.cause_kind AND m.cause = t.cause
             AND m.contact = t.contact AND m.stage = t.stage AND m.moment = t.moment
             AND m.material_digest = t.material_digest) LIMIT 1",
        &[&ids, &kinds, &causes, &contacts, &stages, &moments, &materials],
    )?;
    match taken {
        None => Ok(()),
        Some(row) => Err(StoreError::IdTaken { id: row.try_get(0)? }.into()),
    }
}

/// A row of [`COLUMNS`].
pub(super) fn message(row: &Row) -> Outcome<Message> {
    Ok(Message {
        id: word("message id", row.try_get(0)?)?,
        key: Key {
            cause: cause_of(row.try_get(1)?, freed(row.try_get(2)?))?,
            contact: freed(row.try_get(3)?),
            stage: word("stage of a message", row.try_get(4)?)?,
            moment: freed(row.try_get(5)?),
            material: word("digest", row.try_get(6)?)?,
        },
        to: document("recipient", row.try_get(7)?)?,
        material: document("material of a message", row.try_get(8)?)?,
        before: row.try_get::<_, Option<&str>>(9)?.map(|text| document("material of a message", text)).transpose()?,
        due_at: instant(row.try_get(10)?)?,
        not_after: maybe_instant(row.try_get(11)?)?,
        state: word("state of a message", row.try_get(12)?)?,
        reason: freed(row.try_get(13)?),
        planned_at: instant(row.try_get(14)?)?,
        tries: number("tries", row.try_get(15)?)?,
        next_attempt_at: maybe_instant(row.try_get(16)?)?,
        accepted_at: maybe_instant(row.try_get(17)?)?,
        maybe_duplicate: row.try_get::<_, i64>(18)? != 0,
        refused_as: row.try_get::<_, Option<String>>(19)?.map(freed),
    })
}

pub(super) fn typed(session: &Session, typed: &str) -> Outcome<Option<Message>> {
    let Some(id) = find_id(session, "message", typed)? else { return Ok(None) };
    session.row(&format!("SELECT {COLUMNS} FROM message m WHERE id = $1"), &[&id])?.as_ref().map(message).transpose()
}

pub(super) fn bytes(session: &Session, id: &MessageId) -> Outcome<Option<Vec<u8>>> {
    let row = session.row("SELECT bytes FROM mail WHERE message = $1", &[&id.as_str()])?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

pub(super) fn of_causes(session: &Session, causes: &[Cause]) -> Outcome<Vec<Vec<Message>>> {
    let kinds: Vec<&str> = causes.iter().map(Cause::kind).collect();
    let ids: Vec<_> = causes.iter().map(|cause| free(cause.id())).collect();
    let sql = format!(
        "WITH t AS (SELECT * FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t (cause_kind, cause, place))
         SELECT {COLUMNS}, t.place FROM t JOIN message m ON m.cause_kind = t.cause_kind AND m.cause = t.cause
         UNION ALL
         SELECT {COLUMNS}, t.place FROM t JOIN told_by_digest d ON d.cause_kind = t.cause_kind AND d.cause = t.cause
             JOIN message m ON m.id = d.message
         ORDER BY place, due_at, id"
    );
    by_place(&session.rows(&sql, &[&kinds, &ids])?, causes.len())
}

pub(super) fn counts(session: &Session, causes: &[Cause]) -> Outcome<Vec<usize>> {
    let kinds: Vec<&str> = causes.iter().map(Cause::kind).collect();
    let ids: Vec<_> = causes.iter().map(|cause| free(cause.id())).collect();
    let sql = "SELECT (SELECT count(*) FROM message m WHERE m.cause_kind = t.cause_kind AND m.cause = t.cause)
            + (SELECT count(*) FROM told_by_digest d WHERE d.cause_kind = t.cause_kind AND d.cause = t.cause)
        FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS t (cause_kind, cause, place) ORDER BY t.place";
    let count = |row: &Row| number("count of messages", row.try_get(0)?);
    session.rows(sql, &[&kinds, &ids])?.iter().map(count).collect()
}

pub(super) fn by_contact(session: &Session, cause: &Cause, after: Option<&str>, most: usize) -> Outcome<Vec<Message>> {
    // Every contact comes after the empty one, and the first of each sort are enough to hold the first of both.
    let sql = format!(
        "SELECT {COLUMNS} FROM message m WHERE m.id IN (
             (SELECT id FROM message WHERE cause_kind = $1 AND cause = $2 AND contact > $3
              ORDER BY contact, due_at, id LIMIT $4)
             UNION ALL
             (SELECT d.message FROM told_by_digest d JOIN message o ON o.id = d.message
              WHERE d.cause_kind = $1 AND d.cause = $2 AND d.contact > $3 ORDER BY d.contact, o.due_at, o.id LIMIT $4))
         ORDER BY m.contact, m.due_at, m.id LIMIT $4"
    );
    let after = free(after.unwrap_or_default());
    session.rows(&sql, &[&cause.kind(), &free(cause.id()), &after, &limit(Some(most))])?.iter().map(message).collect()
}

pub(super) fn standing_causes(session: &Session, from: DateTime<Utc>) -> Outcome<Vec<Cause>> {
    // Two ranges of the index; joined by OR they would be a bitmap, or all messages.
    let sql = "SELECT cause_kind, cause FROM message WHERE cause_kind = 'standing'
        UNION SELECT cause_kind, cause FROM message WHERE cause_kind = 'occurrence' AND cause >= $1
        ORDER BY cause_kind, cause";
    let row = |row: &Row| cause_of(row.try_get(0)?, freed(row.try_get(1)?));
    session.rows(sql, &[&OccurrenceId::first_from(from)])?.iter().map(row).collect()
}

pub(super) fn outbox(session: &Session, now: DateTime<Utc>) -> Outcome<Vec<MessageCount>> {
    let row = |row: &Row| -> Outcome<MessageCount> {
        Ok(MessageCount {
            state: word("state of a message", row.try_get(0)?)?,
            refused_as: row.try_get::<_, Option<String>>(1)?.map(freed),
            count: number("count of messages", row.try_get(2)?)?,
            due: number("count of messages", row.try_get(3)?)?,
            next_attempt_at: maybe_instant(row.try_get(4)?)?,
        })
    };
    // What waits is counted by the index alone: reminders are planned weeks ahead, and each of their rows stands elsewhere.
    let sql = "SELECT * FROM (
            SELECT state, NULL::text AS refused_as, count(*), count(*) FILTER (WHERE due_at <= $1),
                (SELECT next_attempt_at FROM message again WHERE again.next_attempt_at > $1 AND again.state = waits.state
                 ORDER BY next_attempt_at LIMIT 1)
            FROM message waits WHERE state IN ('planned', 'awaiting-approval', 'held', 'leased') GROUP BY state
            ORDER BY state) waiting
        UNION ALL SELECT * FROM (
            SELECT state, refused_as, count(*), count(*) FILTER (WHERE due_at <= $1), NULL::bigint
            FROM message WHERE state IN ('failed', 'bounced') GROUP BY state, refused_as
            ORDER BY state, refused_as NULLS FIRST) undelivered";
    session.rows(sql, &[&micros(now)])?.iter().map(row).collect()
}

/// The states of messages.
fn states(session: &Session, sql: &str, ids: &[&str]) -> Outcome<BTreeMap<String, MessageState>> {
    let state = |row: &Row| Ok((row.try_get(0)?, word("state of a message", row.try_get(1)?)?));
    session.rows(sql, &[&ids])?.iter().map(state).collect()
}

/// Locks those messages that wait, so that no worker takes them until this transaction ends. Those that a worker has are
/// left out and never waited for: it may wait for this transaction itself.
fn lock(session: &Session, ids: &[&str]) -> Outcome<BTreeMap<String, MessageState>> {
    let sql = "SELECT id, state FROM message WHERE id = ANY($1) AND state <> 'leased' ORDER BY id FOR UPDATE";
    states(session, sql, ids)
}

/// The state of one that [`lock`] left out, for the error.
fn state_of(session: &Session, id: &MessageId) -> Outcome<MessageState> {
    let state = states(session, "SELECT id, state FROM message WHERE id = ANY($1)", &[id.as_str()])?;
    let state = state.into_values().next().ok_or_else(|| StoreError::UnknownMessage(id.clone()))?;
    // Its worker may have given it back between the two questions; what counts is that it was busy.
    Ok(if state.is_pending() { MessageState::Leased } else { state })
}

/// Takes messages back; gives how many.
pub(super) fn withdraw(session: &Session, withdrawals: &[Withdrawal]) -> Outcome<u64> {
    if withdrawals.is_empty() {
        return Ok(0);
    }
    let ids: Vec<&str> = withdrawals.iter().map(|withdrawal| withdrawal.message.as_str()).collect();
    let mut locked = lock(session, &ids)?;
    for withdrawal in withdrawals {
        let state = match locked.get(withdrawal.message.as_str()) {
            Some(state) => *state,
            None => state_of(session, &withdrawal.message)?,
        };
        if !state.is_pending() || state == MessageState::Leased {
            return Err(StoreError::NotPending { message: withdrawal.message.clone(), state }.into());
        }
        locked.insert(withdrawal.message.to_string(), withdrawal.to.state());
    }
    let states: Vec<&str> = withdrawals.iter().map(|withdrawal| withdrawal.to.state().as_str()).collect();
    let reasons: Vec<_> = withdrawals.iter().map(|withdrawal| free(&withdrawal.reason)).collect();
    session.run(
        "UPDATE message m SET state = t.state, reason = t.reason, next_attempt_at = NULL, refused_as = NULL
         FROM unnest($1::text[], $2::text[], $3::text[]) AS t (id, state, reason) WHERE m.id = t.id",
        &[&ids, &states, &reasons],
    )
}

/// Does what people want done to messages; gives how many.
pub(super) fn edit(session: &Session, edits: &[MessageEdit]) -> Outcome<u64> {
    let mut edited = 0;
    for edit in edits {
        let id = edit.message.as_str();
        let state = match lock(session, &[id])?.remove(id) {
            Some(state) => state,
            None => state_of(session, &edit.message)?,
        };
        if !edit.action.from().contains(&state) {
            let (message, action) = (edit.message.clone(), edit.action);
            return Err(StoreError::NotAllowed { message, state, action }.into());
        }
        edited += session.run(
            "UPDATE message SET state = $2, reason = $3, next_attempt_at = NULL, refused_as = $4, unseen = 1
             WHERE id = $1",
            &[&id, &edit.action.to().as_str(), &free(&edit.reason), &edit.refused_as.as_deref().map(free)],
        )?;
    }
    Ok(edited)
}
