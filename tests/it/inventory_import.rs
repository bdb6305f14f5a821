//! Inventory files drawn up from other systems: NetBox from files and over HTTP, Prometheus' targets, a table.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::sync::mpsc;

use serde_json::Value;

use crate::cli::Place;

/// A NetBox as it would answer, by endpoint: two feeds, strips with one and with two inlets, dual-corded servers of which
/// one has both cords on one strip, a cluster, a circuit, a tenant with contacts.
fn netbox() -> Value {
    serde_json::from_str(include_str!("../cases/netbox/pages.json")).expect("JSON")
}

const DRAWN: &str = "tests/cases/netbox/drawn.toml";

const LEFT_OUT: &str = "left out: dcim/devices old-1: its status is decommissioning
left out: circuits/circuits NC/9: its status is planned
left out: power port `psu1` of `web-1 #22`: it is plugged into nothing known
left out: contact `Door` of tenancy.tenant: it has no address
left out: contact `Ops` of dcim.site: only tenants are customers
look it through, then: inwindow apply out
";

#[track_caller]
fn drawn_as_expected(place: &Place) {
    let drawn = std::fs::read_to_string(place.path("out/netbox.toml")).expect("drawn");
    if std::env::var_os("INWINDOW_UPDATE").is_some() {
        std::fs::write(DRAWN, &drawn).expect("written");
    }
    assert_eq!(drawn, std::fs::read_to_string(DRAWN).expect("the case"));
}

#[test]
fn netbox_by_its_answers_in_files() {
    let place = Place::new();
    let told = format!("drew up 1 vendor, 18 assets, 1 customer in out/netbox.toml\n{LEFT_OUT}");
    let pages = netbox();
    let all: String = pages.as_object().expect("pages").values().map(Value::to_string).collect();
    place.run_with_input(&["inventory", "import", "netbox", "-", "--out", "out"], all.as_bytes()).gives(1, &told, "");
    drawn_as_expected(&place);
    place.run(&["apply", "out"]).ends(0);
    let audit = place.run(&["audit"]).ends(1).text();
    assert!(audit.contains("`web-2` has both cords on `pdu-a`"), "{audit}");

    place.write("devices.json", pages["dcim/devices"].to_string());
    place.run(&["inventory", "import", "netbox", "devices.json", "--out", "out"]).gives(
        2,
        "",
        "inwindow: `out/netbox.toml` is there already\n\
         help: give another folder, or --replace, which loses what was changed in it\n",
    );
    place.write("broken.json", "{\"results\": [");
    place
        .run(&["inventory", "import", "netbox", "broken.json", "--out", "other"])
        .ends(2)
        .says("`broken.json` is no answer of NetBox in JSON: EOF while parsing");
    place.write("other.json", "[{\"id\": 1, \"url\": \"https://n.example/api/dcim/cables/1/\"}, {\"x\": 1}]");
    place.run(&["inventory", "import", "netbox", "other.json", "--out", "other"]).gives(
        1,
        "drew up 0 vendors, 0 assets, 0 customers in other/netbox.toml\n\
         left out: dcim/cables/1/: it is nothing that an inventory is made of\n\
         left out: {\"x\":1}: it is no object of NetBox: `id` and `url` are missing\n\
         look it through, then: inwindow apply other\n",
        "",
    );
}

/// Answers as NetBox does, a device a page, and tells what was asked with which authorisation. Behind `next` it calls
/// itself by a name that leads nowhere.
fn serve(answer: impl Fn(&str) -> (u16, String) + Send + 'static) -> (String, mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = format!("http://{}", listener.local_addr().expect("an address"));
    let (tell, asked) = mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let lines = BufReader::new(stream.try_clone().expect("the same")).lines();
            let head: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
            let target = head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or_default().to_owned();
            let token = head.iter().find_map(|line| line.strip_prefix("authorization: ")).unwrap_or("none");
            tell.send(format!("{token} {target}")).ok();
            let (status, body) = answer(&target);
            let length = body.len();
            let sent = write!(
                stream,
                "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
                 Connection: close\r\n\r\n{body}"
            );
            sent.ok();
        }
    });
    (address, asked)
}

/// One object a page.
fn page(pages: &Value, target: &str) -> (u16, String) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let Some(all) = path.strip_prefix("/api/").map(|path| &pages[path.trim_end_matches('/')]["results"]) else {
        return (404, "{}".into());
    };
    let offset = query.split('&').find_map(|part| part.strip_prefix("offset=")?.parse::<usize>().ok()).unwrap_or(0);
    let all = all.as_array().expect("results");
    let next = (offset + 1 < all.len())
        .then(|| format!("https://inside.invalid/api/elsewhere/?limit=1&offset={}", offset + 1));
    let results: Vec<_> = all.iter().skip(offset).take(1).collect();
    (200, serde_json::json!({ "count": all.len(), "next": next, "results": results }).to_string())
}

