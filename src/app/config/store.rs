//! `[store]`: where the store is, when it is not the file in the data folder.

use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_spanned::Spanned;

use super::Reader;
use crate::store::PostgresAddress;

/// A database as configured; password and certificates are read when it is opened.
#[derive(Debug, Clone)]
pub struct StoreSettings {
    /// Where it is.
    pub address: PostgresAddress,
    /// The file that holds the password; else the environment variable `INWINDOW_STORE_PASSWORD`.
    pub password_file: Option<PathBuf>,
    /// Certificates (PEM) trusted beside those of the system.
    pub ca_file: Option<PathBuf>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default, expecting = "a table: [store]")]
pub(super) struct StoreTable {
    url: Option<Spanned<String>>,
    password: Option<Spanned<String>>,
    password_file: Option<Spanned<PathBuf>>,
    ca_file: Option<Spanned<PathBuf>>,
}

/// Where a password belongs.
const PASSWORD_HELP: &str = "put it alone into a file that only you can read, and name that as password_file; or set \
                             INWINDOW_STORE_PASSWORD";

impl Reader<'_> {
    pub(super) fn store(&mut self, table: &StoreTable, folder: &Path) -> Option<StoreSettings> {
        if let Some(password) = &table.password {
            self.secrets.push(password.span());
            self.wrong(password, "a password does not stand in the configuration".to_owned(), PASSWORD_HELP);
        }
        let Some(url) = &table.url else {
            for file in [&table.password_file, &table.ca_file].into_iter().flatten() {
                self.wrong(
                    file,
                    "it belongs to a store with a url".to_owned(),
                    "add url = \"postgres://…\", or take it away",
                );
            }
            return None;
        };
        let address = match PostgresAddress::parse(url.get_ref()) {
            Ok(address) => address,
            Err(error) => {
                // Whatever is wrong with it, a password may stand in it.
                self.secrets.push(url.span());
                self.wrong(url, error.to_string(), error.help());
                return None;
            }
        };
        if address.has_password() {
            self.secrets.push(url.span());
            self.wrong(url, "a password does not stand in the configuration".to_owned(), PASSWORD_HELP);
        }
        let in_folder = |file: Option<&Spanned<PathBuf>>| file.map(|path| folder.join(path.get_ref()));
        let ca_file = in_folder(table.ca_file.as_ref()).or_else(|| address.ca_file().map(Path::to_owned));
        Some(StoreSettings { password_file: in_folder(table.password_file.as_ref()), ca_file, address })
    }
}
