//! What the user's own mail server found out about signatures when the mail came in: `Authentication-Results` (RFC 8601).
//!
//! Anybody can write such a field. It counts only with the name of a server that the user trusts to put one on every mail
//! and to take away what bears its name, only the topmost, and only above all that other servers wrote.

use super::fields::Fields;
use crate::notice::is_within;

/// Longest field read: one with ten results has some 2 KiB.
const MAX_BYTES: usize = 16 * 1024;

/// What a server says of the signatures of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Said {
    /// The server's name.
    pub(super) server: String,
    /// `pass`, `fail`, `temperror` and others, in lower case.
    pub(super) result: String,
    /// Lower case.
    pub(super) domain: String,
    /// Where it names one, in lower case.
    pub(super) selector: Option<String>,
}

/// What the topmost trusted server says of DKIM.
pub(super) fn trusted(fields: &Fields<'_>, servers: &[String]) -> Vec<Said> {
    let is_ours = |name: &str| servers.iter().any(|server| is_within(name, server));
    for field in fields.iter().filter(|_| !servers.is_empty()) {
        let text = || String::from_utf8_lossy(&field.value[..field.value.len().min(MAX_BYTES)]);
        if field.name.eq_ignore_ascii_case(b"received") {
            if !written_by(&text()).is_some_and(|name| is_ours(&name)) {
                return Vec::new();
            }
        } else if field.name.eq_ignore_ascii_case(b"authentication-results") {
            let (name, said) = read(&text());
            if servers.iter().any(|server| server.eq_ignore_ascii_case(&name)) {
                return said;
            }
        }
    }
    Vec::new()
}

/// The server that wrote a `Received`.
fn written_by(value: &str) -> Option<String> {
    let plain = without_comments(value);
    let mut words = plain.split(|c: char| c.is_whitespace() || c == ';').filter(|word| !word.is_empty());
    words.by_ref().find(|word| word.eq_ignore_ascii_case("by"))?;
    words.next().map(str::to_owned)
}

/// The server's name, and what it says of DKIM.
fn read(value: &str) -> (String, Vec<Said>) {
    let plain = without_comments(value);
    let mut parts = plain.split(';');
    // A version may stand behind the name.
    let name = parts.next().and_then(|first| first.split_whitespace().next()).unwrap_or_default();
    let said = parts.filter_map(|part| {
        let words = properties(part);
        let (method, result) = words.first()?;
        let is_dkim = method.split('/').next()?.trim().eq_ignore_ascii_case("dkim");
        let property =
            |name: &str| words.iter().find(|(known, _)| known == name).map(|(_, value)| value.to_lowercase());
        let identity = || property("header.i").and_then(|i| i.rsplit_once('@').map(|(_, domain)| domain.to_owned()));
        let domain = property("header.d").or_else(identity).filter(|_| is_dkim)?;
        let (server, result, selector) = (name.to_owned(), result.to_lowercase(), property("header.s"));
        Some(Said { server, result, domain, selector })
    });
    (name.to_owned(), said.collect())
}

/// `a=b c = d` as pairs, the names in lower case.
fn properties(part: &str) -> Vec<(String, String)> {
    let mut joined = part.split_whitespace().collect::<Vec<_>>().join(" ");
    for apart in [" =", "= "] {
        joined = joined.replace(apart, "=");
    }
    let pairs = joined.split(' ').filter_map(|pair| pair.split_once('='));
    pairs.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect()
}

/// The text without its comments, and with nothing in its quotes: results stand outside of them, and reasons, which may
/// hold a stranger's words, inside.
fn without_comments(value: &str) -> String {
    let mut out = String::with_capacity(value.len());
    let (mut depth, mut quoted) = (0_usize, false);
    let mut letters = value.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' if quoted || depth > 0 => drop(letters.next()),
            '"' if depth == 0 => {
                quoted = !quoted;
                out.push('_');
            }
            '(' if !quoted => depth += 1,
            ')' if !quoted && depth > 0 => {
                depth -= 1;
                out.push(' ');
            }
            _ if quoted || depth > 0 => {}
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(header: &str, expected: &[(&str, &str, Option<&str>)]) {
        let mail = format!("{header}\r\n\r\n");
        let said = trusted(&Fields::split(mail.as_bytes()), &["mx.us.example".to_owned()]);
        let found: Vec<_> =
            said.iter().map(|s| (s.result.as_str(), s.domain.as_str(), s.selector.as_deref())).collect();
        assert_eq!(found, expected, "{header}");
    }

    #[test]
    fn results_of_a_trusted_server_are_read() {
        check(
            "Authentication-Results: mx.us.example; dkim=pass header.d=dc.example header.s=s1",
            &[("pass", "dc.example", Some("s1"))],
        );
        check(
            "AUTHENTICATION-RESULTS: MX.us.example 1;\r\n\tspf=pass smtp.mailfrom=other.example;\r\n\t\
             dkim = pass (2048 bits; signed \\) by x) reason=\"fine; dkim=pass header.d=evil.example\" \
             header.i=@DC.example header.b=abc=; dkim=fail header.d=b.example; arc=none",
            &[("pass", "dc.example", None), ("fail", "b.example", None)],
        );
        check("Authentication-Results: mx.us.example; none", &[]);
    }

    #[test]
    fn results_of_strangers_are_not() {
        let pass = |server: &str| format!("Authentication-Results: {server}; dkim=pass header.d=dc.example");
        let found = [("pass", "dc.example", None)];
        let own = "Received: from a.example (by evil) by mx.us.example; Mon, 2 Nov 2026 09:00:00 +0000";
        let foreign = "Received: from a.example by b.example; Mon, 2 Nov 2026 09:00:00 +0000";
        check(&pass("mx.them.example"), &[]);
        check(&pass("mx.us.example.them.example"), &[]);
        check(&format!("{own}\r\n{}", pass("mx.us.example")), &found);
        check(&format!("{own}\r\n{}\r\n{foreign}", pass("mx.us.example")), &found);
        check(&format!("{foreign}\r\n{}", pass("mx.us.example")), &[]);
        check(&format!("Received: nonsense\r\n{}", pass("mx.us.example")), &[]);
        // The server's own stands above one that was sent along under its name.
        let none = "Authentication-Results: mx.us.example; dkim=none";
        check(&format!("{none}\r\n{}", pass("mx.us.example")), &[]);
    }
}
