//! The JSON Schema of a scenario file, so that an editor completes and checks it.

/// Returns the schema, generated from the types in [`crate::scenario`] and their comments.
///
/// Its numbers have the limits that the program enforces.
///
/// A copy is in `scenarios/schema.json`, to which the first line of each scenario points.
pub fn json_schema() -> serde_json::Value {
    let mut schema = schemars::schema_for!(crate::Scenario);
    schema.insert("title".to_owned(), "A Crosswire scenario".into());
    let mut schema = schema.to_value();
    crate::bounded::bound(&mut schema);
    schema
}
