//! Was it in-window? Loads what was known and asks the judge. Only reads.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, TimeDelta, Utc};

use super::error::AppError;
use super::settings::{App, Settings};
use super::standing::{
    BrokenWindows, WindowsFile, WindowsOrigin, checked_windows, known_windows, readable_windows, usable_windows,
};
use crate::inventory::{Inventory, Vendor};
use crate::maintenance::{Maintenance, Terms};
use crate::names::{AssetId, VendorId};
use crate::outage::{Outage, Statement};
use crate::store::{MaintenanceNumber, NamesNear, OutageFilter, ReviewFilter};
use crate::time::{Interval, Zone};
use crate::verdict::{Beside, CLOSE_IN_TIME, Concerning, Known, OutageState, Question, Verdict, judge, names_in};
use crate::window::Impact;
use crate::window::standing::{Standing, StandingFile};

/// The furthest that new zone rules have moved a local time: a whole day, when Samoa crossed the date line in 2011. What is
/// stored by older rules may lie that far from where the newest put it.
pub(super) const FURTHEST_DRIFT: TimeDelta = TimeDelta::hours(24);

/// A question as it is put to the program.
#[derive(Debug, Clone)]
pub struct Ask {
    /// The asset, as typed.
    pub asset: String,
    /// What is judged.
    pub interval: Interval,
    /// How badly the asset was touched.
    pub impact: Impact,
    /// Ask only what was received before this; by default before the start.
    pub as_of: Option<DateTime<Utc>>,
}

/// What is weighed for a verdict, of what may matter for it.
struct Weighed {
    terms: BTreeMap<VendorId, Terms>,
    maintenances: Vec<Maintenance>,
    standing: Vec<Standing>,
    /// The recorded outages around it.
    near: Vec<Outage>,
}

/// Whose windows matter for a question, and where they lie.
struct Around {
    vendors: Vec<VendorId>,
    span: Interval,
    /// Where those lie that can be open when the outage begins.
    open: Interval,
}

/// The maintenances around a question.
struct ByNames {
    /// How many they are.
    all: usize,
    /// What those name of which names tell whether they can concern the asset.
    named: Vec<NamesNear>,
    /// What those of them name that can be open when the outage begins.
    open: Vec<NamesNear>,
    /// The others.
    nameless: Vec<Maintenance>,
}

impl App {
    /// Judges one asset and span, by what of the inventory concerns that asset: a fraction of a second of reading where the
    /// whole takes one.
    ///
    /// # Errors
    /// [`AppError::UnknownAsset`] with the nearest name, [`AppError::NoInventory`], [`AppError::Store`].
    pub fn check(&self, ask: &Ask, now: DateTime<Utc>) -> Result<Verdict, AppError> {
        let start = ask.interval.start();
        let asset = self.asset_at(start, &ask.asset)?;
        let state = if start > now { OutageState::Ahead } else { OutageState::Ended };
        let question = Question {
            as_of: ask.as_of.unwrap_or_else(|| start.min(now)),
            state,
            ..Question::official(asset, ask.interval, ask.impact)
        };
        self.judge_by_part(&question)
    }

    /// The asset of an id or name in the inventory of an instant. One that nothing is called by costs reading all of it,
    /// for the nearest.
    fn asset_at(&self, at: DateTime<Utc>, typed: &str) -> Result<AssetId, AppError> {
        let part = self.store.inventory_part(at, &[], &[typed.to_owned()])?.ok_or_else(|| self.no_inventory())?;
        find_asset(&part, typed).or_else(|_| find_asset(self.inventory_at(at)?.as_ref(), typed))
    }

