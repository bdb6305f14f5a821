//! What HTML shows struck out or not at all: a time that was moved, the preview line of a mail program.
//!
//! Without a tree the end of an element must be guessed where its end tag is missing. Every guess here shows too much
//! rather than too little: nothing is hidden beyond the table cell it began in.

use html5ever::tokenizer::{Tag, TagKind};

/// Elements that have no end.
const VOID: [&str; 10] = ["area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"];

/// Whether an element begins whose words do not count: struck out, or not displayed.
pub(super) fn is_said_no_more(tag: &Tag) -> bool {
    let name: &str = &tag.name;
    if tag.kind != TagKind::StartTag || tag.self_closing || VOID.contains(&name) || ["html", "body"].contains(&name) {
        return false;
    }
    if matches!(name, "s" | "strike" | "del") {
        return true;
    }
    tag.attrs.iter().any(|attribute| match &*attribute.name.local {
        "style" => hides(&attribute.value),
        "hidden" => true,
        _ => false,
    })
}

fn hides(style: &str) -> bool {
    if !style.contains(':') || style.len() < "display:none".len() {
        return false;
    }
    let plain: String = style.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    plain.contains("line-through") || plain.split(';').any(|rule| rule.starts_with("display:none"))
}

/// An element whose words do not count.
#[derive(Debug)]
pub(super) struct Hidden {
    name: String,
    /// How many elements of its name are open.
    depth: usize,
    /// How many tables are open within it.
    tables: usize,
}

impl Hidden {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), depth: 1, tables: 0 }
    }

    pub(super) fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// Whether a tag still belongs to the element; its own end tag does, and closes it.
    pub(super) fn holds(&mut self, tag: &Tag) -> bool {
        let name: &str = &tag.name;
        let starts = tag.kind == TagKind::StartTag;
        if name == self.name && !(starts && self.tables == 0 && ends_at_its_like(name)) {
            // A table inside of a hidden cell has cells too.
            if self.tables == 0 || !of_table(name) {
                self.depth = if starts { self.depth + 1 } else { self.depth - 1 };
            }
            return true;
        }
        if name == "table" && (starts || self.tables > 0) {
            self.tables = if starts { self.tables + 1 } else { self.tables - 1 };
            return true;
        }
        self.tables > 0 || !self.is_left_by(name)
    }

    /// Whether a tag of a table shows that the element was left without an end tag.
    fn is_left_by(&self, name: &str) -> bool {
        match self.name.as_str() {
            "table" => false,
            "tbody" | "thead" | "tfoot" => matches!(name, "table" | "tbody" | "thead" | "tfoot"),
            "tr" => matches!(name, "table" | "tr" | "tbody"),
            of if name == of => true,
            _ => matches!(name, "table" | "tr" | "td" | "th" | "tbody"),
        }
    }
}

fn of_table(name: &str) -> bool {
    matches!(name, "td" | "th" | "tr" | "tbody" | "thead" | "tfoot")
}

/// Whether the start of another such element ends this one.
fn ends_at_its_like(name: &str) -> bool {
    of_table(name) || matches!(name, "p" | "li" | "dt" | "dd" | "option")
}
