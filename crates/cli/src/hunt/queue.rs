//! `crosswire hunt --queue`: a hunt that many machines share.

mod args;
#[cfg(feature = "queue")]
mod share;

pub(super) use args::QueueArgs;

use super::{Exit, Failure, HuntArgs};

/// Does what is wanted of a queue.
#[cfg(feature = "queue")]
pub(super) fn hunt(url: &str, wanted: &HuntArgs) -> Result<Exit, Failure> {
    share::hunt(url, wanted)
}

/// Says how a queue is had.
#[cfg(not(feature = "queue"))]
pub(super) fn hunt(_: &str, wanted: &HuntArgs) -> Result<Exit, Failure> {
    let QueueArgs { announce, collect, status, forget, stay, .. } = &wanted.shared;
    let asked = [(*announce, "--announce"), (*collect, "--collect"), (*status, "--status")];
    let mut asked = asked.into_iter().chain([(*forget, "--forget"), (*stay, "--stay")]);
    let asked = asked.find_map(|(asked, name)| asked.then_some(name));
    let asked = asked.map(|name| format!(" {name}")).unwrap_or_default();
    Err(Failure::Input(miette::miette!(
        help = "build one that has: cargo build --release --features queue",
        "`--queue{asked}` needs NATS, which this build does not have"
    )))
}
