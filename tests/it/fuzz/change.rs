//! Changes to notices and profiles, each made of a seed and a number.

use std::io::Write as _;

/// Inputs are cut to this, so that a run tries many; what size alone does is a row elsewhere.
const MOST_BYTES: usize = 256 * 1024;

/// One input in so many may be long.
const SELDOM: usize = 200;

/// A small generator (`splitmix64`): what an input is follows from its seed and number alone.
pub(super) struct Random(u64);

impl Random {
    pub(super) fn new(seed: u64, n: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ n.wrapping_mul(0xd134_2543_de82_ef95));
        random.next();
        random
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// Below `end`, which may be 0.
    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % (end.max(1) as u64)).expect("below a length")
    }

    fn of<'a, T: ?Sized>(&mut self, list: &[&'a T]) -> &'a T {
        list[self.below(list.len())]
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }
}

/// What mails are made of, and what readers of mail have stumbled over.
const MAIL: &[&str] = &[
    "\r\n",
    "\n\n",
    "\r",
    "\0",
    "\u{feff}",
    "\u{2028}",
    "\u{a0}",
    "\u{202e}",
    "\u{130}",
    "\u{1e9e}",
    "\u{fb03}",
    "\u{10ffff}",
    "From ",
    "From: a@b.example\n",
    "From: =?utf-8?b?////?= <>\n",
    "From: noc@gtt.net\n",
    "Subject: =?utf-16?q?=00?=\n",
    "Subject: =?iso-2022-jp?b?GyRCGyRC?=\n",
    "Date: Fri, 31 Dec 9999 23:59:59 -9999\n",
    "Date: 0 Jan 0 0:0:0 +0000\n",
    "Received: ;\n",
    "Received: by a; Mon, 1 Jan 2024 00:00:00 +0000\n",
    "Message-ID: <>\n",
    "Content-Type: multipart/mixed; boundary=\"\"\n\n",
    "Content-Type: multipart/mixed; boundary=b\n\n--b\n",
    "Content-Type: multipart/alternative; boundary*0=b; boundary*1=c\n\n--bc\n",
    "Content-Type: message/rfc822\n\n",
    "Content-Type: text/html\n\n",
    "Content-Type: text/html; charset=utf-16\n\n",
    "Content-Type: text/plain; charset=iso-2022-kr\n\n",
    "Content-Type: text/plain; charset=\"x-nothing\"\n\n",
    "Content-Type: text/csv\n\n",
    "Content-Type: text/csv; charset=utf-16le\n\n",
    "Content-Type: text/calendar; method=REPLY\n\n",
    "Content-Type: application/ms-tnef\n\n",
    "Content-Disposition: attachment; filename=a.xlsx\n",
    "Content-Disposition: attachment; filename*=utf-8''%ff%00.eml\n",
    "Content-Transfer-Encoding: base64\n",
    "Content-Transfer-Encoding: quoted-printable\n",
    "Content-Transfer-Encoding: x-uuencode\n",
    "Auto-Submitted: auto-replied\n",
    "--b--\n",
    "--b\n",
    "begin 644 a.csv\n",
    "=\n",
    "=3D",
    "=F0=9F=98",
    "UEsDBBQAAAAIAA==",
    "<html>",
    "<table><tr><td>",
    "<td colspan=99999999>",
    "<td rowspan=65534 colspan=1000>",
    "</table>",
    "<div style=display:none>",
    "<style>",
    "<script>",
    "<!--",
    "<![CDATA[",
    "<textarea>",
    "<plaintext>",
    "<br>",
    "<s>",
    "<p hidden>",
    "&#0;",
    "&#x110000;",
    "&NotEqualTilde;",
    "&nbsp;",
    "BEGIN:VCALENDAR\n",
    "BEGIN:VEVENT\n",
    "END:VEVENT\n",
    "END:VCALENDAR\n",
    "BEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nDTSTART:16010101T000000\nTZOFFSETFROM:+2359\nTZOFFSETTO:-2359\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n",
    "DTSTART;TZID=x:20240101T000000\n",
    "DTSTART:99991231T235959Z\n",
    "DTSTART;VALUE=DATE:00000000\n",
    "DTSTART:20240230T246060\n",
    "DTEND:00010101T000000Z\n",
    "DTEND;TZID=\"Europe/Amsterdam\":20241027T023000\n",
    "DURATION:P99999999999W\n",
    "DURATION:-PT1S\n",
    "RRULE:FREQ=SECONDLY;COUNT=4294967295\n",
    "DTSTAMP:20240101T000000Z\n",
    "SEQUENCE:-9223372036854775808\n",
    "SEQUENCE:99999999999999999999\n",
    "SUMMARY;LANGUAGE=\"a;b:c\\,:x\\n\n",
    "X-MAINTNOTE-PROVIDER:gtt\n",
    "X-MAINTNOTE-ACCOUNT:\n",
    "X-MAINTNOTE-MAINTENANCE-ID:\u{1f600}\n",
    "X-MAINTNOTE-OBJECT-ID;X-MAINTNOTE-OBJECT-IMPACT=OUTAGE:x\n",
    "X-MAINTNOTE-IMPACT:X-NONE\n",
    "X-MAINTNOTE-STATUS:CANCELLED\n",
    "X-MAINTNOTE-PRECEDENCE:999999\n",
    "---------- Forwarded message ----------\nFrom: noc@gtt.net\n",
    "-----Original Message-----\n",
    "> > > ",
    "Start: 2024-01-01 00:00 UTC\n",
    "End: 31/12/9999 24:00\n",
    "Start Time\tEnd Time\n",
    "Planned Work Notification: 1 - New\n",
    "99999999999999999999",
    "-1",
    "0",
    "1e309",
    "00:60",
    "25:00",
    "-00:00",
    "+99:99",
    "29 February 2023",
    "12/13/14",
    "12am",
    "noon",
    "CEST",
    "IST",
    "XYZT",
    ":",
    ",",
    ";",
    "\t",
    "\"",
    "'",
    "(",
    "[",
];

