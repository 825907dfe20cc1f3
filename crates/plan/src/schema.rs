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

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn the_schema_beside_the_scenarios_matches_the_types() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/schema.json");
        let mut fresh = serde_json::to_string_pretty(&super::json_schema()).expect("json");
        fresh.push('\n');
        if std::env::var_os("CROSSWIRE_BLESS").is_some() {
            std::fs::write(&path, &fresh).expect("the schema can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == fresh,
            "scenarios/schema.json is out of date; rewrite it with: \
             CROSSWIRE_BLESS=1 cargo test -p crosswire-plan schema"
        );
    }
}
