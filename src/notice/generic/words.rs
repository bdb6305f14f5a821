//! What a label or the heading of a column speaks of: told by its words, not by a list of labels.
//!
//! English first; German, French, Spanish, Dutch, Italian and Portuguese where a word is plain.

use crate::window::Role;

/// Longest label looked at: `Maintenance window start date and time (UTC)` has half of it.
const MAX_LABEL_BYTES: usize = 90;

/// Most words of a label: what has more is a sentence.
const MAX_LABEL_WORDS: usize = 10;

/// What a label's words are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Topic {
    Start,
    End,
    Window,
    Zone,
    Duration,
    Reference,
    Objects,
    Account,
    Impact,
    Status,
    Summary,
    /// A label of something else, which ends what stood before it.
    Other,
}

impl Topic {
    /// What it is called where people read it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
            Self::Window => "window",
            Self::Zone => "zone",
            Self::Duration => "duration",
            Self::Reference => "reference",
            Self::Objects => "objects",
            Self::Account => "account",
            Self::Impact => "impact",
            Self::Status => "status",
            Self::Summary => "summary",
            Self::Other => "other",
        }
    }
}

/// A label understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) topic: Topic,
    /// How sure its words are about it; of two labels the higher one counts.
    pub(super) rank: u8,
    pub(super) role: Role,
    /// What stands in brackets, or is a zone among the words: `Start (UTC)`.
    pub(super) zone: Option<String>,
    /// The words without those for start and end, which join a start to its end.
    pub(super) key: String,
    /// Whether it speaks of an end that takes the place of another: `extended until`.
    pub(super) revised: bool,
}

/// Words; one with a star at its end stands for all that begin so, at its start for all that end so.
type Words = &'static str;

const START: Words = "start* begin* commenc* from von ab début* debut* inicio início inizio aanvang* desde vanaf";
const END: Words = "end ends ending enddate endtime finish* until till to completion ende endzeit enddatum bis fin fine \
    fim término termino einde eind* hasta";
const TIME: Words = "window* schedule* timeslot* timeframe* timing* slot period when date* time* datum zeit* *fenster \
    heure* fecha* hora* ventana data ora orario finestra tijd* venster horaire* créneau creneau janela \
    período periodo période termin night*";
const ZONE: Words = "timezone* zeitzone tijdzone fuseau huso fuso tz";
const CONTINGENCY: Words =
    "backup contingency alternate alternative reserve fallback secours ausweich* reserva riserva uitwijk*";
const NOT_THE_WORK: Words = "sent issued published created updated received printed expires modified actual old previous* original* \
    former* bisherig* ursprünglich* ancien* anterior* oud oude vorig* precedent*";
const PLACE: Words = "location* place site* ort standort* lieu* lugar luogo locatie* address* adresse city country region \
    clli";
const STATUS: Words = "status state estado stato état statut";
const IMPACT: Words = "impact impacts effect effects downtime outage risk auswirkung* impacto impatto incidence \
    consequence* gevolg*";
const REFERENCE: Words = "reference* ref ticket* tt crq chg rfc referenz* référence* referencia* riferimento* referentie* \
    referência* vorgangs* kenmerk";
const WORK: Words = "change* case work works event* maintenance* request* notification* incident* activity job *wartung* \
    wartung* advisory notice mantenimiento manutenzione onderhoud* manutenção interv* arbeit* travaux \
    lavori trabajo* werkzaamheden";
const NUMBER: Words = "id ids number* no nos nr num # nummer numéro numero número n code *nummer";
const NOT_A_REFERENCE: Words = "circuit* customer* account* phone telephone fax contract* service* billing site company vat contact* \
    device* client* purchase po pon your asset* interface* link* port as old previous kunden* vertrags* \
    klant* cliente provider supplier replaces";
const OBJECT: Words = "ccsd circuit* service services asset* interface* link links peer peers connection* port ports line lines \
    leitung* dienst* liaison* servicio* servizi* verbinding* feed feeds rack racks device* equipment \
    server servers ip ips order orders element* node* cid sid serviço* slid *leitung*";
const MANY: Words = "slid ccsd circuits services assets interfaces links peers connections ports lines feeds racks devices servers \
    ips leitungen dienste diensten liaisons servicios servizi verbindingen s serviços cid circuit";
const TOUCHED: Words = "affected impacted involved under betroffen* affecté* impacté* concerné* afectad* interessat* \
    betrokken getroffen afetad*";
const NOT_AN_OBJECT: Words = "type* level provider desk bandwidth reason description duration alt legacy old speed maximum manager \
    customer's purpose name* urgency reference";
const ACCOUNT: Words = "account* customer* company client* kunde* klant* cliente konto* compte";
const NOT_AN_ACCOUNT: Words = "contact* service* po pon reference ref manager support portal care team circuit* relations notice \
    order site a b z";
