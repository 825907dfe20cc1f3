//! Breeding: from a plan that reached something, one that is a little different.
//!
//! A plan that is bred stays in the [`Space`] of its scenario: each of its numbers and of its faults
//! is one that a seed could have drawn. So whoever is
//! right comes through bred plans as through drawn ones: the world gets its time to recover, and
//! nobody is asked for more than the scenario asks for. What breeding changes is which of all these
//! plans are played.
//!
//! Each part of a plan has a file of its own: `faults`, `points`, `changes`, `numbers`; `space` says
//! what is in the space.

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

/// What may be done to a plan; one that cannot be done to it leaves it as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    MoveFault,
    LengthenFault,
    RetargetFault,
    WorsenFault,
    AddFault,
    LeaveFaultOut,
    ArmPoint,
    DisarmPoint,
    MoveChange,
    LeaveChangeOut,
    HandOverChanges,
    OtherChanges,
    OtherNumber,
    OtherPeople,
    Splice,
}

/// Each step, and how often it is taken relative to the others. What is under way when a fault
/// strikes decides most, so faults are moved most of all.
const STEPS: [(Step, u64); 15] = [
    (Step::MoveFault, 10),
    (Step::LengthenFault, 4),
    (Step::RetargetFault, 3),
    (Step::WorsenFault, 4),
    (Step::AddFault, 8),
    (Step::LeaveFaultOut, 1),
    (Step::ArmPoint, 6),
    (Step::DisarmPoint, 2),
    (Step::MoveChange, 4),
    (Step::LeaveChangeOut, 1),
    (Step::HandOverChanges, 2),
    (Step::OtherChanges, 3),
    (Step::OtherNumber, 8),
    (Step::OtherPeople, 3),
    (Step::Splice, 6),
];

/// After each step another one follows with this probability.
const ONE_MORE: f64 = 0.6;

/// No more steps than this are taken.
const MOST_STEPS: usize = 12;

impl Space<'_> {
    /// A child of `mother`, which takes parts of `father` if there is one: a few steps away from
    /// her, drawn from `from`, and always with luck of its own: with hers it would mostly do what she
    /// did, and nothing went wrong in her run. Of parents in the space it is in the space.
    pub fn child(&self, mother: &Plan, father: Option<&Plan>, from: &mut impl Draw) -> Plan {
        let mut plan = mother.clone();
        keep_dice(&mut plan);
        for _ in 0..MOST_STEPS {
            self.take(drawn_step(from), &mut plan, father, from);
            if !from.chance(ONE_MORE) {
                break;
            }
        }
        plan.execution_seed = Seed(from.word());
        self.settle(&mut plan, from);
        plan
    }

    fn take(&self, step: Step, plan: &mut Plan, father: Option<&Plan>, from: &mut impl Draw) {
        match step {
            Step::MoveFault => self.move_fault(plan, from),
            Step::LengthenFault => self.lengthen_fault(plan, from),
            Step::RetargetFault => self.retarget_fault(plan, from),
            Step::WorsenFault => self.worsen_fault(plan, from),
            Step::AddFault => self.add_fault(plan, from),
            Step::LeaveFaultOut => faults::leave_one_out(plan, from),
            Step::ArmPoint => self.arm_point(plan, from),
            Step::DisarmPoint => points::disarm_one(plan, from),
            Step::MoveChange => changes::put_elsewhere(plan, from),
            Step::LeaveChangeOut => changes::leave_one_out(plan, from),
            Step::HandOverChanges => changes::hand_over(plan, from),
            Step::OtherChanges => changes::draw_anew(plan, from),
            Step::OtherNumber => self.draw_number(plan, from),
            Step::OtherPeople => {
                plan.seed = Seed(from.word());
                changes::draw_anew(plan, from);
            }
            Step::Splice => {
                if let Some(father) = father {
                    self.splice(plan, father, from);
                }
            }
        }
    }

    /// Takes over from `father` what goes wrong, what small things do, or in what world.
    fn splice(&self, plan: &mut Plan, father: &Plan, from: &mut impl Draw) {
        match from.below(3) {
            0 => self.splice_faults(plan, father, from),
            1 => plan.points.clone_from(&father.points),
            _ => self.numbers_of(plan, father, from),
        }
    }

    /// Makes fit together again what steps have moved apart.
    fn settle(&self, plan: &mut Plan, from: &mut impl Draw) {
        self.settle_faults(plan);
        changes::settle(plan, from);
    }
}

/// Faults and changes keep their dice, wherever they come to stand.
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
    let hit = STEPS.iter().find(|(_, weight)| {
        let is_here = rest < *weight;
        rest = rest.saturating_sub(*weight);
        is_here
    });
    hit.map_or(Step::MoveFault, |(step, _)| *step)
}

/// One of several, if there are any.
fn one_of<'a, T>(all: &'a [T], from: &mut impl Draw) -> Option<&'a T> {
    all.get(from.below(all.len() as u64) as usize)
}

#[cfg(test)]
mod tests;
