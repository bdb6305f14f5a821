//! A first profile from a notice, and the files it is written to.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::super::error::AppError;
use super::super::settings::Settings;
use crate::mail::RawMessage;
use crate::names::VendorId;
use crate::notice::{Message, outline};

/// The name of the notice that a first profile is made from, as its first sample.
const FIRST_SAMPLE: &str = "first.eml";

impl Settings {
    /// The TOML of a first profile made from a notice; none when general rules find nothing in it. Without a vendor it is
    /// called by the name in the sender's domain.
    ///
    /// # Errors
    /// [`AppError::Usage`] when the message is none.
    pub fn new_profile(&self, raw: &RawMessage, vendor: Option<VendorId>) -> Result<Option<String>, AppError> {
        let message = Message::parse(&raw.bytes).map_err(|why| {
            AppError::usage(format!("`{}` is no notice: {why}", raw.name), "name a mail of the vendor")
        })?;
        let vendor = match vendor {
            Some(vendor) => vendor,
            None => of_sender(message.facts.from.as_deref())?,
        };
        Ok(outline(&message, &vendor, &self.zones))
    }
}

/// `noc@mail.carrier.example` is of `carrier`.
fn of_sender(from: Option<&str>) -> Result<VendorId, AppError> {
    let unnamed = || AppError::usage("the mail does not say which vendor sent it", "give --vendor VENDOR");
    let domain = from.and_then(|from| from.rsplit_once('@')).map(|(_, domain)| domain).ok_or_else(unnamed)?;
    let name = domain.rsplit('.').nth(1).ok_or_else(unnamed)?;
    VendorId::new(name).map_err(|_| unnamed())
}

/// Writes a profile and the notice it was made from into a folder, which is made. Nothing is overwritten.
///
/// # Errors
/// [`AppError::File`] when a file is there already or cannot be written.
pub fn write_profile(folder: &Path, text: &str, raw: &RawMessage) -> Result<Vec<PathBuf>, AppError> {
    fs::create_dir_all(folder).map_err(|error| AppError::file("create", folder, error))?;
    let files = [(folder.join("profile.toml"), text.as_bytes()), (folder.join(FIRST_SAMPLE), raw.bytes.as_slice())];
    if let Some((path, _)) = files.iter().find(|(path, _)| path.exists()) {
        return Err(AppError::file("write", path, std::io::ErrorKind::AlreadyExists.into()));
    }
    for (path, bytes) in &files {
        let failed = |error| AppError::file("write", path, error);
        let mut file = OpenOptions::new().write(true).create_new(true).open(path).map_err(failed)?;
        file.write_all(bytes).map_err(failed)?;
    }
    Ok(files.map(|(path, _)| path).into())
}
