//! A page as HTML: one file, printable, without scripts, and nothing of what strangers wrote in it as markup.

use std::fmt::Write as _;

use super::page::{Block, Page, Row, Table, Tone};
use super::svg::svg;

/// How the page looks, on a screen and on paper.
const STYLE: &str = "
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 68rem; padding: 2.2rem 2rem 3rem; background: #fff; color: #1f2328;
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 0 0 .3rem; }
h2 { font-size: 1.15rem; margin: 2.2rem 0 .6rem; padding-bottom: .3rem; border-bottom: 1px solid #d8dee4; break-after: avoid; }
p { margin: .5rem 0; }
.subtitle { color: #57606a; margin: 0 0 1.2rem; }
.answer { border-left: 6px solid; border-radius: 6px; padding: .8rem 1.1rem; margin: .7rem 0; break-inside: avoid; }
.answer strong { display: block; font-size: 1.2rem; }
.good { background: #e6f6ea; border-color: #2da44e; }
.mixed { background: #fff6dc; border-color: #d29922; }
.bad { background: #ffebe9; border-color: #cf222e; }
.open { background: #f3f4f6; border-color: #6e7781; }
table { border-collapse: collapse; width: 100%; margin: .6rem 0; font-size: .9rem; }
th { text-align: left; color: #57606a; font-weight: 600; border-bottom: 2px solid #d0d7de; padding: .35rem .7rem .35rem 0; }
td { vertical-align: top; border-bottom: 1px solid #eaeef2; padding: .38rem .7rem .38rem 0; overflow-wrap: break-word; }
td.long { overflow-wrap: anywhere; }
td.whole { white-space: nowrap; font-variant-numeric: tabular-nums; }
tr.strong td { font-weight: 600; }
tr.marker td { background: #fbeaf4; color: #99286e; text-align: center; font-weight: 600; padding: .3rem; }
tr { break-inside: avoid; }
blockquote { margin: .6rem 0; padding: .4rem 1rem; border-left: 4px solid #d0d7de; break-inside: avoid; }
blockquote footer { color: #57606a; font-size: .87rem; }
.drawing { overflow-x: auto; break-inside: avoid; }
svg.timeline { width: 100%; min-width: 44rem; height: auto; margin: .4rem 0; display: block; }
.last { margin-top: 2.5rem; color: #57606a; font-size: .85rem; border-top: 1px solid #d8dee4; padding-top: .7rem; }
@media screen and (max-width: 44rem) {
  body { padding: 1.2rem 1rem 2rem; }
  thead { display: none; }
  table, tbody, tr, td { display: block; }
  tr { border-bottom: 1px solid #d0d7de; padding: .4rem 0; }
  td, td.whole { border: 0; padding: .08rem 0; white-space: normal; }
  td:empty { display: none; }
  td[data-th]:not([data-th=''])::before { content: attr(data-th) ': '; color: #57606a; font-weight: 400; }
}
@page { margin: 14mm; }
@media print { body { padding: 0; max-width: none; font-size: 10.5pt; }
  table { font-size: 8.5pt; }
  .drawing { overflow: visible; }
  svg.timeline { min-width: 0; }
  .answer, tr.marker td, svg { print-color-adjust: exact; -webkit-print-color-adjust: exact; } }
";

/// The page as one file of HTML.
#[must_use]
pub fn html(page: &Page) -> String {
    let title = escaped(&page.title);
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p class=\"subtitle\">{}</p>\n",
        escaped(&page.subtitle)
    );
    for block in &page.blocks {
        draw(block, &mut text);
    }
    let _ = write!(text, "<p class=\"last\">{}</p>\n</body>\n</html>\n", escaped(&page.footer));
    text
}

fn draw(block: &Block, text: &mut String) {
    let _ = match block {
        Block::Heading(words) => writeln!(text, "<h2>{}</h2>", escaped(words)),
        Block::Text(words) => writeln!(text, "<p>{}</p>", escaped(words)),
        Block::List(items) => {
            let items: String = items.iter().map(|item| format!("<li>{}</li>\n", escaped(item))).collect();
            writeln!(text, "<ul>\n{items}</ul>")
        }
        Block::Answer { tone, headline, detail } => writeln!(
            text,
            "<div class=\"answer {}\"><strong>{}</strong>{}</div>",
            class(*tone),
            escaped(headline),
            escaped(detail)
        ),
        Block::Quote { by, words } => {
            writeln!(text, "<blockquote>“{}”<footer>{}</footer></blockquote>", escaped(words), escaped(by))
        }
        Block::Table(table) => writeln!(text, "{}", drawn_table(table)),
        Block::Timeline(timeline) => writeln!(text, "<div class=\"drawing\">{}</div>", svg(timeline)),
    };
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Mixed => "mixed",
        Tone::Bad => "bad",
        Tone::Open => "open",
    }
}

fn drawn_table(table: &Table) -> String {
    let heads: String = table.headers.iter().map(|head| format!("<th>{}</th>", escaped(head))).collect();
    let mut text = format!("<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        match row {
            Row::Cells(cells) => text.push_str(&format!("<tr>{}</tr>\n", drawn_cells(table, cells))),
            Row::Strong(cells) => text.push_str(&format!("<tr class=\"strong\">{}</tr>\n", drawn_cells(table, cells))),
            Row::Marker(words) => text.push_str(&format!(
                "<tr class=\"marker\"><td colspan=\"{}\">{}</td></tr>\n",
                table.headers.len(),
                escaped(words)
            )),
        }
    }
    text.push_str("</tbody>\n</table>");
    text
}

/// The cells of a row, each with its header, which stands before it where there is no room for columns.
fn drawn_cells(table: &Table, cells: &[String]) -> String {
    let drawn = |(cell, head): (&String, &String)| {
        let class = if is_whole(cell) {
            " class=\"whole\""
        } else if cell.split_whitespace().any(|word| word.chars().count() > LONGEST_WORD) {
            " class=\"long\""
        } else {
            ""
        };
        format!("<td{class} data-th=\"{}\">{}</td>", escaped(head), escaped(cell))
    };
    cells.iter().zip(&table.headers).map(drawn).collect()
}

/// Longest word that is never broken, in characters: the label of seconds `covered_impact_exceeded`, a time in UTC.
const LONGEST_WORD: usize = 26;

/// Longest cell that stays on one line whatever it says, in characters: an id, a stage, a label of seconds.
const WHOLE: usize = 16;

/// Longest time, in characters: `Mon 13 Mar 2017 10:12:40 +05:45` and some.
const LONGEST_TIME: usize = 33;

/// Whether a cell stays on one line: short ones, and times, which are compared down a column.
fn is_whole(cell: &str) -> bool {
    const DAYS: [&str; 7] = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "];
    let length = cell.chars().count();
    length <= WHOLE || length <= LONGEST_TIME && DAYS.iter().any(|day| cell.starts_with(day))
}

/// Text of strangers as it may stand in markup: nothing of it is an element, an entity or an attribute, and no character
/// steers or turns around what is read.
#[must_use]
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in super::told::harmless(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
    }
    out
}
