//! What continuous integration and the nightly run, as one program: `ci COMMAND`.
//!
//! | command | module |
//! |---|---|
//! | `ci counts` | [`counts`]: prose, functions, assertions and import cycles of the sources, as numbers |
//! | `ci digests` | [`digests`]: the digests of runs, compared with those in a file |
//!
//! The rules that the sources must keep (`tests/house_rules.rs`) use the same modules: [`sources`],
//! [`prose`], [`functions`], [`cycles`].

pub mod counts;
pub mod cycles;
pub mod digests;
pub mod functions;
pub mod prose;
pub mod sources;
