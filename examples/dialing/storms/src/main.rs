//! Crosswire's command line, with libraries that dial by themselves.

use std::process::ExitCode;
use storms::calls::Client;
use storms::{bb8_redis, connection_manager, deadpool_redis, fred, rustis};

fn main() -> ExitCode {
    crosswire_cli::Program::new()
        .client(
            "connection-manager",
            "redis: aio::ConnectionManager",
            Client::<connection_manager::Managers>::connect,
        )
        .client("bb8-redis", "bb8-redis: a pool", Client::<bb8_redis::Bb8>::connect)
        .client(
            "deadpool-redis",
            "deadpool-redis: a pool",
            Client::<deadpool_redis::Deadpool>::connect,
        )
        .client("fred", "fred: a client", Client::<fred::Fred>::connect)
        .client("rustis", "rustis: a client", Client::<rustis::Rustis>::connect)
        .main()
}
