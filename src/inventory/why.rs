//! Why an asset is touched: its needs down to what the notice names, the ways that are left included.

use std::collections::BTreeSet;

use serde::Serialize;

use super::declared::Inventory;
use super::index::{NeedKind, Number};
use super::walk::{CustomerTouch, Reach, impact_of};
use crate::names::AssetId;
use crate::window::Impact;

/// Most assets told in one explanation: some screens. What a large service stands on would fill a book.
pub const MAX_TOLD: usize = 200;

/// An asset with why it is touched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Why {
    /// Which asset.
    pub asset: AssetId,
    /// The expected impact; none when nothing named reaches it.
    pub impact: Option<Impact>,
    /// Where that comes from.
    pub because: Because,
}

/// Where an impact comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "because", rename_all = "kebab-case")]
pub enum Because {
    /// The notice says it of this very asset.
    Named,
    /// Nothing that it needs is named.
    NotTouched,
    /// It follows from these needs, which are those that are touched; the worst one counts.
    Needs {
        /// In the order declared.
        needs: Vec<WhyNeed>,
    },
    /// It is told above.
    ToldAbove,
    /// More than [`MAX_TOLD`] assets would have to be told.
    LeftOut,
}

/// One need of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WhyNeed {
    /// How many of the members must be up; none means all of them.
    pub any: Option<usize>,
    /// How many are not in OUTAGE.
    pub left: usize,
    /// How many cords lead to the members; more than there are members where one is listed twice.
    pub cords: u64,
    /// What the need leaves of the asset.
    pub impact: Impact,
    /// The members, each once; of those that are all needed only the ones that are touched.
    pub members: Vec<Why>,
}

impl Inventory {
    /// Why the windows that begin with `start` touch an asset; none for an unknown one.
    #[must_use]
    pub fn why(&self, start: &[(AssetId, Impact)], asset: &AssetId) -> Option<Why> {
        let number = *self.index().numbers.get(asset)?;
        let reach = self.reach(start);
        Some(Telling { reach: &reach, told: BTreeSet::new() }.of(number))
    }

    /// The customers who are touched through an asset: those who use it, or something touched that needs it. None where
    /// it is not touched itself.
    #[must_use]
    pub fn customers_through(&self, start: &[(AssetId, Impact)], asset: &AssetId) -> Vec<CustomerTouch<'_>> {
        let below = self.spread(&[(asset.clone(), Impact::Outage)]);
        let mut touched = self.spread(start);
        if !touched.contains_key(asset) {
            return Vec::new();
        }
        touched.retain(|id, _| below.contains_key(id));
        self.customers_touched(&touched)
    }
}

struct Telling<'a> {
    reach: &'a Reach<'a>,
    told: BTreeSet<Number>,
}

