//! Mails passed on inside the text of another: what their header lines, now plain words, say.

use super::message::{Part, PartKind};
use super::text::Line;

/// Most lines looked at: a mail passed on begins near the top, below a greeting and a disclaimer.
const MAX_LINES_LOOKED_AT: usize = 400;

/// Most mails passed on inside each other that are given.
const MAX_QUOTED: usize = 5;

/// Most lines of one block of headers: a long list of recipients takes several.
const MAX_BLOCK_LINES: usize = 12;

/// Longest line that can be a header.
const MAX_HEADER_BYTES: usize = 2_000;

/// What a text says of a mail that was passed on inside it. Anybody can type it: a claim, never evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quoted {
    /// The address said to be the sender's, lower case.
    pub from: Option<String>,
    /// When it is said to have been sent, as written: no zone is assumed for it.
    pub sent: Option<String>,
    /// The subject.
    pub subject: Option<String>,
    /// The label of the part that says so.
    pub part: String,
    /// Where its header lines stand in the part's text, in bytes, end not included.
    pub span: (usize, usize),
}

/// What a header line is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Header {
    From,
    Sent,
    Subject,
    /// Recipients and the like.
    Other,
}

/// The labels of mail programs in English, German, Dutch, French and Spanish.
const LABELS: [(&str, Header); 28] = [
    ("from", Header::From),
    ("von", Header::From),
    ("van", Header::From),
    ("de", Header::From),
    ("sent", Header::Sent),
    ("date", Header::Sent),
    ("gesendet", Header::Sent),
    ("datum", Header::Sent),
    ("verzonden", Header::Sent),
    ("envoyé", Header::Sent),
    ("envoyé le", Header::Sent),
    ("enviado", Header::Sent),
    ("enviado el", Header::Sent),
    ("fecha", Header::Sent),
    ("subject", Header::Subject),
    ("betreff", Header::Subject),
    ("onderwerp", Header::Subject),
    ("objet", Header::Subject),
    ("sujet", Header::Subject),
    ("asunto", Header::Subject),
    ("to", Header::Other),
    ("an", Header::Other),
    ("aan", Header::Other),
    ("à", Header::Other),
    ("para", Header::Other),
    ("cc", Header::Other),
    ("kopie", Header::Other),
    ("reply-to", Header::Other),
];

/// The mails passed on inside these parts, the last one passed on first: of the first part that tells of any.
pub(super) fn quoted(parts: &[Part]) -> Vec<Quoted> {
    let bodies = parts.iter().filter(|part| matches!(part.kind, PartKind::Plain | PartKind::Html));
    bodies.map(of_part).find(|quoted| !quoted.is_empty()).unwrap_or_default()
}

fn of_part(part: &Part) -> Vec<Quoted> {
    let mut quoted = Vec::new();
    let lines = &part.lines[..part.lines.len().min(MAX_LINES_LOOKED_AT)];
    let mut at = 0;
    while at < lines.len() && quoted.len() < MAX_QUOTED {
        let above = at.checked_sub(1).and_then(|above| lines.get(above));
        match block(part, &lines[at..], above) {
            Some((found, length)) => {
                quoted.push(found);
                at += length;
            }
            None => at += 1,
        }
    }
    quoted
}

/// The block of headers that begins with the first of these lines, and how many of them it takes.
fn block(part: &Part, lines: &[Line], above: Option<&Line>) -> Option<(Quoted, usize)> {
    let first = words(lines.first()?);
    let (kind, from) = header(&first)?;
    let after_mark = above.is_some_and(|above| is_mark(&words(above)));
    let from_address = address(from);
    // Times stand under "From" too: only an address, or the line that mail programs put before, makes it a sender.
    if kind != Header::From || (from_address.is_none() && !after_mark) {
        return None;
    }
    let (mut sent, mut subject, mut others, mut length) = (None, None, 0, 1);
    let mut last = Header::From;
    for line in lines.iter().take(MAX_BLOCK_LINES).skip(1) {
        let text = words(line);
        match header(&text) {
            Some((Header::From, _)) => break,
            Some((kind, value)) => {
                let value = Some(value.to_owned()).filter(|value| !value.is_empty());
                match kind {
                    Header::Sent => sent = sent.or(value),
                    Header::Subject => subject = subject.or(value),
                    Header::From | Header::Other => others += 1,
                }
                last = kind;
            }
            // A list of recipients goes on in the next line.
            None if last == Header::Other && text.contains('@') => {}
            None => break,
        }
        length += 1;
    }
    let stated = usize::from(sent.is_some()) + usize::from(subject.is_some());
    if stated == 0 || (stated + others < 2 && !after_mark) {
        return None;
    }
    let cell = |line: &Line, last: bool| {
        if last { line.cells.last().map(|c| c.span.1) } else { line.cells.first().map(|c| c.span.0) }
    };
    let span = (cell(&lines[0], false)?, cell(&lines[length - 1], true)?);
    Some((Quoted { from: from_address, sent, subject, part: part.label.clone(), span }, length))
}

