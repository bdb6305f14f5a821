//! Ids derived from content: the same input gives the same id on every machine and at every run.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// A SHA-256, shown as 64 lower-case hexadecimal digits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Digest(String);

/// The SHA-256 of bytes that come one after the other.
#[derive(Debug, Clone, Default)]
pub struct Digester(Sha256);

impl Digester {
    /// Adds bytes behind those added before.
    pub fn add(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all of them.
    #[must_use]
    pub fn done(self) -> Digest {
        Digest::shown(&self.0.finalize())
    }
}

impl Digest {
    /// The SHA-256 of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self::shown(&Sha256::digest(bytes))
    }

    fn shown(digest: &[u8]) -> Self {
        let mut hex = String::with_capacity(64);
        for byte in digest {
            hex.extend([byte >> 4, byte & 0xf].map(|half| char::from(b"0123456789abcdef"[usize::from(half)])));
        }
        Self(hex)
    }

    /// The SHA-256 of all that a stream gives, and how many bytes that is.
    ///
    /// # Errors
    /// What the stream says.
    pub fn of_stream(mut stream: impl std::io::Read) -> std::io::Result<(Self, u64)> {
        let (mut hash, mut bytes, mut part) = (Sha256::new(), 0, vec![0; 64 * 1024]);
        loop {
            match stream.read(&mut part)? {
                0 => return Ok((Self::shown(&hash.finalize()), bytes)),
                read => {
                    hash.update(&part[..read]);
                    bytes += read as u64;
                }
            }
        }
    }

    /// The digest of several parts; a part cannot run into its neighbour, since each is preceded by its length.
    #[must_use]
    pub fn of_parts<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut bytes = Vec::new();
        for part in parts {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        Self::of(&bytes)
    }

    /// All 64 hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Digits of a content id after its prefix: 12 hexadecimal digits are 48 bits, so that a store of a million things
/// expects well under one accidental pair in 500, and a pair is refused by the store's unique key, never merged.
const CONTENT_ID_DIGITS: usize = 12;

/// `prefix-` and the first digits of the digest of the parts.
#[must_use]
pub fn content_id<'a>(prefix: &str, parts: impl IntoIterator<Item = &'a str>) -> String {
    let digest = Digest::of_parts(parts);
    format!("{prefix}-{}", &digest.as_str()[..CONTENT_ID_DIGITS])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_of_abc_is_the_one_of_fips_180_4() {
        assert_eq!(Digest::of(b"abc").as_str(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let long = vec![b'x'; 200_000];
        assert_eq!(Digest::of_stream(long.as_slice()).expect("no error"), (Digest::of(&long), 200_000));
    }

    #[test]
    fn bytes_added_one_after_the_other_are_one_text() {
        let mut digester = Digester::default();
        for part in ["a", "", "bc"] {
            digester.add(part.as_bytes());
        }
        assert_eq!(digester.done(), Digest::of(b"abc"));
    }

    #[test]
    fn parts_do_not_run_together() {
        assert_ne!(content_id("m", ["ab", "c"]), content_id("m", ["a", "bc"]));
    }
}
