//! `audit`, `clear` and `show --why` as they are typed: findings with their age, accepted and cleared; windows that only
//! together leave nothing; what stands in the way of own work.

use serde_json::{Value, json};

use super::cli::Place;

/// Two vendors behind one server, a standing window of one of them, and one more circuit.
const INVENTORY: &str = r#"
[[vendor]]
id = "east"
zone = "UTC"

[[vendor]]
id = "west"
zone = "UTC"

[[asset]]
id = "line-e"
kind = "circuit"
vendor = "east"

[[asset]]
id = "line-w"
kind = "circuit"
vendor = "west"

[[asset]]
id = "web"
kind = "server"
any = [{ n = 1, of = ["line-e", "line-w"] }]

[[asset]]
id = "app"
kind = "service"
needs = ["web"]

[[asset]]
id = "double"
kind = "server"
any = [{ n = 1, of = ["line-w", "line-w"] }]

[[customer]]
id = "acme"
uses = ["app"]

[[customer.contact]]
email = "ops@acme.example"
"#;

/// Every Tuesday from two to four.
const STANDING: &str = r#"
version = 1
vendor = "west"
source = "the contract"
zone = "UTC"

[[window]]
id = "tuesdays"
every = "Tuesday"
from = "02:00"
to = "04:00"
since = 2026-11-01
assets = ["line-w"]
"#;

const DOUBLE: &str = "`double` has both cords on `line-w`: they fail together";

/// Monday 2 November 2026; the inventory is applied.
fn place() -> Place {
    let place = Place::new().at("2026-11-02T12:00:00Z");
    place.write("inventory/all.toml", INVENTORY);
    place.run(&["apply", "inventory"]).ends(0);
    place
}

fn announce(place: &Place, vendor: &str, reference: &str, object: &str, (start, end): (&str, &str)) {
    let add =
        ["maintenance", "add", "--vendor", vendor, "--reference", reference, "--object", object, "--impact", "outage"];
    place.run(&[&add[..], &["--start", start, "--end", end]].concat()).ends(0);
}

fn audit(place: &Place, args: &[&str], status: i32) -> Value {
    let ran = place.run(&[&["audit", "-o", "json"], args].concat()).ends(status);
    serde_json::from_str(&ran.text()).expect("JSON")
}

