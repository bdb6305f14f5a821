//! The tables of the database, as [`Tables`] has them: found in its catalogue, so that none can be forgotten.

use tokio_postgres::Row as Found;
use tokio_postgres::types::ToSql;

use super::column::{free, freed, is_free};
use super::fault::{Fault, Outcome};
use super::session::{Session, Value as Given};
use super::{PostgresStore, flaws, migrate, open};
use crate::store::error::StoreError;
use crate::store::tables::{BATCH_BYTES, BATCH_ROWS, META, MIGRATION, Room, Row, Table, Tables, Value, in_order};

/// The table that the database alone has: of its own transactions.
const WRITER: &str = "writer";

/// The table that has no primary key here, since an index takes no entries as long as its columns may be, and what is
/// that key in SQLite.
const KEYLESS: (&str, [&str; 3]) = ("coverage", ["source", "kind", "vendors"]);

/// What a column keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer,
    Text,
    Bytes,
}

/// A column of a table as the database has it.
struct Column {
    name: String,
    kind: Kind,
    /// Its place in the primary key, from 1.
    key: Option<i64>,
    /// Whether the database numbers rows by it.
    counts: bool,
}

impl Tables for PostgresStore {
    fn place(&self) -> &str {
        self.line.place()
    }

    fn schema(&self) -> Result<u32, StoreError> {
        self.read(migrate::version)
    }

    fn tables(&self) -> Result<Vec<Table>, StoreError> {
        self.read(tables)
    }

    fn stand_still(&self) -> Result<(), StoreError> {
        self.line.stand_still()
    }

    fn rows(&self, table: &Table, after: Option<&[Value]>) -> Result<Vec<Row>, StoreError> {
        self.read(|session| rows(session, table, after))
    }

    fn put_rows(&mut self, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
        self.write(|session| put(session, table, rows))
    }

    fn make_room(&mut self) -> Result<Room, StoreError> {
        let store = self.line.place().to_owned();
        self.write(|session| {
            // Two that begin at once come here one after the other.
            session.batch("LOCK TABLE migration IN EXCLUSIVE MODE")?;
            if open::is_begun(session)? {
                return Ok(Room::Begun);
            }
            for table in tables(session)?.iter().filter(|table| ![META, MIGRATION].contains(&table.name.as_str())) {
                if session.row(&format!("SELECT 1 FROM {} LIMIT 1", quoted(&table.name)), &[])?.is_some() {
                    return Err(StoreError::NotEmpty { store: store.clone() }.into());
                }
            }
            session.batch(&format!("DELETE FROM meta; DELETE FROM migration; {}", open::mark_begun()))?;
            Ok(Room::Empty)
        })
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.write(|session| {
            if !open::is_begun(session)? {
                return Ok(());
            }
            // What is kept for ever is guarded by triggers; here nothing is kept yet.
            let names: Vec<String> = tables(session)?.iter().map(|table| quoted(&table.name)).collect();
            let each = |what: &str| -> String {
                names.iter().map(|name| format!("ALTER TABLE {name} {what} TRIGGER USER; ")).collect()
            };
            let (off, on) = (each("DISABLE"), each("ENABLE"));
            session.batch(&format!("{off} TRUNCATE {}; {on}", names.join(", ")))
        })
    }

    fn flaws_of_database(&self) -> Result<Vec<String>, StoreError> {
        self.read(flaws::all)
    }
}

/// A name as SQL has it.
pub(super) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    names.into_iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

fn tables(session: &Session) -> Outcome<Vec<Table>> {
    let names = session.rows(
        "SELECT relname::text FROM pg_class
         WHERE relkind IN ('r', 'p') AND relnamespace = current_schema()::regnamespace AND relname <> $1",
        &[&WRITER],
    )?;
    let names = names.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    Ok(in_order(names.into_iter().map(|name| table(session, name)).collect::<Outcome<_>>()?))
}

