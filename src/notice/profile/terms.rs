//! The terms a vendor publishes, as lengths of time.

use chrono::TimeDelta;

/// Published terms; what is not stated is none. Lengths are elapsed time: `7 d` is 168 h.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ProfileTerms {
    /// Notice promised before a window.
    pub notice_min: Option<TimeDelta>,
    /// Time after a window's end that still counts as its own.
    pub grace: Option<TimeDelta>,
    /// How far before a good window an outage is still an early start.
    pub early_radius: Option<TimeDelta>,
    /// How far after a good window an outage is still its aftermath.
    pub after_radius: Option<TimeDelta>,
}
