//! What a `DKIM-Signature` claims (RFC 6376 section 3.5), and whether the mail can be what it signed.

use chrono::{DateTime, Utc};

use super::canonical::{self, BodyHash, Canon};
use super::fault::Fault;
use super::fields::{Field, Fields};
use super::tags::Tags;
use crate::notice::is_within;

/// Longest field of a signature: with a key of 8192 bits and a hundred names it has some 5 KiB.
const MAX_BYTES: usize = 16 * 1024;

/// Most fields that a signature names.
const MAX_SIGNED: usize = 200;

/// Fields that must be signed as often as they stand: what is read of a mail is the topmost, which anybody can add.
const SIGNED: [(&str, &str); 2] = [("from", "senders (`From`)"), ("subject", "subjects")];

/// Fields that may go unsigned, as they do with large senders, but not stand twice then.
const ONCE: [(&str, &str); 7] = [
    ("date", "dates"),
    ("message-id", "Message-IDs"),
    ("sender", "fields `Sender`"),
    ("reply-to", "fields `Reply-To`"),
    ("mime-version", "fields `MIME-Version`"),
    ("content-type", "fields `Content-Type`"),
    ("content-transfer-encoding", "fields `Content-Transfer-Encoding`"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rsa,
    Ed25519,
}

/// A signature whose words make sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    /// Lower case.
    pub(super) domain: String,
    pub(super) selector: String,
    pub(super) algorithm: Algorithm,
    header_form: Canon,
    pub(super) body_form: Canon,
    /// The names of the fields it signs, in lower case and in order.
    signed: Vec<String>,
    body_hash: Vec<u8>,
    pub(super) signature: Vec<u8>,
    /// `l=`.
    length: Option<u64>,
    /// `x=`, in seconds.
    expires: Option<i64>,
    /// The domain of `i=`, in lower case.
    pub(super) identity: Option<String>,
}

/// A signature, with what is wrong with it as far as its own words tell.
#[derive(Debug)]
pub(super) struct Read {
    /// `d=`; empty where none can be made out.
    pub(super) domain: String,
    /// `s=`.
    pub(super) selector: String,
    pub(super) claim: Result<Claim, Fault>,
}

impl Read {
    pub(super) fn of(field: &Field<'_>) -> Self {
        let nothing = |why| Self { domain: String::new(), selector: String::new(), claim: Err(Fault::Malformed(why)) };
        if field.value.len() > MAX_BYTES {
            return nothing("it is too long");
        }
        let Ok(text) = std::str::from_utf8(field.value) else { return nothing("it is no text") };
        let Some(tags) = Tags::parse(text) else { return nothing("it is no list of tags") };
        let word = |tag: &str| tags.get(tag).unwrap_or_default().to_lowercase();
        let (domain, selector) = (word("d"), word("s"));
        let claim = Claim::of(&tags, &domain, &selector);
        // What is no name is a stranger's text, and told by the fault alone.
        let name = |text: String| if is_name(&text) { text } else { String::new() };
        Self { domain: name(domain), selector: name(selector), claim }
    }
}

impl Claim {
    fn of(tags: &Tags<'_>, domain: &str, selector: &str) -> Result<Self, Fault> {
        let missing = || Fault::Malformed("a tag is missing that every signature has");
        if tags.get("v") != Some("1") {
            return Err(Fault::Malformed("its version is not 1"));
        }
        let algorithm = match tags.get("a").ok_or_else(missing)?.to_lowercase().as_str() {
            "rsa-sha256" => Algorithm::Rsa,
            "ed25519-sha256" => Algorithm::Ed25519,
            other => return Err(Fault::Algorithm(shortened(other))),
        };
        let name = format!("{selector}._domainkey.{domain}");
        if !is_name(domain) || !domain.contains('.') || !is_name(selector) || !is_name(&name) {
            return Err(Fault::Name(shortened(&name)));
        }
        let forms = tags.get("c").unwrap_or("simple/simple").to_lowercase();
        let (header, body) = forms.split_once('/').unwrap_or((&forms, "simple"));
        if tags.list("q").is_some_and(|mut ways| !ways.any(|way| way == "dns/txt")) {
            return Err(Fault::Malformed("its key is not in the DNS"));
        }
        let signed: Vec<String> = tags.list("h").ok_or_else(missing)?.map(str::to_lowercase).collect();
        if signed.len() > MAX_SIGNED {
            return Err(Fault::Malformed("it names too many fields"));
        }
        let bytes = |tag: &str| tags.bytes(tag).filter(|bytes| !bytes.is_empty()).ok_or_else(missing);
        let claim = Self {
            domain: domain.to_owned(),
            selector: selector.to_owned(),
            algorithm,
            header_form: form(header)?,
            body_form: form(body)?,
            signed,
            body_hash: bytes("bh")?,
            signature: bytes("b")?,
            length: number(tags, "l")?,
            expires: number(tags, "x")?,
            identity: tags.get("i").map(|i| i.rsplit_once('@').map_or("", |(_, host)| host).to_lowercase()),
        };
        match &claim.identity {
            Some(identity) if !is_within(identity, domain) => Err(Fault::Identity),
            Some(_) | None => Ok(claim),
        }
    }

