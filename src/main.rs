//! The command `inwindow`: everything is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    inwindow::cli::main()
}
