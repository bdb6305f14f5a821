//! The ground of a verdict in sentences, with everything it rests on.

use chrono::{DateTime, TimeDelta, Utc};

use super::judge::Judged;
use super::pieces::{Piece, Scope};
use super::question::{Known, Question};
use super::value::{Answer, Evidence, Flag, GroupCount, Kind, Label, NoticeSeen, WindowSeen};
use crate::maintenance::Revision;
use crate::names::AssetId;
use crate::time::{Interval, TimeFlag, Zone};

/// What the sentences are made from.
pub(super) struct Ground<'g, 'a> {
    pub(super) question: &'g Question,
    pub(super) known: &'g Known<'a>,
    pub(super) judged: &'g Judged<'a>,
    pub(super) kind: Kind,
    pub(super) resting: Option<&'g Piece<'a>>,
    pub(super) flags: &'g [Flag],
    pub(super) group: &'g [GroupCount],
    pub(super) readings: &'g [Kind],
}

impl<'a> Piece<'a> {
    /// The revision that announced this piece: the first of those received when it was announced.
    pub(super) fn announced_by(&self) -> Option<&'a Revision> {
        self.maintenance.revisions.iter().find(|revision| revision.received.at == self.announced_at)
    }
}

/// Outage start minus the nearer edge of the window: negative before its start, positive after its end, zero inside.
pub(super) fn offset_seconds(start: DateTime<Utc>, window: Interval) -> i64 {
    if start < window.start() {
        (start - window.start()).num_seconds()
    } else if start >= window.end() {
        (start - window.end()).num_seconds()
    } else {
        0
    }
}

pub(super) fn window_seen(piece: &Piece<'_>) -> WindowSeen {
    let window = &piece.window;
    WindowSeen {
        maintenance: piece.maintenance.id.clone(),
        vendor: piece.maintenance.identity.vendor.clone(),
        reference: piece.maintenance.identity.reference.clone(),
        ordinal: window.ordinal,
        role: window.role,
        start: window.interval.start(),
        end: window.interval.end(),
        status: piece.state.status,
        written: window.written.clone(),
        zone: window.zone.clone(),
        time_flags: window.flags.clone(),
        announced_at: piece.announced_at,
        notice_given_seconds: piece.notice_given().num_seconds(),
        notice_required_seconds: piece.terms.notice_min.num_seconds(),
    }
}

pub(super) fn notice_seen(piece: &Piece<'_>) -> Option<NoticeSeen> {
    let revision = piece.announced_by()?;
    Some(NoticeSeen {
        id: revision.notice.clone(),
        received_at: revision.received.at,
        received_by: revision.received.by,
    })
}

pub(super) fn path(piece: &Piece<'_>) -> Vec<AssetId> {
    match &piece.scope {
        Scope::In { path, .. } => path.clone(),
        Scope::Other | Scope::Unmatched { .. } => Vec::new(),
    }
}

/// The sentences and the evidence behind them.
pub(super) fn explain(ground: &Ground<'_, '_>) -> (Vec<String>, Vec<Evidence>) {
    let mut why = vec![ground.main_sentence()];
    why.extend(ground.window_sentences());
    why.extend(ground.surroundings());
    (why, ground.evidence())
}

impl Ground<'_, '_> {
    /// The zone the times are told in: the one the window was written in, else the vendor's, else UTC.
    fn zone(&self) -> Zone {
        let vendors = self.known.inventory.vendors_of(&self.question.asset);
        let of_vendor =
            vendors.iter().filter_map(|id| self.known.inventory.vendors.get(id)).map(|v| v.zone.clone()).next();
        let name = self.resting.map(|piece| piece.window.zone.clone()).or(of_vendor);
        name.and_then(|name| self.known.zones.get(&name).ok()).unwrap_or_else(Zone::utc)
    }

    fn tell(&self, instant: DateTime<Utc>) -> String {
        let zone = self.zone();
        let local = zone.local(instant);
        format!(
            "{} {} ({})",
            local.format("%Y-%m-%d %H:%M:%S"),
            zone.abbreviation_at(instant),
            instant.format("%Y-%m-%dT%H:%M:%SZ")
        )
    }

