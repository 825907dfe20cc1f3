//! The fault points of a plan that is bred.

use super::one_of;
use super::space::Space;
use crate::plan::Plan;
use crate::rng::Draw;
use crate::swarm;

/// How much less likely than given a point may fire.
const SELDOM: f64 = 30.0;

impl Space<'_> {
    /// Arms a point with a probability of its own, or gives one that is armed another. If as many are
    /// armed as may be, one is disarmed for it.
    pub(super) fn arm_point(&self, plan: &mut Plan, from: &mut impl Draw) {
        let points: Vec<_> = self.scenario.points.iter().collect();
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

/// Disarms a point.
pub(super) fn disarm_one(plan: &mut Plan, from: &mut impl Draw) {
    let names: Vec<_> = plan.points.keys().cloned().collect();
    if let Some(name) = one_of(&names, from) {
        plan.points.remove(name);
    }
}
