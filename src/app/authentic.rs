//! Who signed a notice, and whether its vendor's notices must be signed.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::config::{AskDns, AuthenticationConfig};
use super::error::AppError;
use super::settings::Settings;
use crate::mail::{Asked, Asking, Dns, Keys, authenticate};
use crate::names::VendorId;
use crate::notice::{
    Authentication, Channel, Doubt, Irrelevant, Message, Notice, Reading, Received, SignaturePolicy, Signing,
    asks_to_unsubscribe, is_domain, read,
};
use crate::written::{Problem, SourceFile};

/// Largest file of keys read: a key has half a KiB.
const MAX_FILE_BYTES: u64 = 1 << 20;

impl Settings {
    /// How a vendor's mail is signed: by the configuration, else by its profile.
    #[must_use]
    pub fn signing(&self, vendor: &VendorId) -> Signing {
        let published = self.profiles.get(vendor).map(|profile| profile.signing.clone()).unwrap_or_default();
        let Some(own) = self.config.authentication.vendors.get(vendor) else { return published };
        Signing {
            domains: own.domains.clone().unwrap_or(published.domains),
            policy: own.policy.unwrap_or(published.policy),
        }
    }

    /// The doubt about a notice that a vendor did not sign and must have. `named` is the vendor as the notice names it, which
    /// the inventory may mean `vendor` by: it is held to what is asked of either, so that another name opens no door; but
    /// what the configuration says of `vendor` itself goes before.
    pub(super) fn not_authentic(&self, notice: &Notice, named: &VendorId, vendor: &VendorId) -> Option<Doubt> {
        let said = self.config.authentication.vendors.get(vendor).is_some_and(|own| own.policy.is_some());
        let other = (!said && named != vendor).then_some(named);
        [Some(vendor), other].into_iter().flatten().find_map(|vendor| self.unsigned(notice, vendor))
    }

    fn unsigned(&self, notice: &Notice, vendor: &VendorId) -> Option<Doubt> {
        match notice.channel {
            // What a person typed has the person's name to it.
            Channel::Typed => return None,
            Channel::Mail | Channel::Calendar | Channel::Api => {}
        }
        let Signing { domains, policy } = self.signing(vendor);
        match policy {
            SignaturePolicy::Evidence => None,
            SignaturePolicy::Required => {
                let proved = notice.authentication.as_ref().is_some_and(|found| found.proves(&domains));
                (!proved).then_some(Doubt::NotAuthentic)
            }
        }
    }

    /// Judges the signatures on a message, whose bytes these are; none of what is no mail.
    pub(super) fn authenticate(
        &self,
        message: &Message,
        raw: &[u8],
        received: Received,
        asking: Asking,
    ) -> Option<Authentication> {
        match message.channel {
            Channel::Mail => {}
            Channel::Calendar | Channel::Typed | Channel::Api => return None,
        }
        let servers = if message.forwarded { &[] } else { self.config.authentication.trusted_servers.as_slice() };
        let (received_at, keys) = (received.at, &self.keys);
        let asked = Asked { received_at, declared: self.declared_domains(), servers, keys, asking };
        Some(authenticate(message.own_bytes(raw), &asked))
    }

    /// The domains that a profile or the configuration says a vendor signs by.
    fn declared_domains(&self) -> &[String] {
        self.declared.get_or_init(|| {
            let own = self.config.authentication.vendors.values().filter_map(|vendor| vendor.domains.as_ref());
            let published = self.profiles.iter().map(|profile| &profile.signing.domains);
            let mut domains: Vec<String> = own.chain(published).flatten().cloned().collect();
            domains.sort_unstable();
            domains.dedup();
            domains
        })
    }

    /// A stored notice as it is read today. Who signed it is what was found when it came.
    pub(super) fn read_stored(&self, notice: &Notice, raw: &[u8]) -> Reading {
        match Message::parse(raw) {
            Ok(message) => self.read_signed(&signed(message, notice.authentication.as_ref()), raw),
            Err(why) => Reading::unreadable(why),
        }
    }

    /// A message as it is read today, of which it is known who signed it.
    pub(super) fn read_signed(&self, message: &Message, raw: &[u8]) -> Reading {
        match &self.config.unsubscribe {
            Some(address) if asks_to_unsubscribe(raw, address) => Reading::Irrelevant { why: Irrelevant::Unsubscribe },
            Some(_) | None => read(message, &self.reader()),
        }
    }
}

/// A message of which it is known who signed it.
pub(super) fn signed(message: Message, found: Option<&Authentication>) -> Message {
    let signed_by = found.into_iter().flat_map(Authentication::proved).map(str::to_owned).collect();
    Message { signed_by, ..message }
}

/// Where keys come from, by the configuration.
pub(super) fn keys(config: &AuthenticationConfig) -> Result<Keys, AppError> {
    let dns = match config.dns {
        AskDns::Never => None,
        AskDns::System => Some(Dns::system()),
        AskDns::At(server) => Some(Dns::at(server)),
    };
    let fixed = config.keys.as_deref().map(fixed_keys).transpose()?;
    Ok(Keys::new(fixed.unwrap_or_default(), dns))
}

/// The keys of a file, by the names under which the DNS would have them.
fn fixed_keys(path: &Path) -> Result<BTreeMap<String, String>, AppError> {
    let failed = |error| AppError::file("read", path, error);
    if fs::metadata(path).map_err(failed)?.len() > MAX_FILE_BYTES {
        return Err(failed(std::io::Error::other("it is larger than 1 MiB")));
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    let file = SourceFile { name: path.display().to_string(), text };
    let wrong = |file: SourceFile, problems| AppError::Wrong { files: vec![file], problems };
    let keys: BTreeMap<toml::Spanned<String>, String> = match toml::from_str(&file.text) {
        Ok(keys) => keys,
        Err(error) => {
            let help = "write a key a line: \"s1._domainkey.vendor.example\" = \"v=DKIM1; k=rsa; p=…\"";
            let span = error.span().unwrap_or(0..0);
            let problem = Problem::at(&file, span, error.message().trim().to_owned(), Some(help.to_owned()));
            return Err(wrong(file, vec![problem]));
        }
    };
    let is_key = |name: &str| name.contains("._domainkey.") && is_domain(name.trim_end_matches('.'));
    let problems: Vec<Problem> = keys
        .keys()
        .filter(|name| !is_key(name.get_ref()))
        .map(|name| {
            let help = "write selector and domain: \"s1._domainkey.vendor.example\"";
            let what = format!("`{}` is no name of a key", name.get_ref());
            Problem::at(&file, name.span(), what, Some(help.to_owned()))
        })
        .collect();
    if !problems.is_empty() {
        return Err(wrong(file, problems));
    }
    Ok(keys.into_iter().map(|(name, record)| (name.into_inner(), record)).collect())
}
