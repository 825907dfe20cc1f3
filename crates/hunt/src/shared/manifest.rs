//! The announcement of a hunt to other processes: everything a worker needs to run the same plans.
//!
//! Another build gives other runs for the same seeds, so the announcement names its build. It
//! contains the scenarios themselves, so workers need no scenario files.

use crate::shared::ranges::{Range, ranges};
use crate::target::TargetName;
use crate::{Hunt, Target};
use crosswire::catalog;
use crosswire_output::format::printable;
use crosswire_plan::load;
use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The version of the format that this build reads and writes.
const VERSION: u64 = 1;

/// Largest number of ranges of an announcement; one with more is refused.
pub const MOST_RANGES: u64 = 1_000_000;

/// The facts about a build that decide which run a seed gives: two processes must agree on them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The version of the package.
    pub crosswire: String,
    /// The compiler.
    pub toolchain: String,
    /// A digest of the sources and of the versions of all dependencies.
    pub sources: String,
}

impl Build {
    /// Returns the build of this process.
    pub fn here() -> Self {
        Self {
            crosswire: env!("CARGO_PKG_VERSION").to_owned(),
            toolchain: crosswire::build::TOOLCHAIN.to_owned(),
            sources: crosswire::build::SOURCES.to_owned(),
        }
    }
}

impl fmt::Display for Build {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { crosswire, toolchain, sources } = self;
        let text = format!("crosswire {crosswire}, sources {sources}, {toolchain}");
        f.write_str(&printable(&text))
    }
}

/// A hunt as other processes see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    version: u64,
    build: Build,
    /// Each scenario in TOML, by its name or path.
    scenarios: BTreeMap<String, String>,
    #[serde(rename = "grounds")]
    targets: Vec<TargetName>,
    /// Number of seeds in a range, for each target.
    sizes: Vec<u64>,
    from: u64,
    seeds: u64,
    budget_ms: u64,
    lease_ms: u64,
}

/// The reason why this process cannot use an announcement.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct BadManifest {
    message: String,
    #[help]
    help: Option<&'static str>,
}

impl BadManifest {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    fn invalid(why: &str) -> Self {
        let why: String = printable(why).chars().take(300).collect();
        let help = "it was edited, or another program wrote it; announce the hunt again";
        Self { help: Some(help), ..Self::new(format!("invalid announcement of a hunt: {why}")) }
    }
}

impl Manifest {
    /// Announces a hunt over a fixed number of seeds, in ranges of these sizes. A worker that has
    /// been silent for the length of the `lease` is considered dead.
    ///
    /// # Errors
    /// A scenario cannot be serialized, or there are too many ranges.
    pub fn new(hunt: &Hunt, sizes: Vec<u64>, lease: Duration) -> Result<Self, BadManifest> {
        let seeds = hunt.seeds_per_target();
        let ranges = count(&sizes, seeds);
        if ranges > MOST_RANGES {
            let message = format!("{ranges} ranges are too many; expected at most {MOST_RANGES}");
            let help = Some("use larger ranges: --range N");
            return Err(BadManifest { help, ..BadManifest::new(message) });
        }
        let mut scenarios = BTreeMap::new();
        for target in &hunt.targets {
            let text = target.to_toml().map_err(BadManifest::new)?;
            scenarios.entry(target.name().scenario).or_insert(text);
        }
        Ok(Self {
            version: VERSION,
            build: Build::here(),
            scenarios,
            targets: hunt.targets.iter().map(Target::name).collect(),
            sizes,
            from: hunt.from,
            seeds,
            budget_ms: millis(hunt.budget),
            lease_ms: millis(lease).max(1),
        })
    }

