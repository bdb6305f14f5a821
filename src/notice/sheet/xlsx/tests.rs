use std::io::Write;

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;
use crate::notice::text::MAX_INFLATED_BYTES;

const TYPE: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

fn archive<'a>(files: impl IntoIterator<Item = (&'a str, String)>) -> Vec<u8> {
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (path, text) in files {
        archive.start_file(path, options).expect("a path");
        archive.write_all(text.as_bytes()).expect("memory is written");
    }
    archive.finish().expect("memory is written").into_inner()
}

fn link(id: &str, kind: &str, target: &str) -> String {
    format!("<Relationship Id=\"{id}\" Type=\"{TYPE}/{kind}\" Target=\"{target}\"/>")
}

fn links(links: &[String]) -> String {
    format!("<Relationships xmlns=\"x\">{}</Relationships>", links.concat())
}

/// A workbook of one sheet called `Work`, with these rows, shared texts and formats.
fn book(rows: &str, strings: &str, styles: &str) -> Vec<u8> {
    let of_book = [
        link("rId1", "worksheet", "worksheets/sheet1.xml"),
        link("rId2", "sharedStrings", "/xl/sharedStrings.xml"),
        link("rId3", "styles", "styles.xml"),
    ];
    archive([
        ("_rels/.rels", links(&[link("rId1", "officeDocument", "xl/workbook.xml")])),
        ("xl/_rels/workbook.xml.rels", links(&of_book)),
        ("xl/workbook.xml", "<workbook><sheets><sheet name=\"Work\" r:id=\"rId1\"/></sheets></workbook>".into()),
        ("xl/worksheets/sheet1.xml", format!("<x:worksheet><x:sheetData>{rows}</x:sheetData></x:worksheet>")),
        ("xl/sharedStrings.xml", format!("<?xml version=\"1.0\"?><sst>{strings}</sst>")),
        ("xl/styles.xml", format!("<styleSheet>{styles}</styleSheet>")),
    ])
}

#[track_caller]
fn check(rows: &str, expected: &str) {
    let strings =
        "<si><t>shared &amp; &#66;</t></si><si><r><t>two\nlines</t></r><r><rPr><strike/></rPr><t>gone</t></r></si>";
    let styles = "<numFmts><numFmt numFmtId=\"164\" formatCode=\"dd/mm/yyyy hh:mm\"/></numFmts>\
        <cellStyleXfs><xf numFmtId=\"14\"/></cellStyleXfs>\
        <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/><xf numFmtId=\"164\"/></cellXfs>";
    let read = pages(&book(rows, strings, styles), &mut Budget::default());
    assert_eq!(read, Ok(vec![Page { name: "Work".into(), text: expected.into() }]), "{rows}");
}

#[test]
fn cells_keep_their_columns() {
    check("<row r=\"1\"><c r=\"B1\" t=\"s\"><v>0</v></c><c r=\"D1\"><v>2</v></c></row>", "\tshared & B\t\t2\n");
    check("<row><c><v>1</v></c><c/><c><v>3</v></c></row><row/><row><c/></row>", "1\t\t3\n");
    check("<row><c r=\"C1\"><v>3</v></c><c r=\"A1\"><v>1</v></c></row>", "1\t\t3\n");
    check("<row><c r=\"XFD1\"/><c r=\"A1\"><v>1</v></c></row>", "1\n");
}

#[test]
fn values_are_as_a_reader_sees_them() {
    check(
        "<row><c t=\"s\"><v>1</v></c><c t=\"s\"><v>99</v></c><c t=\"str\"><f>A&amp;B</f><v>sum</v></c></row>",
        "two\u{2028}lines\t\tsum\n",
    );
    check(
        "<row><c t=\"inlineStr\"><is><t>in</t><t>line</t></is></c><c t=\"b\"><v>1</v></c><c t=\"e\"><v>#N/A</v></c></row>",
        "inline\tTRUE\t#N/A\n",
    );
    check(
        "<row><c s=\"2\"><v>45747.583333333336</v></c><c s=\"1\"><v>45747</v></c><c s=\"9\"><v>7.0</v></c></row>",
        "2025-03-31 14:00:00\t2025-03-31\t7\n",
    );
    check("<row><c t=\"d\"><v>2025-03-31T14:00:00</v></c></row>", "2025-03-31 14:00:00\n");
}

