//! What became of one attempt to hand a mail to the relay.

/// The end of one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The relay answered 250 after the final dot: the mail is its duty now.
    Accepted {
        /// The reply's text, which often names the queue entry.
        reply: String,
    },
    /// A reply of 5yz to this very mail: trying again would end the same.
    Refused {
        /// The reply code.
        code: u16,
        /// The enhanced status code (RFC 3463), as `5.1.1`.
        enhanced: Option<String>,
        /// The reply's text.
        text: String,
    },
    /// A reply of 4yz to this very mail: a later attempt may end better.
    Deferred {
        /// The reply code.
        code: u16,
        /// The enhanced status code (RFC 3463), as `4.7.1`.
        enhanced: Option<String>,
        /// The reply's text.
        text: String,
    },
    /// The relay could not be reached or spoken to; the mail was surely not delivered.
    Broken {
        /// What was attempted and what came of it.
        what: String,
    },
    /// The whole mail was sent and no readable answer came: it may have been delivered.
    Unanswered {
        /// What was attempted and what came of it.
        what: String,
    },
}
