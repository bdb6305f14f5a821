//! The instant at which planning looks, and when time alone can make it see something else.

use std::cell::Cell;

use chrono::{DateTime, Utc};

/// The instant at which a topic is looked at. Remembers the first instant ahead that it was asked about: as long as nothing
/// else changes, whoever looks before that one finds what was found now, since every answer is the same until then.
#[derive(Debug, Clone)]
pub(super) struct Now {
    at: DateTime<Utc>,
    next: Cell<Option<DateTime<Utc>>>,
}

impl Now {
    pub(super) fn new(at: DateTime<Utc>) -> Self {
        Self { at, next: Cell::new(None) }
    }

    /// The instant itself: to date what is planned with, and never to decide by, which [`Self::passed`] is for.
    pub(super) fn at(&self) -> DateTime<Utc> {
        self.at
    }

    /// Whether an instant has come: it is now, or was before.
    pub(super) fn passed(&self, instant: DateTime<Utc>) -> bool {
        let passed = instant <= self.at;
        if !passed {
            self.next.set(self.next.get().into_iter().chain([instant]).min());
        }
        passed
    }

    /// The first instant ahead that was asked about; none when time alone will change nothing.
    pub(super) fn next(&self) -> Option<DateTime<Utc>> {
        self.next.get()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::TimeDelta;

    #[test]
    fn the_first_instant_ahead_is_remembered_and_none_that_has_come() {
        let at = DateTime::UNIX_EPOCH;
        let second = TimeDelta::seconds(1);
        let now = Now::new(at);
        assert!(now.passed(at - second) && now.passed(at));
        assert_eq!(now.next(), None);
        assert!(!now.passed(at + second * 2) && !now.passed(at + second) && !now.passed(at + second * 3));
        assert_eq!(now.next(), Some(at + second));
    }
}
