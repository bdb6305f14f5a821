//! What differs between two readings of one notice, field by field.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Serialize;

use super::announcement::Announcement;
use super::reading::Reading;
use crate::names::Reference;
use crate::window::{Role, StatedObject, Window};

/// One field that two readings tell differently. A side without it is none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// The reference of the announcement it stands in, as read before where it was; none for the reading as a whole.
    pub reference: Option<Reference>,
    /// `reading`, `status`, `window 1`, …
    pub field: String,
    /// As read before.
    pub before: Option<String>,
    /// As read after.
    pub after: Option<String>,
}

/// What differs between two readings of one notice, in the order of the fields; nothing when they say the same.
///
/// Announcements are compared by reference, and those without a partner one by one as they stand.
#[must_use]
pub fn differences(before: &Reading, after: &Reading) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let (kind_before, kind_after) = (kind(before), kind(after));
    if kind_before != kind_after {
        let (before, after) = (Some(kind_before), Some(kind_after));
        changes.push(FieldChange { reference: None, field: "reading".into(), before, after });
    }
    for (one, other) in pairs(before.announcements(), after.announcements()) {
        let reference = one.or(other).map(|said| said.reference.clone());
        let (old, new) = (one.map(fields).unwrap_or_default(), other.map(fields).unwrap_or_default());
        let names: Vec<&String> =
            old.iter().chain(new.iter().filter(|new| !has(&old, &new.0))).map(|(f, _)| f).collect();
        for name in names {
            let (before, after) = (value(&old, name), value(&new, name));
            if before != after {
                changes.push(FieldChange { reference: reference.clone(), field: name.clone(), before, after });
            }
        }
    }
    changes
}

fn kind(reading: &Reading) -> String {
    match reading {
        Reading::Understood { announcements } => match announcements.len() {
            1 => "understood".into(),
            several => format!("understood, {several} announcements"),
        },
        Reading::Irrelevant { why } => format!("no notice: {why}"),
        Reading::Unreadable { why, .. } => format!("not understood: {why}"),
    }
}

type Pair<'a> = (Option<&'a Announcement>, Option<&'a Announcement>);

fn pairs<'a>(before: &'a [Announcement], after: &'a [Announcement]) -> Vec<Pair<'a>> {
    let mut left: Vec<&Announcement> = after.iter().collect();
    let mut pairs: Vec<Pair<'a>> = Vec::new();
    for one in before {
        let same = left.iter().position(|other| other.reference.folded() == one.reference.folded());
        pairs.push((Some(one), same.map(|place| left.remove(place))));
    }
    let mut left = left.into_iter();
    for pair in pairs.iter_mut().filter(|pair| pair.1.is_none()) {
        pair.1 = left.next();
    }
    pairs.extend(left.map(|other| (None, Some(other))));
    pairs
}

type Fields = Vec<(String, String)>;

fn has(fields: &Fields, name: &str) -> bool {
    fields.iter().any(|(field, _)| field == name)
}

fn value(fields: &Fields, name: &str) -> Option<String> {
    fields.iter().find(|(field, _)| field == name).map(|(_, value)| value.clone())
}

/// The fields that an announcement states, as words.
fn fields(said: &Announcement) -> Fields {
    let mut fields: Fields = Vec::new();
    let mut add = |field: &str, value: Option<String>| fields.extend(value.map(|value| (field.to_owned(), value)));
    add("vendor", Some(said.vendor.to_string()));
    add("account", said.account.clone());
    add("reference", Some(said.reference.to_string()));
    add("replaces", said.replaces.as_ref().map(ToString::to_string));
    add("status", said.status.map(|status| status.to_string()));
    for window in &said.windows {
        add(&format!("window {}", window.ordinal), Some(span(window)));
    }
    add("impact", said.impact.map(|impact| impact.to_string()));
    add("objects", (!said.objects.is_empty()).then(|| objects(&said.objects)));
    add("actual end", said.actual_end.map(instant));
    add("sequence", said.sequence.map(|sequence| sequence.to_string()));
    add("stamp", said.stamp.map(instant));
    add("summary", said.summary.clone());
    add("grade", Some(said.grade.to_string()));
    let doubts: Vec<String> = said.doubts.iter().map(ToString::to_string).collect();
    add("in doubt", (!doubts.is_empty()).then(|| doubts.join("; ")));
    fields
}

fn span(window: &Window) -> String {
    let mut text = format!("{} to {}", instant(window.interval.start()), instant(window.interval.end()));
    match window.role {
        Role::Primary => {}
        Role::Contingency => text.push_str(", contingency"),
    }
    if !window.others.is_empty() {
        text.push_str(&format!(", {} other readings", window.others.len()));
    }
    if !window.objects.is_empty() {
        text.push_str(&format!(", {}", objects(&window.objects)));
    }
    text
}

fn objects(objects: &[StatedObject]) -> String {
    let one = |object: &StatedObject| match object.impact {
        Some(impact) => format!("{}: {impact}", object.name),
        None => object.name.clone(),
    };
    objects.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn instant(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::AutoSi, true)
}
