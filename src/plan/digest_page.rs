//! A digest turned into words: what each maintenance means to its reader, the next one first.

use super::calendar;
use super::letter::{CalendarPart, Letter};
use super::message::{Cause, Message};
use super::page::{Page, accent, colour};
use super::render::{LetterFacts, Subject, Thread, addressed};
use super::templates::{TemplateError, Templates};
use super::view::{DigestView, Frame, MarkView, PartView};

/// The letter of a digest. `parts` are the facts of each maintenance that it tells of, in its order.
///
/// A digest of one maintenance is the announcement of that maintenance: nobody gains from a list of one.
///
/// # Errors
/// [`TemplateError`]: the facts are about others than the message, the reader's zone is unknown, or a layout failed.
pub fn digest_letter(
    message: &Message,
    parts: &[LetterFacts<'_>],
    templates: &Templates,
) -> Result<Letter, TemplateError> {
    let other = || TemplateError::OtherCause(message.key.cause.id().to_owned());
    let catalogue = templates.catalogue(&message.to.language);
    let told = &message.material.digest;
    let same = told.len() == parts.len() && told.iter().zip(parts).all(|(told, facts)| is_of(facts, &told.cause));
    let (true, Some(first)) = (same, parts.first()) else { return Err(other()) };
    let tellings: Vec<_> = told.iter().map(|told| message.telling(&told.cause)).collect();
    let pages = tellings.iter().zip(parts).map(|(message, facts)| Page::new(message, facts, catalogue));
    let pages: Vec<Page<'_>> = pages.collect::<Result<_, _>>()?;
    if let [only] = &pages[..] {
        return only.letter(templates);
    }
    let view = view(&pages);
    let (text, html) = (templates.digest_text(&view)?, templates.digest_html(&view)?);
    // What it tells of had no word before: it continues nothing.
    let (sender, secret, thread) = (first.sender, first.secret, &Thread::default());
    let letter = addressed(message, (sender, secret, thread, first.date), (view.frame.subject, text, html));
    Ok(Letter { calendar: events(&pages), ..letter })
}

fn is_of(facts: &LetterFacts<'_>, cause: &Cause) -> bool {
    match (facts.subject, cause) {
        (Subject::Maintenance(maintenance), Cause::Maintenance(id)) => maintenance.id == *id,
        (Subject::Maintenance(_) | Subject::Outage(_) | Subject::Standing(_), _) => false,
    }
}

/// One calendar with the windows of all.
fn events(pages: &[Page<'_>]) -> Option<CalendarPart> {
    let standing = |page: &Page<'_>| page.with_events(|facts| calendar::standing(facts, &page.message.material));
    let events: String = pages.iter().filter_map(standing).collect();
    let method = pages.first().filter(|page| page.message.to.invitations).map(|_| "REQUEST");
    (!events.is_empty())
        .then(|| CalendarPart { text: calendar::object(&events, method), method: method.map(str::to_owned) })
}

/// All of it; there is a page at least.
fn view(pages: &[Page<'_>]) -> DigestView {
    let first = &pages[0];
    let say = |name: &str, values: &[(&str, &str)]| first.catalogue.say(name, values);
    let count = pages.len().to_string();
    let (date, start) = (first.short_date(), first.start());
    let customer = ("customer", first.customer.as_str());
    let words = say("announcements.subject", &[("count", &count), ("date", &date), customer]);
    let lead = say("announcements.lead", &[("count", &count), ("start", &start), customer]);
    let worst = pages.iter().filter_map(|page| page.message.material.worst()).max();
    DigestView {
        frame: Frame {
            subject: first.subject_of(&words),
            heading_words: say("announcements.heading", &[]),
            accent: accent(worst),
            lead,
            ..first.frame()
        },
        parts: (1..).zip(pages).map(|(number, page)| part(page, number, &count)).collect(),
        ask: first.ask(),
    }
}

fn part(page: &Page<'_>, number: usize, count: &str) -> PartView {
    let (number, assets, date) = (number.to_string(), page.assets_in_short(), page.short_date());
    let values = [("number", number.as_str()), ("count", count), ("assets", &assets), ("date", &date)];
    let worst = page.message.material.worst();
    PartView {
        title: page.catalogue.say("announcements.title", &values),
        mark: worst.map(|impact| MarkView { words: impact.as_str().to_owned(), colour: colour(impact) }),
        told: page.told(),
    }
}
