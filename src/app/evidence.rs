//! What people attach to recorded outages, and what they do about claims.

use std::collections::BTreeMap;
use std::io::Read;

use chrono::{DateTime, TimeDelta, Utc};

use super::error::AppError;
use super::outage::OutageSeen;
use super::settings::App;
use crate::inventory::Inventory;
use crate::names::{AssetId, Digest, VendorId, nearest};
use crate::outage::{
    Attached, Attachment, ClaimAct, ClaimStep, MAX_ATTACHMENTS, MAX_KEPT_BYTES, MAX_TEXT_BYTES, MAX_URL_BYTES, Outage,
};
use crate::store::{Changes, LogEntry, NewAttachment, OutageFilter};
use crate::time::{Interval, shifted};
use crate::verdict::{Claim, ClaimFacts, Override, Verdict};

/// How long a claim that ran out is still told of: the month in which somebody may still ask for good will.
const LAPSED_TOLD: TimeDelta = TimeDelta::days(31);

/// How far back outages are looked through for claims that wait: longer than any vendor is known to take claims (a billing
/// cycle or two; half a year in some contracts).
const CLAIMS_BACK: TimeDelta = TimeDelta::days(366);

/// What is to be attached.
pub enum Attaching<'a> {
    /// An address alone.
    Url(&'a str),
    /// Words.
    Text(&'a str),
    /// A file, and where it was saved from.
    File {
        /// Its name.
        name: &'a str,
        /// Its bytes.
        bytes: Box<dyn Read + 'a>,
        /// Where it was saved from.
        url: Option<&'a str>,
    },
}

/// Who attaches it, and what it shows.
#[derive(Debug, Clone, Copy)]
pub struct AttachedBy<'a> {
    /// Who.
    pub by: &'a str,
    /// When it was seen to be so.
    pub seen_at: DateTime<Utc>,
    /// What it shows, in a line.
    pub note: Option<&'a str>,
}

