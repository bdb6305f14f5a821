//! The short form of a verdict, and how it is written when there are millions of them.

use std::io::Write as _;

use chrono::{DateTime, Datelike as _, Timelike as _, Utc};
use serde::Serialize;

use crate::names::MaintenanceId;
use crate::verdict::value::{Answer, Flag, Kind, Segment, Verdict};

/// The short form of `inwindow.verdict/1`: what counts, without evidence and sentences.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Brief<'v> {
    /// The answer.
    pub answer: Answer,
    /// The kind.
    pub kind: Kind,
    /// What else holds.
    pub flags: Vec<Flag>,
    /// Outage start minus the nearer edge of the window it is measured against, in seconds.
    pub offset_seconds: Option<i64>,
    /// The outage cut into runs of equal label.
    pub segments: Vec<Segment>,
    /// The window it rests on.
    pub window: Option<BriefWindow<'v>>,
}

/// The window that a short verdict rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct BriefWindow<'v> {
    /// The maintenance; none of a standing window.
    pub maintenance: Option<&'v MaintenanceId>,
    /// The standing window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub standing: Option<&'v str>,
    /// Which of its windows.
    pub ordinal: u32,
}

impl<'v> Brief<'v> {
    /// The short form of a verdict.
    #[must_use]
    pub fn of(verdict: &'v Verdict) -> Self {
        let window = verdict.window.as_ref().map(|window| BriefWindow {
            maintenance: window.maintenance.as_ref(),
            standing: window.standing.as_deref(),
            ordinal: window.ordinal,
        });
        Self {
            answer: verdict.answer,
            kind: verdict.kind,
            flags: verdict.flags.clone(),
            offset_seconds: verdict.offset_seconds,
            segments: verdict.segments.clone(),
            window,
        }
    }
}

impl Brief<'_> {
    /// Writes its members as JSON, as serde does and several times as fast: `"answer":"no",…`, without braces.
    pub fn write_members(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"\"answer\":\"");
        out.extend_from_slice(self.answer.as_str().as_bytes());
        out.extend_from_slice(b"\",\"kind\":\"");
        out.extend_from_slice(self.kind.as_str().as_bytes());
        out.extend_from_slice(b"\",\"flags\":[");
        separated(out, &self.flags, |out, flag| {
            out.push(b'"');
            out.extend_from_slice(flag.as_str().as_bytes());
            out.push(b'"');
        });
        out.extend_from_slice(b"],\"offset_seconds\":");
        match self.offset_seconds {
            Some(seconds) => write_number(out, seconds),
            None => out.extend_from_slice(b"null"),
        }
        out.extend_from_slice(b",\"segments\":[");
        separated(out, &self.segments, write_segment);
        out.extend_from_slice(b"],\"window\":");
        match self.window {
            Some(window) => window.write(out),
            None => out.extend_from_slice(b"null"),
        }
    }
}

impl BriefWindow<'_> {
    fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(b"{\"maintenance\":");
        match self.maintenance {
            Some(id) => write_text(out, id.as_str()),
            None => out.extend_from_slice(b"null"),
        }
        if let Some(standing) = self.standing {
            out.extend_from_slice(b",\"standing\":");
            write_text(out, standing);
        }
        out.extend_from_slice(b",\"ordinal\":");
        write_number(out, self.ordinal.into());
        out.push(b'}');
    }
}

fn separated<T>(out: &mut Vec<u8>, all: &[T], write: impl Fn(&mut Vec<u8>, &T)) {
    for (place, one) in all.iter().enumerate() {
        if place > 0 {
            out.push(b',');
        }
        write(out, one);
    }
}

fn write_segment(out: &mut Vec<u8>, segment: &Segment) {
    out.extend_from_slice(b"{\"start\":");
    write_instant(out, segment.start);
    out.extend_from_slice(b",\"end\":");
    write_instant(out, segment.end);
    out.extend_from_slice(b",\"seconds\":");
    write_number(out, segment.seconds);
    out.extend_from_slice(b",\"label\":\"");
    out.extend_from_slice(segment.label.as_str().as_bytes());
    out.extend_from_slice(if segment.excused { b"\",\"excused\":true}" } else { b"\",\"excused\":false}" });
}

