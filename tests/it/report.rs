//! Reports as a user makes them, of the demo's outages: what they say, that nothing in them runs, and that a bundle gives
//! every change away.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::stories::{Demo, ran};

/// The night of story A, 26 March 2017 01:00 to 04:50 by the wall clock.
const NIGHT: &str = "o-36f9d1257136";

fn post_mortem(demo: &Demo) -> Value {
    let ran = demo.run(&["report", "outage", NIGHT, "--format", "json"]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    serde_json::from_str(&ran.stdout).expect("JSON")
}

#[test]
fn a_post_mortem_tells_true_lengths_and_where_the_clocks_changed() {
    let report = post_mortem(&Demo::shared());
    assert_eq!(report["schema"], "inwindow.post-mortem/1");
    assert_eq!(report["zone"], "Europe/Amsterdam");
    assert_eq!((&report["seconds"], &report["wall_clock_seconds"]), (&10_200.into(), &13_800.into()));
    let events = report["events"].as_array().expect("events");
    let place = |text: &str| events.iter().position(|event| event["text"].as_str().is_some_and(|t| t.contains(text)));
    let change = place("clocks jump from 02:00 CET to 03:00 CEST").expect("the change is told");
    assert_eq!(events[change]["at"], "2017-03-26T01:00:00Z");
    assert_eq!(events[change]["kind"], "clock-change");
    assert!(place("coincidence") < Some(change) && Some(change) < place("Breakers"), "{events:#?}");
    let word = &events[place("Breakers").expect("the word came")];
    assert_eq!((&word["local"], &word["since_start_seconds"]), (&"Sun 26 Mar 2017 03:31 CEST".into(), &5_460.into()));
    let at = |event: &Value| event["at"].as_str().map(str::to_owned);
    assert!(events.is_sorted_by_key(at), "in the order it happened");
}

#[test]
fn the_window_is_told_as_it_was_known_then_and_what_was_said_later_stands_beside_it() {
    let report = post_mortem(&Demo::shared());
    let windows = report["windows"].as_array().expect("windows");
    let told: Vec<_> =
        windows.iter().map(|w| (w["said"].as_str(), w["interval"]["start"].as_str(), w["status"].as_str())).collect();
    assert_eq!(
        told,
        [
            (Some("before"), Some("2017-03-25T23:00:00Z"), Some("CONFIRMED")),
            (Some("later"), Some("2017-03-24T23:00:00Z"), Some("COMPLETED"))
        ]
    );
    assert_eq!(report["verdicts"][0]["kind"], "impact_exceeded");
    assert_eq!(report["statements"].as_array().map(Vec::len), Some(3));
    assert!(!report.to_string().contains("@example"), "no address of a customer leaves the house");
}

#[test]
fn html_stands_alone_and_runs_nothing() {
    let demo = Demo::shared();
    let html = demo.run(&["report", "outage", NIGHT, "--format", "html"]).stdout;
    assert!(html.starts_with("<!DOCTYPE html>") && html.ends_with("</html>\n"), "a whole page");
    assert!(html.contains("<svg class=\"timeline\"") && html.contains("<tr class=\"marker\">"));
    for outside in ["<script", "src=", "href=", "url(", "@import", "javascript:", "<iframe", " on"] {
        let found = html.split('<').filter(|tag| tag.split('>').next().is_some_and(|tag| tag.contains(outside)));
        assert_eq!(found.count(), 0, "`{outside}` in a tag");
    }
    assert!(!html.contains("<script") && html.contains("default-src 'none'"));
}

#[test]
fn what_a_stranger_wrote_is_no_markup() {
    let demo = Demo::play();
    let said = "<script>alert(1)</script> [x](javascript:y) | `z` \u{202e}gnp";
    let ran = demo.run(&["say", NIGHT, "--who", "<b>eve</b>", "--at", "2017-03-27T00:00:00Z", said]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let html = demo.run(&["report", "outage", NIGHT, "--format", "html"]).stdout;
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && html.contains("&lt;b&gt;eve"), "shown as text");
    assert!(!html.contains("<script") && !html.contains("<b>") && !html.contains('\u{202e}'));
    let markdown = demo.run(&["report", "outage", NIGHT]).stdout;
    assert!(markdown.contains(r"&lt;script>alert(1)&lt;/script> \[x\](javascript:y) \| \`z\`"), "{markdown}");
}

#[test]
fn a_statement_flags_a_contradiction_and_never_changes_the_official_verdict() {
    let demo = Demo::play();
    let outage = "o-f351fd793c75";
    let kinds = |demo: &Demo| {
        let seen = demo.json(&["show", outage], 0);
        (
            seen["verdicts"][0]["kind"].clone(),
            seen["verdicts"][0]["segments"].clone(),
            seen["verdicts"][0]["flags"].clone(),
        )
    };
    let (kind, segments, flags) = kinds(&demo);
    let conflict = |flags: &Value| flags.as_array().is_some_and(|f| f.iter().any(|f| f == "vendor_statement_conflict"));
    assert!(!conflict(&flags));
    for (stance, words) in [("related", "it was ours"), ("unrelated", "it was not ours")] {
        let ran =
            demo.run(&["say", outage, "--who", "vendor", "--stance", stance, "--at", "2017-04-01T00:00:00Z", words]);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    }
    let (kind_after, segments_after, flags_after) = kinds(&demo);
    assert_eq!((kind_after, segments_after), (kind, segments));
    assert!(conflict(&flags_after), "{flags_after}");
}

#[test]
fn show_draws_windows_against_outages() {
    let shown = Demo::shared().run(&["show", NIGHT]).stdout;
    assert!(shown.contains("¦ clocks jump from 02:00 CET to 03:00 CEST"), "{shown}");
    assert!(shown.lines().any(|line| line.starts_with("DCA-2017-031 #1 ") && line.contains("░░")), "{shown}");
    assert!(shown.lines().any(|line| line.starts_with("plus-02 and 3 more ") && line.contains("██")), "{shown}");
}

pub fn unpacked(archive: &Path, folder: &Path) {
    let mut zip = zip::ZipArchive::new(fs::File::open(archive).expect("an archive")).expect("a zip");
    for place in 0..zip.len() {
        let mut file = zip.by_index(place).expect("a file");
        let path = folder.join(file.enclosed_name().expect("a name inside the folder"));
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("readable");
        fs::write(path, bytes).expect("written");
    }
}

pub fn checked(folder: &Path) -> crate::stories::Ran {
    let mut sums = Command::new("sha256sum");
    ran(&sums
        .env("LC_ALL", "C")
        .args(["-c", "--quiet", "manifest.sha256"])
        .current_dir(folder)
        .output()
        .expect("sha256sum runs"))
}

#[test]
fn a_bundle_gives_every_change_of_a_byte_away() {
    let demo = Demo::shared();
    let place = tempfile::tempdir().expect("a folder");
    let (first, second) = (place.path().join("a.zip"), place.path().join("b.zip"));
    for archive in [&first, &second] {
        let ran = demo.run(&["report", "bundle", NIGHT, "--out", &archive.display().to_string()]);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    }
    assert_eq!(
        fs::read(&first).expect("read"),
        fs::read(&second).expect("read"),
        "the same evidence is the same bytes"
    );
    let folder = place.path().join("evidence");
    unpacked(&first, &folder);
    assert_eq!(checked(&folder).status, 0);

    let manifest = fs::read_to_string(folder.join("manifest.sha256")).expect("a manifest");
    let names: Vec<&str> = manifest.lines().filter_map(|line| line.split_once("  ")).map(|(_, name)| name).collect();
    assert_eq!(names.iter().filter(|name| name.starts_with("notices/")).count(), 3, "{names:?}");
    for name in names {
        let path = folder.join(name);
        let bytes = fs::read(&path).expect("read");
        let mut changed = bytes.clone();
        let middle = changed.len() / 2;
        changed[middle] ^= 1;
        fs::write(&path, changed).expect("written");
        let told = checked(&folder);
        assert_eq!(told.status, 1, "{name}");
        assert!(told.stdout.contains(&format!("{name}: FAILED")), "{name}: {}", told.stdout);
        fs::write(&path, bytes).expect("written");
    }
    assert_eq!(checked(&folder).status, 0);

    // The manifest itself: its digest is printed when the bundle is written, to be kept elsewhere.
    let third = place.path().join("c.zip");
    let printed = demo.json(&["report", "bundle", NIGHT, "--out", &third.display().to_string()], 0);
    let printed = printed["manifest_sha256"].as_str().expect("a digest").to_owned();
    let path = folder.join("manifest.sha256");
    let bytes = fs::read(&path).expect("read");
    assert_eq!(sha256sum(&path), printed);
    for place in [0, bytes.len() / 2, bytes.len() - 1] {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        fs::write(&path, changed).expect("written");
        assert_ne!(sha256sum(&path), printed);
    }
}

/// The digest of a file by `sha256sum`, which is nothing of ours.
fn sha256sum(path: &Path) -> String {
    let told = ran(&Command::new("sha256sum").arg(path).output().expect("sha256sum runs"));
    told.stdout.split_whitespace().next().unwrap_or_default().to_owned()
}
