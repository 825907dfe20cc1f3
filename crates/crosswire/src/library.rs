//! Where scenarios come from: the ones that come with Crosswire, by name, and files.

use crate::catalog::{self, Kind, Unknown};
use crosswire_plan::{BadScenario, Scenario, builtin, load, read};
use std::path::Path;

/// Why there is no such scenario.
#[derive(Debug, thiserror::Error)]
pub enum NoScenario {
    /// Neither a name nor a file.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// It is there and is wrong.
    #[error(transparent)]
    Bad(#[from] BadScenario),
}

/// The scenario of that name, or else in the file of that name. A name wins; `./calm` is always
/// a file.
///
/// # Errors
/// There is neither; or there is one, and something is wrong with it.
pub fn scenario(name: &str) -> Result<Scenario, NoScenario> {
    let vocabulary = catalog::vocabulary();
    if let Some((name, text)) = builtin().iter().find(|(known, _)| *known == name) {
        return Ok(load(name, text, &vocabulary)?);
    }
    let path = Path::new(name);
    let meant_as_path = name.contains(['/', '\\'])
        || path.extension().is_some_and(|extension| extension == "toml")
        || path.exists();
    if meant_as_path {
        return Ok(read(path, &vocabulary)?);
    }
    Err(catalog::unknown("scenario", name, Kind::Scenarios).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_are_listed_can_be_loaded() {
        for item in catalog::items(Kind::Scenarios) {
            assert_eq!(scenario(&item.name).expect("a good scenario").name, item.name);
        }
    }

    #[test]
    fn what_is_neither_a_name_nor_a_file_is_told_apart() {
        let told = |name: &str| scenario(name).expect_err("no scenario").to_string();
        assert_eq!(told("clam"), "unknown scenario `clam`; did you mean `calm`?");
        assert_eq!(told("no/such.toml"), "no/such.toml: there is no such file");
    }
}