const DURATION: Words = "duration* dauer durée duree duración duracion durata duur duração";
const SUMMARY: Words = "reason* description* purpose summary activity grund beschreibung raison motif motivo descripción \
    descrizione reden omschrijving descrição work justification title nature";
const MAIN_SUMMARY: Words = "description* summary reason* purpose beschreibung omschrijving";
/// Nouns that say what a text below is about.
const SUMMARY_NOUN: Words = "reason* description* purpose summary grund beschreibung raison motif motivo details";
const REVISED: Words = "extended extension revised verlängert prolongé*";

fn holds(words: &[&str], list: Words) -> bool {
    words.iter().any(|word| list.split(' ').any(|known| fits(word, known)))
}

fn fits(word: &str, known: &str) -> bool {
    match (known.strip_prefix('*'), known.strip_suffix('*')) {
        (Some(rest), _) if rest.ends_with('*') => word.contains(rest.trim_end_matches('*')),
        (Some(end), _) => word.ends_with(end),
        (None, Some(start)) => word.starts_with(start),
        (None, None) => word == known,
    }
}

/// Whether words name a night kept in reserve.
pub(super) fn role_of(text: &str) -> Role {
    let lower = text.to_lowercase();
    let words: Vec<&str> = split(&lower).collect();
    if holds(&words, CONTINGENCY) { Role::Contingency } else { Role::Primary }
}

/// Whether words before a number say that it is no reference of the vendor's: `Account:`.
pub(super) fn name_another_number(text: &str) -> bool {
    let lower = text.to_lowercase();
    let words: Vec<&str> = split(&lower).collect();
    holds(&words[words.len().saturating_sub(2)..], NOT_A_REFERENCE)
}

/// Whether a line of prose speaks of objects that are named below it.
pub(super) fn speaks_of_objects(text: &str) -> bool {
    let lower = text.to_lowercase().replace("(s)", "s");
    let words: Vec<&str> = split(&lower).collect();
    let objects = words.iter().any(|word| *word != "s" && (holds(&[word], MANY) || *word == "ips"));
    objects && (holds(&words, TOUCHED) || holds(&words, "below following list") || words.len() <= 6)
}

fn split(text: &str) -> impl Iterator<Item = &str> {
    let inside = |letter: char| letter.is_alphanumeric() || letter == '#' || letter == '\'';
    let pieces = text.split(move |letter: char| !inside(letter));
    pieces
        .flat_map(|piece| {
            // `TT#` is a noun and a sign for a number.
            let at = piece.find('#').unwrap_or(piece.len());
            [&piece[..at], &piece[at..]]
        })
        .filter(|word| !word.is_empty())
}

/// Reads a label; none for what is no label: a sentence, a number, nothing.
pub(super) fn label(text: &str) -> Option<Label> {
    let text = text.trim_matches(|c: char| c.is_whitespace() || ":*_-.".contains(c));
    if text.is_empty() || text.len() > MAX_LABEL_BYTES {
        return None;
    }
    let lower = text.to_lowercase();
    let (outside, bracket) = parted(&lower);
    let words: Vec<&str> = split(&outside).collect();
    let letters = words.iter().any(|word| word.chars().any(char::is_alphabetic));
    if !letters || words.len() > MAX_LABEL_WORDS {
        return None;
    }
    let (topic, rank) = topic(&words);
    let kept: Vec<&str> = words.iter().copied().filter(|w| !holds(&[w], START) && !holds(&[w], END)).collect();
    let zone = bracket.or_else(|| words.iter().find(|word| ["utc", "gmt"].contains(word)).map(|w| (*w).to_owned()));
    Some(Label {
        topic,
        rank,
        role: if holds(&words, CONTINGENCY) { Role::Contingency } else { Role::Primary },
        key: format!("{} {}", kept.join(" "), zone.as_deref().unwrap_or_default()),
        zone,
        revised: holds(&words, REVISED),
    })
}

/// The words outside of brackets, and what stands in the last bracket. `(s)` is no bracket but a plural.
fn parted(text: &str) -> (String, Option<String>) {
    let text = text.replace("(s)", "s").replace("(es)", "es");
    let mut outside = String::with_capacity(text.len());
    let mut inside = None;
    let mut rest = text.as_str();
    while let Some(open) = rest.find('(') {
        outside.push_str(&rest[..open]);
        outside.push(' ');
        let after = &rest[open + 1..];
        let close = after.find(')').unwrap_or(after.len());
        inside = Some(after[..close].trim().to_owned());
        rest = after.get(close + 1..).unwrap_or_default();
    }
    outside.push_str(rest);
    (outside, inside.filter(|text| !text.is_empty()))
}

