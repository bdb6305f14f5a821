//! Inventories that are wrong: each refused with its place and what can be done. And the one that the manual shows.

use super::super::Inventory;
use crate::time::Zones;
use crate::written::{MAX_PROBLEMS, SourceFile};

const BASE: &str = "vendor = [{ id = 'dc', zone = 'UTC' }]\n";

/// All problems of some files, `a.toml`, `b.toml`, …, as `file:line:column: message | help`.
fn problems(files: &[&str]) -> Vec<String> {
    let name = |number: u8| format!("{}.toml", char::from(b'a' + number));
    let files: Vec<_> =
        (0..).zip(files).map(|(number, text)| SourceFile { name: name(number), text: (*text).into() }).collect();
    let found = Inventory::load(&files, &Zones::embedded()).expect_err("the inventory is wrong");
    found.iter().map(|problem| format!("{problem} | {}", problem.help.as_deref().unwrap_or("-"))).collect()
}

#[track_caller]
fn check(text: &str, expected: &[&str]) {
    assert_eq!(problems(&[&format!("{BASE}{text}")]), expected);
}

#[test]
fn a_key_or_a_word_that_is_none_is_named_with_the_nearest() {
    check(
        "[[asset]]\nid = 'a'\nkind = 'feed'\n  alais = ['x']\n",
        &["a.toml:5:3: unknown key `alais` in [[asset]] | did you mean `aliases`?"],
    );
    check("[[assets]]\nid = 'a'\n", &["a.toml:2:3: unknown key `assets` in an inventory file | did you mean `asset`?"]);
    check(
        "[[checklist]]\nid = 'a'\nwhat = 'b'\nevery = '1 d'\nxyzzy = 1\n",
        &["a.toml:6:1: unknown key `xyzzy` in [[checklist]] | the keys are id, what, asset, owner, every, last_done"],
    );
    check(
        "[[staff]]\nemail = 'n@h.example'\nstages = ['announce', 'remainder']\nrole = 'boss'\n",
        &[
            "a.toml:4:23: unknown stage `remainder` | did you mean `reminder`?",
            "a.toml:5:8: unknown role `boss` | the roles are technical, billing, staff",
        ],
    );
    check(
        "[[staff]]\nemail = 'n@h.example'\nzone = 'Europe/Amsterdm'\n",
        &["a.toml:4:8: unknown time zone `Europe/Amsterdm` | did you mean `Europe/Amsterdam`?"],
    );
}

#[test]
fn a_reference_to_nothing_is_named_with_the_nearest_id() {
    let assets = "[[asset]]\nid = 'feed-a'\nkind = 'feed'\nvendor = 'cd'\n[[asset]]\nid = 's'\nkind = 'server'\n";
    let nearest_feed = "unknown asset `feed-aa` | did you mean `feed-a`?";
    check(
        &format!("{assets}needs = ['feed-aa']\nsite = 'moon'\nany = [{{ n = 1, of = ['feed-a', 'feed-aa'] }}]\n"),
        &[
            "a.toml:5:10: unknown vendor `cd` | declare it as `[[vendor]]` with `id = \"cd\"`",
            &format!("a.toml:9:10: {nearest_feed}"),
            "a.toml:10:8: unknown asset `moon` | declare it as `[[asset]]` with `id = \"moon\"`",
            &format!("a.toml:11:33: {nearest_feed}"),
        ],
    );
    check(
        "[[asset]]\nid = 'feed-a'\nkind = 'feed'\n[[customer]]\nid = 'c'\nuses = ['feed-a', 'feed-aa']\n",
        &[&format!("a.toml:7:19: {nearest_feed}")],
    );
}

#[test]
fn what_is_declared_twice_is_refused_with_the_first_place() {
    let asset = "[[asset]]\nid = 'a'\nkind = 'feed'\nvendor = 'dc'\n";
    assert_eq!(
        problems(&[&format!("{BASE}{asset}"), asset]),
        ["b.toml:2:6: asset `a` is declared twice | it is first declared at a.toml:3"],
    );
    let same_name = "within a vendor a name must mean one asset";
    check(
        &format!(
            "{asset}aliases = ['North']\n[[asset]]\nid = 'b'\nkind = 'feed'\nvendor = 'dc'\naliases = ['x', 'NORTH', 'A']\n"
        ),
        &[
            &format!("a.toml:11:17: alias `NORTH` already means `a` among the assets of `dc` | {same_name}"),
            &format!("a.toml:11:26: alias `A` already means `a` among the assets of `dc` | {same_name}"),
        ],
    );
    check(
        "[[staff]]\nemail = 'n@h.example'\n[[staff]]\nemail = 'N@H.example'\n",
        &["a.toml:5:9: `N@H.example` is listed twice | one contact gets one mail: put the stages together"],
    );
}

