//! What ships inside the program: vendor profiles, mail templates and the demo. A user's own files go before them.

use std::fs;
use std::path::{Path, PathBuf};

use super::apply::source_file;
use super::error::AppError;
use crate::notice::{Profile, Profiles, ShippedProfile};
use crate::plan::{Layouts, Templates};
use crate::written::SourceFile;

/// A file that ships: its name as shown in messages, and its text.
pub(super) type Shipped = (&'static str, &'static str);

/// The vendor profiles: each folder of `schedules/vendors` has one, found by `schedules/embed.rs`.
const PROFILES: &[ShippedProfile] = include!(concat!(env!("OUT_DIR"), "/profiles.rs"));

/// A sample notice that ships beside a profile.
#[derive(Debug)]
pub(super) struct ShippedSample {
    /// The vendor's folder.
    pub(super) vendor: &'static str,
    /// Its name, without ending.
    pub(super) name: &'static str,
    /// The mail.
    pub(super) raw: &'static [u8],
    /// What it must say.
    pub(super) beside: &'static str,
}

/// All samples that ship.
pub(super) const SAMPLES: &[ShippedSample] = include!(concat!(env!("OUT_DIR"), "/samples.rs"));

/// Files of standing windows, by the name they are asked for.
pub(super) const WINDOWS: &[Shipped] = &[
    ("48ix", include_str!("../../schedules/windows/48ix.toml")),
    ("aws-elasticache", include_str!("../../schedules/windows/aws-elasticache.toml")),
    ("cloudxchange", include_str!("../../schedules/windows/cloudxchange.toml")),
    ("inex", include_str!("../../schedules/windows/inex.toml")),
    ("inspire", include_str!("../../schedules/windows/inspire.toml")),
    ("iridis", include_str!("../../schedules/windows/iridis.toml")),
    ("mobileforce", include_str!("../../schedules/windows/mobileforce.toml")),
    ("myasp", include_str!("../../schedules/windows/myasp.toml")),
    ("netx", include_str!("../../schedules/windows/netx.toml")),
    ("opsone", include_str!("../../schedules/windows/opsone.toml")),
    ("salesforce", include_str!("../../schedules/windows/salesforce.toml")),
    ("sanmita", include_str!("../../schedules/windows/sanmita.toml")),
    ("serviceaide", include_str!("../../schedules/windows/serviceaide.toml")),
];

/// Mappings of monitors, by the name they are asked for.
pub(super) const MONITORS: &[Shipped] = &[
    ("alertmanager", include_str!("../../schedules/monitors/alertmanager.toml")),
    ("csv", include_str!("../../schedules/monitors/csv.toml")),
    ("healthchecks", include_str!("../../schedules/monitors/healthchecks.toml")),
    ("icinga", include_str!("../../schedules/monitors/icinga.toml")),
    ("nagios", include_str!("../../schedules/monitors/nagios.toml")),
    ("ndjson", include_str!("../../schedules/monitors/ndjson.toml")),
    ("uptime-kuma", include_str!("../../schedules/monitors/uptime-kuma.toml")),
];

/// Largest profile read: the longest that ships has a hundredth of it.
const MAX_PROFILE_BYTES: u64 = 1 << 20;

/// The shipped profiles, and over them those of the user's folder: `<vendor>/profile.toml` each.
pub(super) fn profiles(own: &Path) -> Result<Profiles, AppError> {
    let mut profiles = Vec::new();
    for path in own_profiles(own)? {
        profiles.push(profile_in(&path)?);
    }
    Ok(Profiles::with_shipped(PROFILES, profiles))
}

/// The profile in a file.
pub(super) fn profile_in(path: &Path) -> Result<Profile, AppError> {
    parse(&path.display().to_string(), &profile_text(path)?)
}

fn profile_text(path: &Path) -> Result<String, AppError> {
    let length = fs::metadata(path).map_err(|error| AppError::file("read", path, error))?.len();
    if length > MAX_PROFILE_BYTES {
        return Err(AppError::file("read", path, std::io::Error::other("it is larger than 1 MiB")));
    }
    fs::read_to_string(path).map_err(|error| AppError::file("read", path, error))
}

/// A profile with where it came from.
#[derive(Debug, Clone)]
pub struct ProfileFound {
    /// It.
    pub profile: Profile,
    /// The user's own file; none for one that ships.
    pub own: Option<PathBuf>,
    /// The TOML.
    pub text: String,
}

/// All profiles with their text, one a vendor, the user's own in the place of shipped ones, by vendor.
pub(super) fn profiles_found(own: &Path) -> Result<Vec<ProfileFound>, AppError> {
    let mut found = Vec::new();
    for (_, name, text) in PROFILES {
        found.push(ProfileFound { profile: parse(name, text)?, own: None, text: (*text).to_owned() });
    }
    for path in own_profiles(own)? {
        let text = profile_text(&path)?;
        let profile = parse(&path.display().to_string(), &text)?;
        found.retain(|known| known.profile.vendor != profile.vendor);
        found.push(ProfileFound { profile, own: Some(path), text });
    }
    found.sort_by(|a, b| a.profile.vendor.cmp(&b.profile.vendor));
    Ok(found)
}

fn own_profiles(folder: &Path) -> Result<Vec<PathBuf>, AppError> {
    let profiles = entries(folder)?.into_iter().map(|path| path.join("profile.toml"));
    Ok(profiles.filter(|path| path.is_file()).collect())
}

