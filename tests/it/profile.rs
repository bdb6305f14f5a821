//! `inwindow profile`: what vendors' profiles are written with.

use crate::cli::Place;

const UNKNOWN: &str = "From: NOC <noc@carrier.example>\nDate: Mon, 02 Sep 2030 08:00:00 +0000\n\
    Subject: Planned maintenance NX-20771\nMessage-ID: <1@carrier.example>\n\nDear customer,\n\n\
    we will be performing maintenance on our network.\n\nTicket number: NX-20771\nStart: 12 Oct 2030 22:00 UTC\n\
    End: 13 Oct 2030 04:00 UTC\nCircuit ID: EX-0042\n\u{1b}[2J\n";

#[test]
fn explain_marks_the_words_and_names_the_rules() {
    let place = Place::new();
    place.write("unknown.eml", UNKNOWN);
    place
        .run(&["profile", "explain", "unknown.eml"])
        .ends(1)
        .says("Subject: Planned maintenance NX-20771\n")
        .says("Ticket number: [reference: NX-20771]\n")
        .says("Start: [window 1 start: 12 Oct 2030 22:00 UTC]\n")
        .says("not understood: it seems to announce maintenance, and no profile reads mails like it\n")
        .says("window 1 end    13 Oct 2030 04:00 UTC")
        .says("label \"Ticket number\"")
        .never_says("\u{1b}");
    let demo = Place::with_demo_files();
    demo.run(&["profile", "explain", "notices/dc-ams-announcement.eml"])
        .ends(0)
        .says("understood: dc-ams, grade profile\n")
        .says("profile dc-ams, [[recognise]] 1: recognises it: the sender facilities@dc-ams.example is of its domains")
        .says("[reference: DCA-2017-031]");
    assert!(!place.path("data").exists() && !demo.path("data").exists());
}

#[test]
fn explain_says_why_the_nearest_profile_did_not_recognise_a_mail() {
    let place = Place::new();
    place.write("near.eml", UNKNOWN.replace("carrier.example", "dc-ams.example"));
    place
        .run(&["profile", "explain", "near.eml"])
        .ends(1)
        .says("profile dc-ams, [[recognise]] 1: no: the subject matches none of its 1 patterns\n");
}

#[test]
fn the_samples_that_ship_are_read_as_they_must_be() {
    Place::new()
        .run(&["profile", "test"])
        .ends(0)
        .says("ok      dc-ams/announcement\n")
        .says(" samples, none differs\n");
}

/// A vendor's folder with a profile of our own and one sample.
fn with_metro() -> Place {
    let place = Place::new();
    place.write("vendors/metro/profile.toml", METRO);
    place.write("vendors/metro/planned.eml", METRO_MAIL);
    place.write("vendors/metro/planned.toml", METRO_SAYS);
    place
}

const METRO: &str = "version = 1\nvendor = \"metro\"\nname = \"Metro Fibre\"\n\n[[recognise]]\n\
    domains = [\"metro.example\"]\n\n[dates]\nmoments = [\"%d %b %Y %H:%M\"]\n\n[[label]]\nnames = [\"Ticket\"]\n\
    field = \"reference\"\n\n[[label]]\nnames = [\"Start\"]\nfield = \"start\"\n\n[[label]]\nnames = [\"End\"]\nfield = \"end\"\n";
const METRO_MAIL: &str = "From: noc@metro.example\nDate: Mon, 02 Sep 2030 08:00:00 +0000\nSubject: Work\n\n\
    Ticket: MF-1\nStart: 12 Oct 2030 22:00 UTC\nEnd: 13 Oct 2030 04:00 UTC\n";
const METRO_SAYS: &str = "[[announcement]]\nvendor = \"metro\"\nreference = \"MF-1\"\nsummary = \"Work\"\n\
    windows = [{ start = \"2030-10-12T22:00:00Z\", end = \"2030-10-13T04:00:00Z\", flags = [] }]\nobjects = []\n\
    received_at = \"2030-09-02T08:00:00Z\"\n";

#[test]
fn samples_of_ones_own_are_compared_field_by_field() {
    let place = with_metro();
    let metro = ["profile", "test", "vendors/metro"];
    place.run(&metro).gives(0, "ok      metro/planned\n1 sample, none differs\n", "");
    place.run(&["profile", "test", "vendors"]).ends(0);
    place.write("vendors/metro/planned.toml", METRO_SAYS.replace("MF-1", "MF-2").replace("T04", "T05"));
    place.run(&metro).gives(
        1,
        "differs metro/planned\n        announcement 1 reference: expected MF-2, read MF-1\n        \
         announcement 1 window 1 end: expected 2030-10-13T05:00:00Z, read 2030-10-13T04:00:00Z\n1 sample, 1 differs\n",
        "",
    );
    assert_eq!(place.rows(&metro)[1]["field"], "announcement 1 window 1 end");
    place.write("vendors/metro/planned.eml", "Subject: hello\n\nnothing\n");
    place.run(&metro).ends(1).says("reading: expected announcements, read no notice: nothing in it announces");
    place.write("vendors/metro/planned.toml", "[[announcement]]\nvendor = 1\n");
    assert!(place.run(&metro).ends(2).stderr.contains("planned.toml:2"));
    std::fs::remove_file(place.path("vendors/metro/planned.toml")).expect("removed");
    place.run(&metro).ends(1).says("planned.toml: expected a file beside the sample, read nothing\n");
    place.run(&["profile", "test", "nowhere"]).gives(
        2,
        "",
        "inwindow: no profile.toml in `nowhere`, nor in a folder of it\n\
         help: name the folder of a vendor, or one that holds such folders\n",
    );
}

