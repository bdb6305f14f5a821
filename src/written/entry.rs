//! One table of a TOML file, read key by key.
//!
//! The tree that `toml` parses keeps the place of every key and value, so that all that is wrong in a file is reported
//! at once; serde would stop at the first unknown key and knows no nearest one.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::problem::{Place, Placed, Problems, SourceFile, did_you_mean};
use crate::names::nearest;
use crate::time::{BadLength, parse_length};

/// The TOML of the file with this number; empty, with its mistakes among the problems, when it is none or longer than
/// `max_bytes`.
pub(crate) fn parse_table<'t>(
    number: usize,
    file: &'t SourceFile,
    max_bytes: usize,
    problems: &mut Problems<'_>,
) -> DeTable<'t> {
    if file.text.len() > max_bytes {
        let message = format!("the file is {} bytes long; at most {max_bytes} are read", file.text.len());
        problems.add(&Place { file: number, span: 0..0 }, message, Some("split it into several files".into()));
        return DeTable::new();
    }
    let (table, errors) = DeTable::parse_recoverable(&file.text);
    for error in errors {
        let place = Place { file: number, span: error.span().unwrap_or_default() };
        problems.add(&place, error.message().replace('\n', "; "), None);
    }
    table.into_inner()
}

/// Why a text was refused, and what can be done.
pub(crate) struct Refusal {
    pub(crate) message: String,
    pub(crate) help: Option<String>,
}

/// A table with its place and the words it may hold.
pub(crate) struct Entry<'t> {
    table: &'t DeTable<'t>,
    /// What it declares, as a message calls it: `[[asset]]`.
    what: &'static str,
    place: Place,
    shape: Shape,
}

/// What a mistake in it is told as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Of a TOML file.
    Table,
    /// Of a CSV file, whose cells are texts whatever they mean.
    Row,
}

