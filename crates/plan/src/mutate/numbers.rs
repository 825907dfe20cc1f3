//! Mutates the numbers of the world: the cast, the network, and the settings of client, service and
//! database.

use std::collections::BTreeMap;

use toml::{Table, Value};

use super::changes;
use super::space::{Space, as_number};
use crate::plan::Plan;
use crate::rng::Draw;
use crate::scenario::Scenario;
use crate::swarm;

/// The range of a number, both ends included.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Range {
    least: f64,
    most: f64,
}

impl Range {
    /// Reports whether a number is in the range. Drawing by magnitude may miss an end by its last
    /// bit.
    pub(super) fn admits(self, number: f64) -> bool {
        (self.least * (1.0 - LAST_BIT)..=self.most * (1.0 + LAST_BIT)).contains(&number)
    }
}

/// More than the last bit of a number, relative to the number.
pub(super) const LAST_BIT: f64 = 1e-12;

/// The parts of a plan that are not its world: its seeds, what other modules check, and what the
/// seeds of a hunt must reach together.
const BESIDE: [&str; 4] = ["seed", "execution_seed", "points", "reach"];

/// Returns the numbers of a scenario that may vary, with their ranges: those that its swarm draws.
/// The numbers of a fixed world were chosen as hard as they are, and any others would be milder.
pub(super) fn ranges(scenario: &Scenario) -> BTreeMap<String, Range> {
    let Some(swarm) = &scenario.swarm else { return BTreeMap::new() };
    let file = Table::try_from(scenario).expect("a scenario is a table");
    let there = |path: &str| at(&file, path).is_some() && is_of_the_world(path);
    let drawn = swarm.draw.iter().filter(|(path, _)| !swarm.evenly && there(path));
    drawn.map(|(path, &[least, most])| (path.clone(), Range { least, most })).collect()
}

/// Reports whether a number describes the world.
pub(super) fn is_of_the_world(path: &str) -> bool {
    let first = path.split('.').next().unwrap_or_default();
    !BESIDE.contains(&first)
}

/// Calls `tell` with the dotted path and the value of each number in a table.
pub(super) fn each(table: &Table, above: &mut String, tell: &mut impl FnMut(&str, f64)) {
    for (name, value) in table {
        let length = above.len();
        if length > 0 {
            above.push('.');
        }
        above.push_str(name);
        match value {
            Value::Table(inner) => each(inner, above, tell),
            other => {
                if let Some(number) = as_number(other) {
                    tell(above, number);
                }
            }
        }
        above.truncate(length);
    }
}

fn value<'a>(table: &'a Table, path: &str) -> Option<&'a Value> {
    let mut steps = path.split('.');
    let mut place = table.get(steps.next()?)?;
    for step in steps {
        place = place.as_table()?.get(step)?;
    }
    Some(place)
}

/// Returns the number at a dotted path.
pub(super) fn at(table: &Table, path: &str) -> Option<f64> {
    value(table, path).and_then(as_number)
}

impl Space<'_> {
    /// Draws one number of the world again.
    pub(super) fn redraw_number(&self, plan: &mut Plan, from: &mut impl Draw) {
        let nth = from.below(self.numbers.len() as u64) as usize;
        let unit = from.unit();
        // The scenario may let no number vary.
        let Some((path, range)) = self.numbers.iter().nth(nth) else { return };
        let drawn = |table: &mut Table| {
            // A plan has no `[swarm]`, whose numbers a scenario may draw, too.
            let Some(place) = swarm::at(table, path) else { return };
            *place = match place {
                Value::Integer(_) => Value::Integer(swarm::whole(range.least, range.most, unit)),
                _ => Value::Float(swarm::real(range.least, range.most, unit)),
            };
        };
        rewritten(plan, drawn, from);
    }

    /// Takes each number of the world from `donor` with probability one half.
    pub(super) fn splice_numbers(&self, plan: &mut Plan, donor: &Plan, from: &mut impl Draw) {
        let theirs = Table::try_from(donor).expect("a plan is a table");
        let chosen: Vec<_> = self.numbers.keys().filter(|_| from.chance(0.5)).collect();
        let taken = |table: &mut Table| {
            for path in chosen {
                if let (Some(place), Some(value)) = (swarm::at(table, path), value(&theirs, path)) {
                    *place = value.clone();
                }
            }
        };
        rewritten(plan, taken, from);
    }
}

/// Changes a plan in its serialized form. If the inputs of its changes differ then, draws the
/// changes again.
fn rewritten(plan: &mut Plan, change: impl FnOnce(&mut Table), from: &mut impl Draw) {
    let before = (plan.cast.clone(), plan.workload.changes.clone(), plan.duration_ms);
    let mut table = Table::try_from(&*plan).expect("a plan is a table");
    change(&mut table);
    *plan = Value::Table(table).try_into().expect("a plan with other numbers is a plan");
    // At most half of the cameras are clones, so that each finds the identity of another camera.
    plan.cast.clones = plan.cast.clones.min(plan.cast.cameras / 2);
    let after = (&plan.cast, &plan.workload.changes, plan.duration_ms);
    if (&before.0, &before.1, before.2) != after {
        changes::redraw(plan, from);
    }
}
