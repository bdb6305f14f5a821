//! All integration tests in one binary: linking once is cheaper than linking many times.

#![allow(unreachable_pub, reason = "a binary has no outside")]
#![allow(clippy::print_stdout, reason = "tests tell what they measured")]

#[cfg(feature = "corpus")]
mod corpus;
mod cli;
mod cli_audit;
mod cli_batch;
mod cli_digest;
#[cfg(feature = "servers")]
mod cli_disk;
mod cli_mail;
mod cli_output;
mod cli_staff;
mod cli_standing;
mod cli_wrong;
mod claims;
mod delivery;
mod delivery_kill;
mod delivery_model;
#[cfg(feature = "servers")]
mod delivery_replicas;
#[cfg(feature = "servers")]
mod delivery_servers;
mod elsewhere;
mod evidence;
mod flatten;
mod floors;
mod frail_store;
mod fuzz;
mod imap;
#[cfg(feature = "servers")]
mod imap_kill;
#[cfg(feature = "servers")]
mod imap_servers;
mod inventory;
mod inventory_import;
mod mail;
mod moved;
mod notice;
mod outage_import;
mod profile;
#[cfg(feature = "readers")]
mod readers;
mod readme;
mod recurrence;
#[cfg(feature = "servers")]
mod postgres;
mod relay;
mod report;
mod report_rows;
mod review;
#[cfg(feature = "servers")]
mod send;
#[cfg(feature = "servers")]
mod servers;
mod store;
mod store_commands;
mod store_conformance;
mod store_crash;
#[cfg(feature = "servers")]
mod store_database;
mod store_fixtures;
#[cfg(feature = "servers")]
mod store_postgres;
#[cfg(feature = "servers")]
mod store_readonly;
mod run;
mod schedule;
mod signatures;
mod simulation;
mod source_turns;
mod sources;
mod stories;
mod tz_refresh;
mod verdict;
mod windows;
mod zones;
