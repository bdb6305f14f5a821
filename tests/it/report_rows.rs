//! The month and the scorecard of the demo as a user sees them.

use serde_json::Value;

use crate::stories::{Demo, FOLDER, Ran, ran};

/// A month after story A.
const NOW: &str = "2017-05-02T09:00:00Z";

fn run(demo: &Demo, clock: &str, args: &[&str]) -> Ran {
    ran(&demo.program().env("INWINDOW_CLOCK", clock).args(["--data", FOLDER]).args(args).output().expect("runs"))
}

fn told(demo: &Demo, args: &[&str]) -> String {
    let ran = run(demo, NOW, args);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{args:?}");
    ran.stdout
}

fn json(demo: &Demo, args: &[&str]) -> Value {
    serde_json::from_str(&told(demo, &[args, &["--format", "json"]].concat())).expect("JSON")
}

/// What people see, kept; zone rules differ from one machine to the next.
fn snapshot(name: &str, text: &str) {
    let rules = text.find("(zone rules ").map(|start| &text[start..start + text[start..].find(')').expect("an end")]);
    let text = rules.map_or_else(|| text.to_owned(), |rules| text.replace(rules, "(zone rules …"));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../snapshots/report");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, text));
}

#[test]
fn the_month_of_story_a_as_people_see_it() {
    snapshot("month", &told(&Demo::shared(), &["report", "month", "2017-03"]));
}

#[test]
fn the_scorecard_of_the_datacentre_as_people_see_it() {
    snapshot("scorecard", &told(&Demo::shared(), &["report", "vendor", "dc-ams"]));
}

#[test]
fn march_2017_has_an_hour_less_and_each_second_down_counts_once() {
    let month = json(&Demo::shared(), &["report", "month", "2017-03"]);
    assert_eq!((&month["schema"], &month["seconds"]), (&"inwindow.sla-month/1".into(), &2_674_800.into()));
    assert_eq!(
        (&month["span"]["start"], &month["span"]["end"]),
        (&"2017-02-28T23:00:00Z".into(), &"2017-03-31T22:00:00Z".into())
    );
    let of = |asset: &str| -> Value {
        let assets = month["assets"].as_array().expect("assets");
        assets.iter().find(|told| told["asset"] == asset).expect("it was down").clone()
    };
    // 12 min and 2 h 50 min: neither is excused, the second being worse than its window meant.
    let plus_02 = of("plus-02");
    assert_eq!(
        plus_02["seconds"],
        serde_json::json!({ "down": 10_920, "excused": 0, "unexcused": 10_920, "ambiguous": 0, "degraded": 0 })
    );
    assert_eq!((&plus_02["longest_seconds"], &plus_02["availability"]["all"]), (&10_200.into(), &99.5917.into()));
    assert_eq!(of("plus-01")["seconds"]["down"], 3_900);
    assert_eq!(month["outages"].as_array().map(Vec::len), Some(3));
    assert_eq!(month["claims"].as_array().map(Vec::len), Some(3));
    // In UTC the month is an hour longer, and in May 2014 the other story was.
    let utc = json(&Demo::shared(), &["report", "month", "2017-03", "--zone", "UTC"]);
    assert_eq!(utc["seconds"], 2_678_400);
    let may =
        json(&Demo::shared(), &["report", "month", "2014-05", "--zone", "America/New_York", "--vendor", "joyent"]);
    let down: Vec<_> = may["assets"]
        .as_array()
        .expect("assets")
        .iter()
        .map(|a| (a["asset"].as_str(), a["seconds"]["unexcused"].as_i64()))
        .collect();
    assert_eq!(
        down,
        [(Some("tix1"), Some(4_020)), (Some("webtix-1"), Some(4_020))],
        "the service went with its server"
    );
    let customers = may["customers"].as_array().expect("customers").len();
    assert_eq!(customers, 3, "those of Webtix on tix1");
}

