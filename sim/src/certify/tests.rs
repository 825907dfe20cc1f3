use super::*;
use crate::stage::ClientUnderTest;
use std::path::Path;
use std::time::Duration;

/// A certificate of one seed a trial.
fn of(client: &str, threads: usize) -> Certificate {
    let question = Question {
        client: ClientUnderTest::named(client).expect("it is listed"),
        from: 0,
        seeds: 1,
        threads,
        budget: Duration::from_mins(5),
    };
    let mut certified = certify(&question, &|_| ());
    certified.small(false, &question.client, &|_| ());
    certified.certificate
}

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

#[test]
fn a_certificate_is_the_same_on_one_thread_and_on_two() {
    let text = |certificate| serde_json::to_string(&certificate).expect("JSON");
    assert_eq!(text(of("pooled-cancel-desync", 1)), text(of("pooled-cancel-desync", 2)));
}
