//! Compares the protocols with the real servers.

use crate::child;
use crate::error::Error;
use crate::install;
use crate::program::workspace;
use std::path::Path;

/// The arguments of `ci real-servers`.
#[derive(clap::Args)]
pub struct Args {
    /// Compares 20,000 replies of each protocol instead of 2,000.
    #[arg(long)]
    whole: bool,
    /// Draws other commands.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Compares with the servers that are there, and installs none.
    #[arg(long)]
    installed: bool,
}

/// The servers: a program of each, and its package.
const SERVERS: [(&str, &str); 5] = [
    ("/usr/bin/redis-server", "redis-server"),
    ("/usr/bin/memcached", "memcached"),
    ("/usr/sbin/nginx", "nginx-light"),
    ("/usr/lib/postgresql", "postgresql"),
    ("/usr/sbin/mariadbd", "mariadb-server"),
];

/// Runs the comparison, a test of `crosswire-protocol`, and returns whether it passed.
pub fn run(args: &Args) -> Result<bool, Error> {
    if !args.installed {
        let missing = SERVERS.iter().filter(|(program, _)| !Path::new(program).exists());
        let packages: Vec<_> = missing.map(|(_, package)| *package).collect();
        if !packages.is_empty() {
            install::servers(&packages, "which the protocols must equal")?;
        }
    }
    let replies = if args.whole { "20000" } else { "2000" };
    let mut command = workspace("test");
    command.args(["--test", "real_servers", "--", "--nocapture", "--test-threads", "1"]);
    command.env("REAL_SERVERS_REPLIES", replies);
    command.env("REAL_SERVERS_SEED", args.seed.to_string());
    Ok(child::status(&mut command)?.success())
}
