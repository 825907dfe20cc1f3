//! The directory: users, cameras with their ownership epochs, grants and events.
//!
//! [`tables`] is the database: real SQL, in memory. [`server`] puts it on nodes, with a concurrency
//! limit, a queue, service times, a primary that can fail and a replica that lags.
//! [`DirectoryClient`] is a gateway's client for it. Commits are recorded as they are made, and the
//! ledger is built from those records.

mod access_change;
mod changes;
mod client;
mod protocol;
mod relation;
pub mod server;
pub mod tables;

pub use access_change::AccessChange;
pub use client::DirectoryClient;
pub use protocol::{Answer, Ask, AtCommit, Changed, Key, Role, Row, Stored};
pub use relation::Relation;
pub use server::{Directory, DirectorySpec};
