//! Evidence attached to the demo's outages: kept for ever, shown everywhere, in the bundle byte for byte.

use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::report::{checked, unpacked};
use crate::stories::{Demo, FOLDER};

/// The night of story A.
const NIGHT: &str = "o-36f9d1257136";

fn attachments(demo: &Demo) -> Vec<Value> {
    demo.json(&["show", NIGHT], 0)["attachments"].as_array().expect("attachments").clone()
}

#[test]
fn what_is_attached_is_kept_with_its_digest_and_shown() {
    let demo = Demo::play();
    let before = demo.json(&["show", NIGHT], 0);
    fs::write(demo.place().join("Breaker 4.JPG"), b"not really a picture").expect("written");
    let seen = ["--seen", "2017-03-26T02:00:00Z", "--by", "ann"];
    let attach = |args: &[&str]| demo.json(&[&["outage", "attach", NIGHT], args, &seen].concat(), 0);
    let file = attach(&["Breaker 4.JPG", "--note", "the PDU"]);
    let digest = inwindow::names::Digest::of(b"not really a picture");
    assert_eq!((&file["what"]["sha256"], &file["what"]["bytes"]), (&digest.as_str().into(), &20.into()));
    assert_eq!(file["what"]["name"], "Breaker 4.JPG");
    attach(&["--url", "https://status.dc-ams.example/incident/1"]);
    attach(&["--text", "trip at 01:00, read to me from the log"]);
    attach(&["Breaker 4.JPG", "--note", "the PDU"]);
    assert_eq!(attachments(&demo).len(), 3, "the same thing again adds nothing");

    let shown = demo.run(&["outage", "show", NIGHT]).stdout;
    let line =
        format!("attached Breaker 4.JPG (20 bytes), sha256 {digest}, seen 2017-03-26 04:00 CEST, by ann: the PDU");
    assert!(shown.contains(&line), "{shown}");
    let report = demo.run(&["report", "outage", NIGHT]).stdout;
    assert!(
        report.contains("## Evidence attached") && report.contains("https://status.dc-ams.example/incident/1"),
        "{report}"
    );
    assert!(report.contains("seen: Breaker 4.JPG (20 bytes): the PDU"), "it stands among what happened: {report}");
    // It changes no verdict.
    let after = demo.json(&["show", NIGHT], 0);
    assert_eq!(
        (&after["verdicts"], &after["later"], &after["claims"]),
        (&before["verdicts"], &before["later"], &before["claims"])
    );
}

#[test]
fn a_bundle_holds_the_files_and_gives_a_change_of_them_away() {
    let demo = Demo::play();
    let log = b"01:00:03 breaker 4 tripped\n".repeat(50);
    for (name, bytes, hour) in [("pdu.log", log.as_slice(), 2), ("same.txt", &log, 3), ("weird.;rm -rf", b"x", 2)] {
        fs::write(demo.place().join(name), bytes).expect("written");
        let seen = format!("2017-03-26T0{hour}:00:00Z");
        let ran = demo.run(&["outage", "attach", NIGHT, name, "--seen", &seen, "--by", "ann"]);
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    }
    let archive = demo.place().join("evidence.zip");
    let ran = demo.run(&["report", "bundle", NIGHT, "--out", &archive.display().to_string()]);
    assert_eq!((ran.status, ran.stderr.as_str()), (0, ""));
    let folder = demo.place().join("evidence");
    unpacked(&archive, &folder);
    assert_eq!(checked(&folder).status, 0);
    let attached: Vec<_> =
        fs::read_dir(folder.join("attachments")).expect("a folder").map(|e| e.expect("an entry").path()).collect();
    let mut names: Vec<_> = attached.iter().filter_map(|path| path.file_name()?.to_str()).collect();
    names.sort_unstable();
    let name = |bytes: &[u8], ending: &str| format!("{}{ending}", &inwindow::names::Digest::of(bytes).as_str()[..16]);
    let mut expected = [name(&log, ".log"), name(b"x", "")];
    expected.sort();
    assert_eq!(names, expected, "the same bytes once, and no name of a stranger's making");
    let kept = folder.join("attachments").join(name(&log, ".log"));
    assert_eq!(fs::read(&kept).expect("read"), log);
    let mut changed = log.clone();
    changed[700] ^= 1;
    fs::write(&kept, changed).expect("written");
    assert_eq!(checked(&folder).status, 1);
}

