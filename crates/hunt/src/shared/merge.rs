//! The combined results of the workers that share a hunt, as a tally and as the journal that a
//! single process would have written.

use crate::finding::{FailureKind, Finding, Found};
use crate::shared::ranges::Range;
use crate::tally::{Counts, Tally};
use crate::target::End;
use crate::{Failed, Hunt, HuntJournal, Listener};
use std::collections::BTreeMap;

/// The results of a hunt that a queue has stored.
#[derive(Clone, Debug, Default)]
pub struct MergedResults {
    /// The ranges that are done, with the counts of each.
    pub done: BTreeMap<Range, Counts>,
    /// The findings by seed and target: the order in which a single process would have found them.
    pub findings: BTreeMap<(u64, usize), Finding>,
    /// Ranges that several workers began and none completed.
    pub given_up: Vec<Range>,
}

impl MergedResults {
    /// Adds a finding of a target, unless it is already there.
    pub fn add(&mut self, target: usize, finding: Finding) {
        self.findings.entry((finding.seed.0, target)).or_insert(finding);
    }

    /// Returns the tally of `hunt`.
    pub fn tally(&self, hunt: &Hunt) -> Tally {
        let mut tally = Tally::new(&hunt.targets);
        for (range, counts) in &self.done {
            tally.targets[range.target].counts.add(counts);
        }
        for (&(_, target), finding) in &self.findings {
            tally.saw(target, finding);
        }
        tally
    }

    /// Adds to a journal what it does not contain yet, as if it had been run here. The first run of
    /// each failure is run again, to save it in its file.
    ///
    /// A journal notes the seeds of a target as done in order, without gaps. Ranges after one that
    /// is not done wait for the next call.
    ///
    /// # Errors
    /// The journal cannot be written; or a run that was run again had another result, which is
    /// reported after everything else is in the journal.
    pub fn write(
        &self,
        hunt: &Hunt,
        journal: &mut HuntJournal,
        listener: &mut dyn Listener,
    ) -> Result<(), Failed> {
        let mut differs = Ok(());
        for (&(_, target), finding) in &self.findings {
            if journal.has(target, finding.seed.0, hunt) {
                continue;
            }
            let new = journal.tally().first_like(finding).is_none();
            let mut finding = finding.clone();
            let again = if new { Some(played_again(hunt, target, &finding)) } else { None };
            let kept = match again {
                Some(Ok(mut found)) => {
                    let kept = journal.record_finding(target, &mut found);
                    finding = found.finding;
                    kept
                }
                Some(Err(failed)) => {
                    // A run that hangs on one machine may end in time on a faster one.
                    if finding.verdict != FailureKind::Hung {
                        differs = Err(failed);
                    }
                    journal.record_remote_finding(target, &mut finding)
                }
                None => journal.record_remote_finding(target, &mut finding),
            };
            if let Some(new) = kept.map_err(|error| journal.unwritable(error))? {
                listener.found(&finding, new);
            }
        }
        // In order, so that each range follows the one before it.
        for (range, counts) in &self.done {
            if journal.next_seed(range.target, hunt) == range.from {
                let noted = journal.record_remote(range.target, hunt, counts.clone());
                noted.map_err(|error| journal.unwritable(error))?;
            }
        }
        journal.sync().map_err(|error| journal.unwritable(error))?;
        listener.tick(journal.tally());
        differs
    }
}

/// Runs the seed of a finding again, which must give the same finding here.
fn played_again(hunt: &Hunt, target: usize, finding: &Finding) -> Result<Found, Failed> {
    match hunt.targets[target].play(finding.seed.0, hunt.budget).end {
        End::Found(found)
            if found.finding.digest == finding.digest
                && found.finding.signature == finding.signature =>
        {
            Ok(*found)
        }
        _ => Err(Failed::Differs(finding.replay.clone())),
    }
}