/// What profiles are made of, with what a hostile one would hold.
const PROFILE: &[&str] = &[
    "version = 1\n",
    "version = 9223372036854775807\n",
    "vendor = \"\"\n",
    "[[label]]\n",
    "[[grid]]\n",
    "[[pattern]]\n",
    "[[calendar]]\n",
    "property = \"DTSTART\"\n",
    "[[status]]\n",
    "[[impact]]\n",
    "[[section]]\n",
    "[[recognise]]\n",
    "[zone]\n",
    "[dates]\n",
    "[terms]\n",
    "field = \"start\"\n",
    "field = \"objects\"\n",
    "field = \"nothing\"\n",
    "each = true\n",
    "take = \"lines\"\n",
    "take = \"below\"\n",
    "names = [\"\"]\n",
    "names = [\"*\"]\n",
    "names = [\"Start*\", \"start\"]\n",
    "in = \"subject\"\n",
    "in = \"anywhere\"\n",
    "in = \"section\"\n",
    "split = [\"\"]\n",
    "split = [\",\", \" \"]\n",
    "item = '(?P<object>.*)'\n",
    "item = '(?P<object>)'\n",
    "replace = [{ match = '', with = '$0$0' }]\n",
    "replace = [{ match = '.', with = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' }]\n",
    "regex = '(?P<start>.*)'\n",
    "regex = '(?P<start>.*)(?P<end>.*)'\n",
    "regex = '(?P<objects>)'\n",
    "regex = '(?s)(?P<reference>.*?)(?P<objects_2>.*)$'\n",
    "regex = '(?:(?:(?:a{1000}){1000}){1000})'\n",
    "regex = '((a*)*)*(?P<reference>b)'\n",
    "regex = '\\pL{500}(?P<summary>.)'\n",
    "match = '(?i)\\w{999}'\n",
    "default = \"Europe/Amsterdam\"\n",
    "default = \"Mars/Olympus\"\n",
    "moments = [\"%Y-%m-%d %H:%M\"]\n",
    "moments = [\"%Q\"]\n",
    "moments = [\"%\"]\n",
    "moments = [\"%s\"]\n",
    "moments = [\"%+\"]\n",
    "days = [\"%d %B %Y\", \"%G-%V\"]\n",
    "times = [\"%H:%M\"]\n",
    "tolerance = \"99999999999999999d\"\n",
    "within = \"0d\"\n",
    "within = \"-1h\"\n",
    "digest = [\"start\", \"start\"]\n",
    "windows = \"partial\"\n",
    "role = \"contingency\"\n",
    "zone = \"UTC\"\n",
    "is = \"CONFIRMED\"\n",
    "text = \"\"\n",
    "\\",
    "'''",
    "\"",
    "\"\"\"",
    "[",
    "]",
    "{",
    "}",
    "=",
    "#",
    ".*",
    "{0,4294967295}",
    "(?P<end>",
    "\\b",
    "$^",
    "(?x)",
    "\\x{10FFFF}",
    "[^\\s\\S]",
    "\u{0}",
    "\u{1e9e}",
];

/// A notice changed in some places; now and then a new one around a workbook.
pub(super) fn changed_notice(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut raw = seeds[random.below(seeds.len())].clone();
    if random.below(16) == 0 {
        raw = with_workbook(random);
    }
    for _ in 0..=random.below(6) {
        match random.below(13) {
            0 => splice(random, &mut raw, seeds),
            1 => nest(random, &mut raw),
            2 => wrap(random, &mut raw),
            3 => calendar_line(random, &mut raw),
            _ => change(random, &mut raw, MAIL),
        }
    }
    raw.truncate(if random.below(SELDOM) == 0 { 4 * MOST_BYTES } else { MOST_BYTES });
    raw
}

