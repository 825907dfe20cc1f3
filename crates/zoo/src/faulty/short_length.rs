//! Writes the length of a value into one byte in front of it, and pads behind it to a multiple of
//! 16.
//!
//! Trigger: values of 256 bytes and more, which are cut short. No public report known.

use crate::Specimen;
use crate::correct::padded::{Length, Padded};
use crate::kit::connect;

pub(super) const SPECIMEN: Specimen = Specimen::wrong(
    "short-length",
    "stores the length of a value in one byte",
    || connect(Padded::<OneByte>::new),
    "swarm",
    &[&["bytes that no call wrote"], &["with a value of"]],
);

/// One byte, enough for most values.
struct OneByte;

impl Length for OneByte {
    const BYTES: usize = 1;
}