    fn main_sentence(&self) -> String {
        let asset = &self.question.asset;
        let start = self.tell(self.judged.outage.start());
        let offset = self.resting.map_or(0, |piece| offset_seconds(self.judged.outage.start(), piece.interval));
        let away = length(TimeDelta::seconds(offset.abs()));
        match self.kind {
            Kind::Ambiguous => {
                let kinds: Vec<&str> = self.readings.iter().map(|kind| kind.as_str()).collect();
                format!("The times given can be read in several ways, which lead to {}.", kinds.join(", "))
            }
            Kind::InWindow => {
                format!("{asset} went down at {start}, inside a window announced for it, and was up before its end.")
            }
            Kind::ImpactExceeded => format!(
                "{asset} went down at {start}, inside the announced window, but worse than the window meant for it."
            ),
            Kind::Overrun => {
                format!("{asset} went down at {start}, inside the announced window, and stayed down after its end.")
            }
            Kind::Partly => format!(
                "{asset} went down at {start}, inside an announced window, which covers only some of the outage."
            ),
            Kind::AnnouncedTooLate => {
                format!("{asset} went down at {start}, inside a window that was announced later than the terms ask.")
            }
            Kind::TentativeOnly => format!("{asset} went down at {start}, inside a window that was never confirmed."),
            Kind::CancelledWindow => format!(
                "{asset} went down at {start}, inside a window that had been cancelled, moved or completed before."
            ),
            Kind::EarlyStart => format!("{asset} went down at {start}, {away} before the announced window began."),
            Kind::AfterWindow => format!("{asset} went down at {start}, {away} after the announced window had ended."),
            Kind::Retroactive => {
                format!("{asset} went down at {start}; the window that covers it was announced only afterwards.")
            }
            Kind::WrongAsset => {
                format!("{asset} went down at {start}, while its vendor had a window for other assets.")
            }
            Kind::OutOfWindow => {
                format!("{asset} went down at {start}; its vendors' nearest windows do not explain it.")
            }
            Kind::Unannounced => {
                format!("{asset} went down at {start}, and its vendors had announced no window near it.")
            }
            Kind::Unknown => format!("{asset} went down at {start}; whether a window covered it cannot be said."),
        }
    }

    fn window_sentences(&self) -> Vec<String> {
        let Some(piece) = self.resting else { return Vec::new() };
        let window = &piece.window;
        let span = if window.flags.contains(&TimeFlag::DateOnly) {
            format!("{} as a whole local day of {}", window.written.start, length(window.interval.length()))
        } else {
            length(window.interval.length())
        };
        let mut sentences = vec![format!(
            "Window {} of {} {}: {} to {} ({span}), {}.",
            window.ordinal,
            piece.maintenance.identity.vendor,
            piece.maintenance.identity.reference,
            self.tell(window.interval.start()),
            self.tell(window.interval.end()),
            piece.state.status,
        )];
        sentences.push(self.notice_sentence(piece));
        if let Some(expected) = piece.expected() {
            let path: Vec<&str> = path_ids(piece);
            let how = if path.len() > 1 { format!(" (by {})", path.join(" < ")) } else { String::new() };
            let comparison = if self.question.observed > expected { "worse than" } else { "no worse than" };
            sentences.push(format!(
                "It meant {expected} for {}{how}; {} was observed, {comparison} that.",
                self.question.asset, self.question.observed
            ));
        }
        sentences
    }

    fn notice_sentence(&self, piece: &Piece<'_>) -> String {
        let given = piece.notice_given();
        let notice = piece.announced_by().map(|revision| format!(" by notice {}", revision.notice)).unwrap_or_default();
        let ahead = if given >= TimeDelta::zero() {
            format!("{} ahead", length(given))
        } else {
            format!("{} after its start", length(-given))
        };
        let required = piece.terms.notice_min;
        let terms = if required.is_zero() {
            "the terms ask for no minimum".to_owned()
        } else if given >= required {
            format!("the terms ask for {}", length(required))
        } else {
            format!("the terms ask for {}, so it was {} short", length(required), length(required - given))
        };
        format!("It was announced {}{notice}, {ahead}; {terms}.", self.tell(piece.announced_at))
    }

    fn surroundings(&self) -> Vec<String> {
        let mut sentences = Vec::new();
        if self.kind == Kind::Unknown || self.flags.contains(&Flag::IntakeGap) {
            sentences.extend(self.judged.gaps.iter().map(|gap| sentence(&gap.text())));
        }
        if self.known.inventory.vendors_of(&self.question.asset).is_empty() {
            sentences.push(format!("The inventory names no vendor for {} or anything it needs.", self.question.asset));
        }
        if self.kind == Kind::Unannounced {
            sentences.extend(self.absence());
        }
        if !self.group.is_empty() {
            sentences.push(format!("Down at about the same time: {}.", group_text(self.group)));
        }
        let notes = self.flags.iter().filter_map(|flag| flag.sentence());
        sentences.extend(notes.map(str::to_owned));
        sentences
    }

