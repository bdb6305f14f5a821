//! A store copied into another database, table by table, and compared.

use std::collections::BTreeMap;

use super::error::StoreError;
use super::tables::{Room, Row, RowsDigest, Table, Tables};
use crate::names::Digest;

/// A table that was copied and is equal on both sides.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct CopiedTable {
    /// Its name.
    pub table: String,
    /// How many rows it has.
    pub rows: u64,
    /// The sum of its rows on both sides, by key.
    pub sha256: Digest,
}

/// Copies a store as it is now into a fresh one, or goes on with a copy that was broken off; then compares both, each
/// table by a sum of all its rows. Nothing is lost: bytes, the generation, the secret, the record of migrations.
///
/// Until all is equal the copy is no store: the row that makes it one is written last. `told` hears of each batch how
/// many rows of which table are there.
///
/// # Errors
/// [`StoreError::NotEmpty`] when the target holds anything else; [`StoreError::CopyDiffers`] when the sides differ in
/// spite of all; [`StoreError`] of either side. What was copied stays and is gone on from.
pub fn copy(
    source: &dyn Tables,
    target: &mut dyn Tables,
    told: &mut dyn FnMut(&str, u64),
) -> Result<Vec<CopiedTable>, StoreError> {
    source.stand_still()?;
    let tables = source.tables()?;
    same_shape(&tables, target)?;
    let begun = match target.make_room()? {
        Room::Empty => BTreeMap::new(),
        Room::Begun => {
            let keys = last_keys(source, target, &tables)?;
            if keys.is_none() {
                target.clear()?;
            }
            keys.unwrap_or_default()
        }
    };
    // The row that makes it a store is in the last table.
    tables.iter().map(|table| copy_table((source, &mut *target), table, begun.get(&table.name), told)).collect()
}

/// Both sides have the same tables with the same columns: they are of one schema.
fn same_shape(tables: &[Table], target: &dyn Tables) -> Result<(), StoreError> {
    let there = target.tables()?;
    let alike = |a: &Table, b: &Table| (&a.name, &a.columns, a.key) == (&b.name, &b.columns, b.key);
    let alone = |some: &[Table], others: &[Table]| -> Option<String> {
        some.iter().find(|table| !others.iter().any(|other| alike(table, other))).map(|table| table.name.clone())
    };
    match alone(tables, &there).or_else(|| alone(&there, tables)) {
        Some(table) => Err(StoreError::CopyDiffers { store: target.place().to_owned(), table }),
        None => Ok(()),
    }
}

/// The last key of each table of a copy that was broken off; none when what it holds is not the beginning of what the
/// source holds now, which may have been written to since.
fn last_keys(
    source: &dyn Tables,
    target: &dyn Tables,
    tables: &[Table],
) -> Result<Option<BTreeMap<String, Row>>, StoreError> {
    let mut keys = BTreeMap::new();
    for table in tables {
        let there = sum(target, table)?;
        let here = sum_of_first(source, table, there.rows())?;
        if here.0.sha256() != there.sha256() {
            return Ok(None);
        }
        keys.extend(here.1.map(|last| (table.name.clone(), last)));
    }
    Ok(Some(keys))
}

/// The sum of all rows of a table.
fn sum(store: &dyn Tables, table: &Table) -> Result<RowsDigest, StoreError> {
    Ok(sum_of_first(store, table, u64::MAX)?.0)
}

/// The sum of at most so many rows, and the key of the last one.
fn sum_of_first(store: &dyn Tables, table: &Table, most: u64) -> Result<(RowsDigest, Option<Row>), StoreError> {
    let (mut digest, mut last) = (RowsDigest::default(), None);
    while digest.rows() < most {
        let rows = store.rows(table, last.as_deref())?;
        if rows.is_empty() {
            break;
        }
        let left = usize::try_from(most - digest.rows()).unwrap_or(usize::MAX);
        for row in rows.iter().take(left) {
            digest.add(row);
            last = Some(table.key_of(row).to_vec());
        }
    }
    Ok((digest, last))
}

fn copy_table(
    (source, target): (&dyn Tables, &mut dyn Tables),
    table: &Table,
    begun: Option<&Row>,
    told: &mut dyn FnMut(&str, u64),
) -> Result<CopiedTable, StoreError> {
    let mut here = RowsDigest::default();
    let mut after: Option<Row> = None;
    loop {
        let rows = source.rows(table, after.as_deref())?;
        let Some(last) = rows.last() else { break };
        after = Some(table.key_of(last).to_vec());
        for row in &rows {
            here.add(row);
        }
        let known = begun.map_or(0, |last| rows.partition_point(|row| table.key_of(row) <= last.as_slice()));
        target.put_rows(table, &rows[known..])?;
        told(&table.name, here.rows());
    }
    if sum(target, table)?.sha256() != here.sha256() {
        return Err(StoreError::CopyDiffers { store: target.place().to_owned(), table: table.name.clone() });
    }
    Ok(CopiedTable { table: table.name.clone(), rows: here.rows(), sha256: here.sha256() })
}
