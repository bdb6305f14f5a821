//! Inventories that are wrong, by the program as it is typed: each is refused with its place and what can be done, and
//! the version before stays.

use crate::cli::Place;

/// What is written beside the demo's inventory, and what must be told: place, message, help.
struct Wrong {
    file: &'static str,
    bytes: &'static [u8],
    at: &'static str,
    message: &'static str,
    help: &'static str,
}

const WRONG: &[Wrong] = &[
    Wrong {
        file: "x.toml",
        bytes: b"[[asset]]\nid = \"a\nkind = \"x\"\n",
        at: "2:8",
        message: "invalid basic string, expected `\"`",
        help: "",
    },
    Wrong {
        file: "x.toml",
        bytes: b"[[asset]]\nid = \"a\"\nkind = \"server\"\nneed = [\"feed-a\"]\n",
        at: "4:1",
        message: "unknown key `need` in [[asset]]",
        help: "did you mean `needs`?",
    },
    Wrong {
        file: "x.toml",
        bytes: b"[[asset]]\nid = \"a\"\nkind = \"server\"\nneeds = [\"feed-aa\"]\n",
        at: "4:10",
        message: "unknown asset `feed-aa`",
        help: "did you mean `feed-a`?",
    },
    Wrong {
        file: "x.toml",
        bytes: b"[[asset]]\nid = \"a\"\nkind = \"server\"\nvendor = \"dc-asm\"\n",
        at: "4:10",
        message: "unknown vendor `dc-asm`",
        help: "did you mean `dc-ams`?",
    },
    Wrong {
        file: "x.toml",
        bytes: b"[[asset]]\nid = \"plus-01\"\nkind = \"server\"\n",
        at: "2:6",
        message: "asset `plus-01` is declared twice",
        help: "it is first declared at inventory/bytesized.toml:15",
    },
    Wrong {
        file: "x.toml",
        bytes: b"[[asset]]\nid = \"a\"\nkind = \"hall\"\nvendor = \"dc-ams\"\naliases = [\"hall 1\"]\n",
        at: "5:12",
        message: "alias `hall 1` already means `dc-ams/hall-1` among the assets of `dc-ams`",
        help: "within a vendor a name must mean one asset",
    },
    Wrong {
        file: "x.toml",
        bytes: b"[[asset]]\nid = \"a\"\nkind = \"x\"\nneeds = [\"b\"]\n[[asset]]\nid = \"b\"\nkind = \"x\"\nany = [{ n = 1, of = [\"a\"] }]\n",
        at: "8:23",
        message: "needs go in a circle: a \u{2192} b \u{2192} a",
        help: "leave out the need that is not real",
    },
    Wrong {
        file: "x.toml",
        bytes: b"[[asset]]\nid = \"a\"\nkind = \"x\"\nany = [{ n = 2, of = [\"feed-a\", \"feed-a\"] }]\n",
        at: "4:14",
        message: "`n = 2` is more than the any-of has distinct members: 1",
        help: "an asset listed twice, such as both cords on one feed, is one member",
    },
    Wrong {
        file: "x.toml",
        bytes: b"[[customer]]\nid = \"c\"\n[[customer.contact]]\nemail = \"Ops <ops@c.example>\"\n",
        at: "4:9",
        message: "`Ops <ops@c.example>` is no usable address: the part before the `@` cannot be written in a mail header",
        help: "before the `@` stand letters, digits",
    },
    Wrong {
        file: "x.toml",
        bytes: b"[[customer]]\nid = \"c\"\n[[customer.contact]]\nname = \"Ops\"\n",
        at: "3:1",
        message: "[[customer.contact]] has no `email`",
        help: "add `email = ",
    },
    Wrong {
        file: "x.toml",
        bytes: b"[[vendor]]\nid = \"v\"\nzone = \"Europe/Amsterdm\"\nterms = { notice_min = \"72\" }\n",
        at: "3:8",
        message: "unknown time zone `Europe/Amsterdm`",
        help: "did you mean `Europe/Amsterdam`?",
    },
    Wrong {
        file: "x.toml",
        bytes: b"[[asset]]\nid = \"a\"\nkind = \"pdu\"\ncapacity = \"16 amps\"\n",
        at: "4:12",
        message: "unknown unit `amps`",
        help: "write a number and a unit, like `16 A`",
    },
    Wrong {
        file: "x.toml",
        bytes: b"[[asset]]\nid = \"a\"\nkind = \"pdu\"\ncapacity = \"16 A\"\n[[asset]]\nid = \"b\"\nkind = \"server\"\nneeds = [\"a\"]\nload = \"3 kW\"\n",
        at: "9:8",
        message: "`3 kW` of `b` cannot be compared with `16 A`, the capacity of `a` that it needs",
        help: "write both in one unit",
    },
    Wrong {
        file: "assets.csv",
        bytes: b"id;kin\na;server\n",
        at: "1:4",
        message: "unknown column `kin`",
        help: "did you mean `kind`?",
    },
    Wrong {
        file: "needs.csv",
        bytes: b"\xef\xbb\xbfasset;needs\r\nplus-01;feed-b\r\nplus-1;feed-b\r\n",
        at: "3:1",
        message: "unknown asset `plus-1`",
        help: "did you mean `plus-01`?",
    },
    Wrong {
        file: "contacts.csv",
        bytes: b"customer,email\nprairie-radio,oncall\n",
        at: "2:15",
        message: "`oncall` is no usable address: it has no `@`",
        help: "write it as `local@domain`",
    },
    Wrong {
        file: "customers.csv",
        bytes: b"id,name\nc,\"Zoo\n",
        at: "2:3",
        message: "a quote is opened here and never closed",
        help: "close it with another",
    },
    Wrong {
        file: "customers.csv",
        bytes: b"id,name\nc,Caf\xe9\n",
        at: "2:6",
        message: "the file is not UTF-8 from here on",
        help: "save the file as UTF-8",
    },
    Wrong {
        file: "servers.csv",
        bytes: b"id,kind\na,server\n",
        at: "1:1",
        message: "the name does not say what the rows are",
        help: "the files are assets.csv, needs.csv",
    },
];

