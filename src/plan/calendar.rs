//! The calendar part: MAINTNOTE events (draft-gunter-calext-maintenance-notifications) written as RFC 5545 asks.

use chrono::{DateTime, Utc};

use super::message::{Material, MaterialWindow};
use super::plain::{one_line, token};
use crate::names::{AssetId, Digest};
use crate::notice::Status;
use crate::window::Impact;

/// Octets of a content line before it is folded, the line break not counted (RFC 5545 section 3.1).
const MAX_LINE_OCTETS: usize = 75;

/// Words about the assets that a window touches.
pub(super) type OfAssets<'a> = dyn Fn(&[(AssetId, Impact)]) -> String + 'a;

/// What the events of one letter have in common.
pub(super) struct Facts<'a> {
    /// Our id of the maintenance, or of the standing window or its occurrence.
    pub(super) maintenance: &'a str,
    /// The customer's id, or the reader where there is no customer.
    pub(super) account: &'a str,
    /// Our domain: in the UID, and the provider of the notes.
    pub(super) domain: &'a str,
    /// Who writes.
    pub(super) organizer: &'a str,
    /// The one who is invited; none of entries that ask for no answer.
    pub(super) attendee: Option<&'a str>,
    /// Higher with each letter about this maintenance.
    pub(super) sequence: u32,
    pub(super) stamp: DateTime<Utc>,
    /// The line shown for a window that touches these assets.
    pub(super) summary: &'a OfAssets<'a>,
    /// What is shown below it.
    pub(super) description: &'a OfAssets<'a>,
}

/// One calendar with an event for each window, those included that the reader was told before and that are no more. None
/// when there is no window at all.
pub(super) fn calendar(facts: &Facts<'_>, material: &Material, before: Option<&Material>) -> Option<String> {
    let events = standing(facts, material) + &gone(facts, material, before);
    (!events.is_empty()).then(|| object(&events, None))
}

/// The same as invitations (RFC 5546): an object with each method that is needed, for a request can call nothing off.
pub(super) fn invitations(
    facts: &Facts<'_>,
    material: &Material,
    before: Option<&Material>,
) -> Vec<(String, &'static str)> {
    let (standing, gone) = (standing(facts, material), gone(facts, material, before));
    let (request, cancel) = match material.status {
        Some(Status::Cancelled) => (String::new(), standing + &gone),
        Some(Status::Tentative | Status::Confirmed | Status::InProcess | Status::Completed | Status::Rescheduled)
        | None => (standing, gone),
    };
    let objects = [(request, "REQUEST"), (cancel, "CANCEL")].into_iter().filter(|(events, _)| !events.is_empty());
    objects.map(|(events, method)| (object(&events, Some(method)), method)).collect()
}

/// The events of the windows as they stand.
pub(super) fn standing(facts: &Facts<'_>, material: &Material) -> String {
    let mut events = String::new();
    let status = material.status.unwrap_or(Status::Confirmed);
    for window in &material.windows {
        event(&mut events, facts, window, material.assets_in(window), status);
    }
    events
}

/// The events of the windows that the reader was told before and that are no more.
fn gone(facts: &Facts<'_>, material: &Material, before: Option<&Material>) -> String {
    let mut events = String::new();
    let Some(before) = before else { return events };
    for window in before.windows.iter().filter(|window| material.window(window.ordinal).is_none()) {
        event(&mut events, facts, window, before.assets_in(window), Status::Cancelled);
    }
    events
}

/// A calendar of these events.
pub(super) fn object(events: &str, method: Option<&str>) -> String {
    let mut calendar = String::new();
    for text in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//inwindow//maintenance notes//EN", "CALSCALE:GREGORIAN"] {
        line(&mut calendar, text);
    }
    if let Some(method) = method {
        line(&mut calendar, &format!("METHOD:{method}"));
    }
    calendar.push_str(events);
    line(&mut calendar, "END:VCALENDAR");
    calendar
}

/// The UID of a window for a customer: the same in every letter about it.
fn uid(facts: &Facts<'_>, ordinal: u32) -> String {
    let digest = Digest::of_parts(["vevent", facts.maintenance, &ordinal.to_string(), facts.account]);
    format!("{}-w{ordinal}@{}", &digest.as_str()[..32], token(facts.domain))
}

