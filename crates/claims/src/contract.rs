//! The contract of `CacheClient`: the clauses in the docs of the trait, and the runs of the pair of
//! clients that shows each clause.

use crate::zoo::client;
use crosswire::Storm;
use crosswire::storm::SeedRun;
use crosswire_checker::InvariantId;
use crosswire_output::format::by_number;
use crosswire_zoo::Specimen;
use crosswire_zoo::contract::{CONTRACT, Pair};
use std::fmt::Write;
use std::path::Path;

/// Folder of the scenarios that stress single clauses.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/contract");

/// Number of seeds that the correct client of a pair runs.
pub const SEEDS: u64 = 4;

/// Creates a storm with a client of the pair, in the scenario that stresses the clause.
pub fn storm(pair: &Pair, specimen: &Specimen) -> Storm {
    storm_in(pair.scenario).client_made_ready(client(specimen))
}

/// Creates a storm in a built-in scenario, or in a file that stresses a single clause.
pub fn storm_in(scenario: &str) -> Storm {
    if Path::new(scenario).extension().is_some() {
        Storm::from_file(Path::new(FOLDER).join(scenario))
    } else {
        Storm::named(scenario)
    }
}

/// The result of running both clients of a pair.
pub struct Tried {
    /// The reason why the correct client is not clean; none if it is.
    pub accused: Option<String>,
    /// The first violation of the faulty client; none if it was not found.
    pub found: Option<Found>,
}

/// The first violated run of a faulty client.
pub struct Found {
    /// Number of seeds up to and including this one.
    pub seeds: u64,
    /// The invariants that it violated.
    pub violated: Vec<InvariantId>,
}

impl Tried {
    /// Returns the reason why the runs contradict the clause, if they do.
    pub fn complaint(&self, pair: &Pair) -> Option<String> {
        let Pair { clause, right, wrong, scenario, runs, .. } = pair;
        if let Some(accused) = &self.accused {
            return Some(format!("{clause}: `{right}` in {scenario}: {accused}"));
        }
        let Some(Found { violated, .. }) = &self.found else {
            return Some(format!(
                "{clause}: `{wrong}` is not found within {runs} seeds of {scenario}"
            ));
        };
        let expected = violates(pair);
        if violated.iter().any(|id| expected.contains(id)) {
            return None;
        }
        let [found, expected] = [violated, &expected].map(|ids| by_number(ids).join(", "));
        Some(format!("{clause}: `{wrong}` violates {found}; {expected} expected"))
    }
}

/// Returns the invariants of which the faulty client of a pair violates at least one.
///
/// # Panics
/// If the zoo names an invariant that does not exist.
pub fn violates(pair: &Pair) -> Vec<InvariantId> {
    pair.violates.iter().map(|id| invariant(pair.clause, id)).collect()
}

fn invariant(clause: &str, id: &str) -> InvariantId {
    InvariantId::parse(id).unwrap_or_else(|| panic!("{clause} names `{id}`, which is no invariant"))
}

/// Runs both clients of a pair.
pub fn play(pair: &Pair, jobs: usize) -> Tried {
    Tried { accused: accused(pair, jobs), found: found(pair, jobs) }
}

/// Runs the correct client, and returns the reason why it is not clean, if it is not.
pub fn accused(pair: &Pair, jobs: usize) -> Option<String> {
    let outcome = storm(pair, pair.right()).seeds(SEEDS).threads(jobs).run();
    let panicked = outcome.runs.iter().find(|one| one.run.is_err());
    if let Some(SeedRun { seed, run: Err(panicked), .. }) = panicked {
        return Some(format!("seed {seed}: {panicked}"));
    }
    if let Some((seed, played)) = outcome.first_violated() {
        let ids = by_number(played.findings.counts.keys()).join(" ");
        return Some(format!("seed {seed} violates {ids}"));
    }
    let missing = outcome.missing().into_iter().next()?;
    Some(format!("`{}` never occurs", missing.situation))
}

/// Searches for the faulty client.
pub fn found(pair: &Pair, jobs: usize) -> Option<Found> {
    let storm = storm(pair, pair.wrong()).threads(jobs);
    for from in (0..pair.runs).step_by(jobs) {
        let next = (jobs as u64).min(pair.runs - from);
        let outcome = storm.clone().from_seed(from).seeds(next).run();
        if let Some((seed, played)) = outcome.first_violated() {
            let violated = played.findings.counts.keys().copied().collect();
            return Some(Found { seeds: seed + 1, violated });
        }
    }
    None
}

/// The source of the trait, whose docs contain the clauses.
const TRAIT: &str = include_str!("../../cache/src/client.rs");

