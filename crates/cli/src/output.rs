//! What commands write into files, and one rule for all of it.
//!
//! A file that is there stays as it is, unless the same command wrote it for the same purpose, or
//! `--force` is given. That is looked at, and whether there is room for a new file, before any work
//! begins. A file is written whole under another name, and renamed: whatever ends the process, what
//! was there before is there, or all that is new.

use super::failure::Failure;
use crosswire::certify;
use crosswire::saved::is_saved_run;
use crosswire_lockstep as lockstep;
use crosswire_output::files::{make_dir, nowhere};
use crosswire_output::text::printable;
use crosswire_plan::kind;
use serde::Deserialize;
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// What commands write, and know again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    SavedRun,
    Schedule,
    JUnit,
}

impl Sort {
    fn words(self) -> &'static str {
        match self {
            Self::SavedRun => "saved run",
            Self::Schedule => "schedule that was saved",
            Self::JUnit => "report of a hunt",
        }
    }

    /// Whether a file is such a one that was written here.
    fn is_of(self, path: &Path) -> bool {
        match self {
            Self::SavedRun => is_saved_run(path),
            Self::Schedule => start(path).starts_with(lockstep::kept::HEADER.as_bytes()),
            Self::JUnit => contains(&start(path), b"<testsuites name=\"crosswire\""),
        }
    }
}

/// A file that a command is to write in the end.
#[derive(Debug)]
pub(super) struct Target {
    path: PathBuf,
    sort: Sort,
    force: bool,
}

impl Target {
    /// Looks whether the file can be written, and may be.
    pub(super) fn new(path: &Path, sort: Sort, force: bool) -> Result<Self, Failure> {
        let target = Self { path: path.to_owned(), sort, force };
        target.look()?;
        Ok(target)
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    fn look(&self) -> Result<(), Failure> {
        let found = match fs::symlink_metadata(&self.path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return self.has_room(),
            Err(error) => return Err(self.refused(&error.to_string())),
            Ok(_) => fs::metadata(&self.path),
        };
        let Ok(found) = found.map(|found| found.file_type()) else {
            return Err(
                self.refused(&nowhere(&self.path, "a file, or a path where nothing is yet"))
            );
        };
        if found.is_dir() {
            return Err(self.refused("this is a directory; expected a file"));
        }
        if self.force {
            return if found.is_file() { self.has_room() } else { Ok(()) };
        }
        if !found.is_file() {
            let help =
                format!("this is {}; expected a file, or --force to write to it", kind(found));
            return Err(self.refused(&help));
        }
        if !self.sort.is_of(&self.path) {
            let sort = self.sort.words();
            let why = format!("the file exists and is no {sort}; name another, or --force");
            return Err(self.refused(&why));
        }
        self.has_room()
    }

    /// Whether a file can be made in its directory.
    fn has_room(&self) -> Result<(), Failure> {
        let dir = self.dir();
        if !dir.is_dir() {
            let dir = printable(&dir.display().to_string());
            return Err(self.refused(&format!("there is no directory {dir}")));
        }
        let made = tempfile::tempfile_in(dir);
        made.map(drop).map_err(|error| self.refused(&format!("cannot be written: {error}")))
    }

    fn dir(&self) -> &Path {
        let dir = self.path.parent().filter(|dir| !dir.as_os_str().is_empty());
        dir.unwrap_or(Path::new("."))
    }

    fn refused(&self, why: &str) -> Failure {
        Failure::input(format!("{}: {why}", shown(&self.path)))
    }

    /// Writes it. What has come to be there since is not written over, either.
    pub(super) fn write(&self, text: &str) -> Result<(), Failure> {
        self.look()?;
        let written = self.written(text);
        written.map_err(|error| unwritable(&self.path, &error))
    }

    fn written(&self, text: &str) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            let mut device = File::options().write(true).open(&self.path)?;
            return device.write_all(text.as_bytes());
        }
        // Of a link, what it leads to.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        replace(&path, text)
    }
}

