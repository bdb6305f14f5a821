//! A JSON array that is printed as its values come, by the letter as if all of them had been there.

use anyhow::Result;
use serde::Serialize;

/// One that stands in a document so deep.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Array {
    /// What stands before its brackets.
    indent: &'static str,
    begun: bool,
}

impl Array {
    /// One in a field of a document.
    pub(crate) fn in_field() -> Self {
        Self { indent: "  ", begun: false }
    }

    /// These values, behind those before.
    pub(crate) fn goes_on(&mut self, values: &[impl Serialize]) -> Result<String> {
        let mut text = String::new();
        for value in values {
            text.push_str(if self.begun { "," } else { "[" });
            self.begun = true;
            for line in serde_json::to_string_pretty(value)?.lines() {
                text.extend(["\n", self.indent, "  ", line]);
            }
        }
        Ok(text)
    }

    /// What closes it.
    pub(crate) fn ends(&self) -> String {
        if self.begun { format!("\n{}]", self.indent) } else { "[]".to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn check(pieces: &[&[Value]]) {
        let (mut array, mut field) = (Array::default(), Array::in_field());
        let (mut alone, mut within) = (String::new(), "{\n  \"of\": ".to_owned());
        for values in pieces {
            alone.push_str(&array.goes_on(values).expect("JSON"));
            within.push_str(&field.goes_on(values).expect("JSON"));
        }
        let all = pieces.concat();
        assert_eq!(alone + &array.ends(), serde_json::to_string_pretty(&all).expect("JSON"));
        assert_eq!(within + &field.ends() + "\n}", serde_json::to_string_pretty(&json!({ "of": all })).expect("JSON"));
    }

    #[test]
    fn pieces_read_as_the_whole() {
        let value = || json!({ "a": [1, { "b": "two\nlines" }], "c": {}, "d": [] });
        check(&[]);
        check(&[&[], &[]]);
        check(&[&[value()]]);
        check(&[&[value(), json!(null)], &[], &[json!("x")], &[value()]]);
    }
}
