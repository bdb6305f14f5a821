//! Planning played through: a small world whose clock, notices and relay the tests move.

mod digests;
mod invitations;
mod laws;
mod letters;
mod staff;
mod standing;
mod story;
pub(super) mod world;
