//! Who signed a notice, and what becomes of one that its vendor did not sign, through the program.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::net::UdpSocket;
use std::process::{Command, Stdio};
use std::sync::{Arc, LazyLock, Mutex};

use mail_auth::common::crypto::Ed25519Key;
use mail_auth::common::headers::HeaderWriter as _;
use mail_auth::dkim::DkimSigner;
use serde_json::Value;

use crate::cli::{Place, Ran};

const INVENTORY: &str = r#"
[[vendor]]
id = "carrier"
name = "Carrier"
zone = "UTC"

[[asset]]
id = "line-1"
kind = "circuit"
vendor = "carrier"
"#;

const PROFILE: &str = r#"
version = 1
vendor = "carrier"
name = "Carrier"

[[recognise]]
domains = ["carrier.example"]

[zone]
default = "UTC"

[dates]
moments = ["%Y-%m-%d %H:%M"]

[[label]]
field = "reference"
names = ["Ticket"]

[[label]]
field = "start"
names = ["Start"]

[[label]]
field = "end"
names = ["End"]

[[label]]
field = "objects"
names = ["Lines"]

[terms]
contacts = ["noc@carrier.example"]
"#;

const KEY: &str = "s1._domainkey.carrier.example";

/// A private key, and the record that publishes the other half.
static PAIR: LazyLock<(Vec<u8>, String)> = LazyLock::new(|| {
    let private = Ed25519Key::generate_pkcs8().expect("a key");
    let public = Ed25519Key::from_pkcs8_der(&private).expect("a key").public_key();
    let mut child = Command::new("openssl")
        .args(["base64", "-A"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("openssl is installed");
    child.stdin.take().expect("piped").write_all(&public).expect("openssl reads");
    let letters = child.wait_with_output().expect("openssl ends").stdout;
    (private, format!("v=DKIM1; k=ed25519; p={}", String::from_utf8(letters).expect("letters")))
});

/// A mail of the carrier that announces a window on a day of March 2017.
fn mail(id: &str, day: u32) -> String {
    format!(
        "From: noc@carrier.example\r\nTo: us@hoster.example\r\nDate: Fri, 10 Mar 2017 09:00:00 +0000\r\n\
         Message-ID: <{id}@carrier.example>\r\nSubject: maintenance\r\n\r\n\
         Ticket: T-{id}\r\nStart: 2017-03-{day} 01:00\r\nEnd: 2017-03-{day} 05:00\r\nLines: line-1\r\n"
    )
}

fn signed_by(domain: &str, mail: &str) -> String {
    let key = Ed25519Key::from_pkcs8_der(&PAIR.0).expect("a key");
    let names = ["From", "To", "Date", "Message-ID", "Subject"];
    let signature = DkimSigner::from_key(key).domain(domain).selector("s1").headers(names).sign(mail.as_bytes());
    format!("{}{mail}", signature.expect("it is signed").to_header())
}

fn signed(mail: &str) -> String {
    signed_by("carrier.example", mail)
}

/// With the inventory applied, a profile and what the configuration says of signatures; keys lie in `keys.toml`.
fn place(profile: &str, authentication: &str) -> Place {
    let place = Place::new();
    place.write("inventory/all.toml", INVENTORY);
    place.write("data/config.toml", authentication);
    place.write("data/keys.toml", format!("\"{KEY}\" = \"{}\"\n", PAIR.1));
    place.write("data/vendors/carrier/profile.toml", profile);
    place.run(&["apply", "inventory"]).ends(0);
    place
}

const REQUIRED: &str =
    "[authentication]\nkeys = \"keys.toml\"\n\n[[authentication.vendor]]\nid = \"carrier\"\nsignature = \"required\"\n";

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.text()).expect("JSON")
}

/// The starts of the windows that count.
fn windows(place: &Place) -> Vec<String> {
    place
        .rows(&["list", "windows"])
        .iter()
        .map(|row| row["start"].as_str().expect("a start")[..10].to_owned())
        .collect()
}

fn waiting(place: &Place) -> Vec<String> {
    place.rows(&["review", "list"]).iter().map(|row| row["notice"].as_str().expect("an id").to_owned()).collect()
}

const UNPROVED: &str = "its signature does not prove that the vendor sent it";

