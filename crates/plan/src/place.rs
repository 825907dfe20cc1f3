//! Where a fault strikes: the whole world, one place, or the link between two.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::scenario::Cast;

/// One machine of the service, or all devices of one sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A gateway, counted from 0: `gateway-1`.
    Gateway(u16),
    /// A cache node, counted from 0: `cache-0`.
    Cache(u16),
    /// The primary of the database: `directory`.
    Directory,
    /// Its replica: `replica`.
    Replica,
    /// The store of thumbnails and clips: `media`.
    Media,
    /// All cameras: `cameras`.
    Cameras,
    /// All phones: `phones`.
    Phones,
    /// All machines of a zone, counted from 0: `zone-1`.
    Zone(u16),
}

/// Where a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Everything that this kind of fault can strike: `all`.
    All,
    /// One place, with all its links where the fault is one of links: `gateway-1`.
    Place(Place),
    /// What lies between two places.
    Link {
        /// Where the traffic comes from.
        from: Place,
        /// Where it goes.
        to: Place,
        /// The way back too: `from~to` rather than `from>to`.
        both: bool,
    },
}

/// Why a text is not a [`Place`] or a [`Target`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// A place that does not exist in any world.
    #[error(
        "`{0}` is not a place; expected `gateway-N`, `cache-N`, `directory`, `replica`, `media`, \
         `cameras`, `phones` or `zone-N`"
    )]
    Unknown(String),
    /// A link that goes nowhere.
    #[error("a link from `{0}` to itself; expected two places")]
    Loop(Place),
}

impl Place {
    /// All places of a world with that cast, in the order of [`Place`].
    pub fn all_of(cast: &Cast) -> impl Iterator<Item = Self> {
        let gateways = (0..cast.gateways as u16).map(Self::Gateway);
        let caches = (0..cast.cache_nodes as u16).map(Self::Cache);
        let others = [Self::Directory, Self::Replica, Self::Media, Self::Cameras, Self::Phones];
        gateways.chain(caches).chain(others)
    }

    /// The zone that a machine is in; none for the devices outside.
    pub fn zone(self, cast: &Cast) -> Option<u16> {
        let number = match self {
            Self::Gateway(number) | Self::Cache(number) => number,
            Self::Directory => 0,
            Self::Replica => 1,
            Self::Media => 2,
            Self::Cameras | Self::Phones => return None,
            Self::Zone(zone) => return Some(zone),
        };
        Some((u32::from(number) % cast.zones.max(1)) as u16)
    }

    /// Whether `place` is this one, or a machine of this zone.
    pub fn covers(self, place: Self, cast: &Cast) -> bool {
        match self {
            Self::Zone(zone) => place.zone(cast) == Some(zone),
            _ => self == place,
        }
    }

    /// Whether a world with that cast has this place.
    pub fn exists_in(self, cast: &Cast) -> bool {
        match self {
            Self::Gateway(number) => u32::from(number) < cast.gateways,
            Self::Cache(number) => u32::from(number) < cast.cache_nodes,
            Self::Zone(number) => u32::from(number) < cast.zones,
            _ => true,
        }
    }
}

impl Target {
    /// The places it names: none for `all`, two for a link.
    pub fn places(self) -> impl Iterator<Item = Place> {
        let (first, second) = match self {
            Self::All => (None, None),
            Self::Place(place) => (Some(place), None),
            Self::Link { from, to, .. } => (Some(from), Some(to)),
        };
        first.into_iter().chain(second)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gateway(number) => write!(f, "gateway-{number}"),
            Self::Cache(number) => write!(f, "cache-{number}"),
            Self::Directory => f.write_str("directory"),
            Self::Replica => f.write_str("replica"),
            Self::Media => f.write_str("media"),
            Self::Cameras => f.write_str("cameras"),
            Self::Phones => f.write_str("phones"),
            Self::Zone(number) => write!(f, "zone-{number}"),
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::All => f.write_str("all"),
            Self::Place(place) => place.fmt(f),
            Self::Link { from, to, both: false } => write!(f, "{from}>{to}"),
            Self::Link { from, to, both: true } => write!(f, "{from}~{to}"),
        }
    }
}

impl FromStr for Place {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        let unknown = || BadTarget::Unknown(crate::diagnose::shown(text));
        // Only the canonical spelling: `gateway-01` and `gateway-+1` would parse as numbers too.
        let number = |digits: &str| {
            let number = digits.parse::<u16>().ok()?;
            (number.to_string() == digits).then_some(number)
        };
        Ok(match text {
            "directory" => Self::Directory,
            "replica" => Self::Replica,
            "media" => Self::Media,
            "cameras" => Self::Cameras,
            "phones" => Self::Phones,
            _ => match text.split_once('-') {
                Some(("gateway", n)) => Self::Gateway(number(n).ok_or_else(unknown)?),
                Some(("cache", n)) => Self::Cache(number(n).ok_or_else(unknown)?),
                Some(("zone", n)) => Self::Zone(number(n).ok_or_else(unknown)?),
                _ => return Err(unknown()),
            },
        })
    }
}

impl FromStr for Target {
    type Err = BadTarget;

    fn from_str(text: &str) -> Result<Self, BadTarget> {
        if text == "all" {
            return Ok(Self::All);
        }
        let (from, to, both) = match (text.split_once('>'), text.split_once('~')) {
            (Some((from, to)), _) => (from, to, false),
            (None, Some((from, to))) => (from, to, true),
            (None, None) => return text.parse().map(Self::Place),
        };
        let (from, to) = (from.parse()?, to.parse()?);
        if from == to {
            return Err(BadTarget::Loop(from));
        }
        Ok(Self::Link { from, to, both })
    }
}

/// Serialised as it is written in a scenario.
macro_rules! serde_by_text {
    ($type:ty) => {
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = String::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

serde_by_text!(Place);
serde_by_text!(Target);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_read_as_they_are_written() {
        for text in [
            "all",
            "cameras",
            "cache-15",
            "gateway-0>directory",
            "cache-0~gateway-2",
            "phones>media",
            "zone-1",
            "zone-0~zone-2",
        ] {
            let target: Target = text.parse().expect(text);
            assert_eq!(target.to_string(), text);
            let json = serde_json::to_string(&target).expect("json");
            assert_eq!(json, format!("\"{text}\""));
            assert_eq!(serde_json::from_str::<Target>(&json).expect("json"), target);
        }
    }

    #[test]
    fn a_zone_is_the_machines_whose_number_it_is() {
        let cast = Cast {
            cameras: 9,
            phones: 9,
            gateways: 3,
            cache_nodes: 2,
            zones: 3,
            viewer_share: 0.0,
            clones: 0,
        };
        let members: Vec<_> =
            Place::all_of(&cast).filter(|place| Place::Zone(1).covers(*place, &cast)).collect();
        assert_eq!(members, [Place::Gateway(1), Place::Cache(1), Place::Replica]);
        assert!(!Place::Zone(3).exists_in(&cast));
    }

    #[test]
    fn what_is_no_target_is_refused() {
        for text in ["", "gateway", "gateway-", "gateway-01", "cache--1", "gateway-99999", "a>b>c"]
        {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
        assert_eq!("media~media".parse::<Target>(), Err(BadTarget::Loop(Place::Media)));
    }
}
