//! The journal of a hunt: its progress and findings, on disk before they are reported.
//!
//! `hunt.jsonl` contains one JSON object a line and is only ever appended to. The first line is a
//! header with the targets and seeds. Each finding is a line. A line that notes a number of seeds
//! of one target as done follows the findings among those seeds. So if the process is killed, a
//! resumed hunt runs the seeds again that no line calls done, and recognizes findings that have
//! their line. A line that was being written at that moment has no end and is dropped.
//!
//! A guided hunt also has a line for each plan that an earlier hunt kept, directly after the
//! header, and a line for each plan that reached something new, before its run is called done. So
//! the journal contains everything needed to resume a guided hunt.
//!
//! Beside the journal there is a [saved run](crosswire::saved) for each signature of each client
//! and service. It is written under a temporary name and renamed when it is complete, before the
//! line of its finding is written.
//!
//! - [`begun`]: the targets and seeds of a hunt that is to be resumed
//! - [`follow`]: the progress of a hunt that another process runs
//! - `line`: the lines of a journal
//! - `replay_log`: reads the lines of a journal back
//! - `validation`: checks what another process wrote

pub mod begun;
pub mod follow;

mod line;
mod replay_log;
mod validation;

pub(crate) use line::Line;
pub use line::{BadJournal, FILE};

use crate::finding::{Finding, Found};
use crate::guided::{CorpusEntry, Guide, Reached};
use crate::hunt::{Failed, Hunt};
use crate::tally::{Counts, Tally};
use crate::target::Run;
use begun::nothing_to_resume;
use crosswire::saved::SavedRun;
use crosswire_output::user_files::create_dir;
use line::Header;
use replay_log::LoggedState;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The most characters of a client or of a signature in the name of a file.
const NAME_PART_MAX: usize = 60;

/// The journal of a hunt, open for writing.
pub struct HuntJournal {
    dir: PathBuf,
    file: File,
    state: LoggedState,
}

impl Drop for HuntJournal {
    /// Releases the lock. A child process that is just being started may have inherited the file
    /// and would otherwise hold the lock for a moment longer.
    fn drop(&mut self) {
        let _ = self.file.unlock();
    }
}

impl HuntJournal {
    /// Begins a hunt in a directory that is empty or does not exist yet.
    ///
    /// # Errors
    /// The directory is not empty, or cannot be created or written to.
    pub fn begin(dir: &Path, hunt: &Hunt) -> Result<Self, BadJournal> {
        Self::begin_with(dir, hunt, None)
    }

    /// Begins a guided hunt, like [`Self::begin`].
    ///
    /// # Errors
    /// As [`Self::begin`].
    pub fn begin_guided(dir: &Path, hunt: &Hunt, guide: &Guide) -> Result<Self, BadJournal> {
        Self::begin_with(dir, hunt, Some(guide))
    }

    fn begin_with(dir: &Path, hunt: &Hunt, guide: Option<&Guide>) -> Result<Self, BadJournal> {
        let unwritable = |error| BadJournal::new(dir, format!("cannot be written to: {error}"));
        create_dir(dir).map_err(|why| BadJournal::new(dir, why))?;
        if fs::read_dir(dir).map_err(unwritable)?.next().is_some() {
            let bad = BadJournal::new(dir, "this directory is not empty; expected a new one");
            return Err(bad.help(if dir.join(FILE).exists() {
                "resume the hunt in it: --resume; or name another directory: --out DIR"
            } else {
                "name another directory: --out DIR"
            }));
        }
        let path = dir.join(FILE);
        let file = OpenOptions::new().append(true).create_new(true).open(&path);
        let file = file.map_err(|error| cannot_open(&path, &error))?;
        lock(&file, &path)?;
        let state = LoggedState::new(Tally::new(&hunt.targets));
        let mut journal = Self { dir: dir.to_owned(), file, state };
        journal.write_header(hunt, guide)?;
        Ok(journal)
    }

    /// Resumes the hunt in a directory.
    ///
    /// # Errors
    /// There is no hunt, or it is a different one; another process is running it; or its journal is
    /// invalid or cannot be read and written.
    pub fn resume(dir: &Path, hunt: &Hunt) -> Result<Self, BadJournal> {
        Self::resume_with(dir, hunt, None)
    }

    /// Resumes a guided hunt, like [`Self::resume`]. Replaces the plans of `guide` with those that
    /// the hunt began with.
    ///
    /// # Errors
    /// As [`Self::resume`].
    pub fn resume_guided(dir: &Path, hunt: &Hunt, guide: &mut Guide) -> Result<Self, BadJournal> {
        let mut journal = Self::resume_with(dir, hunt, Some(guide))?;
        guide.old = std::mem::take(&mut journal.state.old);
        Ok(journal)
    }

