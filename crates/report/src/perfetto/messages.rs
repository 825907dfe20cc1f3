//! The few messages of Perfetto's trace format that a run needs, with the field numbers of
//! `protos/perfetto/trace` in [Perfetto's repository](https://github.com/google/perfetto). Its
//! reader takes a repeated number only as one field for each, never packed.

use prost::{Enumeration, Message, Oneof};

/// A trace: its packets in the order of time.
#[derive(Clone, PartialEq, Message)]
pub struct Trace {
    /// The packets.
    #[prost(message, repeated, tag = "1")]
    pub packet: Vec<TracePacket>,
}

/// A packet: a track, or an event on one.
#[derive(Clone, PartialEq, Message)]
pub struct TracePacket {
    /// The time of the event, in nanoseconds.
    #[prost(uint64, optional, tag = "8")]
    pub timestamp: Option<u64>,
    /// The writer of the packet; all packets of a run have one.
    #[prost(uint32, optional, tag = "10")]
    pub trusted_packet_sequence_id: Option<u32>,
    /// An event.
    #[prost(message, optional, tag = "11")]
    pub track_event: Option<TrackEvent>,
    /// The names that events name by number.
    #[prost(message, optional, tag = "12")]
    pub interned_data: Option<InternedData>,
    /// 1 in the packet with the names, 2 in those that need them.
    #[prost(uint32, optional, tag = "13")]
    pub sequence_flags: Option<u32>,
    /// A track.
    #[prost(message, optional, tag = "60")]
    pub track_descriptor: Option<TrackDescriptor>,
}

/// The names of a trace, by their numbers.
#[derive(Clone, PartialEq, Message)]
pub struct InternedData {
    /// The categories.
    #[prost(message, repeated, tag = "1")]
    pub event_categories: Vec<Name>,
    /// The names of events.
    #[prost(message, repeated, tag = "2")]
    pub event_names: Vec<Name>,
    /// The names of notes.
    #[prost(message, repeated, tag = "3")]
    pub debug_annotation_names: Vec<Name>,
}

/// A name with its number.
#[derive(Clone, PartialEq, Message)]
pub struct Name {
    /// The number, from 1.
    #[prost(uint64, optional, tag = "1")]
    pub iid: Option<u64>,
    /// The name.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
}

/// A note of an event: a name and a number.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub struct DebugAnnotation {
    /// The number of the name.
    #[prost(uint64, optional, tag = "1")]
    pub name_iid: Option<u64>,
    /// The number that the note is about.
    #[prost(uint64, optional, tag = "3")]
    pub uint_value: Option<u64>,
}

/// A track.
#[derive(Clone, PartialEq, Message)]
pub struct TrackDescriptor {
    /// The id by which events name the track.
    #[prost(uint64, optional, tag = "1")]
    pub uuid: Option<u64>,
    /// The name.
    #[prost(string, optional, tag = "2")]
    pub name: Option<String>,
    /// The track that contains it.
    #[prost(uint64, optional, tag = "5")]
    pub parent_uuid: Option<u64>,
    /// Set for a track of numbers.
    #[prost(message, optional, tag = "8")]
    pub counter: Option<CounterDescriptor>,
    /// The order of the tracks in it: 3 for that of their ranks.
    #[prost(int32, optional, tag = "11")]
    pub child_ordering: Option<i32>,
    /// The rank among the tracks of its parent.
    #[prost(int32, optional, tag = "12")]
    pub sibling_order_rank: Option<i32>,
}

/// The mark of a track of numbers.
#[derive(Clone, PartialEq, Message)]
pub struct CounterDescriptor {}

/// An event on a track.
#[derive(Clone, PartialEq, Message)]
pub struct TrackEvent {
    /// The kind of event.
    #[prost(enumeration = "Kind", optional, tag = "9")]
    pub r#type: Option<i32>,
    /// The track.
    #[prost(uint64, optional, tag = "11")]
    pub track_uuid: Option<u64>,
    /// The number of the category, by which events are filtered.
    #[prost(uint64, repeated, packed = "false", tag = "3")]
    pub category_iids: Vec<u64>,
    /// The ids in the name.
    #[prost(message, repeated, tag = "4")]
    pub debug_annotations: Vec<DebugAnnotation>,
    /// The number of the name.
    #[prost(uint64, optional, tag = "10")]
    pub name_iid: Option<u64>,
    /// The number of a counter.
    #[prost(oneof = "CounterValue", tags = "30")]
    pub counter_value: Option<CounterValue>,
    /// The flows that begin at the event or lead through it.
    #[prost(fixed64, repeated, packed = "false", tag = "47")]
    pub flow_ids: Vec<u64>,
    /// The flows that end at the event.
    #[prost(fixed64, repeated, packed = "false", tag = "48")]
    pub terminating_flow_ids: Vec<u64>,
}

/// The number of a counter.
#[derive(Clone, Copy, PartialEq, Eq, Oneof)]
pub enum CounterValue {
    /// A whole number.
    #[prost(int64, tag = "30")]
    Int(i64),
}

/// A kind of event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enumeration)]
#[repr(i32)]
pub enum Kind {
    /// A slice begins.
    SliceBegin = 1,
    /// The latest slice of the track ends.
    SliceEnd = 2,
    /// Something without a length.
    Instant = 3,
    /// A number.
    Counter = 4,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_several_numbers_is_a_field() {
        let event = TrackEvent { category_iids: vec![5, 6], ..TrackEvent::default() };
        assert_eq!(event.encode_to_vec(), [3 << 3, 5, 3 << 3, 6]);
        let event = TrackEvent { flow_ids: vec![1, 2], ..TrackEvent::default() };
        // A tag of two bytes and eight for the number; packed, there would be one tag and a length.
        assert_eq!(event.encode_to_vec().len(), 2 * (2 + 8));
    }
}
