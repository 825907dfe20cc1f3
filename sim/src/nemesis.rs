//! The nemesis: begins and ends the faults of a plan.

use crate::world::World;
use crosswire_history::{Fact, FaultPhase, NodeId};
use crosswire_net::Site;
use crosswire_plan::rng::Draw;
use crosswire_plan::{Fault, FaultKind, Place, Streams, Target};

/// The beginning or the end of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    pub(crate) at_ms: u64,
    /// The fault's index in the plan.
    pub(crate) fault: usize,
    pub(crate) phase: FaultPhase,
}

/// Returns all steps of a plan, ordered by time; at one time, ends come before beginnings.
pub(crate) fn steps(faults: &[Fault]) -> Vec<Step> {
    let ends = faults.iter().enumerate().flat_map(|(fault, spec)| {
        [
            Step { at_ms: spec.start_ms, fault, phase: FaultPhase::Began },
            Step { at_ms: spec.end_ms(), fault, phase: FaultPhase::Ended },
        ]
    });
    let mut steps: Vec<_> = ends.collect();
    steps.sort_by_key(|step| (step.at_ms, step.phase == FaultPhase::Began, step.fault));
    steps
}

impl World {
    /// Carries out a step: begins or ends its fault.
    pub(crate) fn apply(&mut self, step: Step) {
        let fault = self.plan.faults[step.fault].clone();
        let began = step.phase == FaultPhase::Began;
        let what = Fact::Fault { index: step.fault as u16, phase: step.phase };
        self.journal.record(self.net.now_ms(), NodeId::HARNESS, what);
        let active = self.active.iter().position(|fault| *fault == step.fault);
        match active {
            None if began => self.active.push(step.fault),
            Some(at) if !began => drop(self.active.remove(at)),
            _ => panic!("fault {} of the plan begins once and ends once", step.fault),
        }
        match fault.kind {
            FaultKind::RegionOutage => self.region_outage(fault.severity, began),
            FaultKind::CacheCrash | FaultKind::GatewayCrash | FaultKind::DirectoryFailover => {
                for place in self.affected(&fault) {
                    if began { self.kill(place) } else { self.revive(place) }
                }
            }
            FaultKind::ProcessPause => {
                for place in self.affected(&fault) {
                    self.pause(place, began);
                }
            }
            FaultKind::CacheSlow | FaultKind::DirectoryBrownout => self.slow_down(),
            FaultKind::Partition => self.on_links(fault.target, |world, from, to| {
                if began { world.net.cut(from, to) } else { world.net.heal(from, to) }
            }),
            FaultKind::PacketLoss => self.on_links(fault.target, |world, from, to| {
                let loss = if began { fault.severity } else { -fault.severity };
                world.net.worsen(from, to, 0, loss);
            }),
            FaultKind::LatencySpike => self.on_links(fault.target, |world, from, to| {
                let extra_ms = fault.severity as i64;
                world.net.worsen(from, to, if began { extra_ms } else { -extra_ms }, 0.0);
            }),
            FaultKind::ConnectionReset | FaultKind::HalfOpen if began => {
                self.break_connections(step.fault, &fault);
            }
            FaultKind::ConnectionReset | FaultKind::HalfOpen => {}
            FaultKind::CancelBurst => {
                let gateway = match fault.target {
                    Target::Place(Place::Gateway(at)) => Some(at),
                    _ => None,
                };
                if began {
                    self.fleet.begin_burst(fault.severity, gateway);
                } else {
                    self.fleet.end_burst(gateway);
                }
            }
            FaultKind::EmergencyCache => self.emergency_cache(),
        }
    }

    /// Switches the emergency cache configuration on at the gateways that an active fault affects,
    /// and off at all others.
    fn emergency_cache(&self) {
        let active = self.active.iter().map(|fault| &self.plan.faults[*fault]);
        let emergencies = active.filter(|fault| fault.kind == FaultKind::EmergencyCache);
        let wanted: Vec<_> = emergencies.flat_map(|fault| self.affected(fault)).collect();
        for (at, process) in self.processes.iter().enumerate() {
            process.emergency_cache(wanted.contains(&Place::Gateway(at as u16)));
        }
    }

