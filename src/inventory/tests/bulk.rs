//! Rows instead of tables: they say the same, and go wrong at their own places.

use super::super::Inventory;
use crate::time::Zones;
use crate::written::SourceFile;

fn load(files: &[(&str, &str)]) -> Result<Inventory, Vec<String>> {
    let files: Vec<_> =
        files.iter().map(|(name, text)| SourceFile { name: (*name).into(), text: (*text).into() }).collect();
    Inventory::load(&files, &Zones::embedded()).map_err(|found| {
        found.iter().map(|problem| format!("{problem} | {}", problem.help.as_deref().unwrap_or("-"))).collect()
    })
}

const VENDOR: (&str, &str) = ("vendors.toml", "vendor = [{ id = 'dc', zone = 'UTC' }]\n");
const FEEDS: (&str, &str) = (
    "feeds.toml",
    "asset = [{ id = 'feed-a', kind = 'feed', vendor = 'dc' }, { id = 'feed-b', kind = 'feed', vendor = 'dc' }]\n",
);

#[test]
fn rows_say_what_tables_say() {
    let tables = r#"
        [[asset]]
        id = "switch-1"
        kind = "switch"
        aliases = ["SW 1"]
        [[asset]]
        id = "web-1"
        kind = "server"
        name = "web; the first"
        site = "switch-1"
        needs = ["switch-1"]
        any = [{ n = 1, of = ["feed-a", "feed-b"] }, { n = 2, of = ["feed-a", "feed-b", "switch-1"] }]
        capacity = "16 A"
        max_share = 0.75
        load = "3.5 A"
        [[customer]]
        id = "acme"
        name = "Acme"
        uses = ["web-1", "switch-1"]
        follow_up = "Please \"restart\"."
        [[customer.contact]]
        email = "ops@acme.example"
        name = "Operations"
        role = "billing"
        zone = "Europe/Berlin"
        language = "de"
        stages = ["announce", "cancel"]
        [[customer.contact]]
        email = "cto@acme.example"
    "#;
    let rows = [
        VENDOR,
        FEEDS,
        ("Aliases.CSV", "asset,alias\nswitch-1,SW 1\n"),
        (
            "assets-hall-1.csv",
            "\u{feff}ID;Name;Kind;Site;Capacity;max_share;load\r\n\
             switch-1;;switch;;;;\r\n\
             web-1;\"web; the first\";server;switch-1;16 A;0.75;3.5 A\r\n",
        ),
        (
            "contacts.csv",
            "customer,email,name,role,zone,language,stages\n\
                          acme,ops@acme.example,Operations,billing,Europe/Berlin,de,\"announce, cancel\"\n\
                          acme,cto@acme.example,,,,,\n",
        ),
        ("customers.csv", "id\tname\tfollow_up\nacme\tAcme\t\"Please \"\"restart\"\".\"\n"),
        (
            "needs.csv",
            "asset,needs,any,n\n\
             web-1,switch-1\n\
             web-1,feed-a,power,\n\
             web-1,feed-a,quorum,2\n\
             web-1,feed-b,power,\n\
             web-1,feed-b,quorum,2\n\
             web-1,switch-1,quorum,\n",
        ),
        ("uses.csv", "customer,asset\nacme,web-1\nacme,switch-1\n"),
    ];
    let (by_rows, by_tables) = (load(&rows), load(&[VENDOR, FEEDS, ("rest.toml", tables)]));
    assert_eq!(by_rows.expect("right"), by_tables.expect("right"));
}

/// One file beside a vendor and two feeds.
#[track_caller]
fn check(name: &str, text: &str, expected: &[&str]) {
    assert_eq!(load(&[VENDOR, FEEDS, (name, text)]).expect_err("it is wrong"), expected);
}

