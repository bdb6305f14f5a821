//! iCalendar content lines (RFC 5545 section 3.1), with the bytes they came from and broken folding put right.

use super::defined_zones::DefinedZones;

/// Deepest nesting of components: VALARM in VEVENT in VCALENDAR is 3.
const MAX_DEPTH: usize = 8;

/// Most lines read of a calendar: real ones have some hundreds.
const MAX_LINES: usize = 20_000;

/// One property as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ContentLine {
    /// The name, upper case.
    pub(super) name: String,
    /// Parameters in order: name in upper case, value without its quotes.
    pub(super) params: Vec<(String, String)>,
    /// Everything behind the colon that ends the parameters, unfolded, otherwise verbatim.
    pub(super) value: String,
    /// Where the line stands in the part's text, in bytes, end not included.
    pub(super) span: (usize, usize),
}

impl ContentLine {
    /// The value of a parameter.
    pub(super) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value with the escapes of TEXT undone (RFC 5545 section 3.3.11), trimmed; a backslash before any other
    /// letter stays as it is.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(self.value.len());
        let mut letters = self.value.chars().peekable();
        while let Some(letter) = letters.next() {
            match (letter, letters.peek()) {
                ('\\', Some('n' | 'N')) => {
                    letters.next();
                    text.push('\n');
                }
                ('\\', Some('\\' | ';' | ',')) => text.extend(letters.next()),
                _ => text.push(letter),
            }
        }
        text.trim().to_owned()
    }
}

/// The properties of one VEVENT, without those of components inside it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Event {
    pub(super) lines: Vec<ContentLine>,
}

impl Event {
    /// The first property of a name.
    pub(super) fn first(&self, name: &str) -> Option<&ContentLine> {
        self.lines.iter().find(|line| line.name == name)
    }

    /// All properties of a name.
    pub(super) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a ContentLine> {
        self.lines.iter().filter(move |line| line.name == name)
    }
}

/// A calendar as far as notices need it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Calendar {
    /// `METHOD`, upper case.
    pub(super) method: Option<String>,
    /// In order.
    pub(super) events: Vec<Event>,
    /// The zones it defines itself.
    pub(super) zones: DefinedZones,
    /// Whether lines had to be joined that were not folded.
    pub(super) repaired: Repaired,
}

/// Whether a calendar was read as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Repaired {
    #[default]
    AsWritten,
    Joined,
}

/// Reads a calendar.
///
/// # Errors
/// What is wrong, when an event or the calendar breaks off or is nested deeper than is read.
pub(super) fn read(text: &str) -> Result<Calendar, String> {
    let (lines, repaired) = content_lines(text);
    if lines.len() > MAX_LINES {
        return Err(format!("it has more than {MAX_LINES} lines"));
    }
    let mut calendar = Calendar { repaired, ..Calendar::default() };
    let mut open: Vec<String> = Vec::new();
    for line in lines {
        let component = line.value.trim().to_uppercase();
        match line.name.as_str() {
            "BEGIN" => {
                match (open.last().map(String::as_str), component.as_str()) {
                    (_, "VEVENT") => calendar.events.push(Event::default()),
                    (_, "VTIMEZONE") => calendar.zones.begin(),
                    (Some("VTIMEZONE"), "STANDARD" | "DAYLIGHT") => calendar.zones.begin_observance(),
                    _ => {}
                }
                open.push(component);
                if open.len() > MAX_DEPTH {
                    return Err(format!("its components are nested more than {MAX_DEPTH} deep"));
                }
            }
            "END" => match open.iter().rposition(|name| *name == component) {
                Some(at) if at + 1 == open.len() => open.truncate(at),
                Some(at) => return Err(format!("{} has no end", open[at + 1])),
                None => return Err(format!("{component} ends and never began")),
            },
            _ => place(&mut calendar, open.last().map(String::as_str), line),
        }
    }
    if let Some(name) = open.last() {
        return Err(format!("{name} has no end"));
    }
    calendar.zones.follow();
    Ok(calendar)
}