#[test]
fn sheets_are_read_in_order_without_those_that_are_hidden() {
    let sheets = "<workbook><workbookPr date1904=\"1\"/><sheets><sheet name=\"B\" id=\"2\"/><sheet name=\"C\" state=\"hidden\" id=\"1\"/><sheet name=\"A\" id=\"1\"/></sheets></workbook>";
    let sheet = |text: &str| format!("<worksheet><row><c t=\"str\"><v>{text}</v></c></row></worksheet>");
    let bytes = archive([
        ("XL\\Workbook.xml", sheets.to_owned()),
        (
            "xl/_rels/workbook.xml.rels",
            links(&[link("1", "worksheet", "one.xml"), link("2", "worksheet", "../xl/two.xml")]),
        ),
        ("xl/one.xml", sheet("one")),
        ("xl/two.xml", sheet("two")),
    ]);
    let page = |name: &str, text: &str| Page { name: name.into(), text: format!("{text}\n") };
    assert_eq!(pages(&bytes, &mut Budget::default()), Ok(vec![page("B", "two"), page("A", "one")]));
}

#[track_caller]
fn check_beyond(bytes: &[u8], what: &str) {
    match pages(bytes, &mut Budget::default()) {
        Err(Trouble::Beyond(why)) => assert!(why.to_string().starts_with(what), "{why}"),
        other => panic!("{what}: {:?}", other.map(|pages| pages.len())),
    }
}

#[test]
fn a_workbook_beyond_the_limits_is_refused() {
    let row = "<row><c><v>1</v></c></row>";
    check_beyond(&book(&row.repeat(MAX_INFLATED_BYTES / row.len() + 1), "", ""), "what it unpacks to");
    check_beyond(&book("", &" ".repeat(MAX_INFLATED_BYTES), ""), "what it unpacks to");
    check_beyond(&book("", &"<si/>".repeat(MAX_CELLS + 1), ""), "a workbook's number of texts");
    check_beyond(&book("<row><c r=\"ALM1\"><v>1</v></c></row>", "", ""), "a row's number of columns");
    let shared = format!("<row>{}</row>", "<c t=\"s\"><v>0</v></c>".repeat(999));
    check_beyond(&book(&shared, &format!("<si><t>{}</t></si>", "a".repeat(100_000)), ""), "text of a sheet");
    check_beyond(&book(&"<row><c r=\"ALL1\"><v>1</v></c></row>".repeat(20_000), "", ""), "text of a sheet");
    let names: Vec<String> = (0..=MAX_FILES).map(|n| format!("f{n}")).collect();
    check_beyond(&archive(names.iter().map(|name| (name.as_str(), String::new()))), "a workbook's number of files");
    let sheets = format!("<workbook>{}</workbook>", "<sheet name=\"a\" id=\"1\"/>".repeat(3));
    let row = format!("<worksheet><row><c t=\"str\"><v>{}</v></c></row></worksheet>", "a".repeat(4_000_000));
    let linked = links(&[link("1", "worksheet", "one.xml")]);
    let files = [("xl/workbook.xml", sheets), ("xl/_rels/workbook.xml.rels", linked), ("xl/one.xml", row)];
    check_beyond(&archive(files), "text of a workbook");
    let many = links(&vec![link("1", "a", "b"); MAX_FILES + 1]);
    check_beyond(&archive([("_rels/.rels", many)]), "a workbook's number of links");
    let sheets = format!("<workbook>{}</workbook>", "<sheet name=\"a\" id=\"1\"/>".repeat(MAX_SHEETS + 1));
    check_beyond(&archive([("xl/workbook.xml", sheets)]), "a workbook's number of sheets");
}

#[test]
fn fonts_and_formats_are_not_multiplied() {
    let styles = format!(
        "<fonts><font><name val=\"{}\"/></font></fonts><cellXfs>{}</cellXfs>",
        "a".repeat(200_000),
        "<xf/>".repeat(200_000)
    );
    let read = pages(&book("<row><c s=\"199999\"><v>1</v></c></row>", "", &styles), &mut Budget::default());
    assert_eq!(read, Ok(vec![Page { name: "Work".into(), text: "1\n".into() }]));
}

#[test]
fn what_is_no_workbook_is_broken_and_nothing_worse() {
    let whole = book("<row><c><v>1</v></c></row>", "", "");
    let broken = |bytes: &[u8]| matches!(pages(bytes, &mut Budget::default()), Err(Trouble::Broken(_)));
    assert!(broken(b""));
    assert!(broken(b"PK\x03\x04"));
    assert!(broken(&whole[..whole.len() / 2]));
    assert!(broken(&archive([("a", String::new())])));
    assert!(broken(&archive([("xl/workbook.xml", "<workbook><sheets></workbook>".into())])));
    // Every byte changed once: whatever comes of it, it comes at once.
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        let _ = pages(&bytes, &mut Budget::default());
    }
    // A file whose entry claims to be 4 GB long.
    let mut claims = whole.clone();
    let list = whole.windows(4).position(|window| window == LIST_ENTRY).expect("an archive has a list");
    claims[list + 24..list + 28].fill(0xfe);
    let _ = pages(&claims, &mut Budget::default());
}
