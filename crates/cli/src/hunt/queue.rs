//! `crosswire hunt --queue`: a hunt shared by many machines.

mod args;
#[cfg(feature = "queue")]
mod share;

pub(super) use args::QueueArgs;

use super::{Exit, Failure, HuntArgs};

/// Announces, joins, collects, shows or forgets a shared hunt.
#[cfg(feature = "queue")]
pub(super) fn hunt(url: &str, args: &HuntArgs) -> Result<Exit, Failure> {
    share::hunt(url, args)
}

/// Returns an error that says how to build with a queue.
#[cfg(not(feature = "queue"))]
pub(super) fn hunt(_: &str, args: &HuntArgs) -> Result<Exit, Failure> {
    let QueueArgs { announce, collect, status, forget, stay, .. } = &args.shared;
    let asked = [(*announce, "--announce"), (*collect, "--collect"), (*status, "--status")];
    let mut asked = asked.into_iter().chain([(*forget, "--forget"), (*stay, "--stay")]);
    let asked = match asked.find(|(asked, _)| *asked) {
        Some((_, name)) => format!(" {name}"),
        None => String::new(),
    };
    Err(Failure::Input(miette::miette!(
        help = "build one with it: cargo build --release --features queue",
        "`--queue{asked}` needs NATS, which this build does not include"
    )))
}
