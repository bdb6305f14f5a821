//! Letters as their readers see them: snapshots, and what no input may do to them.

use calcard::Parser;
use calcard::icalendar::{ICalendar, ICalendarProperty};
use chrono::TimeDelta;

use super::world::{World, says, utc, window};
use crate::inventory::Stage;
use crate::maintenance::Maintenance;
use crate::notice::{Announcement, Status};
use crate::outage::Observed;
use crate::plan::{
    Layouts, Letter, LetterFacts, Mailbox, Message, MessageState, Sender, StandingSubject, Subject, TemplateError,
    Templates, Thread, letter,
};
use crate::time::{TimeFlag, Zones, local_days};
use crate::window::{Impact, Role, StatedObject, Window};
use crate::written::SourceFile;

const TEXT: &str = include_str!("../../../schedules/templates/layout.txt");
const HTML: &str = include_str!("../../../schedules/templates/layout.html");
const EN: &str = include_str!("../../../schedules/templates/en.toml");
const DIGEST_TEXT: &str = include_str!("../../../schedules/templates/digest.txt");
const DIGEST_HTML: &str = include_str!("../../../schedules/templates/digest.html");
const SHEET_TEXT: &str = include_str!("../../../schedules/templates/sheet.txt");
const SHEET_HTML: &str = include_str!("../../../schedules/templates/sheet.html");
const SHARED_TEXT: &str = include_str!("../../../schedules/templates/shared.txt");
const SHARED_HTML: &str = include_str!("../../../schedules/templates/shared.html");
const DE: &str = include_str!("../../../schedules/templates/de.toml");

const MORE: [(&str, &str); 3] = [
    ("es.toml", include_str!("../../../schedules/templates/es.toml")),
    ("fr.toml", include_str!("../../../schedules/templates/fr.toml")),
    ("nl.toml", include_str!("../../../schedules/templates/nl.toml")),
];

fn file(name: &str, text: &str) -> SourceFile {
    SourceFile { name: name.to_owned(), text: text.to_owned() }
}

fn shipped() -> Vec<SourceFile> {
    [("en.toml", EN), ("de.toml", DE)].iter().chain(&MORE).map(|(name, text)| file(name, text)).collect()
}

/// With these in place of the shipped files of the same names.
fn templates_of(
    layouts: &[(&str, &str)],
    shipped: &[SourceFile],
    own: &[SourceFile],
) -> Result<Templates, TemplateError> {
    let file = |name: &str, text: &str| {
        let own = layouts.iter().find(|(own, _)| *own == name);
        file(name, own.map_or(text, |(_, text)| text))
    };
    Templates::new(
        Layouts {
            text: &file("layout.txt", TEXT),
            html: &file("layout.html", HTML),
            digest_text: &file("digest.txt", DIGEST_TEXT),
            digest_html: &file("digest.html", DIGEST_HTML),
            sheet_text: &file("sheet.txt", SHEET_TEXT),
            sheet_html: &file("sheet.html", SHEET_HTML),
            shared_text: &file("shared.txt", SHARED_TEXT),
            shared_html: &file("shared.html", SHARED_HTML),
        },
        shipped,
        own,
    )
}

fn templates_with(own: &[SourceFile]) -> Result<Templates, TemplateError> {
    templates_of(&[], &shipped(), own)
}

pub(super) fn templates() -> Templates {
    templates_with(&[]).expect("the shipped templates are in order")
}

pub(super) fn sender() -> Sender {
    Sender {
        from: Mailbox { name: Some("Example Hosting".into()), email: "noc@hoster.example".into() },
        reply_to: Some(Mailbox { name: None, email: "support@hoster.example".into() }),
        domain: "hoster.example".into(),
        tag: "inwindow".into(),
        list_id: Some("maintenance.hoster.example".into()),
        unsubscribe: Some("unsubscribe@hoster.example".into()),
        public_url: None,
    }
}

pub(super) const SECRET: &[u8] = b"a secret of the tests";

impl World {
    /// The letter of the newest message of a stage to acme.
    pub(super) fn letter(&self, stage: Stage) -> Letter {
        self.letter_with(stage, &sender()).expect("the letter can be written")
    }

