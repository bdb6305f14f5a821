//! One connection over which mails go to the relay.

use std::io;
use std::time::Duration;

use super::address::Envelope;
use super::relay::{Deadlines, Relay, RelayError};
use super::stream::{self, Offers};
use super::talk::{Reply, Talk};
use crate::plan::Outcome;

/// Replies that are about us and not about the mail (RFC 4954, section 6): every other mail would meet them too.
const ABOUT_US: [u16; 4] = [530, 534, 535, 538];

/// A conversation with the relay in which nothing is left open.
///
/// [`Session::send`] takes it and gives it back only after a clean reply: whatever else happened, the next reply read
/// could be the one to the last mail, so that connection is never used again.
pub struct Session {
    talk: Talk,
    offers: Offers,
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
        f.debug_struct("Session").field("offers", &self.offers).finish_non_exhaustive()
    }
}

/// The commands before a mail, each with the replies by which the next one counts. 251 is a promise to forward, 252 one to
/// try (RFC 5321, section 4.2.3).
const STEPS: [(&str, &[u16]); 3] = [("MAIL FROM", &[250]), ("RCPT TO", &[250, 251, 252]), ("DATA", &[354])];

impl Session {
    /// Connects, secures, greets and logs in, as the relay's settings say.
    ///
    /// # Errors
    /// [`RelayError`]; no mail was sent.
    pub async fn open(relay: &Relay) -> Result<Self, RelayError> {
        relay.check()?;
        let (talk, offers) = stream::open(relay).await?;
        Ok(Self { talk, offers, deadlines: relay.deadlines, used: false })
    }

    /// Hands one mail to the relay, and gives the session back when it can take another.
    ///
    /// Only a 250 after the final dot is [`Outcome::Accepted`]. `mail` has CRLF line ends, as
    /// [`compose`](super::compose()) makes them.
    pub async fn send(self, envelope: &Envelope, mail: &[u8]) -> (Outcome, Option<Self>) {
        match self.try_send(envelope, mail).await {
            Fared::Ended(outcome, session) => (outcome, session),
            Fared::Stale(outcome) => (outcome, None),
        }
    }

    /// The same, telling apart a connection that the relay was done with: relays take so many mails over one and then
    /// answer 421, or hang up on one that was idle.
    pub async fn try_send(mut self, envelope: &Envelope, mail: &[u8]) -> Fared {
        let (parameters, content) = match self.parameters(envelope, mail) {
            Ok(parts) => parts,
            Err(outcome) => return Fared::Ended(outcome, Some(self)),
        };
        let commands = [
            format!("MAIL FROM:<{}>{parameters}\r\n", envelope.from),
            format!("RCPT TO:<{}>\r\n", envelope.to),
            "DATA\r\n".to_owned(),
        ];
        let used = std::mem::replace(&mut self.used, true);
        let announced =
            if self.offers.pipelining { self.at_once(&commands).await } else { self.in_turn(&commands).await };
        let ended = match announced {
            Err((0, Stop::Gone(outcome))) if used => return Fared::Stale(outcome),
            Err((_, stop)) => Err(stop),
            Ok(()) => self.content(&content).await,
        };
        match ended {
            Ok(()) => Fared::Ended(Outcome::Accepted, Some(self)),
            Err(Stop::Answered(outcome)) => Fared::Ended(outcome, self.reset().await),
            Err(Stop::Doubt(outcome) | Stop::Gone(outcome)) => Fared::Ended(outcome, None),
        }
    }

    /// Says goodbye. That the relay does not answer it changes nothing.
    pub async fn close(mut self) {
        let _ = tokio::time::timeout(self.deadlines.command, self.talk.ask("QUIT\r\n")).await;
    }

