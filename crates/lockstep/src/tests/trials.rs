//! What a trial says of adapters.

use super::fake::Pool;
use super::with;
use crate::trial::{Outcome, trial};

fn told(pool: Pool) -> String {
    let trials = trial(&mut with(pool)).expect("no error");
    let lines = trials.iter().map(|it| match &it.outcome {
        Outcome::Right => format!("right: {}", it.what),
        Outcome::NotTried(why) => format!("not tried: {}: {why}", it.what),
        Outcome::Wrong(why) => format!("wrong: {}: {why}", it.what),
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn an_adapter_that_does_everything_is_right() {
    insta::assert_snapshot!(told(Pool::Correct));
}

#[test]
fn the_mistakes_of_a_library_are_not_the_adapters() {
    assert_eq!(told(Pool::ReusesPending), told(Pool::Correct));
}

#[test]
fn what_a_hello_excludes_is_not_tried() {
    insta::assert_snapshot!(told(Pool::NeverCancels));
}
