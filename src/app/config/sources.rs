//! `[[source]]`: where notices come from.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;
use serde_spanned::Spanned;

use super::{Reader, TlsWord};
use crate::mail::Tls;
use crate::names::VendorId;
use crate::time::parse_length;

/// A source without a message for so long is worth a look: the quietest of the vendors seen announces something every few
/// weeks, and a mailbox that takes all of them is never as quiet.
const QUIET_AFTER: TimeDelta = TimeDelta::days(14);

/// How often a source that is followed is read, whatever a server tells in between.
const EVERY: TimeDelta = TimeDelta::minutes(5);

/// A source of notices, as configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceConfig {
    /// What the user calls it.
    pub name: String,
    /// What it is.
    pub kind: SourceKind,
    /// Whose notices arrive there; empty means every vendor's.
    pub vendors: Vec<VendorId>,
    /// Without a message for longer than this, it is worth a warning.
    pub quiet_after: TimeDelta,
    /// How often it is read at least, when it is followed.
    pub every: Duration,
}

/// What a source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourceKind {
    /// A mailbox on a server.
    Imap(Box<ImapSettings>),
    /// A maildir.
    Maildir(PathBuf),
    /// An mbox.
    Mbox(PathBuf),
    /// A folder of mails and calendars.
    Folder(PathBuf),
}

/// A mailbox as configured; the password is read when it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImapSettings {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is secured.
    pub tls: Tls,
    /// The user.
    pub user: String,
    /// Where the password stands.
    pub password: PasswordFrom,
    /// Certificates (PEM) trusted beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// The mailbox, as the server writes its name.
    pub mailbox: String,
}

/// Where a password stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PasswordFrom {
    /// In a file.
    File(PathBuf),
    /// In a variable of the environment.
    Variable(String),
}

