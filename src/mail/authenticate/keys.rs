//! Where keys come from: from a file, and from the DNS where that may be asked. Each is asked for once a run.

use std::collections::{BTreeMap, HashMap};
use std::sync::Mutex;

use super::dns::Dns;

/// Most keys asked for in a run: vendors have some ten each over the years. Selectors are a stranger's words.
const MAX_KEYS: usize = 1_000;

/// After so many questions in a row without an answer nobody answers, and a long import does not wait for each mail.
const DOWN_AFTER: usize = 3;

/// Whether the network may be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// Where the configuration allows it.
    Allowed,
    /// Not at all: only what is known without it is told.
    Offline,
}

/// The keys at hand, and what was asked of the DNS so far.
#[derive(Debug, Default)]
pub struct Keys {
    fixed: BTreeMap<String, String>,
    dns: Option<Dns>,
    asked: Mutex<Asked>,
}

#[derive(Debug, Default)]
struct Asked {
    found: HashMap<String, Found>,
    without_answer: usize,
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    /// The records published under its name.
    Records(Vec<String>),
    /// There is none.
    Nothing,
    /// Nobody could be asked.
    Trouble(String),
    /// It is not allowed to ask.
    NotAsked,
}

impl Keys {
    /// Keys by their full names, such as `s1._domainkey.vendor.example`, with the records that stand there; these go before
    /// the DNS, which is asked for all others when there is one.
    #[must_use]
    pub fn new(fixed: BTreeMap<String, String>, dns: Option<Dns>) -> Self {
        let fixed = fixed.into_iter().map(|(name, record)| (name.trim_end_matches('.').to_lowercase(), record));
        Self { fixed: fixed.collect(), dns, asked: Mutex::default() }
    }

    /// Forgets what was asked, for a run that never ends: keys change, and what did not answer may answer again.
    pub fn forget(&self) {
        *self.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Asked::default();
    }

    /// The records of a name, which is in lower case: from the file, from what was asked before, else from the DNS.
    pub(super) fn find(&self, name: &str, asking: Asking) -> Found {
        if let Some(record) = self.fixed.get(name) {
            return Found::Records(vec![record.clone()]);
        }
        let mut asked = self.asked.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(found) = asked.found.get(name) {
            return found.clone();
        }
        let dns = match (&self.dns, asking) {
            (Some(dns), Asking::Allowed) => dns,
            (Some(_), Asking::Offline) | (None, Asking::Allowed | Asking::Offline) => return Found::NotAsked,
        };
        if asked.without_answer >= DOWN_AFTER {
            return Found::Trouble("the DNS does not answer".into());
        }
        if asked.found.len() >= MAX_KEYS {
            return Found::Trouble(format!("{MAX_KEYS} keys were asked for in this run"));
        }
        let found = match dns.txt(name) {
            Ok(records) if records.is_empty() => Found::Nothing,
            Ok(records) => Found::Records(records),
            Err(error) => Found::Trouble(error.to_string()),
        };
        asked.without_answer = match &found {
            Found::Trouble(_) => asked.without_answer + 1,
            Found::Records(_) | Found::Nothing | Found::NotAsked => 0,
        };
        asked.found.insert(name.to_owned(), found.clone());
        found
    }
}