#[test]
fn a_customer_sees_its_own_assets_alone_and_all_of_them() {
    let demo = Demo::shared();
    let month = json(&demo, &["report", "month", "2017-03", "--customer", "prairie-radio"]);
    let customers = month["customers"].as_array().expect("customers");
    assert_eq!(customers.len(), 1);
    let own: Vec<_> = customers[0]["assets"].as_array().expect("assets").iter().map(|a| a["asset"].as_str()).collect();
    let listed = demo.json(&["list", "customers"], 0);
    let uses = listed.as_array().expect("customers").iter().find(|c| c["id"] == "prairie-radio").expect("it is there")
        ["uses"]
        .clone();
    assert_eq!(own.len(), uses.as_array().map_or(0, Vec::len), "{own:?} {uses}");
    for (typed, why) in [("--customer", "prairie-radjo"), ("--asset", "plus-99"), ("--vendor", "dc-amz")] {
        let ran = run(&demo, NOW, &["report", "month", "2017-03", typed, why]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains("did you mean"), "{}", ran.stderr);
    }
}

#[test]
fn months_that_are_none_or_have_not_begun_are_refused_and_one_that_runs_is_told_so_far() {
    let demo = Demo::shared();
    for (month, why) in [("2017-13", "is no month"), ("March", "is no month"), ("2017-06", "has not begun")] {
        let ran = run(&demo, NOW, &["report", "month", month]);
        assert_eq!((ran.status, ran.stdout.as_str()), (2, ""));
        assert!(ran.stderr.contains(why), "{}", ran.stderr);
    }
    let running = run(&demo, "2017-03-26T00:30:00Z", &["report", "month", "2017-03", "--format", "json"]);
    let running: Value = serde_json::from_str(&running.stdout).expect("JSON");
    assert_eq!((&running["is_over"], &running["until"]), (&false.into(), &"2017-03-26T00:30:00Z".into()));
    let plus_02 =
        running["assets"].as_array().expect("assets").iter().find(|a| a["asset"] == "plus-02").expect("down").clone();
    assert_eq!(plus_02["seconds"]["down"], 720 + 1_800, "12 min, and half an hour so far");
    let nothing = told(&demo, &["report", "month", "2016-01"]);
    assert!(nothing.contains("**Up all the time**"), "{nothing}");
}

#[test]
fn an_outage_that_is_open_counts_up_to_now_and_an_override_stands_beside() {
    let demo = Demo::play();
    let (at, later) = ("2017-04-28T12:00:00Z", "2017-05-02T09:00:00Z");
    assert_eq!(run(&demo, at, &["outage", "open", "plus-06", "--start", "2017-04-28T10:00:00Z"]).status, 0);
    let april = json(&demo, &["report", "month", "2017-04"]);
    let april_end = 2 * 86_400 + 12 * 3_600;
    assert_eq!(april["assets"][0]["seconds"]["down"], april_end, "10:00Z on the 28th to 22:00Z on the 30th");
    let may = json(&demo, &["report", "month", "2017-05"]);
    assert_eq!(may["assets"][0]["seconds"]["down"], 86_400 + 11 * 3_600, "and on to now, {later}");
    assert_eq!(may["outages"][0]["end"], Value::Null);
    let word = [
        "outage",
        "override",
        may["outages"][0]["id"].as_str().expect("an id"),
        "--kind",
        "in_window",
        "--by",
        "ann",
        "--reason",
        "agreed by phone",
    ];
    assert_eq!(run(&demo, later, &word).status, 0);
    let held = json(&demo, &["report", "month", "2017-05"]);
    assert_eq!(held["assets"], may["assets"], "a word beside it changes no second");
    assert_eq!(held["outages"][0]["overrides"][0]["by"], "ann");
    let page = told(&demo, &["report", "month", "2017-05"]);
    assert!(page.contains("ann holds plus-06 to be in-window (in_window): “agreed by phone”"), "{page}");
}

