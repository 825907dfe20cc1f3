//! Runs the saved runs and the seeds of a storm, and saves what fails.

use super::keep::{self, Small};
use super::outcome::{self, Kept};
use super::shown::Repeatable;
use super::{BadStorm, EnvOverrides, KeptRun, SeedRun, Storm};
use crate::pool;
use crate::saved::{BadSavedRun, SavedRun, UnderTest};
use crate::sim::{RunOutput, play};
use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

impl Storm {
    /// Saves the first failing run, minimized, if there is a directory for it.
    pub(super) fn keep(
        &self,
        runs: &[SeedRun],
        env: &EnvOverrides,
    ) -> Result<Option<Kept>, BadStorm> {
        let first = runs.iter().find(|found| outcome::is_bad(&found.run));
        let (Some(dir), Some(SeedRun { seed, run })) = (&self.regressions, first) else {
            return Ok(None);
        };
        // Past what the test harness captures: it is for the one who waits.
        let mut stderr = io::stderr();
        if stderr.is_terminal() {
            let seconds = self.minimizing.as_secs();
            let _ = writeln!(stderr, "minimizing seed {seed}, for up to {seconds} s of CPU time");
        }
        let command = outcome::replay_command(&self.client.name, &self.scenario.service.name);
        let how = (self.minimizing, command.as_str());
        let small = keep::small(&self.plan(*seed), &self.client_under_test(), run, how);
        let Some(Small { text, plan, signature }) = small else { return Ok(None) };
        let own_service = self.own_service.as_ref().map(|own| &own.name);
        let under_test = own_service.unwrap_or(&self.client.name);
        let name = format!("{}-{under_test}-{seed}", self.scenario.name);
        let file = keep::write(dir, &name, &text, env.update);
        let file = file.map_err(|error| BadStorm::at(dir, error))?;
        Ok(Some(Kept { file, plan, signature }))
    }

    /// Returns the run that a failing test shows: a saved run that still fails, the minimized run
    /// or, if nothing was minimized, that of the first violated seed.
    pub(super) fn repeatable(
        &self,
        regressions: &[KeptRun],
        runs: &[SeedRun],
        kept: Option<&Kept>,
    ) -> Option<Repeatable> {
        let client = self.client_under_test();
        let violated = |run: &Result<RunOutput, _>| run.is_ok() && outcome::is_bad(run);
        if let Some(KeptRun { plan, .. }) = regressions.iter().find(|it| violated(&it.run)) {
            return Some(Repeatable { plan: plan.clone(), client, signature: None, note: "" });
        }
        if let Some(Kept { plan, signature: signature @ Some(_), .. }) = kept {
            let (plan, signature) = (plan.clone(), signature.clone());
            return Some(Repeatable { plan, client, signature, note: ", minimized" });
        }
        let first = runs.iter().find(|it| violated(&it.run))?;
        let plan = self.plan(first.seed);
        Some(Repeatable { plan, client, signature: None, note: "" })
    }

    /// Runs the first of several seeds a second time, and returns it if the two runs differ.
    pub(super) fn unstable(&self, runs: &[SeedRun]) -> Option<u64> {
        let [SeedRun { seed, run: Ok(before) }, _, ..] = runs else { return None };
        let again = self.play(*seed);
        let same = again.is_ok_and(|again| again.digest == before.digest);
        if same { None } else { Some(*seed) }
    }

    /// Returns whether a saved run is of this storm's client and, unless both are built in, of its
    /// service.
    fn is_of(&self, named: &UnderTest) -> bool {
        let built_in = |name: &str| crosswire_cloud::service(name).is_some();
        let service = &self.scenario.service.name;
        let both_built_in = built_in(service) && built_in(&named.service);
        named.client == self.client.name && (both_built_in || named.service == *service)
    }

    pub(super) fn play_kept(&self, env: &EnvOverrides) -> Result<Vec<KeptRun>, BadStorm> {
        let Some(dir) = &self.regressions else { return Ok(Vec::new()) };
        let mut runs = Vec::new();
        for mut file in keep::files(dir).map_err(|error| BadStorm::at(dir, error))? {
            let bad = |bad: Box<BadSavedRun>| BadStorm(bad.to_string());
            let named = SavedRun::under_test(&file).map_err(bad)?;
            if !self.is_of(&named) {
                continue;
            }
            if env.update && keep::is_pending(&file) {
                file = keep::accept(&file).map_err(|error| BadStorm::at(&file, error))?;
                println!("accepted: {}", file.display());
            }
            let saved = SavedRun::read_for(&file, &named).map_err(bad)?;
            let plan = Arc::new(saved.plan);
            let run = play(&plan, &self.client_under_test());
            runs.push(KeptRun { file, run, plan });
        }
        Ok(runs)
    }

    #[expect(clippy::disallowed_methods, reason = "how long a test may take is real time")]
    pub(super) fn play_all(&self, env: &EnvOverrides) -> Vec<SeedRun> {
        let play = |seed| SeedRun { seed, run: self.play(seed) };
        if let Some(seed) = env.seed {
            return vec![play(seed.0)];
        }
        let count = env.seeds.unwrap_or(self.count);
        let mut runs = pool::all(self.from..self.from + count, self.threads, play, &|_| ());
        let clock = env.length.map(|length| (std::time::Instant::now(), length));
        while clock.is_some_and(|(began, length)| began.elapsed() < length) {
            let next = self.from + runs.len() as u64;
            let more = 2 * self.threads as u64;
            runs.extend(pool::all(next..next + more, self.threads, play, &|_| ()));
        }
        runs
    }
}
