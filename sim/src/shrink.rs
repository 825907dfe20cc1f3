//! Makes a plan smaller while it still shows what it is kept for.
//!
//! A find of a swarm is a storm of some thousand requests, of which a dozen matter. Each try leaves
//! something out and plays the rest. What is left out changes no other draw (`plan::stream`), but
//! it may change which of two things comes first; so a try that shows nothing is played again with
//! other luck before it is given up.

mod passes;
pub mod strategy;
pub mod tree;
pub mod written;

use crate::signature;
use crate::stage::{ClientUnderTest, Panicked, Played, play};
use cpu_time::ProcessTime;
use crosswire_checker::Findings;
use crosswire_plan::{Plan, Seed};
use proptest::strategy::ValueTree;
use std::sync::Arc;
use std::time::Duration;
use tree::PlanTree;

/// With how many other execution seeds a try is played that shows nothing, in the first search and
/// in each after it: a search that finds nothing more to leave out may have been out of luck.
const OTHER_LUCK: [usize; 3] = [8, 24, 72];

/// Plans up to this size get so many; a larger one fewer, for its runs take longer.
const SMALL: usize = 100;

/// With how many a whole plan is that was written out, and so has other luck already.
const MUCH_OTHER_LUCK: u64 = 200;

/// What a plan is kept for: a violation of this signature, or a panic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shows(pub String);

impl Shows {
    /// What the worst of a run's violations shows; none if it has none.
    pub fn of(findings: &Findings) -> Option<Self> {
        signature::of(findings).map(Self)
    }

    /// What a panic shows.
    pub fn panic(panicked: &Panicked) -> Self {
        Self(signature::of_panic(&panicked.0))
    }

    /// Whether it is that a run is not over in time. Such a run is not made smaller: each try that
    /// shows it would have to be given up, and a thread that is given up goes on.
    pub fn is_a_hang(&self) -> bool {
        self.0 == signature::HUNG
    }

    /// Whether one of these violations shows it.
    pub fn is_among(&self, findings: &Findings) -> bool {
        findings.violations.iter().any(|violation| violation.signature() == self.0)
    }

    /// Whether a run shows it.
    pub fn is_in(&self, run: &Result<Played, Panicked>) -> bool {
        match run {
            Ok(played) => self.is_among(&played.findings),
            Err(panicked) => *self == Self::panic(panicked),
        }
    }
}

/// How far a shrink has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    /// Runs so far.
    pub runs: u64,
    /// How large the smallest plan is, see [`size`].
    pub size: usize,
}

/// Something to be made smaller.
pub struct Shrink<'a> {
    /// The plan, which shows it.
    pub plan: &'a Plan,
    /// What it is played with.
    pub client: &'a ClientUnderTest,
    /// What it must go on to show.
    pub shows: &'a Shows,
    /// How much CPU time may be spent.
    pub budget: Duration,
}

/// How many things there are in a plan: faults, fault points, changes, devices and their acts. A
/// device or an act that is not written out counts as nothing.
pub fn size(plan: &Plan) -> usize {
    let script = plan.script.as_ref();
    let parts = script.map_or(0, |script| script.parts().count() + script.acts());
    plan.faults.len() + plan.points.len() + plan.changes.len() + parts
}

impl Shrink<'_> {
    /// The smallest plan that was found. `go_on` is told of the progress, and asked whether to.
    pub fn run(&self, mut go_on: impl FnMut(Progress) -> bool) -> (Plan, Progress) {
        let start = ProcessTime::now();
        let mut progress = Progress::default();
        let mut best = self.written_out(&mut progress, &mut go_on);
        for luck in OTHER_LUCK {
            let mut tree = PlanTree::new(best);
            let mut more = tree.simplify();
            while more {
                progress.size = size(tree.best());
                if start.elapsed() >= self.budget || !go_on(progress) {
                    return (tree.best().clone(), progress);
                }
                let luck = luck * SMALL / size(tree.tried()).max(SMALL);
                more = match self.shown(tree.tried(), luck.max(1) as u64, &mut progress, &mut go_on)
                {
                    Some(plan) => {
                        tree.instead(plan);
                        tree.simplify()
                    }
                    None => tree.complicate(),
                };
            }
            best = tree.best().clone();
        }
        (best, progress)
    }

    /// The plan with all that its devices do written out, or, if it does not show it then with any
    /// luck, as it is.
    fn written_out(
        &self,
        progress: &mut Progress,
        go_on: &mut dyn FnMut(Progress) -> bool,
    ) -> Plan {
        if self.plan.script.is_some() {
            return self.plan.clone();
        }
        progress.runs += 1;
        let written = written::written_out(&Arc::new(self.plan.clone()), self.client);
        let written = written.ok().map(|(plan, _)| plan);
        let shown = written.and_then(|plan| self.shown(&plan, MUCH_OTHER_LUCK, progress, go_on));
        shown.unwrap_or_else(|| self.plan.clone())
    }

    /// The plan, if it shows it, or the first with other luck that does.
    fn shown(
        &self,
        plan: &Plan,
        others: u64,
        progress: &mut Progress,
        go_on: &mut dyn FnMut(Progress) -> bool,
    ) -> Option<Plan> {
        for plan in lucky(plan, others) {
            if !go_on(*progress) {
                return None;
            }
            progress.runs += 1;
            let run = play(&Arc::new(plan.clone()), self.client, Vec::new());
            if self.shows.is_in(&run.map(|(played, _)| played)) {
                return Some(plan);
            }
        }
        None
    }
}

/// The plan, and then the same with so many other execution seeds.
pub fn lucky(plan: &Plan, others: u64) -> impl Iterator<Item = Plan> {
    (0..=others).map(|nth| {
        let execution_seed = Seed(plan.execution_seed.0.wrapping_add(nth));
        Plan { execution_seed, ..plan.clone() }
    })
}
