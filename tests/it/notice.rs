//! Notices in files: the samples of each vendor, the demo's mails, and hostile input.

mod zones;

use std::fs;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use inwindow::notice::{
    Announcement, Grade, Message, Profile, Profiles, Reader, Reading, ReceivedBy, ReceivedHints, Sample, Unreadable,
    read, received,
};
use inwindow::time::Zones;
use proptest::prelude::*;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn utc(text: &str) -> DateTime<Utc> {
    text.parse().expect("a test instant is RFC 3339")
}

/// The folders of `schedules/vendors`; never none, or the samples would be tested by nobody.
pub fn vendor_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = fs::read_dir(root().join("schedules/vendors"))
        .expect("the vendors' folder is there")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    assert!(!folders.is_empty(), "no vendor ships");
    folders
}

fn profile(folder: &Path) -> Profile {
    let path = folder.join("profile.toml");
    let text = fs::read_to_string(&path).expect("each vendor has a profile");
    Profile::parse(&path.display().to_string(), &text).unwrap_or_else(|error| panic!("{error}"))
}

pub fn shipped() -> Profiles {
    Profiles::new(vendor_folders().iter().map(|folder| profile(folder)).collect())
}

fn read_with(profiles: &Profiles, raw: &[u8]) -> (Option<Message>, Reading) {
    let zones = Zones::embedded();
    let own = ["hoster.example".to_owned()];
    match Message::parse(raw) {
        Ok(message) => {
            let reading = read(&message, &Reader { profiles, zones: &zones, own_domains: &own });
            (Some(message), reading)
        }
        Err(why) => (None, Reading::unreadable(why)),
    }
}

pub fn read_raw(raw: &[u8]) -> Reading {
    read_with(&shipped(), raw).1
}

#[track_caller]
fn understood(reading: Reading) -> Vec<Announcement> {
    match reading {
        Reading::Understood { announcements } => announcements,
        Reading::Irrelevant { why } => panic!("irrelevant: {why}"),
        Reading::Unreadable { why, .. } => panic!("unreadable: {why}"),
    }
}

pub fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).expect("serializes").as_str().expect("a word").to_owned()
}

// The samples.

fn received_of(message: &Message) -> inwindow::notice::Received {
    let hints =
        ReceivedHints { internal_date: None, mbox_from: None, option: None, import_time: utc("2030-01-01T00:00:00Z") };
    received(message, &hints)
}

#[test]
fn every_sample_of_every_vendor_says_what_stands_beside_it() {
    let profiles = shipped();
    for folder in vendor_folders() {
        let profile = profile(&folder);
        assert!(profile.samples.len() >= 3, "{} has fewer than three samples", profile.vendor);
        let mut mails: Vec<String> = fs::read_dir(&folder)
            .expect("the folder opens")
            .filter_map(|entry| entry.expect("an entry").file_name().into_string().ok())
            .filter_map(|name| name.strip_suffix(".eml").map(str::to_owned))
            .collect();
        mails.sort();
        let mut listed = profile.samples.clone();
        listed.sort();
        assert_eq!(mails, listed, "the samples of {} and its mails", profile.vendor);
        for name in listed {
            let raw = fs::read(folder.join(format!("{name}.eml"))).expect("a listed sample is there");
            let beside = fs::read_to_string(folder.join(format!("{name}.toml"))).expect("its result is beside it");
            let expected: Sample = toml::from_str(&beside).unwrap_or_else(|error| panic!("{name}.toml: {error}"));
            for crlf in [raw.clone(), with_crlf(&raw)] {
                let (message, reading) = read_with(&profiles, &crlf);
                let received_at = received_of(&message.expect("a mail")).at;
                let got = Sample::of(&understood(reading), received_at);
                assert_eq!(expected.unlike(&got), [], "{} {name}", profile.vendor);
            }
        }
    }
}

fn with_crlf(raw: &[u8]) -> Vec<u8> {
    raw.iter().flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] }).collect()
}

