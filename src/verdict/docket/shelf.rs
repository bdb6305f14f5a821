//! The parts of windows of a docket in order, those that name the same or are of one vendor together.
//!
//! What is searched stands apart from what is weighed, in whole microseconds: of a million sheets a sweep by asset goes through
//! the spans one after the other, and meets the sheet of one in several.

use std::ops::Range;

use chrono::{DateTime, TimeDelta, Utc};

use super::sheet::{Sheet, Weighted};
use crate::time::Interval;
use crate::window::Impact;

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

/// What is looked for on a shelf: what lies near an outage.
#[derive(Debug, Clone, Copy)]
pub(super) struct Near {
    pub(super) outage: Interval,
    /// The outage's own.
    pub(super) span: Span,
    /// Only what was known before this counts.
    pub(super) as_of: DateTime<Utc>,
}

/// Books one behind the other.
#[derive(Debug, Default)]
pub(super) struct Shelf {
    sheets: Vec<Sheet>,
    spans: Vec<Span>,
    /// The furthest end so far in the book of each.
    furthest: Vec<i64>,
    /// By their numbers.
    books: Vec<Book>,
}

/// Sheets that stand together on a shelf, sorted by start: of all windows that name the same, or of one vendor.
#[derive(Debug, Clone, Copy)]
struct Book {
    first: u32,
    end: u32,
    /// The furthest that any sheet matters before and after it, in microseconds.
    reach: i64,
}

/// The sheets of a book by their ends: it can be asked for what is [`nearest`](Shelf::nearest) too.
#[derive(Debug, Default)]
pub(super) struct ByEnd {
    book: u32,
    /// All ends in order, in microseconds, with the place of each sheet on the shelf.
    ends: Vec<(i64, u32)>,
}

impl Shelf {
    /// Puts sheets in order, into so many books, and joins what says the same for spans of knowledge that meet.
    ///
    /// # Panics
    /// With more sheets than four thousand million.
    pub(super) fn of(mut sheets: Vec<Sheet>, books: u32) -> Self {
        put_in_order(&mut sheets);
        let (mut spans, mut furthest) = (Vec::with_capacity(sheets.len()), Vec::with_capacity(sheets.len()));
        let (mut bound, mut next) = (Vec::with_capacity(books as usize), 0);
        for number in 0..books {
            let first = next;
            let (mut reach, mut end) = (TimeDelta::zero(), i64::MIN);
            while let Some(sheet) = sheets.get(next).filter(|sheet| sheet.book == number) {
                let span = Span::of(sheet.interval);
                reach = reach.max(sheet.terms.reach());
                end = end.max(span.end);
                spans.push(span);
                furthest.push(end);
                next += 1;
            }
            let place = |place: usize| u32::try_from(place).expect("fewer sheets than fit into memory");
            let reach = reach.num_microseconds().unwrap_or(i64::MAX);
            bound.push(Book { first: place(first), end: place(next), reach });
        }
        Self { sheets, spans, furthest, books: bound }
    }

    /// The sheets of a book by their ends.
    pub(super) fn by_end(&self, book: u32) -> ByEnd {
        let Book { first, .. } = self.books[book as usize];
        let ends = self.spans[self.places(book)].iter().map(|span| span.end);
        let mut ends: Vec<(i64, u32)> = ends.zip(first..).collect();
        ends.sort_by_key(|(_, place)| self.sheets[*place as usize].interval.end());
        ByEnd { book, ends }
    }

    fn places(&self, book: u32) -> Range<usize> {
        let Book { first, end, .. } = self.books[book as usize];
        first as usize..end as usize
    }

    pub(super) fn len(&self) -> usize {
        self.sheets.len()
    }

    /// The sheets of a book known then that are near enough to matter, for an asset for which they mean so
    /// much.
    pub(super) fn near<'d>(&'d self, (book, expected): (u32, Impact), asked: &Near, into: &mut Vec<Weighted<'d>>) {
        let places = self.places(book);
        let within = asked.span.widened(self.books[book as usize].reach);
        let places = if places.len() <= FEW { places } else { self.meeting(places, within) };
        self.extend_with_meeting((places, within), asked, Some(expected), into);
    }

    /// Where the sheets of a book stand, from all its places, that may meet a span.
    fn meeting(&self, Range { start, end }: Range<usize>, span: Span) -> Range<usize> {
        let end = start + self.spans[start..end].partition_point(|known| known.start <= span.end);
        // Those that end before it are nearly all of the rest: from its place on back there are few.
        let before = self.furthest[start..end].iter().rposition(|furthest| *furthest < span.start);
        before.map_or(start, |place| start + place + 1)..end
    }

    fn extend_with_meeting<'d>(
        &'d self,
        (places, span): (Range<usize>, Span),
        asked: &Near,
        expected: Option<Impact>,
        into: &mut Vec<Weighted<'d>>,
    ) {
        for place in places {
            if self.spans[place].meets(span) && self.sheets[place].is_known_at(asked.as_of) {
                into.push(self.sheets[place].met_by(asked.outage, expected));
            }
        }
    }

    /// Of the sheets known then those that overlap or touch it; of none the nearest before and after within
    /// the horizon, all that are equally near.
    pub(super) fn nearest<'d>(
        &'d self,
        ByEnd { book, ends }: &ByEnd,
        asked: &Near,
        horizon: TimeDelta,
        into: &mut Vec<Weighted<'d>>,
    ) {
        let (outage, span) = (asked.outage, asked.span);
        let places = self.places(*book);
        let meeting = self.meeting(places.clone(), span);
        let (before_count, end) = (into.len(), meeting.end);
        self.extend_with_meeting((meeting, span), asked, None, into);
        if into.len() > before_count {
            return;
        }
        let horizon = horizon.num_microseconds().unwrap_or(i64::MAX);
        let known = |sheet: &&Sheet| sheet.is_known_at(asked.as_of);
        let ahead = (end..places.end).take_while(|place| self.spans[*place].start.saturating_sub(span.end) <= horizon);
        let ahead = ahead.map(|place| &self.sheets[place]).filter(known);
        extend_with_first(ahead, |sheet| sheet.interval.start(), outage, into);
        let passed = ends.partition_point(|(end, _)| *end <= span.start);
        let behind = ends[..passed].iter().rev().take_while(|(end, _)| span.start.saturating_sub(*end) <= horizon);
        let behind = behind.map(|(_, place)| &self.sheets[*place as usize]).filter(known);
        extend_with_first(behind, |sheet| sheet.interval.end(), outage, into);
    }
}

fn put_in_order(sheets: &mut Vec<Sheet>) {
    let key =
        |sheet: &Sheet| (sheet.book, sheet.interval, sheet.maintenance, sheet.ordinal, sheet.worth, sheet.known_after);
    sheets.sort_unstable_by_key(key);
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
        into.push(sheet.met_by(outage, None));
    }
}
