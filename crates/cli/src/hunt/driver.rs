//! Runs a hunt, over its seeds or guided.

use super::HuntArgs;
use crate::failure::Failure;
use crate::output::{directory, unreadable, unwritable};
use crate::screen::Screen;
use crosswire_hunt::guided::Guide;
use crosswire_hunt::guided::corpus_dir::CorpusDir;
use crosswire_hunt::{Failed, Hunt, HuntJournal, Listener};
use crosswire_output::format::{counted, printable};
use std::path::Path;

/// The number of skipped plans that are printed one by one.
const MAX_SKIPPED_SHOWN: usize = 5;

/// The source of a hunt's plans.
pub(super) enum Driver {
    Seeds,
    Guided(Box<(Guide, CorpusDir)>),
}

impl Driver {
    /// Creates the driver. A guided hunt reads the plans of its corpus.
    pub(super) fn begin(args: &HuntArgs, guided: bool, hunt: &Hunt) -> Result<Self, Failure> {
        if !guided {
            return Ok(Self::Seeds);
        }
        let corpus_dir = match &args.corpus {
            Some(dir) => corpus_dir(dir, hunt)?,
            None => CorpusDir::default(),
        };
        let guide = Guide::with(corpus_dir.plans.clone());
        Ok(Self::Guided(Box::new((guide, corpus_dir))))
    }

    /// Begins or resumes the journal of the hunt.
    pub(super) fn journal(&mut self, args: &HuntArgs, hunt: &Hunt) -> Result<HuntJournal, Failure> {
        let dir = &args.out;
        let journal = match self {
            Self::Seeds if args.resume => HuntJournal::resume(dir, hunt)?,
            Self::Seeds => HuntJournal::begin(dir, hunt)?,
            Self::Guided(guided) if args.resume => {
                HuntJournal::resume_guided(dir, hunt, &mut guided.0)?
            }
            Self::Guided(guided) => HuntJournal::begin_guided(dir, hunt, &guided.0)?,
        };
        Ok(journal)
    }

    /// Runs the hunt until its work is done or `over` returns true.
    pub(super) fn run(
        &mut self,
        hunt: &Hunt,
        journal: &mut HuntJournal,
        listener: &mut dyn Listener,
        over: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Failed> {
        match self {
            Self::Seeds => hunt.run(journal, listener, over),
            Self::Guided(guided) => hunt.run_guided(&mut guided.0, journal, listener, over),
        }
    }

    /// Writes the plans that a guided hunt bred from to its corpus.
    pub(super) fn write_corpus(
        &self,
        args: &HuntArgs,
        hunt: &Hunt,
        runs: &[u64],
    ) -> Result<(), Failure> {
        if let (Self::Guided(guided), Some(dir)) = (self, &args.corpus) {
            let (guide, before) = &**guided;
            let written = before.write(dir, hunt, guide.corpora(), runs);
            written.map_err(|error| unwritable(dir, &error))?;
        }
        Ok(())
    }
}

/// Reads a corpus and prints the plans that it skips. Creates the directory if it does not exist,
/// so that an error comes before the hunt and not after.
fn corpus_dir(dir: &Path, hunt: &Hunt) -> Result<CorpusDir, Failure> {
    directory(dir)?;
    let corpus_dir = CorpusDir::read(dir, hunt).map_err(|error| unreadable(dir, &error))?;
    for skipped in corpus_dir.skipped.iter().take(MAX_SKIPPED_SHOWN) {
        Screen::Error.print(&format!("skipped: {}\n", printable(skipped)))?;
    }
    if let Some(more @ 1..) = corpus_dir.skipped.len().checked_sub(MAX_SKIPPED_SHOWN) {
        Screen::Error.print(&format!("skipped: {} more\n", counted(more as u64, "plan")))?;
    }
    Ok(corpus_dir)
}
