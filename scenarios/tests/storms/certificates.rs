//! A certificate does not depend on the number of threads.

use crosswire::certify::{Question, battery, certify};
use crosswire::sim::ClientUnderTest;
use std::time::Duration;

/// Returns the certificate of one seed a trial, as JSON.
fn certificate(client: &str, threads: usize) -> String {
    let question = Question {
        client: ClientUnderTest::named(client).expect("a known client"),
        scenarios: battery::scenarios(),
        from: 0,
        seeds: 1,
        threads,
        budget: Duration::from_mins(5),
    };
    let mut certified = certify(&question, &|_| (), &|| false);
    certified.small(false, &question.client, &|_| (), &|| false);
    serde_json::to_string(&certified.certificate).expect("JSON")
}

#[test]
fn a_certificate_is_the_same_on_one_thread_and_on_two() {
    let client = "pooled-cancel-desync";
    assert_eq!(certificate(client, 1), certificate(client, 2));
}
