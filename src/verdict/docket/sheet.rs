//! What a docket keeps of a part of a window, and the parts of one asset or vendor in order.

use std::cmp::Ordering;
use std::rc::Rc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::maintenance::Terms;
use crate::time::{Interval, shifted};
use crate::verdict::flags::{Flags, Short};
use crate::verdict::pieces::{Weighed, Worth, past_the_end};
use crate::window::Impact;

/// So many sheets are gone through one by one: to search takes longer.
const FEW: usize = 16;

/// A part of a window by what was known of it for outages that began within a span.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sheet {
    pub(super) interval: Interval,
    /// It holds for outages that began after this instant …
    pub(super) known_after: DateTime<Utc>,
    /// … up to this one, it included.
    pub(super) known_until: DateTime<Utc>,
    pub(super) announced_at: DateTime<Utc>,
    pub(super) maintenance: u32,
    pub(super) ordinal: u32,
    pub(super) worth: Worth,
    pub(super) expected: Option<Impact>,
    pub(super) short: Short,
    pub(super) runs_on: TimeDelta,
    pub(super) terms: Rc<Terms>,
    /// What it says whatever the outage was.
    pub(super) flags: Flags,
}

/// A sheet as one outage meets it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weighted<'d> {
    pub(super) sheet: &'d Sheet,
    /// With the time that work may run past the end.
    pub(super) interval: Interval,
}

impl Weighed for Weighted<'_> {
    fn interval(&self) -> Interval {
        self.interval
    }

    fn worth(&self) -> Worth {
        self.sheet.worth
    }

    fn expected(&self) -> Option<Impact> {
        self.sheet.expected
    }

    fn radii(&self) -> (TimeDelta, TimeDelta) {
        (self.sheet.terms.early_radius, self.sheet.terms.after_radius)
    }

    fn terms(&self) -> &Terms {
        &self.sheet.terms
    }

    fn best_first(&self, other: &Self) -> Ordering {
        let (one, two) = (self.sheet, other.sheet);
        two.expected
            .cmp(&one.expected)
            .then(one.announced_at.cmp(&two.announced_at))
            .then(one.maintenance.cmp(&two.maintenance))
            .then(one.ordinal.cmp(&two.ordinal))
            .then(self.interval.cmp(&other.interval))
            .then(one.worth.cmp(&two.worth))
    }
}

impl Sheet {
    fn is_known_at(&self, start: DateTime<Utc>) -> bool {
        self.known_after < start && start <= self.known_until
    }

    fn met_by(&self, outage: Interval) -> Weighted<'_> {
        Weighted { sheet: self, interval: past_the_end(self.interval, self.runs_on, outage) }
    }
}

/// Sheets sorted by start, with the furthest end so far of each, and by end. What is searched stands in arrays of its own:
/// a sheet is five times as wide as its span, and a search over sheets waits for memory at each of its steps.
#[derive(Debug, Default)]
pub(super) struct Book {
    sheets: Vec<Sheet>,
    spans: Vec<Interval>,
    /// Of a book with more than a [`FEW`] sheets.
    furthest: Vec<DateTime<Utc>>,
    /// All ends in order, with the place of each sheet; of a book that is asked for what is nearest.
    by_end: Vec<(DateTime<Utc>, u32)>,
    /// The furthest that any sheet matters before and after it.
    reach: TimeDelta,
}

impl Book {
    pub(super) fn len(&self) -> usize {
        self.sheets.len()
    }

    /// Adds a part; one that says the same as the last one from where that ends only makes it last longer.
    pub(super) fn push(&mut self, sheet: Sheet) {
        self.reach = self.reach.max(sheet.terms.reach());
        self.sheets.push(sheet);
    }

