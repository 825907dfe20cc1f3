//! What is known already: the runs that are kept.

use super::finding::Finding;
use crosswire::saved::{BadSavedRun, SavedRun};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The signatures of the saved runs of a directory, each with the client and the service that it
/// is known of, and its file.
#[derive(Clone, Debug, Default)]
pub struct Known(BTreeMap<(String, String, String), PathBuf>);

impl Known {
    /// What is kept in a directory; nothing, if there is none.
    ///
    /// # Errors
    /// One of its TOML files is not a saved run.
    pub fn of_dir(dir: &Path) -> Result<Self, Box<BadSavedRun>> {
        let mut known = BTreeMap::new();
        for file in SavedRun::files(dir).unwrap_or_default() {
            // A finding of a client that is not listed here is known all the same.
            let client = SavedRun::client_of(&file)?;
            let SavedRun { signature, plan, .. } = SavedRun::read_for(&file, &client)?;
            if let Some(signature) = signature {
                known.insert((signature, plan.client.name, plan.service.name), file);
            }
        }
        Ok(Self(known))
    }

    /// The file that a finding is known by.
    pub fn file(&self, finding: &Finding) -> Option<&Path> {
        let Finding { signature, client, service, .. } = finding;
        let of = (signature.clone(), client.clone(), service.clone());
        self.0.get(&of).map(PathBuf::as_path)
    }
}