    /// Judges by a part of the inventory: the asset, what went down beside it, and what the windows that matter name.
    fn judge_by_part(&self, question: &Question) -> Result<Verdict, AppError> {
        let near = self.store.outages(OutageFilter::Overlapping(around(question.outage, CLOSE_IN_TIME)))?;
        let mut assets: Vec<AssetId> = near.iter().flat_map(|outage| &outage.assets).cloned().collect();
        assets.push(question.asset.clone());
        let part = |names: &[String]| -> Result<Inventory, AppError> {
            let part = self.store.inventory_part(question.outage.start(), &assets, names)?;
            part.ok_or_else(|| self.no_inventory())
        };
        let asset = part(&[])?;
        let knowing =
            |names: Vec<String>| Ok(if names.is_empty() { Cow::Borrowed(&asset) } else { Cow::Owned(part(&names)?) });
        self.judge_near(question, &asset, knowing, near)
    }

    /// Judges by those of the maintenances near the question that can concern the asset, and by all where the kind weighs
    /// all: most maintenances of a carrier name what others use.
    ///
    /// `asset` is an inventory that knows the asset, and `knowing` gives one that knows these names too.
    fn judge_near<'i>(
        &self,
        question: &Question,
        asset: &Inventory,
        knowing: impl Fn(Vec<String>) -> Result<Cow<'i, Inventory>, AppError>,
        near: Vec<Outage>,
    ) -> Result<Verdict, AppError> {
        let (terms, standing) = (self.settings.terms(asset), self.standing_of(asset)?);
        let around = around_asset(question, asset, &terms);
        let ByNames { all, named, open, nameless } = self.by_names(&around)?;
        let chosen = concerning(&Concerning::asset(&question.asset, asset), &named);
        let mut names: BTreeSet<String> = names_in(&nameless, &standing).into_iter().collect();
        names.extend(chosen.iter().copied().chain(&open).flat_map(names_of).cloned());
        let inventory = knowing(names.into_iter().collect())?;
        let is_unknown = |near: &NamesNear, name| inventory.match_name(&near.vendor, name).asset.is_none();
        let unknown = open.iter().filter(|near| names_of(near).any(|name| is_unknown(near, name)));
        let numbers: BTreeSet<MaintenanceNumber> =
            chosen.iter().copied().chain(unknown).map(|near| near.maintenance).collect();
        let mut maintenances = nameless;
        maintenances.extend(self.store.maintenances_numbered(&Vec::from_iter(numbers))?);
        let mut weighed = Weighed { terms, maintenances, standing, near };
        let verdict = self.judge_weighed(question, &inventory, &weighed)?;
        if !verdict.kind.weighs_all() || weighed.maintenances.len() == all {
            return Ok(verdict);
        }
        weighed.maintenances = self.store.maintenances_near(&around.vendors, around.span)?;
        let inventory = knowing(names_in(&weighed.maintenances, &weighed.standing))?;
        self.judge_weighed(question, &inventory, &weighed)
    }

    /// Judges one asset of a recorded outage, as of its start.
    pub(super) fn judge_outage(
        &self,
        outage: &Outage,
        asset: &AssetId,
        as_of: Option<DateTime<Utc>>,
        now: DateTime<Utc>,
    ) -> Result<Verdict, AppError> {
        let start = outage.start.at;
        let interval = outage.interval(now.max(Interval::second_at(start).end()))?;
        let uncertainty = |observed: &crate::outage::Observed| TimeDelta::seconds(observed.plus_minus_seconds.into());
        let question = Question {
            start_uncertainty: uncertainty(&outage.start),
            end_uncertainty: outage.end.as_ref().map(uncertainty).unwrap_or_default(),
            other_starts: outage.start.others.clone(),
            other_ends: outage.end.as_ref().map(|end| end.others.clone()).unwrap_or_default(),
            state: if outage.is_open() { OutageState::Open } else { OutageState::Ended },
            as_of: as_of.unwrap_or(start),
            ..Question::official(asset.clone(), interval, outage.impact)
        };
        self.judge(&question, self.inventory_at(start)?.as_ref())
    }

    /// Judges by a whole inventory.
    pub(super) fn judge(&self, question: &Question, inventory: &Inventory) -> Result<Verdict, AppError> {
        let near = self.store.outages(OutageFilter::Overlapping(around(question.outage, CLOSE_IN_TIME)))?;
        if question.has_one_reading() {
            return self.judge_near(question, inventory, |_| Ok(Cow::Borrowed(inventory)), near);
        }
        let (terms, standing) = (self.settings.terms(inventory), self.standing_of(inventory)?);
        let Around { vendors, span, .. } = around_asset(question, inventory, &terms);
        let maintenances = self.store.maintenances_near(&vendors, span)?;
        self.judge_weighed(question, inventory, &Weighed { terms, maintenances, standing, near })
    }

    /// What lies there, as far as names tell it apart; the rest of it is read.
    fn by_names(&self, around: &Around) -> Result<ByNames, AppError> {
        let near = self.store.names_near(&around.vendors, around.span)?;
        let open = self.store.names_near(&around.vendors, around.open)?;
        let all = near.len();
        let (named, nameless): (Vec<_>, Vec<_>) = near.into_iter().partition(|near| near.names.is_some());
        let numbers: Vec<MaintenanceNumber> = nameless.iter().map(|near| near.maintenance).collect();
        Ok(ByNames { all, named, open, nameless: self.store.maintenances_numbered(&numbers)? })
    }

    fn judge_weighed(
        &self,
        question: &Question,
        inventory: &Inventory,
        weighed: &Weighed,
    ) -> Result<Verdict, AppError> {
        let known = Known {
            maintenances: &weighed.maintenances,
            standing: &weighed.standing,
            coverage: &self.store.coverage()?,
            review: &self.store.review(ReviewFilter::Open)?,
            inventory,
            terms: &weighed.terms,
            beside: &beside(&weighed.near),
            statements: &self.statements_about(question, &weighed.near)?,
            zones: &self.settings.zones,
        };
        Ok(judge(question, &known))
    }

    /// The standing windows of the inventory's vendors: those that ship, and those of the data folder in their place.
    pub(super) fn standing_of(&self, inventory: &Inventory) -> Result<Vec<Standing>, AppError> {
        let mut files = known_windows(&self.settings.folder)?;
        files.retain(|file| may_concern(file, inventory));
        Ok(of_vendors(checked_windows(&files, &self.settings.zones)?, inventory))
    }

    /// The same of the files that can be used, for what must go on without the others; and these, with what is wrong.
    pub(super) fn usable_standing(
        &self,
        inventory: &Inventory,
    ) -> Result<(Vec<Standing>, Vec<BrokenWindows>), AppError> {
        let (mut files, mut broken) = readable_windows(&self.settings.folder)?;
        files.retain(|file| may_concern(file, inventory));
        let (usable, wrong) = usable_windows(&files, &self.settings.zones);
        broken.extend(wrong);
        Ok((of_vendors(usable, inventory), broken))
    }

    /// The files of standing windows that cannot be used, so that no mails are written about the windows in them.
    ///
    /// # Errors
    /// [`AppError::File`] when the folder cannot be read; [`AppError::Store`].
    pub fn broken_windows(&self) -> Result<Vec<BrokenWindows>, AppError> {
        let Some(version) = self.store.inventory_latest()? else { return Ok(Vec::new()) };
        Ok(self.usable_standing(&version.inventory)?.1)
    }

    /// What was said about the recorded outages of this asset that share an instant with the span asked about.
    fn statements_about(&self, question: &Question, near: &[Outage]) -> Result<Vec<Statement>, AppError> {
        let mut statements = Vec::new();
        for outage in near.iter().filter(|outage| outage.assets.contains(&question.asset)) {
            let lasts = outage.end.as_ref().is_none_or(|end| end.at > question.outage.start());
            if lasts && outage.start.at < question.outage.end() {
                statements.extend(self.store.statements(&outage.id)?);
            }
        }
        Ok(statements)
    }
}

