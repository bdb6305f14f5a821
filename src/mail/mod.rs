//! Mail leaves by SMTP or into a maildir, and notices come in from files.
//!
//! A [`Letter`](crate::plan::Letter) becomes bytes once ([`compose()`]), is routed by what the user allows
//! ([`Reach`]), and goes out over a [`Session`]; [`open`] and [`from_reader`] read what vendors sent, and
//! [`authenticate`](fn@authenticate) says who signed it. Nothing here
//! knows what a notice means, reads a clock or keeps a message: the caller does.

mod address;
mod authenticate;
mod compose;
mod file;
pub mod imap;
mod maildir;
mod mbox;
mod redirect;
mod peer;
mod relay;
mod session;
mod source;
mod stream;
mod talk;

pub use address::{Address, BadAddress, Envelope};
pub use authenticate::{Asked, Asking, Dns, Keys, authenticate};
pub use compose::{ComposeError, compose, compose_redirected};
pub use file::FileError;
pub use maildir::{Maildir, unique_name};
pub use peer::{PeerError, Tls};
pub use redirect::{Allow, Allowed, Reach, Route};
pub use relay::{Credentials, Deadlines, Relay, RelayError};
pub use session::{Fared, Session};
pub use source::{MAX_MESSAGE_BYTES, RawMessage, Source, from_reader, open};
