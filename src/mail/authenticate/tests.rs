//! Mails that mail-auth signs, judged by us, whole and with something changed in them.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use mail_auth::common::crypto::{Ed25519Key, RsaKey, Sha256, SigningKey};
use mail_auth::common::headers::HeaderWriter as _;
use mail_auth::dkim::{Canonicalization, DkimSigner};
use proptest::prelude::*;
use rustls::pki_types::PrivateKeyDer;

use super::*;

const HEADER: &str = "From: NOC <noc@dc.example>\r\nTo: us@hoster.example\r\nSubject: Planned  work\r\n\tDC-1\r\n\
                      Date: Mon, 2 Nov 2026 09:00:00 +0000\r\nMessage-ID: <1@dc.example>\r\n";
const BODY: &str = "Work on  feed-a \r\n\r\nfrom 20:00 to 22:00\t\r\n\r\n\r\n";
const SIGNED: [&str; 5] = ["From", "To", "Subject", "Date", "Message-ID"];

/// The key's name in all tests.
const NAME: &str = "s1._domainkey.dc.example";

fn received() -> DateTime<Utc> {
    "2026-11-02T09:01:00Z".parse().expect("an instant")
}

fn base64(bytes: &[u8]) -> String {
    String::from_utf8(openssl(&["base64", "-A"], bytes)).expect("letters")
}

fn openssl(args: &[&str], input: &[u8]) -> Vec<u8> {
    let mut child = Command::new("openssl")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is installed");
    child.stdin.take().expect("piped").write_all(input).expect("openssl reads");
    let done = child.wait_with_output().expect("openssl ends");
    assert!(done.status.success(), "openssl {args:?}");
    done.stdout
}

/// An RSA key of so many bits, and the record that publishes it.
fn rsa_pair(bits: u32) -> (Vec<u8>, String) {
    let bits = format!("rsa_keygen_bits:{bits}");
    let private = openssl(&["genpkey", "-algorithm", "RSA", "-pkeyopt", &bits, "-outform", "DER"], b"");
    let public = openssl(&["pkey", "-inform", "DER", "-pubout", "-outform", "DER"], &private);
    (private, format!("v=DKIM1; k=rsa; p={}", base64(&public)))
}

fn rsa(private: &[u8]) -> RsaKey<Sha256> {
    RsaKey::from_key_der(PrivateKeyDer::try_from(private.to_vec()).expect("a key")).expect("a key")
}

fn ed25519() -> (Ed25519Key, String) {
    let key = Ed25519Key::from_pkcs8_der(&Ed25519Key::generate_pkcs8().expect("a key")).expect("a key");
    let record = format!("v=DKIM1; k=ed25519; p={}", base64(&key.public_key()));
    (key, record)
}

/// One for tests that need it often.
static PAIR: LazyLock<(Vec<u8>, String)> = LazyLock::new(|| {
    let private = Ed25519Key::generate_pkcs8().expect("a key");
    let key = Ed25519Key::from_pkcs8_der(&private).expect("a key");
    (private, format!("v=DKIM1; k=ed25519; p={}", base64(&key.public_key())))
});

/// A signer of `dc.example` for these forms of header and body.
fn signer<K: SigningKey>(key: K, forms: (Canonicalization, Canonicalization)) -> DkimSigner<K, mail_auth::dkim::Done> {
    let signer = DkimSigner::from_key(key).domain("dc.example").selector("s1").headers(SIGNED);
    signer.header_canonicalization(forms.0).body_canonicalization(forms.1)
}

const RELAXED: (Canonicalization, Canonicalization) = (Canonicalization::Relaxed, Canonicalization::Relaxed);

fn sign<K: SigningKey>(signer: &DkimSigner<K, mail_auth::dkim::Done>, mail: &str) -> String {
    format!("{}{mail}", signer.sign(mail.as_bytes()).expect("it is signed").to_header())
}

fn mail() -> String {
    format!("{HEADER}\r\n{BODY}")
}

struct Desk {
    keys: Keys,
    declared: Vec<String>,
    servers: Vec<String>,
    received_at: DateTime<Utc>,
}

