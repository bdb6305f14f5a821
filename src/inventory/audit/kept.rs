//! Findings that are kept: since when each is known, and who accepted it and why.

use std::collections::BTreeMap;

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::Finding;
use crate::names::{AssetId, FindingId, MaintenanceId, VendorId, content_id};
use crate::time::Interval;

/// A window that a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditedWindow {
    /// Whose.
    pub vendor: VendorId,
    /// The vendor's reference; of a standing window its name.
    pub reference: String,
    /// The maintenance, with which of its windows; none for a standing window.
    pub maintenance: Option<(MaintenanceId, u32)>,
    /// When; of a standing window its first occurrence concerned.
    pub interval: Interval,
}

impl AuditedWindow {
    /// What makes it this window and no other. A window that was moved is another: what was accepted of a quiet night is
    /// not accepted of a busy day. The occurrences of a standing window are one.
    fn key(&self) -> Vec<String> {
        let instant = |at: DateTime<Utc>| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        match &self.maintenance {
            Some((id, ordinal)) => {
                vec![id.to_string(), ordinal.to_string(), instant(self.interval.start()), instant(self.interval.end())]
            }
            None => vec![self.vendor.to_string(), self.reference.clone()],
        }
    }
}

/// Who holds a finding to be as it should be, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Accepted {
    /// Who.
    pub by: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Why.
    pub reason: String,
}

/// A finding with what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Kept {
    /// The same as long as the same rule finds the same about the same assets in the same windows; words and amounts do
    /// not count.
    pub id: FindingId,
    /// What was found, as last told.
    pub finding: Finding,
    /// In which windows; none for what holds on any day.
    pub windows: Vec<AuditedWindow>,
    /// When several windows are open together: each stretch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overlaps: Vec<Interval>,
    /// Since when it has been found without a break; none when no audit that was kept has found it yet.
    pub since: Option<DateTime<Utc>>,
    /// Set by a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<Accepted>,
    /// From when on it was found no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared_at: Option<DateTime<Utc>>,
}

impl Kept {
    /// A finding of now, about these windows.
    ///
    /// # Panics
    /// Never: an id made of a digest is an identifier.
    #[must_use]
    pub fn new(finding: Finding, windows: Vec<AuditedWindow>, overlaps: Vec<Interval>) -> Self {
        let mut keys: Vec<Vec<String>> = windows.iter().map(AuditedWindow::key).collect();
        keys.sort_unstable();
        let about =
            finding.path.iter().map(AssetId::as_str).chain([""]).chain(finding.others.iter().map(AssetId::as_str));
        let of_windows = keys.iter().flat_map(|key| [""].into_iter().chain(key.iter().map(String::as_str)));
        let parts = [finding.rule.as_str(), ""].into_iter().chain(about).chain(of_windows);
        let id = FindingId::new(content_id("f", parts)).expect("a digest is an identifier");
        Self { id, finding, windows, overlaps, since: None, accepted: None, cleared_at: None }
    }

    /// Whether somebody should still look at it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.accepted.is_none() && self.cleared_at.is_none()
    }

    /// Whether an audit of the windows that begin before `until` would have found it, were it still so.
    fn is_within(&self, until: DateTime<Utc>) -> bool {
        self.windows.iter().all(|window| window.interval.start() < until)
    }
}