impl<'t> Entry<'t> {
    /// The table; keys that are none of `known` are reported.
    pub(crate) fn new(
        table: &'t DeTable<'t>,
        place: Place,
        what: &'static str,
        known: &[&str],
        problems: &mut Problems<'_>,
    ) -> Self {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let help = did_you_mean(nearest(key.get_ref(), known.iter().copied()))
                .unwrap_or_else(|| format!("the keys are {}", known.join(", ")));
            let place = Place { file: place.file, span: key.span() };
            problems.add(&place, format!("unknown key `{}` in {what}", key.get_ref()), Some(help));
        }
        Self { table, what, place, shape: Shape::Table }
    }

    /// A row of a CSV file, whose heading was checked.
    pub(super) fn row(table: &'t DeTable<'t>, place: Place, what: &'static str) -> Self {
        Self { table, what, place, shape: Shape::Row }
    }

    /// Whether the key is there, whatever it holds.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Where the table stands.
    pub(crate) fn place(&self) -> &Place {
        &self.place
    }

    /// Whether the key holds a table.
    pub(crate) fn holds_table(&self, key: &str) -> bool {
        self.value(key).is_some_and(|(value, _)| value.as_table().is_some())
    }

    fn value(&self, key: &str) -> Option<(&'t DeValue<'t>, Place)> {
        let value = self.table.get(key)?;
        Some((value.get_ref(), self.at(value)))
    }

    fn at<T>(&self, spanned: &Spanned<T>) -> Place {
        Place { file: self.place.file, span: spanned.span() }
    }

    /// Reports a key that must be there and is not.
    pub(crate) fn require<T>(&self, key: &str, value: Option<T>, problems: &mut Problems<'_>) -> Option<T> {
        if value.is_none() && !self.has(key) {
            let help = match self.shape {
                Shape::Table => format!("add `{key} = …`"),
                Shape::Row => format!("fill in the column `{key}`"),
            };
            problems.add(&self.place, format!("{} has no `{key}`", self.what), Some(help));
        }
        value
    }

    /// One line of text, trimmed.
    pub(crate) fn text(&self, key: &str, problems: &mut Problems<'_>) -> Option<Placed<String>> {
        let (value, place) = self.value(key)?;
        line(key, value, place, problems)
    }

    /// A text that may have several lines.
    pub(crate) fn prose(&self, key: &str, problems: &mut Problems<'_>) -> Option<String> {
        let (value, place) = self.value(key)?;
        let text = string(key, value, &place, problems)?.trim();
        let refused = text.is_empty() || text.chars().any(|c| c.is_control() && c != '\n' && c != '\t' && c != '\r');
        if refused {
            problems.add(&place, format!("`{key}` is empty or holds a control character"), None);
            return None;
        }
        Some(text.to_owned())
    }

    /// A text that a type's own constructor checks.
    pub(crate) fn checked<T>(
        &self,
        key: &str,
        problems: &mut Problems<'_>,
        check: impl FnOnce(&str) -> Result<T, Refusal>,
    ) -> Option<Placed<T>> {
        let (value, place) = self.value(key)?;
        checked(key, value, place, problems, check)
    }

    /// A text as it stands, whatever it holds.
    pub(crate) fn raw_text(&self, key: &str, problems: &mut Problems<'_>) -> Option<(&'t str, Place)> {
        let (value, place) = self.value(key)?;
        Some((string(key, value, &place, problems)?, place))
    }

    /// One line of text, or a list of such; absent is empty.
    pub(crate) fn one_or_more(&self, key: &str, problems: &mut Problems<'_>) -> Vec<Placed<String>> {
        let Some((value, place)) = self.value(key) else { return Vec::new() };
        match value.as_array() {
            None => line(key, value, place, problems).into_iter().collect(),
            Some(members) if members.is_empty() => {
                problems.add(&place, format!("`{key}` is empty"), None);
                Vec::new()
            }
            Some(members) => {
                members.iter().filter_map(|member| line(key, member.get_ref(), self.at(member), problems)).collect()
            }
        }
    }

    /// A list of lines of text; absent is empty.
    pub(crate) fn texts(&self, key: &str, problems: &mut Problems<'_>) -> Vec<Placed<String>> {
        let Some(members) = self.list(key, problems) else { return Vec::new() };
        members.iter().filter_map(|member| line(key, member.get_ref(), self.at(member), problems)).collect()
    }

    /// A list of texts that a type's own constructor checks; absent is empty.
    pub(crate) fn all_checked<T>(
        &self,
        key: &str,
        problems: &mut Problems<'_>,
        check: impl Fn(&str) -> Result<T, Refusal>,
    ) -> Vec<Placed<T>> {
        let Some(members) = self.list(key, problems) else { return Vec::new() };
        members.iter().filter_map(|member| checked(key, member.get_ref(), self.at(member), problems, &check)).collect()
    }

    fn list(&self, key: &str, problems: &mut Problems<'_>) -> Option<&'t [Spanned<DeValue<'t>>]> {
        let (value, place) = self.value(key)?;
        let list = value.as_array().map(AsRef::as_ref);
        if list.is_none() {
            mismatch(key, value, "a list", &place, Some(format!("write `{key} = [ … ]`")), problems);
        }
        list
    }

    /// The tables of a list; absent is empty.
    pub(crate) fn entries(
        &self,
        key: &str,
        what: &'static str,
        known: &[&str],
        problems: &mut Problems<'_>,
    ) -> Vec<Self> {
        let Some((value, place)) = self.value(key) else { return Vec::new() };
        let Some(members) = value.as_array() else {
            mismatch(key, value, "a list of tables", &place, Some(format!("write `{what}`")), problems);
            return Vec::new();
        };
        let mut entries = Vec::new();
        for member in members {
            match member.get_ref().as_table() {
                Some(table) => entries.push(Self::new(table, self.at(member), what, known, problems)),
                None => mismatch(key, member.get_ref(), "a table", &self.at(member), None, problems),
            }
        }
        entries
    }

    /// A table inside the table.
    pub(crate) fn inner(
        &self,
        key: &str,
        what: &'static str,
        known: &[&str],
        problems: &mut Problems<'_>,
    ) -> Option<Self> {
        let (value, place) = self.value(key)?;
        if let Some(table) = value.as_table() {
            return Some(Self::new(table, place, what, known, problems));
        }
        mismatch(key, value, "a table", &place, Some(format!("write `{key} = {{ … }}`")), problems);
        None
    }

    /// A length of elapsed time such as `72 h`.
    pub(crate) fn length(&self, key: &str, problems: &mut Problems<'_>) -> Option<TimeDelta> {
        let refusal = |bad: BadLength| Refusal { message: bad.to_string(), help: Some(bad.help().to_owned()) };
        let read = |text: &str| parse_length(text).map_err(refusal);
        self.checked(key, problems, read).map(|length| length.value)
    }

    /// A whole number that is not negative.
    pub(crate) fn count(&self, key: &str, problems: &mut Problems<'_>) -> Option<Placed<u32>> {
        let (value, place) = self.value(key)?;
        let read = match (self.shape, value.as_str()) {
            (Shape::Row, Some(text)) => text.parse().ok(),
            (Shape::Row | Shape::Table, _) => {
                value.as_integer().and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok())
            }
        };
        if read.is_none() {
            mismatch(key, value, "a whole number from 0 to 4294967295", &place, None, problems);
        }
        read.map(|value| Placed { value, place })
    }

    /// A number that is not negative, as it is written: what holds it decides how exactly it is kept.
    pub(crate) fn decimal(&self, key: &str, problems: &mut Problems<'_>) -> Option<Placed<String>> {
        let (value, place) = self.value(key)?;
        let written = match value {
            DeValue::Integer(number) if number.radix() == 10 => Some(number.as_str()),
            DeValue::Float(number) => Some(number.as_str()),
            DeValue::String(text) if self.shape == Shape::Row => Some(text.as_ref()),
            DeValue::String(_)
            | DeValue::Integer(_)
            | DeValue::Boolean(_)
            | DeValue::Datetime(_)
            | DeValue::Array(_)
            | DeValue::Table(_) => None,
        };
        if written.is_none() {
            mismatch(key, value, "a number such as `0.8`", &place, None, problems);
        }
        written.map(|value| Placed { value: value.to_owned(), place })
    }

    /// `true` or `false`.
    pub(crate) fn truth(&self, key: &str, problems: &mut Problems<'_>) -> Option<bool> {
        let (value, place) = self.value(key)?;
        let truth = value.as_bool();
        if truth.is_none() {
            mismatch(key, value, "`true` or `false`", &place, None, problems);
        }
        truth
    }

    /// A day: a TOML date without a time.
    pub(crate) fn day(&self, key: &str, problems: &mut Problems<'_>) -> Option<Placed<NaiveDate>> {
        let (value, place) = self.value(key)?;
        day(key, value, place, problems)
    }

    /// A list of days; absent is empty.
    pub(crate) fn days(&self, key: &str, problems: &mut Problems<'_>) -> Vec<Placed<NaiveDate>> {
        let Some(members) = self.list(key, problems) else { return Vec::new() };
        members.iter().filter_map(|member| day(key, member.get_ref(), self.at(member), problems)).collect()
    }

    /// An instant: a TOML date and time with its offset.
    pub(crate) fn instant(&self, key: &str, problems: &mut Problems<'_>) -> Option<DateTime<Utc>> {
        let (value, place) = self.value(key)?;
        let written = value.as_datetime().map(ToString::to_string);
        let instant = written.and_then(|text| Some(DateTime::parse_from_rfc3339(&text).ok()?.with_timezone(&Utc)));
        if instant.is_none() {
            let help = Some("write date, time and offset without quotes, like `2014-05-25T18:00:00Z`".to_owned());
            mismatch(key, value, "an instant", &place, help, problems);
        }
        instant
    }
}

