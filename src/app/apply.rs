//! Loading inventory files as a dated version.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::error::AppError;
use super::ledger::Ledger;
use super::settings::{App, Settings};
use crate::inventory::{Difference, Inventory, MAX_FILE_BYTES, Taught};
use crate::maintenance::{Cause, Identity, Maintenance, Revision, Saying, reread};
use crate::names::{MaintenanceId, NoticeId, Reference, VendorId};
use crate::notice::{Announcement, Doubt, Reason, ReviewItem, ReviewState, Settled};
use crate::store::{Changes, LogEntry, MaintenanceFilter, NewInventory, Rehomed, ReviewFilter};
use crate::written::{Problem, SourceFile};

/// The JSON Schema of an inventory file in TOML (draft 2020-12).
pub const INVENTORY_SCHEMA: &str = include_str!("../../schedules/inventory.schema.json");

/// What applying an inventory did.
#[derive(Debug, Clone, Serialize)]
pub struct Applied {
    /// The number of the version made; none when nothing differed, or nothing was to be stored.
    pub version: Option<u32>,
    /// What differs from the version before.
    pub differences: Vec<Difference>,
    /// Messages planned because of it.
    pub messages: usize,
    /// Names that were taught and cannot be kept: their asset is gone, or the files give them to another.
    pub lost: Vec<Taught>,
    /// Maintenances that were announced under a name which the inventory knows now.
    pub rehomed: Vec<Rehoming>,
}

/// A maintenance that turned out to be a vendor's of the inventory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rehoming {
    /// Which maintenance.
    pub maintenance: MaintenanceId,
    /// The vendor's reference.
    pub reference: Reference,
    /// The name it was announced under.
    pub from: VendorId,
    /// Whose it is.
    pub to: VendorId,
}

impl Settings {
    /// Reads and checks the `*.toml` and `*.csv` files of a folder.
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
            if path.extension().is_some_and(|extension| extension == "toml" || extension.eq_ignore_ascii_case("csv")) {
                paths.push(path);
            }
        }
        paths.sort();
        if paths.is_empty() {
            let what = format!("`{}` holds no inventory file", folder.display());
            return Err(AppError::usage(
                what,
                "inventory files end in .toml or .csv; `inwindow demo` writes some to learn from",
            ));
        }
        let files = paths.iter().map(|path| source_file(path)).collect::<Result<Vec<_>, _>>()?;
        Inventory::load(&files, &self.zones).map_err(|problems| AppError::Wrong { files, problems })
    }
}

/// A file that people write, as text; one that is not UTF-8 is told with the place.
pub(super) fn source_file(path: &Path) -> Result<SourceFile, AppError> {
    let failed = |error| AppError::file("read", path, error);
    let length = fs::metadata(path).map_err(failed)?.len();
    if usize::try_from(length).is_ok_and(|length| length > MAX_FILE_BYTES) {
        return Err(failed(std::io::Error::other(format!("it is longer than {MAX_FILE_BYTES} bytes"))));
    }
    let name = path.display().to_string();
    String::from_utf8(fs::read(path).map_err(failed)?).map(|text| SourceFile { name: name.clone(), text }).map_err(
        |error| {
            let at = error.utf8_error().valid_up_to();
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            let file = SourceFile { name, text };
            let help = "save the file as UTF-8; spreadsheets call it `CSV UTF-8`".to_owned();
            let problem = Problem::at(
                &file,
                at..at + char::REPLACEMENT_CHARACTER.len_utf8(),
                "the file is not UTF-8 from here on".to_owned(),
                Some(help),
            );
            AppError::Wrong { files: vec![file], problems: vec![problem] }
        },
    )
}