#[test]
fn every_field_knows_where_it_was_read() {
    let raw = fs::read(root().join("schedules/vendors/dc-ams/change.eml")).expect("the sample is there");
    let (message, reading) = read_with(&shipped(), &raw);
    let message = message.expect("a mail");
    let announcement = understood(reading).remove(0);
    for field in ["reference", "account", "status", "window 1 start", "window 1 end", "objects", "summary"] {
        let source = announcement.sources.iter().find(|s| s.field == field).unwrap_or_else(|| panic!("{field}"));
        assert_eq!(source.part, "text/html 1.2", "{field}");
        let part = message.parts.iter().find(|part| part.label == source.part).expect("the part is there");
        let (start, end) = source.span.expect("a label's words have a place");
        assert_eq!(part.text[start..end].replace('\u{2028}', " "), source.text, "{field}");
    }
}

// The demo.

/// `window`: start, end and elapsed hours.
#[track_caller]
fn check_demo(file: &str, at: &str, status: &str, window: Option<(&str, &str, i64)>) {
    let raw = fs::read(root().join("schedules/demo/notices").join(file)).expect("the demo's mail is there");
    let (message, reading) = read_with(&shipped(), &raw);
    let got = received_of(&message.expect("a mail"));
    assert_eq!((got.at, got.by, got.forwarded), (utc(at), ReceivedBy::ReceivedHeader, false), "{file}");
    let announcements = understood(reading);
    let [announcement] = announcements.as_slice() else { panic!("{file}: one announcement") };
    assert_eq!((announcement.vendor.as_str(), announcement.reference.as_str()), ("dc-ams", "DCA-2017-031"));
    assert_eq!((announcement.grade, announcement.status.map(word).as_deref()), (Grade::Profile, Some(status)));
    assert!(announcement.doubts.is_empty(), "{:?}", announcement.doubts);
    let windows: Vec<_> = announcement.windows.iter().map(|w| (w.interval, word(w.flags[0]))).collect();
    let expected: Vec<_> = window
        .into_iter()
        .map(|(start, end, hours)| {
            let interval = inwindow::time::Interval::new(utc(start), utc(end)).expect("a length");
            assert_eq!(interval.length().num_hours(), hours);
            (interval, "date_only".to_owned())
        })
        .collect();
    assert_eq!(windows, expected, "{file}");
    let objects: Vec<_> = announcement.objects.iter().map(|o| (o.name.as_str(), o.impact.map(word))).collect();
    let feed = vec![("feed-a", Some("OUTAGE".to_owned()))];
    assert_eq!(objects, if window.is_some() { feed } else { Vec::new() }, "{file}");
}

#[test]
fn the_notices_of_story_a() {
    check_demo(
        "dc-ams-announcement.eml",
        "2017-03-13T09:12:40Z",
        "CONFIRMED",
        Some(("2017-03-25T23:00:00Z", "2017-03-26T22:00:00Z", 23)),
    );
    check_demo(
        "dc-ams-began.eml",
        "2017-03-26T07:40:00Z",
        "IN-PROCESS",
        Some(("2017-03-24T23:00:00Z", "2017-03-26T22:00:00Z", 47)),
    );
    check_demo("dc-ams-complete.eml", "2017-03-26T19:30:00Z", "COMPLETED", None);
}

// Messages of every shape.

const EVENT: &str = "BEGIN:VEVENT\nUID:e1\nDTSTAMP:20240101T000000Z\nDTSTART:20240301T000000Z\nDTEND:20240301T040000Z\nX-MAINTNOTE-PROVIDER:Example Net\nX-MAINTNOTE-MAINTENANCE-ID:W-1\nX-MAINTNOTE-OBJECT-ID:c-1\nX-MAINTNOTE-STATUS:CONFIRMED\nEND:VEVENT\n";

fn calendar(events: &str) -> String {
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y\n{events}END:VCALENDAR\n")
}

/// The first announcement's vendor, reference, status, start and end, or why there is none.
#[track_caller]
fn check(raw: impl AsRef<[u8]>, expected: &str) {
    let got = match read_raw(raw.as_ref()) {
        Reading::Understood { announcements } => announcements
            .iter()
            .map(|a| {
                let windows: Vec<String> = a
                    .windows
                    .iter()
                    .map(|w| format!("{}/{}", w.interval.start().format("%FT%RZ"), w.interval.end().format("%FT%RZ")))
                    .collect();
                let doubts = a.doubts.iter().map(|doubt| format!(" ? {doubt}")).collect::<Vec<_>>().concat();
                let status = a.status.map_or("-", inwindow::notice::Status::as_str);
                format!("{} {} {status} {}{doubts}", a.vendor, a.reference, windows.join(" "))
            })
            .collect::<Vec<_>>()
            .join("; "),
        Reading::Irrelevant { why } => format!("irrelevant: {why}"),
        Reading::Unreadable { why, .. } => format!("unreadable: {why}"),
    };
    assert_eq!(got, expected);
}

