//! Crosswire finds crossed wires: events of one user delivered to another.
//!
//! It tests caching clients, and the services that use them, by deterministic simulation. Each run
//! simulates a camera service in one thread, on simulated time: cameras, phones, gateways, a cache,
//! a database and the network between them. A plan of faults, drawn from a seed, ends in an outage
//! after which everything reconnects at once. Checkers watch every message and flag each event that
//! reaches a user who may not see it. The same seed gives the same run, byte for byte.
//!
//! ```text
//! scenario + seed ─▶ plan ─▶ simulation ─▶ history ─▶ checkers ─▶ verdict ─▶ story, report
//! ```
//!
//! # Example
//!
//! A [`Storm`] runs a client in a scenario over many seeds:
//!
//! ```
//! use crosswire::Storm;
//!
//! let storm = Storm::named("notification-mix-up").seeds(4);
//!
//! // A correct client: no seed violates an invariant.
//! storm.clone().client("pooled").run().assert_clean();
//!
//! // Its faulty twin returns the connection of a cancelled call to the pool while the reply is
//! // still in flight, so the next call on that connection reads someone else's data.
//! let outcome = storm.client("pooled-cancel-desync").run();
//! let (seed, run) = outcome.first_violated().expect("the faulty client leaks");
//! println!("seed {seed}:\n{}", run.findings.violations[0].story.join("\n"));
//! ```
//!
//! To test your own client, implement [`CacheClient`] for it and pass its constructor to
//! [`Storm::cache_client`]. To test your own service, implement [`Service`] and pass its
//! constructor to [`Storm::service`]. `examples/own-client` and `examples/own-service` in the
//! repository are complete crates.
//!
//! # Where things are
//!
//! | name | contents |
//! |---|---|
//! | [`Storm`], [`Outcome`] | storms as tests, over many seeds |
//! | [`CacheClient`], [`mod@cache`] | the parts of a caching client of yours |
//! | [`Service`], [`service`] | the parts of a service of yours |
//! | [`Scenario`], [`scenario`] | what a storm is like: changed built-in scenarios, or new ones |
//! | [`Findings`], [`Violation`] | the verdict of a run, with stories |
//! | [`Storms`] | plans as inputs of a `proptest!` |
//! | [`bytes`], [`tokio`] | the crates of streams, tasks and timers, as the simulation has them |
//!
//! All else is for the other crates of this repository, and changes without notice. The program is
//! the crate `crosswire-cli`; its `Program` has your clients and services on the command line.
//! Hunts over many seeds are in `crosswire-hunt`, and clients in other languages are tested by
//! `crosswire-lockstep`.

#![warn(missing_debug_implementations)]

#[doc(hidden)]
pub use crosswire_checker as checker;
#[doc(hidden)]
pub use crosswire_cloud::services;
#[doc(hidden)]
pub use crosswire_history as history;
#[doc(hidden)]
pub use crosswire_plan as plan;
#[doc(hidden)]
pub use crosswire_sim as sim;

pub mod cache;
pub mod scenario;
pub mod service;

#[doc(hidden)]
pub mod catalog;
#[doc(hidden)]
pub mod certify;
#[doc(hidden)]
pub mod cost;
#[doc(hidden)]
pub mod determinism;
#[doc(hidden)]
pub mod every_await;
#[doc(hidden)]
pub mod log;
#[doc(hidden)]
pub mod matrix;
#[doc(hidden)]
pub mod mechanisms;
#[doc(hidden)]
pub mod minimize;
#[doc(hidden)]
pub mod pictures;
#[doc(hidden)]
pub mod pool;
#[doc(hidden)]
pub mod quiet;
#[doc(hidden)]
pub mod replay;
#[doc(hidden)]
pub mod report;
#[doc(hidden)]
pub mod saved;
#[doc(hidden)]
pub mod scenarios;
#[doc(hidden)]
pub mod seedline;
#[doc(hidden)]
pub mod severity;
#[doc(hidden)]
pub mod signature;
#[doc(hidden)]
pub mod storm;

pub use bytes;
/// The tokio of the simulation: its streams, locks and timers, on simulated time.
pub use tokio;

#[doc(inline)]
pub use cache::{
    CacheClient, CacheError, CacheStream, ClientConfig, Connections, Dialer, async_trait,
};
#[doc(inline)]
pub use checker::{Findings, InvariantId, Missing, Verdict, Violation};
pub use minimize::strategy::Storms;
#[doc(inline)]
pub use scenario::{FaultKind, FaultSpec, Scenario, ScenarioBuilder};
#[doc(inline)]
pub use service::Service;
#[doc(inline)]
pub use sim::{Panicked, RunOutput};
pub use storm::{BadStorm, KeptRun, Outcome, SeedRun, Storm};

/// The compiler and the sources of this build.
#[doc(hidden)]
pub mod build {
    /// The output of `rustc --version`.
    pub const TOOLCHAIN: &str = env!("CROSSWIRE_TOOLCHAIN");
    /// A digest of all sources that a run depends on.
    pub const SOURCES: &str = env!("CROSSWIRE_SOURCES");
}
