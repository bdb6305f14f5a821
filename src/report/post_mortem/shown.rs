//! The post-mortem as a page, and its timeline.

use chrono::{DateTime, TimeDelta, Utc};

use super::events::name;
use super::{EventKind, PostMortem, WindowSaid, WindowTold};
use crate::notice::Status;
use crate::report::clocks::Clocks;
use crate::report::page::{Block, Page, Row, Table};
use crate::report::timeline::{Bar, Lane, MAX_LANES, Mark, Shade, Timeline, axis};
use crate::report::told::{attached_table, capital, claim_blocks, first_of, in_short, joined};
use crate::report::verdict_page::{answer, ground, same, shade};
use crate::time::{Interval, shown_length};
use crate::verdict::Verdict;

/// How far around the outage a window is drawn: a longer one is cut off at the edge.
const DRAWN_AROUND: TimeDelta = TimeDelta::hours(24);

impl PostMortem {
    /// The post-mortem as a page.
    #[must_use]
    pub fn page(&self) -> Page {
        let mut blocks: Vec<Block> = Vec::new();
        let groups = same(&self.verdicts);
        blocks.extend(groups.iter().map(|(verdict, assets)| answer(verdict, assets)));
        blocks.push(Block::Timeline(self.timeline()));
        blocks.push(Block::Heading("How long".to_owned()));
        blocks.extend(self.how_long());
        blocks.push(Block::Heading("Was it in-window?".to_owned()));
        for (verdict, assets) in &groups {
            blocks.extend(ground(verdict, assets, &self.clocks));
        }
        blocks.extend(self.held_otherwise());
        blocks.push(Block::Heading("What happened when".to_owned()));
        blocks.push(Block::Table(self.event_table()));
        blocks.extend(self.sections());
        Page {
            title: format!("Post-mortem: {} down", in_short(&self.outage.assets)),
            subtitle: self.subtitle(),
            blocks,
            footer: format!(
                "Times by the clocks of {} (zone rules {}) and in UTC. Spans hold their first instant and not their last; \
                 lengths are elapsed time. Outage {}.",
                self.zone, self.rules, self.outage.id
            ),
        }
    }

    fn subtitle(&self) -> String {
        let summary = self.outage.summary.as_ref().map(|summary| format!("{}. ", capital(summary))).unwrap_or_default();
        let end = match &self.outage.end {
            Some(end) => format!("to {}", self.clocks.wall(end.at)),
            None => "and still open".to_owned(),
        };
        format!(
            "{summary}From {} {end}; observed impact {}.",
            self.clocks.wall(self.outage.start.at),
            self.outage.impact
        )
    }

    fn how_long(&self) -> Vec<Block> {
        let mut table = Table::new(&["", &self.zone, "UTC", "as written", "uncertainty"]);
        let mut row = |what: &str, observed: &crate::outage::Observed| {
            let uncertainty = match observed.plus_minus_seconds {
                0 => String::new(),
                seconds => format!("± {}", shown_length(TimeDelta::seconds(seconds.into()))),
            };
            let written = observed.written.clone().unwrap_or_default();
            let (wall, utc) = (self.clocks.wall(observed.at), Clocks::utc(observed.at));
            table.push([what.to_owned(), wall, utc, written, uncertainty]);
        };
        row("began", &self.outage.start);
        if let Some(end) = &self.outage.end {
            row("ended", end);
        }
        let length = shown_length(self.interval.length());
        let told = match (self.wall_clock_seconds, self.outage.is_open()) {
            (Some(wall), _) => format!(
                "It lasted {length}. The wall clocks make it {}, which is wrong: they were changed in between.",
                shown_length(TimeDelta::seconds(wall))
            ),
            (None, true) => format!("It has lasted {length} so far, to {}.", self.clocks.wall(self.interval.end())),
            (None, false) => format!("It lasted {length}."),
        };
        vec![Block::Text(told), Block::Table(table)]
    }

    /// What came to be known later, and what people hold instead.
    fn held_otherwise(&self) -> Vec<Block> {
        let mut items = Vec::new();
        for (verdict, assets) in same(&self.later) {
            items.push(format!(
                "By what was known {}: {} ({}) for {}, with {}. The verdict above, by what was known when it began, stands.",
                self.clocks.wall(verdict.as_of),
                verdict.answer.headline(),
                verdict.kind,
                joined(&assets),
                crate::report::told::flags(verdict)
            ));
        }
        for held in &self.overrides {
            items.push(format!(
                "{} holds {} to be {} ({}) since {}: “{}”",
                held.by,
                held.asset,
                held.kind,
                held.answer().headline(),
                self.clocks.wall(held.made_at),
                held.reason
            ));
        }
        if items.is_empty() { Vec::new() } else { vec![Block::List(items)] }
    }

