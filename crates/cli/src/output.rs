//! Writes files, with one rule for all commands.
//!
//! An existing file is overwritten only if the same command wrote it for the same purpose, or with
//! `--force`. Commands check this, and that a new file can be created, before any work begins. A
//! file is written whole under a temporary name and then renamed: however the process ends, either
//! the old or the new file is there, complete.

use super::failure::Failure;
use crosswire::certify;
use crosswire::saved::is_saved_run;
use crosswire_lockstep as lockstep;
use crosswire_output::format::printable;
use crosswire_output::user_files::{create_dir, dangling_link};
use crosswire_plan::kind;
use crosswire_report::{page, perfetto, svg};
use serde::Deserialize;
use std::fs::{self, File, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// A kind of file that commands write and recognize.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FileKind {
    SavedRun,
    Schedule,
    JUnit,
    /// A page of any command.
    Page,
    /// A diagram as SVG.
    Picture,
    /// A trace for Perfetto.
    Trace,
}

impl FileKind {
    fn words(self) -> &'static str {
        match self {
            Self::SavedRun => "saved run",
            Self::Schedule => "saved schedule",
            Self::JUnit => "JUnit report of a hunt",
            Self::Page => "page of Crosswire",
            Self::Picture => "diagram of a run",
            Self::Trace => "trace of a run",
        }
    }

    /// Returns whether an existing file is of this kind.
    fn recognizes(self, path: &Path) -> bool {
        match self {
            Self::SavedRun => is_saved_run(path),
            Self::Schedule => start(path).starts_with(lockstep::saved_schedule::HEADER.as_bytes()),
            Self::JUnit => contains(&start(path), b"<testsuites name=\"crosswire\""),
            Self::Page => contains(&start(path), page::MARK.as_bytes()),
            Self::Picture => contains(&start(path), svg::BEGINNING.as_bytes()),
            Self::Trace => contains(&start(path), perfetto::FIRST_TRACK.as_bytes()),
        }
    }
}

/// A file that a command will write at its end.
#[derive(Debug)]
pub(super) struct OutputFile {
    path: PathBuf,
    kind: FileKind,
    force: bool,
}

impl OutputFile {
    /// Checks that the file can be written, and that nothing else is lost by it.
    pub(super) fn new(path: &Path, kind: FileKind, force: bool) -> Result<Self, Failure> {
        let file = Self { path: path.to_owned(), kind, force };
        file.check()?;
        Ok(file)
    }

    /// Returns the path of the file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of the file, for messages.
    pub(super) fn shown(&self) -> String {
        shown(&self.path)
    }

    fn check(&self) -> Result<(), Failure> {
        let found = match fs::symlink_metadata(&self.path) {
            Err(error) if is_missing(&error) => return self.can_create(),
            Err(error) => return Err(self.refused(&error.to_string())),
            Ok(_) => fs::metadata(&self.path),
        };
        let Ok(found) = found.map(|found| found.file_type()) else {
            return Err(self.refused(&dangling_link(&self.path, "a file or a new path")));
        };
        if found.is_dir() {
            return Err(self.refused("this is a directory; expected a file"));
        }
        if self.force {
            return if found.is_file() { self.can_create() } else { Ok(()) };
        }
        if !found.is_file() {
            let help =
                format!("this is {}; expected a file, or --force to write to it", kind(found));
            return Err(self.refused(&help));
        }
        if !self.kind.recognizes(&self.path) {
            let kind = self.kind.words();
            let why =
                format!("the file exists and is not a {kind}; name another file, or use --force");
            return Err(self.refused(&why));
        }
        self.can_create()
    }

    /// Checks that a file can be created in the directory, or in the nearest one that exists:
    /// others are created with the file.
    fn can_create(&self) -> Result<(), Failure> {
        let exists = |dir: &&Path| fs::symlink_metadata(dir).is_ok();
        let dir = self.dir().ancestors().find(exists).unwrap_or(Path::new("."));
        if !dir.is_dir() {
            let dir = printable(&dir.display().to_string());
            return Err(self.refused(&format!("{dir} is not a directory")));
        }
        let created = tempfile::tempfile_in(dir);
        created.map(drop).map_err(|error| self.refused(&format!("cannot be written: {error}")))
    }

    fn dir(&self) -> &Path {
        let dir = self.path.parent().filter(|dir| !dir.as_os_str().is_empty());
        dir.unwrap_or(Path::new("."))
    }

    fn refused(&self, why: &str) -> Failure {
        Failure::input(format!("{}: {why}", shown(&self.path)))
    }

    /// Writes the file, after checking again: another file may have appeared since.
    pub(super) fn write(&self, bytes: &[u8]) -> Result<(), Failure> {
        self.check()?;
        let written = self.written(bytes);
        written.map_err(|error| unwritable(&self.path, &error))
    }

