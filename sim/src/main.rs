//! The command `crosswire`: see `crosswire --help`.

mod cli;

use std::process::ExitCode;

/// A storm makes and frees millions of small things: it takes less of the time than
/// the system's allocator does.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    cli::main()
}