    fn letter_with(&self, stage: Stage, sender: &Sender) -> Result<Letter, TemplateError> {
        let is_it = |m: &&Message| {
            m.key.stage == stage && m.key.contact.starts_with("ops@") && m.state != MessageState::Skipped
        };
        let message = self.messages.iter().rfind(is_it).expect("a message of the stage");
        let subject = match (self.maintenances.first(), self.standing.first()) {
            (Some(maintenance), _) => Subject::Maintenance(maintenance),
            (None, Some(standing)) => {
                let (vendor, rule) = (&standing.vendor, standing.rule.as_deref());
                Subject::Standing(StandingSubject { vendor, zone: None, rule })
            }
            (None, None) => Subject::Outage(&self.outages[0]),
        };
        let thread = Thread::about(&message.key.cause, message, &self.messages, SECRET, &sender.domain);
        let facts = LetterFacts {
            subject,
            inventory: &self.inventory,
            zones: &Zones::embedded(),
            sender,
            secret: SECRET,
            thread: &thread,
            date: self.now,
            notice: TimeDelta::hours(24),
        };
        letter(message, &facts, &templates())
    }

    pub(super) fn hear_and_send(&mut self, announcement: Announcement) {
        self.hear(announcement);
        self.plan();
        self.send();
    }

    pub(super) fn acme(&mut self) -> &mut crate::inventory::Customer {
        self.inventory.customers.values_mut().next().expect("acme")
    }
}

/// The whole of 26 March in Amsterdam, as story A's datacentre wrote it: 23 hours.
fn the_26th() -> Window {
    let zone = Zones::embedded().get("Europe/Amsterdam").expect("a zone");
    let day = "2017-03-26".parse().expect("a date");
    let interval = local_days(day, day, &zone).expect("a day").interval;
    Window { flags: vec![TimeFlag::DateOnly], ..window(1, interval.start(), interval.end()) }
}

pub(super) fn announced() -> World {
    let mut world = World::at("2017-03-14T09:00:00Z");
    let contact = &mut world.acme().contacts[0];
    contact.name = Some("Jane Roe".into());
    world.hear_and_send(Announcement { windows: vec![the_26th()], ..says(Status::Confirmed) });
    world
}

/// Everything but the HTML, which has its own snapshot.
fn shown(letter: &Letter) -> String {
    let header = [
        format!("Message-ID: <{}>", letter.message_id),
        format!("Date: {}", letter.date.to_rfc2822()),
        format!("To: {:?} {}", letter.to.name, letter.to.email),
        format!("Subject: {}", letter.subject),
        format!("References: {}", letter.references.join(" ")),
    ];
    let calendar = letter.calendar.as_ref().map_or("(no calendar)".into(), |part| part.text.replace("\r\n", "\n"));
    format!("{}\n\n{}\n=== calendar\n{calendar}", header.join("\n"), letter.text)
}

#[track_caller]
fn snapshot(name: &str, shown: &str) {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../tests/snapshots/plan");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_snapshot!(name, shown));
}

#[test]
fn an_announcement_over_the_march_change() {
    let letter = announced().letter(Stage::Announce);
    snapshot("announce", &shown(&letter));
    snapshot("announce.html", &letter.html);
}

#[test]
fn a_reminder_of_one_of_two_windows() {
    let mut world = World::at("2017-03-14T09:00:00Z");
    let night = |ordinal, day: u32| {
        let start = utc(&format!("2017-03-{day}T22:00:00Z"));
        window(ordinal, start, start + TimeDelta::minutes(210))
    };
    let mut reserve = night(2, 25);
    reserve.role = Role::Contingency;
    reserve.objects = vec![StatedObject { name: "feed-b".into(), impact: Some(Impact::Outage) }];
    world.hear_and_send(Announcement { windows: vec![night(1, 23), reserve], ..says(Status::Tentative) });
    world.send_at("2017-03-22T22:00:00Z");
    // The newest message of the stage is the one written.
    world.messages.sort_by_key(|message| message.key.moment == "w1-24h");
    snapshot("reminder", &shown(&world.letter(Stage::Reminder)));
}