#[test]
fn needs_that_go_in_a_circle_are_refused_with_the_whole_path() {
    let help = "leave out the need that is not real";
    let asset = |id: &str, needs: &str| format!("[[asset]]\nid = '{id}'\nkind = 'x'\n{needs}\n");
    check(
        &[
            asset("a", "needs = ['b']"),
            asset("b", "any = [{ n = 1, of = ['c'] }]"),
            asset("c", "needs = ['d', 'a']"),
            asset("d", ""),
        ]
        .concat(),
        &[&format!("a.toml:13:15: needs go in a circle: a → b → c → a | {help}")],
    );
    check(&asset("a", "needs = ['a']"), &[&format!("a.toml:5:10: needs go in a circle: a → a | {help}")]);
}

#[test]
fn an_any_of_must_be_able_to_be_met_and_to_fail() {
    let group = |n: &str, of: &str| {
        format!(
            "[[asset]]\nid = 'f'\nkind = 'feed'\n[[asset]]\nid = 's'\nkind = 'server'\nany = [{{ n = {n}, of = {of} }}]\n"
        )
    };
    let twice = "an asset listed twice, such as both cords on one feed, is one member";
    check(
        &group("0", "['f']"),
        &[
            "a.toml:8:14: an any-of with `n = 0` needs nothing | write how many of its members must be up, at least 1; or leave the group out",
        ],
    );
    check(
        &group("2", "['f', 'f']"),
        &[&format!("a.toml:8:14: `n = 2` is more than the any-of has distinct members: 1 | {twice}")],
    );
    check(
        &group("1", "[]"),
        &[&format!("a.toml:8:14: `n = 1` is more than the any-of has distinct members: 0 | {twice}")],
    );
    check(&group("-1", "['f']"), &["a.toml:8:14: `n` must be a whole number from 0 to 4294967295, not a number | -"]);
}

#[test]
fn a_quantity_has_a_number_a_unit_and_one_unit_along_a_way() {
    let help = "write a number and a unit, like `16 A`, `3.6 kW`, `5 kVA` or `10 Gbit/s`";
    check(
        "[[asset]]\nid = 'p'\nkind = 'pdu'\ncapacity = '16'\nload = 3.5\n",
        &[
            &format!("a.toml:5:12: `16` has no unit | {help}"),
            "a.toml:6:8: `load` must be a text, not a number | put it in quotes",
        ],
    );
    check(
        "[[asset]]\nid = 'p'\nkind = 'pdu'\nmax_share = 0.8\n[[asset]]\nid = 'q'\nkind = 'pdu'\ncapacity = '1 A'\nmax_share = 80\n",
        &[
            "a.toml:5:13: `max_share` is a part of the capacity, and there is none | add `capacity = …`",
            "a.toml:10:13: `max_share = 80`: a share is above 0 and at most 1 | 80 % is written `0.8`; at most three decimals",
        ],
    );
    let one_unit = "write both in one unit: amperes, watts or volt-amperes";
    let ways = "[[asset]]\nid = 'f'\nkind = 'feed'\ncapacity = '20 kVA'\n\
        [[asset]]\nid = 'p'\nkind = 'pdu'\nneeds = ['f']\ncapacity = '16 A'\n\
        [[asset]]\nid = 'line'\nkind = 'circuit'\ncapacity = '10 Gbit/s'\n\
        [[asset]]\nid = 's'\nkind = 'server'\nneeds = ['line']\nany = [{ n = 1, of = ['p', 'p'] }]\nload = '300 W'\n";
    check(
        ways,
        &[
            &format!(
                "a.toml:10:12: `16 A` of `p` cannot be compared with `20 kVA`, the capacity of `f` that it needs | {one_unit}"
            ),
            &format!(
                "a.toml:20:8: `300 W` of `s` cannot be compared with `16 A`, the capacity of `p` that it needs | {one_unit}"
            ),
        ],
    );
}

#[test]
fn a_contact_needs_an_address_that_is_one_address() {
    let contact = |email: &str| format!("[[customer]]\nid = 'c'\n[[customer.contact]]\n{email}\n");
    check(
        &contact("email = 'ops.customer.example'"),
        &["a.toml:5:9: `ops.customer.example` is no usable address: it has no `@` | write it as `local@domain`"],
    );
    check(
        &contact("email = \"ops@customer.example\\r\\nBcc: all@customer.example\""),
        &[
            "a.toml:5:9: `ops@customer.example\\r\\nBcc: all@customer.example` is no usable address: it holds a control character | an address is one line: `local@domain`",
        ],
    );
    check(
        &contact("email = 'ops@c.example'\nname = \"Ops\\r\\nBcc: x@y.example\""),
        &["a.toml:6:8: `name` holds a control character: `Ops\\r\\nBcc: x@y.example` | -"],
    );
    check(&contact("name = 'Ops'"), &["a.toml:4:1: [[customer.contact]] has no `email` | add `email = …`"]);
}

