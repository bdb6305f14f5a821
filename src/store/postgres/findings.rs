//! What the audit found, and what became of it.

use super::column::{documents, find_id, json};
use super::fault::Outcome;
use super::session::Session;
use crate::inventory::Kept;

/// Keeps findings; the newer word counts, and of one id the last.
pub(super) fn put(session: &Session, findings: &[Kept]) -> Outcome<()> {
    for kept in findings {
        let state = match (&kept.cleared_at, &kept.accepted) {
            (Some(_), _) => "cleared",
            (None, Some(_)) => "accepted",
            (None, None) => "open",
        };
        session.run(
            "INSERT INTO finding (id, state, document) VALUES ($1, $2, $3)
             ON CONFLICT (id) DO UPDATE SET state = excluded.state, document = excluded.document",
            &[&kept.id.as_str(), &state, &json(kept)?],
        )?;
    }
    Ok(())
}

/// Those that are not cleared, by id.
pub(super) fn current(session: &Session) -> Outcome<Vec<Kept>> {
    let sql = "SELECT document FROM finding WHERE state IN ('open', 'accepted') ORDER BY id";
    documents("finding", &session.rows(sql, &[])?)
}

pub(super) fn typed(session: &Session, typed: &str) -> Outcome<Option<Kept>> {
    let Some(id) = find_id(session, "finding", typed)? else { return Ok(None) };
    Ok(documents("finding", &session.rows("SELECT document FROM finding WHERE id = $1", &[&id])?)?.pop())
}
