//! Makes mutants of the zoo's correct clients: copies of a source with one small mistake each. The
//! kill rate, the share of faulty mutants that the checkers find, says how much a clean verdict is
//! worth.
//!
//! | module | content |
//! |---|---|
//! | `operators` | the kinds of mistake, and the places in a source for each |
//! | `statements` | mistakes of order: statements removed or exchanged, locks released early |
//! | `kit` | the parts of the kit that a mutant needs a copy of |
//! | [`zoo`] | the sources, and the mutants of all of them |
//! | [`equivalent`] | readers' remarks on mutants: correct after all, or faulty and not found |
//! | [`generated`] | the crate of all mutants, without those that do not compile |
//!
//! A mutant is made by replacing bytes of the source, so its other lines do not change.

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
    /// The replacement.
    pub text: String,
}

impl Mutation {
    /// Returns the line of the change, from 1.
    pub fn line(&self, source: &str) -> usize {
        source[..self.range.start].matches('\n').count() + 1
    }

    /// Returns the change in one line: the text before, and the text after.
    pub fn change(&self, source: &str) -> String {
        let (before, after) = (one_line(&source[self.range.clone()]), one_line(&self.text));
        if after.is_empty() { format!("removed {before}") } else { format!("{before} → {after}") }
    }

    /// Returns the changed source.
    pub fn apply(&self, source: &str) -> String {
        let (before, after) = (&source[..self.range.start], &source[self.range.end..]);
        [before, &self.text, after].concat()
    }
}

/// Returns the text with each run of white space replaced by one space.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Returns all mutations of a source, in order, each result once.
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
