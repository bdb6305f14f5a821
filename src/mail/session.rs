//! One connection over which mails go to the relay.

use std::sync::atomic::{AtomicBool, Ordering};

use lettre::transport::smtp::authentication::{Credentials as Login, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::{Error, response::Response};

use super::address::Envelope;
use super::relay::{Deadlines, Relay, RelayError};
use super::stream;
use crate::plan::Outcome;

/// Bytes of a mail handed to the connection at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// Replies that are about us and not about the mail (RFC 4954, section 6): every other mail would meet them too.
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];

/// A conversation with the relay in which nothing is left open.
///
/// [`Session::send`] takes it and gives it back only after a clean reply: whatever else happened, the next reply read
/// could be the one to the last mail, so that connection is never used again.
pub struct Session {
    connection: AsyncSmtpConnection,
    deadlines: Deadlines,
    /// Whether it has been asked to take a mail before.
    used: bool,
}

/// How a mail fared over a session.
#[derive(Debug)]
pub enum Fared {
    /// The attempt ended, and the session can take another mail if it is still there.
    Ended(Outcome, Option<Session>),
    /// The relay had had enough of the connection before it heard of this mail: another one may take it at once. What
    /// there is to say of it otherwise.
    Stale(Outcome),
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("relay", self.connection.server_info()).finish_non_exhaustive()
    }
}

impl Session {
    /// Connects, secures, greets and logs in, as the relay's settings say.
    ///
    /// # Errors
    /// [`RelayError`]; no mail was sent.
    pub async fn open(relay: &Relay) -> Result<Self, RelayError> {
        relay.check()?;
        let stream = stream::connect(relay).await?;
        let wrong = |step, error: &Error| RelayError::Conversation { relay: relay.name(), step, what: words(error) };
        let helo = ClientId::Domain(relay.helo.clone());
        let greet = AsyncSmtpConnection::connect_with_transport(stream, &helo);
        // Two waits of the relay in one: its greeting and its answer to EHLO.
        let greeted = relay.peer().within(relay.deadlines.command * 2, "greeting and EHLO", greet).await?;
        let mut connection = greeted.map_err(|error| wrong("greeting and EHLO", &error))?;
        if let Some(auth) = &relay.auth {
            let login = Login::new(auth.user.clone(), auth.password().to_owned());
            let asking = connection.auth(&[Mechanism::Plain, Mechanism::Login], &login);
            let reply = relay.peer().within(relay.deadlines.command * 3, "login", asking).await?;
            let reply = reply.map_err(|error| wrong("login", &error))?;
            if !reply.has_code(235) {
                return Err(RelayError::Conversation { relay: relay.name(), step: "login", what: reply_text(&reply) });
            }
        }
        Ok(Self { connection, deadlines: relay.deadlines, used: false })
    }

    /// Hands one mail to the relay, and gives the session back when it can take another.
    ///
    /// Only a 250 after the final dot is [`Outcome::Accepted`]. `mail` has CRLF line ends, as
    /// [`compose`](super::compose) makes them.
    pub async fn send(self, envelope: &Envelope, mail: &[u8]) -> (Outcome, Option<Self>) {
        match self.try_send(envelope, mail).await {
            Fared::Ended(outcome, session) => (outcome, session),
            Fared::Stale(outcome) => (outcome, None),
        }
    }

    /// The same, telling apart a connection that the relay was done with: relays take so many mails over one and then
    /// answer 421, or hang up on one that was idle.
    pub async fn try_send(mut self, envelope: &Envelope, mail: &[u8]) -> Fared {
        let parameters = match self.parameters(envelope, mail) {
            Ok(parameters) => parameters,
            Err(outcome) => return Fared::Ended(outcome, Some(self)),
        };
        let from = Mail::new(Some(envelope.from.inner().clone()), parameters);
        let used = std::mem::replace(&mut self.used, true);
        match self.ask("MAIL FROM", from, &[250]).await {
            Err(Stop::Gone(outcome)) if used => return Fared::Stale(outcome),
            Err(stop) => return self.stopped(stop).await,
            Ok(()) => {}
        }
        match self.transaction(envelope, mail).await {
            Ok(()) => Fared::Ended(Outcome::Accepted, Some(self)),
            Err(stop) => self.stopped(stop).await,
        }
    }

