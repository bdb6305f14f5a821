//! Why a mailbox could not be read.

use crate::mail::peer::PeerError;

/// Why a mailbox could not be read. What had been handed on before is not affected.
#[derive(Debug, thiserror::Error)]
pub enum ImapError {
    /// The server could not be reached.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// STARTTLS is wanted and not offered.
    #[error("{server} does not offer STARTTLS, and a password is not sent in clear unless the settings say so")]
    NoStartTls {
        /// `host:port`.
        server: String,
    },
    /// The server does not take the user or the password.
    #[error("{server} refused the login of `{user}`: {what}")]
    Login {
        /// `host:port`.
        server: String,
        /// The user.
        user: String,
        /// What it said.
        what: String,
    },
    /// The mailbox is not there, or may not be read.
    #[error("{server} does not open the mailbox `{mailbox}`: {what}")]
    Mailbox {
        /// `host:port`.
        server: String,
        /// The mailbox.
        mailbox: String,
        /// What it said.
        what: String,
    },
    /// The conversation went wrong, or the connection was lost: the rest is read next time.
    #[error("the conversation with {server} broke off: {step}: {what}")]
    Conversation {
        /// `host:port`.
        server: String,
        /// Which step.
        step: &'static str,
        /// What was wrong.
        what: String,
    },
    /// A message that the server lists and does not hand out. Passing over it would lose it.
    #[error("{server} lists message {uid} and does not hand it out")]
    Withheld {
        /// `host:port`.
        server: String,
        /// Its UID.
        uid: u32,
    },
}
