//! A verdict with its evidence as a page.

use chrono::TimeDelta;

use super::clocks::Clocks;
use super::page::{Block, Page, Table, Tone};
use super::timeline::Shade;
use super::told::{claim_blocks, flags, joined};
use crate::maintenance::Label;
use crate::names::AssetId;
use crate::time::{RulesVersion, shown_length};
use crate::verdict::{Claim, Segment, Verdict};

/// One verdict, or those of one outage, as a page of their own.
#[must_use]
pub fn verdict_page(verdicts: &[Verdict], claims: &[Claim], clocks: &Clocks, rules: &RulesVersion) -> Page {
    let groups = same(verdicts);
    let mut blocks: Vec<Block> = groups.iter().map(|(verdict, assets)| answer(verdict, assets)).collect();
    for (verdict, assets) in &groups {
        blocks.push(Block::Heading(format!("The ground for {}", joined(assets))));
        blocks.extend(ground(verdict, assets, clocks));
    }
    blocks.extend(claim_blocks(claims, clocks));
    let assets: Vec<&AssetId> = verdicts.iter().map(|verdict| &verdict.asset).collect();
    let span = verdicts.first().map(|verdict| {
        let (start, end) = (verdict.outage.start(), verdict.outage.end());
        format!("{} to {}, as known before {}.", clocks.wall(start), clocks.wall(end), clocks.wall(verdict.as_of))
    });
    Page {
        title: format!("Was it in-window? {}", joined(&assets)),
        subtitle: span.unwrap_or_default(),
        blocks,
        footer: format!(
            "Times by the clocks of {} (zone rules {rules}); lengths are elapsed time.",
            clocks.zone.name()
        ),
    }
}

/// Verdicts that say the same of several assets, each with these, in their order.
pub(super) fn same(verdicts: &[Verdict]) -> Vec<(&Verdict, Vec<AssetId>)> {
    let mut groups: Vec<(&Verdict, Vec<AssetId>)> = Vec::new();
    for verdict in verdicts {
        let alike = |other: &Verdict| {
            (verdict.kind, &verdict.flags, &verdict.segments, &verdict.window, verdict.impact.expected)
                == (other.kind, &other.flags, &other.segments, &other.window, other.impact.expected)
        };
        match groups.iter_mut().find(|(first, _)| alike(first)) {
            Some((_, assets)) => assets.push(verdict.asset.clone()),
            None => groups.push((verdict, vec![verdict.asset.clone()])),
        }
    }
    groups
}

/// The answer in large letters.
pub(super) fn answer(verdict: &Verdict, assets: &[AssetId]) -> Block {
    let offset = verdict.offset_seconds.filter(|offset| *offset != 0).map(|offset| {
        let beside = if offset < 0 { "before the window" } else { "after the window" };
        format!(", {} {beside}", shown_length(TimeDelta::seconds(offset.abs())))
    });
    let flagged = if verdict.flags.is_empty() { String::new() } else { format!("; {}", flags(verdict)) };
    Block::Answer {
        tone: Tone::of(verdict.answer),
        headline: format!("{}: {}", joined(assets), verdict.answer.headline()),
        detail: format!("{}{}{flagged}", verdict.kind, offset.unwrap_or_default()),
    }
}

/// Why: the ground in sentences, what the seconds count as, and the evidence.
pub(super) fn ground(verdict: &Verdict, assets: &[AssetId], clocks: &Clocks) -> Vec<Block> {
    let mut blocks = Vec::new();
    if assets.len() > 1 {
        let which =
            format!("The ground as it reads for {}; it is the same for {}.", verdict.asset, joined(&assets[1..]));
        blocks.push(Block::Text(which));
    }
    blocks.push(Block::List(verdict.why.clone()));
    let mut seconds = Table::new(&["from", "to", "length", "seconds", "counts as", "excused"]);
    for segment in &verdict.segments {
        seconds.push([
            clocks.wall(segment.start),
            clocks.wall(segment.end),
            shown_length(TimeDelta::seconds(segment.seconds)),
            segment.seconds.to_string(),
            segment.label.to_string(),
            if segment.excused { "yes" } else { "no" }.to_owned(),
        ]);
    }
    blocks.push(Block::Table(seconds));
    let mut evidence = Table::new(&["evidence", "id", "says"]);
    for item in &verdict.evidence {
        evidence.push([item.kind.clone(), item.id.clone().unwrap_or_default(), item.text.clone()]);
    }
    if !evidence.rows.is_empty() {
        blocks.push(Block::Table(evidence));
    }
    blocks
}

/// How a run of seconds is drawn.
pub(super) fn shade(segment: &Segment) -> Shade {
    match (segment.excused, segment.label) {
        (true, _) => Shade::Excused,
        (false, Label::Outside) => Shade::Outside,
        (false, Label::Ambiguous) => Shade::Unclear,
        (
            false,
            Label::Covered
            | Label::CoveredImpactExceeded
            | Label::Grace
            | Label::LateNotice
            | Label::Tentative
            | Label::Cancelled,
        ) => Shade::Counted,
    }
}
