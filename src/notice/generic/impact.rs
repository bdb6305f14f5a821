//! What a notice says of status and impact, by plain words.

use std::sync::LazyLock;

use regex::Regex;

use super::Draft;
use super::gather::{Found, Said};
use super::pattern::fixed;
use super::statements::worded;
use super::words::Topic;
use crate::notice::message::PartKind;
use crate::notice::reading::Doubt;
use crate::notice::status::Status;
use crate::window::Impact;

/// Longest line in which a sentence is looked for.
const MAX_LINE_BYTES: usize = 2_000;

fn pattern(text: &str) -> Regex {
    fixed(&format!("(?i){text}"))
}

/// Words of an impact, the surest first. A notice that says `no impact` says nothing worse by the words behind.
static IMPACTS: LazyLock<[(Regex, Impact); 4]> = LazyLock::new(|| {
    [
        (
            pattern(
                r"\bno (?:expected |service |customer )?(?:impact|interruption|outage|downtime)|\bnot? (?:be )?(?:expected to )?(?:impact|affect)|\bnon[- ]service|\bnone\b|no[- ]impact|keine (?:auswirkung|beeintr)|aucun impact|sin impacto|nessun impatto|geen (?:impact|gevolg)|sem impacto",
            ),
            Impact::NoImpact,
        ),
        (
            pattern(
                r"outage|hard down|\bdown\b|service[- ]affecting|loss of (?:service|connectivity)|interruption|unavailable|disruption|offline|powered off|ausfall|unterbrechung|coupure|corte|interruzione|uitval|interrupção",
            ),
            Impact::Outage,
        ),
        (
            pattern(r"switch[- ]?hit|latency|flap|degrad|packet loss|protection switch|beeinträchtigung"),
            Impact::Degraded,
        ),
        (
            pattern(
                r"at[- ]risk|reduced redundancy|loss of (?:protection|redundancy|diversity|resilien)|resilien\w+ loss|redundanz",
            ),
            Impact::ReducedRedundancy,
        ),
    ]
});

/// The impact that words state; none when they state none that is known.
pub(super) fn of_words(text: &str) -> Option<Impact> {
    IMPACTS.iter().find(|(words, _)| words.is_match(text)).map(|(_, impact)| *impact)
}

/// The word by which the impact of a text was told.
pub(super) fn word(text: &str) -> Option<&str> {
    IMPACTS.iter().find_map(|(words, _)| words.find(text)).map(|found| found.as_str())
}

/// The impact of the whole notice, under a label of its own.
pub(super) fn impact(said: &Said<'_>, draft: &mut Draft) {
    let labelled = said.of(Topic::Impact).filter(|(_, s)| s.row.is_none());
    let mut known =
        labelled.filter_map(|(part, s)| Some((of_words(s.text)?, Found::stated("impact", part, s, 0..s.text.len()))));
    let Some((impact, found)) = known.next() else { return };
    let other = known.find(|(other, _)| *other != impact);
    if let Some((other, _)) = other {
        let values = format!("{impact}, {other}");
        draft.doubt(Doubt::SeveralStated { field: "impact".into(), values });
    }
    draft.impact = Some(impact);
    draft.sources.push(found.source);
}

/// What words stand for where a label or a heading states a status.
static STATED: LazyLock<[(Regex, Status); 6]> = LazyLock::new(|| {
    [
        (
            pattern(
                r"\bcancel|\bwithdrawn|\bcalled off|\babgesagt|\bannul|\bstorniert|\bcancelad|\bgeannuleerd|\bnot (?:be )?performed",
            ),
            Status::Cancelled,
        ),
        (
            pattern(
                r"\bre-?schedul|\bnew date|\bpostponed|\brevised|\bexten(?:sion|ded)|\bverschoben|\breport[ée]|\breprogramad|\briprogramm|\bverplaatst|\breagendad",
            ),
            Status::Rescheduled,
        ),
        (
            pattern(
                r"\bcomplet|\bclosed|\bfinished|\babgeschlossen|\bbeendet|\btermin(?:é|ad|at)|\bafgerond|\bconcluíd",
            ),
            Status::Completed,
        ),
        (
            pattern(
                r"\bin[- ]pro(?:gress|cess)|\bstart(?:ed|s)?\b|\bbegun\b|\bcommenc|\bhat begonnen|\ben cours|\ben curso|\bin corso|\bimplement\b",
            ),
            Status::InProcess,
        ),
        (pattern(r"\btentative|\bproposed|\bprovisional|\bvorläufig|\bprovisoire"), Status::Tentative),
        (
            pattern(
                r"\bconfirmed|\bscheduled|\bplanned|\bapproved|\bnew\b|\bgeplant|\bplanifié|\bprogramad|\bprogrammat|\bgepland|\bbestätigt",
            ),
            Status::Confirmed,
        ),
    ]
});

