//! What the parts do together, and with the world: one binary, so that it links once.

mod mail;
#[cfg(feature = "servers")]
mod servers;
