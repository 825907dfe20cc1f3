//! `crosswire matrix --report`: the matrix as a page.

use crate::single_run::program_name;
use crosswire::matrix::print::{COST, COST_HEAD, called};
use crosswire::matrix::{Cell, Matrix};
use crosswire_output::format::{by_number, grouped, quoted};
use crosswire_report::page::matrix::{CostRow, HeatCell, HeatMap, HeatRow, heat_map};

/// Returns the page. `command` is the command that makes it.
pub(super) fn page(matrix: &Matrix, command: &str) -> String {
    let columns: Vec<_> = matrix.defences.iter().map(|set| called(set)).collect();
    let rows = matrix
        .rows()
        .map(|cells| HeatRow { heads: heads(&cells[0]), cells: cells.iter().map(cell).collect() });
    heat_map(&HeatMap {
        title: "Mechanism by defence".to_owned(),
        about: vec![format!(
            "Each row is a bug or a client in its scenario; each column is what defends against \
             it. All cells of a row run the same plans, with seeds from {} on.",
            grouped(matrix.from.0)
        )],
        command: command.to_owned(),
        heads: ["#", "mechanism", "client or service", "scenario"].map(str::to_owned).to_vec(),
        seeds: matrix.seeds,
        rows: rows.collect(),
        costs: costs(matrix),
        columns,
        about_costs: COST.to_owned(),
    })
}

fn heads(cell: &Cell) -> Vec<String> {
    let Cell { mechanism, name, played_as, scenario, .. } = cell;
    let number = mechanism.map(|number| number.to_string()).unwrap_or_default();
    vec![number, name.clone(), played_as.clone(), scenario.clone()]
}

fn cell(cell: &Cell) -> HeatCell {
    let replay = cell.first.as_ref();
    HeatCell {
        leaked: cell.leaked,
        violated: cell.violated_otherwise(),
        clean: cell.clean,
        inconclusive: cell.inconclusive,
        panicked: cell.panicked,
        users: cell.users_exposed,
        seeds_to_find: cell.seeds_to_find,
        replay: replay.map(|line| format!("{} replay {}", quoted(&program_name()), quoted(line))),
        invariants: by_number(&cell.invariants).into_iter().map(str::to_owned).collect(),
    }
}

/// Returns each cost with its values for all columns: the cost table, turned on its side.
fn costs(matrix: &Matrix) -> Vec<CostRow> {
    let columns: Vec<_> = (0..matrix.defences.len()).map(|at| matrix.costs(at)).collect();
    let rows = COST_HEAD.iter().enumerate().skip(1).map(|(at, name)| CostRow {
        name: (*name).to_owned(),
        values: columns.iter().map(|column| column[at].clone()).collect(),
    });
    rows.collect()
}
