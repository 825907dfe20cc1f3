//! Scenarios, seeds and plans: a scenario file and a seed become a plan, all of it data.
//!
//! [`load()`] turns a text into a [`Scenario`] or into one clear [`BadScenario`]. [`draw()`] turns
//! a scenario and a [`Seed`] into a [`Plan`]. A plan is everything a run needs, and it can be
//! stored, edited and minimized.
//!
//! ```
//! use crosswire_plan::{Seed, Vocabulary, draw, load};
//!
//! let text = r#"
//!     name = "tiny"
//!     summary = "Two cameras, and the cache is slow for a while."
//!     duration_ms = 30_000
//!     [cast]
//!     cameras = 2
//!     phones = 2
//!     gateways = 1
//!     [[fault]]
//!     kind = "cache-slow"
//!     start_ms = [5_000, 8_000]
//!     length_ms = 2_000
//! "#;
//! let known = Vocabulary {
//!     clients: vec!["pooled".into()],
//!     services: vec!["standard".into()],
//!     ..Vocabulary::default()
//! };
//! let plan = draw(&load("tiny.toml", text, &known).unwrap(), Seed(42));
//! assert!((5_000..=8_000).contains(&plan.faults[0].start_ms));
//! ```
//!
//! | module | content |
//! |---|---|
//! | [`scenario`] | the types behind the TOML |
//! | [`mod@load`] | reads a scenario |
//! | `diagnose`, `limits`, `validate` | error texts, limits of numbers, what must fit together |
//! | [`fault`], [`place`] | the kinds of fault, and their targets |
//! | [`seed`], [`rng`] | the seed, and the random streams derived from it |
//! | [`plan`], [`mod@draw`] | the plan, and how it is drawn |
//! | `check` | checks a plan from a file |
//! | `swarm` | scenarios in which each seed draws a configuration |
//! | `paths`, `corners` | check what a swarm may draw |
//! | [`mutate`] | mutates a plan within the space of its scenario |
//! | `files` | opens files named by the user |
//! | [`schema`], [`mod@builtin`] | the JSON Schema for editors, and the built-in scenarios |
//!
//! This crate knows nothing about the simulation: it gets the names of clients, defences and
//! situations in a [`Vocabulary`].

mod bounded;
mod builder;
pub mod builtin;
mod check;
mod corners;
mod diagnose;
pub mod draw;
pub mod fault;
mod fields;
mod files;
mod limits;
pub mod load;
pub mod mutate;
mod outline;
mod paths;
pub mod place;
pub mod plan;
mod problem;
pub mod scenario;
pub mod schema;
pub mod script;
pub mod seed;
mod shape;
mod steer;
mod swarm;
mod validate;
mod vocabulary;

pub use builder::ScenarioBuilder;
pub use builtin::builtin;
pub use check::BadPlan;
pub use crosswire_rng as rng;
pub use crosswire_scenarios::File;
pub use diagnose::{BadScenario, MAX_REPORTED, nearest};
pub use draw::draw;
pub use fault::Degrees;
pub use files::{kind, open_file};
pub use load::{LARGEST_FILE, load, read};
pub use place::{BadTarget, Place, Target};
pub use plan::{Change, ChangeKind, Fault, Plan, Viewers};
pub use rng::{Dice, Draw, Roll, Streams};
pub use scenario::{FaultKind, FaultSpec, Scenario};
pub use schema::json_schema;
pub use script::{Act, Part, Script};
pub use seed::{BadSeed, Seed};
pub use steer::steers;
pub use vocabulary::Vocabulary;
