//! The tracks of a trace: each party has one, and further ones of its name for what overlaps.

use super::FIRST_TRACK;
use super::messages::{CounterDescriptor, TrackDescriptor};
use std::collections::BTreeMap;

/// A group of tracks. The order is that of the picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    Violations,
    Faults,
    Counters,
    Cameras,
    Phones,
    Gateways,
    Connections,
    Caches,
    Directory,
    Other,
}

impl Group {
    const ALL: [Self; 10] = [
        Self::Violations,
        Self::Faults,
        Self::Counters,
        Self::Cameras,
        Self::Phones,
        Self::Gateways,
        Self::Connections,
        Self::Caches,
        Self::Directory,
        Self::Other,
    ];

    fn name(self) -> &'static str {
        match self {
            Self::Violations => FIRST_TRACK,
            Self::Faults => "faults",
            Self::Counters => "counters",
            Self::Cameras => "cameras",
            Self::Phones => "phones",
            Self::Gateways => "gateways",
            Self::Connections => "connections",
            Self::Caches => "cache nodes",
            Self::Directory => "directory",
            Self::Other => "other",
        }
    }

    /// Returns the id of the group's own track.
    fn uuid(self) -> u64 {
        1 + self as u64
    }
}

/// A track: a group, the number of a party in it, and which of the party's tracks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Track {
    pub(super) group: Group,
    pub(super) party: u32,
    pub(super) slot: u32,
}

impl Track {
    pub(super) fn new(group: Group, party: u32) -> Self {
        Self { group, party, slot: 0 }
    }
}

/// The tracks that have been used, with their names.
#[derive(Default)]
pub(super) struct Tracks {
    /// The id and the name of each track. Ids count up from those of the groups: small ones take
    /// little room in each event.
    names: BTreeMap<Track, (u64, String)>,
    /// The tracks of each party on which a slice is open.
    busy: BTreeMap<(Group, u32), Vec<bool>>,
}

impl Tracks {
    /// Returns a party's first track.
    pub(super) fn of(&mut self, track: Track, name: impl FnOnce() -> String) -> Track {
        let uuid = 1 + (Group::ALL.len() + self.names.len()) as u64;
        self.names.entry(track).or_insert_with(|| (uuid, name()));
        track
    }

    /// Returns the id of a track that has been used.
    pub(super) fn uuid(&self, track: Track) -> u64 {
        self.names[&track].0
    }

    /// Returns the first track of a party without an open slice, and opens one.
    pub(super) fn open(&mut self, track: Track, name: impl FnOnce() -> String) -> Track {
        let slots = self.busy.entry((track.group, track.party)).or_default();
        let free = slots.iter().position(|busy| !busy).unwrap_or(slots.len());
        if free == slots.len() {
            slots.push(true);
        }
        slots[free] = true;
        self.of(Track { slot: free as u32, ..track }, name)
    }

    /// Closes the slice on a track.
    pub(super) fn close(&mut self, track: Track) {
        let slots = self.busy.get_mut(&(track.group, track.party));
        let slot = slots.and_then(|slots| slots.get_mut(track.slot as usize));
        *slot.expect("a slice is closed where it was opened") = false;
    }

    /// Returns the descriptors of the groups and of every track in them.
    pub(super) fn descriptors(&self) -> Vec<TrackDescriptor> {
        let mut all = Vec::new();
        for group in Group::ALL {
            let used = self.names.keys().any(|track| track.group == group);
            if !used && group != Group::Violations {
                continue;
            }
            all.push(TrackDescriptor {
                uuid: Some(group.uuid()),
                name: Some(group.name().to_owned()),
                child_ordering: Some(3),
                sibling_order_rank: Some(group as i32),
                ..TrackDescriptor::default()
            });
        }
        for (rank, (track, (uuid, name))) in self.names.iter().enumerate() {
            let counter =
                if track.group == Group::Counters { Some(CounterDescriptor {}) } else { None };
            all.push(TrackDescriptor {
                uuid: Some(*uuid),
                name: Some(name.clone()),
                parent_uuid: Some(track.group.uuid()),
                counter,
                sibling_order_rank: Some(rank as i32),
                ..TrackDescriptor::default()
            });
        }
        all
    }
}
