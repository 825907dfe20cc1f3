//! A matrix as a page: what each defence stops, as a heat map, and what it costs.
//!
//! The numbers and words are in the cells. Colours only repeat them: the kind of the worst outcome,
//! stronger the more seeds had it.

use super::parts::{command, story};
use super::shell::document;
use super::table::{self, SCRIPT};
use crosswire_output::format::{counted, grouped, printable};
use maud::{Markup, html};

/// A matrix of rows, such as mechanisms, and columns, such as sets of defences.
#[derive(Clone, Debug, Default)]
pub struct HeatMap {
    /// The title.
    pub title: String,
    /// The sentences between the title and the heat map.
    pub about: Vec<String>,
    /// The command that makes the page.
    pub command: String,
    /// The names of the rows' heads: what the rows are, and more that is known of them.
    pub heads: Vec<String>,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The number of seeds of each cell.
    pub seeds: u64,
    /// The rows.
    pub rows: Vec<HeatRow>,
    /// The costs, each with a value for each column.
    pub costs: Vec<CostRow>,
    /// The sentence above the costs.
    pub about_costs: String,
}

/// A row of the matrix.
#[derive(Clone, Debug, Default)]
pub struct HeatRow {
    /// A value for each of the matrix's heads.
    pub heads: Vec<String>,
    /// A cell for each column.
    pub cells: Vec<HeatCell>,
}

/// The outcomes of the seeds of one row and one column.
#[derive(Clone, Debug, Default)]
pub struct HeatCell {
    /// Seeds in which a user saw another user's data.
    pub leaked: u64,
    /// Seeds that violated another invariant, and did not leak.
    pub violated: u64,
    /// Seeds that were clean.
    pub clean: u64,
    /// Seeds that were inconclusive.
    pub inconclusive: u64,
    /// Seeds whose run panicked.
    pub panicked: u64,
    /// Users who saw another user's data, in all seeds together.
    pub users: u64,
    /// The number of seeds up to and including the first that violated an invariant.
    pub seeds_to_find: Option<u64>,
    /// The command that replays the first such run.
    pub replay: Option<String>,
    /// The ids of the violated invariants.
    pub invariants: Vec<String>,
}

/// A cost, with its value for each column.
#[derive(Clone, Debug, Default)]
pub struct CostRow {
    /// The name of the cost, with its unit.
    pub name: String,
    /// The values.
    pub values: Vec<String>,
}

/// Returns a matrix as a page.
pub fn heat_map(map: &HeatMap) -> String {
    let body = html! {
        h1 { (printable(&map.title)) }
        @for sentence in &map.about { p { (printable(sentence)) } }
        (command("This command makes the page", &map.command))
        (legend(map.seeds))
        (heat(map))
        (costs(map))
        (found(map))
    };
    document(&printable(&map.title), &body, SCRIPT)
}

/// Returns the meaning of the words in the cells.
fn legend(seeds: u64) -> Markup {
    html! {
        h2 { "How to read a cell" }
        p {
            "Each cell has " (counted(seeds, "seed")) ". The first line is the worst outcome with \
            its number of seeds; the lines after it are the others."
        }
        dl.legend {
            dt { span.cell.leaked { "leaked" } }
            dd { "a user saw another user's data" }
            dt { span.cell.violated { "violated" } }
            dd { "only other invariants were violated" }
            dt { span.cell.clean { "clean" } }
            dd { "every invariant held and every required situation occurred" }
            dt { span.cell.inconclusive { "inconclusive" } }
            dd {
                "nothing was violated, but what the scenario is about never occurred, as when a \
                defence bypasses the cache"
            }
        }
    }
}

/// Returns the heat map.
fn heat(map: &HeatMap) -> Markup {
    let body = html! {
        thead {
            tr {
                @for head in &map.heads { th scope="col" { (printable(head)) } }
                @for column in &map.columns { th.number scope="col" { (printable(column)) } }
            }
        }
        tbody {
            @for row in &map.rows {
                tr {
                    @for (at, head) in row.heads.iter().enumerate() {
                        @if is_name(at, map) { th scope="row" { (printable(head)) } }
                        @else { td { (printable(head)) } }
                    }
                    @for cell in &row.cells { (heat_cell(cell, map.seeds)) }
                }
            }
        }
    };
    html! {
        h2 #matrix { "Outcomes" }
        (table::frame("matrix", "heat", &body))
    }
}

