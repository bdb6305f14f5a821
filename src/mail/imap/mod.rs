//! Mailboxes read over IMAP (RFC 3501): bytes and positions, and nothing of what they mean.
//!
//! The client is ours. async-imap, tried first, takes a connection that ends in the midst of an answer for the answer's
//! end and does not look at NO, by which mail would be passed over and counted as read; and it allocates up to 512 MiB
//! when a server announces them. What a reader of mail needs of the protocol is small: here every answer is bounded
//! before it is held, and only an answer that is whole and says OK counts ([`Imap`]).
//!
//! The mailbox is never changed: it is opened by EXAMINE, and read with BODY.PEEK.

mod error;
mod follow;
mod said;
mod server;
mod session;
mod wire;

pub use error::ImapError;
pub use follow::{Follow, News, Receipt, Signal, follow};
pub use server::{ImapDeadlines, ImapServer};
pub use session::{Batch, Imap, MAX_IDLE, Mail, Waited};