#[test]
fn lengths_instants_and_types_are_read_strictly() {
    let length = "write it like `2 w`, `7 d`, `72 h`, `30 min`, `90 s` or `1 d 12 h`";
    assert_eq!(
        problems(&["[[vendor]]\nid = 'dc'\nzone = 'UTC'\nterms = { notice_min = '72', grace = 5, grase = '1 h' }\n"]),
        [
            format!("a.toml:4:24: `72` has no unit: write `w`, `d`, `h`, `min` or `s` after each number | {length}"),
            "a.toml:4:38: `grace` must be a text, not a number | put it in quotes".to_owned(),
            "a.toml:4:41: unknown key `grase` in terms | did you mean `grace`?".to_owned(),
        ],
    );
    let instant = "write date, time and offset without quotes, like `2014-05-25T18:00:00Z`";
    let item = "[[checklist]]\nid = 'b'\nwhat = 'backup verified'\nevery = '1 d'\n";
    check(
        &format!("{item}last_done = '2014-05-25'\n"),
        &[&format!("a.toml:6:13: `last_done` must be an instant, not a text | {instant}")],
    );
    check(
        &format!("{item}last_done = 2014-05-25T18:00:00\n"),
        &[&format!("a.toml:6:13: `last_done` must be an instant, not a date or time | {instant}")],
    );
    check("[asset]\nid = 'a'\n", &["a.toml:2:1: `asset` must be a list of tables, not a table | write `[[asset]]`"]);
    check(
        "[[asset]]\nid = ' '\nneeds = 'b'\n",
        &[
            "a.toml:2:1: [[asset]] has no `kind` | add `kind = …`",
            "a.toml:3:6: an identifier must not be empty | -",
            "a.toml:4:9: `needs` must be a list, not a text | write `needs = [ … ]`",
        ],
    );
    assert_eq!(problems(&["[[vendor]]\nid = 'dc'\n"]), ["a.toml:1:1: [[vendor]] has no `zone` | add `zone = …`"]);
}

#[test]
fn a_column_counts_characters_and_a_slip_in_the_syntax_stands_alone() {
    let found = problems(&["[[asset]]\nname = 'é→x', id = 'a'\nneeds = ['nothing']\n"]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("a.toml:2:13: "), "{found:?}");
}

#[test]
fn a_file_full_of_mistakes_shows_the_first_and_counts_the_rest() {
    let found = problems(&[&(1..=60).map(|n| format!("key{n:02} = 1\n")).collect::<Vec<_>>().concat()]);
    assert_eq!(found.len(), MAX_PROBLEMS);
    assert!(found[MAX_PROBLEMS - 1].starts_with("a.toml:50:1: unknown key `key50` in an inventory file (and 10 more"));
}

#[test]
fn what_is_nested_without_end_is_refused_and_no_stack_overflows() {
    for (open, close) in [("[", "]"), ("{a=", "}")] {
        let text = format!("asset = {}{}", open.repeat(100_000), close.repeat(100_000));
        assert!(!problems(&[&text]).is_empty());
    }
}

#[test]
fn files_are_one_inventory_and_may_begin_with_a_byte_order_mark() {
    let file = |name: &str, text: &str| SourceFile { name: name.into(), text: text.into() };
    let files = [
        file("a.toml", "\u{feff}[[asset]]\r\nid = 's'\r\nkind = 'server'\r\nneeds = ['f']\r\n"),
        file("b.toml", ""),
        file("c.toml", "[[asset]]\nid = 'f'\nkind = 'feed'\n"),
    ];
    let inventory = Inventory::load(&files, &Zones::embedded()).expect("these files are right");
    assert_eq!(inventory.assets.len(), 2);
}

/// The example at the room's front door is the manual of the format: it is read as it stands there.
#[test]
fn the_example_in_the_documentation_is_right_and_shows_every_key() {
    let shown: String = include_str!("../mod.rs")
        .lines()
        .skip_while(|line| *line != "//! ```toml")
        .skip(1)
        .take_while(|line| *line != "//! ```")
        .flat_map(|line| [line.trim_start_matches("//!"), "\n"])
        .collect();
    let inventory = super::super::fixture::inventory(&shown);
    assert_eq!((inventory.vendors.len(), inventory.assets.len(), inventory.checklist.len()), (1, 5, 1));
    assert_eq!((inventory.customers.len(), inventory.staff.len()), (1, 1));
    for key in super::super::load::ALL_KEYS.iter().flat_map(|(_, keys)| *keys) {
        assert!(shown.contains(&format!("{key} = ")) || shown.contains(&format!("{key}]]")), "`{key}` is not shown");
    }
}
