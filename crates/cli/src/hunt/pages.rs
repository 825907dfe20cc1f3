//! The pages of a hunt, in its directory: an index, and a page for each signature of a client and
//! service, which shows the signature's first run or, once that is minimized, the minimized case.
//!
//! A page needs the whole history of its run, which the hunt does not keep. So the run is repeated
//! from its file and recorded, on the thread that reports it. All pages follow from the journal and
//! the files beside it: a resumed hunt has those of an undisturbed one.

use super::index;
use crate::failure::Failure;
use crate::memory_check;
use crate::output::{FileKind, OutputFile};
use crate::pictures::Twin;
use crate::progress;
use crate::single_run::replay_command;
use crosswire::catalog;
use crosswire::pictures::recorded_within;
use crosswire::saved::SavedRun;
use crosswire_hunt::baseline::Baseline;
use crosswire_hunt::finding::page_name;
use crosswire_hunt::{FailureKind, Finding, Hunt, HuntJournal, Tally};
use crosswire_output::format::printable;
use crosswire_output::user_files::within;
use crosswire_report::page;
use crosswire_report::page::failure::{FailedRun, failure};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The name of the index.
pub(crate) const INDEX: &str = "index.html";

/// The shortest time between two versions of the index while the hunt runs.
const PAUSE: Duration = Duration::from_secs(1);

/// The memory of a run with its recording, in runs.
const RECORDED: usize = 3;

/// The run that a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Shown {
    /// Its requests; none if it did not end.
    pub(super) requests: Option<u64>,
    /// True if it is a minimized case.
    pub(super) minimized: bool,
}

/// The pages of a hunt that this process writes.
pub(super) struct Pages {
    dir: PathBuf,
    hunt: Hunt,
    index: OutputFile,
    /// The runs of the pages that this process has written, by the file of their finding.
    shown: BTreeMap<String, Shown>,
    /// True if something was found since the index was written.
    is_old: bool,
    written: Option<Instant>,
}

impl Pages {
    /// Writes the index of a hunt that begins or is resumed.
    pub(super) fn begin(
        hunt: &Hunt,
        journal: &HuntJournal,
        known: &Baseline,
    ) -> Result<Self, Failure> {
        let dir = journal.dir().to_owned();
        let index = OutputFile::new(&dir.join(INDEX), FileKind::Page, false)?;
        let (hunt, shown) = (hunt.clone(), BTreeMap::new());
        let mut pages = Self { dir, hunt, index, shown, is_old: true, written: None };
        pages.tick(journal.tally(), known)?;
        Ok(pages)
    }

    /// Returns the path of the index, for messages.
    pub(super) fn shown(&self) -> String {
        self.index.shown()
    }

    /// Writes the page of a finding, the first of its signature.
    pub(super) fn found(&mut self, finding: &Finding) -> Result<(), Failure> {
        self.is_old = true;
        let Some(file) = &finding.file else { return Ok(()) };
        let minimized = finding.minimized_in(&self.dir);
        let source = self.inside(minimized.as_ref().unwrap_or(file))?;
        let (text, requests) = match finding.verdict {
            // It would not end this time either.
            FailureKind::Hung => (without_picture(finding, &self.dir), None),
            FailureKind::Violated | FailureKind::Panicked => {
                self.recorded(finding, &source, minimized.is_some())?
            }
        };
        let path = self.inside(&page_name(file))?;
        OutputFile::new(&path, FileKind::Page, false)?.write(text.as_bytes())?;
        let shown = Shown { requests, minimized: minimized.is_some() };
        self.shown.insert(file.clone(), shown);
        Ok(())
    }

    /// Repeats the run of a file and returns its page with the number of its requests. If little
    /// memory is left, the page is the story alone: a hunt does not end for lack of a picture.
    fn recorded(
        &self,
        finding: &Finding,
        file: &Path,
        minimized: bool,
    ) -> Result<(String, Option<u64>), Failure> {
        let plan = Arc::new(SavedRun::read(file)?.plan);
        let client = catalog::client(&plan.client.name)?;
        if memory_check::for_runs(&plan.scenario, &plan.cast, RECORDED).is_err() {
            return Ok((without_picture(finding, &self.dir), None));
        }
        let Ok(mut run) = recorded_within(&plan, &client, self.hunt.budget) else {
            return Ok((without_picture(finding, &self.dir), None));
        };
        if minimized {
            run.title.push(("case".to_owned(), "minimized".to_owned()));
        }
        let twin = Twin::of(&plan).map(|twin| twin.run()).transpose()?;
        Ok((page(&run, twin.as_ref()), Some(run.findings.requests)))
    }

    /// Returns the path of a file in the directory.
    fn inside(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = within(&self.dir, name);
        path.map_err(|why| Failure::input(format!("{}: {why}", self.dir.display())))
    }

    /// Writes the index if something was found since it was written, at most once a second.
    #[expect(clippy::disallowed_methods, reason = "how often a file is written is real time")]
    pub(super) fn tick(&mut self, tally: &Tally, known: &Baseline) -> Result<(), Failure> {
        let is_early = self.written.is_some_and(|written| written.elapsed() < PAUSE);
        if !self.is_old || is_early {
            return Ok(());
        }
        let index = index::of(&self.hunt, (tally, known), (&self.dir, &self.shown), None);
        self.index.write(page::hunt::hunt(&index).as_bytes())?;
        (self.is_old, self.written) = (false, Some(Instant::now()));
        Ok(())
    }

    /// Writes the pages that an earlier process has written, whose runs this one does not know, and
    /// the index of the ended hunt. `again` is the command that continues it, or empty.
    pub(super) fn finish(
        &mut self,
        (tally, known): (&Tally, &Baseline),
        again: &str,
        stop: &AtomicBool,
    ) -> Result<(), Failure> {
        let unknown = tally.sightings.iter().map(|sighting| &sighting.first);
        let unknown = unknown.filter(|first| match &first.file {
            Some(file) => !self.shown.contains_key(file),
            None => false,
        });
        let unknown: Vec<_> = unknown.collect();
        progress::barred(unknown.len() as u64, "pages", |tick| {
            for (first, done) in unknown.into_iter().zip(1..) {
                if stop.load(Ordering::Relaxed) {
                    break;
                }
                self.found(first)?;
                tick(done);
            }
            Ok::<(), Failure>(())
        })?;
        let index = index::of(&self.hunt, (tally, known), (&self.dir, &self.shown), Some(again));
        self.index.write(page::hunt::hunt(&index).as_bytes())
    }
}

/// Returns the page of a finding without a picture of its run, which has no verdict or too many
/// entries.
fn without_picture(finding: &Finding, dir: &Path) -> String {
    let Finding { scenario, seed, client, service, .. } = finding;
    let title = [("scenario", scenario), ("client", client), ("service", service)];
    let title = title.map(|(name, value)| (name.to_owned(), value.clone()));
    let seed = ("seed".to_owned(), seed.to_string());
    failure(&FailedRun {
        signature: finding.signature.clone(),
        title: title.into_iter().chain([seed]).collect(),
        story: finding.story.iter().map(|line| printable(line)).collect(),
        command: replay_command(&finding.again(dir)),
    })
}
