//! All integration tests in one binary: linking once is cheaper than linking many times.

mod floors;
mod mail;
#[cfg(feature = "servers")]
mod servers;
