//! Crosswire finds crossed wires: data of one customer delivered to another, before customers do.
//!
//! A camera service stands in one process, on simulated time, under one seed: cameras, phones,
//! gateways, a cache, a database and the network between them. An outage ends, everything
//! reconnects at once, and checkers flag every event that reaches somebody who does not own the
//! device. The same seed gives the same run, byte for byte.
//!
//! Start with [`Storm`], for a test of your own caching client; or with [`sim::play`], which
//! plays one plan.
//!
//! ```text
//! scenario + seed ─▶ plan ─▶ world ─▶ history ─▶ checkers ─▶ verdict ─▶ story, report
//! ```
//!
//! | module | story |
//! |---|---|
//! | [`storm`] | a storm as a test, over many seeds |
//! | [`sim`] | the simulation: one plan on a thread of its own |
//! | [`library`], [`catalog`] | the scenarios, clients, services and defences by name |
//! | [`mechanisms`], [`matrix`] | the twenty known mistakes, and which defence stops which at what cost |
//! | [`seedline`], [`saved`], [`replayed`] | a run in one line and in a file, and its replay |
//! | [`minimize`], [`signature`] | minimizing a failing run while it shows the same violation |
//! | [`certify`], [`every_await`] | the standard battery for a client, and a cancellation at each of its awaits |
//! | [`determinism`] | two runs of one plan, compared entry by entry |
//! | [`report`], [`load`], [`log`] | what a run reports, what it cost, and its entries line by line |
//!
//! The program is in `crosswire-cli`, hunts over many seeds are in `crosswire-hunt`, and libraries in
//! other languages run in `crosswire-lockstep`.

pub use crosswire_cache as cache;
pub use crosswire_checker as checker;
pub use crosswire_cloud::services;
pub use crosswire_history as history;
pub use crosswire_plan as plan;
pub use crosswire_sim as sim;

pub mod catalog;
pub mod certify;
pub mod determinism;
pub mod every_await;
pub mod library;
pub mod load;
pub mod log;
pub mod matrix;
pub mod mechanisms;
pub mod minimize;
pub mod pool;
pub mod replayed;
pub mod report;
pub mod saved;
pub mod seedline;
pub mod signature;
pub mod storm;

pub use storm::{Outcome, Storm};

/// What this build was made of.
pub mod build {
    /// The compiler, as it names itself.
    pub const TOOLCHAIN: &str = env!("CROSSWIRE_TOOLCHAIN");
    /// A digest of the sources that a run depends on.
    pub const SOURCES: &str = env!("CROSSWIRE_SOURCES");
}