impl Desk {
    fn with(record: &str) -> Self {
        Self {
            keys: Keys::new(BTreeMap::from([(NAME.to_owned(), record.to_owned())]), None),
            declared: vec!["dc.example".into()],
            servers: Vec::new(),
            received_at: received(),
        }
    }

    fn judge(&self, mail: &str) -> Authentication {
        let Self { keys, declared, servers, received_at } = self;
        let asking = Asking::Allowed;
        authenticate(mail.as_bytes(), &Asked { received_at: *received_at, declared, servers, keys, asking })
    }

    #[track_caller]
    fn check(&self, mail: &str, expected: &[&str]) {
        let found: Vec<String> = self.judge(mail).signatures.iter().map(|s| s.outcome.to_string()).collect();
        assert_eq!(found, expected, "{mail}");
    }
}

const GOOD: &str = "good, verified by us";

#[test]
fn a_signed_mail_is_good_in_every_form_and_with_every_line_end() {
    use Canonicalization::{Relaxed, Simple};
    let (private, record) = rsa_pair(2048);
    let bare = record.replace("v=DKIM1; k=rsa; ", "");
    for forms in [(Simple, Simple), (Simple, Relaxed), (Relaxed, Simple), (Relaxed, Relaxed)] {
        let signed = sign(&signer(rsa(&private), forms), &mail());
        for record in [&record, &bare] {
            Desk::with(record).check(&signed, &[GOOD]);
            Desk::with(record).check(&signed.replace("\r\n", "\n"), &[GOOD]);
        }
        let (key, record) = ed25519();
        let signed = sign(&signer(key, forms), &mail());
        Desk::with(&record).check(&signed, &[GOOD]);
        Desk::with(&record).check(&signed.replace("\r\n", "\n"), &[GOOD]);
        Desk::with(&record).check(&format!("Received: from a by b; now\r\n{signed}"), &[GOOD]);
    }
}

#[test]
fn what_was_changed_proves_nothing() {
    let (key, record) = ed25519();
    let (_, other) = ed25519();
    let signed = sign(&signer(key, RELAXED), &mail());
    let desk = Desk::with(&record);
    let header = "bad: the header is not the one that was signed, or the key is another";
    for (from, to, expected) in [
        ("22:00", "23:00", "bad: the body is not the one that was signed"),
        ("DC-1", "DC-2", header),
        ("noc@", "n0c@", header),
        ("s=s1", "S=s1", "bad: `._domainkey.dc.example` cannot be asked for: it is no name of the DNS"),
        ("Work on  feed-a \r\n", "Work on feed-a\r\n", GOOD),
        ("Planned  work\r\n\tDC-1", "Planned work DC-1", GOOD),
        ("\r\nFrom:", "\r\nFrom: Us <us@dc.example>\r\nFrom:", "bad: the mail has more senders (`From`) than it signs"),
        ("\r\nSubject:", "\r\nSubject: Cancelled\r\nSubject:", "bad: the mail has more subjects than it signs"),
        (
            "\r\nDate:",
            "\r\nDate: Tue, 3 Nov 2026 09:00:00 +0000\r\nDate:",
            "bad: the mail has more dates than it signs",
        ),
        ("\r\nTo:", "\r\nX-Spam: no\r\nContent-Type: text/plain\r\nTo:", GOOD),
        (
            "\r\nTo:",
            "\r\nContent-Type: text/html\r\nContent-Type: text/plain\r\nTo:",
            "bad: the mail has more fields `Content-Type` than it signs",
        ),
        (":From;", ":X-From;", "bad: it does not sign the sender (`From`)"),
        ("a=ed25519-sha256", "a=rsa-sha1", "bad: it is by `rsa-sha1`, which is no proof any more (RFC 8301)"),
        ("v=1;", "v=1; v=1;", "bad: it is no signature that can be read: it is no list of tags"),
        ("v=1;", "v=1; l=5;", "bad: it signs 5 bytes of the body, which has 39"),
        ("v=1;", "v=1; l=39;", header),
        ("v=1;", "v=1; i=@other.example;", "bad: it is for an identity of another domain"),
        ("v=1;", "v=1; q=dns/other;", "bad: it is no signature that can be read: its key is not in the DNS"),
    ] {
        assert!(signed.contains(from), "{from} stands in {signed}");
        desk.check(&signed.replacen(from, to, 1), &[expected]);
    }
    Desk::with(&other).check(&signed, &[header]);
    Desk::with("v=DKIM1; p=").check(&signed, &["bad: the key was revoked"]);
}

