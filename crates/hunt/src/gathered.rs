//! What workers that share a hunt have come to, put together: as a tally, and as the journal that
//! one process would have written.

use super::finding::{Finding, Found, Trouble};
use super::ground::End;
use super::ranges::Range;
use super::tally::{Counts, Tally};
use super::{Failed, Hunt, Journal, Listener};
use std::collections::BTreeMap;

/// What a queue has kept of a hunt.
#[derive(Clone, Debug, Default)]
pub struct Gathered {
    /// The ranges that are done, and what each came to.
    pub done: BTreeMap<Range, Counts>,
    /// The findings, by seed and ground: the order in which one process would have had them.
    pub findings: BTreeMap<(u64, usize), Finding>,
    /// Ranges that nobody got through, though several tried.
    pub given_up: Vec<Range>,
}

impl Gathered {
    /// Adds a finding of a ground, once.
    pub fn add(&mut self, ground: usize, finding: Finding) {
        self.findings.entry((finding.seed.0, ground)).or_insert(finding);
    }

    /// What `hunt` has come to.
    pub fn tally(&self, hunt: &Hunt) -> Tally {
        let mut tally = Tally::new(&hunt.grounds);
        for (range, counts) in &self.done {
            tally.grounds[range.ground].counts.add(counts);
        }
        for (&(_, ground), finding) in &self.findings {
            tally.saw(ground, finding);
        }
        tally
    }

    /// Adds to a journal what it does not have yet, as if it had been played here. The first run of
    /// each signature is played again, for its file.
    ///
    /// The journal calls seeds done from the first on, so ranges behind one that is not done wait
    /// for the next time.
    ///
    /// # Errors
    /// The journal cannot be written; or a run that was played again came to something else, which
    /// is told when all else is in the journal.
    pub fn write(
        &self,
        hunt: &Hunt,
        journal: &mut Journal,
        listener: &mut dyn Listener,
    ) -> Result<(), Failed> {
        let mut differs = Ok(());
        for (&(_, ground), finding) in &self.findings {
            if journal.has(ground, finding.seed.0, hunt) {
                continue;
            }
            let new = journal.tally().known(&finding.signature).is_none();
            let mut finding = finding.clone();
            let again = new.then(|| played_again(hunt, ground, &finding)).transpose();
            let again = again.unwrap_or_else(|failed| {
                // What hangs on one machine may get through on a faster one.
                if finding.verdict != Trouble::Hung {
                    differs = Err(failed);
                }
                None
            });
            let kept = if let Some(mut found) = again {
                let kept = journal.find(ground, &mut found);
                finding = found.finding;
                kept
            } else {
                journal.find_told(ground, &mut finding)
            };
            if let Some(new) = kept.map_err(|error| journal.unwritable(error))? {
                listener.found(&finding, new);
            }
        }
        // In their order, so that each follows the one before it.
        for (range, counts) in &self.done {
            if journal.next_seed(range.ground, hunt) == range.from {
                let noted = journal.did(range.ground, hunt, counts.clone());
                noted.map_err(|error| journal.unwritable(error))?;
            }
        }
        journal.sync().map_err(|error| journal.unwritable(error))?;
        listener.tick(journal.tally());
        differs
    }
}

/// The run of a finding, which is to come to the same here.
fn played_again(hunt: &Hunt, ground: usize, finding: &Finding) -> Result<Found, Failed> {
    match hunt.grounds[ground].play(finding.seed.0, hunt.budget).end {
        End::Found(found)
            if found.finding.digest == finding.digest
                && found.finding.signature == finding.signature =>
        {
            Ok(*found)
        }
        _ => Err(Failed::Differs(finding.replay.clone())),
    }
}
