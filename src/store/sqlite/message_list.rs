//! Messages as they are listed: all that fit, their ids alone, and pages of them.

use rusqlite::types::Value;
use rusqlite::{Connection, Row};

use super::column::{Conditions, micros, word};
use super::fault::Outcome;
use super::messages::{ABOUT, ABOUT_TO, SELECT, load, message};
use crate::names::MessageId;
use crate::plan::Message;
use crate::store::found::{MessageFilter, Reader, Undelivered};

/// The order of every list.
const ORDER: &str = "due_at, id";

/// What [`undelivered`] reads.
pub(super) const UNDELIVERED: &str = "SELECT id, contact, customer, state, refused_as FROM message
    WHERE state IN ('failed', 'bounced') ORDER BY due_at, id";

/// One of so many states.
pub(super) fn in_states(count: usize) -> String {
    format!("state IN ({})", vec!["?"; count].join(", "))
}

fn conditions(filter: &MessageFilter) -> Conditions {
    let mut conditions = Conditions::default();
    if let Some(cause) = &filter.cause {
        let (kind, id) = (Value::from(cause.kind().to_owned()), Value::from(cause.id().to_owned()));
        match &filter.contact {
            Some(contact) => conditions.and_all(ABOUT_TO, [kind, id, contact.clone().into()]),
            None => conditions.and_all(ABOUT, [kind, id]),
        }
    }
    if !filter.states.is_empty() {
        let states = filter.states.iter().map(|state| Value::from(state.as_str().to_owned()));
        conditions.and_all(in_states(filter.states.len()), states);
    }
    if let (Some(contact), None) = (&filter.contact, &filter.cause) {
        conditions.and("contact = ?", contact.clone());
    }
    if let Some(customer) = &filter.customer {
        conditions.and("customer = ?", customer.as_str().to_owned());
    }
    if let Some(due) = filter.due {
        conditions.and("due_at >= ?", micros(due.start()));
        conditions.and("due_at < ?", micros(due.end()));
    }
    conditions
}

pub(super) fn list(conn: &Connection, filter: &MessageFilter) -> Outcome<Vec<Message>> {
    conditions(filter).rows(conn, SELECT, ORDER, filter.limit, message)
}

pub(super) fn ids(conn: &Connection, filter: &MessageFilter) -> Outcome<Vec<MessageId>> {
    let id = |row: &Row<'_>| word("message id", row.get(0)?);
    conditions(filter).rows(conn, "SELECT id FROM message", ORDER, filter.limit, id)
}

pub(super) fn of_ids(conn: &Connection, ids: &[MessageId]) -> Outcome<Vec<Message>> {
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        found.extend(load(conn, id.as_str())?);
    }
    Ok(found)
}

pub(super) fn of_readers(conn: &Connection, readers: &[Reader]) -> Outcome<Vec<Vec<Message>>> {
    let sql = format!("{SELECT} WHERE {ABOUT_TO} ORDER BY {ORDER}");
    let mut select = conn.prepare_cached(&sql)?;
    let mut of_reader = |(cause, contact): &Reader| {
        select.query_and_then([cause.kind(), cause.id(), contact.as_str()], message)?.collect()
    };
    readers.iter().map(&mut of_reader).collect()
}

pub(super) fn undelivered(conn: &Connection) -> Outcome<Vec<Undelivered>> {
    let row = |row: &Row<'_>| -> Outcome<Undelivered> {
        Ok(Undelivered {
            message: word("message id", row.get(0)?)?,
            contact: row.get(1)?,
            customer: row.get::<_, Option<String>>(2)?.map(|id| word("customer id", id)).transpose()?,
            state: word("state of a message", row.get(3)?)?,
            refused_as: row.get(4)?,
        })
    };
    conn.prepare_cached(UNDELIVERED)?.query_and_then([], row)?.collect()
}
