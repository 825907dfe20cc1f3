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
//! repository are complete crates. To run a single plan, call [`sim::play`].
//!
//! # Modules
//!
//! | module | contents |
//! |---|---|
//! | [`storm`] | storms as tests, over many seeds |
//! | [`service`] | what a service of your own is made of |
//! | [`scenarios`], [`catalog`] | scenarios, clients, services and defences by name |
//! | [`mechanisms`], [`matrix`] | twenty known bugs; which defence stops which, and its cost |
//! | [`seedline`], [`saved`], [`replay`] | a run as one line, a run as a file, and its replay |
//! | [`minimize`], [`signature`] | minimized failing runs; one name for all findings of a cause |
//! | [`certify`] | the certificate of a client: a standard battery of storms |
//! | [`every_await`] | a client call cancelled at each of its awaits, one by one |
//! | [`determinism`] | two runs of one plan, compared entry by entry |
//! | [`report`], [`cost`], [`log`] | a run as JSON, its load on the service, its history as text |
//! | [`pool`] | many runs on several threads |
//! | [`build`] | the compiler and the sources of this build |
//! | [`sim`] | the simulation: one plan, run on a fresh thread |
//! | [`plan`], [`history`], [`checker`] | its input, its record, and the invariants |
//! | [`cache`], [`services`](mod@services) | the caching clients and the services under test |
//!
//! The command-line program is the crate `crosswire-cli`, hunts over many seeds are in
//! `crosswire-hunt`, and clients in other languages are tested by `crosswire-lockstep`.

#![warn(missing_debug_implementations)]

pub use crosswire_cache as cache;
pub use crosswire_checker as checker;
pub use crosswire_cloud::services;
pub use crosswire_history as history;
pub use crosswire_plan as plan;
pub use crosswire_sim as sim;

pub mod catalog;
pub mod certify;
pub mod cost;
pub mod determinism;
pub mod every_await;
pub mod log;
pub mod matrix;
pub mod mechanisms;
pub mod minimize;
pub mod pool;
pub mod replay;
pub mod report;
pub mod saved;
pub mod scenarios;
pub mod seedline;
pub mod service;
pub mod signature;
pub mod storm;

pub use bytes;
/// The tokio of the simulation: its streams, locks and timers, on simulated time.
pub use tokio;

pub use cache::{
    CacheClient, CacheError, CacheStream, ClientConfig, Connections, Dialer, async_trait,
};
pub use checker::Verdict;
pub use plan::{FaultKind, FaultSpec, Scenario};
pub use service::Service;
pub use storm::{BadStorm, Outcome, Storm};

/// The compiler and the sources of this build.
pub mod build {
    /// The output of `rustc --version`.
    pub const TOOLCHAIN: &str = env!("CROSSWIRE_TOOLCHAIN");
    /// A digest of all sources that a run depends on.
    pub const SOURCES: &str = env!("CROSSWIRE_SOURCES");
}
