//! Recording outages and what people say about them.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::check::{FURTHEST_DRIFT, find_asset, reach};
use super::error::AppError;
use super::record::add_proposal;
use super::settings::App;
use super::unjudged::Unjudged;
use crate::names::{AssetId, nearest};
use crate::outage::{Attachment, Observed, Outage, Statement};
use crate::plan::{Cause, Known, felt_within, propose};
use crate::store::{Changes, Judging, LogEntry, NewOverride, NewVerdict, OutageEnd, OutageFilter};
use crate::verdict::{Claim, Kind, Override, Verdict};
use crate::window::Impact;

/// An outage with everything about it.
#[derive(Debug, Clone, Serialize)]
pub struct OutageSeen {
    /// The outage.
    pub outage: Outage,
    /// The official verdict of each asset, as of the outage's start.
    pub verdicts: Vec<Verdict>,
    /// The same by what is known by now, of assets where that says something else.
    pub later: Vec<Verdict>,
    /// What people hold against them, in the order it was said.
    pub overrides: Vec<Override>,
    /// What was said about it.
    pub statements: Vec<Statement>,
    /// What was attached to it.
    pub attachments: Vec<Attachment>,
    /// What can be claimed because of it.
    pub claims: Vec<Claim>,
}

/// What becomes of an end that was recorded before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Closing {
    /// It stays.
    Once,
    /// The new one takes its place; the log keeps both.
    Anew,
}

impl App {
    /// Records that assets went down, plans the mails to those who use them, and judges each asset.
    ///
    /// Recording the same outage again adds nothing.
    ///
    /// # Errors
    /// [`AppError::UnknownAsset`], [`AppError::Empty`], [`AppError::NoInventory`], [`AppError::Store`].
    pub fn open_outage(
        &mut self,
        typed: &[String],
        (start, end): (Observed, Option<Observed>),
        (impact, source, summary): (Impact, &str, Option<&str>),
        now: DateTime<Utc>,
    ) -> Result<OutageSeen, AppError> {
        if start.at > now {
            return Err(not_yet("start", start.at));
        }
        let inventory = self.inventory_at(start.at)?;
        let mut assets: Vec<AssetId> = Vec::new();
        for typed in typed {
            let asset = find_asset(&inventory, typed)?;
            if !assets.contains(&asset) {
                assets.push(asset);
            }
        }
        let outage = Outage {
            id: Outage::id_of(&assets, start.at, source),
            assets,
            start,
            end,
            impact,
            source: source.to_owned(),
            summary: summary.map(str::to_owned),
            recorded_at: now,
        };
        if let Some(end) = &outage.end {
            outage.interval(now)?;
            if end.at > now {
                return Err(not_yet("end", end.at));
            }
        }
        self.transact(now, |app| {
            let messages = app.store.messages_of_causes(&[Cause::Outage(outage.id.clone())])?.concat();
            let outages = std::slice::from_ref(&outage);
            let zones = &app.settings.zones;
            let known =
                Known { maintenances: &[], standing: &[], outages, inventory: &inventory, messages: &messages, zones };
            let log = LogEntry {
                at: now,
                who: outage.source.clone(),
                what: "recorded an outage".into(),
                subject: outage.id.to_string(),
            };
            let mut changes = Changes { outages: vec![outage.clone()], log: vec![log], ..Changes::default() };
            add_proposal(&mut changes, propose(&known, &app.settings.config.policy, now));
            // The follow-up to what it was felt around may ask more of its readers.
            let around = app.store.maintenances_overlapping(felt_within(&outage, &inventory))?.into_iter();
            changes.wakes.extend(around.map(|maintenance| (Cause::Maintenance(maintenance.id), Some(now))));
            Ok((changes, ()))
        })?;
        self.keep_verdicts(&outage.id.to_string(), now)
    }

