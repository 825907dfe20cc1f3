//! Clients that borrow a connection from a pool for each command, one borrower at a time.

mod batch;
mod connection;
mod hygiene;
mod logical_dbs;
mod pool;
mod resp_client;
mod short_keys;

pub use batch::{Batch, Mget, Pipeline, ReadAll, StopAtError};
pub use connection::Replies;
pub use hygiene::{Hygiene, PeekAtCheckout, Strict, Trusting};
pub use logical_dbs::{AssumeSame, LogicalDbs, Reselect, SelectAgain};
pub use resp_client::RespClient;
pub use short_keys::{FullKey, KeyCheck, NoKeyCheck, ShortKeys};