impl App {
    /// Stores an inventory as the version in force from `now` on, and plans what follows from it.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn apply(&mut self, inventory: &Inventory, now: DateTime<Utc>) -> Result<Applied, AppError> {
        let before = self.store.inventory_latest()?;
        let old = before.as_ref().map(|version| version.inventory.as_ref());
        let applied = Self::compare(old, inventory);
        self.transact(now, |app| {
            let latest = app.store.inventory_latest()?;
            let (inventory, _) = with_taught(latest.as_ref().map(|version| version.inventory.as_ref()), inventory);
            let log = LogEntry {
                at: now,
                who: "apply".into(),
                what: format!("applied an inventory with {} differences", applied.differences.len()),
                subject: String::new(),
            };
            let new = NewInventory { inventory, applied_at: now };
            Ok((Changes { inventory: Some(new), log: vec![log], ..Changes::default() }, ()))
        })?;
        let after = self.store.inventory_latest()?.map(|version| version.version);
        let rehomed = self.rehome(now)?;
        let messages = self.plan(now)?;
        self.judge_again(now)?;
        let version = after.filter(|after| before.is_none_or(|before| before.version != *after));
        Ok(Applied { version, messages, rehomed, ..applied })
    }

    /// Gives what was announced under a name that the inventory knows by now to the vendor it means, and settles the
    /// doubt whose notice it was. A maintenance keeps its id; where the vendor has one of that reference already, the
    /// notices join it.
    fn rehome(&mut self, now: DateTime<Utc>) -> Result<Vec<Rehoming>, AppError> {
        self.transact(now, |app| {
            let mut ledger = Ledger::new(app)?;
            let (mut changes, mut rehomed) = (Changes::default(), Vec::new());
            for from in app.store.maintenance_vendors()? {
                let to = ledger.vendor(&from).clone();
                if to == from {
                    continue;
                }
                let filter = MaintenanceFilter { vendor: Some(from.clone()), ..MaintenanceFilter::default() };
                let mut announced = app.store.maintenances(&filter)?;
                // What joined another before stays behind empty.
                announced.retain(|maintenance| maintenance.standing().next().is_some());
                for maintenance in announced {
                    let (id, reference) = (maintenance.id.clone(), maintenance.identity.reference.clone());
                    rehomed.push(Rehoming { maintenance: id, reference, from: from.clone(), to: to.clone() });
                    move_over(&mut ledger, &maintenance, &to, (&mut changes, now))?;
                }
                settle_whose(app, &from, &to, (&mut changes, now))?;
            }
            changes.maintenances = ledger.into_changed();
            changes.log.extend(rehomed.iter().map(|rehoming| LogEntry {
                at: now,
                who: "apply".into(),
                what: format!("of {}, which is {}", rehoming.from, rehoming.to),
                subject: rehoming.maintenance.to_string(),
            }));
            Ok((changes, rehomed))
        })
    }

    /// What would differ.
    #[must_use]
    pub fn compare(old: Option<&Inventory>, new: &Inventory) -> Applied {
        let empty = Inventory::default();
        let (new, lost) = with_taught(old, new);
        let differences = Inventory::differences(old.unwrap_or(&empty), &new);
        Applied { version: None, differences, messages: 0, lost, rehomed: Vec::new() }
    }
}

/// What files declare, with the names that were taught to the version before; and those it cannot keep.
fn with_taught(old: Option<&Inventory>, declared: &Inventory) -> (Inventory, Vec<Taught>) {
    let mut new = declared.clone();
    let lost = old.map(|old| new.keep_taught(old)).unwrap_or_default();
    (new, lost)
}

/// Gives a maintenance to a vendor: as it stands where the vendor has none of its references, else notice by notice.
fn move_over(
    ledger: &mut Ledger<'_>,
    maintenance: &Maintenance,
    to: &VendorId,
    (changes, now): (&mut Changes, DateTime<Utc>),
) -> Result<(), AppError> {
    let said: Vec<Revision> = maintenance.standing().cloned().collect();
    let as_theirs = |said: &Announcement| Announcement { vendor: to.clone(), ..said.clone() };
    let mut known_there = false;
    for revision in &said {
        known_there |= !ledger.fitting(&as_theirs(&revision.announcement))?.is_empty();
    }
    if !known_there {
        let identity = Identity { vendor: to.clone(), ..maintenance.identity.clone() };
        changes.rehomed.push(Rehomed { maintenance: maintenance.id.clone(), vendor: to.clone() });
        ledger.put(Maintenance { identity, ..maintenance.clone() });
        return Ok(());
    }
    let notices: BTreeSet<NoticeId> = said.iter().map(|revision| revision.notice.clone()).collect();
    for notice in notices {
        let mut known: Vec<Maintenance> = ledger.maintenance(&maintenance.id)?.into_iter().collect();
        let mut sayings = Vec::new();
        for revision in said.iter().filter(|revision| revision.notice == notice) {
            let announcement = as_theirs(&revision.announcement);
            known.extend(ledger.fitting(&announcement)?);
            let cause = Cause::Reread;
            let revision = Revision { cause, rereads: None, recorded_at: now, announcement, ..revision.clone() };
            sayings.push(Saying { revision, belongs: None });
        }
        known.sort_by(|a, b| a.id.cmp(&b.id));
        known.dedup_by(|a, b| a.id == b.id);
        for changed in reread(&known, &notice, sayings, now).maintenances {
            ledger.put(changed);
        }
    }
    Ok(())
}

/// Takes the doubt whose notice it was from the items that have it; what has no other needs nobody any more.
fn settle_whose(
    app: &App,
    from: &VendorId,
    to: &VendorId,
    (changes, now): (&mut Changes, DateTime<Utc>),
) -> Result<(), AppError> {
    let doubt = Reason::Doubt(Doubt::UnknownVendor { vendor: from.to_string() });
    for item in app.store.review(ReviewFilter::Open)? {
        if item.vendor.as_ref() != Some(from) {
            continue;
        }
        let mut left = ReviewItem { vendor: Some(to.clone()), ..item.clone() };
        left.reasons.retain(|reason| *reason != doubt);
        if left.reasons.is_empty() {
            let words = Some(format!("{from} is {to}"));
            let settled = Some(Settled { by: "apply".into(), at: now, words });
            left = ReviewItem { state: ReviewState::Cleared, reasons: item.reasons, settled, ..left };
        }
        changes.review.push(left);
    }
    Ok(())
}
