//! Rules of the policy: what else holds for a vendor, a customer, a kind of asset, or from an impact on.

use std::borrow::Cow;
use std::collections::BTreeMap;

use chrono::TimeDelta;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};

use super::digest_time::DigestTime;
use super::message::{Material, Message};
use super::policy::{Approval, Lead, Policy, StandingMails, Worth};
use crate::inventory::{Inventory, Stage};
use crate::names::{CustomerId, VendorId};
use crate::window::Impact;

/// What else holds where everything that it names fits. Of two rules that fit, the later one goes before.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// Maintenances and standing windows of this vendor; no outage fits.
    pub vendor: Option<VendorId>,
    /// Readers of this customer.
    pub customer: Option<CustomerId>,
    /// Where an asset of this kind is touched.
    pub kind: Option<String>,
    /// Where the worst impact on the reader's assets is this or worse.
    pub impact: Option<Impact>,
    /// Reminders in place of those of the policy; an empty list is none.
    pub reminders: Option<Vec<Lead>>,
    /// Notice below which a mail says that it is short, in place of the policy's.
    pub notice: Option<Lead>,
    /// When announcements go together, in place of the policy's.
    pub digest: Option<DigestTime>,
    /// Whether mails are written about standing windows, in place of the policy's.
    pub standing: Option<StandingMails>,
    /// In place of what the policy says of these stages.
    #[serde(deserialize_with = "of_customers")]
    pub stages: BTreeMap<Stage, Worth>,
    /// In place of the policy's, of all stages.
    pub approval: Option<Approval>,
}

/// Stages with a worth: staff's mails have none.
fn of_customers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Stage, Worth>, D::Error> {
    let stages = BTreeMap::<Stage, Worth>::deserialize(deserializer)?;
    match Stage::OF_STAFF.iter().find(|stage| stages.contains_key(stage)) {
        Some(stage) => Err(D::Error::custom(format!("`{stage}` is a stage of staff's mails: see `[policy.staff]`"))),
        None => Ok(stages),
    }
}

/// Who is about to be told of what.
pub(super) struct Fit<'a> {
    /// Of a maintenance or a standing window.
    pub(super) vendor: Option<&'a VendorId>,
    pub(super) customer: &'a CustomerId,
    /// What touches the customer now.
    pub(super) material: &'a Material,
    pub(super) inventory: &'a Inventory,
}

impl Rule {
    fn fits(&self, fit: &Fit<'_>) -> bool {
        let kind_of = |asset| fit.inventory.assets.get(asset).map(|asset| asset.kind.as_str());
        let touches = |kind: &String| fit.material.assets.iter().any(|(asset, _)| kind_of(asset) == Some(kind));
        self.vendor.as_ref().is_none_or(|vendor| fit.vendor == Some(vendor))
            && self.customer.as_ref().is_none_or(|customer| fit.customer == customer)
            && self.kind.as_ref().is_none_or(touches)
            && self.impact.is_none_or(|least| fit.material.worst() >= Some(least))
    }
}

impl Policy {
    /// The policy with the rules that fit.
    pub(super) fn fitted(&self, fit: &Fit<'_>) -> Cow<'_, Self> {
        let mut policy = Cow::Borrowed(self);
        for rule in self.rules.iter().filter(|rule| rule.fits(fit)) {
            let policy = policy.to_mut();
            if let Some(reminders) = &rule.reminders {
                policy.reminders.clone_from(reminders);
            }
            if let Some(notice) = rule.notice {
                policy.notice = notice;
            }
            if let Some(digest) = rule.digest {
                policy.digest = digest;
            }
            if let Some(standing) = rule.standing {
                policy.standing = standing;
            }
            for (stage, worth) in &rule.stages {
                policy.stages.set(*stage, *worth);
            }
            if let Some(approval) = rule.approval {
                policy.approval = approval;
                policy.approve.clear();
            }
        }
        policy
    }

    /// With how much notice the reader of a message should hear of a window: by the rules that fit what it tells.
    #[must_use]
    pub fn notice_of(&self, message: &Message, vendor: Option<&VendorId>, inventory: &Inventory) -> Lead {
        let Some(customer) = &message.to.customer else { return self.notice };
        self.fitted(&Fit { vendor, customer, material: &message.material, inventory }).notice
    }

    /// Whether anybody may get mails about standing windows.
    #[must_use]
    pub fn tells_of_standing(&self) -> bool {
        let said = self.rules.iter().filter_map(|rule| rule.standing).chain([self.standing]);
        said.into_iter().any(|standing| standing != StandingMails::Never)
    }

    /// The longest that any reminder comes ahead of a window; nothing when there are none.
    #[must_use]
    pub fn longest_lead(&self) -> TimeDelta {
        let ruled = self.rules.iter().filter_map(|rule| rule.reminders.as_ref()).flatten();
        ruled.chain(&self.reminders).max().map_or(TimeDelta::zero(), |lead| lead.length())
    }

    /// The mildest impact that any mail about a maintenance is written for: what is milder is in no mail.
    pub(super) fn mildest(&self) -> Impact {
        let ruled = self.rules.iter().flat_map(|rule| rule.stages.values().copied());
        let worth = self.stages.of_maintenances().into_iter().chain(ruled);
        let least = worth.filter_map(|worth| match worth {
            Worth::Off => None,
            Worth::From(impact) => Some(impact),
        });
        least.min().unwrap_or(Impact::ReducedRedundancy)
    }

    /// The same of outages.
    pub(super) fn mildest_outage(&self) -> Impact {
        let ruled = self.rules.iter().filter_map(|rule| rule.stages.get(&Stage::Outage).copied());
        let least = ruled.chain([self.stages.outage]).filter_map(|worth| match worth {
            Worth::Off => None,
            Worth::From(impact) => Some(impact),
        });
        least.min().unwrap_or(Impact::Degraded)
    }
}
