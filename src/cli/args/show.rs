//! What can be typed after `inwindow show`.

use clap::Args;

/// What to show.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow show DCA-2017-031           a maintenance, by the vendor's reference
  inwindow show m-fa5c                 or by its id, or the start of one
  inwindow show DCA-2017-031 --why plus-02   why it touches an asset, and whom
  inwindow show n-8165a29e3519 --raw   a notice as it was received
  inwindow show msg-2df6 --raw         a message as it is mailed")]
pub(crate) struct ShowArgs {
    /// An id (`m-…`, `n-…`, `o-…`, `msg-…`), the start of one, or a vendor's reference.
    pub(crate) id: String,
    /// Print a notice's raw bytes, a message's mail.
    #[arg(long, conflicts_with = "why")]
    pub(crate) raw: bool,
    /// Why the maintenance touches this asset: the way up to what the notice names, what is left beside it, and who uses
    /// it.
    #[arg(long, value_name = "ASSET")]
    pub(crate) why: Option<String>,
}