#[test]
fn a_finding_keeps_its_age_is_accepted_and_is_cleared_when_it_is_gone() {
    let place = place();
    let found = audit(&place, &[], 1);
    assert_eq!(found["standing"][0]["text"], DOUBLE);
    assert_eq!(found["standing"][0]["since"], Value::Null);
    let id = found["standing"][0]["id"].as_str().expect("an id").to_owned();

    let place = place.at("2026-11-03T12:00:00Z");
    assert_eq!(audit(&place, &[], 1)["standing"][0]["since"], "2026-11-02T12:00:00Z");

    place.run(&["audit", "accept", &id, "--reason", " "]).gives(
        2,
        "",
        "inwindow: an acceptance needs a reason and a name\nhelp: say why it is as it should be, and who says so: --reason, --by\n",
    );
    place.run(&["audit", "accept", "f-000", "--reason", "x"]).ends(2).says("inwindow: no finding `f-000`");
    let accept = ["audit", "accept", &id[..6], "--reason", "moves in May", "--by", "jo"];
    place.run(&accept).gives(0, &format!("accepted {id}: {DOUBLE}\n"), "");
    place.run(&["audit"]).gives(0, "nothing found\n1 accepted: `inwindow audit --all` shows them\n", "");
    let all = audit(&place, &["--all"], 0);
    let accepted = json!({ "by": "jo", "at": "2026-11-03T12:00:00Z", "reason": "moves in May" });
    assert_eq!(
        (&all["standing"][0]["accepted"], &all["standing"][0]["since"]),
        (&accepted, &json!("2026-11-02T12:00:00Z"))
    );

    // Mended, it is gone; broken again, it is new and nobody has accepted it.
    let place = place.at("2026-11-04T12:00:00Z");
    place.write("inventory/all.toml", INVENTORY.replace(r#""line-w", "line-w""#, r#""line-w", "line-e""#));
    place.run(&["apply", "inventory"]).ends(0);
    place.run(&["audit"]).gives(0, "nothing found\n", "");
    place.run(&["audit", "accept", &id, "--reason", "x"]).ends(2).says("was found no more at 2026-11-04T12:00:00Z");
    let place = place.at("2026-11-05T12:00:00Z");
    place.write("inventory/all.toml", INVENTORY);
    place.run(&["apply", "inventory"]).ends(0);
    audit(&place, &[], 1);
    let place = place.at("2026-11-06T12:00:00Z");
    let again = audit(&place, &[], 1);
    assert_eq!(
        (&again["standing"][0]["id"], &again["standing"][0]["since"]),
        (&json!(id), &json!("2026-11-05T12:00:00Z"))
    );
}

#[test]
fn an_audit_of_another_time_keeps_nothing_and_clears_nothing() {
    let place = place();
    audit(&place, &["--now", "2026-11-01T00:00:00Z"], 1);
    assert_eq!(audit(&place, &[], 1)["standing"][0]["since"], Value::Null);
    announce(&place, "west", "W-1", "line-w", ("2026-12-20T00:00:00Z", "2026-12-20T04:00:00Z"));
    audit(&place, &[], 1);
    // A shorter look ahead does not reach the window, and so does not clear what is known of it.
    audit(&place, &["--next", "7d"], 1);
    let place = place.at("2026-11-09T12:00:00Z");
    let found = audit(&place, &[], 1);
    assert_eq!(found["windows"][0]["findings"][0]["since"], "2026-11-02T12:00:00Z");
}

#[test]
fn windows_of_two_vendors_that_overlap_are_a_conflict_and_those_that_meet_are_not() {
    let place = place();
    announce(&place, "east", "E-1", "line-e", ("2026-11-18T00:00:00Z", "2026-11-18T04:00:00Z"));
    announce(&place, "west", "W-1", "line-w", ("2026-11-18T04:00:00Z", "2026-11-18T06:00:00Z"));
    assert_eq!(audit(&place, &[], 1)["conflicts"], json!([]));

    announce(&place, "west", "W-2", "line-w", ("2026-11-18T03:00:00Z", "2026-11-18T03:30:00Z"));
    let found = audit(&place, &[], 1);
    let conflicts = found["conflicts"].as_array().expect("conflicts");
    assert_eq!(conflicts.len(), 1, "{conflicts:#?}");
    let conflict = &conflicts[0];
    assert_eq!((&conflict["rule"], &conflict["severity"]), (&json!("conflict"), &json!("critical")));
    assert_eq!(
        (&conflict["asset"], &conflict["downstream"], &conflict["customers"]),
        (&json!("web"), &json!(["app"]), &json!(["acme"]))
    );
    assert_eq!(conflict["overlaps"], json!([{ "start": "2026-11-18T03:00:00Z", "end": "2026-11-18T03:30:00Z" }]));
    let references: Vec<_> =
        conflict["windows"].as_array().expect("windows").iter().map(|w| w["reference"].clone()).collect();
    assert_eq!(references, ["E-1", "W-2"]);
    let ran = place.run(&["audit"]).ends(1);
    ran.says("critical conflict: `web` goes down while east E-1 and west W-2 overlap, and with none of them alone (f-");
    place.run(&["audit", "-o", "csv"]).ends(1).says("conflict,critical,web,east;west,E-1;W-2,");

    // Cancelled, it is in no conflict any more.
    place.run(&["maintenance", "cancel", "--vendor", "west", "--reference", "W-2"]).ends(0);
    assert_eq!(audit(&place, &[], 1)["conflicts"], json!([]));
}

#[test]
fn standing_windows_take_part_over_the_whole_time_and_a_notice_inside_one_takes_it_over() {
    let place = place();
    place.write("data/windows/west.toml", STANDING);
    announce(&place, "east", "E-1", "line-e", ("2026-11-09T00:00:00Z", "2026-11-18T00:00:00Z"));
    let conflict = |days: &str| {
        let found = audit(&place, &["--next", days], 1);
        assert!(found["conflicts"].as_array().is_some_and(|conflicts| conflicts.len() < 2), "{found:#}");
        found["conflicts"][0]["overlaps"].as_array().map_or(0, Vec::len)
    };
    // Tuesdays: the 10th and the 17th.
    assert_eq!([conflict("7d"), conflict("8d"), conflict("14d"), conflict("60d")], [0, 1, 1, 2]);
    let found = audit(&place, &[], 1);
    assert_eq!(found["conflicts"][0]["windows"][1]["reference"], "tuesdays");
    assert_eq!(
        found["conflicts"][0]["overlaps"][0],
        json!({ "start": "2026-11-10T02:00:00Z", "end": "2026-11-10T04:00:00Z" })
    );
    // What a notice says of an occurrence is what will be done in it.
    let add =
        ["maintenance", "add", "--vendor", "west", "--reference", "W-1", "--object", "line-w", "--impact", "no-impact"];
    let when = ["--start", "2026-11-10T02:30:00Z", "--end", "2026-11-10T03:00:00Z"];
    place.run(&[&add[..], &when].concat()).ends(0);
    assert_eq!(conflict("60d"), 1);
}

#[test]
fn own_work_is_clear_when_nothing_around_it_is_in_maintenance_and_that_is_known() {
    let place = place();
    announce(&place, "east", "E-1", "line-e", ("2026-11-18T00:00:00Z", "2026-11-18T04:00:00Z"));
    let ask = |asset: &str, from: &str, to: &str, rest: &[&str]| {
        let (from, to) = (format!("2026-11-18T{from}:00Z"), format!("2026-11-18T{to}:00Z"));
        place.run(&[&["clear", asset, "--from", &from, "--to", &to], rest].concat())
    };
    // The other way is at work then: together they would take the server.
    let ran = ask("line-w", "03:00", "05:00", &[]).ends(1);
    let ran = ran.says("no: line-w, 2026-11-18 03:00 UTC to 2026-11-18 05:00 UTC\n\neast E-1 (m-");
    let ran = ran.says("  works on line-e, which would have to take over, or which that needs\n");
    ran.says("with east E-1 and your work, 2026-11-18 03:00 UTC to 2026-11-18 04:00 UTC:\n  goes down: web, app\n  customers: acme\n");
    let asked = ask("line-w", "03:00", "05:00", &["-o", "json"]).ends(1).text();
    let json: Value = serde_json::from_str(&asked).expect("JSON");
    assert_eq!((&json["answer"], &json["in_the_way"][0]["works_on"]), (&json!("no"), &json!([["line-e", "partner"]])));

    // Back to back; but nobody has said that all mail was read.
    let unknown = ask("line-w", "04:00", "05:00", &[]).ends(3);
    unknown.says("cannot be said: line-w").says("no source of east's notices is known to have been read");
    for vendor in ["east", "west"] {
        place.write("mail/empty.txt", "");
        let until = ["--complete-until", "2026-11-02T11:00:00Z", "--vendor", vendor];
        place.run(&[&["import", "mail/empty.txt"], &until[..]].concat());
    }
    ask("line-w", "04:00", "05:00", &[]).gives(0, "yes: line-w, 2026-11-18 04:00 UTC to 2026-11-18 05:00 UTC\n", "");
    ask("line-w", "03:00", "05:00", &["--vendor", "west"]).ends(0);
    ask("nothing", "03:00", "05:00", &[]).ends(2).says("no asset `nothing` in the inventory");
    ask("line-w", "05:00", "03:00", &[]).ends(2);
}

#[test]
fn why_a_maintenance_touches_an_asset_is_told_with_what_is_left_and_who_uses_it() {
    let place = place();
    announce(&place, "east", "E-1", "line-e", ("2026-11-18T00:00:00Z", "2026-11-18T04:00:00Z"));
    place.run(&["show", "E-1", "--why", "app"]).gives(
        0,
        "east E-1, window 1 (primary), 2026-11-18 00:00 UTC to 2026-11-18 04:00 UTC:\n  \
           app: REDUCED-REDUNDANCY\n    \
             it needs all of these:\n      \
               web: REDUCED-REDUNDANCY\n        \
                 it needs 1 of these 2, and 1 of them is not down (REDUCED-REDUNDANCY):\n          \
                   line-e: OUTAGE, as the notice names it\n          \
                   line-w: not touched\n\
         touched through it:\n  \
           acme (acme): app REDUCED-REDUNDANCY\n    \
             ops@acme.example (technical)\n",
        "",
    );
    place.run(&["show", "E-1", "--why", "double"]).ends(1).says("double: not touched");
    place
        .run(&["show", "E-1", "--why", "dobule"])
        .ends(2)
        .says("no asset `dobule` in the inventory (did you mean `double`?)");
    place.run(&["show", "E-7", "--why", "app"]).ends(2).says("no maintenance `E-7` (did you mean `E-1`?)");
}
