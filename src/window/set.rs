//! The windows of an asset, to be asked often: which hold an instant, what comes next, what lies between.

use chrono::{DateTime, TimeDelta, Utc};

use crate::time::Interval;

/// Windows sorted by start with the running maximum of their ends, in microseconds since 1970.
///
/// An answer needs one binary search: the windows before the first that starts later hold the instant exactly when the
/// furthest of their ends lies after it. Instants are cut to microseconds, which is what the store keeps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WindowSet {
    starts: Vec<i64>,
    ends: Vec<i64>,
    /// The furthest end of this window and all before it.
    furthest: Vec<i64>,
    /// All ends in order.
    sorted_ends: Vec<i64>,
    /// The place of each window in the list that was given.
    places: Vec<usize>,
}

/// What happens at a boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// At least one window starts, and none ends.
    Start,
    /// At least one window ends, and none starts.
    End,
    /// One ends as another starts.
    Both,
}

impl WindowSet {
    /// The set of these windows, which may overlap and come in any order.
    #[must_use]
    pub fn new(windows: impl IntoIterator<Item = Interval>) -> Self {
        let mut rows: Vec<(i64, i64, usize)> = windows
            .into_iter()
            .enumerate()
            .map(|(place, window)| (micros(window.start()), micros(window.end()), place))
            .filter(|(start, end, _)| start < end)
            .collect();
        rows.sort_unstable();
        let mut sorted_ends: Vec<i64> = rows.iter().map(|(_, end, _)| *end).collect();
        sorted_ends.sort_unstable();
        let furthest = rows.iter().scan(i64::MIN, |furthest, (_, end, _)| {
            *furthest = (*furthest).max(*end);
            Some(*furthest)
        });
        Self {
            furthest: furthest.collect(),
            starts: rows.iter().map(|row| row.0).collect(),
            ends: rows.iter().map(|row| row.1).collect(),
            places: rows.iter().map(|row| row.2).collect(),
            sorted_ends,
        }
    }

