//! Messages as they are listed: all that fit, their ids alone, and pages of them.

use tokio_postgres::Row;

use super::column::{Conditions, free, freed, micros, number, word};
use super::fault::Outcome;
use super::messages::{COLUMNS, message};
use super::session::Session;
use crate::names::MessageId;
use crate::plan::Message;
use crate::store::found::{MessageFilter, Reader, Undelivered};

/// The order of every list.
const ORDER: &str = "due_at, id";

/// Messages about a cause of that kind and id: of it, and digests that tell of it.
const ABOUT: &str = "m.id IN (SELECT id FROM message WHERE cause_kind = ?1 AND cause = ?2
    UNION ALL SELECT message FROM told_by_digest WHERE cause_kind = ?1 AND cause = ?2)";

/// The same, of one reader.
const ABOUT_TO: &str = "m.id IN (SELECT id FROM message WHERE cause_kind = ?1 AND cause = ?2 AND contact = ?3
    UNION ALL SELECT message FROM told_by_digest WHERE cause_kind = ?1 AND cause = ?2 AND contact = ?3)";

fn conditions(filter: &MessageFilter) -> Conditions {
    let mut conditions = Conditions::default();
    if let Some(cause) = &filter.cause {
        let (kind, id) = (cause.kind().to_owned(), free(cause.id()).into_owned());
        match &filter.contact {
            Some(contact) => conditions.and_all(ABOUT_TO, [kind, id, free(contact).into_owned()]),
            None => conditions.and_all(ABOUT, [kind, id]),
        }
    }
    if !filter.states.is_empty() {
        let states: Vec<&'static str> = filter.states.iter().map(|state| state.as_str()).collect();
        conditions.and("state = ANY(?)", states);
    }
    if let (Some(contact), None) = (&filter.contact, &filter.cause) {
        conditions.and("contact = ?", free(contact).into_owned());
    }
    if let Some(customer) = &filter.customer {
        conditions.and("customer = ?", customer.to_string());
    }
    if let Some(due) = filter.due {
        conditions.and("due_at >= ?", micros(due.start()));
        conditions.and("due_at < ?", micros(due.end()));
    }
    conditions
}

pub(super) fn list(session: &Session, filter: &MessageFilter) -> Outcome<Vec<Message>> {
    let select = format!("SELECT {COLUMNS} FROM message m");
    conditions(filter).rows(session, &select, ORDER, filter.limit)?.iter().map(message).collect()
}

pub(super) fn ids(session: &Session, filter: &MessageFilter) -> Outcome<Vec<MessageId>> {
    let rows = conditions(filter).rows(session, "SELECT id FROM message m", ORDER, filter.limit)?;
    rows.iter().map(|row| word("message id", row.try_get(0)?)).collect()
}

pub(super) fn of_ids(session: &Session, ids: &[MessageId]) -> Outcome<Vec<Message>> {
    let ids: Vec<&str> = ids.iter().map(MessageId::as_str).collect();
    let sql = format!(
        "SELECT {COLUMNS} FROM unnest($1::text[]) WITH ORDINALITY AS t (id, place) JOIN message m ON m.id = t.id
         ORDER BY t.place"
    );
    session.rows(&sql, &[&ids])?.iter().map(message).collect()
}

pub(super) fn of_readers(session: &Session, readers: &[Reader]) -> Outcome<Vec<Vec<Message>>> {
    let kinds: Vec<&str> = readers.iter().map(|(cause, _)| cause.kind()).collect();
    let causes: Vec<_> = readers.iter().map(|(cause, _)| free(cause.id())).collect();
    let contacts: Vec<_> = readers.iter().map(|(_, contact)| free(contact)).collect();
    let sql = format!(
        "WITH t AS (SELECT * FROM unnest($1::text[], $2::text[], $3::text[])
             WITH ORDINALITY AS t (cause_kind, cause, contact, place))
         SELECT {COLUMNS}, t.place FROM t
             JOIN message m ON m.cause_kind = t.cause_kind AND m.cause = t.cause AND m.contact = t.contact
         UNION ALL
         SELECT {COLUMNS}, t.place FROM t
             JOIN told_by_digest d ON d.cause_kind = t.cause_kind AND d.cause = t.cause AND d.contact = t.contact
             JOIN message m ON m.id = d.message
         ORDER BY place, {ORDER}"
    );
    let rows = session.rows(&sql, &[&kinds, &causes, &contacts])?;
    by_place(&rows, readers.len())
}

/// Messages by what they were asked for with, each row with its place among that, from 1.
pub(super) fn by_place(rows: &[Row], asked: usize) -> Outcome<Vec<Vec<Message>>> {
    let mut of: Vec<Vec<Message>> = (0..asked).map(|_| Vec::new()).collect();
    for row in rows {
        let place: usize = number("place among what was asked for", row.try_get("place")?)?;
        of[place - 1].push(message(row)?);
    }
    Ok(of)
}

pub(super) fn undelivered(session: &Session) -> Outcome<Vec<Undelivered>> {
    let sql = format!(
        "SELECT id, contact, customer, state, refused_as FROM message WHERE state IN ('failed', 'bounced') ORDER BY {ORDER}"
    );
    let row = |row: &Row| -> Outcome<Undelivered> {
        Ok(Undelivered {
            message: word("message id", row.try_get(0)?)?,
            contact: freed(row.try_get(1)?),
            customer: row.try_get::<_, Option<String>>(2)?.map(|id| word("customer id", id)).transpose()?,
            state: word("state of a message", row.try_get(3)?)?,
            refused_as: row.try_get::<_, Option<String>>(4)?.map(freed),
        })
    };
    session.rows(&sql, &[])?.iter().map(row).collect()
}
