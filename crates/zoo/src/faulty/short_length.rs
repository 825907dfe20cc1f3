//! Writes the length of a value into one byte in front of it, with padding behind to a multiple of
//! 16. Values of 256 bytes and more wake it: they come back cut. No public report known to us.

use crate::Specimen;
use crate::correct::padded::{Length, Padded};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "short-length",
    "the length of a value is kept in one byte",
    || connect(Padded::<OneByte>::new),
    "reconnect-storm",
    &[&["bytes that no call wrote"], &["with a value of"]],
);

/// Enough for what a cache usually holds.
struct OneByte;

impl Length for OneByte {
    const BYTES: usize = 1;
}