    /// How many windows there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    /// Whether some window holds the instant.
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        let at = micros(instant);
        self.held_by_first(self.started_by(at), at)
    }

    /// The windows that hold the instant, as places in the list given to [`new`](Self::new), the latest start first.
    pub fn at(&self, instant: DateTime<Utc>) -> impl Iterator<Item = usize> {
        let at = micros(instant);
        self.ending_after(self.started_by(at), at)
    }

    /// The windows that share an instant with `span`, as [`at`](Self::at) gives them.
    pub fn overlapping(&self, span: &Interval) -> impl Iterator<Item = usize> {
        let count = self.starts.partition_point(|start| *start < micros(span.end()));
        self.ending_after(count, micros(span.start()))
    }

    /// The first start or end after the instant; one at the instant itself is past.
    #[must_use]
    pub fn next_boundary(&self, after: DateTime<Utc>) -> Option<(DateTime<Utc>, Boundary)> {
        let after = micros(after);
        let next = |sorted: &[i64]| sorted.get(sorted.partition_point(|at| *at <= after)).copied();
        let (at, boundary) = match (next(&self.starts), next(&self.sorted_ends)) {
            (Some(start), Some(end)) if start == end => (start, Boundary::Both),
            (Some(start), Some(end)) if end < start => (end, Boundary::End),
            (Some(start), _) => (start, Boundary::Start),
            (None, Some(end)) => (end, Boundary::End),
            (None, None) => return None,
        };
        Some((instant(at), boundary))
    }

    /// The instants held by some window, as intervals that neither overlap nor meet.
    #[must_use]
    pub fn union(&self) -> Vec<Interval> {
        let mut pieces: Vec<(i64, i64)> = Vec::new();
        for (start, end) in self.starts.iter().zip(&self.ends) {
            match pieces.last_mut() {
                Some(piece) if piece.1 >= *start => piece.1 = piece.1.max(*end),
                Some(_) | None => pieces.push((*start, *end)),
            }
        }
        pieces.into_iter().filter_map(|(start, end)| Interval::new(instant(start), instant(end)).ok()).collect()
    }

    /// The instants of `span` held by some window, as intervals in order.
    #[must_use]
    pub fn inside(&self, span: &Interval) -> Vec<Interval> {
        let (from, to) = (micros(span.start()), micros(span.end()));
        let count = self.starts.partition_point(|start| *start < to);
        // Windows before the first whose running maximum reaches the span all end before it.
        let first = self.furthest[..count].partition_point(|end| *end <= from);
        let mut pieces: Vec<Interval> = Vec::new();
        let mut open: Option<(i64, i64)> = None;
        let mut close = |open: (i64, i64)| pieces.extend(Interval::new(instant(open.0), instant(open.1)).ok());
        for (start, end) in self.starts[first..count].iter().zip(&self.ends[first..count]) {
            let (start, end) = ((*start).max(from), (*end).min(to));
            open = match open {
                _ if end <= start => open,
                Some((begun, furthest)) if start <= furthest => Some((begun, furthest.max(end))),
                Some(done) => {
                    close(done);
                    Some((start, end))
                }
                None => Some((start, end)),
            };
        }
        if let Some(done) = open {
            close(done);
        }
        pieces
    }

    /// The instants of `span` that no window holds, as intervals in order.
    #[must_use]
    pub fn gaps(&self, span: &Interval) -> Vec<Interval> {
        let mut gaps = Vec::new();
        let (mut from, to) = (span.start(), span.end());
        for piece in self.inside(span) {
            gaps.extend(Interval::new(from, piece.start()).ok());
            from = piece.end();
        }
        gaps.extend(Interval::new(from, to).ok());
        gaps
    }

    /// Says of each instant, in turn, whether some window holds it; in one pass when the instants come in order.
    ///
    /// An instant before the one that came before it is searched for anew, so any order is answered rightly.
    pub fn sweep(&self, instants: impl IntoIterator<Item = DateTime<Utc>>) -> impl Iterator<Item = bool> {
        let (mut count, mut last) = (0, i64::MIN);
        instants.into_iter().map(move |instant| {
            let at = micros(instant);
            if at < last {
                count = self.started_by(at);
            }
            last = at;
            while self.starts.get(count).is_some_and(|start| *start <= at) {
                count += 1;
            }
            self.held_by_first(count, at)
        })
    }

    /// How many windows have started by then.
    fn started_by(&self, at: i64) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }

    fn held_by_first(&self, count: usize, at: i64) -> bool {
        count > 0 && self.furthest[count - 1] > at
    }

    /// Of the first `count` windows those that end after `at`, from the last one back.
    fn ending_after(&self, count: usize, at: i64) -> impl Iterator<Item = usize> {
        (0..count)
            .rev()
            .take_while(move |row| self.furthest[*row] > at)
            .filter(move |row| self.ends[*row] > at)
            .map(|row| self.places[row])
    }
}

impl FromIterator<Interval> for WindowSet {
    fn from_iter<I: IntoIterator<Item = Interval>>(windows: I) -> Self {
        Self::new(windows)
    }
}

fn micros(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros()
}

