//! The one way by which a program learns what time it is.

use chrono::{DateTime, Utc};

/// A source of the present instant, for any thread. The system's clock is implemented in `cli` alone; the demo and the
/// tests set theirs.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> DateTime<Utc>;
}
