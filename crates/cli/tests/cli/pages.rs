//! The repository's pages and scripts agree with the program.

use crosswire::catalog::WITH_ADAPTER;
use crosswire_lockstep::situations::Situation;

#[test]
fn the_script_that_makes_adapters_knows_the_same_libraries() {
    let text = include_str!("../../../../adapters/libraries");
    let table = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let rows = table.map(|line| line.split_whitespace().collect::<Vec<_>>());
    let libraries: Vec<_> =
        rows.filter(|row| row[1] != "proxy").map(|row| row[0].to_owned()).collect();
    assert_eq!(libraries, WITH_ADAPTER);
}

#[test]
fn the_page_about_certifying_explains_every_situation() {
    let page = include_str!("../../../../docs/certifying.md");
    for situation in Situation::ALL {
        let row = format!("\n| `{situation}` | {} |\n", situation.meaning());
        assert!(page.contains(&row), "docs/certifying.md has no row {row:?}");
    }
}
