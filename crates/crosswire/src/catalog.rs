//! The names that the command line accepts, each with a one-line summary.

mod list;
mod own;

pub use list::{Entry, List, OF_ALL_FAULTS, Severity};
pub(crate) use own::check_name;
pub use own::{Own, OwnClient, own, own_services, register};

use crate::mechanisms::{MECHANISMS, Mechanism, forms};
use crate::sim::ClientUnderTest;
use crosswire_cache::{DIALING_CRATE, LeftOut, dialing, left_out};
use crosswire_history::Point;
use crosswire_plan::{FaultKind, Vocabulary, builtin, nearest};
use serde::Serialize;
use std::path::Path;

/// The kinds of names; each kind has a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Caching clients, correct and faulty.
    Clients,
    /// Services, correct and faulty.
    Services,
    /// Known bugs that deliver data to the wrong user.
    Mechanisms,
    /// Defences of the service.
    Defences,
    /// Invariants of a run.
    Invariants,
    /// Faults and fault points.
    Faults,
    /// Fault points: places in the code where something small can fail.
    Points,
    /// Scenarios that come with Crosswire.
    Scenarios,
    /// Situations that can occur in a run.
    Situations,
}

impl Kind {
    /// All kinds, in the order in which they are listed.
    pub const ALL: [Self; 9] = [
        Self::Clients,
        Self::Services,
        Self::Mechanisms,
        Self::Defences,
        Self::Invariants,
        Self::Faults,
        Self::Points,
        Self::Scenarios,
        Self::Situations,
    ];

    /// The name of the list.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clients => "clients",
            Self::Services => "services",
            Self::Mechanisms => "mechanisms",
            Self::Defences => "defences",
            Self::Invariants => "invariants",
            Self::Faults => "faults",
            Self::Points => "points",
            Self::Scenarios => "scenarios",
            Self::Situations => "situations",
        }
    }
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// The name.
    pub name: String,
    /// The summary, in one line.
    pub summary: String,
}

/// The error of an unknown name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unknown {
    message: String,
    /// The names that are known; empty if none of them can be meant.
    pub known: Vec<String>,
}

/// The libraries for which `adapters/make` builds an adapter, in the order of `adapters/libraries`:
/// they run in lockstep, not in the simulation.
pub const WITH_ADAPTER: [&str; 47] = [
    "redis-py",
    "redis-py-sync",
    "coredis",
    "aioredis-1",
    "aredis",
    "aioredis-2",
    "aiomcache",
    "aiomcache-2017",
    "pymemcache",
    "aiohttp",
    "httpx",
    "asyncpg",
    "psycopg",
    "aiomysql",
    "aiomysql-2016",
    "asyncmy",
    "ioredis",
    "iovalkey",
    "node-redis",
    "node-redis-3",
    "pg",
    "postgres",
    "mysql2",
    "undici",
    "bun-sql",
    "bun-redis",
    "bun-http",
    "http-agent",
    "go-redis",
    "go-redis-8",
    "go-redis-5",
    "redigo",
    "rueidis",
    "redis-rb",
    "phpredis",
    "predis",
    "perl-redis",
    "jedis",
    "jedis-cache",
    "hiredis",
    "redis-rs-connection",
    "redis-rs-multiplexed",
    "redis-rs-cache",
    "redis-rs-sync",
    "deadpool-redis-2021",
    "deadpool-redis",
    "fred",
];

/// Returns the items of a kind, in reading order.
pub fn items(kind: Kind) -> Vec<Item> {
    let item = |name: &str, summary: &str| Item { name: name.into(), summary: summary.into() };
    match kind {
        Kind::Clients => {
            let built_in = crosswire_cache::all().iter().map(|spec| (spec.name, spec.summary));
            let own = own().iter().map(|own| (own.name.as_str(), own.summary.as_str()));
            built_in.chain(own).map(|(name, summary)| item(name, summary)).collect()
        }
        Kind::Services => {
            let built_in = crosswire_cloud::services().iter().map(|spec| (spec.name, spec.summary));
            let own = own_services().iter().map(|own| (own.name.as_str(), own.summary.as_str()));
            let all = built_in.chain(own);
            all.map(|(name, summary)| item(name, summary)).collect()
        }
        Kind::Mechanisms => forms().map(about).collect(),
        Kind::Defences => {
            crosswire_cloud::defences().iter().map(|(name, summary)| item(name, summary)).collect()
        }
        Kind::Invariants => crosswire_checker::invariants()
            .iter()
            .map(|about| item(about.id.as_str(), &format!("{}: {}", about.name, about.summary)))
            .collect(),
        Kind::Faults => {
            let kinds = FaultKind::ALL.iter().map(|kind| item(kind.name(), kind.summary()));
            kinds.chain(points()).collect()
        }
        Kind::Points => points().collect(),
        Kind::Scenarios => builtin().iter().map(|file| item(file.name, &gist(file.text))).collect(),
        Kind::Situations => crosswire_checker::situations()
            .iter()
            .map(|(name, summary)| item(name, summary))
            .collect(),
    }
}

