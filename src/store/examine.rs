//! A store examined: whether the database holds what was written, and whether that agrees with itself.
//!
//! Everything that can be computed again is: digests of notices, ids of messages, what is searched beside the documents
//! it was taken from. Rows are read a batch at a time, so that a store of any size can be examined.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher as _};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::error::StoreError;
use super::tables::{META, MIGRATION, Row, Table, Tables, Value};
use crate::inventory::Kept;
use crate::maintenance::Revision;
use crate::names::{Digest, MessageId, NoticeId, Reference};
use crate::notice::{Notice, Reading};
use crate::outage::{Outage, Statement};
use crate::plan::{Cause, Key, Material, Recipient};
use crate::verdict::{Override, Verdict};

/// Most flaws told: what is wrong more often is wrong everywhere.
pub const MAX_FLAWS: usize = 200;

/// What is wrong somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// The table.
    pub table: String,
    /// The key of the row; empty when it is about more than one.
    pub row: String,
    /// What.
    pub what: String,
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Examined {
    /// Every table with the number of its rows.
    pub tables: Vec<(String, u64)>,
    /// What is wrong, at most [`MAX_FLAWS`].
    pub flaws: Vec<Flaw>,
    /// How many more there are.
    pub more: u64,
}

impl Examined {
    /// Whether nothing is wrong.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.flaws.is_empty()
    }

    fn note(&mut self, table: &str, row: impl Into<String>, what: impl Into<String>) {
        if self.flaws.len() < MAX_FLAWS {
            self.flaws.push(Flaw { table: table.to_owned(), row: row.into(), what: what.into() });
        } else {
            self.more += 1;
        }
    }
}

/// Looks at every row as the store is now; writes nothing. `told` hears how many rows of which table were read.
///
/// # Errors
/// [`StoreError`] when the store cannot even be read for its tables. What cannot be read of one table is a flaw of it.
pub fn examine(store: &dyn Tables, told: &mut dyn FnMut(&str, u64)) -> Result<Examined, StoreError> {
    store.stand_still()?;
    let mut examined = Examined { tables: Vec::new(), flaws: Vec::new(), more: 0 };
    for said in store.flaws_of_database()? {
        examined.note("", "", said);
    }
    let mut books = Books::default();
    for table in store.tables()? {
        let mut rows = 0;
        let read = table.each_row::<StoreError>(store, |row| {
            rows += 1;
            if rows % super::tables::BATCH_ROWS as u64 == 0 {
                told(&table.name, rows);
            }
            let seen = Seen { table: &table, row: &row };
            if let Err(what) = look_at(&seen, store, &mut books) {
                examined.note(&table.name, seen.key(), what);
            }
            Ok(())
        });
        if let Err(error) = read {
            examined.note(&table.name, "", chain(&error));
        }
        examined.tables.push((table.name.clone(), rows));
    }
    books.close(store, &mut examined)?;
    Ok(examined)
}

/// An error with its causes.
fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

/// What is compared across rows and tables.
#[derive(Default)]
struct Books {
    /// Of each maintenance, by what other tables name it by.
    maintenances: HashMap<String, Book>,
    /// The id of each notice, by what other tables name it by.
    notices: HashMap<String, NoticeId>,
    /// The latest number of what is numbered within something, with the table it is of.
    numbers: HashMap<(&'static str, String), i64>,
    /// What digests tell of, and what they are found by: sums of hashes.
    told: (u64, u64),
    migrations: Vec<i64>,
    generation: Option<i64>,
    metas: usize,
    /// Whether anything is known that must have moved the generation.
    knows: bool,
}

/// One maintenance: what its revisions say, and what is kept beside them to find it by.
#[derive(Default)]
struct Book {
    id: Option<String>,
    vendor: Option<String>,
    revisions: u64,
    said: Said,
    kept: KeptBeside,
}

/// What a maintenance must be found by, each window and reference as a hash.
#[derive(Default)]
struct Said {
    windows: HashSet<u64>,
    references: HashSet<u64>,
    last_end: Option<i64>,
    last_recorded: Option<i64>,
}

/// What it is found by: sums of the hashes, since rows come in any order.
#[derive(Default)]
struct KeptBeside {
    windows: u64,
    references: u64,
    last_end: Option<i64>,
    last_recorded: Option<i64>,
}

/// A row with the names of its columns.
struct Seen<'r> {
    table: &'r Table,
    row: &'r Row,
}

type Told<T> = Result<T, String>;

/// A value as one word.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Bytes(bytes) => format!("{} bytes", bytes.len()),
    }
}

