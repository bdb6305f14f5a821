#![doc = include_str!("ARCHITECTURE.md")]

pub mod names;
pub mod time;
pub mod written;
pub mod window;
pub mod notice;
pub mod maintenance;
pub mod inventory;
pub mod outage;
pub mod verdict;
pub mod plan;
pub mod report;
pub mod store;
pub mod mail;
pub mod app;
pub mod cli;
