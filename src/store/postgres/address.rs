//! Where a PostgreSQL store is: an address as it is written, checked, and never shown with its password.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// How long a host may take to let us in: longer than a busy one takes, short enough that a person still waits.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// After how long without a word a connection is asked whether it still lives; a dead one is known 30 s later.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(30);

/// Between two such questions.
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(10);

/// How many may go unanswered.
const KEEPALIVE_RETRIES: u32 = 3;

/// How long what was sent may go unacknowledged before the connection counts as lost.
const UNACKNOWLEDGED: Duration = Duration::from_secs(30);

/// How a connection is secured. There is no "if offered": whoever stands between could take the offer away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tls {
    /// Not at all: on this machine, or because the address says so.
    None,
    /// By a certificate of a trusted authority with the host's name in it.
    Verified,
}

/// A database, and how it is reached.
#[derive(Clone)]
pub struct PostgresAddress {
    config: Config,
    shown: String,
    tls: Tls,
    ca_file: Option<PathBuf>,
    extra_ca: Option<Vec<u8>>,
}

/// Why an address cannot be used. No text of it holds a password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    /// Not of the form.
    #[error("{0} is no address of a PostgreSQL database")]
    Form(String),
    /// A value of `sslmode` that leaves open whether the connection is secure.
    #[error("sslmode `{0}` is not known here")]
    SslMode(String),
    /// No host in it.
    #[error("{0} names no host")]
    NoHost(String),
}

impl BadAddress {
    /// What to write instead.
    #[must_use]
    pub fn help(&self) -> &'static str {
        match self {
            Self::Form(_) | Self::NoHost(_) => {
                "write postgres://USER@HOST:PORT/DATABASE, and what is not a letter or a digit in a name as %XX"
            }
            Self::SslMode(_) => {
                "write sslmode=verify-full (or require, which is the same here), or sslmode=disable where nobody can listen; \
                 what takes TLS only if it is offered lets whoever stands between take the offer away"
            }
        }
    }
}

impl PostgresAddress {
    /// Whether a text is meant as an address of a PostgreSQL database.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("postgres://") || text.starts_with("postgresql://")
    }

    /// Reads `postgres://USER@HOST:PORT/DATABASE?KEY=VALUE&…`: several hosts with commas between, and the keys of libpq that
    /// tokio-postgres knows, `sslmode` and `sslrootcert` (as [`Self::ca_file`]) among them.
    ///
    /// # Errors
    /// [`BadAddress`] when it is of another form.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        let shown = shown(text);
        let bad = || BadAddress::Form(format!("`{shown}`"));
        if !Self::is_meant(text) {
            return Err(bad());
        }
        let (rest, query) = text.split_once('?').unwrap_or((text, ""));
        let (mut kept, mut sslmode, mut ca_file) = (Vec::new(), None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            match pair.split_once('=') {
                Some(("sslmode", mode)) => sslmode = Some(mode),
                Some(("sslrootcert", path)) => ca_file = Some(PathBuf::from(decoded(path).ok_or_else(bad)?)),
                Some(_) => kept.push(pair),
                None => return Err(bad()),
            }
        }
        let mut config: Config = format!("{rest}?{}", kept.join("&")).parse().map_err(|_| bad())?;
        if config.get_hosts().is_empty() && config.get_hostaddrs().is_empty() {
            return Err(BadAddress::NoHost(format!("`{shown}`")));
        }
        let tls = match sslmode {
            Some("disable") => Tls::None,
            Some("require" | "verify-full") => Tls::Verified,
            Some(other) => return Err(BadAddress::SslMode(other.to_owned())),
            None if is_here(&config) => Tls::None,
            None => Tls::Verified,
        };
        config.ssl_mode(if tls == Tls::None { SslMode::Disable } else { SslMode::Require });
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(CONNECT_TIMEOUT);
        }
        if config.get_tcp_user_timeout().is_none() {
            config.tcp_user_timeout(UNACKNOWLEDGED);
        }
        config.keepalives_idle(config.get_keepalives_idle().min(KEEPALIVE_IDLE));
        config.keepalives_interval(config.get_keepalives_interval().unwrap_or(KEEPALIVE_INTERVAL));
        config.keepalives_retries(config.get_keepalives_retries().unwrap_or(KEEPALIVE_RETRIES));
        if config.get_application_name().is_none() {
            config.application_name("inwindow");
        }
        Ok(Self { config, shown, tls, ca_file, extra_ca: None })
    }

    /// Whether a password stands in the address.
    #[must_use]
    pub fn has_password(&self) -> bool {
        self.config.get_password().is_some()
    }

    /// The same with a password.
    #[must_use]
    pub fn with_password(mut self, password: &str) -> Self {
        self.config.password(password);
        self
    }

    /// The file of certificates that the address names, to be given to [`Self::trusting`].
    #[must_use]
    pub fn ca_file(&self) -> Option<&Path> {
        self.ca_file.as_deref()
    }

    /// The same, trusting these certificates (PEM) beside those of the system.
    #[must_use]
    pub fn trusting(mut self, pem: Vec<u8>) -> Self {
        self.extra_ca = Some(pem);
        self
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn extra_ca(&self) -> Option<&[u8]> {
        self.extra_ca.as_deref()
    }

    pub(super) fn is_secured(&self) -> bool {
        self.tls == Tls::Verified
    }
}

