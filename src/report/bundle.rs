//! The evidence bundle: an archive that a third party can check with `sha256sum -c manifest.sha256`, and nothing of ours.

use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime as ZipTime, ZipWriter};

use super::html::html;
use super::markdown::markdown;
use super::post_mortem::PostMortem;
use super::strip::strip;
use super::svg::svg;
use crate::names::{Digest, NoticeId};
use crate::outage::{Attached, Attachment};

/// The file that names the digest of every other.
pub const MANIFEST: &str = "manifest.sha256";

/// What stands in every bundle, for whoever opens it.
const README: &str = "Evidence about an outage, put together by inwindow.

To check that nothing in this folder was changed since:

    sha256sum -c manifest.sha256

post-mortem.html   everything in one page, to be read or printed; .md and .json hold the same
verdicts.json      was it in-window? The official verdict of each asset, later ones, and what people hold
outage.json        what was observed
statements.json    who said what, when and where
notices.json       the notices: when each came, its digest, who signed it as far as that was verified (DKIM)
notices/           the notices as received, byte for byte
attachments.json   what people attached, when it was seen and by whom, what can be claimed and what was
attachments/       the attached files that are kept, byte for byte, named by the start of their digest
timeline.svg       windows against outages; .txt the same in characters, .csv everything in the order it happened

A manifest can be written anew by whoever changes a file: keep its own digest, which inwindow printed when it wrote
this bundle, elsewhere.
";

/// Digits of its digest in the name of an attached file: 64 bits.
const ATTACHED_DIGITS: usize = 16;

/// Why a bundle could not be put together.
#[derive(Debug, thiserror::Error)]
pub enum BundleError {
    /// A value could not be written as JSON.
    #[error("cannot write `{name}`")]
    Json {
        /// The file.
        name: &'static str,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// The archive could not be written.
    #[error("cannot write the archive")]
    Zip(#[from] zip::result::ZipError),
    /// A file of it could not be written.
    #[error("cannot write into the archive")]
    Write(#[from] std::io::Error),
}

/// An archive, with what it can be recognised by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// The bytes of the archive: the same for the same evidence.
    pub archive: Vec<u8>,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// The names of its files.
    pub files: Vec<String>,
}

impl Bundle {
    /// Puts it together from the post-mortem, the notices as received and the attached files.
    ///
    /// # Errors
    /// [`BundleError`] when a part cannot be written.
    pub fn new(
        post_mortem: &PostMortem,
        raw: &[(NoticeId, Vec<u8>)],
        attached: &[(Digest, Vec<u8>)],
    ) -> Result<Self, BundleError> {
        let mut files = documents(post_mortem)?;
        files.extend(raw.iter().map(|(id, bytes)| (notice_name(id), bytes.clone())));
        let attached = attached.iter().map(|(sha256, bytes)| (attached_name(post_mortem, sha256), bytes.clone()));
        files.extend(attached);
        files.sort();
        let manifest: String = files.iter().map(|(name, bytes)| format!("{}  {name}\n", Digest::of(bytes))).collect();
        let digest = Digest::of(manifest.as_bytes());
        files.insert(0, (MANIFEST.to_owned(), manifest.into_bytes()));
        let archive = zipped(&files)?;
        Ok(Self { archive, manifest: digest, files: files.into_iter().map(|(name, _)| name).collect() })
    }
}

/// A notice's file; an id of ours is a letter and hexadecimal digits, and so can name no other folder.
fn notice_name(id: &NoticeId) -> String {
    format!("notices/{id}.eml")
}

/// An attached file's: the start of its digest, with the ending of the name it was attached by where that is a plain one.
fn attached_name(post_mortem: &PostMortem, sha256: &Digest) -> String {
    let of_file = |attachment: &Attachment| match &attachment.what {
        Attached::File { name, sha256: of, .. } if of == sha256 => Some(name.clone()),
        Attached::File { .. } | Attached::Text { .. } | Attached::Url { .. } => None,
    };
    let name = post_mortem.attachments.iter().find_map(of_file).unwrap_or_default();
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let is_plain =
        |ending: &String| (1..=8).contains(&ending.len()) && ending.bytes().all(|b| b.is_ascii_alphanumeric());
    let ending = ending.filter(is_plain).map(|ending| format!(".{ending}")).unwrap_or_default();
    format!("attachments/{}{ending}", &sha256.as_str()[..ATTACHED_DIGITS])
}

fn documents(post_mortem: &PostMortem) -> Result<Vec<(String, Vec<u8>)>, BundleError> {
    let (page, timeline) = (post_mortem.page(), post_mortem.timeline());
    let verdicts = serde_json::json!({
        "official": post_mortem.verdicts,
        "later": post_mortem.later,
        "overrides": post_mortem.overrides,
    });
    let attached = serde_json::json!({ "attachments": post_mortem.attachments, "claims": post_mortem.claims });
    let texts = [
        ("README.txt", README.to_owned()),
        ("outage.json", json("outage.json", &post_mortem.outage)?),
        ("verdicts.json", json("verdicts.json", &verdicts)?),
        ("statements.json", json("statements.json", &post_mortem.statements)?),
        ("attachments.json", json("attachments.json", &attached)?),
        ("notices.json", json("notices.json", &post_mortem.notices)?),
        ("post-mortem.json", json("post-mortem.json", post_mortem)?),
        ("post-mortem.html", html(&page)),
        ("post-mortem.md", markdown(&page)),
        ("timeline.svg", svg(&timeline)),
        ("timeline.txt", strip(&timeline)),
        ("timeline.csv", events(post_mortem)),
    ];
    Ok(texts.into_iter().map(|(name, text)| (name.to_owned(), text.into_bytes())).collect())
}

fn json(name: &'static str, value: &impl serde::Serialize) -> Result<String, BundleError> {
    let text = serde_json::to_string_pretty(value).map_err(|source| BundleError::Json { name, source })?;
    Ok(format!("{text}\n"))
}

/// Everything that happened, as RFC 4180.
fn events(post_mortem: &PostMortem) -> String {
    let quoted = |text: &str| format!("\"{}\"", super::told::harmless(text).replace('"', "\"\""));
    let mut text = "utc,local,seconds_from_start,what\r\n".to_owned();
    for event in &post_mortem.events {
        let at = event.at.format("%Y-%m-%dT%H:%M:%SZ");
        let (local, what) = (quoted(&event.local), quoted(&event.text));
        text.push_str(&format!("{at},{local},{},{what}\r\n", event.since_start_seconds));
    }
    text
}

/// The files as a zip archive, all with the earliest time that a zip can hold, so that equal evidence is equal bytes.
fn zipped(files: &[(String, Vec<u8>)]) -> Result<Vec<u8>, BundleError> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(ZipTime::default())
        .unix_permissions(0o644);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        zip.start_file(name.as_str(), options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}
