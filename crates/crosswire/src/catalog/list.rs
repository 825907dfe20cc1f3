//! Lists of names, for people and as JSON objects.

use super::{Item, Kind, items, own, own_services};
use crate::mechanisms::{Mechanism, Side, forms};
use crosswire_cache::{DIALING_CRATE, DialingSpec};
use crosswire_checker::InvariantId;
use crosswire_output::format::grouped;
use crosswire_output::machine::Object;
use crosswire_plan::FaultKind;
use schemars::JsonSchema;
use serde::Serialize;

/// The JSON object of a list.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct List {
    /// The kind of the items.
    pub kind: &'static str,
    /// The items, in reading order.
    pub items: Vec<Entry>,
}

impl Object for List {
    const TYPE: &'static str = "list";
}

/// An item of a list. Fields that do not apply to its kind are left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, JsonSchema)]
pub struct Entry {
    /// The name.
    pub name: String,
    /// The summary, in one line.
    pub summary: String,
    /// For a built-in client or service: whether it is correct. A faulty one has a correct twin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub right: Option<bool>,
    /// For a faulty client or service: the scenario that exposes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposed_by: Option<&'static str>,
    /// For a client over a library that dials by itself: the folder of the crate that has the
    /// client. This build lacks it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub found_in: Option<&'static str>,
    /// For a mechanism: its number in the catalogue. A second form has the number of the first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u8>,
    /// For a mechanism: its common name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<&'static str>,
    /// For a mechanism: whether the bug is in the client or in the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub form: Option<Side>,
    /// For a faulty client or service, and for a mechanism: the correct one to compare with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub twin: Option<&'static str>,
    /// For a mechanism: the scenario that exposes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scenario: Option<&'static str>,
    /// For a mechanism: the invariants nearest to its cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nearest: Option<&'static [InvariantId]>,
    /// For a fault: the range of its severity, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub severity: Option<Severity>,
    /// For a fault: the targets it can have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub targets: Option<&'static str>,
}

/// The range of a fault's severity.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Severity {
    /// The smallest.
    pub least: f64,
    /// The largest.
    pub most: f64,
    /// The value if the scenario gives none.
    pub default: f64,
    /// The unit.
    pub unit: &'static str,
}

/// The text below the table of faults, about the fields that all faults have.
pub const OF_ALL_FAULTS: &str = "\
start_ms and length_ms of a fault are whole milliseconds of simulated time: start_ms from 0, \
length_ms from 1, both up to 86,400,000, or a range [from, to] to draw from. [points] gives each \
fault point its probability, from 0 to 1, of firing on a visit.";

/// Faulty clients of real libraries, which are no mechanism of the catalogue, each with the
/// scenario that exposes it soonest.
const FAULTY_LIBRARIES: &[(&str, &str)] = &[
    ("redis-rs-0-29", "notification-mix-up"),
    ("moka-future-late-fill", "bad-network-update"),
    ("moka-sync-keeps-on-loss", "bad-network-update"),
    ("quick-cache-late-insert", "bad-network-update"),
];

impl List {
    /// Returns the list of a kind.
    pub fn of(kind: Kind) -> Self {
        let items = match kind {
            Kind::Mechanisms => forms().map(of_mechanism).collect(),
            Kind::Clients => {
                let here = items(kind).into_iter().map(under_test);
                here.chain(elsewhere().map(of_elsewhere)).collect()
            }
            Kind::Services => items(kind).into_iter().map(under_test).collect(),
            Kind::Faults => items(kind).into_iter().map(of_fault).collect(),
            _ => items(kind).into_iter().map(Entry::from).collect(),
        };
        Self { kind: kind.name(), items }
    }
}

impl Entry {
    /// Returns the summary with the item's numbers.
    pub fn description(&self) -> String {
        let mut parts = vec![self.summary.clone()];
        if let Some(scenario) = self.exposed_by {
            parts.extend(self.twin.map(|twin| format!("compare with {twin}")));
            parts.push(format!("exposed by {scenario}"));
        }
        if let Some(folder) = self.found_in {
            parts.push(format!("found in {folder}"));
        }
        if let Some(Severity { least, most, default, unit }) = self.severity {
            let [least, most, default] = [least, most, default].map(short);
            parts.push(format!("severity {least} to {most}, {unit}; {default} if not given"));
        } else if self.targets.is_some() {
            parts.push("no severity".to_owned());
        }
        parts.extend(self.targets.map(|targets| format!("targets {targets}")));
        parts.join("; ")
    }
}

impl From<Item> for Entry {
    fn from(Item { name, summary }: Item) -> Self {
        Self { name, summary, ..Self::default() }
    }
}

