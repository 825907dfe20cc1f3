//! Choices of the service that have names rather than numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether a value of the wrong kind can pass for one of the right kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueTypes {
    /// One encoding for all relations: a mix-up is silent.
    One,
    /// Each kind of relation names itself: a mix-up across kinds is an error.
    Mixed,
}

/// The numbers that accounts and cameras have in the names of cache keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccountNumbers {
    /// Counted from 0.
    Dense,
    /// Far apart, and two that are 32 apart as counted are equal in their lowest 16 bits.
    Sparse,
}

/// How a relation that was read is written into the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fill {
    /// Whatever is there is replaced.
    Set,
    /// Only if nothing is there: `SET … NX`. If the client has no such writes, as `set`.
    Add,
}
