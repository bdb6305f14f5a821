//! Windows as invitations, for contacts who want them (RFC 5546, RFC 6047); and mails at short notice.

use chrono::TimeDelta;

use super::letters::announced;
use super::world::{World, says, utc, window};
use crate::inventory::Stage;
use crate::notice::{Announcement, Status};
use crate::plan::{CalendarPart, Letter};

/// acme's contact wants invitations; three nights of work on feed-a are announced.
fn invited() -> World {
    let mut world = World::at("2017-03-14T09:00:00Z");
    world.acme().contacts[0].invitations = true;
    world.hear_and_send(Announcement { windows: nights(&[20, 21, 22]), ..says(Status::Confirmed) });
    world
}

fn nights(days: &[u32]) -> Vec<crate::window::Window> {
    let night = |(ordinal, day): (u32, &u32)| {
        let start = utc(&format!("2017-03-{day}T22:00:00Z"));
        window(ordinal, start, start + TimeDelta::hours(4))
    };
    (1..).zip(days).map(night).collect()
}

/// Method, number of events, and the statuses of the events, of one part.
fn part(part: Option<&CalendarPart>) -> Option<(String, usize, Vec<String>)> {
    let part = part?;
    let text = part.text.replace("\r\n ", "");
    let values = |name: &str| -> Vec<String> {
        text.lines().filter_map(|line| line.strip_prefix(name)).map(str::to_owned).collect()
    };
    let method = part.method.clone()?;
    assert_eq!(values("METHOD:"), std::slice::from_ref(&method), "the part's parameter and the object agree");
    let events = text.matches("BEGIN:VEVENT").count();
    let attendees: Vec<&str> = text.lines().filter(|line| line.starts_with("ATTENDEE")).collect();
    assert_eq!(attendees.len(), events, "one attendee an event");
    assert!(attendees.iter().all(|line| line.ends_with(":mailto:Ops@acme.example")), "{attendees:?}");
    Some((method, events, values("STATUS:")))
}

#[track_caller]
fn check(letter: &Letter, calendar: Option<(&str, &[&str])>, dropped: Option<(&str, &[&str])>) {
    let wanted = |expected: Option<(&str, &[&str])>| {
        let (method, statuses) = expected?;
        let statuses: Vec<String> = statuses.iter().map(|status| (*status).to_owned()).collect();
        Some((method.to_owned(), statuses.len(), statuses))
    };
    assert_eq!(part(letter.calendar.as_ref()), wanted(calendar));
    assert_eq!(part(letter.dropped.as_ref()), wanted(dropped));
}

#[test]
fn windows_are_asked_for_and_called_off_by_the_method_that_does_it() {
    let mut world = invited();
    check(&world.letter(Stage::Announce), Some(("REQUEST", &["CONFIRMED"; 3])), None);
    // Two nights instead of three: the third is called off apart, since a request can call nothing off.
    world.now = utc("2017-03-15T09:00:00Z");
    world.hear_and_send(Announcement { windows: nights(&[20, 23]), ..says(Status::Confirmed) });
    let change = world.letter(Stage::Change);
    check(&change, Some(("REQUEST", &["CONFIRMED"; 2])), Some(("CANCEL", &["CANCELLED"])));
    world.now = utc("2017-03-16T09:00:00Z");
    world.hear_and_send(says(Status::Cancelled));
    check(&world.letter(Stage::Cancel), Some(("CANCEL", &["CANCELLED"; 2])), None);
    // Who does not want invitations gets no method and is no attendee.
    let letter = announced().letter(Stage::Announce);
    let calendar = letter.calendar.expect("a calendar");
    assert_eq!(calendar.method, None);
    assert!(!calendar.text.contains("METHOD") && !calendar.text.contains("ATTENDEE"));
    assert_eq!(letter.dropped, None);
}

#[test]
fn a_mail_that_gives_little_notice_says_so() {
    #[track_caller]
    fn check(now: &str, expected: Option<&str>) {
        let mut world = World::at(now);
        world.hear_and_send(Announcement { windows: nights(&[20]), ..says(Status::Confirmed) });
        let text = world.letter(Stage::Announce).text;
        let said = text.lines().map(str::trim).find(|line| line.starts_with("Short notice"));
        assert_eq!(said, expected, "{text}");
        let announced = world.messages.iter().find(|message| message.key.stage == Stage::Announce);
        let reason = &announced.expect("it is announced").reason;
        assert_eq!(reason.contains("at short notice"), expected.is_some(), "{reason}");
    }
    check("2017-03-19T22:00:00Z", None);
    check("2017-03-19T22:00:01Z", Some("Short notice: it begins 23 h 59 min after this mail was written."));
    check("2017-03-20T21:59:00Z", Some("Short notice: it begins 1 min after this mail was written."));
    // A change says it of what is new to the reader alone.
    let mut world = World::at("2017-03-14T09:00:00Z");
    world.hear_and_send(Announcement { windows: nights(&[20]), ..says(Status::Confirmed) });
    world.now = utc("2017-03-20T12:00:00Z");
    world.hear_and_send(Announcement { windows: nights(&[20, 21]), ..says(Status::Confirmed) });
    assert!(!world.letter(Stage::Change).text.contains("Short notice"), "the second night is more than a day ahead");
    world.now = utc("2017-03-20T13:00:00Z");
    world.hear_and_send(Announcement {
        windows: nights(&[20, 19 + 2]),
        impact: Some(crate::window::Impact::Outage),
        ..says(Status::Tentative)
    });
    assert!(!world.letter(Stage::Change).text.contains("Short notice"), "the reader knew when it begins");
}
