//! HTML to text: a table row becomes one line with its cells set apart by tabs, blank ones included.
//!
//! Only the tokenizer of html5ever is used. A vendor's HTML is hostile input: a tree builder can be driven to quadratic
//! time and to a tree far larger than the mail, the tokenizer cannot, once a single tag is limited.

mod hidden;

use std::cell::RefCell;
use std::sync::LazyLock;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use regex::Regex;

use self::hidden::{Hidden, is_said_no_more};
use super::letters::push_words;
use super::reading::Unreadable;
use super::text::{CELL_BREAK, MAX_COLUMNS, Rows, beyond};

/// Most HTML read of one part, after embedded pictures are taken out: the longest of 61 real notices has 180 KiB.
pub(super) const MAX_HTML_BYTES: usize = 2 * 1024 * 1024;

/// Most text that one part may become: what it says itself, and the tabs that stand for cells joined by `colspan`.
const MAX_PART_BYTES: usize = 2 * MAX_HTML_BYTES;

/// Longest tag or comment: html5ever compares each attribute of a tag with all before it, so that length counts squared.
const MAX_TAG_BYTES: usize = 32 * 1024;

/// How much is fed at a time, between two looks at whether the tag has ended.
const CHUNK_BYTES: usize = 4 * 1024;

/// Most columns or rows that one cell takes, as in a browser.
const MAX_SPAN: usize = 1_000;

/// A picture embedded in an attribute, which may be long without being hostile.
static EMBEDDED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=\s]*").expect("a fixed pattern compiles")
});

/// The words of an HTML part, as lines of cells set apart by tabs. Script, style and title are left out, and so is what is
/// struck out or not displayed, unless the markup never says where that ends.
pub(super) fn flatten(html: &str) -> Result<String, Unreadable> {
    let html = EMBEDDED.replace_all(html, "");
    if html.len() > MAX_HTML_BYTES {
        return Err(beyond("HTML of a part", MAX_HTML_BYTES, "bytes"));
    }
    let flat = tokenize(&html, Shown::WhatIsSaid)?;
    let flat = if flat.hides_to_the_end() { tokenize(&html, Shown::All)? } else { flat };
    flat.finish()
}

fn tokenize(html: &str, shown: Shown) -> Result<Flat, Unreadable> {
    let flat = Flat { shown, ..Flat::default() };
    let tokenizer = Tokenizer::new(Sink { flat: RefCell::new(flat) }, TokenizerOpts::default());
    let queue = BufferQueue::default();
    let mut rest: &str = html;
    let mut since_token = 0;
    while !rest.is_empty() {
        let (chunk, after) = rest.split_at(rest.floor_char_boundary(CHUNK_BYTES.min(rest.len())));
        rest = after;
        let before = tokenizer.sink.flat.borrow().tokens;
        queue.push_back(StrTendril::from_slice(chunk));
        // Scripts are tokenized as raw text, so that the tokenizer never stops for one.
        let _ = tokenizer.feed(&queue);
        since_token = if tokenizer.sink.flat.borrow().tokens == before { since_token + chunk.len() } else { 0 };
        if since_token > MAX_TAG_BYTES {
            return Err(beyond("a tag", MAX_TAG_BYTES, "bytes"));
        }
        tokenizer.sink.flat.borrow().within()?;
    }
    tokenizer.end();
    Ok(tokenizer.sink.flat.into_inner())
}

/// Which of the words count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Shown {
    /// Not what is struck out or hidden.
    #[default]
    WhatIsSaid,
    /// All of them.
    All,
}

struct Sink {
    flat: RefCell<Flat>,
}

/// The text put together so far.
#[derive(Default)]
struct Flat {
    shown: Shown,
    tokens: usize,
    /// Inside of an element that is no text at all, such as a script.
    unread: Option<String>,
    hidden: Option<Hidden>,
    /// How many `pre` are open: in them a newline is one.
    preformatted: usize,
    done: Rows,
    /// The row being read; none outside of rows.
    row: Option<Row>,
    grid: Grid,
    line: String,
    /// A row went beyond [`MAX_COLUMNS`].
    too_wide: bool,
}