/// Writes a file whole and puts it where it belongs, in place of what is there.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    // As for any new file, less what the user takes off.
    let mut new = tempfile::Builder::new();
    let new = new.prefix(".crosswire-").permissions(Permissions::from_mode(0o666));
    let mut file = new.tempfile_in(dir.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// It is a directory, or becomes one.
pub(super) fn directory(dir: &Path) -> Result<(), Failure> {
    make_dir(dir).map_err(|why| Failure::input(format!("{}: {why}", shown(dir))))
}

/// The directory of a certificate: new, empty, or with an earlier one.
#[derive(Debug)]
pub(super) struct CertificateDir {
    dir: PathBuf,
    client: String,
    force: bool,
}

/// The two faces of a certificate.
pub(super) const PAGE: &str = "certificate.md";
pub(super) const OBJECT: &str = "certificate.json";

impl CertificateDir {
    /// Looks whether the certificate of a client may be written there.
    pub(super) fn new(dir: &Path, client: &str, force: bool) -> Result<Self, Failure> {
        directory(dir)?;
        let target = Self { dir: dir.to_owned(), client: client.to_owned(), force };
        target.look()?;
        Ok(target)
    }

    /// Whether a certificate is there.
    pub(super) fn has_one(&self) -> bool {
        certificate_in(&self.dir.join(OBJECT)).is_some()
    }

    /// What the directory is called.
    pub(super) fn name(&self) -> String {
        shown(&self.dir)
    }

    fn look(&self) -> Result<(), Failure> {
        let entries = fs::read_dir(&self.dir).map_err(|error| unwritable(&self.dir, &error))?;
        for entry in entries {
            let path = entry.map_err(|error| unwritable(&self.dir, &error))?.path();
            if path.is_dir() && self.would_write(&path) {
                let name = shown(&path);
                return Err(Failure::input(format!(
                    "{name}: this is a directory; expected a file"
                )));
            }
            if !self.force && self.would_write(&path) && !is_of_a_certificate(&path) {
                let why =
                    "the file exists and is of no certificate; name another directory, or --force";
                return Err(Failure::input(format!("{}: {why}", shown(&path))));
            }
        }
        let made = tempfile::tempfile_in(&self.dir);
        made.map(drop).map_err(|error| unwritable(&self.dir, &error))
    }

    /// Whether a file could be one of this certificate: its finding is called for client and invariant.
    fn would_write(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let of_finding = name.strip_prefix(&self.client).is_some_and(|rest| rest.starts_with('-'));
        name == PAGE || name == OBJECT || (of_finding && name.ends_with(".toml"))
    }

    /// Writes all files, and takes away the runs that an older certificate speaks of: they would be
    /// taken for this one's.
    pub(super) fn write<'a>(
        &self,
        files: impl Iterator<Item = (&'a str, &'a String)>,
    ) -> Result<(), Failure> {
        self.look()?;
        for old in certificate_in(&self.dir.join(OBJECT)).iter().flat_map(|old| &old.findings) {
            let file = old.file.as_ref().map(|file| self.dir.join(file));
            let ours = |file: &PathBuf| self.would_write(file) && file.parent() == Some(&self.dir);
            if let Some(file) = file.filter(|file| ours(file) && is_saved_run(file)) {
                fs::remove_file(&file).map_err(|error| unwritable(&file, &error))?;
            }
        }
        for (name, text) in files {
            let path = self.dir.join(name);
            replace(&path, text).map_err(|error| unwritable(&path, &error))?;
        }
        Ok(())
    }
}

fn is_of_a_certificate(path: &Path) -> bool {
    match path.file_name().and_then(|name| name.to_str()) {
        Some(PAGE) => start(path).starts_with(certify::print::TITLE.as_bytes()),
        Some(OBJECT) => certificate_in(path).is_some(),
        _ => is_saved_run(path),
    }
}

/// What is read of an older certificate, of any version: this is enough to know it again.
#[derive(Deserialize)]
struct Older {
    #[serde(rename = "client")]
    _client: String,
    #[serde(rename = "toolchain")]
    _toolchain: String,
    findings: Vec<OlderFinding>,
}

#[derive(Deserialize)]
struct OlderFinding {
    file: Option<String>,
}

fn certificate_in(path: &Path) -> Option<Older> {
    let file = crosswire_plan::open_file(path, "a certificate").ok()?;
    serde_json::from_reader(io::BufReader::new(file.take(MOST))).ok()
}

/// A longer certificate is none.
const MOST: u64 = 16 << 20;

/// How a file begins; nothing if it is none.
fn start(path: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Ok(file) = crosswire_plan::open_file(path, "a file") {
        let _ = file.take(512).read_to_end(&mut bytes);
    }
    bytes
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn shown(path: &Path) -> String {
    printable(&path.display().to_string())
}

/// That something could not be written, however far it came.
pub(super) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::Harness(format!("{}: cannot be written: {error}", shown(path)))
}
