use super::*;
use std::path::Path;

#[test]
fn the_schema_that_is_kept_is_that_of_the_type() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("certificate.schema.json");
    let mut fresh = serde_json::to_string_pretty(&json_schema()).expect("json");
    fresh.push('\n');
    if std::env::var_os("CROSSWIRE_BLESS").is_some() {
        std::fs::write(&path, &fresh).expect("the schema can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == fresh,
        "sim/certificate.schema.json is out of date; rewrite it with: \
         CROSSWIRE_BLESS=1 cargo test -p crosswire schema"
    );
}