/// The cells of a row, each with its column; what lies between them is blank.
#[derive(Default)]
struct Row {
    cells: Vec<(usize, String)>,
    /// The column after the last cell.
    next: usize,
}

impl Row {
    /// The cell that words go to; a row that has none yet gets its first.
    fn cell(&mut self) -> &mut String {
        if self.cells.is_empty() {
            self.cells.push((0, String::new()));
            self.next = 1;
        }
        &mut self.cells.last_mut().expect("a cell was just added").1
    }
}

/// What a table's rows so far say of the next.
#[derive(Default)]
struct Grid {
    /// The columns of the last row that held words in several of them; 0 before there is one.
    width: usize,
    /// By column, how many rows a cell of an earlier row still takes there.
    taken: Vec<usize>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut flat = self.flat.borrow_mut();
        flat.tokens += 1;
        match token {
            Token::TagToken(tag) => flat.tag(&tag),
            Token::CharacterTokens(text) => {
                flat.text(&text);
                TokenSinkResult::Continue
            }
            Token::DoctypeToken(_)
            | Token::CommentToken(_)
            | Token::NullCharacterToken
            | Token::EOFToken
            | Token::ParseError(_) => TokenSinkResult::Continue,
        }
    }
}

impl Flat {
    fn tag(&mut self, tag: &Tag) -> TokenSinkResult<()> {
        let name: &str = &tag.name;
        if let Some(unread) = &self.unread {
            if tag.kind == TagKind::EndTag && unread == name {
                self.unread = None;
            }
            return TokenSinkResult::Continue;
        }
        if tag.kind == TagKind::StartTag && self.is_no_text(name) {
            return self.leave_out(name);
        }
        if let Some(mut hidden) = self.hidden.take()
            && hidden.holds(tag)
        {
            self.hidden = Some(hidden).filter(Hidden::is_open);
            return TokenSinkResult::Continue;
        }
        if self.shown == Shown::WhatIsSaid && is_said_no_more(tag) {
            self.hidden = Some(Hidden::new(name));
            if breaks_the_line(name) {
                self.break_line();
            }
            return TokenSinkResult::Continue;
        }
        match (tag.kind, name) {
            (_, "tr") => self.end_row(),
            (_, "table") => self.start_or_end_table(),
            (TagKind::StartTag, "td" | "th") => self.start_cell(tag),
            (TagKind::StartTag, "pre") => self.preformatted += 1,
            (TagKind::EndTag, "pre") => self.preformatted = self.preformatted.saturating_sub(1),
            _ => {}
        }
        if breaks_the_line(name) {
            self.break_line();
        }
        TokenSinkResult::Continue
    }

    fn is_no_text(&self, name: &str) -> bool {
        match name {
            "script" | "style" | "title" => true,
            "noscript" | "xml" => self.shown == Shown::WhatIsSaid,
            _ => false,
        }
    }

    fn leave_out(&mut self, name: &str) -> TokenSinkResult<()> {
        self.unread = Some(name.to_owned());
        match name {
            "title" => TokenSinkResult::RawData(RawKind::Rcdata),
            "script" | "style" => TokenSinkResult::RawData(RawKind::Rawtext),
            _ => TokenSinkResult::Continue,
        }
    }

