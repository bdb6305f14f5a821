//! The steps of the schema: one list for both databases, so that neither can lack a file that the other has.

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub(super) struct Migration {
    /// From 1, without a hole.
    pub(super) number: u32,
    /// What it is about.
    pub(super) name: &'static str,
    /// The file.
    pub(super) sql: &'static str,
}

/// The list with the files of a folder of `migrations/`.
macro_rules! steps {
    ($folder:literal) => {
        steps!(
            $folder,
            (1, "foundation", "0001_foundation"),
            (2, "sources", "0002_sources"),
            (3, "review", "0003_review"),
            (4, "override", "0004_override"),
            (5, "findings", "0005_findings"),
            (6, "inventory items", "0006_inventory_items"),
            (7, "numbers", "0007_numbers"),
            (8, "judged", "0008_judged"),
            (9, "windows by vendor", "0009_windows_by_vendor"),
            (10, "evidence", "0010_evidence"),
            (11, "staff", "0011_staff"),
            (12, "delivery", "0012_delivery"),
            (13, "mails", "0013_mails"),
            (14, "names", "0014_names"),
            (15, "source leases", "0015_source_leases"),
            (16, "standing", "0016_standing"),
            (17, "digests", "0017_digests"),
            (18, "checks", "0018_checks"),
            (19, "wakes", "0019_wakes"),
            (20, "windows by time", "0020_windows_by_time"),
            (21, "ready", "0021_ready"),
        )
    };
    ($folder:literal, $(($number:literal, $name:literal, $file:literal)),* $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sql: include_str!(concat!("migrations/", $folder, "/", $file, ".sql")),
        }),*]
    };
}

/// All steps of SQLite in their order.
pub(super) const SQLITE: &[Migration] = steps!("sqlite");

/// All steps of PostgreSQL in their order.
pub(super) const POSTGRES: &[Migration] = steps!("postgres");

/// The schema that this release works with.
pub(super) fn newest() -> u32 {
    SQLITE.last().map_or(0, |migration| migration.number)
}