/// Returns whether a head is the name of its row: the second, or the only one.
fn is_name(at: usize, map: &HeatMap) -> bool {
    at == 1.min(map.heads.len().saturating_sub(1))
}

/// Returns the outcomes of a cell, the worst first, each with its number of seeds.
fn outcomes(cell: &HeatCell) -> Vec<(&'static str, u64)> {
    let all = [
        ("panicked", cell.panicked),
        ("leaked", cell.leaked),
        ("violated", cell.violated),
        ("clean", cell.clean),
        ("inconclusive", cell.inconclusive),
    ];
    all.into_iter().filter(|(_, seeds)| *seeds > 0).collect()
}

fn heat_cell(cell: &HeatCell, seeds: u64) -> Markup {
    let outcomes = outcomes(cell);
    let Some((worst, count)) = outcomes.first().copied() else {
        return html! { td.number { "no runs" } };
    };
    // Bad seeds sort above clean ones, and leaks above all.
    let order = cell.leaked * (seeds + 1) + cell.violated + cell.panicked;
    html! {
        td.cell.(worst).(level(count, seeds)).number data-value=(order) {
            strong { (worst) " " (grouped(count)) }
            @for (word, count) in &outcomes[1..] { span.also { (word) " " (grouped(*count)) } }
        }
    }
}

/// Returns the class of a cell's colour: the share of its seeds, in fifths.
fn level(count: u64, seeds: u64) -> &'static str {
    const LEVELS: [&str; 5] = ["level-1", "level-2", "level-3", "level-4", "level-5"];
    let fifths = (count * 5).div_ceil(seeds.max(1)).clamp(1, 5);
    LEVELS[fifths as usize - 1]
}

/// Returns what each column costs.
fn costs(map: &HeatMap) -> Markup {
    let body = html! {
        thead {
            tr {
                th scope="col" { "cost" }
                @for column in &map.columns { th.number scope="col" { (printable(column)) } }
            }
        }
        tbody {
            @for cost in &map.costs {
                tr {
                    th scope="row" { (printable(&cost.name)) }
                    @for value in &cost.values { td.number { (printable(value)) } }
                }
            }
        }
    };
    html! {
        h2 #cost { "Cost" }
        p { (printable(&map.about_costs)) }
        (table::frame("cost", "plain", &body))
    }
}

/// Returns a row for each cell in which something was found, with the command that replays it.
fn found(map: &HeatMap) -> Markup {
    let row = |heads: &HeatRow, column: &str, cell: &HeatCell| {
        let name = heads.heads.get(1).or(heads.heads.first());
        html! {
            tr {
                th scope="row" { (printable(name.map_or("", String::as_str))) }
                td { (printable(column)) }
                td.number { (cell.seeds_to_find.map_or("–".to_owned(), grouped)) }
                td.number { (grouped(cell.users)) }
                td { (printable(&cell.invariants.join(" "))) }
                td { code { (printable(cell.replay.as_deref().unwrap_or_default())) } }
            }
        }
    };
    let body = html! {
        thead {
            tr {
                th scope="col" { "row" }
                th scope="col" { "column" }
                th.number scope="col" { "seeds to find" }
                th.number scope="col" { "users exposed" }
                th scope="col" { "invariants" }
                th scope="col" { "replay the first" }
            }
        }
        tbody {
            @for heads in &map.rows {
                @for (column, cell) in map.columns.iter().zip(&heads.cells) {
                    @if cell.replay.is_some() { (row(heads, column, cell)) }
                }
            }
        }
    };
    let any = map.rows.iter().any(|row| row.cells.iter().any(|cell| cell.replay.is_some()));
    html! {
        h2 #found { "First findings" }
        @if any {
            (table::filters("found", &[]))
            (table::frame("found", "plain", &body))
        } @else {
            (story(&["nothing was violated".to_owned()]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_outcome_is_first_and_its_share_is_a_level() {
        let cell = HeatCell { leaked: 2, violated: 1, clean: 17, ..HeatCell::default() };
        let td = heat_cell(&cell, 20).into_string();
        assert!(td.contains("class=\"cell leaked level-1 number\""), "{td}");
        assert!(td.contains("<strong>leaked 2</strong>"), "{td}");
        assert!(td.contains("violated 1</span>") && td.contains("clean 17</span>"), "{td}");
        let clean = HeatCell { clean: 20, ..HeatCell::default() };
        assert!(heat_cell(&clean, 20).into_string().contains("clean level-5"));
        assert!(heat_cell(&HeatCell::default(), 0).into_string().contains("no runs"));
    }
}
