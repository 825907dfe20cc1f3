//! The passes: kinds of things that can be left out of a plan or simplified.

use super::few;
use super::focus::Named;
use crosswire_plan::scenario::Changes;
use crosswire_plan::script::Part;
use crosswire_plan::{Fault, FaultKind::CancelBurst, Place, Plan, Script};
use std::collections::BTreeSet;
use std::ops::Range;

/// A kind of thing that a plan contains. The passes run in this order: first what takes most with
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pass {
    /// The time after a moment, in eighths of the run.
    End,
    Phones,
    Cameras,
    /// The acts of devices, ordered by time: a part of them is a stretch of the run.
    Acts,
    Faults,
    Points,
    Changes,
    /// Numbers that have a simplest value.
    Knobs,
    /// The time before the first thing happens.
    Start,
    /// The second half of each fault.
    Lengths,
    /// Two devices of a kind, of which one takes over what the other does.
    Mergers,
    /// Two things at once, where neither can go alone.
    Pairs,
}

pub(super) const PASSES: [Pass; 12] = [
    Pass::End,
    Pass::Phones,
    Pass::Cameras,
    Pass::Acts,
    Pass::Faults,
    Pass::Points,
    Pass::Changes,
    Pass::Knobs,
    Pass::Start,
    Pass::Lengths,
    Pass::Mergers,
    Pass::Pairs,
];

/// The number of parts in which the end of a run is cut off.
const ENDS: usize = 8;

/// The shortest run and the shortest fault, in milliseconds.
const MIN_MS: u64 = 50;

impl Pass {
    /// Returns the number of things of this kind in the plan.
    pub(super) fn len(self, plan: &Plan) -> usize {
        let script = plan.script.as_ref();
        match self {
            Self::End => ENDS - 1,
            Self::Faults | Self::Lengths => plan.faults.len(),
            Self::Points => plan.points.len(),
            Self::Changes => plan.changes.len(),
            Self::Phones => script.map_or(0, |script| script.phones.len()),
            Self::Cameras => script.map_or(0, |script| script.cameras.len()),
            Self::Acts => script.map_or(0, Script::acts),
            Self::Knobs => KNOBS.len(),
            Self::Start => 1,
            Self::Mergers => few::mergers(plan),
            Self::Pairs => few::pairs(plan),
        }
    }

    /// Returns the plan without these things, or with these simplified; `None` if that would be the
    /// same plan. Of several things at once, those of a named device stay: a try without them would
    /// almost always fail, and waste the others.
    pub(super) fn without(self, plan: &Plan, these: Range<usize>, named: &Named) -> Option<Plan> {
        let mut less = plan.clone();
        let none = Named::default();
        let named = if these.len() > 1 { named } else { &none };
        match self {
            Self::End => cut(&mut less, plan.duration_ms * (these.start as u64 + 1) / ENDS as u64),
            Self::Faults => drop(less.faults.drain(these)),
            Self::Points => {
                let gone: Vec<_> =
                    less.points.keys().skip(these.start).take(these.len()).cloned().collect();
                less.points.retain(|name, _| !gone.contains(name));
            }
            Self::Changes => {
                leave_out(&mut less.changes, these, |change| {
                    named.cameras.contains(&change.device)
                });
            }
            Self::Phones => {
                let phones = &mut less.script.as_mut()?.phones;
                leave_out(phones, these, |part| named.phones.contains(&part.number));
            }
            Self::Cameras => {
                let cameras = &mut less.script.as_mut()?.cameras;
                leave_out(cameras, these, |part| named.cameras.contains(&part.number));
            }
            Self::Acts => drop_acts(less.script.as_mut()?, &these, named),
            Self::Knobs => KNOBS[these].iter().for_each(|knob| knob(&mut less)),
            Self::Start => sooner(&mut less),
            Self::Mergers => few::merge(&mut less, these.start),
            Self::Pairs => few::without_pair(&mut less, these.start),
            Self::Lengths => {
                for fault in &mut less.faults[these] {
                    fault.length_ms = (fault.length_ms / 2).max(MIN_MS.min(fault.length_ms));
                }
            }
        }
        if is_sound(&less) && less != *plan { Some(less) } else { None }
    }

    /// Returns the cuts in which the pass runs.
    pub(super) fn cuts(self) -> Cuts {
        match self {
            Self::End | Self::Start => Cuts::First,
            Self::Mergers | Self::Pairs => Cuts::Last,
            _ => Cuts::All,
        }
    }
}

/// The cuts of a plan, from the whole to single things, in which a pass runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cuts {
    /// Only the first cut, which tries the whole of each kind.
    First,
    /// All cuts: several things of the kind can go at once.
    All,
    /// Only the last cut, which tries one thing at a time.
    Last,
}

/// Returns whether every fault has a target that exists.
pub(super) fn is_sound(plan: &Plan) -> bool {
    let exists = |place: Place| place.exists_in(&plan.cast);
    plan.faults.iter().all(|fault| fault.target.places().all(exists))
}

