//! Sends one GET for all callers of a key, and closes the list of callers only when the reply
//! arrives.
//!
//! Trigger: a slow reply. A caller that joins while the GET is under way gets the answer to a
//! command sent before its call. No public report known.

use crate::Specimen;
use crate::correct::coalesced::{Closing, Coalesced};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "coalesced-late",
    "callers who arrive while a GET is under way get its reply",
    || connect(Coalesced::<WithReply>::new),
    "swarm",
    &[&["sent before"]],
);

/// No caller needs another GET while one is under way.
struct WithReply;

impl Closing for WithReply {
    const BEFORE_SENDING: bool = false;
}
