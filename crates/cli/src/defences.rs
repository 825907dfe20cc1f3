//! Sets of defences, as they are written on the command line and in seed lines.

use super::failure::Failure;
use crosswire::catalog;
use crosswire::seedline::NONE;
use crosswire_output::format::printable;

/// Parses `--defence` values into one set of names, each once: `a+b` names two defences, and `none`
/// alone is the empty set.
pub(super) fn defences(values: &[String]) -> Result<Vec<String>, Failure> {
    let names: Vec<&str> = values.iter().flat_map(|set| set.split('+')).collect();
    if names.iter().all(|name| *name == NONE) {
        return Ok(Vec::new());
    }
    let mut set: Vec<String> = Vec::new();
    for name in &names {
        match *name {
            NONE => return Err(none_and_others(&names)),
            "" => return Err(missing_name(&values.join("+"))),
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
        "`none` means no defence and cannot be combined with {}; expected `none` alone, or names \
         of defences",
        printable(&others.join(", "))
    ))
}

fn missing_name(value: &str) -> Failure {
    let value: String = printable(value).chars().take(200).collect();
    Failure::input(format!(
        "one of the defences in `{value}` has no name; expected names joined by `+`, or `none`"
    ))
}
