//! The relay that takes our mail, and how long we wait for it.

use std::fmt;
use std::time::Duration;

use super::peer::{Peer, PeerError, Tls};
use crate::plan::Outcome;

/// A user and a password. Neither a log nor an error shows the password.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user, as the relay knows it.
    pub user: String,
    password: String,
}

impl Credentials {
    /// Of a user and a password.
    #[must_use]
    pub fn new(user: impl Into<String>, password: impl Into<String>) -> Self {
        Self { user: user.into(), password: password.into() }
    }

    pub(super) fn password(&self) -> &str {
        &self.password
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("user", &self.user).field("password", &"(hidden)").finish()
    }
}

/// How long each step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deadlines {
    /// To look the host up and connect.
    pub connect: Duration,
    /// To answer any command, the greeting and the TLS handshake included.
    pub command: Duration,
    /// To take the mail and answer its final dot.
    pub data: Duration,
}

impl Default for Deadlines {
    /// The data's is the 10 minutes of RFC 5321, section 4.5.3.2.6: who hangs up sooner sends the mail twice. For the
    /// others the RFC thinks of strangers; this is the user's own relay, which has a minute.
    fn default() -> Self {
        Self { connect: Duration::from_secs(30), command: Duration::from_mins(1), data: Duration::from_mins(10) }
    }
}

impl Deadlines {
    /// The longest that [`Session::open`](super::Session::open) can take.
    ///
    /// With STARTTLS: greeting, EHLO, STARTTLS, handshake and the secured EHLO are a wait each, the login three.
    #[must_use]
    pub fn longest_open(&self) -> Duration {
        self.connect + self.command * 8
    }

    /// The longest that [`Session::send`](super::Session::send) can take: MAIL, RCPT, DATA, the end of a mail that was begun
    /// for nobody, RSET; and the mail itself.
    ///
    /// A lease on a message must be longer than this and [`Deadlines::longest_open`] together.
    #[must_use]
    pub fn longest_send(&self) -> Duration {
        self.command * 5 + self.data
    }
}

/// A relay.
#[derive(Debug, Clone)]
pub struct Relay {
    /// Its name, which its certificate must carry, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub tls: Tls,
    /// Who we are to it; none where it lets us send anyway.
    pub auth: Option<Credentials>,
    /// Certificates (PEM) trusted beside those of the system, such as a company's own authority.
    pub extra_ca: Option<Vec<u8>>,
    /// The name we give in EHLO: a host name or an address literal.
    pub helo: String,
    /// How long each step may take.
    pub deadlines: Deadlines,
}

/// Why no session could be opened. No mail was sent.
#[derive(Debug, thiserror::Error)]
pub enum RelayError {
    /// A setting that cannot work.
    #[error("the relay's {setting} cannot be used: {why}")]
    Setting {
        /// Which: `host`, `helo`, `auth`.
        setting: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// It could not be reached.
    #[error(transparent)]
    Peer(#[from] PeerError),
    /// The conversation before the first mail went wrong, or the relay turned us away.
    #[error("{relay} cannot be used: {step}: {what}")]
    Conversation {
        /// `host:port`.
        relay: String,
        /// Which step.
        step: &'static str,
        /// The reply, or what was wrong with it.
        what: String,
    },
    /// STARTTLS is wanted and not offered.
    #[error("{relay} does not offer STARTTLS, and mail is not sent in clear unless the settings say so")]
    NoStartTls {
        /// `host:port`.
        relay: String,
    },
}

impl From<RelayError> for Outcome {
    /// For the mail that waited for the session: it was not sent, and the relay is to blame.
    fn from(error: RelayError) -> Self {
        let mut what = error.to_string();
        let mut cause = std::error::Error::source(&error);
        while let Some(source) = cause {
            what = format!("{what}: {source}");
            cause = source.source();
        }
        Self::Broken { what }
    }
}

impl Relay {
    /// `host:port`.
    #[must_use]
    pub fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(super) fn peer(&self) -> Peer<'_> {
        Peer { host: &self.host, port: self.port, extra_ca: self.extra_ca.as_deref() }
    }

    /// What can be known to be wrong before anything is connected.
    pub(super) fn check(&self) -> Result<(), RelayError> {
        let setting = |setting, why: &str| Err(RelayError::Setting { setting, why: why.to_owned() });
        let forging = |text: &str| text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic());
        if forging(&self.host) {
            return setting("host", "it is empty or holds white space or characters outside ASCII");
        }
        if forging(&self.helo) {
            return setting("helo", "it is empty or holds white space or characters outside ASCII");
        }
        match (&self.auth, self.tls) {
            (Some(_), Tls::None) => setting("auth", "a password is not sent over a connection in clear"),
            (Some(_), Tls::StartTls | Tls::Implicit) | (None, _) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn relay() -> Relay {
        Relay {
            host: "mail.test".into(),
            port: 587,
            tls: Tls::StartTls,
            auth: Some(Credentials::new("noc", "hunter2")),
            extra_ca: None,
            helo: "noc.test".into(),
            deadlines: Deadlines::default(),
        }
    }

    #[test]
    fn a_password_is_never_shown() {
        let shown = format!("{:?}", relay());
        assert!(shown.contains("noc") && !shown.contains("hunter2"), "{shown}");
    }

    #[track_caller]
    fn check(change: impl Fn(&mut Relay), expected: Option<&str>) {
        let mut relay = relay();
        change(&mut relay);
        assert_eq!(relay.check().err().map(|error| error.to_string()).as_deref(), expected);
    }

    #[test]
    fn settings_are_checked_before_connecting() {
        let word = "cannot be used: it is empty or holds white space or characters outside ASCII";
        check(|_| {}, None);
        check(|relay| relay.helo = "a\r\nRCPT TO:<x@y>".into(), Some(&format!("the relay's helo {word}")));
        check(|relay| relay.host = String::new(), Some(&format!("the relay's host {word}")));
        check(
            |relay| relay.tls = Tls::None,
            Some("the relay's auth cannot be used: a password is not sent over a connection in clear"),
        );
    }

    #[test]
    fn an_outcome_tells_the_whole_chain() {
        let source = std::io::Error::other("refused");
        let error = RelayError::from(PeerError::Connect { server: "mail.test:587".into(), source });
        assert_eq!(Outcome::from(error), Outcome::Broken { what: "cannot connect to mail.test:587: refused".into() });
    }
}
