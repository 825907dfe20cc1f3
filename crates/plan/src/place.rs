//! Targets of faults: the whole world, one place, or the link between two places.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::scenario::Cast;

/// One machine of the service, or all devices of one kind.
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

/// The target of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// Everything that this kind of fault can strike: `all`.
    All,
    /// One place, including all its links if the fault is one of links: `gateway-1`.
    Place(Place),
    /// The link between two places.
    Link {
        /// The sender.
        from: Place,
        /// The receiver.
        to: Place,
        /// The opposite direction, too: `from~to` rather than `from>to`.
        both: bool,
    },
}

/// The reason why a text is not a [`Place`] or a [`Target`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadTarget {
    /// Not the name of a place.
    #[error(
        "`{0}` is not a place; expected `gateway-N`, `cache-N`, `directory`, `replica`, `media`, \
         `cameras`, `phones` or `zone-N`"
    )]
    Unknown(String),
    /// A link from a place to itself.
    #[error("a link from `{0}` to itself; expected two places")]
    Loop(Place),
}

impl Place {
    /// Iterates over all places of a world with this cast, in the order of [`Place`].
    pub fn all_of(cast: &Cast) -> impl Iterator<Item = Self> {
        let gateways = (0..cast.gateways as u16).map(Self::Gateway);
        let caches = (0..cast.cache_nodes as u16).map(Self::Cache);
        let others = [Self::Directory, Self::Replica, Self::Media, Self::Cameras, Self::Phones];
        gateways.chain(caches).chain(others)
    }

    /// Returns the zone of a machine, or `None` for devices, which are outside.
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

    /// Reports whether `place` is this place or, if this is a zone, in it.
    pub fn covers(self, place: Self, cast: &Cast) -> bool {
        match self {
            Self::Zone(zone) => place.zone(cast) == Some(zone),
            _ => self == place,
        }
    }

    /// Reports whether a world with this cast has the place.
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
    /// Iterates over the places it names: none for `all`, two for a link.
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
        // Only the canonical spelling: `gateway-01` and `gateway-+1` would parse as numbers, too.
        let number = |digits: &str| {
            let number = digits.parse::<u16>().ok()?;
            if number.to_string() == digits { Some(number) } else { None }
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

/// Serializes a type as scenarios spell it.
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
    fn targets_survive_writing_and_reading() {
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
    fn a_zone_has_the_machines_of_its_number() {
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
    fn invalid_targets_are_refused() {
        for text in ["", "gateway", "gateway-", "gateway-01", "cache--1", "gateway-99999", "a>b>c"]
        {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
        assert_eq!("media~media".parse::<Target>(), Err(BadTarget::Loop(Place::Media)));
    }
}