impl SourceConfig {
    /// What kind of source it is, in the word of the configuration.
    #[must_use]
    pub fn kind_word(&self) -> &'static str {
        match self.kind {
            SourceKind::Imap(_) => "imap",
            SourceKind::Maildir(_) => "maildir",
            SourceKind::Mbox(_) => "mbox",
            SourceKind::Folder(_) => "folder",
        }
    }

    /// Where it is: two sources of one place are the same.
    #[must_use]
    pub fn place(&self) -> String {
        match &self.kind {
            SourceKind::Imap(imap) => format!("imap://{}@{}:{}/{}", imap.user, imap.host, imap.port, imap.mailbox),
            SourceKind::Maildir(path) | SourceKind::Mbox(path) | SourceKind::Folder(path) => path.display().to_string(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table: [[source]]")]
pub(super) struct SourceTable {
    name: Spanned<String>,
    kind: Spanned<KindWord>,
    path: Option<Spanned<PathBuf>>,
    host: Option<Spanned<String>>,
    port: Option<Spanned<u16>>,
    user: Option<Spanned<String>>,
    password: Option<Spanned<toml::Value>>,
    password_file: Option<Spanned<PathBuf>>,
    password_env: Option<Spanned<String>>,
    tls: Option<Spanned<TlsWord>>,
    allow_clear: Option<Spanned<bool>>,
    ca_file: Option<Spanned<PathBuf>>,
    mailbox: Option<Spanned<String>>,
    #[serde(default)]
    vendors: Vec<Spanned<String>>,
    quiet_after: Option<Spanned<String>>,
    poll_every: Option<Spanned<String>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum KindWord {
    Imap,
    Maildir,
    Mbox,
    Folder,
}

impl Reader<'_> {
    pub(super) fn sources(&mut self, tables: Vec<SourceTable>, folder: &Path) -> Vec<SourceConfig> {
        let mut sources: Vec<SourceConfig> = Vec::new();
        for table in tables {
            let name = table.name.clone();
            if sources.iter().any(|other| other.name == *name.get_ref()) {
                self.wrong(&name, format!("there are two sources `{}`", name.get_ref()), "give each a name of its own");
            }
            if name.get_ref().trim().is_empty() || name.get_ref().contains(char::is_control) {
                self.wrong(&name, "a source needs a name on one line".to_owned(), "write a word or two: noc mailbox");
            }
            sources.extend(self.source(table, folder));
        }
        sources
    }

    fn source(&mut self, table: SourceTable, folder: &Path) -> Option<SourceConfig> {
        if let Some(password) = &table.password {
            self.secrets.push(password.span());
            let help = "put it alone into a file that only you can read, and name that as password_file; or name a \
                        variable of the environment as password_env";
            self.wrong(password, "a password does not stand in the configuration".to_owned(), help);
        }
        let quiet_after = self.length(table.quiet_after.as_ref(), QUIET_AFTER);
        let every = self.length(table.poll_every.as_ref(), EVERY);
        let vendors = table.vendors.iter().filter_map(|vendor| self.vendor(vendor)).collect();
        let name = table.name.get_ref().clone();
        let kind = match table.kind.get_ref() {
            KindWord::Imap => SourceKind::Imap(Box::new(self.imap(table, folder)?)),
            KindWord::Maildir => SourceKind::Maildir(self.path(&table, folder)?),
            KindWord::Mbox => SourceKind::Mbox(self.path(&table, folder)?),
            KindWord::Folder => SourceKind::Folder(self.path(&table, folder)?),
        };
        Some(SourceConfig { name, kind, vendors, quiet_after, every: every.to_std().unwrap_or_default() })
    }

    /// The path of a source that is no mailbox on a server, to which none of a server's keys belong.
    fn path(&mut self, table: &SourceTable, folder: &Path) -> Option<PathBuf> {
        let keys = [
            ("host", table.host.as_ref().map(Spanned::span)),
            ("port", table.port.as_ref().map(Spanned::span)),
            ("user", table.user.as_ref().map(Spanned::span)),
            ("password_file", table.password_file.as_ref().map(Spanned::span)),
            ("password_env", table.password_env.as_ref().map(Spanned::span)),
            ("tls", table.tls.as_ref().map(Spanned::span)),
            ("allow_clear", table.allow_clear.as_ref().map(Spanned::span)),
            ("ca_file", table.ca_file.as_ref().map(Spanned::span)),
            ("mailbox", table.mailbox.as_ref().map(Spanned::span)),
        ];
        for (key, span) in keys {
            if let Some(span) = span {
                let what = format!("`{key}` belongs to a source of kind \"imap\"");
                self.wrong(&Spanned::new(span, ()), what, "take it away, or set kind = \"imap\"");
            }
        }
        if table.path.is_none() {
            self.wrong(&table.kind, "a source of this kind needs a path".to_owned(), "add path = \"…\"");
        }
        table.path.as_ref().map(|path| folder.join(path.get_ref()))
    }

    fn imap(&mut self, table: SourceTable, folder: &Path) -> Option<ImapSettings> {
        if let Some(path) = &table.path {
            self.wrong(path, "a mailbox on a server has no path".to_owned(), "the mailbox is named by mailbox = \"…\"");
        }
        let tls = match table.tls.as_ref().map(Spanned::get_ref) {
            Some(TlsWord::None) => Tls::None,
            Some(TlsWord::Starttls) => Tls::StartTls,
            Some(TlsWord::Implicit) | None => Tls::Implicit,
        };
        let host = self.needed(table.host.as_ref(), &table.kind, "host");
        let user = self.needed(table.user.as_ref(), &table.kind, "user");
        let password = self.password(&table, folder);
        let allowed = table.allow_clear.as_ref().is_some_and(|allowed| *allowed.get_ref());
        if let (Some(word), Some(host), Tls::None, false) = (&table.tls, &host, tls, allowed)
            && !is_loopback(host)
        {
            let what = format!("the password and all mail would go to `{host}` in clear");
            let help = "use \"implicit\" or \"starttls\"; allow_clear = true permits it all the same";
            self.wrong(word, what, help);
        }
        let mailbox = self.mailbox_name(table.mailbox.as_ref());
        let usual_port = match tls {
            Tls::None | Tls::StartTls => 143,
            Tls::Implicit => 993,
        };
        Some(ImapSettings {
            host: host?,
            port: table.port.map_or(usual_port, Spanned::into_inner),
            tls,
            user: user?,
            password: password?,
            ca_file: table.ca_file.map(|path| folder.join(path.into_inner())),
            mailbox,
        })
    }

    fn password(&mut self, table: &SourceTable, folder: &Path) -> Option<PasswordFrom> {
        match (&table.password_file, &table.password_env) {
            (Some(file), None) => Some(PasswordFrom::File(folder.join(file.get_ref()))),
            (None, Some(variable)) => Some(PasswordFrom::Variable(variable.get_ref().clone())),
            (Some(_), Some(variable)) => {
                let what = "there are password_file and password_env".to_owned();
                self.wrong(variable, what, "leave one of them");
                None
            }
            (None, None) if table.password.is_some() => None,
            (None, None) => {
                let what = "a mailbox on a server needs a password".to_owned();
                self.wrong(&table.kind, what, "add password_file = \"…\" or password_env = \"…\"");
                None
            }
        }
    }

    fn mailbox_name(&mut self, given: Option<&Spanned<String>>) -> String {
        let Some(given) = given else { return "INBOX".to_owned() };
        let name = given.get_ref();
        if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
            let what = format!("`{}` is no mailbox as servers write it", name.escape_debug());
            self.wrong(given, what, "write other than ASCII in modified UTF-7: `Störung` is `St&APY-rung`");
        }
        name.clone()
    }

    fn needed<K>(&mut self, given: Option<&Spanned<String>>, kind: &Spanned<K>, key: &str) -> Option<String> {
        let Some(given) = given else {
            let help = format!("add {key} = \"…\"");
            self.wrong(kind, format!("a mailbox on a server needs a {key}"), &help);
            return None;
        };
        let text = given.get_ref();
        if text.trim().is_empty() || text.contains(char::is_control) {
            self.wrong(given, format!("`{}` is no {key}", text.escape_debug()), "write it on one line");
            return None;
        }
        Some(text.clone())
    }

    pub(super) fn length(&mut self, given: Option<&Spanned<String>>, otherwise: TimeDelta) -> TimeDelta {
        let Some(given) = given else { return otherwise };
        match parse_length(given.get_ref()) {
            Ok(length) if length > TimeDelta::zero() => length,
            Ok(_) => {
                self.wrong(given, "no time is too short".to_owned(), "write a length such as `14 d` or `5 min`");
                otherwise
            }
            Err(error) => {
                self.wrong(given, error.to_string(), "write a length such as `14 d` or `5 min`");
                otherwise
            }
        }
    }

    pub(super) fn vendor(&mut self, given: &Spanned<String>) -> Option<VendorId> {
        match VendorId::new(given.get_ref()) {
            Ok(vendor) => Some(vendor),
            Err(error) => {
                self.wrong(given, error.to_string(), "write the vendor's id in the inventory");
                None
            }
        }
    }
}

fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}