/// A profile changed in some places, by lines and by bytes.
pub(super) fn changed_profile(random: &mut Random, seeds: &[Vec<u8>]) -> Vec<u8> {
    let mut raw = seeds[random.below(seeds.len())].clone();
    // Most changes of a profile make it none, so that only a few are made, and most of them inside of quotes.
    for _ in 0..=random.below(3) {
        match random.below(16) {
            0 | 1 => {
                let mut lines: Vec<Vec<u8>> = raw.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
                change_lines(random, &mut lines, seeds);
                raw = lines.join(&b'\n');
            }
            2..=11 => quoted(random, &mut raw),
            12 | 13 => {
                let token = random.of(PROFILE);
                let starts: Vec<usize> = (0..raw.len()).filter(|at| raw[*at] == b'\n').map(|at| at + 1).collect();
                let at = starts.get(random.below(starts.len())).copied().unwrap_or_default();
                raw.splice(at..at, token.bytes());
            }
            14 => splice(random, &mut raw, seeds),
            _ => change(random, &mut raw, PROFILE),
        }
    }
    raw.truncate(MOST_BYTES);
    raw
}

/// A place and a stretch from there, short more often than long.
fn stretch(random: &mut Random, length: usize) -> std::ops::Range<usize> {
    let start = random.below(length + 1);
    let most = [1, 4, 32, 256, length][random.below(5)];
    start..(start + random.below(most + 1)).min(length)
}

fn change(random: &mut Random, raw: &mut Vec<u8>, tokens: &[&str]) {
    let range = stretch(random, raw.len());
    match random.below(9) {
        0 => {
            if let Some(byte) = raw.get_mut(range.start) {
                *byte ^= 1 << random.below(8);
            }
        }
        1 => drop(raw.drain(range)),
        2 => raw.truncate(range.start),
        3 => {
            let copy = raw[range.clone()].to_vec();
            raw.splice(range.start..range.start, copy);
        }
        4 => repeat(random, raw, range),
        5 => {
            let junk: Vec<u8> = (0..random.below(40)).map(|_| random.byte()).collect();
            raw.splice(range, junk);
        }
        6 => digits(random, raw),
        _ => {
            let token = random.of(tokens);
            let end = if random.below(2) == 0 { range.start } else { range.end };
            raw.splice(range.start..end, token.bytes());
        }
    }
}

fn repeat(random: &mut Random, raw: &mut Vec<u8>, range: std::ops::Range<usize>) {
    let piece = raw[range.clone()].to_vec();
    let most = if random.below(SELDOM) == 0 { 4 * MOST_BYTES } else { 16 * 1024 };
    let times = random.below(1 + most / piece.len().max(1));
    raw.splice(range.start..range.start, piece.repeat(times));
}

