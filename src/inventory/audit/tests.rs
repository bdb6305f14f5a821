use proptest::collection::vec;
use proptest::prelude::*;

use super::*;
use crate::inventory::fixture::{asset_id, inventory};
use crate::window::Impact;

const HALL: &str = r#"
    asset = [
        { id = "feed-a", kind = "feed" },
        { id = "feed-b", kind = "feed" },
        { id = "three", kind = "server", any = [{ n = 1, of = ["feed-a", "feed-a", "feed-a"] }] },
        { id = "mixed", kind = "server", any = [{ n = 1, of = ["feed-a", "feed-a", "feed-b"] }] },
        { id = "one-cord", kind = "server", any = [{ n = 1, of = ["feed-b"] }] },
        { id = "app", kind = "service", needs = ["three"] },
        { id = "either", kind = "service", any = [{ n = 1, of = ["three", "mixed"] }] },
    ]
"#;

/// `expected`: severity, rule and sentence, in order.
#[track_caller]
fn check_always(toml: &str, expected: &[&str]) {
    let found: Vec<_> =
        inventory(toml).audit().into_iter().map(|f| format!("{} {}: {}", f.severity, f.rule, f.text)).collect();
    assert_eq!(found, expected);
}

#[test]
fn an_asset_hangs_on_one_feed_when_all_of_several_cords_do() {
    check_always(
        HALL,
        &[
            // One of the two ways to `either` has both feeds, so that nothing further up takes both.
            "warning single-feed: `three` has all 3 cords on `feed-a`: they fail together",
        ],
    );
    let inventory = inventory(HALL);
    let single: Vec<_> = inventory.assets.keys().filter(|id| inventory.single_feed(id)).map(AssetId::as_str).collect();
    assert_eq!(single, ["app", "three"]);
}