/// What is in a folder, in order; nothing where there is no such folder.
pub(super) fn entries(folder: &Path) -> Result<Vec<PathBuf>, AppError> {
    let failed = |error| AppError::file("list", folder, error);
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut paths = entries.map(|entry| Ok(entry.map_err(failed)?.path())).collect::<Result<Vec<_>, AppError>>()?;
    paths.sort();
    Ok(paths)
}

fn parse(name: &str, text: &str) -> Result<Profile, AppError> {
    Profile::parse(name, text).map_err(|error| AppError::wrong_profile(name, text, error))
}

/// The folder in the data folder whose layouts and phrases go before those that ship.
const TEMPLATES: &str = "templates";

/// The layouts and the phrases of every language, by file name.
const LAYOUTS: [Shipped; 8] = [
    ("layout.txt", include_str!("../../schedules/templates/layout.txt")),
    ("layout.html", include_str!("../../schedules/templates/layout.html")),
    ("digest.txt", include_str!("../../schedules/templates/digest.txt")),
    ("digest.html", include_str!("../../schedules/templates/digest.html")),
    ("sheet.txt", include_str!("../../schedules/templates/sheet.txt")),
    ("sheet.html", include_str!("../../schedules/templates/sheet.html")),
    ("shared.txt", include_str!("../../schedules/templates/shared.txt")),
    ("shared.html", include_str!("../../schedules/templates/shared.html")),
];
const CATALOGUES: [Shipped; 5] = [
    ("de.toml", include_str!("../../schedules/templates/de.toml")),
    ("en.toml", include_str!("../../schedules/templates/en.toml")),
    ("es.toml", include_str!("../../schedules/templates/es.toml")),
    ("fr.toml", include_str!("../../schedules/templates/fr.toml")),
    ("nl.toml", include_str!("../../schedules/templates/nl.toml")),
];

/// The mail templates, checked: a layout of the folder `templates` in the data folder in place of the shipped one of that
/// name, and each phrase of a catalogue there in place of the shipped phrase.
///
/// # Errors
/// [`AppError::Template`] with file and line of what cannot be used, [`AppError::File`], [`AppError::Usage`] for a file
/// that is none of these.
pub(super) fn templates(data: &Path) -> Result<Templates, AppError> {
    let shipped =
        |(name, text): &Shipped| SourceFile { name: format!("schedules/templates/{name}"), text: (*text).to_owned() };
    let mut layouts = LAYOUTS.each_ref().map(shipped);
    let mut own = Vec::new();
    for path in entries(&data.join(TEMPLATES))? {
        let file = || source_file(&path);
        let name = path.file_name().and_then(|name| name.to_str());
        let layout = LAYOUTS.iter().position(|(layout, _)| Some(*layout) == name);
        if let Some(layout) = layout {
            layouts[layout] = file()?;
            continue;
        }
        match name {
            Some(_) if path.extension().is_some_and(|extension| extension == "toml") => own.push(file()?),
            Some(name) if name.starts_with('.') => {}
            Some(_) | None => {
                let what = format!("`{}` is no template", path.display());
                let help = "templates are `layout`, `digest`, `sheet` and `shared`, each as `.txt` and `.html`, and phrases in `<language>.toml`";
                return Err(AppError::usage(what, help));
            }
        }
    }
    let catalogues: Vec<SourceFile> = CATALOGUES.iter().map(shipped).collect();
    let [text, html, digest_text, digest_html, sheet_text, sheet_html, shared_text, shared_html] = &layouts;
    let layouts = Layouts { text, html, digest_text, digest_html, sheet_text, sheet_html, shared_text, shared_html };
    Ok(Templates::new(layouts, &catalogues, &own)?)
}

/// What happens in the demo, and when.
pub(super) const DEMO_SCRIPT: &str = include_str!("../../schedules/demo/script.toml");

/// The demo's files, by their place in its data folder.
pub(super) const DEMO: &[Shipped] = &[
    ("config.toml", include_str!("../../schedules/demo/config.toml")),
    ("inventory/vendors.toml", include_str!("../../schedules/demo/inventory/vendors.toml")),
    ("inventory/bytesized.toml", include_str!("../../schedules/demo/inventory/bytesized.toml")),
    ("inventory/center-stage.toml", include_str!("../../schedules/demo/inventory/center-stage.toml")),
    ("notices/dc-ams-announcement.eml", include_str!("../../schedules/demo/notices/dc-ams-announcement.eml")),
    ("notices/dc-ams-began.eml", include_str!("../../schedules/demo/notices/dc-ams-began.eml")),
    ("notices/dc-ams-complete.eml", include_str!("../../schedules/demo/notices/dc-ams-complete.eml")),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_vendor_ships_with_its_profile_and_each_is_of_its_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schedules/vendors");
        let folders = entries(&folder).expect("the folder is there").into_iter().filter(|path| path.is_dir());
        let names: Vec<String> =
            folders.map(|path| path.file_name().unwrap_or_default().to_string_lossy().into_owned()).collect();
        let profiles = Profiles::with_shipped(PROFILES, Vec::new());
        let read: Vec<&str> = profiles.iter().map(|profile| profile.vendor.as_str()).collect();
        assert_eq!(read, names);
        assert_eq!(profiles.vendors().map(ToString::to_string).collect::<Vec<_>>(), names);
        let fresh = Profiles::with_shipped(PROFILES, Vec::new());
        for profile in profiles.iter() {
            assert_eq!(fresh.terms(&profile.vendor), Some(profile.terms), "{}", profile.vendor);
        }
    }
}
