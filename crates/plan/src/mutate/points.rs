//! Mutates the fault points of a plan.

use super::one_of;
use super::space::Space;
use crate::plan::Plan;
use crate::rng::Draw;
use crate::swarm;

/// Factor by which the probability of a point may be lowered.
const SELDOM: f64 = 30.0;

impl Space<'_> {
    /// Arms a point with a new probability, or changes that of an armed one. If the maximum is
    /// armed already, disarms another one first.
    pub(super) fn arm_point(&self, plan: &mut Plan, from: &mut impl Draw) {
        let points: Vec<_> = self.scenario.points.iter().collect();
        // The scenario may have no points.
        let Some(&(name, &most)) = one_of(&points, from) else { return };
        let probability = swarm::magnitude(most / SELDOM, most.max(f64::MIN_POSITIVE), from.unit());
        if !plan.points.contains_key(name) && plan.points.len() >= self.most_points {
            disarm_one(plan, from);
        }
        if plan.points.contains_key(name) || plan.points.len() < self.most_points {
            plan.points.insert(name.clone(), probability.min(most));
        }
    }
}

/// Disarms one point.
pub(super) fn disarm_one(plan: &mut Plan, from: &mut impl Draw) {
    let names: Vec<_> = plan.points.keys().cloned().collect();
    if let Some(name) = one_of(&names, from) {
        plan.points.remove(name);
    }
}
