//! What can be named on the command line, each with one line that says what it is.

mod list;
mod own;

pub use list::{Entry, List, OF_ALL_FAULTS, Severity};
pub use own::register;
pub use own::{OwnClient, own};

use crate::mechanisms::{MECHANISMS, Mechanism, forms};
use crate::sim::ClientUnderTest;
use crosswire_cache::{LeftOut, left_out};
use crosswire_history::Point;
use crosswire_plan::{FaultKind, Vocabulary, builtin, nearest};
use serde::Serialize;

/// The lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Caching clients, right and wrong.
    Clients,
    /// Services, right and wrong.
    Services,
    /// How data go to the wrong place.
    Mechanisms,
    /// Defences of the service.
    Defences,
    /// What must hold.
    Invariants,
    /// What can go wrong.
    Faults,
    /// Where something small can go wrong on a visit.
    Points,
    /// Scenarios that come with Crosswire.
    Scenarios,
    /// What a run can reach.
    Situations,
}

impl Kind {
    /// All of them, in the order in which they are listed.
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

/// One thing in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Item {
    /// What it is called.
    pub name: String,
    /// What it is, in one line.
    pub summary: String,
}

/// A name that stands for nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Unknown {
    message: String,
    /// The names that are known.
    pub known: Vec<String>,
}

/// Everything of a kind, in the order in which it is to be read.
pub fn items(kind: Kind) -> Vec<Item> {
    let item = |name: &str, summary: &str| Item { name: name.into(), summary: summary.into() };
    match kind {
        Kind::Clients => {
            let built_in = crosswire_cache::all().iter().map(|spec| (spec.name, spec.summary));
            let own = own().iter().map(|own| (own.name.as_str(), own.summary.as_str()));
            built_in.chain(own).map(|(name, summary)| item(name, summary)).collect()
        }
        Kind::Services => {
            crosswire_cloud::services().iter().map(|spec| item(spec.name, spec.summary)).collect()
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
        Kind::Scenarios => builtin().iter().map(|(name, text)| item(name, &gist(text))).collect(),
        Kind::Situations => crosswire_checker::situations()
            .iter()
            .map(|(name, summary)| item(name, summary))
            .collect(),
    }
}

fn about(mechanism: &Mechanism) -> Item {
    let Mechanism { number, name, how, trigger, report, wrong, right, scenario, nearest, .. } =
        mechanism;
    let (how, nearest) = (sentence(how), nearest.join(", "));
    let summary = format!(
        "{number}: {name}. {how}. Trigger: {trigger}. Public report: {report}. Right twin: \
         `{right}`. Scenario: `{scenario}`. Nearest invariants: {nearest}."
    );
    Item { name: (*wrong).to_owned(), summary }
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

/// The one line of a built-in scenario.
fn gist(text: &str) -> String {
    let file = toml::from_str::<toml::Table>(text).unwrap_or_default();
    file.get("summary").and_then(toml::Value::as_str).unwrap_or_default().to_owned()
}

/// The names that a scenario may use. A client that this build was made without is one of them: it is
/// [`client`] that says so.
pub fn vocabulary() -> Vocabulary {
    let names = |kind| items(kind).into_iter().map(|item| item.name).collect::<Vec<_>>();
    let left_out = left_out().map(|left_out| left_out.name.to_owned());
    Vocabulary {
        clients: names(Kind::Clients).into_iter().chain(left_out).collect(),
        services: names(Kind::Services),
        defences: names(Kind::Defences),
        points: names(Kind::Points),
        situations: names(Kind::Situations),
    }
}

/// The client of that name.
///
/// # Errors
/// There is none, or this build was made without it.
pub fn client(name: &str) -> Result<ClientUnderTest, Unknown> {
    let listed = ClientUnderTest::named(name).or_else(|| own::own_named(name));
    listed.ok_or_else(|| {
        let left_out = left_out().find(|left_out| left_out.name == name);
        left_out.map_or_else(|| unknown("client", name, Kind::Clients), not_built)
    })
}

/// Checks the name of a service.
///
/// # Errors
/// There is none of that name.
pub fn service(name: &str) -> Result<(), Unknown> {
    match crosswire_cloud::service(name) {
        Some(_) => Ok(()),
        None => Err(unknown("service", name, Kind::Services)),
    }
}

/// Checks the name of a defence.
///
/// # Errors
/// There is none of that name.
pub fn defence(name: &str) -> Result<(), Unknown> {
    let known = items(Kind::Defences).iter().any(|item| item.name == name);
    if known { Ok(()) } else { Err(unknown("defence", name, Kind::Defences)) }
}

/// What is to be said of what is no mechanism.
pub fn unknown_mechanism(found: &str) -> Unknown {
    let unknown = unknown("mechanism", found, Kind::Mechanisms);
    let message = format!("{}; a number from 1 to {} will do", unknown.message, MECHANISMS.len());
    Unknown { message, ..unknown }
}

/// What is to be said of a name that is not in a list.
pub(crate) fn unknown(sort: &'static str, found: &str, kind: Kind) -> Unknown {
    let known: Vec<_> = items(kind).into_iter().map(|item| item.name).collect();
    let hint = nearest(found, known.iter().map(String::as_str));
    let hint = hint.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let shown: String = crosswire_output::text::printable(found).chars().take(60).collect();
    Unknown { message: format!("unknown {sort} `{shown}`{hint}"), known }
}

/// What is to be said of a client that this build was made without.
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
    fn everything_listed_says_what_it_is() {
        for kind in Kind::ALL {
            let items = items(kind);
            assert!(!items.is_empty(), "{kind:?}");
            for item in items {
                assert!(!item.name.is_empty() && !item.summary.is_empty(), "{item:?}");
            }
        }
    }

    #[test]
    fn a_client_that_was_left_out_is_told_from_one_that_there_is_not() {
        let told = not_built(LeftOut { name: "moka-sync", feature: "moka" }).to_string();
        assert!(told.starts_with("client `moka-sync` is not in this build"), "{told}");
        assert!(told.contains("`--features moka`, or"), "{told}");
    }

    #[test]
    fn a_misspelt_name_gets_the_nearest_right_one() {
        let unknown = client("poled").err().expect("no such client");
        assert_eq!(unknown.to_string(), "unknown client `poled`; did you mean `pooled`?");
        assert_eq!(
            defence("verify-at-delivry").unwrap_err().to_string(),
            "unknown defence `verify-at-delivry`; did you mean `verify-at-delivery`?"
        );
        assert_eq!(defence("prayer").unwrap_err().to_string(), "unknown defence `prayer`");
    }
}
