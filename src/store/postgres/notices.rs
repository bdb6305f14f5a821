//! Notices, what waits in review, and which sources were read.

use std::collections::{BTreeSet, HashMap};

use tokio_postgres::Row;

use super::column::{
    Conditions, count, document, documents, find_id, free, freed, instant, json, micros, numbered, word, word_of,
};
use super::fault::Outcome;
use super::session::{Session, Step};
use crate::names::{Digest, NoticeId, VendorId};
use crate::notice::{Coverage, Notice, Reading, ReviewItem};
use crate::store::changes::{Committed, NewNotice, NewReading};
use crate::store::error::StoreError;
use crate::store::found::{NoticeCursor, NoticeFilter, NoticePage, ReviewFilter};
use crate::store::sqlite::notices::{check, vendors};

/// Most bytes of mails that go in one statement, beyond the first: what is held in memory twice.
const MAX_AT_ONCE: usize = 8 * 1024 * 1024;

/// Keeps notices; those whose bytes were there already are left as they were. Gives how many rows that changed.
pub(super) fn keep(session: &Session, notices: &[NewNotice], committed: &mut Committed) -> Outcome<u64> {
    let mut changed = 0;
    let mut rest = notices;
    while let Some((first, others)) = rest.split_first() {
        let mut bytes = first.raw.len();
        let fits = |new: &&NewNotice| {
            bytes += new.raw.len();
            bytes <= MAX_AT_ONCE
        };
        let (some, more) = rest.split_at(1 + others.iter().take_while(fits).count());
        changed += keep_some(session, some, committed)?;
        rest = more;
    }
    Ok(changed)
}

/// Keeps so many that they are written at once; how many of them were new.
fn keep_some(session: &Session, some: &[NewNotice], committed: &mut Committed) -> Outcome<u64> {
    some.iter().try_for_each(check)?;
    let mut numbers = insert(session, some)?;
    let (mut new, mut known) = (Vec::new(), Vec::new());
    for given in some {
        let id = given.notice.id.clone();
        // Of two with one id in one unit of work the first is kept.
        if let Some(number) = numbers.remove(id.as_str()) {
            committed.new_notices.push(id);
            new.push((number, given));
        } else {
            committed.known_notices.push(id);
            known.push(given);
        }
    }
    refuse_taken(session, &known)?;
    keep_mails(session, &new)?;
    Ok(u64::try_from(new.len()).unwrap_or(u64::MAX))
}

/// The numbers of those that were new, by their ids.
fn insert(session: &Session, given: &[NewNotice]) -> Outcome<HashMap<String, i64>> {
    let ids: Vec<&str> = given.iter().map(|new| new.notice.id.as_str()).collect();
    let digests: Vec<&str> = given.iter().map(|new| new.notice.sha256.as_str()).collect();
    let message_ids: Vec<_> = given.iter().map(|new| new.notice.message_id.as_deref().map(free)).collect();
    let received: Vec<i64> = given.iter().map(|new| micros(new.notice.received.at)).collect();
    let documents = given.iter().map(|new| json(&new.notice)).collect::<Outcome<Vec<_>>>()?;
    let readings = given.iter().map(|new| json(&new.reading)).collect::<Outcome<Vec<_>>>()?;
    let inserted = session.rows(
        "INSERT INTO notice (id, sha256, message_id, received_at, document, reading)
         SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
         ON CONFLICT (id) DO NOTHING RETURNING id, number",
        &[&ids, &digests, &message_ids, &received, &documents, &readings],
    )?;
    numbered(&inserted)
}

/// The bytes of new notices, and whom they are from.
fn keep_mails(session: &Session, new: &[(i64, &NewNotice)]) -> Outcome<u64> {
    let numbers: Vec<i64> = new.iter().map(|(number, _)| *number).collect();
    let bytes: Vec<&[u8]> = new.iter().map(|(_, new)| new.raw.as_slice()).collect();
    let from: BTreeSet<(&str, i64)> = new
        .iter()
        .flat_map(|(number, new)| vendors(&new.reading).into_iter().map(|vendor| (vendor.as_str(), *number)))
        .collect();
    let (named, named_in): (Vec<&str>, Vec<i64>) = from.into_iter().unzip();
    let mut steps = Vec::new();
    if !numbers.is_empty() {
        let sql = "INSERT INTO raw (notice, bytes) SELECT * FROM unnest($1::bigint[], $2::bytea[])";
        steps.push(Step { sql, values: vec![&numbers, &bytes] });
    }
    if !named.is_empty() {
        let sql = "INSERT INTO notice_vendor (vendor, notice) SELECT * FROM unnest($1::text[], $2::bigint[])";
        steps.push(Step { sql, values: vec![&named, &named_in] });
    }
    session.flight(steps)
}