#[test]
fn part_of_a_body_and_all_of_it() {
    let (key, record) = ed25519();
    // mail-auth counts the bytes as they are: in this body they are those of its form too.
    let mail = format!("{HEADER}\r\nWork.\r\n");
    let signed = sign(&signer(key, RELAXED).body_length(true), &mail);
    let desk = Desk::with(&record);
    desk.check(&signed, &[GOOD]);
    desk.check(&format!("{signed}And feed-b.\r\n"), &["bad: it signs 7 bytes of the body, which has 20"]);
}

#[test]
fn a_signature_that_ran_out_since_was_good_when_the_mail_came() {
    let (key, record) = ed25519();
    let signature = signer(key, RELAXED).expiration(3_600).sign(mail().as_bytes()).expect("it is signed");
    let signed = format!("{}{}", signature.to_header(), mail());
    let last = DateTime::from_timestamp(i64::try_from(signature.x).expect("seconds"), 0).expect("an instant");
    let at = |received_at| Desk { received_at, ..Desk::with(&record) };
    at(last).check(&signed, &[GOOD]);
    let late = format!("bad: it ran out at {}, before the mail was received", last.format("%FT%TZ"));
    at(last + TimeDelta::seconds(1)).check(&signed, &[&late]);
}

#[test]
fn only_declared_domains_are_looked_at_and_only_their_keys_prove_anything() {
    let (key, record) = ed25519();
    let signed = sign(&signer(key, RELAXED), &mail());
    let undeclared = "not verified: nobody declares that domain";
    let declaring = |domain: &str| Desk { declared: vec![domain.into()], ..Desk::with(&record) };
    declaring("example").check(&signed, &[GOOD]);
    declaring("c.example").check(&signed, &[undeclared]);
    declaring("mail.dc.example").check(&signed, &[undeclared]);
    let none = Desk { keys: Keys::default(), ..Desk::with(&record) };
    none.check(&signed, &["not verified: the DNS is not asked"]);
    none.check(&mail(), &[]);
}

#[test]
fn of_many_signatures_some_are_looked_at() {
    let (key, record) = ed25519();
    let one = signer(key, RELAXED).sign(mail().as_bytes()).expect("it is signed").to_header();
    let found = Desk::with(&record).judge(&format!("{}{}", one.repeat(20), mail()));
    let good = found.signatures.iter().filter(|signature| signature.outcome.passes()).count();
    assert_eq!((found.signatures.len(), good, found.left_out), (MAX_SIGNATURES, MAX_LOOKED_UP, 12));
    let last = SignatureOutcome::NotLookedUp { why: NotLookedUp::TooMany };
    assert_eq!(found.signatures.last().map(|signature| &signature.outcome), Some(&last));
}

#[test]
fn a_trusted_server_is_believed_but_not_against_the_header() {
    let (key, _) = ed25519();
    let signed = sign(&signer(key, RELAXED), &mail());
    let desk = Desk { keys: Keys::default(), servers: vec!["mx.us.example".into()], ..Desk::with("") };
    let stamped = |result: &str, mail: &str| {
        format!("Authentication-Results: mx.us.example; dkim={result} header.d=dc.example header.s=s1\r\n{mail}")
    };
    let good = "good, verified by the server mx.us.example";
    desk.check(&stamped("pass", &signed), &[good]);
    // The user's own gateway puts a banner into every mail.
    desk.check(&stamped("pass", &format!("{signed}[external]\r\n")), &[good]);
    desk.check(
        &stamped("pass", &signed).replace("mx.us.example;", "mx.them.example;"),
        &["not verified: the DNS is not asked"],
    );
    desk.check(&stamped("fail", &signed), &["bad, says the server mx.us.example: fail"]);
    desk.check(&stamped("temperror", &signed), &["not verified: the DNS is not asked"]);
    desk.check(
        &stamped("pass", &signed.replacen("\r\nSubject:", "\r\nSubject: other\r\nSubject:", 1)),
        &["bad: the mail has more subjects than it signs"],
    );
    desk.check(
        &stamped("pass", &signed.replacen("v=1;", "v=1; l=5;", 1)),
        &["bad: it signs 5 bytes of the body, which has 39"],
    );
}

