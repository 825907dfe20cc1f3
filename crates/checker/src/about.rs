//! The identity of an invariant.

use serde::Serialize;

/// The id, the name and the promise of an invariant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct About {
    /// The id, such as `I1`.
    pub id: &'static str,
    /// The name.
    pub name: &'static str,
    /// The promise, in one sentence.
    pub summary: &'static str,
}
