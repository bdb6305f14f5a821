//! What can be typed of the inventory and its names, and after `inwindow apply`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Inventory files and versions.
#[derive(Debug, Subcommand)]
pub(crate) enum InventoryCommand {
    /// Draw up an inventory file from another system, for you to look through and apply. Stores nothing.
    #[command(subcommand)]
    Import(InventoryImport),
    /// Show when each version was applied; `list assets --as-of T` reads an older one.
    #[command(after_help = "Example:
  inwindow inventory versions")]
    Versions,
    /// Print the JSON Schema of the TOML files, for editors.
    #[command(after_help = "Example:
  inwindow inventory schema > inventory.schema.json")]
    Schema,
}

/// From where.
#[derive(Debug, Subcommand)]
pub(crate) enum InventoryImport {
    /// NetBox: sites, racks, power, devices, machines, circuits, tenants and their contacts, as netbox.toml.
    #[command(after_help = "Examples:
  inwindow inventory import netbox https://netbox.example --token-file token --out inventory
  inwindow inventory import netbox devices.json power-ports.json --out inventory
  curl -s … | inwindow inventory import netbox - --out inventory

Files hold answers of its REST API (/api/dcim/devices/?limit=0 and so on), several
behind one another if need be. What NetBox holds and no inventory says is told.

Exit status:
  0  drawn up, and `apply` would take it
  1  drawn up; something is still to be put right, or was left out
  2  something else than answers of NetBox, or the file is there already
  4  NetBox or a file could not be read")]
    Netbox {
        /// The address of a NetBox, files of its answers, or `-`.
        #[arg(required = true, value_name = "URL|PATH")]
        from: Vec<PathBuf>,
        /// File with a token that may read [default: `NETBOX_TOKEN`, else none].
        #[arg(long, value_name = "FILE")]
        token_file: Option<PathBuf>,
        #[command(flatten)]
        out: DrawOut,
    },
    /// Targets of Prometheus (`file_sd`, in JSON) by a mapping, as prometheus.toml.
    #[command(after_help = "Example:
  inwindow inventory import prometheus targets.json --mapping map.toml --out inventory

A mapping is an inventory file with labels in braces, filled in for each target:
  [[asset]]
  id = \"{host}\"
  kind = \"server\"
  site = \"{datacenter}\"
Beside the labels a target has `target` (`web-1:9100`), `host` and `port`.")]
    Prometheus {
        /// Files, or `-`.
        #[arg(required = true, value_name = "PATH")]
        from: Vec<PathBuf>,
        /// The mapping.
        #[arg(long, value_name = "FILE")]
        mapping: PathBuf,
        #[command(flatten)]
        out: DrawOut,
    },
    /// Any CSV file with a heading row by a mapping, as mapped.toml.
    #[command(after_help = "Example:
  inwindow inventory import csv hosts.csv --mapping map.toml --out inventory

A mapping is an inventory file with columns in braces, filled in for each row:
  [[asset]]
  id = \"{hostname}\"
  kind = \"server\"
  any = [{ n = 1, of = [\"{feed 1}\", \"{feed 2}\"] }]
What holds an empty column is left out of that row's table.")]
    Csv {
        /// Files, or `-`.
        #[arg(required = true, value_name = "PATH")]
        from: Vec<PathBuf>,
        /// The mapping.
        #[arg(long, value_name = "FILE")]
        mapping: PathBuf,
        #[command(flatten)]
        out: DrawOut,
    },
}

/// Where a drawn file goes.
#[derive(Debug, Args)]
pub(crate) struct DrawOut {
    /// The folder to write into, made when it is not there.
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Write over a file that is there, and lose what was changed in it.
    #[arg(long)]
    pub(crate) replace: bool,
}

/// Vendors' names for assets.
#[derive(Debug, Subcommand)]
pub(crate) enum AliasCommand {
    /// Teach what a vendor's name means. Stored notices are matched by it at once, and messages planned.
    #[command(after_help = "Example:
  inwindow alias add dc-ams 'Main hall supply 1' feed-a

What was taught stays when the inventory files are applied again; written into them
(`aliases`, or aliases.csv) it is no longer taught but declared.")]
    Add {
        /// Whose name.
        vendor: String,
        /// As the vendor writes it.
        name: String,
        /// What it means.
        asset: String,
        /// Who says so [default: the user's login name].
        #[arg(long, value_name = "WHO")]
        by: Option<String>,
    },
    /// Take back what was taught.
    #[command(after_help = "Example:
  inwindow alias forget dc-ams 'Main hall supply 1'")]
    Forget {
        /// Whose name.
        vendor: String,
        /// The name.
        name: String,
        /// Who says so [default: the user's login name].
        #[arg(long, value_name = "WHO")]
        by: Option<String>,
    },
    /// Show names in windows ahead that match nothing, with the assets most like them.
    #[command(after_help = "Examples:
  inwindow alias list
  inwindow alias list --taught

Exit status: 0 names are shown, 1 there is none.")]
    List {
        /// What was taught instead.
        #[arg(long)]
        taught: bool,
    },
}

/// Where the inventory is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  inwindow apply --dry-run ./inventory
  inwindow apply ./inventory
  inwindow apply                       the folder `inventory` in the data folder")]
pub(crate) struct ApplyArgs {
    /// Folder with *.toml and *.csv files [default: `inventory` in the data folder].
    pub(crate) dir: Option<PathBuf>,
    /// Show the difference; store nothing.
    #[arg(long)]
    pub(crate) dry_run: bool,
}
