//! The signatures of failures that are already known, from a directory of saved runs.

use crate::finding::Finding;
use crosswire::saved::{BadSavedRun, SavedRun};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The signatures of saved runs, each with its client, its service and its file.
#[derive(Clone, Debug, Default)]
pub struct Baseline(BTreeMap<(String, String, String), PathBuf>);

impl Baseline {
    /// Reads saved runs.
    ///
    /// # Errors
    /// One of the files is not a saved run.
    pub fn of_files(files: Vec<PathBuf>) -> Result<Self, Box<BadSavedRun>> {
        let mut known = BTreeMap::new();
        for file in files {
            // Findings of clients that the catalog does not list are known, too.
            let client = SavedRun::client_of(&file)?;
            let SavedRun { signature, plan, .. } = SavedRun::read_for(&file, &client)?;
            if let Some(signature) = signature {
                known.insert((signature, plan.client.name, plan.service.name), file);
            }
        }
        Ok(Self(known))
    }

    /// Returns the file of the known failure with the signature of a finding.
    pub fn file(&self, finding: &Finding) -> Option<&Path> {
        let Finding { signature, client, service, .. } = finding;
        let of = (signature.clone(), client.clone(), service.clone());
        self.0.get(&of).map(PathBuf::as_path)
    }
}
