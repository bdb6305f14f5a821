//! Values as columns of SQLite.

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::fault::Outcome;
use crate::store::column::CANDIDATES_SHOWN;
pub(super) use crate::store::column::{
    document, instant, json, maybe_instant, micros, micros_up, number, only, word, word_of,
};

/// A limit as SQL has it: -1 is none.
pub(super) fn limit(limit: Option<usize>) -> i64 {
    limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX))
}

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

/// Conditions of a filter, each with its value.
#[derive(Default)]
pub(super) struct Conditions {
    clauses: Vec<String>,
    values: Vec<Value>,
}

impl Conditions {
    /// Adds `clause`, which holds one `?`.
    pub(super) fn and(&mut self, clause: &'static str, value: impl Into<Value>) {
        self.clauses.push(clause.to_owned());
        self.values.push(value.into());
    }

    /// Adds `clause`, which holds a `?` for each value.
    pub(super) fn and_all(&mut self, clause: impl Into<String>, values: impl IntoIterator<Item = Value>) {
        self.clauses.push(clause.into());
        self.values.extend(values);
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
