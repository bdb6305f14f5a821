//! Which messages should exist, and why; and the texts they carry.
//!
//! Pure. Nothing here sends, stores or reads a clock: asked twice of the same state, it proposes nothing new.

mod letter;
mod message;

pub use letter::{CalendarPart, Letter, Mailbox};
pub use message::{Cause, Key, Material, MaterialWindow, Message, MessageState, Recipient};