fn about(mechanism: &Mechanism) -> Item {
    let Mechanism {
        number, name, how, trigger, report, faulty, correct, scenario, nearest, ..
    } = mechanism;
    let nearest: Vec<_> = nearest.iter().map(|id| id.as_str()).collect();
    let (how, nearest) = (sentence(how), nearest.join(", "));
    let summary = format!(
        "{number}: {name}. {how}. Trigger: {trigger}. Public report: {report}. Correct twin: \
         `{correct}`. Scenario: `{scenario}`. Nearest invariants: {nearest}."
    );
    Item { name: (*faulty).to_owned(), summary }
}

fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

fn points() -> impl Iterator<Item = Item> {
    Point::ALL.iter().map(|point| Item {
        name: point.name().to_owned(),
        summary: format!("fault point: {}", point.summary()),
    })
}

/// Returns the summary of a built-in scenario.
fn gist(text: &str) -> String {
    let file: toml::Table = toml::from_str(text).expect("a built-in scenario is TOML");
    let summary = file.get("summary").and_then(toml::Value::as_str);
    summary.expect("a built-in scenario has a summary").to_owned()
}

/// Returns the names that a scenario may use. They include the clients that this build lacks, for
/// which [`client`] has a better error.
pub fn vocabulary() -> Vocabulary {
    let names = |kind| items(kind).into_iter().map(|item| item.name).collect::<Vec<_>>();
    let left_out = left_out().map(|left_out| left_out.name);
    let left_out = left_out.chain(dialing().iter().map(|spec| spec.name)).map(str::to_owned);
    Vocabulary {
        clients: names(Kind::Clients).into_iter().chain(left_out).collect(),
        services: names(Kind::Services),
        defences: names(Kind::Defences),
        points: names(Kind::Points),
        situations: names(Kind::Situations),
    }
}

/// Returns the client of this name, with the services of the user's program.
///
/// # Errors
/// There is no client of this name, or this build lacks it.
pub fn client(name: &str) -> Result<ClientUnderTest, Unknown> {
    let listed = ClientUnderTest::named(name).or_else(|| own::own_named(name));
    let listed = listed.map(|client| client.with_services(own_services()));
    listed.ok_or_else(|| {
        let left_out = left_out().find(|left_out| left_out.name == name);
        match left_out {
            Some(left_out) => not_built(left_out),
            None if dialing().iter().any(|spec| spec.name == name) => built_elsewhere(name),
            None if WITH_ADAPTER.contains(&name) => in_lockstep_only(name),
            None => unknown("client", name, Kind::Clients),
        }
    })
}

/// Checks the name of a service.
///
/// # Errors
/// There is no service of this name.
pub fn service(name: &str) -> Result<(), Unknown> {
    let own = own_services().iter().any(|service| service.name == name);
    if own || crosswire_cloud::service(name).is_some() {
        Ok(())
    } else {
        Err(unknown("service", name, Kind::Services))
    }
}

/// Returns the name of a client's correct twin; none if the client is correct, or the user's own.
pub fn twin_of_client(name: &str) -> Option<&'static str> {
    crosswire_cache::all().iter().find(|spec| spec.name == name)?.twin
}

/// Returns the name of a service's correct twin; none if the service is correct, or the user's own.
pub fn twin_of_service(name: &str) -> Option<&'static str> {
    crosswire_cloud::service(name)?.twin
}

/// Checks the name of a defence.
///
/// # Errors
/// There is no defence of this name.
pub fn defence(name: &str) -> Result<(), Unknown> {
    let known = items(Kind::Defences).iter().any(|item| item.name == name);
    if known { Ok(()) } else { Err(unknown("defence", name, Kind::Defences)) }
}

/// Returns the error for an unknown mechanism.
pub fn unknown_mechanism(found: &str) -> Unknown {
    let unknown = unknown("mechanism", found, Kind::Mechanisms);
    let message =
        format!("{}; a number from 1 to {} is accepted, too", unknown.message, MECHANISMS.len());
    Unknown { message, ..unknown }
}

/// Returns the error for an unknown scenario. A file of this name in the current directory may be
/// the one that is meant.
pub(crate) fn unknown_scenario(found: &str) -> Unknown {
    let unknown = unknown("scenario", found, Kind::Scenarios);
    let file = format!("{found}.toml");
    if !Path::new(&file).is_file() {
        return unknown;
    }
    let [shown, file] = [found, &file].map(crosswire_output::format::printable);
    Unknown { message: format!("unknown scenario `{shown}`; did you mean `./{file}`?"), ..unknown }
}

