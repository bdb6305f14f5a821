//! The language, word by word: a profile and a mail, and what the one reads in the other.

mod hostile;

use super::Profile;
use crate::notice::announcement::{Announcement, AnnouncementFlag};
use crate::notice::message::Message;
use crate::notice::reading::Unreadable;
use crate::time::Zones;

const HEAD: &str = "version = 1\nvendor = \"v\"\nname = \"V\"\n";
const SENDER: &str = "[[recognise]]\ndomains = [\"v.example\"]\n";
const REFERENCE: &str = "[[pattern]]\nin = \"subject\"\nregex = '(?P<reference>T-\\d+)'\n";
const TIMES: &str = "[zone]\ndefault = \"UTC\"\n[[label]]\nnames = [\"Start\"]\nfield = \"start\"\n[[label]]\nnames = [\"End\"]\nfield = \"end\"\n";

fn announcements(rules: &str, kind: &str, body: &str) -> Result<Vec<Announcement>, Unreadable> {
    let (keys, tables) = rules.split_once("\n---\n").unwrap_or(("", rules));
    let text = format!("{HEAD}{keys}\n{SENDER}{REFERENCE}{tables}");
    let profile = Profile::parse("v.toml", &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    let mail = format!(
        "From: noc@v.example\r\nDate: Mon, 02 Mar 2026 08:00:00 +0000\r\nSubject: Fwd: [list] Work T-1\r\nContent-Type: {kind}\r\n\r\n{body}"
    );
    let message = Message::parse(mail.as_bytes()).expect("a mail");
    assert!(profile.recognises(&message));
    super::read(&profile, &message, &Zones::embedded())
}

/// One line an announcement: reference, status, impact; windows; objects; doubts.
fn shown(announcement: &Announcement) -> String {
    let windows = announcement.windows.iter().map(|window| {
        let own: Vec<&str> = window.objects.iter().map(|object| object.name.as_str()).collect();
        let instant = |at: chrono::DateTime<chrono::Utc>| at.format("%F %H:%M").to_string();
        let span = format!("{}/{}", instant(window.interval.start()), instant(window.interval.end()));
        format!("{} {span} [{}]", window.role, own.join(" "))
    });
    let objects = announcement.objects.iter().map(|object| match object.impact {
        Some(impact) => format!("{}={impact}", object.name),
        None => object.name.clone(),
    });
    let doubts = announcement.doubts.iter().map(|doubt| format!("? {doubt}"));
    let head = [announcement.reference.to_string()].into_iter();
    let head = head.chain(announcement.status.map(|status| status.to_string()));
    let head = head.chain(announcement.impact.map(|impact| impact.to_string())).collect::<Vec<_>>().join(" ");
    [head].into_iter().chain(windows).chain(objects).chain(doubts).collect::<Vec<_>>().join("; ")
}

#[track_caller]
fn check_kind(rules: &str, kind: &str, body: &str, expected: &[&str]) {
    let got = match announcements(rules, kind, body) {
        Ok(announcements) => announcements.iter().map(shown).collect(),
        Err(why) => vec![format!("! {why}")],
    };
    assert_eq!(got, expected, "{rules}\n{body}");
}

#[track_caller]
fn plain(rules: &str, body: &str, expected: &[&str]) {
    check_kind(rules, "text/plain", body, expected);
}

#[track_caller]
fn html(rules: &str, body: &str, expected: &[&str]) {
    check_kind(rules, "text/html", body, expected);
}

const NIGHT: &str = "Start: 2026-03-10 22:00\nEnd: 2026-03-11 04:00\n";
const NIGHT_READ: &str = "primary 2026-03-10 22:00/2026-03-11 04:00 []";

#[test]
fn where_the_words_of_a_label_stand() {
    let read = &format!("T-1; {NIGHT_READ}");
    plain(TIMES, NIGHT, &[read]);
    plain(TIMES, "Start\t2026-03-10 22:00\nEND :  2026-03-11 04:00\n", &[read]);
    plain(TIMES, "Start:\n2026-03-10 22:00\nEnd\t:\t2026-03-11 04:00\n", &[read]);
    html(TIMES, "<tr><td>Start<td>:<td>2026-03-10 22:00<tr><td>End<td>: 2026-03-11 04:00", &[read]);
    // A word that merely begins so is no label.
    plain(TIMES, "Starting: soon\nFirst end\n2026-03-10 22:00\n", &["T-1"]);
    // One alone in its line leads below where nothing better is known, in text whose table became lines, and to no other label.
    plain(TIMES, "Start\n2026-03-10 22:00\nEnd\n:\n2026-03-11 04:00\n", &[read]);
    plain(TIMES, "Start\n2026-03-01 22:00\nStart: 2026-03-10 22:00\nEnd: 2026-03-11 04:00\n", &[read]);
    plain(TIMES, "Start\nEnd\n2026-03-10 22:00\n", &["! it gives no start"]);
    html(TIMES, "<p>Start<p>2026-03-10 22:00<p>End<p>2026-03-11 04:00", &["T-1"]);
    plain(
        &format!("{TIMES}[[label]]\nnames = [\"Night *\"]\nvalue = '(?P<date>.+)'"),
        "Night 1 of 2: 2026-03-10\n",
        &["T-1; primary 2026-03-10 00:00/2026-03-11 00:00 []"],
    );
    let beside = "[[label]]\nnames = [\"Services\"]\nsplit = [\",\"]\nfield = \"objects\"";
    plain(beside, "Services: AB-101,\nAB-102\nCD-7\nImpact: none\n", &["T-1; AB-101; AB-102; CD-7"]);
    plain(beside, "Services: -\n", &["T-1"]);
    let below = "[[label]]\nnames = [\"Services\"]\ntake = \"below\"\nfield = \"objects\"";
    plain(below, "Services\nL 1\nL 2\n", &["T-1; L 1"]);
    let lines = "[[label]]\nnames = [\"Services\"]\ntake = \"lines\"\nuntil = '^Regards'\nfield = \"objects\"";
    plain(lines, "Services: L 0\nL 1\n\nL 2\nRegards\nL 3\n", &["T-1; L 0; L 1; L 2"]);
}

#[test]
fn several_fields_in_the_words_of_one_label() {
    let rules = "[[label]]\nnames = [\"Window (UTC)\"]\nzone = \"UTC\"\nvalue = '(?P<start>.+) to (?P<end>.+)'";
    plain(rules, "Window (UTC): 2026-03-10 22:00 to 2026-03-11 04:00", &[&format!("T-1; {NIGHT_READ}")]);
    // The zone written behind a time wins over the one that the rule states.
    plain(rules, "Window (UTC): 2026-03-10 23:00 +01:00 to 2026-03-11 05:00 +01:00", &[&format!("T-1; {NIGHT_READ}")]);
}

#[test]
fn words_are_put_right_before_they_are_read() {
    let rules = format!(
        "{TIMES}[[label]]\nnames = [\"Lines\"]\nfield = \"objects\"\nsplit = [\",\"]\nreplace = [{{ match = 'x+-', with = \"\" }}, {{ match = '\\((\\w+)\\)', with = \"$1\" }}]"
    );
    plain(&rules, "Lines: xx-L1, xxx-(L2)", &["T-1; L1; L2"]);
}

#[test]
fn parts_of_a_time_that_stand_apart() {
    let rules = "[zone]\ndefault = \"Europe/Paris\"\n[dates]\ndays = [\"%m/%d/%Y\", \"%d %B\"]\ntimes = [\"%H:%M\", \"%I:%M%p\", \"%I:%M %p\"]\nwords = { mars = \"March\" }\n[[pattern]]\nin = \"body\"\nregex = 'from (?P<start_time>.+?) on (?P<start_date>.+?) to (?P<end_time>.+?)(?: on (?P<end_date>.+?))?(?: (?P<zone>[A-Z]{3}))?(?: of (?P<year>\\d+))?$'";
    plain(
        rules,
        "from 10:00pm on 03/10/2026 to 5:00 AM on 03/11/2026 UTC",
        &["T-1; primary 2026-03-10 22:00/2026-03-11 05:00 []"],
    );
    // An end without a date is of the start's day, or of the next.
    plain(rules, "from 22:00 on 10 mars to 05:00", &["T-1; primary 2026-03-10 21:00/2026-03-11 04:00 []"]);
    plain(rules, "from 01:00 on 10 mars to 05:00", &["T-1; primary 2026-03-10 00:00/2026-03-10 04:00 []"]);
    // Without a year it is the next such day, unless the day is only just past; a year of its own settles it.
    plain(rules, "from 01:00 on 10 January to 05:00", &["T-1; primary 2026-01-10 00:00/2026-01-10 04:00 []"]);
    plain(rules, "from 01:00 on 30 December to 05:00", &["T-1; primary 2026-12-30 00:00/2026-12-30 04:00 []"]);
    plain(rules, "from 01:00 on 10 mars to 05:00 of 2027", &["T-1; primary 2027-03-10 00:00/2027-03-10 04:00 []"]);
}

#[test]
fn an_end_by_its_length() {
    let rules = format!("{TIMES}[[label]]\nnames = [\"Length\"]\nfield = \"duration\"");
    let read = |length: &str, end: &str| {
        plain(
            &rules,
            &format!("Start: 2026-03-10 22:00\nLength: {length}\n"),
            &[&format!("T-1; primary 2026-03-10 22:00/{end} []")],
        );
    };
    read("approximately 2 hours", "2026-03-11 00:00");
    read("2 Hours 30 Minutes", "2026-03-11 00:30");
    read("480 min", "2026-03-11 06:00");
    read("1.5h", "2026-03-10 23:30");
    plain(
        &rules,
        "Start: 2026-03-10 22:00\nLength: some\n",
        &["! its duration `some` cannot be read: it is no length of time"],
    );
    plain(
        &rules,
        "Start: 2026-03-10 22:00\nLength: 4 bottles\n",
        &["! its duration `4 bottles` cannot be read: it is no length of time"],
    );
    plain(&rules, "Start: 2026-03-10 22:00\n", &["! it gives no end"]);
}

#[test]
fn zones_of_places_and_words() {
    let rules = format!("{TIMES}[[label]]\nnames = [\"Site\"]\nfield = \"place\"\n[[label]]\nnames = [\"Zone\"]\nfield = \"zone\"").replace(
        "default = \"UTC\"",
        "place = [{ written = \"*, CA\", zone = \"America/Los_Angeles\" }]\nabbreviation = [{ written = \"Eastern\", zone = \"America/New_York\" }, { written = \"EST\", zone = \"-05:00\" }]",
    );
    plain(&rules, &format!("{NIGHT}Site: Palo Alto, CA"), &["T-1; primary 2026-03-11 05:00/2026-03-11 11:00 []"]);
    plain(&rules, &format!("{NIGHT}Zone: ( Eastern )"), &["T-1; primary 2026-03-11 02:00/2026-03-11 08:00 []"]);
    plain(&rules, &format!("{NIGHT}Zone: EST"), &["T-1; primary 2026-03-11 03:00/2026-03-11 09:00 []"]);
    plain(&rules, &format!("{NIGHT}Site: Nowhere"), &["T-1; ? the time `2026-03-10 22:00` has no zone"]);
}

#[test]
fn a_second_statement_is_compared() {
    let rules = format!("{TIMES}[dates]\ntolerance = \"1 min\"\nwithin = \"100 d\"\n[[label]]\nnames = [\"Local\"]\nvalue = '(?P<check_start>.+) - (?P<check_end>.+)'").replace("default = \"UTC\"", "default = \"UTC\"\nabbreviation = [{ written = \"CET\", zone = \"Europe/Paris\" }]");
    let read = &format!("T-1; {NIGHT_READ}");
    plain(&rules, &format!("{NIGHT}Local: 2026-03-10 23:00 CET - 05:00 CET"), &[read]);
    plain(&rules, &format!("{NIGHT}Local: 2026-03-10 22:00 GMT (Greenwich Mean Time) - 05:00 CET"), &[read]);
    plain(&rules, &format!("{NIGHT}Local: 2026-03-10 23:01 CET - 05:00 CET"), &[read]);
    plain(&rules, &format!("{NIGHT}Local: 2026-03-10 23:00 XYZ - 07:00 XYZ"), &[read]);
    plain(
        &rules,
        &format!("{NIGHT}Local: 2026-03-10 23:02 CET - 05:00 CET"),
        &[&format!(
            "{read}; ? the notice gives two times that disagree: 2026-03-10T22:00:00Z to 2026-03-11T04:00:00Z and 2026-03-10 23:02 CET to 05:00 CET"
        )],
    );
    let unread = format!("{NIGHT}Local: tonight - tomorrow");
    let flags = announcements(&rules, "text/plain", &unread).expect("read").remove(0).flags;
    assert!(flags.contains(&AnnouncementFlag::SecondStatementUnread), "{flags:?}");
    plain(
        &rules,
        &NIGHT.replace("2026-03", "2026-09"),
        &[
            "T-1; primary 2026-09-10 22:00/2026-09-11 04:00 []; ? the window from 2026-09-10T22:00:00Z lies more than 100 days from the day it was sent, 2026-03-02T08:00:00Z",
        ],
    );
}

const GRID: &str = "[[grid]]\nheader = [\"Circuit\", \"Impact\"]\ncolumns = { objects = [\"Circuit\"], impact = [\"Impact\"], status = [\"State\"] }\nskip = [{ column = \"Circuit\", match = '^total' }]\n[[impact]]\ntext = \"hit\"\nis = \"DEGRADED\"\n[[status]]\ntext = \"done\"\nis = \"COMPLETED\"\n";

#[test]
fn a_table_by_its_heading() {
    let table = "<table><tr><th>No<th>Circuit:<th>Impact<th>State<tr><td>1<td>L1<td>Outage<td>Done<tr><td>2<td>L2<td>Switch hits<td>done<tr><td>-<td>Total 2<td>-<td>x</table><p>L9 no row";
    html(GRID, table, &["T-1 COMPLETED; L1=OUTAGE; L2=DEGRADED"]);
    html(
        GRID,
        &table.replace(">done<", ">Confirmed<"),
        &["T-1; L1=OUTAGE; L2=DEGRADED; ? its rows state different statuses: Done, Confirmed"],
    );
    html(GRID, &table.replace(">done<", ">half done, half not<"), &["T-1 COMPLETED; L1=OUTAGE; L2=DEGRADED"]);
    html(GRID, &table.replace("Circuit:", "Line"), &["T-1"]);
}

#[test]
fn a_table_of_windows() {
    let rules = "[[grid]]\nheader = [\"From\", \"Until\"]\nzone = \"UTC\"\nkeep = [{ column = \"From\", match = 'GMT' }]\ncolumns = { start = [\"From\"], end = [\"Until\"], objects = [\"Line\"] }\n";
    let rows = "<table><tr><td>From<td>Until<td>Line<tr><td>2026-03-10 22:00 GMT<td>2026-03-11 04:00 GMT<td>L1<tr><td>2026-03-11 22:00 GMT<td>2026-03-12 04:00 GMT<td>L2<tr><td>2026-03-10 16:00 CST<td>2026-03-10 22:00 CST<td>L1";
    html(
        rules,
        rows,
        &[
            "T-1; primary 2026-03-10 22:00/2026-03-11 04:00 [L1]; primary 2026-03-11 22:00/2026-03-12 04:00 [L2]; L1; L2",
        ],
    );
}

#[test]
fn a_table_ends_where_that_of_another_grid_begins() {
    let rules = "[[grid]]\nheader = [\"Circuit\"]\ncolumns = { objects = [\"Circuit\"] }\n[[grid]]\nheader = [\"Ticket\"]\ncolumns = { account = [\"Customer\"] }\n";
    let body = "<table><tr><td>Circuit<td>City<tr><td>L1<td>Ede<tr><td>L2<td>Ede</table><table><tr><td>Ticket<td>Customer<tr><td>7<td>c-1</table>";
    html(rules, body, &["T-1; L1; L2"]);
}

#[test]
fn rows_that_name_a_reference_are_maintenances_of_their_own() {
    let rules = format!(
        "{TIMES}[[grid]]\nheader = [\"Ticket\"]\ncolumns = {{ reference = [\"Ticket\"], objects = [\"Line\"] }}\n"
    );
    let body = "<p>Start: 2026-03-10 22:00<p>End: 2026-03-11 04:00<table><tr><td>Ticket<td>Line<tr><td>A<td>L1<tr><td>B<td>L2<tr><td>a<td>L3";
    html(&rules, body, &[&format!("A; {NIGHT_READ}; L1; L3"), &format!("B; {NIGHT_READ}; L2")]);
}

const NIGHTS: &str = "[[label]]\nnames = [\"Start night *\"]\nfield = \"start\"\neach = true\nzone = \"UTC\"\n[[label]]\nnames = [\"End night *\"]\nfield = \"end\"\neach = true\nzone = \"UTC\"\n[[label]]\nnames = [\"Start reserve\"]\nfield = \"start\"\neach = true\nzone = \"UTC\"\nrole = \"contingency\"\n[[label]]\nnames = [\"End reserve\"]\nfield = \"end\"\neach = true\nzone = \"UTC\"\nrole = \"contingency\"\n[[label]]\nnames = [\"Tickets\"]\nfield = \"reference\"\neach = true\nsplit = [\"/\"]\n";

#[test]
fn labels_that_are_followed_each_time() {
    let nights = "Start night 1: 2026-03-10 22:00\nEnd night 1: 2026-03-11 04:00\nStart night 2: 2026-03-11 22:00\nEnd night 2: 2026-03-12 04:00\n";
    let reserve = "Start reserve: 2026-03-12 22:00\nEnd reserve: 2026-03-13 04:00\n";
    let first = "primary 2026-03-10 22:00/2026-03-11 04:00 []";
    let second = "primary 2026-03-11 22:00/2026-03-12 04:00 []";
    let third = "contingency 2026-03-12 22:00/2026-03-13 04:00 []";
    plain(NIGHTS, &format!("{nights}{reserve}"), &[&format!("T-1; {first}; {second}; {third}")]);
    plain(NIGHTS, &format!("{nights}{reserve}Tickets: A"), &[&format!("A; {first}; {second}; {third}")]);
    plain(
        NIGHTS,
        &format!("{nights}{reserve}Tickets: A / B / C"),
        &[&format!("A; {first}"), &format!("B; {second}"), &format!("C; {third}")],
    );
    plain(
        NIGHTS,
        &format!("{nights}{reserve}Tickets: A / B"),
        &["! it gives 2 references and 3 windows, and does not say which belong together"],
    );
    plain(
        NIGHTS,
        &format!("{nights}Tickets: A / B / C"),
        &["! it gives 3 references and 2 windows, and does not say which belong together"],
    );
    plain(
        NIGHTS,
        &format!("{nights}Start night 3: 2026-03-12 22:00"),
        &["! it gives 3 times of one kind and 2 of another, and does not say which belong together"],
    );
}

#[test]
fn patterns_that_are_followed_each_time_within_a_section() {
    let rules = "[zone]\nabbreviation = [{ written = \"Central\", zone = \"America/Chicago\" }]\n[[section]]\nname = \"dates\"\nbegins = '^Dates'\nends = '^Backup|^Place'\n[[section]]\nname = \"backup\"\nbegins = '^Backup'\nends = '^Place'\n[[pattern]]\nin = \"dates\"\neach = true\nregex = '(?P<check_start>.+) to (?P<check_end>.+) \\((?P<check_zone>Central)\\)\\n(?P<start>.+) to (?P<end>.+) \\((?P<zone>GMT)\\)'\n[[pattern]]\nin = \"backup\"\neach = true\nrole = \"contingency\"\nregex = '(?P<start>.+) to (?P<end>.+) \\((?P<zone>GMT)\\)'\n";
    let night = |day: u32| {
        format!(
            "2026-03-{day} 17:00 to 2026-03-{day} 23:00 (Central)\n2026-03-{day} 22:00 to 2026-03-{} 04:00 (GMT)\n",
            day + 1
        )
    };
    let body = format!("Dates\n{}{}Backup\n{}Place: x\n{}", night(10), night(11), night(12), night(20));
    plain(
        rules,
        &body,
        &[
            "T-1; primary 2026-03-10 22:00/2026-03-11 04:00 []; primary 2026-03-11 22:00/2026-03-12 04:00 []; contingency 2026-03-12 22:00/2026-03-13 04:00 []",
        ],
    );
}

#[test]
fn phrases_and_impacts() {
    let rules = "[[status]]\nmatch = 'has been (cancel|withdraw)'\nis = \"CANCELLED\"\nin = \"body\"\n[[status]]\ntext = \"reminder\"\nis = \"CONFIRMED\"\nin = \"subject\"\n[[impact]]\ntext = \"switch hit\"\nis = \"DEGRADED\"\nin = \"body\"\n[[label]]\nnames = [\"Impact\"]\nfield = \"impact\"\n";
    plain(rules, "The work has been withdrawn.", &["T-1 CANCELLED"]);
    plain(rules, "The work has been withdrawn.\r\n", &["T-1 CANCELLED"]);
    let planned = format!("{rules}[[status]]\ntext = \"planned\"\nis = \"CONFIRMED\"\nin = \"body\"\n");
    plain(&planned, "Work is planned.", &["T-1 CONFIRMED; ? it announces work and states no window"]);
    plain(rules, "There may be switch hits. Reminder!", &["T-1 DEGRADED"]);
    plain(rules, "Impact: no-impact", &["T-1 NO-IMPACT"]);
    // Words that nobody explains count as the worst.
    plain(rules, "Impact: wobbly", &["T-1 OUTAGE"]);
}

#[test]
fn a_reference_made_of_the_notice() {
    let rules = "digest = [\"account\", \"start\"]\n---\n[[label]]\nnames = [\"Account\"]\nfield = \"account\"\n"
        .to_owned()
        + TIMES;
    let got = |body: &str| {
        let text = rules.replace(REFERENCE, "");
        announcements(&text, "text/plain", body)
    };
    // The subject's pattern would win; this vendor's subjects have no number.
    let one = got(&format!("Account:  A 1\n{NIGHT}")).expect("read");
    assert_eq!(one[0].reference.as_str(), "T-1");
}

#[test]
fn properties_of_a_calendar() {
    let rules = "[zone]\ndefault = \"UTC\"\n[[calendar]]\nproperty = \"SUMMARY\"\nvalue = '(?P<reference>C-\\d+) (?P<objects>L\\d)'\n[[calendar]]\nproperty = \"DTSTART\"\nfield = \"start\"\n[[calendar]]\nproperty = \"DTEND\"\nfield = \"end\"\n";
    let event = |n: u32| {
        format!(
            "BEGIN:VEVENT\r\nSUMMARY:Work C-{n} L{n}\r\nDTSTART:2026031{n}T220000Z\r\nDTEND:2026031{n}T230000Z\r\nEND:VEVENT\r\n"
        )
    };
    let body = format!("BEGIN:VCALENDAR\r\n{}{}END:VCALENDAR\r\n", event(1), event(2));
    check_kind(
        rules,
        "text/calendar",
        &body,
        &[
            "C-1; primary 2026-03-11 22:00/2026-03-11 23:00 [L1]; L1",
            "C-2; primary 2026-03-12 22:00/2026-03-12 23:00 [L2]; L2",
        ],
    );
    let named = event(1).replace("DTSTART:", "DTSTART;TZID=Europe/Paris:").replace("0000Z", "0000");
    let body = format!("BEGIN:VCALENDAR\r\n{}END:VCALENDAR\r\n", named.replace("DTEND:", "DTEND;TZID=Europe/Paris:"));
    check_kind(rules, "text/calendar", &body, &["C-1; primary 2026-03-11 21:00/2026-03-11 22:00 [L1]; L1"]);
}

#[test]
fn a_mail_passed_on_is_recognised_by_the_sender_it_names() {
    let profile = Profile::parse("v.toml", &format!("{HEAD}{SENDER}")).expect("a profile");
    let recognised = |head: &str| {
        let body = "---------- Forwarded message ---------\nFrom: NOC <noc@v.example>\nDate: Mon, 2 Mar 2026\nSubject: Work T-1\nTo: us\n\nText\n";
        let mail = format!("{head}Date: Mon, 02 Mar 2026 08:00:00 +0000\n\n{body}");
        profile.recognises(&Message::parse(mail.as_bytes()).expect("a mail"))
    };
    assert!(recognised("From: a@colleague.example\nSubject: Fwd: Work T-1\n"));
    assert!(recognised("Subject: Work T-1\n"));
    // An answer to the vendor quotes it and is no notice.
    assert!(!recognised("From: a@colleague.example\nSubject: Re: Work T-1\n"));
}

#[test]
fn a_calendar_beside_a_label_does_not_change_its_window() {
    let rules = format!(
        "{TIMES}[[calendar]]\nproperty = \"DTSTART\"\nfield = \"start\"\n[[calendar]]\nproperty = \"DTEND\"\nfield = \"end\"\n[[calendar]]\nproperty = \"LOCATION\"\nfield = \"objects\"\n"
    );
    let calendar = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nLOCATION:L1\nDTSTART:20260401T220000Z\nDTEND:20260401T230000Z\nEND:VEVENT\nEND:VCALENDAR\n";
    let body =
        format!("--b\nContent-Type: text/plain\n\n{NIGHT}\n--b\nContent-Type: text/calendar\n\n{calendar}--b--\n");
    check_kind(&rules, "multipart/mixed; boundary=b", &body, &[&format!("T-1; {NIGHT_READ}; L1")]);
}

#[test]
fn a_cancellation_may_name_the_start_alone() {
    let rules = format!("{TIMES}[[status]]\ntext = \"cancelled\"\nis = \"CANCELLED\"\nin = \"body\"\n");
    let read = announcements(&rules, "text/plain", "Start: 2026-03-10 22:00\nWork cancelled.").expect("read");
    assert!(read[0].windows.is_empty());
    assert_eq!(read[0].known_start.map(|start| start.to_rfc3339()).as_deref(), Some("2026-03-10T22:00:00+00:00"));
    plain(&rules, "Start: 2026-03-10 22:00\nWork goes on.", &["! it gives no end"]);
}

#[test]
fn a_line_ends_before_its_carriage_return() {
    let rules = "[[pattern]]\nin = \"body\"\neach = true\nregex = '^(?P<objects>L\\d),$'\n";
    plain(rules, "L1,\r\nL2,\r\n", &["T-1; L1; L2"]);
}

#[test]
fn a_profile_cannot_make_reading_unbounded() {
    let rules = "[[pattern]]\nin = \"body\"\neach = true\nregex = '(?P<objects>x)'\n";
    plain(rules, &"x ".repeat(6_000), &["! its tables goes beyond the limit of 5000 rows"]);
}
