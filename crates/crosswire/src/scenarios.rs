//! Loads scenarios: built-in ones by name, others from files.

use crate::catalog::{self, Unknown};
use crosswire_plan::{BadScenario, Scenario, builtin, load, read};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::Path;

/// The error of a scenario that cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum NoScenario {
    /// Neither a built-in scenario nor a file.
    #[error(transparent)]
    Unknown(#[from] Unknown),
    /// A scenario that is invalid, or a file that cannot be read.
    #[error(transparent)]
    Bad(#[from] BadScenario),
}

/// Scenarios by name or path, each loaded once.
#[derive(Clone, Debug, Default)]
pub struct Scenarios(BTreeMap<String, Scenario>);

impl Scenarios {
    /// Returns the scenario of this name or path. The first call with a name loads it, as
    /// [`scenario`] does.
    ///
    /// # Errors
    /// As [`scenario`].
    pub fn load(&mut self, name: &str) -> Result<&Scenario, NoScenario> {
        Ok(match self.0.entry(name.to_owned()) {
            Entry::Occupied(loaded) => loaded.into_mut(),
            Entry::Vacant(new) => new.insert(scenario(name)?),
        })
    }

    /// Returns a scenario that is loaded.
    pub fn get(&self, name: &str) -> Option<&Scenario> {
        self.0.get(name)
    }
}

/// Loads the built-in scenario of this name, or else the scenario in the file of this path. A name
/// wins; `./calm` is always a file.
///
/// # Errors
/// There is no such name or file, or the scenario is invalid.
pub fn scenario(name: &str) -> Result<Scenario, NoScenario> {
    let vocabulary = catalog::vocabulary();
    if let Some(file) = builtin().iter().find(|file| file.name == name) {
        return Ok(load(file.name, file.text, &vocabulary)?);
    }
    let path = Path::new(name);
    let meant_as_path = name.contains(['/', '\\'])
        || path.extension().is_some_and(|extension| extension == "toml")
        || path.exists();
    if meant_as_path {
        return Ok(read(path, &vocabulary)?);
    }
    Err(catalog::unknown_scenario(name).into())
}

/// The share of dishonest devices in a storm of a user's service whose scenario states none.
const DISHONEST: f64 = 0.25;

/// Returns the share of dishonest devices in a storm of a service: as its scenario `stated`, or by
/// default a quarter for a user's service and none for a built-in one.
pub fn dishonest(stated: Option<f64>, service: &str) -> Option<f64> {
    let is_own = crosswire_cloud::service(service).is_none();
    stated.or(if is_own { Some(DISHONEST) } else { None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Kind;

    #[test]
    fn every_listed_scenario_can_be_loaded() {
        for item in catalog::items(Kind::Scenarios) {
            assert_eq!(scenario(&item.name).expect("a good scenario").name, item.name);
        }
    }

    #[test]
    fn a_file_that_is_loaded_is_not_read_again() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("mine.toml");
        let calm = builtin().iter().find(|file| file.name == "calm").expect("it is built in");
        std::fs::write(&path, calm.text).expect("a file");
        let (name, mut scenarios) = (path.display().to_string(), Scenarios::default());
        let first = scenarios.load(&name).expect("a good scenario").clone();
        std::fs::remove_file(&path).expect("the file is there");
        assert_eq!(scenarios.load(&name).expect("it is loaded"), &first);
        assert!(Scenarios::default().load(&name).is_err());
    }

    #[test]
    fn an_unknown_name_and_a_missing_file_have_different_errors() {
        let error = |name: &str| scenario(name).expect_err("no scenario").to_string();
        assert_eq!(error("clam"), "unknown scenario `clam`; did you mean `calm`?");
        assert_eq!(error("no/such.toml"), "no/such.toml: there is no such file");
    }
}