/// Leaves out everything that happens from a moment on.
pub(super) fn cut(plan: &mut Plan, end_ms: u64) {
    plan.duration_ms = end_ms.max(MIN_MS).min(plan.duration_ms);
    let end_ms = plan.duration_ms;
    plan.faults.retain(|fault| fault.start_ms < end_ms);
    for fault in &mut plan.faults {
        fault.length_ms = fault.length_ms.min(end_ms - fault.start_ms);
    }
    plan.changes.retain(|change| change.at_ms < end_ms);
    for part in parts(plan) {
        part.acts.retain(|act| act.0 < end_ms);
    }
}

/// Leaves out these things, except for those that `stays` keeps.
fn leave_out<T>(all: &mut Vec<T>, these: Range<usize>, stays: impl Fn(&T) -> bool) {
    let mut at = 0;
    all.retain(|one| {
        at += 1;
        !these.contains(&(at - 1)) || stays(one)
    });
}

/// Leaves out the acts at these positions in the order of time, except for those of named devices.
fn drop_acts(script: &mut Script, these: &Range<usize>, named: &Named) {
    let times = script
        .parts()
        .enumerate()
        .flat_map(|(part, of)| of.acts.iter().enumerate().map(move |(act, at)| (at.0, part, act)));
    let mut times: Vec<_> = times.collect();
    times.sort_unstable();
    let gone: BTreeSet<_> =
        times[these.clone()].iter().map(|&(_, part, act)| (part, act)).collect();
    let cameras =
        script.cameras.iter_mut().map(|part| (named.cameras.contains(&part.number), part));
    let phones = script.phones.iter_mut().map(|part| (named.phones.contains(&part.number), part));
    for (number, (stays, part)) in cameras.chain(phones).enumerate() {
        let mut act = 0;
        part.acts.retain(|_| {
            act += 1;
            stays || !gone.contains(&(number, act - 1))
        });
    }
}

/// Moves everything earlier, by half of the time before the first thing that happens.
fn sooner(plan: &mut Plan) {
    let acts = plan.script.iter().flat_map(Script::parts).flat_map(|part| &part.acts);
    let times = acts.map(|act| act.0).chain(plan.faults.iter().map(|fault| fault.start_ms));
    let first_ms = times.chain(plan.changes.iter().map(|change| change.at_ms)).min().unwrap_or(0);
    // A device takes a moment to be admitted. A file may list acts after the end of the run.
    let by_ms = first_ms.min(plan.duration_ms).saturating_sub(MIN_MS) / 2;
    plan.duration_ms -= by_ms;
    plan.faults.iter_mut().for_each(|fault| fault.start_ms -= by_ms);
    plan.changes.iter_mut().for_each(|change| change.at_ms -= by_ms);
    for part in parts(plan) {
        part.acts.iter_mut().for_each(|act| act.0 -= by_ms);
    }
}

fn parts(plan: &mut Plan) -> impl Iterator<Item = &mut Part> {
    let script = plan.script.iter_mut();
    script.flat_map(|script| script.cameras.iter_mut().chain(&mut script.phones))
}

/// Simplifications, each of which can be applied alone.
const KNOBS: &[fn(&mut Plan)] = &[
    |plan| plan.workload.changes = Changes::default(),
    |plan| plan.workload.backoffs.truncate(1),
    |plan| plan.workload.keepalive_ms = plan.workload.keepalive_ms.max(plan.duration_ms),
    |plan| plan.points.values_mut().for_each(|probability| *probability = 1.0),
    |plan| plan.faults.iter_mut().filter(|fault| fault.kind == CancelBurst).for_each(whole),
    |plan| plan.workload.video_share = 0.0,
    |plan| plan.workload.tap_share = 0.0,
    |plan| plan.workload.thumbnails_per_open = 0,
    |plan| plan.cast.clones = 0,
    |plan| plan.cast.gateways = 1,
    |plan| plan.cast.cache_nodes = 1,
    |plan| plan.cast.zones = 1,
    |plan| plan.client.pool_size = 1,
    |plan| plan.cache.max_keys = 0,
    |plan| plan.cache.cold_share = 1.0,
    |plan| plan.cast.viewer_share = 0.0,
    |plan| recast(plan, cameras_named(plan), plan.cast.phones),
    |plan| recast(plan, plan.cast.cameras, phones_named(plan)),
    |plan| recast(plan, plan.cast.cameras, phones_named(plan).max(plan.cast.phones / 2)),
    |plan| recast(plan, plan.cast.cameras, phones_named(plan).max(plan.cast.phones - 1)),
    |plan| plan.network.inside.jitter_ms = 0.0,
    |plan| plan.network.cameras.jitter_ms = 0.0,
    |plan| plan.network.phones.jitter_ms = 0.0,
];

/// Sets the fault to its full severity.
fn whole(fault: &mut Fault) {
    fault.severity = 1.0;
}

