//! Traces for Perfetto, decoded again.

use crate::runs::run;
use crosswire_report::perfetto;
use crosswire_report::perfetto::FIRST_TRACK;
use crosswire_report::perfetto::messages::{
    CounterValue, InternedData, Kind, Name, Trace, TrackEvent,
};
use prost::Message;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// A decoded trace.
struct Decoded {
    /// The name of each track, after that of its group.
    tracks: BTreeMap<u64, String>,
    /// The events, with their times in milliseconds.
    events: Vec<(u64, TrackEvent)>,
    names: InternedData,
}

fn decoded(bytes: &[u8]) -> Decoded {
    let trace = Trace::decode(bytes).expect("a trace");
    let (mut tracks, mut events) = (BTreeMap::new(), Vec::new());
    let mut names = None;
    for packet in trace.packet {
        if let Some(data) = packet.interned_data {
            assert_eq!((packet.sequence_flags, events.len()), (Some(1), 0), "names come first");
            names = Some(data);
        }
        if let Some(track) = packet.track_descriptor {
            let (uuid, name) = (track.uuid.expect("an id"), track.name.expect("a name"));
            let group = match track.parent_uuid {
                Some(parent) => format!("{}/", tracks[&parent]),
                None => String::new(),
            };
            assert!(tracks.insert(uuid, group + &name).is_none(), "each id is one track's");
        }
        if let Some(event) = packet.track_event {
            events.push((packet.timestamp.expect("a time") / 1_000_000, event));
        }
    }
    Decoded { tracks, events, names: names.expect("names") }
}

/// Returns the name of a number.
fn named(names: &[Name], wanted: u64) -> &str {
    let found = names.iter().find(|name| name.iid == Some(wanted)).expect("a name");
    found.name.as_deref().expect("its text")
}

impl Decoded {
    fn track(&self, event: &TrackEvent) -> &str {
        &self.tracks[&event.track_uuid.expect("an event is on a track")]
    }

    /// Returns where a flow leads: track, category and name of each event.
    fn flow(&self, id: u64) -> Vec<String> {
        let of = |event: &&(u64, TrackEvent)| {
            event.1.flow_ids.contains(&id) || event.1.terminating_flow_ids.contains(&id)
        };
        let hop = |(_, event): &(u64, TrackEvent)| {
            let categories: Vec<_> = event
                .category_iids
                .iter()
                .map(|it| named(&self.names.event_categories, *it))
                .collect();
            format!("{} {}: {}", self.track(event), categories.join(","), self.name(event))
        };
        self.events.iter().filter(of).map(hop).collect()
    }

    /// Returns the name of an event with its notes.
    fn name(&self, event: &TrackEvent) -> String {
        let mut name =
            event.name_iid.map_or("", |it| named(&self.names.event_names, it)).to_owned();
        for note in &event.debug_annotations {
            let of = named(&self.names.debug_annotation_names, note.name_iid.expect("a name"));
            let _ = write!(name, " [{of} {}]", note.uint_value.expect("a number"));
        }
        name
    }
}

#[test]
fn the_flow_of_an_exposed_event_leads_from_its_capture_to_the_wrong_screen() {
    let run = run("reconnect-storm", 41, "pooled-cancel-desync", "standard");
    let bytes = perfetto(&run);
    assert_eq!(bytes, perfetto(&run), "the same run gives the same bytes");
    let trace = decoded(&bytes);
    let violation = &run.violations()[0];
    let (user, event) = (violation.user.unwrap(), violation.event.as_ref().unwrap());
    let screen = trace.events.iter().find(|(at_ms, event_there)| {
        *at_ms == violation.at_ms
            && trace.track(event_there) == format!("phones/user-{user}")
            && trace.name(event_there).contains(event.as_str())
    });
    let (_, screen) = screen.expect("the wrong screen is in the trace");
    let ids: Vec<_> = screen.flow_ids.iter().chain(&screen.terminating_flow_ids).collect();
    assert_eq!(ids.len(), 1, "one flow for each event and user");
    insta::assert_snapshot!(trace.flow(*ids[0]).join("\n"));
}

#[test]
fn slices_end_where_they_began_and_flows_end_once() {
    let run = run("notification-mix-up", 7, "multiplexed-replay-skew", "standard");
    let trace = decoded(&perfetto(&run));
    let mut open: BTreeMap<u64, u32> = BTreeMap::new();
    let (mut ended, mut last_ms, mut counters) = (BTreeSet::new(), 0, 0);
    for (at_ms, event) in &trace.events {
        assert!(*at_ms >= last_ms, "events are in the order of time");
        last_ms = *at_ms;
        let depth = open.entry(event.track_uuid.unwrap()).or_default();
        match event.r#type() {
            Kind::SliceBegin => *depth += 1,
            Kind::SliceEnd => *depth = depth.checked_sub(1).expect("a slice has begun"),
            Kind::Instant => {}
            Kind::Counter => {
                assert!(matches!(event.counter_value, Some(CounterValue::Int(0..))));
                counters += 1;
            }
        }
        assert!(*depth <= 1, "{}: slices of a track do not overlap", trace.track(event));
        for id in &event.flow_ids {
            assert!(!ended.contains(id), "a flow goes on after its end");
        }
        for id in &event.terminating_flow_ids {
            assert!(ended.insert(*id), "a flow ends twice");
        }
    }
    assert!(counters > 0 && !ended.is_empty());
    let groups = trace.tracks.values().filter(|name| !name.contains('/'));
    let groups: Vec<_> = groups.map(String::as_str).collect();
    let expected = [
        FIRST_TRACK,
        "faults",
        "counters",
        "cameras",
        "phones",
        "gateways",
        "connections",
        "cache nodes",
        "directory",
    ];
    assert_eq!(groups[..9], expected);
}
