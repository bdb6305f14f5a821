//! Whether a mail was signed by the domains that it names: DKIM (RFC 6376, with RFC 8301 and RFC 8463).
//!
//! A verifier of ours and not mail-auth, which is the second one in tests: it judges by its own clock, hashes the body once
//! for every length that a hostile header names, asks the DNS for names that the mail chooses (`_report`, `_atps`) and
//! brings 39 crates. The arithmetic is ring's, which TLS brings anyway.
//!
//! A stranger's mail must not make us ask whom it likes. Keys are looked up only for domains that the user or a profile
//! declares, after all else is found right, and for a few signatures of a mail.

mod canonical;
mod dns;
mod fault;
mod fields;
mod key;
mod keys;
mod results;
mod signature;
mod tags;

use std::cell::OnceCell;

use chrono::{DateTime, Utc};

use self::canonical::{BodyHash, Canon};
pub use self::dns::Dns;
use self::fault::Fault;
use self::fields::{Field, Fields};
use self::key::Key;
use self::keys::Found;
pub use self::keys::{Asking, Keys};
use self::results::Said;
use self::signature::{Claim, Read};
use crate::notice::{Authentication, NotLookedUp, Signature, SignatureOutcome, VerifiedBy, is_within};

/// Most signatures looked at: a mail through two services has three.
const MAX_SIGNATURES: usize = 8;

/// Most keys looked up for one mail.
const MAX_LOOKED_UP: usize = 3;

/// What a mail is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// When the user's side had it: a signature that ran out since was good.
    pub received_at: DateTime<Utc>,
    /// The domains whose keys may be looked up; those below them too.
    pub declared: &'a [String],
    /// The user's own servers, whose word counts. None for a message that was attached to another: its header is that
    /// mail's sender's.
    pub servers: &'a [String],
    /// Where keys come from.
    pub keys: &'a Keys,
    /// Whether the network may be asked.
    pub asking: Asking,
}

/// Judges the signatures on a raw mail.
#[must_use]
pub fn authenticate(mail: &[u8], asked: &Asked<'_>) -> Authentication {
    let fields = Fields::split(mail);
    let count = fields.named("dkim-signature").count();
    if count == 0 {
        return Authentication::default();
    }
    let mut judge = Judge {
        said: results::trusted(&fields, asked.servers),
        fields: &fields,
        asked,
        looked_up: 0,
        simple: OnceCell::new(),
        relaxed: OnceCell::new(),
    };
    let signatures = fields.named("dkim-signature").take(MAX_SIGNATURES).map(|field| judge.signature(field)).collect();
    Authentication { signatures, left_out: count.saturating_sub(MAX_SIGNATURES) }
}

struct Judge<'a> {
    fields: &'a Fields<'a>,
    asked: &'a Asked<'a>,
    said: Vec<Said>,
    looked_up: usize,
    /// The body in either form, hashed when it is first asked for: two walks whatever the header says.
    simple: OnceCell<BodyHash>,
    relaxed: OnceCell<BodyHash>,
}

impl Judge<'_> {
    fn signature(&mut self, field: &Field<'_>) -> Signature {
        let Read { domain, selector, claim } = Read::of(field);
        let outcome = match claim {
            Ok(claim) => self.outcome(&claim, field).unwrap_or_else(|fault| bad(&fault)),
            Err(fault) => bad(&fault),
        };
        Signature { domain, selector, outcome }
    }

    fn outcome(&mut self, claim: &Claim, field: &Field<'_>) -> Result<SignatureOutcome, Fault> {
        if !self.asked.declared.iter().any(|declared| is_within(&claim.domain, declared)) {
            return Ok(SignatureOutcome::NotLookedUp { why: NotLookedUp::Undeclared });
        }
        claim.check_header(self.fields, self.asked.received_at)?;
        claim.check_length(self.body(claim.body_form))?;
        // What changed a mail behind the user's server, such as a banner, was not there when that server looked.
        if let Some(said) = self.said_of(claim, &["pass"]) {
            return Ok(SignatureOutcome::Pass { by: VerifiedBy::Server(said.server.clone()) });
        }
        claim.check_body(self.body(claim.body_form))?;
        Ok(match self.find(claim) {
            Found::Records(records) => {
                Key::of_records(&records)?.verify(claim, &claim.signed_header(self.fields, field))?;
                SignatureOutcome::Pass { by: VerifiedBy::Us }
            }
            Found::Nothing => SignatureOutcome::NoKey,
            Found::Trouble(why) => SignatureOutcome::TemporaryError { why },
            Found::NotAsked => match self.said_of(claim, &["fail", "policy", "neutral", "permerror"]) {
                Some(said) => {
                    let by = VerifiedBy::Server(said.server.clone());
                    SignatureOutcome::Fail { by, why: said.result.clone() }
                }
                None if self.looked_up > MAX_LOOKED_UP => SignatureOutcome::NotLookedUp { why: NotLookedUp::TooMany },
                None => SignatureOutcome::NotLookedUp { why: NotLookedUp::Off },
            },
        })
    }

    fn find(&mut self, claim: &Claim) -> Found {
        self.looked_up += 1;
        if self.looked_up > MAX_LOOKED_UP {
            return Found::NotAsked;
        }
        self.asked.keys.find(&format!("{}._domainkey.{}", claim.selector, claim.domain), self.asked.asking)
    }

    fn said_of(&self, claim: &Claim, results: &[&str]) -> Option<&Said> {
        self.said.iter().find(|said| {
            results.contains(&said.result.as_str())
                && said.domain == claim.domain
                && said.selector.as_ref().is_none_or(|selector| *selector == claim.selector)
        })
    }

    fn body(&self, canon: Canon) -> &BodyHash {
        let cell = match canon {
            Canon::Simple => &self.simple,
            Canon::Relaxed => &self.relaxed,
        };
        cell.get_or_init(|| canonical::body(canon, self.fields.body))
    }
}

fn bad(fault: &Fault) -> SignatureOutcome {
    SignatureOutcome::Fail { by: VerifiedBy::Us, why: fault.to_string() }
}

#[cfg(test)]
mod tests;