#[test]
fn profiles_are_listed_with_their_source_and_shown_as_written() {
    let place = Place::new();
    place.write("data/vendors/metro/profile.toml", METRO);
    let rows = place.rows(&["profile", "list"]);
    let of = |vendor: &str| rows.iter().find(|row| row["vendor"] == vendor).expect("listed");
    assert_eq!(of("metro")["source"], "data/vendors/metro/profile.toml");
    assert_eq!(of("dc-ams")["source"], "shipped");
    place.run(&["profile", "show", "metro"]).gives(0, METRO, "");
    place.run(&["profile", "show", "metroo"]).gives(
        2,
        "",
        "inwindow: there is no profile of the vendor `metroo`\nhelp: did you mean `metro`?\n",
    );
    let schema = place.run(&["profile", "schema"]).ends(0).text();
    assert_eq!(schema, include_str!("../../schedules/vendors/profile.schema.json"));
}

/// A sample that ships, and what it must say.
fn shipped_samples() -> Vec<(String, Vec<u8>, inwindow::notice::Sample)> {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schedules/vendors");
    let mut samples = Vec::new();
    for folder in std::fs::read_dir(root).expect("the vendors") {
        let Ok(files) = std::fs::read_dir(folder.expect("an entry").path()) else { continue };
        for path in
            files.map(|file| file.expect("a file").path()).filter(|path| path.extension().is_some_and(|e| e == "eml"))
        {
            let beside = std::fs::read_to_string(path.with_extension("toml")).expect("its result");
            let raw = std::fs::read(&path).expect("a mail");
            samples.push((path.display().to_string(), raw, toml::from_str(&beside).expect("a sample")));
        }
    }
    samples.sort_by(|a, b| a.0.cmp(&b.0));
    samples
}

/// By the profile that is written from a sample, the sample says nothing but what it must.
#[test]
fn a_profile_written_from_a_sample_reads_it_without_a_contradiction() {
    use inwindow::notice::{Message, Profile, Profiles, Reader, Reading, Sample, outline, read};
    let zones = inwindow::time::Zones::embedded();
    let metro = inwindow::names::VendorId::new("metro").expect("an id");
    let (mut wrong, mut whole, mut written) = (Vec::new(), 0, 0);
    for (name, raw, sample) in shipped_samples() {
        let Ok(message) = Message::parse(&raw) else { continue };
        let Some(text) = outline(&message, &metro, &zones) else { continue };
        written += 1;
        let profile = Profile::parse("profile.toml", &text).unwrap_or_else(|error| panic!("{name}: {error}\n{text}"));
        let profiles = Profiles::new(vec![profile]);
        let reading = read(&message, &Reader { profiles: &profiles, zones: &zones, own_domains: &[] });
        let Reading::Understood { announcements } = reading else { continue };
        if announcements.iter().any(|said| said.vendor != metro) {
            continue;
        }
        let got = Sample::of(&announcements, chrono::DateTime::UNIX_EPOCH);
        let unlike = sample.unlike(&got);
        // What the first profile leaves out is no contradiction; nor are the vendor's name and a summary.
        let beside = ["vendor", "received_at", "summary", "doubt"];
        let said = |one: &&inwindow::notice::Unlike| {
            !one.read.is_null() && !beside.iter().any(|field| one.field.contains(field))
        };
        whole += usize::from(!unlike.iter().any(|one| !beside.iter().any(|field| one.field.contains(field))));
        for one in unlike.iter().filter(|one| one.read.is_null()) {
            println!("missing {} in {name}", one.field);
        }
        wrong.extend(
            unlike.iter().filter(said).map(|one| format!("{name}: {}: {} / {}", one.field, one.expected, one.read)),
        );
    }
    println!("{written} profiles written, {whole} of them read their sample whole");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_first_profile_is_written_and_reads_its_notice() {
    let place = Place::new();
    place.write("unknown.eml", UNKNOWN);
    let text = place.run(&["profile", "new", "unknown.eml"]).ends(0).text();
    assert!(text.contains("vendor = \"carrier\"\n") && text.contains("domains = [\"carrier.example\"]\n"), "{text}");
    assert!(text.contains("moments = [\"%d %B %Y %H:%M\"]\n"), "{text}");
    let new = ["profile", "new", "unknown.eml", "--vendor", "metro", "--to", "data/vendors/metro"];
    place.run(&new).gives(0, "wrote data/vendors/metro/profile.toml and data/vendors/metro/first.eml\n", "");
    // The user's profile reads the notice now.
    place
        .run(&["import", "--dry-run", "unknown.eml"])
        .ends(0)
        .says("metro NX-20771 CONFIRMED (grade profile)")
        .says("EX-0042");
    assert!(place.run(&new).ends(4).stderr.contains("data/vendors/metro/profile.toml"), "nothing is overwritten");
    place.write("hello.eml", "From: a@b.example\nSubject: hello\n\nHow are you?\n");
    place.run(&["profile", "new", "hello.eml"]).ends(1);
    place.write("nobody.eml", UNKNOWN.replace("From: NOC <noc@carrier.example>\n", ""));
    place.run(&["profile", "new", "nobody.eml"]).gives(
        2,
        "",
        "inwindow: the mail does not say which vendor sent it\nhelp: give --vendor VENDOR\n",
    );
}
