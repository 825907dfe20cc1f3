//! The built-in scenarios.

use crosswire_scenarios::{FILES, File};

/// Returns the files of the built-in scenarios, in alphabetical order.
pub fn builtin() -> &'static [File] {
    FILES
}

/// Returns a built-in scenario for tests, without checking the names of its client, service,
/// defences, fault points and situations.
///
/// # Panics
/// If there is no scenario of that name.
pub fn scenario(name: &str) -> crate::Scenario {
    let file = FILES.iter().find(|file| file.name == name).expect("a built-in scenario");
    toml::from_str(file.text).expect("built-in scenarios are valid")
}