    /// Slows each cache down by the sum of the faults on it, and the directory by its worst
    /// brown-out.
    fn slow_down(&self) {
        let mut slow_ms = vec![0; self.caches.len()];
        let mut slowness: f64 = 1.0;
        for fault in self.active.iter().map(|fault| &self.plan.faults[*fault]) {
            match fault.kind {
                FaultKind::CacheSlow => {
                    for place in self.affected(fault) {
                        if let Place::Cache(at) = place {
                            slow_ms[at as usize] += fault.severity as u64;
                        }
                    }
                }
                // Several brown-outs together would stop the directory for good.
                FaultKind::DirectoryBrownout => slowness = fault.severity.max(slowness),
                _ => {}
            }
        }
        for (cache, slow_ms) in self.caches.iter().zip(slow_ms) {
            cache.slow_down(slow_ms);
        }
        self.directory.brown_out(slowness);
    }

    /// Returns the places that a fault affects: its target, or every place of the fitting kind.
    fn affected(&self, fault: &Fault) -> Vec<Place> {
        let fits = |place: &Place| {
            matches!(
                (fault.kind, place),
                (FaultKind::CacheCrash | FaultKind::CacheSlow, Place::Cache(_))
                    | (
                        FaultKind::GatewayCrash
                            | FaultKind::ConnectionReset
                            | FaultKind::HalfOpen
                            | FaultKind::EmergencyCache,
                        Place::Gateway(_)
                    )
                    | (FaultKind::DirectoryFailover, Place::Directory)
                    | (FaultKind::ProcessPause, Place::Gateway(_) | Place::Cache(_))
            )
        };
        match fault.target {
            Target::Place(zone @ Place::Zone(_)) => {
                let affected = |place: &Place| fits(place) && zone.covers(*place, &self.plan.cast);
                self.places().into_iter().filter(affected).collect()
            }
            Target::Place(place) => vec![place],
            _ => self.places().into_iter().filter(fits).collect(),
        }
    }

    /// Begins or ends a region outage: a share of the gateways loses its devices and dies, and the
    /// whole cache with it. When the region is back, processes start with empty memory, and a share
    /// of the users hears of it and opens the app.
    fn region_outage(&mut self, share: f64, began: bool) {
        let gateways = self.processes.len();
        let lost = ((gateways as f64 * share).ceil() as usize).clamp(1, gateways);
        let lost: Vec<_> = (0..lost as u16).map(Place::Gateway).collect();
        for crowd in [Place::Cameras, Place::Phones] {
            for gateway in &lost {
                if let (Some(a), Some(b)) = (self.site(crowd), self.site(*gateway)) {
                    for (from, to) in [(a, b), (b, a)] {
                        if began { self.net.cut(from, to) } else { self.net.heal(from, to) }
                    }
                }
            }
        }
        let caches = (0..self.caches.len() as u16).map(Place::Cache);
        for place in lost.into_iter().chain(caches) {
            if began { self.kill(place) } else { self.revive(place) }
        }
        if !began {
            self.fleet.rush();
        }
    }

    /// Applies `change` to each ordered pair of sites that the target covers: one link, all links
    /// of a place, or all links.
    fn on_links(&mut self, target: Target, change: impl Fn(&mut Self, Site, Site)) {
        let sites: Vec<_> = self
            .places()
            .into_iter()
            .filter_map(|place| Some((place, self.site(place)?)))
            .collect();
        let cast = self.plan.cast.clone();
        for &(a, from) in &sites {
            for &(b, to) in &sites {
                let named = match target {
                    Target::All => a != b,
                    Target::Place(place) => place.covers(a, &cast) != place.covers(b, &cast),
                    Target::Link { from, to, both } => {
                        let on = |a, b| from.covers(a, &cast) && to.covers(b, &cast);
                        on(a, b) || both && on(b, a)
                    }
                };
                if named {
                    change(self, from, to);
                }
            }
        }
    }

    /// Breaks a share of the connections at the affected places: resets them, some in the middle of
    /// a message, or leaves them half-open.
    fn break_connections(&mut self, index: usize, fault: &Fault) {
        let dice = fault.dice.map_or(index as u64, u64::from);
        let mut rng = Streams::new(self.plan.seed.0).stream("broken", &[dice]);
        let mut cuts = Streams::new(self.plan.seed.0).stream("cut", &[dice]);
        let half_open = fault.kind == FaultKind::HalfOpen;
        for place in self.affected(fault) {
            if let Place::Gateway(at) = place {
                self.fleet.break_connections(at, fault.severity, half_open, &mut rng);
            }
            let site = self.site(place).expect("a plan strikes places of its cast");
            let chosen = || rng.chance(fault.severity);
            if half_open {
                self.net.half_open(site, chosen);
            } else {
                self.net.reset_connections(site, chosen, |len| cuts.below(len as u64 + 1) as usize);
            }
        }
    }
}
