//! What ships inside the program: vendor profiles, mail templates and the demo. A user's own files go before them.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::AppError;
use crate::notice::{Profile, Profiles, ShippedProfile};
use crate::plan::{Layouts, Templates};

/// A file that ships: its name as shown in messages, and its text.
pub(super) type Shipped = (&'static str, &'static str);

/// The profile in a vendor's folder.
macro_rules! profile {
    ($vendor:literal) => {
        (
            $vendor,
            concat!("schedules/vendors/", $vendor, "/profile.toml"),
            include_str!(concat!("../../schedules/vendors/", $vendor, "/profile.toml")),
        )
    };
}

/// The vendor profiles; a test sees that every folder of `schedules/vendors` is among them.
const PROFILES: &[ShippedProfile] = &[
    profile!("apple"),
    profile!("aquacomms"),
    profile!("att"),
    profile!("aws"),
    profile!("bso"),
    profile!("cogent"),
    profile!("colt"),
    profile!("dc-ams"),
    profile!("equinix"),
    profile!("globalcloudxchange"),
    profile!("google"),
    profile!("gtt"),
    profile!("hgc"),
    profile!("lumen"),
    profile!("megaport"),
    profile!("momentum"),
    profile!("netflix"),
    profile!("seaborn"),
    profile!("sparkle"),
    profile!("tata"),
    profile!("telstra"),
    profile!("turkcell"),
    profile!("verizon"),
    profile!("zayo"),
];

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

/// Largest profile read: the longest that ships has a hundredth of it.
const MAX_PROFILE_BYTES: u64 = 1 << 20;

/// The shipped profiles, and over them those of the user's folder: `<vendor>/profile.toml` each.
pub(super) fn profiles(own: &Path) -> Result<Profiles, AppError> {
    let mut profiles = Vec::new();
    for path in own_profiles(own)? {
        let length = fs::metadata(&path).map_err(|error| AppError::file("read", &path, error))?.len();
        if length > MAX_PROFILE_BYTES {
            return Err(AppError::file("read", &path, std::io::Error::other("it is larger than 1 MiB")));
        }
        let text = fs::read_to_string(&path).map_err(|error| AppError::file("read", &path, error))?;
        profiles.push(parse(&path.display().to_string(), &text)?);
    }
    Ok(Profiles::with_shipped(PROFILES, profiles))
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

/// The mail templates, checked.
pub(super) fn templates() -> Result<Templates, AppError> {
    let layouts = Layouts {
        text: include_str!("../../schedules/templates/layout.txt"),
        html: include_str!("../../schedules/templates/layout.html"),
    };
    let catalogues =
        [include_str!("../../schedules/templates/en.toml"), include_str!("../../schedules/templates/de.toml")];
    Ok(Templates::new(layouts, catalogues)?)
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
    }
}
