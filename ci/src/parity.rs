//! Compares the simulated cache with a real redis-server.

use crate::child;
use crate::error::Error;
use crate::files;
use crate::install;
use crate::program::workspace;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

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
        install_server()?;
    }
    let (replies, evictions) = if args.whole { (120_000, 300) } else { (6_000, 20) };
    let mut command = workspace("test");
    command.args(["--test", "real_redis", "--", "--nocapture"]);
    command.env("PARITY_REPLIES", replies.to_string());
    command.env("PARITY_EVICTIONS", evictions.to_string());
    command.env("PARITY_SEED", args.seed.to_string());
    Ok(child::status(&mut command)?.success())
}

/// Installs redis-server without the server that Debian's package would start.
fn install_server() -> Result<(), String> {
    let policy = Path::new("/usr/sbin/policy-rc.d");
    let ours = !policy.exists();
    if ours {
        files::write(policy, "#!/bin/sh\nexit 101\n")?;
        fs::set_permissions(policy, fs::Permissions::from_mode(0o755))
            .map_err(|error| format!("{}: {error}", policy.display()))?;
    }
    let installed =
        install::install(&["redis-server"], "the server that the simulated cache must equal");
    if ours {
        fs::remove_file(policy).map_err(|error| format!("{}: {error}", policy.display()))?;
    }
    installed
}
