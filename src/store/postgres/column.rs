//! Values as columns of PostgreSQL.

use std::borrow::Cow;
use std::collections::HashMap;

use tokio_postgres::Row;
use tokio_postgres::types::ToSql;

use super::fault::Outcome;
use super::session::{Session, Value};
use crate::store::column::CANDIDATES_SHOWN;
pub(super) use crate::store::column::{
    document, instant, json, maybe_instant, micros, micros_up, number, only, word, word_of,
};

/// Stands before what PostgreSQL cannot keep in a text: of the private use area, so that hardly any text has one.
const ESCAPE: char = '\u{E000}';

/// The columns that go through [`free`], all others being documents or checked names: table and columns.
pub(super) const FREE: &[(&str, &[&str])] = &[
    ("checklist_word", &["who", "words"]),
    ("coverage", &["source"]),
    ("inventory_item", &["id"]),
    ("inventory_name", &["key"]),
    ("log", &["who", "what", "subject"]),
    ("maintenance", &["account"]),
    ("message", &["cause", "contact", "moment", "reason", "refused_as", "lease_holder"]),
    ("notice", &["message_id"]),
    ("reading", &["who"]),
    ("source", &["name", "place", "error"]),
    ("source_lease", &["name", "holder"]),
    ("told_by_digest", &["cause", "contact"]),
    ("turn", &["domain"]),
];

/// Whether a column holds free words.
pub(super) fn is_free(table: &str, column: &str) -> bool {
    FREE.iter().any(|(free, columns)| *free == table && columns.contains(&column))
}

/// Free words as they are kept: a text of PostgreSQL holds no NUL, and mails hold what they like.
pub(super) fn free(text: &str) -> Cow<'_, str> {
    if text.contains(['\0', ESCAPE]) {
        text.replace(ESCAPE, "\u{E000}E").replace('\0', "\u{E000}0").into()
    } else {
        text.into()
    }
}

/// Free words as they were.
pub(super) fn freed(kept: String) -> String {
    if kept.contains(ESCAPE) { kept.replace("\u{E000}0", "\0").replace("\u{E000}E", "\u{E000}") } else { kept }
}

/// A limit as SQL has it: null is none.
pub(super) fn limit(limit: Option<usize>) -> Option<i64> {
    limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX))
}

/// A number that is kept as one.
pub(super) fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// The first column of every row.
pub(super) fn firsts(rows: &[Row]) -> Outcome<Vec<String>> {
    Ok(rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?)
}

/// The numbers by which other tables name those of these that are there, by their ids.
///
/// `table` is one of our own names, never from outside.
pub(super) fn numbers_of<'a>(
    session: &Session,
    table: &'static str,
    ids: impl IntoIterator<Item = &'a str>,
) -> Outcome<HashMap<String, i64>> {
    let ids: Vec<&str> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    numbers_in(&session.rows(&format!("SELECT id, number FROM {table} WHERE id = ANY($1)"), &[&ids])?)
}

/// Rows of an id and the number by which other tables name it.
pub(super) fn numbers_in(rows: &[Row]) -> Outcome<HashMap<String, i64>> {
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// The document in the first column of every row.
pub(super) fn documents<T: serde::de::DeserializeOwned>(what: &str, rows: &[Row]) -> Outcome<Vec<T>> {
    rows.iter().map(|row| document(what, row.try_get(0)?)).collect()
}

/// The id in `table` that was typed, or the only one that begins so.
///
/// `table` is one of our own names, never from outside.
pub(super) fn find_id(session: &Session, table: &'static str, typed: &str) -> Outcome<Option<String>> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(None);
    }
    let from = free(typed);
    let past = format!("{from}{}", char::MAX);
    let sql = format!("SELECT id FROM {table} WHERE id >= $1 AND id < $2 ORDER BY id LIMIT $3");
    only(typed, firsts(&session.rows(&sql, &[&from, &past, &count(CANDIDATES_SHOWN)])?)?)
}

/// Conditions of a filter, each with its value.
#[derive(Default)]
pub(super) struct Conditions {
    clauses: Vec<String>,
    values: Vec<Box<dyn ToSql + Sync>>,
}

impl Conditions {
    /// Adds `clause`, in which `?` stands for the value.
    pub(super) fn and(&mut self, clause: &str, value: impl ToSql + Sync + 'static) {
        self.values.push(Box::new(value));
        self.clauses.push(clause.replace('?', &format!("${}", self.values.len())));
    }

