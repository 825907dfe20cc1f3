//! A file with the fates of mutants, one JSON object a line. A call that takes hours can be
//! interrupted and resumed, and a call with more seeds continues where another ended.

use super::Mutant;
use super::fate::Fate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;

/// The identity of a mutant: client, operator, file, line and change.
type Key = (String, String, String, usize, String);

#[derive(Serialize, Deserialize)]
struct Line {
    mutant: Key,
    fate: Fate,
}

/// The fates in a file, and the file to append to. Without a file, nothing is known or stored.
pub struct Kept {
    known: BTreeMap<Key, Fate>,
    file: Option<(String, File)>,
}

fn key(mutant: &Mutant) -> Key {
    let Mutant { client, operator, file, line, change, .. } = mutant;
    let [client, operator, file, change] =
        [client, operator, file, change].map(|it| (*it).to_owned());
    (client, operator, file, *line, change)
}

impl Kept {
    /// Opens a file, or creates it. If a mutant has two lines, the later one counts.
    ///
    /// # Errors
    /// The file cannot be read, or a line is invalid.
    pub fn open(path: Option<&str>) -> Result<Self, String> {
        let Some(path) = path else { return Ok(Self { known: BTreeMap::new(), file: None }) };
        let failed = |error: std::io::Error| format!("{path}: {error}");
        let file = File::options().create(true).append(true).open(path).map_err(failed)?;
        let text = std::fs::read_to_string(path).map_err(failed)?;
        let mut known = BTreeMap::new();
        for (nth, line) in text.lines().enumerate() {
            let failed = |error| format!("{path}:{}: {error}", nth + 1);
            let Line { mutant, fate } = serde_json::from_str(line).map_err(failed)?;
            known.insert(mutant, fate);
        }
        Ok(Self { known, file: Some((path.to_owned(), file)) })
    }

    /// Returns the fates of the mutants so far, in their order.
    pub fn fates(&self, all: &[Mutant]) -> Vec<Fate> {
        all.iter().map(|mutant| self.known.get(&key(mutant)).cloned().unwrap_or_default()).collect()
    }

    /// Appends a line.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn add(&self, mutant: &Mutant, fate: &Fate) -> Result<(), String> {
        let Some((path, file)) = &self.file else { return Ok(()) };
        let line = Line { mutant: key(mutant), fate: fate.clone() };
        let line = serde_json::to_string(&line).map_err(|error| format!("{path}: {error}"))? + "\n";
        (&*file).write_all(line.as_bytes()).map_err(|error| format!("{path}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_zoo::correct;

    #[test]
    fn a_fate_is_kept_for_the_next_call_and_belongs_to_its_mutant_alone() {
        let mutant = |line| Mutant {
            client: "actor",
            operator: "count",
            file: "correct/actor.rs",
            line,
            change: "8 → 9",
            equivalent: None,
            survivor: None,
            connect: correct()[0].connect,
        };
        let folder = tempfile::tempdir().expect("a temporary directory");
        let path = folder.path().join("fates").display().to_string();
        let all = [mutant(1), mutant(2)];
        let open = || Kept::open(Some(&path)).expect("the file can be read");
        for runs in [7, 35] {
            let fate = Fate { runs, ..Fate::default() };
            open().add(&all[1], &fate).expect("the file can be written");
        }
        let runs: Vec<_> = open().fates(&all).iter().map(|fate| fate.runs).collect();
        assert_eq!(runs, [0, 35]);
        std::fs::write(&path, "{}\n").expect("the file can be written");
        assert!(Kept::open(Some(&path)).is_err_and(|error| error.contains("fates:1: ")));
    }
}