const READ: &str = "example-net W-1 CONFIRMED 2024-03-01T00:00Z/2024-03-01T04:00Z";

#[test]
fn calendars_however_they_arrive() {
    let bare = calendar(EVENT);
    check(&bare, READ);
    check(format!("\u{feff}\r\n {bare}"), READ);
    check(format!("From: a@b.example\n\n{bare}"), READ);
    check(format!("Subject: caf\u{e9}\nContent-Type: application/octet-stream; name=\"x.ICS\"\n\n{bare}"), READ);
    let latin1 = [b"Subject: caf\xe9\n\nna\xefve\n".as_slice()].concat();
    check(latin1, "irrelevant: nothing in it announces maintenance");
    let twice = format!(
        "From: a@b.example\nContent-Type: multipart/mixed; boundary=q\n\n--q\nContent-Type: text/calendar\n\n{bare}\n--q\nContent-Type: application/ics; name=i.ics\n\n{bare}\n--q--\n"
    );
    check(&twice, READ);
    check(format!("From someone Fri Mar  1 00:00:00 2024\nFrom: a@b.example\n\n{bare}"), READ);
    // A part that never ends, ends with the mail.
    check(twice.replace("--q--", ""), READ);
}

#[test]
fn events_that_lack_what_matters_are_refused_by_name() {
    let without = |name: &str| {
        calendar(&EVENT.lines().filter(|l| !l.starts_with(name)).map(|l| format!("{l}\n")).collect::<Vec<_>>().concat())
    };
    check(without("DTSTART"), "unreadable: it gives no start (event e1)");
    check(without("DTEND"), "unreadable: it gives no end (event e1)");
    check(without("X-MAINTNOTE-MAINTENANCE-ID"), "unreadable: it gives no reference (event e1)");
    check(without("X-MAINTNOTE-STATUS"), "example-net W-1 - 2024-03-01T00:00Z/2024-03-01T04:00Z");
    check(without("UID"), READ);
    check(
        calendar(&EVENT.replace("T040000Z", "T000000Z")),
        "unreadable: its end 20240301T000000Z is not after its start 20240301T000000Z",
    );
    check(calendar(&EVENT.replace("END:VEVENT\n", "")), "unreadable: its calendar is broken: VEVENT has no end");
    check(
        calendar(&EVENT.replace(":CONFIRMED", ":MAYBE")),
        "unreadable: its X-MAINTNOTE-STATUS `MAYBE` cannot be read: `MAYBE` is no status; they are TENTATIVE, CONFIRMED, CANCELLED, IN-PROCESS, COMPLETED and RE-SCHEDULED",
    );
    check(
        calendar(&EVENT.replace("DTSTAMP", "RRULE:FREQ=DAILY\nDTSTAMP")),
        "unreadable: its RRULE `FREQ=DAILY` cannot be read: an event that repeats is no single maintenance",
    );
}

/// An event whose DTSTART and DTEND lines are these.
#[track_caller]
fn check_times(start: &str, end: &str, expected: &str) {
    let event = EVENT.replace("DTSTART:20240301T000000Z", start).replace("DTEND:20240301T040000Z", end);
    let zone = "BEGIN:VTIMEZONE\nTZID:Here\nEND:VTIMEZONE\n";
    let expected =
        if expected.starts_with("20") { format!("example-net W-1 CONFIRMED {expected}") } else { expected.to_owned() };
    check(calendar(&format!("{zone}{event}")), &expected);
}

