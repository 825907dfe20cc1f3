//! Sets of defences, as they are named on the command line and in seed lines.

use super::failure::Failure;
use crosswire::catalog;
use crosswire::seedline::NONE;
use crosswire_output::text::printable;

/// The defences that are named, each once: `a+b` names two, and `none` alone stands for no defence.
pub(super) fn defences(said: &[String]) -> Result<Vec<String>, Failure> {
    let names: Vec<&str> = said.iter().flat_map(|set| set.split('+')).collect();
    if names.iter().all(|name| *name == NONE) {
        return Ok(Vec::new());
    }
    let mut set: Vec<String> = Vec::new();
    for name in &names {
        match *name {
            NONE => return Err(none_and_others(&names)),
            "" => return Err(nothing(&said.join("+"))),
            name => catalog::defence(name)?,
        }
        if !set.iter().any(|other| other == name) {
            set.push((*name).to_owned());
        }
    }
    Ok(set)
}

fn none_and_others(names: &[&str]) -> Failure {
    let others = names.iter().filter(|name| **name != NONE).map(|name| format!("`{name}`"));
    let others: Vec<_> = others.collect();
    Failure::input(format!(
        "`none` stands for no defence at all, and {} stands beside it; expected `none` alone, or \
         the names of defences",
        printable(&others.join(", "))
    ))
}

fn nothing(said: &str) -> Failure {
    let said: String = printable(said).chars().take(200).collect();
    Failure::input(format!(
        "one of the defences in `{said}` has no name; expected names joined by `+`, or `none`"
    ))
}
