//! The arguments of `crosswire hunt --queue`.

use crate::numbers::duration;
use std::num::NonZeroU64;
use std::time::Duration;

/// A hunt that many machines share.
#[derive(clap::Args)]
#[command(next_help_heading = "Many machines")]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of the command line")]
pub(crate) struct QueueArgs {
    /// Share the hunt over this NATS server. With scenarios: announce the hunt, work on it, and
    /// write DIR when it is done, as a hunt without a queue would. Without: join announced hunts
    #[arg(long, value_name = "URL")]
    pub(in crate::hunt) queue: Option<String>,

    /// The name of the hunt [default: `hunt` when announcing, any hunt when joining]
    #[arg(long, value_name = "NAME", requires = "queue", value_parser = name)]
    pub(super) name: Option<String>,

    /// Announce the hunt and leave the work to others
    #[arg(long, requires_all = ["queue", "scenarios"])]
    pub(super) announce: bool,

    /// Write DIR from the findings so far, as a hunt without a queue would
    #[arg(long, requires = "queue", conflicts_with_all = ["scenarios", "announce"])]
    pub(super) collect: bool,

    /// Print the progress of the hunt
    #[arg(long, requires = "queue", conflicts_with_all = ["scenarios", "announce", "collect"])]
    pub(super) status: bool,

    /// Remove the hunt called NAME and all its findings from the server
    #[arg(long, requires_all = ["queue", "name"])]
    #[arg(conflicts_with_all = ["scenarios", "announce", "collect", "status"])]
    pub(super) forget: bool,

    /// Wait for the next hunt when there is nothing left to do
    #[arg(long, requires = "queue")]
    #[arg(conflicts_with_all = ["scenarios", "announce", "collect", "status", "forget"])]
    pub(super) stay: bool,

    /// Seeds that a worker takes at a time [default: a few seconds' work]
    #[arg(long, value_name = "N", requires_all = ["queue", "scenarios"])]
    pub(super) range: Option<NonZeroU64>,

    /// Silence after which a worker's seeds go to another worker
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = duration)]
    pub(super) lease: Duration,
}

/// Parses the name of a hunt, from which the names of its streams on the server are made.
fn name(text: &str) -> Result<String, String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.is_empty() || text.len() > 64 || !text.chars().all(plain) {
        return Err("expected up to 64 letters, digits, `-` and `_`".to_owned());
    }
    Ok(text.to_owned())
}