#[test]
fn a_wrong_inventory_is_refused_with_its_place_and_the_version_before_stays() {
    let place = Place::with_demo_files();
    place.run(&["apply", "inventory"]).ends(0);
    let before = (place.store_bytes(), place.stored());
    for wrong in WRONG {
        let path = format!("inventory/{}", wrong.file);
        place.write(&path, wrong.bytes);
        for args in [&["apply", "inventory"][..], &["apply", "--dry-run", "inventory"]] {
            let refused = place.run(args).ends(2);
            assert_eq!(refused.text(), "");
            let place = format!("--> {path}:{}\n", wrong.at);
            for part in [format!("error: {}\n", wrong.message), place, wrong.help.to_owned()] {
                assert!(refused.stderr.contains(&part), "no {part} in {}", refused.stderr);
            }
        }
        std::fs::remove_file(place.path(&path)).expect("removed");
        assert_eq!(place.store_bytes(), before.0, "{}", wrong.message);
    }
    assert_eq!(place.stored(), before.1);
    place.run(&["apply", "inventory"]).gives(0, "nothing differs from the version in force\n", "");
}

const NOVEL: [&str; 14] = [
    "maintenance",
    "add",
    "--vendor",
    "dc-ams",
    "--reference",
    "DCA-9",
    "--start",
    "2017-04-01T00:00:00Z",
    "--end",
    "2017-04-01T04:00:00Z",
    "--object",
    "Feed A/1",
    "--object",
    "zebra",
];

