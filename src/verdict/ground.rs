//! The ground of a verdict in sentences.

use chrono::{DateTime, TimeDelta, Utc};

use super::judge::{Judged, Readings};
use super::kind::is_covered;
use super::pieces::{Origin, Piece, Required, Withdrawal};
use super::question::{Known, OutageState, Question};
use super::readings::MAX_READINGS;
use super::resting::{completed_at, offset_seconds, status_known};
use super::scope::Scope;
use super::value::{Answer, AsTold, Evidence, Flag, GroupCount, Kind};
use crate::maintenance::{Label, TermsSource};
use crate::names::{AssetId, VendorId};
use crate::notice::{Coverage, Status};
use crate::time::{TimeFlag, Zone, ZoneText, read_zone_text, shown_length};
use crate::window::standing::AppliesTo;
use crate::window::{Impact, Role};

/// What the sentences are made from.
pub(super) struct Ground<'g, 'a> {
    pub(super) question: &'g Question,
    pub(super) known: &'g Known<'g>,
    pub(super) judged: &'g Judged<'a>,
    pub(super) kind: Kind,
    pub(super) resting: Option<&'g Piece<'a>>,
    pub(super) as_told: Option<&'g AsTold>,
    pub(super) flags: &'g [Flag],
    pub(super) group: &'g [GroupCount],
    pub(super) readings: &'g Readings,
}

/// The sentences and the evidence behind them.
pub(super) fn explain(ground: &Ground<'_, '_>) -> (Vec<String>, Vec<Evidence>) {
    let mut why = vec![ground.main_sentence()];
    why.extend(ground.window_sentences());
    why.extend(ground.surroundings());
    (why, ground.evidence())
}

