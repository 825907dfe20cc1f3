//! A whole run as a trace for the [Perfetto UI](https://ui.perfetto.dev).
//!
//! Each camera, phone, gateway, connection, cache node and the directory has a track. Requests and
//! calls are slices; captures, deliveries, cancellations, hand-overs and reuse are instants. A flow
//! for each event and each user who was shown it leads from the camera's capture to the screen;
//! where a crossed reply exposed the event, the flow leads through that reply.
//!
//! Names are in the trace once; ids are notes beside them.

mod events;
mod flows;
mod interned;
pub mod messages;
mod tracks;

use crate::recording::Run;
use prost::Message;

/// The name of the first track of each trace. It has the violations.
pub const FIRST_TRACK: &str = "crosswire: violations";

/// Returns a run as the bytes of a Perfetto trace. The name of a file of them should end with
/// `.pftrace`.
pub fn perfetto(run: &Run) -> Vec<u8> {
    events::trace(run).encode_to_vec()
}