impl Seen<'_> {
    fn key(&self) -> String {
        // What people know a row by, where it has such a thing.
        match self.maybe_text("id") {
            Ok(Some(id)) => id.to_owned(),
            _ => self.table.key_of(self.row).iter().map(shown).collect::<Vec<_>>().join(" "),
        }
    }

    /// What other tables name this row by: its key.
    fn named(&self) -> String {
        self.table.key_of(self.row).iter().map(shown).collect()
    }

    /// A column that names a row of another table.
    fn names(&self, column: &str) -> Told<String> {
        self.value(column).map(shown)
    }

    fn value(&self, column: &str) -> Told<&Value> {
        let place = self.table.columns.iter().position(|name| name == column);
        place.and_then(|place| self.row.get(place)).ok_or_else(|| format!("there is no column {column}"))
    }

    fn text(&self, column: &str) -> Told<&str> {
        self.maybe_text(column)?.ok_or_else(|| format!("{column} is empty"))
    }

    fn maybe_text(&self, column: &str) -> Told<Option<&str>> {
        match self.value(column)? {
            Value::Text(text) => Ok(Some(text)),
            Value::Null => Ok(None),
            Value::Integer(_) | Value::Bytes(_) => Err(format!("{column} is no text")),
        }
    }

    fn integer(&self, column: &str) -> Told<i64> {
        self.maybe_integer(column)?.ok_or_else(|| format!("{column} is empty"))
    }

    fn maybe_integer(&self, column: &str) -> Told<Option<i64>> {
        match self.value(column)? {
            Value::Integer(number) => Ok(Some(*number)),
            Value::Null => Ok(None),
            Value::Text(_) | Value::Bytes(_) => Err(format!("{column} is no number")),
        }
    }

    fn bytes(&self, column: &str) -> Told<&[u8]> {
        match self.value(column)? {
            Value::Bytes(bytes) => Ok(bytes),
            Value::Null | Value::Integer(_) | Value::Text(_) => Err(format!("{column} is no bytes")),
        }
    }

    /// A document, read.
    fn document<T: DeserializeOwned>(&self, column: &str) -> Told<T> {
        serde_json::from_str(self.text(column)?).map_err(|error| format!("{column} cannot be read: {error}"))
    }

    fn maybe_document<T: DeserializeOwned>(&self, column: &str) -> Told<Option<T>> {
        if self.maybe_text(column)?.is_none() { Ok(None) } else { self.document(column).map(Some) }
    }

    /// An id or another value that is one word.
    fn word<T: DeserializeOwned>(&self, column: &str) -> Told<T> {
        let word = serde_json::Value::String(self.text(column)?.to_owned());
        serde_json::from_value(word).map_err(|error| format!("{column} cannot be read: {error}"))
    }

    /// Numbers of one thing come one after the other, from `first` on.
    fn numbered(&self, books: &mut Books, of: (&'static str, &str), column: &str, first: i64) -> Told<()> {
        let number = self.integer(column)?;
        let last = books.numbers.entry((of.0, self.names(of.1)?)).or_insert(first - 1);
        let expected = *last + 1;
        *last = number;
        same(column, &number, &expected)
    }
}

/// A column against what it must be.
fn same<T: PartialEq + std::fmt::Debug>(column: &str, kept: &T, must_be: &T) -> Told<()> {
    if kept == must_be { Ok(()) } else { Err(format!("{column} is {kept:?} and must be {must_be:?}")) }
}

/// Microseconds, rounded down as starts are, and up as ends are.
fn micros(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros()
}

fn micros_up(at: DateTime<Utc>) -> i64 {
    at.timestamp_micros() + i64::from(!at.timestamp_subsec_nanos().is_multiple_of(1000))
}

