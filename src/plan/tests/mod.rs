//! Planning played through: a small world whose clock, notices and relay the tests move.

mod laws;
mod letters;
mod story;
pub(super) mod world;
