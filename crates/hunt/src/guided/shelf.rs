//! A corpus that is kept from one hunt to the next: a directory with a saved run for each plan.
//!
//! A plan is taken up by the ground whose scenario, client, service and defences are its own. What
//! cannot be read any more, or is no plan of the scenario as it is now, is told and left where it is:
//! code moves on, and no hunt ends for that.

use super::corpus::{Corpus, MOST};
use super::old_before;
use crate::{Ground, Hunt};
use crosswire::saved::SavedRun;
use crosswire_history::Digest;
use crosswire_plan::Plan;
use crosswire_plan::mutate::Space;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// What was found in a directory.
#[derive(Clone, Debug, Default)]
pub struct Shelf {
    /// The plans of each ground.
    pub plans: Vec<Vec<Plan>>,
    /// What was skipped, and why.
    pub skipped: Vec<String>,
    /// Their files.
    files: Vec<Vec<PathBuf>>,
}

impl Shelf {
    /// Reads a directory for a hunt; one that is not there is empty.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn read(dir: &Path, hunt: &Hunt) -> io::Result<Self> {
        let grounds = hunt.grounds.len();
        let (plans, files) = (vec![Vec::new(); grounds], vec![Vec::new(); grounds]);
        let mut shelf = Self { plans, files, skipped: Vec::new() };
        if !dir.exists() {
            return Ok(shelf);
        }
        for file in SavedRun::files(dir)? {
            let plan = match SavedRun::read(&file) {
                Ok(saved) => saved.plan,
                Err(bad) => {
                    shelf.skipped.push(bad.to_string());
                    continue;
                }
            };
            let Some(at) = hunt.grounds.iter().position(|ground| is_of(&plan, ground)) else {
                continue;
            };
            let plans = &mut shelf.plans[at];
            let told = match Space::of(hunt.grounds[at].scenario()).holds(&plan) {
                Ok(()) if plans.len() < MOST => {
                    plans.push(as_of(plan, &hunt.grounds[at]));
                    shelf.files[at].push(file);
                    continue;
                }
                Ok(()) => format!("there are more plans of its ground than are kept, {MOST}"),
                Err(bad) => bad.to_string(),
            };
            shelf.skipped.push(format!("{}: {told}", file.display()));
        }
        Ok(shelf)
    }

    /// Writes what a hunt bred from in the end. Of what it took up, what it has played and bred from
    /// no more goes: a hunt that ends early leaves what it did not come to. `runs` is how many runs of
    /// each ground are over.
    ///
    /// # Errors
    /// The directory cannot be written to.
    pub fn write(
        &self,
        dir: &Path,
        hunt: &Hunt,
        corpora: &[Corpus],
        runs: &[u64],
    ) -> io::Result<()> {
        fs::create_dir_all(dir)?;
        let mut written = BTreeSet::new();
        for (ground, corpus) in hunt.grounds.iter().zip(corpora) {
            for kept in corpus.plans() {
                let saved = SavedRun::of_verdict(&kept.plan, kept.verdict, &kept.digest);
                let path = dir.join(file_name(ground, &kept.plan));
                if path.symlink_metadata().is_err() {
                    let mut part = tempfile::NamedTempFile::new_in(dir)?;
                    part.write_all(saved.to_text_without_story()?.as_bytes())?;
                    part.persist_noclobber(&path)?;
                }
                written.insert(path);
            }
        }
        for (files, &runs) in self.files.iter().zip(runs) {
            let played = files.iter().take(old_before(runs) as usize);
            for file in played.filter(|file| !written.contains(*file)) {
                fs::remove_file(file)?;
            }
        }
        Ok(())
    }
}

fn is_of(plan: &Plan, ground: &Ground) -> bool {
    let scenario = ground.scenario();
    plan.scenario == scenario.name
        && plan.client.name == scenario.client.name
        && plan.service.name == scenario.service.name
        && plan.defences == scenario.defences
}

/// What a plan only tells, and what its run is to reach, is as the scenario says now.
fn as_of(plan: Plan, ground: &Ground) -> Plan {
    let scenario = ground.scenario();
    Plan { summary: scenario.summary.clone(), reach: scenario.reach.clone(), ..plan }
}

/// Who is under test in what, and a digest of the plan: one plan has one file.
fn file_name(ground: &Ground, plan: &Plan) -> String {
    let scenario = ground.scenario();
    let mut digest = Digest::default();
    digest.add(&toml::to_string(plan).unwrap_or_default());
    let digest = digest.to_string();
    let (client, service) = (&scenario.client.name, &scenario.service.name);
    format!("{}-{client}-{service}-{}.toml", scenario.name, &digest[..16])
}