/// A text as JSON.
pub fn write_text(out: &mut Vec<u8>, text: &str) {
    if text.bytes().all(|byte| byte >= b' ' && byte != b'"' && byte != b'\\') {
        out.push(b'"');
        out.extend_from_slice(text.as_bytes());
        out.push(b'"');
    } else {
        let written = serde_json::to_writer(out, text);
        debug_assert!(written.is_ok(), "a text is JSON, and memory takes it");
    }
}

/// A number as JSON.
pub fn write_number(out: &mut Vec<u8>, number: i64) {
    let written = write!(out, "{number}");
    debug_assert!(written.is_ok(), "memory takes it");
}

/// An instant as JSON, as serde writes it: `"2024-01-01T00:00:00Z"`. Whole seconds of four-digit years, which nearly all are,
/// are written digit by digit.
pub fn write_instant(out: &mut Vec<u8>, at: DateTime<Utc>) {
    let (Ok(year @ 0..=9999), 0) = (u32::try_from(at.year()), at.nanosecond()) else {
        let written = serde_json::to_writer(out, &at);
        debug_assert!(written.is_ok(), "an instant is JSON, and memory takes it");
        return;
    };
    let digits = |number: u32| {
        let digit = |number: u32| b'0' + u8::try_from(number % 10).unwrap_or_default();
        [digit(number / 10), digit(number)]
    };
    let ([y1, y2], [y3, y4]) = (digits(year / 100), digits(year % 100));
    let ([m1, m2], [d1, d2]) = (digits(at.month()), digits(at.day()));
    let ([h1, h2], [n1, n2], [s1, s2]) = (digits(at.hour()), digits(at.minute()), digits(at.second()));
    out.extend_from_slice(&[
        b'"', y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b'T', h1, h2, b':', n1, n2, b':', s1, s2, b'Z', b'"',
    ]);
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use serde_json::{Value, json};

    use super::*;
    use crate::verdict::Label;

    fn instant(text: &str) -> DateTime<Utc> {
        text.parse().expect("an instant")
    }

    #[test]
    fn instants_are_written_as_serde_writes_them() {
        let whole = ["0000-01-01T00:00:00Z", "2024-02-29T23:59:59Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z"];
        let other = [
            "2024-02-29T23:59:59.5Z",
            "2024-02-29T23:59:59.000001Z",
            "-0001-01-01T00:00:00Z",
            "+10000-01-01T00:00:00Z",
        ];
        let leap = instant("2016-12-31T23:59:59Z") + TimeDelta::nanoseconds(999_999_999);
        for at in whole.iter().chain(&other).map(|text| instant(text)).chain([leap, DateTime::<Utc>::MIN_UTC]) {
            let mut written = Vec::new();
            write_instant(&mut written, at);
            assert_eq!(String::from_utf8(written).expect("UTF-8"), serde_json::to_string(&at).expect("JSON"));
        }
    }

    #[test]
    fn a_short_verdict_is_written_as_serde_writes_it() {
        let id = MaintenanceId::new("m-\"1\\").expect("an id");
        let segment = |label| Segment {
            start: instant("2024-01-01T00:00:00Z"),
            end: instant("2024-01-01T00:00:00.25Z"),
            seconds: -5,
            label,
            excused: label == Label::Covered,
        };
        let window = |maintenance, standing| Some(BriefWindow { maintenance, standing, ordinal: 7 });
        let brief = |flags: &[Flag], offset_seconds, segments, window| Brief {
            answer: Answer::Partly,
            kind: Kind::EarlyStart,
            flags: flags.to_vec(),
            offset_seconds,
            segments,
            window,
        };
        for brief in [
            brief(&[], None, Vec::new(), None),
            brief(
                &Flag::ALL,
                Some(i64::MIN),
                vec![segment(Label::Covered), segment(Label::Outside)],
                window(Some(&id), None),
            ),
            brief(&[Flag::Open], Some(0), vec![segment(Label::Grace)], window(None, Some("a\nb"))),
        ] {
            let mut written = b"{".to_vec();
            brief.write_members(&mut written);
            written.push(b'}');
            assert_eq!(String::from_utf8(written).expect("UTF-8"), serde_json::to_string(&brief).expect("JSON"));
        }
        assert_ne!(json!(brief(&[], None, Vec::new(), None)), Value::Null);
    }
}