fn instant(micros: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::microseconds(micros)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    fn span(start: i64, end: i64) -> Interval {
        Interval::new(at(start), at(end)).expect("a test interval has a length")
    }

    fn set(windows: &[(i64, i64)]) -> WindowSet {
        windows.iter().map(|(start, end)| span(*start, *end)).collect()
    }

    /// `expected` lists the windows that hold the second.
    #[track_caller]
    fn check(windows: &[(i64, i64)], second: i64, expected: &[usize]) {
        let set = set(windows);
        let mut got: Vec<usize> = set.at(at(second)).collect();
        got.sort_unstable();
        assert_eq!((got.as_slice(), set.contains(at(second))), (expected, !expected.is_empty()), "second {second}");
    }

    #[test]
    fn a_window_holds_its_start_and_not_its_end() {
        let windows = [(10, 20), (0, 100), (20, 30)];
        for (second, expected) in
            [(-1, &[][..]), (0, &[1]), (9, &[1]), (10, &[0, 1]), (19, &[0, 1]), (20, &[1, 2]), (99, &[1]), (100, &[])]
        {
            check(&windows, second, expected);
        }
        check(&[], 0, &[]);
    }

    #[test]
    fn a_long_window_is_found_behind_many_short_ones() {
        let mut windows: Vec<(i64, i64)> = (0..1000).map(|n| (n * 10, n * 10 + 1)).collect();
        windows.push((-5, 20_000));
        check(&windows, 15_000, &[1000]);
        check(&windows, 9_990, &[999, 1000]);
    }

    #[test]
    fn the_next_boundary_is_after_the_instant() {
        let set = set(&[(10, 20), (20, 30), (15, 40)]);
        let next = |second| set.next_boundary(at(second)).map(|(at, what)| (at.timestamp(), what));
        assert_eq!(next(0), Some((10, Boundary::Start)));
        assert_eq!(next(10), Some((15, Boundary::Start)));
        assert_eq!(next(15), Some((20, Boundary::Both)));
        assert_eq!(next(20), Some((30, Boundary::End)));
        assert_eq!(next(40), None);
    }

    #[test]
    fn years_past_2038_are_years_like_others() {
        let far = 7_952_342_400; // 2222-01-01
        check(&[(far, far + 60)], far, &[0]);
        check(&[(far, far + 60)], far + 60, &[]);
    }

    #[test]
    fn union_inside_and_gaps() {
        let set = set(&[(0, 10), (10, 20), (30, 40), (5, 12)]);
        assert_eq!(set.union(), [span(0, 20), span(30, 40)]);
        assert_eq!(set.inside(&span(15, 35)), [span(15, 20), span(30, 35)]);
        assert_eq!(set.gaps(&span(15, 50)), [span(20, 30), span(40, 50)]);
        assert_eq!(set.gaps(&span(0, 20)), []);
        assert_eq!(set.inside(&span(20, 30)), []);
    }

    fn windows() -> impl Strategy<Value = Vec<(i64, i64)>> {
        prop::collection::vec((0i64..200, 1i64..40).prop_map(|(start, length)| (start, start + length)), 0..25)
    }

    proptest! {
        #[test]
        fn it_answers_as_asking_each_window_does(windows in windows(), asked in prop::collection::vec(-10i64..250, 1..40)) {
            let set = set(&windows);
            let held = |second: i64| windows.iter().any(|(start, end)| (*start..*end).contains(&second));
            let swept: Vec<bool> = set.sweep(asked.iter().map(|second| at(*second))).collect();
            for (second, swept) in asked.into_iter().zip(swept) {
                prop_assert_eq!((set.contains(at(second)), swept), (held(second), held(second)));
                let mut got: Vec<usize> = set.at(at(second)).collect();
                got.sort_unstable();
                let expected: Vec<usize> = (0..windows.len()).filter(|n| (windows[*n].0..windows[*n].1).contains(&second)).collect();
                prop_assert_eq!(got, expected);
            }
        }

        #[test]
        fn inside_and_outside_are_the_query(windows in windows(), start in -20i64..220, length in 1i64..150) {
            let (set, query) = (set(&windows), span(start, start + length));
            let (inside, outside) = (set.inside(&query), set.gaps(&query));
            let total: TimeDelta = inside.iter().chain(&outside).map(Interval::length).sum();
            prop_assert_eq!(total, query.length());
            for second in start..start + length {
                let held = set.contains(at(second));
                prop_assert_eq!(inside.iter().any(|piece| piece.contains(at(second))), held);
                prop_assert_eq!(outside.iter().any(|piece| piece.contains(at(second))), !held);
            }
            let mut overlapping: Vec<usize> = set.overlapping(&query).collect();
            overlapping.sort_unstable();
            let expected: Vec<usize> = (0..windows.len()).filter(|n| span(windows[*n].0, windows[*n].1).overlaps(&query)).collect();
            prop_assert_eq!(overlapping, expected);
        }
    }
}
