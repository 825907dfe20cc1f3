//! The repository's pages and scripts agree with the program.

use crosswire::catalog::WITH_ADAPTER;
use crosswire_lockstep::situations::Situation;

#[test]
fn the_script_that_makes_adapters_knows_the_same_libraries() {
    let make = include_str!("../../../../adapters/make");
    let known = format!("\nknown=\"{}\"\n", WITH_ADAPTER.join(", "));
    assert!(make.contains(&known), "adapters/make knows other libraries than {known}");
}

#[test]
fn the_page_about_certifying_explains_every_situation() {
    let page = include_str!("../../../../docs/certifying.md");
    for situation in Situation::ALL {
        let row = format!("\n| `{situation}` | {} |\n", situation.meaning());
        assert!(page.contains(&row), "docs/certifying.md has no row {row:?}");
    }
}
