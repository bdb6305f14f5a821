//! Recurrence against others: the tables of the oracle, the `rrule` crate, python-dateutil; and the laws it keeps.
//!
//! What needs files or programs from outside stands under the feature `oracle`.

#[cfg(feature = "oracle")]
mod dateutil;
mod hostile;
mod laws;
mod of_crate;
#[cfg(feature = "oracle")]
mod oracle;
mod random;
mod schedules;
mod zones;
