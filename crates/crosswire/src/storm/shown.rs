//! What a failing test shows of a run: what was violated, what led there, and a picture of it.

use super::outcome::{also_violated, story, story_of};
use crate::pictures::recorded;
use crate::sim::{ClientUnderTest, RunOutput};
use crosswire_checker::story::decisive;
use crosswire_checker::{Findings, Violation};
use crosswire_plan::Plan;
use crosswire_report::{diagram, text};
use std::collections::BTreeSet;
use std::sync::Arc;

/// A run that can be repeated.
#[derive(Clone, Debug)]
pub(super) struct Repeatable {
    pub(super) plan: Arc<Plan>,
    pub(super) client: ClientUnderTest,
    /// The signature of the violation that it is about; without one, the first violation.
    pub(super) signature: Option<String>,
    /// Says which run it is, if it is not the `whole` one.
    pub(super) note: &'static str,
}

impl Repeatable {
    /// Repeats the run to draw it. Returns its stories, the picture, and the other invariants that
    /// the `whole` run violates. If it cannot be repeated, returns the story of the whole run.
    pub(super) fn shown(&self, whole: &RunOutput) -> String {
        let Ok(run) = recorded(&self.plan, &self.client) else { return story(whole) };
        let Some(first) = run.first(self.signature.as_deref()) else {
            // The code under test keeps something from run to run.
            return story(whole);
        };
        let mut shown = story_of(first, self.note);
        if let Some(cause) = cause(&run.findings, first) {
            shown = format!("{shown}\n\n{}", story_of(cause, ", before it"));
        }
        let picture = text::picture(&diagram(&run, first));
        format!("{shown}{}\n\n{picture}", also_violated(whole))
    }
}

/// Returns the earliest violation of another invariant before this one that is about the same
/// request or call, if its decisive step is not in this one's story: what a user is shown is the
/// end of a chain, and another invariant may see its beginning.
fn cause<'a>(findings: &'a Findings, first: &Violation) -> Option<&'a Violation> {
    let told: BTreeSet<&str> = first.story.iter().flat_map(|line| work(line)).collect();
    let others = findings.violations.iter();
    let earlier = others.filter(|it| it.invariant != first.invariant && it.at_ms <= first.at_ms);
    let is_related = |it: &&Violation| match decisive(&it.story) {
        Some(nth) => {
            let step = &it.story[nth];
            !first.story.contains(step) && work(step).any(|id| told.contains(id))
        }
        None => false,
    };
    earlier.filter(is_related).min_by_key(|it| it.at_ms)
}

/// Returns the requests and calls that a sentence names.
fn work(sentence: &str) -> impl Iterator<Item = &str> {
    let words = sentence.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
    words.filter(|word| word.starts_with("call-") || word.starts_with("request-"))
}
