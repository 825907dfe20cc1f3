//! `crosswire list` and `crosswire schema`.

use super::args::{ListArgs, SchemaArgs};
use super::failure::{Exit, Failure};
use super::screen::Screen;
use crate::schemas;
use crosswire::catalog::{Kind, List, OF_ALL_FAULTS};
use crosswire_output::format::{Align, Table};
use crosswire_output::machine;
use crosswire_plan::nearest;

/// Prints all names of a kind, with their summaries.
pub(super) fn list(args: &ListArgs) -> Result<Exit, Failure> {
    let list = List::of(args.kind);
    if args.json {
        Screen::Output.print(&machine::page(&list)?)?;
        return Ok(Exit::Clean);
    }
    let layout = Screen::Output.layout();
    let mut table = Table::new(&[Align::Left, Align::Left]);
    for entry in &list.items {
        table.row([entry.name.clone(), entry.description()]);
    }
    let note = match args.kind {
        Kind::Faults => format!("\n{}", layout.wrapped("", OF_ALL_FAULTS)),
        _ => String::new(),
    };
    Screen::Output.print(&(table.set(layout, "") + &note))?;
    Ok(Exit::Clean)
}

/// Prints the JSON Schema of a type.
pub(super) fn schema(args: &SchemaArgs) -> Result<Exit, Failure> {
    let name = args.kind.as_deref().unwrap_or(schemas::SCENARIO);
    let schema = schemas::named(name).ok_or_else(|| unknown(name))?;
    Screen::Output.print(&(serde_json::to_string_pretty(&schema)? + "\n"))?;
    Ok(Exit::Clean)
}

fn unknown(name: &str) -> Failure {
    let printed = schemas::TYPES.iter().map(|(known, ..)| *known);
    let known: Vec<_> = std::iter::once(schemas::SCENARIO).chain(printed).collect();
    let near = nearest(name, known.iter().copied());
    let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let help = format!("known: {}", known.join(", "));
    let shown: String = crosswire_output::format::printable(name).chars().take(60).collect();
    Failure::Input(miette::miette!(help = help, "unknown type `{shown}`{hint}"))
}
