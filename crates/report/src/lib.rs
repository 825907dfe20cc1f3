//! Pictures of runs: who sent what to whom, and where the wires crossed.
//!
//! A [`Recording`] observes a run and keeps its history. With the verdict it is a [`Run`], of which
//! pictures are made:
//!
//! - [`diagram`](mod@diagram): the Lamport diagram of a violation, as plain data
//! - [`text`](mod@text): that diagram in characters, for terminals and CI logs
//! - [`svg`](mod@svg): that diagram as SVG
//! - [`page`](mod@page): the verdict and every diagram as one HTML file
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
pub mod page;
pub mod perfetto;
mod recording;
pub mod storm;
pub mod svg;
pub mod text;

pub use chain::MAX_LINKS;
pub use diagram::{Diagram, diagram};
pub use page::page;
pub use perfetto::perfetto;
pub use recording::{Band, Recording, Run};
pub use storm::Storm;
pub use svg::svg;
pub use text::text;