fn place(calendar: &mut Calendar, component: Option<&str>, line: ContentLine) {
    match (component, line.name.as_str()) {
        (Some("VEVENT"), _) => {
            if let Some(event) = calendar.events.last_mut() {
                event.lines.push(line);
            }
        }
        (Some("VCALENDAR"), "METHOD") => calendar.method = Some(line.value.trim().to_uppercase()),
        (Some("VTIMEZONE"), "TZID") => calendar.zones.name(line.text()),
        (Some("STANDARD" | "DAYLIGHT"), _) => calendar.zones.property(&line.name, &line.value),
        _ => {}
    }
}

/// All content lines, unfolded. A line that is no `name[;params]:value` was broken off its predecessor and is joined to
/// it: real calendars break object ids and descriptions so.
pub(super) fn content_lines(text: &str) -> (Vec<ContentLine>, Repaired) {
    let mut unfolded: Vec<(String, (usize, usize))> = Vec::new();
    let mut repaired = Repaired::AsWritten;
    let mut offset = 0;
    for physical in text.split_inclusive('\n') {
        if unfolded.len() > MAX_LINES {
            // One more than is read: whoever asked refuses the calendar.
            break;
        }
        let line = physical.trim_end_matches(['\r', '\n']);
        let end = offset + line.len();
        let line = if offset == 0 { line.trim_start_matches('\u{feff}') } else { line };
        match (line.strip_prefix([' ', '\t']), unfolded.last_mut()) {
            (Some(folded), Some(last)) => {
                last.0.push_str(folded);
                last.1.1 = end;
            }
            _ if line.trim().is_empty() => {}
            (_, Some(last)) if split(line.trim_start()).is_none() => {
                last.0.push_str(line);
                last.1.1 = end;
                repaired = Repaired::Joined;
            }
            _ => unfolded.push((line.trim_start().to_owned(), (offset, end))),
        }
        offset += physical.len();
    }
    let lines = unfolded.iter().filter_map(|(line, span)| content_line(line, *span)).collect();
    (lines, repaired)
}

fn content_line(line: &str, span: (usize, usize)) -> Option<ContentLine> {
    let (head, value) = split(line)?;
    let mut pieces = outside_quotes(head, ';').into_iter();
    let name = pieces.next()?.trim().to_uppercase();
    let params = pieces
        .map(|param| {
            let (name, value) = param.split_once('=').unwrap_or((param, ""));
            (name.trim().to_uppercase(), value.trim().trim_matches('"').to_owned())
        })
        .collect();
    Some(ContentLine { name, params, value: value.to_owned(), span })
}

/// Name with parameters, and value: parted at the first colon outside quotes, or at the first of all where a quote never
/// ends. None when what stands before is no property name.
fn split(line: &str) -> Option<(&str, &str)> {
    let unquoted = outside_quotes(line, ':').first().map(|head| head.len()).filter(|at| *at < line.len());
    let at = unquoted.or_else(|| line.find(':'))?;
    let (head, value) = (&line[..at], &line[at + 1..]);
    let name = head.split(';').next()?.trim_end();
    let valid = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    valid.then_some((head, value))
}