    /// Puts everything in order, and joins what says the same for spans of knowledge that meet.
    pub(super) fn seal(&mut self) {
        let key = |sheet: &Sheet| (sheet.interval, sheet.maintenance, sheet.ordinal, sheet.known_after);
        self.sheets.sort_by_key(key);
        self.sheets.dedup_by(|next, kept| {
            let says_the_same = next.known_after == kept.known_until
                && Sheet { known_after: kept.known_after, known_until: kept.known_until, ..next.clone() } == *kept;
            if says_the_same {
                kept.known_until = next.known_until;
            }
            says_the_same
        });
        self.sheets.shrink_to_fit();
        self.spans = self.sheets.iter().map(|sheet| sheet.interval).collect();
        if self.sheets.len() > FEW {
            let furthest = self.spans.iter().scan(DateTime::<Utc>::MIN_UTC, |furthest, span| {
                *furthest = (*furthest).max(span.end());
                Some(*furthest)
            });
            self.furthest = furthest.collect();
        }
    }

    /// Puts everything in order, so that it can be asked what is [`Self::nearest`] too.
    pub(super) fn seal_for_nearest(&mut self) {
        self.seal();
        self.by_end = self.spans.iter().map(Interval::end).zip(0..).collect();
        self.by_end.sort_unstable();
    }

    /// The sheets known at the outage's start that are near enough to matter.
    pub(super) fn near<'d>(&'d self, outage: Interval, into: &mut Vec<Weighted<'d>>) {
        let (from, to) = (shifted(outage.start(), -self.reach), shifted(outage.end(), self.reach));
        into.extend(self.between(from, to).filter(|s| s.is_known_at(outage.start())).map(|sheet| sheet.met_by(outage)));
    }

    /// The sheets that end at or after `from` and start at or before `to`.
    fn between(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> impl Iterator<Item = &Sheet> {
        let (first, count) = if self.spans.len() <= FEW {
            (0, self.spans.len())
        } else {
            let count = self.spans.partition_point(|span| span.start() <= to);
            (self.furthest[..count].partition_point(|end| *end < from), count)
        };
        let meets = move |span: &Interval| span.end() >= from && span.start() <= to;
        let spans = self.spans[first..count].iter().enumerate();
        spans.filter(move |(_, span)| meets(span)).map(move |(place, _)| &self.sheets[first + place])
    }

    /// Of the sheets known at the outage's start those that overlap it, and the nearest before and after within the
    /// horizon, all that are equally near.
    pub(super) fn nearest<'d>(&'d self, outage: Interval, horizon: TimeDelta, into: &mut Vec<Weighted<'d>>) {
        let (start, end) = (outage.start(), outage.end());
        let known = |sheet: &&Sheet| sheet.is_known_at(start);
        let before_count = into.len();
        into.extend(self.between(start, end).filter(known).map(|sheet| sheet.met_by(outage)));
        if into.len() > before_count {
            return;
        }
        let first = self.spans.partition_point(|span| span.start() < end);
        let after = self.spans[first..].iter().zip(&self.sheets[first..]);
        let within = after.take_while(|(span, _)| span.start() - end <= horizon);
        let ahead = within.map(|(_, sheet)| sheet).filter(known);
        extend_with_first(ahead, |sheet| sheet.interval.start(), outage, into);
        let passed = self.by_end.partition_point(|(end, _)| *end <= start);
        let behind = self.by_end[..passed].iter().rev().take_while(|(end, _)| start - *end <= horizon);
        let behind = behind.map(|(_, place)| &self.sheets[*place as usize]).filter(known);
        extend_with_first(behind, |sheet| sheet.interval.end(), outage, into);
    }
}

/// Adds the first sheet and all that are as near.
fn extend_with_first<'d>(
    sheets: impl Iterator<Item = &'d Sheet>,
    edge: impl Fn(&Sheet) -> DateTime<Utc>,
    outage: Interval,
    into: &mut Vec<Weighted<'d>>,
) {
    let mut nearest = None;
    for sheet in sheets {
        if *nearest.get_or_insert_with(|| edge(sheet)) != edge(sheet) {
            break;
        }
        into.push(sheet.met_by(outage));
    }
}