#[test]
fn a_signed_notice_counts_and_keeps_who_signed_it() {
    let place = place(PROFILE, REQUIRED);
    place.write("a.eml", signed(&mail("1", 20)));
    let imported = json(&place.run(&["import", "-o", "json", "a.eml"]).ends(0));
    let good = serde_json::json!({
        "domain": "carrier.example", "selector": "s1", "outcome": "pass", "by": "us"
    });
    let found = &imported["imported"][0];
    assert_eq!(found["authentication"]["signatures"], serde_json::json!([good]));
    assert_eq!((windows(&place), waiting(&place).len()), (vec!["2017-03-20".to_owned()], 0));
    let id = found["notice"].as_str().expect("an id");
    let line = "  signature of carrier.example (key s1): good, verified by us\n";
    place.run(&["show", id]).ends(0).says(line);
    place.run(&["review", "show", id]).ends(0).says("who signed it:\n").says(line);
    assert_eq!(json(&place.run(&["show", "-o", "json", id]))["notice"]["authentication"]["signatures"][0], good);
}

#[test]
fn one_that_is_not_signed_as_required_has_no_effect_before_a_person_lets_it() {
    for (changed, why) in [
        (mail("1", 20), ""),
        (signed(&mail("1", 20)).replace("03-20", "03-21"), "bad: the body is not the one that was signed"),
        (signed_by("other.example", &mail("1", 20)), "not verified: nobody declares that domain"),
        (signed(&mail("1", 20)).replacen("s=s1", "s=s2", 1), "not verified: the DNS is not asked"),
    ] {
        let place = place(PROFILE, REQUIRED);
        place.write("a.eml", changed);
        place.run(&["import", "a.eml"]).ends(1).says(&format!("to review: {UNPROVED}\n"));
        assert_eq!(windows(&place), [""; 0], "{why}");
        let [id] = waiting(&place).try_into().expect("one waits");
        place.run(&["review", "show", &id]).ends(0).says(why).says("whom to ask: noc@carrier.example\n");
        place.run(&["review", "accept", &id]).ends(0);
        assert_eq!((windows(&place).len(), waiting(&place).len()), (1, 0), "{why}");
    }
}

#[test]
fn the_configuration_goes_before_the_profile() {
    let required = format!("{PROFILE}signature = \"required\"\n");
    let evidence = "[[authentication.vendor]]\nid = \"carrier\"\nsignature = \"evidence\"\n";
    for (profile, config, counts) in
        [(PROFILE, "", true), (&required, "", false), (&required, evidence, true), (PROFILE, REQUIRED, false)]
    {
        let place = place(profile, config);
        place.write("a.eml", mail("1", 20));
        place.run(&["import", "a.eml"]).ends(i32::from(!counts));
        assert_eq!(windows(&place).len(), usize::from(counts), "{config}");
    }
    // Domains too: the key is that of another domain, which only the configuration names.
    let own = format!("{REQUIRED}dkim_domains = [\"relay.example\"]\n");
    let place = place(PROFILE, &own);
    place.write("data/keys.toml", format!("\"s1._domainkey.relay.example\" = \"{}\"\n", PAIR.1));
    place.write("a.eml", signed_by("relay.example", &mail("1", 20)));
    place.run(&["import", "a.eml"]).ends(0);
    place.write("b.eml", signed(&mail("2", 21)));
    place.run(&["import", "b.eml"]).ends(1);
}