/// Those that can concern the asset by what they name. Each name is looked up once: a carrier names a circuit many times.
fn concerning<'n>(concerning: &Concerning, near: &'n [NamesNear]) -> Vec<&'n NamesNear> {
    let mut known: HashMap<&str, bool> = HashMap::new();
    let mut may = |name: &'n String| *known.entry(name).or_insert_with(|| concerning.may(name));
    near.iter().filter(|near| names_of(near).any(&mut may)).collect()
}

fn names_of(near: &NamesNear) -> impl Iterator<Item = &String> {
    near.names.iter().flatten()
}

/// A window is open when an outage begins up to its end, and past it where work may run on; both may have been stored by older
/// zone rules.
fn around_asset(question: &Question, inventory: &Inventory, terms: &BTreeMap<VendorId, Terms>) -> Around {
    let runs_on = terms.values().map(|terms| terms.start_inside).max().unwrap_or_default();
    let begins = Interval::second_at(question.outage.start());
    Around {
        vendors: inventory.vendors_of(&question.asset).into_iter().collect(),
        span: around(question.span(), reach(terms) + FURTHEST_DRIFT),
        open: around(begins, runs_on + FURTHEST_DRIFT),
    }
}

fn beside(outages: &[Outage]) -> Vec<Beside> {
    let of = |outage: &Outage| {
        let (id, start) = (outage.id.clone(), outage.start.at);
        outage.assets.iter().map(move |asset| Beside { outage: id.clone(), asset: asset.clone(), start }).collect()
    };
    outages.iter().flat_map(|outage: &Outage| -> Vec<Beside> { of(outage) }).collect()
}