/// The address without its password.
impl fmt::Display for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.shown)
    }
}

/// As shown to people.
impl fmt::Debug for PostgresAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresAddress").field(&self.shown).finish()
    }
}

/// The text without anything that may be a password: of `user:password@`, and of what is behind the last `@` when somebody
/// wrote a password with an `@` in it; `password=` among the keys.
fn shown(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
    let place = match before.rsplit_once('@') {
        Some((who, place)) => format!("{}@{place}", who.split([':', '@']).next().unwrap_or_default()),
        None => before.to_owned(),
    };
    let query = if query.contains('@') { "" } else { query };
    let keys: Vec<&str> = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with("password")).collect();
    let keys = if keys.is_empty() { String::new() } else { format!("?{}", keys.join("&")) };
    if scheme.is_empty() { format!("{place}{keys}") } else { format!("{scheme}://{place}{keys}") }
}

/// Whether every host is this machine.
fn is_here(config: &Config) -> bool {
    let is_here = |host: &Host| match host {
        Host::Tcp(name) => name == "localhost" || name.parse().is_ok_and(|address: IpAddr| address.is_loopback()),
        #[cfg(unix)]
        Host::Unix(_) => true,
    };
    config.get_hosts().iter().all(is_here) && config.get_hostaddrs().iter().all(IpAddr::is_loopback)
}

/// The text of a value of the query, `%XX` undone; none when that is no UTF-8.
fn decoded(value: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let escaped = (*first == b'%').then(|| behind.get(..2)).flatten().and_then(|digits| {
            let digits = std::str::from_utf8(digits).ok()?;
            u8::from_str_radix(digits, 16).ok()
        });
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &behind[2..] } else { behind };
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_without_its_password() {
        for (text, expected) in [
            ("postgres://ann@db.example:5433/inwindow", "postgres://ann@db.example:5433/inwindow"),
            ("postgres://ann:secret@db.example/inwindow", "postgres://ann@db.example/inwindow"),
            ("postgresql://ann:se@cret@db.example/inwindow", "postgresql://ann@db.example/inwindow"),
            (
                "postgres://ann@db.example/x?password=secret&sslmode=disable",
                "postgres://ann@db.example/x?sslmode=disable",
            ),
            ("postgres://ann:se?cret@db.example/x", "postgres://ann:se"),
            ("postgres:///x?host=/run/postgresql", "postgres:///x?host=/run/postgresql"),
        ] {
            let shown = shown(text);
            assert!(!shown.contains("cret"), "{shown}");
            assert_eq!(shown, expected);
            if let Ok(address) = PostgresAddress::parse(text) {
                assert_eq!(format!("{address} {address:?}"), format!("{expected} PostgresAddress({expected:?})"));
            }
        }
    }

    #[test]
    fn what_is_far_away_is_secured_and_what_is_here_is_not() {
        for (text, secured) in [
            ("postgres://u@db.example/x", true),
            ("postgres://u@db.example/x?sslmode=require", true),
            ("postgres://u@db.example/x?sslmode=verify-full", true),
            ("postgres://u@db.example/x?sslmode=disable", false),
            ("postgres://u@localhost/x", false),
            ("postgres://u@127.0.0.1:5433/x", false),
            ("postgres://u@[::1]/x", false),
            ("postgres://u@localhost/x?sslmode=verify-full", true),
            ("postgres://u@localhost,db.example/x", true),
            ("postgres:///x?host=/run/postgresql", false),
        ] {
            let address = PostgresAddress::parse(text).expect(text);
            assert_eq!(address.is_secured(), secured, "{text}");
        }
        let with_ca = PostgresAddress::parse("postgres://u@db.example/x?sslrootcert=/etc/my%20ca.pem").expect("good");
        assert_eq!(with_ca.ca_file(), Some(Path::new("/etc/my ca.pem")));
    }

    #[test]
    fn what_is_no_address_is_named_without_its_password() {
        for (text, expected) in [
            ("mysql://u:secret@db/x", "`mysql://u@db/x` is no address of a PostgreSQL database"),
            ("postgres://u:secret@db:port/x", "`postgres://u@db:port/x` is no address of a PostgreSQL database"),
            (
                "postgres://u:secret@db/x?colour=red",
                "`postgres://u@db/x?colour=red` is no address of a PostgreSQL database",
            ),
            ("postgres:///x", "`postgres:///x` names no host"),
            ("postgres://u@db/x?sslmode=prefer", "sslmode `prefer` is not known here"),
        ] {
            let error = PostgresAddress::parse(text).expect_err(text);
            assert_eq!(error.to_string(), expected);
            assert!(!error.help().is_empty());
        }
    }
}
