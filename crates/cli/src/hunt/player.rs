//! Plays a hunt: over its seeds, or guided by what its runs reach.

use super::HuntArgs;
use crate::failure::Failure;
use crate::output::{directory, unwritable};
use crate::screen::Screen;
use crosswire_hunt::guided::Guide;
use crosswire_hunt::guided::shelf::Shelf;
use crosswire_hunt::{Failed, Hunt, Journal, Listener};
use crosswire_output::text::{counted, printable};
use std::path::Path;

/// So many plans that were skipped are told one by one.
const TOLD: usize = 5;

/// How the runs of a hunt come about.
pub(super) enum Player {
    Seeds,
    Guided(Box<(Guide, Shelf)>),
}

impl Player {
    /// Takes up what an earlier hunt has kept, if that is wanted.
    pub(super) fn begin(wanted: &HuntArgs, hunt: &Hunt) -> Result<Self, Failure> {
        if !wanted.guided {
            return Ok(Self::Seeds);
        }
        let shelf = match &wanted.corpus {
            Some(dir) => shelf(dir, hunt)?,
            None => Shelf::default(),
        };
        let guide = Guide::with(shelf.plans.clone());
        Ok(Self::Guided(Box::new((guide, shelf))))
    }

    /// The journal of the hunt, begun or resumed.
    pub(super) fn journal(&mut self, wanted: &HuntArgs, hunt: &Hunt) -> Result<Journal, Failure> {
        let dir = &wanted.out;
        let journal = match self {
            Self::Seeds if wanted.resume => Journal::resume(dir, hunt)?,
            Self::Seeds => Journal::begin(dir, hunt)?,
            Self::Guided(guided) if wanted.resume => {
                Journal::resume_guided(dir, hunt, &mut guided.0)?
            }
            Self::Guided(guided) => Journal::begin_guided(dir, hunt, &guided.0)?,
        };
        Ok(journal)
    }

    pub(super) fn play(
        &mut self,
        hunt: &Hunt,
        journal: &mut Journal,
        listener: &mut dyn Listener,
        over: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), Failed> {
        match self {
            Self::Seeds => hunt.run(journal, listener, over),
            Self::Guided(guided) => hunt.run_guided(&mut guided.0, journal, listener, over),
        }
    }

    /// Keeps for the next hunt what was bred from.
    pub(super) fn end(&self, wanted: &HuntArgs, hunt: &Hunt, runs: &[u64]) -> Result<(), Failure> {
        if let (Self::Guided(guided), Some(dir)) = (self, &wanted.corpus) {
            let (guide, before) = &**guided;
            let written = before.write(dir, hunt, guide.corpora(), runs);
            written.map_err(|error| unwritable(dir, &error))?;
        }
        Ok(())
    }
}

/// What is in a directory; what of it is skipped is told. One that is not there is made: that it
/// cannot be is to be known before the hunt, not after.
fn shelf(dir: &Path, hunt: &Hunt) -> Result<Shelf, Failure> {
    directory(dir)?;
    let shelf = Shelf::read(dir, hunt).map_err(|error| {
        Failure::input(format!("{}: the directory cannot be read: {error}", dir.display()))
    })?;
    for told in shelf.skipped.iter().take(TOLD) {
        Screen::Error.print(&format!("skipped: {}\n", printable(told)))?;
    }
    if let Some(more @ 1..) = shelf.skipped.len().checked_sub(TOLD) {
        Screen::Error.print(&format!("skipped: {} more\n", counted(more as u64, "plan")))?;
    }
    Ok(shelf)
}
