//! Words for days, and files with their mistakes, each where it stands.

use super::{Counts, Days, StandingFile, When};
use crate::time::Zones;
use crate::window::recurrence::DateValue;
use crate::written::SourceFile;

/// `expected`: the rules, joined by a space, and the canonical words.
#[track_caller]
fn check_days(text: &str, rules: &str, words: &str) {
    let days = Days::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert_eq!((days.rules().join(" ").as_str(), days.to_string().as_str()), (rules, words), "{text}");
    assert_eq!(Days::parse(words).as_ref(), Ok(&days), "{words}");
}

#[test]
fn days_as_people_write_them() {
    check_days("Wednesday and Thursday", "FREQ=WEEKLY;BYDAY=WE,TH", "Wednesday and Thursday");
    check_days("on Tuesdays, thurs & Sun", "FREQ=WEEKLY;BYDAY=TU,TH,SU", "Tuesday, Thursday and Sunday");
    check_days("weekdays", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Monday to Friday");
    check_days(
        "every weekday and Sunday",
        "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SU",
        "Monday, Tuesday, Wednesday, Thursday, Friday and Sunday",
    );
    check_days("Mon-Sat", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA", "Monday to Saturday");
    check_days("Saturday through Monday", "FREQ=WEEKLY;BYDAY=MO,SA,SU", "Monday, Saturday and Sunday");
    check_days("weekends", "FREQ=WEEKLY;BYDAY=SA,SU", "Saturday and Sunday");
    check_days("day", "FREQ=DAILY", "day");
    check_days("each night", "FREQ=DAILY", "day");
    check_days("other Tuesday", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU", "other Tuesday");
    check_days("second Tuesday", "FREQ=MONTHLY;BYDAY=2TU", "second Tuesday of the month");
    check_days(
        "the 2nd and 4th Wednesday of each month",
        "FREQ=MONTHLY;BYDAY=2WE,4WE",
        "second and fourth Wednesday of the month",
    );
    check_days(
        "third Thursday and first Monday",
        "FREQ=MONTHLY;BYDAY=1MO,3TH",
        "first Monday and third Thursday of the month",
    );
    check_days("last Sunday", "FREQ=MONTHLY;BYDAY=-1SU", "last Sunday of the month");
    check_days("fifth Friday", "FREQ=MONTHLY;BYDAY=5FR", "fifth Friday of the month");
    check_days(
        "third weekend",
        "FREQ=MONTHLY;BYDAY=3SA FREQ=MONTHLY;BYDAY=SU;BYMONTHDAY=16,17,18,19,20,21,22",
        "third weekend of the month",
    );
    check_days(
        "last weekday of the month",
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        "last weekday of the month",
    );
    check_days("15th of the month", "FREQ=MONTHLY;BYMONTHDAY=15", "15th of the month");
    check_days("1st, 15th and last day", "FREQ=MONTHLY;BYMONTHDAY=1,15,-1", "1st, 15th and last day of the month");
    check_days("first Sunday of March", "FREQ=MONTHLY;BYDAY=1SU;BYMONTH=3", "first Sunday of March");
    check_days(
        "Sundays in Nov to Feb",
        "FREQ=WEEKLY;BYDAY=SU;BYMONTH=1,2,11,12",
        "Sunday of January, February, November and December",
    );
    check_days("31st of January, July", "FREQ=MONTHLY;BYMONTHDAY=31;BYMONTH=1,7", "31st of January and July");
}

/// `expected`: the words meant, the message, and the start of the help.
#[track_caller]
fn check_no_days(text: &str, meant: &str, message: &str, help: &str) {
    let error = Days::parse(text).expect_err(text);
    assert_eq!((&text[error.span.clone()], error.message.as_str()), (meant, message));
    assert!(error.help.starts_with(help), "{text}: {}", error.help);
}

#[test]
fn days_that_can_be_meant_in_two_ways_are_refused() {
    check_no_days("", "", "no day is named", "write for example");
    check_no_days("secnd Tuesday", "secnd", "`secnd` is no day", "did you mean `second`?");
    check_no_days("Wendesday", "Wendesday", "`Wendesday` is no day", "did you mean `Wednesday`?");
    check_no_days("first Sunday of Mach", "Mach", "`Mach` is no month", "did you mean `March`?");
    check_no_days("first Sunday of", "of", "nothing stands behind `of`", "write for example");
    check_no_days("first Sunday of the quarter", "quarter", "`quarter` is no month", "name the months");
    check_no_days("Saturday or Sunday", "or", "`or` leaves open which day is meant", "write `and`");
    check_no_days(
        "first Monday and Thursday",
        "Thursday",
        "`Thursday` can be meant with the ordinal before it, or without",
        "write an ordinal",
    );
    check_no_days(
        "Thursday and first Monday",
        "Thursday and first Monday",
        "days of different kinds are named together",
        "write a [[window]]",
    );
    check_no_days("second", "second", "`second` counts nothing", "write `second Tuesday`");
    check_no_days("15th Tuesday", "15th", "not every month has a 15th Tuesday", "the fifth is the latest");
    check_no_days("fifth weekend", "fifth", "not every month has a fifth weekend", "the fourth is the latest");
    check_no_days("32nd of the month", "32nd", "`32nd` is no day", "write for example");
    check_no_days("22th of the month", "22th", "`22th` is no day", "write for example");
    check_no_days(
        "first Monday to Friday",
        "first",
        "`first` cannot count days from Monday to Friday",
        "write for example",
    );
    check_no_days("two weeks", "two", "`two` is no day", "");
    check_no_days("other week", "week", "`week` names no day", "write `other Tuesday`");
    check_no_days("other day", "other day", "every other of what is not clear", "`other` goes with weekdays");
    check_no_days(
        "Monday of the month",
        "Monday of the month",
        "`Monday of the month` names no day of the month",
        "leave",
    );
    check_no_days("€", "€", "`€` is no day", "write for example");
    let long = "Monday and ".repeat(60);
    assert_eq!(Days::parse(&long).expect_err("long").message, "days of more than 512 bytes");
}

fn read(text: &str) -> Result<StandingFile, Vec<crate::written::Problem>> {
    StandingFile::parse(&SourceFile { name: "w.toml".into(), text: text.into() }, &Zones::embedded())
}

const HEAD: &str = "version = 1\nvendor = \"v\"\nsource = \"s\"\nzone = \"Europe/Dublin\"\n[[window]]\nid = \"a\"\n";
const HOURS: &str = "from = \"00:00\"\nto = \"04:00\"\n";

/// `rest` follows six lines; `expected` are the problems, each with the start of its help.
#[track_caller]
fn check_wrong(rest: &str, expected: &[(&str, &str)]) {
    check_file(&format!("{HEAD}{rest}"), expected);
}

#[track_caller]
fn check_file(text: &str, expected: &[(&str, &str)]) {
    let problems = read(text).expect_err(text);
    let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(shown, expected.iter().map(|(shown, _)| (*shown).to_owned()).collect::<Vec<_>>(), "{text}");
    for (problem, (_, help)) in problems.iter().zip(expected) {
        let got = problem.help.as_deref().unwrap_or_default();
        assert!(got.starts_with(help) && (got.is_empty() == help.is_empty()), "{got}");
    }
}

#[test]
fn a_mistake_is_told_where_it_stands() {
    let days = format!("{HOURS}every = \"second Tusday\"\n");
    check_wrong(&days, &[("w.toml:9:17: `Tusday` is no day", "did you mean `Tuesday`?")]);
    check_wrong(
        &format!("{HOURS}evry = \"day\"\n"),
        &[
            ("w.toml:5:1: [[window]] does not say on which days", "add `every"),
            ("w.toml:9:1: unknown key `evry` in [[window]]", "did you mean `every`?"),
        ],
    );
    let rule = |rule: &str| format!("{HOURS}rrule = {rule}\n");
    check_wrong(
        &rule("[\"FREQ=WEEKLY;BYDAY=MO\", \"FREQ=WEEKLY;BYDAY=XX\"]"),
        &[(
            "w.toml:9:34: `XX` is no value of BYDAY: weekdays (MO to SU), each with an optional number from -53 to 53 but 0",
            "",
        )],
    );
    check_wrong(
        &rule("\"FREQ=DAILY;BYHOUR=3\""),
        &[("w.toml:9:9: `FREQ=DAILY;BYHOUR=3` says at which times, and so does `from`", "leave BYHOUR")],
    );
    check_wrong(
        &rule("\"FREQ=MONTHLY\""),
        &[("w.toml:9:9: only a first day says which of these days are meant", "add `since")],
    );
    check_wrong(
        &format!("{HOURS}every = \"day\"\nrrule = \"FREQ=DAILY\"\n"),
        &[("w.toml:5:1: `every` and `rrule` both say which days", "keep one")],
    );
    check_wrong(
        &format!("{HOURS}every = \"other Tuesday\"\nsince = 2026-11-04\n"),
        &[("w.toml:10:9: 2026-11-04 is a Wednesday, on which the window does not fall", "`since` is what")],
    );
    check_wrong(
        &format!("{HOURS}every = \"day\"\nsince = 2026-11-04\nuntil = 2026-11-03\nexcept = [\"2026-12-24\"]\n"),
        &[
            ("w.toml:11:9: `until` 2026-11-03 is before `since` 2026-11-04", "`until` is the last day"),
            ("w.toml:12:11: `except` must be a day, not a text", "write a date without quotes"),
        ],
    );
    check_wrong(
        "every = \"day\"\nfrom = \"24:00\"\nto = \"4\"\n",
        &[
            ("w.toml:8:8: a window cannot start at 24:00", "write `from = \"00:00\"`"),
            ("w.toml:9:6: `4` is no time of the day", "write hours and minutes"),
        ],
    );
    for later in ["367", "4294967295"] {
        check_wrong(
            &format!("{HOURS}every = \"day\"\ndays_later = {later}\n"),
            &[("w.toml:10:14: a standing window lasts at most 366 days", "what lasts longer")],
        );
    }
    check_wrong(
        "every = \"day\"\nfrom = \"00:00\"\nlength = \"366 d 1 s\"\n",
        &[("w.toml:9:10: a standing window lasts at most 366 days", "what lasts longer")],
    );
    check_wrong("every = \"day\"\nfrom = \"01:00\"\n", &[("w.toml:5:1: [[window]] has no end", "add `to")]);
    check_wrong(
        &format!("{HOURS}every = \"day\"\nlength = \"4 h\"\n"),
        &[("w.toml:10:10: `to` and `length` both say when it ends", "keep `to`")],
    );
    check_wrong(
        &format!("{HOURS}every = \"day\"\ncounts = \"allone\"\nstart_inside_max = \"1 h\"\nslot = \"4 h\"\n"),
        &[
            ("w.toml:10:10: `allone` is none of alone, with-notice", "did you mean `alone`?"),
            ("w.toml:11:20: `start_inside_max` says nothing without `start_inside`", "add `start_inside = true`"),
            ("w.toml:12:8: the slot is as long as the window, 00:00 to 04:00", "leave `slot` out"),
        ],
    );
    check_file(
        "version = 2\nvendr = 3\nwindow = []",
        &[
            ("w.toml:1:1: a file of standing windows has no `vendor`", "add"),
            ("w.toml:1:1: a file of standing windows has no `source`", "add"),
            ("w.toml:1:1: the file declares no window", "add a [[window]]"),
            ("w.toml:1:11: version 2 of standing windows is not known", "write `version = 1`"),
            ("w.toml:2:1: unknown key `vendr` in a file of standing windows", "did you mean `vendor`?"),
        ],
    );
    check_file("version = 1\nversion = 2", &[("w.toml:2:1: duplicate key", "")]);
}

/// `expected` of a file whose zone is this.
#[track_caller]
fn check_zone(zone: &str, expected: &[(&str, &str)]) {
    let text = format!("{HEAD}{HOURS}every = \"day\"\n").replace("\"Europe/Dublin\"", zone);
    if expected.is_empty() {
        read(&text).unwrap_or_else(|problems| panic!("{problems:?}"));
    } else {
        let problems = read(&text).expect_err(zone);
        let shown: Vec<_> = problems.iter().map(ToString::to_string).collect();
        assert_eq!(shown, expected.iter().map(|(shown, _)| (*shown).to_owned()).collect::<Vec<_>>(), "{zone}");
        assert!(problems[0].help.as_deref().is_some_and(|help| help.starts_with(expected[0].1)), "{problems:?}");
    }
}

#[test]
fn a_window_without_a_zone_is_refused() {
    let text = format!("{HEAD}{HOURS}every = \"day\"\n").replace("zone = \"Europe/Dublin\"\n", "");
    check_file(&text, &[("w.toml:4:1: the window has no zone", "add `zone")]);
}

#[test]
fn an_abbreviation_must_be_declared() {
    check_zone(
        "\"PST\"",
        &[(
            "w.toml:4:8: `PST` does not say whether the hours follow the clock changes",
            "say what is meant: `zone = { written",
        )],
    );
    check_zone("{ written = \"PST\", region = \"America/Los_Angeles\", because = \"b\" }", &[]);
    check_zone("{ written = \"PST\", literal = \"-08:00\", because = \"b\" }", &[]);
    check_zone(
        "{ written = \"PST\", region = \"America/Los_Angeles\" }",
        &[("w.toml:4:8: `zone` does not say why it is read so", "add `because")],
    );
    check_zone("{ literal = \"-08:00\" }", &[("w.toml:4:8: `zone` does not say why it is read so", "add `because")]);
    check_zone("{ written = \"Dublin time\", region = \"Europe/Dublin\" }", &[]);
    check_zone("{ written = \"PST\" }", &[("w.toml:4:8: `zone` says neither `region` nor `literal`", "add `region")]);
    check_zone("{ region = \"-08:00\" }", &[("w.toml:4:19: `-08:00` is no region", "name a region")]);
    check_zone(
        "{ literal = \"Europe/Dublin\", because = \"b\" }",
        &[("w.toml:4:20: `Europe/Dublin` is no offset", "write an offset")],
    );
    check_zone(
        "{ region = \"MST\" }",
        &[("w.toml:4:19: `MST` is an abbreviation, not the name of a region", "use an IANA")],
    );
    check_zone(
        "\"Europe/Dubln\"",
        &[("w.toml:4:8: unknown time zone `Europe/Dubln` (did you mean `Europe/Dublin`?)", "use an IANA")],
    );
}

/// `expected`: the warnings of a file that can be used.
#[track_caller]
fn check_warned(text: &str, expected: &[&str]) {
    let file = read(text).unwrap_or_else(|problems| panic!("{problems:?}"));
    let shown: Vec<String> = file.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(shown, expected, "{text}");
}

#[test]
fn what_may_not_be_meant_is_warned_of() {
    let plain = format!("{HEAD}{HOURS}every = \"Thursday\"\n");
    check_warned(&plain, &[]);
    check_warned(
        &plain.replace("Europe/Dublin", "GMT+8"),
        &["w.toml:4:8: `GMT+8` is a bare offset, which follows no clock change"],
    );
    check_warned(&plain.replace("Europe/Dublin", "UTC"), &[]);
    check_warned(
        &plain.replace("Europe/Dublin", "Etc/GMT+8"),
        &["w.toml:4:8: `Etc/GMT+8` is 8 hours behind UTC: IANA writes these names the other way round"],
    );
    check_warned(
        &format!("{plain}except = [2026-12-24, 2026-12-25]\n"),
        &["w.toml:10:23: no window falls on 2026-12-25, a Friday"],
    );
    check_warned(
        &plain.replace("every = \"Thursday\"", "rrule = \"FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\""),
        &["w.toml:9:9: no day of the calendar is meant"],
    );
}

#[test]
fn a_window_is_what_its_file_says() {
    let file = read(&format!(
        "{HEAD}{HOURS}every = \"Wednesday and Thursday\"\nsince = 2026-11-04\nuntil = 2026-12-31\nexcept = [2026-12-24]\n\
         counts = \"with-notice\"\nknown_from = 2026-11-01T00:00:00Z\nimpact = \"DEGRADED\"\n"
    ))
    .expect("a file");
    let window = &file.windows[0];
    assert_eq!(
        (window.counts, window.impact.map(crate::window::Impact::as_str)),
        (Counts::WithNotice, Some("DEGRADED"))
    );
    let When::Scheduled(schedule) = &window.when else { panic!("it has a zone") };
    assert_eq!(schedule.known_from().map(|at| at.to_rfc3339()).as_deref(), Some("2026-11-01T00:00:00+00:00"));
    let lines = "DTSTART;TZID=Europe/Dublin:20261104T000000\nDTEND;TZID=Europe/Dublin:20261104T040000\n\
                 RRULE:FREQ=WEEKLY;BYDAY=WE,TH;UNTIL=20261231\nEXDATE;VALUE=DATE:20261224\n";
    assert_eq!(schedule.text(), lines);
    let from = "2026-01-01T00:00:00Z".parse().expect("an instant");
    let starts: Vec<_> =
        schedule.next(from, 100).occurrences.iter().map(|o| DateValue::Date(o.wall.date()).to_string()).collect();
    assert_eq!((starts.len(), starts[0].as_str(), starts[16].as_str()), (17, "20261104", "20261231"));
    assert!(!starts.contains(&"20261224".to_owned()));
    // Exported lines are read back as the same days.
    let again = format!("{HEAD}ics = '''\n{lines}'''\n").replace("zone = \"Europe/Dublin\"\n", "");
    let again = read(&again).expect("lines");
    let again = again.windows[0].when.schedule(None).expect("a zone").next(from, 100).occurrences;
    assert_eq!(again, schedule.next(from, 100).occurrences);
}

#[test]
fn lines_of_rfc_5545_stand_for_days_hours_and_zone() {
    let lines = |text: &str| format!("{HEAD}ics = '''\n{text}'''\n");
    let good = "DTSTART;TZID=Europe/Dublin:20261104T000000\nDURATION:PT4H\nRRULE:FREQ=WEEKLY\n";
    read(&lines(good)).expect("lines");
    check_file(
        &lines(&good.replace("DURATION:PT4H", "DURATION:4H")),
        &[("w.toml:9:1: `DURATION:4H` cannot be read", "")],
    );
    check_file(
        &lines(&good.replace(";TZID=Europe/Dublin", "")),
        &[("w.toml:7:7: DTSTART names no zone", "write `DTSTART")],
    );
    check_wrong(&format!("{HOURS}ics = ''\n"), &[("w.toml:5:1: `ics` says itself what `from`, `to` says", "keep one")]);
}