impl App {
    /// Attaches evidence from elsewhere to an outage. It is kept for ever and changes no verdict.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when there is no such outage, [`AppError::Usage`] for what cannot be attached or is too much,
    /// [`AppError::Store`].
    pub fn attach(
        &mut self,
        typed: &str,
        what: Attaching<'_>,
        said: AttachedBy<'_>,
        now: DateTime<Utc>,
    ) -> Result<Attachment, AppError> {
        let outage = self.find_outage(typed)?;
        let by = somebody(said.by)?;
        let (what, bytes) = read(what)?;
        let note = said.note.map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned);
        let attachment =
            Attachment { outage: outage.id.clone(), what, seen_at: said.seen_at, by, note, recorded_at: now };
        self.transact(now, |app| {
            let known = app.store.attachments(&outage.id)?;
            let same = |other: &Attachment| Attachment { recorded_at: now, ..other.clone() } == attachment;
            if let Some(known) = known.iter().find(|known| same(known)) {
                return Ok((Changes::default(), known.clone()));
            }
            if known.len() >= MAX_ATTACHMENTS {
                let what = format!("{} has {MAX_ATTACHMENTS} attachments, and no more are taken", outage.id);
                return Err(AppError::usage(what, "attach an archive of what is left"));
            }
            let log = LogEntry {
                at: now,
                who: attachment.by.clone(),
                what: format!("attached {}", attachment.what),
                subject: outage.id.to_string(),
            };
            let new = NewAttachment { attachment: attachment.clone(), bytes: bytes.clone() };
            Ok((Changes { attachments: vec![new], log: vec![log], ..Changes::default() }, attachment.clone()))
        })
    }

    /// Records that a claim was filed, or that nobody will claim.
    ///
    /// # Errors
    /// [`AppError::Unknown`] when there is no such outage, or no claim against that vendor because of it;
    /// [`AppError::Usage`] when there are several and none was named, or nothing to claim; [`AppError::Store`].
    pub fn step_claim(
        &mut self,
        typed: &str,
        vendor: Option<&str>,
        (act, at, by, note): (ClaimAct, DateTime<Utc>, &str, Option<&str>),
        now: DateTime<Utc>,
    ) -> Result<OutageSeen, AppError> {
        let seen = self.outage_seen(typed)?;
        let against = claim_against(&seen, vendor)?;
        let outage = &seen.outage;
        let by = somebody(by)?;
        if at < outage.start.at {
            let what = format!("{} is before the outage began", at.format("%Y-%m-%dT%H:%M:%SZ"));
            return Err(AppError::usage(what, "give the time at which the vendor was told"));
        }
        let note = note.map(str::trim).filter(|note| !note.is_empty()).map(str::to_owned);
        if act == ClaimAct::Waived && note.is_none() {
            return Err(AppError::usage("nothing says why nobody claims", "give --note TEXT"));
        }
        let step = ClaimStep {
            outage: outage.id.clone(),
            vendor: against,
            act,
            at,
            by: by.clone(),
            note: note.clone(),
            recorded_at: now,
        };
        self.transact(now, |_| {
            let did = match act {
                ClaimAct::Filed => "filed a claim against",
                ClaimAct::Waived => "will not claim from",
            };
            let note = note.as_ref().map(|note| format!(": {note}")).unwrap_or_default();
            let what = format!("{did} {}{note}", step.vendor);
            let log = LogEntry { at: now, who: by.clone(), what, subject: outage.id.to_string() };
            Ok((Changes { claim_steps: vec![step.clone()], log: vec![log], ..Changes::default() }, ()))
        })?;
        self.outage_seen(outage.id.as_str())
    }

    /// The claims that wait for somebody, those that run out first before the others; and those that ran out of late with
    /// nothing recorded about them.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn open_claims(&self, now: DateTime<Utc>) -> Result<Vec<Claim>, AppError> {
        let told_until = shifted(now, -LAPSED_TOLD);
        let mut claims = self.claims_of(Interval::new(shifted(now, -CLAIMS_BACK), now)?)?;
        claims.retain(|claim| {
            claim.waits(now) || claim.has_lapsed(now) && claim.due_at.is_some_and(|due| due >= told_until)
        });
        Ok(claims)
    }

    /// The claims because of all outages that share an instant with a span, by their last instant.
    ///
    /// # Errors
    /// [`AppError::Store`].
    pub fn claims_of(&self, span: Interval) -> Result<Vec<Claim>, AppError> {
        let mut claims = Vec::new();
        if self.store.inventory_latest()?.is_none() {
            return Ok(claims);
        }
        for outage in self.store.outages(OutageFilter::Overlapping(span))? {
            // Most users name no terms for claims, and then no verdict has to be read.
            if self.takes_claims(&outage)? {
                claims.extend(self.outage_seen(outage.id.as_str())?.claims);
            }
        }
        let key = |claim: &Claim| {
            (claim.due_at.unwrap_or(DateTime::<Utc>::MAX_UTC), claim.outage.clone(), claim.vendor.clone())
        };
        claims.sort_by_key(key);
        Ok(claims)
    }

    /// Whether any vendor behind the assets of an outage says until when it takes claims.
    fn takes_claims(&self, outage: &Outage) -> Result<bool, AppError> {
        let inventory = self.inventory_about(outage.start.at, outage.assets.iter())?;
        let mut behind = outage.assets.iter().flat_map(|asset| inventory.vendors_of(asset));
        Ok(behind.any(|id| {
            inventory.vendors.get(&id).is_some_and(|vendor| self.settings.terms_of(vendor).claim_within.is_some())
        }))
    }

    /// The claims because of an outage with these verdicts.
    pub(super) fn claims_because(
        &self,
        outage: &Outage,
        (verdicts, overrides): (&[Verdict], &[Override]),
    ) -> Result<Vec<Claim>, AppError> {
        let steps = self.store.claim_steps(&outage.id)?;
        let ended_at = outage.end.as_ref().map(|end| end.at);
        self.claims_with((Some(outage), ended_at), verdicts, overrides, &steps)
    }

    /// What could be claimed because of a span that was only asked about.
    ///
    /// # Errors
    /// [`AppError::NoInventory`], [`AppError::Store`].
    pub fn claims_if(&self, verdict: &Verdict, now: DateTime<Utc>) -> Result<Vec<Claim>, AppError> {
        let span = verdict.outage;
        if span.start() > now {
            return Ok(Vec::new());
        }
        self.claims_with((None, Some(span.end())), std::slice::from_ref(verdict), &[], &[])
    }

    /// The part of the inventory that concerns these assets: a check must not read all of a large one.
    fn inventory_about<'a>(
        &self,
        at: DateTime<Utc>,
        assets: impl Iterator<Item = &'a AssetId>,
    ) -> Result<Inventory, AppError> {
        let assets: Vec<AssetId> = assets.cloned().collect();
        self.store.inventory_part(at, &assets, &[])?.ok_or_else(|| self.no_inventory())
    }

    fn claims_with(
        &self,
        (outage, ended_at): (Option<&Outage>, Option<DateTime<Utc>>),
        verdicts: &[Verdict],
        overrides: &[Override],
        steps: &[ClaimStep],
    ) -> Result<Vec<Claim>, AppError> {
        let Some(first) = verdicts.first() else { return Ok(Vec::new()) };
        let assets = verdicts.iter().map(|verdict| &verdict.asset);
        let inventory = self.inventory_about(first.outage.start(), assets)?;
        let behind = verdicts.iter().flat_map(|verdict| {
            let of_window = verdict.window.as_ref().map(|window| window.vendor.clone());
            inventory.vendors_of(&verdict.asset).into_iter().chain(of_window)
        });
        let terms: BTreeMap<VendorId, _> = behind
            .filter_map(|id| {
                let terms = self.settings.terms_of(inventory.vendors.get(&id)?);
                Some((id, terms))
            })
            .collect();
        Ok(Claim::of(&ClaimFacts {
            outage: outage.map(|outage| &outage.id),
            ended_at,
            verdicts,
            overrides,
            steps,
            inventory: &inventory,
            terms: &terms,
        }))
    }
}

