//! Who signed a mail, as far as somebody verified it (DKIM, RFC 6376): evidence that is kept with the notice.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What was made of the signatures on a mail when it came. It is never made anew: keys are taken out of use, and a
/// signature that was good on the day would look bad a year later.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Authentication {
    /// The signatures from the top of the header; empty when there is none.
    pub signatures: Vec<Signature>,
    /// How many stand below those, beyond the number that is looked at.
    #[serde(default)]
    pub left_out: usize,
}

/// One signature and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signature {
    /// The domain that claims to have signed (`d=`), in lower case; empty when the signature names none.
    pub domain: String,
    /// The name of its key (`s=`).
    pub selector: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: SignatureOutcome,
}

/// What came of a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum SignatureOutcome {
    /// The domain signed this mail as it came.
    Pass {
        /// Who verified it.
        by: VerifiedBy,
    },
    /// It proves nothing.
    Fail {
        /// Who found that out.
        by: VerifiedBy,
        /// Why.
        why: String,
    },
    /// The domain publishes no key of that name: it never did, or took it out of use since.
    NoKey,
    /// Whoever knows the key could not be asked.
    TemporaryError {
        /// Why.
        why: String,
    },
    /// Nobody was asked.
    NotLookedUp {
        /// Why.
        why: NotLookedUp,
    },
}

/// Who verified a signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerifiedBy {
    /// This program.
    Us,
    /// The user's own mail server, in its `Authentication-Results` (RFC 8601).
    Server(String),
}

/// Why nobody was asked for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum NotLookedUp {
    /// No profile and no configuration names the domain: what a stranger writes makes nobody ask for it.
    #[error("nobody declares that domain")]
    Undeclared,
    /// Asking the DNS is not allowed here.
    #[error("the DNS is not asked")]
    Off,
    /// The mail carries more signatures than are looked up.
    #[error("the mail has more signatures than are looked up")]
    TooMany,
}

/// What a vendor's notices must prove before they count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SignaturePolicy {
    /// Nothing: signatures are kept as evidence.
    #[default]
    Evidence,
    /// That the vendor signed them; without it they wait for a person.
    Required,
}

impl Authentication {
    /// The domains that signed the mail, verified.
    pub fn proved(&self) -> impl Iterator<Item = &str> {
        self.signatures.iter().filter(|signature| signature.outcome.passes()).map(|s| s.domain.as_str())
    }

    /// Whether one of these domains, or one below them, signed the mail.
    #[must_use]
    pub fn proves(&self, domains: &[String]) -> bool {
        self.proved().any(|domain| domains.iter().any(|declared| is_within(domain, declared)))
    }
}

impl SignatureOutcome {
    /// Whether the signature proves who sent the mail.
    #[must_use]
    pub fn passes(&self) -> bool {
        match self {
            Self::Pass { .. } => true,
            Self::Fail { .. } | Self::NoKey | Self::TemporaryError { .. } | Self::NotLookedUp { .. } => false,
        }
    }
}

/// Whether text is a domain as mail has them: two labels at least, of letters, digits, `-` and `_`.
#[must_use]
pub fn is_domain(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

/// Whether a host is a domain or below it, in any case.
#[must_use]
pub fn is_within(host: &str, domain: &str) -> bool {
    let (host, domain) = (host.to_lowercase(), domain.to_lowercase());
    host == domain || host.strip_suffix(&domain).is_some_and(|rest| rest.ends_with('.'))
}

impl fmt::Display for VerifiedBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Us => f.write_str("us"),
            Self::Server(name) => write!(f, "the server {name}"),
        }
    }
}

impl fmt::Display for SignatureOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pass { by } => write!(f, "good, verified by {by}"),
            Self::Fail { by: VerifiedBy::Us, why } => write!(f, "bad: {why}"),
            Self::Fail { by: by @ VerifiedBy::Server(_), why } => write!(f, "bad, says {by}: {why}"),
            Self::NoKey => f.write_str("not verified: the domain has no such key"),
            Self::TemporaryError { why } => write!(f, "not verified: {why}"),
            Self::NotLookedUp { why } => write!(f, "not verified: {why}"),
        }
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let domain = if self.domain.is_empty() { "no domain" } else { &self.domain };
        match self.selector.as_str() {
            "" => write!(f, "signature of {domain}: {}", self.outcome),
            selector => write!(f, "signature of {domain} (key {selector}): {}", self.outcome),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(domain: &str, outcome: SignatureOutcome) -> Signature {
        Signature { domain: domain.into(), selector: "s".into(), outcome }
    }

    #[test]
    fn only_a_verified_signature_of_a_declared_domain_proves_anything() {
        let pass = || SignatureOutcome::Pass { by: VerifiedBy::Us };
        let fail = SignatureOutcome::Fail { by: VerifiedBy::Us, why: "changed".into() };
        let declared = ["dc.example".to_owned()];
        for (signatures, expected) in [
            (vec![], false),
            (vec![signature("dc.example", pass())], true),
            (vec![signature("mail.DC.example", pass())], true),
            (vec![signature("baddc.example", pass())], false),
            (vec![signature("example", pass())], false),
            (vec![signature("other.example", pass()), signature("dc.example", fail)], false),
            (vec![signature("dc.example", SignatureOutcome::NoKey)], false),
        ] {
            let found = Authentication { signatures, left_out: 0 };
            assert_eq!(found.proves(&declared), expected, "{found:?}");
        }
    }

    #[test]
    fn what_is_stored_is_read_again() {
        for outcome in [
            SignatureOutcome::Pass { by: VerifiedBy::Server("mx.example".into()) },
            SignatureOutcome::Fail { by: VerifiedBy::Us, why: "x".into() },
            SignatureOutcome::NoKey,
            SignatureOutcome::TemporaryError { why: "x".into() },
            SignatureOutcome::NotLookedUp { why: NotLookedUp::Undeclared },
        ] {
            let found = Authentication { signatures: vec![signature("dc.example", outcome)], left_out: 1 };
            let text = serde_json::to_string(&found).expect("JSON");
            assert_eq!(serde_json::from_str::<Authentication>(&text).expect("the same"), found, "{text}");
        }
    }
}
