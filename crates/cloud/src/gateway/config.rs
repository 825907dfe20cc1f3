//! The numbers and switches of a gateway.

use super::defence::Defences;
use super::relation_cache::codec::Form;

/// A gateway's configuration. Its components are chosen separately, by a
/// [`Design`](super::Design).
#[derive(Clone, Copy)]
pub struct ServiceConfig {
    /// Time to live of a relation in the cache.
    pub cache_ttl_ms: u64,
    /// Lifetime of a signed thumbnail link.
    pub link_ms: u64,
    /// Maximum number of events whose recipients are looked up in one multi-get.
    pub fanout_batch: usize,
    /// Number of cameras per page of the Events tab for which the page shows a viewer count.
    pub viewer_counts: usize,
    /// Number of lines per page whose cameras' viewers are read one by one.
    pub line_look_ups: usize,
    /// The cached representation of relations.
    pub form: Form,
    /// If true, a relation that was read is written only if its key is absent, provided the client
    /// supports conditional writes.
    pub adds: bool,
    /// The defences that are switched on.
    pub defences: Defences,
    /// The key with which gateways sign tokens.
    pub signing_key: u64,
}
