//! Keys as domains publish them (RFC 6376 section 3.6.1), and what they verify.

use ring::signature::{ED25519, RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, UnparsedPublicKey};
use sha2::{Digest as _, Sha256};

use super::fault::Fault;
use super::signature::{Algorithm, Claim};
use super::tags::Tags;

/// Shortest modulus of an RSA key that proves anything (RFC 8301 section 3.2).
const MIN_RSA_BITS: usize = 1_024;

/// A published key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Key {
    material: Material,
    /// `t=s`: the identity must be of the very domain.
    strict: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Material {
    /// In PKCS #1.
    Rsa(Vec<u8>),
    Ed25519(Vec<u8>),
}

impl Key {
    /// The first record that is a key.
    ///
    /// # Errors
    /// What is wrong with the first record, when none is a key that proves anything.
    pub(super) fn of_records(records: &[String]) -> Result<Self, Fault> {
        let mut keys = records.iter().map(|record| Self::parse(record));
        let first = keys.next().unwrap_or(Err(Fault::NoKeyRecord));
        first.or_else(|fault| keys.find_map(Result::ok).ok_or(fault))
    }

    fn parse(record: &str) -> Result<Self, Fault> {
        let tags = Tags::parse(record).ok_or(Fault::NoKeyRecord)?;
        if tags.get("v").is_some() && tags.first() != Some(("v", "DKIM1")) {
            return Err(Fault::NoKeyRecord);
        }
        let bytes = tags.bytes("p").ok_or(Fault::NoKeyRecord)?;
        if bytes.is_empty() {
            return Err(Fault::Revoked);
        }
        let names =
            |tag: &str, any: &[&str]| tags.list(tag).is_none_or(|mut list| list.any(|name| any.contains(&name)));
        if !names("h", &["sha256"]) || !names("s", &["*", "email"]) {
            return Err(Fault::KeyForOther);
        }
        let flag = |flag: &str| tags.list("t").is_some_and(|mut list| list.any(|name| name == flag));
        // Section 3.6.1: such mail is not to be treated otherwise than unsigned mail.
        if flag("y") {
            return Err(Fault::KeyOnTrial);
        }
        let material = match tags.get("k").unwrap_or("rsa") {
            "rsa" => Material::Rsa(rsa(&bytes)?),
            "ed25519" if bytes.len() == 32 => Material::Ed25519(bytes),
            "ed25519" => return Err(Fault::NoKeyRecord),
            other => return Err(Fault::KeyType(other.to_owned())),
        };
        Ok(Self { material, strict: flag("s") })
    }

    /// Whether it signed these bytes of a header.
    pub(super) fn verify(&self, claim: &Claim, header: &[u8]) -> Result<(), Fault> {
        if self.strict && claim.identity.as_ref().is_some_and(|identity| *identity != claim.domain) {
            return Err(Fault::Identity);
        }
        let good = match (&self.material, claim.algorithm) {
            (Material::Rsa(key), Algorithm::Rsa) => {
                UnparsedPublicKey::new(&RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY, key)
                    .verify(header, &claim.signature)
            }
            // RFC 8463 section 3: the hash is what is signed.
            (Material::Ed25519(key), Algorithm::Ed25519) => {
                UnparsedPublicKey::new(&ED25519, key).verify(&Sha256::digest(header), &claim.signature)
            }
            (Material::Rsa(_), Algorithm::Ed25519) | (Material::Ed25519(_), Algorithm::Rsa) => {
                return Err(Fault::KeyType("of the other algorithm".into()));
            }
        };
        good.map_err(|_| Fault::Signature)
    }
}

/// The key in PKCS #1, whether it was published so or, as most are, as `SubjectPublicKeyInfo` around that.
fn rsa(bytes: &[u8]) -> Result<Vec<u8>, Fault> {
    let (inside, _) = der(bytes, SEQUENCE).ok_or(Fault::NoKeyRecord)?;
    let key = match der(inside, SEQUENCE) {
        None => bytes,
        Some((_, rest)) => {
            let (string, _) = der(rest, BIT_STRING).ok_or(Fault::NoKeyRecord)?;
            string.strip_prefix(&[0]).ok_or(Fault::NoKeyRecord)?
        }
    };
    let (numbers, _) = der(key, SEQUENCE).ok_or(Fault::NoKeyRecord)?;
    let (modulus, _) = der(numbers, INTEGER).ok_or(Fault::NoKeyRecord)?;
    let modulus = &modulus[modulus.iter().take_while(|byte| **byte == 0).count()..];
    let bits = modulus.first().map_or(0, |first| modulus.len() * 8 - first.leading_zeros() as usize);
    if bits < MIN_RSA_BITS {
        return Err(Fault::ShortKey { bits });
    }
    Ok(key.to_vec())
}

const SEQUENCE: u8 = 0x30;
const BIT_STRING: u8 = 0x03;
const INTEGER: u8 = 0x02;

/// The content of a DER value of that type, and what follows it.
fn der(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let rest = bytes.strip_prefix(&[tag])?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81 | 0x82 => {
            let (digits, rest) = rest.split_at_checked(usize::from(*first & 0x7f))?;
            (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 32 bytes in base64.
    const SOME: &str = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    #[track_caller]
    fn check(record: &str, expected: &Result<bool, Fault>) {
        assert_eq!(&Key::of_records(&[record.to_owned()]).map(|key| key.strict), expected, "{record}");
    }

    #[test]
    fn a_record_is_a_key_or_says_what_is_wrong() {
        check(&format!("v=DKIM1; k=ed25519; p={SOME}"), &Ok(false));
        check(&format!("k=ed25519; t=s; h=sha1:sha256; s=email; p={SOME}"), &Ok(true));
        check(&format!("k=ed25519; p={SOME}; v=DKIM1"), &Err(Fault::NoKeyRecord));
        check(&format!("v=DKIM2; k=ed25519; p={SOME}"), &Err(Fault::NoKeyRecord));
        check("v=spf1 -all", &Err(Fault::NoKeyRecord));
        check("v=DKIM1; p=", &Err(Fault::Revoked));
        check("v=DKIM1; k=ed25519; p=AAAA", &Err(Fault::NoKeyRecord));
        check("v=DKIM1; p=AAAA", &Err(Fault::NoKeyRecord));
        check(&format!("k=ed25519; t=y; p={SOME}"), &Err(Fault::KeyOnTrial));
        check(&format!("k=ed25519; h=sha1; p={SOME}"), &Err(Fault::KeyForOther));
        check(&format!("k=ed25519; s=tlsrpt; p={SOME}"), &Err(Fault::KeyForOther));
        check(&format!("k=p256; p={SOME}"), &Err(Fault::KeyType("p256".into())));
        assert_eq!(Key::of_records(&[]), Err(Fault::NoKeyRecord));
        let among = ["v=spf1 -all".to_owned(), format!("k=ed25519; p={SOME}")];
        assert!(Key::of_records(&among).is_ok());
    }

    #[test]
    fn no_bytes_make_the_reader_of_keys_fall() {
        for bytes in [&b""[..], b"0", b"0\x82", b"0\x82\xff\xff", b"0\x80", b"0\x04\x30\x00\x03\x00", b"0\x02\x02\x00"]
        {
            assert!(rsa(bytes).is_err(), "{bytes:?}");
        }
    }
}
