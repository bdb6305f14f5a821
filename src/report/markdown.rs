//! A page as Markdown (`CommonMark` with tables), with nothing of what strangers wrote in it as markup.

use super::page::{Block, Page, Row, Table};
use super::strip::strip;

/// The page as Markdown.
#[must_use]
pub fn markdown(page: &Page) -> String {
    Writer { words: plain }.page(page)
}

/// The page as Markdown for somebody who reads it as it stands, on a terminal: nothing takes words of strangers for markup
/// there, so that they come without what keeps it apart.
#[must_use]
pub fn readable(page: &Page) -> String {
    Writer { words: super::told::harmless }.page(page)
}

struct Writer {
    /// How words are written.
    words: fn(&str) -> String,
}

impl Writer {
    fn page(&self, page: &Page) -> String {
        let plain = self.words;
        let mut text = format!("# {}\n\n{}\n", plain(&page.title), plain(&page.subtitle));
        for block in &page.blocks {
            text.push('\n');
            text.push_str(&self.block(block));
        }
        text.push_str(&format!("\n---\n\n{}\n", plain(&page.footer)));
        text
    }

    fn block(&self, block: &Block) -> String {
        let plain = self.words;
        match block {
            Block::Heading(words) => format!("## {}\n", plain(words)),
            Block::Text(words) => format!("{}\n", plain(words)),
            Block::List(items) => items.iter().map(|item| format!("- {}\n", plain(item))).collect(),
            Block::Answer { tone: _, headline, detail } => format!("**{}**\n\n{}\n", plain(headline), plain(detail)),
            Block::Quote { by, words } => format!("> “{}”\n>\n> {}\n", plain(words), plain(by)),
            Block::Table(table) => self.table(table),
            // Four spaces: code, so that columns stay under each other and nothing in it is markup.
            Block::Timeline(timeline) => {
                strip(timeline).lines().map(|line| format!("    {}\n", super::told::harmless(line))).collect()
            }
        }
    }

    fn table(&self, table: &Table) -> String {
        let plain = self.words;
        let line = |cells: &mut dyn Iterator<Item = String>| format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "));
        let mut text = line(&mut table.headers.iter().map(|head| plain(head)));
        text.push_str(&line(&mut table.headers.iter().map(|_| "---".to_owned())));
        for row in &table.rows {
            text.push_str(&match row {
                Row::Cells(cells) => line(&mut cells.iter().map(|cell| plain(cell))),
                Row::Strong(cells) => line(&mut cells.iter().map(|cell| self.strong(cell))),
                Row::Marker(words) => {
                    let rest = table.headers.len().saturating_sub(1);
                    line(&mut std::iter::once(self.strong(words)).chain(std::iter::repeat_n(String::new(), rest)))
                }
            });
        }
        text
    }

    fn strong(&self, cell: &str) -> String {
        if cell.is_empty() { String::new() } else { format!("**{}**", (self.words)(cell)) }
    }
}

/// Text of strangers on one line of Markdown: no element, no link, no picture, no emphasis, no end of a cell.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in super::told::harmless(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '\\' | '`' | '*' | '[' | ']' | '|' => out.extend(['\\', letter]),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_strangers_are_no_markup_in_a_file_and_stand_as_written_on_a_terminal() {
        let page = Page {
            title: "A & B".into(),
            subtitle: String::new(),
            blocks: vec![Block::Text("<noc@dc.example> said *soon*\u{1b}[31m".into())],
            footer: String::new(),
        };
        let shown = |text: String| text.lines().filter(|line| !line.is_empty()).take(2).collect::<Vec<_>>().join("\n");
        assert_eq!(shown(markdown(&page)), "# A &amp; B\n&lt;noc@dc.example> said \\*soon\\*\u{fffd}\\[31m");
        assert_eq!(shown(readable(&page)), "# A & B\n<noc@dc.example> said *soon*\u{fffd}[31m");
    }
}