/// Formats a severity; a whole one is grouped.
fn short(severity: f64) -> String {
    if severity.fract() == 0.0 { grouped(severity as u64) } else { severity.to_string() }
}

fn of_mechanism(mechanism: &'static Mechanism) -> Entry {
    let &Mechanism { number, name, side, correct, scenario, nearest, .. } = mechanism;
    Entry {
        number: Some(number),
        mechanism: Some(name),
        form: Some(side),
        twin: Some(correct),
        scenario: Some(scenario),
        nearest: Some(nearest),
        ..super::about(mechanism).into()
    }
}

fn under_test(item: Item) -> Entry {
    let own_client = own().iter().any(|own| own.name == item.name);
    if own_client || own_services().iter().any(|own| own.name == item.name) {
        return item.into();
    }
    let clients = crosswire_cache::all().iter().map(|spec| (spec.name, spec.twin));
    let services = crosswire_cloud::services().iter().map(|spec| (spec.name, spec.twin));
    let listed = clients.chain(services).find(|(name, _)| *name == item.name);
    let (_, twin) = listed.expect("a client or service that is built in is listed");
    let exposed_by = if twin.is_some() { exposed_by(&item.name) } else { None };
    Entry { right: Some(twin.is_none()), twin, exposed_by, ..item.into() }
}

/// Returns the clients over libraries that dial by themselves, unless this build has them.
fn elsewhere() -> impl Iterator<Item = &'static DialingSpec> {
    crosswire_cache::dialing().iter().filter(|spec| own().iter().all(|own| own.name != spec.name))
}

fn of_elsewhere(spec: &DialingSpec) -> Entry {
    let item = Item { name: spec.name.to_owned(), summary: spec.summary.to_owned() };
    Entry { found_in: Some(DIALING_CRATE), ..item.into() }
}

/// Returns the scenario that exposes a faulty client or service.
fn exposed_by(name: &str) -> Option<&'static str> {
    if let Some(mechanism) = forms().find(|mechanism| mechanism.faulty == name) {
        return Some(mechanism.scenario);
    }
    let listed = FAULTY_LIBRARIES.iter().find(|(client, _)| *client == name);
    listed.map(|(_, scenario)| *scenario)
}

fn of_fault(item: Item) -> Entry {
    let Some(kind) = FaultKind::ALL.into_iter().find(|kind| kind.name() == item.name) else {
        // A fault point, which the same list contains.
        return item.into();
    };
    let severity = kind.degrees().map(|degrees| Severity {
        least: degrees.least,
        most: degrees.most,
        default: degrees.default,
        unit: degrees.meaning,
    });
    Entry { severity, targets: Some(kind.targets()), ..item.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_faulty_item_names_its_twin_and_the_scenario_that_exposes_it() {
        for kind in [Kind::Clients, Kind::Services] {
            for entry in List::of(kind).items {
                let faulty = entry.right == Some(false);
                assert_eq!(entry.exposed_by.is_some(), faulty, "{}", entry.name);
                assert_eq!(entry.twin.is_some(), faulty, "{}", entry.name);
            }
        }
    }

    #[test]
    fn correct_and_faulty_items_are_marked() {
        let correct = |kind, name: &str| {
            let list = List::of(kind).items;
            list.iter().find(|entry| entry.name == name).expect("it is listed").right
        };
        for mechanism in forms() {
            let kind = match mechanism.side {
                Side::Client => Kind::Clients,
                Side::Service => Kind::Services,
            };
            assert_eq!(correct(kind, mechanism.faulty), Some(false), "{}", mechanism.faulty);
            assert_eq!(correct(kind, mechanism.correct), Some(true), "{}", mechanism.correct);
        }
        #[cfg(feature = "redis-0-29")]
        assert_eq!(correct(Kind::Clients, "redis-rs-0-29"), Some(false));
    }

    #[test]
    fn a_client_that_dials_by_itself_says_where_it_is_found() {
        let list = List::of(Kind::Clients).items;
        let fred = list.iter().find(|entry| entry.name == "fred").expect("it is listed");
        assert_eq!(fred.right, None);
        assert!(fred.description().ends_with("; found in examples/dialing"), "{fred:?}");
    }

    #[test]
    fn a_fault_states_its_unit_and_its_range() {
        let list = List::of(Kind::Faults).items;
        let line = |name: &str| {
            let entry = list.iter().find(|entry| entry.name == name).expect("a fault");
            format!("{name}: {}", entry.description())
        };
        insta::assert_snapshot!([line("cache-slow"), line("partition")].join("\n"), @r"
        cache-slow: a cache node answers late; severity 1 to 60,000, milliseconds; 50 if not given; targets `all`, a cache node or a zone
        partition: a link, or all links of a node, carry nothing; no severity; targets `all`, a node, a zone or a link such as `gateway-0>directory`
        ");
    }
}
