//! The data folder, opened: configuration, zone rules, profiles, templates and the store.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, Utc};

use super::authentic;
use super::config::Config;
use super::error::AppError;
use super::shipped::{self, ProfileFound};
use super::unjudged::Owed;
use super::zones::zone_rules;
use crate::inventory::Inventory;
use crate::mail::Keys;
use crate::notice::{Profiles, Reader};
use crate::plan::Templates;
use crate::store::{Dated, Store};
use crate::time::Zones;

/// The store's file in the data folder.
pub(super) const STORE_FILE: &str = "inwindow.db";

/// What the process was started with, beside its arguments.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    /// `TZDIR`: the folder that zone rules are read from.
    pub tzdir: Option<PathBuf>,
    /// `INWINDOW_SMTP_PASSWORD`.
    pub smtp_password: Option<String>,
    /// `INWINDOW_STORE`: where the store is, before what the configuration says.
    pub store: Option<String>,
    /// `INWINDOW_STORE_PASSWORD`.
    pub store_password: Option<String>,
    /// Looks a variable up that the configuration names; none where there is no environment.
    pub variable: Option<fn(&str) -> Option<String>>,
}

/// Everything but the store: enough to read a notice. Of a clone what was read and asked already is shared.
#[derive(Clone)]
pub struct Settings {
    /// The data folder; it need not exist.
    pub folder: PathBuf,
    /// `config.toml`.
    pub config: Config,
    /// Zone rules.
    pub zones: Arc<Zones>,
    /// Vendor profiles: the shipped ones, and the user's own over them.
    pub profiles: Profiles,
    /// What the process was started with.
    pub surroundings: Surroundings,
    /// The keys that signatures are verified by.
    pub keys: Arc<Keys>,
    /// The domains that may be asked for keys; put together for the first mail that is signed.
    pub(super) declared: OnceLock<Vec<String>>,
}

/// Settings and the store.
pub struct App {
    /// Everything but the store.
    pub settings: Settings,
    /// Mail templates, checked; of an app that only looks once they are asked for.
    templates: OnceLock<Templates>,
    /// The store.
    pub store: Box<dyn Store>,
    /// What recorded outages were not yet judged by.
    pub(super) owed: Owed,
}

impl Settings {
    /// Reads the configuration and the profiles of a data folder.
    ///
    /// # Errors
    /// [`AppError::Wrong`] with the place of what is wrong; [`AppError::File`] when something cannot be read.
    pub fn load(folder: &Path, surroundings: Surroundings) -> Result<Self, AppError> {
        if folder.exists() && !folder.is_dir() {
            let what = format!("`{}` is no folder", folder.display());
            return Err(AppError::usage(what, "name the folder that holds the store and config.toml, or a new one"));
        }
        let zones = Arc::new(zone_rules(surroundings.tzdir.as_deref())?);
        let config = Config::load(folder, &zones)?;
        let profiles = shipped::profiles(&folder.join("vendors"))?;
        let keys = Arc::new(authentic::keys(&config.authentication)?);
        let declared = OnceLock::new();
        Ok(Self { folder: folder.to_owned(), config, zones, profiles, surroundings, keys, declared })
    }

    /// All vendor profiles with their text and where they came from.
    ///
    /// # Errors
    /// As [`Settings::load`].
    pub fn profiles_found(&self) -> Result<Vec<ProfileFound>, AppError> {
        shipped::profiles_found(&self.folder.join("vendors"))
    }

    /// Whether [`App::create`] can be done with these settings now.
    ///
    /// # Errors
    /// As [`App::create`].
    pub fn try_out(&self, secret: [u8; 32], now: DateTime<Utc>) -> Result<(), AppError> {
        shipped::templates(&self.folder)?;
        self.create_store(secret, now).map(drop)
    }

    /// The store for writing; makes folder and store when there is none.
    fn create_store(&self, secret: [u8; 32], now: DateTime<Utc>) -> Result<Box<dyn Store>, AppError> {
        std::fs::create_dir_all(&self.folder).map_err(|error| AppError::file("create", &self.folder, error))?;
        Ok(self.store_place()?.create_or_open(&secret, now)?)
    }

