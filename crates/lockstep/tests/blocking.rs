//! The example of a blocking adapter, `adapters/blocking-socket.py`, with Python.
//!
//! There is one test, alone in its process: a child that is being started holds the sockets of its
//! parent for a moment, so a connection that another test closes would stay open that long.

use crosswire_checker::Verdict;
use crosswire_lockstep::{
    LibraryCertificate, PATIENCE, SavedSchedule, ScheduleRun, Session, Source, Vocabulary, certify,
};
use crosswire_plan::Seed;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn adapters() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../adapters")
}

/// Starts the example. Without Python nothing is tested.
fn session(option: Option<&str>) -> Option<Session> {
    let program = adapters().join("blocking-socket.py").display().to_string();
    let words = ["python3".to_owned(), program].into_iter();
    let words = words.chain(option.map(str::to_owned)).collect();
    match Session::start(words, PATIENCE, &Arc::default()) {
        Ok(session) => Some(session),
        Err(bad) if bad.to_string().contains("`python3` cannot be started") => None,
        Err(bad) => panic!("the example has no session: {bad}"),
    }
}

/// Runs each schedule of some seeds twice.
fn certified(session: &mut Session) -> LibraryCertificate {
    certify(session, &Source::Seeds(Seed(0), 8, Vocabulary::default()), true, |_, _, _| true)
        .expect("no error")
}

#[test]
fn the_example_is_caught_runs_alike_each_time_and_can_be_fixed() {
    let kept = SavedSchedule::read(&adapters().join("schedules/cancel-desync.toml"));
    let kept = kept.expect("a schedule");
    for (option, word) in [(None, "reproduces: "), (Some("--fixed"), "fixed: ")] {
        let Some(mut session) = session(option) else { return };
        let run = ScheduleRun::of(&mut session, &kept.schedule).expect("a run");
        let words = kept.compared(&run).words;
        assert!(words.starts_with(word), "{option:?}: {words}");
        let (first, second) = (certified(&mut session), certified(&mut session));
        assert_eq!(first.digest, second.digest);
        let violated = first.verdict() == Verdict::Violated;
        assert_eq!(violated, option.is_none(), "{option:?}: {}", first.sentence());
    }
}
