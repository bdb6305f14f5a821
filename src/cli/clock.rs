//! The one place that reads the system's clock.

use chrono::{DateTime, Utc};

use crate::app::AppError;
use crate::time::Clock;

/// The system's clock, or an instant that the user fixed for a rehearsal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SystemClock {
    fixed: Option<DateTime<Utc>>,
}

impl SystemClock {
    /// The system's clock, unless `INWINDOW_CLOCK` names an instant: then it stands still there.
    pub(crate) fn from_env() -> Result<Self, AppError> {
        let Some(text) = std::env::var_os("INWINDOW_CLOCK").filter(|text| !text.is_empty()) else {
            return Ok(Self { fixed: None });
        };
        let text = text.to_string_lossy();
        let fixed = text.parse().map_err(|_| {
            let what = format!("INWINDOW_CLOCK is `{text}`, which is no RFC 3339 instant");
            AppError::usage(what, "set it to something like 2017-03-25T19:00:00Z, or unset it")
        })?;
        Ok(Self { fixed: Some(fixed) })
    }

    /// Where it stands still, when it does.
    pub(crate) fn fixed(self) -> Option<DateTime<Utc>> {
        self.fixed
    }
}

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods, reason = "the one system clock")]
    fn now(&self) -> DateTime<Utc> {
        self.fixed.unwrap_or_else(|| std::time::SystemTime::now().into())
    }
}
