//! What other systems know, as inventory files: NetBox, Prometheus' targets, any table with a mapping.
//!
//! Nothing here is applied. A file is drawn up for a person to look through; what cannot be told as inventory is kept in
//! a list with the reason.

mod mapping;
mod netbox;
mod sketch;
mod sources;

pub use mapping::Mapping;
pub use netbox::{NETBOX_ENDPOINTS, netbox};
pub use sketch::{Drawn, LeftOut};
pub use sources::{ForeignRow, NotRead, csv_rows, prometheus_rows};
