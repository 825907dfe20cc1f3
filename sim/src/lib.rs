//! Crosswire finds crossed wires: data of one customer delivered to another, before customers do.
//!
//! A camera service stands in one process, on simulated time, under one seed: cameras, phones,
//! gateways, a cache, a database and the network between them. An outage ends, everything
//! reconnects at once, and checkers flag every event that reaches somebody who does not own the
//! device. The same seed gives the same run, byte for byte.
//!
//! Start with [`Storm`], for a test of your own caching client; or with [`stage::play`], which
//! plays one plan.
//!
//! ```text
//! scenario + seed ─▶ plan ─▶ world ─▶ history ─▶ checkers ─▶ verdict ─▶ story, report
//! ```
//!
//! | module | story |
//! |---|---|
//! | [`storm`] | a storm as a test, over many seeds |
//! | [`stage`] | plays a plan on a thread of its own |
//! | `world` | builds what takes part, and lets it die and start again |
//! | `bounds` | what a plan promises, which its run is judged by |
//! | `nemesis` | carries out the faults |
//! | [`every_await`] | plays a plan with a cancellation at each await of the client, one by one |
//! | [`hunt`] | plays seeds by the million, and keeps what it finds |
//! | `queue` | a hunt that many machines share, if it is built in |
//! | [`certify`] | the standard battery for a client, and the page that says how it held |
//! | [`determinism`] | plays a plan twice and compares every entry |
//! | [`library`], [`catalog`] | scenarios and names |
//! | [`report`], [`banner`], [`summary`], [`log`] | what a run says of itself |
//! | [`machine`] | what is printed for machines, with its types, version and schemas |
//! | [`lockstep`] | a real library in a process of its own, on real sockets, driven by events |
//! | [`memory`] | how much of it a run takes, and how much there is |
//! | [`mechanisms`], [`matrix`] | the twenty, and which defence stops which at what cost |
//! | [`Program`], [`cli`] | the program `crosswire`, also with clients of your own |
//! | [`seedline`], [`saved`] | a run in one line, and in a file |

// The command line names the library as its users do.
extern crate self as crosswire;

pub use crosswire_cache as cache;
pub use crosswire_checker as checker;
pub use crosswire_cloud::services;
pub use crosswire_history as history;
pub use crosswire_plan as plan;
pub use crosswire_stage as stage;

pub mod banner;
pub mod catalog;
pub mod certify;
pub mod cli;
pub mod determinism;
pub mod every_await;
pub mod hunt;
pub mod incident;
pub mod library;
pub mod load;
pub mod lockstep;
pub mod log;
pub mod machine;
pub mod matrix;
pub mod mechanisms;
pub mod memory;
#[cfg(feature = "queue")]
pub mod queue;
pub mod replayed;
pub mod report;
pub mod saved;
pub mod seedline;
pub mod shrink;
pub mod signature;
pub mod storm;
pub mod summary;
pub mod text;

mod children;
mod files;
mod pool;
mod program;

pub use program::Program;
pub use storm::{Outcome, Storm};