    fn event_table(&self) -> Table {
        let mut table = Table::new(&[&self.zone, "UTC", "from its start", "what"]);
        for event in &self.events {
            let cells = || {
                vec![event.local.clone(), Clocks::utc(event.at), offset(event.since_start_seconds), event.text.clone()]
            };
            let own = [self.outage.start.at].into_iter().chain(self.outage.end.as_ref().map(|end| end.at));
            let is_own = event.text.starts_with("this outage") && own.clone().any(|at| at == event.at);
            table.rows.push(match event.kind {
                EventKind::ClockChange => Row::Marker(format!("{} ({})", event.text, Clocks::utc(event.at))),
                EventKind::OutageStart | EventKind::OutageEnd if is_own => Row::Strong(cells()),
                EventKind::OutageStart
                | EventKind::OutageEnd
                | EventKind::WindowStart
                | EventKind::WindowEnd
                | EventKind::Notice
                | EventKind::Statement
                | EventKind::Attachment
                | EventKind::Claim
                | EventKind::Mails
                | EventKind::Override => Row::Cells(cells()),
            });
        }
        table
    }

    /// Windows, notices, other outages, statements, mails: each where there is one.
    fn sections(&self) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut section = |heading: &str, table: Table| {
            if !table.rows.is_empty() {
                blocks.extend([Block::Heading(heading.to_owned()), Block::Table(table)]);
            }
        };
        section("Windows", self.window_table());
        section("Notices", self.notice_table());
        section("Other outages near it", self.beside_table());
        section("Mails", self.mail_table());
        if !self.statements.is_empty() {
            blocks.push(Block::Heading("Statements".to_owned()));
            let conflict = crate::outage::Statement::contradict(&self.statements);
            blocks.extend(
                conflict
                    .then(|| Block::Text("They contradict each other. No statement changes the verdict.".to_owned())),
            );
            blocks.extend(self.statements.iter().map(|said| Block::Quote {
                by: format!("{}, {}, by {}; {}", said.who, self.clocks.wall(said.said_at), said.channel, said.stance),
                words: said.words.clone(),
            }));
        }
        let attached = attached_table(&self.attachments, &self.clocks);
        if !attached.rows.is_empty() {
            blocks.extend([Block::Heading("Evidence attached".to_owned()), Block::Table(attached)]);
        }
        blocks.extend(claim_blocks(&self.claims, &self.clocks));
        blocks
    }

    fn window_table(&self) -> Table {
        let mut table = Table::new(&["window", "from", "to", "length", "as written", "status", "said"]);
        for window in &self.windows {
            let written = &window.written;
            let to = if written.end.is_empty() { String::new() } else { format!(" to {}", written.end) };
            let zone = written.zone.as_deref().unwrap_or("no zone written");
            table.push([
                name(window),
                self.clocks.wall(window.interval.start()),
                self.clocks.wall(window.interval.end()),
                shown_length(window.interval.length()),
                format!("{}{to} ({zone})", written.start),
                if window.moved_away { "moved away".to_owned() } else { window.status.to_string() },
                match window.said {
                    WindowSaid::Before => "before the outage".to_owned(),
                    WindowSaid::Later => "only after it began".to_owned(),
                },
            ]);
        }
        table
    }

    fn notice_table(&self) -> Table {
        let mut table = Table::new(&["received", "UTC", "notice", "subject", "signed", "SHA-256"]);
        for notice in &self.notices {
            let signatures =
                notice.authentication.as_ref().map(|found| found.signatures.as_slice()).unwrap_or_default();
            let signed = if signatures.is_empty() { "no signature".to_owned() } else { joined(signatures) };
            table.push([
                self.clocks.wall(notice.received_at),
                Clocks::utc(notice.received_at),
                notice.id.to_string(),
                notice.subject.clone().unwrap_or_default(),
                signed,
                notice.sha256.to_string(),
            ]);
        }
        table
    }

    fn beside_table(&self) -> Table {
        let mut table = Table::new(&["outage", "assets", "from", "to", "length"]);
        for other in &self.beside {
            let ended = other.end.and_then(|end| Interval::new(other.start, end).ok());
            table.push([
                other.id.to_string(),
                joined(&other.assets),
                self.clocks.wall(other.start),
                other.end.map_or_else(|| "still open".to_owned(), |end| self.clocks.wall(end)),
                ended.map(|span| shown_length(span.length())).unwrap_or_default(),
            ]);
        }
        table
    }

    fn mail_table(&self) -> Table {
        let mut table = Table::new(&["when", "UTC", "stage", "mails", "to the people of", "state"]);
        for mails in &self.mails {
            table.push([
                self.clocks.wall(mails.at),
                Clocks::utc(mails.at),
                mails.stage.to_owned(),
                mails.count.to_string(),
                if mails.customers.is_empty() { "our own".to_owned() } else { joined(&mails.customers) },
                mails.state.to_string(),
            ]);
        }
        table
    }

    /// Windows against outages.
    #[must_use]
    pub fn timeline(&self) -> Timeline {
        let edge = self.interval.widened(DRAWN_AROUND);
        let others: Vec<(Interval, String)> = self
            .beside
            .iter()
            .filter_map(|other| {
                let end = other.end.unwrap_or(self.interval.end());
                Some((Interval::new(other.start, end).ok()?, first_of(&other.assets)))
            })
            .collect();
        let windows: Vec<&WindowTold> = self.windows.iter().filter(|window| window.interval.overlaps(&edge)).collect();
        let known = windows.iter().filter(|window| window.said == WindowSaid::Before);
        let around = known.map(|window| window.interval).chain(others.iter().map(|(span, _)| *span));
        let around: Vec<Interval> = around.filter_map(|span| span.intersection(&edge)).collect();
        let mut lanes: Vec<Lane> = windows.iter().map(|window| window_lane(window)).collect();
        lanes.push(bar_lane(first_of(&self.outage.assets), self.interval, Shade::Outage, "this outage"));
        lanes.extend(same(&self.verdicts).iter().map(|(verdict, assets)| seconds_lane(verdict, assets)));
        lanes.extend(others.into_iter().map(|(span, down)| bar_lane(down, span, Shade::OtherOutage, "another outage")));
        lanes.truncate(MAX_LANES);
        lanes.extend(self.mark_lane("notices", &[EventKind::Notice]));
        lanes.extend(self.mark_lane("statements", &[EventKind::Statement]));
        lanes.extend(self.mark_lane("mails", &[EventKind::Mails]));
        let mut timeline = Timeline { span: axis(self.interval, &around), clocks: self.clocks.clone(), lanes };
        let span = timeline.span;
        timeline.lanes.retain(|lane| lane.marks.is_empty() || lane.marks.iter().any(|mark| span.contains(mark.at)));
        timeline
    }

    fn mark_lane(&self, label: &str, kinds: &[EventKind]) -> Option<Lane> {
        let of_kind = self.events.iter().filter(|event| kinds.contains(&event.kind));
        let mark = |(at, title): (DateTime<Utc>, String)| Mark { at, title };
        let marks: Vec<Mark> =
            of_kind.map(|event| mark((event.at, format!("{}: {}", event.local, event.text)))).collect();
        (!marks.is_empty()).then(|| Lane { label: label.to_owned(), bars: Vec::new(), marks })
    }
}

