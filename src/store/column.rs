//! Values as columns, in either database: instants as microseconds, documents as JSON, enums as the words they are written
//! with.

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::fault::{Fault, Outcome};

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

/// How many candidates an ambiguous id shows.
pub(super) const CANDIDATES_SHOWN: usize = 5;

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
