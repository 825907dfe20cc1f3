//! Checks the paths of `[swarm.draw]`: each must be quoted and lead to a number.

use toml::{Table, Value};

use crate::diagnose::{nearest, shown};
use crate::limits::{Limit, is_range};
use crate::outline::Outline;
use crate::problem::Problem;
use crate::scenario::Scenario;

/// Returns the problems with the paths, regardless of other problems in the file.
pub(crate) fn problems(outline: &Outline) -> Vec<Problem> {
    let mut problems = Vec::new();
    for entry in outline.entries() {
        let [swarm, draw, path] = &entry.path[..] else { continue };
        if swarm != "swarm" || draw != "draw" {
            continue;
        }
        let problem = if entry.is_table { Some(unquoted(outline, path)) } else { unknown(path) };
        problems.extend(problem.map(|problem| {
            let Diagnosis { message, label, help } = problem;
            Problem::new(entry.key.clone(), message, label.to_owned()).with_help(help)
        }));
    }
    problems
}

struct Diagnosis {
    message: String,
    label: &'static str,
    help: Option<String>,
}

/// Describes a path without quotes, which TOML reads as nested tables.
fn unquoted(outline: &Outline, first: &str) -> Diagnosis {
    let within = ["swarm", "draw", first];
    let mut entries = outline.entries().iter().filter(|entry| {
        !entry.is_table && entry.path.iter().zip(within).filter(|(a, b)| a == b).count() == 3
    });
    let path = entries.next().map_or(first.to_owned(), |entry| entry.path[2..].join("."));
    let path = shown(&path);
    let message = format!("the path `{path}` is not quoted; expected `\"{path}\" = [from, to]`");
    Diagnosis { message, label: "expected a path in quotes", help: None }
}

/// Describes a path that does not lead to a number.
fn unknown(path: &str) -> Option<Diagnosis> {
    let known = known();
    let steps: Vec<_> = path.split('.').map(str::to_owned).collect();
    if is_range(&steps) || known.iter().any(|known| known == path) {
        return None;
    }
    let near = nearest(path, known.iter().map(String::as_str));
    // A number that not every scenario has, such as the probability of a fault point.
    if Limit::of(&steps).is_some() && near.is_none() {
        return None;
    }
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let message = format!("`{}` is not a number in a scenario{hint}", shown(path));
    let top = path.split('.').next().unwrap_or_default();
    let beside = known.iter().filter(|known| known.split('.').next() == Some(top));
    let beside: Vec<_> = beside.map(String::as_str).collect();
    let help =
        if beside.is_empty() { None } else { Some(format!("known here: {}", beside.join(", "))) };
    Some(Diagnosis { message, label: "no such number", help })
}

/// Returns the numbers that every scenario has.
fn known() -> Vec<String> {
    let least = "name = 'x'\nsummary = 'x'\nduration_ms = 1\n\
                 cast = { cameras = 1, phones = 1, gateways = 1 }";
    let scenario: Result<Scenario, _> = toml::from_str(least);
    let mut paths = Vec::new();
    if let Some(file) = scenario.ok().and_then(|scenario| Table::try_from(scenario).ok()) {
        numbers("", &file, &mut paths);
    }
    paths
}

fn numbers(above: &str, table: &Table, paths: &mut Vec<String>) {
    for (name, value) in table {
        match value {
            Value::Table(inner) => numbers(&format!("{above}{name}."), inner, paths),
            Value::Integer(_) | Value::Float(_) => paths.push(format!("{above}{name}")),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_of_a_minimal_scenario_can_be_drawn() {
        let known = known();
        assert!(known.len() > 40, "{known:?}");
        for path in known {
            let steps: Vec<_> = path.split('.').map(str::to_owned).collect();
            assert!(Limit::of(&steps).is_some(), "{path} has no limit");
        }
    }
}
