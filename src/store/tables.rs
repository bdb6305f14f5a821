//! The store as tables, to be copied from one database into another and to be examined: rows in the order of their keys,
//! values as they are kept, the same words for every database.
//!
//! Only the columns that a database keeps are here; what it computes from others is left to it.

use super::error::StoreError;
use super::interface::Store;
use crate::names::{Digest, Digester};

/// Most rows read or written at a time: one transaction costs a few milliseconds, and this shares it well enough.
pub const BATCH_ROWS: usize = 1000;

/// Most bytes of values read at a time; a single row may hold more (a raw notice has up to 50 MiB).
pub const BATCH_BYTES: usize = 8 * 1024 * 1024;

/// The table of one row that makes a database a store: its secret and generation. A copy writes it last.
pub const META: &str = "meta";

/// The table of the migrations applied.
pub const MIGRATION: &str = "migration";

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// Its columns: those of the primary key in the key's order, then the others by name.
    pub columns: Vec<String>,
    /// How many of them are the primary key.
    pub key: usize,
    /// The tables that its rows name rows of.
    pub references: Vec<String>,
}

/// The value of a column.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// None.
    Null,
    /// A number; an instant is its microseconds since 1970 UTC, yes and no are 1 and 0.
    Integer(i64),
    /// Words, documents among them.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A row: a value for each of [`Table::columns`].
pub type Row = Vec<Value>;

/// What a database that is to be copied into holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Room {
    /// Nothing.
    Empty,
    /// What an earlier copy brought before it was broken off.
    Begun,
}

/// A store that can be read and written as tables.
///
/// Every method fails with [`StoreError`], as those of [`Store`].
#[allow(clippy::missing_errors_doc, reason = "said once above for all of them")]
pub trait Tables: Store {
    /// Where it is, as errors show it.
    fn place(&self) -> &str;

    /// The number of the schema.
    fn schema(&self) -> Result<u32, StoreError>;

    /// Its tables, those that others refer to before these; [`META`] is the last.
    fn tables(&self) -> Result<Vec<Table>, StoreError>;

    /// From now on this store is read as it is now, whatever others write.
    fn stand_still(&self) -> Result<(), StoreError>;

    /// The next rows in the order of the primary key, text by its bytes: those behind the key `after`, at most
    /// [`BATCH_ROWS`] and about [`BATCH_BYTES`]. None at the end.
    fn rows(&self, table: &Table, after: Option<&[Value]>) -> Result<Vec<Row>, StoreError>;

    /// Adds rows, all or none.
    fn put_rows(&mut self, table: &Table, rows: &[Row]) -> Result<(), StoreError>;

    /// Makes a fresh store, or one that a copy was broken off in, ready to be copied into: it is no store until the row
    /// of [`META`] is written.
    ///
    /// # Errors
    /// [`StoreError::NotEmpty`] when it holds anything.
    fn make_room(&mut self) -> Result<Room, StoreError>;

    /// Removes what a copy brought that was broken off.
    fn clear(&mut self) -> Result<(), StoreError>;

    /// What the database itself finds wrong with its file and with rows that name others, in its own words.
    fn flaws_of_database(&self) -> Result<Vec<String>, StoreError>;
}

impl Table {
    /// The key of a row.
    #[must_use]
    pub fn key_of<'r>(&self, row: &'r [Value]) -> &'r [Value] {
        &row[..self.key.min(row.len())]
    }

    /// Lets `each` see every row in the order of the primary key; ends when it fails.
    ///
    /// # Errors
    /// [`StoreError`] of the store, or what `each` fails with.
    pub fn each_row<E: From<StoreError>>(
        &self,
        store: &dyn Tables,
        mut each: impl FnMut(Row) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut after: Option<Row> = None;
        loop {
            let rows = store.rows(self, after.as_deref())?;
            let Some(last) = rows.last() else { return Ok(()) };
            after = Some(self.key_of(last).to_vec());
            rows.into_iter().try_for_each(&mut each)?;
        }
    }
}

/// Orders tables so that each stands behind those it refers to, and [`META`] last; by name where that leaves a choice.
pub(super) fn in_order(mut tables: Vec<Table>) -> Vec<Table> {
    tables.sort_by(|a, b| (a.name == META, &a.name).cmp(&(b.name == META, &b.name)));
    let mut ordered: Vec<Table> = Vec::with_capacity(tables.len());
    while !tables.is_empty() {
        let there = |name: &String, own: &String| name == own || ordered.iter().any(|table| &table.name == name);
        let free = tables.iter().position(|table| table.references.iter().all(|name| there(name, &table.name)));
        // Tables that refer to each other in a circle could not be filled row by row; none do.
        ordered.push(tables.remove(free.unwrap_or_default()));
    }
    ordered
}

/// The sum of rows in the order of their keys: equal for equal rows, whichever database keeps them.
#[derive(Debug, Clone, Default)]
pub struct RowsDigest {
    /// Of all that was added. Kind and length stand before each value, so that no two rows read alike.
    digest: Digester,
    rows: u64,
}

impl RowsDigest {
    /// Adds a row.
    pub fn add(&mut self, row: &[Value]) {
        self.rows += 1;
        for value in row {
            let (kind, length) = match value {
                Value::Null => (0_u8, 0),
                Value::Integer(_) => (1, 8),
                Value::Text(text) => (2, text.len()),
                Value::Bytes(bytes) => (3, bytes.len()),
            };
            self.digest.add(&[kind]);
            self.digest.add(&(length as u64).to_le_bytes());
            match value {
                Value::Null => {}
                Value::Integer(number) => self.digest.add(&number.to_le_bytes()),
                Value::Text(text) => self.digest.add(text.as_bytes()),
                Value::Bytes(bytes) => self.digest.add(bytes),
            }
        }
    }

    /// How many rows were added.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The sum so far.
    #[must_use]
    pub fn sha256(&self) -> Digest {
        self.digest.clone().done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(name: &str, references: &[&str]) -> Table {
        let references = references.iter().map(|name| (*name).to_owned()).collect();
        Table { name: name.into(), columns: vec!["id".into()], key: 1, references }
    }

    #[test]
    fn tables_stand_behind_those_they_refer_to() {
        let tables = vec![table(META, &[]), table("a", &["z"]), table("m", &["a", "m"]), table("z", &[])];
        let names: Vec<String> = in_order(tables).into_iter().map(|table| table.name).collect();
        assert_eq!(names, ["z", "a", "m", META]);
    }

    #[track_caller]
    fn differ(one: &[&[Value]], two: &[&[Value]]) {
        let sum = |rows: &[&[Value]]| {
            let mut digest = RowsDigest::default();
            for row in rows {
                digest.add(row);
            }
            digest.sha256()
        };
        assert_ne!(sum(one), sum(two), "{one:?} {two:?}");
        assert_eq!(sum(one), sum(one));
    }

    #[test]
    fn no_two_rows_have_one_sum() {
        let text = |text: &str| Value::Text(text.into());
        differ(&[&[text("ab"), text("c")]], &[&[text("a"), text("bc")]]);
        differ(&[&[text("a")]], &[&[Value::Bytes(b"a".to_vec())]]);
        differ(&[&[Value::Null]], &[&[text("")]]);
        differ(&[&[Value::Null]], &[]);
        differ(&[&[Value::Integer(0)]], &[&[Value::Integer(1)]]);
        differ(&[&[Value::Integer(0)]], &[&[Value::Bytes(vec![0; 8])]]);
    }
}
