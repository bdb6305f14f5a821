//! The file copied page by page while others use it, and put away as one file.

use std::path::Path;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::SqliteStore;
use super::fault::Fault;
use crate::store::error::StoreError;
use crate::store::tables::Tables as _;

/// Pages copied at a time: 16 MiB, between which progress is told.
const PAGES_AT_A_TIME: i32 = 4096;

impl SqliteStore {
    /// Writes the store as it is now over the file `target`, which may be empty. Others go on reading and writing
    /// meanwhile; `told` hears how many pages are done, and of how many.
    ///
    /// The copy is one file, without a `-wal` beside it. It is not yet safe on the disk: that is the caller's to see to.
    ///
    /// # Errors
    /// [`StoreError`] of this store or, where it can only be that one, of the target.
    pub fn copy_pages(&self, target: &Path, told: &mut dyn FnMut(usize, usize)) -> Result<(), StoreError> {
        // One transaction around all steps: otherwise each write of another process would begin it anew.
        self.stand_still()?;
        let copied = self.copy_steps(target, told);
        self.read(|conn| Ok(conn.execute_batch("COMMIT")?))?;
        copied
    }

    #[allow(clippy::wildcard_enum_match_arm, reason = "not an enum of ours, and it grows")]
    fn copy_steps(&self, target: &Path, told: &mut dyn FnMut(usize, usize)) -> Result<(), StoreError> {
        let there = target.display().to_string();
        let failed = |error: rusqlite::Error| {
            let place = if is_of_target(&error) { &there } else { &self.place };
            Fault::from(error).at(place)
        };
        let of_target = |error: rusqlite::Error| Fault::from(error).at(&there);
        let mut copy = Connection::open(target).map_err(of_target)?;
        copy.execute_batch("PRAGMA synchronous = OFF").map_err(of_target)?;
        let backup = Backup::new(&self.conn, &mut copy).map_err(failed)?;
        loop {
            let step = backup.step(PAGES_AT_A_TIME).map_err(failed)?;
            let progress = backup.progress();
            let pages = |number: i32| usize::try_from(number).unwrap_or_default();
            told(pages(progress.pagecount - progress.remaining), pages(progress.pagecount));
            match step {
                StepResult::Done => break,
                StepResult::More => {}
                // Nobody else has the target, and readers of the store wait for nobody.
                _ => return Err(StoreError::Locked { store: there.clone() }),
            }
        }
        drop(backup);
        // The pages say that a `-wal` belongs to them, as in the store.
        copy.query_row("PRAGMA journal_mode = DELETE", [], |_| Ok(())).map_err(of_target)?;
        copy.close().map_err(|(_, error)| of_target(error))
    }

    /// Brings all that was written into the one file, so that it can be put away, if nobody else has it open.
    ///
    /// # Errors
    /// [`StoreError::Locked`] when somebody has; [`StoreError`] when it cannot be opened.
    pub fn put_together(path: &Path) -> Result<(), StoreError> {
        let place = path.display().to_string();
        let mode = || -> rusqlite::Result<String> {
            let conn = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            conn.query_row("PRAGMA journal_mode = DELETE", [], |row| row.get(0))
        };
        match mode() {
            Ok(mode) if mode == "delete" => Ok(()),
            Ok(_) => Err(StoreError::Locked { store: place }),
            Err(error) => Err(Fault::from(error).at(&place)),
        }
    }
}

/// Whether only the file written to can have failed so.
fn is_of_target(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::DiskFull | ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}
