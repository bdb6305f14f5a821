//! Notices, what waits in review, and which sources were read.

use std::collections::hash_map::Entry;
use std::collections::{BTreeSet, HashMap};

use tokio_postgres::Row;

use super::column::{
    Conditions, count, document, documents, find_id, free, freed, instant, json, micros, numbers_in, word, word_of,
};
use super::fault::Outcome;
use super::session::{Portion, Session, Step};
use crate::names::{Digest, NoticeId, VendorId};
use crate::notice::{Coverage, Notice, Reading, ReviewItem};
use crate::store::changes::{Committed, NewNotice, NewReading};
use crate::store::error::StoreError;
use crate::store::found::{NoticeCursor, NoticeFilter, NoticePage, ReviewFilter};
use crate::store::sqlite::notices::{check, vendors};

/// Most notices that go in one statement: a statement of its own for fewer costs more than is won by putting the next ones
/// together meanwhile.
const MAX_AT_ONCE: usize = 125;

/// Most bytes of mails that go in one statement, beyond the first.
const MAX_BYTES_AT_ONCE: usize = 2 * 1024 * 1024;

/// Keeps notices; those whose bytes were there already are left as they were. Gives the numbers of those that were new, by
/// their ids.
pub(super) fn keep(
    session: &Session,
    notices: &[NewNotice],
    committed: &mut Committed,
) -> Outcome<HashMap<String, i64>> {
    let mut there = digests_of(session, notices)?;
    let mut new = Vec::new();
    for given in notices {
        let Notice { id, sha256, .. } = &given.notice;
        match there.entry(id.to_string()) {
            Entry::Vacant(place) => {
                place.insert(sha256.to_string());
                committed.new_notices.push(id.clone());
                new.push(given);
            }
            Entry::Occupied(kept) => {
                check(given)?;
                if kept.get() != sha256.as_str() {
                    return Err(StoreError::IdTaken { id: id.to_string() }.into());
                }
                committed.known_notices.push(id.clone());
            }
        }
    }
    let numbers = numbers_in(&session.stream(portions(&new).map(rows_of))?)?;
    session.stream(portions(&new).flat_map(|some| mails_of(some, &numbers)))?;
    Ok(numbers)
}

/// The digests of those that are there, by their ids. Nobody else adds one meanwhile.
fn digests_of(session: &Session, notices: &[NewNotice]) -> Outcome<HashMap<String, String>> {
    if notices.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<&str> = notices.iter().map(|new| new.notice.id.as_str()).collect();
    let rows = session.rows("SELECT id, sha256 FROM notice WHERE id = ANY($1)", &[&ids])?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// Cuts notices into parts that go in one statement.
fn portions<'n, 'a>(mut rest: &'n [&'a NewNotice]) -> impl Iterator<Item = &'n [&'a NewNotice]> {
    std::iter::from_fn(move || {
        let mut bytes = rest.first()?.raw.len();
        let fits = |new: &&&NewNotice| {
            bytes += new.raw.len();
            bytes <= MAX_BYTES_AT_ONCE
        };
        let (some, more) = rest.split_at(1 + rest.iter().skip(1).take(MAX_AT_ONCE - 1).take_while(fits).count());
        rest = more;
        Some(some)
    })
}

/// Writes new notices and asks for their numbers.
fn rows_of<'a>(given: &[&'a NewNotice]) -> Outcome<Portion<'a>> {
    given.iter().copied().try_for_each(check)?;
    let ids: Vec<&str> = given.iter().map(|new| new.notice.id.as_str()).collect();
    let digests: Vec<&str> = given.iter().map(|new| new.notice.sha256.as_str()).collect();
    let message_ids: Vec<_> = given.iter().map(|new| new.notice.message_id.as_deref().map(free)).collect();
    let received: Vec<i64> = given.iter().map(|new| micros(new.notice.received.at)).collect();
    let documents = given.iter().map(|new| json(&new.notice)).collect::<Outcome<Vec<_>>>()?;
    let readings = given.iter().map(|new| json(&new.reading)).collect::<Outcome<Vec<_>>>()?;
    Ok(Portion {
        sql: "INSERT INTO notice (id, sha256, message_id, received_at, document, reading)
              SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
              RETURNING id, number",
        columns: vec![
            Box::new(ids),
            Box::new(digests),
            Box::new(message_ids),
            Box::new(received),
            Box::new(documents),
            Box::new(readings),
        ],
    })
}

/// The bytes of new notices, and whom they are from.
fn mails_of<'a>(
    new: &[&'a NewNotice],
    numbers: &HashMap<String, i64>,
) -> impl Iterator<Item = Outcome<Portion<'a>>> + use<'a> {
    let notices: Vec<i64> = new.iter().map(|new| numbers[new.notice.id.as_str()]).collect();
    let bytes: Vec<&[u8]> = new.iter().map(|new| new.raw.as_slice()).collect();
    let from: BTreeSet<(&str, i64)> = new
        .iter()
        .zip(&notices)
        .flat_map(|(new, number)| vendors(&new.reading).into_iter().map(|vendor| (vendor.as_str(), *number)))
        .collect();
    let (named, named_in): (Vec<&str>, Vec<i64>) = from.into_iter().unzip();
    let mails = Portion {
        sql: "INSERT INTO raw (notice, bytes) SELECT * FROM unnest($1::bigint[], $2::bytea[])",
        columns: vec![Box::new(notices), Box::new(bytes)],
    };
    let vendors = (!named.is_empty()).then(|| Portion {
        sql: "INSERT INTO notice_vendor (vendor, notice) SELECT * FROM unnest($1::text[], $2::bigint[])",
        columns: vec![Box::new(named), Box::new(named_in)],
    });
    std::iter::once(mails).chain(vendors).map(Ok)
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
