//! The integration tests, in one binary: linking is what they cost.

mod store;
mod store_conformance;
mod store_crash;
mod store_fixtures;
mod store_readonly;