/// Puts a number at its ends where one stands.
fn digits(random: &mut Random, raw: &mut Vec<u8>) {
    let from = random.below(raw.len() + 1);
    let Some(start) = raw[from..].iter().position(u8::is_ascii_digit).map(|at| from + at) else { return };
    let length = raw[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let extreme = ["0", "00", "-1", "31", "99", "9999", "65536", "4294967296", "18446744073709551616", "1.5", ""];
    raw.splice(start..start + length, random.of(&extreme).bytes());
}

/// The beginning of one before the end of another.
fn splice(random: &mut Random, raw: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    let other = &seeds[random.below(seeds.len())];
    raw.truncate(random.below(raw.len() + 1));
    raw.extend_from_slice(&other[random.below(other.len() + 1)..]);
}

/// A tag opened again and again, and closed as often or not.
fn nest(random: &mut Random, raw: &mut Vec<u8>) {
    let tag = random.of(&["table><tr><td", "div", "td", "s", "blockquote", "ul><li", "b", "div style=display:none"]);
    let depth = 1 + random.below(2_000);
    let at = random.below(raw.len() + 1);
    let mut nest = format!("<{tag}>").repeat(depth);
    if random.below(2) == 0 {
        nest.push_str(&format!("x</{}>", tag.split(['>', ' ']).next().unwrap_or_default()).repeat(depth));
    }
    raw.splice(at..at, nest.into_bytes());
}

/// The whole as one part of another mail, or attached to one.
fn wrap(random: &mut Random, raw: &mut Vec<u8>) {
    let kind =
        random.of(&["message/rfc822", "text/html", "text/plain", "multipart/mixed; boundary=q", "text/calendar"]);
    for _ in 0..=random.below(4) {
        let boundary = random.of(&["q", "w", "", "\"a b\""]);
        let head = format!(
            "From: x@hoster.example\nSubject: Fwd: see\nContent-Type: multipart/mixed; boundary={boundary}\n\n--{boundary}\nContent-Type: {kind}\n\n"
        );
        raw.splice(0..0, head.into_bytes());
        raw.extend_from_slice(format!("\n--{boundary}--\n").as_bytes());
    }
}

/// A line of a calendar said again elsewhere, or left out.
fn calendar_line(random: &mut Random, raw: &mut Vec<u8>) {
    let mut lines: Vec<Vec<u8>> = raw.split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    let own = lines.clone();
    change_lines(random, &mut lines, &[own.join(&b'\n')]);
    *raw = lines.join(&b'\n');
}

/// Lines swapped, said twice, left out, or taken from another.
fn change_lines(random: &mut Random, lines: &mut Vec<Vec<u8>>, seeds: &[Vec<u8>]) {
    let (one, two) = (random.below(lines.len()), random.below(lines.len()));
    match random.below(4) {
        0 => lines.swap(one, two),
        1 => lines.insert(one, lines[two].clone()),
        2 => drop(lines.remove(one)),
        _ => {
            let others: Vec<&[u8]> = seeds[random.below(seeds.len())].split(|byte| *byte == b'\n').collect();
            let from = random.below(others.len());
            let more = others[from..].iter().take(1 + random.below(6)).map(|line| line.to_vec());
            lines.splice(one..one, more.collect::<Vec<_>>());
        }
    }
}

/// A quoted word changed in its quotes, so that the file stays one.
fn quoted(random: &mut Random, raw: &mut Vec<u8>) {
    let from = random.below(raw.len() + 1);
    let Some(open) = raw[from..].iter().position(|byte| matches!(byte, b'"' | b'\'')).map(|at| from + at + 1) else {
        return;
    };
    let length = raw[open..].iter().position(|byte| matches!(byte, b'"' | b'\'' | b'\n')).unwrap_or_default();
    let mut word = raw[open..open + length].to_vec();
    change(random, &mut word, PROFILE);
    word.retain(|byte| !matches!(byte, b'"' | b'\'' | b'\n'));
    raw.splice(open..open + length, word);
}

/// A mail with a workbook whose pages are changed before they are packed.
fn with_workbook(random: &mut Random) -> Vec<u8> {
    const CELLS: &[&str] = &[
        "<row r=\"1\">",
        "</row>",
        "<c r=\"A1\" t=\"s\"><v>0</v></c>",
        "<c r=\"XFD1048576\"><v>45292.5</v></c>",
        "<c r=\"AAAAAAAA1\" t=\"inlineStr\"><is><t>Start</t></is></c>",
        "<c s=\"1\"><v>1e308</v></c>",
        "<c s=\"1\"><v>-2958466</v></c>",
        "<c t=\"b\"><v>2</v></c>",
        "<c r=\"\"><f>A1</f><v/></c>",
        "<si><t>Maintenance ID</t></si>",
        "<!DOCTYPE a [<!ENTITY b \"bbbbbbbb\">]>",
        "&b;",
        "<a><a><a>",
    ];
    let mut page = b"<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"1\"><v>45292.5</v></c></row></sheetData></worksheet>".to_vec();
    for _ in 0..random.below(8) {
        change(random, &mut page, CELLS);
    }
    let mut strings = b"<sst><si><t>Maintenance window</t></si></sst>".to_vec();
    change(random, &mut strings, CELLS);
    let book = "<workbook><sheets><sheet name=\"Work\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
    let files: [(&str, &[u8]); 5] = [
        ("xl/workbook.xml", book.as_bytes()),
        (
            "xl/_rels/workbook.xml.rels",
            b"<Relationships><Relationship Id=\"rId1\" Target=\"worksheets/sheet1.xml\"/></Relationships>",
        ),
        ("xl/sharedStrings.xml", &strings),
        ("xl/styles.xml", b"<styleSheet><cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"),
        ("xl/worksheets/sheet1.xml", &page),
    ];
    let mut archive = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, text) in files {
        archive.start_file(name, zip::write::SimpleFileOptions::default()).expect("a file of an archive");
        archive.write_all(text).expect("its text");
    }
    let packed = archive.finish().expect("an archive").into_inner();
    let head = "From: noc@gtt.net\nSubject: Work Notification\nContent-Type: application/vnd.openxmlformats-officedocument.spreadsheetml.sheet; name=a.xlsx\nContent-Transfer-Encoding: binary\nContent-Disposition: attachment; filename=a.xlsx\n\n";
    [head.as_bytes(), &packed].concat()
}
