//! The tables of the file, as [`Tables`] has them: found in the file itself, so that none can be forgotten.

use rusqlite::types::{Value as Kept, ValueRef};
use rusqlite::{Connection, TransactionBehavior, params_from_iter};

use super::fault::{Fault, Outcome};
use super::{SqliteStore, migrate};
use crate::store::error::StoreError;
use crate::store::tables::{BATCH_BYTES, BATCH_ROWS, META, MIGRATION, Room, Row, Table, Tables, Value, in_order};

/// Most lines that SQLite's own check writes: enough to see what kind of damage it is.
const MAX_FLAWS: usize = 100;

impl Tables for SqliteStore {
    fn place(&self) -> &str {
        &self.place
    }

    fn schema(&self) -> Result<u32, StoreError> {
        self.read(|conn| Ok(migrate::version(conn)?))
    }

    fn tables(&self) -> Result<Vec<Table>, StoreError> {
        self.read(tables)
    }

    fn stand_still(&self) -> Result<(), StoreError> {
        self.read(|conn| {
            if !conn.is_autocommit() {
                return Ok(());
            }
            conn.execute_batch("BEGIN")?;
            // A transaction looks at the file as of its first reading.
            conn.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))?;
            Ok(())
        })
    }

    fn rows(&self, table: &Table, after: Option<&[Value]>) -> Result<Vec<Row>, StoreError> {
        self.read(|conn| rows(conn, table, after))
    }

    fn put_rows(&mut self, table: &Table, rows: &[Row]) -> Result<(), StoreError> {
        self.write(|conn, _| {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            put(&tx, table, rows)?;
            Ok(tx.commit()?)
        })
    }

    fn make_room(&mut self) -> Result<Room, StoreError> {
        let store = self.place.clone();
        self.write(|conn, _| {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if count(&tx, META)? == 0 {
                return Ok(Room::Begun);
            }
            for table in tables(&tx)?.iter().filter(|table| ![META, MIGRATION].contains(&table.name.as_str())) {
                if count(&tx, &table.name)? > 0 {
                    return Err(StoreError::NotEmpty { store }.into());
                }
            }
            tx.execute_batch("DELETE FROM meta; DELETE FROM migration;")?;
            tx.commit()?;
            Ok(Room::Empty)
        })
    }

    fn clear(&mut self) -> Result<(), StoreError> {
        self.write(|conn, _| {
            let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
            if count(&tx, META)? > 0 {
                return Ok(());
            }
            // What is kept for ever is guarded by triggers; here nothing is kept yet.
            let guards = guards(&tx)?;
            for (name, _) in &guards {
                tx.execute_batch(&format!("DROP TRIGGER {}", quoted(name)))?;
            }
            for table in tables(&tx)?.iter().rev() {
                tx.execute_batch(&format!("DELETE FROM {}", quoted(&table.name)))?;
            }
            for (_, sql) in &guards {
                tx.execute_batch(sql)?;
            }
            Ok(tx.commit()?)
        })
    }

    fn flaws_of_database(&self) -> Result<Vec<String>, StoreError> {
        self.read(flaws)
    }
}

/// A name as SQL has it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn count(conn: &Connection, table: &str) -> Outcome<i64> {
    Ok(conn
        .query_row(&format!("SELECT count(*) FROM (SELECT 1 FROM {} LIMIT 1)", quoted(table)), [], |row| row.get(0))?)
}

fn guards(conn: &Connection) -> Outcome<Vec<(String, String)>> {
    let mut select = conn.prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' ORDER BY name")?;
    Ok(select.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<rusqlite::Result<_>>()?)
}

fn tables(conn: &Connection) -> Outcome<Vec<Table>> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";
    let names: Vec<String> =
        conn.prepare_cached(sql)?.query_map([], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
    Ok(in_order(names.into_iter().map(|name| table(conn, name)).collect::<Outcome<_>>()?))
}

