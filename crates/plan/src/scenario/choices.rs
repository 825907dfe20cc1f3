//! Settings of the service that are names rather than numbers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The encoding of relations in the cache.
///
/// Decides whether a value of the wrong kind can pass for one of the right kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueTypes {
    /// One encoding for all relations: a mix-up is silent.
    One,
    /// Each kind of relation names itself: a mix-up across kinds is an error.
    Mixed,
}

/// The numbering of accounts and cameras in the names of cache keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AccountNumbers {
    /// Counted from 0.
    Dense,
    /// Far apart, and two numbers that are 32 apart in counting order share their lowest 16 bits.
    Sparse,
}

/// The way a relation that was read is written into the cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fill {
    /// Replaces an existing value.
    Set,
    /// Only if there is no value: `SET … NX`. Like `set` if the client has no such writes.
    Add,
}