fn hash(parts: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

fn look_at(seen: &Seen<'_>, store: &dyn Tables, books: &mut Books) -> Told<()> {
    match seen.table.name.as_str() {
        "notice" => notice(seen, store, books),
        "reading" => {
            seen.document::<Reading>("document")?;
            seen.numbered(books, ("reading", "notice"), "number", 2)
        }
        "maintenance" => maintenance(seen, books),
        "revision" => revision(seen, books),
        "reference" => reference(seen, books),
        "planned_window" => planned_window(seen, books),
        "outage" => {
            let outage: Outage = seen.document("document")?;
            same("id", &seen.text("id")?, &outage.id.as_str())?;
            same("start_at", &seen.integer("start_at")?, &micros(outage.start.at))?;
            same("end_at", &seen.maybe_integer("end_at")?, &outage.end.as_ref().map(|end| micros_up(end.at)))
        }
        "statement" => {
            let statement: Statement = seen.document("document")?;
            same("outage", &seen.text("outage")?, &statement.outage.as_str())
        }
        "verdict" => {
            let verdict: Verdict = seen.document("document")?;
            same("asset", &seen.text("asset")?, &verdict.asset.as_str())
        }
        "override" => {
            seen.document::<Override>("document")?;
            seen.numbered(books, ("override", "outage"), "number", 1)
        }
        "finding" => {
            let kept: Kept = seen.document("document")?;
            same("id", &seen.text("id")?, &kept.id.as_str())
        }
        "message" => message(seen, books),
        "told_by_digest" => {
            let message = seen.text("message")?;
            let told = (seen.text("cause_kind")?, seen.text("cause")?, seen.text("contact")?, message);
            books.told.1 = books.told.1.wrapping_add(hash(&told));
            Ok(())
        }
        "inventory" => {
            books.knows = true;
            seen.word::<Digest>("digest").map(|_| ())
        }
        MIGRATION => {
            books.migrations.push(seen.integer("number")?);
            Ok(())
        }
        META => {
            books.metas += 1;
            books.generation = Some(seen.integer("generation")?);
            same("length of the secret", &seen.bytes("secret")?.len(), &32)
        }
        _ => Ok(()),
    }
}

fn notice(seen: &Seen<'_>, store: &dyn Tables, books: &mut Books) -> Told<()> {
    books.knows = true;
    books.notices.insert(seen.named(), seen.word("id")?);
    let notice: Notice = seen.document("document")?;
    same("id", &seen.text("id")?, &notice.id.as_str())?;
    same("sha256", &seen.text("sha256")?, &notice.sha256.as_str())?;
    same("id", &notice.id, &Notice::id_of(&notice.sha256))?;
    same("message_id", &seen.maybe_text("message_id")?, &notice.message_id.as_deref())?;
    same("received_at", &seen.integer("received_at")?, &micros(notice.received.at))?;
    seen.document::<Reading>("reading")?;
    raw(&notice.id, &notice, store)
}

/// The bytes of a notice are those that its digest was taken of.
fn raw(id: &NoticeId, notice: &Notice, store: &dyn Tables) -> Told<()> {
    let raw = store.raw(id).map_err(|error| format!("its bytes cannot be read: {}", chain(&error)))?;
    let raw = raw.ok_or("its bytes are missing")?;
    same("length of its bytes", &(raw.len() as u64), &notice.bytes)?;
    same("SHA-256 of its bytes", &Digest::of(&raw), &notice.sha256)
}

fn maintenance(seen: &Seen<'_>, books: &mut Books) -> Told<()> {
    let book = books.maintenances.entry(seen.named()).or_default();
    book.id = Some(seen.text("id")?.to_owned());
    let reference: Reference = seen.word("reference")?;
    book.said.references.insert(hash(&reference.folded()));
    book.vendor = Some(seen.text("vendor")?.to_owned());
    book.kept.last_end = seen.maybe_integer("last_end")?;
    book.kept.last_recorded = Some(seen.integer("last_recorded")?);
    Ok(())
}

fn revision(seen: &Seen<'_>, books: &mut Books) -> Told<()> {
    let revision: Revision = seen.document("document")?;
    let book = books.maintenances.entry(seen.names("maintenance")?).or_default();
    book.revisions += 1;
    book.said.add(&revision);
    same("number", &seen.integer("number")?, &i64::from(revision.number))?;
    same("notice", &books.notices.get(&seen.names("notice")?), &Some(&revision.notice))?;
    same("received_at", &seen.integer("received_at")?, &micros(revision.received.at))?;
    seen.numbered(books, ("revision", "maintenance"), "number", 1)
}

fn reference(seen: &Seen<'_>, books: &mut Books) -> Told<()> {
    let book = books.maintenances.entry(seen.names("maintenance")?).or_default();
    book.kept.references = book.kept.references.wrapping_add(hash(&seen.text("folded")?));
    match &book.vendor {
        Some(vendor) => same("vendor", &seen.text("vendor")?, &vendor.as_str()),
        None => Err("its maintenance is missing".to_owned()),
    }
}

fn planned_window(seen: &Seen<'_>, books: &mut Books) -> Told<()> {
    let window = hash(&(seen.integer("start_at")?, seen.integer("end_at")?));
    let book = books.maintenances.entry(seen.names("maintenance")?).or_default();
    book.kept.windows = book.kept.windows.wrapping_add(window);
    Ok(())
}

impl Said {
    fn add(&mut self, revision: &Revision) {
        let said = &revision.announcement;
        self.last_recorded = self.last_recorded.max(Some(micros_up(revision.recorded_at)));
        let references = [Some(&said.reference), said.replaces.as_ref()];
        self.references.extend(references.into_iter().flatten().map(|reference| hash(&reference.folded())));
        for window in &said.windows {
            for interval in window.others.iter().chain([&window.interval]) {
                let (start, end) = (micros(interval.start()), micros_up(interval.end()));
                self.last_end = self.last_end.max(Some(end));
                self.windows.insert(hash(&(start, end)));
            }
        }
    }
}

fn sum(hashes: &HashSet<u64>) -> u64 {
    hashes.iter().fold(0, |sum, hash| sum.wrapping_add(*hash))
}

impl Book {
    /// Whether a maintenance is found by what its revisions say, and by nothing else.
    fn close(&self, named: &str, examined: &mut Examined) {
        let id = self.id.as_deref().unwrap_or(named);
        let mut note = |what: &str| examined.note("maintenance", id, what);
        if self.vendor.is_none() {
            return note("it has revisions, windows or references and is not there");
        }
        if self.revisions == 0 {
            note("it has no revision");
        }
        if sum(&self.said.windows) != self.kept.windows {
            note("the windows it is found by are not those of its revisions");
        }
        if sum(&self.said.references) != self.kept.references {
            note("the references it is found by are not those of its revisions");
        }
        if (self.said.last_end, self.said.last_recorded) != (self.kept.last_end, self.kept.last_recorded) {
            note("its last end or recording is not that of its revisions");
        }
    }
}

/// Every version of the inventory can be read, and they are numbered without a hole.
fn inventories(store: &dyn Tables, examined: &mut Examined) -> Result<(), StoreError> {
    let mut versions = store.inventory_versions()?;
    versions.reverse();
    for (number, (version, applied_at)) in (1..).zip(versions) {
        if version != number {
            examined.note("inventory", version.to_string(), format!("version {number} is missing"));
        }
        if let Err(error) = store.inventory_as_of(applied_at) {
            examined.note("inventory", version.to_string(), chain(&error));
        }
    }
    Ok(())
}

fn message(seen: &Seen<'_>, books: &mut Books) -> Told<()> {
    books.knows = true;
    let cause = match seen.text("cause_kind")? {
        "maintenance" => Cause::Maintenance(seen.word("cause")?),
        "outage" => Cause::Outage(seen.word("cause")?),
        "notice" => Cause::Notice(seen.word("cause")?),
        "source" => Cause::Source(seen.word("cause")?),
        "vendor" => Cause::Vendor(seen.word("cause")?),
        "day" => Cause::Day(seen.word("cause")?),
        "standing" => Cause::Standing(seen.word("cause")?),
        "occurrence" => Cause::Occurrence(seen.word("cause")?),
        other => return Err(format!("`{other}` is no cause")),
    };
    let key = Key {
        cause,
        contact: seen.text("contact")?.to_owned(),
        stage: seen.word("stage")?,
        moment: seen.text("moment")?.to_owned(),
        material: seen.word("material_digest")?,
    };
    let id: MessageId = seen.word("id")?;
    same("id", &id, &key.id())?;
    let recipient: Recipient = seen.document("recipient")?;
    let customer = recipient.customer.as_ref().map(crate::names::CustomerId::as_str);
    same("customer", &seen.maybe_text("customer")?, &customer)?;
    let material: Material = seen.document("material")?;
    same("material_digest", &key.material, &material.digest())?;
    seen.maybe_document::<Material>("told_before")?;
    for told in &material.digest {
        let told = (told.cause.kind(), told.cause.id(), key.contact.as_str(), id.as_str());
        books.told.0 = books.told.0.wrapping_add(hash(&told));
    }
    Ok(())
}

impl Books {
    /// What only shows when everything was read.
    fn close(&self, store: &dyn Tables, examined: &mut Examined) -> Result<(), StoreError> {
        if self.metas != 1 {
            examined.note(META, "", format!("it has {} rows and must have one", self.metas));
        }
        match self.generation {
            Some(generation) if generation < 0 => examined.note(META, "1", format!("generation is {generation}")),
            Some(0) if self.knows => examined.note(META, "1", "generation is 0, though something is known"),
            Some(_) | None => {}
        }
        if self.told.0 != self.told.1 {
            examined.note("told_by_digest", "", "what digests are found by is not what they tell of");
        }
        let schema = store.schema()?;
        if self.migrations != (1..=i64::from(schema)).collect::<Vec<_>>() {
            let what = format!("schema {schema} must have its migrations from 1 on, and has {:?}", self.migrations);
            examined.note(MIGRATION, "", what);
        }
        let mut ids: Vec<&String> = self.maintenances.keys().collect();
        ids.sort_unstable();
        for id in ids {
            self.maintenances[id].close(id, examined);
        }
        inventories(store, examined)
    }
}
