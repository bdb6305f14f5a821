//! Mail addresses: `local@domain` and nothing that could become a second header or a second recipient.

use crate::written::Refusal;

/// Longest local part, in bytes (RFC 5321 section 4.5.3.1.1).
const MAX_LOCAL_BYTES: usize = 64;
/// Longest domain, in bytes (RFC 5321 section 4.5.3.1.2: 255 with its wire format, 253 as text).
const MAX_DOMAIN_BYTES: usize = 253;
/// Longest label of a domain, in bytes (RFC 1035 section 2.3.4).
const MAX_LABEL_BYTES: usize = 63;

/// The address, checked: a dot-atom (RFC 5322 section 3.2.3), `@` and a domain name in ASCII. Quoted local parts,
/// comments, address literals and display names are refused: no customer has them, and each has let a header through.
pub(super) fn address(text: &str) -> Result<String, Refusal> {
    let refuse = |why: &str, help: Option<&str>| {
        let message = format!("`{}` is no usable address: {why}", text.escape_debug());
        Err(Refusal { message, help: help.map(str::to_owned) })
    };
    if text.chars().any(char::is_control) {
        return refuse("it holds a control character", Some("an address is one line: `local@domain`"));
    }
    let Some((local, domain)) = text.split_once('@') else {
        return refuse("it has no `@`", Some("write it as `local@domain`"));
    };
    if !is_dot_atom(local) {
        let help = "before the `@` stand letters, digits and !#$%&'*+-/=?^_`{|}~, with single dots between";
        return refuse("the part before the `@` cannot be written in a mail header", Some(help));
    }
    if !domain.is_ascii() {
        return refuse("its domain is not ASCII", Some("write the domain in its ASCII form, `xn--…`"));
    }
    if domain.len() > MAX_DOMAIN_BYTES || !domain.split('.').all(is_label) {
        let help = "after the `@` stands a domain name such as `mail.customer.example`, and nothing else";
        return refuse("the part after the `@` is no domain name", Some(help));
    }
    Ok(text.to_owned())
}

fn is_dot_atom(local: &str) -> bool {
    let is_atom_char = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    local.len() <= MAX_LOCAL_BYTES && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(is_atom_char))
}

fn is_label(label: &str) -> bool {
    (1..=MAX_LABEL_BYTES).contains(&label.len())
        && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, usable: Result<(), &str>) {
        let got = address(text).map(drop).map_err(|refusal| refusal.message);
        assert_eq!(got, usable.map_err(|why| format!("`{}` is no usable address: {why}", text.escape_debug())));
    }

    #[test]
    fn an_address_is_local_at_domain_and_nothing_else() {
        let local = Err("the part before the `@` cannot be written in a mail header");
        let domain = Err("the part after the `@` is no domain name");
        check("ops@customer.example", Ok(()));
        check("o'neil+noc@mail.customer.example", Ok(()));
        check("root@localhost", Ok(()));
        check("ops", Err("it has no `@`"));
        check("@customer.example", local);
        check("a..b@customer.example", local);
        check("Ops <ops@customer.example>", local);
        check("\"a b\"@customer.example", local);
        check("a,b@customer.example", local);
        check(&format!("{}@customer.example", "x".repeat(65)), local);
        check("ops@", domain);
        check("ops@customer..example", domain);
        check("ops@-customer.example", domain);
        check("ops@customer.example, x@y.example", domain);
        check("ops@[192.0.2.1]", domain);
        check(&format!("ops@{}.example", "x".repeat(64)), domain);
        check("ops@bücher.example", Err("its domain is not ASCII"));
        check("ops@customer.example\r\nBcc: x@y.example", Err("it holds a control character"));
    }
}
