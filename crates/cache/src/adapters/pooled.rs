//! Pools of `deadpool`, one per cache node.
//!
//! `deadpool`'s time-outs are not set, since they need a runtime that it knows; each call runs
//! under the simulation's time-out.

use crate::client::CacheError;
use deadpool::managed::{Manager, Pool, PoolError};

/// Creates a pool of at most `size` connections for each of `nodes`, with the manager that
/// `manager` returns for it.
pub(super) fn pools<M: Manager>(
    nodes: usize,
    size: usize,
    manager: impl Fn(usize) -> M,
) -> Result<Vec<Pool<M>>, CacheError> {
    let pool = |node| Pool::builder(manager(node)).max_size(size).build();
    let pools = (0..nodes).map(pool).collect::<Result<_, _>>();
    pools.map_err(|error| CacheError::Protocol(error.to_string()))
}

/// Converts the reason why there was no connection.
pub(super) fn unpooled(error: PoolError<CacheError>) -> CacheError {
    match error {
        PoolError::Backend(error) => error,
        other => CacheError::Protocol(other.to_string()),
    }
}