    /// Adds `clause`, in which `?1`, `?2`, … stand for the values.
    pub(super) fn and_all(&mut self, clause: &str, values: impl IntoIterator<Item = String>) {
        let mut clause = clause.to_owned();
        for (place, value) in (1..).zip(values) {
            self.values.push(Box::new(value));
            clause = clause.replace(&format!("?{place}"), &format!("${}", self.values.len()));
        }
        self.clauses.push(clause);
    }

    /// Adds a condition without a value.
    pub(super) fn and_that(&mut self, clause: &str) {
        self.clauses.push(clause.to_owned());
    }

    /// `these` as SQL, and the values.
    pub(super) fn filter(&self) -> (String, Vec<Value<'_>>) {
        let filter = if self.clauses.is_empty() { "true".to_owned() } else { self.clauses.join(" AND ") };
        (filter, self.values.iter().map(|value| &**value).collect())
    }

    /// The rows of `select … WHERE these … order … LIMIT`.
    pub(super) fn rows(
        mut self,
        session: &Session,
        select: &str,
        order: &str,
        most: Option<usize>,
    ) -> Outcome<Vec<Row>> {
        self.values.push(Box::new(limit(most)));
        let (filter, values) = self.filter();
        let sql = format!("{select} WHERE {filter} ORDER BY {order} LIMIT ${}", values.len());
        session.rows(&sql, &values)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::store::SqliteStore;

    /// Texts that hold no NUL as they are: a document writes it as `\u0000`, and the rest are our own words, digests and
    /// identifiers, which refuse it.
    const HOLD_NO_NUL: &[(&str, &[&str])] = &[
        ("attached_file", &["sha256"]),
        ("attachment", &["outage", "digest", "document"]),
        ("checklist_word", &["item", "kind"]),
        ("claim_step", &["outage", "digest", "document"]),
        ("coverage", &["kind", "vendors"]),
        ("finding", &["id", "state", "document"]),
        ("inventory", &["digest"]),
        ("inventory_item", &["sort", "document"]),
        ("inventory_name", &["asset"]),
        ("mail", &["message"]),
        ("maintenance", &["id", "vendor", "reference", "names"]),
        (
            "message",
            &[
                "id",
                "cause_kind",
                "stage",
                "material_digest",
                "customer",
                "recipient",
                "material",
                "told_before",
                "state",
            ],
        ),
        ("meta", &["planned_by"]),
        ("migration", &["name"]),
        ("notice", &["id", "sha256", "document", "reading"]),
        ("notice_vendor", &["vendor"]),
        ("outage", &["id", "document"]),
        ("override", &["outage", "document"]),
        ("planned_window", &["vendor"]),
        ("reading", &["document"]),
        ("reference", &["folded", "vendor"]),
        ("review", &["vendor", "reasons", "state", "settled"]),
        ("revision", &["document"]),
        ("statement", &["outage", "digest", "document"]),
        ("told_by_digest", &["cause_kind", "message"]),
        ("turn", &["message"]),
        ("verdict", &["outage", "asset", "document"]),
        ("wake", &["cause_kind", "cause"]),
    ];

    /// Both stores have the same columns, and SQLite's is at hand everywhere.
    #[test]
    fn of_every_text_it_is_known_whether_it_may_hold_a_nul() {
        let place = tempfile::tempdir().expect("a folder");
        let path = place.path().join("store.db");
        drop(SqliteStore::create_or_open(&path, &[7; 32], chrono::DateTime::UNIX_EPOCH).expect("a new store"));
        let conn = rusqlite::Connection::open(path).expect("opened");
        let texts = "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_xinfo(t.name) c
                     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND c.type = 'TEXT'";
        let mut texts = conn.prepare(texts).expect("good SQL");
        let texts: BTreeSet<(String, String)> = texts
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
            .expect("read")
            .map(|row| row.expect("read"))
            .collect();
        let named =
            FREE.iter().chain(HOLD_NO_NUL).flat_map(|(table, columns)| columns.iter().map(move |c| (*table, *c)));
        let named: Vec<(String, String)> = named.map(|(table, column)| (table.to_owned(), column.to_owned())).collect();
        assert_eq!(named.len(), named.iter().collect::<BTreeSet<_>>().len(), "one is named twice");
        assert_eq!(texts, named.into_iter().collect(), "columns of text, and those named in FREE or HOLD_NO_NUL");
    }

    #[test]
    fn free_words_come_back_as_they_were() {
        for text in ["", "plain", "a\0b", "\u{E000}", "\u{E000}0", "\0\u{E000}E\0", "\u{E000}\u{E000}0E"] {
            let kept = free(text);
            assert!(!kept.contains('\0'), "{kept:?}");
            assert_eq!(freed(kept.into_owned()), text);
        }
        assert!(matches!(free("plain"), Cow::Borrowed(_)));
    }
}
