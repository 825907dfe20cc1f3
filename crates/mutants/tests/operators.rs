//! Tests each operator on a source of a few lines.

use crosswire_mutants::mutations;
use crosswire_mutants::zoo::mutants;
use std::path::Path;

/// Returns the mutations of a source, one per line.
fn listed(source: &str) -> String {
    let found = mutations(source).expect("Rust");
    let line = |mutation: &crosswire_mutants::Mutation| {
        format!("{} {}: {}\n", mutation.line(source), mutation.operator, mutation.change(source))
    };
    found.iter().map(line).collect()
}

#[test]
fn a_count_is_off_by_one_except_in_types_and_durations() {
    let source = "
const LIFE: Duration = Duration::from_millis(50);
fn f(a: [u8; 2]) -> usize {
    a.len() + 8usize + 0
}";
    insta::assert_snapshot!(listed(source), @r#"
    4 count: 8usize → 9usize
    4 count: 8usize → 7usize
    4 count: 0 → 1
    "#);
}

#[test]
fn a_comparison_is_relaxed_or_negated() {
    let source = "
fn f(a: u8, b: u8) -> bool {
    let _same = a == b;
    !(a < b)
}";
    insta::assert_snapshot!(listed(source), @r#"
    3 statement removed: removed let _same = a == b;
    3 comparison: == → !=
    4 comparison: !(a < b) → (a < b)
    4 comparison: < → <=
    "#);
}

#[test]
fn a_statement_is_removed_unless_others_need_it() {
    let source = "
fn f(&mut self, key: &str) -> u64 {
    let value = self.look_up(key);
    let _strike = self.strike(key);
    self.values.remove(key);
    value
}";
    insta::assert_snapshot!(listed(source), @r#"
    3 order exchanged: let value = self.look_up(key); let _strike = self.strike(key); → let _strike = self.strike(key); let value = self.look_up(key);
    4 statement removed: removed let _strike = self.strike(key);
    4 order exchanged: let _strike = self.strike(key); self.values.remove(key); → self.values.remove(key); let _strike = self.strike(key);
    5 statement removed: removed self.values.remove(key);
    "#);
}

#[test]
fn a_count_is_dropped() {
    let source = "
fn f(&mut self, count: u64) {
    self.writes += count;
}";
    insta::assert_snapshot!(listed(source), @"3 count dropped: removed self.writes += count;");
}

#[test]
fn statements_are_exchanged_where_one_waits_or_locks() {
    let source = "
async fn f(&self) -> Value {
    let writes = self.near.writes();
    let fetched = self.fetch().await;
    let plain = 1;
    let other = plain;
    fetched
}";
    insta::assert_snapshot!(listed(source), @r#"
    3 order exchanged: let writes = self.near.writes(); let fetched = self.fetch().await; → let fetched = self.fetch().await; let writes = self.near.writes();
    4 order exchanged: let fetched = self.fetch().await; let plain = 1; → let plain = 1; let fetched = self.fetch().await;
    5 count: 1 → 2
    5 count: 1 → 0
    "#);
}

#[test]
fn a_guard_is_forced() {
    let source = "
fn f(&self) {
    if self.is_past() && let Some(line) = self.line {}
    match self.next {
        Some(next) if next.is_new() => {}
        _ => self.all.filter(|one| one.is_open()),
    }
    self.first.is_some_and(|first| first.is_whole())
}";
    insta::assert_snapshot!(listed(source), @r#"
    3 statement removed: removed if self.is_past() && let Some(line) = self.line {}
    3 guard forced: self.is_past() → true
    3 guard forced: self.is_past() && let Some(line) = self.line → false
    5 guard forced: next.is_new() → true
    5 guard forced: next.is_new() → false
    6 guard forced: one.is_open() → true
    6 guard forced: one.is_open() → false
    8 guard forced: self.first.is_some_and(|first| first.is_whole()) → true
    8 guard forced: self.first.is_some_and(|first| first.is_whole()) → false
    "#);
}

#[test]
fn a_lock_that_is_held_across_an_await_is_released_between() {
    let source = "
async fn f(&self) -> Reply {
    let mut place = self.places[0].lock().await;
    let line = place.take();
    line.reply().await
}";
    insta::assert_snapshot!(listed(source), @r#"
    3 order exchanged: let mut place = self.places[0].lock().await; let line = place.take(); → let line = place.take(); let mut place = self.places[0].lock().await;
    3 count: 0 → 1
    4 lock released: let line = place.take(); → drop(place); let mut place = self.places[0].lock().await; let line = place.take();
    5 lock released: line.reply().await → drop(place); let mut place = self.places[0].lock().await; line.reply().await
    "#);
}

#[test]
fn one_mutation_changes_one_place() {
    let source = "fn f() -> u8 {\n    1 + 1\n}\n";
    let found = mutations(source).expect("Rust");
    let changed: Vec<_> = found.iter().map(|mutation| mutation.apply(source)).collect();
    let body = |a, b| format!("fn f() -> u8 {{\n    {a} + {b}\n}}\n");
    assert_eq!(changed, [body(2, 1), body(0, 1), body(1, 2), body(1, 0)]);
}

#[test]
fn each_client_of_the_zoo_has_mutants_and_each_remark_finds_its_mutant() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let all = mutants(&root, None).unwrap_or_else(|error| panic!("{error}"));
    assert!(all.len() > 500, "{} mutants", all.len());
    assert!(all.iter().all(|mutant| !mutant.change.is_empty()));
    let wrong = mutants(&root, Some("nobody")).expect_err("no such client");
    assert_eq!(wrong, "no correct client `nobody` in the zoo");
}
