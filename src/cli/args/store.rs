//! What can be typed of the store.

use std::path::PathBuf;

use clap::Subcommand;

/// The store.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Bring the store up to the schema of this release, and say from which to which. Needs no network.
    #[command(after_help = "Example:
  inwindow store migrate

Every command that writes does this as well. A step that was broken off is done
again; a store of a newer release is refused and left as it is.")]
    Migrate,
    /// Examine all of the store: the database, every digest and id, every document. Writes nothing.
    #[command(after_help = "Examples:
  inwindow store check
  inwindow store check -o json

Others go on using the store meanwhile; it is examined as it was at the start.

Exit status: 0 it is whole, 1 something is wrong with it, 4 it cannot be read.")]
    Check,
    /// Copy the store into a new one, table by table, and compare both.
    #[command(after_help = "Examples:
  inwindow store copy --to /srv/other/inwindow.db
  inwindow store copy --to postgres://inwindow@db.example:5432/inwindow
  INWINDOW_STORE=postgres://… inwindow store copy --to inwindow.db

The copy is made of the store as it was at the start, from a file or a database
into either, and is a store when a sum over the rows of every table is equal on
both sides. Broken off, the same command goes on with it. The password of a
database comes from INWINDOW_STORE_PASSWORD: an argument can be read by others.
End what writes to the old store first: what it writes later is not in the copy.")]
    Copy {
        /// The file of the new store, which must not be there yet, or the address of an empty database or schema.
        #[arg(long, value_name = "FILE|URL")]
        to: String,
    },
    /// Write the store into a file while others use it, and examine that file.
    #[command(after_help = "Examples:
  inwindow store backup /backup/inwindow-$(date +%F).db
  inwindow store backup --replace /backup/inwindow.db

The file appears when all of it is there, was examined and is safe on the disk.
It is a SQLite file also where the store is a database.
Exit status: 0 it is there, 1 the store is not whole and nothing was written,
2 a file of that name is there, 4 input or output failed.")]
    Backup {
        /// The file to write.
        file: PathBuf,
        /// Put it in the place of a file of that name.
        #[arg(long)]
        replace: bool,
    },
    /// Put a backup in the place of the store, after examining it.
    #[command(after_help = "Examples:
  inwindow --data new store restore /backup/inwindow.db
  inwindow store restore --replace /backup/inwindow.db

Where the store is a database it must be empty: a backup is never put over one.
End what uses the store first. What went out after the backup was made is not
known to it and would be sent again: look at `inwindow outbox list` before the
next `send`. Exit status: 0 it is in place, 1 the backup is not whole and nothing
was changed, 2 there is a store, 4 input or output failed.")]
    Restore {
        /// The backup.
        file: PathBuf,
        /// Do so where a store holds something already; that is kept beside it.
        #[arg(long)]
        replace: bool,
    },
}
