//! Pictures of runs: who sent what to whom, and where the wires crossed.
//!
//! A [`Recording`] observes a run and keeps its history. With the verdict it is a [`Run`], of which
//! pictures are made:
//!
//! - [`diagram`](mod@diagram): the Lamport diagram of a violation, as plain data
//! - [`text`](mod@text): that diagram in characters, for terminals and CI logs
//! - [`svg`](mod@svg): that diagram as SVG
//! - [`page`](mod@page): the verdict and every diagram as one HTML file
//! - [`twin`](mod@twin): where the run parts from that of its correct twin
//! - [`storm`](mod@storm): the whole run over time, as plain data
//! - [`perfetto`](mod@perfetto): the whole run as a trace for the Perfetto UI
//!
//! The pictures do not know who produced the history: a run of the simulation, or any other. They
//! are deterministic: the same run gives the same bytes. Names of keys and all other text may
//! contain anything; none of it becomes markup or an escape sequence.

mod chain;
pub mod diagram;
mod ids;
mod named;
#[cfg(feature = "page")]
pub mod page;
#[cfg(feature = "perfetto")]
pub mod perfetto;
mod recording;
#[cfg(feature = "page")]
pub mod storm;
pub mod svg;
pub mod text;
#[cfg(feature = "page")]
pub mod twin;
#[doc(hidden)]
pub mod vocabulary;

pub use chain::MAX_LINKS;
pub use diagram::{Diagram, diagram};
#[cfg(feature = "page")]
pub use page::page;
#[cfg(feature = "perfetto")]
pub use perfetto::perfetto;
pub use recording::{Band, Recording, Run};
#[cfg(feature = "page")]
pub use storm::Storm;
pub use svg::svg;
pub use text::text;
#[cfg(feature = "page")]
pub use twin::Twins;