/// What was not new was known by its bytes; else its id is another notice's.
fn refuse_taken(session: &Session, known: &[&NewNotice]) -> Outcome<()> {
    if known.is_empty() {
        return Ok(());
    }
    let ids: Vec<&str> = known.iter().map(|new| new.notice.id.as_str()).collect();
    let digests: Vec<&str> = known.iter().map(|new| new.notice.sha256.as_str()).collect();
    let taken = session.row(
        "SELECT t.id FROM unnest($1::text[], $2::text[]) AS t (id, sha256) JOIN notice n ON n.id = t.id
         WHERE n.sha256 <> t.sha256",
        &[&ids, &digests],
    )?;
    match taken {
        Some(row) => Err(StoreError::IdTaken { id: row.try_get(0)? }.into()),
        None => Ok(()),
    }
}

/// A newer reading of a notice; numbered after those that are there.
pub(super) fn read_again(session: &Session, new: &NewReading) -> Outcome<u64> {
    let id = new.notice.as_str();
    let (read_at, who, reading) = (micros(new.read_at), free(&new.who), json(&new.reading)?);
    let vendors: Vec<&str> = vendors(&new.reading).into_iter().map(VendorId::as_str).collect();
    let steps = vec![
        Step {
            sql: "INSERT INTO reading (notice, number, read_at, who, document)
                  SELECT (SELECT number FROM notice WHERE id = $1), coalesce(max(number), 1) + 1, $2, $3, $4
                  FROM reading WHERE notice = (SELECT number FROM notice WHERE id = $1)",
            values: vec![&id, &read_at, &who, &reading],
        },
        Step {
            sql: "DELETE FROM notice_vendor WHERE notice = (SELECT number FROM notice WHERE id = $1)",
            values: vec![&id],
        },
        Step {
            sql: "INSERT INTO notice_vendor (vendor, notice)
                  SELECT DISTINCT vendor, number FROM notice, unnest($2::text[]) AS t (vendor) WHERE id = $1",
            values: vec![&id, &vendors],
        },
    ];
    let unknown = || StoreError::UnknownNotice(new.notice.clone());
    session.flight(steps).map_err(|fault| fault.or_dangling_reference(unknown))
}

pub(super) fn typed(session: &Session, typed: &str) -> Outcome<Option<Notice>> {
    match find_id(session, "notice", typed)? {
        Some(id) => one(session, "SELECT document FROM notice WHERE id = $1", &id),
        None => Ok(None),
    }
}

pub(super) fn by_digest(session: &Session, sha256: &Digest) -> Outcome<Option<Notice>> {
    // A notice's id is drawn from its digest, and is what an index stands over.
    let id = Notice::id_of(sha256);
    let found = one(session, "SELECT document FROM notice WHERE id = $1", id.as_str())?;
    Ok(found.filter(|notice| notice.sha256 == *sha256))
}

fn one(session: &Session, sql: &str, key: &str) -> Outcome<Option<Notice>> {
    Ok(documents("notice", &session.rows(sql, &[&key])?)?.pop())
}

pub(super) fn by_message_id(session: &Session, message_id: &str) -> Outcome<Vec<Notice>> {
    let sql = "SELECT document FROM notice WHERE left(message_id, 256) = left($1, 256) AND message_id = $1
               ORDER BY received_at, id";
    documents("notice", &session.rows(sql, &[&free(message_id)])?)
}

pub(super) fn list(session: &Session, filter: &NoticeFilter) -> Outcome<Vec<Notice>> {
    let mut conditions = Conditions::default();
    if let Some(vendor) = &filter.vendor {
        conditions.and("number IN (SELECT notice FROM notice_vendor WHERE vendor = ?)", vendor.to_string());
    }
    if let Some(received) = filter.received {
        conditions.and("received_at >= ?", micros(received.start()));
        conditions.and("received_at < ?", micros(received.end()));
    }
    let rows = conditions.rows(session, "SELECT document FROM notice", "received_at DESC, id", filter.limit)?;
    documents("notice", &rows)
}

pub(super) fn raw(session: &Session, notice: &NoticeId) -> Outcome<Option<Vec<u8>>> {
    let row = session
        .row("SELECT bytes FROM raw WHERE notice = (SELECT number FROM notice WHERE id = $1)", &[&notice.as_str()])?;
    Ok(row.map(|row| row.try_get(0)).transpose()?)
}

pub(super) fn reading(session: &Session, notice: &NoticeId) -> Outcome<Option<Reading>> {
    Ok(readings(session, notice)?.pop())
}

/// What a notice was read as, the first reading first.
pub(super) fn readings(session: &Session, notice: &NoticeId) -> Outcome<Vec<Reading>> {
    let sql = "SELECT reading, 1 AS number FROM notice WHERE id = $1
               UNION ALL SELECT document, number FROM reading WHERE notice = (SELECT number FROM notice WHERE id = $1)
               ORDER BY number";
    documents("reading", &session.rows(sql, &[&notice.as_str()])?)
}

/// A page of notices behind `($1, $2)`.
pub(super) const AFTER: &str =
    "SELECT document FROM notice WHERE (received_at, id) > ($1, $2) ORDER BY received_at, id LIMIT $3";