#[test]
fn a_file_over_the_limit_is_kept_by_its_digest_alone() {
    let demo = Demo::play();
    let large = vec![7_u8; 16 * 1024 * 1024 + 1];
    fs::write(demo.place().join("large.bin"), &large).expect("written");
    let seen = ["--seen", "2017-03-26T02:00:00Z"];
    let file = demo.json(&[&["outage", "attach", NIGHT, "large.bin"], &seen[..]].concat(), 0);
    assert_eq!((&file["what"]["kept"], &file["what"]["bytes"]), (&false.into(), &large.len().into()));
    assert_eq!(file["what"]["sha256"], inwindow::names::Digest::of(&large).as_str());
    fs::write(demo.place().join("fits.bin"), &large[1..]).expect("written");
    let file = demo.json(&[&["outage", "attach", NIGHT, "fits.bin"], &seen[..]].concat(), 0);
    assert_eq!(file["what"]["kept"], true);
    let archive = demo.place().join("evidence.zip");
    let bundle = demo.json(&["report", "bundle", NIGHT, "--out", &archive.display().to_string()], 0);
    let files = bundle["files"].as_array().expect("files");
    let attached = files.iter().filter(|name| name.as_str().is_some_and(|name| name.starts_with("attachments/")));
    assert_eq!(attached.count(), 1, "{files:?}");
}

#[test]
fn a_file_can_come_by_the_standard_input_and_what_is_no_evidence_is_refused() {
    let demo = Demo::play();
    let mut program = demo.program();
    program.args(["--data", FOLDER, "outage", "attach", NIGHT, "-", "--seen", "2017-03-26T02:00:00Z", "-o", "json"]);
    let mut child = program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("started");
    child.stdin.take().expect("an input").write_all(b"piped").expect("written");
    let output = child.wait_with_output().expect("ended");
    let piped: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!((&piped["what"]["name"], &piped["what"]["bytes"]), (&"standard input".into(), &5.into()));

    fs::write(demo.place().join("empty"), b"").expect("written");
    for (args, why) in [
        (&["empty"][..], "`empty` is empty"),
        (&["missing"], "cannot read `missing`"),
        (&["."], "names no file"),
        (&["inwindow-demo"], "is a folder"),
        (&["--url", "javascript:alert(1)"], "is no address of a page"),
        (&["--url", "https://x.example/a b"], "is no address of a page"),
        (&["--text", " "], "cannot be attached"),
        (&["--text", "said", "--seen", "2999-01-01T00:00:00Z"], "lies ahead"),
        (&["--text", "said", "--by", ""], "nobody is named"),
        (&[], "required"),
    ] {
        let ran = demo.run(&[&["outage", "attach", NIGHT], args].concat());
        assert!(matches!(ran.status, 2 | 4) && ran.stdout.is_empty(), "{args:?}: {ran:?}");
        assert!(ran.stderr.contains(why), "{args:?}: {}", ran.stderr);
    }
    assert_eq!(attachments(&demo).len(), 1, "nothing else was kept");
}

#[test]
fn outage_list_and_show_are_the_lists_and_shows_of_outages() {
    let demo = Demo::shared();
    for output in ["table", "json", "csv"] {
        assert_eq!(demo.run(&["outage", "list", "-o", output]), demo.run(&["list", "outages", "-o", output]));
        assert_eq!(demo.run(&["outage", "show", "o-36f9", "-o", output]), demo.run(&["show", "o-36f9", "-o", output]));
    }
    let of_joyent = demo.run(&["outage", "list", "--vendor", "joyent"]).stdout;
    assert!(of_joyent.contains("tix1") && !of_joyent.contains("plus-"), "{of_joyent}");
    // Ids of other things are none of outages.
    assert_eq!(demo.run(&["outage", "show", "DCA-2017-031"]).status, 2);
}
