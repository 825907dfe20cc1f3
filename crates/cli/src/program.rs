//! The program `crosswire` with a user's clients and services beside the built-in ones.

use crosswire::catalog::{self, Own, OwnClient};
use crosswire::service::{Deps, OwnService, Service};
use crosswire_cache::client::connector;
use crosswire_cache::{CacheClient, CacheError, ClientConfig, Dialer};
use std::future::Future;
use std::process::ExitCode;

/// The command line of Crosswire, for a `main` in the crate of a caching client or a service.
///
/// ```no_run
/// # use crosswire::cache::adapters::redis_rs::RedisRs as OurClient;
/// # use std::process::ExitCode;
/// fn main() -> ExitCode {
///     let program = crosswire_cli::Program::new();
///     program.client("ours", "our caching client", OurClient::connect).main()
/// }
/// ```
///
/// Every command knows the added clients: `hunt --client ours`, `certify ours`,
/// `run --client ours --log`, `matrix --client ours`, and `minimize` and `replay` of seed lines and
/// saved runs that name it. `examples/own-client` is such a crate.
#[derive(Clone, Default)]
#[must_use = "`main` runs it"]
pub struct Program {
    own: Own,
}

impl Program {
    /// Returns the program with the built-in clients only.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a client. `name` is used in seed lines and file names, so it consists of letters,
    /// digits, `-`, `_` and `.`; `summary` is one line for `list clients`. Each gateway calls
    /// `connect` once.
    pub fn client<C, F>(
        mut self,
        name: &str,
        summary: &str,
        connect: impl Fn(Dialer, ClientConfig) -> F + Send + Sync + 'static,
    ) -> Self
    where
        C: CacheClient,
        F: Future<Output = Result<C, CacheError>> + Send + 'static,
    {
        let (name, summary) = (name.to_owned(), summary.to_owned());
        self.own.clients.push(OwnClient { name, summary, connect: connector(connect) });
        self
    }

    /// Adds a service, which takes the place of the built-in gateway where it is named:
    /// `--service ours`. Each start of a gateway calls `make`.
    pub fn service<S: Service>(
        mut self,
        name: &str,
        summary: &str,
        make: impl Fn(Deps) -> S + Send + Sync + 'static,
    ) -> Self {
        let summary = summary.to_owned();
        self.own.services.push(OwnService { summary, ..OwnService::new(name, make) });
        self
    }

    /// Runs the command that the arguments of the process name and returns its exit status. Call it
    /// once in a process.
    pub fn main(self) -> ExitCode {
        match catalog::register(self.own) {
            Ok(()) => crate::main(),
            Err(message) => crate::refused(message),
        }
    }
}
