//! What a layout sees of a mail: everything already in words of the reader's language.

use std::collections::BTreeMap;

use serde::Serialize;

use super::catalogue::Catalogue;

/// What stands around every mail. A layout sees its parts as variables of their own, and so those of [`Told`].
#[derive(Debug, Clone, Serialize)]
pub(super) struct Frame {
    pub(super) language: String,
    pub(super) subject: String,
    pub(super) heading_words: String,
    /// The colour of the worst impact.
    pub(super) accent: &'static str,
    pub(super) greeting: String,
    pub(super) lead: String,
    pub(super) footer: String,
    /// The catalogue's group `label`.
    pub(super) label: BTreeMap<String, String>,
}

/// What a reader is told of one maintenance, occurrence or outage.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Told {
    pub(super) summary: Option<String>,
    pub(super) facts: Vec<FactView>,
    pub(super) windows: Vec<WindowView>,
    pub(super) assets: Vec<AssetView>,
    pub(super) advice: Vec<String>,
}

/// One mail in words.
#[derive(Debug, Clone, Serialize)]
pub(super) struct View {
    #[serde(flatten)]
    pub(super) frame: Frame,
    /// The customer's own text of what to do afterwards; lines are kept.
    pub(super) follow_up: Option<String>,
    pub(super) changes: Vec<String>,
    #[serde(flatten)]
    pub(super) told: Told,
    pub(super) ask: String,
}

/// A label and what it stands for.
#[derive(Debug, Clone, Serialize)]
pub(super) struct FactView {
    pub(super) label: String,
    pub(super) value: String,
}

/// One window, or the time of an outage.
#[derive(Debug, Clone, Serialize)]
pub(super) struct WindowView {
    pub(super) title: Option<String>,
    pub(super) clocks: Vec<ClockView>,
    pub(super) lasts: Option<String>,
    pub(super) notes: Vec<String>,
    /// Names of the assets touched, where windows differ in them.
    pub(super) assets: Vec<String>,
    /// Where the window lay when the reader was last told.
    pub(super) was: Option<Vec<ClockView>>,
}

/// Both ends on one clock.
#[derive(Debug, Clone, Serialize)]
pub(super) struct ClockView {
    pub(super) zone: String,
    pub(super) from: String,
    pub(super) to: String,
}

/// One of the customer's assets.
#[derive(Debug, Clone, Serialize)]
pub(super) struct AssetView {
    pub(super) name: String,
    /// In plain words.
    pub(super) words: String,
    /// The standard's word.
    pub(super) impact: &'static str,
    pub(super) colour: &'static str,
}

/// A digest in words.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DigestView {
    #[serde(flatten)]
    pub(super) frame: Frame,
    pub(super) parts: Vec<PartView>,
    pub(super) ask: String,
}

/// One maintenance of a digest.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PartView {
    pub(super) title: String,
    /// The worst impact.
    pub(super) mark: Option<MarkView>,
    #[serde(flatten)]
    pub(super) told: Told,
}

/// A mail of sections in words.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SheetView {
    #[serde(flatten)]
    pub(super) frame: Frame,
    pub(super) sections: Vec<SectionView>,
}

/// Rows of one sort.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SectionView {
    pub(super) title: String,
    pub(super) rows: Vec<RowView>,
    /// Said in place of rows where there are none.
    pub(super) none: Option<String>,
}

/// One row: what it is, a mark where it has one, and lines about it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct RowView {
    pub(super) title: String,
    pub(super) mark: Option<MarkView>,
    pub(super) lines: Vec<String>,
}

/// A word that catches the eye.
#[derive(Debug, Clone, Serialize)]
pub(super) struct MarkView {
    pub(super) words: String,
    pub(super) colour: &'static str,
}

fn word() -> String {
    "sample".to_owned()
}

impl Frame {
    fn sample(catalogue: &Catalogue) -> Self {
        Self {
            language: catalogue.language.clone(),
            subject: word(),
            heading_words: word(),
            accent: "#000000",
            greeting: word(),
            lead: word(),
            footer: word(),
            label: catalogue.labels(),
        }
    }
}

impl Told {
    /// One of which everything is there, and one of which everything is missing that may be.
    fn samples() -> [Self; 2] {
        let clock = ClockView { zone: word(), from: word(), to: word() };
        let full = WindowView {
            title: Some(word()),
            clocks: vec![clock.clone()],
            lasts: Some(word()),
            notes: vec![word()],
            assets: vec![word()],
            was: Some(vec![clock]),
        };
        let bare = WindowView { title: None, lasts: None, notes: vec![], assets: vec![], was: None, ..full.clone() };
        let full = Self {
            summary: Some(word()),
            facts: vec![FactView { label: word(), value: word() }],
            windows: vec![full, bare.clone()],
            assets: vec![AssetView { name: word(), words: word(), impact: "OUTAGE", colour: "#000000" }],
            advice: vec![word()],
        };
        let bare = Self {
            summary: None,
            facts: Vec::new(),
            windows: vec![bare],
            assets: Vec::new(),
            advice: full.advice.clone(),
        };
        [full, bare]
    }
}

impl View {
    /// A view in which everything is there, and one in which everything that may be missing is: what a layout names
    /// wrongly shows in one of the two.
    pub(super) fn samples(catalogue: &Catalogue) -> [Self; 2] {
        let [full, bare] = Told::samples();
        let frame = Frame::sample(catalogue);
        let full = Self { frame, follow_up: Some(word()), changes: vec![word()], told: full, ask: word() };
        let bare = Self { follow_up: None, changes: Vec::new(), told: bare, ..full.clone() };
        [full, bare]
    }
}

impl DigestView {
    /// As [`View::samples`].
    pub(super) fn samples(catalogue: &Catalogue) -> [Self; 2] {
        let mark = MarkView { words: word(), colour: "#000000" };
        let [full, bare] = Told::samples();
        let full = PartView { title: word(), mark: Some(mark), told: full };
        let bare = PartView { title: word(), mark: None, told: bare };
        let view = |parts| Self { frame: Frame::sample(catalogue), parts, ask: word() };
        [view(vec![full.clone(), full]), view(vec![bare.clone(), bare])]
    }
}

impl SheetView {
    /// As [`View::samples`].
    pub(super) fn samples(catalogue: &Catalogue) -> [Self; 2] {
        let mark = MarkView { words: word(), colour: "#000000" };
        let row = RowView { title: word(), mark: Some(mark), lines: vec![word()] };
        let bare = RowView { title: word(), mark: None, lines: Vec::new() };
        let section = SectionView { title: word(), rows: vec![row, bare], none: None };
        let empty = SectionView { title: word(), rows: Vec::new(), none: Some(word()) };
        let view = |sections| Self { frame: Frame::sample(catalogue), sections };
        [view(vec![section, empty]), view(Vec::new())]
    }
}
