//! The evidence behind a verdict: every notice that was weighed, the needs that join the asset to it, which sources were
//! read, what they leave open, and what stands around the outage.

use std::collections::BTreeSet;

use super::ground::{Ground, rfc_3339};
use super::intake::IntakeGap;
use super::judge::close_in_time;
use super::pieces::{Origin, Piece, Weighed};
use super::readings::span_text;
use super::resting::path;
use super::value::Evidence;
use crate::maintenance::{Cause, Maintenance, Revision};
use crate::names::AssetId;
use crate::outage::Statement;
use crate::time::Interval;

/// Most maintenances whose notices are listed: those that the kind rests on and the nearest come first, and the rest is
/// counted. A vendor with dozens of windows a week would bury what matters.
const MAX_MAINTENANCES: usize = 16;

impl Ground<'_, '_> {
    pub(super) fn evidence(&self) -> Vec<Evidence> {
        let mut evidence = self.notices();
        evidence.extend(self.standing());
        evidence.extend(self.needs());
        evidence.extend(self.sources().map(|(vendor, source)| {
            let until = rfc_3339(source.complete_until);
            let text = format!("{vendor}: everything received before {until} was read");
            Evidence::new("coverage", Some(&source.source), text)
        }));
        evidence.extend(self.judged.gaps.iter().map(|gap| match gap {
            IntakeGap::InReview(notice) => Evidence::new("review", Some(notice.as_str()), gap.text()),
            IntakeGap::NotRead { .. }
            | IntakeGap::UnmatchedName(_)
            | IntakeGap::NoZone(_)
            | IntakeGap::UnknownSlot(_)
            | IntakeGap::NotExpanded(_) => Evidence::new("gap", None, gap.text()),
        }));
        evidence.extend(self.outages());
        evidence.extend(self.statements());
        let readings = self.readings.listed.iter();
        evidence.extend(readings.map(|(text, kind)| Evidence::new("reading", None, format!("{text}: {kind}"))));
        evidence.extend(self.resting.zip(self.as_told).map(|(piece, told)| {
            let (now, was) = (span_text(piece.window.interval), Interval::new(told.start, told.end).map(span_text));
            let text = format!(
                "{now} by zone rules {}: {}; {} by {}, as told: {}",
                told.rules_now,
                self.kind,
                was.unwrap_or_default(),
                told.rules,
                told.kind
            );
            Evidence::new("reading", None, text)
        }));
        evidence
    }

    /// The revisions of every maintenance weighed, as far as they were received before the moment asked as of.
    fn notices(&self) -> Vec<Evidence> {
        let weighed = self.weighed();
        let mut notices = Vec::new();
        for maintenance in weighed.iter().take(MAX_MAINTENANCES) {
            let mut revisions: Vec<&Revision> =
                maintenance.standing().filter(|revision| revision.received.at < self.question.as_of).collect();
            revisions.sort_by_key(|revision| (revision.received.at, revision.number));
            notices.extend(revisions.into_iter().map(|revision| self.notice(maintenance, revision)));
        }
        if let Some(more) = weighed.len().checked_sub(MAX_MAINTENANCES).filter(|more| *more > 0) {
            notices.push(Evidence::new("notice", None, format!("and those of {more} more maintenances further away")));
        }
        notices
    }

    /// The maintenances with a window for the asset within reach, and where absence decides those for other assets too:
    /// the one that the kind rests on first, then by how near they are.
    fn weighed(&self) -> Vec<&Maintenance> {
        let all_count = self.kind.weighs_all();
        let weighs = |piece: &&Piece<'_>| all_count || piece.expected().is_some();
        let pieces = self.judged.known.iter().chain(&self.judged.late).filter(weighs);
        let mut near: Vec<(&Piece<'_>, _)> =
            pieces.map(|piece| (piece, self.judged.outage.distance(&piece.interval))).collect();
        near.sort_by(|a, b| a.1.cmp(&b.1).then_with(|| a.0.best_first(b.0)));
        let mut seen = BTreeSet::new();
        let all = self.resting.into_iter().chain(near.into_iter().map(|(piece, _)| piece));
        all.filter_map(Piece::maintenance).filter(|maintenance| seen.insert(&maintenance.id)).collect()
    }

    fn notice(&self, maintenance: &Maintenance, revision: &Revision) -> Evidence {
        let said = &revision.announcement;
        let status = said.status.map_or("no status", |status| status.as_str());
        let windows: Vec<String> = said.windows.iter().take(2).map(|window| span_text(window.interval)).collect();
        let windows = match (windows.is_empty(), said.windows.len().saturating_sub(2)) {
            (true, _) => String::new(),
            (false, 0) => format!(", {}", windows.join(" and ")),
            (false, more) => format!(", {} and {more} more", windows.join(", ")),
        };
        let rules = said.windows.first().filter(|_| revision.cause == Cause::Tzdata).map(|window| &window.rules);
        let again = rules.map(|rules| format!(" (read again by zone rules {rules})")).unwrap_or_default();
        let late = if revision.received.at < self.judged.outage.start() { "" } else { " (after the outage began)" };
        let text = format!(
            "{} {} revision {}: {status}{windows}{again}, received {}{late}",
            maintenance.identity.vendor,
            said.reference,
            revision.number,
            rfc_3339(revision.received.at),
        );
        Evidence::new("notice", Some(revision.notice.as_str()), text)
    }

    /// The occurrence of a standing window that the verdict rests on.
    fn standing(&self) -> Option<Evidence> {
        let piece = self.resting?;
        let Origin::Standing(standing) = piece.origin else { return None };
        let known = match standing.when.known_from() {
            Some(known_from) => format!("known since {}", rfc_3339(known_from)),
            None => "always known".to_owned(),
        };
        let text = format!("{} {}: {}, {known}", standing.vendor, standing.id, span_text(piece.window.interval));
        Some(Evidence::new("standing", Some(&standing.id), text))
    }

    /// The way from the asset to the object that the window names.
    fn needs(&self) -> Option<Evidence> {
        let path = self.resting.map(path).unwrap_or_default();
        let (asset, needed) = path.split_first()?;
        let needed: Vec<&str> = needed.iter().map(AssetId::as_str).collect();
        let text = || format!("{asset} needs {}", needed.join(", which needs "));
        (!needed.is_empty()).then(|| Evidence::new("inventory", None, text()))
    }

    /// The recorded outages that began at about the same time.
    fn outages(&self) -> Vec<Evidence> {
        let mut beside = close_in_time(self.question, self.known);
        beside.sort_by_key(|beside| (beside.start, &beside.asset, &beside.outage));
        beside.dedup();
        let text = |start, asset| format!("{asset} went down at {}", rfc_3339(start));
        let evidence = beside.into_iter().filter(|beside| beside.asset != self.question.asset);
        evidence.map(|b| Evidence::new("outage", Some(b.outage.as_str()), text(b.start, &b.asset))).collect()
    }

    fn statements(&self) -> Vec<Evidence> {
        let mut statements: Vec<_> = self.known.statements.iter().collect();
        statements.sort_by_key(|s| (s.said_at, &s.who, &s.words, s.stance, &s.channel, &s.outage));
        let text =
            |s: &Statement| format!("{} ({}, {}): {}: “{}”", s.who, s.channel, rfc_3339(s.said_at), s.stance, s.words);
        statements.into_iter().map(|s| Evidence::new("statement", Some(s.outage.as_str()), text(s))).collect()
    }
}

impl Evidence {
    fn new(kind: &str, id: Option<&str>, text: String) -> Self {
        Self { kind: kind.to_owned(), id: id.map(str::to_owned), text }
    }
}
