//! Mails that ask for no more mail.

use mail_parser::{HeaderName, MessageParser};

/// Whether a mail is what a mail program sends for our `List-Unsubscribe`: to this address, with the subject that the header
/// asks for.
#[must_use]
pub fn asks_to_unsubscribe(raw: &[u8], address: &str) -> bool {
    let Some(message) = MessageParser::default().parse_headers(raw) else { return false };
    let to = [HeaderName::To, HeaderName::Cc].into_iter().filter_map(|name| message.header(name)?.as_address());
    let is_to = to.flat_map(mail_parser::Address::iter).filter_map(|to| to.address()).any(|to| {
        // As the address stands in the header's `mailto`, or with a detail behind a plus sign.
        let (local, domain) = to.rsplit_once('@').unwrap_or((to, ""));
        let plain = format!("{}@{domain}", local.split('+').next().unwrap_or_default());
        to.eq_ignore_ascii_case(address) || plain.eq_ignore_ascii_case(address)
    });
    is_to && message.subject().is_some_and(|subject| subject.trim().eq_ignore_ascii_case("unsubscribe"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asks(to: &str, subject: &str) -> bool {
        let mail = format!("From: a@b.example\r\nTo: {to}\r\nSubject: {subject}\r\n\r\nunsubscribe\r\n");
        asks_to_unsubscribe(mail.as_bytes(), "leave@isp.example")
    }

    #[test]
    fn what_the_header_asks_for_is_recognised() {
        assert!(asks("leave@isp.example", "unsubscribe"));
        assert!(asks("x@isp.example, Leave <LEAVE@isp.example>", " Unsubscribe "));
        assert!(asks("leave+msg-1@isp.example", "unsubscribe"));
        assert!(!asks("noc@isp.example", "unsubscribe"));
        assert!(!asks("leave@isp.example", "Re: Maintenance announced"));
        assert!(!asks("leave@isp.example", "unsubscribe me from the maintenance"));
    }
}