fn topic(words: &[&str]) -> (Topic, u8) {
    let has = |list: Words| holds(words, list);
    let time = has(TIME)
        || words.len() == 1
        || has(WORK)
        || has(CONTINGENCY)
        || has("primary planned scheduled expected estimated new neu* nouve* nuev* nuov* nieuw*");
    let end_of_a_line = words.iter().any(|word| ["a", "b", "z"].contains(word));
    let length = has(DURATION) || has("minutes mins hours");
    if has(ZONE) || (words.contains(&"time") && words.contains(&"zone")) {
        return (Topic::Zone, 1);
    }
    if has(NOT_THE_WORK) || (has(PLACE) && !has("maintenance*")) || (has(PLACE) && !has(TIME)) {
        return (Topic::Other, 0);
    }
    if has(STATUS) {
        return (Topic::Status, 1);
    }
    if (has(START) || has(END) || has(REVISED)) && time && !end_of_a_line && !has(OBJECT) && !length {
        return (if has(START) { Topic::Start } else { Topic::End }, 2);
    }
    if has(IMPACT) && !has(NUMBER) && !(has(TIME) && has("window*")) {
        return (Topic::Impact, u8::from(!length));
    }
    if let Some(rank) = reference_rank(words) {
        return (Topic::Reference, rank);
    }
    if has(OBJECT) && !has(NOT_AN_OBJECT) {
        let order = if has("order*") { 2 } else { 0 };
        match (has(NUMBER) || has("ip ips cid"), has(TOUCHED), has(MANY)) {
            (true, true, _) => return (Topic::Objects, 6),
            (true, false, _) => return (Topic::Objects, 5 - order),
            (false, true, _) => return (Topic::Objects, 4),
            (false, false, true) => return (Topic::Objects, 2),
            (false, false, false) => {}
        }
    }
    if has(ACCOUNT) && !has(NOT_AN_ACCOUNT) {
        return (Topic::Account, if has(NUMBER) { 2 } else { 1 });
    }
    if length {
        return (Topic::Duration, 1);
    }
    if has(TIME) {
        return (Topic::Window, 1);
    }
    if has(SUMMARY) && !has("type* owner") {
        return (Topic::Summary, if has(MAIN_SUMMARY) { 2 } else { 1 });
    }
    (Topic::Other, 0)
}

/// How sure words are about the vendor's reference; none when they speak of another number.
fn reference_rank(words: &[&str]) -> Option<u8> {
    let has = |list: Words| holds(words, list);
    let order = words.contains(&"order") && !words.contains(&"work");
    if has(NOT_A_REFERENCE) || order || has("type* owner status") {
        return None;
    }
    match (has(REFERENCE), has(WORK), has(NUMBER)) {
        (true, _, true) => Some(4),
        (true, _, false) | (false, true, true) => Some(3),
        // `Planned work notification: 12345`: only what follows can tell.
        (false, true, false)
            if !has(TIME) && !has(SUMMARY_NOUN) && words.last().is_some_and(|last| holds(&[last], WORK)) =>
        {
            Some(1)
        }
        (false, true | false, true | false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: Option<Topic>) {
        assert_eq!(label(text).map(|label| label.topic), expected, "{text}");
    }

    #[test]
    fn labels_are_told_by_their_words() {
        use Topic::{Account, Duration, End, Impact, Objects, Other, Reference, Start, Status, Summary, Window, Zone};
        for (text, topic) in [
            ("Maintenance window start date & time", Start),
            ("Commencement", Start),
            ("New start", Start),
            ("Old start", Other),
            ("Beginn der Arbeiten", Start),
            ("Date de début", Start),
            ("Planned finish (UTC)", End),
            ("Fecha de fin", End),
            ("Service window", Window),
            ("Wartungsfenster", Window),
            ("Activity time frame", Window),
            ("Date", Window),
            ("Time zone", Zone),
            ("Zeitzone", Zone),
            ("Duration", Duration),
            ("Our reference", Reference),
            ("Change request no.", Reference),
            ("Maintenance #", Reference),
            ("Ticketnummer", Reference),
            ("Circuit ID", Objects),
            ("Service(s) affected", Objects),
            ("Betroffene Dienste", Objects),
            ("Circuit(s) impacted", Objects),
            ("Customer number", Account),
            ("Kundennummer", Account),
            ("Expected service impact", Impact),
            ("Auswirkungen", Impact),
            ("Work status", Status),
            ("Reason for the work", Summary),
            ("Site address", Other),
            ("A end", Other),
            ("Phone number", Other),
            ("Date sent", Other),
        ] {
            check(text, Some(topic));
        }
        check("", None);
        check("12 345", None);
        check("We will replace a fan in the night, and nothing else will be touched by it at all", None);
    }

    #[test]
    fn a_start_is_joined_to_its_end_by_the_other_words() {
        let key = |text: &str| label(text).expect("a label").key;
        assert_eq!(key("Start date (UTC) day 1"), key("End date (UTC) day 1"));
        assert_ne!(key("Start date (UTC) day 1"), key("End date (UTC) day 2"));
        assert_eq!(label("Backup start").map(|label| label.role), Some(Role::Contingency));
    }
}
