//! What stands beside a sample notice: what it must say, in the shape of `NAME.toml` beside `NAME.eml`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::announcement::Announcement;
use super::reading::Doubt;
use super::status::Status;
use crate::time::TimeFlag;
use crate::window::{Impact, StatedObject, Window};

/// What a notice says, as far as samples state it: the announcements in the order of the notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sample {
    announcement: Vec<Said>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    vendor: String,
    reference: String,
    account: Option<String>,
    status: Option<Status>,
    impact: Option<Impact>,
    summary: Option<String>,
    windows: Vec<Span>,
    objects: Vec<StatedObject>,
    actual_end: Option<DateTime<Utc>>,
    received_at: Option<DateTime<Utc>>,
    #[serde(default)]
    doubts: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Span {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
    #[serde(default)]
    flags: Vec<TimeFlag>,
}

/// A field that a notice was read otherwise in than its sample says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unlike {
    /// Where: `announcement 1 window 2 start`.
    pub field: String,
    /// What stands beside the sample; null for nothing.
    pub expected: Value,
    /// What was read.
    pub read: Value,
}

impl Sample {
    /// What announcements say of a notice that was received at an instant.
    #[must_use]
    pub fn of(announcements: &[Announcement], received_at: DateTime<Utc>) -> Self {
        Self { announcement: announcements.iter().map(|said| Said::of(said, received_at)).collect() }
    }

    /// Where another differs from it, field by field.
    #[must_use]
    pub fn unlike(&self, read: &Self) -> Vec<Unlike> {
        let value = |sample: &Self| serde_json::to_value(&sample.announcement).unwrap_or_default();
        let mut unlike = Vec::new();
        compare("announcement", &value(self), &value(read), &mut unlike);
        unlike
    }
}

impl Said {
    fn of(said: &Announcement, received_at: DateTime<Utc>) -> Self {
        let span = |window: &Window| Span {
            start: window.interval.start(),
            end: window.interval.end(),
            flags: window.flags.clone(),
        };
        Self {
            vendor: said.vendor.to_string(),
            reference: said.reference.to_string(),
            account: said.account.clone(),
            status: said.status,
            impact: said.impact,
            summary: said.summary.clone(),
            windows: said.windows.iter().map(span).collect(),
            objects: said.objects.clone(),
            actual_end: said.actual_end,
            received_at: Some(received_at),
            doubts: said.doubts.iter().map(Doubt::to_string).collect(),
        }
    }
}

/// Lists are compared one by one, from 1; a field that only one side has differs from nothing.
fn compare(field: &str, expected: &Value, read: &Value, unlike: &mut Vec<Unlike>) {
    match (expected, read) {
        (Value::Object(one), Value::Object(other)) => {
            for (name, value) in one {
                compare(&format!("{field} {}", singular(name)), value, other.get(name).unwrap_or(&Value::Null), unlike);
            }
        }
        (Value::Array(one), Value::Array(other)) => {
            for at in 0..one.len().max(other.len()) {
                let of = |list: &[Value]| list.get(at).cloned().unwrap_or_default();
                compare(&format!("{field} {}", at + 1), &of(one), &of(other), unlike);
            }
        }
        (one, other) if one != other => {
            unlike.push(Unlike { field: field.to_owned(), expected: one.clone(), read: other.clone() });
        }
        (_, _) => {}
    }
}

fn singular(name: &str) -> &str {
    match name {
        "windows" => "window",
        "objects" => "object",
        "flags" => "flag",
        "doubts" => "doubt",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = "[[announcement]]\nvendor = \"v\"\nreference = \"R-1\"\nstatus = \"CONFIRMED\"\n\
        windows = [{ start = \"2030-01-01T00:00:00Z\", end = \"2030-01-01T01:00:00Z\", flags = [] }]\n\
        objects = [{ name = \"a\", impact = \"OUTAGE\" }]\n";

    #[track_caller]
    fn check(changed: &str, expected: &[&str]) {
        let sample = |text: &str| toml::from_str::<Sample>(text).expect("a sample");
        let unlike = sample(SAMPLE).unlike(&sample(changed));
        let shown: Vec<String> =
            unlike.iter().map(|one| format!("{}: {} / {}", one.field, one.expected, one.read)).collect();
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_differs_is_named_field_by_field() {
        check(SAMPLE, &[]);
        check(&SAMPLE.replace("R-1", "R-2"), &["announcement 1 reference: \"R-1\" / \"R-2\""]);
        check(
            &SAMPLE.replace("01:00", "02:00"),
            &["announcement 1 window 1 end: \"2030-01-01T01:00:00Z\" / \"2030-01-01T02:00:00Z\""],
        );
        check(
            &SAMPLE.replace("flags = []", "flags = [\"date_only\"]"),
            &["announcement 1 window 1 flag 1: null / \"date_only\""],
        );
        check(&SAMPLE.replace(", impact = \"OUTAGE\"", ""), &["announcement 1 object 1 impact: \"OUTAGE\" / null"]);
        check(&SAMPLE.replace("status = \"CONFIRMED\"\n", ""), &["announcement 1 status: \"CONFIRMED\" / null"]);
    }
}
