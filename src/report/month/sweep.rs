//! What was down when, and what each second of it counts as.
//!
//! The month is cut wherever an outage begins or ends and wherever an inventory came into force. In each piece everything that
//! was observed is walked through the needs together, so that two outages which only together take something down do, and an
//! asset that several outages hit is down once.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};

use super::{MonthFacts, MonthOutageFacts};
use crate::inventory::Inventory;
use crate::maintenance::Label;
use crate::names::{AssetId, OutageId};
use crate::time::Interval;
use crate::verdict::{Answer, Kind, Verdict};
use crate::window::Impact;

/// What a second of downtime counts as. Of several verdicts about it the greatest counts: nothing is excused that any of them
/// does not excuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Counts {
    Excused,
    Ambiguous,
    Unexcused,
}

/// What became of one asset in the month.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// The runs of seconds in which it was down, in order, neighbours of one kind joined.
    pub(super) down: Vec<(Interval, Counts)>,
    /// Those in which it was up and DEGRADED.
    pub(super) degraded: Vec<Interval>,
    /// The outages that had a part in either.
    pub(super) outages: BTreeSet<OutageId>,
}

/// What a verdict makes of one instant. One that cannot say whether the outage was in a window excuses nothing.
pub(super) fn counts_at(verdict: Option<&Verdict>, instant: DateTime<Utc>) -> Counts {
    let Some(verdict) = verdict else { return Counts::Ambiguous };
    if verdict.answer == Answer::Unknown && verdict.kind != Kind::Ambiguous {
        return Counts::Ambiguous;
    }
    match verdict.segments.iter().find(|segment| segment.start <= instant && instant < segment.end) {
        Some(segment) if segment.excused => Counts::Excused,
        Some(segment) if segment.label == Label::Ambiguous => Counts::Ambiguous,
        Some(_) => Counts::Unexcused,
        None => Counts::Ambiguous,
    }
}

/// Every asset that was down or degraded, by id.
pub(super) fn lines(facts: &MonthFacts<'_>) -> BTreeMap<AssetId, Line> {
    let mut lines: BTreeMap<AssetId, Line> = BTreeMap::new();
    let Ok(told) = Interval::new(facts.span.start(), facts.until) else { return lines };
    let near: Vec<(&MonthOutageFacts, Interval)> =
        facts.outages.iter().filter_map(|outage| Some((outage, outage.interval.intersection(&told)?))).collect();
    let mut cuts: Vec<DateTime<Utc>> = near.iter().flat_map(|(_, span)| [span.start(), span.end()]).collect();
    cuts.extend(facts.versions.iter().map(|(applied_at, _)| *applied_at).filter(|at| told.contains(*at)));
    cuts.sort_unstable();
    cuts.dedup();
    let mut begun = 0;
    let mut by_start: Vec<usize> = (0..near.len()).collect();
    by_start.sort_by_key(|place| near[*place].1.start());
    let mut active: Vec<usize> = Vec::new();
    for pair in cuts.windows(2) {
        let Ok(piece) = Interval::new(pair[0], pair[1]) else { continue };
        active.retain(|place| near[*place].1.end() > piece.start());
        while begun < by_start.len() && near[by_start[begun]].1.start() <= piece.start() {
            active.push(by_start[begun]);
            begun += 1;
        }
        if !active.is_empty() {
            let down: Vec<&MonthOutageFacts> = active.iter().map(|place| near[*place].0).collect();
            walk(piece, &down, facts.inventory_at(piece.start()), &mut lines);
        }
    }
    lines
}

/// Adds what a piece did to every asset that it touched.
fn walk(piece: Interval, down: &[&MonthOutageFacts], inventory: &Inventory, lines: &mut BTreeMap<AssetId, Line>) {
    let observed = |outage: &&MonthOutageFacts| -> Vec<(AssetId, Impact)> {
        outage.outage.assets.iter().map(|asset| (asset.clone(), outage.outage.impact)).collect()
    };
    let begin: Vec<(AssetId, Impact)> = down.iter().flat_map(observed).collect();
    let mut touched: Vec<(AssetId, Impact)> =
        inventory.spread(&begin).into_iter().map(|(asset, touch)| (asset, touch.impact)).collect();
    // What the inventory does not have (any more) was down all the same.
    touched.extend(begin.into_iter().filter(|(asset, _)| !inventory.assets.contains_key(asset)));
    for (asset, impact) in touched {
        let upstream = inventory.upstream(&asset);
        let hangs_on = |of: &AssetId| *of == asset || upstream.contains(of);
        let behind: Vec<&&MonthOutageFacts> =
            down.iter().filter(|outage| outage.outage.assets.iter().any(hangs_on)).collect();
        let ids = behind.iter().map(|outage| outage.outage.id.clone());
        match impact {
            Impact::Outage => {
                let verdicts = behind.iter().flat_map(|outage| outage.verdicts_on(&hangs_on)).collect::<Vec<_>>();
                let line = lines.entry(asset.clone()).or_default();
                line.outages.extend(ids);
                count(piece, &verdicts, &mut line.down);
            }
            Impact::Degraded => {
                let line = lines.entry(asset.clone()).or_default();
                line.outages.extend(ids);
                join(&mut line.degraded, piece);
            }
            Impact::ReducedRedundancy | Impact::NoImpact => {}
        }
    }
}

/// Cuts a piece wherever a verdict about it changes its mind.
fn count(piece: Interval, verdicts: &[Option<&Verdict>], down: &mut Vec<(Interval, Counts)>) {
    let edges = verdicts.iter().flatten().flat_map(|verdict| &verdict.segments).flat_map(|s| [s.start, s.end]);
    let mut cuts: Vec<DateTime<Utc>> = edges.filter(|edge| piece.contains(*edge)).collect();
    cuts.extend([piece.start(), piece.end()]);
    cuts.sort_unstable();
    cuts.dedup();
    for pair in cuts.windows(2) {
        let counts = verdicts.iter().map(|verdict| counts_at(*verdict, pair[0])).max().unwrap_or(Counts::Ambiguous);
        let Ok(part) = Interval::new(pair[0], pair[1]) else { continue };
        match down.last_mut() {
            Some((last, as_before)) if *as_before == counts && last.end() == part.start() => {
                *last = Interval::new(last.start(), part.end()).unwrap_or(*last);
            }
            Some(_) | None => down.push((part, counts)),
        }
    }
}

fn join(runs: &mut Vec<Interval>, piece: Interval) {
    match runs.last_mut() {
        Some(last) if last.end() == piece.start() => *last = Interval::new(last.start(), piece.end()).unwrap_or(*last),
        Some(_) | None => runs.push(piece),
    }
}
