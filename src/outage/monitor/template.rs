//! `{a.b}` in a mapping's texts: what a row says there.

use std::collections::BTreeMap;

/// A row: what it says by the path of each cell.
pub(super) type Cells = BTreeMap<String, String>;

/// Fills a text in; none when a cell that it names is missing or empty.
pub(super) fn filled(template: &str, cells: &Cells) -> Option<String> {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        let (name, after) = after.split_once('}')?;
        text.push_str(before);
        text.push_str(cells.get(name.trim()).map(|cell| cell.trim()).filter(|cell| !cell.is_empty())?);
        rest = after;
    }
    text.push_str(rest);
    Some(text)
}

/// The first of several texts that a row fills in.
pub(super) fn first(templates: &[String], cells: &Cells) -> Option<String> {
    templates.iter().find_map(|template| filled(template, cells))
}
