//! The diagrams of a certificate's findings.

use crosswire::certify::FindingFile;
use crosswire::pictures::recorded;
use crosswire::saved::SavedRun;
use crosswire::sim::ClientUnderTest;
use crosswire_report::{Diagram, diagram};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Repeats the run of each file and draws its first violation with the signature that the file was
/// saved for. Returns the diagrams by the names of the files; a run that violates nothing has none.
pub(super) fn drawn(files: &[FindingFile], client: &ClientUnderTest) -> BTreeMap<String, Diagram> {
    let mut diagrams = BTreeMap::new();
    for FindingFile { name, text } in files {
        let saved = SavedRun::parse(name, text).expect("a file that was just made can be read");
        let shows = saved.shows();
        let Ok(run) = recorded(&Arc::new(saved.plan), client) else { continue };
        let wanted = run.first(shows.as_ref().map(|shows| &shows.0[..]));
        if let Some(violation) = wanted.or(run.first(None)) {
            diagrams.insert(name.clone(), diagram(&run, violation));
        }
    }
    diagrams
}