#[test]
fn calendar_times_in_every_form() {
    let ams = "TZID=Europe/Amsterdam";
    check_times(
        &format!("DTSTART;{ams}:20240330T230000"),
        &format!("DTEND;{ams}:20240331T050000"),
        "2024-03-30T22:00Z/2024-03-31T03:00Z",
    );
    check_times(&format!("DTSTART;{ams}:20240331T010000"), "DURATION:PT3H", "2024-03-31T00:00Z/2024-03-31T03:00Z");
    check_times(&format!("DTSTART;{ams}:20240330T120000"), "DURATION:P1D", "2024-03-30T11:00Z/2024-03-31T10:00Z");
    check_times(
        "DTSTART;TZID=UTC:20240301T240000",
        "DTEND;TZID=UTC:20240302T010000",
        "2024-03-02T00:00Z/2024-03-02T01:00Z",
    );
    check_times(
        &format!("DTSTART;VALUE=DATE;{ams}:20240331"),
        &format!("DTEND;VALUE=DATE;{ams}:20240401"),
        "2024-03-30T23:00Z/2024-03-31T22:00Z",
    );
    check_times(&format!("DTSTART;VALUE=DATE;{ams}:20240331"), "X-NO:end", "2024-03-30T23:00Z/2024-03-31T22:00Z");
    check_times(
        "DTSTART:20240301T000000",
        "DTEND:20240301T040000",
        "unreadable: its DTSTART `20240301T000000` cannot be read: it names no zone, and none is assumed",
    );
    check_times(
        "DTSTART;TZID=Here:20240301T000000",
        "DTEND;TZID=Here:20240301T040000",
        "example-net W-1 CONFIRMED  ? the zone `Here` of `20240301T000000` is known only to its calendar, whose rules cannot be followed: it has neither STANDARD nor DAYLIGHT",
    );
    check_times(
        "DTSTART;TZID=Europe/Amsterdm:20240301T000000",
        "DTEND:20240301T040000Z",
        "unreadable: its DTSTART `20240301T000000` cannot be read: unknown time zone `Europe/Amsterdm` (did you mean `Europe/Amsterdam`?)",
    );
    check_times(
        "DTSTART:20240230T000000Z",
        "DTEND:20240301T040000Z",
        "unreadable: its DTSTART `20240230T000000Z` cannot be read: it is no iCalendar date or time",
    );
    check_times(
        "DTSTART:20240301T000000Z",
        "DURATION:-PT1H",
        "unreadable: its DURATION `-PT1H` cannot be read: it is no positive iCalendar duration",
    );
}

