//! Is it safe to take assets down for own work?

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::ahead::AheadWindow;
use super::check::find_asset;
use super::error::AppError;
use super::settings::App;
use crate::inventory::{AuditedWindow, Inventory, Relation, Unseen, unseen};
use crate::names::{AssetId, CustomerId, VendorId};
use crate::store::ReviewFilter;
use crate::time::Interval;

/// A question as it is put to the program.
#[derive(Debug, Clone)]
pub struct ClearAsk {
    /// The assets, as typed.
    pub assets: Vec<String>,
    /// When they are to be down.
    pub interval: Interval,
    /// Ask only after this vendor's windows.
    pub vendor: Option<VendorId>,
}

/// Whether it is safe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ClearAnswer {
    /// Nothing is in the way.
    Yes,
    /// Something is.
    No,
    /// Nothing is known to be, and something may not be known.
    Unknown,
}

/// The answer with what stands in the way.
#[derive(Debug, Clone, Serialize)]
pub struct Cleared {
    /// The answer.
    pub answer: ClearAnswer,
    /// The assets.
    pub assets: Vec<AssetId>,
    /// When they are to be down.
    pub interval: Interval,
    /// The windows in the way, by start.
    pub in_the_way: Vec<Obstacle>,
    /// What goes down while own work and all of these windows are on, and with none of them alone.
    pub together: Vec<GoesDown>,
    /// Why nothing in the way proves nothing.
    pub unseen: Vec<Unseen>,
    /// What was not looked at, or not told, and why.
    pub limits: Vec<String>,
}

/// A window in the way.
#[derive(Debug, Clone, Serialize)]
pub struct Obstacle {
    /// The window.
    #[serde(flatten)]
    pub window: AuditedWindow,
    /// What it works on, as far as that matters, and why it does.
    pub works_on: Vec<(AssetId, Relation)>,
}

/// What goes down only together.
#[derive(Debug, Clone, Serialize)]
pub struct GoesDown {
    /// The windows that do it with own work.
    pub windows: Vec<AuditedWindow>,
    /// When.
    pub interval: Interval,
    /// What has no way left.
    pub assets: Vec<AssetId>,
    /// What needs that.
    pub downstream: Vec<AssetId>,
    /// The customers who use any of it.
    pub customers: Vec<CustomerId>,
}

impl App {
    /// Whether assets can be taken down for a span without meeting the windows known at `now`.
    ///
    /// # Errors
    /// [`AppError::UnknownAsset`] with the nearest name, [`AppError::NoInventory`], [`AppError::Store`].
    pub fn clear(&self, ask: &ClearAsk, now: DateTime<Utc>) -> Result<Cleared, AppError> {
        let inventory = self.inventory_at(now)?;
        let mut assets = ask.assets.iter().map(|typed| find_asset(&inventory, typed)).collect::<Result<Vec<_>, _>>()?;
        assets.sort_unstable();
        assets.dedup();
        let asked = |vendor: &VendorId| ask.vendor.as_ref().is_none_or(|asked| asked == vendor);
        let (mut windows, mut limits) = self.windows_ahead(&inventory, ask.interval, now)?;
        windows.retain(|ahead| asked(&ahead.window.vendor));
        let works: Vec<_> = windows.iter().map(AheadWindow::work).collect();
        let obstacles = inventory.obstacles(&assets, ask.interval, &works);
        limits.extend(obstacles.limits);
        let window = |place: &usize| windows[*place].window.clone();
        let in_the_way: Vec<_> = obstacles
            .windows
            .into_iter()
            .map(|found| Obstacle { window: window(&found.window), works_on: found.assets })
            .collect();
        let together = obstacles.together.into_iter().map(|conflict| GoesDown {
            windows: conflict.windows.iter().map(window).collect(),
            interval: conflict.interval,
            customers: inventory.users_of(conflict.assets.iter().chain(&conflict.downstream)),
            assets: conflict.assets,
            downstream: conflict.downstream,
        });
        let together = together.collect();
        let unseen = self.unseen_near(&inventory, &assets, &windows, (ask, now))?;
        let answer = match (in_the_way.is_empty(), unseen.is_empty() && limits.is_empty()) {
            (false, _) => ClearAnswer::No,
            (true, true) => ClearAnswer::Yes,
            (true, false) => ClearAnswer::Unknown,
        };
        Ok(Cleared { answer, assets, interval: ask.interval, in_the_way, together, unseen, limits })
    }

    /// What may be in the way unseen: what was not read, what waits in review, and names that nobody knows.
    fn unseen_near(
        &self,
        inventory: &Inventory,
        assets: &[AssetId],
        windows: &[AheadWindow],
        (ask, now): (&ClearAsk, DateTime<Utc>),
    ) -> Result<Vec<Unseen>, AppError> {
        let mut vendors = inventory.vendors_near(assets);
        vendors.retain(|vendor| ask.vendor.as_ref().is_none_or(|asked| asked == vendor));
        let (coverage, review) = (self.store.coverage()?, self.store.review(ReviewFilter::Open)?);
        let mut found = unseen(&vendors, &coverage, &review, (ask.interval.end(), now));
        for ahead in windows.iter().filter(|ahead| vendors.contains(&ahead.window.vendor)) {
            let (vendor, reference) = (&ahead.window.vendor, &ahead.window.reference);
            found.extend(ahead.scope.unmatched().map(|name| Unseen::Unmatched {
                vendor: vendor.clone(),
                reference: reference.clone(),
                name: name.to_owned(),
            }));
        }
        Ok(found)
    }
}