fn window_lane(window: &WindowTold) -> Lane {
    let counts = match window.status {
        Status::Confirmed | Status::InProcess | Status::Completed | Status::Rescheduled => !window.moved_away,
        Status::Tentative | Status::Cancelled => false,
    };
    let (shade, when) = match window.said {
        WindowSaid::Before if counts => (Shade::Window, ""),
        WindowSaid::Before => (Shade::WindowInDoubt, ""),
        WindowSaid::Later => (Shade::WindowInDoubt, ", said later"),
    };
    let label = format!("{} #{}{when}", window.reference, window.ordinal);
    bar_lane(label, window.interval, shade, &format!("{}{when}", name(window)))
}

fn bar_lane(label: String, interval: Interval, shade: Shade, title: &str) -> Lane {
    let title = format!("{title}, {}", shown_length(interval.length()));
    Lane { label, bars: vec![Bar { interval, shade, title }], marks: Vec::new() }
}

/// What the seconds of the outage count as.
fn seconds_lane(verdict: &Verdict, assets: &[crate::names::AssetId]) -> Lane {
    let bars = verdict.segments.iter().filter_map(|segment| {
        let interval = Interval::new(segment.start, segment.end).ok()?;
        let title = format!("{}: {}", segment.label, shown_length(interval.length()));
        Some(Bar { interval, shade: shade(segment), title })
    });
    Lane { label: format!("counts: {}", first_of(assets)), bars: bars.collect(), marks: Vec::new() }
}

/// `−2 h`, `+31 min`, `0 s`.
fn offset(seconds: i64) -> String {
    let sign = match seconds.signum() {
        -1 => "−",
        0 => "",
        _ => "+",
    };
    format!("{sign}{}", shown_length(TimeDelta::seconds(seconds.abs())))
}