    /// What a notice is read with.
    #[must_use]
    pub fn reader(&self) -> Reader<'_> {
        Reader { profiles: &self.profiles, zones: &self.zones, own_domains: std::slice::from_ref(&self.config.domain) }
    }
}

impl App {
    /// Opens the store for writing; creates folder and store when there is none. `secret` keys the Message-IDs of a new
    /// store.
    ///
    /// # Errors
    /// [`AppError::File`] when the folder cannot be made, [`AppError::Store`] when the store cannot be opened.
    pub fn create(settings: Settings, secret: [u8; 32], now: DateTime<Utc>) -> Result<Self, AppError> {
        let store = settings.create_store(secret, now)?;
        Self::with_templates(settings, store)
    }

    /// Opens an existing store for writing.
    ///
    /// # Errors
    /// [`AppError::Store`] when there is none or it cannot be opened.
    pub fn open(settings: Settings, now: DateTime<Utc>) -> Result<Self, AppError> {
        let store = settings.store_place()?.open_existing(now)?;
        Self::with_templates(settings, store)
    }

    /// Opens an existing store for reading: a read-only folder will do.
    ///
    /// # Errors
    /// [`AppError::Store`] when there is none or it cannot be opened.
    pub fn look(settings: Settings) -> Result<Self, AppError> {
        let store = settings.store_place()?.open_read_only()?;
        Ok(Self::with(settings, store))
    }

    fn with(settings: Settings, store: Box<dyn Store>) -> Self {
        Self { settings, templates: OnceLock::new(), store, owed: Owed::default() }
    }

    /// What may write mails finds out at once that a template is wrong.
    fn with_templates(settings: Settings, store: Box<dyn Store>) -> Result<Self, AppError> {
        let app = Self::with(settings, store);
        app.templates()?;
        Ok(app)
    }

    /// The mail templates, checked.
    ///
    /// # Errors
    /// [`AppError::Wrong`] with the place of what is wrong; [`AppError::File`] when one cannot be read.
    pub fn templates(&self) -> Result<&Templates, AppError> {
        if let Some(templates) = self.templates.get() {
            return Ok(templates);
        }
        let templates = shipped::templates(&self.settings.folder)?;
        Ok(self.templates.get_or_init(|| templates))
    }

    /// The inventory in force now.
    ///
    /// # Errors
    /// [`AppError::NoInventory`] when none was ever applied.
    pub fn inventory(&self) -> Result<Arc<Inventory>, AppError> {
        self.store.inventory_latest()?.map(|version| version.inventory).ok_or_else(|| self.no_inventory())
    }

    /// The inventory in force at an instant; before the first one was applied, the first.
    ///
    /// # Errors
    /// [`AppError::NoInventory`] when none was ever applied.
    pub fn inventory_at(&self, instant: DateTime<Utc>) -> Result<Arc<Inventory>, AppError> {
        match self.store.inventory_as_of(instant)? {
            Some(Dated::InForce(version) | Dated::DeclaredLater(version)) => Ok(version.inventory),
            None => Err(self.no_inventory()),
        }
    }

    /// The inventory that was in force at an instant.
    ///
    /// # Errors
    /// [`AppError::NoInventory`] when none was ever applied, [`AppError::Usage`] when the first was applied later.
    pub fn inventory_as_of(&self, at: DateTime<Utc>) -> Result<Arc<Inventory>, AppError> {
        match self.store.inventory_as_of(at)? {
            Some(Dated::InForce(version)) => Ok(version.inventory),
            Some(Dated::DeclaredLater(first)) => {
                let seconds = |at: DateTime<Utc>| at.format("%Y-%m-%dT%H:%M:%SZ");
                let what = format!("no inventory was in force at {}", seconds(at));
                Err(AppError::usage(what, format!("the first was applied {}", seconds(first.applied_at))))
            }
            None => Err(self.no_inventory()),
        }
    }

    pub(super) fn no_inventory(&self) -> AppError {
        AppError::NoInventory { folder: self.settings.folder.clone() }
    }
}
