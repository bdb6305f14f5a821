//! `config.toml` in the data folder: who we are, how mail leaves, what the policy is.
//!
//! Every key has a default, so that a folder without the file works; nothing leaves the machine before a relay is named.

mod authentication;
mod sources;
mod store;

use std::fs;
use std::num::NonZeroU32;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;
use serde_spanned::Spanned;

use self::authentication::AuthenticationTable;
pub use self::authentication::{AskDns, AuthenticationConfig, VendorSigning};
use self::sources::SourceTable;
pub use self::sources::{ImapSettings, PasswordFrom, SourceConfig, SourceKind};
pub use self::store::StoreSettings;
use self::store::StoreTable;
use super::error::AppError;
use crate::mail::{Address, Allow, Allowed, Reach, Tls};
use crate::names::nearest;
use crate::plan::{Mailbox, Policy};
use crate::time::Zones;
use crate::written::{Problem, SourceFile};

/// Connections while the configuration names no number: one would wait for each answer, and no relay minds four.
const USUAL_CONNECTIONS: usize = 4;

/// Most connections to the relay: more than relays take of one client, and each is a mail in doubt when we are killed.
const MAX_CONNECTIONS: usize = 64;

/// The file's name in the data folder.
const FILE: &str = "config.toml";

/// Largest configuration read: no sensible one has a thousandth of it.
const MAX_CONFIG_BYTES: u64 = 1 << 20;

/// Our domain while nobody named one: of a top-level domain that never exists (RFC 2606).
const NOWHERE: &str = "inwindow.invalid";

/// What the user configured, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// What the organisation is called in mails.
    pub organisation: String,
    /// The zone that times are shown in.
    pub zone: String,
    /// The domain of Message-IDs; mail from it is our own.
    pub domain: String,
    /// Who writes.
    pub from: Mailbox,
    /// Where answers go.
    pub reply_to: Option<Mailbox>,
    /// Where to write in order to get no more mail.
    pub unsubscribe: Option<String>,
    /// Where our pages are for readers: an https URL without its last slash.
    pub public_url: Option<String>,
    /// How mail leaves.
    pub transport: Transport,
    /// What may leave.
    pub mail: Reach,
    /// Where reports about mails that could not be delivered come back to: each mail's own address is this one with the
    /// message's id as its detail (VERP). Without it they come back to [`Config::from`].
    pub bounces_to: Option<Address>,
    /// Whether an address that a server said does not exist gets no more, until a person has that mail tried again.
    pub suppress_bounced: bool,
    /// Mails to readers of one domain in any minute at most; none is as many as the relay takes.
    pub per_domain_a_minute: Option<NonZeroU32>,
    /// What is planned.
    pub policy: Policy,
    /// Where notices come from.
    pub sources: Vec<SourceConfig>,
    /// Who verifies their signatures.
    pub authentication: AuthenticationConfig,
    /// The database that keeps everything; none is the file in the data folder.
    pub store: Option<StoreSettings>,
}

/// How mail leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// Into a maildir: a file a mail, and nothing leaves the machine.
    Maildir(PathBuf),
    /// To a relay.
    Smtp(SmtpSettings),
}

