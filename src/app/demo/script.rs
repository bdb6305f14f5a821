//! What happens in the stories: `schedules/demo/script.toml` as values.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::outage::Stance;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Script {
    /// In the order in which they are played: the clock never goes back.
    pub(super) story: Vec<Story>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Story {
    /// `A` or `B`.
    pub(super) id: String,
    pub(super) title: String,
    /// Where its people are; times are shown on their wall clock.
    pub(super) zone: String,
    /// The story in a few sentences.
    pub(super) told: String,
    pub(super) event: Vec<Event>,
    pub(super) check: Vec<Check>,
    pub(super) typed: Option<Typed>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub(super) enum Event {
    /// Load the inventory.
    Apply { at: DateTime<Utc> },
    /// A notice arrives.
    Import { at: DateTime<Utc>, notice: String },
    /// Everything of a vendor up to an instant was read.
    Complete { at: DateTime<Utc>, vendor: String, until: DateTime<Utc> },
    /// Assets go down.
    Open {
        at: DateTime<Utc>,
        assets: Vec<String>,
        start: DateTime<Utc>,
        written: String,
        source: String,
        summary: String,
    },
    /// They are up again: the outage that this asset had.
    Close { at: DateTime<Utc>, asset: String, end: DateTime<Utc> },
    /// Somebody says something about the newest outage of an asset.
    Say { at: DateTime<Utc>, asset: String, who: String, channel: String, stance: Stance, words: String },
    /// The audit is run.
    Audit { at: DateTime<Utc>, days: i64, look_at: LookAt },
}

/// Which part of an audit a story is about. The two stories share one inventory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum LookAt {
    /// What stands on too little, on any day and in the windows ahead.
    Redundancy,
    /// What should have been done by now.
    Checklist,
}

impl Event {
    pub(super) fn at(&self) -> DateTime<Utc> {
        match self {
            Self::Apply { at }
            | Self::Import { at, .. }
            | Self::Complete { at, .. }
            | Self::Open { at, .. }
            | Self::Close { at, .. }
            | Self::Say { at, .. }
            | Self::Audit { at, .. } => *at,
        }
    }
}

/// What is asked afterwards.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Check {
    pub(super) what: String,
    pub(super) asset: String,
    pub(super) at: DateTime<Utc>,
    pub(super) to: Option<DateTime<Utc>>,
    pub(super) as_of: Option<DateTime<Utc>>,
}

/// A time as somebody would type it, which the clocks never showed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Typed {
    pub(super) asset: String,
    pub(super) time: String,
    /// From when on the elapsed time is told.
    pub(super) since: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_is_read_and_its_clock_never_goes_back() {
        let script: Script = toml::from_str(crate::app::shipped::DEMO_SCRIPT).expect("the script that ships");
        let instants: Vec<_> = script.story.iter().flat_map(|story| &story.event).map(Event::at).collect();
        assert!(instants.is_sorted(), "{instants:?}");
        let ids: Vec<&str> = script.story.iter().map(|story| story.id.as_str()).collect();
        assert_eq!(ids, ["B", "A"]);
    }
}
