//! How a gateway is put together: for each part of it that is known to be done wrong, who does it.
//!
//! A faulty service differs from its right twin in one part; all else is the same code. The parts
//! are made anew when a gateway starts, so what they hold dies with its process.

use super::edge::{Edge, NoEdge};
use super::editor::{Editor, Once};
use super::identity::{Identity, Registered};
use super::reader::{Reader, Straight};
use super::source::{Primary, Source};
use super::worker::{Passed, Workers};
use crate::service::{ServiceConfig, Surroundings};
use std::sync::Arc;

/// Who does what in a gateway.
#[derive(Clone, Copy)]
pub struct Design {
    /// Where a relation comes from that the cache does not have.
    pub(crate) source: fn(&Surroundings) -> Arc<dyn Source>,
    /// How a request knows for whom it is.
    pub(crate) workers: fn(&Surroundings) -> Box<dyn Workers>,
    /// Who is let in.
    pub(crate) identity: fn(&Surroundings) -> Box<dyn Identity>,
    /// How pictures and videos come from the media store.
    pub(crate) reader: fn(&Surroundings) -> Box<dyn Reader>,
    /// What is kept at the edge while the emergency configuration is on.
    pub(crate) edge: fn(&Surroundings, &ServiceConfig) -> Box<dyn Edge>,
    /// How changes of who may see what are brought to the directory.
    pub(crate) editor: fn(&Surroundings) -> Arc<dyn Editor>,
}

impl Design {
    /// Everything done right, and as plainly as it can be.
    pub const STANDARD: Self = Self {
        source: |around| Arc::new(Primary::new(around)),
        workers: |_| Box::new(Passed),
        identity: |around| Box::new(Registered::new(around)),
        reader: |around| Box::new(Straight::new(around)),
        edge: |_, _| Box::new(NoEdge),
        editor: |around| Arc::new(Once::new(around)),
    };
}
