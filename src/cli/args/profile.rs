//! What can be typed after `inwindow profile`.

use std::path::PathBuf;

use clap::Subcommand;

/// Vendor profiles.
#[derive(Debug, Subcommand)]
pub(crate) enum ProfileCommand {
    /// List the vendors whose notices can be read, and where each profile comes from.
    #[command(after_help = "Example:
  inwindow profile list

Profiles of your own lie in the folder `vendors` of the data folder, each in
a folder of its vendor, and go before those that ship.")]
    List,
    /// Print a vendor's profile as it is written.
    #[command(after_help = "Example:
  inwindow profile show dc-ams > profile.toml")]
    Show {
        /// The vendor.
        vendor: String,
    },
    /// Print the JSON Schema of profiles, for editors.
    #[command(after_help = "Example:
  inwindow profile schema > profile.schema.json

A first line `#:schema ./profile.schema.json` in a profile makes editors that
know taplo (VS Code with Even Better TOML, Helix, Zed) explain and complete
its words.")]
    Schema,
    /// Write a first profile from a notice, with what general rules find in it.
    #[command(after_help = "Example:
  inwindow profile new notice.eml --to vendors/metro
  inwindow profile new notice.eml --vendor metro > profile.toml

Every rule is tried on the notice before it is written; what a person must
decide stands behind `decide:`. Exit status: 0 it was written, 1 nothing was
found in the notice.")]
    New {
        /// A mail of the vendor.
        file: PathBuf,
        /// The vendor's id, as the inventory has it. Default: from the sender's domain.
        #[arg(long, value_name = "VENDOR")]
        vendor: Option<String>,
        /// Write DIR/profile.toml and the notice beside it, instead of printing. Nothing is overwritten.
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Read sample notices and compare with what stands beside them.
    #[command(after_help = "Example:
  inwindow profile test
  inwindow profile test vendors/metro

Without DIR the samples that ship are read. DIR holds a profile.toml with
samples beside it (NAME.eml and what it must say, NAME.toml), or folders that
do; its profiles go before all others. Exit status: 0 all are read as they
must be, 1 one differs.")]
    Test {
        /// The folder of a vendor, or one that holds such folders.
        dir: Option<PathBuf>,
    },
    /// Show how a notice is read: its words with the fields they became, the rules, and which profile recognised it.
    #[command(after_help = "Example:
  inwindow profile explain notice.eml

On a terminal the words are marked in colour, elsewhere as [field: words].
Nothing is stored. Exit status: 0 it is understood, 1 it is not.")]
    Explain {
        /// A mail or calendar file, or `-`.
        file: PathBuf,
    },
}