/// Lowers the numbers of cameras and phones. The clones are the last cameras, so they go first; as
/// long as some of them stay, they keep their identities. With one phone there is no other user
/// whose camera could be cloned.
fn recast(plan: &mut Plan, cameras: u32, phones: u32) {
    let clones = cameras.saturating_sub(plan.cast.identities());
    plan.cast.clones = if phones < 2 { 0 } else { clones };
    (plan.cast.cameras, plan.cast.phones) = (cameras, phones);
}

/// Returns the number of cameras up to the last one that does anything.
fn cameras_named(plan: &Plan) -> u32 {
    let parts = plan.script.iter().flat_map(|script| &script.cameras).map(|part| part.number);
    let named = parts.chain(plan.changes.iter().map(|change| change.device));
    named.max().map_or(1, |last| last + 1).min(plan.cast.cameras)
}

/// Returns the number of phones up to the last one that does anything.
fn phones_named(plan: &Plan) -> u32 {
    let parts = plan.script.iter().flat_map(|script| &script.phones).map(|part| part.number);
    let named = parts.chain(plan.changes.iter().map(|change| change.user));
    named.max().map_or(1, |last| last + 1).min(plan.cast.phones)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimize::focus;
    use crate::minimize::size::{Seen, Size};
    use crate::minimize::tree::PlanTree;
    use crosswire_plan::{Act, Seed, draw};
    use proptest::prelude::*;
    use proptest::strategy::ValueTree;

    /// The most steps of a search: enough to come past the numbers of the cast.
    const STEPS_MAX: usize = 60;

    fn acts() -> impl Strategy<Value = Vec<Part>> {
        let times = prop::collection::vec(0..60_000_u64, 0..4);
        prop::collection::btree_map(0..200_u32, times, 0..6).prop_map(|parts| {
            let part = |(number, mut times): (u32, Vec<u64>)| {
                times.sort_unstable();
                let acts = times.into_iter().map(|at_ms| Act(at_ms, 0)).collect();
                Part { number, acts }
            };
            parts.into_iter().map(part).collect()
        })
    }

    /// Draws valid plans, some of them written out, with as many clones as there may be.
    fn plans() -> impl Strategy<Value = Plan> {
        let script = prop::option::of((acts(), acts()));
        (any::<u64>(), script, 0..=100_u32).prop_map(|(seed, script, clones)| {
            let scenario = crate::scenarios::scenario("swarm").expect("a scenario");
            let mut plan = draw(&scenario, Seed(seed));
            let identities = plan.changes.iter().map(|change| change.device + 1).max().unwrap_or(0);
            let spare = plan.cast.cameras - identities.min(plan.cast.cameras);
            plan.cast.clones = clones.min(plan.cast.cameras / 2).min(spare);
            plan.script = script.map(|(mut cameras, mut phones)| {
                cameras.retain(|part| part.number < plan.cast.cameras);
                phones.retain(|part| part.number < plan.cast.phones);
                Script { cameras, phones }
            });
            plan
        })
    }

    /// Asserts that a plan is read as it is written, and can be run.
    fn assert_valid(plan: &Plan) {
        let text = toml::to_string(plan).expect("a plan can be written as TOML");
        assert_eq!(toml::from_str::<Plan>(&text).expect("a plan"), *plan);
        let checked = plan.check(&crate::catalog::vocabulary());
        assert!(checked.is_ok(), "{}\n{text}", checked.expect_err("an invalid plan"));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn every_reduction_of_a_valid_plan_is_valid(
            plan in plans(),
            at_ms in 0..60_000_u64,
            accepted in prop::collection::vec(prop::bool::weighted(0.7), STEPS_MAX),
        ) {
            assert_valid(&plan);
            let story = vec!["1.000 user-3 sees camera-5/1 of camera-5".to_owned()];
            let seen = Seen { size: Size::default(), at_ms, story };
            focus::focused(&plan, &seen).iter().for_each(assert_valid);
            let mut tree = PlanTree::new(plan);
            for accepts in accepted {
                let more = if accepts { tree.simplify() } else { tree.complicate() };
                assert_valid(tree.tried());
                if !more {
                    break;
                }
            }
            for knob in 0..KNOBS.len() {
                let less = Pass::Knobs.without(tree.best(), knob..knob + 1, &Named::default());
                less.iter().for_each(assert_valid);
            }
        }
    }

    #[test]
    fn clones_go_with_the_last_cameras() {
        let mut plan = draw(&crate::scenarios::scenario("pair").expect("a scenario"), Seed(1));
        (plan.cast.cameras, plan.cast.phones, plan.cast.clones) = (12, 5, 4);
        let cast = |cameras, phones| {
            let mut less = plan.clone();
            recast(&mut less, cameras, phones);
            (less.cast.cameras, less.cast.phones, less.cast.clones)
        };
        assert_eq!(cast(11, 5), (11, 5, 3));
        assert_eq!(cast(6, 5), (6, 5, 0));
        assert_eq!(cast(12, 1), (12, 1, 0));
    }
}
