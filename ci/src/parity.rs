//! Compares the simulated cache with a real redis-server.

use crate::child;
use crate::error::Error;
use crate::install;
use crate::program::workspace;

/// The arguments of `ci parity`.
#[derive(clap::Args)]
pub struct Args {
    /// Compares 120,000 replies and 300 evictions instead of a slice.
    #[arg(long)]
    whole: bool,
    /// Draws other commands.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Runs the comparison, a test of `crosswire-cache`, and returns whether it passed.
pub fn run(args: &Args) -> Result<bool, Error> {
    if !install::has("redis-server") {
        install::servers(&["redis-server"], "the server that the simulated cache must equal")?;
    }
    let (replies, evictions) = if args.whole { (120_000, 300) } else { (6_000, 20) };
    let mut command = workspace("test");
    command.args(["--test", "real_redis", "--", "--nocapture"]);
    command.env("PARITY_REPLIES", replies.to_string());
    command.env("PARITY_EVICTIONS", evictions.to_string());
    command.env("PARITY_SEED", args.seed.to_string());
    Ok(child::status(&mut command)?.success())
}
