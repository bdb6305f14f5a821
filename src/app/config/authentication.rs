//! `[authentication]`: who verifies that vendors signed their notices, and of which vendors that is required.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_spanned::Spanned;

use super::Reader;
use crate::names::VendorId;
use crate::notice::{SignaturePolicy, is_domain};

/// How signatures are verified, as configured. Without a word about it nobody is asked for a key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AuthenticationConfig {
    /// Whom to ask in the DNS.
    pub dns: AskDns,
    /// The file of keys that need no DNS.
    pub keys: Option<PathBuf>,
    /// The user's own mail servers, in lower case: their `Authentication-Results` count.
    pub trusted_servers: Vec<String>,
    /// What the user says of single vendors; it goes before their profiles.
    pub vendors: BTreeMap<VendorId, VendorSigning>,
}

/// Whom to ask for keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AskDns {
    /// Nobody: what a vendor signed by is told to no resolver.
    #[default]
    Never,
    /// The resolvers of the system.
    System,
    /// This resolver.
    At(SocketAddr),
}

/// What the user says of a vendor's signatures; what is not said is as its profile says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VendorSigning {
    /// The domains by which it signs, in lower case.
    pub domains: Option<Vec<String>>,
    /// What becomes of a notice that none of them signed.
    pub policy: Option<SignaturePolicy>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [authentication]")]
pub(super) struct AuthenticationTable {
    dns: bool,
    nameserver: Option<Spanned<String>>,
    keys: Option<PathBuf>,
    trusted_servers: Vec<Spanned<String>>,
    vendor: Vec<VendorTable>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table: [[authentication.vendor]]")]
struct VendorTable {
    id: Spanned<String>,
    dkim_domains: Option<Vec<Spanned<String>>>,
    signature: Option<SignaturePolicy>,
}

impl Reader<'_> {
    pub(super) fn authentication(&mut self, table: AuthenticationTable, folder: &Path) -> AuthenticationConfig {
        let nameserver = table.nameserver.as_ref().and_then(|given| self.nameserver(given));
        let dns = match (table.dns, nameserver, &table.nameserver) {
            (true, Some(server), _) => AskDns::At(server),
            (true, None, _) => AskDns::System,
            (false, _, None) => AskDns::Never,
            (false, _, Some(given)) => {
                self.wrong(given, "a resolver is named, and the DNS is not asked".to_owned(), "add dns = true");
                AskDns::Never
            }
        };
        let trusted_servers = table.trusted_servers.iter().filter_map(|name| self.domain(name)).collect();
        let mut vendors = BTreeMap::new();
        for vendor in table.vendor {
            let Some(id) = self.vendor(&vendor.id) else { continue };
            let domains = vendor.dkim_domains.map(|domains| domains.iter().filter_map(|d| self.domain(d)).collect());
            let signing = VendorSigning { domains, policy: vendor.signature };
            if vendors.insert(id, signing).is_some() {
                let what = format!("the vendor `{}` stands here twice", vendor.id.get_ref());
                self.wrong(&vendor.id, what, "put both into one table");
            }
        }
        AuthenticationConfig { dns, keys: table.keys.map(|path| folder.join(path)), trusted_servers, vendors }
    }

    /// An address, with a port where it is not the usual one.
    fn nameserver(&mut self, given: &Spanned<String>) -> Option<SocketAddr> {
        let text = given.get_ref();
        let server = text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(|address| (address, 53).into()));
        if server.is_none() {
            let what = format!("`{text}` is no address of a resolver");
            self.wrong(given, what, "write it like `10.0.0.53`, `10.0.0.53:5353` or `[2001:db8::53]:53`");
        }
        server
    }

    pub(super) fn domain(&mut self, given: &Spanned<String>) -> Option<String> {
        let domain = given.get_ref().to_lowercase();
        if is_domain(&domain) {
            return Some(domain);
        }
        self.wrong(given, format!("`{}` is no domain", given.get_ref()), "write it like `mx.hosting.example`");
        None
    }
}
