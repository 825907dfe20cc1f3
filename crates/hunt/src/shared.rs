//! A hunt that several processes share.
//!
//! - [`manifest`]: the announcement of the hunt to its workers
//! - [`ranges`]: the ranges of seeds that workers take from a queue
//! - [`keys`]: the keys under which a queue stores the entries of a hunt
//! - [`merge`]: the results of all workers, put together
//! - [`progress`]: the state of the hunt, for its workers and for people

pub mod keys;
pub mod manifest;
pub mod merge;
pub mod progress;
pub mod ranges;