pub(super) fn after(session: &Session, page: &NoticePage) -> Outcome<Vec<Notice>> {
    // Nothing sorts before the empty id.
    let (at, id) = match &page.after {
        NoticeCursor::Since(at) => (micros(*at), ""),
        NoticeCursor::Notice(notice) => (micros(notice.received.at), notice.id.as_str()),
    };
    documents("notice", &session.rows(AFTER, &[&at, &id, &count(page.limit)])?)
}

pub(super) fn put_review(session: &Session, items: &[ReviewItem]) -> Outcome<u64> {
    let mut changed = 0;
    for item in items {
        changed += session
            .run(
                "INSERT INTO review (notice, received_at, vendor, reasons, state, settled)
                 VALUES ((SELECT number FROM notice WHERE id = $1), $2, $3, $4, $5, $6)
                 ON CONFLICT (notice) DO UPDATE SET vendor = excluded.vendor, reasons = excluded.reasons,
                     state = excluded.state, settled = excluded.settled
                 WHERE (review.vendor, review.reasons, review.state, review.settled)
                     IS DISTINCT FROM (excluded.vendor, excluded.reasons, excluded.state, excluded.settled)",
                &[
                    &item.notice.as_str(),
                    &micros(item.received_at),
                    &item.vendor.as_ref().map(VendorId::as_str),
                    &json(&item.reasons)?,
                    &word_of(&item.state)?,
                    &item.settled.as_ref().map(json).transpose()?,
                ],
            )
            .map_err(|fault| fault.or_dangling_reference(|| StoreError::UnknownNotice(item.notice.clone())))?;
    }
    Ok(changed)
}

const REVIEW: &str = "SELECT n.id, r.received_at, r.vendor, r.reasons, r.state, r.settled
    FROM review r JOIN notice n ON n.number = r.notice";

pub(super) fn review(session: &Session, filter: ReviewFilter) -> Outcome<Vec<ReviewItem>> {
    let filter = match filter {
        ReviewFilter::Open => "r.state = 'open'",
        ReviewFilter::All => "true",
    };
    let sql = format!("{REVIEW} WHERE {filter} ORDER BY r.received_at, n.id");
    session.rows(&sql, &[])?.iter().map(review_item).collect()
}

pub(super) fn review_of(session: &Session, notice: &NoticeId) -> Outcome<Option<ReviewItem>> {
    let sql = format!("{REVIEW} WHERE n.id = $1");
    session.row(&sql, &[&notice.as_str()])?.as_ref().map(review_item).transpose()
}

fn review_item(row: &Row) -> Outcome<ReviewItem> {
    Ok(ReviewItem {
        notice: word("notice id", row.try_get(0)?)?,
        received_at: instant(row.try_get(1)?)?,
        vendor: row.try_get::<_, Option<String>>(2)?.map(|id| word("vendor id", id)).transpose()?,
        reasons: document("reasons of review", row.try_get(3)?)?,
        state: word("state of review", row.try_get(4)?)?,
        settled: row.try_get::<_, Option<&str>>(5)?.map(|text| document("settlement", text)).transpose()?,
    })
}

/// Sets how far a source was read; gives whether that changed a row. Nobody else writes meanwhile, so there is one row for
/// a source, kind and set of vendors.
pub(super) fn put_coverage(session: &Session, coverage: &Coverage) -> Outcome<u64> {
    let mut vendors = coverage.vendors.clone();
    vendors.sort();
    vendors.dedup();
    let (source, kind, vendors) = (free(&coverage.source), word_of(&coverage.kind)?, json(&vendors)?);
    let (until, recorded_at) = (micros(coverage.complete_until), micros(coverage.recorded_at));
    let same = "left(source, 256) = left($1, 256) AND source = $1 AND kind = $2 AND vendors = $3";
    let update =
        format!("UPDATE coverage SET complete_until = $4, recorded_at = $5 WHERE {same} AND complete_until <> $4");
    let insert = format!(
        "INSERT INTO coverage (source, kind, vendors, complete_until, recorded_at)
         SELECT $1, $2, $3, $4, $5 WHERE NOT EXISTS (SELECT 1 FROM coverage WHERE {same})"
    );
    let step = |sql| Step { sql, values: vec![&source, &kind, &vendors, &until, &recorded_at] };
    session.flight(vec![step(&update), step(&insert)])
}

pub(super) fn coverage(session: &Session) -> Outcome<Vec<Coverage>> {
    let sql = "SELECT source, kind, vendors, complete_until, recorded_at FROM coverage ORDER BY source, kind, vendors";
    let coverage = |row: &Row| {
        Ok(Coverage {
            source: freed(row.try_get(0)?),
            kind: word("kind of coverage", row.try_get(1)?)?,
            vendors: document("vendors of coverage", row.try_get(2)?)?,
            complete_until: instant(row.try_get(3)?)?,
            recorded_at: instant(row.try_get(4)?)?,
        })
    };
    session.rows(sql, &[])?.iter().map(coverage).collect()
}
