//! Half-open spans of time between two instants.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::instant::instant;

/// `[start, end)`: holds its start and not its end, and is never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Ends", into = "Ends")]
pub struct Interval {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

#[derive(Serialize, Deserialize)]
struct Ends {
    #[serde(deserialize_with = "instant")]
    start: DateTime<Utc>,
    #[serde(deserialize_with = "instant")]
    end: DateTime<Utc>,
}

/// An end that is not after its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the end {end} is not after the start {start}")]
pub struct EmptyInterval {
    /// The start as given.
    pub start: DateTime<Utc>,
    /// The end as given.
    pub end: DateTime<Utc>,
}

/// The instant that lies `by` after (or, when negative, before) another; past what chrono can hold, the last one it can.
#[must_use]
pub fn shifted(instant: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    let limit = if by < TimeDelta::zero() { DateTime::<Utc>::MIN_UTC } else { DateTime::<Utc>::MAX_UTC };
    instant.checked_add_signed(by).unwrap_or(limit)
}

impl Interval {
    /// The span from `start` (held) to `end` (not held).
    ///
    /// # Errors
    /// [`EmptyInterval`] when `end` is not after `start`.
    pub fn new(start: DateTime<Utc>, end: DateTime<Utc>) -> Result<Self, EmptyInterval> {
        if end > start { Ok(Self { start, end }) } else { Err(EmptyInterval { start, end }) }
    }

    /// The second that begins at `instant`: `[T, T+1 s)`, what `check --at T` judges.
    #[must_use]
    pub fn second_at(instant: DateTime<Utc>) -> Self {
        let second = TimeDelta::seconds(1);
        let end = shifted(instant, second);
        // The last second that chrono can hold begins where it ends.
        let start = if end > instant { instant } else { shifted(end, -second) };
        Self { start, end }
    }

    /// The same span with `by` more before and after it.
    #[must_use]
    pub fn widened(&self, by: TimeDelta) -> Self {
        Self::new(shifted(self.start, -by), shifted(self.end, by)).unwrap_or(*self)
    }

    /// Elapsed time between the two; zero where they overlap or touch.
    #[must_use]
    pub fn distance(&self, other: &Self) -> TimeDelta {
        // Compared first: to subtract instants takes several times as long, and a batch asks this of millions.
        if self.end < other.start {
            other.start - self.end
        } else if other.end < self.start {
            self.start - other.end
        } else {
            TimeDelta::zero()
        }
    }

    /// First instant held.
    #[must_use]
    pub fn start(&self) -> DateTime<Utc> {
        self.start
    }

    /// First instant no longer held.
    #[must_use]
    pub fn end(&self) -> DateTime<Utc> {
        self.end
    }

    /// Elapsed time from start to end.
    #[must_use]
    pub fn length(&self) -> TimeDelta {
        self.end - self.start
    }

    /// Whether `instant` lies in `[start, end)`.
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        self.start <= instant && instant < self.end
    }

    /// Whether some instant lies in both; back-to-back intervals share none.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The instants that lie in both, if any.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        Self::new(self.start.max(other.start), self.end.min(other.end)).ok()
    }

    /// The instants that lie in none of the others, in order.
    #[must_use]
    pub fn minus(&self, others: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let mut rest = vec![*self];
        for other in others {
            let outside = |part: Self| {
                [Self::new(part.start, part.end.min(other.start)), Self::new(part.start.max(other.end), part.end)]
            };
            rest = rest.into_iter().flat_map(outside).flatten().collect();
        }
        rest
    }

    /// The instants before `instant`, if any.
    #[must_use]
    pub fn before(&self, instant: DateTime<Utc>) -> Option<Self> {
        Self::new(self.start, self.end.min(instant)).ok()
    }
}

impl TryFrom<Ends> for Interval {
    type Error = EmptyInterval;
    fn try_from(ends: Ends) -> Result<Self, EmptyInterval> {
        Self::new(ends.start, ends.end)
    }
}

impl From<Interval> for Ends {
    fn from(interval: Interval) -> Self {
        Self { start: interval.start, end: interval.end }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> DateTime<Utc> {
        DateTime::UNIX_EPOCH + TimeDelta::seconds(second)
    }

    fn span(start: i64, end: i64) -> Interval {
        Interval::new(at(start), at(end)).expect("a test interval has a length")
    }

    #[test]
    fn an_interval_is_never_empty() {
        assert!(Interval::new(at(5), at(5)).is_err());
        assert!(Interval::new(at(5), at(4)).is_err());
        assert!(
            serde_json::from_str::<Interval>(r#"{"start":"2020-01-01T00:00:00Z","end":"2020-01-01T00:00:00Z"}"#)
                .is_err()
        );
    }

    #[test]
    fn it_holds_its_start_and_not_its_end() {
        let interval = span(10, 20);
        for (second, held) in [(9, false), (10, true), (19, true), (20, false)] {
            assert_eq!(interval.contains(at(second)), held, "second {second}");
        }
    }

    #[test]
    fn what_is_left_without_others() {
        assert_eq!(span(0, 10).minus([span(3, 5), span(8, 20)]), [span(0, 3), span(5, 8)]);
        assert_eq!(span(0, 10).minus([span(0, 10)]), []);
        assert_eq!(span(0, 10).minus([span(10, 12)]), [span(0, 10)]);
        assert_eq!(span(0, 10).minus([]), [span(0, 10)]);
    }

    #[test]
    fn the_ends_of_time_do_not_overflow() {
        for instant in [DateTime::<Utc>::MIN_UTC, DateTime::<Utc>::MAX_UTC] {
            let second = Interval::second_at(instant);
            assert_eq!(second.length(), TimeDelta::seconds(1));
            assert!(second.widened(TimeDelta::days(36_525)).length() >= second.length());
        }
        assert_eq!(shifted(at(5), TimeDelta::seconds(-3)), at(2));
    }

    #[test]
    fn distances_are_between_the_nearer_ends() {
        assert_eq!(span(0, 10).distance(&span(12, 20)).num_seconds(), 2);
        assert_eq!(span(12, 20).distance(&span(0, 10)).num_seconds(), 2);
        assert_eq!(span(0, 10).distance(&span(10, 20)).num_seconds(), 0);
        assert_eq!(span(0, 10).distance(&span(5, 20)).num_seconds(), 0);
    }

    #[test]
    fn back_to_back_is_no_overlap() {
        assert!(!span(0, 10).overlaps(&span(10, 20)));
        assert!(span(0, 11).overlaps(&span(10, 20)));
        assert_eq!(span(0, 11).intersection(&span(10, 20)), Some(span(10, 11)));
        assert_eq!(span(0, 10).intersection(&span(10, 20)), None);
    }
}
