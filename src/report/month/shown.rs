//! The month as a page.

use chrono::TimeDelta;

use super::{AssetMonth, Counts, MonthSeconds, OutageMonth, SlaMonth};
use crate::names::AssetId;
use crate::report::page::{Block, Page, Row, Table, Tone};
use crate::report::percent::Percent;
use crate::report::timeline::{Bar, Lane, MAX_LANES, Shade, Timeline};
use crate::report::told::{claim_blocks, first_of, in_short, joined};
use crate::time::shown_length;
use crate::verdict::Answer;

/// How the columns of seconds are to be read.
const HOW_TO_READ: &str = "Downtime is what was observed at OUTAGE, also by way of what an asset needs; time that several \
    outages share counts once, and where they are judged differently nothing is excused that one of them does not excuse. \
    What cannot be said is never excused. Availability is a share of the month's true length: once with all downtime, once \
    without what is excused.";

impl SlaMonth {
    /// The month as a page.
    #[must_use]
    pub fn page(&self) -> Page {
        let mut blocks = vec![self.headline()];
        if !self.lines.is_empty() {
            blocks.push(Block::Timeline(self.timeline()));
        }
        blocks.push(Block::Text(HOW_TO_READ.to_owned()));
        let by_customer = self.customer_table();
        if !by_customer.rows.is_empty() {
            blocks.extend([Block::Heading("By customer and asset".to_owned()), Block::Table(by_customer)]);
        }
        let nobodys = self.unused();
        if !nobodys.is_empty() {
            let mut table = asset_table(&[]);
            for asset in nobodys {
                table.push(cells(asset));
            }
            blocks.extend([Block::Heading("Used by no customer directly".to_owned()), Block::Table(table)]);
        }
        if !self.outages.is_empty() {
            blocks.extend([Block::Heading("Outages".to_owned()), Block::Table(self.outage_table())]);
        }
        blocks.extend(claim_blocks(&self.claims, &self.clocks));
        if !self.limits.is_empty() {
            blocks.extend([Block::Heading("Not looked at".to_owned()), Block::List(self.limits.clone())]);
        }
        let of = self.scope.customer.as_ref().map(|customer| {
            let name = self.customers.iter().find(|told| told.customer == *customer).map(|told| told.name.clone());
            format!(": {}", name.unwrap_or_else(|| customer.to_string()))
        });
        Page {
            title: format!("Availability in {}{}", self.title, of.unwrap_or_default()),
            subtitle: self.subtitle(),
            blocks,
            footer: format!(
                "Times by the clocks of {} (zone rules {}); lengths are elapsed time. {} {}.",
                self.zone, self.rules, self.schema, self.month
            ),
        }
    }

    fn subtitle(&self) -> String {
        let (start, end) = (self.clocks.wall(self.span.start()), self.clocks.wall(self.span.end()));
        let length = shown_length(self.span.length());
        let changes: Vec<String> = self
            .clocks
            .changes(self.span)
            .iter()
            .map(|change| format!("; {} on {}", self.clocks.change_text(change), change.wall_before().format("%-d %b")))
            .collect();
        let so_far = if self.is_over {
            String::new()
        } else {
            format!(" The month is not over: told up to {}.", self.clocks.wall(self.until))
        };
        let only = [
            self.scope.asset.as_ref().map(|asset| format!(" Only {asset}.")),
            self.scope.vendor.as_ref().map(|vendor| format!(" Only what stands on {vendor}.")),
        ];
        let only: String = only.into_iter().flatten().collect();
        format!("{start} to {end}: {length}, {} s{}.{so_far}{only}", self.seconds, changes.concat())
    }

    /// The assets that were down and that no customer told of uses.
    #[must_use]
    pub fn unused(&self) -> Vec<&AssetMonth> {
        let used = |asset: &AssetMonth| {
            self.customers.iter().any(|customer| customer.assets.iter().any(|told| told.asset == asset.asset))
        };
        self.assets.iter().filter(|asset| !used(asset)).collect()
    }

    fn headline(&self) -> Block {
        let worst = self.assets.iter().min_by_key(|asset| (asset.availability.without_excused, asset.availability.all));
        let Some(worst) = worst.filter(|worst| worst.seconds.down > 0) else {
            let detail = "No outage that is recorded took anything down.".to_owned();
            return Block::Answer { tone: Tone::Good, headline: "Up all the time".to_owned(), detail };
        };
        let down = self.assets.iter().filter(|asset| asset.seconds.down > 0).count();
        let sum = |part: fn(&MonthSeconds) -> i64| self.assets.iter().map(|asset| part(&asset.seconds)).sum::<i64>();
        let tone = match (sum(|s| s.unexcused), sum(|s| s.ambiguous), sum(|s| s.excused)) {
            (0, 0, _) => Tone::Good,
            (0, _, _) => Tone::Open,
            (_, _, 0) => Tone::Bad,
            (_, _, _) => Tone::Mixed,
        };
        let were = if down == 1 { "asset was" } else { "assets were" };
        let as_bad = self.as_bad_as(worst);
        let (are, it) = if as_bad.len() == 1 { ("is", "It".to_owned()) } else { ("are", worst.asset.to_string()) };
        Block::Answer {
            tone,
            headline: format!(
                "{down} {were} down; the worst {are} {} with {}",
                first_of(&as_bad),
                worst.availability.all
            ),
            detail: format!(
                "{} without excused downtime. {it} was down {}: {} excused, {} not, {} cannot be said.",
                worst.availability.without_excused,
                length(worst.seconds.down),
                length(worst.seconds.excused),
                length(worst.seconds.unexcused),
                length(worst.seconds.ambiguous)
            ),
        }
    }

