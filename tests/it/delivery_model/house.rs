//! The workers and what is drawn.

use std::cell::RefCell;
use std::fmt::Write as _;

use inwindow::app::{App, Settings, Surroundings};
use inwindow::inventory::Inventory;
use inwindow::names::Digest;

/// Workers on one store.
pub const WORKERS: usize = 3;

/// Draws from a seed.
pub struct Draws {
    pub seed: u64,
    pub drawn: u64,
}

impl Draws {
    pub fn below(&mut self, most: u64) -> u64 {
        self.drawn += 1;
        draw(self.seed, &self.drawn.to_string()) % most
    }

    pub fn one_in(&mut self, many: u64) -> bool {
        self.below(many) == 0
    }

    pub fn of<T: Copy>(&mut self, these: &[T]) -> T {
        these[usize::try_from(self.below(these.len() as u64)).expect("small")]
    }
}

fn draw(seed: u64, what: &str) -> u64 {
    let digest = Digest::of_parts([seed.to_string().as_str(), what]);
    u64::from_str_radix(&digest.as_str()[..15], 16).expect("digits")
}

/// The workers and what they are set to, made once: reading profiles and templates takes longest.
pub struct House {
    pub workers: Vec<RefCell<App>>,
    pub inventories: Vec<Inventory>,
    _folder: tempfile::TempDir,
}

impl House {
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let now = "2027-03-01T12:00:00Z".parse().expect("an instant");
        let app = |number: usize| {
            let data = folder.path().join(format!("data-{number}"));
            let settings = Settings::load(&data, Surroundings::default()).expect("settings");
            App::create(settings, [7; 32], now).expect("a store")
        };
        let workers: Vec<_> = (0..WORKERS).map(|number| RefCell::new(app(number))).collect();
        let inventories = (0..3).map(|variant| {
            let files = folder.path().join(format!("inventory-{variant}"));
            std::fs::create_dir(&files).expect("made");
            std::fs::write(files.join("all.toml"), inventory(variant)).expect("written");
            workers[0].borrow().settings.load_inventory(&files).expect("right")
        });
        let inventories = inventories.collect();
        Self { workers, inventories, _folder: folder }
    }
}

/// Two customers on three circuits; who uses which, and who reads, differs.
fn inventory(variant: usize) -> String {
    let mut text =
        String::from("[[vendor]]\nid = \"carrier\"\naliases = [\"carrier.example\"]\nzone = \"Europe/Amsterdam\"\n");
    for circuit in 1..=3 {
        let _ = write!(
            text,
            "[[asset]]\nid = \"circuit-{circuit}\"\nkind = \"circuit\"\nvendor = \"carrier\"\naliases = [\"EX-{circuit}\"]\n"
        );
    }
    let uses = [
        ("[\"circuit-1\"]", "[\"circuit-2\"]"),
        ("[\"circuit-1\", \"circuit-2\"]", "[\"circuit-2\", \"circuit-3\"]"),
        ("[\"circuit-3\"]", "[\"circuit-2\"]"),
    ];
    let (acme, beta) = uses[variant];
    let _ =
        write!(text, "[[customer]]\nid = \"acme\"\nuses = {acme}\n[[customer.contact]]\nemail = \"ann@acme.test\"\n");
    if variant != 1 {
        text.push_str("[[customer.contact]]\nemail = \"bob@acme.test\"\nzone = \"Asia/Tokyo\"\n");
    }
    let _ =
        write!(text, "[[customer]]\nid = \"beta\"\nuses = {beta}\n[[customer.contact]]\nemail = \"cat@beta.test\"\n");
    text
}
