//! `inwindow profile`.

mod explain;

use anyhow::Result;

use crate::cli::args::ProfileCommand;
use crate::cli::{Desk, Done};

pub(crate) fn run(desk: &Desk, command: &ProfileCommand) -> Result<Done> {
    match command {
        ProfileCommand::Explain { file } => explain::run(desk, file),
    }
}