/// The relay as configured; the password is read when it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmtpSettings {
    /// Host name or address.
    pub host: String,
    /// Port.
    pub port: u16,
    /// How the connection is secured.
    pub tls: Tls,
    /// The user, where the relay asks for one.
    pub user: Option<String>,
    /// The file that holds the password; else the environment variable `INWINDOW_SMTP_PASSWORD`.
    pub password_file: Option<PathBuf>,
    /// Certificates (PEM) trusted beside those of the system.
    pub ca_file: Option<PathBuf>,
    /// The name given in EHLO; the host's own when none is set.
    pub helo: Option<String>,
    /// Connections at most, from 1 to 64.
    pub connections: usize,
    /// How long the relay may take for any answer but the last.
    pub answer_within: Option<Duration>,
    /// How long it may take for a mail and the answer to its final dot.
    pub taken_within: Option<Duration>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(
    deny_unknown_fields,
    default,
    expecting = "tables such as [organisation], [mail], [policy], [authentication], [store] and [[source]]"
)]
struct File {
    organisation: OrganisationTable,
    mail: MailTable,
    policy: Policy,
    source: Vec<SourceTable>,
    authentication: AuthenticationTable,
    store: StoreTable,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [organisation]")]
struct OrganisationTable {
    name: Option<String>,
    zone: Option<Spanned<String>>,
    domain: Option<Spanned<String>>,
    public_url: Option<Spanned<String>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [mail]")]
struct MailTable {
    from: Option<Spanned<String>>,
    reply_to: Option<Spanned<String>>,
    unsubscribe: Option<Spanned<String>>,
    transport: Option<TransportWord>,
    maildir: Option<PathBuf>,
    host: Option<String>,
    port: Option<u16>,
    tls: Option<TlsWord>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    ca_file: Option<PathBuf>,
    helo: Option<String>,
    connections: Option<Spanned<usize>>,
    answer_within: Option<Spanned<String>>,
    taken_within: Option<Spanned<String>>,
    bounces_to: Option<Spanned<String>>,
    suppress_bounced: Option<bool>,
    per_domain_a_minute: Option<NonZeroU32>,
    redirect_to: Option<Spanned<String>>,
    allow: Option<Vec<Spanned<String>>>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TransportWord {
    Maildir,
    Smtp,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum TlsWord {
    None,
    Starttls,
    Implicit,
}

impl Config {
    /// Whether nobody said who writes.
    #[must_use]
    pub fn is_nobody(&self) -> bool {
        domain_of(&self.from.email) == NOWHERE
    }

    /// Reads `config.toml` in the folder; without the file, the defaults.
    ///
    /// # Errors
    /// [`AppError::Wrong`] with file, line and column of everything wrong; [`AppError::File`] when it cannot be read.
    pub fn load(folder: &Path, zones: &Zones) -> Result<Self, AppError> {
        let path = folder.join(FILE);
        let text = match fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(AppError::file("read", &path, error)),
            Ok(about) if about.len() > MAX_CONFIG_BYTES => {
                return Err(AppError::file("read", &path, std::io::Error::other("it is larger than 1 MiB")));
            }
            Ok(_) => fs::read_to_string(&path).map_err(|error| AppError::file("read", &path, error))?,
        };
        let file = SourceFile { name: path.display().to_string(), text };
        Self::parse(&file, folder, zones).map_err(|mistakes| mistakes.shown_in(file))
    }

    fn parse(file: &SourceFile, folder: &Path, zones: &Zones) -> Result<Self, Mistakes> {
        let tables: File = toml::from_str(&file.text).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            let message = error.message().trim().to_owned();
            let help = meant(&message);
            Mistakes { problems: vec![Problem::at(file, span, message, help)], secrets: Vec::new() }
        })?;
        let mut reader = Reader { file, problems: Vec::new(), secrets: Vec::new() };
        let config = reader.config(tables, folder, zones);
        let Reader { problems, secrets, .. } = reader;
        if problems.is_empty() { Ok(config) } else { Err(Mistakes { problems, secrets }) }
    }
}

/// What is wrong, and what of the file must not be shown.
#[derive(Debug)]
struct Mistakes {
    problems: Vec<Problem>,
    secrets: Vec<Range<usize>>,
}

impl Mistakes {
    /// With the file, in which secrets are blotted out byte by byte, so that places stay where they are.
    fn shown_in(self, file: SourceFile) -> AppError {
        let mut bytes = file.text.into_bytes();
        for secret in self.secrets {
            if let Some(secret) = bytes.get_mut(secret) {
                secret.iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b'*');
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        AppError::Wrong { files: vec![SourceFile { name: file.name, text }], problems: self.problems }
    }
}

struct Reader<'a> {
    file: &'a SourceFile,
    problems: Vec<Problem>,
    /// Where passwords stand that should not.
    secrets: Vec<Range<usize>>,
}

impl Reader<'_> {
    fn wrong<T>(&mut self, value: &Spanned<T>, message: String, help: &str) {
        self.problems.push(Problem::at(self.file, value.span(), message, Some(help.to_owned())));
    }

