//! A hunt that is announced to other processes: all that a worker needs to play the same runs.
//!
//! Seeds mean nothing to another build, so it says which build it is from; and scenarios that are
//! files are in it, so that a worker needs none.

use super::ground::GroundName;
use super::ranges::{Range, ranges};
use super::{Ground, Hunt};
use crosswire::catalog;
use crosswire_output::text::printable;
use crosswire_plan::load;
use miette::Diagnostic;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The version of the format that is written and read.
const VERSION: u64 = 1;

/// An announcement with more ranges is refused.
pub const MOST_RANGES: u64 = 1_000_000;

/// What two processes must have in common for a seed to give both the same run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Build {
    /// The version of the package.
    pub crosswire: String,
    /// The compiler.
    pub toolchain: String,
    /// A digest of the sources, and of the versions of all that is linked in.
    pub sources: String,
}

impl Build {
    /// This one.
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
        let told = format!("crosswire {crosswire}, sources {sources}, {toolchain}");
        f.write_str(&printable(&told))
    }
}

/// A hunt as it is announced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Announced {
    version: u64,
    build: Build,
    /// Each scenario in TOML, by its name or path.
    scenarios: BTreeMap<String, String>,
    grounds: Vec<GroundName>,
    /// How many seeds a range of each ground has.
    sizes: Vec<u64>,
    from: u64,
    seeds: u64,
    budget_ms: u64,
    lease_ms: u64,
}

/// Why an announcement is none for this process.
#[derive(Debug, thiserror::Error, Diagnostic)]
#[error("{message}")]
pub struct BadAnnouncement {
    message: String,
    #[help]
    help: Option<&'static str>,
}

impl BadAnnouncement {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), help: None }
    }

    fn spoilt(why: &str) -> Self {
        let why: String = printable(why).chars().take(300).collect();
        let help = "it was changed by hand, or is another program's; announce the hunt anew";
        Self { help: Some(help), ..Self::new(format!("this is no announcement of a hunt: {why}")) }
    }
}

impl Announced {
    /// Announces a hunt over a number of seeds, in ranges of these sizes. A worker that is silent
    /// for the time of the `lease` is taken for dead.
    ///
    /// # Errors
    /// A scenario cannot be written down, or there are too many ranges.
    pub fn new(hunt: &Hunt, sizes: Vec<u64>, lease: Duration) -> Result<Self, BadAnnouncement> {
        let seeds = hunt.seeds_of_a_ground();
        let ranges = count(&sizes, seeds);
        if ranges > MOST_RANGES {
            let message = format!("{ranges} ranges are too many; expected at most {MOST_RANGES}");
            let help = Some("give each more seeds: --range N");
            return Err(BadAnnouncement { help, ..BadAnnouncement::new(message) });
        }
        let mut scenarios = BTreeMap::new();
        for ground in &hunt.grounds {
            let text = ground.to_toml().map_err(BadAnnouncement::new)?;
            scenarios.entry(ground.name().scenario).or_insert(text);
        }
        Ok(Self {
            version: VERSION,
            build: Build::here(),
            scenarios,
            grounds: hunt.grounds.iter().map(Ground::name).collect(),
            sizes,
            from: hunt.from,
            seeds,
            budget_ms: millis(hunt.budget),
            lease_ms: millis(lease).max(1),
        })
    }