/// What a sentence says has become of the work, or will.
static SENTENCES: LazyLock<[(Regex, Status); 6]> = LazyLock::new(|| {
    let has = r"(?:has|have|had|was|were|is|been|be)(?: now| since| successfully)? (?:been )?(?:now |successfully )?";
    [
        (
            pattern(&format!(
                r"\b{has}(?:re-?scheduled|postponed|moved to|extended)|\bwill be (?:extended|re-?scheduled)|\brevised (?:primary )?dates|ist verschoben|wird verschoben|wurde verschoben|a été reportée?|ha sido reprogramad|è stat[oa] riprogrammat|is verplaatst"
            )),
            Status::Rescheduled,
        ),
        (
            pattern(&format!(
                r"\b{has}(?:cancell?ed|withdrawn|called off)|\bwas not completed|\bwill not (?:be )?(?:take place|performed|carried)|wurde abgesagt|entfällt|a été annulée?|ha sido cancelad|è stat[oa] annullat|is geannuleerd|foi cancelad"
            )),
            Status::Cancelled,
        ),
        (
            pattern(&format!(
                r"\b{has}(?:completed|finished|concluded)|\bcompleted successfully|ist abgeschlossen|wurde abgeschlossen|est terminée?|ha sido completad|è stat[oa] completat|is afgerond|foi concluíd"
            )),
            Status::Completed,
        ),
        (
            pattern(&format!(
                r"\b{has}(?:begun|started|commenced)|\bis in progress|\b(?:will be )?commencing (?:momentarily|now|shortly)|hat begonnen|a commencé|ha comenzado|è iniziat|is begonnen"
            )),
            Status::InProcess,
        ),
        (pattern(r"\btentative(?:ly)? (?:scheduled|planned|date)"), Status::Tentative),
        (
            pattern(
                r"\bwill (?:be )?(?:perform|carry|carri|conduct|undertak|implement|tak(?:e|ing) place|execut|replac|test|upgrad|do(?:ing)? some)|\bthere will be (?:an? )?(?:\w+ )?(?:maintenance|outage|disruption|interruption|work)|\b(?:is|are|has|have)(?: been)? (?:scheduled|planned)|\bhas scheduled|\bintends? to\b|\bplann?(?:ed|ing) to\b|\bwill be (?:an |some |a )?(?:emergency|planned|scheduled)?\s?(?:maintenance|activity|work)|\bactivity to be performed|\bto notify you of the following|\bwe have a planned|\bin receipt of maintenance|notification details|werden .{0,80}(?:durchgeführt|durchführen)|wird .{0,80}durchgeführt|aura lieu|sera effectué|se realizará|llevará a cabo|verrà effettuat|sarà effettuat|zullen .{0,80}uitvoeren|wordt .{0,80}uitgevoerd|será realizad",
            ),
            Status::Confirmed,
        ),
    ]
});

/// Words before a sentence's status that make it no statement: `if`, `once`, `should`.
static CONDITIONAL: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:if|when|once|should|until|after|unless|whether|those|whenever|in case|in the event|may|might|not|also email|wenn|sobald|falls|si|cuando|quando|als|zodra)\b[^.]*$|\boriginally\b|\bpreviously\b[^.]{0,40}$",
    )
});

/// What a sentence must speak of.
static SUBJECTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"maintenance|work|activit|event|outage|change|upgrade|window|notification|wartung|arbeit|travaux|mantenim|manuten|onderhoud|werkzaamh|lavori|trabajo",
    )
});

/// The status: of a label or a column, else of the subject or the first lines, else of a sentence. Two that differ are a
/// doubt, in which the surer one stands.
pub(super) fn status(said: &Said<'_>, draft: &mut Draft) {
    let mut found: Vec<(Status, Found)> = Vec::new();
    found.extend(labelled(said));
    found.extend(subject(said));
    found.extend(heading(said));
    found.extend(sentences(said));
    let certain = |(status, _): &&(Status, Found)| *status != Status::Confirmed;
    // `Planned` is said of any work; what has become of it is said on purpose.
    let Some((status, first)) = found.iter().find(certain).or(found.first()) else { return };
    let mut values = vec![*status];
    for (other, _) in found.iter().filter(certain) {
        if !values.contains(other) {
            values.push(*other);
        }
    }
    draft.status = Some(*status);
    draft.sources.push(first.source.clone());
    if values.len() > 1 {
        let values: Vec<&str> = values.into_iter().map(Status::as_str).collect();
        draft.doubt(Doubt::SeveralStated { field: "status".into(), values: values.join(", ") });
    }
}