    fn config(&mut self, tables: File, folder: &Path, zones: &Zones) -> Config {
        let File { organisation, mail, policy, source, authentication, store } = tables;
        let zone = self.zone(organisation.zone.as_ref(), zones);
        let from = self.mailbox(mail.from.as_ref());
        let domain = organisation.domain.as_ref().and_then(|given| self.own_domain(given));
        let domain = domain.or_else(|| from.as_ref().map(|from| domain_of(&from.email)));
        let domain = domain.unwrap_or_else(|| NOWHERE.to_owned());
        let from = from.unwrap_or_else(|| Mailbox { name: None, email: format!("noc@{domain}") });
        Config {
            organisation: organisation.name.unwrap_or_else(|| domain.clone()),
            zone,
            reply_to: self.mailbox(mail.reply_to.as_ref()),
            unsubscribe: self.mailbox(mail.unsubscribe.as_ref()).map(|mailbox| mailbox.email),
            public_url: organisation.public_url.as_ref().and_then(|given| self.public_url(given)),
            mail: self.mail_policy(&mail),
            bounces_to: self.mailbox(mail.bounces_to.as_ref()).and_then(|to| Address::new(&to.email).ok()),
            suppress_bounced: mail.suppress_bounced.unwrap_or(true),
            per_domain_a_minute: mail.per_domain_a_minute,
            transport: self.transport(mail, folder),
            sources: self.sources(source, folder),
            authentication: self.authentication(authentication, folder),
            store: self.store(&store, folder),
            policy,
            domain,
            from,
        }
    }

    /// A domain that mail can be from.
    fn own_domain(&mut self, given: &Spanned<String>) -> Option<String> {
        let domain = self.domain(given)?;
        let address = Address::new(&format!("noc@{domain}"));
        if let Err(error) = &address {
            self.wrong(given, error.to_string(), "write it like `hosting.example`");
        }
        address.is_ok().then_some(domain)
    }

    /// `https://host/path`, without what a header or a later part of the URL could take for its own.
    fn public_url(&mut self, given: &Spanned<String>) -> Option<String> {
        /// Leaves room for what names a mail, in a line that every relay takes.
        const MAX_OCTETS: usize = 300;
        let url = given.get_ref().trim_end_matches('/');
        let host = url.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
        let plain = url.bytes().all(|byte| byte.is_ascii_alphanumeric() || b":/.-_~%[]".contains(&byte));
        if host.is_empty() || !plain || url.len() > MAX_OCTETS {
            self.wrong(
                given,
                format!("`{}` is no public address", given.get_ref().escape_debug()),
                "write it like `https://status.noc.example`",
            );
            return None;
        }
        Some(url.to_owned())
    }

    fn zone(&mut self, given: Option<&Spanned<String>>, zones: &Zones) -> String {
        let Some(given) = given else { return "UTC".to_owned() };
        match zones.get(given.get_ref()) {
            Ok(zone) => zone.name().to_owned(),
            Err(error) => {
                self.wrong(given, error.to_string(), "use an IANA name such as Europe/Amsterdam, or UTC");
                "UTC".to_owned()
            }
        }
    }

    /// `Name <local@domain>` or `local@domain`.
    fn mailbox(&mut self, given: Option<&Spanned<String>>) -> Option<Mailbox> {
        let given = given?;
        let text = given.get_ref().trim();
        let (name, email) = match text.strip_suffix('>').and_then(|rest| rest.rsplit_once('<')) {
            Some((name, email)) => (Some(name.trim().trim_matches('"').to_owned()), email.trim()),
            None => (None, text),
        };
        match Address::new(email) {
            Ok(address) => Some(Mailbox { name: name.filter(|n| !n.is_empty()), email: address.as_str().to_owned() }),
            Err(error) => {
                self.wrong(given, error.to_string(), "write `Name <local@domain>` or `local@domain`");
                None
            }
        }
    }

