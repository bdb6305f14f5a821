//! What people attached to outages, and what they did about claims.

use super::column::{documents, json, micros};
use super::fault::Outcome;
use super::session::Session;
use crate::names::{Digest, OutageId};
use crate::outage::{Attachment, ClaimStep};
use crate::store::changes::NewAttachment;
use crate::store::error::StoreError;
use crate::store::once;

/// Keeps an attachment with the bytes of its file. The same thing seen by the same person at the same time is kept once.
/// Gives how many rows that changed.
pub(super) fn attach(session: &Session, new: &NewAttachment) -> Outcome<u64> {
    let attachment = &new.attachment;
    let digest = once::attachment(attachment)?;
    let mut changed = session
        .run(
            "INSERT INTO attachment (outage, digest, seen_at, document) VALUES ($1, $2, $3, $4)
             ON CONFLICT (outage, digest) DO NOTHING",
            &[&attachment.outage.as_str(), &digest.as_str(), &micros(attachment.seen_at), &json(attachment)?],
        )
        .map_err(|fault| fault.or_dangling_reference(|| StoreError::UnknownOutage(attachment.outage.clone())))?;
    if let Some(bytes) = &new.bytes {
        changed += session.run(
            "INSERT INTO attached_file (sha256, bytes) VALUES ($1, $2) ON CONFLICT (sha256) DO NOTHING",
            &[&Digest::of(bytes).as_str(), &bytes.as_slice()],
        )?;
    }
    Ok(changed)
}

pub(super) fn attachments(session: &Session, outage: &OutageId) -> Outcome<Vec<Attachment>> {
    let sql = "SELECT document FROM attachment WHERE outage = $1 ORDER BY seen_at, digest";
    documents("attachment", &session.rows(sql, &[&outage.as_str()])?)
}

pub(super) fn file(session: &Session, sha256: &Digest) -> Outcome<Option<Vec<u8>>> {
    let row = session.row("SELECT bytes FROM attached_file WHERE sha256 = $1", &[&sha256.as_str()])?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

/// Keeps what was done about a claim; the same thing told again is kept once. Gives how many rows that changed.
pub(super) fn step(session: &Session, step: &ClaimStep) -> Outcome<u64> {
    let digest = once::claim_step(step)?;
    session
        .run(
            "INSERT INTO claim_step (outage, digest, recorded_at, document) VALUES ($1, $2, $3, $4)
             ON CONFLICT (outage, digest) DO NOTHING",
            &[&step.outage.as_str(), &digest.as_str(), &micros(step.recorded_at), &json(step)?],
        )
        .map_err(|fault| fault.or_dangling_reference(|| StoreError::UnknownOutage(step.outage.clone())))
}

pub(super) fn steps(session: &Session, outage: &OutageId) -> Outcome<Vec<ClaimStep>> {
    let sql = "SELECT document FROM claim_step WHERE outage = $1 ORDER BY recorded_at, digest";
    documents("claim step", &session.rows(sql, &[&outage.as_str()])?)
}
