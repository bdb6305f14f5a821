//! Adding revisions, and the rows by which they are found.
//!
//! They are written portion by portion, each put together while the database works at those before it: first the maintenances
//! that are new, which gives their numbers, then what names these.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::column::{free, json, micros, micros_up, numbers_in, numbers_of};
use super::fault::Outcome;
use super::maintenances::load_where;
use super::session::{Portion, Session};
use super::windows::band_column;
use crate::maintenance::{Identity, Maintenance, Revision};
use crate::names::NoticeId;
use crate::store::error::StoreError;
use crate::store::sqlite::windows::{band, intervals};

/// Most maintenances of a portion: see the like for notices.
const MAX_AT_ONCE: usize = 125;

/// Most maintenances that are looked up at once: what is held in memory twice.
const MAX_LOOKED_UP: usize = 5_000;

/// The numbers by which tables name notices or maintenances, by their ids.
type Numbers = HashMap<String, i64>;

/// Adds the revisions that are not there yet; gives how many rows are new or tell of another account. `notices` has the numbers
/// of those that this unit of work brought.
pub(super) fn put(session: &Session, maintenances: &[Maintenance], mut notices: Numbers) -> Outcome<u64> {
    let mut changed = 0;
    for some in maintenances.chunks(MAX_LOOKED_UP) {
        some.iter().try_for_each(without_hole)?;
        changed += put_some(session, some, &mut notices)?;
    }
    Ok(changed)
}

/// Revisions count from 1 without a hole.
fn without_hole(maintenance: &Maintenance) -> Outcome<()> {
    let missing = |number| StoreError::RevisionMissing { maintenance: maintenance.id.clone(), number };
    for (number, revision) in (1..).zip(&maintenance.revisions) {
        if revision.number != number {
            return Err(missing(number).into());
        }
    }
    if maintenance.revisions.is_empty() {
        return Err(missing(1).into());
    }
    Ok(())
}

fn put_some(session: &Session, given: &[Maintenance], notices: &mut Numbers) -> Outcome<u64> {
    let ids: Vec<&str> = given.iter().map(|one| one.id.as_str()).collect();
    let stored = load_where(session, "m.id = ANY($1)", &[&ids])?;
    let mut maintenances = numbers_of(session, "maintenance", stored.iter().map(|one| one.id.as_str()))?;
    let mut known: HashMap<&str, &Maintenance> = stored.iter().map(|one| (one.id.as_str(), one)).collect();
    let mut revised = Vec::new();
    let opened = session.stream(given.chunks(MAX_AT_ONCE).filter_map(|some| {
        let (opened, rows) = match put_together(some, &mut known) {
            Ok(new) => new,
            Err(fault) => return Some(Err(fault)),
        };
        revised.push(rows);
        opened.portion().map(Ok)
    }))?;
    maintenances.extend(numbers_in(&opened)?);
    let changed = opened.len() + revised.iter().map(|rows| rows.of.len() + rows.accounts.len()).sum::<usize>();
    look_up_notices(session, &revised, notices)?;
    session.stream(revised.into_iter().flat_map(|rows| rows.portions(&maintenances, notices)).map(Ok))?;
    Ok(u64::try_from(changed).unwrap_or(u64::MAX))
}

/// What of these is new. Several words about one maintenance in one unit of work: each adds to the one before.
fn put_together<'a>(
    some: &'a [Maintenance],
    known: &mut HashMap<&'a str, &'a Maintenance>,
) -> Outcome<(Opened<'a>, Rows<'a>)> {
    let (mut opened, mut rows) = (Opened::default(), Rows::default());
    for given in some {
        let id = given.id.as_str();
        let before = known.get(id).copied();
        match before {
            None => {
                opened.identity(given);
                rows.references.insert((given.identity.reference.folded(), given.identity.vendor.as_str(), id));
            }
            Some(known) if known.identity == given.identity => {}
            Some(known) if only_account_differs(&known.identity, &given.identity) => {
                rows.accounts.insert(id, given.identity.account.as_deref().map(free));
            }
            Some(_) => return Err(StoreError::IdentityDiffers { maintenance: given.id.clone() }.into()),
        }
        let stored = before.map_or(&[][..], |known| &known.revisions);
        if let Some((_, differing)) = given.revisions.iter().zip(stored).find(|(given, kept)| given != kept) {
            let number = differing.number;
            return Err(StoreError::RevisionDiffers { maintenance: given.id.clone(), number }.into());
        }
        for revision in given.revisions.iter().skip(stored.len()) {
            rows.revision(given, revision)?;
        }
        if stored.len() <= given.revisions.len() {
            known.insert(id, given);
        }
    }
    opened.told = opened.id.iter().filter_map(|id| rows.told.remove(id)).collect();
    Ok((opened, rows))
}

