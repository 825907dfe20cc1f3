//! Certifies the real libraries in full and writes their certificates.

use crate::child;
use crate::dialing;
use crate::error::Error;
use crate::files;
use crate::program::{Build, Program};
use crosswire::pool;
use std::process::Stdio;

/// The arguments of `ci certify`. `$SEEDS` and `$JOBS` set the number of seeds and threads.
#[derive(clap::Args)]
pub struct Args {
    /// The clients [default: the real libraries].
    #[arg(value_name = "CLIENT")]
    clients: Vec<String>,
    /// Certifies the clients over libraries that dial by themselves.
    #[arg(long)]
    dialing: bool,
}

/// The directory of the certificates.
const CERTIFICATES: &str = "docs/reports/certificates";

/// The real libraries in the program; the last is known bad.
const LIBRARIES: [&str; 8] = [
    "redis-rs",
    "redis-rs-pipeline",
    "redis-rs-deadpool",
    "moka-future",
    "moka-sync",
    "quick-cache",
    "two-level",
    "redis-rs-0-29",
];

/// Certifies the correct clients, then the faulty ones, and returns whether each had the expected
/// exit status.
pub fn run(args: &Args) -> Result<bool, Error> {
    let mut clients: Vec<_> = args.clients.iter().map(String::as_str).collect();
    if args.dialing {
        clients.extend(crosswire::cache::dialing().iter().map(|spec| spec.name));
    } else if clients.is_empty() {
        clients.extend(LIBRARIES);
    }
    // A stable sort: the correct ones keep their order, and so do the faulty ones.
    clients.sort_by_key(|client| is_faulty(client));
    let mut programs = [None, None];
    let mut as_expected = true;
    for client in clients {
        let program = match &mut programs[usize::from(dials(client))] {
            Some(program) => program,
            missing if dials(client) => missing.insert(dialing::program()?),
            missing => missing.insert(Program::get(Build::Release, &[])?),
        };
        as_expected &= certify(program, client)?;
    }
    Ok(as_expected)
}

/// Returns true for a client over a library that dials by itself.
fn dials(client: &str) -> bool {
    crosswire::cache::dialing().iter().any(|spec| spec.name == client)
}

/// Real libraries that are known to break a clause of the contract: docs/clients.md says which.
const VIOLATED: [&str; 5] = ["redis-rs-0-29", "connection-manager", "bb8-redis", "fred", "rustis"];

/// The client that pings each connection before it is used, so that no command is refused while a
/// node loads, which some trials require.
const INCONCLUSIVE: &str = "fred-guarded";

/// Returns true for a client that must be caught.
fn is_faulty(client: &str) -> bool {
    VIOLATED.contains(&client) || client.contains("-late-") || client.ends_with("-keeps-on-loss")
}

/// Certifies a client, prints the verdict and returns whether the exit status is the expected one.
fn certify(program: &Program, client: &str) -> Result<bool, String> {
    // A faulty client is caught within few seeds.
    let (seeds, expected) = match client {
        INCONCLUSIVE => ("2000", 3),
        faulty if is_faulty(faulty) => ("200", 1),
        _ => ("2000", 0),
    };
    let seeds = std::env::var("SEEDS").unwrap_or_else(|_| seeds.to_owned());
    let jobs = std::env::var("JOBS").unwrap_or_else(|_| pool::cores().to_string());
    let directory = format!("{CERTIFICATES}/{client}");
    let mut command = program.command();
    command.args(["certify", client, "--seeds", &seeds, "--jobs", &jobs, "--out", &directory]);
    let status = child::status(command.stdout(Stdio::null()))?;
    println!("{client}: {}", verdict(&files::read(format!("{directory}/certificate.md"))?));
    if status.code() == Some(expected) {
        return Ok(true);
    }
    eprintln!("{client}: {status}; expected {expected}");
    Ok(false)
}

/// Returns the verdict of a certificate, its third line.
fn verdict(certificate: &str) -> &str {
    certificate.lines().nth(2).unwrap_or("no verdict")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faulty_clients_are_known_by_their_names() {
        let faulty =
            ["redis-rs-0-29", "moka-late-invalidation", "two-level-keeps-on-loss", "pooled"];
        assert_eq!(faulty.map(is_faulty), [true, true, true, false]);
        assert_eq!(LIBRARIES.iter().filter(|client| is_faulty(client)).count(), 1);
    }

    #[test]
    fn the_verdict_is_the_third_line() {
        assert_eq!(verdict("# Certificate\n\n**Clean**\n\nmore\n"), "**Clean**");
        assert_eq!(verdict("# Certificate\n"), "no verdict");
    }
}
