//! The clients that a user's program adds to the built-in ones.
//!
//! Scenario files, seed lines, saved runs and journals name clients, and different parts of the
//! library read them. So the process keeps one list of these clients: the `Program` of
//! `crosswire-cli` registers them before it runs its command, and nothing changes them afterwards.
//! A test that uses [`Storm`](crate::Storm) registers nothing.

use crate::sim::ClientUnderTest;
use crosswire_cache::Connect;
use crosswire_cache::left_out;
use std::fmt;
use std::sync::OnceLock;

/// The longest name of a client, in bytes.
const NAME_MAX: usize = 60;

static OWN: OnceLock<Vec<OwnClient>> = OnceLock::new();

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
    OWN.get().map_or(&[], Vec::as_slice)
}

/// Returns the registered client of this name.
pub(crate) fn own_named(name: &str) -> Option<ClientUnderTest> {
    let own = own().iter().find(|own| own.name == name)?;
    Some(ClientUnderTest { name: own.name.clone(), connect: own.connect.clone() })
}

/// Registers the clients of this process. Call this function once, before the first command.
///
/// # Errors
/// A name is invalid, taken or used twice; a summary is empty or has several lines; or clients are
/// already registered.
pub fn register(clients: Vec<OwnClient>) -> Result<(), String> {
    for (nth, client) in clients.iter().enumerate() {
        check_name(&client.name)?;
        check_summary(client)?;
        if clients[..nth].iter().any(|other| other.name == client.name) {
            return Err(format!("client `{}` is added twice; expected another name", client.name));
        }
    }
    OWN.set(clients).map_err(|_| "the clients of this process are registered already".to_owned())
}

/// Checks a name. A seed line separates its parts by `:`, `@` and `+`, and a hunt names files after
/// its clients.
fn check_name(name: &str) -> Result<(), String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let begins = name.starts_with(|c: char| c.is_ascii_alphanumeric());
    if !begins || name.len() > NAME_MAX || !name.chars().all(plain) {
        let shown: String =
            crosswire_output::format::printable(name).chars().take(NAME_MAX).collect();
        return Err(format!(
            "`{shown}` cannot be the name of a client; expected a letter or digit and then letters, \
             digits, `-`, `_` or `.`, {NAME_MAX} at most"
        ));
    }
    let built_in = crosswire_cache::all().iter().any(|spec| spec.name == name);
    if built_in || left_out().any(|left_out| left_out.name == name) {
        return Err(format!("`{name}` is the name of a built-in client; expected another name"));
    }
    Ok(())
}

fn check_summary(client: &OwnClient) -> Result<(), String> {
    let OwnClient { name, summary, .. } = client;
    if summary.trim().is_empty() || summary.chars().any(crosswire_plan::steers) {
        return Err(format!("client `{name}` needs a summary; expected one line of text"));
    }
    Ok(())
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
        register(names.iter().map(client).collect()).expect_err("it is refused")
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
        insta::assert_snapshot!(errors.join("\n"));
    }
}