#[test]
fn a_change_tells_old_and_new() {
    let mut world = announced();
    world.now = utc("2017-03-20T08:00:00Z");
    let start = utc("2017-03-28T20:00:00Z");
    let windows = vec![window(1, start, start + TimeDelta::hours(8))];
    let objects = vec![StatedObject { name: "feed-a".into(), impact: Some(Impact::Degraded) }];
    world.hear_and_send(Announcement { windows, objects, ..says(Status::Tentative) });
    let letter = world.letter(Stage::Change);
    snapshot("change", &shown(&letter));
    snapshot("change.html", &letter.html);
}

#[test]
fn a_change_that_drops_a_window_cancels_its_event() {
    let mut world = World::at("2017-03-14T09:00:00Z");
    let night = |ordinal, day: u32| {
        let start = utc(&format!("2017-03-{day}T22:00:00Z"));
        window(ordinal, start, start + TimeDelta::hours(4))
    };
    world.hear_and_send(Announcement { windows: vec![night(1, 23), night(2, 24)], ..says(Status::Confirmed) });
    world.hear_and_send(Announcement { windows: vec![night(1, 23)], ..says(Status::Confirmed) });
    let letter = world.letter(Stage::Change);
    assert!(letter.text.contains("This window no longer concerns"), "{}", letter.text);
    assert_eq!(event_lines(&letter, "STATUS"), ["CONFIRMED", "CANCELLED"]);
    assert_eq!(event_lines(&letter, "SEQUENCE"), ["1", "1"]);
}

#[test]
fn a_cancellation_in_german() {
    let mut world = announced();
    world.acme().contacts[0].language = "de-CH".into();
    world.acme().contacts[0].zone = "Europe/Zurich".into();
    world.now = utc("2017-03-20T08:00:00Z");
    world.hear_and_send(says(Status::Cancelled));
    snapshot("cancel.de", &shown(&world.letter(Stage::Cancel)));
}

#[test]
fn a_cancellation() {
    let mut world = announced();
    world.now = utc("2017-03-20T08:00:00Z");
    world.hear_and_send(says(Status::Cancelled));
    snapshot("cancel", &shown(&world.letter(Stage::Cancel)));
}

#[test]
fn a_completion_and_what_to_do_then() {
    let mut world = announced();
    world.now = utc("2017-03-26T04:30:00Z");
    world.hear_and_send(says(Status::Completed));
    snapshot("complete", &shown(&world.letter(Stage::Complete)));
    snapshot("follow-up", &shown(&world.letter(Stage::FollowUp)));
}

#[test]
fn an_outage_open_and_over() {
    let mut world = World::at("2017-03-25T19:04:30Z");
    world.fails("plus-01", Impact::Outage);
    world.plan();
    world.send();
    world.now = utc("2017-03-25T19:05:00Z");
    snapshot("outage", &shown(&world.letter(Stage::Outage)));
    world.outages[0].end = Some(Observed::exactly(utc("2017-03-25T20:00:00Z")));
    let over = world.letter(Stage::Outage);
    assert!(over.text.contains("plus-01: was not available") && over.text.contains("55 min 30 s"), "{}", over.text);
}

#[test]
fn a_reader_of_the_vendors_zone_sees_it_once_and_utc() {
    let mut world = announced();
    world.messages.clear();
    world.acme().contacts[0].zone = "Europe/Amsterdam".into();
    world.now = utc("2017-03-14T10:00:00Z");
    world.plan();
    let letter = world.letter(Stage::Announce);
    assert_eq!(letter.text.matches("Europe/Amsterdam (your time, and that of").count(), 1, "{}", letter.text);
    assert_eq!(letter.text.matches("    from ").count(), 2, "{}", letter.text);
}

#[test]
fn the_same_message_has_the_same_letter_and_another_secret_another_id() {
    let world = announced();
    let letter = world.letter(Stage::Announce);
    assert_eq!(letter, world.letter(Stage::Announce));
    let other = crate::plan::message_id(&world.messages[0].key, b"another", "hoster.example");
    let (id, domain) = letter.message_id.split_once('@').expect("an id at a domain");
    assert!(id.len() == 32 && id.chars().all(|c| c.is_ascii_hexdigit()) && domain == "hoster.example");
    assert_ne!(other, letter.message_id);
}

#[test]
fn later_letters_continue_the_thread() {
    let mut world = announced();
    let first = world.letter(Stage::Announce);
    assert!(first.references.is_empty());
    world.now = utc("2017-03-20T08:00:00Z");
    world.hear_and_send(says(Status::Cancelled));
    let letter = world.letter(Stage::Cancel);
    assert_eq!(letter.references.first(), Some(&first.message_id));
}

