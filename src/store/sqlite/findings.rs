//! What the audit found, and what became of it.

use rusqlite::{Connection, params};

use super::column::{document, find_id, json};
use super::fault::Outcome;
use crate::inventory::Kept;

/// Keeps a finding; the newer word counts.
pub(super) fn put(conn: &Connection, kept: &Kept) -> Outcome<()> {
    let state = match (&kept.cleared_at, &kept.accepted) {
        (Some(_), _) => "cleared",
        (None, Some(_)) => "accepted",
        (None, None) => "open",
    };
    conn.prepare_cached(
        "INSERT INTO finding (id, state, document) VALUES (?1, ?2, ?3)
         ON CONFLICT (id) DO UPDATE SET state = excluded.state, document = excluded.document",
    )?
    .execute(params![kept.id.as_str(), state, json(kept)?])?;
    Ok(())
}

/// Those that are not cleared, by id.
pub(super) fn current(conn: &Connection) -> Outcome<Vec<Kept>> {
    conn.prepare_cached("SELECT document FROM finding WHERE state IN ('open', 'accepted') ORDER BY id")?
        .query_and_then([], |row| document("finding", row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?))?
        .collect()
}

pub(super) fn typed(conn: &Connection, typed: &str) -> Outcome<Option<Kept>> {
    let Some(id) = find_id(conn, "finding", typed)? else { return Ok(None) };
    conn.prepare_cached("SELECT document FROM finding WHERE id = ?1")?
        .query_and_then([id], |row| document("finding", &row.get::<_, String>(0)?))?
        .next()
        .transpose()
}