impl Telling<'_> {
    /// As deep as needs go above what is named; [`MAX_TOLD`] bounds the depth as well.
    fn of(&mut self, number: Number) -> Why {
        let impact = self.reach.impact(number);
        let because = if self.reach.begun.contains_key(&number) {
            Because::Named
        } else if impact.is_none() {
            Because::NotTouched
        } else if self.told.contains(&number) {
            Because::ToldAbove
        } else if self.told.len() >= MAX_TOLD {
            Because::LeftOut
        } else {
            self.told.insert(number);
            Because::Needs { needs: self.needs(number) }
        };
        Why { asset: self.reach.index.ids[number].clone(), impact, because }
    }

    fn needs(&mut self, number: Number) -> Vec<WhyNeed> {
        let mut needs = Vec::new();
        for need in &self.reach.index.needs[number] {
            let is_met = |member: &&Number| self.reach.impact(**member).is_some();
            if !need.members.iter().any(|member| is_met(&member)) {
                continue;
            }
            let (any, members): (_, Vec<Number>) = match need.kind {
                NeedKind::AllOf => (None, need.members.iter().filter(is_met).copied().collect()),
                NeedKind::AnyOf(n) => (Some(n), need.members.clone()),
            };
            let left = need.members.iter().filter(|member| !self.reach.is_down(**member)).count();
            let cords = need.cords.iter().map(|cords| u64::from(*cords)).sum();
            let impact = impact_of(need, &self.reach.states);
            let members = members.into_iter().map(|member| self.of(member)).collect();
            needs.push(WhyNeed { any, left, cords, impact, members });
        }
        needs
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{asset_id, inventory};
    use super::*;

    const PLANT: &str = r#"
        asset = [
            { id = "feed-a", kind = "feed" },
            { id = "feed-b", kind = "feed" },
            { id = "pdu", kind = "pdu", needs = ["feed-a"] },
            { id = "switch", kind = "switch" },
            { id = "web", kind = "server", needs = ["switch"], any = [{ n = 1, of = ["pdu", "pdu", "feed-b"] }] },
            { id = "app", kind = "service", needs = ["web"], any = [{ n = 1, of = ["pdu", "feed-b"] }] },
        ]
        customer = [
            { id = "acme", uses = ["app"] },
            { id = "beta", uses = ["web", "feed-b"] },
            { id = "other", uses = ["pdu"] },
        ]
    "#;

    fn line(why: &Why, depth: usize, lines: &mut Vec<String>) {
        let impact = why.impact.map_or("-", Impact::as_str);
        let word = match &why.because {
            Because::Named => "named",
            Because::NotTouched => "not touched",
            Because::Needs { .. } => "needs",
            Because::ToldAbove => "told above",
            Because::LeftOut => "left out",
        };
        lines.push(format!("{}{} {impact} {word}", "  ".repeat(depth), why.asset));
        let Because::Needs { needs } = &why.because else { return };
        for need in needs {
            let any = need.any.map_or("all".to_owned(), |n| format!("any {n}"));
            lines.push(format!("{}{any}: {} left, {}", "  ".repeat(depth + 1), need.left, need.impact));
            need.members.iter().for_each(|member| line(member, depth + 2, lines));
        }
    }

    #[track_caller]
    fn check(named: &[(&str, Impact)], asset: &str, expected: &[&str]) {
        let start: Vec<_> = named.iter().map(|(id, impact)| (asset_id(id), *impact)).collect();
        let why = inventory(PLANT).why(&start, &asset_id(asset)).expect("the asset is known");
        let mut lines = Vec::new();
        line(&why, 0, &mut lines);
        assert_eq!(lines, expected);
    }

    #[test]
    fn the_ways_that_are_left_are_told_beside_those_that_are_not() {
        check(
            &[("feed-a", Impact::Outage)],
            "web",
            &[
                "web REDUCED-REDUNDANCY needs",
                "  any 1: 1 left, REDUCED-REDUNDANCY",
                "    pdu OUTAGE needs",
                "      all: 0 left, OUTAGE",
                "        feed-a OUTAGE named",
                "    feed-b - not touched",
            ],
        );
        check(&[("feed-a", Impact::Outage)], "feed-a", &["feed-a OUTAGE named"]);
        check(&[("feed-a", Impact::Outage)], "switch", &["switch - not touched"]);
    }

    #[test]
    fn what_was_told_is_not_told_twice() {
        check(
            &[("feed-a", Impact::Degraded)],
            "app",
            &[
                "app REDUCED-REDUNDANCY needs",
                "  all: 1 left, REDUCED-REDUNDANCY",
                "    web REDUCED-REDUNDANCY needs",
                "      any 1: 2 left, REDUCED-REDUNDANCY",
                "        pdu DEGRADED needs",
                "          all: 1 left, DEGRADED",
                "            feed-a DEGRADED named",
                "        feed-b - not touched",
                "  any 1: 2 left, REDUCED-REDUNDANCY",
                "    pdu DEGRADED told above",
                "    feed-b - not touched",
            ],
        );
    }

    #[test]
    fn a_long_chain_of_needs_is_told_to_a_limit() {
        let mut toml = String::from("[[asset]]\nid = \"a0\"\nkind = \"thing\"\n");
        for number in 1..5_000 {
            toml.push_str(&format!("[[asset]]\nid = \"a{number}\"\nkind = \"thing\"\nneeds = [\"a{}\"]\n", number - 1));
        }
        let start = [(asset_id("a0"), Impact::Outage)];
        let why = inventory(&toml).why(&start, &asset_id("a4999")).expect("the asset is known");
        let mut lines = Vec::new();
        line(&why, 0, &mut lines);
        assert_eq!(lines.len(), MAX_TOLD * 2 + 1);
        assert!(lines.last().is_some_and(|line| line.ends_with("left out")), "{:?}", lines.last());
    }

    #[test]
    fn customers_are_those_of_the_asset_and_of_what_needs_it() {
        let (inventory, start) = (inventory(PLANT), [(asset_id("feed-a"), Impact::Outage)]);
        let through = |asset: &str| {
            let touched = inventory.customers_through(&start, &asset_id(asset));
            let of = |touch: &CustomerTouch<'_>| {
                format!(
                    "{} {}",
                    touch.customer.id,
                    touch.assets.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>().join("+")
                )
            };
            touched.iter().map(of).collect::<Vec<_>>()
        };
        assert_eq!(through("web"), ["acme app", "beta web"]);
        assert_eq!(through("app"), ["acme app"]);
        assert_eq!(through("pdu"), ["acme app", "beta web", "other pdu"]);
        assert_eq!(through("switch"), Vec::<String>::new());
        assert_eq!(through("feed-b"), Vec::<String>::new());
    }
}