/// The pieces between separators that stand outside double quotes.
fn outside_quotes(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|letter| {
        quoted ^= letter == '"';
        !quoted && letter == separator
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `expected`: name, parameters joined by `,`, value.
    #[track_caller]
    fn check(text: &str, expected: &[(&str, &str, &str)], joined: Repaired) {
        let (lines, repaired) = content_lines(text);
        let got: Vec<_> = lines
            .iter()
            .map(|line| {
                let params: Vec<_> = line.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
                (line.name.clone(), params.join(","), line.value.clone())
            })
            .collect();
        let expected: Vec<_> = expected.iter().map(|(n, p, v)| (n.to_string(), p.to_string(), v.to_string())).collect();
        assert_eq!((got, repaired), (expected, joined), "{text:?}");
    }

    #[test]
    fn lines_are_unfolded_and_parted() {
        use Repaired::AsWritten;
        check("summary:a\r\n b\r\n\tc\r\n", &[("SUMMARY", "", "abc")], AsWritten);
        check("ORGANIZER;CN=\"A: B; C\":mailto:x@y", &[("ORGANIZER", "CN=A: B; C", "mailto:x@y")], AsWritten);
        check(
            "X-MAINTNOTE-OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT=OUTAGE:12:34",
            &[("X-MAINTNOTE-OBJECT-ID", "X-MAINTNOTE-OBJECT-IMPACT=OUTAGE", "12:34")],
            AsWritten,
        );
        check("X-MAINTNOTE-STATUS : CONFIRMED", &[("X-MAINTNOTE-STATUS", "", " CONFIRMED")], AsWritten);
        check("A;CN=\"open:b", &[("A", "CN=open", "b")], AsWritten);
    }

    #[test]
    fn a_line_that_is_no_property_belongs_to_the_one_before() {
        check(
            "OBJECT;SR=1:AB 12:C-\nTAIL\nUID:1",
            &[("OBJECT", "SR=1", "AB 12:C-TAIL"), ("UID", "", "1")],
            Repaired::Joined,
        );
        check(
            "DESCRIPTION:one\nDate Time : two\n\nUID:1",
            &[("DESCRIPTION", "", "oneDate Time : two"), ("UID", "", "1")],
            Repaired::Joined,
        );
    }

    #[test]
    fn escapes_of_text() {
        let line = |value: &str| ContentLine { name: "S".into(), params: vec![], value: value.into(), span: (0, 0) };
        assert_eq!(line(r" a\, b\; c\\d\ne ").text(), "a, b; c\\d\ne");
        assert_eq!(line(r"(7)\ work").text(), r"(7)\ work");
    }

    #[test]
    fn a_calendar_that_breaks_off_is_said_to() {
        let broken = |text: &str| read(text).err();
        assert_eq!(broken("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\n"), Some("VEVENT has no end".into()));
        assert_eq!(broken("BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR\n"), Some("VEVENT has no end".into()));
        assert_eq!(broken("END:VEVENT\n"), Some("VEVENT ends and never began".into()));
        assert_eq!(broken("BEGIN:VCALENDAR\nEND:VCALENDAR\n"), None);
    }

    #[test]
    fn an_alarm_is_no_part_of_its_event() {
        let text = "BEGIN:VCALENDAR\nMETHOD:publish\nBEGIN:VEVENT\nUID:1\nBEGIN:VALARM\nDESCRIPTION:no\nEND:VALARM\nSUMMARY:s\nEND:VEVENT\nEND:VCALENDAR";
        let calendar = read(text).expect("a whole calendar");
        assert_eq!(calendar.method.as_deref(), Some("PUBLISH"));
        let names: Vec<_> = calendar.events[0].lines.iter().map(|line| line.name.as_str()).collect();
        assert_eq!(names, ["UID", "SUMMARY"]);
    }

    /// calcard is the second source on events that are well formed.
    #[test]
    fn calcard_reads_the_same_events() {
        let text = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b\r\nBEGIN:VEVENT\r\nUID:ev-1\r\nSUMMARY:Work \r\n on \\, feed\r\nX-MAINTNOTE-STATUS:CONFIRMED\r\nX-MAINTNOTE-OBJECT-ID:a:b\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:ev-2\r\nSUMMARY:ä\r\nX-MAINTNOTE-STATUS:TENTATIVE\r\nX-MAINTNOTE-OBJECT-ID:c\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let ours = read(text).expect("a whole calendar");
        let theirs = calcard::icalendar::ICalendar::parse(text).expect("calcard reads it too");
        let events: Vec<_> = theirs
            .components
            .iter()
            .filter(|c| c.component_type == calcard::icalendar::ICalendarComponentType::VEvent)
            .collect();
        assert_eq!(ours.events.len(), events.len());
        for (mine, their) in ours.events.iter().zip(events) {
            for name in ["UID", "SUMMARY", "X-MAINTNOTE-STATUS", "X-MAINTNOTE-OBJECT-ID"] {
                let value = their.entries.iter().find(|entry| entry.name.as_str() == name).map(|e| e.values.as_slice());
                let [calcard::icalendar::ICalendarValue::Text(value)] = value.expect("present") else {
                    panic!("{name} is no single text")
                };
                assert_eq!(mine.first(name).map(ContentLine::text).as_deref(), Some(value.as_str()), "{name}");
            }
        }
    }
}