    fn mail_policy(&mut self, mail: &MailTable) -> Reach {
        let redirect_to = self.mailbox(mail.redirect_to.as_ref()).and_then(|to| Address::new(&to.email).ok());
        let allow = match &mail.allow {
            None => Allow::Everyone,
            Some(entries) => Allow::Only(entries.iter().filter_map(|entry| self.allowed(entry)).collect()),
        };
        Reach { redirect_to, allow }
    }

    /// A relay when one is named, else a maildir in the data folder.
    fn transport(&mut self, mail: MailTable, folder: &Path) -> Transport {
        let smtp = match mail.transport {
            Some(TransportWord::Smtp) => true,
            Some(TransportWord::Maildir) => false,
            None => mail.host.is_some(),
        };
        if !smtp {
            return Transport::Maildir(folder.join(mail.maildir.unwrap_or_else(|| PathBuf::from("mail"))));
        }
        let tls = match mail.tls {
            Some(TlsWord::None) => Tls::None,
            Some(TlsWord::Implicit) => Tls::Implicit,
            Some(TlsWord::Starttls) | None => Tls::StartTls,
        };
        let usual_port = match tls {
            Tls::None => 25,
            Tls::StartTls => 587,
            Tls::Implicit => 465,
        };
        Transport::Smtp(SmtpSettings {
            host: mail.host.unwrap_or_else(|| "localhost".to_owned()),
            port: mail.port.unwrap_or(usual_port),
            tls,
            user: mail.user,
            password_file: mail.password_file.map(|path| folder.join(path)),
            ca_file: mail.ca_file.map(|path| folder.join(path)),
            helo: mail.helo,
            connections: self.connections(mail.connections.as_ref()),
            answer_within: self.patience(mail.answer_within.as_ref()),
            taken_within: self.patience(mail.taken_within.as_ref()),
        })
    }

    fn connections(&mut self, given: Option<&Spanned<usize>>) -> usize {
        let Some(given) = given else { return USUAL_CONNECTIONS };
        let number = *given.get_ref();
        if !(1..=MAX_CONNECTIONS).contains(&number) {
            let message = format!("{number} is no number of connections from 1 to {MAX_CONNECTIONS}");
            self.wrong(given, message, "4 is enough for most relays");
        }
        number
    }

    /// A length of time of at most an hour: a lease on a message lasts as long.
    fn patience(&mut self, given: Option<&Spanned<String>>) -> Option<Duration> {
        let given = given?;
        let length = self.length(Some(given), TimeDelta::minutes(1));
        if length > TimeDelta::hours(1) {
            self.wrong(given, "no answer takes longer than an hour".to_owned(), "write a length such as `1 min`");
        }
        length.to_std().ok()
    }

    fn allowed(&mut self, entry: &Spanned<String>) -> Option<Allowed> {
        match Allowed::new(entry.get_ref()) {
            Ok(allowed) => Some(allowed),
            Err(error) => {
                self.wrong(entry, error.to_string(), "write an address or a domain");
                None
            }
        }
    }
}

/// "did you mean": the expected word most like the one found, out of a message such as
/// ``unknown field `hots`, expected one of `host`, `port` ``.
fn meant(message: &str) -> Option<String> {
    if !message.starts_with("unknown ") {
        return None;
    }
    let mut words = message.split('`').skip(1).step_by(2);
    let found = words.next()?;
    nearest(found, words).map(|word| format!("did you mean `{word}`?"))
}

