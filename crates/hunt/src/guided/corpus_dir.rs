//! A corpus on disk, kept from one hunt to the next: a directory with a saved run for each plan.
//!
//! A target takes up the plans that have its scenario, client, service and defences. A file that
//! cannot be read any more, or whose plan no longer fits the scenario, is reported and left where
//! it is: code changes, and a hunt must not end because of that.

use super::corpus::{Corpus, MOST};
use super::scheduler::old_before;
use crate::{Hunt, Target};
use crosswire::saved::SavedRun;
use crosswire_history::Digest;
use crosswire_plan::Plan;
use crosswire_plan::mutate::Space;
use std::collections::BTreeSet;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// The saved plans of a directory that a hunt can use.
#[derive(Clone, Debug, Default)]
pub struct CorpusDir {
    /// The plans of each target.
    pub plans: Vec<Vec<Plan>>,
    /// The files that were skipped, each with the reason.
    pub skipped: Vec<String>,
    /// The files of the plans.
    files: Vec<Vec<PathBuf>>,
}

impl CorpusDir {
    /// Reads a directory for a hunt. A missing directory is an empty one.
    ///
    /// # Errors
    /// The directory cannot be read.
    pub fn read(dir: &Path, hunt: &Hunt) -> io::Result<Self> {
        let targets = hunt.targets.len();
        let (plans, files) = (vec![Vec::new(); targets], vec![Vec::new(); targets]);
        let mut corpus_dir = Self { plans, files, skipped: Vec::new() };
        if !dir.exists() {
            return Ok(corpus_dir);
        }
        for file in SavedRun::files(dir)? {
            let plan = match SavedRun::read(&file) {
                Ok(saved) => saved.plan,
                Err(bad) => {
                    corpus_dir.skipped.push(bad.to_string());
                    continue;
                }
            };
            let Some(at) = hunt.targets.iter().position(|target| is_of(&plan, target)) else {
                // The plan of another hunt with this directory.
                continue;
            };
            let plans = &mut corpus_dir.plans[at];
            let problem = match Space::of(hunt.targets[at].scenario()).holds(&plan) {
                Ok(()) if plans.len() < MOST => {
                    plans.push(as_of(plan, &hunt.targets[at]));
                    corpus_dir.files[at].push(file);
                    continue;
                }
                Ok(()) => format!("its target has more plans than the {MOST} that are kept"),
                Err(bad) => bad.to_string(),
            };
            corpus_dir.skipped.push(format!("{}: {problem}", file.display()));
        }
        Ok(corpus_dir)
    }

    /// Writes the corpora at the end of a hunt. A plan that was read and run, and is no longer in
    /// the corpus, is removed; plans that a hunt ended too early to run stay. `runs` is the number
    /// of completed runs of each target.
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
        for (target, corpus) in hunt.targets.iter().zip(corpora) {
            for kept in corpus.plans() {
                let saved = SavedRun::of_verdict(&kept.plan, kept.verdict, &kept.digest);
                let path = dir.join(file_name(target, &kept.plan));
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

fn is_of(plan: &Plan, target: &Target) -> bool {
    let scenario = target.scenario();
    plan.scenario == scenario.name
        && plan.client.name == scenario.client.name
        && plan.service.name == scenario.service.name
        && plan.defences == scenario.defences
}

/// Takes the fields that do not affect the run, the summary and the required situations, from the
/// current scenario.
fn as_of(plan: Plan, target: &Target) -> Plan {
    let scenario = target.scenario();
    Plan { summary: scenario.summary.clone(), reach: scenario.reach.clone(), ..plan }
}

/// Returns a name made of the scenario, client and service and a digest of the plan, so that one
/// plan has one file.
fn file_name(target: &Target, plan: &Plan) -> String {
    let scenario = target.scenario();
    let mut digest = Digest::default();
    digest.add(&toml::to_string(plan).expect("a plan can be written as TOML"));
    let digest = digest.to_string();
    let (client, service) = (&scenario.client.name, &scenario.service.name);
    format!("{}-{client}-{service}-{}.toml", scenario.name, &digest[..16])
}