    /// Proof of absence: which sources were read, up to when.
    fn absence(&self) -> Vec<String> {
        self.sources()
            .map(|(vendor, source)| {
                format!(
                    "{}'s notices in `{}` were all read up to {}; none announces a window near it.",
                    vendor,
                    source.source,
                    self.tell(source.complete_until)
                )
            })
            .collect()
    }

    fn sources(&self) -> impl Iterator<Item = (crate::names::VendorId, &crate::notice::Coverage)> {
        let vendors = self.known.inventory.vendors_of(&self.question.asset);
        vendors.into_iter().flat_map(|vendor| {
            let sources: Vec<_> = self.known.coverage.iter().filter(|source| source.is_of(&vendor)).collect();
            sources.into_iter().map(move |source| (vendor.clone(), source))
        })
    }

    fn evidence(&self) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        if let Some(piece) = self.resting {
            evidence.extend(piece.maintenance.revisions.iter().filter(|r| r.received.at < self.question.as_of).map(
                |r| {
                    let late = if r.received.at < self.judged.outage.start() {
                        ""
                    } else {
                        " (received after the outage began)"
                    };
                    let status = r.announcement.status.map_or("no status", |status| status.as_str());
                    Evidence::new(
                        "notice",
                        Some(r.notice.as_str()),
                        format!(
                            "{} {} revision {}: {status}, received {}{late}",
                            piece.maintenance.identity.vendor,
                            r.announcement.reference,
                            r.number,
                            r.received.at.format("%Y-%m-%dT%H:%M:%SZ"),
                        ),
                    )
                },
            ));
            let ids = path_ids(piece);
            if !ids.is_empty() {
                evidence.push(Evidence::new(
                    "inventory",
                    None,
                    format!("{} needs: {}", self.question.asset, ids.join(" < ")),
                ));
            }
        }
        evidence.extend(self.sources().map(|(vendor, source)| {
            let until = source.complete_until.format("%Y-%m-%dT%H:%M:%SZ");
            Evidence::new(
                "coverage",
                Some(&source.source),
                format!("{vendor}: everything received before {until} was read"),
            )
        }));
        evidence.extend(self.judged.gaps.iter().map(|gap| Evidence::new("gap", None, gap.text())));
        evidence.extend(self.known.statements.iter().map(|s| {
            let said_at = s.said_at.format("%Y-%m-%dT%H:%M:%SZ");
            Evidence::new(
                "statement",
                Some(s.outage.as_str()),
                format!("{} ({}, {said_at}): {}: “{}”", s.who, s.channel, s.stance, s.words),
            )
        }));
        evidence
    }
}

impl Evidence {
    fn new(kind: &str, id: Option<&str>, text: String) -> Self {
        Self { kind: kind.to_owned(), id: id.map(str::to_owned), text }
    }
}

fn path_ids<'p>(piece: &'p Piece<'_>) -> Vec<&'p str> {
    match &piece.scope {
        Scope::In { path, .. } => path.iter().map(AssetId::as_str).collect(),
        Scope::Other | Scope::Unmatched { .. } => Vec::new(),
    }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", chars.as_str())
}

/// `1 of 2 in joyent/us-east-1, 0 of 5 elsewhere`.
#[must_use]
pub fn group_text(group: &[GroupCount]) -> String {
    let parts: Vec<String> = group
        .iter()
        .map(|count| match &count.domain {
            Some(domain) => format!("{} of {} in {domain}", count.down, count.of),
            None => format!("{} of {} elsewhere", count.down, count.of),
        })
        .collect();
    parts.join(", ")
}

/// `12 d 13 h 47 min 20 s`: elapsed time, its largest units first, zero units left out.
#[must_use]
pub fn length(time: TimeDelta) -> String {
    let seconds = time.num_seconds();
    let units = [(seconds / 86_400, "d"), (seconds / 3600 % 24, "h"), (seconds / 60 % 60, "min"), (seconds % 60, "s")];
    let parts: Vec<String> =
        units.iter().filter(|(count, _)| *count > 0).map(|(count, unit)| format!("{count} {unit}")).collect();
    if parts.is_empty() { "0 s".to_owned() } else { parts.join(" ") }
}

impl Label {
    /// The label's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::CoveredImpactExceeded => "covered_impact_exceeded",
            Self::Grace => "grace",
            Self::LateNotice => "late_notice",
            Self::Tentative => "tentative",
            Self::Cancelled => "cancelled",
            Self::Outside => "outside",
        }
    }
}

impl Answer {
    /// The answer as a headline.
    #[must_use]
    pub fn headline(self) -> &'static str {
        match self {
            Self::Yes => "in-window",
            Self::Partly => "partly in-window",
            Self::No => "not in-window",
            Self::Unknown => "cannot be said",
        }
    }
}