    async fn stopped(self, stop: Stop) -> Fared {
        match stop {
            Stop::Answered(outcome) => Fared::Ended(outcome, self.reset().await),
            Stop::Doubt(outcome) | Stop::Gone(outcome) => Fared::Ended(outcome, None),
        }
    }

    /// Says goodbye. That the relay does not answer it changes nothing.
    pub async fn close(mut self) {
        let _ = tokio::time::timeout(self.deadlines.command, self.connection.command(Quit)).await;
    }

    /// What MAIL FROM must announce, or why this mail cannot go through this relay at all.
    fn parameters(&self, envelope: &Envelope, mail: &[u8]) -> Result<Vec<MailParameter>, Outcome> {
        let refused = |code, enhanced: &str, text: &str| {
            Err(Outcome::Refused { code, enhanced: Some(enhanced.to_owned()), text: format!("not sent: {text}") })
        };
        if has_lone_line_end(mail) {
            return refused(554, "5.6.0", "a line of the mail does not end in CRLF");
        }
        let offers = |extension| self.connection.server_info().supports_feature(extension);
        let head_end = mail.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(mail.len());
        let addresses_ascii = envelope.from.as_str().is_ascii() && envelope.to.as_str().is_ascii();
        let mut parameters = Vec::new();
        if !addresses_ascii || !mail[..head_end].is_ascii() {
            if !offers(Extension::SmtpUtfEight) {
                return refused(553, "5.6.7", "an address is not ASCII, and the relay does not offer SMTPUTF8");
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !mail.is_ascii() {
            if !offers(Extension::EightBitMime) {
                return refused(554, "5.6.3", "the mail is not ASCII, and the relay does not offer 8BITMIME");
            }
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        Ok(parameters)
    }

    async fn transaction(&mut self, envelope: &Envelope, mail: &[u8]) -> Result<(), Stop> {
        // 251 is a promise to forward, 252 one to try (RFC 5321, section 4.2.3).
        self.ask("RCPT TO", Rcpt::new(envelope.to.inner().clone(), Vec::new()), &[250, 251, 252]).await?;
        self.ask("DATA", Data, &[354]).await?;
        self.content(mail).await
    }

    /// One command before the mail itself: whatever goes wrong, the mail was not delivered.
    async fn ask(&mut self, step: &str, command: impl std::fmt::Display, wanted: &[u16]) -> Result<(), Stop> {
        let broken = |what: String| Stop::Doubt(Outcome::Broken { what: format!("{step}: {what}") });
        match tokio::time::timeout(self.deadlines.command, self.connection.command(command)).await {
            Err(_) => Err(broken(format!("no answer within {} s", self.deadlines.command.as_secs_f64()))),
            Ok(Ok(reply)) if wanted.iter().any(|code| reply.has_code(*code)) => Ok(()),
            Ok(Ok(reply)) => Err(broken(format!("answered {}", reply_text(&reply)))),
            Ok(Err(error)) => Err(negative(&error).unwrap_or_else(|| {
                let what = format!("{step}: {}", words(&error));
                Stop::Gone(Outcome::Broken { what })
            })),
        }
    }

    /// The mail and its final dot.
    ///
    /// Until all of the mail is written the relay cannot take it for whole (RFC 5321, section 4.1.1.4); once the dot
    /// may have left, silence means that it may have been delivered.
    async fn content(&mut self, mail: &[u8]) -> Result<(), Stop> {
        // The connection ends the last line itself, before the dot.
        let mail = mail.strip_suffix(b"\r\n").unwrap_or(mail);
        let written = AtomicBool::new(false);
        let mut chunks = mail.chunks(CHUNK_BYTES);
        let watched = std::iter::from_fn(|| {
            let next = chunks.next();
            written.store(next.is_none(), Ordering::Relaxed);
            next
        });
        let sending = self.connection.message_iter(watched);
        let ended = tokio::time::timeout(self.deadlines.data, sending).await;
        let doubt = |what: String| {
            Stop::Doubt(if written.load(Ordering::Relaxed) {
                Outcome::Unanswered { what: format!("the mail was sent: {what}") }
            } else {
                Outcome::Broken { what: format!("in the midst of the mail: {what}") }
            })
        };
        match ended {
            Err(_) => Err(doubt(format!("no answer within {} s", self.deadlines.data.as_secs_f64()))),
            Ok(Ok(reply)) if reply.has_code(250) => Ok(()),
            Ok(Ok(reply)) => Err(doubt(format!("answered {}", reply_text(&reply)))),
            Ok(Err(error)) => Err(negative(&error).unwrap_or_else(|| doubt(words(&error)))),
        }
    }

    /// Clears what a refused mail left behind, or gives the connection up.
    async fn reset(mut self) -> Option<Self> {
        let reply = tokio::time::timeout(self.deadlines.command, self.connection.command(Rset)).await;
        matches!(reply, Ok(Ok(reply)) if reply.has_code(250)).then_some(self)
    }
}

/// Why a mail was not accepted.
enum Stop {
    /// The relay said so, and waits for the next command.
    Answered(Outcome),
    /// Nobody knows what the relay would say next.
    Doubt(Outcome),
    /// It said that it closes the connection, or did.
    Gone(Outcome),
}

/// A reply of 4yz or 5yz; none when the error is of another kind.
fn negative(error: &Error) -> Option<Stop> {
    let code = u16::from(error.status()?);
    let reply = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    if ABOUT_US.contains(&code) {
        return Some(Stop::Doubt(Outcome::Unusable {
            what: format!("the relay does not let us send: {code} {reply}"),
        }));
    }
    let (enhanced, text) = enhanced_code(&reply);
    if code >= 500 {
        return Some(Stop::Answered(Outcome::Refused { code, enhanced, text }));
    }
    let outcome = Outcome::Deferred { code, enhanced, text };
    // 421: the relay closes the connection (RFC 5321, section 3.8).
    Some(if code == 421 { Stop::Gone(outcome) } else { Stop::Answered(outcome) })
}

/// The first word of a reply when it has the form `class.subject.detail` (RFC 3463, section 2), and the rest.
fn enhanced_code(reply: &str) -> (Option<String>, String) {
    let (word, rest) = reply.split_once(' ').unwrap_or((reply, ""));
    let numbers: Vec<&str> = word.split('.').collect();
    let number = |part: &&str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let formed = numbers.len() == 3 && ["2", "4", "5"].contains(&numbers[0]) && numbers.iter().all(number);
    if formed { (Some(word.to_owned()), rest.to_owned()) } else { (None, reply.to_owned()) }
}

/// Whether a CR or an LF stands alone. Relays differ in what ends a line then, and a `.` on such a line could end the
/// mail and begin another (SMTP smuggling).
fn has_lone_line_end(mail: &[u8]) -> bool {
    let before = |at: usize| at.checked_sub(1).map(|at| mail[at]);
    mail.iter().enumerate().any(|(at, byte)| match byte {
        b'\n' => before(at) != Some(b'\r'),
        b'\r' => mail.get(at + 1) != Some(&b'\n'),
        _ => false,
    })
}

fn joined(reply: &Response) -> String {
    reply.message().collect::<Vec<_>>().join(" ")
}

fn reply_text(reply: &Response) -> String {
    format!("{} {}", reply.code(), joined(reply))
}

/// What lettre says, without its own layers' names.
fn words(error: &Error) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A worker of any runtime may carry a session from thread to thread.
    #[test]
    fn sending_can_be_spawned() {
        fn spawnable<T: Send>(_: fn(Session, &'static Envelope) -> T) {}
        spawnable(|session, envelope| session.send(envelope, b""));
    }

    #[test]
    fn an_enhanced_code_is_the_first_word_of_its_form() {
        for (text, expected) in [
            ("5.1.1 no such user", Some("5.1.1")),
            ("4.7.1", Some("4.7.1")),
            ("2.0.0 Ok: queued as 4XYZ", Some("2.0.0")),
            ("3.1.1 no such class", None),
            ("5.1 short", None),
            ("5.1.1.1 long", None),
            ("5.1.1234 long", None),
            ("192.0.2.1 is blocked", None),
            ("no such user", None),
            ("", None),
        ] {
            let rest = expected.map_or(text, |code| text[code.len()..].trim_start());
            assert_eq!(enhanced_code(text), (expected.map(str::to_owned), rest.to_owned()));
        }
    }

    #[test]
    fn lone_line_ends_are_seen() {
        for (mail, lone) in [
            ("", false),
            ("a\r\n", false),
            ("a\r\n\r\nb", false),
            ("a\n", true),
            ("\n", true),
            ("a\r", true),
            ("a\rb\r\n", true),
            ("a\r\r\n", true),
            ("a\r\n.\n", true),
        ] {
            assert_eq!(has_lone_line_end(mail.as_bytes()), lone, "{mail:?}");
        }
    }
}