/// A resolver that knows some names, fails for others, and remembers what it was asked.
struct Resolver {
    address: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Resolver {
    fn new(records: BTreeMap<String, String>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        let address = socket.local_addr().expect("an address").to_string();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            let mut bytes = [0; 512];
            while let Ok((length, from)) = socket.recv_from(&mut bytes) {
                let (answer, name) = answer(&bytes[..length], &records);
                heard.lock().expect("nobody fell").push(name);
                socket.send_to(&answer, from).expect("it is sent");
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().expect("nobody fell"))
    }
}

/// The answer to a question, and the name asked for; a name that begins with `fail` fails.
fn answer(question: &[u8], records: &BTreeMap<String, String>) -> (Vec<u8>, String) {
    let (mut at, mut labels) = (12, Vec::new());
    while question[at] != 0 {
        let length = usize::from(question[at]);
        labels.push(String::from_utf8_lossy(&question[at + 1..=at + length]).into_owned());
        at += length + 1;
    }
    let name = labels.join(".");
    let record = records.get(&name);
    let code = if name.starts_with("fail") { 2 } else { u8::from(record.is_none()) * 3 };
    let mut out = [&question[..2], &[0x81, 0x80 | code, 0, 1, 0, u8::from(record.is_some()), 0, 0, 0, 0]].concat();
    out.extend(&question[12..at + 5]);
    if let Some(record) = record {
        let length = u8::try_from(record.len()).expect("a short record");
        out.extend([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, length + 1, length]);
        out.extend(record.bytes());
    }
    (out, name)
}

#[test]
fn the_dns_is_asked_once_a_key_for_declared_domains_and_where_it_may_be() {
    let resolver = Resolver::new(BTreeMap::from([(KEY.to_owned(), PAIR.1.clone())]));
    let config = format!("[authentication]\ndns = true\nnameserver = \"{}\"\n", resolver.address);
    let place = place(PROFILE, &config);
    place.write("mails/1.eml", signed(&mail("1", 20)));
    place.write("mails/2.eml", signed(&mail("2", 21)));
    place.write("mails/3.eml", signed_by("other.example", &mail("3", 22)));
    place.write("mails/4.eml", signed(&mail("4", 23)).replace("03-23", "03-24"));

    let outcomes = |ran: &Ran, key: &str| -> Vec<String> {
        let signatures = json(ran);
        let of = |row: &Value| row["authentication"]["signatures"][0]["outcome"].as_str().expect("one").to_owned();
        signatures[key].as_array().expect("rows").iter().map(of).collect()
    };
    let unasked = ["not_looked_up", "not_looked_up", "not_looked_up", "fail"];
    let asked = ["pass", "pass", "not_looked_up", "fail"];
    let dry = ["import", "--dry-run", "-o", "json", "mails"];
    assert_eq!(outcomes(&place.run(&dry).ends(0), "notices"), unasked);
    assert_eq!(resolver.asked(), [""; 0]);
    assert_eq!(outcomes(&place.run(&["import", "--dry-run", "--look-up", "-o", "json", "mails"]), "notices"), asked);
    assert_eq!(resolver.asked(), [KEY]);
    assert_eq!(outcomes(&place.run(&["import", "-o", "json", "mails"]).ends(0), "imported"), asked);
    assert_eq!(resolver.asked(), [KEY]);
    place.write("data/config.toml", "");
    place.write("more/5.eml", signed(&mail("5", 25)));
    assert_eq!(outcomes(&place.run(&["import", "-o", "json", "more"]), "imported"), ["not_looked_up"]);
    assert_eq!(resolver.asked(), [""; 0]);
}

#[test]
fn a_key_that_is_missing_and_a_resolver_that_fails_are_told_apart() {
    let resolver = Resolver::new(BTreeMap::new());
    let unused = UdpSocket::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").to_string();
    for (selector, address, expected) in [
        ("s1", &resolver.address, "not verified: the domain has no such key\n".to_owned()),
        ("fail1", &resolver.address, format!("not verified: the resolver {} failed (code 2)\n", resolver.address)),
        ("s1", &unused, format!("not verified: the resolver {unused} did not answer: ")),
    ] {
        let config = format!("[authentication]\ndns = true\nnameserver = \"{address}\"\n");
        let place = place(&format!("{PROFILE}signature = \"required\"\n"), &config);
        place.write("a.eml", signed(&mail("1", 20)).replacen("s=s1", &format!("s={selector}"), 1));
        place.run(&["import", "a.eml"]).ends(1).says(UNPROVED);
        let [id] = waiting(&place).try_into().expect("one waits");
        place.run(&["review", "show", &id]).ends(0).says(&expected);
    }
}

#[test]
fn a_vendor_is_recognised_by_its_signature() {
    let by_signature = PROFILE
        .replace("domains = [\"carrier.example\"]", "signed = true")
        .replace("[terms]", "[terms]\ndkim_domains = [\"carrier.example\"]");
    let place = place(&by_signature, "[authentication]\nkeys = \"keys.toml\"\n");
    let other = |mail: String| mail.replace("noc@carrier.example", "tickets@platform.example");
    place.write("a.eml", other(mail("1", 20)));
    place.run(&["import", "--dry-run", "a.eml"]).ends(1);
    place.write("b.eml", signed(&other(mail("1", 20))));
    place.run(&["import", "b.eml"]).ends(0);
    assert_eq!(windows(&place), ["2017-03-20"]);
    // Read again without the key at hand, it is still the carrier's.
    place.write("data/keys.toml", "");
    place.run(&["replay"]).ends(0).says("read 1 notice: 0 read otherwise than before\n");
}

#[test]
fn a_forgery_that_came_first_does_not_keep_out_the_vendors_mail() {
    let place = place(PROFILE, REQUIRED);
    place.write("a.eml", mail("1", 20));
    place.run(&["import", "a.eml"]).ends(1);
    place.write("b.eml", signed(&mail("1", 20)));
    place.run(&["import", "b.eml"]).ends(0);
    assert_eq!((windows(&place), waiting(&place).len()), (vec!["2017-03-20".to_owned()], 1));
    // A copy without a signature is one of them again.
    place.write("c.eml", format!("X-Copy: 1\r\n{}", mail("1", 20)));
    place.run(&["import", "c.eml"]).says("c.eml: known already as ");
    assert_eq!(windows(&place), ["2017-03-20"]);
}

/// A mail of a colleague with a message attached, and what else stands in that message's header.
fn attached(mail: &str) -> String {
    format!(
        "From: ada@hoster.example\r\nTo: us@hoster.example\r\nDate: Fri, 10 Mar 2017 10:00:00 +0000\r\n\
         Message-ID: <fwd@hoster.example>\r\nSubject: Fwd: maintenance\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n--=_b\r\nContent-Type: text/plain\r\n\r\nsee below\r\n\
         --=_b\r\nContent-Type: message/rfc822\r\n\r\n{mail}\r\n--=_b--\r\n"
    )
}

#[test]
fn what_is_passed_on_is_verified_by_its_own_bytes() {
    let config = REQUIRED.replace("keys =", "trusted_servers = [\"mx.hoster.example\"]\nkeys =");
    let forged = "Authentication-Results: mx.hoster.example; dkim=pass header.d=carrier.example\r\n";
    let stamped = format!("{forged}{}", signed(&mail("1", 20)).replacen("s=s1", "s=s2", 1));
    let inline = mail("1", 20)
        .replace("From: noc@carrier", "From: ada@hoster")
        .replace("Subject: ", "Subject: Fwd: ")
        .replace("Ticket:", "-----Original Message-----\r\nFrom: noc@carrier.example\r\n\r\nTicket:");
    for (mail, counts) in [
        (attached(&signed(&mail("1", 20))), true),
        (attached(&signed(&mail("1", 20)).replace("03-20", "03-21")), false),
        (stamped.clone(), true),
        (attached(&stamped), false),
        (signed_by("hoster.example", &inline), false),
    ] {
        let place = place(PROFILE, &config);
        place.write("a.eml", &mail);
        place.run(&["import", "a.eml"]).ends(i32::from(!counts));
        assert_eq!(
            (windows(&place).len(), waiting(&place).len()),
            (usize::from(counts), usize::from(!counts)),
            "{mail}"
        );
    }
}

#[test]
fn replay_keeps_what_was_found_when_a_notice_came() {
    let place = place(PROFILE, REQUIRED);
    place.write("a.eml", signed(&mail("1", 20)));
    place.write("b.eml", mail("2", 21));
    place.run(&["import", "a.eml"]).ends(0);
    place.run(&["import", "b.eml"]).ends(1);
    // Today the key is gone, and the profile reads more.
    place.write("data/keys.toml", "");
    place.write("data/vendors/carrier/profile.toml", format!("default_status = \"TENTATIVE\"\n{PROFILE}"));
    place.run(&["replay", "--apply"]).ends(1).says("  T-2 status: nothing → TENTATIVE\n").says(UNPROVED);
    assert_eq!((windows(&place), waiting(&place).len()), (vec!["2017-03-20".to_owned()], 1));
    let first = place.rows(&["list", "notices"]);
    let by_source = |name: &str| first.iter().find(|row| row["source"] == name).expect("a notice").clone();
    assert_eq!(by_source("a.eml")["authentication"]["signatures"][0]["outcome"], "pass");
    // One that counts without a signature is not taken back because one is required now.
    place.write("data/config.toml", "");
    place.write("c.eml", mail("3", 22));
    place.run(&["import", "c.eml"]).ends(0);
    place.write("data/config.toml", REQUIRED);
    place.write("data/vendors/carrier/profile.toml", PROFILE);
    place.run(&["replay", "--apply"]).says(&format!("today's profiles read it in doubt: {UNPROVED}"));
    assert_eq!(windows(&place), ["2017-03-20", "2017-03-22"]);
}

#[test]
fn what_is_wrong_in_the_configuration_is_told_with_its_place() {
    for (config, expected) in [
        ("[authentication]\nnameserver = \"10.0.0.53\"\n", "a resolver is named, and the DNS is not asked"),
        ("[authentication]\ndns = true\nnameserver = \"dns.lan\"\n", "`dns.lan` is no address of a resolver"),
        ("[authentication]\ntrusted_servers = [\"mx\"]\n", "`mx` is no domain"),
        ("[[authentication.vendor]]\nid = \"a\"\n[[authentication.vendor]]\nid = \"a\"\n", "`a` stands here twice"),
        ("[[authentication.vendor]]\nid = \"a\"\nsignature = \"always\"\n", "unknown variant `always`"),
    ] {
        let place = Place::new();
        place.write("data/config.toml", config);
        place.run(&["list", "notices"]).ends(2).says(expected);
    }
    let place = Place::new();
    place.write("data/config.toml", "[authentication]\nkeys = \"keys.toml\"\n");
    place.write("data/keys.toml", "\"carrier.example\" = \"v=DKIM1\"\n");
    place.run(&["list", "notices"]).ends(2).says("`carrier.example` is no name of a key");
}
