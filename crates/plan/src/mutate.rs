//! Mutation: makes a plan that differs a little from one that reached something.
//!
//! A mutated plan stays in the [`Space`] of the scenario: a seed could have drawn each of its
//! numbers and faults. So a correct client passes mutated plans as it passes drawn ones: the world
//! gets its time to recover, and nothing is required beyond what the scenario requires. Mutation
//! only changes which of all these plans are run.
//!
//! Each part of a plan has its file: `faults`, `points`, `changes`, `numbers`. `space` defines what
//! is in the space.

mod changes;
mod faults;
mod numbers;
mod pattern;
mod points;
mod space;

pub use space::Space;

use crate::plan::Plan;
use crate::rng::Draw;
use crate::seed::Seed;

/// A kind of mutation. One that does not apply to a plan leaves the plan unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    MoveFault,
    LengthenFault,
    RetargetFault,
    WorsenFault,
    AddFault,
    RemoveFault,
    ArmPoint,
    DisarmPoint,
    MoveChange,
    RemoveChange,
    HandOverChanges,
    RedrawChanges,
    RedrawNumber,
    RedrawUsers,
    Splice,
}

/// Each step with its relative frequency. What is in progress when a fault strikes matters most, so
/// moving a fault is the most frequent step.
const STEPS: [(Step, u64); 15] = [
    (Step::MoveFault, 10),
    (Step::LengthenFault, 4),
    (Step::RetargetFault, 3),
    (Step::WorsenFault, 4),
    (Step::AddFault, 8),
    (Step::RemoveFault, 1),
    (Step::ArmPoint, 6),
    (Step::DisarmPoint, 2),
    (Step::MoveChange, 4),
    (Step::RemoveChange, 1),
    (Step::HandOverChanges, 2),
    (Step::RedrawChanges, 3),
    (Step::RedrawNumber, 8),
    (Step::RedrawUsers, 3),
    (Step::Splice, 6),
];

/// Probability that a step is followed by another one.
const ONE_MORE: f64 = 0.6;

/// Maximum number of steps.
const MAX_STEPS: usize = 12;

impl Space<'_> {
    /// Returns a mutant of `parent`: a plan a few steps away, drawn from `from`. Takes parts of
    /// `donor`, if there is one. The execution seed is always a new one: with that of the parent,
    /// the run would mostly repeat the parent's, which found nothing. If both plans are in the
    /// space, so is the mutant.
    pub fn mutant(&self, parent: &Plan, donor: Option<&Plan>, from: &mut impl Draw) -> Plan {
        let mut plan = parent.clone();
        keep_dice(&mut plan);
        for _ in 0..MAX_STEPS {
            self.take(drawn_step(from), &mut plan, donor, from);
            if !from.chance(ONE_MORE) {
                break;
            }
        }
        plan.execution_seed = Seed(from.word());
        self.settle(&mut plan, from);
        plan
    }

    fn take(&self, step: Step, plan: &mut Plan, donor: Option<&Plan>, from: &mut impl Draw) {
        match step {
            Step::MoveFault => self.move_fault(plan, from),
            Step::LengthenFault => self.lengthen_fault(plan, from),
            Step::RetargetFault => self.retarget_fault(plan, from),
            Step::WorsenFault => self.worsen_fault(plan, from),
            Step::AddFault => self.add_fault(plan, from),
            Step::RemoveFault => faults::remove_one(plan, from),
            Step::ArmPoint => self.arm_point(plan, from),
            Step::DisarmPoint => points::disarm_one(plan, from),
            Step::MoveChange => changes::move_one(plan, from),
            Step::RemoveChange => changes::remove_one(plan, from),
            Step::HandOverChanges => changes::hand_over(plan, from),
            Step::RedrawChanges => changes::redraw(plan, from),
            Step::RedrawNumber => self.redraw_number(plan, from),
            Step::RedrawUsers => {
                plan.seed = Seed(from.word());
                changes::redraw(plan, from);
            }
            Step::Splice => {
                if let Some(donor) = donor {
                    self.splice(plan, donor, from);
                }
            }
        }
    }

    /// Takes over the faults, the fault points or the numbers of `donor`.
    fn splice(&self, plan: &mut Plan, donor: &Plan, from: &mut impl Draw) {
        match from.below(3) {
            0 => self.splice_faults(plan, donor, from),
            1 => plan.points.clone_from(&donor.points),
            _ => self.splice_numbers(plan, donor, from),
        }
    }

    /// Makes the parts of a plan consistent after the steps.
    fn settle(&self, plan: &mut Plan, from: &mut impl Draw) {
        self.settle_faults(plan);
        changes::settle(plan, from);
    }
}

/// Lets faults and changes keep their dice, even if their place in the plan changes.
fn keep_dice(plan: &mut Plan) {
    for (at, fault) in plan.faults.iter_mut().enumerate() {
        fault.dice.get_or_insert(at as u32);
    }
    for (at, change) in plan.changes.iter_mut().enumerate() {
        change.dice.get_or_insert(at as u32);
    }
}

fn drawn_step(from: &mut impl Draw) -> Step {
    let mut rest = from.below(STEPS.iter().map(|(_, weight)| weight).sum());
    for (step, weight) in STEPS {
        if rest < weight {
            return step;
        }
        rest -= weight;
    }
    unreachable!("the draw is below the sum of all weights")
}

/// Draws one item, if there are any.
fn one_of<'a, T>(all: &'a [T], from: &mut impl Draw) -> Option<&'a T> {
    all.get(from.below(all.len() as u64) as usize)
}

#[cfg(test)]
mod tests;
