//! Everything about an outage in the order it happened.

use chrono::{DateTime, Utc};

use super::{Event, EventKind, NoticeTold, PostMortem, WindowSaid, WindowTold};
use crate::outage::ClaimAct;
use crate::plan::MessageState;
use crate::report::told::{in_short, joined};
use crate::time::{ClockChange, Interval};

pub(super) fn of(post_mortem: &PostMortem) -> Vec<Event> {
    let mut told: Vec<(DateTime<Utc>, EventKind, String)> = Vec::new();
    told.extend(post_mortem.notices.iter().map(notice));
    let known = |window: &&WindowTold| window.said == WindowSaid::Before && !window.moved_away;
    for window in post_mortem.windows.iter().filter(known) {
        let name = name(window);
        told.push((window.interval.start(), EventKind::WindowStart, format!("{name} begins")));
        told.push((window.interval.end(), EventKind::WindowEnd, format!("{name} ends")));
    }
    let outage = &post_mortem.outage;
    let down = in_short(&outage.assets);
    told.push((outage.start.at, EventKind::OutageStart, format!("this outage begins: {down}")));
    if let Some(end) = &outage.end {
        told.push((end.at, EventKind::OutageEnd, format!("this outage ends: {down}")));
    }
    for other in &post_mortem.beside {
        let down = in_short(&other.assets);
        told.push((other.start, EventKind::OutageStart, format!("another outage begins: {down}")));
        told.extend(other.end.map(|end| (end, EventKind::OutageEnd, format!("another outage ends: {down}"))));
    }
    for said in &post_mortem.statements {
        let text = format!("{} ({}, {}): “{}”", said.who, said.channel, said.stance, said.words);
        told.push((said.said_at, EventKind::Statement, text));
    }
    for mails in post_mortem.mails.iter().filter(|mails| mails.state == MessageState::Accepted) {
        let to = if mails.customers.is_empty() { "staff".to_owned() } else { joined(&mails.customers) };
        let word = if mails.count == 1 { "mail" } else { "mails" };
        told.push((mails.at, EventKind::Mails, format!("{} {} {word} sent to {to}", mails.count, mails.stage)));
    }
    for held in &post_mortem.overrides {
        let text = format!("{} holds {} to be {}: “{}”", held.by, held.asset, held.kind, held.reason);
        told.push((held.made_at, EventKind::Override, text));
    }
    for attached in &post_mortem.attachments {
        let note = attached.note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
        told.push((attached.seen_at, EventKind::Attachment, format!("seen: {}{note}", attached.what)));
    }
    for step in post_mortem.claims.iter().filter_map(|claim| claim.step.as_ref()) {
        let did = match step.act {
            ClaimAct::Filed => "claimed from",
            ClaimAct::Waived => "decided not to claim from",
        };
        told.push((step.at, EventKind::Claim, format!("{} {did} {}", step.by, step.vendor)));
    }
    told.extend(clock_changes(post_mortem, &told));
    told.sort();
    told.into_iter().map(|(at, kind, text)| event(post_mortem, at, kind, text)).collect()
}

/// `dc-ams DCA-1, window 1`.
pub(super) fn name(window: &WindowTold) -> String {
    format!("{} {}, window {}", window.vendor, window.reference, window.ordinal)
}

fn notice(notice: &NoticeTold) -> (DateTime<Utc>, EventKind, String) {
    let says = if notice.says.is_empty() { String::new() } else { format!(" ({})", notice.says.join("; ")) };
    let subject = notice.subject.as_deref().unwrap_or("no subject");
    (notice.received_at, EventKind::Notice, format!("notice received: “{subject}”{says}"))
}

/// The clock changes between the first and the last of what happened.
fn clock_changes(
    post_mortem: &PostMortem,
    told: &[(DateTime<Utc>, EventKind, String)],
) -> Vec<(DateTime<Utc>, EventKind, String)> {
    let instants = || told.iter().map(|(at, ..)| *at);
    let ends = instants().min().zip(instants().max());
    let Some(Ok(span)) = ends.map(|(first, last)| Interval::new(first, last)) else { return Vec::new() };
    let changes = post_mortem.clocks.changes(span);
    let told = |change: ClockChange| (change.at, EventKind::ClockChange, post_mortem.clocks.change_text(&change));
    changes.into_iter().map(told).collect()
}

fn event(post_mortem: &PostMortem, at: DateTime<Utc>, kind: EventKind, text: String) -> Event {
    let since_start_seconds = (at - post_mortem.outage.start.at).num_seconds();
    Event { at, local: post_mortem.clocks.wall(at), since_start_seconds, kind, text }
}