/// Returns the error for a name that is not in a list.
pub(crate) fn unknown(sort: &'static str, found: &str, kind: Kind) -> Unknown {
    let names = |kind| items(kind).into_iter().map(|item| item.name).collect::<Vec<_>>();
    let known = names(kind);
    let near = nearest(found, known.iter().map(String::as_str));
    let elsewhere = [Kind::Clients, Kind::Services, Kind::Defences, Kind::Scenarios]
        .into_iter()
        .find(|kind| names(*kind).iter().any(|name| name == found));
    let hint = match (elsewhere, near) {
        (Some(kind), _) => format!("; it is one of `crosswire list {}`", kind.name()),
        (None, Some(near)) => format!("; did you mean `{near}`?"),
        (None, None) => String::new(),
    };
    let shown: String = crosswire_output::format::printable(found).chars().take(60).collect();
    Unknown { message: format!("unknown {sort} `{shown}`{hint}"), known }
}

/// Returns the error for a library that has an adapter, instead of a client in the simulation.
fn in_lockstep_only(name: &str) -> Unknown {
    let message = format!(
        "`{name}` is not a client of the simulation; it runs in lockstep: `crosswire certify \
         --adapter \"$(adapters/make {name} newest)\"`, or with a version instead of `newest`"
    );
    Unknown { message, known: Vec::new() }
}

/// Returns the error for a client over a library that dials by itself.
fn built_elsewhere(name: &str) -> Unknown {
    let in_lockstep = if WITH_ADAPTER.contains(&name) {
        format!("; in lockstep, `crosswire certify --adapter \"$(adapters/make {name} newest)\"`")
    } else {
        String::new()
    };
    let message = format!(
        "client `{name}` is not in this build: its library dials by itself, so it needs the \
         simulated tokio; in {DIALING_CRATE}, `cargo crosswire run --release -- certify \
         {name}`{in_lockstep}"
    );
    Unknown { message, known: Vec::new() }
}

/// Returns the error for a client whose feature this build lacks.
fn not_built(LeftOut { name, feature }: LeftOut) -> Unknown {
    let message = format!(
        "client `{name}` is not in this build, which was made without the feature `{feature}`; \
         build it with `--features {feature}`, or all real clients with `--features real-clients`"
    );
    let known = items(Kind::Clients).into_iter().map(|item| item.name).collect();
    Unknown { message, known }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_a_name_and_a_summary() {
        for kind in Kind::ALL {
            let items = items(kind);
            assert!(!items.is_empty(), "{kind:?}");
            for item in items {
                assert!(!item.name.is_empty() && !item.summary.is_empty(), "{item:?}");
            }
        }
    }

    #[test]
    fn a_client_that_was_not_built_in_is_distinguished_from_an_unknown_one() {
        let error = not_built(LeftOut { name: "moka-sync", feature: "moka" }).to_string();
        assert!(error.starts_with("client `moka-sync` is not in this build"), "{error}");
        assert!(error.contains("`--features moka`, or"), "{error}");
    }

    #[test]
    fn a_client_that_dials_by_itself_says_how_to_run_it() {
        let error = client("rustis").expect_err("no build of this crate has it").to_string();
        let command = "in examples/dialing, `cargo crosswire run --release -- certify rustis`";
        assert!(error.ends_with(command), "{error}");
        let error = client("fred").expect_err("no build of this crate has it").to_string();
        assert!(error.contains(" certify fred`; in lockstep, `crosswire certify"), "{error}");
    }

    #[test]
    fn a_misspelt_name_gets_the_nearest_known_one() {
        let unknown = client("poled").expect_err("no such client");
        assert_eq!(unknown.to_string(), "unknown client `poled`; did you mean `pooled`?");
        assert_eq!(
            defence("verify-at-delivry").unwrap_err().to_string(),
            "unknown defence `verify-at-delivry`; did you mean `verify-at-delivery`?"
        );
        assert_eq!(defence("prayer").unwrap_err().to_string(), "unknown defence `prayer`");
        let unknown = client("pooled-cancel").expect_err("no such client").to_string();
        assert_eq!(unknown, "unknown client `pooled-cancel`; did you mean `pooled-cancel-desync`?");
    }

    #[test]
    fn a_name_of_another_kind_is_said_to_be_one() {
        let unknown = client("single-flight").expect_err("a service").to_string();
        let expected = "unknown client `single-flight`; it is one of `crosswire list services`";
        assert_eq!(unknown, expected);
        let unknown = service("pooled").expect_err("a client").to_string();
        assert_eq!(unknown, "unknown service `pooled`; it is one of `crosswire list clients`");
    }

    #[test]
    fn a_library_with_an_adapter_gets_the_command_that_certifies_it() {
        let error = client("redis-py").expect_err("a library").to_string();
        assert!(
            error.contains("certify --adapter \"$(adapters/make redis-py newest)\""),
            "{error}"
        );
    }
}