/// The words of a line, its cells apart by a blank.
fn words(line: &Line) -> String {
    let mut words = String::new();
    for cell in line.cells.iter().filter(|cell| !cell.text.is_empty()) {
        if words.len() > MAX_HEADER_BYTES {
            break;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(&cell.text);
    }
    words
}

/// `---------- Forwarded message ---------`, `-----Ursprüngliche Nachricht-----`, `Begin forwarded message:`.
fn is_mark(line: &str) -> bool {
    const WORDS: [&str; 12] = [
        "forwarded message",
        "original message",
        "weitergeleitete nachricht",
        "ursprüngliche nachricht",
        "originalnachricht",
        "doorgestuurd bericht",
        "oorspronkelijk bericht",
        "message transféré",
        "message d'origine",
        "mensaje reenviado",
        "mensaje original",
        "forwarded by",
    ];
    let line = line.trim_start_matches(['>', ' ']);
    let lower = line.to_lowercase().replace('’', "'");
    let known = WORDS.iter().any(|words| lower.contains(words));
    known && line.len() < 200 && (line.starts_with("--") || line.ends_with([':', '-']))
}

/// What a line is a header of, with its value; none when it begins with no label.
fn header(line: &str) -> Option<(Header, &str)> {
    if line.len() > MAX_HEADER_BYTES {
        return None;
    }
    // Quoted by the program that passed it on, or bold as Markdown has it.
    let line = line.trim_start_matches(['>', '*', '|', ' ']);
    let (label, value) = line.split_once(':')?;
    let label = label.trim_matches(['*', ' ']).to_lowercase();
    let (_, kind) = LABELS.iter().find(|(known, _)| *known == label)?;
    Some((*kind, value.trim_matches(['*', ' ', '|'])))
}

/// The first mail address in words, lower case: in angle or square brackets, behind `mailto:`, or bare.
pub(super) fn address(words: &str) -> Option<String> {
    let breaks = |c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '[' | ']' | '(' | ')' | '"' | '\'' | ',' | ';' | '|' | '*')
    };
    let candidates = words.split(breaks).filter(|word| word.contains('@'));
    candidates
        .map(|word| word.rsplit(':').next().unwrap_or(word).trim_end_matches('.').to_lowercase())
        .find(|word| word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.')))
}

#[cfg(test)]
mod tests {
    use super::super::text::{Budget, typed_lines};
    use super::*;

    /// `from | sent | subject` of each mail passed on.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let lines = typed_lines(text, &mut Budget::default()).expect("few lines");
        let part = Part { label: "text/plain 1".into(), kind: PartKind::Plain, text: text.into(), lines };
        let shown = |quoted: &Quoted| {
            let text = &text[quoted.span.0..quoted.span.1];
            assert!(header(text.lines().next().expect("a line")).is_some(), "{text:?}");
            [&quoted.from, &quoted.sent, &quoted.subject].map(|v| v.clone().unwrap_or("-".into())).join(" | ")
        };
        assert_eq!(quoted(&[part]).iter().map(shown).collect::<Vec<_>>(), expected, "{text}");
    }

    #[test]
    fn header_lines_of_many_programs_and_languages() {
        check(
            "FYI\n\n---------- Forwarded message ---------\nFrom: Net Ops <NOC@carrier.example>\nDate: Mon, 3 Mar 2025 at 10:00\nSubject: Work A-1\nTo: <a@x.example>\n\nDear all\n",
            &["noc@carrier.example | Mon, 3 Mar 2025 at 10:00 | Work A-1"],
        );
        check(
            "-----Original Message-----\nFrom: noc@carrier.example [mailto:noc@carrier.example]\nSent: Monday, 3 March 2025 10:00\nTo: a@x.example;\n  b@x.example\nSubject: Work A-1\n",
            &["noc@carrier.example | Monday, 3 March 2025 10:00 | Work A-1"],
        );
        check(
            "Begin forwarded message:\n\n> From: noc@carrier.example\n> Subject: Work A-1\n> Date: 3 March 2025 at 10:00:00 CET\n",
            &["noc@carrier.example | 3 March 2025 at 10:00:00 CET | Work A-1"],
        );
        check(
            "Von: NOC <noc@carrier.example>\nGesendet: Montag, 3. März 2025 10:00\nAn: a@x.example\nBetreff: Arbeiten A-1\n",
            &["noc@carrier.example | Montag, 3. März 2025 10:00 | Arbeiten A-1"],
        );
        check(
            "Van: noc@carrier.example\nVerzonden: maandag\nOnderwerp: Werk\n",
            &["noc@carrier.example | maandag | Werk"],
        );
        check(
            "De : noc@carrier.example\nEnvoyé : lundi\nObjet : Travaux\n",
            &["noc@carrier.example | lundi | Travaux"],
        );
        check("De: noc@carrier.example\nEnviado el: lunes\nAsunto: Obras\n", &["noc@carrier.example | lunes | Obras"]);
        check("*From:* noc@carrier.example\n*Date:* today\n*Subject:* Work\n", &["noc@carrier.example | today | Work"]);
    }

    #[test]
    fn a_mail_passed_on_twice_gives_the_last_first() {
        check(
            "From: colleague@x.example\nSent: Tuesday\nSubject: FW: Work\n\nsee below\n\nFrom: noc@carrier.example\nSent: Monday\nSubject: Work\n",
            &["colleague@x.example | Tuesday | FW: Work", "noc@carrier.example | Monday | Work"],
        );
    }

    #[test]
    fn what_looks_like_a_header_and_is_none() {
        check("From: 22:00\nTo: 04:00\nDate: 3 March 2025\n", &[]);
        check("From: noc@carrier.example\nDear all\n", &[]);
        check("Date: 3 March 2025\nSubject: Work\n", &[]);
        check("---- Forwarded message ----\nFrom: Net Ops\nSubject: Work\n", &["- | - | Work"]);
        check("please write to: noc@carrier.example\n", &[]);
    }

    #[test]
    fn addresses_in_any_brackets() {
        for (words, expected) in [
            ("Net Ops <NOC@Carrier.example>", Some("noc@carrier.example")),
            ("noc@carrier.example [mailto:noc@carrier.example]", Some("noc@carrier.example")),
            ("[mailto:noc@carrier.example]", Some("noc@carrier.example")),
            ("'noc@carrier.example' via list", Some("noc@carrier.example")),
            ("@ all", None),
            ("Net Ops", None),
        ] {
            assert_eq!(address(words).as_deref(), expected, "{words}");
        }
    }
}
