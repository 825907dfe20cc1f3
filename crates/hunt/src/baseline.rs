//! The failures that are already known, from a directory of saved runs.

use crate::finding::{FailureId, Finding};
use crosswire::saved::{BadSavedRun, SavedRun};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The failures that saved runs show, each with its file.
#[derive(Clone, Debug, Default)]
pub struct Baseline(BTreeMap<FailureId, PathBuf>);

impl Baseline {
    /// Reads saved runs.
    ///
    /// # Errors
    /// One of the files is not a saved run.
    pub fn of_files(files: Vec<PathBuf>) -> Result<Self, Box<BadSavedRun>> {
        let mut known = BTreeMap::new();
        for file in files {
            // Findings of clients and services that the catalog does not list are known, too.
            let named = SavedRun::under_test(&file)?;
            let SavedRun { signature, plan, .. } = SavedRun::read_for(&file, &named)?;
            if let Some(signature) = signature {
                let (client, service) = (plan.client.name, plan.service.name);
                known.insert(FailureId { signature, client, service }, file);
            }
        }
        Ok(Self(known))
    }

    /// Returns the number of known failures.
    pub fn failures(&self) -> u64 {
        self.0.len() as u64
    }

    /// Returns the saved run with the signature, the client and the service of a finding.
    pub fn file(&self, finding: &Finding) -> Option<&Path> {
        self.0.get(&finding.failure()).map(PathBuf::as_path)
    }
}