    fn resume_with(dir: &Path, hunt: &Hunt, guide: Option<&Guide>) -> Result<Self, BadJournal> {
        let path = dir.join(FILE);
        if !path.is_file() {
            return Err(nothing_to_resume(dir));
        }
        if path.is_symlink() {
            let message = "this is a symbolic link; expected a file in the directory itself";
            return Err(BadJournal::new(&path, message).help("name another directory: --out DIR"));
        }
        let opened = OpenOptions::new().read(true).append(true).open(&path);
        let file = opened.map_err(|error| cannot_open(&path, &error))?;
        lock(&file, &path)?;
        let read =
            replay_log::read(&file, &path, &Header::of(hunt, guide), Tally::new(&hunt.targets))?;
        file.set_len(read.whole).map_err(|error| cannot_open(&path, &error))?;
        let mut journal = Self { dir: dir.to_owned(), file, state: read.state };
        if read.whole == 0 {
            journal.write_header(hunt, guide)?;
        }
        Ok(journal)
    }

    /// Returns the tally of the hunt, including everything before it was resumed.
    pub fn tally(&self) -> &Tally {
        &self.state.tally
    }

    /// Returns the directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns how many seeds of each target are done, from the first one.
    pub(crate) fn done(&self) -> &[u64] {
        &self.state.done
    }

    /// Counts a completed run. Its seed is done only when a chunk says so.
    pub(crate) fn record_run(&mut self, target: usize, run: &Run) {
        self.state.tally.targets[target].counts.count(run);
    }

    /// Takes the plans that a guided hunt kept from runs that are done, each with its target, those
    /// of a target in the order of their runs.
    pub(crate) fn kept(&mut self) -> impl Iterator<Item = (usize, CorpusEntry)> + use<> {
        let kept = std::mem::take(&mut self.state.kept);
        kept.into_iter().map(|((target, _), kept)| (target, *kept))
    }

    /// Updates the progress of a guided hunt.
    pub(crate) fn reached(&mut self, reached: Reached) {
        self.state.tally.reached = Some(reached);
    }

    /// Writes a run that reached something new.
    pub(crate) fn keep_plan(&mut self, target: usize, kept: &CorpusEntry) -> io::Result<()> {
        self.write(&Line::Kept { target, kept: Box::new(kept.clone()) })
    }

    /// Writes a finding, and saves its run if it is the first of its failure. Everything is on disk
    /// when this returns. Returns `None` if the finding was there before, or else whether its
    /// failure is new.
    pub(crate) fn record_finding(
        &mut self,
        target: usize,
        found: &mut Found,
    ) -> io::Result<Option<bool>> {
        if self.state.is_kept(target, found.finding.seed.0) {
            return Ok(None);
        }
        let new = self.state.tally.first_like(&found.finding).is_none();
        if found.finding.bred {
            self.record_bred(target, found)?;
        } else if let Some(first) = self.state.tally.first_like(&found.finding) {
            found.finding.file.clone_from(&first.file);
        } else {
            let text = SavedRun::of(&found.plan, &found.run).to_text_of(&found.run)?;
            let name = self.file_name(&found.finding);
            self.keep(&name, &text)?;
            found.finding.file = Some(name);
        }
        self.note(target, &found.finding)?;
        Ok(Some(new))
    }

    /// Writes a finding whose run is not available here, like [`Self::record_finding`].
    pub(crate) fn record_remote_finding(
        &mut self,
        target: usize,
        finding: &mut Finding,
    ) -> io::Result<Option<bool>> {
        if self.state.is_kept(target, finding.seed.0) {
            return Ok(None);
        }
        let first = self.state.tally.first_like(finding);
        let new = first.is_none();
        finding.file = first.and_then(|first| first.file.clone());
        self.note(target, finding)?;
        Ok(Some(new))
    }

    fn note(&mut self, target: usize, finding: &Finding) -> io::Result<()> {
        self.write(&Line::Finding { target, finding: finding.clone() })?;
        self.file.sync_data()?;
        self.state.found(target, finding);
        Ok(())
    }

