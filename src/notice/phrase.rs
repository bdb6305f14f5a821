//! Words by which people announce maintenance in prose.

use super::status::Status;

/// What each word says of a maintenance when it stands where a heading states it.
const STATUS_WORDS: [(&str, Status); 14] = [
    ("tentative", Status::Tentative),
    ("proposed", Status::Tentative),
    ("confirmed", Status::Confirmed),
    ("cancelled", Status::Cancelled),
    ("canceled", Status::Cancelled),
    ("cancellation", Status::Cancelled),
    ("started", Status::InProcess),
    ("in progress", Status::InProcess),
    ("in process", Status::InProcess),
    ("completed", Status::Completed),
    ("complete", Status::Completed),
    ("completion", Status::Completed),
    ("rescheduled", Status::Rescheduled),
    ("re-scheduled", Status::Rescheduled),
];

/// The field's own words: a message with one of them announces maintenance, or speaks of it.
const FIELD_WORDS: [&str; 34] = [
    "maintenance",
    "planned work",
    "planned outage",
    "planned event",
    "scheduled work",
    "scheduled outage",
    "outage window",
    "change window",
    "service window",
    "service interruption",
    "planned interruption",
    "works notification",
    "emergency work",
    "network upgrade",
    "service advisory",
    "service affecting",
    // German, Dutch, French, Spanish, Italian and Portuguese, in which notices are written too.
    "wartung",
    "geplante arbeiten",
    "onderhoud",
    "werkzaamheden",
    "travaux programmés",
    "travaux planifiés",
    "intervention programmée",
    "intervention planifiée",
    "coupure programmée",
    "mantenimiento",
    "trabajo programado",
    "trabajos programados",
    "corte programado",
    "manutenzione",
    "lavori programmati",
    "intervento programmato",
    "manutenção",
    "trabalhos programados",
];

/// The status that a heading states: a status word at its start, or behind a colon, and followed by its end, a bracket
/// or a dash. A status word elsewhere may mean anything.
pub(super) fn status_in_heading(heading: &str) -> Option<Status> {
    let heading = heading.trim().to_lowercase();
    heading.split(':').find_map(|clause| {
        let clause = clause.trim_start_matches([' ', '[', '(']);
        STATUS_WORDS.into_iter().find(|(word, _)| starts_with_word(clause, word)).map(|(_, status)| status)
    })
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| {
        let rest = rest.trim_start();
        rest.is_empty() || rest.starts_with(['-', '\u{2013}', '[', ']', '(', ')', ',', '.', ';'])
    })
}

/// The word of the field that a text holds, if any: where a word begins, since `Erwartung` is no `Wartung`.
pub(super) fn field_word(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let begins = |at: usize| !text[..at].ends_with(char::is_alphabetic);
    FIELD_WORDS.into_iter().find(|word| text.match_indices(word).any(|(at, _)| begins(at)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(heading: &str, expected: Option<Status>) {
        assert_eq!(status_in_heading(heading), expected, "{heading}");
    }

    #[test]
    fn words_of_the_field_in_the_languages_of_notices() {
        for (text, word) in [
            ("Planned MAINTENANCE", Some("maintenance")),
            ("Geplante Wartungsarbeiten", Some("wartung")),
            ("Unsere Erwartungen", None),
            ("Gepland onderhoud", Some("onderhoud")),
            ("Avis de travaux programmés", Some("travaux programmés")),
            ("Mantenimiento programado", Some("mantenimiento")),
            ("Manutenzione", Some("manutenzione")),
            ("Lunch", None),
        ] {
            assert_eq!(field_word(text), word, "{text}");
        }
    }

    #[test]
    fn a_heading_states_a_status_only_where_headings_do() {
        check("Regular Maintenance Notification: completed [CHG-1]", Some(Status::Completed));
        check("Cancelled - work on feed B", Some(Status::Cancelled));
        check("Completion: feed B", Some(Status::Completed));
        check("[CONFIRMED] CHG-1", Some(Status::Confirmed));
        check("To be completed by you", None);
        check("Completed forms needed", None);
        check("Notification: completed forms needed", None);
        check("Planned work", None);
    }
}
