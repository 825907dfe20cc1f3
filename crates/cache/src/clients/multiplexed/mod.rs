//! The client with one connection to each node, shared by all callers.

mod client;
mod driver;
mod reconnect;

pub use client::MultiplexedClient;
pub use reconnect::{FailAll, Reconnect, ReplayReads};
