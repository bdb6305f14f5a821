//! All integration tests in one binary: linking once is cheaper than linking many times.

mod floors;
mod mail;
mod notice;
#[cfg(feature = "servers")]
mod servers;
mod store;
mod store_conformance;
mod store_crash;
mod store_fixtures;
mod store_readonly;
