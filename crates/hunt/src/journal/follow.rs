//! Follows a hunt by its journal while another process runs it, without touching either.

use crate::finding::FailureId;
use crate::journal::line::{BadJournal, FILE, Line, VERSION, parsed};
use crosswire_output::format::printable;
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// Longest line that is read.
const LONGEST_LINE: u64 = 4 << 20;

/// The beginnings of lines with plans, which say nothing about progress and are long.
const PLANS: [&[u8]; 2] = [b"{\"line\":\"kept\"", b"{\"line\":\"old\""];

/// The progress of a hunt.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The number of runs that are done.
    pub runs: u64,
    /// The number of runs at the end, if the hunt has one.
    pub of: Option<u64>,
    /// The number of findings.
    pub findings: u64,
    /// The number of signatures, each of a client and a service.
    pub signatures: u64,
}

/// A journal that is read as it grows.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    /// Number of bytes that are read: those of complete lines.
    read: u64,
    /// Number of lines that are read.
    lines: u64,
    progress: Progress,
    failures: BTreeSet<FailureId>,
}

impl Follower {
    /// Follows the hunt in a directory from its beginning.
    pub fn of(dir: &Path) -> Self {
        let (progress, failures) = <(Progress, BTreeSet<_>)>::default();
        Self { path: dir.join(FILE), read: 0, lines: 0, progress, failures }
    }

    /// Reads what was written since the last call and returns the progress. A line that is being
    /// written is left for the next call.
    ///
    /// # Errors
    /// The journal is missing, cannot be read, or is not one of this version.
    pub fn read_on(&mut self) -> Result<Progress, BadJournal> {
        let unreadable =
            |path: &Path, error| BadJournal::new(path, format!("cannot be read: {error}"));
        let mut file = File::open(&self.path).map_err(|error| unreadable(&self.path, error))?;
        let length = file.metadata().map_err(|error| unreadable(&self.path, error))?.len();
        if length < self.read {
            // Another hunt has taken its place.
            *self = Self::of(self.path.parent().unwrap_or(Path::new("")));
        }
        let found = file.seek(SeekFrom::Start(self.read));
        found.map_err(|error| unreadable(&self.path, error))?;
        let (mut lines, mut bytes) = (BufReader::new(file), Vec::new());
        loop {
            bytes.clear();
            let length = lines.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes);
            let length = length.map_err(|error| unreadable(&self.path, error))? as u64;
            if bytes.last() != Some(&b'\n') {
                if length == LONGEST_LINE {
                    return Err(self.invalid("this line is too long"));
                }
                return Ok(self.progress);
            }
            self.add(&bytes)?;
            self.read += length;
            self.lines += 1;
        }
    }

    fn add(&mut self, bytes: &[u8]) -> Result<(), BadJournal> {
        if self.lines > 0 && PLANS.iter().any(|plan| bytes.starts_with(plan)) {
            return Ok(());
        }
        match (self.lines, parsed(bytes).map_err(|why| self.invalid(&why))?) {
            (0, Line::Hunt(header)) if header.version == VERSION => {
                let targets = header.targets.len() as u64;
                self.progress.of = header.seeds.map(|seeds| seeds.saturating_mul(targets));
            }
            (0, Line::Hunt(header)) => {
                let version = header.version;
                let why = format!("the journal has version {version}; this build reads {VERSION}");
                return Err(self.invalid(&why));
            }
            (0, _) => return Err(self.invalid("expected the header of a hunt")),
            (_, Line::Finding { finding, .. }) => {
                self.progress.findings += 1;
                self.failures.insert(finding.failure());
                self.progress.signatures = self.failures.len() as u64;
            }
            (_, Line::Done { count, .. }) => {
                self.progress.runs = self.progress.runs.saturating_add(count);
            }
            (_, Line::Hunt(_) | Line::Old { .. } | Line::Kept { .. }) => {}
        }
        Ok(())
    }

    fn invalid(&self, why: &str) -> BadJournal {
        let why: String = printable(why).chars().take(300).collect();
        BadJournal::new(&self.path, why).at_line(self.lines + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::OpenOptions;
    use std::io::Write;

    const HEADER: &str = r#"{"line":"hunt","version":1,"build":"0.1.0","grounds":[{"scenario":"calm","client":"pooled","service":"standard","defences":[],"digest":"0"}],"from":0,"seeds":40}"#;
    const DONE: &str = r#"{"line":"done","ground":0,"from":0,"count":8,"counts":{"clean":8,"violated":0,"inconclusive":0,"panicked":0,"hung":0,"reached":{}}}"#;

    #[test]
    fn a_journal_is_followed_line_by_line() {
        let place = tempfile::tempdir().expect("a directory");
        let path = place.path().join(FILE);
        let mut follower = Follower::of(place.path());
        assert!(follower.read_on().is_err(), "there is no journal yet");
        let mut file = OpenOptions::new().append(true).create(true).open(&path).expect("a file");
        let (first, rest) = DONE.split_at(30);
        write!(file, "{HEADER}\n{DONE}\n{first}").expect("lines");
        let expected = Progress { runs: 8, of: Some(40), ..Progress::default() };
        assert_eq!(follower.read_on().expect("a journal"), expected);
        assert_eq!(follower.read_on().expect("a journal"), expected, "nothing is counted twice");
        writeln!(file, "{rest}\n{{\"line\":\"kept\", not read").expect("lines");
        assert_eq!(follower.read_on().expect("a journal").runs, 16);
        std::fs::write(&path, format!("{HEADER}\n")).expect("another hunt");
        assert_eq!(follower.read_on().expect("a journal").runs, 0);
    }

    #[test]
    fn what_is_no_journal_is_named_with_its_line() {
        let place = tempfile::tempdir().expect("a directory");
        let of = |text: &str| {
            std::fs::write(place.path().join(FILE), text).expect("a file");
            Follower::of(place.path()).read_on().expect_err("no journal").to_string()
        };
        assert!(of("\u{1b}[2J\n").contains("hunt.jsonl:1: invalid line"), "{}", of("\u{1b}\n"));
        assert!(!of("\u{1b}[2J\n").contains('\u{1b}'));
        assert!(of(&format!("{DONE}\n")).ends_with(":1: expected the header of a hunt"));
        let newer = HEADER.replace("\"version\":1", "\"version\":9");
        assert!(of(&format!("{newer}\n")).ends_with("has version 9; this build reads 1"));
        assert!(of(&format!("{HEADER}\nx\n")).contains("hunt.jsonl:2: "));
    }
}