    /// Records that an outage is over, and judges it again. Said again, it changes nothing.
    ///
    /// # Errors
    /// [`AppError::Unknown`], [`AppError::Empty`] when the end is not after its start, [`AppError::Usage`] when another
    /// end is recorded that shall stay, [`AppError::Store`].
    pub fn close_outage(
        &mut self,
        typed: &str,
        (end, closing): (&Observed, Closing),
        now: DateTime<Utc>,
    ) -> Result<OutageSeen, AppError> {
        let outage = self.find_outage(typed)?;
        if end.at > now {
            return Err(not_yet("end", end.at));
        }
        crate::time::Interval::new(outage.start.at, end.at)?;
        self.transact(now, |app| {
            let known = app.find_outage(outage.id.as_str())?.end;
            match (known, closing) {
                (Some(known), _) if known.at == end.at => return Ok((Changes::default(), ())),
                (Some(known), Closing::Once) => return Err(ended_already(&outage, &known)),
                (Some(_), Closing::Anew) | (None, Closing::Once | Closing::Anew) => {}
            }
            let what = format!("said that it ended at {}", end.at.format("%Y-%m-%dT%H:%M:%SZ"));
            let log = LogEntry { at: now, who: "typed".into(), what, subject: outage.id.to_string() };
            let ends = vec![OutageEnd { outage: outage.id.clone(), end: end.clone() }];
            Ok((Changes { outage_ends: ends, log: vec![log], ..Changes::default() }, ()))
        })?;
        self.keep_verdicts(outage.id.as_str(), now)
    }

    /// Records what somebody said, and judges again: a statement can add a flag, never change the kind.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when there is no such outage; [`AppError::Store`].
    pub fn say(&mut self, statement: Statement, now: DateTime<Utc>) -> Result<OutageSeen, AppError> {
        let outage = self.find_outage(statement.outage.as_str())?;
        let statement = Statement { outage: outage.id.clone(), ..statement };
        self.transact(now, |_| {
            let what = format!("said ({}): {}", statement.stance, statement.words);
            let log = LogEntry { at: now, who: statement.who.clone(), what, subject: outage.id.to_string() };
            Ok((Changes { statements: vec![statement.clone()], log: vec![log], ..Changes::default() }, ()))
        })?;
        self.keep_verdicts(outage.id.as_str(), now)
    }

    /// The outage of an id or the start of one.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when there is none; [`AppError::Store`].
    pub fn find_outage(&self, typed: &str) -> Result<Outage, AppError> {
        if let Some(outage) = self.store.outage(typed)? {
            return Ok(outage);
        }
        let outages = self.store.outages(OutageFilter::All)?;
        let nearest = nearest(typed, outages.iter().map(|outage| outage.id.as_str())).map(str::to_owned);
        Err(AppError::Unknown { what: "outage", typed: typed.to_owned(), nearest })
    }

    /// An outage with everything about it.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when there is none; [`AppError::Store`].
    pub fn outage_seen(&self, typed: &str) -> Result<OutageSeen, AppError> {
        let outage = self.find_outage(typed)?;
        let statements = self.store.statements(&outage.id)?;
        let kept: Vec<Verdict> = self.store.verdicts(&outage.id)?.into_iter().map(|judged| judged.verdict).collect();
        let newest = |asset: &AssetId, is_late: fn(&Verdict) -> bool| {
            kept.iter().rev().find(|verdict| verdict.asset == *asset && is_late(verdict)).cloned()
        };
        let official = |asset: &AssetId| newest(asset, |verdict| !is_late(verdict));
        let verdicts: Vec<Verdict> = outage.assets.iter().filter_map(official).collect();
        let later = outage.assets.iter().filter_map(|asset| newest(asset, is_late)).collect();
        let overrides = self.store.overrides(&outage.id)?;
        let attachments = self.store.attachments(&outage.id)?;
        let claims = self.claims_because(&outage, (&verdicts, &overrides))?;
        Ok(OutageSeen { outage, verdicts, later, overrides, statements, attachments, claims })
    }

    /// Keeps what a person holds against the verdict on an outage, beside it. Without an asset it is about all of them.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when there is no such outage, or the asset is none of its; [`AppError::Store`].
    pub fn override_verdict(
        &mut self,
        typed: &str,
        asset: Option<&str>,
        (kind, by, reason): (Kind, &str, &str),
        now: DateTime<Utc>,
    ) -> Result<OutageSeen, AppError> {
        let outage = self.find_outage(typed)?;
        let mut assets = outage.assets.clone();
        if let Some(asset) = asset {
            assets.retain(|known| known.as_str() == asset);
            if assets.is_empty() {
                let nearest = nearest(asset, outage.assets.iter().map(AssetId::as_str)).map(str::to_owned);
                return Err(AppError::Unknown { what: "asset of the outage", typed: asset.to_owned(), nearest });
            }
        }
        self.transact(now, |_| {
            let word = |asset: &AssetId| NewOverride {
                outage: outage.id.clone(),
                said: Override {
                    asset: asset.clone(),
                    kind,
                    by: by.to_owned(),
                    reason: reason.to_owned(),
                    made_at: now,
                },
            };
            let what = format!("holds the verdict to be {kind}: {reason}");
            let log = LogEntry { at: now, who: by.to_owned(), what, subject: outage.id.to_string() };
            let overrides = assets.iter().map(word).collect();
            Ok((Changes { overrides, log: vec![log], ..Changes::default() }, ()))
        })?;
        self.outage_seen(outage.id.as_str())
    }

