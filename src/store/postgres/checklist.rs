//! What was said of the checklist: kept for ever, asked for by the newest word.

use tokio_postgres::Row;

use super::column::{count, free, freed, instant, micros, word};
use super::fault::{Fault, Outcome};
use super::session::Session;
use crate::inventory::{CheckSaid, CheckWord};
use crate::names::ChecklistId;

const COLUMNS: &str = "item, kind, at, recorded_at, who, words";

pub(super) fn add(session: &Session, said: &[CheckWord]) -> Outcome<()> {
    for one in said {
        let (kind, words) = match &one.said {
            CheckSaid::Done => ("done", ""),
            CheckSaid::Fact(words) => ("fact", words.as_str()),
        };
        session.run(
            "INSERT INTO checklist_word (item, kind, at, recorded_at, who, words) VALUES ($1, $2, $3, $4, $5, $6)",
            &[&one.item.as_str(), &kind, &micros(one.at), &micros(one.recorded_at), &free(&one.who), &free(words)],
        )?;
    }
    Ok(())
}

/// The newest word of each kind on each item, by item.
pub(super) fn newest(session: &Session) -> Outcome<Vec<CheckWord>> {
    let sql = format!(
        "SELECT DISTINCT ON (item, kind) {COLUMNS} FROM checklist_word ORDER BY item, kind, at DESC, number DESC"
    );
    session.rows(&sql, &[])?.iter().map(read).collect()
}

/// The newest words on one item, newest first.
pub(super) fn of(session: &Session, item: &ChecklistId, limit: usize) -> Outcome<Vec<CheckWord>> {
    let sql = format!("SELECT {COLUMNS} FROM checklist_word WHERE item = $1 ORDER BY at DESC, number DESC LIMIT $2");
    session.rows(&sql, &[&item.as_str(), &count(limit)])?.iter().map(read).collect()
}

fn read(row: &Row) -> Outcome<CheckWord> {
    let said = match row.try_get::<_, &str>(1)? {
        "done" => CheckSaid::Done,
        "fact" => CheckSaid::Fact(freed(row.try_get(5)?)),
        other => return Err(Fault::unreadable("word on the checklist", format!("`{other}` is no kind of word"))),
    };
    Ok(CheckWord {
        item: word("id of a checklist item", row.try_get(0)?)?,
        at: instant(row.try_get(2)?)?,
        who: freed(row.try_get(4)?),
        said,
        recorded_at: instant(row.try_get(3)?)?,
    })
}
