//! A real PostgreSQL: each test has a schema of its own in the database that `tests/servers/up` made.

use std::sync::atomic::{AtomicU32, Ordering};

use tokio_postgres::NoTls;

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

impl Drop for Schema {
    fn drop(&mut self) {
        let _ = try_sql(&format!("DROP SCHEMA {} CASCADE", self.name));
    }
}

fn sql(statements: &str) {
    try_sql(statements).expect("done");
}

fn try_sql(statements: &str) -> Result<(), String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (client, connection) =
            tokio_postgres::connect(&setting("INWINDOW_TEST_POSTGRES"), NoTls).await.expect("PostgreSQL answers");
        tokio::spawn(connection);
        client
            .batch_execute(statements)
            .await
            .map_err(|error| error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned()))
    })
}