    /// The assets that fared as badly as this one, the first of which it is.
    fn as_bad_as(&self, worst: &AssetMonth) -> Vec<&AssetId> {
        let fared = |asset: &AssetMonth| (asset.availability.without_excused, asset.availability.all);
        self.assets.iter().filter(|asset| fared(asset) == fared(worst)).map(|asset| &asset.asset).collect()
    }

    fn customer_table(&self) -> Table {
        let mut table = asset_table(&["customer"]);
        for customer in &self.customers {
            for asset in &customer.assets {
                table.push([customer.name.clone()].into_iter().chain(cells(asset)));
            }
            if customer.up_all_the_time > 0 {
                let rest = match (customer.assets.len(), customer.up_all_the_time) {
                    (0, 1) => "its 1 asset".to_owned(),
                    (0, count) => format!("all its {count} assets"),
                    (_, count) => format!("{count} more"),
                };
                let whole = Percent::of(1, 1).to_string();
                let none = || String::new();
                let row =
                    [customer.name.clone(), rest, "0 s".into(), none(), none(), none(), none(), whole.clone(), whole];
                table.rows.push(Row::Cells(row.into()));
            }
        }
        table
    }

    fn outage_table(&self) -> Table {
        let held = self.outages.iter().any(|outage| !outage.overrides.is_empty());
        let columns = ["outage", "assets", "from", "to", "in the month", "impact", "verdict", "held otherwise"];
        let shown = if held { columns.len() } else { columns.len() - 1 };
        let mut table = Table::new(&columns[..shown]);
        for outage in &self.outages {
            let cells = [
                outage.id.to_string(),
                in_short(&outage.assets),
                self.clocks.wall(outage.start),
                outage.end.map_or_else(|| "still open".to_owned(), |end| self.clocks.wall(end)),
                length(outage.seconds),
                outage.impact.to_string(),
                verdicts(outage),
                overrides(outage),
            ];
            table.push(cells.into_iter().take(shown));
        }
        table
    }

    /// What was down over the month, an asset a lane: those that were down longest.
    #[must_use]
    pub fn timeline(&self) -> Timeline {
        let mut longest: Vec<&AssetMonth> = self.assets.iter().filter(|asset| asset.seconds.down > 0).collect();
        longest.sort_by_key(|asset| std::cmp::Reverse(asset.seconds.down));
        longest.truncate(MAX_LANES);
        longest.sort_by_key(|asset| &asset.asset);
        let lane = |asset: &AssetMonth| {
            let line = &self.lines[&asset.asset];
            let bars = line.down.iter().map(|(interval, counts)| Bar {
                interval: *interval,
                shade: match counts {
                    Counts::Excused => Shade::Excused,
                    Counts::Unexcused => Shade::Unexcused,
                    Counts::Ambiguous => Shade::Unclear,
                },
                title: format!("{}, {}", self.clocks.wall(interval.start()), shown_length(interval.length())),
            });
            Lane { label: asset.asset.to_string(), bars: bars.collect(), marks: Vec::new() }
        };
        Timeline { span: self.span, clocks: self.clocks.clone(), lanes: longest.into_iter().map(lane).collect() }
    }
}

fn asset_table(before: &[&str]) -> Table {
    let columns =
        ["asset", "down", "excused", "not excused", "cannot be said", "outages", "availability", "without excused"];
    Table::new(&before.iter().chain(&columns).copied().collect::<Vec<_>>())
}

fn cells(asset: &AssetMonth) -> [String; 8] {
    let MonthSeconds { down, excused, unexcused, ambiguous, degraded } = asset.seconds;
    let degraded = if degraded > 0 { format!(" (and {} DEGRADED)", length(degraded)) } else { String::new() };
    let without = &asset.availability;
    let without = if without.without_excused == without.if_ambiguous_excused {
        without.without_excused.to_string()
    } else {
        format!("{} to {}", without.without_excused, without.if_ambiguous_excused)
    };
    [
        asset.asset.to_string(),
        format!("{}{degraded}", length(down)),
        length(excused),
        length(unexcused),
        length(ambiguous),
        asset.outages.len().to_string(),
        asset.availability.all.to_string(),
        without,
    ]
}

fn length(seconds: i64) -> String {
    shown_length(TimeDelta::seconds(seconds))
}

/// What was made of an outage: verdicts alike together.
fn verdicts(outage: &OutageMonth) -> String {
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for verdict in &outage.verdicts {
        let mut said = format!("{} ({})", verdict.answer.headline(), verdict.kind);
        if verdict.answer == Answer::Unknown {
            said.push_str(", so that nothing of it is excused");
        }
        match groups.iter_mut().find(|(known, _)| *known == said) {
            Some((_, assets)) => assets.push(verdict.asset.to_string()),
            None => groups.push((said, vec![verdict.asset.to_string()])),
        }
    }
    match groups.as_slice() {
        [] => "not judged".to_owned(),
        [(said, _)] => said.clone(),
        several => {
            several.iter().map(|(said, assets)| format!("{}: {said}", joined(assets))).collect::<Vec<_>>().join("; ")
        }
    }
}

fn overrides(outage: &OutageMonth) -> String {
    let held = outage.overrides.iter().map(|held| {
        format!(
            "{} holds {} to be {} ({}): “{}”",
            held.by,
            held.asset,
            held.answer().headline(),
            held.kind,
            held.reason
        )
    });
    held.collect::<Vec<_>>().join("; ")
}