    fn text(&mut self, text: &str) {
        if self.unread.is_some() || self.hidden.is_some() {
            return;
        }
        if self.preformatted == 0 {
            return push_words(self.place(), text);
        }
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.break_line();
            }
            self.preformatted_line(line);
        }
    }

    /// Words of a `pre`: outside of a table two blanks set cells apart as in text as typed.
    fn preformatted_line(&mut self, text: &str) {
        let in_row = self.row.is_some();
        for (index, words) in text.split('\t').flat_map(|words| words.split("  ")).enumerate() {
            let place = self.place();
            if index > 0 && !in_row && !words.trim().is_empty() && !place.trim_end().is_empty() {
                place.truncate(place.trim_end().len());
                place.push('\t');
            } else if index > 0 {
                push_words(place, " ");
            }
            push_words(place, if place.ends_with('\t') { words.trim_start() } else { words });
        }
    }

    /// Where words go now.
    fn place(&mut self) -> &mut String {
        match &mut self.row {
            Some(row) => row.cell(),
            None => &mut self.line,
        }
    }

    fn break_line(&mut self) {
        let Some(row) = &mut self.row else {
            let line = std::mem::take(&mut self.line);
            return self.done.push_line(&line);
        };
        if let Some((_, cell)) = row.cells.last_mut().filter(|(_, cell)| !cell.is_empty()) {
            cell.truncate(cell.trim_end_matches(' ').len());
            if !cell.ends_with(CELL_BREAK) {
                cell.push(CELL_BREAK);
            }
        }
    }

    fn start_or_end_table(&mut self) {
        self.end_row();
        self.grid = Grid::default();
    }

    fn start_cell(&mut self, tag: &Tag) {
        if self.row.is_none() {
            self.break_line();
        }
        let row = self.row.get_or_insert_default();
        while self.grid.taken.get(row.next).is_some_and(|rows| *rows > 0) {
            row.next += 1;
        }
        if row.next >= MAX_COLUMNS {
            self.too_wide = true;
            return;
        }
        let (column, width) = (row.next, span(tag, "colspan"));
        row.cells.push((column, String::new()));
        row.next += width;
        let down = span(tag, "rowspan");
        if down > 1 {
            let end = row.next.min(MAX_COLUMNS);
            self.grid.taken.resize(end.max(self.grid.taken.len()), 0);
            // The row being read counts as one of them when it ends.
            self.grid.taken[column..end].fill(down);
        }
    }

    /// Ends a row. One with words in several cells is a line of its own, and one of a grid keeps its columns; any other is
    /// layout, and the lines of its only cell are lines.
    fn end_row(&mut self) {
        let Some(row) = self.row.take() else { return self.break_line() };
        self.grid.taken.iter_mut().for_each(|rows| *rows = rows.saturating_sub(1));
        let blank = |c: char| c.is_whitespace();
        let mut cells: Vec<(usize, &str)> =
            row.cells.iter().map(|(at, cell)| (*at, cell.trim_matches(blank))).collect();
        cells.retain(|(_, cell)| !cell.is_empty());
        match cells.as_slice() {
            [] => {}
            [(column, only)] if *column == 0 || row.next != self.grid.width || only.contains(CELL_BREAK) => {
                only.split(CELL_BREAK).for_each(|line| self.done.push_line(line));
            }
            several => {
                if several.len() > 1 {
                    self.grid.width = row.next;
                }
                self.done.push_row(several);
            }
        }
    }

    fn within(&self) -> Result<(), Unreadable> {
        if self.too_wide {
            return Err(beyond("a row's number of columns", MAX_COLUMNS, "columns"));
        }
        if self.done.len() > MAX_PART_BYTES {
            return Err(beyond("text of a part", MAX_PART_BYTES, "bytes"));
        }
        Ok(())
    }

    fn hides_to_the_end(&self) -> bool {
        self.hidden.is_some() || self.unread.is_some()
    }

    fn finish(mut self) -> Result<String, Unreadable> {
        self.end_row();
        self.break_line();
        self.within()?;
        Ok(self.done.into_text())
    }
}

/// How many columns or rows a cell takes.
fn span(tag: &Tag, attribute: &str) -> usize {
    let value = tag.attrs.iter().find(|found| &*found.name.local == attribute).map(|found| found.value.trim());
    let digits = value.map(|value| value.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default());
    // A number too long to be one is a wide cell all the same.
    digits.filter(|digits| !digits.is_empty()).map_or(1, |digits| digits.parse().unwrap_or(MAX_SPAN).clamp(1, MAX_SPAN))
}

fn breaks_the_line(name: &str) -> bool {
    matches!(
        name,
        "br" | "p"
            | "div"
            | "li"
            | "ul"
            | "ol"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "pre"
            | "blockquote"
            | "section"
            | "article"
            | "header"
            | "footer"
            | "address"
            | "center"
            | "dl"
            | "dt"
            | "dd"
            | "caption"
    )
}

#[cfg(test)]
mod tests;