    /// Returns the announcement as JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data is JSON")
    }

    /// Parses an announcement.
    ///
    /// # Errors
    /// The JSON is not an announcement, or is of another format version.
    pub fn read(json: &[u8]) -> Result<Self, BadManifest> {
        let json: serde_json::Value =
            serde_json::from_slice(json).map_err(|e| BadManifest::invalid(&e.to_string()))?;
        let version = json["version"].as_u64();
        if version.is_some_and(|version| version != VERSION) {
            let version = version.unwrap_or_default();
            let message =
                format!("the hunt has format version {version}; this build reads {VERSION}");
            return Err(BadManifest { help: Some(SAME_BUILD), ..BadManifest::new(message) });
        }
        let read: Self =
            serde_json::from_value(json).map_err(|e| BadManifest::invalid(&e.to_string()))?;
        let a_size_each = read.sizes.len() == read.targets.len();
        let many = count(&read.sizes, read.seeds) > MOST_RANGES;
        if !a_size_each || many || read.from.checked_add(read.seeds).is_none() {
            return Err(BadManifest::invalid("its numbers contradict each other"));
        }
        Ok(read)
    }

    /// Checks that this build announced the hunt.
    ///
    /// # Errors
    /// Another build announced it; the error names both.
    pub fn of_this_build(&self) -> Result<(), BadManifest> {
        if self.build == Build::here() {
            return Ok(());
        }
        let message = format!(
            "the hunt was announced by {}; this is {}: a seed gives another run here",
            self.build,
            Build::here()
        );
        Err(BadManifest { help: Some(SAME_BUILD), ..BadManifest::new(message) })
    }

    /// Returns the hunt, to be run on `threads` threads.
    ///
    /// # Errors
    /// A scenario differs from the one that was announced.
    pub fn hunt(&self, threads: usize) -> Result<Hunt, BadManifest> {
        let vocabulary = catalog::vocabulary();
        let mut targets = Vec::new();
        for name in &self.targets {
            let invalid = |why: &dyn fmt::Display| BadManifest::invalid(&why.to_string());
            let text = self.scenarios.get(&name.scenario);
            let text = text.ok_or_else(|| invalid(&format!("{} is missing", name.scenario)))?;
            let scenario = load(&name.scenario, text, &vocabulary).map_err(|e| invalid(&e))?;
            let client = catalog::client(&name.client).map_err(|e| invalid(&e))?;
            let target = Target::of(&name.scenario, scenario).map_err(|e| invalid(&e))?;
            let target = target.client(client).service(&name.service).map_err(|e| invalid(&e))?;
            let target = target.defences(&name.defences).map_err(|e| invalid(&e))?;
            if target.name() != *name {
                return Err(invalid(&format!("the scenario {} has changed since", name.scenario)));
            }
            targets.push(target);
        }
        let budget = Duration::from_millis(self.budget_ms);
        Ok(Hunt { targets, from: self.from, seeds: Some(self.seeds), threads, budget })
    }

    /// Returns all ranges in the order in which they are handed out.
    pub fn ranges(&self, hunt: &Hunt) -> Vec<Range> {
        ranges(hunt, &self.sizes)
    }

    /// Returns how long a worker may be silent before it is considered dead.
    pub fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }

    /// Checks that both announce the same runs. Their ranges may differ.
    ///
    /// # Errors
    /// They do not; the error names the difference.
    pub fn same_hunt(&self, asked: &Self) -> Result<(), BadManifest> {
        let of = |manifest: &Self| (manifest.from, manifest.seeds);
        let words = |manifest: &Self| {
            let words = manifest.targets.iter().map(TargetName::words);
            printable(&words.collect::<Vec<_>>().join(" and "))
        };
        let (theirs, ours) = if self.targets != asked.targets {
            (words(self), words(asked))
        } else if of(self) != of(asked) {
            let seeds = |(from, seeds)| format!("{seeds} seeds from {from}");
            (seeds(of(self)), seeds(of(asked)))
        } else {
            return Ok(());
        };
        let message = format!("the announced hunt covers {theirs}; you asked for {ours}");
        let help = "ask for the same hunt, or give this one another name: --name NAME";
        Err(BadManifest { help: Some(help), ..BadManifest::new(message) })
    }
}

const SAME_BUILD: &str = "build both from the same commit with the same compiler";

/// Returns the number of ranges if each target gets `seeds` seeds.
fn count(sizes: &[u64], seeds: u64) -> u64 {
    sizes.iter().fold(0, |sum, &size| sum.saturating_add(seeds.div_ceil(size.max(1))))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
