//! What can be typed after `inwindow demo`.

use std::path::PathBuf;

use clap::Args;

/// Where to play.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow demo
  inwindow demo /tmp/try && inwindow --data /tmp/try list outages")]
pub(crate) struct DemoArgs {
    /// Folder to play in; a demo found there is replaced [default: what --data names, else `inwindow-demo`].
    pub(crate) dir: Option<PathBuf>,
}