/// Joins what an audit found at `now`, of the windows that begin before `until`, with what is kept: each finding is given
/// its age and acceptance, and what changed since is returned beside, to be kept.
///
/// `kept` holds what is not cleared. What is kept and within the audit's reach and was not found is cleared, and so is
/// its acceptance: should it come back, it is new.
#[must_use]
pub fn reconcile(
    kept: Vec<Kept>,
    found: Vec<Kept>,
    until: DateTime<Utc>,
    now: DateTime<Utc>,
) -> (Vec<Kept>, Vec<Kept>) {
    let mut known: BTreeMap<FindingId, Kept> = kept.into_iter().map(|kept| (kept.id.clone(), kept)).collect();
    let mut changed = Vec::new();
    let joined = found.into_iter().map(|found| {
        let Some(before) = known.remove(&found.id) else {
            changed.push(Kept { since: Some(now), ..found.clone() });
            return found;
        };
        let joined = Kept { since: before.since, accepted: before.accepted.clone(), ..found };
        if joined != before {
            changed.push(joined.clone());
        }
        joined
    });
    let joined = joined.collect();
    let gone = known.into_values().filter(|kept| kept.is_within(until));
    changed.extend(gone.map(|kept| Kept { cleared_at: Some(now), ..kept }));
    (joined, changed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inventory::{Rule, Severity};

    fn utc(text: &str) -> DateTime<Utc> {
        text.parse().expect("a test instant is RFC 3339")
    }

    fn window(ordinal: u32, day: u32) -> AuditedWindow {
        let at = |hour: u32| utc(&format!("2026-11-{day:02}T{hour:02}:00:00Z"));
        AuditedWindow {
            vendor: VendorId::new("dc").expect("an id"),
            reference: "DC-1".into(),
            maintenance: Some((MaintenanceId::new("m-1").expect("an id"), ordinal)),
            interval: Interval::new(at(1), at(2)).expect("a test window has a length"),
        }
    }

    fn found(asset: &str, text: &str, windows: &[AuditedWindow]) -> Kept {
        let asset = AssetId::new(asset).expect("an id");
        let finding = Finding {
            rule: Rule::LosesAllPaths,
            severity: Severity::Critical,
            path: vec![asset.clone()],
            asset,
            others: Vec::new(),
            text: text.into(),
        };
        Kept::new(finding, windows.to_vec(), Vec::new())
    }

    #[test]
    fn an_id_is_that_of_the_matter_and_not_of_its_words() {
        let id = |asset: &str, text: &str, windows: &[AuditedWindow]| found(asset, text, windows).id;
        let one = id("web", "x", &[window(1, 5)]);
        assert_eq!(one, id("web", "y", &[window(1, 5)]));
        assert_eq!(id("web", "x", &[window(1, 5), window(2, 6)]), id("web", "x", &[window(2, 6), window(1, 5)]));
        for other in [id("app", "x", &[window(1, 5)]), id("web", "x", &[window(1, 6)]), id("web", "x", &[])] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn a_finding_keeps_its_age_until_it_is_gone_and_is_new_when_it_comes_back() {
        let (first, second) = (utc("2026-11-01T00:00:00Z"), utc("2026-11-02T00:00:00Z"));
        let until = utc("2026-11-30T00:00:00Z");
        let (joined, kept) = reconcile(Vec::new(), vec![found("web", "x", &[])], until, first);
        assert_eq!((joined[0].since, kept.len(), kept[0].since), (None, 1, Some(first)));

        let accepted = Accepted { by: "jo".into(), at: first, reason: "planned".into() };
        let kept = vec![Kept { accepted: Some(accepted.clone()), ..kept[0].clone() }];
        let (joined, changed) = reconcile(kept.clone(), vec![found("web", "x", &[])], until, second);
        assert_eq!((joined[0].since, joined[0].accepted.as_ref(), changed.len()), (Some(first), Some(&accepted), 0));
        // Other words are kept, the age stays.
        let (_, changed) = reconcile(kept.clone(), vec![found("web", "y", &[])], until, second);
        assert_eq!((changed[0].since, changed[0].finding.text.as_str()), (Some(first), "y"));

        let (joined, cleared) = reconcile(kept, Vec::new(), until, second);
        assert_eq!((joined.len(), cleared[0].cleared_at, cleared[0].is_open()), (0, Some(second), false));
    }

    #[test]
    fn an_audit_clears_only_what_it_would_have_found() {
        let now = utc("2026-11-01T00:00:00Z");
        let kept = || vec![Kept { since: Some(now), ..found("web", "x", &[window(1, 5)]) }];
        let cleared = |until: &str| reconcile(kept(), Vec::new(), utc(until), now).1.len();
        assert_eq!(cleared("2026-11-05T01:00:00Z"), 0);
        assert_eq!(cleared("2026-11-05T01:00:01Z"), 1);
    }
}
