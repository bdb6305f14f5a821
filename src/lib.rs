//! inwindow
pub mod inventory;
pub mod mail;
pub mod maintenance;
pub mod names;
pub mod notice;
pub mod outage;
pub mod plan;
pub mod time;
pub mod verdict;
pub mod window;
