//! Why a maintenance touches an asset, and whom that concerns.

use serde::Serialize;

use super::check::find_asset;
use super::error::AppError;
use super::settings::App;
use crate::inventory::{Contact, ContactRole, CustomerTouch, Stage, Why};
use crate::names::{AssetId, CustomerId, MaintenanceId, Reference, VendorId};
use crate::store::MaintenanceFilter;
use crate::time::Interval;
use crate::window::{Impact, Role};

/// One window with why it touches an asset.
#[derive(Debug, Clone, Serialize)]
pub struct WhyWindow {
    /// The maintenance.
    pub maintenance: MaintenanceId,
    /// Whose.
    pub vendor: VendorId,
    /// The vendor's reference.
    pub reference: Reference,
    /// Which of its windows.
    pub ordinal: u32,
    /// Primary or contingency.
    pub role: Role,
    /// When.
    pub interval: Interval,
    /// The asset's needs, up to what the notice names.
    pub why: Why,
    /// The notice names no object: all assets of the vendor are in scope.
    pub scope_not_stated: bool,
    /// Who is touched through the asset.
    pub customers: Vec<WhyCustomer>,
}

/// A customer who is touched.
#[derive(Debug, Clone, Serialize)]
pub struct WhyCustomer {
    /// Who.
    pub id: CustomerId,
    /// What people call it.
    pub name: String,
    /// What of it the customer uses, with the impact.
    pub assets: Vec<(AssetId, Impact)>,
    /// Whom to write to.
    pub contacts: Vec<WhyContact>,
}

/// A contact of a customer who is touched.
#[derive(Debug, Clone, Serialize)]
pub struct WhyContact {
    /// The address.
    pub email: String,
    /// What they are there for.
    pub role: ContactRole,
    /// The occasions they want mail on; none means all.
    pub stages: Option<Vec<Stage>>,
}

impl App {
    /// Why the windows of a maintenance, as it stands now, touch an asset.
    ///
    /// # Errors
    /// [`AppError::Unknown`] and [`AppError::UnknownAsset`] with the nearest name; [`AppError::NoInventory`],
    /// [`AppError::Store`].
    pub fn why(&self, typed: &str, asset: &str) -> Result<Vec<WhyWindow>, AppError> {
        let Some(maintenance) = self.store.maintenance(typed)? else {
            let maintenances = self.store.maintenances(&MaintenanceFilter::default())?;
            let known = maintenances.iter().flat_map(|m| [m.identity.reference.as_str(), m.id.as_str()]);
            let nearest = crate::names::nearest(typed, known).map(str::to_owned);
            return Err(AppError::Unknown { what: "maintenance", typed: typed.to_owned(), nearest });
        };
        let inventory = self.inventory()?;
        let asset = find_asset(&inventory, asset)?;
        let (state, identity) = (maintenance.latest(), &maintenance.identity);
        let mut windows = Vec::new();
        for window in &state.windows {
            let objects = state.objects_of(window);
            let scope = inventory.scope(&identity.vendor, identity.account.as_deref(), objects, state.impact);
            let Some(why) = inventory.why(&scope.start, &asset) else { continue };
            windows.push(WhyWindow {
                maintenance: maintenance.id.clone(),
                vendor: identity.vendor.clone(),
                reference: identity.reference.clone(),
                ordinal: window.ordinal,
                role: window.role,
                interval: window.interval,
                customers: inventory.customers_through(&scope.start, &asset).iter().map(customer).collect(),
                scope_not_stated: scope.scope_not_stated,
                why,
            });
        }
        Ok(windows)
    }
}

fn customer(touch: &CustomerTouch<'_>) -> WhyCustomer {
    let contact = |contact: &Contact| WhyContact {
        email: contact.email.clone(),
        role: contact.role,
        stages: (contact.stages.len() < Stage::ALL.len()).then(|| contact.stages.clone()),
    };
    WhyCustomer {
        id: touch.customer.id.clone(),
        name: touch.customer.name.clone(),
        assets: touch.assets.clone(),
        contacts: touch.customer.contacts.iter().map(contact).collect(),
    }
}
