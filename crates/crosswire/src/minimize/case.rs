//! A minimized plan with its run, as it is saved.

use super::Minimize;
use crate::catalog;
use crate::report::Report;
use crate::saved::{Expect, SavedRun};
use crate::sim::{Unfinished, play};
use crosswire_plan::Plan;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// A minimized case: a plan and its run.
#[derive(Debug)]
pub struct Case {
    /// The plan. It requires only situations that its run reaches.
    pub plan: Arc<Plan>,
    /// The report of the run, or why it did not finish.
    pub run: Result<Report, Unfinished>,
}

impl Case {
    /// Runs a minimized plan. A plan keeps its failure and seldom all the situations that its
    /// scenario requires; the others are no longer required of it.
    pub fn of(plan: Plan, minimize: &Minimize<'_>) -> Self {
        let mut plan = plan;
        match play(&Arc::new(plan.clone()), minimize.client) {
            Ok(output) => {
                let reached = &output.findings.reached;
                plan.reach.retain(|situation, need| {
                    reached.get(situation).is_some_and(|times| times >= need)
                });
            }
            Err(_) => plan.reach.clear(),
        }
        let plan = Arc::new(plan);
        // The same run; now its verdict is about what the plan requires.
        let run = match play(&plan, minimize.client) {
            Ok(output) => Ok(Report::new(&plan, &minimize.client.name, &output, Duration::ZERO)),
            Err(panicked) => Err(Unfinished::from(panicked)),
        };
        Self { plan, run }
    }

    /// Returns the text of the case's file, saved for the failure that was minimized. `expect` is
    /// its expected verdict or, without one, the verdict of the run.
    ///
    /// # Errors
    /// The text is too large; or its plan is invalid, and so was the one that was minimized.
    ///
    /// # Panics
    /// If the plan that was minimized is valid, and the file would be refused.
    pub fn to_text(&self, minimize: &Minimize<'_>, expect: Option<Expect>) -> io::Result<String> {
        // The run may also show a worse signature than the one it was minimized for.
        let signature = Some(minimize.shows.0.clone());
        let saved = SavedRun { signature, ..SavedRun::of(&self.plan, &self.run) };
        let saved = SavedRun { expect: expect.unwrap_or(saved.expect), ..saved };
        let text = saved.to_text_of(&self.run)?;
        if let Err(bad) = saved.read_back(&text) {
            let mut vocabulary = catalog::vocabulary();
            vocabulary.clients.push(minimize.client.name.clone());
            vocabulary.services.push(minimize.plan.service.name.clone());
            let given = minimize.plan.check(&vocabulary);
            assert!(given.is_err(), "minimizing a valid plan made it invalid: {bad}");
            return Err(bad);
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimize::Shows;
    use crate::sim::ClientUnderTest;
    use crosswire_plan::{Seed, draw};

    #[test]
    fn a_case_requires_only_what_its_run_reaches() {
        let mut plan = draw(&crate::scenarios::scenario("pair").expect("a scenario"), Seed(1));
        plan.reach.insert("list-delivered".to_owned(), 1);
        plan.reach.insert("video-delivered".to_owned(), 1_000_000);
        let client = ClientUnderTest::named("pooled").expect("a client");
        let shows = Shows("I1 authorised delivery".to_owned());
        let minimize =
            Minimize { plan: &plan, client: &client, shows: &shows, budget: Duration::ZERO };
        let case = Case::of(plan.clone(), &minimize);
        let report = case.run.as_ref().expect("the run ends");
        assert!(report.missing.is_empty(), "{:?}", report.missing);
        assert!(case.plan.reach.len() < plan.reach.len());
        assert_eq!(Plan { reach: plan.reach.clone(), ..Plan::clone(&case.plan) }, plan);
    }

    #[test]
    #[should_panic(expected = "minimizing a valid plan made it invalid")]
    fn a_reduction_that_makes_a_plan_invalid_is_a_bug() {
        let plan = draw(&crate::scenarios::scenario("pair").expect("a scenario"), Seed(1));
        let client = ClientUnderTest::named("pooled").expect("a client");
        let shows = Shows("I1 authorised delivery".to_owned());
        let minimize =
            Minimize { plan: &plan, client: &client, shows: &shows, budget: Duration::ZERO };
        let mut case = Case::of(plan.clone(), &minimize);
        let mut invalid = Plan::clone(&case.plan);
        invalid.cast.clones = invalid.cast.cameras;
        case.plan = Arc::new(invalid);
        let _ = case.to_text(&minimize, None);
    }
}
