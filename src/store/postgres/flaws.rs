//! What the database itself can tell to be wrong: rows that name others, numbers it would give twice, indexes it left
//! unfinished. That what is on its disk can be read shows when every row is.

use tokio_postgres::Row;

use super::fault::Outcome;
use super::session::Session;
use super::tables::quoted;

/// Every flaw, in words.
pub(super) fn all(session: &Session) -> Outcome<Vec<String>> {
    let mut said = dangling(session)?;
    said.extend(numbers_given_before(session)?);
    said.extend(unfinished(session)?);
    Ok(said)
}

fn three(row: &Row) -> Outcome<[String; 3]> {
    Ok([row.try_get(0)?, row.try_get(1)?, row.try_get(2)?])
}

/// Rows that name a row that is not there: nobody can write such, but who turned the checks off.
fn dangling(session: &Session) -> Outcome<Vec<String>> {
    let links = session.rows(
        "SELECT child.relname::text, a.attname::text, parent.relname::text || ' ' || b.attname
         FROM pg_constraint c JOIN pg_class child ON child.oid = c.conrelid JOIN pg_class parent ON parent.oid = c.confrelid
         JOIN pg_attribute a ON a.attrelid = child.oid AND a.attnum = c.conkey[1]
         JOIN pg_attribute b ON b.attrelid = parent.oid AND b.attnum = c.confkey[1]
         WHERE c.contype = 'f' AND child.relnamespace = current_schema()::regnamespace ORDER BY 1, 2",
        &[],
    )?;
    let mut said = Vec::new();
    for link in &links {
        let [child, column, named] = three(link)?;
        let Some((parent, key)) = named.split_once(' ') else { continue };
        let sql = format!(
            "SELECT count(*) FROM {} c WHERE c.{column} IS NOT NULL
                 AND NOT EXISTS (SELECT 1 FROM {} p WHERE p.{key} = c.{column})",
            quoted(&child),
            quoted(parent),
            column = quoted(&column),
            key = quoted(key),
        );
        let rows: i64 = session.row(&sql, &[])?.map_or(Ok(0), |row| row.try_get(0))?;
        match rows {
            0 => {}
            1 => said.push(format!("1 row of {child} names a row of {parent} that is not there")),
            more => said.push(format!("{more} rows of {child} name rows of {parent} that are not there")),
        }
    }
    Ok(said)
}

/// Tables whose next row would get a number that one has.
fn numbers_given_before(session: &Session) -> Outcome<Vec<String>> {
    let counted = session.rows(
        "SELECT t.relname::text, a.attname::text, pg_get_serial_sequence(quote_ident(t.relname), a.attname)
         FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid
         WHERE t.relkind IN ('r', 'p') AND t.relnamespace = current_schema()::regnamespace AND a.attnum > 0
             AND NOT a.attisdropped AND a.attidentity <> '' ORDER BY 1",
        &[],
    )?;
    let mut said = Vec::new();
    for one in &counted {
        let [table, column, sequence] = three(one)?;
        let sql = format!(
            "SELECT coalesce((SELECT max({}) FROM {}), 0) > last_value FROM {sequence}",
            quoted(&column),
            quoted(&table)
        );
        if session.row(&sql, &[])?.map_or(Ok(false), |row| row.try_get(0))? {
            said.push(format!("the next row of {table} would get a number that one has"));
        }
    }
    Ok(said)
}

fn unfinished(session: &Session) -> Outcome<Vec<String>> {
    let rows = session.rows(
        "SELECT i.relname::text, t.relname::text FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
         JOIN pg_class t ON t.oid = x.indrelid
         WHERE NOT (x.indisvalid AND x.indisready) AND t.relnamespace = current_schema()::regnamespace ORDER BY 1",
        &[],
    )?;
    let told = |row: &Row| -> Outcome<String> {
        let (index, table): (String, String) = (row.try_get(0)?, row.try_get(1)?);
        Ok(format!("the index {index} of {table} is not finished"))
    };
    rows.iter().map(told).collect()
}
