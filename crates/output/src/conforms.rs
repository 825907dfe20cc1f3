//! Checks a value against a JSON Schema, for the keywords that the schemas of Crosswire use. An
//! object must not have fields that its schema does not list.

use serde_json::{Map, Value};

/// Returns the places where `value` does not conform to `schema`, each with its path.
pub fn problems(schema: &Value, value: &Value) -> Vec<String> {
    let mut checker = Checker { root: schema, problems: Vec::new() };
    checker.check(schema, value, "");
    checker.problems
}

struct Checker<'a> {
    root: &'a Value,
    problems: Vec<String>,
}

/// The keywords that a schema may contain: an unknown one must not be ignored.
const KEYWORDS: &[&str] = &[
    "$defs",
    "$ref",
    "$schema",
    "additionalProperties",
    "anyOf",
    "const",
    "default",
    "description",
    "enum",
    "format",
    "items",
    "maxItems",
    "maximum",
    "minItems",
    "minimum",
    "oneOf",
    "properties",
    "required",
    "title",
    "type",
    "unevaluatedProperties",
    "uniqueItems",
];

impl<'a> Checker<'a> {
    fn problem(&mut self, path: &str, what: &str) {
        self.problems.push(format!("{path}: {what}"));
    }

    fn check(&mut self, schema: &'a Value, value: &Value, path: &str) {
        let Some(words) = schema.as_object() else { return };
        for word in words.keys() {
            assert!(
                KEYWORDS.contains(&word.as_str()),
                "{path}: unknown keyword `{word}` in the schema"
            );
        }
        if let Some(name) = words.get("$ref").and_then(Value::as_str) {
            let pointer = name.trim_start_matches('#');
            let referred =
                self.root.pointer(pointer).unwrap_or_else(|| panic!("the schema has no {name}"));
            self.check(referred, value, path);
        }
        self.check_type(words, value, path);
        if let Some(constant) = words.get("const")
            && constant != value
        {
            self.problem(path, &format!("{value} is not {constant}"));
        }
        for word in ["anyOf", "oneOf"] {
            if let Some(choice) = words.get(word).and_then(Value::as_array) {
                let fits = |one: &&Value| self.fits(one, value);
                let count = choice.iter().filter(fits).count();
                if count == 0 || word == "oneOf" && count > 1 {
                    self.problem(path, &format!("{value} matches {count} of the alternatives"));
                }
            }
        }
        match value {
            Value::Object(fields) => self.check_object(words, fields, path),
            Value::Array(items) => {
                for (nth, item) in items.iter().enumerate() {
                    if let Some(schema) = words.get("items") {
                        self.check(schema, item, &format!("{path}/{nth}"));
                    }
                }
            }
            _ => {}
        }
    }

    fn fits(&self, schema: &'a Value, value: &Value) -> bool {
        let mut checker = Checker { root: self.root, problems: Vec::new() };
        checker.check(schema, value, "");
        checker.problems.is_empty()
    }

    fn check_type(&mut self, words: &Map<String, Value>, value: &Value, path: &str) {
        let is = |name: &str| match name {
            "null" => value.is_null(),
            "boolean" => value.is_boolean(),
            "integer" => value.is_u64() || value.is_i64(),
            "number" => value.is_number(),
            "string" => value.is_string(),
            "array" => value.is_array(),
            "object" => value.is_object(),
            other => panic!("{path}: unknown type `{other}` in the schema"),
        };
        let fits = match words.get("type") {
            None => true,
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).any(is),
            Some(name) => name.as_str().is_some_and(is),
        };
        if !fits {
            self.problem(path, &format!("{value} is not of type {}", words["type"]));
        }
        let below = |least: &Value| value.as_f64() < least.as_f64();
        if value.is_number() && words.get("minimum").is_some_and(below) {
            self.problem(path, &format!("{value} is too small"));
        }
        let above = |most: &Value| value.as_f64() > most.as_f64();
        if value.is_number() && words.get("maximum").is_some_and(above) {
            self.problem(path, &format!("{value} is too large"));
        }
    }

    fn check_object(
        &mut self,
        words: &'a Map<String, Value>,
        fields: &Map<String, Value>,
        path: &str,
    ) {
        let required = words.get("required").and_then(Value::as_array);
        for name in required.into_iter().flatten().filter_map(Value::as_str) {
            if !fields.contains_key(name) {
                self.problem(path, &format!("`{name}` is missing"));
            }
        }
        let properties = words.get("properties").and_then(Value::as_object);
        for (name, field) in fields {
            let path = format!("{path}/{name}");
            match (properties.and_then(|known| known.get(name)), words.get("additionalProperties"))
            {
                (Some(schema), _) => self.check(schema, field, &path),
                (None, Some(schema)) if schema.is_object() => self.check(schema, field, &path),
                (None, _) if properties.is_some() => {
                    self.problem(&path, "the schema does not have this field");
                }
                (None, _) => {}
            }
        }
    }
}
