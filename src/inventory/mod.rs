//! What the user has, what needs what, and who uses it.
//!
//! Pure. Files reach this room as text.

mod asset;
mod customer;
mod declared;
mod scope;

pub use asset::{AnyOf, Asset, Vendor};
pub use customer::{Contact, ContactRole, Customer, Stage};
pub use declared::Inventory;
pub use scope::{Match, Touch, Touched};