fn stated(text: &str) -> Option<Status> {
    let text: String = text.chars().take(120).collect();
    STATED.iter().find(|(words, _)| words.is_match(&text)).map(|(_, status)| *status)
}

fn labelled(said: &Said<'_>) -> Option<(Status, Found)> {
    said.of(Topic::Status)
        .find_map(|(part, s)| Some((stated(s.text)?, Found::stated("status", part, s, 0..s.text.len()))))
}

/// The subject: a word of a status in it, but `planned` and its like, which every notice has.
fn subject(said: &Said<'_>) -> Option<(Status, Found)> {
    let subject = said.message.plain_subject();
    let status = stated(subject).filter(|status| *status != Status::Confirmed)?;
    let about_us = status == Status::InProcess && !pattern_starts(subject);
    (!about_us).then(|| (status, Found::in_subject("status", status_word(subject))))
}

/// The word of a subject that states a status, whole.
fn status_word(subject: &str) -> &str {
    let found = STATED.iter().find_map(|(words, _)| words.find(subject));
    let (start, end) = found.map_or((0, subject.len()), |found| (found.start(), found.end()));
    let rest = subject[end..].find(|c: char| !c.is_alphabetic()).unwrap_or(subject.len() - end);
    &subject[start..end + rest]
}

/// `START MAINTENANCE NOTIFICATION`, `Started: …`: a subject that begins with it. Elsewhere it is the word for a time.
fn pattern_starts(subject: &str) -> bool {
    static BEGINS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:started|start (?:maintenance|notification)|begun|commenced|in[- ]progress)\b|:\s*(?:started|in[- ]progress|commenced)|(?:has|have) (?:started|begun|commenced)|in[- ]progress",
        )
    });
    BEGINS.is_match(subject.trim_start_matches(|c: char| !c.is_alphanumeric()))
}

/// How many lines at the top of a mail may be its heading.
const HEADING_LINES: usize = 5;

/// A short line at the top: `Planned maintenance completed`.
fn heading(said: &Said<'_>) -> Option<(Status, Found)> {
    said.parts().find_map(|part| {
        part.lines.iter().take(HEADING_LINES).find_map(|line| {
            let [cell] = worded(line)[..] else { return None };
            let short = cell.text.split_whitespace().count() <= 12 && !cell.text.ends_with('.');
            let status = stated(&cell.text).filter(|s| short && !matches!(s, Status::Confirmed | Status::InProcess))?;
            (SUBJECTS.is_match(&cell.text) && !CONDITIONAL.is_match(&cell.text))
                .then(|| (status, Found::in_part("status", part, "heading", cell.span.0..cell.span.1)))
        })
    })
}

/// Each status that a sentence states, and last that the work is announced.
fn sentences(said: &Said<'_>) -> Vec<(Status, Found)> {
    let mut all: Vec<(Status, Found)> = Vec::new();
    let mut announced = None;
    for part in said.parts().filter(|part| part.kind != PartKind::Sheet) {
        // A sentence may go on in the next line of a plain text.
        for cell in part.lines.iter().filter_map(|line| worded(line).first().copied()) {
            let (start, end) = (cell.span.0, part.text.floor_char_boundary((cell.span.1 + 160).min(part.text.len())));
            let Some(text) = part.text.get(start..end).filter(|_| cell.text.len() <= MAX_LINE_BYTES) else { continue };
            let own = cell.span.1 - start;
            for (words, status) in SENTENCES.iter() {
                let Some(found) = words.find(text).filter(|found| found.start() < own) else { continue };
                let sentence_start = text[..found.start()]
                    .rfind(['.', '!', '\u{2028}'])
                    .map_or(0, |at| text[at..].chars().next().map_or(at, |c| at + c.len_utf8()));
                let before = &text[sentence_start..found.start()];
                let sentence = &text[sentence_start..found.end()];
                if CONDITIONAL.is_match(before)
                    || (*status != Status::Confirmed
                        && !SUBJECTS.is_match(sentence)
                        && !before.trim().is_empty()
                        && !before.to_lowercase().contains("this"))
                {
                    continue;
                }
                let rest = text[found.end()..].find(|c: char| !c.is_alphabetic()).unwrap_or(text.len() - found.end());
                let words = start + found.start()..start + found.end() + rest;
                let source = Found::in_part("status", part, "sentence", words);
                if *status == Status::Confirmed {
                    announced = announced.or(Some((*status, source)));
                } else if !all.iter().any(|(known, _)| known == status) {
                    all.push((*status, source));
                }
            }
        }
    }
    all.extend(announced);
    all
}
