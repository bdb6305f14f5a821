//! What can be typed after `inwindow clear`.

use clap::Args;

/// What is to be taken down, and when.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow clear plus-02 --from 2017-03-26T01:00 --to 2017-03-26T03:00 --zone UTC
  inwindow clear plus-02 plus-03 --from 2017-04-01T20:00:00Z --to 2017-04-01T22:00:00Z

In the way is every window then of what the assets need, of what would take over
from them, of what needs them, and of what that needs. Without one the answer is
yes, if the notices of all vendors concerned were read within the last day.

Exit status: 0 yes, 1 no, 3 it cannot be said.")]
pub(crate) struct ClearArgs {
    /// Asset ids, aliases or names.
    #[arg(required = true, value_name = "ASSET")]
    pub(crate) assets: Vec<String>,
    /// From when on they are to be down.
    #[arg(long, value_name = "T")]
    pub(crate) from: String,
    /// First instant at which they are up again.
    #[arg(long, value_name = "T")]
    pub(crate) to: String,
    /// Ask only after this vendor's windows.
    #[arg(long, value_name = "ID")]
    pub(crate) vendor: Option<String>,
    /// The zone of local times given.
    #[arg(long, env = "INWINDOW_ZONE", hide_env_values = true)]
    pub(crate) zone: Option<String>,
}
