//! Makes mutants of the zoo's correct clients: copies of a source with one small mistake each. The
//! share of them that the judge finds, the kill rate, says how much its silence is worth.
//!
//! | module | story |
//! |---|---|
//! | `operators` | the mistakes, and where a source has room for each |
//! | `statements` | mistakes of order: statements left out or exchanged, locks released early |
//! | `kit` | the parts of the kit that a mutant needs a copy of |
//! | [`zoo`] | the sources, and the mutants of all of them |
//! | [`equivalent`] | mutants that a reader found to be correct clients, with the reason |
//! | [`generated`] | the crate of all mutants, without those that do not compile |
//!
//! A mutant is made by replacing bytes of the source, so that its other lines stay as they are.

pub mod equivalent;
pub mod generated;
mod kit;
mod operators;
mod statements;
pub mod zoo;

use std::ops::Range;
use syn::visit::Visit;

/// One change of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutation {
    /// The kind of mistake, as in `count`.
    pub operator: &'static str,
    /// The bytes that are replaced.
    pub range: Range<usize>,
    /// What replaces them.
    pub text: String,
}

impl Mutation {
    /// The line of the change, from 1.
    pub fn line(&self, source: &str) -> usize {
        source[..self.range.start].matches('\n').count() + 1
    }

    /// The change in one line: what was there, and what is there now.
    pub fn change(&self, source: &str) -> String {
        let (before, after) = (one_line(&source[self.range.clone()]), one_line(&self.text));
        if after.is_empty() { format!("removed {before}") } else { format!("{before} → {after}") }
    }

    /// The changed source.
    pub fn apply(&self, source: &str) -> String {
        let (before, after) = (&source[..self.range.start], &source[self.range.end..]);
        [before, &self.text, after].concat()
    }
}

/// Returns the text with its spaces and line breaks made single spaces.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns all mutations of a source, in its order, each result once.
///
/// # Errors
/// If the source is not Rust.
pub fn mutations(source: &str) -> syn::Result<Vec<Mutation>> {
    let file = syn::parse_file(source)?;
    let mut finder = operators::Finder { source, found: Vec::new() };
    finder.visit_file(&file);
    let mut found = finder.found;
    found.sort_by_key(|mutation| (mutation.range.start, mutation.range.end));
    let mut results: Vec<String> = Vec::new();
    found.retain(|mutation| {
        let result = one_line(&mutation.apply(source));
        let new = !results.contains(&result);
        results.push(result);
        new
    });
    Ok(found)
}