fn table(session: &Session, name: String) -> Outcome<Table> {
    let mut columns = columns(session, &name)?;
    columns.sort_by(|a, b| (a.key.is_none(), a.key, &a.name).cmp(&(b.key.is_none(), b.key, &b.name)));
    let key = columns.iter().filter(|column| column.key.is_some()).count();
    let references = session.rows(
        "SELECT DISTINCT parent.relname::text COLLATE \"C\" FROM pg_constraint c
         JOIN pg_class parent ON parent.oid = c.confrelid JOIN pg_class child ON child.oid = c.conrelid
         WHERE c.contype = 'f' AND child.relname = $1 AND child.relnamespace = current_schema()::regnamespace ORDER BY 1",
        &[&name],
    )?;
    let references = references.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    Ok(Table { name, columns: columns.into_iter().map(|column| column.name).collect(), key, references })
}

/// The columns that are kept, in no order; what the database computes is left to it.
fn columns(session: &Session, table: &str) -> Outcome<Vec<Column>> {
    let found = session.rows(
        "SELECT a.attname::text, a.atttypid::regtype::text, array_position(k.conkey, a.attnum)::bigint, a.attidentity <> ''
         FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid
         LEFT JOIN pg_constraint k ON k.conrelid = t.oid AND k.contype = 'p'
         WHERE t.relname = $1 AND t.relnamespace = current_schema()::regnamespace AND t.relkind IN ('r', 'p')
             AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''",
        &[&table],
    )?;
    found.iter().map(|row| column(table, row)).collect()
}

fn column(table: &str, row: &Found) -> Outcome<Column> {
    let (name, kind): (String, String) = (row.try_get(0)?, row.try_get(1)?);
    let kind = match kind.as_str() {
        "bigint" => Kind::Integer,
        "text" => Kind::Text,
        "bytea" => Kind::Bytes,
        other => return Err(Fault::unreadable(&format!("column {table}.{name}"), format!("it is of type {other}"))),
    };
    let key = match KEYLESS {
        (keyless, key) if keyless == table => {
            (1..).zip(key).find(|(_, column)| *column == name).map(|(place, _)| place)
        }
        _ => row.try_get(2)?,
    };
    Ok(Column { name, kind, key, counts: row.try_get(3)? })
}

/// The columns of a table in its own order.
fn columns_of(session: &Session, table: &Table) -> Outcome<Vec<Column>> {
    let mut found = columns(session, &table.name)?;
    let take = |name: &String| {
        let place = found.iter().position(|column| &column.name == name);
        let there = place.map(|place| found.swap_remove(place));
        there.ok_or_else(|| Fault::unreadable(&format!("table {}", table.name), format!("it has no column {name}")))
    };
    table.columns.iter().map(take).collect()
}

/// Of the next rows those that are not too much at once: a row is left out when those before it have [`BATCH_BYTES`].
fn rows(session: &Session, table: &Table, after: Option<&[Value]>) -> Outcome<Vec<Row>> {
    let kept = columns_of(session, table)?;
    let (columns, key) = (list(&table.columns), list(&table.columns[..table.key]));
    let after = after.unwrap_or_default();
    let behind = if after.is_empty() { String::new() } else { format!("WHERE ({key}) > ({})", places(after.len())) };
    let long = kept.iter().filter(|column| column.kind != Kind::Integer);
    let bytes: String = long.map(|column| format!(" + coalesce(octet_length({}), 0)", quoted(&column.name))).collect();
    let sql = format!(
        "SELECT {columns} FROM (
             SELECT *, sum(bytes_here) OVER (ORDER BY {key} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
             FROM (SELECT {columns}, 0{bytes} AS bytes_here FROM {} {behind} ORDER BY {key} LIMIT {BATCH_ROWS}) AS page
         ) AS sized WHERE coalesce(bytes_before, 0) < {BATCH_BYTES} ORDER BY {key}",
        quoted(&table.name)
    );
    let after: Vec<_> = kept.iter().zip(after).map(|(column, value)| given(table, column, value)).collect();
    let after: Vec<Given<'_>> = after.iter().map(|value| &**value as Given<'_>).collect();
    let values = |row: &Found| (0..).zip(&kept).map(|(place, column)| value(table, column, row, place)).collect();
    session.rows(&sql, &after)?.iter().map(values).collect()
}

/// `$1, $2, $3`
fn places(number: usize) -> String {
    (1..=number).map(|number| format!("${number}")).collect::<Vec<_>>().join(", ")
}