fn table(conn: &Connection, name: String) -> Outcome<Table> {
    // `hidden` is 2 or 3 for columns that are computed.
    let mut columns: Vec<(i64, String)> = conn
        .prepare_cached("SELECT pk, name FROM pragma_table_xinfo(?1) WHERE hidden = 0")?
        .query_map([&name], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    columns.sort_by(|(a, name_a), (b, name_b)| (*a == 0, a, name_a).cmp(&(*b == 0, b, name_b)));
    let key = columns.iter().filter(|(place, _)| *place > 0).count();
    let references = conn
        .prepare_cached("SELECT DISTINCT \"table\" FROM pragma_foreign_key_list(?1) ORDER BY 1")?
        .query_map([&name], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    Ok(Table { name, columns: columns.into_iter().map(|(_, name)| name).collect(), key, references })
}

fn list<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    names.into_iter().map(|name| quoted(name)).collect::<Vec<_>>().join(", ")
}

fn rows(conn: &Connection, table: &Table, after: Option<&[Value]>) -> Outcome<Vec<Row>> {
    let (columns, key) = (list(&table.columns), list(&table.columns[..table.key]));
    let behind = after.map_or(String::new(), |after| format!("WHERE ({key}) > ({})", places(after.len())));
    let sql = format!("SELECT {columns} FROM {} {behind} ORDER BY {key} LIMIT {BATCH_ROWS}", quoted(&table.name));
    let mut select = conn.prepare_cached(&sql)?;
    let mut found = select.query(params_from_iter(after.unwrap_or_default().iter().map(kept)))?;
    let (mut rows, mut bytes) = (Vec::new(), 0);
    while bytes < BATCH_BYTES
        && let Some(row) = found.next()?
    {
        let values: Row = (0..table.columns.len()).map(|place| value(row.get_ref(place)?)).collect::<Outcome<_>>()?;
        bytes += values.iter().map(length).sum::<usize>();
        rows.push(values);
    }
    Ok(rows)
}

/// `?, ?, ?`
fn places(number: usize) -> String {
    vec!["?"; number].join(", ")
}

fn put(conn: &Connection, table: &Table, rows: &[Row]) -> Outcome<()> {
    let (columns, places) = (list(&table.columns), places(table.columns.len()));
    let mut insert =
        conn.prepare_cached(&format!("INSERT INTO {} ({columns}) VALUES ({places})", quoted(&table.name)))?;
    for row in rows {
        insert.execute(params_from_iter(row.iter().map(kept)))?;
    }
    Ok(())
}

fn value(kept: ValueRef<'_>) -> Outcome<Value> {
    Ok(match kept {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Text(text) => {
            let text = std::str::from_utf8(text).map_err(|error| Fault::unreadable("text", error))?;
            Value::Text(text.to_owned())
        }
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_vec()),
        ValueRef::Real(number) => return Err(Fault::unreadable("number", format!("{number} is not whole"))),
    })
}

fn kept(value: &Value) -> Kept {
    match value {
        Value::Null => Kept::Null,
        Value::Integer(number) => Kept::Integer(*number),
        Value::Text(text) => Kept::Text(text.clone()),
        Value::Bytes(bytes) => Kept::Blob(bytes.clone()),
    }
}

fn length(value: &Value) -> usize {
    match value {
        Value::Null => 0,
        Value::Integer(_) => 8,
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
    }
}

fn flaws(conn: &Connection) -> Outcome<Vec<String>> {
    let mut said: Vec<String> = conn
        .prepare(&format!("PRAGMA integrity_check({MAX_FLAWS})"))?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    said.retain(|line| line != "ok");
    let mut dangling = conn.prepare("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT ?1")?;
    let most = i64::try_from(MAX_FLAWS).unwrap_or(i64::MAX);
    let rows = dangling.query_map([most], |row| {
        let (table, rowid, parent): (String, Option<i64>, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let which = rowid.map_or(String::new(), |rowid| format!(" {rowid}"));
        Ok(format!("row{which} of {table} names a row of {parent} that is not there"))
    })?;
    for row in rows {
        said.push(row?);
    }
    Ok(said)
}
