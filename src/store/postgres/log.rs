//! Who did what. Lines are added and never changed.

use tokio_postgres::Row;

use super::column::{count, free, freed, instant, micros};
use super::fault::Outcome;
use super::session::Session;
use crate::store::changes::LogEntry;

pub(super) fn add(session: &Session, entries: &[LogEntry]) -> Outcome<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let at: Vec<i64> = entries.iter().map(|entry| micros(entry.at)).collect();
    let who: Vec<_> = entries.iter().map(|entry| free(&entry.who)).collect();
    let what: Vec<_> = entries.iter().map(|entry| free(&entry.what)).collect();
    let subject: Vec<_> = entries.iter().map(|entry| free(&entry.subject)).collect();
    session.run(
        "INSERT INTO log (at, who, what, subject, notice)
         SELECT t.at, t.who, t.what, t.subject, n.number
         FROM unnest($1::bigint[], $2::text[], $3::text[], $4::text[]) WITH ORDINALITY AS t (at, who, what, subject, place)
         LEFT JOIN notice n ON n.id = t.subject
         ORDER BY place",
        &[&at, &who, &what, &subject],
    )?;
    Ok(())
}

/// What was done to one thing, oldest first.
pub(super) fn of_subject(session: &Session, subject: &str) -> Outcome<Vec<LogEntry>> {
    session
        .rows(
            "SELECT at, who, what, subject, number FROM log
             WHERE notice IS NULL AND left(subject, 256) = left($1, 256) AND subject = $1
             UNION ALL
             SELECT at, who, what, subject, number FROM log
             WHERE notice IS NOT NULL AND notice = (SELECT number FROM notice WHERE id = $1)
             ORDER BY number",
            &[&free(subject)],
        )?
        .iter()
        .map(entry)
        .collect()
}

pub(super) fn newest(session: &Session, most: usize) -> Outcome<Vec<LogEntry>> {
    session
        .rows("SELECT at, who, what, subject FROM log ORDER BY number DESC LIMIT $1", &[&count(most)])?
        .iter()
        .map(entry)
        .collect()
}

fn entry(row: &Row) -> Outcome<LogEntry> {
    Ok(LogEntry {
        at: instant(row.try_get(0)?)?,
        who: freed(row.try_get(1)?),
        what: freed(row.try_get(2)?),
        subject: freed(row.try_get(3)?),
    })
}