fn event(to: &mut String, facts: &Facts<'_>, window: &MaterialWindow, assets: &[(AssetId, Impact)], status: Status) {
    let stamp = |at: DateTime<Utc>| at.format("%Y%m%dT%H%M%SZ").to_string();
    let worst = assets.iter().map(|(_, impact)| *impact).max().unwrap_or(Impact::NoImpact);
    let mut put = |name: &str, value: &str| line(to, &format!("{name}:{value}"));
    put("BEGIN", "VEVENT");
    put("UID", &uid(facts, window.ordinal));
    put("SEQUENCE", &facts.sequence.to_string());
    put("DTSTAMP", &stamp(facts.stamp));
    put("DTSTART", &stamp(window.interval.start()));
    put("DTEND", &stamp(window.interval.end()));
    put("SUMMARY", &text(&(facts.summary)(assets)));
    put("DESCRIPTION", &text(&(facts.description)(assets)));
    put("STATUS", event_status(status));
    put("TRANSP", "TRANSPARENT");
    put("CATEGORIES", "MAINTENANCE");
    put("ORGANIZER", &format!("mailto:{}", token(facts.organizer)));
    if let Some(attendee) = facts.attendee {
        put("ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE", &format!("mailto:{}", token(attendee)));
    }
    put("X-MAINTNOTE-PROVIDER", &text(&token(facts.domain)));
    put("X-MAINTNOTE-ACCOUNT", &text(facts.account));
    put("X-MAINTNOTE-MAINTENANCE-ID", &text(facts.maintenance));
    for (asset, impact) in assets {
        put(&format!("X-MAINTNOTE-OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT={impact}"), &text(asset.as_str()));
    }
    put("X-MAINTNOTE-IMPACT", worst.as_str());
    put("X-MAINTNOTE-STATUS", status.as_str());
    put("END", "VEVENT");
}

/// RFC 5545 section 3.8.1.11 knows three.
fn event_status(status: Status) -> &'static str {
    match status {
        Status::Tentative => "TENTATIVE",
        Status::Confirmed | Status::InProcess | Status::Completed | Status::Rescheduled => "CONFIRMED",
        Status::Cancelled => "CANCELLED",
    }
}

/// A TEXT value (RFC 5545 section 3.3.11): backslash, semicolon, comma and line breaks escaped, no other control.
fn text(value: &str) -> String {
    let lines: Vec<String> = value.lines().map(one_line).collect();
    let mut escaped = String::new();
    for c in lines.join("\n").chars() {
        match c {
            '\\' => escaped.push_str("\\\\"),
            ';' => escaped.push_str("\\;"),
            ',' => escaped.push_str("\\,"),
            '\n' => escaped.push_str("\\n"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// Writes a content line, folded at 75 octets between characters, each piece ended by CRLF.
fn line(to: &mut String, content: &str) {
    let (mut rest, mut room) = (content, MAX_LINE_OCTETS);
    while rest.len() > room {
        let (piece, after) = rest.split_at(rest.floor_char_boundary(room));
        to.extend([piece, "\r\n "]);
        // The space that a further piece begins with is one of its octets.
        (rest, room) = (after, MAX_LINE_OCTETS - 1);
    }
    to.extend([rest, "\r\n"]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_folded_at_75_octets_between_characters() {
        let mut folded = String::new();
        line(&mut folded, &format!("SUMMARY:{}", "ä€😀x".repeat(40)));
        assert!(folded.ends_with("\r\n") && folded.matches("\r\n ").count() >= 4);
        assert!(folded.split("\r\n").all(|piece| piece.len() <= 75), "{folded}");
        assert_eq!(folded.replace("\r\n ", "").trim_end(), format!("SUMMARY:{}", "ä€😀x".repeat(40)));
        let mut exact = String::new();
        line(&mut exact, &"x".repeat(75));
        assert_eq!(exact, format!("{}\r\n", "x".repeat(75)));
        line(&mut exact, &"x".repeat(76));
        assert!(exact.ends_with("x\r\n x\r\n"));
    }

    #[test]
    fn text_cannot_end_its_line() {
        assert_eq!(text("a;b,c\\d\r\nEND:VEVENT\u{7}"), "a\\;b\\,c\\\\d\\nEND:VEVENT");
    }
}
