//! Good-faith clients with one mistake each, which no mechanism of `crosswire list mechanisms` has.

use crate::Specimen;

pub(crate) const ALL: &[Specimen] = &[];
