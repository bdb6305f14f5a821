//! Who carries which load: on a day without outages, and on what survives one.
//!
//! Load is carried by those of an asset's needs that state a capacity in its unit, and by those of theirs. Each of `needs`
//! carries all of it; the members of an `any` that are up share it by their cords. What is down draws nothing.

use std::collections::{BTreeSet, HashMap};

use super::declared::Inventory;
use super::index::{Need, NeedKind, Number};
use super::quantity::{Quantity, Unit};
use crate::names::AssetId;

/// Thousandths of a unit; wider than a quantity, since the loads of many are added up.
pub(super) type Amount = u128;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Carried {
    /// What each asset draws itself.
    own: Vec<Option<Quantity>>,
    /// What each can carry at all and for long.
    carriers: Vec<Option<Carrier>>,
    /// What each carries while nothing is down.
    usual: Vec<Amount>,
}

/// What an asset can carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Carrier {
    pub(super) capacity: Quantity,
    /// Its share of that for lasting load.
    pub(super) limit: Quantity,
}

/// An asset that carries more than it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Over {
    pub(super) number: Number,
    pub(super) carrier: Carrier,
    /// What it carries, its own load included.
    pub(super) load: Quantity,
}

impl Carried {
    pub(super) fn of(inventory: &Inventory, ids: &[AssetId], needs: &[Vec<Need>]) -> Self {
        let assets = || ids.iter().map(|id| &inventory.assets[id]);
        let mut carried = Self {
            own: assets().map(|asset| asset.load).collect(),
            carriers: assets()
                .map(|asset| Some(Carrier { capacity: asset.capacity?, limit: asset.may_carry()? }))
                .collect(),
            usual: vec![0; ids.len()],
        };
        // What an asset needs has a smaller number: from the largest down, each has been given everything before its turn.
        for number in (0..ids.len()).rev() {
            for (member, amount) in carried.passed_on(number, &needs[number], carried.usual[number], &|_| false) {
                carried.usual[member] += amount;
            }
        }
        carried
    }

    /// What an asset gives to each of its needs while it carries so much.
    fn passed_on(
        &self,
        number: Number,
        needs: &[Need],
        carried: Amount,
        is_down: &impl Fn(Number) -> bool,
    ) -> Vec<(Number, Amount)> {
        if is_down(number) {
            return Vec::new();
        }
        let mut given = Vec::new();
        for (unit, amount) in self.flows(number, carried) {
            for need in needs {
                let up = || need.members.iter().zip(&need.cords).filter(|(member, _)| !is_down(**member));
                let all: Amount = up().map(|(_, cords)| Amount::from(*cords)).sum();
                for (member, cords) in up() {
                    if self.carriers[*member].is_some_and(|carrier| carrier.capacity.unit() == unit) {
                        given.push(match need.kind {
                            NeedKind::AllOf => (*member, amount),
                            NeedKind::AnyOf(_) => (*member, amount * Amount::from(*cords) / all),
                        });
                    }
                }
            }
        }
        given
    }

    /// What goes up from an asset: what goes through it, and what it draws where that is measured otherwise.
    fn flows(&self, number: Number, through: Amount) -> Vec<(Unit, Amount)> {
        let mut flows = Vec::new();
        let own = self.own[number].map(|own| (own.unit(), Amount::from(own.thousandths())));
        match (self.carriers[number], own) {
            (Some(carrier), Some((unit, amount))) if carrier.capacity.unit() == unit => {
                flows.push((unit, through + amount));
            }
            (carrier, own) => {
                flows.extend(carrier.map(|carrier| (carrier.capacity.unit(), through)));
                flows.extend(own);
            }
        }
        flows.retain(|(_, amount)| *amount > 0);
        flows
    }

    /// The assets that carry more than they may on a day without outages, by number.
    pub(super) fn usually_over(&self) -> Vec<Over> {
        (0..self.usual.len()).filter_map(|number| self.over(number, self.usual[number])).collect()
    }

    /// The assets that carry more than they may, and more than on other days, while some are down; by number.
    ///
    /// The work is that of what is down, what needs that directly, and what these stand on.
    pub(super) fn over_while(
        &self,
        needs: &[Vec<Need>],
        dependents: &[Vec<Number>],
        down: &BTreeSet<Number>,
    ) -> Vec<Over> {
        let is_down = |number: Number| down.contains(&number);
        let mut open: BTreeSet<Number> = down.iter().flat_map(|number| &dependents[*number]).copied().collect();
        open.extend(down);
        let mut now: HashMap<Number, Amount> = HashMap::new();
        while let Some(number) = open.pop_last() {
            let usual = self.usual[number];
            let carried = now.get(&number).copied().unwrap_or(usual);
            let before = self.passed_on(number, &needs[number], usual, &|_| false);
            let after = self.passed_on(number, &needs[number], carried, &is_down);
            // What comes is added before what no longer comes is taken away, so that no amount passes below nothing.
            for (member, amount) in &after {
                *now.entry(*member).or_insert(self.usual[*member]) += amount;
            }
            for (member, amount) in &before {
                let carried = now.entry(*member).or_insert(self.usual[*member]);
                *carried = carried.saturating_sub(*amount);
            }
            // On a cycle, which loading refuses, a member may have a larger number: it is not looked at again.
            open.extend(after.iter().chain(&before).map(|(member, _)| *member).filter(|member| *member < number));
        }
        let mut over: Vec<Over> = now
            .into_iter()
            .filter(|(number, carried)| *carried > self.usual[*number] && !is_down(*number))
            .filter_map(|(number, carried)| self.over(number, carried))
            .collect();
        over.sort_by_key(|over| over.number);
        over
    }

    fn over(&self, number: Number, through: Amount) -> Option<Over> {
        let carrier = self.carriers[number]?;
        let unit = carrier.capacity.unit();
        let own = self.own[number].filter(|own| own.unit() == unit).map_or(0, Quantity::thousandths);
        let load = through + Amount::from(own);
        let load = Quantity::of_thousandths(u64::try_from(load).unwrap_or(u64::MAX), unit);
        (load.thousandths() > carrier.limit.thousandths()).then_some(Over { number, carrier, load })
    }
}