    /// What the header tells without a key: that the sender is signed, and that nothing was added that is read.
    pub(super) fn check_header(&self, fields: &Fields<'_>, received_at: DateTime<Utc>) -> Result<(), Fault> {
        if fields.too_many {
            return Err(Fault::TooManyFields);
        }
        let signed = |name: &str| self.signed.iter().filter(|signed| *signed == name).count();
        let stand = |name: &str| fields.named(name).count();
        if signed("from") == 0 {
            return Err(Fault::FromNotSigned);
        }
        if let Some((_, words)) = SIGNED.iter().find(|(name, _)| stand(name) > signed(name)) {
            return Err(Fault::FieldAdded(words));
        }
        if let Some((_, words)) = ONCE.iter().find(|(name, _)| stand(name) > signed(name).max(1)) {
            return Err(Fault::FieldAdded(words));
        }
        match self.expires {
            Some(seconds) if received_at.timestamp() > seconds => {
                let at = DateTime::from_timestamp(seconds, 0).map(|at| at.format("%FT%TZ").to_string());
                Err(Fault::Expired(at.unwrap_or_else(|| format!("{seconds} s"))))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Whether it signs the whole of a body. What stands behind a part of it could be anybody's (section 8.2).
    pub(super) fn check_length(&self, body: &BodyHash) -> Result<(), Fault> {
        match self.length {
            Some(signed) if signed != body.length => Err(Fault::PartOfBody { signed, whole: body.length }),
            Some(_) | None => Ok(()),
        }
    }

    /// Whether it is the body that was signed.
    pub(super) fn check_body(&self, body: &BodyHash) -> Result<(), Fault> {
        if body.digest == self.body_hash { Ok(()) } else { Err(Fault::Body) }
    }

    /// The bytes of the header that were signed: of fields that stand several times the lowest first (section 5.4.2).
    pub(super) fn signed_header(&self, fields: &Fields<'_>, own: &Field<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        for (place, name) in self.signed.iter().enumerate() {
            let taken = self.signed[..place].iter().filter(|before| *before == name).count();
            if let Some(field) = fields.named(name).rev().nth(taken) {
                canonical::field(self.header_form, field, &mut out);
            }
        }
        canonical::signature_field(self.header_form, own, &mut out);
        out
    }
}

fn form(word: &str) -> Result<Canon, Fault> {
    match word.trim() {
        "simple" => Ok(Canon::Simple),
        "relaxed" => Ok(Canon::Relaxed),
        _ => Err(Fault::Malformed("its form is neither `simple` nor `relaxed`")),
    }
}

fn number<T: std::str::FromStr>(tags: &Tags<'_>, name: &str) -> Result<Option<T>, Fault> {
    let parse = |text: &str| text.parse().map_err(|_| Fault::Malformed("a number in it is none"));
    tags.get(name).map(parse).transpose()
}

/// Whether it is a name that the DNS can be asked for, with letters, digits, `-` and `_` alone.
fn is_name(text: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    text.len() <= 253 && text.split('.').all(label)
}

/// A stranger's word, as much of it as is told.
fn shortened(text: &str) -> String {
    text.chars().take(60).collect::<String>().escape_debug().to_string()
}