impl<'g> Ground<'g, '_> {
    /// The zone the times are told in: the one the window was written in, else the vendor's, else UTC.
    fn zone(&self) -> Zone {
        let vendors = self.known.inventory.vendors_of(&self.question.asset);
        let of_vendor =
            vendors.iter().filter_map(|id| self.known.inventory.vendors.get(id)).map(|v| v.zone.clone()).next();
        let name = self.resting.map(|piece| piece.window.zone.clone()).or(of_vendor).unwrap_or_default();
        match read_zone_text(&name, self.known.zones) {
            ZoneText::Region(zone) => zone,
            ZoneText::Offset(offset) => Zone::fixed(offset),
            ZoneText::Abbreviation(_) | ZoneText::Unknown(_) => {
                self.known.zones.get(&name).unwrap_or_else(|_| Zone::utc())
            }
        }
    }

    fn tell(&self, instant: DateTime<Utc>) -> String {
        let zone = self.zone();
        let local = zone.local(instant);
        format!("{} {} ({})", local.format("%Y-%m-%d %H:%M:%S"), zone.abbreviation_at(instant), rfc_3339(instant))
    }

    /// What was seen of the asset, or, of a span that lies ahead, would be.
    fn observed(&self) -> String {
        let (asset, start) = (&self.question.asset, self.tell(self.judged.outage.start()));
        let (is, would) = match self.question.observed {
            Impact::Outage => ("went down at", "would go down at"),
            Impact::Degraded => ("was degraded from", "would be degraded from"),
            Impact::ReducedRedundancy => ("lost redundancy at", "would lose redundancy at"),
            Impact::NoImpact => ("went on working at", "would go on working at"),
        };
        match self.question.state {
            OutageState::Ended | OutageState::Open => format!("{asset} {is} {start}"),
            OutageState::Ahead => format!("{asset} {would} {start}"),
        }
    }

    fn main_sentence(&self) -> String {
        format!("{}{}.", self.observed(), self.clause())
    }

    fn ambiguous_clause(&self) -> String {
        let kinds: Vec<&str> = self.readings.kinds.iter().map(|kind| kind.as_str()).collect();
        let kinds = kinds.join(", ");
        match self.readings.too_many {
            None => format!("; the times given can be read in several ways, which lead to {kinds}"),
            Some(_) => format!(
                "; the times given can be read in more than {MAX_READINGS} ways, and those that were tried lead to {kinds}"
            ),
        }
    }

    /// What the kind adds to what was seen.
    fn clause(&self) -> String {
        let offset = self.resting.map_or(0, |piece| offset_seconds(self.judged.outage.start(), piece.interval));
        let away = shown_length(TimeDelta::seconds(offset.abs()));
        let vendor = self.resting.map(|piece| piece.vendor().as_str()).unwrap_or_default();
        match self.kind {
            Kind::Ambiguous => self.ambiguous_clause(),
            Kind::InWindow => format!(", inside a window announced for it; all of it is covered{}", self.with_grace()),
            Kind::ImpactExceeded => ", inside the announced window, but worse than the window meant for it".to_owned(),
            Kind::Overrun => {
                let rest = shown_length(self.seconds(|label| !is_covered(label)));
                format!(", inside the announced window, and went on after its end: the last {rest} are not covered")
            }
            Kind::Partly => {
                let (covered, all) =
                    (shown_length(self.seconds(is_covered)), shown_length(self.judged.outage.length()));
                format!(", inside an announced window, but windows cover only {covered} of its {all}")
            }
            Kind::AnnouncedTooLate => self.too_late_clause(),
            Kind::TentativeOnly => self.tentative_clause(),
            Kind::CancelledWindow => self.withdrawn_clause(),
            Kind::EarlyStart => format!(", {away} before the announced window began"),
            Kind::AfterWindow => format!(", {away} after the announced window had ended"),
            Kind::Retroactive => "; the window that covers it was announced only afterwards".to_owned(),
            Kind::WrongAsset => format!(", while {vendor} had a window for other assets"),
            Kind::OutOfWindow => format!("; the nearest window of its vendors is {away} away and does not explain it"),
            Kind::Unannounced => ", and its vendors had announced no window near it".to_owned(),
            Kind::Unknown => "; whether a window covered it cannot be said".to_owned(),
        }
    }

    fn with_grace(&self) -> String {
        let grace = self.seconds(|label| label == Label::Grace);
        if grace.is_zero() {
            String::new()
        } else {
            format!(", {} of it by the grace after the end", shown_length(grace))
        }
    }

    fn seconds(&self, counts: impl Fn(Label) -> bool) -> TimeDelta {
        let counted = self.judged.segments.iter().filter(|segment| counts(segment.label));
        TimeDelta::seconds(counted.map(|segment| segment.seconds).sum())
    }

    fn too_late_clause(&self) -> String {
        let asks = self.resting.is_some_and(|piece| !piece.required.promise.is_none());
        let late = if asks { "later than the terms ask" } else { "only after it had begun" };
        format!(", inside a window that was announced {late}")
    }

    fn tentative_clause(&self) -> String {
        match self.resting.map(|piece| (piece.window.role, status_known(piece))) {
            Some((
                Role::Contingency,
                Status::Confirmed | Status::InProcess | Status::Completed | Status::Rescheduled,
            )) => ", inside a contingency window, which the terms do not count as announced".to_owned(),
            Some((Role::Contingency, Status::Tentative | Status::Cancelled) | (Role::Primary, _)) | None => {
                ", inside a window that was only tentative".to_owned()
            }
        }
    }

    fn withdrawn_clause(&self) -> String {
        let how = match self.resting.and_then(|piece| piece.withdrawn).map(|withdrawn| withdrawn.by) {
            Some(Withdrawal::Completed) => return ", inside a window whose work was over by then".to_owned(),
            Some(Withdrawal::Cancelled) | None => "cancelled",
            Some(Withdrawal::Moved) => "moved or taken back",
        };
        format!(", inside a window that had been {how}")
    }

    fn window_sentences(&self) -> Vec<String> {
        let Some(piece) = self.resting else { return Vec::new() };
        let window = &piece.window;
        let span = if window.flags.contains(&TimeFlag::DateOnly) {
            format!("{} as a whole local day of {}", window.written.start, shown_length(window.interval.length()))
        } else {
            shown_length(window.interval.length())
        };
        let (start, end) = (self.tell(window.interval.start()), self.tell(window.interval.end()));
        let mut sentences = vec![match &piece.origin {
            Origin::Announced { maintenance, .. } => format!(
                "Window {} of {} {}: {start} to {end} ({span}), {}.",
                window.ordinal,
                piece.vendor(),
                maintenance.identity.reference,
                status_known(piece),
            ),
            Origin::Standing(standing) => {
                format!("Standing window `{}` of {}: {start} to {end} ({span}).", standing.id, standing.vendor)
            }
        }];
        sentences.extend(self.as_told.map(as_told_sentence));
        sentences.push(self.notice_sentence(piece));
        sentences.extend(self.withdrawn_sentence(piece));
        sentences.push(self.scope_sentence(piece));
        sentences
    }

    /// What the window meant for the asset beside what was seen, or whom it was for.
    fn scope_sentence(&self, piece: &Piece<'_>) -> String {
        let (asset, observed) = (&self.question.asset, self.question.observed);
        match &*piece.scope {
            Scope::In { expected, path, .. } => {
                let path: Vec<&str> = path.iter().map(AssetId::as_str).collect();
                let how = if path.len() > 1 { format!(" (by {})", path.join(" < ")) } else { String::new() };
                let comparison = if observed > *expected { "worse than" } else { "no worse than" };
                let is = match self.question.state {
                    OutageState::Ended | OutageState::Open => "was observed",
                    OutageState::Ahead => "is asked about",
                };
                format!("It meant {expected} for {asset}{how}; {observed} {is}, {comparison} that.")
            }
            Scope::Other => {
                let whom = whom(piece);
                format!("It was for {whom}, which {asset} does not need.")
            }
            Scope::Unmatched { names } => {
                let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
                format!("It names {}, which nothing in the inventory is known by.", names.join(", "))
            }
        }
    }

    fn notice_sentence(&self, piece: &Piece<'_>) -> String {
        let given = piece.notice_given;
        let notice = piece.announced_by().map(|revision| format!(" by notice {}", revision.notice)).unwrap_or_default();
        let ahead = if given >= TimeDelta::zero() {
            format!("{} ahead", shown_length(given))
        } else {
            format!("{} after its start", shown_length(-given))
        };
        let Required { promise, length: required, .. } = piece.required;
        let ask = match piece.terms.notice_from {
            TermsSource::Contract => "the contract asks for",
            TermsSource::Profile => "the vendor's published terms ask for",
            TermsSource::Default => "the terms ask for",
        };
        let terms = if required.is_zero() {
            format!("{ask} no minimum")
        } else if given >= required {
            format!("{ask} {promise}")
        } else {
            format!("{ask} {promise}, so it was {} short", shown_length(required - given))
        };
        if let Origin::Standing(standing) = &piece.origin {
            return match standing.when.known_from() {
                None => "It comes round and was always known: it is its own announcement.".to_owned(),
                Some(_) => format!("It has been known since {}, {ahead}; {terms}.", self.tell(piece.announced_at)),
            };
        }
        format!("It was announced {}{notice}, {ahead}; {terms}.", self.tell(piece.announced_at))
    }

    /// When the window was taken away, by which notice; or when its work was over before its end.
    fn withdrawn_sentence(&self, piece: &Piece<'_>) -> Option<String> {
        let notice = piece.withdrawn_by().map(|revision| format!(" by notice {}", revision.notice)).unwrap_or_default();
        match (piece.withdrawn, completed_at(piece)) {
            (Some(withdrawn), ended_at) => {
                let at = self.tell(withdrawn.at);
                Some(match (withdrawn.by, ended_at) {
                    (Withdrawal::Cancelled, _) => format!("It was cancelled {at}{notice}."),
                    (Withdrawal::Moved, _) => format!("It was moved or taken back {at}{notice}."),
                    (Withdrawal::Completed, Some(ended)) => {
                        format!("Its work ended {}, as told {at}{notice}.", self.tell(ended))
                    }
                    (Withdrawal::Completed, None) => format!("Its work was told to be over {at}{notice}."),
                })
            }
            (None, Some(ended)) => Some(format!("Its work ended {}, and the window with it.", self.tell(ended))),
            (None, None) => None,
        }
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
        if !self.group.is_empty() && self.question.state != OutageState::Ahead {
            sentences.push(format!("Down at about the same time: {}.", group_text(self.group)));
        }
        let notes = self.flags.iter().filter_map(|flag| flag.sentence());
        sentences.extend(notes.map(str::to_owned));
        sentences
    }

    /// Proof of absence: which sources were read, up to when.
    fn absence(&self) -> Vec<String> {
        let horizon = |vendor: &VendorId| shown_length(self.known.terms_of(vendor).horizon);
        self.sources()
            .map(|(vendor, source)| {
                let (until, horizon) = (self.tell(source.complete_until), horizon(&vendor));
                format!(
                    "{vendor}'s notices in `{}` were all read up to {until}; by what had come before the outage, no window \
                     stood within {horizon} of it.",
                    source.source
                )
            })
            .collect()
    }

    /// The sources of the asset's vendors' notices.
    pub(super) fn sources(&self) -> impl Iterator<Item = (VendorId, &'g Coverage)> {
        let vendors = self.known.inventory.vendors_of(&self.question.asset);
        let coverage = self.known.coverage;
        vendors.into_iter().flat_map(move |vendor| {
            let of_it = coverage.iter().filter(|source| source.is_of(&vendor));
            let mut sources: Vec<_> = of_it.map(|source| (vendor.clone(), source)).collect();
            sources.sort_by_key(|(_, source)| (source.source.as_str(), source.complete_until));
            sources
        })
    }
}

/// For what else a window is.
fn whom(piece: &Piece<'_>) -> String {
    let names: Vec<&str> = match &piece.origin {
        Origin::Announced { state, .. } => {
            state.objects_of(&piece.window).iter().map(|object| object.name.as_str()).collect()
        }
        Origin::Standing(standing) => {
            let AppliesTo { assets, sites } = &standing.applies_to;
            assets.iter().chain(sites).map(String::as_str).collect()
        }
    };
    if names.is_empty() { "another account".to_owned() } else { names.join(", ") }
}

/// What customers were told of where the window lies, by which rules, and what follows from that reading.
fn as_told_sentence(told: &AsTold) -> String {
    format!(
        "Those are its words by the zone rules {}. By {}, which it was told by, it lies from {} to {}, and the verdict \
         would be {}.",
        told.rules_now,
        told.rules,
        rfc_3339(told.start),
        rfc_3339(told.end),
        told.kind,
    )
}

/// `2017-03-25T19:00:00Z`.
pub(super) fn rfc_3339(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%dT%H:%M:%SZ").to_string()
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
