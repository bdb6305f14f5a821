//! Maintenances: every revision kept, and what was known of them at any moment.
//!
//! Pure. A maintenance is the list of what its notices said. Its state is never stored: it is folded from the revisions
//! received before the moment asked about, in the vendor's order, so that importing late or in another order changes
//! nothing.

mod claim_due;
#[cfg(test)]
pub(crate) mod fixture;
mod fold;
mod identity;
mod label;
mod promise;
mod refresh;
mod reread;
mod revise;
mod revision;
mod similar;
mod terms;
mod terms_text;

pub use fold::{Moment, State, StateFlag, Step};
pub use identity::{Identity, REUSE_AFTER};
pub use label::{Excused, Label};
pub use promise::{Calendar, MAX_BUSINESS_DAYS, Promise};
pub use refresh::{ByRules, Refreshed, Seen, SeenWindow};
pub use reread::{Became, MAX_REVISIONS, Placed, Reread, Saying, reread};
pub use revise::{Change, Revised, revise};
pub use revision::{Cause, Maintenance, Revision};
pub use similar::{Clues, NEAR, Similar, similar};
pub(crate) use terms::seconds;
pub use terms::{StatedTerms, Terms, TermsSource, Urgency};
