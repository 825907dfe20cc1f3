//! Remarks of readers on mutants. `equivalent.toml` lists those that are correct clients, with the
//! clause of the contract or the line of the source that makes them so. They are run all the same:
//! if one is killed, the reason is wrong. `survivors.toml` lists faulty mutants that are not found,
//! with the reason.

use crate::zoo::Mutant;
use serde::Deserialize;
use std::path::Path;

/// A reader's remark on some mutants.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Remark {
    /// The file, below `crates/zoo/src`.
    pub file: String,
    /// The changed line as the source has it, without surrounding spaces.
    pub line: String,
    /// Number of the line among equal ones, from 1. Without it, all of them are meant.
    pub nth: Option<usize>,
    /// The kind of mistake.
    pub operator: String,
    /// The change in one line. Without it, every change of this line by the operator is meant.
    pub change: Option<String>,
    /// The reason why the client is correct all the same, or why nothing finds it.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(default)]
    equivalent: Vec<Remark>,
    #[serde(default)]
    survivor: Vec<Remark>,
}

impl Remark {
    /// Marks the mutants that a list names.
    ///
    /// # Errors
    /// If the list cannot be read, or names a mutant that the sources no longer have.
    pub fn mark(list: &Path, zoo: &Path, mutants: &mut [Mutant]) -> Result<(), String> {
        let failed = |error: &dyn std::fmt::Display| format!("{}: {error}", list.display());
        let page = std::fs::read_to_string(list).map_err(|error| failed(&error))?;
        let page: Page = toml::from_str(&page).map_err(|error| failed(&error))?;
        for entry in &page.equivalent {
            entry
                .find(zoo, mutants, |mutant| mutant.equivalent = Some(entry.why.clone()))
                .map_err(|error| failed(&error))?;
        }
        for entry in &page.survivor {
            entry
                .find(zoo, mutants, |mutant| mutant.survivor = Some(entry.why.clone()))
                .map_err(|error| failed(&error))?;
        }
        Ok(())
    }

    /// Finds the mutants that the remark is about.
    fn find(
        &self,
        zoo: &Path,
        mutants: &mut [Mutant],
        mark: impl Fn(&mut Mutant),
    ) -> Result<(), String> {
        let text = std::fs::read_to_string(zoo.join(&self.file));
        let text = text.map_err(|error| format!("{}: {error}", self.file))?;
        let lines: Vec<_> = text.lines().map(str::trim).collect();
        let such = lines.iter().enumerate().filter(|(_, line)| **line == self.line);
        let such: Vec<_> = such.map(|(at, _)| at + 1).collect();
        let such = match self.nth {
            Some(nth) => such.get(nth - 1).copied().into_iter().collect(),
            None => such,
        };
        let is_meant = |mutant: &&mut Mutant| {
            mutant.file == self.file
                && mutant.operator == self.operator
                && such.contains(&mutant.line)
                && self.change.as_ref().is_none_or(|change| *change == mutant.change)
        };
        let meant: Vec<_> = mutants.iter_mut().filter(is_meant).collect();
        if meant.is_empty() {
            let reason = if such.is_empty() { "no such line:" } else { "no such mutant of line" };
            return Err(format!("{}: {reason} `{}`", self.file, self.line));
        }
        for mutant in meant {
            mark(mutant);
        }
        Ok(())
    }
}
