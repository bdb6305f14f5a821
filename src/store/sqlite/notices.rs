//! Notices, what waits in review, and which sources were read.

use rusqlite::{Connection, OptionalExtension as _, Row, params};

use super::column::{Conditions, document, find_id, instant, json, limit, micros, word, word_of};
use super::fault::Outcome;
use crate::names::{Digest, NoticeId, VendorId};
use crate::notice::{Coverage, Notice, Reading, ReviewItem};
use crate::store::changes::{NewNotice, NewReading};
use crate::store::error::StoreError;
use crate::store::found::{NoticeCursor, NoticeFilter, NoticePage, ReviewFilter};
use crate::store::interface::MAX_RAW_BYTES;

/// Whether a notice was there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kept {
    /// It was not.
    New,
    /// The same bytes were.
    Known,
}

pub(super) fn keep(conn: &Connection, new: &NewNotice) -> Outcome<Kept> {
    check(new)?;
    let NewNotice { notice, raw, reading } = new;
    let id = notice.id.as_str();
    let inserted = conn
        .prepare_cached(
            "INSERT INTO notice (id, sha256, message_id, received_at, document, reading) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (id) DO NOTHING",
        )?
        .execute(params![
            id,
            notice.sha256.as_str(),
            notice.message_id,
            micros(notice.received.at),
            json(notice)?,
            json(reading)?,
        ])?;
    if inserted == 0 {
        let known = by_digest(conn, &notice.sha256)?.is_some();
        return if known { Ok(Kept::Known) } else { Err(StoreError::IdTaken { id: id.to_owned() }.into()) };
    }
    let number = conn.last_insert_rowid();
    conn.prepare_cached("INSERT INTO raw (notice, bytes) VALUES (?1, ?2)")?.execute(params![number, raw])?;
    put_vendors(conn, number, reading)?;
    Ok(Kept::New)
}

/// The number by which other tables name a notice.
pub(super) fn number_of(conn: &Connection, notice: &NoticeId) -> Outcome<i64> {
    conn.prepare_cached("SELECT number FROM notice WHERE id = ?1")?
        .query_row([notice.as_str()], |row| row.get(0))
        .optional()?
        .ok_or_else(|| StoreError::UnknownNotice(notice.clone()).into())
}

/// What is kept under a digest for ever are the bytes of that digest.
pub(in crate::store) fn check(new: &NewNotice) -> Outcome<()> {
    let (notice, raw) = (&new.notice, &new.raw);
    if raw.len() > MAX_RAW_BYTES {
        return Err(StoreError::TooLarge { notice: notice.id.clone(), bytes: raw.len() }.into());
    }
    let own = notice.sha256 == Digest::of(raw)
        && u64::try_from(raw.len()).is_ok_and(|bytes| bytes == notice.bytes)
        && notice.id == Notice::id_of(&notice.sha256);
    if own { Ok(()) } else { Err(StoreError::BytesDiffer { notice: notice.id.clone() }.into()) }
}

pub(in crate::store) fn vendors(reading: &Reading) -> Vec<&VendorId> {
    match reading {
        Reading::Understood { announcements } => announcements.iter().map(|said| &said.vendor).collect(),
        Reading::Unreadable { vendor, .. } => vendor.iter().collect(),
        Reading::Irrelevant { .. } => Vec::new(),
    }
}

/// A newer reading of a notice; numbered after those that are there.
pub(super) fn read_again(conn: &Connection, new: &NewReading) -> Outcome<()> {
    let notice = number_of(conn, &new.notice)?;
    let before = reading(conn, &new.notice)?;
    conn.prepare_cached(
        "INSERT INTO reading (notice, number, read_at, who, document)
         VALUES (?1, (SELECT coalesce(max(number), 1) + 1 FROM reading WHERE notice = ?1), ?2, ?3, ?4)",
    )?
    .execute(params![notice, micros(new.read_at), new.who, json(&new.reading)?])?;
    // By its vendors: a search by the notice alone would go through all of them.
    let mut delete = conn.prepare_cached("DELETE FROM notice_vendor WHERE vendor = ?1 AND notice = ?2")?;
    for vendor in before.iter().flat_map(vendors) {
        delete.execute(params![vendor.as_str(), notice])?;
    }
    put_vendors(conn, notice, &new.reading)
}

