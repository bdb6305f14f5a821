//! The one place that reads the system's clock.

use anyhow::Context as _;
use chrono::{DateTime, Utc};

use crate::time::Clock;

/// The system's clock, or an instant that the user fixed for a rehearsal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock {
    fixed: Option<DateTime<Utc>>,
}

impl SystemClock {
    /// The system's clock, unless `INWINDOW_CLOCK` names an instant: then it stands still there.
    pub(crate) fn from_env() -> anyhow::Result<Self> {
        let fixed = match std::env::var("INWINDOW_CLOCK") {
            Ok(text) => {
                let instant =
                    text.parse().with_context(|| format!("INWINDOW_CLOCK is `{text}`, which is no RFC 3339 instant"));
                Some(instant?)
            }
            Err(_) => None,
        };
        Ok(Self { fixed })
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one system clock")]
    fn now(&self) -> DateTime<Utc> {
        self.fixed.unwrap_or_else(|| std::time::SystemTime::now().into())
    }
}
