//! All integration tests in one binary: linking once is cheaper than linking many times.

mod floors;
mod mail;
mod notice;
#[cfg(feature = "servers")]
mod servers;