    fn written(&self, bytes: &[u8]) -> io::Result<()> {
        if fs::metadata(&self.path).is_ok_and(|found| !found.is_file()) {
            let mut device = File::options().write(true).open(&self.path)?;
            return device.write_all(bytes);
        }
        fs::create_dir_all(self.dir())?;
        // A link stays, and its target is replaced.
        let path = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        replace(&path, bytes)
    }
}

/// Returns whether an error says that a path, or a directory on it, does not exist.
fn is_missing(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Writes a file under a temporary name and renames it to `path`.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let dir = path.parent().filter(|dir| !dir.as_os_str().is_empty());
    // The permissions of any new file, less the umask.
    let mut new = tempfile::Builder::new();
    let new = new.prefix(".crosswire-").permissions(Permissions::from_mode(0o666));
    let mut file = new.tempfile_in(dir.unwrap_or(Path::new(".")))?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

/// Creates a directory unless it exists.
pub(super) fn directory(dir: &Path) -> Result<(), Failure> {
    create_dir(dir).map_err(|why| Failure::input(format!("{}: {why}", shown(dir))))
}

/// The directory of a certificate: new, empty, or with an earlier certificate.
#[derive(Debug)]
pub(super) struct CertificateDir {
    dir: PathBuf,
    client: String,
    force: bool,
}

/// The certificate for people.
pub(super) const PAGE: &str = "certificate.md";
/// The certificate for machines.
pub(super) const OBJECT: &str = "certificate.json";

impl CertificateDir {
    /// Checks that the certificate of a client can be written there, and that nothing else is lost.
    pub(super) fn new(dir: &Path, client: &str, force: bool) -> Result<Self, Failure> {
        directory(dir)?;
        let target = Self { dir: dir.to_owned(), client: client.to_owned(), force };
        target.check()?;
        Ok(target)
    }

    /// Returns whether the directory has a certificate.
    pub(super) fn has_certificate(&self) -> bool {
        certificate_in(&self.dir.join(OBJECT)).is_some()
    }

    /// Returns the path of the directory, for messages.
    pub(super) fn name(&self) -> String {
        shown(&self.dir)
    }

    fn check(&self) -> Result<(), Failure> {
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
                let why = "the file exists and is not part of a certificate; name another directory, or use --force";
                return Err(Failure::input(format!("{}: {why}", shown(&path))));
            }
        }
        let made = tempfile::tempfile_in(&self.dir);
        made.map(drop).map_err(|error| unwritable(&self.dir, &error))
    }

    /// Returns whether the certificate may write a file of this name. Findings are named after the
    /// client and the invariant.
    fn would_write(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let of_finding = name.strip_prefix(&self.client).is_some_and(|rest| rest.starts_with('-'));
        name == PAGE || name == OBJECT || (of_finding && name.ends_with(".toml"))
    }

    /// Writes all files and removes the runs of an older certificate, which would otherwise look
    /// like findings of this one.
    pub(super) fn write<'a>(
        &self,
        files: impl Iterator<Item = (&'a str, &'a String)>,
    ) -> Result<(), Failure> {
        self.check()?;
        for old in certificate_in(&self.dir.join(OBJECT)).iter().flat_map(|old| &old.findings) {
            let file = old.file.as_ref().map(|file| self.dir.join(file));
            let inside =
                |file: &PathBuf| self.would_write(file) && file.parent() == Some(&self.dir);
            if let Some(file) = file.filter(|file| inside(file) && is_saved_run(file)) {
                fs::remove_file(&file).map_err(|error| unwritable(&file, &error))?;
            }
        }
        for (name, text) in files {
            let path = self.dir.join(name);
            replace(&path, text.as_bytes()).map_err(|error| unwritable(&path, &error))?;
        }
        Ok(())
    }
}

/// Returns whether an existing file belongs to a certificate.
fn is_of_a_certificate(path: &Path) -> bool {
    match path.file_name().and_then(|name| name.to_str()) {
        Some(PAGE) => start(path).starts_with(certify::print::TITLE.as_bytes()),
        Some(OBJECT) => certificate_in(path).is_some(),
        _ => is_saved_run(path),
    }
}

/// The fields by which a certificate of any version is recognized.
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
    serde_json::from_reader(io::BufReader::new(file.take(MAX_CERTIFICATE_BYTES))).ok()
}

/// The largest file that is read as a certificate.
const MAX_CERTIFICATE_BYTES: u64 = 16 << 20;

/// Returns the first 512 bytes of a file; nothing if it cannot be read.
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

/// Returns the error of a directory that could not be read.
pub(super) fn unreadable(dir: &Path, error: &io::Error) -> Failure {
    Failure::input(format!("{}: the directory cannot be read: {error}", dir.display()))
}

/// Returns the error of a file that could not be written.
pub(super) fn unwritable(path: &Path, error: &io::Error) -> Failure {
    Failure::Harness(format!("{}: cannot be written: {error}", shown(path)))
}
