//! A scenario file and a seed become a plan, all of it data.
//!
//! Start here: [`load()`] turns a text into a [`Scenario`] or into one clear [`BadScenario`];
//! [`draw()`] turns a scenario and a [`Seed`] into a [`Plan`]; a [`Plan`] is all that a run needs
//! to know, and it can be kept, edited and made smaller.
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
//! | module | what it holds |
//! |---|---|
//! | [`scenario`] | the types behind the TOML |
//! | [`mod@load`] | from a file to a scenario; the words for what is wrong are in `diagnose`, the bounds of numbers in `limits`, what must fit together in `validate` |
//! | [`fault`], [`place`] | what the kinds of fault mean, and where they can strike |
//! | [`seed`], [`rng`] | where every random number comes from |
//! | [`plan`], [`mod@draw`] | the plan, and how it is drawn; `check` looks at one from a file |
//! | `swarm` | scenarios of which each seed plays one of its own; `paths` and `corners` look at what it draws |
//! | [`breed`] | from a plan another that is a little different, in the space of its scenario |
//! | `files` | files that somebody has named |
//! | [`schema`], [`mod@builtin`] | for editors, and the scenarios shipped |
//!
//! This crate knows nothing of the simulation: the names of clients, defences and situations
//! are given to it in a [`Vocabulary`].

mod bounded;
pub mod breed;
pub mod builtin;
mod check;
mod corners;
mod diagnose;
pub mod draw;
pub mod fault;
mod files;
mod limits;
pub mod load;
mod outline;
mod paths;
pub mod place;
pub mod plan;
pub mod scenario;
pub mod schema;
pub mod script;
pub mod seed;
mod shape;
mod steer;
mod swarm;
mod validate;

pub use builtin::builtin;
pub use check::BadPlan;
pub use crosswire_rng as rng;
pub use diagnose::{BadScenario, MOST_TOLD, nearest};
pub use draw::draw;
pub use fault::Degrees;
pub use files::{kind, open_file};
pub use load::{LARGEST_FILE, Vocabulary, load, read};
pub use place::{BadTarget, Place, Target};
pub use plan::{Change, ChangeKind, Fault, Plan, Viewers};
pub use rng::{Dice, Draw, Roll, Streams};
pub use scenario::{FaultKind, Scenario};
pub use schema::json_schema;
pub use script::{Act, Part, Script};
pub use seed::{BadSeed, Seed};
pub use steer::steers;
