//! A real PostgreSQL: each test has a schema of its own in the database that `tests/servers/up` made, or a server of its own.

use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use tempfile::TempDir;
use tokio_postgres::{NoTls, SimpleQueryMessage};

use crate::servers::setting;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A schema that nobody else uses.
pub struct Schema {
    name: String,
}

impl Schema {
    pub fn new() -> Self {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let schema = Self { name: format!("test_{}_{number}", std::process::id()) };
        sql(&format!("CREATE SCHEMA {}", schema.name));
        schema
    }

    /// Its address.
    pub fn url(&self) -> String {
        self.url_of(&setting("INWINDOW_TEST_POSTGRES"))
    }

    /// The schema at another address of the same database.
    pub fn url_of(&self, base: &str) -> String {
        format!("{base}?options=-csearch_path%3D{}", self.name)
    }

    /// Does statements in it.
    pub fn sql(&self, statements: &str) {
        self.try_sql(statements).expect("done");
    }

    /// The same, with the error's words.
    pub fn try_sql(&self, statements: &str) -> Result<(), String> {
        try_sql(&format!("SET search_path = {}; {statements}", self.name))
    }
}

impl Schema {
    /// The rows of its tables, by the names of these; of what a transaction writes that changes nothing, none.
    pub fn contents(&self) -> Vec<Vec<u8>> {
        let tables = ask(&format!(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = '{}' AND table_name <> 'writer' ORDER BY 1",
            self.name
        ));
        let rows = |table: &String| {
            let all = "string_agg(t::text, E'\\n' ORDER BY t::text COLLATE \"C\")";
            let rows = ask(&format!("SELECT coalesce({all}, '') FROM {}.{table} t", self.name));
            format!("{table}\n{}", rows.concat()).into_bytes()
        };
        tables.iter().map(rows).collect()
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let _ = try_sql(&format!("DROP SCHEMA {} CASCADE", self.name));
    }
}

/// A server that one test has for itself, and may let crash.
pub struct Server {
    folder: TempDir,
    /// The address of its database.
    pub url: String,
}

impl Server {
    pub fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).expect("others may enter it");
        let mut server = Self { folder, url: String::new() };
        server.ask("up");
        let url = std::fs::read_to_string(server.folder.path().join("url")).expect("its address");
        url.trim().clone_into(&mut server.url);
        server
    }

    /// It crashes and is there again.
    pub fn crash(&self) {
        self.ask("restart");
    }

    /// It is away until [`Self::crash`] starts it again.
    pub fn stop(&self) {
        self.ask("down");
    }

    fn ask(&self, what: &str) {
        // The server keeps what it was started with: a pipe would never end.
        let url = std::fs::File::create(self.folder.path().join("url")).expect("made");
        let script = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/servers/postgres");
        let mut command = Command::new(script);
        command.arg(what).arg(self.folder.path().join("server")).stdin(Stdio::null()).stdout(url);
        assert!(command.status().expect("it runs").success(), "tests/servers/postgres {what}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ask("down");
    }
}

fn sql(statements: &str) {
    try_sql(statements).expect("done");
}

fn try_sql(statements: &str) -> Result<(), String> {
    answer(statements)
        .map(|_| ())
        .map_err(|error| error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned()))
}

/// The first column of what a query finds.
fn ask(query: &str) -> Vec<String> {
    let rows = answer(query).expect("answered");
    let first = |message: &SimpleQueryMessage| {
        let SimpleQueryMessage::Row(row) = message else { return None };
        row.get(0).map(str::to_owned)
    };
    rows.iter().filter_map(first).collect()
}

fn answer(statements: &str) -> Result<Vec<SimpleQueryMessage>, tokio_postgres::Error> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(&setting("INWINDOW_TEST_POSTGRES"), NoTls).await.expect("PostgreSQL answers");
        tokio::spawn(connection);
        client.simple_query(statements).await
    })
}
