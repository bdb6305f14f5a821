//! The tags and the text of an XML file of a workbook, without a tree and without entities of its own.

use quick_xml::events::attributes::Attributes;
use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::Trouble;

/// A tag or words, in the order of the file.
pub(super) enum Node<'a> {
    /// The start of an element, by its name without prefix.
    Start(&'a str, Fields<'a>),
    /// Its end, also of one that is empty.
    End(&'a str),
    /// Words within it.
    Text(&'a str),
}

/// The attributes of an element.
pub(super) struct Fields<'a>(&'a BytesStart<'a>);

impl Fields<'_> {
    /// An attribute's value by its name without prefix.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let mut attributes: Attributes<'_> = self.0.attributes();
        // Looking for doubles compares each attribute with all before it.
        let found = attributes.with_checks(false).flatten().find(|found| found.key.local_name().as_ref() == name)?;
        Some(found.normalized_value(XmlVersion::Implicit1_0).ok()?.into_owned())
    }
}

/// Walks through a file from its start to its end.
pub(super) fn walk(xml: &str, mut step: impl FnMut(Node<'_>) -> Result<(), Trouble>) -> Result<(), Trouble> {
    let broken = |error: quick_xml::Error| Trouble::Broken(error.to_string());
    let mut reader = Reader::from_str(xml);
    loop {
        match reader.read_event().map_err(broken)? {
            Event::Start(tag) => step(Node::Start(tag.local_name().as_ref(), Fields(&tag)))?,
            Event::Empty(tag) => {
                step(Node::Start(tag.local_name().as_ref(), Fields(&tag)))?;
                step(Node::End(tag.local_name().as_ref()))?;
            }
            Event::End(tag) => step(Node::End(tag.local_name().as_ref()))?,
            Event::Text(text) => step(Node::Text(&text.xml10_content()))?,
            Event::CData(text) => step(Node::Text(&text))?,
            Event::GeneralRef(entity) => {
                let letter = match &*entity {
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "amp" => Some('&'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => entity.resolve_char_ref().map_err(broken)?,
                };
                step(Node::Text(letter.unwrap_or('\u{fffd}').encode_utf8(&mut [0; 4])))?;
            }
            Event::Eof => return Ok(()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::DocType(_) => {}
        }
    }
}
