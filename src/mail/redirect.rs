//! Which mails may leave the house, and to whom (`mail.redirect_to`, `mail.allow`).

use super::address::{Address, BadAddress, ascii_domain};

/// One entry of `mail.allow`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed {
    /// One address, compared without regard to ASCII case.
    Address(Address),
    /// Every address at exactly this domain; its subdomains are not meant.
    Domain(String),
}

impl Allowed {
    /// Reads `alice@customer.test` or `customer.test`.
    ///
    /// # Errors
    /// [`BadAddress`] when it is neither.
    pub fn new(text: &str) -> Result<Self, BadAddress> {
        if text.contains('@') {
            return Address::new(text).map(Self::Address);
        }
        let bad = || BadAddress { text: text.escape_debug().to_string(), why: "nor is it a domain" };
        ascii_domain(text).map(Self::Domain).ok_or_else(bad)
    }

    fn holds(&self, to: &Address) -> bool {
        match self {
            Self::Address(address) => address.as_str().eq_ignore_ascii_case(to.as_str()),
            Self::Domain(domain) => domain == to.domain(),
        }
    }
}

/// To whom mail may be written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Allow {
    /// To anybody.
    #[default]
    Everyone,
    /// To these alone; an empty list is nobody.
    Only(Vec<Allowed>),
}

/// How far the user lets mail reach.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reach {
    /// All mail goes here instead. Then `allow` is not asked, since nothing reaches anybody else.
    pub redirect_to: Option<Address>,
    /// Who may be written to.
    pub allow: Allow,
}

/// What to do with a mail for one recipient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Route {
    /// Send it to its recipient.
    Deliver,
    /// Send it here instead, composed by [`compose_redirected`](super::compose_redirected).
    Redirect(Address),
    /// Do not send it.
    Refuse {
        /// Why, in words for the one who set it.
        why: String,
    },
}

impl Reach {
    /// Where a mail meant for `to` goes.
    #[must_use]
    pub fn route(&self, to: &Address) -> Route {
        if let Some(instead) = &self.redirect_to {
            return Route::Redirect(instead.clone());
        }
        match &self.allow {
            Allow::Everyone => Route::Deliver,
            Allow::Only(allowed) if allowed.iter().any(|entry| entry.holds(to)) => Route::Deliver,
            Allow::Only(_) => Route::Refuse { why: format!("neither `{to}` nor its domain is in mail.allow") },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> Address {
        Address::new(text).expect("a test address is well-formed")
    }

    /// `allow`: none is everyone. `expected`: `deliver`, `refuse`, or the address redirected to.
    #[track_caller]
    fn check(redirect_to: Option<&str>, allow: Option<&[&str]>, to: &str, expected: &str) {
        let allow = match allow {
            None => Allow::Everyone,
            Some(list) => Allow::Only(list.iter().map(|entry| Allowed::new(entry).expect("an entry")).collect()),
        };
        let got = match (Reach { redirect_to: redirect_to.map(address), allow }).route(&address(to)) {
            Route::Deliver => "deliver".to_owned(),
            Route::Redirect(instead) => instead.to_string(),
            Route::Refuse { why } => {
                assert!(why.contains(to) && why.contains("mail.allow"), "{why}");
                "refuse".to_owned()
            }
        };
        assert_eq!(got, expected);
    }

    #[test]
    fn what_leaves_the_house() {
        let some = Some(&["alice@customer.test", "NOC.test", "bücher.example"][..]);
        check(None, None, "anybody@customer.test", "deliver");
        check(None, some, "alice@customer.test", "deliver");
        check(None, some, "Alice@Customer.Test", "deliver");
        check(None, some, "bob@customer.test", "refuse");
        check(None, some, "anybody@noc.test", "deliver");
        check(None, some, "anybody@sub.noc.test", "refuse");
        check(None, some, "anybody@evilnoc.test", "refuse");
        check(None, some, "anybody@noc.test.evil.example", "refuse");
        check(None, some, "anybody@xn--bcher-kva.example", "deliver");
        check(None, Some(&[]), "alice@customer.test", "refuse");
        check(Some("me@noc.test"), None, "alice@customer.test", "me@noc.test");
        check(Some("me@noc.test"), Some(&["customer.test"]), "alice@customer.test", "me@noc.test");
        check(Some("me@noc.test"), Some(&[]), "alice@customer.test", "me@noc.test");
    }

    #[test]
    fn an_entry_is_an_address_or_a_domain() {
        for text in ["", "cust omer.test", "@customer.test", "customer.test\n"] {
            assert!(Allowed::new(text).is_err(), "{text:?}");
        }
    }
}