impl Settings {
    /// What holds between each vendor and the user: the contract's terms over the published ones of the vendor's profile.
    #[must_use]
    pub fn terms(&self, inventory: &Inventory) -> BTreeMap<VendorId, Terms> {
        inventory.vendors.values().map(|vendor| (vendor.id.clone(), self.terms_of(vendor))).collect()
    }

    /// The same of one vendor.
    #[must_use]
    pub fn terms_of(&self, vendor: &Vendor) -> Terms {
        let published = self.profiles.terms(&vendor.id).map(Into::into).unwrap_or_default();
        Terms::of(&vendor.terms, &published).in_zone(self.zones.get(&vendor.zone).unwrap_or_else(|_| Zone::utc()))
    }
}

/// Whether a file may be about a vendor of the inventory, without reading what it declares.
fn may_concern(file: &WindowsFile, inventory: &Inventory) -> bool {
    file.origin == WindowsOrigin::Own || names_a_vendor(&file.source.text, inventory)
}

fn of_vendors(files: Vec<StandingFile>, inventory: &Inventory) -> Vec<Standing> {
    let windows = files.into_iter().flat_map(|file| file.windows);
    windows.filter(|window| inventory.vendors.contains_key(&window.vendor)).collect()
}

/// Whether a file that ships is of a vendor of the inventory: seldom one of them is, and to read them all takes longer than
/// the rest of a check.
fn names_a_vendor(text: &str, inventory: &Inventory) -> bool {
    let written = text.lines().find_map(|line| line.strip_prefix("vendor = \"")?.strip_suffix('"'));
    written.is_some_and(|vendor| inventory.vendors.keys().any(|known| known.as_str() == vendor))
}

/// How far around an outage windows can matter: the furthest that any vendor's terms look.
pub(super) fn reach(terms: &BTreeMap<VendorId, Terms>) -> TimeDelta {
    let default = Terms::default();
    terms.values().chain([&default]).map(Terms::reach).max().unwrap_or_else(|| default.reach())
}

/// The span with what lies within a distance of it, windows that only touch it included.
fn around(interval: Interval, distance: TimeDelta) -> Interval {
    interval.widened(distance + TimeDelta::seconds(1))
}

/// The asset of an id, or the error that proposes the nearest.
pub(crate) fn find_asset(inventory: &Inventory, typed: &str) -> Result<AssetId, AppError> {
    match inventory.find_asset(typed) {
        Ok(asset) => Ok(asset.id.clone()),
        Err(unknown) => Err(AppError::UnknownAsset { typed: unknown.typed, nearest: unknown.nearest }),
    }
}
