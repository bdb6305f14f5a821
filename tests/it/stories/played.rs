//! A folder in which the demo was played, and how to ask it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use serde_json::Value;
use tempfile::TempDir;

use crate::elsewhere::{self, Schema};

/// A folder in which the demo was played.
pub struct Demo {
    folder: TempDir,
    /// Where the store was copied to, if tests are to run elsewhere than on a file.
    elsewhere: Option<Schema>,
    /// What it printed.
    pub printed: String,
}

/// The demo's folder, as it is named on the command line.
pub const FOLDER: &str = "inwindow-demo";

/// What a command printed, and how it ended.
#[derive(Debug, PartialEq, Eq)]
pub struct Ran {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Demo {
    /// Plays the demo in a fresh folder.
    pub fn play() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let ran = ran(&program(folder.path()).args(["demo", FOLDER]).output().expect("the program runs"));
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");
        let demo = Self { folder, elsewhere: elsewhere::schema(), printed: ran.stdout };
        if let Some(schema) = &demo.elsewhere {
            // The demo plays in a folder: what it left moves as a user's store would.
            let mut copy = program(demo.place());
            let ran = self::ran(
                &copy.args(["--data", FOLDER, "store", "copy", "--to", &schema.url()]).output().expect("it runs"),
            );
            assert_eq!(ran.status, 0, "{ran:?}");
        }
        demo
    }

    /// The program, for commands on the demo's data.
    pub fn program(&self) -> Command {
        let mut command = program(self.place());
        command.envs(self.elsewhere.iter().map(|schema| ("INWINDOW_STORE", schema.url())));
        command
    }

    /// One demo for all tests that only read and run at the same time; the last of them clears it away.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Demo>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let demo = Arc::new(Self::play());
            *shared = Arc::downgrade(&demo);
            demo
        })
    }

    /// The folder that holds the demo's folder: where commands are run.
    pub fn place(&self) -> &Path {
        self.folder.path()
    }

    /// Runs a command on the demo's data.
    pub fn run(&self, args: &[&str]) -> Ran {
        let output = self.program().args(["--data", FOLDER]).args(args).output().expect("the program runs");
        ran(&output)
    }

    /// Runs a command with `-o json`, which must end with this status.
    #[track_caller]
    pub fn json(&self, args: &[&str], status: i32) -> Value {
        let ran = self.run(&[args, &["-o", "json"]].concat());
        assert_eq!((ran.status, ran.stderr.as_str()), (status, ""), "{args:?}: {ran:?}");
        serde_json::from_str(&ran.stdout).expect("the program prints JSON")
    }

    /// The mails in the maildir, as the transport wrote them.
    pub fn mails(&self) -> Vec<Vec<u8>> {
        let entries = fs::read_dir(self.place().join(FOLDER).join("mail/new")).expect("the demo has a maildir");
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
        paths.sort();
        paths.iter().map(|path| fs::read(path).expect("a mail")).collect()
    }
}

/// The program, with nothing of the tester's environment that could change its answers.
pub fn program(place: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inwindow"));
    command.current_dir(place);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("INWINDOW") || text == "TZDIR" || text == "TZ" || text == "XDG_DATA_HOME" {
            command.env_remove(&name);
        }
    }
    command
}

/// What a finished run printed, and how it ended.
pub fn ran(output: &Output) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("the program writes UTF-8");
    Ran { status: output.status.code().unwrap_or(-1), stdout: text(&output.stdout), stderr: text(&output.stderr) }
}
