//! What a layout sees of a mail: everything already in words of the reader's language.

use std::collections::BTreeMap;

use serde::Serialize;

use super::catalogue::Catalogue;

/// One mail in words.
#[derive(Debug, Clone, Serialize)]
pub(super) struct View {
    pub(super) language: String,
    pub(super) subject: String,
    pub(super) heading_words: String,
    /// The colour of the worst impact.
    pub(super) accent: &'static str,
    pub(super) greeting: String,
    pub(super) lead: String,
    /// The customer's own text of what to do afterwards; lines are kept.
    pub(super) follow_up: Option<String>,
    pub(super) changes: Vec<String>,
    pub(super) summary: Option<String>,
    pub(super) facts: Vec<FactView>,
    pub(super) windows: Vec<WindowView>,
    pub(super) assets: Vec<AssetView>,
    pub(super) advice: Vec<String>,
    pub(super) ask: String,
    pub(super) footer: String,
    /// The catalogue's group `label`.
    pub(super) label: BTreeMap<String, String>,
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

impl View {
    /// A view in which everything is there, and one in which everything that may be missing is: what a layout names
    /// wrongly shows in one of the two.
    pub(super) fn samples(catalogue: &Catalogue) -> [Self; 2] {
        let word = || "sample".to_owned();
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
            language: catalogue.language.clone(),
            subject: word(),
            heading_words: word(),
            accent: "#000000",
            greeting: word(),
            lead: word(),
            follow_up: Some(word()),
            changes: vec![word()],
            summary: Some(word()),
            facts: vec![FactView { label: word(), value: word() }],
            windows: vec![full, bare.clone()],
            assets: vec![AssetView { name: word(), words: word(), impact: "OUTAGE", colour: "#000000" }],
            advice: vec![word()],
            ask: word(),
            footer: word(),
            label: catalogue.labels(),
        };
        let bare = Self {
            follow_up: None,
            changes: Vec::new(),
            summary: None,
            facts: Vec::new(),
            windows: vec![bare],
            assets: Vec::new(),
            ..full.clone()
        };
        [full, bare]
    }
}

/// A digest in words.
#[derive(Debug, Clone, Serialize)]
pub(super) struct DigestView {
    pub(super) language: String,
    pub(super) subject: String,
    pub(super) heading_words: String,
    /// The colour of the worst impact.
    pub(super) accent: &'static str,
    pub(super) greeting: String,
    pub(super) lead: String,
    pub(super) parts: Vec<PartView>,
    pub(super) ask: String,
    pub(super) footer: String,
    /// The catalogue's group `label`.
    pub(super) label: BTreeMap<String, String>,
}

/// One maintenance of a digest.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PartView {
    pub(super) title: String,
    /// The worst impact.
    pub(super) mark: Option<MarkView>,
    pub(super) summary: Option<String>,
    pub(super) facts: Vec<FactView>,
    pub(super) windows: Vec<WindowView>,
    pub(super) assets: Vec<AssetView>,
    pub(super) advice: Vec<String>,
}

impl DigestView {
    /// As [`View::samples`].
    pub(super) fn samples(catalogue: &Catalogue) -> [Self; 2] {
        View::samples(catalogue).map(|view| {
            let word = || "sample".to_owned();
            let mark = view.summary.as_ref().map(|_| MarkView { words: word(), colour: "#000000" });
            let View { language, subject, heading_words, accent, greeting, lead, ask, footer, label, .. } =
                view.clone();
            let View { summary, facts, windows, assets, advice, .. } = view;
            let part = PartView { title: word(), mark, summary, facts, windows, assets, advice };
            let parts = vec![part.clone(), part];
            Self { language, subject, heading_words, accent, greeting, lead, parts, ask, footer, label }
        })
    }
}

/// A mail of sections in words.
#[derive(Debug, Clone, Serialize)]
pub(super) struct SheetView {
    pub(super) language: String,
    pub(super) subject: String,
    pub(super) heading_words: String,
    pub(super) accent: &'static str,
    pub(super) greeting: String,
    pub(super) lead: String,
    pub(super) sections: Vec<SectionView>,
    pub(super) footer: String,
    /// The catalogue's group `label`.
    pub(super) label: BTreeMap<String, String>,
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

impl SheetView {
    /// As [`View::samples`].
    pub(super) fn samples(catalogue: &Catalogue) -> [Self; 2] {
        let word = || "sample".to_owned();
        let mark = MarkView { words: word(), colour: "#000000" };
        let row = RowView { title: word(), mark: Some(mark), lines: vec![word()] };
        let bare = RowView { title: word(), mark: None, lines: Vec::new() };
        let section = SectionView { title: word(), rows: vec![row, bare], none: None };
        let empty = SectionView { title: word(), rows: Vec::new(), none: Some(word()) };
        let full = Self {
            language: catalogue.language.clone(),
            subject: word(),
            heading_words: word(),
            accent: "#000000",
            greeting: word(),
            lead: word(),
            sections: vec![section, empty],
            footer: word(),
            label: catalogue.labels(),
        };
        let bare = Self { sections: Vec::new(), ..full.clone() };
        [full, bare]
    }
}
