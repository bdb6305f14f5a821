//! Values as columns: instants as microseconds, documents as JSON, enums as the words they are written with.

use chrono::{DateTime, Utc};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::fault::{Fault, Outcome};
use crate::store::error::StoreError;

/// Microseconds since 1970, rounded down.
pub(super) fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

/// Microseconds since 1970, rounded up: for an end that must not be found too early.
pub(super) fn micros_up(at: DateTime<Utc>) -> i64 {
    let rest = i64::from(!at.timestamp_subsec_nanos().is_multiple_of(1000));
    at.timestamp_micros() + rest
}

/// The instant of a column.
pub(super) fn instant(micros: i64) -> Outcome<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros).ok_or_else(|| Fault::unreadable("instant", format!("{micros} µs")))
}

/// The instant of a column that may be empty.
pub(super) fn maybe_instant(micros: Option<i64>) -> Outcome<Option<DateTime<Utc>>> {
    micros.map(instant).transpose()
}

/// A count or number of a column.
pub(super) fn number<T: TryFrom<i64>>(what: &str, stored: i64) -> Outcome<T> {
    T::try_from(stored).map_err(|_| Fault::unreadable(what, format!("{stored} is out of range")))
}

/// A whole document, written.
pub(super) fn json<T: Serialize>(value: &T) -> Outcome<String> {
    serde_json::to_string(value).map_err(|error| Fault::unreadable("document", error))
}

/// A whole document, read.
pub(super) fn document<T: DeserializeOwned>(what: &str, text: &str) -> Outcome<T> {
    serde_json::from_str(text).map_err(|error| Fault::unreadable(what, error))
}

/// An id or an enum from its word.
pub(super) fn word<T: DeserializeOwned>(what: &str, text: String) -> Outcome<T> {
    serde_json::from_value(serde_json::Value::String(text)).map_err(|error| Fault::unreadable(what, error))
}

/// The word of an enum that is written as one.
pub(super) fn word_of<T: Serialize>(value: &T) -> Outcome<String> {
    let json = serde_json::to_value(value).map_err(|error| Fault::unreadable("word", error))?;
    json.as_str().map(str::to_owned).ok_or_else(|| Fault::unreadable("word", format!("{json} is no word")))
}

/// A limit as SQL has it: -1 is none.
pub(super) fn limit(limit: Option<usize>) -> i64 {
    limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
}

/// How many candidates an ambiguous id shows.
const CANDIDATES_SHOWN: usize = 5;

/// The id in `table` that was typed, or the only one that begins so.
///
/// `table` is one of our own names, never from outside.
pub(super) fn find_id(conn: &Connection, table: &'static str, typed: &str) -> Outcome<Option<String>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let past = format!("{typed}{}", char::MAX);
    let sql = format!("SELECT id FROM {table} WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT ?3");
    let mut statement = conn.prepare_cached(&sql)?;
    let most = limit(Some(CANDIDATES_SHOWN));
    let ids: Vec<String> =
        statement.query_map(params![typed, past, most], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    only(typed, ids)
}

/// The one that was typed in full, or the only one there is.
pub(super) fn only(typed: &str, mut ids: Vec<String>) -> Outcome<Option<String>> {
    if ids.first().is_some_and(|first| first == typed) || ids.len() == 1 {
        return Ok(Some(ids.swap_remove(0)));
    }
    if ids.is_empty() {
        return Ok(None);
    }
    ids.truncate(CANDIDATES_SHOWN);
    Err(StoreError::Ambiguous { typed: typed.to_owned(), matches: ids }.into())
}

/// Conditions of a filter, each with its value.
#[derive(Default)]
pub(super) struct Conditions {
    clauses: Vec<&'static str>,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds `clause`, which holds one `?`.
    pub(super) fn and(&mut self, clause: &'static str, value: impl Into<Value>) {
        self.clauses.push(clause);
        self.values.push(value.into());
    }

    /// What `read` makes of every row of `select … WHERE these … order … LIMIT`.
    pub(super) fn rows<T>(
        mut self,
        conn: &Connection,
        select: &str,
        order: &str,
        most: Option<usize>,
        read: impl Fn(&rusqlite::Row<'_>) -> Outcome<T>,
    ) -> Outcome<Vec<T>> {
        let filter = if self.clauses.is_empty() { "1".to_owned() } else { self.clauses.join(" AND ") };
        self.values.push(Value::Integer(limit(most)));
        let sql = format!("{select} WHERE {filter} ORDER BY {order} LIMIT ?");
        conn.prepare_cached(&sql)?.query_and_then(params_from_iter(self.values), read)?.collect()
    }
}
