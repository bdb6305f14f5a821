//! Which zone rules are used: a `TZDIR` set by the user, else the newer of the system's and the embedded ones
//! (DESIGN.md 4.2).

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use super::error::AppError;
use crate::time::{Embedded, MAX_TZIF_BYTES, RulesOrigin, RulesVersion, ZoneSource, Zones};

/// Where distributions keep the compiled database.
const SYSTEM_FOLDER: &str = "/usr/share/zoneinfo";

/// Largest file read to find the release: `tzdata.zi` of 2026 is 110 KiB.
const MAX_RELEASE_BYTES: u64 = 1024 * 1024;

/// What distributions put beside the zones: the host's own zone, which is never used, and rules with leap seconds.
const NOT_ZONES: [&str; 4] = ["localtime", "posixrules", "right", "posix"];

/// A folder of TZif files, one a zone.
#[derive(Debug, Clone)]
struct ZoneFolder {
    folder: PathBuf,
    version: RulesVersion,
}

impl ZoneFolder {
    /// A folder with the release that its `tzdata.zi` or `+VERSION` states, if it does.
    fn open(folder: &Path, origin: RulesOrigin) -> Self {
        let version = RulesVersion { origin, release: release_of(folder) };
        Self { folder: folder.to_owned(), version }
    }
}

/// The release on the first line of `tzdata.zi` (`# version 2026e`), or all of `+VERSION`.
fn release_of(folder: &Path) -> Option<String> {
    let read = |name: &str| {
        let path = folder.join(name);
        let fits = fs::metadata(&path).is_ok_and(|file| file.is_file() && file.len() <= MAX_RELEASE_BYTES);
        fits.then(|| fs::read(path).ok()).flatten().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
    };
    let stated = |text: String| text.lines().next()?.strip_prefix("# version ").map(str::to_owned);
    read("tzdata.zi")
        .and_then(stated)
        .or_else(|| read("+VERSION"))
        .map(|release| release.trim().to_owned())
        .filter(|release| (5..=8).contains(&release.len()) && release.as_bytes()[..4].iter().all(u8::is_ascii_digit))
}

/// The parts of a zone's name; none when it is no name, or leaves the folder.
fn parts(name: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = name.split('/').collect();
    let plain = |part: &&str| !part.is_empty() && !part.contains(['\\', '\0']) && !part.starts_with('.');
    let is_zone = !NOT_ZONES.iter().any(|other| parts[0].eq_ignore_ascii_case(other));
    (parts.iter().all(plain) && is_zone).then_some(parts)
}

impl ZoneSource for ZoneFolder {
    fn spelling(&self, name: &str) -> Option<String> {
        let mut folder = self.folder.clone();
        let mut found = Vec::new();
        for part in parts(name)? {
            let entries = fs::read_dir(&folder).ok()?.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
            let spelling = entries.into_iter().find(|entry| entry.eq_ignore_ascii_case(part))?;
            folder.push(&spelling);
            found.push(spelling);
        }
        Some(found.join("/"))
    }

    fn tzif(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        parts(name)?;
        let path = self.folder.join(name);
        let length = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?.len();
        let fits = usize::try_from(length).is_ok_and(|length| length <= MAX_TZIF_BYTES);
        if fits { fs::read(path).ok().map(Cow::Owned) } else { None }
    }

    fn version(&self) -> RulesVersion {
        self.version.clone()
    }
}

/// The zones to use: those of `tzdir` when given, else the newer of the system's rules and the embedded ones.
///
/// # Errors
/// [`AppError::Usage`] when `tzdir` is no folder of zone rules: to go on with other rules would be an hour wrong in
/// silence, which is what naming a folder is meant to prevent.
pub fn zone_rules(tzdir: Option<&Path>) -> Result<Zones, AppError> {
    if let Some(folder) = tzdir {
        let source = ZoneFolder::open(folder, RulesOrigin::Tzdir);
        if fs::read_dir(folder).is_err() || Zones::new(source.clone()).get("Etc/UTC").is_err() {
            let what = format!("TZDIR names `{}`, which is no folder of zone rules", folder.display());
            return Err(AppError::usage(what, "name a folder like /usr/share/zoneinfo, or unset TZDIR"));
        }
        return Ok(Zones::new(source));
    }
    let system = ZoneFolder::open(Path::new(SYSTEM_FOLDER), RulesOrigin::System);
    Ok(if Embedded.version().is_older_than(&system.version) { Zones::new(system) } else { Zones::embedded() })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder with these entries, each with the embedded rules of a zone.
    fn folder(entries: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for (entry, zone) in entries {
            let path = folder.path().join(entry);
            fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder");
            fs::write(path, Embedded.tzif(zone).expect("embedded")).expect("written");
        }
        folder
    }

    #[test]
    fn a_folder_is_read_by_name_and_says_its_release() {
        let folder = folder(&[("Etc/UTC", "Etc/UTC"), ("Europe/Amsterdam", "Europe/Amsterdam")]);
        fs::write(folder.path().join("tzdata.zi"), "# version 2031b\n").expect("written");
        let zones = zone_rules(Some(folder.path())).expect("zone rules");
        assert_eq!(zones.version().to_string(), "2031b (TZDIR)");
        assert!(zones.get("europe/amsterdam").is_ok());
        assert!(zones.get("Europe/Paris").is_err());
        assert!(zones.get("../Europe/Amsterdam").is_err());
    }

    #[test]
    fn a_zone_that_only_the_folder_has_is_found_in_any_case() {
        let entries = [("Etc/UTC", "Etc/UTC"), ("Europe/New_Atlantis", "Asia/Tokyo"), ("Atlantis", "Asia/Tokyo")];
        let folder = folder(&entries);
        let zones = zone_rules(Some(folder.path())).expect("zone rules");
        for (typed, expected) in [("EUROPE/NEW_ATLANTIS", "Europe/New_Atlantis"), ("atlantis", "Atlantis")] {
            assert_eq!(zones.get(typed).map(|zone| zone.name().to_owned()), Ok(expected.to_owned()));
        }
    }

    #[test]
    fn the_host_and_its_leap_seconds_are_no_zones() {
        let entries = ["Etc/UTC", "localtime", "posixrules", "right/Asia/Tokyo", "Etc/..hidden", ".git"];
        let folder = folder(&entries.map(|entry| (entry, "Asia/Tokyo")));
        let zones = zone_rules(Some(folder.path())).expect("zone rules");
        for name in &entries[1..] {
            assert!(zones.get(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_tzdir_without_rules_is_refused() {
        let empty = tempfile::tempdir().expect("a folder");
        for folder in [empty.path(), Path::new("/nowhere/at/all")] {
            let error = zone_rules(Some(folder)).expect_err("no rules");
            assert_eq!(
                error.to_string(),
                format!("TZDIR names `{}`, which is no folder of zone rules", folder.display())
            );
        }
    }
}
