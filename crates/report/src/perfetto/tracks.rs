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

/// The number of a group's tracks: more than any run has, so ids of groups do not meet.
const SPAN: u64 = 1 << 40;

/// The most slices of one party that are shown beside each other.
const SLOTS: u64 = 1 << 12;

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

    /// Returns the id of the track, which no other one has.
    pub(super) fn uuid(self) -> u64 {
        let of_group = (1 + self.group as u64) * SPAN * SLOTS;
        of_group + u64::from(self.party) * SLOTS + u64::from(self.slot)
    }
}

/// The tracks that have been used, with their names.
#[derive(Default)]
pub(super) struct Tracks {
    names: BTreeMap<Track, String>,
    /// The tracks of each party on which a slice is open.
    busy: BTreeMap<(Group, u32), Vec<bool>>,
}

impl Tracks {
    /// Returns a party's first track.
    pub(super) fn of(&mut self, track: Track, name: impl FnOnce() -> String) -> Track {
        self.names.entry(track).or_insert_with(name);
        track
    }

    /// Returns the first track of a party without an open slice, and opens one.
    pub(super) fn open(&mut self, track: Track, name: impl FnOnce() -> String) -> Track {
        let slots = self.busy.entry((track.group, track.party)).or_default();
        let free = slots.iter().position(|busy| !busy).unwrap_or(slots.len());
        if free == slots.len() {
            slots.push(true);
        }
        slots[free] = true;
        assert!((free as u64) < SLOTS, "a party has fewer than {SLOTS} slices at a time");
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
        for (rank, (track, name)) in self.names.iter().enumerate() {
            let counter =
                if track.group == Group::Counters { Some(CounterDescriptor {}) } else { None };
            all.push(TrackDescriptor {
                uuid: Some(track.uuid()),
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
