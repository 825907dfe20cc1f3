//! Mutants that a reader found to be correct clients: `equivalent.toml` lists them with the reason.
//! They are played all the same. If one is killed, the reason is wrong.

use crate::zoo::Mutant;
use serde::Deserialize;
use std::path::Path;

/// A mutant that is a correct client.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Equivalent {
    /// The file, below `crates/zoo/src`.
    pub file: String,
    /// The changed line as the source has it, without the spaces around it.
    pub line: String,
    /// The kind of mistake.
    pub operator: String,
    /// The change in one line. Without it, every change of this line by the operator is meant.
    pub change: Option<String>,
    /// Why the client is correct all the same.
    pub why: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Page {
    #[serde(default)]
    equivalent: Vec<Equivalent>,
}

impl Equivalent {
    /// Marks the mutants that the list names.
    ///
    /// # Errors
    /// If the list cannot be read, or names a mutant that the sources no longer have.
    pub fn mark(list: &Path, zoo: &Path, mutants: &mut [Mutant]) -> Result<(), String> {
        let told = |error: &dyn std::fmt::Display| format!("{}: {error}", list.display());
        let page = std::fs::read_to_string(list).map_err(|error| told(&error))?;
        let page: Page = toml::from_str(&page).map_err(|error| told(&error))?;
        for entry in &page.equivalent {
            let text = std::fs::read_to_string(zoo.join(&entry.file));
            let text = text.map_err(|error| told(&format!("{}: {error}", entry.file)))?;
            let mut lines = text.lines();
            let of_entry = |mutant: &&mut Mutant| {
                let line = lines.clone().nth(mutant.line - 1).unwrap_or_default();
                mutant.file == entry.file
                    && mutant.operator == entry.operator
                    && line.trim() == entry.line
                    && entry.change.as_ref().is_none_or(|change| *change == mutant.change)
            };
            let meant: Vec<_> = mutants.iter_mut().filter(of_entry).collect();
            if meant.is_empty() {
                let stands = lines.any(|line| line.trim() == entry.line);
                let reason = if stands { "no such mutant of" } else { "no longer a line:" };
                return Err(told(&format!("{}: {reason} `{}`", entry.file, entry.line)));
            }
            for mutant in meant {
                mutant.equivalent = Some(entry.why.clone());
            }
        }
        Ok(())
    }
}