fn put_vendors(conn: &Connection, notice: i64, reading: &Reading) -> Outcome<()> {
    let mut insert =
        conn.prepare_cached("INSERT INTO notice_vendor (vendor, notice) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
    for vendor in vendors(reading) {
        insert.execute(params![vendor.as_str(), notice])?;
    }
    Ok(())
}

fn notice(row: &Row<'_>) -> Outcome<Notice> {
    document("notice", row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?)
}

pub(super) fn typed(conn: &Connection, typed: &str) -> Outcome<Option<Notice>> {
    match find_id(conn, "notice", typed)? {
        Some(id) => one(conn, "SELECT document FROM notice WHERE id = ?1", &id),
        None => Ok(None),
    }
}

pub(super) fn by_digest(conn: &Connection, sha256: &Digest) -> Outcome<Option<Notice>> {
    // A notice's id is drawn from its digest, and is what an index stands over.
    let id = Notice::id_of(sha256);
    Ok(one(conn, "SELECT document FROM notice WHERE id = ?1", id.as_str())?.filter(|notice| notice.sha256 == *sha256))
}

fn one(conn: &Connection, sql: &str, key: &str) -> Outcome<Option<Notice>> {
    conn.prepare_cached(sql)?.query_and_then([key], notice)?.next().transpose()
}

pub(super) fn by_message_id(conn: &Connection, message_id: &str) -> Outcome<Vec<Notice>> {
    conn.prepare_cached("SELECT document FROM notice WHERE message_id = ?1 ORDER BY received_at, id")?
        .query_and_then([message_id], notice)?
        .collect()
}

pub(super) fn list(conn: &Connection, filter: &NoticeFilter) -> Outcome<Vec<Notice>> {
    let mut conditions = Conditions::default();
    if let Some(vendor) = &filter.vendor {
        conditions.and("number IN (SELECT notice FROM notice_vendor WHERE vendor = ?)", vendor.as_str().to_owned());
    }
    if let Some(received) = filter.received {
        conditions.and("received_at >= ?", micros(received.start()));
        conditions.and("received_at < ?", micros(received.end()));
    }
    conditions.rows(conn, "SELECT document FROM notice", "received_at DESC, id", filter.limit, notice)
}

pub(super) fn raw(conn: &Connection, notice: &NoticeId) -> Outcome<Option<Vec<u8>>> {
    let mut select =
        conn.prepare_cached("SELECT bytes FROM raw WHERE notice = (SELECT number FROM notice WHERE id = ?1)")?;
    Ok(select.query_row([notice.as_str()], |row| row.get(0)).optional()?)
}

pub(super) fn reading(conn: &Connection, notice: &NoticeId) -> Outcome<Option<Reading>> {
    Ok(readings(conn, notice)?.pop())
}

/// What a notice was read as, the first reading first.
pub(super) fn readings(conn: &Connection, notice: &NoticeId) -> Outcome<Vec<Reading>> {
    conn.prepare_cached(
        "SELECT 1 AS number, reading FROM notice WHERE id = ?1
         UNION ALL SELECT number, document FROM reading WHERE notice = (SELECT number FROM notice WHERE id = ?1)
         ORDER BY number",
    )?
    .query_and_then([notice.as_str()], |row| document("reading", &row.get::<_, String>(1)?))?
    .collect()
}

/// A page of notices behind `(?1, ?2)`.
pub(super) const AFTER: &str =
    "SELECT document FROM notice WHERE (received_at, id) > (?1, ?2) ORDER BY received_at, id LIMIT ?3";

pub(super) fn after(conn: &Connection, page: &NoticePage) -> Outcome<Vec<Notice>> {
    // Nothing sorts before the empty id.
    let (at, id) = match &page.after {
        NoticeCursor::Since(at) => (micros(*at), ""),
        NoticeCursor::Notice(notice) => (micros(notice.received.at), notice.id.as_str()),
    };
    conn.prepare_cached(AFTER)?.query_and_then(params![at, id, limit(Some(page.limit))], notice)?.collect()
}

pub(super) fn put_review(conn: &Connection, item: &ReviewItem) -> Outcome<()> {
    conn.prepare_cached(
        "INSERT INTO review (notice, received_at, vendor, reasons, state, settled) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (notice) DO UPDATE SET vendor = excluded.vendor, reasons = excluded.reasons, state = excluded.state,
                                            settled = excluded.settled
         WHERE (vendor, reasons, state, settled)
               IS NOT (excluded.vendor, excluded.reasons, excluded.state, excluded.settled)",
    )?
    .execute(params![
        number_of(conn, &item.notice)?,
        micros(item.received_at),
        item.vendor.as_ref().map(VendorId::as_str),
        json(&item.reasons)?,
        word_of(&item.state)?,
        item.settled.as_ref().map(json).transpose()?,
    ])?;
    Ok(())
}

const REVIEW: &str = "SELECT notice.id, review.received_at, vendor, reasons, state, settled
    FROM review JOIN notice ON notice.number = review.notice";

pub(super) fn review(conn: &Connection, filter: ReviewFilter) -> Outcome<Vec<ReviewItem>> {
    let filter = match filter {
        ReviewFilter::Open => "state = 'open'",
        ReviewFilter::All => "1",
    };
    let sql = format!("{REVIEW} WHERE {filter} ORDER BY review.received_at, notice.id");
    conn.prepare_cached(&sql)?.query_and_then([], review_item)?.collect()
}

pub(super) fn review_of(conn: &Connection, notice: &NoticeId) -> Outcome<Option<ReviewItem>> {
    conn.prepare_cached(&format!("{REVIEW} WHERE notice.id = ?1"))?
        .query_and_then([notice.as_str()], review_item)?
        .next()
        .transpose()
}

fn review_item(row: &Row<'_>) -> Outcome<ReviewItem> {
    Ok(ReviewItem {
        notice: word("notice id", row.get(0)?)?,
        received_at: instant(row.get(1)?)?,
        vendor: row.get::<_, Option<String>>(2)?.map(|id| word("vendor id", id)).transpose()?,
        reasons: document("reasons of review", &row.get::<_, String>(3)?)?,
        state: word("state of review", row.get(4)?)?,
        settled: row.get::<_, Option<String>>(5)?.map(|text| document("settlement", &text)).transpose()?,
    })
}

pub(super) fn put_coverage(conn: &Connection, coverage: &Coverage) -> Outcome<()> {
    let mut vendors = coverage.vendors.clone();
    vendors.sort();
    vendors.dedup();
    conn.prepare_cached(
        "INSERT INTO coverage (source, kind, vendors, complete_until, recorded_at) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (source, kind, vendors)
         DO UPDATE SET complete_until = excluded.complete_until, recorded_at = excluded.recorded_at
         WHERE complete_until IS NOT excluded.complete_until",
    )?
    .execute(params![
        coverage.source,
        word_of(&coverage.kind)?,
        json(&vendors)?,
        micros(coverage.complete_until),
        micros(coverage.recorded_at),
    ])?;
    Ok(())
}

pub(super) fn coverage(conn: &Connection) -> Outcome<Vec<Coverage>> {
    conn.prepare_cached(
        "SELECT source, kind, vendors, complete_until, recorded_at FROM coverage ORDER BY source, kind, vendors",
    )?
    .query_and_then([], |row| {
        Ok(Coverage {
            source: row.get(0)?,
            kind: word("kind of coverage", row.get(1)?)?,
            vendors: document("vendors of coverage", &row.get::<_, String>(2)?)?,
            complete_until: instant(row.get(3)?)?,
            recorded_at: instant(row.get(4)?)?,
        })
    })?
    .collect()
}
