//! A connection to the relay, secured as asked, greeted, logged in.
//!
//! Bytes that arrive in clear right behind the answer to STARTTLS must not be taken for answers of the secured relay (the
//! command injection of CVE-2011-0411): they end the connection. How a server is reached and secured is the same for mail
//! out and mail in: [`Peer`](super::peer::Peer).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::peer::Tls;
use super::relay::{Credentials, Relay, RelayError};
use super::talk::{Connection, Reply, Talk};

/// What the relay's answer to EHLO offers (RFC 5321, section 4.1.1.1).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools, reason = "each is a word that the relay says or does not say")]
pub(super) struct Offers {
    /// Several commands may be said at once (RFC 2920).
    pub(super) pipelining: bool,
    /// RFC 6531.
    pub(super) smtp_utf8: bool,
    /// RFC 6152.
    pub(super) eight_bit_mime: bool,
    starttls: bool,
    /// The mechanisms of AUTH (RFC 4954) that we know.
    plain: bool,
    login: bool,
}

impl Offers {
    fn of(ehlo: &Reply) -> Self {
        // The first line is the relay's name. Old servers write `AUTH=LOGIN`.
        let lines: Vec<String> =
            ehlo.lines.iter().skip(1).map(|line| line.to_ascii_uppercase().replacen("AUTH=", "AUTH ", 1)).collect();
        let words = || lines.iter().map(|line| line.split_ascii_whitespace());
        let offers = |name: &str| words().any(|mut line| line.next() == Some(name));
        let mechanism =
            |name: &str| words().any(|mut line| line.next() == Some("AUTH") && line.any(|word| word == name));
        Self {
            pipelining: offers("PIPELINING"),
            smtp_utf8: offers("SMTPUTF8"),
            eight_bit_mime: offers("8BITMIME"),
            starttls: offers("STARTTLS"),
            plain: mechanism("PLAIN"),
            login: mechanism("LOGIN"),
        }
    }
}

/// Connects, secures, greets and logs in, as the relay's settings say.
pub(super) async fn open(relay: &Relay) -> Result<(Talk, Offers), RelayError> {
    let (peer, deadlines) = (relay.peer(), relay.deadlines);
    let tcp = peer.dial(deadlines.connect).await?;
    let (mut talk, offers) = match relay.tls {
        Tls::None => greeted(relay, Box::new(tcp) as Box<dyn Connection>).await?,
        Tls::Implicit => {
            let tls = peer.handshake(tcp, deadlines.command).await?;
            greeted(relay, Box::new(tls) as Box<dyn Connection>).await?
        }
        Tls::StartTls => {
            let (mut talk, offers) = greeted(relay, tcp).await?;
            if !offers.starttls {
                return Err(RelayError::NoStartTls { relay: relay.name() });
            }
            ask(relay, &mut talk, "STARTTLS", "STARTTLS\r\n", 220).await?;
            let tcp = talk.into_stream().map_err(|error| wrong(relay, "STARTTLS", error.to_string()))?;
            let tls = peer.handshake(tcp, deadlines.command).await?;
            let mut talk: Talk = Talk::new(Box::new(tls));
            let offers = ehlo(relay, &mut talk).await?;
            (talk, offers)
        }
    };
    if let Some(auth) = &relay.auth {
        log_in(relay, &mut talk, &offers, auth).await?;
    }
    Ok((talk, offers))
}

fn wrong(relay: &Relay, step: &'static str, what: String) -> RelayError {
    RelayError::Conversation { relay: relay.name(), step, what }
}

/// The greeting, which is a wait of its own, and EHLO.
async fn greeted<S: Connection>(relay: &Relay, stream: S) -> Result<(Talk<S>, Offers), RelayError> {
    let mut talk = Talk::new(stream);
    ask(relay, &mut talk, "greeting", "", 220).await?;
    let offers = ehlo(relay, &mut talk).await?;
    Ok((talk, offers))
}

async fn ehlo<S: Connection>(relay: &Relay, talk: &mut Talk<S>) -> Result<Offers, RelayError> {
    let reply = ask(relay, talk, "EHLO", &format!("EHLO {}\r\n", relay.helo), 250).await?;
    Ok(Offers::of(&reply))
}

/// PLAIN (RFC 4616) where it is offered, else LOGIN.
async fn log_in(relay: &Relay, talk: &mut Talk, offers: &Offers, auth: &Credentials) -> Result<(), RelayError> {
    let step = "login";
    let (user, password) = (auth.user.as_str(), auth.password());
    if offers.plain {
        let both = BASE64.encode(format!("\0{user}\0{password}"));
        ask(relay, talk, step, &format!("AUTH PLAIN {both}\r\n"), 235).await?;
    } else if offers.login {
        ask(relay, talk, step, "AUTH LOGIN\r\n", 334).await?;
        ask(relay, talk, step, &format!("{}\r\n", BASE64.encode(user)), 334).await?;
        ask(relay, talk, step, &format!("{}\r\n", BASE64.encode(password)), 235).await?;
    } else {
        return Err(wrong(relay, step, "it offers neither AUTH PLAIN nor AUTH LOGIN".to_owned()));
    }
    Ok(())
}

/// Says `lines`, and returns the reply when its code is `code`.
async fn ask<S: Connection>(
    relay: &Relay,
    talk: &mut Talk<S>,
    step: &'static str,
    lines: &str,
    code: u16,
) -> Result<Reply, RelayError> {
    let reply = relay.peer().within(relay.deadlines.command, step, talk.ask(lines)).await?;
    let reply = reply.map_err(|error| wrong(relay, step, error.to_string()))?;
    if reply.code == code { Ok(reply) } else { Err(wrong(relay, step, reply.to_string())) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(ehlo: &str, expected: &Offers) {
        let lines = ehlo.split('\n').map(str::to_owned).collect();
        assert_eq!(&Offers::of(&Reply { code: 250, lines }), expected, "{ehlo}");
    }

    #[test]
    fn what_an_ehlo_offers() {
        check("mail.test", &Offers::default());
        check("AUTH PLAIN", &Offers::default());
        check("mail.test\nHELP PIPELINING\nPLAIN", &Offers::default());
        let modern =
            Offers { pipelining: true, starttls: true, eight_bit_mime: true, smtp_utf8: true, ..Offers::default() };
        check("mail.test hello\nPIPELINING\nSIZE 10240000\nstarttls\n8BITMIME\nSMTPUTF8", &modern);
        check("mail.test\nAUTH CRAM-MD5 LOGIN", &Offers { login: true, ..Offers::default() });
        check("mail.test\nAUTH=PLAIN", &Offers { plain: true, ..Offers::default() });
    }
}
