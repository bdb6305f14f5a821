//! What a hostile notice or profile may ask for: each is refused, or read within bounds, with the limit named.

use super::{HEAD, Profile, SENDER, TIMES, announcements, plain};

#[test]
fn objects_are_counted_once_each() {
    let label = "[[label]]\nnames = [\"Lines\"]\nfield = \"objects\"\nsplit = [\",\"]\n";
    let many: Vec<String> = (0..50_000).map(|n| format!("L{n}")).collect();
    plain(label, &format!("Lines: {}", many.join(",")), &["! its objects goes beyond the limit of 5000 objects"]);
    plain(label, &format!("Lines: {}", "L1,L2,".repeat(40_000)), &["T-1; L1; L2"]);
}

#[test]
fn what_is_said_once_is_not_repeated_without_bounds() {
    let rules = format!(
        "{TIMES}[[label]]\nnames = [\"Work\"]\nfield = \"summary\"\n[[label]]\nnames = [\"Ticket\"]\nfield = \"reference\"\neach = true\nsplit = [\",\"]\n[[label]]\nnames = [\"Night\"]\nvalue = '(?P<start>.+) to (?P<end>.+)'\neach = true\n"
    );
    let tickets: Vec<String> = (0..2_400).map(|n| format!("T{n}")).collect();
    let nights = "Night: 2026-03-10 22:00 to 2026-03-11 04:00\n".repeat(2_400);
    let body = |work: &str| format!("Work: {work}\nTicket: {}\n{nights}", tickets.join(","));
    let long = announcements(&rules, "text/plain", &body(&"x".repeat(1 << 20)));
    assert_eq!(
        long.map(|read| read.len()).map_err(|why| why.to_string()),
        Err("what it says of all its rows goes beyond the limit of 67108864 bytes".into())
    );
    let short = announcements(&rules, "text/plain", &body("splicing"));
    assert_eq!(short.map(|read| read.len()), Ok(2_400));
}

#[test]
fn a_label_above_all_lines_is_not_followed_for_each_of_them() {
    let lines = "[[label]]\nnames = [\"Services\"]\ntake = \"lines\"\nfield = \"objects\"\n";
    let labels = "Services:\n".repeat(50_000);
    plain(
        &format!("{lines}each = true\n"),
        &labels,
        &["! what a label leads to goes beyond the limit of 8388608 bytes"],
    );
    let rules = lines.replace("field = \"objects\"", "value = '(?P<objects>L\\d+)'");
    plain(&rules, &format!("{labels}L1\n"), &["T-1"]);
    plain(&rules, "Services:\nServices:\nL1\n", &["T-1; L1"]);
}

#[test]
fn words_that_would_grow_without_bounds_stay_as_they_are() {
    let rules = |with: &str| {
        format!(
            "[[label]]\nnames = [\"Lines\"]\nfield = \"objects\"\nreplace = [{{ match = '.', with = \"{with}\" }}, {{ match = '.', with = \"{with}\" }}, {{ match = '.', with = \"{with}\" }}]\n"
        )
    };
    plain(&rules("$0$0"), "Lines: ab", &["T-1; aaaaaaaabbbbbbbb"]);
    let grown = announcements(&rules(&"$0".repeat(500)), "text/plain", "Lines: ab").expect("read");
    // Twice 500 times; the third time would be 250,000,000 letters.
    assert_eq!(grown[0].objects[0].name.len(), 500_000);
}

#[test]
fn a_calendar_property_that_is_escaped_has_no_span() {
    let rules = "[[calendar]]\nproperty = \"SUMMARY\"\nvalue = '(?P<objects>L\\d\\S*)'\n";
    let span = |summary: &str| {
        let body = format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:{summary}\nEND:VEVENT\nEND:VCALENDAR\n");
        let read = announcements(rules, "text/calendar", &body).expect("read");
        let source = read[0].sources.iter().find(|source| source.field == "objects").expect("objects are said");
        source.span.map(|(from, to)| body[from..to].to_owned())
    };
    assert_eq!(span("Work on L1"), Some("L1".into()));
    assert_eq!(span("Work\\, on\n  L1"), None);
}

#[track_caller]
fn refused(patterns: impl Iterator<Item = String>, expected: &str) {
    let rules: String = patterns.map(|p| format!("[[status]]\nmatch = '{p}'\nis = \"CONFIRMED\"\n")).collect();
    let error = Profile::parse("v.toml", &format!("{HEAD}{SENDER}{rules}")).expect_err("too much");
    assert!(error.to_string().contains(expected), "{error}");
}

#[test]
fn the_patterns_of_a_profile_have_limits() {
    refused(["(?:(?:a{1000}){1000}){1000}".to_owned()].into_iter(), "exceeds size limit");
    refused((0..300).map(|n| format!("work {n}")), "take more than 16777216 bytes together");
    refused((0..101).map(|n| format!("[\\w/]{n}")), "have more than 100 classes");
    refused([r"[\S]".repeat(101)].into_iter(), "have more than 100 classes");
    refused([r"[]\S]".repeat(101)].into_iter(), "have more than 100 classes");
    refused(["[ä-ü]".repeat(101)].into_iter(), "have more than 100 classes");
}