#[test]
fn a_file_or_a_heading_that_is_none_is_refused() {
    check(
        "asets.csv",
        "id,kind\n",
        &["asets.csv:1:1: the name does not say what the rows are | did you mean `assets`?"],
    );
    check(
        "x/2026.csv",
        "id,kind\n",
        &[
            "x/2026.csv:1:1: the name does not say what the rows are | the files are assets.csv, needs.csv, aliases.csv, customers.csv, uses.csv, contacts.csv, or begin like `assets-`",
        ],
    );
    check(
        "assets.csv",
        "id;knd;id\n",
        &[
            "assets.csv:1:1: there is no column `kind` | the first row names the columns: id, kind, name, vendor, account, site, capacity, max_share, load",
            "assets.csv:1:4: unknown column `knd` | did you mean `kind`?",
            "assets.csv:1:8: the column `id` is there twice | leave one of them out",
        ],
    );
    check(
        "uses.csv",
        "",
        &[
            "uses.csv:1:1: there is no column `customer` | the first row names the columns: customer, asset",
            "uses.csv:1:1: there is no column `asset` | the first row names the columns: customer, asset",
        ],
    );
}

#[test]
fn what_is_wrong_in_a_row_is_shown_in_its_cell() {
    check(
        "assets.csv",
        "id,kind,vendor,load\n\
         a,server,cd,\n\
         b,,dc,\n\
         a,server,,3 A\n\
         c,server,,3\n\
         d,server,,3 A,5\n",
        &[
            "assets.csv:2:10: unknown vendor `cd` | declare it as `[[vendor]]` with `id = \"cd\"`",
            "assets.csv:3:1: a row of assets has no `kind` | fill in the column `kind`",
            "assets.csv:4:1: asset `a` is declared twice | it is first declared at assets.csv:2",
            "assets.csv:5:11: `3` has no unit | write a number and a unit, like `16 A`, `3.6 kW`, `5 kVA` or `10 Gbit/s`",
            "assets.csv:6:15: the row has 5 cells, the heading 4 | a cell that holds the separator stands in double quotes",
        ],
    );
    check(
        "needs.csv",
        "asset;needs;any;n\n\
         feed-a;feed-c;;\n\
         feeda;feed-b;;\n\
         feed-b;feed-a;g;x\n\
         feed-b;feed-a;;1\n\
         feed-b;feed-a;h;1\n\
         feed-b;feed-a;h;2\n",
        &[
            "needs.csv:2:8: unknown asset `feed-c` | did you mean `feed-a`?",
            "needs.csv:3:1: unknown asset `feeda` | did you mean `feed-a`?",
            "needs.csv:4:17: `n` must be a whole number from 0 to 4294967295, not a text | -",
            "needs.csv:5:16: `n = 1` of no group | name the group in the column `any`, the same in each of its rows",
            "needs.csv:7:17: `n = 2`, where the group has `n = 1` before | write the number once, or the same in each row",
        ],
    );
    check(
        "needs.csv",
        "asset;needs;any;n\nfeed-b;feed-a;g;2\nfeed-b;feed-a;g;\n",
        &[
            "needs.csv:2:17: `n = 2` is more than the any-of has distinct members: 1 | an asset listed twice, such as both cords on one feed, is one member",
        ],
    );
    check(
        "needs.csv",
        "asset,needs\nfeed-a,feed-b\nfeed-b,feed-a\n",
        &["needs.csv:3:8: needs go in a circle: feed-a → feed-b → feed-a | leave out the need that is not real"],
    );
    check(
        "aliases.csv",
        "asset,alias\nfeed-a,North\nfeed-b,north\n",
        &[
            "aliases.csv:3:8: alias `north` already means `feed-a` among the assets of `dc` | within a vendor a name must mean one asset",
        ],
    );
    check(
        "contacts.csv",
        "customer,email,stages\nacme,ops@acme.example,remainder\nacme,OPS@acme.example,\nacme,ops,\n",
        &[
            "contacts.csv:2:1: unknown customer `acme` | declare it as `[[customer]]` with `id = \"acme\"`",
            "contacts.csv:2:23: unknown stage `remainder` | did you mean `reminder`?",
            "contacts.csv:3:6: `OPS@acme.example` is listed twice | one contact gets one mail: put the stages together",
            "contacts.csv:4:6: `ops` is no usable address: it has no `@` | write it as `local@domain`",
        ],
    );
    check(
        "uses.csv",
        "customer,asset\nacme,\"web\n",
        &[
            "uses.csv:2:6: a quote is opened here and never closed | close it with another `\"`; inside a cell a quote is written twice",
        ],
    );
}
