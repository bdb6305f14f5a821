//! What monitors report, read by mappings that are data: which cell names the asset, which the time, and what is down.

mod mapping;
mod rows;
mod template;

#[cfg(test)]
mod tests;

pub use mapping::{BadMapping, Mapping, MonitorEvent, MonitorRead, MonitorRow, What};
pub use rows::{MAX_MONITOR_BYTES, MAX_MONITOR_ROWS, NoRows};
