//! Scorecards as a page.

use chrono::TimeDelta;

use super::{Figure, Item, Scorecard, Scorecards};
use crate::report::page::{Block, Page, Table, Tone};
use crate::report::percent::Percent;
use crate::time::shown_length;

/// Most items of a figure on a page; JSON lists more.
const MAX_SHOWN: usize = 40;

/// The figures that stand beside each other when vendors are compared.
const COMPARED: [(&str, &str); 7] = [
    ("notice_planned", "announced in time"),
    ("early_starts", "early starts"),
    ("overruns", "overruns"),
    ("unannounced", "unannounced"),
    ("impact_exceeded", "worse than meant"),
    ("late_cancellations", "late cancellations"),
    ("moves", "moves"),
];

impl Scorecards {
    /// The scorecards as a page.
    #[must_use]
    pub fn page(&self) -> Page {
        let mut blocks = Vec::new();
        if self.vendors.len() > 1 {
            blocks.extend([Block::Heading("Side by side".to_owned()), Block::Table(self.compared())]);
        }
        for vendor in &self.vendors {
            if self.vendors.len() > 1 {
                blocks.push(Block::Heading(vendor.name.clone()));
            }
            blocks.extend(self.vendor(vendor));
        }
        let title = match self.vendors.as_slice() {
            [only] => format!("Scorecard: {}", only.name),
            [] => "Scorecard: no vendor is known".to_owned(),
            several => format!("Scorecard of {} vendors", several.len()),
        };
        let to = self.clocks.wall(self.to);
        Page {
            title,
            subtitle: match self.from {
                Some(from) => format!("What happened from {} to {to}.", self.clocks.wall(from)),
                None => format!("All that is known up to {to}."),
            },
            blocks,
            footer: format!(
                "Times by the clocks of {} (zone rules {}); lengths are elapsed time. Each figure lists what it counts. {}.",
                self.zone, self.rules, self.schema
            ),
        }
    }

    fn compared(&self) -> Table {
        let names: Vec<&str> = std::iter::once("vendor").chain(COMPARED.iter().map(|(_, name)| *name)).collect();
        let mut table = Table::new(&names);
        for vendor in &self.vendors {
            let figure = |(name, _): &(&str, &str)| vendor.figure(name).map(counted).unwrap_or_default();
            table.push(std::iter::once(vendor.name.clone()).chain(COMPARED.iter().map(figure)));
        }
        table
    }

    fn vendor(&self, vendor: &Scorecard) -> Vec<Block> {
        let mut blocks = vec![vendor.headline()];
        let mut table = Table::new(&["figure", "count", "share", "lengths"]);
        for figure in &vendor.figures {
            let share = figure.share.map(Percent::in_tenths).unwrap_or_default();
            table.push([figure.says.to_owned(), counted(figure), share, lengths(figure)]);
        }
        blocks.push(Block::Table(table));
        for figure in vendor.figures.iter().filter(|figure| !figure.items.is_empty()) {
            blocks.push(Block::Heading(format!("{}: {}", vendor.name, figure.heading())));
            blocks.push(Block::Table(self.items(figure)));
        }
        blocks
    }

    fn items(&self, figure: &Figure) -> Table {
        let mut table = Table::new(&["when", "what", "how"]);
        for Item { at, id, text, .. } in figure.items.iter().take(MAX_SHOWN) {
            table.push([self.clocks.wall(*at), id.clone(), text.clone()]);
        }
        let more = figure.items.len().saturating_sub(MAX_SHOWN) + figure.left_out;
        if more > 0 {
            table.push([String::new(), String::new(), format!("and {more} more")]);
        }
        table
    }
}

impl Scorecard {
    /// The figure of a name.
    #[must_use]
    pub fn figure(&self, name: &str) -> Option<&Figure> {
        self.figures.iter().find(|figure| figure.name == name)
    }

    fn headline(&self) -> Block {
        let planned = self.figure("notice_planned");
        let (count, of) = planned.map_or((0, 0), |figure| (figure.count, figure.of.unwrap_or_default()));
        let asked = match self.promised.as_str() {
            "0 s" => "no notice is asked".to_owned(),
            promised => format!("{promised} of notice are asked"),
        };
        let bad: usize = ["early_starts", "overruns", "unannounced", "impact_exceeded", "stated_after_start"]
            .iter()
            .filter_map(|name| self.figure(name))
            .map(|figure| figure.count)
            .sum();
        let tone = match (count == of, bad) {
            (true, 0) => Tone::Good,
            (true, _) | (false, 0) => Tone::Mixed,
            (false, _) => Tone::Bad,
        };
        let headline = match of {
            0 => format!("{}: no planned window has begun", self.name),
            1 => format!(
                "{}: the 1 planned window was announced {}",
                self.name,
                if count == 1 { "in time" } else { "late" }
            ),
            of => format!("{}: {count} of {of} planned windows were announced in time", self.name),
        };
        Block::Answer { tone, headline, detail: format!("By the terms {asked}.") }
    }
}

impl Figure {
    /// What is listed under it: of what went well, what did not.
    fn heading(&self) -> String {
        match self.name {
            "notice_planned" => "planned windows announced late".to_owned(),
            "notice_emergency" => "emergencies announced late".to_owned(),
            name => name.replace('_', " "),
        }
    }
}

/// `2 of 7`, `3`.
fn counted(figure: &Figure) -> String {
    figure.of.map_or_else(|| figure.count.to_string(), |of| format!("{} of {of}", figure.count))
}

/// `median given 12 d 13 h; worst margin −2 h`.
fn lengths(figure: &Figure) -> String {
    let told = |name: &&str| {
        let seconds = *figure.seconds.get(*name)?;
        let sign = if seconds < 0 { "−" } else { "" };
        Some(format!("{} {sign}{}", name.replace('_', " "), shown_length(TimeDelta::seconds(seconds.abs()))))
    };
    let order = ["median_given", "least_given", "worst_margin", "median", "longest"];
    order.iter().filter_map(told).collect::<Vec<_>>().join("; ")
}