fn domain_of(email: &str) -> String {
    email.rsplit('@').next().unwrap_or_default().to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Approval;

    fn parse(text: &str) -> Result<Config, Vec<String>> {
        let file = SourceFile { name: "config.toml".into(), text: text.into() };
        Config::parse(&file, Path::new("data"), &Zones::embedded())
            .map_err(|mistakes| mistakes.problems.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_store_is_named_without_its_password() {
        let config =
            parse("[store]\nurl = \"postgres://ann@db.example/inwindow\"\npassword_file = \"p\"").expect("good");
        let store = config.store.expect("named");
        assert_eq!(store.address.to_string(), "postgres://ann@db.example/inwindow");
        assert_eq!(store.password_file.as_deref(), Some(Path::new("data/p")));
        check_wrong(
            "[store]\nurl = \"postgres://ann:secret@db.example/x\"",
            "config.toml:2:7: a password does not stand in the configuration",
        );
        check_wrong(
            "[store]\nurl = \"mysql://ann:secret@db.example/x\"",
            "config.toml:2:7: `mysql://ann@db.example/x` is no address of a PostgreSQL database",
        );
        check_wrong("[store]\nca_file = \"a\"", "config.toml:2:11: it belongs to a store with a url");
        let file = SourceFile { name: "config.toml".into(), text: "[store]\nurl = \"postgres://a:secret@b/c\"".into() };
        let wrong = Config::parse(&file, Path::new("data"), &Zones::embedded()).expect_err("a password");
        let AppError::Wrong { files, .. } = wrong.shown_in(file) else { panic!("it is shown") };
        assert!(!files[0].text.contains("secret"), "{}", files[0].text);
    }

    #[track_caller]
    fn check_wrong(text: &str, expected: &str) {
        let problems = parse(text).expect_err("something is wrong");
        assert_eq!(problems, [expected]);
    }

    #[test]
    fn without_a_file_approval_is_on_and_mail_stays_in_the_folder() {
        let config = parse("").expect("the defaults");
        assert_eq!(config.policy.approval, Approval::On);
        assert_eq!(config.transport, Transport::Maildir(PathBuf::from("data/mail")));
        assert_eq!(config.zone, "UTC");
    }

    #[test]
    fn naming_a_relay_is_enough() {
        let config = parse("[mail]\nfrom = \"NOC <noc@isp.example>\"\nhost = \"relay.isp.example\"").expect("a config");
        let Transport::Smtp(smtp) = config.transport else { panic!("a relay is named") };
        assert_eq!((smtp.port, smtp.tls), (587, Tls::StartTls));
        assert_eq!(config.domain, "isp.example");
        assert_eq!(config.from.name.as_deref(), Some("NOC"));
    }

    #[test]
    fn wrong_settings_are_named_with_their_place() {
        check_wrong(
            "[organisation]\nzone = \"Europe/Amsterdm\"",
            "config.toml:2:8: unknown time zone `Europe/Amsterdm` (did you mean `Europe/Amsterdam`?)",
        );
        for (domain, wrong) in [
            ("a b", "`a b` is no domain"),
            ("noc@isp.example", "`noc@isp.example` is no domain"),
            ("-isp.example", "`noc@-isp.example` is no mail address: its domain is not well-formed"),
        ] {
            let problems = parse(&format!("[organisation]\ndomain = \"{domain}\"")).expect_err("no domain");
            assert!(problems[0].starts_with(&format!("config.toml:2:10: {wrong}")), "{problems:?}");
        }
        let typo = parse("[mail]\n\nhots = \"relay\"").expect_err("a typo");
        assert!(typo[0].starts_with("config.toml:3:1: unknown field `hots`"), "{typo:?}");
        assert_eq!(meant(&typo[0]), None, "only the message itself is read");
        assert_eq!(
            meant("unknown field `hots`, expected one of `host`, `port`").as_deref(),
            Some("did you mean `host`?")
        );
        let lead = parse("[policy]\nreminders = [\"7 d\", \"soon\"]").expect_err("no length");
        assert!(lead[0].starts_with("config.toml:2:13: `soon` is no length of time; write it like `2 w`"), "{lead:?}");
    }
}
