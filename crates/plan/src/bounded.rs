//! Puts the limits of numbers into the schema of a scenario. The schema and the program take them
//! from one table.

use serde_json::Value;

use crate::limits::{LIMITS, Limit};

/// Sets the limit of each number in the schema, as the table has it for its path. Limits of numbers
/// that only a plan has are skipped.
pub(crate) fn bound(schema: &mut Value) {
    for (pattern, limit) in LIMITS {
        let steps: Vec<_> = pattern.split('.').collect();
        for place in places(schema, &steps) {
            // A number whose definition several fields share gets a copy in each.
            if let Some(name) = reference(schema, &place) {
                let definition = schema.pointer(&name).cloned().unwrap_or_default();
                let field = schema.pointer_mut(&place).and_then(Value::as_object_mut);
                let field = field.expect("the field refers to a definition");
                field.remove("$ref");
                for (word, value) in definition.as_object().into_iter().flatten() {
                    field.entry(word.clone()).or_insert_with(|| value.clone());
                }
            }
            let field = schema.pointer_mut(&place).expect("the field exists");
            set(field, *limit);
        }
    }
}

/// Returns the places that describe the number of a path, as JSON pointers.
fn places(schema: &Value, steps: &[&str]) -> Vec<String> {
    let mut places = vec![String::new()];
    for step in steps {
        let below = places.iter().flat_map(|place| {
            let place = reference(schema, place).unwrap_or_else(|| place.clone());
            below(schema, &place, step)
        });
        places = below.collect();
    }
    places
}

/// Returns the definition that a place refers to, if it does.
fn reference(schema: &Value, place: &str) -> Option<String> {
    let name = schema.pointer(place)?.get("$ref")?.as_str()?;
    Some(name.trim_start_matches('#').to_owned())
}

/// Returns the places that describe a field, or each field or item if the step is `*`. Looks into
/// choices, too.
fn below(schema: &Value, place: &str, step: &str) -> Vec<String> {
    let words = schema.pointer(place).and_then(Value::as_object);
    let words = words.expect("a place of the schema describes a field");
    let mut found = Vec::new();
    let properties = words.get("properties").and_then(Value::as_object);
    for name in properties.into_iter().flatten().map(|(name, _)| name) {
        if step == "*" || step == name {
            found.push(format!("{place}/properties/{name}"));
        }
    }
    for each in ["items", "additionalProperties"] {
        if step == "*" && words.get(each).is_some_and(Value::is_object) {
            found.push(format!("{place}/{each}"));
        }
    }
    if let Some(choice) = words.get("anyOf").and_then(Value::as_array) {
        for nth in 0..choice.len() {
            let place = format!("{place}/anyOf/{nth}");
            let place = reference(schema, &place).unwrap_or(place);
            found.extend(below(schema, &place, step));
        }
    }
    found
}

/// Sets the limit of a number, and of both ends of its range if it may be drawn.
fn set(field: &mut Value, limit: Limit) {
    let (least, most) = match limit {
        Limit::Whole(least, most) => (Value::from(least), Value::from(most)),
        Limit::Real(least, most) => (Value::from(least), Value::from(most)),
    };
    let words = field.as_object_mut().expect("a number is described by an object");
    let is_number = words.get("type").is_some_and(|names| {
        let name = names.as_str().or_else(|| names.get(0)?.as_str());
        matches!(name, Some("integer" | "number"))
    });
    if is_number {
        words.insert("minimum".to_owned(), least);
        words.insert("maximum".to_owned(), most);
        return;
    }
    if let Some(items) = words.get_mut("items") {
        set(items, limit);
    }
    for choice in ["anyOf", "oneOf"] {
        for one in words.get_mut(choice).and_then(Value::as_array_mut).into_iter().flatten() {
            set(one, limit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Collects all limits below a place.
    fn limits(value: &Value, found: &mut Vec<(f64, f64)>) {
        match value {
            Value::Object(words) => {
                if let (Some(least), Some(most)) = (words.get("minimum"), words.get("maximum")) {
                    let number = |value: &Value| value.as_f64().expect("a number");
                    found.push((number(least), number(most)));
                }
                words.values().for_each(|value| limits(value, found));
            }
            Value::Array(items) => items.iter().for_each(|value| limits(value, found)),
            _ => {}
        }
    }

    #[test]
    fn the_schema_has_the_limits_of_the_program() {
        let schema = crate::json_schema();
        for (pattern, limit) in LIMITS {
            if pattern.starts_with("faults.") || *pattern == "cancel_at" {
                continue;
            }
            let steps: Vec<_> = pattern.split('.').collect();
            let places = places(&schema, &steps);
            assert!(!places.is_empty(), "{pattern} is not in the schema");
            let expected = match *limit {
                Limit::Whole(least, most) => (least as f64, most as f64),
                Limit::Real(least, most) => (least, most),
            };
            for place in places {
                let mut found = Vec::new();
                limits(schema.pointer(&place).expect("a field"), &mut found);
                assert!(!found.is_empty(), "{pattern} has no limit at {place}");
                assert!(found.iter().all(|found| *found == expected), "{pattern}: {found:?}");
            }
        }
    }
}
