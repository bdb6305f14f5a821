//! What a second of an outage counts as, and for which of these a vendor is excused.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a second of an outage counts as: the first of these that holds over all windows in scope (DESIGN.md section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// In a confirmed window, announced in time, impact as expected.
    Covered,
    /// The same, but the impact was worse than expected.
    CoveredImpactExceeded,
    /// After the end, within the grace of the terms.
    Grace,
    /// In a confirmed window whose notice was shorter than the terms ask.
    LateNotice,
    /// In a window never confirmed.
    Tentative,
    /// In a window known to be cancelled, moved away or completed before.
    Cancelled,
    /// In no window in scope.
    Outside,
    /// The readings of the times given do not agree about it.
    Ambiguous,
}

impl Label {
    /// Those that a window gives, and that terms can excuse.
    pub const OF_WINDOWS: [Self; 6] =
        [Self::Covered, Self::CoveredImpactExceeded, Self::Grace, Self::LateNotice, Self::Tentative, Self::Cancelled];

    /// The label's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::CoveredImpactExceeded => "covered_impact_exceeded",
            Self::Grace => "grace",
            Self::LateNotice => "late_notice",
            Self::Tentative => "tentative",
            Self::Cancelled => "cancelled",
            Self::Outside => "outside",
            Self::Ambiguous => "ambiguous",
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The labels whose seconds a vendor is excused for; by default those covered, and no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Excused(Vec<Label>);

impl Default for Excused {
    fn default() -> Self {
        Self(vec![Label::Covered])
    }
}

impl Excused {
    /// These labels; of those that no window gives none is excused.
    #[must_use]
    pub fn new(labels: impl IntoIterator<Item = Label>) -> Self {
        let mut labels: Vec<Label> = labels.into_iter().filter(|label| Label::OF_WINDOWS.contains(label)).collect();
        labels.sort_unstable();
        labels.dedup();
        Self(labels)
    }

    /// Whether a second of this label is excused.
    #[must_use]
    pub fn holds(&self, label: Label) -> bool {
        self.0.contains(&label)
    }
}
