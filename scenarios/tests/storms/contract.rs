//! The contract of `CacheClient`: each clause separates its pair of clients, and the page has the
//! clauses of the trait's docs.

use crosswire_claims::contract::{self, Tried, accused, clauses, found, violates};
use crosswire_claims::page::replaced;
use crosswire_zoo::contract::CONTRACT;
use std::collections::BTreeMap;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/contract.md");

#[test]
fn each_clause_separates_its_pair() {
    // A correct client of several clauses runs once in a scenario.
    let mut played = BTreeMap::new();
    let mut complaints = Vec::new();
    for pair in CONTRACT {
        let place = played.entry((pair.right, pair.scenario));
        let accused = place.or_insert_with(|| accused(pair, 2)).clone();
        complaints.extend(Tried { accused, found: found(pair, 2) }.complaint(pair));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn each_clause_of_the_docs_has_a_pair_and_each_pair_a_clause() {
    let docs: Vec<_> = clauses().into_iter().map(|clause| (clause.id, clause.invariants)).collect();
    let pairs = CONTRACT.iter().map(|pair| (pair.clause.to_owned(), violates(pair)));
    assert_eq!(docs, pairs.collect::<Vec<_>>());
}

#[test]
fn the_page_has_the_clauses_of_the_docs() {
    let page = std::fs::read_to_string(PAGE).expect("the page");
    let new = replaced(&page, "clauses", &contract::page()).expect("the page has the marks");
    if std::env::var_os("CROSSWIRE_BLESS").is_some() {
        std::fs::write(PAGE, &new).expect("the page can be written");
        return;
    }
    assert!(page == new, "docs/contract.md is out of date; CROSSWIRE_BLESS=1 writes it");
}