#[test]
fn of_two_letters_on_their_way_one_continues_the_other() {
    let mut world = announced();
    world.now = utc("2017-03-26T04:30:00Z");
    world.hear(says(Status::Completed));
    world.plan();
    for message in world.messages.iter_mut().filter(|message| message.state == MessageState::Planned) {
        message.state = MessageState::Leased;
    }
    let (complete, follow_up) = (world.letter(Stage::Complete), world.letter(Stage::FollowUp));
    assert_eq!(complete.references.len(), 1);
    assert_eq!(follow_up.references[1..], [complete.message_id]);
}

#[test]
fn a_long_thread_keeps_its_root_and_its_newest_letters() {
    let world = announced();
    let many: Vec<String> = (0..50).map(|number| format!("{number}@hoster.example")).collect();
    let thread = Thread { references: many.clone(), sequence: 50 };
    let facts = LetterFacts {
        subject: Subject::Maintenance(&world.maintenances[0]),
        inventory: &world.inventory,
        zones: &Zones::embedded(),
        sender: &sender(),
        secret: SECRET,
        thread: &thread,
        date: world.now,
        notice: TimeDelta::hours(24),
    };
    let letter = letter(&world.messages[0], &facts, &templates()).expect("a letter");
    assert_eq!(letter.references.len(), 20);
    assert_eq!((&letter.references[0], &letter.references[1..]), (&many[0], &many[31..]));
    assert_eq!(event_lines(&letter, "SEQUENCE"), ["50"]);
}

/// Values of a property, event by event.
fn event_lines(letter: &Letter, name: &str) -> Vec<String> {
    let text = &letter.calendar.as_ref().expect("a calendar").text;
    let unfolded = text.replace("\r\n ", "");
    let prefix = format!("{name}:");
    unfolded.split("\r\n").filter_map(|line| line.strip_prefix(&prefix)).map(str::to_owned).collect()
}

fn parsed(letter: &Letter) -> ICalendar {
    let text = letter.calendar.as_ref().expect("a calendar").text.clone();
    let calcard::Entry::ICalendar(calendar) = Parser::new(&text).entry() else { panic!("no calendar: {text}") };
    calendar
}

/// What calcard reads from the first event: the property's value as text.
fn read_back(letter: &Letter, name: &ICalendarProperty) -> Vec<String> {
    let calendar = parsed(letter);
    let event = calendar.components.iter().find(|c| c.component_type.as_str() == "VEVENT").expect("an event");
    event
        .entries
        .iter()
        .filter(|entry| entry.name == *name)
        .map(|entry| entry.values.iter().filter_map(|v| v.as_text().map(str::to_owned)).collect::<Vec<_>>().join("|"))
        .collect()
}

#[test]
fn the_calendar_is_read_back() {
    let letter = announced().letter(Stage::Announce);
    let other = |name: &str| read_back(&letter, &ICalendarProperty::Other(name.into()));
    assert_eq!(other("X-MAINTNOTE-OBJECT-ID"), ["plus-01", "plus-02"]);
    assert_eq!(other("X-MAINTNOTE-STATUS"), ["CONFIRMED"]);
    assert_eq!(other("X-MAINTNOTE-IMPACT"), ["OUTAGE"]);
    assert_eq!(other("X-MAINTNOTE-ACCOUNT"), ["acme"]);
    assert_eq!(other("X-MAINTNOTE-PROVIDER"), ["hoster.example"]);
    assert_eq!(event_lines(&letter, "DTSTART"), ["20170325T230000Z"]);
    assert_eq!(event_lines(&letter, "DTEND"), ["20170326T220000Z"]);
    assert!(event_lines(&letter, "METHOD").is_empty());
}

#[test]
fn the_uid_stays_and_the_sequence_rises() {
    let mut world = announced();
    let first = world.letter(Stage::Announce);
    world.now = utc("2017-03-19T08:00:00Z");
    world.plan();
    world.send();
    let reminder = world.letter(Stage::Reminder);
    world.hear_and_send(says(Status::Cancelled));
    let cancel = world.letter(Stage::Cancel);
    let of = |name: &str| -> Vec<_> { [&first, &reminder, &cancel].map(|l| event_lines(l, name).join(" ")).into() };
    assert_eq!(of("UID").iter().collect::<std::collections::BTreeSet<_>>().len(), 1);
    assert_eq!(of("STATUS"), ["CONFIRMED", "CONFIRMED", "CANCELLED"]);
    assert!(of("SEQUENCE").is_sorted() && of("SEQUENCE")[0] < of("SEQUENCE")[2], "{:?}", of("SEQUENCE"));
}

