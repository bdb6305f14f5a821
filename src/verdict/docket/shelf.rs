//! The parts of windows of a docket in order, all of one asset or vendor together.
//!
//! What is searched stands apart from what is weighed, in whole microseconds: of a million sheets a sweep by asset goes through
//! the spans one after the other, and meets the sheet of one in several.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

use super::sheet::{Sheet, Weighted};
use crate::time::Interval;

/// So many spans are gone through one by one: to search takes longer.
const FEW: usize = 16;

/// From the microsecond that a span begins in to the one that it ends in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    start: i64,
    end: i64,
}

impl Span {
    /// The span of an interval; of one in fractions of microseconds a little longer on either side.
    pub(super) fn of(interval: Interval) -> Self {
        let (start, end) = (interval.start(), interval.end());
        let rest = i64::from(!end.timestamp_subsec_nanos().is_multiple_of(1000));
        Self { start: start.timestamp_micros(), end: end.timestamp_micros() + rest }
    }

    fn widened(self, by: i64) -> Self {
        Self { start: self.start.saturating_sub(by), end: self.end.saturating_add(by) }
    }

    /// Whether the two share an instant or touch.
    fn meets(self, other: Self) -> bool {
        self.end >= other.start && self.start <= other.end
    }
}

/// Books one behind the other.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    sheets: Vec<Sheet>,
    spans: Vec<Span>,
    /// The furthest end so far in the book of each.
    furthest: Vec<i64>,
}

/// The sheets of one asset or vendor on a shelf, sorted by start.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Book {
    first: u32,
    end: u32,
    /// The furthest that any sheet matters before and after it, in microseconds.
    reach: i64,
}

/// A book that is asked for what is nearest too.
#[derive(Debug, Default)]
pub(super) struct BookByEnd {
    book: Book,
    /// All ends in order, in microseconds, with the place of each sheet on the shelf.
    by_end: Vec<(i64, u32)>,
}

impl Shelf {
    /// Puts sheets in order, joins what says the same for spans of knowledge that meet, and adds them.
    ///
    /// # Panics
    /// With more sheets than four thousand million.
    pub(super) fn bind(&mut self, mut sheets: Vec<Sheet>) -> Book {
        put_in_order(&mut sheets);
        let place = |sheets: &Vec<Sheet>| u32::try_from(sheets.len()).expect("fewer sheets than fit into memory");
        let first = place(&self.sheets);
        let reach = sheets.iter().map(|sheet| sheet.terms.reach()).max().unwrap_or_default();
        let mut furthest = i64::MIN;
        for sheet in &sheets {
            let span = Span::of(sheet.interval);
            furthest = furthest.max(span.end);
            self.spans.push(span);
            self.furthest.push(furthest);
        }
        self.sheets.append(&mut sheets);
        Book { first, end: place(&self.sheets), reach: reach.num_microseconds().unwrap_or(i64::MAX) }
    }

    /// The same, so that what is [`nearest`](Self::nearest) can be asked.
    pub(super) fn bind_by_end(&mut self, sheets: Vec<Sheet>) -> BookByEnd {
        let book = self.bind(sheets);
        let ends = self.spans[book.places()].iter().map(|span| span.end);
        let mut by_end: Vec<(i64, u32)> = ends.zip(book.first..).collect();
        by_end.sort_by_key(|(_, place)| self.sheets[*place as usize].interval.end());
        BookByEnd { book, by_end }
    }

    /// Makes room for so many sheets more.
    pub(super) fn reserve(&mut self, sheets: usize) {
        self.sheets.reserve_exact(sheets);
        self.spans.reserve_exact(sheets);
        self.furthest.reserve_exact(sheets);
    }

    pub(super) fn len(&self) -> usize {
        self.sheets.len()
    }

    /// The sheets of a book known at the outage's start that are near enough to matter.
    pub(super) fn near<'d>(&'d self, book: Book, (outage, span): (Interval, Span), into: &mut Vec<Weighted<'d>>) {
        let places = book.places();
        let within = span.widened(book.reach);
        let places = if places.len() <= FEW { places } else { self.meeting(book, within) };
        self.extend_with_meeting(places, within, outage, into);
    }

    /// Where the sheets of a book stand that may meet a span.
    fn meeting(&self, book: Book, span: Span) -> Range<usize> {
        let Range { start, end } = book.places();
        let end = start + self.spans[start..end].partition_point(|known| known.start <= span.end);
        // Those that end before it are nearly all of the rest: from its place on back there are few.
        let before = self.furthest[start..end].iter().rposition(|furthest| *furthest < span.start);
        before.map_or(start, |place| start + place + 1)..end
    }

    fn extend_with_meeting<'d>(
        &'d self,
        places: Range<usize>,
        span: Span,
        outage: Interval,
        into: &mut Vec<Weighted<'d>>,
    ) {
        for place in places {
            if self.spans[place].meets(span) && self.sheets[place].is_known_at(outage.start()) {
                into.push(self.sheets[place].met_by(outage));
            }
        }
    }

    /// Of the sheets known at the outage's start those that overlap or touch it; of none the nearest before and after within
    /// the horizon, all that are equally near.
    pub(super) fn nearest<'d>(
        &'d self,
        BookByEnd { book, by_end }: &BookByEnd,
        (outage, span): (Interval, Span),
        horizon: TimeDelta,
        into: &mut Vec<Weighted<'d>>,
    ) {
        let meeting = self.meeting(*book, span);
        let (before_count, end) = (into.len(), meeting.end);
        self.extend_with_meeting(meeting, span, outage, into);
        if into.len() > before_count {
            return;
        }
        let horizon = horizon.num_microseconds().unwrap_or(i64::MAX);
        let known = |sheet: &&Sheet| sheet.is_known_at(outage.start());
        let ahead =
            (end..book.places().end).take_while(|place| self.spans[*place].start.saturating_sub(span.end) <= horizon);
        let ahead = ahead.map(|place| &self.sheets[place]).filter(known);
        extend_with_first(ahead, |sheet| sheet.interval.start(), outage, into);
        let passed = by_end.partition_point(|(end, _)| *end <= span.start);
        let behind = by_end[..passed].iter().rev().take_while(|(end, _)| span.start.saturating_sub(*end) <= horizon);
        let behind = behind.map(|(_, place)| &self.sheets[*place as usize]).filter(known);
        extend_with_first(behind, |sheet| sheet.interval.end(), outage, into);
    }
}

impl Book {
    fn places(self) -> Range<usize> {
        self.first as usize..self.end as usize
    }
}

fn put_in_order(sheets: &mut Vec<Sheet>) {
    sheets.sort_by_key(|sheet| (sheet.interval, sheet.maintenance, sheet.ordinal, sheet.known_after));
    sheets.dedup_by(|next, kept| {
        let says_the_same = next.known_after == kept.known_until
            && Sheet { known_after: kept.known_after, known_until: kept.known_until, ..next.clone() } == *kept;
        if says_the_same {
            kept.known_until = next.known_until;
        }
        says_the_same
    });
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
