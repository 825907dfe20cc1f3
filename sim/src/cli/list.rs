//! `crosswire list` and `crosswire schema`.

use super::args::List;
use super::failure::{Exit, Failure};
use super::screen::Screen;
use crosswire::catalog::{self, Kind};
use crosswire::text::{Align, Table};

/// Prints everything of a kind.
pub(super) fn list(wanted: &List) -> Result<Exit, Failure> {
    let items = catalog::items(wanted.kind);
    match (wanted.json, wanted.kind) {
        (true, Kind::Mechanisms) => return json(&catalog::mechanisms().collect::<Vec<_>>()),
        (true, kind @ (Kind::Clients | Kind::Services)) => {
            return json(&catalog::under_test(kind).collect::<Vec<_>>());
        }
        (true, _) => return json(&items),
        (false, _) => {}
    }
    let mut table = Table::new(&[Align::Left, Align::Left]);
    for item in items {
        table.row([item.name, item.summary]);
    }
    Screen::Output.print(&table.set(""))?;
    Ok(Exit::Clean)
}

/// Prints the schema of a scenario.
pub(super) fn schema() -> Result<Exit, Failure> {
    json(&crosswire_plan::json_schema())
}

fn json(value: &impl serde::Serialize) -> Result<Exit, Failure> {
    let text = serde_json::to_string_pretty(value);
    let text = text.map_err(|error| Failure::Harness(error.to_string()))?;
    Screen::Output.print(&format!("{text}\n"))?;
    Ok(Exit::Clean)
}