#[test]
fn hostile_words_change_no_header_no_markup_and_no_event() {
    let hostile = "x\r\nBcc: all@example.org\r\nEND:VEVENT {{ 7*7 }} {lead} <script>alert('1')</script> \u{202e}y;,\\";
    let mut world = World::at("2017-03-14T09:00:00Z");
    world.inventory.assets.values_mut().for_each(|asset| asset.name = Some(hostile.into()));
    world.inventory.vendors.values_mut().for_each(|vendor| vendor.name = hostile.into());
    world.acme().name = hostile.into();
    world.acme().contacts[0].name = Some(hostile.into());
    world.acme().follow_up = Some(hostile.into());
    let said = Announcement { windows: vec![the_26th()], summary: Some(hostile.into()), ..says(Status::Confirmed) };
    world.hear_and_send(said);
    world.now = utc("2017-03-26T04:30:00Z");
    let mut sender = sender();
    sender.from = Mailbox { name: Some(hostile.into()), email: "noc@hoster.example\r\nBcc: x".into() };
    sender.domain = "hoster.example>\r\nX: y".into();
    let announce = world.letter_with(Stage::Announce, &sender).expect("a letter");
    world.hear_and_send(says(Status::Completed));
    for letter in [announce, world.letter_with(Stage::FollowUp, &sender).expect("a letter")] {
        let mut headers = vec![&letter.subject, &letter.message_id, &letter.from.email, &letter.to.email];
        headers.extend(letter.from.name.iter().chain(&letter.to.name).chain(&letter.references));
        for header in headers {
            assert!(!header.chars().any(char::is_control), "{header:?}");
        }
        assert!(!letter.html.contains("<script") && letter.html.contains("&lt;script&gt;"));
        assert!(letter.text.contains("{{ 7*7 }} {lead}"), "values are text, never template");
        assert!(!letter.text.contains('\u{202e}'));
        if let Some(calendar) = &letter.calendar {
            assert_eq!(calendar.text.matches("\r\nEND:VEVENT\r\n").count(), 1);
            assert!(!calendar.text.replace("\r\n", "").contains(['\r', '\n']));
            let events = parsed(&letter).components.iter().filter(|c| c.component_type.as_str() == "VEVENT").count();
            assert_eq!(events, 1);
            let [summary] = &read_back(&letter, &ICalendarProperty::Summary)[..] else { panic!("one summary") };
            assert!(summary.contains("<script>alert('1')</script> y;,\\"), "{summary}");
        }
    }
}

#[track_caller]
fn refused_with(layouts: &[(&str, &str)], catalogues: &[&str], saying: &str) {
    let catalogues: Vec<SourceFile> = catalogues.iter().map(|text| file("own.toml", text)).collect();
    let error = templates_of(layouts, &catalogues, &[]).expect_err("must be refused");
    let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    let said = format!("{error}: {source}");
    assert!(said.contains(saying), "{said}");
}

