//! Whether a message is a vendor's notice.

use std::cell::OnceCell;

use serde::Serialize;

use super::patterns::Matcher;
use super::{Profile, Recognise};
use crate::names::VendorId;
use crate::notice::authentication::is_within;
use crate::notice::message::Message;

/// What profiles look for in a message, made once for all of them.
pub(super) struct Look<'a> {
    message: &'a Message,
    /// The parts' texts in lower case; made for the first that asks.
    lower: OnceCell<Vec<String>>,
    /// The senders of the mails passed on in its text.
    passed_on: OnceCell<Vec<String>>,
}

impl<'a> Look<'a> {
    pub(super) fn at(message: &'a Message) -> Self {
        Self { message, lower: OnceCell::new(), passed_on: OnceCell::new() }
    }

    fn lower(&self) -> &[String] {
        self.lower.get_or_init(|| self.message.parts.iter().map(|part| part.text.to_lowercase()).collect())
    }

    /// Who sent it: its own sender and, where it says that it was passed on or names no sender, those that its text names.
    ///
    /// A text is no evidence of who sent it. It serves to choose how to read, as the words of a body do.
    fn senders(&self) -> impl Iterator<Item = &str> {
        let own = self.message.facts.from.as_deref();
        let passed_on = if own.is_none() || self.message.is_passed_on() { self.passed_on() } else { &[] };
        own.into_iter().chain(passed_on.iter().map(String::as_str))
    }

    fn passed_on(&self) -> &[String] {
        self.passed_on.get_or_init(|| self.message.quoted().into_iter().filter_map(|quoted| quoted.from).collect())
    }
}

impl Profile {
    /// Whether a message is one of this vendor's notices.
    #[must_use]
    pub fn recognises(&self, message: &Message) -> bool {
        self.recognises_in(&Look::at(message))
    }

    pub(super) fn recognises_in(&self, look: &Look<'_>) -> bool {
        self.recognise.iter().any(|way| way.fits(look))
    }

    /// Whether an address belongs to one of the vendor's domains or to a subdomain.
    pub(super) fn sends(&self, address: &str) -> bool {
        self.recognise.iter().any(|way| way.sends(address))
    }
}

/// How near one way of recognising came to a message: what of it holds, and what speaks against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Tried {
    /// Whose profile.
    pub vendor: VendorId,
    /// Which of its `[[recognise]]`, from 1.
    pub way: usize,
    /// Whether the sender is of its domains.
    pub sent: bool,
    /// What holds.
    pub held: Vec<String>,
    /// What does not; empty when it recognises the message.
    pub against: Vec<String>,
}

impl Tried {
    /// Whether the message is recognised by it.
    #[must_use]
    pub fn recognises(&self) -> bool {
        self.against.is_empty()
    }
}

impl Profile {
    /// The way of this profile that comes nearest to a message.
    pub(super) fn tried(&self, look: &Look<'_>) -> Option<Tried> {
        let tried = self.recognise.iter().enumerate().map(|(at, way)| {
            let (held, against) = way.tried(look);
            let sent = look.message.facts.from.as_deref().is_some_and(|from| way.sends(from));
            Tried { vendor: self.vendor.clone(), way: at + 1, sent, held, against }
        });
        tried.min_by_key(|tried| (tried.against.len(), std::cmp::Reverse(tried.held.len())))
    }
}

impl Recognise {
    /// What of it holds and what does not, in words.
    fn tried(&self, look: &Look<'_>) -> (Vec<String>, Vec<String>) {
        let facts = &look.message.facts;
        let (full, plain) = (facts.subject.as_deref().unwrap_or_default(), look.message.plain_subject());
        let from = facts.from.as_deref();
        let in_subject = |pattern: &&Matcher| pattern.is_match(full) || pattern.is_match(plain);
        let in_body = |phrase: &&String| look.lower().iter().any(|text| text.contains(phrase.as_str()));
        let (mut held, mut against) = (Vec::new(), Vec::new());
        if !self.domains.is_empty() {
            match from.filter(|from| self.sends(from)) {
                Some(from) => held.push(format!("the sender {from} is of its domains")),
                None => against.push(format!(
                    "the sender {} is not of {}",
                    from.unwrap_or("is not named, and"),
                    self.domains.join(", ")
                )),
            }
        }
        if !self.signed_by.is_empty() {
            match look.message.signed_by.iter().find(|domain| self.signed(domain)) {
                Some(domain) => held.push(format!("{domain} signed it")),
                None => against.push(format!("no verified signature of {} is on it", self.signed_by.join(", "))),
            }
        }
        if !self.subject.is_empty() {
            match self.subject.iter().find(in_subject) {
                Some(pattern) => held.push(format!("the subject matches `{pattern}`")),
                None => against.push(format!("the subject matches none of its {} patterns", self.subject.len())),
            }
        }
        if !self.body.is_empty() {
            match self.body.iter().find(in_body) {
                Some(phrase) => held.push(format!("the text holds \"{phrase}\"")),
                None => against.push(format!("the text holds none of \"{}\"", self.body.join("\", \""))),
            }
        }
        let excluded = self.exclude_subject.iter().find(in_subject);
        against.extend(excluded.map(|pattern| format!("the subject matches `{pattern}`, which it excludes")));
        let excluded = self.exclude_body.iter().find(in_body);
        against.extend(excluded.map(|phrase| format!("the text holds \"{phrase}\", which it excludes")));
        (held, against)
    }

    fn fits(&self, look: &Look<'_>) -> bool {
        let facts = &look.message.facts;
        let (full, plain) = (facts.subject.as_deref().unwrap_or_default(), look.message.plain_subject());
        let in_subject = |patterns: &[Matcher]| patterns.iter().any(|p| p.is_match(full) || p.is_match(plain));
        let in_body = |phrases: &[String]| {
            phrases.iter().any(|phrase| look.lower().iter().any(|text| text.contains(phrase.as_str())))
        };
        (self.domains.is_empty() || look.senders().any(|from| self.sends(from)))
            && (self.signed_by.is_empty() || look.message.signed_by.iter().any(|domain| self.signed(domain)))
            && (self.subject.is_empty() || in_subject(&self.subject))
            && (self.body.is_empty() || in_body(&self.body))
            && !in_subject(&self.exclude_subject)
            && !in_body(&self.exclude_body)
    }

    fn signed(&self, domain: &str) -> bool {
        self.signed_by.iter().any(|declared| is_within(domain, declared))
    }

    fn sends(&self, address: &str) -> bool {
        self.domains.iter().any(|domain| is_of_domain(address, domain))
    }
}

/// Whether an address is at a domain or one of its subdomains, without regard to case.
pub(in crate::notice) fn is_of_domain(address: &str, domain: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(_, host)| is_within(host, domain))
}
