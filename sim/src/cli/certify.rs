//! `crosswire certify`: a certificate for a client.
//!
//! - [`client`]: one of those that are listed, in the simulation

mod client;

use super::args::EXIT_STATUS;
use super::failure::{Exit, Failure};

const EXAMPLES: &str = "\
The standard battery: all scenarios, the swarm, a cancellation at every await, a batch with an error
in the middle, connections lost in mid-pipeline, values of one type and of mixed types, late replies
before and after the next command. The certificate says for how many seeds the client held and which
situations they reached; it never says that a client is safe. --json prints an object as
sim/certificate.schema.json says.

Examples:
  crosswire certify redis-rs
  crosswire certify redis-rs-0-29 --seeds 200 --out certificate
  crosswire certify moka-future --seeds 5000 --json > moka-future.json";

#[derive(clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_STATUS}"))]
pub(super) struct CertifyArgs {
    /// The client, as `crosswire list clients` names it
    #[arg(value_name = "CLIENT")]
    client: String,

    #[command(flatten)]
    battery: client::Wanted,
}

/// Certifies what is wanted.
pub(super) fn certify(wanted: &CertifyArgs) -> Result<Exit, Failure> {
    client::certify(&wanted.client, &wanted.battery)
}
