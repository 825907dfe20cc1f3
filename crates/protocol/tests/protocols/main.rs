//! Wire images that a person can read, and properties of all protocols.

mod clients;
mod http1;
mod memcached;
#[path = "../shared/model.rs"]
mod model;
mod mysql;
#[path = "../shared/mysql_client.rs"]
mod mysql_client;
mod postgres;
#[path = "../shared/postgres_client.rs"]
mod postgres_client;
mod properties;
mod resp;
#[path = "../shared/talk.rs"]
mod talk;
mod told;

use crosswire_protocol::Dialect;
use talk::Talk;

/// Begins a conversation on the first connection.
fn talk(dialect: Dialect) -> Talk {
    Talk::new(dialect.open(1))
}
