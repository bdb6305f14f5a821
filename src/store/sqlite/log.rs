//! Who did what. Lines are added and never changed.

use rusqlite::{Connection, Row, params};

use super::column::{instant, limit, micros};
use super::fault::Outcome;
use crate::store::changes::LogEntry;

pub(super) fn add(conn: &Connection, entry: &LogEntry) -> Outcome<()> {
    conn.prepare_cached(
        "INSERT INTO log (at, who, what, subject, notice)
         VALUES (?1, ?2, ?3, ?4, (SELECT number FROM notice WHERE id = ?4))",
    )?
    .execute(params![micros(entry.at), entry.who, entry.what, entry.subject])?;
    Ok(())
}

/// The lines of one thing; those of a notice are found by its number.
pub(super) const OF_SUBJECT: &str = "
    SELECT at, who, what, subject, number FROM log WHERE notice IS NULL AND subject = ?1
    UNION ALL
    SELECT at, who, what, subject, number FROM log
    WHERE notice IS NOT NULL AND notice = (SELECT number FROM notice WHERE id = ?1)
    ORDER BY number";

/// What was done to one thing, oldest first.
pub(super) fn of_subject(conn: &Connection, subject: &str) -> Outcome<Vec<LogEntry>> {
    conn.prepare_cached(OF_SUBJECT)?.query_and_then([subject], entry)?.collect()
}

pub(super) fn newest(conn: &Connection, most: usize) -> Outcome<Vec<LogEntry>> {
    conn.prepare_cached("SELECT at, who, what, subject FROM log ORDER BY number DESC LIMIT ?1")?
        .query_and_then([limit(Some(most))], entry)?
        .collect()
}

fn entry(row: &Row<'_>) -> Outcome<LogEntry> {
    Ok(LogEntry { at: instant(row.get(0)?)?, who: row.get(1)?, what: row.get(2)?, subject: row.get(3)? })
}
