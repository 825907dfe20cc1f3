//! The clients and services that a user's program adds to the built-in ones.
//!
//! Scenario files, seed lines, saved runs and journals name them, and different parts of the
//! library read those. So the process keeps one list: the `Program` of `crosswire-cli` registers it
//! before it runs its command, and nothing changes it afterwards. A test that uses
//! [`Storm`](crate::Storm) registers nothing.

use crate::sim::ClientUnderTest;
use crosswire_cache::{Connect, left_out};
use crosswire_cloud::OwnService;
use std::fmt;
use std::sync::OnceLock;

/// The longest name of a client or service, in bytes.
const NAME_MAX: usize = 60;

static OWN: OnceLock<Own> = OnceLock::new();

/// The clients and services that the user's program registers.
#[derive(Clone, Debug, Default)]
pub struct Own {
    /// The clients.
    pub clients: Vec<OwnClient>,
    /// The services.
    pub services: Vec<OwnService>,
}

/// A client that the user's program registers.
#[derive(Clone)]
pub struct OwnClient {
    /// The name, as seed lines and files contain it.
    pub name: String,
    /// The summary, in one line.
    pub summary: String,
    /// Connects an instance for one gateway.
    pub connect: Connect,
}

impl fmt::Debug for OwnClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnClient").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Returns the registered clients.
pub fn own() -> &'static [OwnClient] {
    OWN.get().map_or(&[], |own| &own.clients)
}

/// Returns the registered services.
pub fn own_services() -> &'static [OwnService] {
    OWN.get().map_or(&[], |own| &own.services)
}

/// Returns the registered client of this name.
pub(crate) fn own_named(name: &str) -> Option<ClientUnderTest> {
    let own = own().iter().find(|own| own.name == name)?;
    Some(ClientUnderTest::new(&own.name, own.connect.clone()))
}

/// Registers the clients and services of this process. Call this function once, before the first
/// command.
///
/// # Errors
/// A name is invalid, taken or used twice; a summary is empty or has several lines; or clients are
/// already registered.
pub fn register(own: Own) -> Result<(), String> {
    let clients = own.clients.iter().map(|client| (client.name.as_str(), client.summary.as_str()));
    check("client", &clients.collect::<Vec<_>>())?;
    let services = own.services.iter().map(|own| (own.name.as_str(), own.summary.as_str()));
    check("service", &services.collect::<Vec<_>>())?;
    OWN.set(own).map_err(|_| "the clients of this process are registered already".to_owned())
}

/// Checks the names and summaries of all clients, or of all services.
fn check(kind: &str, all: &[(&str, &str)]) -> Result<(), String> {
    for (nth, (name, summary)) in all.iter().enumerate() {
        check_name(kind, name)?;
        if summary.trim().is_empty() || summary.chars().any(crosswire_plan::steers) {
            return Err(format!("{kind} `{name}` needs a summary; expected one line of text"));
        }
        if all[..nth].iter().any(|(other, _)| other == name) {
            return Err(format!("{kind} `{name}` is added twice; expected another name"));
        }
    }
    Ok(())
}

/// Checks a name. A seed line separates its parts by `:`, `@` and `+`, and a hunt names files after
/// its clients.
pub(crate) fn check_name(kind: &str, name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !begins || name.len() > NAME_MAX || !name.chars().all(plain) {
        let shown: String =
            crosswire_output::format::printable(name).chars().take(NAME_MAX).collect();
        return Err(format!(
            "`{shown}` cannot be the name of a {kind}; expected a letter or digit and then \
             letters, digits, `-`, `_` or `.`, {NAME_MAX} at most"
        ));
    }
    if is_built_in(kind, name) {
        return Err(format!("`{name}` is the name of a built-in {kind}; expected another name"));
    }
    Ok(())
}

fn is_built_in(kind: &str, name: &str) -> bool {
    match kind {
        "client" => {
            let built_in = crosswire_cache::all().iter().any(|spec| spec.name == name);
            built_in || left_out().any(|left_out| left_out.name == name)
        }
        "service" => crosswire_cloud::service(name).is_some(),
        other => panic!("a user adds no {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(names: &[&str], summary: &str) -> String {
        let connect = ClientUnderTest::named("pooled").expect("a client").connect;
        let client = |name: &&str| OwnClient {
            name: (*name).to_owned(),
            summary: summary.to_owned(),
            connect: connect.clone(),
        };
        let clients = names.iter().map(client).collect();
        register(Own { clients, ..Own::default() }).expect_err("it is refused")
    }

    #[test]
    fn an_invalid_name_or_summary_is_refused() {
        let errors = [
            refused(&[""], "ours"),
            refused(&["a:b"], "ours"),
            refused(&["../ours"], "ours"),
            refused(&["--help"], "ours"),
            refused(&["ours\u{1b}[31m"], "ours"),
            refused(&["pooled"], "ours"),
            refused(&["ours", "theirs", "ours"], "ours"),
            refused(&["ours"], " "),
            refused(&["ours"], "two\nlines"),
        ];
        let service = |_| -> crosswire_cloud::Gateway { unreachable!("it is not made") };
        let services = vec![OwnService::new("standard", service)];
        let own = Own { services, ..Own::default() };
        let taken = register(own).expect_err("it is refused");
        let errors = [&errors[..], &[taken]].concat();
        insta::assert_snapshot!(errors.join("\n"));
    }
}
