//! What a hunt that was begun is over, as the first line of its journal says.

use super::ground::GroundName;
use super::journal::{BadJournal, FILE, Line, VERSION};
use crosswire_plan::Seed;
use std::fs::File;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

/// A longer line is none of ours.
const LONGEST_LINE: u64 = 4 << 20;

/// A hunt that was begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// Where it hunts.
    pub grounds: Vec<GroundName>,
    /// The first seed.
    pub from: Seed,
    /// How many seeds each ground gets; none if it hunts for a time.
    pub seeds: Option<u64>,
    /// Whether it is guided.
    pub guided: bool,
}

impl Begun {
    /// Reads what the hunt in a directory is over; none if its journal has no whole line yet.
    ///
    /// # Errors
    /// There is no journal, or its first line is none of this version.
    pub fn read(dir: &Path) -> Result<Option<Self>, BadJournal> {
        let path = dir.join(FILE);
        if !path.is_file() {
            let message = format!("there is no hunt to go on with: {FILE} is missing");
            return Err(BadJournal::new(dir, message).help("begin one: leave --resume out"));
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
            Err(bad.help("the journal was changed by hand, or is another's; name another directory: --out DIR"))
        };
        match serde_json::from_slice(&line) {
            Ok(Line::Hunt(header)) if header.version == VERSION => Ok(Some(Self {
                grounds: header.grounds,
                from: Seed(header.from),
                seeds: header.seeds,
                guided: header.guided.is_some(),
            })),
            Ok(Line::Hunt(header)) => {
                let version = header.version;
                bad(format!("the journal has version {version}; this build reads {VERSION}"))
            }
            Ok(_) => bad("expected the line that says what is hunted".to_owned()),
            Err(error) => bad(format!(
                "this is no line of a hunt: {}",
                crosswire_output::text::printable(&error.to_string())
            )),
        }
    }
}
