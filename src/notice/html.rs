//! HTML to text: a table row becomes one line with its cells set apart by tabs.
//!
//! Only the tokenizer of html5ever is used. A vendor's HTML is hostile input: a tree builder can be driven to quadratic
//! time and to a tree far larger than the mail, the tokenizer cannot, once a single tag is limited.

use std::cell::RefCell;
use std::sync::LazyLock;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts};
use regex::Regex;

use super::reading::Unreadable;
use super::text::CELL_BREAK;

/// Most HTML read of one part, after embedded pictures are taken out: the longest of 61 real notices has 180 KiB.
pub(super) const MAX_HTML_BYTES: usize = 2 * 1024 * 1024;

/// Longest tag or comment: html5ever compares each attribute of a tag with all before it, so that length counts squared.
const MAX_TAG_BYTES: usize = 32 * 1024;

/// How much is fed at a time, between two looks at whether the tag has ended.
const CHUNK_BYTES: usize = 4 * 1024;

/// A picture embedded in an attribute, which may be long without being hostile.
static EMBEDDED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=\s]*").expect("a fixed pattern compiles")
});

/// The words of an HTML part, as lines of cells set apart by tabs; script, style and title are left out.
pub(super) fn flatten(html: &str) -> Result<String, Unreadable> {
    let html = EMBEDDED.replace_all(html, "");
    if html.len() > MAX_HTML_BYTES {
        return Err(Unreadable::TooComplex { what: "HTML of a part".into(), limit: format!("{MAX_HTML_BYTES} bytes") });
    }
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    let mut rest: &str = &html;
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
            return Err(Unreadable::TooComplex { what: "a tag".into(), limit: format!("{MAX_TAG_BYTES} bytes") });
        }
    }
    tokenizer.end();
    Ok(tokenizer.sink.flat.into_inner().finish())
}

#[derive(Default)]
struct Sink {
    flat: RefCell<Flat>,
}

/// The text put together so far.
#[derive(Default)]
struct Flat {
    tokens: usize,
    hidden: Option<String>,
    done: String,
    /// The cells of the row being read; none outside of rows.
    row: Option<Vec<String>>,
    line: String,
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
        match (tag.kind, name) {
            (TagKind::StartTag, "script" | "style" | "title" | "noscript" | "xml") => {
                self.hidden = Some(name.to_owned());
                if name == "title" {
                    return TokenSinkResult::RawData(RawKind::Rcdata);
                }
                if name == "script" || name == "style" {
                    return TokenSinkResult::RawData(RawKind::Rawtext);
                }
            }
            (TagKind::EndTag, name) if self.hidden.as_deref() == Some(name) => self.hidden = None,
            (TagKind::StartTag, "tr") | (TagKind::EndTag, "tr" | "table") => self.end_row(),
            (TagKind::StartTag, "td" | "th") => self.start_cell(),
            (TagKind::StartTag, "table") => {
                self.end_row();
                self.break_line();
            }
            (
                _,
                "br" | "p" | "div" | "li" | "ul" | "ol" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "hr" | "pre"
                | "blockquote" | "section" | "dt" | "dd",
            ) => self.break_line(),
            _ => {}
        }
        TokenSinkResult::Continue
    }

    /// Adds words, every run of white space as one space.
    fn text(&mut self, text: &str) {
        if self.hidden.is_some() {
            return;
        }
        let line = match &mut self.row {
            Some(cells) => {
                if cells.is_empty() {
                    cells.push(String::new());
                }
                cells.last_mut().expect("a cell was just added")
            }
            None => &mut self.line,
        };
        for letter in text.chars() {
            if letter.is_whitespace() || letter == '\u{200b}' {
                if !line.is_empty() && !line.ends_with([' ', CELL_BREAK]) {
                    line.push(' ');
                }
            } else if !letter.is_control() {
                line.push(letter);
            }
        }
    }

    fn break_line(&mut self) {
        let Some(cells) = &mut self.row else {
            let line = std::mem::take(&mut self.line);
            return self.push_line(line.trim());
        };
        if let Some(cell) = cells.last_mut().filter(|cell| !cell.is_empty() && !cell.ends_with(CELL_BREAK)) {
            cell.push(CELL_BREAK);
        }
    }

    fn start_cell(&mut self) {
        self.break_if_outside();
        self.row.get_or_insert_default().push(String::new());
    }

    fn break_if_outside(&mut self) {
        if self.row.is_none() {
            self.break_line();
        }
    }

    /// A row with one cell is layout: its lines are lines. A row with several is one line.
    fn end_row(&mut self) {
        self.break_if_outside();
        let Some(cells) = self.row.take() else { return };
        let blank = |c: char| c.is_whitespace();
        let cells: Vec<&str> = cells.iter().map(|cell| cell.trim_matches(blank)).filter(|c| !c.is_empty()).collect();
        match cells.as_slice() {
            [only] => only.split(CELL_BREAK).for_each(|line| self.push_line(line.trim())),
            several => self.push_line(&several.join("\t")),
        }
    }

    fn push_line(&mut self, line: &str) {
        if !line.is_empty() {
            self.done.push_str(line);
            self.done.push('\n');
        }
    }

    fn finish(mut self) -> String {
        self.end_row();
        self.break_line();
        self.done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(html: &str, expected: &str) {
        assert_eq!(flatten(html).as_deref(), Ok(expected), "{html}");
    }

    #[test]
    fn a_row_is_a_line_and_a_cell_a_cell() {
        check("<table><tr><td>Reference</td><td>A&nbsp;&amp;&#66;</td></tr></table>", "Reference\tA &B\n");
        check("<table><tr><td><p>Start</p><td><p>26 March</p></table>after", "Start\t26 March\nafter\n");
        check("<tr><td>Feeds<td>a<br>b</td></tr>", "Feeds\ta\u{2028}b\n");
        check("<table><tr><td><p>Dear all,</p><p>we work.</p></td></tr></table>", "Dear all,\nwe work.\n");
        check("<table><tr><td>x<table><tr><td>in</td><td>ner</td></tr></table></td></tr></table>", "x\nin\tner\n");
    }

    #[test]
    fn what_a_reader_does_not_see_is_left_out() {
        check("<title>t</title><style>p{}</style><script>if(a<b)</script><!-- c --><p>seen", "seen\n");
        check("one<br>two <b>th</b>ree\n four", "one\ntwo three four\n");
    }

    #[test]
    fn a_tag_without_end_is_refused_and_an_embedded_picture_is_not() {
        let attributes = (0..20_000).map(|n| format!(" a{n}")).collect::<Vec<_>>().concat();
        assert!(flatten(&format!("<p{attributes}>")).is_err());
        check(&format!("<img src=\"data:image/png;base64,{}\">seen", "QUJD".repeat(100_000)), "seen\n");
        assert!(flatten(&"<div>".repeat(300_000)).is_ok());
    }
}
