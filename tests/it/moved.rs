//! A clock that is moved, seen by all who hold it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, TimeDelta, Utc};
use inwindow::time::Clock;

/// Seconds of the Unix epoch.
#[derive(Clone)]
pub struct Moved(Arc<AtomicI64>);

impl Moved {
    pub fn at(instant: &str) -> Self {
        let at: DateTime<Utc> = instant.parse().expect("an instant");
        Self(Arc::new(AtomicI64::new(at.timestamp())))
    }

    pub fn by(&self, delta: TimeDelta) {
        self.0.fetch_add(delta.num_seconds(), Ordering::SeqCst);
    }

    pub fn to(&self, at: DateTime<Utc>) {
        // Up to the next whole second, so that what is due is due.
        self.0.store(at.timestamp() + i64::from(at.timestamp_subsec_nanos() > 0), Ordering::SeqCst);
    }
}

impl Clock for Moved {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp(self.0.load(Ordering::SeqCst), 0).expect("an instant")
    }
}
