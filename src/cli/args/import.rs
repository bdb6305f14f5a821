//! What can be typed after `inwindow import`.

use std::path::PathBuf;

use clap::Args;

/// What to import, and how.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow import                      every [[source]] of config.toml
  inwindow import --source noc         one of them
  inwindow import --watch              follow them until interrupted
  inwindow import notice.eml
  inwindow import ~/Maildir --complete-until 2026-11-01T00:00:00Z
  inwindow import --baseline old-mail.mbox
  cat notice.eml | inwindow import --received-at 2026-11-01T08:00:00Z -
  inwindow import --dry-run -o json notice.eml

Importing the same notice again changes nothing.

Exit status:
  0  announcements were understood; of sources: all of them were read
  1  of paths: there was none; something waits in review, or a notice names
     something that the inventory does not have
  4  a path or a source could not be read, or the store not be written")]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct ImportArgs {
    /// Files, folders, maildirs, mboxes, or `-` for standard input [default: the configured sources].
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Read this configured source; may be given again [default: all of them].
    #[arg(long, value_name = "NAME", conflicts_with = "paths")]
    pub(crate) source: Vec<String>,
    /// Follow the configured sources until interrupted.
    #[arg(long, conflicts_with_all = ["paths", "dry_run"])]
    pub(crate) watch: bool,
    /// Print what would be read; store nothing.
    #[arg(long, requires = "paths")]
    pub(crate) dry_run: bool,
    /// With --dry-run: ask the DNS for the keys of signatures too, where the configuration allows it.
    #[arg(long, requires = "dry_run")]
    pub(crate) look_up: bool,
    /// Record old mail without ever writing to anybody because of it.
    #[arg(long)]
    pub(crate) baseline: bool,
    /// When your side had the message, where it has no `Received` header: RFC 3339, or local time with a `[Zone]`.
    #[arg(long, value_name = "T", requires = "paths")]
    pub(crate) received_at: Option<String>,
    /// Declare that these paths hold every notice received before T: without that, absence proves nothing.
    #[arg(long, value_name = "T", conflicts_with = "dry_run", requires = "paths")]
    pub(crate) complete_until: Option<String>,
    /// With --complete-until: whose notices these paths hold, may be given again [default: every vendor's].
    #[arg(long, value_name = "VENDOR", requires = "complete_until")]
    pub(crate) vendor: Vec<String>,
}
