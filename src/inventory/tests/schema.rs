//! The JSON Schema that ships says what the loader accepts: the same keys, and the same of what is right and wrong.

use std::collections::BTreeSet;

use regex::Regex;
use serde_json::Value;

use super::super::load::ALL_KEYS;
use super::super::{Inventory, Stage};
use crate::maintenance::Label;
use crate::time::Zones;
use crate::window::Impact;
use crate::written::SourceFile;

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../schedules/inventory.schema.json")).expect("the schema is JSON")
}

/// What a schema holds against a value, as far as ours go; a word it does not know is a complaint too.
fn complaints(schema: &Value, rule: &Value, value: &Value, at: &str, found: &mut Vec<String>) {
    for (word, wanted) in rule.as_object().expect("a schema is an object") {
        let number = || wanted.as_f64().expect("a number");
        let fits = match word.as_str() {
            "$schema" | "$defs" | "title" | "description" | "properties" => true,
            "$ref" => {
                let path = wanted.as_str().and_then(|path| path.strip_prefix('#')).expect("a reference inside");
                complaints(schema, schema.pointer(path).expect("it is there"), value, at, found);
                true
            }
            "type" => match wanted.as_str() {
                Some("object") => value.is_object(),
                Some("array") => value.is_array(),
                Some("string") => value.is_string(),
                Some("boolean") => value.is_boolean(),
                Some("integer") => value.is_i64() || value.is_u64(),
                Some("number") => value.is_number(),
                other => panic!("unknown type {other:?}"),
            },
            "enum" => wanted.as_array().is_some_and(|words| words.contains(value)),
            "pattern" => value
                .as_str()
                .is_none_or(|text| Regex::new(wanted.as_str().expect("a pattern")).expect("a pattern").is_match(text)),
            "minLength" => value.as_str().is_none_or(|text| *wanted == 1 && !text.trim().is_empty()),
            "minItems" => value.as_array().is_none_or(|members| *wanted == 1 && !members.is_empty()),
            "minimum" => value.as_f64().is_none_or(|value| value >= number()),
            "maximum" => value.as_f64().is_none_or(|value| value <= number()),
            "exclusiveMinimum" => value.as_f64().is_none_or(|value| value > number()),
            "required" => has_all(value, wanted),
            "dependentRequired" => wanted
                .as_object()
                .is_some_and(|all| all.iter().all(|(key, needed)| value.get(key).is_none() || has_all(value, needed))),
            "additionalProperties" => {
                value.as_object().is_none_or(|keys| keys.keys().all(|key| rule["properties"].get(key).is_some()))
            }
            "items" => {
                for member in value.as_array().into_iter().flatten() {
                    complaints(schema, wanted, member, at, found);
                }
                true
            }
            other => panic!("the test does not know `{other}`"),
        };
        if !fits {
            found.push(format!("{at}: {word}"));
        }
    }
    for (key, value) in value.as_object().into_iter().flatten() {
        if let Some(rule) = rule.get("properties").and_then(|rules| rules.get(key)) {
            complaints(schema, rule, value, key, found);
        }
    }
}

fn has_all(value: &Value, keys: &Value) -> bool {
    let key = |key: &Value| value.get(key.as_str().expect("a key")).is_some();
    value.as_object().is_none_or(|_| keys.as_array().expect("keys").iter().all(key))
}

#[track_caller]
fn against(text: &str) -> Vec<String> {
    let value: toml::Value = toml::from_str(text).expect("TOML");
    let value = serde_json::to_value(value).expect("JSON");
    let (schema, mut found) = (schema(), Vec::new());
    complaints(&schema, &schema, &value, "file", &mut found);
    found
}

#[test]
fn the_schema_has_the_keys_of_the_loader_and_no_other() {
    let schema = schema();
    for (table, keys) in ALL_KEYS {
        let rule = if table.is_empty() { &schema } else { &schema["$defs"][*table] };
        let named: BTreeSet<&str> =
            rule["properties"].as_object().expect("a table").keys().map(String::as_str).collect();
        assert_eq!(named, keys.iter().copied().collect(), "{table}");
        assert_eq!(rule["additionalProperties"], Value::Bool(false), "{table}");
    }
    assert_eq!(schema["$defs"].as_object().map(serde_json::Map::len), Some(ALL_KEYS.len() - 1));
    let labels = Label::OF_WINDOWS.map(|label| Value::from(label.as_str())).to_vec();
    assert_eq!(schema["$defs"]["terms"]["properties"]["excused"]["items"]["enum"], Value::from(labels));
    let by_impact = &schema["$defs"]["terms"]["properties"]["notice_by_impact"]["properties"];
    let impacts: BTreeSet<_> = by_impact.as_object().expect("a table").keys().map(String::as_str).collect();
    assert_eq!(impacts, Impact::ALL.map(Impact::as_str).into());
    let stages: Vec<_> = Stage::ALL.iter().chain(&Stage::OF_STAFF).map(|stage| Value::from(stage.as_str())).collect();
    assert_eq!(schema["$defs"]["contact"]["properties"]["stages"]["items"]["enum"], Value::from(stages));
}

#[test]
fn files_that_ship_and_the_manual_fit_the_schema() {
    let manual = include_str!("../../../README.md").split("## Inventory").nth(1).expect("the section");
    let manual = manual.split("```toml").nth(1).and_then(|rest| rest.split("```").next()).expect("the example");
    for text in [
        include_str!("../../../schedules/demo/inventory/bytesized.toml"),
        include_str!("../../../schedules/demo/inventory/center-stage.toml"),
        include_str!("../../../schedules/demo/inventory/vendors.toml"),
        manual,
    ] {
        assert_eq!(against(text), [""; 0]);
    }
}

/// The loader refuses the file, and the schema says why.
#[track_caller]
fn check(text: &str, expected: &[&str]) {
    let files = [SourceFile { name: "a.toml".into(), text: text.into() }];
    Inventory::load(&files, &Zones::embedded()).expect_err("the loader takes it");
    assert_eq!(against(text), expected);
}

#[test]
fn what_the_schema_refuses_the_loader_refuses() {
    let asset = |rest: &str| format!("asset = [{{ id = 'a', kind = 'x', {rest} }}]");
    check("assets = []", &["file: additionalProperties"]);
    check("asset = [{ id = 'a' }]", &["asset: required"]);
    check("asset = { id = 'a', kind = 'x' }", &["asset: type"]);
    check(&asset("needs = 'b'"), &["needs: type"]);
    check(&asset("name = ' '"), &["name: minLength"]);
    check(&asset("any = [{ n = 0, of = ['a'] }]"), &["n: minimum"]);
    check(&asset("any = [{ n = 1, of = [] }]"), &["of: minItems"]);
    check(&asset("capacity = '16'"), &["capacity: pattern"]);
    check(&asset("load = '16 amps'"), &["load: pattern"]);
    check(&asset("load = 16"), &["load: type"]);
    check(&asset("max_share = 0.8"), &["asset: dependentRequired"]);
    check(&asset("capacity = '1 A', max_share = 0.0"), &["max_share: exclusiveMinimum"]);
    check(&asset("capacity = '1 A', max_share = 80"), &["max_share: maximum"]);
    check("vendor = [{ id = 'v', zone = 'UTC', terms = { contingency_counts = 1 } }]", &["contingency_counts: type"]);
    check("staff = [{ email = 'a@b.example', role = 'boss' }]", &["role: enum"]);
    check("staff = [{ email = 'a@b.example', stages = ['remainder'] }]", &["stages: enum"]);
    check("checklist = [{ id = 'b', what = 'c' }]", &["checklist: required"]);
}
