//! Loading inventory files as a dated version.

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::AppError;
use super::settings::{App, Settings};
use crate::inventory::{Difference, Inventory, MAX_FILE_BYTES};
use crate::store::{Changes, LogEntry, NewInventory};
use crate::written::SourceFile;

/// What applying an inventory did.
#[derive(Debug, Clone, Serialize)]
pub struct Applied {
    /// The number of the version made; none when nothing differed, or nothing was to be stored.
    pub version: Option<u32>,
    /// What differs from the version before.
    pub differences: Vec<Difference>,
    /// Messages planned because of it.
    pub messages: usize,
}

impl Settings {
    /// Reads and checks the `*.toml` files of a folder.
    ///
    /// # Errors
    /// [`AppError::File`] when the folder or a file cannot be read, [`AppError::Usage`] when it holds no such file,
    /// [`AppError::Wrong`] with the place of everything wrong.
    pub fn load_inventory(&self, folder: &Path) -> Result<Inventory, AppError> {
        if !folder.is_dir() {
            let what = format!("there is no folder `{}`", folder.display());
            return Err(AppError::usage(
                what,
                "name the folder of your inventory files: inwindow apply DIR; `inwindow demo` writes some to learn from, \
                 in inwindow-demo/inventory",
            ));
        }
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder).map_err(|error| AppError::file("list", folder, error))? {
            let path = entry.map_err(|error| AppError::file("list", folder, error))?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                paths.push(path);
            }
        }
        paths.sort();
        if paths.is_empty() {
            let what = format!("`{}` holds no inventory file", folder.display());
            return Err(AppError::usage(
                what,
                "inventory files end in .toml; `inwindow demo` writes some to learn from",
            ));
        }
        let files = paths.iter().map(|path| read(path)).collect::<Result<Vec<_>, _>>()?;
        Inventory::load(&files, &self.zones).map_err(|problems| AppError::Wrong { files, problems })
    }
}

fn read(path: &Path) -> Result<SourceFile, AppError> {
    let failed = |error| AppError::file("read", path, error);
    let length = fs::metadata(path).map_err(failed)?.len();
    if usize::try_from(length).is_ok_and(|length| length > MAX_FILE_BYTES) {
        return Err(failed(std::io::Error::other(format!("it is longer than {MAX_FILE_BYTES} bytes"))));
    }
    Ok(SourceFile { name: path.display().to_string(), text: fs::read_to_string(path).map_err(failed)? })
}

impl App {
    /// Stores an inventory as the version in force from `now` on, and plans what follows from it.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn apply(&mut self, inventory: &Inventory, now: DateTime<Utc>) -> Result<Applied, AppError> {
        let before = self.store.inventory_latest()?;
        let applied = Self::compare(before.as_ref().map(|version| &version.inventory), inventory);
        self.transact(now, |_| {
            let log = LogEntry {
                at: now,
                who: "apply".into(),
                what: format!("applied an inventory with {} differences", applied.differences.len()),
                subject: String::new(),
            };
            let new = NewInventory { inventory: inventory.clone(), applied_at: now };
            Ok((Changes { inventory: Some(new), log: vec![log], ..Changes::default() }, ()))
        })?;
        let after = self.store.inventory_latest()?.map(|version| version.version);
        let messages = self.plan(now)?;
        self.judge_again(now)?;
        let version = after.filter(|after| before.is_none_or(|before| before.version != *after));
        Ok(Applied { version, messages, ..applied })
    }

    /// What would differ.
    #[must_use]
    pub fn compare(old: Option<&Inventory>, new: &Inventory) -> Applied {
        let empty = Inventory::default();
        let differences = Inventory::differences(old.unwrap_or(&empty), new);
        Applied { version: None, differences, messages: 0 }
    }
}
