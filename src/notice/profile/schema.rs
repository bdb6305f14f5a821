//! The JSON Schema of profiles, for editors: made from the keys as they are read, with their explanations.

use schemars::Schema;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use serde_json::{Value, json};

use super::Field;
use super::file::ProfileFile;
use crate::notice::status::Status;
use crate::window::Impact;

/// The schema as text, by JSON Schema of draft 7, which editors of TOML know.
#[must_use]
pub fn profile_schema() -> String {
    let settings = SchemaSettings::draft07().with_transform(RecursiveTransform(words));
    let mut schema = settings.into_generator().into_root_schema_for::<ProfileFile>();
    schema.insert("title".to_owned(), "A vendor's profile of inwindow".into());
    format!("{:#}", Value::from(schema))
}

/// Names the words that a key takes: fields, statuses, versions.
fn words(schema: &mut Schema) {
    let fields: Vec<&str> = Field::ALL.into_iter().map(|(_, word)| word).collect();
    let Some(Value::Object(properties)) = schema.get_mut("properties") else { return };
    for (name, key) in properties {
        let Some(key) = key.as_object_mut() else { continue };
        match name.as_str() {
            "field" => drop(key.insert("enum".to_owned(), json!(fields))),
            "digest" => drop(key.insert("items".to_owned(), json!({ "type": "string", "enum": fields }))),
            "default_status" => {
                let statuses: Vec<&str> = Status::ALL.into_iter().map(Status::as_str).collect();
                drop(key.insert("enum".to_owned(), json!(statuses)));
            }
            "is" => {
                let statuses = Status::ALL.into_iter().map(Status::as_str);
                let known: Vec<&str> = statuses.chain(Impact::ALL.into_iter().map(Impact::as_str)).collect();
                // Other spellings are read too.
                drop(key.insert("examples".to_owned(), json!(known)));
            }
            "version" => drop(key.insert("const".to_owned(), json!(1))),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `inwindow profile schema > schedules/vendors/profile.schema.json` writes it anew.
    #[test]
    fn the_schema_that_ships_is_that_of_the_keys_read() {
        let shipped = include_str!("../../../schedules/vendors/profile.schema.json");
        assert_eq!(format!("{}\n", profile_schema()), shipped);
    }

    #[test]
    fn every_key_is_explained() {
        fn unexplained(name: &str, value: &Value, found: &mut Vec<String>) {
            let Some(object) = value.as_object() else { return };
            for (key, property) in object.get("properties").and_then(Value::as_object).into_iter().flatten() {
                if property.get("description").is_none() {
                    found.push(format!("{name}.{key}"));
                }
            }
            for (key, definition) in object.get("definitions").and_then(Value::as_object).into_iter().flatten() {
                unexplained(key, definition, found);
            }
        }
        let mut found = Vec::new();
        unexplained("profile", &serde_json::from_str(&profile_schema()).expect("JSON"), &mut found);
        assert_eq!(found, [""; 0]);
    }
}