#[test]
fn netbox_over_http_page_by_page() {
    let place = Place::new();
    let pages = netbox();
    let (address, asked) = serve(move |target| page(&pages, target));
    place.write("token", "0123abcd\n");
    let args = ["inventory", "import", "netbox", &address, "--token-file", "token", "--out", "out"];
    let told = format!("drew up 1 vendor, 18 assets, 1 customer in out/netbox.toml\n{LEFT_OUT}");
    place.run(&args).gives(1, &told, "");
    drawn_as_expected(&place);
    let asked: Vec<_> = asked.try_iter().collect();
    assert!(asked.iter().all(|asked| asked.starts_with("Token 0123abcd /api/")), "{asked:?}");
    assert!(asked.contains(&"Token 0123abcd /api/dcim/devices/?limit=1&offset=7".to_owned()), "{asked:?}");
}

/// What the server answers, and what is told.
#[track_caller]
fn check(answer: impl Fn(&str) -> (u16, String) + Send + 'static, status: i32, what: &str) {
    let place = Place::new();
    let (address, _asked) = serve(answer);
    place
        .run(&["inventory", "import", "netbox", &address, "--out", "out"])
        .ends(status)
        .says(&what.replace("URL", &format!("{address}/api/dcim/sites/?limit=500&exclude=config_context")));
    assert!(!place.path("out").exists());
}

#[test]
fn a_netbox_that_does_not_answer_as_one() {
    let body = |status, body: &'static str| move |_: &str| (status, body.to_owned());
    check(
        body(403, "{}"),
        4,
        "`URL` answered 403 Forbidden\nhelp: give a token that may read it: --token-file FILE, or NETBOX_TOKEN\n",
    );
    check(body(302, ""), 4, "`URL` answered 302 Found\n");
    check(body(200, "<html>"), 4, "`URL` answered no page of objects: expected value at line 1 column 1\n");
    check(body(200, "{}"), 4, "`URL` answered no page of objects: it has no `results`\n");
    let again = "{\"results\": [], \"next\": \"http://x.example/?limit=500&exclude=config_context\"}";
    check(body(200, again), 4, "`next` leads back to a page that was read\n");
    let place = Place::new();
    place.write("token", "abc");
    place
        .run(&["inventory", "import", "netbox", "http://netbox.example", "--token-file", "token", "--out", "out"])
        .gives(
            2,
            "",
            "inwindow: a token is not sent in clear to `netbox.example`\n\
             help: use https; only to this machine itself may it be http\n",
        );
}

#[test]
fn targets_of_prometheus_and_rows_of_a_table_by_a_mapping() {
    let place = Place::new();
    place.write(
        "targets.json",
        r#"[{"targets": ["web-1.example:9100", "web-1.example:9113"], "labels": {"dc": "north", "rack": "R1"}},
            {"targets": ["[2001:db8::7]:9100"], "labels": {"dc": "north"}}]"#,
    );
    let sites =
        "[[asset]]\nid = \"{dc}\"\nkind = \"site\"\n[[asset]]\nid = \"{host}\"\nkind = \"server\"\nsite = \"{dc}\"\n";
    place.write("map.toml", format!("{sites}aliases = [\"{{rack}}/{{host}}\"]\n"));
    place.run(&["inventory", "import", "prometheus", "targets.json", "--mapping", "map.toml", "--out", "out"]).gives(
        0,
        "drew up 0 vendors, 3 assets, 0 customers in out/prometheus.toml\nlook it through, then: inwindow apply out\n",
        "",
    );
    place.run(&["apply", "out"]).gives(
        0,
        "+ asset 2001:db8::7\n+ asset north\n+ asset web-1.example\napplied as version 1\n",
        "",
    );

    place.write("hosts.csv", "dc;host\nnorth;web-9\nsouth;\n;web-8\n");
    place.write("map.toml", sites);
    place.run(&["inventory", "import", "csv", "hosts.csv", "--mapping", "map.toml", "--out", "rows"]).ends(0);
    place.write("map.toml", sites.replace("{host}", "{hots}"));
    let wrong = place.run(&["inventory", "import", "csv", "hosts.csv", "--mapping", "map.toml", "--out", "x"]).ends(2);
    assert!(
        wrong.stderr.contains("unknown column `hots`") && wrong.stderr.contains("--> map.toml:5:6"),
        "{}",
        wrong.stderr
    );
    place.write("map.toml", sites.replace("\"site\"", "\"site\"\nvendor = \"dc\""));
    place.run(&["inventory", "import", "csv", "hosts.csv", "--mapping", "map.toml", "--out", "y"]).gives(
        1,
        "drew up 0 vendors, 4 assets, 0 customers in y/mapped.toml\n\
         2 things still to be put right: inwindow apply --dry-run y shows where\n",
        "",
    );
    place.write("targets.yaml", "- targets: [a]\n");
    place
        .run(&["inventory", "import", "prometheus", "targets.yaml", "--mapping", "map.toml", "--out", "z"])
        .ends(2)
        .says("`targets.yaml` is no list of targets in JSON")
        .says("yq -o json");
}
