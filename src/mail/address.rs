//! Addresses, checked once.

use std::fmt;
use std::str::FromStr;

/// A mail address that may stand in a header and in an SMTP command.
///
/// Its domain is lower case and ASCII (`bücher.example` is kept as `xn--bcher-kva.example`, which every relay takes);
/// a local part outside ASCII is kept, and goes only to a relay that offers SMTPUTF8 (RFC 6531).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Address(lettre::Address);

/// A text that is no mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no mail address: {why}")]
pub struct BadAddress {
    /// What was given, control characters escaped.
    pub text: String,
    /// What is wrong with it.
    pub why: &'static str,
}

impl Address {
    /// Checks `local@domain`, without a name or angle brackets.
    ///
    /// # Errors
    /// [`BadAddress`] with what was given and why it is none.
    pub fn new(text: &str) -> Result<Self, BadAddress> {
        let bad = |why| BadAddress { text: text.escape_debug().to_string(), why };
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(bad("it holds white space or a control character"));
        }
        let (local, domain) = text.rsplit_once('@').ok_or_else(|| bad("it has no `@`"))?;
        let domain = ascii_domain(domain).ok_or_else(|| bad("its domain is not well-formed"))?;
        lettre::Address::new(local, domain).map(Self).map_err(|_| bad("it is not well-formed"))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_ref()
    }

    /// What follows the last `@`: lower case, ASCII.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.domain()
    }

    /// The same mailbox with a detail behind a `+` (RFC 5233): `bounces@noc.example` and `m1` give
    /// `bounces+m1@noc.example`. An address that would be none so stays as it is.
    #[must_use]
    pub fn with_detail(&self, detail: &str) -> Self {
        let detailed = format!("{}+{detail}@{}", self.0.user(), self.0.domain());
        Self::new(&detailed).unwrap_or_else(|_| self.clone())
    }

    pub(super) fn inner(&self) -> &lettre::Address {
        &self.0
    }
}

impl FromStr for Address {
    type Err = BadAddress;

    fn from_str(text: &str) -> Result<Self, BadAddress> {
        Self::new(text)
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A domain in the form that is compared and sent: lower case, A-labels (UTS 46). None when it is none.
pub(super) fn ascii_domain(domain: &str) -> Option<String> {
    if domain.starts_with('[') {
        return Some(domain.to_owned());
    }
    idna::domain_to_ascii_strict(domain).ok().filter(|domain| !domain.is_empty())
}

/// From whom and to whom one mail travels.
///
/// One recipient each: a relay that refuses one of several refuses the mail for all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// Where a bounce goes: its own address for every message (VERP), so that a bounce names the message.
    pub from: Address,
    /// The recipient.
    pub to: Address,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(Address::new(text).ok().as_ref().map(Address::as_str), expected, "{text:?}");
    }

    #[test]
    fn an_address_is_checked_and_its_domain_folded() {
        check("alice@customer.test", Some("alice@customer.test"));
        check("Alice+iw@Customer.TEST", Some("Alice+iw@customer.test"));
        check("noc@bücher.example", Some("noc@xn--bcher-kva.example"));
        check("jörg@bücher.example", Some("jörg@xn--bcher-kva.example"));
        check("o'neill@customer.test", Some("o'neill@customer.test"));
        check("noc@[192.0.2.1]", Some("noc@[192.0.2.1]"));
        check("bounces+msg-0123456789ab.f00d@noc.test", Some("bounces+msg-0123456789ab.f00d@noc.test"));
    }

    #[test]
    fn what_could_forge_a_header_or_a_command_is_refused() {
        check("", None);
        check("alice", None);
        check("@customer.test", None);
        check("alice@", None);
        check("alice@customer.test\r\nBcc: eve@evil.test", None);
        check("alice@customer.test> SIZE=1\r\nRCPT TO:<eve@evil.test", None);
        check("\"a\r\nb\"@customer.test", None);
        check("alice @customer.test", None);
        check("Alice <alice@customer.test>", None);
        check("alice@customer.test,eve@evil.test", None);
        check("alice@-customer.test", None);
    }

    #[test]
    fn the_error_shows_what_was_typed() {
        let error = Address::new("ali\nce@x.test").expect_err("a line break");
        assert_eq!(
            error.to_string(),
            "`ali\\nce@x.test` is no mail address: it holds white space or a control character"
        );
    }
}