#[test]
fn events_of_one_maintenance_are_its_windows() {
    let second = EVENT.replace("202403", "202404").replace("UID:e1", "UID:e2");
    check(
        calendar(&format!("{EVENT}{second}")),
        "example-net W-1 CONFIRMED 2024-03-01T00:00Z/2024-03-01T04:00Z 2024-04-01T00:00Z/2024-04-01T04:00Z",
    );
    let other = second.replace("W-1", "W-2");
    check(
        calendar(&format!("{EVENT}{other}")),
        &format!("{READ}; example-net W-2 CONFIRMED 2024-04-01T00:00Z/2024-04-01T04:00Z"),
    );
    let paired = second.replace(":c-1", ":c-2");
    let announcement = understood(read_raw(calendar(&format!("{EVENT}{paired}")).as_bytes())).remove(0);
    let objects: Vec<Vec<&str>> =
        announcement.windows.iter().map(|w| w.objects.iter().map(|o| o.name.as_str()).collect()).collect();
    assert_eq!(objects, [["c-1"], ["c-2"]]);
    assert_eq!(announcement.objects.len(), 2);
    assert_eq!(announcement.windows.iter().map(|w| w.ordinal).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn mail_that_is_no_notice_though_it_carries_a_calendar() {
    let bare = calendar(EVENT);
    let mail = |headers: &str| format!("{headers}\nContent-Type: text/calendar\n\n{bare}");
    check(mail("From: noc@hoster.example"), "irrelevant: it is a mail that we sent");
    check(mail("From: noc@mail.HOSTER.example"), "irrelevant: it is a mail that we sent");
    check(mail("From: noc@otherhoster.example"), READ);
    check(mail("From: noc@hoster.example\nSubject: Fwd: work"), READ);
    check(mail("From: a@b.example\nAuto-Submitted: auto-replied"), "irrelevant: it is an automatic reply");
    check(mail("From: a@b.example\nAuto-Submitted: auto-generated"), READ);
    check(
        mail("From: a@b.example").replace("VERSION:2.0", "METHOD:REPLY"),
        "irrelevant: it is an answer to an invitation",
    );
    let report = format!(
        "From: a@b.example\nContent-Type: multipart/report; report-type=delivery-status; boundary=q\n\n--q\nContent-Type: message/rfc822\n\nFrom: x@y.example\n\n{bare}\n--q--\n"
    );
    check(report, "irrelevant: it is a report about a mail that could not be delivered");
    check("From: a@b.example\nSubject: Lunch\n\nOn Sunday?", "irrelevant: nothing in it announces maintenance");
    check(
        "From: a@b.example\nSubject: Planned maintenance\n\nOn Sunday.",
        "unreadable: it seems to announce maintenance, and no profile reads mails like it",
    );
    check(
        "From: a@b.example\nContent-Type: text/plain; charset=utf-8\n\nGeplante Wartungsarbeiten am Sonntag.",
        "unreadable: it seems to announce maintenance, and no profile reads mails like it",
    );
    check("nothing like a mail", "unreadable: it is neither a mail nor a calendar");
    check("", "unreadable: it is neither a mail nor a calendar");
}

/// What was passed on is read through its marks of quotation; of an answer the same words may be old.
#[test]
fn what_a_mail_quotes_counts_where_it_was_passed_on_and_not_in_an_answer() {
    let passed_on = fs::read_to_string(root().join("schedules/vendors/cogent/quoted.eml")).expect("a sample");
    let [said] = &understood(read_raw(passed_on.as_bytes()))[..] else { panic!("one announcement") };
    assert_eq!((said.windows.len(), said.objects.len(), said.doubts.len()), (1, 2, 0));
    let answer = passed_on
        .replace("From: Night Desk <desk@hoster.example>", "From: Cogent-NoReply@cogentco.com")
        .replace("Subject: FW: ", "Subject: RE: ");
    check(&answer, "unreadable: it gives no reference");
    // Some programs repeat a mail without marks.
    let unmarked = answer.replace("\n> ", "\n").replace("\n>\n", "\n\n");
    let [said] = &understood(read_raw(unmarked.as_bytes()))[..] else { panic!("one announcement") };
    let doubts: Vec<String> = said.doubts.iter().map(ToString::to_string).collect();
    assert!(doubts.iter().any(|doubt| doubt.starts_with("it answers another mail")), "{doubts:?}");
}

/// `boundary` differs from level to level, as mail programs make it.
fn forwarded(boundary: &str, inner: &str) -> String {
    format!(
        "Received: by in.hoster.example; Sun, 3 Mar 2024 10:00:00 +0000\nFrom: colleague@hoster.example\nSubject: see attached\nContent-Type: multipart/mixed; boundary={boundary}\n\n--{boundary}\n\nPlease see.\n--{boundary}\nContent-Type: message/rfc822\n\n{inner}\n--{boundary}--\n"
    )
}

#[test]
fn a_message_attached_to_another_is_the_notice() {
    let inner = format!(
        "Received: by mx.hoster.example with ESMTP id 7; Fri, 1 Mar 2024 09:00:00 +0100\nFrom: noc@b.example\nDate: Fri, 1 Mar 2024 08:00:00 +0000\nContent-Type: text/calendar\n\n{}",
        calendar(EVENT)
    );
    let raw = forwarded("q", &inner);
    check(&raw, READ);
    let message = Message::parse(raw.as_bytes()).expect("a mail");
    let got = received_of(&message);
    assert_eq!((got.at, got.by, got.forwarded), (utc("2024-03-01T08:00:00Z"), ReceivedBy::ReceivedHeader, true));
    check(forwarded("p", &raw), READ);
    let two = forwarded("q", &format!("{inner}\n--q\nContent-Type: message/rfc822\n\n{inner}"));
    check(two, "unreadable: it carries 2 attached messages; import them one by one");
    let deep = (0..10).fold(inner, |inner, level| forwarded(&format!("level-{level}"), &inner));
    assert!(matches!(read_raw(deep.as_bytes()), Reading::Unreadable { why: Unreadable::TooComplex { .. }, .. }));
}

#[test]
fn when_the_users_side_had_it() {
    let hints = |internal_date, mbox_from, option| ReceivedHints {
        internal_date,
        mbox_from,
        option,
        import_time: utc("2030-01-01T00:00:00Z"),
    };
    let of = |raw: &str, hints: ReceivedHints| {
        let got = received(&Message::parse(raw.as_bytes()).expect("a mail"), &hints);
        (got.at.format("%F").to_string(), got.by)
    };
    let (imap, mbox, option) = (utc("2024-01-02T00:00:00Z"), utc("2024-01-03T00:00:00Z"), utc("2024-01-04T00:00:00Z"));
    let dated = "Date: Fri, 5 Jan 2024 00:00:00 +0000\nSubject: x\n\nx";
    let stamped = format!(
        "Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\nReceived: by c; Sun, 31 Dec 2023 00:00:00 +0000\n{dated}"
    );
    let check = |raw: &str, hints, day: &str, by| assert_eq!(of(raw, hints), (day.to_owned(), by));
    check(&stamped, hints(Some(imap), Some(mbox), Some(option)), "2024-01-01", ReceivedBy::ReceivedHeader);
    check(dated, hints(Some(imap), Some(mbox), Some(option)), "2024-01-02", ReceivedBy::InternalDate);
    check(dated, hints(None, Some(mbox), Some(option)), "2024-01-03", ReceivedBy::MboxFrom);
    check(dated, hints(None, None, Some(option)), "2024-01-04", ReceivedBy::Option);
    check(dated, hints(None, None, None), "2024-01-05", ReceivedBy::SenderDated);
    check("Subject: x\n\nx", hints(None, None, None), "2030-01-01", ReceivedBy::ImportTime);
}

/// Story A's announcement with some words replaced.
#[track_caller]
fn check_words(from: &str, to: &str, expected: &str) {
    let raw = fs::read_to_string(root().join("schedules/vendors/dc-ams/change.eml")).expect("the sample is there");
    let changed = raw.replace("=\n", "").replace(from, to);
    assert_ne!(raw.replace("=\n", ""), changed, "`{from}` occurs");
    check(changed, expected);
}

#[test]
fn words_that_a_profile_cannot_settle_wait_for_a_person() {
    check_words(
        "23:00 CEST",
        "23:00 XST",
        "dc-ams DCA-2019-104 RE-SCHEDULED  ? the zone `XST` is not explained by the vendor's profile",
    );
    check_words(
        "Sunday 27 October 2019, 05:00 CET",
        "3/4/2019 05:00",
        "dc-ams DCA-2019-104 RE-SCHEDULED  ? the date `3/4/2019 05:00` reads two ways",
    );
    check_words(
        "<td>Rescheduled</td>",
        "<td>Perhaps</td>",
        "unreadable: its status `Perhaps` cannot be read: `Perhaps` is no status; they are TENTATIVE, CONFIRMED, CANCELLED, IN-PROCESS, COMPLETED and RE-SCHEDULED",
    );
    check_words("<strong>End</strong>", "<strong>Else</strong>", "unreadable: it gives no end");
    check_words(
        "Sunday 27 October 2019, 05:00",
        "Saturday 26 October 2019, 05:00",
        "unreadable: its end Saturday 26 October 2019, 05:00 CET is not after its start Saturday 26 October 2019, 23:00 CEST",
    );
    // The abbreviation picks the pass of the hour that came twice.
    check_words(
        "Saturday 26 October 2019, 23:00 CEST",
        "Sunday 27 October 2019, 02:30 CET",
        "dc-ams DCA-2019-104 RE-SCHEDULED 2019-10-27T01:30Z/2019-10-27T04:00Z",
    );
    check_words(
        "Saturday 26 October 2019, 23:00 CEST",
        "Sunday 27 October 2019, 02:30 CEST",
        "dc-ams DCA-2019-104 RE-SCHEDULED 2019-10-27T00:30Z/2019-10-27T04:00Z",
    );
}

#[test]
fn a_body_still_in_quoted_printable_is_read() {
    let raw = fs::read_to_string(root().join("schedules/vendors/dc-ams/change.eml")).expect("the sample is there");
    let styled = raw.replace("<table>", "<table class=3D\"t\">");
    let undeclared = styled.replace("Content-Transfer-Encoding: quoted-printable", "Content-Transfer-Encoding: 8bit");
    assert_ne!(styled, undeclared);
    check(undeclared, "dc-ams DCA-2019-104 RE-SCHEDULED 2019-10-26T21:00Z/2019-10-27T04:00Z");
}

// Hostile input.

#[test]
fn nesting_and_size_are_bounded() {
    let attached = "Content-Type: message/rfc822\n\n".repeat(200_000);
    assert!(matches!(read_raw(attached.as_bytes()), Reading::Unreadable { .. }));
    let folded = "Content-Type:\n message/rfc822\n\n".repeat(100_000);
    assert!(matches!(read_raw(folded.as_bytes()), Reading::Unreadable { .. }));
    let multiparts = "Content-Type: multipart/mixed; boundary=b\n\n--b\n".repeat(50_000);
    assert!(matches!(read_raw(multiparts.as_bytes()), Reading::Unreadable { .. }));
    let parts = format!("Content-Type: multipart/mixed; boundary=b\n\n{}", "--b\n\nx\n".repeat(50_000));
    assert!(matches!(read_raw(parts.as_bytes()), Reading::Unreadable { why: Unreadable::TooComplex { .. }, .. }));
    let lines = calendar(&"X-MAINTNOTE-OBJECT-ID:1\n".repeat(100_000));
    assert!(matches!(read_raw(lines.as_bytes()), Reading::Unreadable { why: Unreadable::BrokenCalendar { .. }, .. }));
    let components = calendar(&"BEGIN:VEVENT\n".repeat(100_000));
    assert!(matches!(read_raw(components.as_bytes()), Reading::Irrelevant { .. } | Reading::Unreadable { .. }));
    let large = vec![b'x'; inwindow::notice::MAX_MESSAGE_BYTES + 1];
    assert!(matches!(read_raw(&large), Reading::Unreadable { why: Unreadable::TooLarge { .. }, .. }));
}

pub fn samples() -> Vec<Vec<u8>> {
    let mut files: Vec<PathBuf> = vendor_folders();
    files.push(root().join("schedules/demo/notices"));
    let mut raws: Vec<Vec<u8>> = files
        .iter()
        .flat_map(|folder| fs::read_dir(folder).expect("the folder opens"))
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "eml"))
        .map(|path| fs::read(path).expect("a sample is there"))
        .collect();
    raws.push(calendar(EVENT).into_bytes());
    raws.push(forwarded("q", &format!("From: a@b.example\n\n{}", calendar(EVENT))).into_bytes());
    raws
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(raw in proptest::collection::vec(any::<u8>(), 0..2000)) {
        if let Reading::Understood { announcements } = read_raw(&raw) {
            prop_assert!(!announcements.is_empty());
        }
    }

    #[test]
    fn any_change_of_a_notice_is_read_or_refused(
        which in any::<prop::sample::Index>(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..40, proptest::collection::vec(any::<u8>(), 0..12)), 1..8),
    ) {
        let samples = samples();
        let mut raw = which.get(&samples).clone();
        for (at, removed, added) in changes {
            let start = at.index(raw.len() + 1);
            let end = (start + removed).min(raw.len());
            raw.splice(start..end, added);
        }
        if let Reading::Understood { announcements } = read_raw(&raw) {
            prop_assert!(!announcements.is_empty());
            for window in announcements.iter().flat_map(|a| &a.windows) {
                prop_assert!(window.interval.end() > window.interval.start());
            }
        }
    }
}

#[test]
fn a_document_that_nobody_reads_is_told_beside_what_was_read() {
    let sample =
        fs::read_to_string(root().join("schedules/vendors/hgc/announcement.eml")).expect("the sample is there");
    let flags = |raw: &str| understood(read_raw(raw.as_bytes())).remove(0).flags;
    assert!(!flags(&sample).iter().any(|flag| word(flag) == "attachment_not_read"));
    let (head, body) = sample.split_once("\n\n").expect("head and body");
    let (own, rest): (Vec<&str>, Vec<&str>) =
        head.split_inclusive('\n').partition(|line| line.to_lowercase().starts_with("content-type"));
    let attached = "Content-Type: application/pdf; name=plan.pdf\n\n%PDF-1.4\n";
    let both = format!(
        "{}\nContent-Type: multipart/mixed; boundary=b\n\n--b\n{}\n{body}\n--b\n{attached}\n--b--\n",
        rest.concat().trim_end(),
        own.concat()
    );
    assert!(flags(&both).iter().any(|flag| word(flag) == "attachment_not_read"), "{both}");
}
