//! Steps that only a small plan can afford: leaving out two things at once, and letting one device
//! do what two did.

use crosswire_plan::Plan;
use crosswire_plan::script::Part;

/// The most things of which pairs are left out: 16 make 120 pairs.
const THINGS_MAX: usize = 16;

/// The most devices of a kind of which two are merged: 8 make 56 ordered pairs.
const DEVICES_MAX: usize = 8;

/// Returns the number of pairs of things, or 0 if the plan has too many things for pairs.
pub(super) fn pairs(plan: &Plan) -> usize {
    let things = locations(plan).len();
    if things <= THINGS_MAX { things * things.saturating_sub(1) / 2 } else { 0 }
}

/// Leaves out the two things of pair number `nth`.
pub(super) fn without_pair(plan: &mut Plan, nth: usize) {
    let locations = locations(plan);
    let (first, second) = pair(nth);
    // The later thing goes first, so that the earlier one keeps its place.
    leave_out(plan, locations[second]);
    leave_out(plan, locations[first]);
}

/// Returns the number of ordered pairs of devices of one kind, without the kinds with too many.
pub(super) fn mergers(plan: &Plan) -> usize {
    plan.script
        .iter()
        .flat_map(|script| [&script.cameras, &script.phones])
        .map(|parts| ordered(parts))
        .sum()
}

/// Lets the second device of ordered pair number `nth` do what both did.
pub(super) fn merge(plan: &mut Plan, mut nth: usize) {
    let script = plan.script.as_mut().expect("only a written-out plan has devices to merge");
    for parts in [&mut script.cameras, &mut script.phones] {
        let here = ordered(parts);
        if nth >= here {
            nth -= here;
            continue;
        }
        let (one, other) = (nth / (parts.len() - 1), nth % (parts.len() - 1));
        // `other` counts the devices without `one`: after its removal that is its place.
        let gone = parts.remove(one);
        parts[other].acts.extend(gone.acts);
        parts[other].acts.sort_unstable();
        return;
    }
    panic!("a merger beyond the last one");
}

fn ordered(parts: &[Part]) -> usize {
    if parts.len() <= DEVICES_MAX { parts.len() * parts.len().saturating_sub(1) } else { 0 }
}

/// The position of a thing in a plan.
#[derive(Clone, Copy)]
enum Location {
    Fault(usize),
    Point(usize),
    Change(usize),
    /// An act of a camera: the index of the device, and that of the act.
    Camera(usize, usize),
    Phone(usize, usize),
}

/// Lists where each thing is.
fn locations(plan: &Plan) -> Vec<Location> {
    let mut locations: Vec<_> = (0..plan.faults.len()).map(Location::Fault).collect();
    locations.extend((0..plan.points.len()).map(Location::Point));
    locations.extend((0..plan.changes.len()).map(Location::Change));
    if let Some(script) = &plan.script {
        for (device, part) in script.cameras.iter().enumerate() {
            locations.extend((0..part.acts.len()).map(|act| Location::Camera(device, act)));
        }
        for (device, part) in script.phones.iter().enumerate() {
            locations.extend((0..part.acts.len()).map(|act| Location::Phone(device, act)));
        }
    }
    locations
}

fn leave_out(plan: &mut Plan, location: Location) {
    let script = plan.script.as_mut();
    match (location, script) {
        (Location::Fault(at), _) => drop(plan.faults.remove(at)),
        (Location::Point(at), _) => {
            let name = plan.points.keys().nth(at).cloned().expect("the plan has this point");
            plan.points.remove(&name);
        }
        (Location::Change(at), _) => drop(plan.changes.remove(at)),
        (Location::Camera(device, act), Some(script)) => {
            let _ = script.cameras[device].acts.remove(act);
        }
        (Location::Phone(device, act), Some(script)) => {
            let _ = script.phones[device].acts.remove(act);
        }
        (Location::Camera(..) | Location::Phone(..), None) => panic!("an act without a script"),
    }
}

/// Returns pair number `nth` of (0, 1), (0, 2), (1, 2), (0, 3), …: the smaller one first.
fn pair(nth: usize) -> (usize, usize) {
    let mut second = 1;
    let mut before = 0;
    while nth >= before + second {
        before += second;
        second += 1;
    }
    (nth - before, second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crosswire_plan::{Act, Script, Seed, draw};

    /// A plan with three cameras, a phone, and nothing else.
    fn plan() -> Plan {
        let scenario = crate::scenarios::scenario("pair").expect("a scenario");
        let mut plan = draw(&scenario, Seed(1));
        (plan.faults, plan.changes) = (Vec::new(), Vec::new());
        plan.points.clear();
        let part = |number, times: &[u64]| Part {
            number,
            acts: times.iter().map(|&at_ms| Act(at_ms, 0)).collect(),
        };
        let cameras = vec![part(0, &[10, 40]), part(1, &[20]), part(5, &[30])];
        plan.script = Some(Script { cameras, phones: vec![part(2, &[50])] });
        plan
    }

    fn summary(plan: &Plan) -> String {
        let script = plan.script.as_ref().expect("a script");
        let part = |part: &Part| {
            format!("{}:{:?}", part.number, part.acts.iter().map(|act| act.0).collect::<Vec<_>>())
        };
        script.parts().map(part).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn every_pair_of_things_is_left_out_once() {
        let all: Vec<_> = (0..pairs(&plan()))
            .map(|nth| {
                let mut less = plan();
                without_pair(&mut less, nth);
                summary(&less)
            })
            .collect();
        insta::assert_snapshot!(all.join("\n"), @r"
        0:[] 1:[20] 5:[30] 2:[50]
        0:[40] 1:[] 5:[30] 2:[50]
        0:[10] 1:[] 5:[30] 2:[50]
        0:[40] 1:[20] 5:[] 2:[50]
        0:[10] 1:[20] 5:[] 2:[50]
        0:[10, 40] 1:[] 5:[] 2:[50]
        0:[40] 1:[20] 5:[30] 2:[]
        0:[10] 1:[20] 5:[30] 2:[]
        0:[10, 40] 1:[] 5:[30] 2:[]
        0:[10, 40] 1:[20] 5:[] 2:[]
        ");
    }

    #[test]
    fn every_device_may_do_what_another_of_its_kind_did() {
        let all: Vec<_> = (0..mergers(&plan()))
            .map(|nth| {
                let mut less = plan();
                merge(&mut less, nth);
                summary(&less)
            })
            .collect();
        insta::assert_snapshot!(all.join("\n"), @r"
        1:[10, 20, 40] 5:[30] 2:[50]
        1:[20] 5:[10, 30, 40] 2:[50]
        0:[10, 20, 40] 5:[30] 2:[50]
        0:[10, 40] 5:[20, 30] 2:[50]
        0:[10, 30, 40] 1:[20] 2:[50]
        0:[10, 40] 1:[20, 30] 2:[50]
        ");
    }

    #[test]
    fn a_large_plan_has_no_pairs() {
        let mut plan = plan();
        let part = |number| Part { number, acts: vec![Act(1, 0), Act(2, 0)] };
        plan.script = Some(Script { cameras: (0..9).map(part).collect(), phones: Vec::new() });
        assert_eq!((pairs(&plan), mergers(&plan)), (0, 0));
    }
}