/// Two PDUs of one panel, which has one feed; a third of another.
const PANELS: &str = r#"
    asset = [
        { id = "feed", kind = "feed" },
        { id = "feed-2", kind = "feed" },
        { id = "panel", kind = "panel", needs = ["feed"] },
        { id = "panel-2", kind = "panel", needs = ["feed-2"] },
        { id = "pdu-a", kind = "pdu", needs = ["panel"] },
        { id = "pdu-b", kind = "pdu", needs = ["panel"] },
        { id = "pdu-c", kind = "pdu", needs = ["panel-2"] },
"#;

#[test]
fn ways_that_meet_further_up_are_one_and_the_nearest_place_is_told() {
    let check = |assets: &str, expected: &[&str]| check_always(&format!("{PANELS}{assets}]"), expected);
    check(
        r#"{ id = "web", kind = "server", any = [{ n = 1, of = ["pdu-a", "pdu-b"] }] },"#,
        &["warning single-path: `web` needs 1 of `pdu-a` and `pdu-b`, and both hang on `panel`: they fail together"],
    );
    check(r#"{ id = "web", kind = "server", any = [{ n = 1, of = ["pdu-a", "pdu-c"] }] },"#, &[]);
    check(
        r#"{ id = "web", kind = "server", any = [{ n = 2, of = ["pdu-a", "pdu-b", "pdu-c"] }] },"#,
        &[
            "warning single-path: `web` needs 2 of `pdu-a`, `pdu-b` and `pdu-c`, and 2 of them hang on `panel`: they fail together",
        ],
    );
    check(r#"{ id = "web", kind = "server", any = [{ n = 1, of = ["pdu-a", "pdu-b", "pdu-c"] }] },"#, &[]);
    // All of them are needed: nothing is to spare, and nobody believes so.
    check(r#"{ id = "web", kind = "server", any = [{ n = 2, of = ["pdu-a", "pdu-b"] }] },"#, &[]);
    // The panel is needed in any case, and said to be.
    check(r#"{ id = "web", kind = "server", needs = ["panel"], any = [{ n = 1, of = ["pdu-a", "pdu-b"] }] },"#, &[]);
    // A member that hangs on the other.
    check(
        r#"{ id = "web", kind = "server", any = [{ n = 1, of = ["panel", "pdu-a"] }] },"#,
        &["warning single-path: `web` needs 1 of `panel` and `pdu-a`, and both hang on `panel`: they fail together"],
    );
    // Told of the servers, whose group it is; what stands on one of them is told of nothing, and what stands on two is.
    check(
        r#"{ id = "w1", kind = "server", any = [{ n = 1, of = ["pdu-a", "pdu-b"] }] },
           { id = "w2", kind = "server", any = [{ n = 1, of = ["pdu-a", "pdu-c"] }] },
           { id = "w3", kind = "server", needs = ["pdu-a"] },
           { id = "app", kind = "service", needs = ["w1"] },
           { id = "shop", kind = "service", any = [{ n = 1, of = ["w1", "w3"] }] },
           { id = "mail", kind = "service", any = [{ n = 1, of = ["w1", "w2"] }] },"#,
        &[
            "warning single-path: `shop` needs 1 of `w1` and `w3`, and both hang on `panel`: they fail together",
            "warning single-path: `w1` needs 1 of `pdu-a` and `pdu-b`, and both hang on `panel`: they fail together",
        ],
    );
}

#[test]
fn the_path_leads_to_what_is_shared() {
    let web = r#"{ id = "web", kind = "server", any = [{ n = 1, of = ["pdu-a", "pdu-b"] }] }]"#;
    let found = inventory(&format!("{PANELS}{web}")).audit();
    let path: Vec<_> = found[0].path.iter().map(AssetId::as_str).collect();
    assert_eq!(path, ["web", "pdu-a", "panel"]);
}

/// `expected`: the sentences, in order.
#[track_caller]
fn check_window(toml: &str, down: &[&str], expected: &[&str]) {
    let start: Vec<_> = down.iter().map(|id| (asset_id(id), Impact::Outage)).collect();
    let found: Vec<_> = inventory(toml).audit_window(&start).into_iter().map(|finding| finding.text).collect();
    assert_eq!(found, expected);
}

#[test]
fn what_loses_all_paths_is_found_and_what_is_named_is_not() {
    let three = "`three` goes down with `feed-a`, since it has all 3 cords on `feed-a`";
    let app = "`app` goes down with `feed-a`";
    let mixed = "`mixed` hangs on `feed-b` alone while `feed-a` is down: one more failure takes it down";
    let either = "`either` hangs on `mixed` alone while `three` is down: one more failure takes it down";
    check_window(HALL, &["feed-a"], &[app, three, either, mixed]);
    check_window(
        HALL,
        &["feed-b"],
        &[
            "`one-cord` goes down with `feed-b`",
            "`mixed` hangs on `feed-a` alone while `feed-b` is down: one more failure takes it down",
        ],
    );
    check_window(
        HALL,
        &["feed-a", "feed-b"],
        &[
            app,
            "`either` goes down with `feed-a` and `feed-b`",
            "`mixed` goes down with `feed-a` and `feed-b`",
            "`one-cord` goes down with `feed-b`",
            three,
        ],
    );
    check_window(HALL, &["three"], &["`app` goes down with `three`", either]);
    check_window(HALL, &[], &[]);
}

#[test]
fn what_has_nothing_to_spare_is_told_once_for_all_that_share_it() {
    let mut toml = String::from(
        r#"asset = [{ id = "a", kind = "feed" }, { id = "b", kind = "feed" }, { id = "c", kind = "feed" },"#,
    );
    for number in 1..8 {
        toml.push_str(&format!(r#"{{ id = "s{number}", kind = "server", any = [{{ n = 1, of = ["a", "b"] }}] }},"#));
    }
    toml.push_str(r#"{ id = "t", kind = "server", any = [{ n = 2, of = ["a", "b", "c"] }] },"#);
    toml.push_str(r#"{ id = "u", kind = "server", any = [{ n = 1, of = ["a", "b", "c"] }] }]"#);
    check_window(
        &toml,
        &["a"],
        &[
            "`s1`, `s2`, `s3`, `s4` and 3 more hang on `b` alone while `a` is down: one more failure takes them down",
            "`t` hangs on `b` and `c` alone while `a` is down: one more failure takes it down",
        ],
    );
}

/// Two feeds of 16 A, six servers of 3.5 A: five with a cord on each feed, one with both on the first.
fn hall(capacity: &str, share: &str) -> String {
    let mut toml = format!(
        r#"asset = [{{ id = "a", kind = "feed", capacity = "{capacity}"{share} }}, {{ id = "b", kind = "feed", capacity = "{capacity}"{share} }},"#
    );
    for number in 1..=6 {
        let cords = if number == 1 { r#""a", "a""# } else { r#""a", "b""# };
        toml.push_str(&format!(
            r#"{{ id = "s{number}", kind = "server", load = "3.5 A", any = [{{ n = 1, of = [{cords}] }}] }},"#
        ));
    }
    toml + "]"
}

#[track_caller]
fn check_load(toml: &str, down: &[&str], expected: &[&str]) {
    let start: Vec<_> = down.iter().map(|id| (asset_id(id), Impact::Outage)).collect();
    let inventory = inventory(toml);
    let found = if down.is_empty() { inventory.audit() } else { inventory.audit_window(&start) };
    let of_load = found.iter().filter(|finding| finding.rule == Rule::Overload);
    let got: Vec<_> = of_load.map(|finding| format!("{}: {}", finding.severity, finding.text)).collect();
    assert_eq!(got, expected, "{down:?}");
}

#[test]
fn what_survives_carries_the_load_of_what_does_not() {
    // a: 3.5 A and five times 1.75 A; b: five times 1.75 A.
    check_load(&hall("16 A", ""), &[], &[]);
    check_load(&hall("15 A", ""), &[], &["warning: `a` carries 12.25 A: more than the 12 A of its 15 A that may last"]);
    check_load(&hall("12 A", ""), &[], &["critical: `a` carries 12.25 A: more than its 12 A"]);
    // The server with both cords on it goes down with it, and draws nothing.
    check_load(&hall("16 A", ""), &["a"], &["critical: `b` has to carry 17.5 A while `a` is down: more than its 16 A"]);
    check_load(
        &hall("20 A", ""),
        &["a"],
        &["warning: `b` has to carry 17.5 A while `a` is down: more than the 16 A of its 20 A that may last"],
    );
    check_load(&hall("20 A", ", max_share = 0.875"), &["a"], &[]);
    check_load(&hall("20 A", ""), &["b"], &["critical: `a` has to carry 21 A while `b` is down: more than its 20 A"]);
    check_load(&hall("20 A", ""), &["a", "s2", "s3"], &[]);
    check_load(&hall("20 A", ""), &["a", "b"], &[]);
}

#[test]
fn load_goes_up_by_what_states_a_capacity_in_its_unit() {
    let toml = r#"
        asset = [
            { id = "feed", kind = "feed", capacity = "10 A" },
            { id = "other", kind = "feed", capacity = "10 A" },
            { id = "pdu", kind = "pdu", capacity = "20 A", load = "1 A", needs = ["feed"] },
            { id = "bar", kind = "strip", needs = ["other"] },
            { id = "uplink", kind = "circuit", capacity = "10 Gbit/s" },
            { id = "switch", kind = "switch", capacity = "9 Gbit/s", load = "8 A", needs = ["pdu", "uplink"] },
            { id = "web", kind = "server", load = "8 Gbit/s", needs = ["switch", "bar"] },
            { id = "db", kind = "server", load = "4 A", needs = ["switch"], any = [{ n = 1, of = ["pdu", "other"] }] },
        ]
    "#;
    check_load(
        toml,
        &[],
        &[
            "critical: `feed` carries 11 A: more than its 10 A",
            "warning: `switch` carries 8 Gbit/s: more than the 7.2 Gbit/s of its 9 Gbit/s that may last",
        ],
    );
    check_load(toml, &["other"], &["critical: `feed` has to carry 13 A while `other` is down: more than its 10 A"]);
    check_load(toml, &["pdu"], &[]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// What is over while some things are down is what a whole reckoning says, in which these draw and carry nothing.
    #[test]
    fn the_load_that_moves_is_that_of_a_whole_reckoning(
        feeds in vec(1_u32..40, 2..4),
        pdus in vec((0_usize..4, 0_usize..4, 1_u32..30), 2..5),
        servers in vec((0_usize..5, 0_usize..5, 1_u32..9), 1..8),
        down in vec(0_usize..4, 1..3),
    ) {
        let build = |gone: &[String]| {
            let drawn = |id: &str, amps: u32| if gone.iter().any(|one| one == id) { 0 } else { amps };
            let mut toml = String::from("asset = [");
            for (number, amps) in feeds.iter().enumerate() {
                toml.push_str(&format!(r#"{{ id = "f{number}", kind = "feed", capacity = "{amps} A" }},"#));
            }
            let fed = |one: usize, other: usize, what: char, count: usize| {
                let ids = [one % count, other % count].map(|n| format!("{what}{n}"));
                // Without those that are gone: what is left takes all of it.
                let left: Vec<_> = ids.iter().filter(|id| !gone.contains(id)).map(|id| format!("{id:?}")).collect();
                if left.is_empty() { String::new() } else { format!(", any = [{{ n = 1, of = [{}] }}]", left.join(", ")) }
            };
            for (number, (one, other, amps)) in pdus.iter().enumerate() {
                let any = fed(*one, *other, 'f', feeds.len());
                toml.push_str(&format!(r#"{{ id = "p{number}", kind = "pdu", capacity = "{amps} A"{any} }},"#));
            }
            for (number, (one, other, amps)) in servers.iter().enumerate() {
                let (id, any) = (format!("s{number}"), fed(*one, *other, 'p', pdus.len()));
                toml.push_str(&format!(r#"{{ id = "{id}", kind = "server", load = "{} A"{any} }},"#, drawn(&id, *amps)));
            }
            inventory(&(toml + "]"))
        };
        let inventory = build(&[]);
        let start: Vec<_> = down.iter().map(|n| (asset_id(&format!("f{}", n % feeds.len())), Impact::Outage)).collect();
        let gone: Vec<String> = inventory.spread(&start).into_iter().filter(|(_, touch)| touch.impact == Impact::Outage)
            .map(|(id, _)| id.to_string()).collect();
        let carries = |findings: Vec<Finding>| -> BTreeSet<(AssetId, String)> {
            let over = findings.into_iter().filter(|finding| finding.rule == Rule::Overload && !gone.contains(&finding.asset.to_string()));
            over.map(|finding| {
                let amount = finding.text.split(" carr").nth(1).and_then(|rest| rest.split_once(' ')).expect("an amount").1;
                (finding.asset, amount.split([':', 'w']).next().unwrap_or_default().trim().to_owned())
            }).collect()
        };
        let usual = carries(inventory.audit());
        let whole: BTreeSet<_> = carries(build(&gone).audit()).difference(&usual).cloned().collect();
        prop_assert_eq!(carries(inventory.audit_window(&start)), whole);
    }
}