    /// Judges every asset of an outage and keeps what differs from the verdicts before.
    fn keep_verdicts(&mut self, typed: &str, now: DateTime<Utc>) -> Result<OutageSeen, AppError> {
        self.transact(now, |app| {
            let verdicts = app.new_verdicts(&app.find_outage(typed)?, now)?;
            Ok((Changes { verdicts, ..Changes::default() }, ()))
        })?;
        self.outage_seen(typed)
    }

    /// Judges the recorded outages again that what became known since can concern: a notice that was in the post, a source
    /// read further, an item settled. A verdict that differs becomes a new revision; the ones before stay.
    ///
    /// What a process left that ended before it came to this is judged too.
    ///
    /// # Errors
    /// [`AppError::Store`], [`AppError::Contended`].
    pub fn judge_again(&mut self, now: DateTime<Utc>) -> Result<(), AppError> {
        let judged = self.store.judged()?;
        let unjudged = std::mem::take(&mut self.owed).of(judged);
        if unjudged == Unjudged::Nothing {
            return Ok(());
        }
        self.judge_by(&unjudged, now)?;
        let judging = Judging::Done(judged.owed);
        self.transact(now, |_| Ok((Changes { judging, ..Changes::default() }, ())))
    }

    fn judge_by(&mut self, unjudged: &Unjudged, now: DateTime<Utc>) -> Result<(), AppError> {
        for outage in self.store.outages(OutageFilter::All)? {
            if !unjudged.may_concern(&outage, now) {
                continue;
            }
            let inventory = self.inventory_at(outage.start.at)?;
            let vendors: Vec<_> = outage.assets.iter().flat_map(|asset| inventory.vendors_of(asset)).collect();
            let reach = reach(&self.settings.terms(&inventory)) + FURTHEST_DRIFT;
            if unjudged.concerns(&outage, (&vendors, reach), now) {
                self.keep_verdicts(outage.id.as_str(), now)?;
            }
        }
        Ok(())
    }

    /// The verdicts on an outage that differ from those kept: the official one, as of its start, and beside it what is held
    /// now where notices that came later say something else.
    fn new_verdicts(&self, outage: &Outage, now: DateTime<Utc>) -> Result<Vec<NewVerdict>, AppError> {
        let kept = self.outage_seen(outage.id.as_str())?;
        let mut new = Vec::new();
        for asset in &outage.assets {
            let of_asset = |verdicts: &[Verdict]| verdicts.iter().find(|verdict| verdict.asset == *asset).cloned();
            let official = self.judge_outage(outage, asset, None, now)?;
            let (known, known_late) = (of_asset(&kept.verdicts), of_asset(&kept.later));
            let later = self.judge_outage(outage, asset, Some(now.max(outage.start.at)), now)?;
            let says_more = is_late(&later) && (later.kind, &later.flags) != (official.kind, &official.flags);
            let is_known = known_late.is_some_and(|known| says_the_same(&known, &later));
            if known.as_ref() != Some(&official) {
                new.push(NewVerdict { outage: outage.id.clone(), verdict: official });
            }
            if says_more && !is_known {
                new.push(NewVerdict { outage: outage.id.clone(), verdict: later });
            }
        }
        Ok(new)
    }
}

/// Whether a verdict was asked with knowledge of after the start: it is not the official one.
fn is_late(verdict: &Verdict) -> bool {
    verdict.as_of > verdict.outage.start()
}

/// Whether two verdicts differ in nothing but when they were asked.
fn says_the_same(known: &Verdict, new: &Verdict) -> bool {
    Verdict { as_of: new.as_of, ..known.clone() } == *new
}

fn ended_already(outage: &Outage, end: &Observed) -> AppError {
    let what = format!("{} ended {} already, as recorded before", outage.id, end.at.format("%Y-%m-%dT%H:%M:%SZ"));
    AppError::usage(what, "nothing changed; `--replace` puts the new end in its place")
}

fn not_yet(which: &str, at: DateTime<Utc>) -> AppError {
    let what = format!("the {which} {} lies ahead", at.format("%Y-%m-%dT%H:%M:%SZ"));
    AppError::usage(what, "an outage is recorded once it is seen; `inwindow check` judges spans that lie ahead")
}
