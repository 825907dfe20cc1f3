//! The targets and seeds of a hunt that was begun, from the first line of its journal.

use crate::journal::line::{BadJournal, FILE, Line, VERSION, parsed};
use crate::target::TargetName;
use crosswire_plan::Seed;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// Longest line that is read.
const LONGEST_LINE: u64 = 4 << 20;

/// A hunt that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Its targets.
    pub targets: Vec<TargetName>,
    /// The first seed.
    pub from: Seed,
    /// Number of seeds for each target; none if the hunt has a time limit instead.
    pub seeds: Option<u64>,
    /// True for a guided hunt.
    pub guided: bool,
}

impl Begun {
    /// Reads the header of the hunt in a directory. Returns `None` if its journal has no complete
    /// line yet.
    ///
    /// # Errors
    /// There is no journal, or its first line is not a header of this version.
    pub fn read(dir: &Path) -> Result<Option<Self>, BadJournal> {
        let path = dir.join(FILE);
        if !path.is_file() {
            return Err(nothing_to_resume(dir));
        }
        let unreadable = |error| BadJournal::new(&path, format!("cannot be read: {error}"));
        let file = File::open(&path).map_err(unreadable)?;
        let mut line = Vec::new();
        let mut lines = BufReader::new(file).take(LONGEST_LINE);
        lines.read_until(b'\n', &mut line).map_err(unreadable)?;
        if line.last() != Some(&b'\n') {
            return Ok(None);
        }
        let bad = |message: String| {
            let bad = BadJournal::new(&path, message).at_line(1);
            Err(bad.help("the journal was edited, or another program wrote it; name another directory: --out DIR"))
        };
        match parsed(&line) {
            Ok(Line::Hunt(header)) if header.version == VERSION => Ok(Some(Self {
                targets: header.targets,
                from: Seed(header.from),
                seeds: header.seeds,
                guided: header.guided.is_some(),
            })),
            Ok(Line::Hunt(header)) => {
                let version = header.version;
                bad(format!("the journal has version {version}; this build reads {VERSION}"))
            }
            Ok(_) => bad("expected the header of a hunt".to_owned()),
            Err(why) => bad(crosswire_output::format::printable(&why)),
        }
    }
}

/// Returns the error for a directory without a hunt. A hunt can begin only where nothing else is.
pub(super) fn nothing_to_resume(dir: &Path) -> BadJournal {
    if dir.exists() && !dir.is_dir() {
        let bad = BadJournal::new(dir, "this is a file; expected the directory of a hunt");
        return bad.help("name the directory that the hunt was begun with: --out DIR");
    }
    let message = format!("there is no hunt to resume: {FILE} is missing");
    let is_empty = dir.read_dir().map_or(true, |mut entries| entries.next().is_none());
    BadJournal::new(dir, message).help(if is_empty {
        "begin one: leave --resume out; or name the directory of a hunt: --out DIR"
    } else {
        "name the directory of a hunt: --out DIR; or begin one in a new or empty directory: \
         --out DIR without --resume"
    })
}
