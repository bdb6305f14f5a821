//! Why a signature proves nothing.

/// What is wrong with a signature or its key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Fault {
    #[error("it is no signature that can be read: {0}")]
    Malformed(&'static str),
    #[error("it is by `{0}`, which is no proof any more (RFC 8301)")]
    Algorithm(String),
    #[error("`{0}` cannot be asked for: it is no name of the DNS")]
    Name(String),
    #[error("it does not sign the sender (`From`)")]
    FromNotSigned,
    #[error("the mail has more {0} than it signs")]
    FieldAdded(&'static str),
    #[error("the header has more fields than are looked at")]
    TooManyFields,
    #[error("it signs {signed} bytes of the body, which has {whole}")]
    PartOfBody { signed: u64, whole: u64 },
    #[error("it ran out at {0}, before the mail was received")]
    Expired(String),
    #[error("it is for an identity of another domain")]
    Identity,
    #[error("the body is not the one that was signed")]
    Body,
    #[error("the header is not the one that was signed, or the key is another")]
    Signature,
    #[error("what the domain publishes in its place is no key")]
    NoKeyRecord,
    #[error("the key was revoked")]
    Revoked,
    #[error("the key is marked as a test (`t=y`)")]
    KeyOnTrial,
    #[error("the key is not for mail signed by SHA-256")]
    KeyForOther,
    #[error("the key is {0}")]
    KeyType(String),
    #[error("the key has {bits} bits, and fewer than 1024 prove nothing (RFC 8301)")]
    ShortKey { bits: usize },
}
