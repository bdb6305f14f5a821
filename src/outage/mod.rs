//! Outages as observed, and what people said about them.
//!
//! Pure. Nothing here judges.

pub mod monitor;
mod observed;
mod statement;

pub use observed::{Observed, Outage};
pub use statement::{Stance, Statement};