/// The account may become known later; nothing else of an identity changes.
fn only_account_differs(kept: &Identity, given: &Identity) -> bool {
    kept.account.is_none() && (Identity { account: given.account.clone(), ..kept.clone() }) == *given
}

/// Adds the numbers of the notices that these revisions came from.
fn look_up_notices(session: &Session, revised: &[Rows<'_>], notices: &mut Numbers) -> Outcome<()> {
    let named = revised.iter().flat_map(|rows| &rows.notice);
    let missing: BTreeSet<&NoticeId> = named.copied().filter(|id| !notices.contains_key(id.as_str())).collect();
    notices.extend(numbers_of(session, "notice", missing.iter().map(|id| id.as_str()))?);
    match missing.into_iter().find(|id| !notices.contains_key(id.as_str())) {
        Some(unknown) => Err(StoreError::UnknownNotice(unknown.clone()).into()),
        None => Ok(()),
    }
}

/// What its revisions make of a maintenance's row.
struct Told {
    recorded: i64,
    last_end: Option<i64>,
    names: Option<String>,
}

/// The same of many, column by column.
#[derive(Default)]
struct ToldColumns {
    recorded: Vec<i64>,
    last_end: Vec<Option<i64>>,
    names: Vec<Option<String>>,
}

impl FromIterator<Told> for ToldColumns {
    fn from_iter<I: IntoIterator<Item = Told>>(rows: I) -> Self {
        let mut columns = Self::default();
        for told in rows {
            columns.recorded.push(told.recorded);
            columns.last_end.push(told.last_end);
            columns.names.push(told.names);
        }
        columns
    }
}

/// The rows of new maintenances, each written once, as all its revisions make it.
#[derive(Default)]
struct Opened<'a> {
    id: Vec<&'a str>,
    vendor: Vec<&'a str>,
    account: Vec<Option<Cow<'a, str>>>,
    reference: Vec<&'a str>,
    told: ToldColumns,
}

impl<'a> Opened<'a> {
    fn identity(&mut self, new: &'a Maintenance) {
        let Identity { vendor, account, reference } = &new.identity;
        self.id.push(new.id.as_str());
        self.vendor.push(vendor.as_str());
        self.account.push(account.as_deref().map(free));
        self.reference.push(reference.as_str());
    }

    /// Writes them and asks for their numbers.
    fn portion(self) -> Option<Portion<'a>> {
        let Self { id, vendor, account, reference, told: ToldColumns { recorded, last_end, names } } = self;
        (!id.is_empty()).then(|| Portion {
            sql: "INSERT INTO maintenance (id, vendor, account, reference, last_recorded, last_end, names)
                  SELECT id, vendor, account, reference, recorded, ends, names
                  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[])
                      WITH ORDINALITY AS t (id, vendor, account, reference, recorded, ends, names, place)
                  ORDER BY place RETURNING id, number",
            columns: vec![
                Box::new(id),
                Box::new(vendor),
                Box::new(account),
                Box::new(reference),
                Box::new(recorded),
                Box::new(last_end),
                Box::new(names),
            ],
        })
    }
}

/// Rows that name maintenances.
#[derive(Default)]
struct Rows<'a> {
    // revision, column by column
    of: Vec<&'a str>,
    number: Vec<i64>,
    notice: Vec<&'a NoticeId>,
    received_at: Vec<i64>,
    document: Vec<String>,
    // by a maintenance's id: the account that became known, and what new revisions make of its row
    accounts: BTreeMap<&'a str, Option<Cow<'a, str>>>,
    told: BTreeMap<&'a str, Told>,
    // reference: folded, vendor, maintenance
    references: BTreeSet<(String, &'a str, &'a str)>,
    // planned_window: band, start, end, maintenance, and vendor
    windows: BTreeSet<(i64, i64, i64, &'a str, &'a str)>,
}

impl<'a> Rows<'a> {
    fn revision(&mut self, of: &'a Maintenance, revision: &'a Revision) -> Outcome<()> {
        let (id, vendor) = (of.id.as_str(), of.identity.vendor.as_str());
        self.of.push(id);
        self.number.push(i64::from(revision.number));
        self.notice.push(&revision.notice);
        self.received_at.push(micros(revision.received.at));
        self.document.push(json(revision)?);
        let before = self.told.remove(id);
        let told = Told {
            recorded: micros_up(revision.recorded_at).max(before.as_ref().map_or(i64::MIN, |told| told.recorded)),
            last_end: intervals(revision)
                .map(|interval| micros_up(interval.end()))
                .max()
                .max(before.and_then(|told| told.last_end)),
            names: of.names().map(|names| json(&names)).transpose()?,
        };
        self.told.insert(id, told);
        let said = &revision.announcement;
        for reference in [Some(&said.reference), said.replaces.as_ref()].into_iter().flatten() {
            self.references.insert((reference.folded(), vendor, id));
        }
        for interval in intervals(revision) {
            let (start, end) = (micros(interval.start()), micros_up(interval.end()));
            self.windows.insert((band_column(band(start, end)), start, end, id, vendor));
        }
        Ok(())
    }

