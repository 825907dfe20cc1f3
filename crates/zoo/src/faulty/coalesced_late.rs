//! Sends one GET for all who ask for a key, and closes the list of those who get the reply when the
//! reply has come. A slow reply wakes it: whoever comes when the command is under way gets the answer
//! to a command from before it. No public report known to us.

use crate::Specimen;
use crate::correct::coalesced::{Closing, Coalesced};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "coalesced-late",
    "who comes when a GET is under way gets its reply",
    || connect(Coalesced::<WithReply>::new),
    "reconnect-storm",
    &[&["sent before"]],
);

/// Nobody need wait for another GET while one is under way.
struct WithReply;

impl Closing for WithReply {
    const BEFORE_SENDING: bool = false;
}