#[test]
fn a_name_that_nothing_goes_by_is_listed_and_taught() {
    let place = Place::with_demo_files();
    place.run(&["apply", "inventory"]).ends(0);
    place.run(&["alias", "list"]).gives(1, "every name in windows ahead matches an asset\n", "");
    place.run(&NOVEL).says("Feed A/1");
    let names = place.rows(&["alias", "list"]);
    let short: Vec<_> = names.iter().map(|name| (&name["name"], &name["candidates"][0])).collect();
    assert_eq!(short, [(&"Feed A/1".into(), &"feed-a".into()), (&"zebra".into(), &serde_json::Value::Null)]);
    assert!(place.rows(&["list", "messages"]).is_empty());

    place.run(&["alias", "add", "dc-ams", "Feed A/1", "feed-a"]).gives(
        0,
        "`Feed A/1` of dc-ams means feed-a; version 2\n\
         matched in DCA-9\n\
         planned 26 messages\n\
         26 messages wait for approval: look with `inwindow outbox list` and `inwindow preview ID`, then `inwindow outbox \
         approve --all` and `inwindow send`\n",
        "",
    );
    assert_eq!(place.rows(&["alias", "list"]).len(), 1);
    assert_eq!(place.rows(&["alias", "list", "--taught"])[0]["by"], "ada");
    // The files know nothing of it, and applying them forgets nothing.
    place.run(&["apply", "inventory"]).gives(0, "nothing differs from the version in force\n", "");
    assert_eq!(place.rows(&["alias", "list"]).len(), 1);
    // Once they say it themselves it is taught no longer.
    place.write("inventory/aliases.csv", "asset,alias\nfeed-a,Feed A/1\n");
    place.run(&["apply", "inventory"]).ends(0);
    place.run(&["alias", "list", "--taught"]).gives(1, "nothing was taught\n", "");

    for (args, told) in [
        (&["dc-ams", "zebra", "feed-z"][..], "no asset `feed-z` in the inventory (did you mean `feed-a`?)\n"),
        (&["dc-asm", "zebra", "feed-a"], "no vendor `dc-asm` (did you mean `dc-ams`?)\n"),
        (&["joyent", "zebra", "feed-a"], "`feed-a` is of vendor `dc-ams`, and a name of `joyent` never means it\n"),
        (&["dc-ams", "Feed B", "feed-a"], "`Feed B` already means `feed-b`\n"),
        (&["dc-ams", " ", "feed-a"], "an identifier must not be empty\n"),
    ] {
        place.run(&[&["alias", "add"], args].concat()).ends(2).says(&format!("inwindow: {told}"));
    }
    place.run(&["alias", "forget", "dc-ams", "zebra"]).ends(2).says("no taught name `zebra`");
    place.run(&["alias", "add", "dc-ams", "zebra", "feed-b"]).ends(0);
    let told = "`zebra` of dc-ams no longer means feed-b; version 5\n";
    place.run(&["alias", "forget", "dc-ams", "ZEBRA"]).ends(0).says(told);
    assert_eq!(place.rows(&["alias", "list"]).len(), 1);
}

#[test]
fn an_older_version_is_read_as_it_was() {
    let place = Place::with_demo_files();
    place.run(&["apply", "inventory"]).ends(0);
    let before = place.rows(&["list", "assets"]);
    place.write("inventory/center-stage.toml", "");
    let place = place.at("2017-03-14T10:15:00Z");
    place.run(&["apply", "inventory"]).ends(0);
    assert!(place.rows(&["list", "assets"]).len() < before.len());
    for (at, assets) in [("2017-03-13T10:15:00Z", before.len()), ("2017-03-14T10:14:59Z", before.len())] {
        assert_eq!(place.rows(&["list", "assets", "--as-of", at]).len(), assets, "{at}");
    }
    let now = place.rows(&["list", "customers", "--as-of", "2017-03-14T10:15:00Z"]);
    assert_eq!(now, place.rows(&["list", "customers"]));
    let vendor = place.rows(&["list", "assets", "--vendor", "joyent", "--as-of", "2017-03-13T10:15:00Z"]);
    assert!(!vendor.is_empty());
    place.run(&["list", "assets", "--as-of", "2017-03-13T10:14:59Z"]).gives(
        2,
        "",
        "inwindow: no inventory was in force at 2017-03-13T10:14:59Z\nhelp: the first was applied 2017-03-13T10:15:00Z\n",
    );
    place
        .run(&["list", "windows", "--as-of", "2017-03-13T10:15:00Z"])
        .ends(2)
        .says("--as-of asks for an older inventory");
    place.run(&["inventory", "versions"]).gives(
        0,
        "VERSION  APPLIED\n2        2017-03-14 10:15 UTC\n1        2017-03-13 10:15 UTC\n",
        "",
    );
    place.run(&["inventory", "schema"]).gives(0, include_str!("../../schedules/inventory.schema.json"), "");
}