fn day(key: &str, value: &DeValue<'_>, place: Place, problems: &mut Problems<'_>) -> Option<Placed<NaiveDate>> {
    let day = value.as_datetime().and_then(|written| written.to_string().parse().ok());
    if day.is_none() {
        let help = Some("write a date without quotes, like `2026-12-24`".to_owned());
        mismatch(key, value, "a day", &place, help, problems);
    }
    Some(Placed { value: day?, place })
}

fn mismatch(
    key: &str,
    value: &DeValue<'_>,
    wanted: &str,
    place: &Place,
    help: Option<String>,
    problems: &mut Problems<'_>,
) {
    let got = match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "`true` or `false`",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    };
    problems.add(place, format!("`{key}` must be {wanted}, not {got}"), help);
}

fn string<'t>(key: &str, value: &'t DeValue<'_>, place: &Place, problems: &mut Problems<'_>) -> Option<&'t str> {
    let text = value.as_str();
    if text.is_none() {
        mismatch(key, value, "a text", place, Some("put it in quotes".into()), problems);
    }
    text
}

/// One line of text: an empty one, or a control character that could forge a header line, is refused.
fn line(key: &str, value: &DeValue<'_>, place: Place, problems: &mut Problems<'_>) -> Option<Placed<String>> {
    let text = string(key, value, &place, problems)?.trim();
    if text.is_empty() {
        problems.add(&place, format!("`{key}` is empty"), None);
        return None;
    }
    if text.chars().any(char::is_control) {
        problems.add(&place, format!("`{key}` holds a control character: `{}`", text.escape_default()), None);
        return None;
    }
    Some(Placed { value: text.to_owned(), place })
}

fn checked<T>(
    key: &str,
    value: &DeValue<'_>,
    place: Place,
    problems: &mut Problems<'_>,
    check: impl FnOnce(&str) -> Result<T, Refusal>,
) -> Option<Placed<T>> {
    match check(string(key, value, &place, problems)?) {
        Ok(value) => Some(Placed { value, place }),
        Err(refusal) => {
            problems.add(&place, refusal.message, refusal.help);
            None
        }
    }
}
