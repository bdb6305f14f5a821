//! What people attached to outages, and what they did about claims.

use rusqlite::{Connection, OptionalExtension as _, params};

use super::column::{document, json, micros};
use super::fault::{Fault, Outcome};
use crate::names::{Digest, OutageId};
use crate::outage::{Attachment, ClaimStep};
use crate::store::changes::NewAttachment;
use crate::store::error::StoreError;
use crate::store::once;

/// Keeps an attachment with the bytes of its file. The same thing seen by the same person at the same time is kept once.
pub(super) fn attach(conn: &Connection, new: &NewAttachment) -> Outcome<()> {
    let attachment = &new.attachment;
    let digest = once::attachment(attachment)?;
    conn.prepare_cached(
        "INSERT INTO attachment (outage, digest, seen_at, document) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (outage, digest) DO NOTHING",
    )?
    .execute(params![attachment.outage.as_str(), digest.as_str(), micros(attachment.seen_at), json(attachment)?])
    .map_err(|error| Fault::from(error).or_dangling(|| StoreError::UnknownOutage(attachment.outage.clone())))?;
    if let Some(bytes) = &new.bytes {
        conn.prepare_cached(
            "INSERT INTO attached_file (sha256, bytes) VALUES (?1, ?2) ON CONFLICT (sha256) DO NOTHING",
        )?
        .execute(params![Digest::of(bytes).as_str(), bytes])?;
    }
    Ok(())
}

pub(super) fn attachments(conn: &Connection, outage: &OutageId) -> Outcome<Vec<Attachment>> {
    conn.prepare_cached("SELECT document FROM attachment WHERE outage = ?1 ORDER BY seen_at, digest")?
        .query_and_then([outage.as_str()], |row| document("attachment", &row.get::<_, String>(0)?))?
        .collect()
}

pub(super) fn file(conn: &Connection, sha256: &Digest) -> Outcome<Option<Vec<u8>>> {
    Ok(conn
        .prepare_cached("SELECT bytes FROM attached_file WHERE sha256 = ?1")?
        .query_row([sha256.as_str()], |row| row.get(0))
        .optional()?)
}

/// Keeps what was done about a claim; the same thing told again is kept once.
pub(super) fn step(conn: &Connection, step: &ClaimStep) -> Outcome<()> {
    let digest = once::claim_step(step)?;
    conn.prepare_cached(
        "INSERT INTO claim_step (outage, digest, recorded_at, document) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (outage, digest) DO NOTHING",
    )?
    .execute(params![step.outage.as_str(), digest.as_str(), micros(step.recorded_at), json(step)?])
    .map_err(|error| Fault::from(error).or_dangling(|| StoreError::UnknownOutage(step.outage.clone())))?;
    Ok(())
}

pub(super) fn steps(conn: &Connection, outage: &OutageId) -> Outcome<Vec<ClaimStep>> {
    conn.prepare_cached("SELECT document FROM claim_step WHERE outage = ?1 ORDER BY recorded_at, digest")?
        .query_and_then([outage.as_str()], |row| document("claim step", &row.get::<_, String>(0)?))?
        .collect()
}