    /// What MAIL FROM must announce, and the mail as it is sent; or why it cannot go through this relay at all.
    fn parameters(&self, envelope: &Envelope, mail: &[u8]) -> Result<(String, Vec<u8>), Outcome> {
        let refused = |code, enhanced: &str, text: &str| {
            Err(Outcome::Refused { code, enhanced: Some(enhanced.to_owned()), text: format!("not sent: {text}") })
        };
        let Some(content) = stuffed(mail) else {
            return refused(554, "5.6.0", "a line of the mail does not end in CRLF");
        };
        let is_ascii = mail.is_ascii();
        let head_is_ascii = is_ascii || {
            let head_end = mail.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(mail.len());
            mail[..head_end].is_ascii()
        };
        let mut parameters = String::new();
        if !(head_is_ascii && envelope.from.as_str().is_ascii() && envelope.to.as_str().is_ascii()) {
            if !self.offers.smtp_utf8 {
                return refused(553, "5.6.7", "an address is not ASCII, and the relay does not offer SMTPUTF8");
            }
            parameters.push_str(" SMTPUTF8");
        }
        if !is_ascii {
            if !self.offers.eight_bit_mime {
                return refused(554, "5.6.3", "the mail is not ASCII, and the relay does not offer 8BITMIME");
            }
            parameters.push_str(" BODY=8BITMIME");
        }
        Ok((parameters, content))
    }

    /// The commands before the mail one after the other; at which of them it ended, when it did.
    async fn in_turn(&mut self, commands: &[String; 3]) -> Result<(), (usize, Stop)> {
        for (place, command) in commands.iter().enumerate() {
            self.ask(place, command).await.map_err(|stop| (place, stop))?;
        }
        Ok(())
    }

    /// The same, said at once, with every reply read and counted in its turn (RFC 2920, section 3.1).
    async fn at_once(&mut self, commands: &[String; 3]) -> Result<(), (usize, Stop)> {
        let together = commands.concat();
        let mut refused: Option<(usize, Outcome)> = None;
        for (place, (step, _)) in STEPS.iter().enumerate() {
            let heard = self.ask(place, if place == 0 { &together } else { "" }).await;
            let Some((at, outcome)) = refused.take() else {
                match heard {
                    Ok(()) => {}
                    Err(Stop::Answered(outcome)) => refused = Some((place, outcome)),
                    Err(stop) => return Err((place, stop)),
                }
                continue;
            };
            // What was said behind a command that is refused is refused as well. If it is not, a mail to nobody was begun,
            // and has to be ended.
            let in_step = match heard {
                Err(Stop::Answered(_)) => true,
                Ok(()) => *step == "DATA" && self.end_of_nothing().await,
                Err(Stop::Doubt(_) | Stop::Gone(_)) => false,
            };
            if !in_step {
                return Err((at, Stop::Doubt(outcome)));
            }
            refused = Some((at, outcome));
        }
        refused.map_or(Ok(()), |(at, outcome)| Err((at, Stop::Answered(outcome))))
    }

    /// Ends a mail that has no recipient (RFC 2920, section 3.1); whether the relay answered.
    async fn end_of_nothing(&mut self) -> bool {
        matches!(tokio::time::timeout(self.deadlines.command, self.talk.ask(".\r\n")).await, Ok(Ok(_)))
    }

    /// Says `lines` and hears the reply to one command before the mail itself: whatever goes wrong, the mail was not
    /// delivered.
    async fn ask(&mut self, place: usize, lines: &str) -> Result<(), Stop> {
        let (step, wanted) = STEPS[place];
        let broken = |what: String| Outcome::Broken { what: format!("{step}: {what}") };
        match tokio::time::timeout(self.deadlines.command, self.talk.ask(lines)).await {
            Err(_) => Err(Stop::Doubt(broken(too_late(self.deadlines.command)))),
            Ok(Err(error)) if error.kind() == io::ErrorKind::InvalidData => Err(Stop::Doubt(broken(error.to_string()))),
            Ok(Err(error)) => Err(Stop::Gone(broken(error.to_string()))),
            Ok(Ok(reply)) if wanted.contains(&reply.code) => Ok(()),
            Ok(Ok(reply)) => Err(negative(&reply).unwrap_or_else(|| Stop::Doubt(broken(format!("answered {reply}"))))),
        }
    }

