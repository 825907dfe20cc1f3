//! Pools of `deadpool`, one to each cache node.
//!
//! Its own time-outs are not set, for they need a runtime that it knows; the simulation's stands
//! around each call.

use crate::client::CacheError;
use deadpool::managed::{Manager, Pool, PoolError};

/// A pool of at most `size` connections for each of `nodes`, with the manager that `manager` makes
/// for it.
pub(super) fn pools<M: Manager>(
    nodes: usize,
    size: usize,
    manager: impl Fn(usize) -> M,
) -> Result<Vec<Pool<M>>, CacheError> {
    let pool = |node| Pool::builder(manager(node)).max_size(size).build();
    let pools = (0..nodes).map(pool).collect::<Result<_, _>>();
    pools.map_err(|error| CacheError::Protocol(error.to_string()))
}

/// Why there was no connection.
pub(super) fn unpooled(error: PoolError<CacheError>) -> CacheError {
    match error {
        PoolError::Backend(error) => error,
        other => CacheError::Protocol(other.to_string()),
    }
}
