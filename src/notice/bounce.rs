//! Reports about mail of ours that could not be delivered (RFC 3464): which mail, to whom, and why.

use mail_parser::{MessageParser, MimeHeaders as _};

/// Bytes of a part that are looked at: reports are short, and a returned mail's headers stand at its beginning.
const MAX_PART_BYTES: usize = 64 * 1024;

/// What a report says of a mail of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BounceReport {
    /// Details of the addresses that the report came to, `msg-…` of `bounces+msg-…@noc.example` (VERP).
    pub details: Vec<String>,
    /// The Message-ID of the mail that came back, without angle brackets.
    pub message_id: Option<String>,
    /// Whom it could not be delivered to, as the reporter writes it.
    pub recipient: String,
    /// The status, such as `5.1.1` (RFC 3463).
    pub status: String,
    /// What the server said, where the report tells it.
    pub diagnostic: Option<String>,
}

impl BounceReport {
    /// Reads a report that a delivery failed; none when the mail is another one, or reports something else (a delay, a
    /// delivery).
    #[must_use]
    pub fn read(raw: &[u8]) -> Option<Self> {
        let message = MessageParser::default().parse(raw)?;
        let body = |part: &mail_parser::MessagePart<'_>| {
            let (start, end) = (part.offset_body as usize, part.offset_end as usize);
            let bytes = message.raw_message.get(start..end.min(start + MAX_PART_BYTES)).unwrap_or_default();
            String::from_utf8_lossy(bytes).into_owned()
        };
        let of_type = |main: &str, subs: &[&str]| {
            message.parts.iter().find(|part| {
                part.content_type().is_some_and(|kind| {
                    let sub = kind.subtype().unwrap_or_default().to_lowercase();
                    kind.ctype().eq_ignore_ascii_case(main) && subs.contains(&sub.as_str())
                })
            })
        };
        let status = body(of_type("message", &["delivery-status", "global-delivery-status"])?);
        let fields = fields(&status);
        let field = |name: &str| fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.clone());
        if !field("action")?.eq_ignore_ascii_case("failed") {
            return None;
        }
        let returned = of_type("message", &["rfc822", "global", "rfc822-headers", "global-headers"])
            .or_else(|| of_type("text", &["rfc822-headers"]));
        let message_id = returned.and_then(|part| {
            let fields = self::fields(&body(part));
            let id = fields.into_iter().find(|(name, _)| name == "message-id")?.1;
            Some(id.trim().trim_matches(['<', '>']).to_owned())
        });
        let head = String::from_utf8_lossy(&raw[..raw.len().min(MAX_PART_BYTES)]).into_owned();
        let came_to = ["to", "delivered-to", "x-original-to", "envelope-to"];
        let head = self::fields(head.split("\r\n\r\n").next().and_then(|head| head.split("\n\n").next())?);
        let details = head.iter().filter(|(name, _)| came_to.contains(&name.as_str()));
        Some(Self {
            details: details.filter_map(|(_, address)| detail(address)).collect(),
            message_id,
            recipient: field("final-recipient").map_or_else(String::new, |value| after_type(&value)),
            status: field("status").unwrap_or_default(),
            diagnostic: field("diagnostic-code").map(|value| after_type(&value)),
        })
    }

    /// Whether it will not be otherwise the next time (RFC 3463, section 3.1).
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.status.starts_with("5.")
    }
}

/// `Name: value` of each field, names in lower case, folded lines joined.
fn fields(text: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in text.lines() {
        if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = fields.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            fields.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
    }
    fields
}

/// `rfc822; a@b` without the type.
fn after_type(value: &str) -> String {
    value.split_once(';').map_or(value, |(_, value)| value).trim().to_owned()
}

/// What stands between the `+` and the `@` of an address.
fn detail(address: &str) -> Option<String> {
    let local = address.rsplit_once('@')?.0;
    Some(local.rsplit_once('+')?.1.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(to: &str, action: &str, status: &str, returned: &str) -> String {
        format!(
            "From: MAILER-DAEMON@relay.test\r\nTo: {to}\r\nSubject: Undelivered\r\nMIME-Version: 1.0\r\n\
             Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\n\
             Content-Type: text/plain\r\n\r\nIt could not be delivered.\r\n--b\r\n\
             Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; relay.test\r\n\r\n\
             Final-Recipient: rfc822; ops@customer.test\r\nAction: {action}\r\nStatus: {status}\r\n\
             Diagnostic-Code: smtp; 550 5.1.1 no\r\n such user\r\n\r\n--b\r\n{returned}--b--\r\n"
        )
    }

    const RETURNED: &str =
        "Content-Type: message/rfc822\r\n\r\nMessage-ID:\r\n <k1@noc.test>\r\nSubject: Works\r\n\r\nx\r\n";
    const HEADERS: &str = "Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: <k2@noc.test>\r\n\r\n";

    #[track_caller]
    fn check(raw: &str, expected: Option<(&[&str], Option<&str>, &str)>) {
        let read = BounceReport::read(raw.as_bytes());
        let got = read.as_ref().map(|report| {
            let details: Vec<&str> = report.details.iter().map(String::as_str).collect();
            (details, report.message_id.as_deref(), report.status.as_str())
        });
        assert_eq!(got, expected.map(|(details, id, status)| (details.to_vec(), id, status)), "{raw}");
    }

    #[test]
    fn a_report_names_its_mail_in_one_way_or_another() {
        let verp = "<bounces+msg-0123456789ab@noc.test>";
        check(&report(verp, "failed", "5.1.1", RETURNED), Some((&["msg-0123456789ab"], Some("k1@noc.test"), "5.1.1")));
        check(&report("noc@noc.test", "Failed", "5.1.1", HEADERS), Some((&[], Some("k2@noc.test"), "5.1.1")));
        check(&report("noc@noc.test", "failed", "4.4.7", ""), Some((&[], None, "4.4.7")));
        check(&report(verp, "delayed", "4.4.1", RETURNED), None);
        check(&report(verp, "delivered", "2.0.0", RETURNED), None);
        check("Subject: no report\r\n\r\nbody\r\n", None);
        check("", None);
    }

    #[test]
    fn what_the_server_said_is_kept() {
        let read =
            BounceReport::read(report("noc@noc.test", "failed", "5.1.1", RETURNED).as_bytes()).expect("a report");
        assert_eq!(read.recipient, "ops@customer.test");
        assert_eq!(read.diagnostic.as_deref(), Some("550 5.1.1 no such user"));
        assert!(read.is_permanent());
    }
}