    /// Writes them, given the numbers of all maintenances and notices that they name.
    fn portions(self, maintenances: &Numbers, notices: &Numbers) -> impl Iterator<Item = Portion<'a>> + use<'a> {
        let Self { of, number, notice, received_at, document, accounts, told, references, windows } = self;
        let of: Vec<i64> = of.into_iter().map(|id| maintenances[id]).collect();
        let said_in: Vec<i64> = notice.into_iter().map(|id| notices[id.as_str()]).collect();
        let revisions = (!of.is_empty()).then(|| Portion {
            sql: "INSERT INTO revision (maintenance, number, notice, received_at, document)
                  SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[])",
            columns: vec![Box::new(of), Box::new(number), Box::new(said_in), Box::new(received_at), Box::new(document)],
        });
        // Without a row of what was there, all of them are about new maintenances.
        let there = if told.is_empty() { There::Nothing } else { There::Some };
        let references = of_references(references, maintenances, there);
        let windows = of_windows(windows, maintenances, there);
        [revisions, of_accounts(accounts), of_told(told), references, windows].into_iter().flatten()
    }
}

/// Whether any of the rows may be there already.
#[derive(Clone, Copy)]
enum There {
    /// None is, and so the database need not look: that takes it a third of the time that it takes to add a row.
    Nothing,
    /// Some may be.
    Some,
}

impl There {
    /// `plain` adds rows that are new, `careful` those that may be there.
    fn sql(self, plain: &'static str, careful: &'static str) -> &'static str {
        match self {
            Self::Nothing => plain,
            Self::Some => careful,
        }
    }
}

fn of_accounts<'a>(accounts: BTreeMap<&'a str, Option<Cow<'a, str>>>) -> Option<Portion<'a>> {
    let (id, account): (Vec<_>, Vec<_>) = accounts.into_iter().unzip();
    (!id.is_empty()).then(|| Portion {
        sql: "UPDATE maintenance SET account = known FROM unnest($1::text[], $2::text[]) AS t (named, known)
              WHERE id = named",
        columns: vec![Box::new(id), Box::new(account)],
    })
}

fn of_told(told: BTreeMap<&str, Told>) -> Option<Portion<'_>> {
    let (id, told): (Vec<_>, Vec<_>) = told.into_iter().unzip();
    let ToldColumns { recorded, last_end, names } = told.into_iter().collect();
    (!id.is_empty()).then(|| Portion {
        sql: "UPDATE maintenance SET last_recorded = GREATEST(last_recorded, recorded),
                  last_end = GREATEST(last_end, ends), names = named
              FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::text[]) AS t (revised, recorded, ends, named)
              WHERE id = revised",
        columns: vec![Box::new(id), Box::new(recorded), Box::new(last_end), Box::new(names)],
    })
}

fn of_references<'a>(
    references: BTreeSet<(String, &'a str, &'a str)>,
    maintenances: &Numbers,
    there: There,
) -> Option<Portion<'a>> {
    let (mut folded, mut vendor, mut maintenance) = (Vec::new(), Vec::new(), Vec::new());
    for (reference, whose, id) in references {
        folded.push(reference);
        vendor.push(whose);
        maintenance.push(maintenances[id]);
    }
    (!folded.is_empty()).then(|| Portion {
        sql: there.sql(
            "INSERT INTO reference (folded, vendor, maintenance)
             SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[])",
            "INSERT INTO reference (folded, vendor, maintenance)
             SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]) ON CONFLICT DO NOTHING",
        ),
        columns: vec![Box::new(folded), Box::new(vendor), Box::new(maintenance)],
    })
}

fn of_windows<'a>(
    windows: BTreeSet<(i64, i64, i64, &'a str, &'a str)>,
    maintenances: &Numbers,
    there: There,
) -> Option<Portion<'a>> {
    let (mut vendor, mut bands, mut starts, mut ends, mut maintenance) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (band, start, end, id, whose) in windows {
        vendor.push(whose);
        bands.push(band);
        starts.push(start);
        ends.push(end);
        maintenance.push(maintenances[id]);
    }
    (!vendor.is_empty()).then(|| Portion {
        sql: there.sql(
            "INSERT INTO planned_window (vendor, band, start_at, end_at, maintenance)
             SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])",
            "INSERT INTO planned_window (vendor, band, start_at, end_at, maintenance)
             SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
             ON CONFLICT DO NOTHING",
        ),
        columns: vec![Box::new(vendor), Box::new(bands), Box::new(starts), Box::new(ends), Box::new(maintenance)],
    })
}