    /// As text.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain data is JSON")
    }

    /// Reads one.
    ///
    /// # Errors
    /// It is none, or not of this build.
    pub fn read(json: &[u8]) -> Result<Self, BadAnnouncement> {
        let json: serde_json::Value =
            serde_json::from_slice(json).map_err(|e| BadAnnouncement::spoilt(&e.to_string()))?;
        let version = json["version"].as_u64();
        if version.is_some_and(|version| version != VERSION) {
            let version = version.unwrap_or_default();
            let message = format!("the hunt has version {version}; this build reads {VERSION}");
            return Err(BadAnnouncement {
                help: Some(SAME_BUILD),
                ..BadAnnouncement::new(message)
            });
        }
        let read: Self =
            serde_json::from_value(json).map_err(|e| BadAnnouncement::spoilt(&e.to_string()))?;
        let a_size_each = read.sizes.len() == read.grounds.len();
        let many = count(&read.sizes, read.seeds) > MOST_RANGES;
        if !a_size_each || many || read.from.checked_add(read.seeds).is_none() {
            return Err(BadAnnouncement::spoilt("its numbers do not fit together"));
        }
        Ok(read)
    }

    /// Whether it is from this build; if not, says so.
    ///
    /// # Errors
    /// It is not.
    pub fn of_this_build(&self) -> Result<(), BadAnnouncement> {
        if self.build == Build::here() {
            return Ok(());
        }
        let message = format!(
            "the hunt was announced by {}; this is {}: a seed is another run here",
            self.build,
            Build::here()
        );
        Err(BadAnnouncement { help: Some(SAME_BUILD), ..BadAnnouncement::new(message) })
    }

    /// The hunt, to be played on so many threads.
    ///
    /// # Errors
    /// A scenario is not what it was where the hunt was announced.
    pub fn hunt(&self, threads: usize) -> Result<Hunt, BadAnnouncement> {
        let vocabulary = catalog::vocabulary();
        let mut grounds = Vec::new();
        for name in &self.grounds {
            let spoilt = |why: &dyn fmt::Display| BadAnnouncement::spoilt(&why.to_string());
            let text = self.scenarios.get(&name.scenario);
            let text = text.ok_or_else(|| spoilt(&format!("{} is missing", name.scenario)))?;
            let scenario = load(&name.scenario, text, &vocabulary).map_err(|e| spoilt(&e))?;
            let client = catalog::client(&name.client).map_err(|e| spoilt(&e))?;
            let ground = Ground::of(&name.scenario, scenario).map_err(|e| spoilt(&e))?;
            let ground = ground.client(client).service(&name.service).map_err(|e| spoilt(&e))?;
            let ground = ground.defences(&name.defences).map_err(|e| spoilt(&e))?;
            if ground.name() != *name {
                return Err(spoilt(&format!("{} is not what it was then", name.scenario)));
            }
            grounds.push(ground);
        }
        let budget = Duration::from_millis(self.budget_ms);
        Ok(Hunt { grounds, from: self.from, seeds: Some(self.seeds), threads, budget })
    }

    /// All its ranges, in the order in which they are handed out.
    pub fn ranges(&self, hunt: &Hunt) -> Vec<Range> {
        ranges(hunt, &self.sizes)
    }

    /// How long a worker may be silent.
    pub fn lease(&self) -> Duration {
        Duration::from_millis(self.lease_ms)
    }

    /// Whether both play the same runs, in whatever ranges.
    ///
    /// # Errors
    /// They do not; says in what they differ.
    pub fn same_hunt(&self, asked: &Self) -> Result<(), BadAnnouncement> {
        let of = |announced: &Self| (announced.from, announced.seeds);
        let words = |announced: &Self| {
            let words = announced.grounds.iter().map(GroundName::words);
            printable(&words.collect::<Vec<_>>().join(" and "))
        };
        let (theirs, ours) = if self.grounds != asked.grounds {
            (words(self), words(asked))
        } else if of(self) != of(asked) {
            let seeds = |(from, seeds)| format!("{seeds} seeds from {from} on");
            (seeds(of(self)), seeds(of(asked)))
        } else {
            return Ok(());
        };
        let message = format!("the hunt that is announced is over {theirs}; asked for: {ours}");
        let help = "ask for the same, or give this one a name of its own: --name NAME";
        Err(BadAnnouncement { help: Some(help), ..BadAnnouncement::new(message) })
    }
}

const SAME_BUILD: &str = "build both from the same commit with the same compiler";

/// How many ranges there are if each ground gets so many seeds.
fn count(sizes: &[u64], seeds: u64) -> u64 {
    sizes.iter().fold(0, |sum, &size| sum.saturating_add(seeds.div_ceil(size.max(1))))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
