//! Reports the findings of a hunt while it runs: on the screen, and as pages.

use super::pages::Pages;
use super::{HuntArgs, shown};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::screen::Screen;
use crate::single_run::replay_command;
use crosswire_hunt::baseline::Baseline;
use crosswire_hunt::finding::FindingObject;
use crosswire_hunt::report::print;
use crosswire_hunt::{Finding, Listener, Tally};
use crosswire_output::machine;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Prints findings as they are made.
pub(super) struct Reporter {
    /// The progress of the hunt while it runs.
    pub(super) progress: Option<Progress>,
    /// The pages of the hunt; none if this process does not write its directory.
    pub(super) pages: Option<Pages>,
    dir: PathBuf,
    json: bool,
    annotations: bool,
    pub(super) known: Baseline,
    /// The first error of printing, or of writing a page.
    failed: Result<(), Failure>,
    stop: Arc<AtomicBool>,
}

impl Listener for Reporter {
    fn found(&mut self, finding: &Finding, new: bool) {
        let printed = self.print(finding, new);
        self.note(printed);
        if let (Some(pages), true) = (&mut self.pages, new) {
            let written = pages.found(finding);
            self.note(written);
        }
    }

    fn tick(&mut self, tally: &Tally) {
        if let Some(pages) = &mut self.pages {
            let written = pages.tick(tally, &self.known);
            self.note(written);
        }
        if let Some(progress) = &self.progress {
            shown::update(progress, tally);
        }
    }
}

impl Reporter {
    /// Prints in the form that the arguments ask for. If printing fails, sets `stop`.
    pub(super) fn new(args: &HuntArgs, known: Baseline, stop: &Arc<AtomicBool>) -> Self {
        Self {
            progress: None,
            pages: None,
            dir: args.out.clone(),
            json: args.json,
            annotations: args.annotations,
            known,
            failed: Ok(()),
            stop: stop.clone(),
        }
    }

    /// Keeps the first error, which ends the hunt.
    fn note(&mut self, result: Result<(), Failure>) {
        if let (Err(failure), Ok(())) = (result, &self.failed) {
            self.failed = Err(failure);
            self.stop.store(true, Ordering::Relaxed);
        }
    }

    /// Returns the first error of printing, or of writing a page.
    pub(super) fn succeeded(&mut self) -> Result<(), Failure> {
        std::mem::replace(&mut self.failed, Ok(()))
    }

    /// Rewrites the page of a finding that was minimized, and the index.
    pub(super) fn minimized(&mut self, finding: &Finding, tally: &Tally) -> Result<(), Failure> {
        let Some(pages) = &mut self.pages else { return Ok(()) };
        pages.found(finding)?;
        pages.tick(tally, &self.known)
    }

    /// Writes the pages that are missing and the index of the ended hunt, and prints its path.
    /// `again` is the command that continues the hunt, or empty.
    pub(super) fn finish(
        &mut self,
        tally: &Tally,
        again: &str,
        stop: &AtomicBool,
    ) -> Result<(), Failure> {
        let Some(pages) = &mut self.pages else { return Ok(()) };
        pages.finish((tally, &self.known), again, stop)?;
        Screen::Error.print(&format!("pages: {}\n", pages.shown()))
    }

    fn print(&self, finding: &Finding, new: bool) -> Result<(), Failure> {
        let dir = &self.dir;
        let known = self.known.file(finding);
        if self.json {
            Screen::Output.print(&machine::line(&FindingObject::new(finding, known))?)?;
        } else if new {
            let (replay, layout) = (replay_command(&finding.again(dir)), Screen::Output.layout());
            Screen::Output.print(&print::announcement(finding, known, (&replay, dir), layout))?;
        }
        if new && self.annotations {
            let screen = if self.json { Screen::Error } else { Screen::Output };
            // Between paragraphs of text, the annotation is a paragraph, too.
            let end = if self.json { "" } else { "\n" };
            screen.print(&format!("{}{end}", print::annotation(finding, known, dir)))?;
        }
        Ok(())
    }
}
