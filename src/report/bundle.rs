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
timeline.svg       windows against outages; .txt the same in characters, .csv everything in the order it happened

A manifest can be written anew by whoever changes a file: keep its own digest, which inwindow printed when it wrote
this bundle, elsewhere.
";

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
    /// Puts it together from the post-mortem and the notices as received.
    ///
    /// # Errors
    /// [`BundleError`] when a part cannot be written.
    pub fn new(post_mortem: &PostMortem, raw: &[(NoticeId, Vec<u8>)]) -> Result<Self, BundleError> {
        let mut files = documents(post_mortem)?;
        files.extend(raw.iter().map(|(id, bytes)| (notice_name(id), bytes.clone())));
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

fn documents(post_mortem: &PostMortem) -> Result<Vec<(String, Vec<u8>)>, BundleError> {
    let (page, timeline) = (post_mortem.page(), post_mortem.timeline());
    let verdicts = serde_json::json!({
        "official": post_mortem.verdicts,
        "later": post_mortem.later,
        "overrides": post_mortem.overrides,
    });
    let texts = [
        ("README.txt", README.to_owned()),
        ("outage.json", json("outage.json", &post_mortem.outage)?),
        ("verdicts.json", json("verdicts.json", &verdicts)?),
        ("statements.json", json("statements.json", &post_mortem.statements)?),
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