fn value(table: &Table, column: &Column, row: &Found, place: usize) -> Outcome<Value> {
    Ok(match column.kind {
        Kind::Integer => row.try_get::<_, Option<i64>>(place)?.map_or(Value::Null, Value::Integer),
        Kind::Bytes => row.try_get::<_, Option<Vec<u8>>>(place)?.map_or(Value::Null, Value::Bytes),
        Kind::Text => match row.try_get::<_, Option<String>>(place)? {
            Some(text) if is_free(&table.name, &column.name) => Value::Text(freed(text)),
            Some(text) => Value::Text(text),
            None => Value::Null,
        },
    })
}

/// A value of a key as the database keeps it. No key holds a NUL, which would sort elsewhere than in SQLite: people's files
/// and identifiers may have no control characters.
fn given(table: &Table, column: &Column, value: &Value) -> Box<dyn ToSql + Sync> {
    match value {
        Value::Null => Box::new(None::<String>),
        Value::Integer(number) => Box::new(*number),
        Value::Text(text) => Box::new(text_of(table, column, text)),
        Value::Bytes(bytes) => Box::new(bytes.clone()),
    }
}

fn text_of(table: &Table, column: &Column, text: &str) -> String {
    if is_free(&table.name, &column.name) { free(text).into_owned() } else { text.to_owned() }
}

fn put(session: &Session, table: &Table, rows: &[Row]) -> Outcome<()> {
    let Some(last) = rows.last() else { return Ok(()) };
    let kept = columns_of(session, table)?;
    let array = |(number, column): (usize, &Column)| match column.kind {
        Kind::Integer => format!("${number}::bigint[]"),
        Kind::Text => format!("${number}::text[]"),
        Kind::Bytes => format!("${number}::bytea[]"),
    };
    let arrays: Vec<String> = (1..).zip(&kept).map(array).collect();
    let (name, columns) = (quoted(&table.name), list(&table.columns));
    let sql = format!("INSERT INTO {name} ({columns}) SELECT * FROM unnest({})", arrays.join(", "));
    let values = (0..).zip(&kept).map(|(place, column)| values_of(table, (place, column), rows));
    let values: Vec<Box<dyn ToSql + Sync>> = values.collect::<Outcome<_>>()?;
    session.run(&sql, &values.iter().map(|value| &**value as Given<'_>).collect::<Vec<_>>())?;
    for (column, value) in kept.iter().zip(last).filter(|(column, _)| column.counts) {
        // The database goes on numbering behind what it was given; the last row has the highest number.
        let Value::Integer(number) = value else { continue };
        let sql = "SELECT setval(pg_get_serial_sequence($1::text, $2::text), $3)";
        session.rows(sql, &[&name, &column.name, number])?;
    }
    // The row that makes it a store.
    if table.name == META { session.batch(&open::mark_whole()) } else { Ok(()) }
}

/// A column of all rows, as an array.
fn values_of(table: &Table, (place, column): (usize, &Column), rows: &[Row]) -> Outcome<Box<dyn ToSql + Sync>> {
    let all = rows.iter().map(|row| row.get(place).unwrap_or(&Value::Null));
    Ok(match column.kind {
        Kind::Integer => Box::new(
            all.map(|value| match value {
                Value::Null => Ok(None),
                Value::Integer(number) => Ok(Some(*number)),
                Value::Text(_) | Value::Bytes(_) => Err(of_another_kind(table, column)),
            })
            .collect::<Outcome<Vec<_>>>()?,
        ),
        Kind::Text => Box::new(
            all.map(|value| match value {
                Value::Null => Ok(None),
                Value::Text(text) => Ok(Some(text_of(table, column, text))),
                Value::Integer(_) | Value::Bytes(_) => Err(of_another_kind(table, column)),
            })
            .collect::<Outcome<Vec<_>>>()?,
        ),
        Kind::Bytes => Box::new(
            all.map(|value| match value {
                Value::Null => Ok(None),
                Value::Bytes(bytes) => Ok(Some(bytes.clone())),
                Value::Integer(_) | Value::Text(_) => Err(of_another_kind(table, column)),
            })
            .collect::<Outcome<Vec<_>>>()?,
        ),
    })
}

fn of_another_kind(table: &Table, column: &Column) -> Fault {
    let what = format!("{}.{}", table.name, column.name);
    Fault::unreadable(&what, "it holds a value of another kind than the database keeps there")
}