    /// The mail and its final dot.
    ///
    /// Until all of it is written the relay cannot take the mail for whole (RFC 5321, section 4.1.1.4); once the dot may
    /// have left, silence means that it may have been delivered.
    async fn content(&mut self, content: &[u8]) -> Result<(), Stop> {
        let mut written = 0;
        let sending = async {
            self.talk.write(content, &mut written).await?;
            self.talk.hear().await
        };
        let ended = tokio::time::timeout(self.deadlines.data, sending).await;
        let doubt = |what: String| {
            Stop::Doubt(if written == content.len() {
                Outcome::Unanswered { what: format!("the mail was sent: {what}") }
            } else {
                Outcome::Broken { what: format!("in the midst of the mail: {what}") }
            })
        };
        match ended {
            Err(_) => Err(doubt(too_late(self.deadlines.data))),
            Ok(Ok(reply)) if reply.code == 250 => Ok(()),
            Ok(Ok(reply)) => Err(negative(&reply).unwrap_or_else(|| doubt(format!("answered {reply}")))),
            Ok(Err(error)) => Err(doubt(error.to_string())),
        }
    }

    /// Clears what a refused mail left behind, or gives the connection up.
    async fn reset(mut self) -> Option<Self> {
        let reply = tokio::time::timeout(self.deadlines.command, self.talk.ask("RSET\r\n")).await;
        matches!(reply, Ok(Ok(reply)) if reply.code == 250).then_some(self)
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

fn too_late(after: Duration) -> String {
    format!("no answer within {} s", after.as_secs_f64())
}

/// A reply of 4yz or 5yz; none when it is another one.
fn negative(reply: &Reply) -> Option<Stop> {
    let code = reply.code;
    if code < 400 {
        return None;
    }
    if ABOUT_US.contains(&code) {
        return Some(Stop::Doubt(Outcome::Unusable { what: format!("the relay does not let us send: {reply}") }));
    }
    let (enhanced, text) = enhanced_code(&reply.text());
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

/// The mail as it is sent: a dot before each line that begins with one, and the line of a dot behind (RFC 5321, section
/// 4.5.2). None when a CR or an LF stands alone: relays differ in what ends a line then, and a `.` on such a line could end
/// the mail and begin another (SMTP smuggling).
fn stuffed(mail: &[u8]) -> Option<Vec<u8>> {
    /// Few lines begin with a dot.
    const MORE: usize = 64;
    let mut content = Vec::with_capacity(mail.len() + MORE);
    let mut rest = mail;
    while !rest.is_empty() {
        let (line, after) = match memchr::memchr(b'\n', rest) {
            Some(end) => (rest[..end].strip_suffix(b"\r")?, &rest[end + 1..]),
            None => (rest, &rest[rest.len()..]),
        };
        if memchr::memchr(b'\r', line).is_some() {
            return None;
        }
        if line.first() == Some(&b'.') {
            content.push(b'.');
        }
        content.extend_from_slice(line);
        content.extend_from_slice(b"\r\n");
        rest = after;
    }
    content.extend_from_slice(b".\r\n");
    Some(content)
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
    fn dots_are_doubled_and_lone_line_ends_are_seen() {
        for (mail, sent) in [
            ("", Some(".\r\n")),
            ("a\r\n", Some("a\r\n.\r\n")),
            ("a\r\n\r\nb", Some("a\r\n\r\nb\r\n.\r\n")),
            (".\r\n", Some("..\r\n.\r\n")),
            ("a\r\n.\r\n..b.\r\nc.d\r\n", Some("a\r\n..\r\n...b.\r\nc.d\r\n.\r\n")),
            (".", Some("..\r\n.\r\n")),
            ("a\n", None),
            ("\n", None),
            ("a\r", None),
            ("a\rb\r\n", None),
            ("a\r\r\n", None),
            ("a\r\n.\n", None),
        ] {
            let got = stuffed(mail.as_bytes()).map(|sent| String::from_utf8(sent).expect("text"));
            assert_eq!(got.as_deref(), sent, "{mail:?}");
        }
    }
}