    /// Writes a finding of a bred plan. No seed line replays it, so the first run of each signature
    /// of a target is saved in a file, even if it did not end, and later findings refer to that
    /// file.
    fn record_bred(&mut self, target: usize, found: &mut Found) -> io::Result<()> {
        let Found { finding, plan, run } = found;
        let name = if let Some(name) = self.state.bred_file(target, &finding.signature) {
            name.to_owned()
        } else {
            let text = SavedRun::of(plan, run).to_text_of(run)?;
            let mut name = self.file_name(finding);
            if self.state.tally.first_like(finding).is_some() {
                name = name.replace(".toml", &format!("-bred-{target}.toml"));
            }
            self.keep(&name, &text)?;
            name
        };
        finding.replay.clone_from(&name);
        finding.file = Some(name);
        Ok(())
    }

    /// Notes that the next `counts.runs()` seeds of a target are done.
    pub(crate) fn chunk(&mut self, target: usize, hunt: &Hunt, counts: Counts) -> io::Result<()> {
        let (from, count) = (hunt.from + self.state.done[target], counts.runs());
        self.write(&Line::Done { target, from, count, counts })?;
        self.state.finished(target, hunt.from, count);
        Ok(())
    }

    /// Returns whether a seed is done or its finding is in the journal.
    pub(crate) fn has(&self, target: usize, seed: u64, hunt: &Hunt) -> bool {
        seed < self.next_seed(target, hunt) || self.state.is_kept(target, seed)
    }

    /// Returns the first seed of a target that is not done.
    pub(crate) fn next_seed(&self, target: usize, hunt: &Hunt) -> u64 {
        hunt.from + self.state.done[target]
    }

    /// Adds the counts of runs that another process did, and notes their seeds as done.
    pub(crate) fn record_remote(
        &mut self,
        target: usize,
        hunt: &Hunt,
        counts: Counts,
    ) -> io::Result<()> {
        self.state.tally.targets[target].counts.add(&counts);
        self.chunk(target, hunt, counts)
    }

    /// Returns the error that ends a hunt whose journal cannot be written.
    pub(crate) fn unwritable(&self, error: io::Error) -> Failed {
        Failed::Unwritable { dir: self.dir.clone(), error }
    }

    /// Flushes all lines to disk.
    pub(crate) fn sync(&self) -> io::Result<()> {
        self.file.sync_data()
    }

    /// Returns a file name made of the number of the finding's failure and the letters and digits
    /// of its client and signature.
    fn file_name(&self, finding: &Finding) -> String {
        let (client, signature) = (plain(&finding.client), plain(&finding.signature));
        format!("{:03}-{client}-{signature}.toml", self.state.tally.number(finding))
    }

    fn keep(&self, name: &str, text: &str) -> io::Result<()> {
        let part = self.dir.join(format!("{name}.part"));
        // A killed hunt may have left it behind. If it were a symbolic link, we would write
        // elsewhere.
        if part.symlink_metadata().is_ok() {
            fs::remove_file(&part)?;
        }
        let mut file = File::create_new(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&part, self.dir.join(name))?;
        self.sync_dir()
    }

    /// Flushes the directory: until then a new name in it may not be on disk.
    fn sync_dir(&self) -> io::Result<()> {
        File::open(&self.dir)?.sync_all()
    }

    fn write_header(&mut self, hunt: &Hunt, guide: Option<&Guide>) -> Result<(), BadJournal> {
        let mut written = self.write(&Line::Hunt(Header::of(hunt, guide)));
        self.state.old = guide.map(|guide| guide.old.clone()).unwrap_or_default();
        for (target, plans) in self.state.old.clone().into_iter().enumerate() {
            for plan in plans {
                let line = Line::Old { target, plan: Box::new(plan) };
                written = written.and_then(|()| self.write(&line));
            }
        }
        let written = written.and_then(|()| self.sync()).and_then(|()| self.sync_dir());
        written.map_err(|error| cannot_open(&self.dir.join(FILE), &error))
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut line = serde_json::to_vec(line).map_err(io::Error::other)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

/// Returns the letters and digits of a text in lower case, with a hyphen for everything between.
fn plain(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let words: String = text.chars().map(plain).collect();
    let words: Vec<_> = words.split('-').filter(|word| !word.is_empty()).collect();
    words.join("-").chars().take(NAME_PART_MAX).collect()
}

fn cannot_open(path: &Path, error: &io::Error) -> BadJournal {
    BadJournal::new(path, format!("cannot be read and written: {error}"))
}

/// Locks the journal: two hunts in one journal would each believe to be alone.
fn lock(file: &File, path: &Path) -> Result<(), BadJournal> {
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => {
            let bad =
                BadJournal::new(path, "another process is running the hunt in this directory");
            Err(bad.help("wait for it to end, or name another directory: --out DIR"))
        }
        Err(TryLockError::Error(error)) => Err(cannot_open(path, &error)),
    }
}