/// The vendor that is meant of those that something can be claimed from.
fn claim_against(seen: &OutageSeen, typed: Option<&str>) -> Result<VendorId, AppError> {
    let vendors: Vec<&VendorId> = seen.claims.iter().map(|claim| &claim.vendor).collect();
    let names = || vendors.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    match (vendors.as_slice(), typed) {
        ([], _) => {
            let what = format!("there is nothing to claim because of {}", seen.outage.id);
            let help = "claims exist where the verdict is not yes and the vendor's terms say `claim_within`";
            Err(AppError::usage(what, help))
        }
        (_, Some(typed)) => vendors.iter().find(|vendor| vendor.as_str() == typed).copied().cloned().ok_or_else(|| {
            let nearest = nearest(typed, vendors.iter().map(|vendor| vendor.as_str())).map(str::to_owned);
            AppError::Unknown { what: "vendor with a claim because of it", typed: typed.to_owned(), nearest }
        }),
        ([vendor], None) => Ok((*vendor).clone()),
        (_, None) => {
            let what = format!("something can be claimed from several vendors: {}", names());
            Err(AppError::usage(what, "name one with --vendor"))
        }
    }
}

fn somebody(by: &str) -> Result<String, AppError> {
    match by.trim() {
        "" => Err(AppError::usage("nobody is named", "give --by WHO")),
        by => Ok(by.to_owned()),
    }
}

/// What is attached, with the bytes that are kept.
fn read(what: Attaching<'_>) -> Result<(Attached, Option<Vec<u8>>), AppError> {
    match what {
        Attaching::Url(url) => Ok((Attached::Url { url: address(url)? }, None)),
        Attaching::Text(text) => {
            let text = text.trim();
            if text.is_empty() || text.len() > MAX_TEXT_BYTES {
                let what = format!("a text of {} bytes cannot be attached", text.len());
                return Err(AppError::usage(what, format!("write 1 to {MAX_TEXT_BYTES} bytes, or attach a file")));
            }
            Ok((Attached::Text { text: text.to_owned(), sha256: Digest::of(text.as_bytes()) }, None))
        }
        Attaching::File { name, bytes, url } => file(name, bytes, url),
    }
}

fn file(name: &str, mut bytes: Box<dyn Read + '_>, url: Option<&str>) -> Result<(Attached, Option<Vec<u8>>), AppError> {
    let url = url.map(address).transpose()?;
    let failed = |error| AppError::file("read", std::path::Path::new(name), error);
    let mut first = Vec::new();
    bytes.by_ref().take(MAX_KEPT_BYTES + 1).read_to_end(&mut first).map_err(failed)?;
    let kept = first.len() as u64 <= MAX_KEPT_BYTES;
    let (sha256, length) = Digest::of_stream(first.as_slice().chain(bytes)).map_err(failed)?;
    if length == 0 {
        return Err(AppError::usage(format!("`{name}` is empty"), "nothing was attached"));
    }
    let attached = Attached::File { name: name.to_owned(), bytes: length, sha256, kept, url };
    Ok((attached, kept.then_some(first)))
}

fn address(url: &str) -> Result<String, AppError> {
    let url = url.trim();
    let is_web = ["https://", "http://"].iter().any(|scheme| url.len() > scheme.len() && url.starts_with(scheme));
    let is_plain =
        url.len() <= MAX_URL_BYTES && !url.chars().any(|letter| letter.is_control() || letter.is_whitespace());
    if is_web && is_plain {
        return Ok(url.to_owned());
    }
    Err(AppError::usage(
        format!("`{url}` is no address of a page"),
        "write it like https://status.vendor.example/incident/1",
    ))
}
