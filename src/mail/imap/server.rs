//! A server that keeps a mailbox, and the way to it: connected, secured, greeted.

use std::time::Duration;

use tokio::net::TcpStream;

use super::error::ImapError;
use super::said::{Said, Status, said};
use super::wire::{Connection, Wire};
use crate::mail::peer::{Peer, Tls};
use crate::mail::relay::Credentials;

/// Most bytes of an answer without mails in it: greetings, capabilities and texts have some hundred.
pub(super) const SMALL: usize = 64 * 1024;

/// How long each step may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImapDeadlines {
    /// To look the host up and connect.
    pub connect: Duration,
    /// To answer a command without mails in its answer.
    pub command: Duration,
    /// To hand out a batch of mails.
    pub data: Duration,
}

impl Default for ImapDeadlines {
    /// Some servers search a large mailbox for most of a minute; 8 MiB in 10 minutes is the slowest line that is of use.
    fn default() -> Self {
        Self { connect: Duration::from_secs(30), command: Duration::from_mins(1), data: Duration::from_mins(10) }
    }
}

/// A mailbox on a server.
#[derive(Debug, Clone)]
pub struct ImapServer {
    /// Its name, which its certificate must carry, or its address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is secured.
    pub tls: Tls,
    /// Who we are to it.
    pub auth: Credentials,
    /// Certificates (PEM) trusted beside those of the system.
    pub extra_ca: Option<Vec<u8>>,
    /// The mailbox, as the server writes its name.
    pub mailbox: String,
    /// How long each step may take.
    pub deadlines: ImapDeadlines,
}

impl ImapServer {
    pub(super) fn peer(&self) -> Peer<'_> {
        Peer { host: &self.host, port: self.port, extra_ca: self.extra_ca.as_deref() }
    }

    pub(super) fn broken(&self, step: &'static str, what: &str) -> ImapError {
        ImapError::Conversation { server: self.peer().name(), step, what: words(what) }
    }

    /// Connects and, as the settings say, secures; the greeting has been read.
    pub(super) async fn connect(&self) -> Result<Wire, ImapError> {
        let (peer, deadlines) = (self.peer(), self.deadlines);
        let tcp = peer.dial(deadlines.connect).await?;
        match self.tls {
            Tls::None => self.greeted(Wire::new(Box::new(tcp) as Box<dyn Connection>)).await,
            Tls::Implicit => {
                let tls = peer.handshake(tcp, deadlines.command).await?;
                self.greeted(Wire::new(Box::new(tls) as Box<dyn Connection>)).await
            }
            Tls::StartTls => {
                let tls = peer.handshake(self.start_tls(tcp).await?, deadlines.command).await?;
                Ok(Wire::new(Box::new(tls)))
            }
        }
    }

    /// Reads the greeting. One that says "logged in already" is not believed: whoever stands between could say it.
    async fn greeted<S: Connection>(&self, mut wire: Wire<S>) -> Result<Wire<S>, ImapError> {
        wire.allow(SMALL);
        let greeting = self.peer().within(self.deadlines.command, "greeting", wire.answer()).await?;
        let greeting = greeting.map_err(|error| self.broken("greeting", &error.to_string()))?;
        match said(greeting) {
            Some(Said::Status { status: Status::Ok, .. }) => Ok(wire),
            Some(Said::Status { text, .. }) => Err(self.broken("greeting", &text)),
            _ => Err(self.broken("greeting", "it is no IMAP server")),
        }
    }

    /// Greeting and STARTTLS, in clear. What was sent behind the answer must not be taken for words of the secured server
    /// (CVE-2011-0411).
    async fn start_tls(&self, tcp: TcpStream) -> Result<TcpStream, ImapError> {
        let mut wire = self.greeted(Wire::new(tcp)).await?;
        let conversation = async {
            wire.say("s STARTTLS").await?;
            loop {
                if let Some(Said::Done { status, .. }) = said(wire.answer().await?) {
                    return std::io::Result::Ok(status);
                }
            }
        };
        let status = self.peer().within(self.deadlines.command, "STARTTLS", conversation).await?;
        match status.map_err(|error| self.broken("STARTTLS", &error.to_string()))? {
            Status::Ok if wire.unread().is_empty() => Ok(wire.into_stream()),
            Status::Ok => Err(self.broken("STARTTLS", "more was sent than the answer")),
            Status::No | Status::Bad | Status::Bye | Status::PreAuth => {
                Err(ImapError::NoStartTls { server: self.peer().name() })
            }
        }
    }
}

/// What a server said, fit to be shown on one line.
pub(super) fn words(text: &str) -> String {
    /// A sentence or two: servers tell no more.
    const MOST: usize = 300;
    text.trim()
        .chars()
        .take(MOST)
        .flat_map(char::escape_debug)
        .collect::<String>()
        .replace("\\'", "'")
        .replace("\\\"", "\"")
}