/// A mail signed with a key of so many bits, which mail-auth refuses to sign with.
fn signed_by_short_key(bits: u32) -> (String, String) {
    let (private, record) = rsa_pair(bits);
    let bh = base64(&canonical::body(Canon::Relaxed, BODY.as_bytes()).digest);
    let tags = format!("v=1; a=rsa-sha256; c=relaxed/relaxed; d=dc.example; s=s1; h=From:Subject; bh={bh}; b=");
    let unsigned = format!("DKIM-Signature: {tags}AA==\r\n{}", mail());
    let fields = Fields::split(unsigned.as_bytes());
    let own = fields.named("dkim-signature").next().expect("a signature");
    let header = Read::of(own).claim.expect("a claim").signed_header(&fields, own);
    let key = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(key.path(), &private).expect("it is written");
    let path = key.path().to_str().expect("a path");
    let signature = openssl(&["dgst", "-sha256", "-keyform", "DER", "-sign", path], &header);
    (format!("DKIM-Signature: {tags}{}\r\n{}", base64(&signature), mail()), record)
}

#[test]
fn keys_of_fewer_than_1024_bits_prove_nothing() {
    for (bits, expected) in
        [(1024, GOOD), (1016, "bad: the key has 1016 bits, and fewer than 1024 prove nothing (RFC 8301)")]
    {
        let (signed, record) = signed_by_short_key(bits);
        Desk::with(&record).check(&signed, &[expected]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever stands in a mail, what mail-auth signs is good, and with any byte of the body changed it is not. At the end
    /// of a body in relaxed form it keeps lines of blanks, which the standard (and dkimpy) leaves out.
    #[test]
    fn the_second_verifier_agrees(
        body in "(([ab \t.]{0,6}\r\n){0,6}[ab][ab \t]{0,3}(\r\n){1,3})?",
        subject in "[ab \t]{0,5}(\r\n[ \t]{1,2}[ab]{1,3}[ \t]{0,2}){0,2}",
        forms in (any::<bool>(), any::<bool>()),
        at in any::<prop::sample::Index>(),
    ) {
        let form = |relaxed| if relaxed { Canonicalization::Relaxed } else { Canonicalization::Simple };
        let (private, record) = &*PAIR;
        let key = Ed25519Key::from_pkcs8_der(private).expect("a key");
        let mail = format!("From: a@dc.example\r\nSubject: x{subject}\r\n\r\n{body}");
        let signed = sign(&signer(key, (form(forms.0), form(forms.1))), &mail);
        let desk = Desk::with(record);
        desk.check(&signed, &[GOOD]);
        if !body.is_empty() {
            let mut changed = signed.into_bytes();
            let place = changed.len() - body.len() + at.index(body.len());
            changed[place] = b'x';
            let changed = String::from_utf8(changed).expect("text");
            prop_assert!(!desk.judge(&changed).signatures[0].outcome.passes(), "{}", changed);
        }
    }

    /// No bytes make it fall or take long.
    #[test]
    fn any_bytes_are_judged(tags in "[a-z=; :/\r\n\t@.0-9]{0,200}", rest in ".{0,100}") {
        let mail = format!("DKIM-Signature: v=1; d=dc.example; s=s1; {tags}\r\n{HEADER}\r\n{rest}");
        let desk = Desk { servers: vec!["mx.example".into()], ..Desk::with("v=DKIM1; p=AA==") };
        prop_assert!(!desk.judge(&mail).proves(&desk.declared));
        let mail = format!("Authentication-Results: {tags}; {rest}\r\n{mail}");
        prop_assert!(!desk.judge(&mail).proves(&desk.declared));
    }
}
