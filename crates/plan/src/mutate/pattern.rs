//! Patterns of targets: the places that a fault of a scenario may strike.

use crate::place::{Place, Target};
use crate::rng::Draw;
use crate::scenario::{Cast, FaultKind, FaultSpec};

/// A target in which some numbers are free.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Pattern {
    /// The target, with 0 for free numbers.
    target: Target,
    /// For the first and the second place, true if its number is free.
    open: [bool; 2],
    /// For a fault of all nodes: the kind of node of which it may strike a single one instead.
    one: Option<Place>,
}

impl Pattern {
    /// Creates the pattern of a `[[fault]]`. In a swarm, `?` marks a free number. In a fixed world,
    /// any node may replace another of its kind, and a single node may replace all.
    pub(super) fn of(spec: &FaultSpec, is_swarm: bool) -> Self {
        let written = &spec.target;
        let target = written.replace('?', "0").parse().unwrap_or(Target::All);
        let mut sides = written.split(['>', '~']).map(|side| side.contains('?') || !is_swarm);
        let mut side = || sides.next().unwrap_or(false);
        let one = if is_swarm || target != Target::All { None } else { one_of_all(spec.kind) };
        Self { target, open: [side(), side()], one }
    }

    pub(super) fn admits(self, target: Target) -> bool {
        let same = |ours: Place, theirs: Place, open: bool| {
            ours == theirs || open && numbered(ours, 0) == numbered(theirs, 0)
        };
        match (self.target, target) {
            (Target::All, Target::All) => true,
            (Target::All, Target::Place(theirs)) => {
                self.one.is_some_and(|one| same(one, theirs, true))
            }
            (Target::Place(ours), Target::Place(theirs)) => same(ours, theirs, self.open[0]),
            (
                Target::Link { from, to, both },
                Target::Link { from: their_from, to: their_to, both: their_both },
            ) => {
                both == their_both
                    && same(from, their_from, self.open[0])
                    && same(to, their_to, self.open[1])
            }
            _ => false,
        }
    }

    /// Draws a target that matches the pattern.
    pub(super) fn drawn(self, cast: &Cast, from: &mut impl Draw) -> Target {
        let words = [from.word(), from.word()];
        if let Some(one) = self.one
            && from.chance(0.5)
        {
            return Target::Place(within(numbered(one, words[0] as u16), cast));
        }
        let mut at = 0;
        let number = |place| {
            at += 1;
            if self.open[at - 1] {
                within(numbered(place, words[at - 1] as u16), cast)
            } else {
                place
            }
        };
        each_place(self.target, number)
    }
}

/// Returns the kind of node that a fault of all nodes strikes, or `None` if it does not strike
/// nodes.
fn one_of_all(kind: FaultKind) -> Option<Place> {
    match kind {
        FaultKind::CacheCrash | FaultKind::CacheSlow => Some(Place::Cache(0)),
        FaultKind::GatewayCrash
        | FaultKind::ProcessPause
        | FaultKind::ConnectionReset
        | FaultKind::HalfOpen
        | FaultKind::CancelBurst
        | FaultKind::EmergencyCache => Some(Place::Gateway(0)),
        _ => None,
    }
}

/// Maps the numbers in a target to those that the cast has.
pub(super) fn in_cast(target: Target, cast: &Cast) -> Target {
    each_place(target, |place| within(place, cast))
}

/// Changes each place of a target. A link whose ends become the same place stays unchanged.
fn each_place(target: Target, mut change: impl FnMut(Place) -> Place) -> Target {
    match target {
        Target::All => Target::All,
        Target::Place(place) => Target::Place(change(place)),
        Target::Link { from, to, both } => match (change(from), change(to)) {
            (from, to) if from == to => target,
            (from, to) => Target::Link { from, to, both },
        },
    }
}

fn numbered(place: Place, number: u16) -> Place {
    match place {
        Place::Gateway(_) => Place::Gateway(number),
        Place::Cache(_) => Place::Cache(number),
        Place::Zone(_) => Place::Zone(number),
        other => other,
    }
}

fn within(place: Place, cast: &Cast) -> Place {
    let modulo = |number: u16, count: u32| (u32::from(number) % count.max(1)) as u16;
    match place {
        Place::Gateway(number) => Place::Gateway(modulo(number, cast.gateways)),
        Place::Cache(number) => Place::Cache(modulo(number, cast.cache_nodes)),
        Place::Zone(number) => Place::Zone(modulo(number, cast.zones)),
        other => other,
    }
}
