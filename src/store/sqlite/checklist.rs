//! What was said of the checklist: kept for ever, asked for by the newest word.

use rusqlite::{Connection, Row, params};

use super::column::{instant, micros, word};
use super::fault::{Fault, Outcome};
use crate::inventory::{CheckSaid, CheckWord};
use crate::names::ChecklistId;

const SELECT: &str = "SELECT item, kind, at, recorded_at, who, words FROM checklist_word";

pub(super) fn add(conn: &Connection, said: &CheckWord) -> Outcome<()> {
    let (kind, words) = match &said.said {
        CheckSaid::Done => ("done", ""),
        CheckSaid::Fact(words) => ("fact", words.as_str()),
    };
    conn.prepare_cached(
        "INSERT INTO checklist_word (item, kind, at, recorded_at, who, words) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![said.item.as_str(), kind, micros(said.at), micros(said.recorded_at), said.who, words])?;
    Ok(())
}

/// The newest word of each kind on each item, by item.
pub(super) fn newest(conn: &Connection) -> Outcome<Vec<CheckWord>> {
    let pairs: Vec<(String, String)> = conn
        .prepare_cached("SELECT DISTINCT item, kind FROM checklist_word ORDER BY item, kind")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let mut select =
        conn.prepare_cached(&format!("{SELECT} WHERE item = ?1 AND kind = ?2 ORDER BY at DESC, number DESC LIMIT 1"))?;
    let mut newest = Vec::with_capacity(pairs.len());
    for (item, kind) in pairs {
        for found in select.query_and_then([item, kind], read)? {
            newest.push(found?);
        }
    }
    Ok(newest)
}

/// The newest words on one item, newest first.
pub(super) fn of(conn: &Connection, item: &ChecklistId, limit: usize) -> Outcome<Vec<CheckWord>> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    conn.prepare_cached(&format!("{SELECT} WHERE item = ?1 ORDER BY at DESC, number DESC LIMIT ?2"))?
        .query_and_then(params![item.as_str(), limit], read)?
        .collect()
}

fn read(row: &Row<'_>) -> Outcome<CheckWord> {
    let kind: String = row.get(1)?;
    let said = match kind.as_str() {
        "done" => CheckSaid::Done,
        "fact" => CheckSaid::Fact(row.get(5)?),
        other => return Err(Fault::unreadable("word on the checklist", format!("`{other}` is no kind of word"))),
    };
    Ok(CheckWord {
        item: word("id of a checklist item", row.get(0)?)?,
        at: instant(row.get(2)?)?,
        who: row.get(4)?,
        said,
        recorded_at: instant(row.get(3)?)?,
    })
}