#[test]
fn templates_are_checked_when_they_are_loaded() {
    let layout = |name: &str, text: &str, saying: &str| refused_with(&[(name, text)], &[EN], saying);
    layout("layout.txt", "{{ subjet }}", "layout `layout.txt` cannot be used: undefined value");
    let asset = "{% for a in assets %}{{ a.nam }}{% endfor %}";
    layout("layout.html", asset, "layout `layout.html` cannot be used");
    layout("layout.txt", "{% if %}", "syntax error");
    let endless = "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}";
    layout("layout.txt", endless, "fuel");
    layout("shared.html", &SHARED_HTML.replace("{{ lead }}", "{{ led }}"), "layout `shared.html` cannot be used");
    layout("shared.html", "{{ subjet }}", "layout `shared.html` cannot be used");
    layout("shared.txt", &SHARED_TEXT.replace("asset.words", "asset.wrods"), "layout `shared.txt` cannot be used");
    layout("shared.txt", &SHARED_TEXT.replace("macro todo", "macro advice"), "layout `layout.txt` cannot be used");
    let refused = |catalogues: &[&str], saying: &str| refused_with(&[], catalogues, saying);
    refused(&[DE], "there are no English phrases");
    refused(&[EN, EN], "language `en` is given twice");
    let with = |from: &str, to: &str| {
        assert!(EN.contains(from), "{from}");
        EN.replacen(from, to, 1)
    };
    refused(&[&with("plain = \"Hello,\"\n", "")], "lacks the phrase `greeting.plain`");
    refused(&[&with("plain = \"Hello,\"", "plian = \"Hello,\"")], "holds `greeting.plian`");
    refused(&[&with("Hello {name},", "Hello {nmae},")], "cannot hold `{nmae}`");
    refused(&[&with("\"Sunday\"", "")], "catalogue");
    refused(&["language = "], "TOML parse error at line 1");
}

#[test]
fn own_phrases_go_before_those_that_ship_and_are_checked_as_they_are() {
    let mut world = announced();
    let place = world.messages.iter().position(|message| message.key.stage == Stage::Announce).expect("announced");
    let greeted = |world: &World, own: &str| {
        let templates = templates_with(&[file("templates/en.toml", own)]).expect("usable");
        templates.catalogue(&world.messages[place].to.language).say("greeting.named", &[("name", "Jane")])
    };
    assert_eq!(greeted(&world, "language = \"en\"\n[phrase.greeting]\nnamed = \"Dear {name}:\"\n"), "Dear Jane:");
    assert_eq!(greeted(&world, "language = \"en\"\n"), "Hello Jane,");
    world.messages[place].to.language = "fr-CA".into();
    assert_eq!(greeted(&world, "language = \"en\"\n"), "Bonjour Jane,");
    let refused = |own: &str| templates_with(&[file("own.toml", own)]).expect_err("refused").to_string();
    assert_eq!(
        refused("language = \"en\"\n[phrase.greeting]\nplain = \"Hi\"\nnmaed = \"Hi\"\n"),
        "own.toml:4: language `en` holds `greeting.nmaed`, which is no phrase",
    );
    assert_eq!(
        refused("language = \"en\"\n\n[phrase.greeting]\nplain = \"Hi {name}\"\n"),
        "own.toml:4: phrase `greeting.plain` of language `en` cannot hold `{name}`",
    );
    assert_eq!(refused("language = \"da\"\n"), "own.toml: language `da` lacks the phrase `advice.cancel`");
}

#[test]
fn a_language_without_phrases_is_written_in_english_and_an_unknown_zone_is_an_error() {
    let mut world = announced();
    for message in &mut world.messages {
        message.to.language = "tlh".into();
    }
    assert!(world.letter(Stage::Announce).text.starts_with("Hello Jane Roe,"));
    for message in &mut world.messages {
        message.to.zone = "Europe/Atlantis".into();
    }
    assert!(matches!(world.letter_with(Stage::Announce, &sender()), Err(TemplateError::Zone(_))));
}

#[test]
fn facts_of_another_cause_are_refused() {
    let mut world = announced();
    let identity = world.maintenances[0].identity.clone();
    let id = crate::names::MaintenanceId::new("m-other").expect("an id");
    world.maintenances[0] = Maintenance { id, identity, revisions: world.maintenances[0].revisions.clone() };
    assert!(matches!(world.letter_with(Stage::Announce, &sender()), Err(TemplateError::OtherCause(_))));
}

/// The text must hold every instant of the window on each clock, at any hour of a changing night.
#[test]
fn each_end_has_its_own_offset() {
    let text = announced().letter(Stage::Announce).text;
    for expected in [
        "Sunday 26 March 2017, 00:00 CET (UTC+01:00)",
        "Monday 27 March 2017, 00:00 CEST (UTC+02:00)",
        "Saturday 25 March 2017, 19:00 EDT (UTC-04:00)",
        "Sunday 26 March 2017, 18:00 EDT (UTC-04:00)",
        "Saturday 25 March 2017, 23:00 UTC",
        "Sunday 26 March 2017, 22:00 UTC",
        "Duration: 23 h",
    ] {
        assert!(text.contains(expected), "{expected} is not in\n{text}");
    }
}