/// A numbered sentence in the docs of the trait.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its number, such as `M1`.
    pub id: String,
    /// The sentence, without links.
    pub text: String,
    /// The invariants named in parentheses at its end, which report a breach.
    pub invariants: Vec<InvariantId>,
}

/// Returns the clauses in the docs of the trait, in their order.
pub fn clauses() -> Vec<Clause> {
    clauses_in(TRAIT)
}

fn clauses_in(source: &str) -> Vec<Clause> {
    let mut found: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in source.lines() {
        let Some(line) = line.strip_prefix("///") else {
            open = false;
            continue;
        };
        let line = line.trim();
        if let Some((id, rest)) = line.strip_prefix("- **").and_then(|line| line.split_once("** "))
        {
            found.push((id.to_owned(), rest.to_owned()));
            open = true;
        } else if line.is_empty() {
            open = false;
        } else if let (true, Some((_, text))) = (open, found.last_mut()) {
            *text += " ";
            *text += line;
        }
    }
    found
        .into_iter()
        .map(|(id, text)| Clause { invariants: reporting(&id, &text), id, text: plain(&text) })
        .collect()
}

/// Returns the invariants of the first list in parentheses.
fn reporting(clause: &str, text: &str) -> Vec<InvariantId> {
    let brackets = text.split('(').filter_map(|part| Some(part.split_once(')')?.0));
    let mut lists = brackets.map(|list| list.split(", ").collect::<Vec<_>>());
    let named = |id: &&str| id.strip_prefix('I').is_some_and(|number| number.parse::<u8>().is_ok());
    // In F14, a later list, "(I11, I13)", names invariants that do not apply.
    let list = lists.find(|list| list.iter().all(named)).unwrap_or_default();
    list.into_iter().map(|id| invariant(clause, id)).collect()
}

/// Removes rustdoc links, and keeps their labels.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('[') {
        let Some((label, after)) = after.split_once(']') else { break };
        plain += before;
        plain += label;
        rest = match after.strip_prefix('(').and_then(|after| after.split_once(')')) {
            Some((_, after)) => after,
            None => after,
        };
    }
    plain + rest
}

/// Returns the clauses with their pairs, as `docs/contract.md` shows them.
pub fn page() -> String {
    let mut page = String::new();
    for (letter, title) in [
        ('M', "What a client must do"),
        ('F', "What a client may do"),
        ('D', "What a client declares"),
        ('O', "What a client may offer"),
    ] {
        let _ = write!(page, "### {title}\n\n");
        for clause in clauses().iter().filter(|clause| clause.id.starts_with(letter)) {
            page += &wrapped(&format!("- **{}** {}", clause.id, clause.text));
            if let Some(pair) = CONTRACT.iter().find(|pair| pair.clause == clause.id) {
                let Pair { right, wrong, differ, .. } = pair;
                page += &wrapped(&format!(
                    "  - Correct: `{right}`. Faulty: `{wrong}`. They differ in {differ}."
                ));
            }
        }
        page += "\n";
    }
    page
}

/// Breaks an item of a list into lines, and indents the later ones to the text of the first.
fn wrapped(item: &str) -> String {
    let indent = " ".repeat(item.len() - item.trim_start().len());
    let (mut lines, mut line) = (String::new(), indent.clone());
    for (nth, word) in item.split_whitespace().enumerate() {
        if line.len() + 1 + word.len() > 100 {
            lines += &(line + "\n");
            line = format!("{indent} ");
        }
        if nth > 0 {
            line += " ";
        }
        line += word;
    }
    lines + &line + "\n"
}

#[cfg(test)]
mod tests {
    use super::{clauses_in, plain, wrapped};
    use crosswire_checker::InvariantId;

    #[test]
    fn clauses_are_read_with_their_invariants_and_without_links() {
        let source = "/// Text.\n///\n/// - **M1** *Be brief.* Say\n///   [it](Self::it) once (I3, I4).\n/// - **M2** Or not (I5).\n///\n/// More.\n";
        let found = clauses_in(source);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].text, "*Be brief.* Say it once (I3, I4).");
        assert_eq!(found[0].invariants, [InvariantId::I3, InvariantId::I4]);
        assert_eq!(found[1].invariants, [InvariantId::I5]);
    }

    #[test]
    fn links_leave_their_labels() {
        assert_eq!(plain("a [`b`](c) d [`e`] f"), "a `b` d `e` f");
    }

    #[test]
    fn a_list_keeps_its_indentation() {
        let text = wrapped(&format!("  - {}", "word ".repeat(30)));
        assert!(text.starts_with("  - word"), "{text}");
        assert!(text.lines().skip(1).all(|line| line.starts_with("    word")), "{text}");
    }
}
