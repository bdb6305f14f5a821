//! Messages read a page at a time: there may be a hundred thousand, and a list of them is read from its beginning.

use std::collections::BTreeSet;
use std::vec::IntoIter;

use super::error::AppError;
use super::look::Wanted;
use super::settings::App;
use crate::names::{MaintenanceId, MessageId, StandingId, VendorId};
use crate::plan::{Cause, Message};
use crate::store::{MaintenanceFilter, MessageFilter};

/// Most messages held at a time: some megabytes of them.
const MESSAGES: usize = 1_000;

/// Most maintenances held at a time while their ids are found.
const MAINTENANCES: usize = 1_000;

/// The messages wanted, by when they are due, page by page. Each page is read when it is asked for.
pub struct MessagePages<'a> {
    app: &'a App,
    wanted: Wanted,
    of_vendor: BTreeSet<MaintenanceId>,
    ids: IntoIter<MessageId>,
}

impl App {
    /// Messages, by when they are due.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn message_pages(&self, wanted: Wanted) -> Result<MessagePages<'_>, AppError> {
        let Wanted { span, vendor, asset: _, customer, states, limit: _ } = &wanted;
        let (customer, states) = (customer.clone(), states.clone());
        let filter = MessageFilter { customer, states, due: *span, ..MessageFilter::default() };
        let ids = self.store.message_ids(&filter)?.into_iter();
        let of_vendor = vendor.as_ref().map_or(Ok(BTreeSet::new()), |vendor| self.maintenances_of(vendor))?;
        Ok(MessagePages { app: self, wanted, of_vendor, ids })
    }

    /// The messages of these ids, in their order.
    #[must_use]
    pub fn pages_of_messages(&self, ids: Vec<MessageId>) -> MessagePages<'_> {
        MessagePages { app: self, wanted: Wanted::default(), of_vendor: BTreeSet::new(), ids: ids.into_iter() }
    }

    fn maintenances_of(&self, vendor: &VendorId) -> Result<BTreeSet<MaintenanceId>, AppError> {
        let mut ids = BTreeSet::new();
        loop {
            let (vendor, after) = (Some(vendor.clone()), ids.last().cloned());
            let page = self.store.maintenances(&MaintenanceFilter { vendor, after, limit: Some(MAINTENANCES) })?;
            let is_last = page.len() < MAINTENANCES;
            ids.extend(page.into_iter().map(|maintenance| maintenance.id));
            if is_last {
                return Ok(ids);
            }
        }
    }
}

impl MessagePages<'_> {
    /// How many messages the pages that were not asked for hold.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn count_rest(self) -> Result<usize, AppError> {
        if self.wanted.asset.is_none() && self.wanted.vendor.is_none() {
            return Ok(self.ids.len());
        }
        self.map(|page| page.map(|page| page.len())).sum()
    }

    fn fits(&self, message: &Message) -> bool {
        let Wanted { span: _, vendor, asset, customer: _, states, limit: _ } = &self.wanted;
        let touches = |asset| message.material.assets.iter().any(|(touched, _)| touched == asset);
        let is_of = |vendor| {
            let told = message.material.digest.iter().map(|told| &told.cause);
            told.chain([&message.key.cause]).any(|cause| self.concerns(cause, vendor))
        };
        // One that was asked for by its state may have left it since its id was read.
        (states.is_empty() || states.contains(&message.state))
            && asset.as_ref().is_none_or(touches)
            && vendor.as_ref().is_none_or(is_of)
    }

    fn concerns(&self, cause: &Cause, vendor: &VendorId) -> bool {
        let is_theirs = |window: StandingId| window.is_of(vendor);
        match cause {
            Cause::Maintenance(id) => self.of_vendor.contains(id),
            Cause::Vendor(id) => id == vendor,
            Cause::Standing(_) | Cause::Occurrence(_) => cause.standing_window().is_some_and(is_theirs),
            Cause::Outage(_) | Cause::Notice(_) | Cause::Source(_) | Cause::Day(_) => false,
        }
    }
}

impl Iterator for MessagePages<'_> {
    type Item = Result<Vec<Message>, AppError>;

    fn next(&mut self) -> Option<Self::Item> {
        let ids: Vec<MessageId> = self.ids.by_ref().take(MESSAGES).collect();
        if ids.is_empty() {
            return None;
        }
        let read = self.app.store.messages_of_ids(&ids).map_err(AppError::from);
        Some(read.map(|mut page| {
            page.retain(|message| self.fits(message));
            page
        }))
    }
}
