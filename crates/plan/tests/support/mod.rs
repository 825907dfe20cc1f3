//! Helpers shared by the tests.

use crosswire_plan::{Scenario, Vocabulary, load};

/// Loads a built-in scenario with a vocabulary of the names that it uses.
pub fn shipped(name: &str, text: &str) -> Scenario {
    let used: Scenario = toml::from_str(text).expect("a scenario");
    let vocabulary = Vocabulary {
        clients: vec![used.client.name],
        services: vec![used.service.name],
        defences: used.defences,
        points: used.points.into_keys().collect(),
        situations: used.reach.into_keys().collect(),
    };
    load(name, text, &vocabulary).expect("a good scenario")
}
