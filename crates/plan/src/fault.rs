//! Properties of each kind of fault: its name, its severities and its targets.

use std::fmt;

use crate::place::{Place, Target};
use crate::scenario::FaultKind;

/// The severities of a kind of fault.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degrees {
    /// Minimum.
    pub least: f64,
    /// Maximum.
    pub most: f64,
    /// Severity if a scenario gives none.
    pub default: f64,
    /// Unit, in words.
    pub meaning: &'static str,
}

impl Degrees {
    const fn share(default: f64, meaning: &'static str) -> Self {
        Self { least: 0.0, most: 1.0, default, meaning }
    }
}

/// A message that is always lost would be retransmitted forever; that is a partition.
pub(crate) const MAX_LOSS: f64 = 0.95;

impl FaultKind {
    /// All kinds, in the order they are listed.
    pub const ALL: [Self; 14] = [
        Self::RegionOutage,
        Self::CacheCrash,
        Self::CacheSlow,
        Self::DirectoryBrownout,
        Self::DirectoryFailover,
        Self::Partition,
        Self::PacketLoss,
        Self::LatencySpike,
        Self::GatewayCrash,
        Self::ProcessPause,
        Self::ConnectionReset,
        Self::HalfOpen,
        Self::CancelBurst,
        Self::EmergencyCache,
    ];

    /// Returns the name used in scenarios.
    pub const fn name(self) -> &'static str {
        match self {
            Self::RegionOutage => "region-outage",
            Self::CacheCrash => "cache-crash",
            Self::CacheSlow => "cache-slow",
            Self::DirectoryBrownout => "directory-brownout",
            Self::DirectoryFailover => "directory-failover",
            Self::Partition => "partition",
            Self::PacketLoss => "packet-loss",
            Self::LatencySpike => "latency-spike",
            Self::GatewayCrash => "gateway-crash",
            Self::ProcessPause => "process-pause",
            Self::ConnectionReset => "connection-reset",
            Self::HalfOpen => "half-open",
            Self::CancelBurst => "cancel-burst",
            Self::EmergencyCache => "emergency-cache",
        }
    }

    /// Returns a one-line summary for lists.
    pub const fn summary(self) -> &'static str {
        match self {
            Self::RegionOutage => {
                "cameras and phones are cut off, gateways restart, the cache is cold"
            }
            Self::CacheCrash => "a cache node crashes and comes back empty",
            Self::CacheSlow => "a cache node answers late",
            Self::DirectoryBrownout => "the database is short of capacity",
            Self::DirectoryFailover => "the primary crashes and the replica takes over",
            Self::Partition => "a link, or all links of a node, carry nothing",
            Self::PacketLoss => "messages are lost and sent again",
            Self::LatencySpike => "a link is slow",
            Self::GatewayCrash => "a gateway crashes and is restarted",
            Self::ProcessPause => "a node is paused and then resumed",
            Self::ConnectionReset => "connections of a node are reset, some in mid-message",
            Self::HalfOpen => "connections of a node go dead without either side being notified",
            Self::CancelBurst => "users lose patience and drop their requests",
            Self::EmergencyCache => "the operators switch the emergency cache configuration on",
        }
    }

    /// Returns its severities, or `None` if it has no severity.
    pub const fn degrees(self) -> Option<Degrees> {
        Some(match self {
            Self::RegionOutage => Degrees::share(1.0, "a share of the cameras"),
            Self::PacketLoss => Degrees {
                least: 0.0,
                most: MAX_LOSS,
                default: 0.05,
                meaning: "a probability; more than that is a partition",
            },
            Self::ConnectionReset | Self::HalfOpen => {
                Degrees::share(0.5, "a share of the connections")
            }
            Self::CancelBurst => Degrees::share(0.3, "a share of the requests"),
            Self::CacheSlow => {
                Degrees { least: 1.0, most: 60_000.0, default: 50.0, meaning: "milliseconds" }
            }
            Self::LatencySpike => {
                Degrees { least: 1.0, most: 60_000.0, default: 100.0, meaning: "milliseconds" }
            }
            Self::DirectoryBrownout => Degrees {
                least: 1.0,
                most: 10_000.0,
                default: 10.0,
                meaning: "a factor on the service times",
            },
            Self::CacheCrash
            | Self::DirectoryFailover
            | Self::Partition
            | Self::GatewayCrash
            | Self::ProcessPause
            | Self::EmergencyCache => return None,
        })
    }

    /// Returns the severity if a scenario gives none.
    pub const fn default_severity(self) -> f64 {
        match self.degrees() {
            Some(degrees) => degrees.default,
            None => 1.0,
        }
    }

    /// Reports whether this kind of fault can strike `target`.
    pub const fn can_strike(self, target: Target) -> bool {
        let place = match target {
            Target::All => return true,
            Target::Link { .. } => {
                return matches!(self, Self::Partition | Self::PacketLoss | Self::LatencySpike);
            }
            Target::Place(place) => place,
        };
        match self {
            Self::RegionOutage => false,
            Self::CacheCrash | Self::CacheSlow => matches!(place, Place::Cache(_) | Place::Zone(_)),
            Self::DirectoryBrownout => matches!(place, Place::Directory | Place::Replica),
            Self::DirectoryFailover => matches!(place, Place::Directory),
            Self::GatewayCrash => matches!(place, Place::Gateway(_) | Place::Zone(_)),
            Self::ProcessPause => !matches!(place, Place::Cameras | Place::Phones),
            Self::CancelBurst => matches!(place, Place::Gateway(_) | Place::Phones),
            Self::EmergencyCache => matches!(place, Place::Gateway(_)),
            Self::Partition
            | Self::PacketLoss
            | Self::LatencySpike
            | Self::ConnectionReset
            | Self::HalfOpen => true,
        }
    }

    /// Returns the possible targets, in words.
    pub const fn targets(self) -> &'static str {
        match self {
            Self::RegionOutage => "`all`",
            Self::CacheCrash | Self::CacheSlow => "`all`, a cache node or a zone",
            Self::DirectoryBrownout => "`all`, `directory` or `replica`",
            Self::DirectoryFailover => "`all` or `directory`",
            Self::GatewayCrash => "`all`, a gateway or a zone",
            Self::ProcessPause => "`all`, a node or a zone, but not `cameras` or `phones`",
            Self::CancelBurst => "`all`, `phones` or a gateway",
            Self::EmergencyCache => "`all` or a gateway",
            Self::ConnectionReset | Self::HalfOpen => "`all`, a node or a zone, but not a link",
            Self::Partition | Self::PacketLoss | Self::LatencySpike => {
                "`all`, a node, a zone or a link such as `gateway-0>directory`"
            }
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_used_in_files() {
        for kind in FaultKind::ALL {
            let json = serde_json::to_string(&kind).expect("json");
            assert_eq!(json, format!("\"{kind}\""));
        }
    }

    #[test]
    fn defaults_are_within_bounds_and_every_kind_strikes_all() {
        for kind in FaultKind::ALL {
            assert!(kind.can_strike(Target::All), "{kind}");
            if let Some(degrees) = kind.degrees() {
                assert!((degrees.least..=degrees.most).contains(&degrees.default), "{kind}");
            }
        }
    }
}
