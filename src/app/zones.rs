//! Which zone rules are used: a `TZDIR` set by the user, else the newer of the system's and the embedded ones
//! (DESIGN.md 4.2).

use std::borrow::Cow;
use std::fs;
use std::path::{Path, PathBuf};

use crate::time::{Embedded, MAX_TZIF_BYTES, RulesOrigin, RulesVersion, ZoneSource, Zones};

/// Where distributions keep the compiled database.
const SYSTEM_FOLDER: &str = "/usr/share/zoneinfo";

/// A folder of TZif files, one a zone.
#[derive(Debug, Clone)]
pub(super) struct ZoneFolder {
    folder: PathBuf,
    version: RulesVersion,
}

impl ZoneFolder {
    /// A folder with the release that its `tzdata.zi` or `+VERSION` states, if it does.
    #[must_use]
    pub(super) fn open(folder: &Path, origin: RulesOrigin) -> Self {
        let version = RulesVersion { origin, release: release_of(folder) };
        Self { folder: folder.to_owned(), version }
    }
}

/// The release on the first line of `tzdata.zi` (`# version 2026e`), or all of `+VERSION`.
fn release_of(folder: &Path) -> Option<String> {
    let zi = fs::read_to_string(folder.join("tzdata.zi")).unwrap_or_default();
    let stated = zi.lines().next().and_then(|line| line.strip_prefix("# version ")).map(str::to_owned);
    stated
        .or_else(|| fs::read_to_string(folder.join("+VERSION")).ok())
        .map(|release| release.trim().to_owned())
        .filter(|release| release.len() >= 5 && release.as_bytes()[..4].iter().all(u8::is_ascii_digit))
}

impl ZoneSource for ZoneFolder {
    fn tzif(&self, name: &str) -> Option<Cow<'_, [u8]>> {
        let is_plain = name.split('/').all(|part| !part.is_empty() && part != ".." && part != ".");
        let path = self.folder.join(name);
        let length = fs::metadata(&path).ok().filter(fs::Metadata::is_file)?.len();
        let fits = usize::try_from(length).is_ok_and(|length| length <= MAX_TZIF_BYTES);
        if is_plain && fits { fs::read(path).ok().map(Cow::Owned) } else { None }
    }

    fn version(&self) -> RulesVersion {
        self.version.clone()
    }
}

/// The zones to use: `tzdir` when given, else the newer of the system's rules and the embedded ones.
#[must_use]
pub(super) fn choose_zones(tzdir: Option<&Path>) -> Zones {
    if let Some(folder) = tzdir {
        return Zones::new(ZoneFolder::open(folder, RulesOrigin::Tzdir));
    }
    let system = ZoneFolder::open(Path::new(SYSTEM_FOLDER), RulesOrigin::System);
    // Releases are a year and a letter, so that text order is age; none is the oldest of all.
    if system.version.release > Embedded.version().release { Zones::new(system) } else { Zones::embedded() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_read_by_name_and_says_its_release() {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("Europe")).expect("a folder");
        let bytes = Embedded.tzif("Europe/Amsterdam").expect("embedded");
        fs::write(folder.path().join("Europe/Amsterdam"), &bytes).expect("written");
        fs::write(folder.path().join("tzdata.zi"), "# version 2031b\n").expect("written");
        let zones = choose_zones(Some(folder.path()));
        assert_eq!(zones.version().to_string(), "2031b (TZDIR)");
        assert!(zones.get("Europe/Amsterdam").is_ok());
        assert!(zones.get("Europe/Paris").is_err());
        assert!(zones.get("../Europe/Amsterdam").is_err());
    }
}