#[test]
fn rows_are_csv_with_a_header_and_files_end_as_they_are_written() {
    let demo = Demo::shared();
    let csv = told(&demo, &["report", "month", "2017-03", "--format", "csv"]);
    let lines: Vec<&str> = csv.split("\r\n").collect();
    assert!(lines[0].starts_with("month,zone,customer,asset,month_seconds,down_seconds,"), "{}", lines[0]);
    assert!(
        lines[1..lines.len() - 1].iter().all(|line| line.split(',').count() == lines[0].split(',').count()),
        "{csv}"
    );
    assert!(csv.contains("2017-03,Europe/Amsterdam,prairie-radio,plus-0"), "{csv}");
    for (name, begins) in
        [("m.csv", "month,zone"), ("m.html", "<!DOCTYPE html>"), ("m.json", "{"), ("m.md", "# Availability")]
    {
        let path = demo.place().join(name);
        assert_eq!(told(&demo, &["report", "month", "2017-03", "--out", &path.display().to_string()]), "");
        assert!(std::fs::read_to_string(&path).expect("written").starts_with(begins), "{name}");
    }
    let figures = told(&demo, &["report", "vendor", "--format", "csv"]);
    assert!(figures.starts_with("vendor,figure,count,of,share,"), "{figures}");
    assert!(
        figures.contains("\r\ndc-ams,notice_planned,1,1,100.0,")
            && figures.contains("\r\njoyent,unannounced,1,1,100.0,"),
        "{figures}"
    );
}

#[test]
fn every_figure_lists_what_it_counts() {
    let cards = json(&Demo::shared(), &["report", "vendor"]);
    assert_eq!(cards["schema"], "inwindow.scorecard/1");
    for card in cards["vendors"].as_array().expect("vendors") {
        for figure in card["figures"].as_array().expect("figures") {
            let (count, items) =
                (figure["count"].as_u64().expect("a number"), figure["items"].as_array().expect("items").len() as u64);
            match figure["name"].as_str().expect("a name") {
                // What went well is counted, and what did not is listed.
                "notice_planned" | "notice_emergency" => {
                    assert_eq!(figure["of"].as_u64(), Some(count + items), "{figure:#}");
                }
                "signed" => {}
                _ => assert_eq!(count, items, "{figure:#}"),
            }
        }
    }
    let dc = |cards: &Value, name: &str| {
        let figures = cards["vendors"][0]["figures"].as_array().expect("figures").clone();
        figures.into_iter().find(|figure| figure["name"] == name).expect("always there")
    };
    let dc_ams = json(&Demo::shared(), &["report", "vendor", "dc-ams"]);
    // plus-01 four hours and the others two hours before their window; the night was worse than it meant, and so were the reboots.
    assert_eq!((&dc(&dc_ams, "early_starts")["count"], &dc(&dc_ams, "early_starts")["of"]), (&2.into(), &3.into()));
    assert_eq!(dc(&dc_ams, "impact_exceeded")["count"], 2);
    assert_eq!(dc(&dc_ams, "contradictions")["count"], 1);
    // The mail of the 26th that work began on the 25th.
    assert_eq!((&dc(&dc_ams, "stated_after_start")["count"], &dc(&dc_ams, "moves")["count"]), (&1.into(), &1.into()));
    assert_eq!(dc(&dc_ams, "notice_planned")["seconds"]["median_given"], 1_086_440);
    let later = json(&Demo::shared(), &["report", "vendor", "dc-ams", "--from", "2017-04-01T00:00:00Z"]);
    assert_eq!(dc(&later, "early_starts")["of"], 0);
    let ran = run(
        &Demo::shared(),
        NOW,
        &["report", "vendor", "dc-ams", "--from", "2017-04-01T00:00:00Z", "--to", "2017-03-01T00:00:00Z"],
    );
    assert_eq!(ran.status, 2, "{ran:?}");
}

#[test]
fn pages_stand_alone_and_run_nothing() {
    let demo = Demo::shared();
    for report in [&["report", "month", "2017-03"][..], &["report", "vendor"]] {
        let html = told(&demo, &[report, &["--format", "html"]].concat());
        assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"), "a whole page");
        assert!(
            !html.contains("<script")
                && !html.contains("href=")
                && !html.contains("src=")
                && html.contains("default-src 'none'")
        );
        assert!(!html.contains("@example"), "no address of a customer leaves the house");
    }
}
