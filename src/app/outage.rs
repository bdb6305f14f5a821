//! Recording outages and what people say about them.

use chrono::{DateTime, Utc};
use serde::Serialize;

use super::check::find_asset;
use super::error::AppError;
use super::record::add_proposal;
use super::settings::App;
use crate::names::{AssetId, nearest};
use crate::outage::{Observed, Outage, Statement};
use crate::plan::{Cause, Known, propose};
use crate::store::{Changes, LogEntry, NewVerdict, OutageEnd, OutageFilter};
use crate::verdict::Verdict;
use crate::window::Impact;

/// An outage with everything about it.
#[derive(Debug, Clone, Serialize)]
pub struct OutageSeen {
    /// The outage.
    pub outage: Outage,
    /// The newest stored verdict of each asset.
    pub verdicts: Vec<Verdict>,
    /// What was said about it.
    pub statements: Vec<Statement>,
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
            let messages = app.store.messages_of_causes(&[Cause::Outage(outage.id.clone())])?;
            let outages = std::slice::from_ref(&outage);
            let known = Known { maintenances: &[], outages, inventory: &inventory, messages: &messages };
            let log = LogEntry {
                at: now,
                who: outage.source.clone(),
                what: "recorded an outage".into(),
                subject: outage.id.to_string(),
            };
            let mut changes = Changes { outages: vec![outage.clone()], log: vec![log], ..Changes::default() };
            add_proposal(&mut changes, propose(&known, &app.settings.config.policy, now));
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

    /// An outage with its verdicts and statements.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when there is none; [`AppError::Store`].
    pub fn outage_seen(&self, typed: &str) -> Result<OutageSeen, AppError> {
        let outage = self.find_outage(typed)?;
        let statements = self.store.statements(&outage.id)?;
        let mut verdicts: Vec<Verdict> = Vec::new();
        for judged in self.store.verdicts(&outage.id)? {
            verdicts.retain(|verdict| verdict.asset != judged.verdict.asset);
            verdicts.push(judged.verdict);
        }
        verdicts.sort_by_key(|verdict| outage.assets.iter().position(|asset| *asset == verdict.asset));
        Ok(OutageSeen { outage, verdicts, statements })
    }

    /// Judges every asset of an outage as of its start and keeps what differs from the verdict before.
    fn keep_verdicts(&mut self, typed: &str, now: DateTime<Utc>) -> Result<OutageSeen, AppError> {
        self.transact(now, |app| {
            let verdicts = app.verdicts_of(&app.find_outage(typed)?, now)?;
            Ok((Changes { verdicts, ..Changes::default() }, ()))
        })?;
        self.outage_seen(typed)
    }

    /// Judges every recorded outage again, since more is known now: a notice that was in the post, a source read further,
    /// an item settled. A verdict that differs becomes a new revision; the ones before stay.
    ///
    /// # Errors
    /// [`AppError::Store`], [`AppError::Contended`].
    pub fn judge_again(&mut self, now: DateTime<Utc>) -> Result<(), AppError> {
        for outage in self.store.outages(OutageFilter::All)? {
            self.transact(now, |app| {
                let kept = app.outage_seen(outage.id.as_str())?.verdicts;
                let mut verdicts = app.verdicts_of(&outage, now)?;
                verdicts.retain(|new| !kept.contains(&new.verdict));
                Ok((Changes { verdicts, ..Changes::default() }, ()))
            })?;
        }
        Ok(())
    }

    fn verdicts_of(&self, outage: &Outage, now: DateTime<Utc>) -> Result<Vec<NewVerdict>, AppError> {
        let judged = outage.assets.iter().map(|asset| {
            let verdict = self.judge_outage(outage, asset, None, now)?;
            Ok(NewVerdict { outage: outage.id.clone(), verdict })
        });
        judged.collect()
    }
}

fn ended_already(outage: &Outage, end: &Observed) -> AppError {
    let what = format!("{} ended {} already, as recorded before", outage.id, end.at.format("%Y-%m-%dT%H:%M:%SZ"));
    AppError::usage(what, "nothing changed; `--replace` puts the new end in its place")
}

fn not_yet(which: &str, at: DateTime<Utc>) -> AppError {
    let what = format!("the {which} {} lies ahead", at.format("%Y-%m-%dT%H:%M:%SZ"));
    AppError::usage(what, "an outage is recorded once it is seen; `inwindow check` judges spans that lie ahead")
}
