//! A verdict by a part of an inventory is the verdict by the whole: on random graphs of needs, names that fit several assets
//! or none, sites, and outages beside. (Each verdict of the other tests is reached both ways too.)

use chrono::TimeDelta;
use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::inventory::{AnyOf, Asset};
use crate::time::Interval;

/// How names are written: ids and aliases of one key stand beside each other in it.
const NAMES: [&str; 12] =
    ["a0", "A-0", "a 1", "a1", "a2", "a3", "A_4", "a5", "Feed A", "feed-a", "FEED_A", "nobody knows"];

#[derive(Debug, Clone)]
struct DrawnAsset {
    vendor: Option<&'static str>,
    kind: &'static str,
    site: Option<&'static str>,
    aliases: Vec<&'static str>,
    needs: Vec<(Option<u32>, Vec<prop::sample::Index>)>,
}

fn a_drawn_asset() -> impl Strategy<Value = DrawnAsset> {
    let vendor = prop::option::weighted(0.7, prop::sample::select(vec!["vendor", "estate"]));
    let kind = prop::sample::select(vec!["feed", "server"]);
    let site = prop::option::of(prop::sample::select(vec!["hall", "cellar"]));
    let need = (prop::option::of(1..3_u32), vec(any::<prop::sample::Index>(), 1..3));
    (vendor, kind, site, vec(prop::sample::select(&NAMES[..]), 0..2), vec(need, 0..3))
        .prop_map(|(vendor, kind, site, aliases, needs)| DrawnAsset { vendor, kind, site, aliases, needs })
}

/// Assets `a0`, `a1`, … of which each needs earlier ones only; nobody has checked that a name means one of them.
fn an_inventory() -> impl Strategy<Value = Inventory> {
    vec(a_drawn_asset(), 1..9).prop_map(|drawn| {
        let mut inventory = Inventory { vendors: WORLD.inventory.vendors.clone(), ..Inventory::default() };
        for (number, drawn) in drawn.into_iter().enumerate() {
            let (mut all_of, mut any_of) = (Vec::new(), Vec::new());
            for (n, members) in drawn.needs.into_iter().filter(|_| number > 0) {
                let members = members.iter().map(|member| asset(&format!("a{}", member.index(number)))).collect();
                match n {
                    None => all_of = members,
                    Some(n) => any_of.push(AnyOf { n, of: members }),
                }
            }
            let made = Asset {
                id: asset(&format!("a{number}")),
                kind: drawn.kind.into(),
                name: None,
                vendor: drawn.vendor.map(|id| VendorId::new(id).expect("an id")),
                account: None,
                site: drawn.site.map(asset),
                all_of,
                any_of,
                aliases: drawn.aliases.into_iter().map(str::to_owned).collect(),
                capacity: None,
                max_share: None,
                load: None,
            };
            inventory.assets.insert(made.id.clone(), made);
        }
        inventory
    })
}

/// A maintenance of one window an hour or so around the outage, of one of the vendors, that names some of the names.
fn said() -> impl Strategy<Value = Vec<Revision>> {
    let vendor = prop::sample::select(vec!["vendor", "estate"]);
    let impact = prop::option::of(prop::sample::select(Impact::ALL.to_vec()));
    let objects = vec((prop::sample::select(&NAMES[..]), impact), 0..3);
    (vendor, objects, -200..9_i64, 1..6_i64).prop_map(|(vendor, objects, start, hours)| {
        let mut said = announced();
        said.announcement.vendor = VendorId::new(vendor).expect("an id");
        let object = |(name, impact): (&str, Option<Impact>)| StatedObject { name: name.into(), impact };
        said.announcement.objects = objects.into_iter().map(object).collect();
        let start = utc("2020-01-10") + TimeDelta::hours(start.max(-9));
        said.announcement.windows[0].interval =
            Interval::new(start, start + TimeDelta::hours(hours)).expect("a length");
        vec![said]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_part_leads_to_the_verdict_of_the_whole(
        inventory in an_inventory(),
        said in vec(said(), 0..5),
        asked in any::<prop::sample::Index>(),
        beside in vec((any::<prop::sample::Index>(), -20..20_i64), 0..3),
    ) {
        let mut case = case(Vec::new(), "2020-01-10", "2020-01-10T02:00");
        for said in said {
            let vendor = said[0].announcement.vendor.clone();
            case = case.and(said);
            case.maintenances.last_mut().expect("one was added").identity.vendor = vendor;
        }
        let id = |index: &prop::sample::Index| asset(&format!("a{}", index.index(inventory.assets.len())));
        case.question.asset = id(&asked);
        case.beside = beside.iter().map(|(which, minutes)| Beside {
            outage: OutageId::new("o-1").expect("an id"),
            asset: id(which),
            start: case.question.outage.start() + TimeDelta::minutes(*minutes),
        }).collect();
        case.verdict_in(&inventory, &WORLD.zones);
    }

    #[test]
    fn a_part_finds_what_the_whole_finds(inventory in an_inventory(), typed in prop::sample::select(&NAMES[..])) {
        let part = inventory.part(&[], &[typed.to_owned()]);
        let found = |inventory: &Inventory| inventory.find_asset(typed).ok().map(|asset| asset.id.clone());
        prop_assert_eq!(found(&part), found(&inventory));
    }
}
