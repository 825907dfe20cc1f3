//! What can be asked for of a queue.

use crate::numbers::duration;
use std::num::NonZeroU64;
use std::time::Duration;

/// A hunt over many machines.
#[derive(clap::Args, Clone)]
#[command(next_help_heading = "Many machines")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct QueueArgs {
    /// Share the hunt over this NATS server. With scenarios: announce it, work on it, and
    /// write DIR when all is done, as a hunt without a queue. Without: join what is announced
    #[arg(long, value_name = "URL")]
    pub(in crate::hunt) queue: Option<String>,

    /// What the hunt is called; without it, `hunt` is announced, and whatever is there joined
    #[arg(long, value_name = "NAME", requires = "queue", value_parser = name)]
    pub(super) name: Option<String>,

    /// Announce the hunt and leave the work to others
    #[arg(long, requires_all = ["queue", "scenarios"])]
    pub(super) announce: bool,

    /// Write DIR from what has been found so far, as a hunt without a queue would have
    #[arg(long, requires = "queue", conflicts_with_all = ["scenarios", "announce"])]
    pub(super) collect: bool,

    /// Print how far the hunt has come
    #[arg(long, requires = "queue", conflicts_with_all = ["scenarios", "announce", "collect"])]
    pub(super) status: bool,

    /// Remove the hunt called NAME from the server, with all that was found
    #[arg(long, requires_all = ["queue", "name"])]
    #[arg(conflicts_with_all = ["scenarios", "announce", "collect", "status"])]
    pub(super) forget: bool,

    /// When nothing is left to do, wait for the next hunt
    #[arg(long, requires = "queue")]
    #[arg(conflicts_with_all = ["scenarios", "announce", "collect", "status", "forget"])]
    pub(super) stay: bool,

    /// How many seeds a worker is handed at a time; without it, what takes some seconds
    #[arg(long, value_name = "N", requires_all = ["queue", "scenarios"])]
    pub(super) range: Option<NonZeroU64>,

    /// How long a worker may be silent before what it had is handed to another
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(super) lease: Duration,
}

/// The server's names can be made of it.
fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.is_empty() || text.len() > 64 || !text.chars().all(plain) {
        return Err("expected up to 64 letters, digits, `-` and `_`".to_owned());
    }
    Ok(text.to_owned())
}
