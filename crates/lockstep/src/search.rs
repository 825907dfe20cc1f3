//! Runs many schedules with adapters, and minimizes those that violate an invariant.

use super::adapter::{BadAdapter, Hello};
use super::certify::{AGAIN, CutShort, Finding, LibraryCertificate, ScheduleRun, Source};
use super::in_order::in_order;
use super::judge::TraceInvariant;
use super::minimize::minimize;
use super::saved_schedule::SavedSchedule;
use super::schedule::Schedule;
use super::session::{Session, SessionError};
use super::trace::Fact;
use std::collections::BTreeMap;

/// Number of smaller schedules in which a call never ends that minimizing runs: each of them takes
/// as long as patience lasts, and the adapter is started again after it.
const MOST_HANGS: u64 = 12;

/// Runs all schedules, as [`certify_with`] does, in one session.
///
/// # Errors
/// As [`certify_with`].
pub fn certify(
    session: &mut Session,
    source: &Source,
    twice: bool,
    go_on: impl FnMut(u64, &Schedule, &ScheduleRun) -> bool,
) -> Result<LibraryCertificate, SessionError> {
    certify_with(std::slice::from_mut(session), source, twice, go_on)
}

/// Runs all schedules, or stops after the one for which `go_on` returns false. `go_on` receives the
/// number of schedules so far and the last of them with its result. With `twice`, each schedule
/// runs two times and must have the same trace. The sessions share the schedules; the certificate
/// is the same with any number of them.
///
/// # Errors
/// As [`ScheduleRun::of`]; or a schedule that ran twice had two traces.
///
/// # Panics
/// If there is no session.
pub fn certify_with(
    sessions: &mut [Session],
    source: &Source,
    twice: bool,
    mut go_on: impl FnMut(u64, &Schedule, &ScheduleRun) -> bool,
) -> Result<LibraryCertificate, SessionError> {
    let hello = sessions.first().expect("a certificate needs a session").hello().clone();
    let source = &source.for_adapter(&hello);
    let mut search = Search {
        certificate: LibraryCertificate::empty(hello, source.clone()),
        firsts: BTreeMap::new(),
        connected: false,
    };
    let mut schedules = source.schedules(sessions[0].hello()).peekable();
    let numbered = std::iter::from_fn(move || {
        let schedule = schedules.next()?;
        Some((schedule, schedules.peek().is_none()))
    });
    let mut failed = Ok(());
    let work = |session: &mut Session, (schedule, _): &(Schedule, bool)| {
        run_checked(session, schedule, twice)
    };
    in_order(
        sessions,
        numbered.zip(1..),
        |session, (item, _)| work(session, item),
        |item, run| {
            let ((schedule, is_last), number) = item;
            let run = match run {
                Ok(run) => run,
                Err(SessionError::Stopped) => {
                    search.certificate.cut_short = Some(CutShort::Interrupted);
                    return false;
                }
                Err(error) => {
                    failed = Err(with_schedule(error, &source.nth(number), &schedule));
                    return false;
                }
            };
            let go_on = search.take(schedule, run, &mut go_on);
            if !go_on && !is_last {
                search.certificate.cut_short = Some(CutShort::Interrupted);
            }
            go_on
        },
    );
    failed?;
    search.minimized(sessions)
}

/// The first schedule that violates exactly these invariants, with its number and result.
type First = (Vec<TraceInvariant>, (u64, Schedule, ScheduleRun));

/// A search as far as it got.
struct Search {
    certificate: LibraryCertificate,
    /// The first schedule of each set of violated invariants.
    firsts: BTreeMap<Vec<TraceInvariant>, (u64, Schedule, ScheduleRun)>,
    connected: bool,
}

impl Search {
    /// Adds a schedule with its result, and returns whether the search goes on.
    fn take(
        &mut self,
        schedule: Schedule,
        run: ScheduleRun,
        go_on: &mut impl FnMut(u64, &Schedule, &ScheduleRun) -> bool,
    ) -> bool {
        self.connected |= run.facts.iter().any(|fact| matches!(fact, Fact::Opened(_)));
        self.certificate.count(&schedule, &run);
        let go_on = go_on(self.certificate.schedules, &schedule, &run);
        let broken = run.judgement.broken();
        if !broken.is_empty() {
            self.firsts.entry(broken).or_insert((self.certificate.schedules, schedule, run));
        }
        go_on
    }

    /// Minimizes what was found, the gravest first.
    fn minimized(self, sessions: &mut [Session]) -> Result<LibraryCertificate, SessionError> {
        let Self { mut certificate, firsts, connected } = self;
        if !connected && !firsts.is_empty() {
            return Err(never_connected().into());
        }
        certificate.combinations = firsts.len() as u64;
        let mut failed = Ok(());
        let work = |session: &mut Session, found: &First| {
            let (broken, (first, schedule, run)) = found;
            match find(session, broken, *first, schedule) {
                Err(SessionError::Stopped) => {
                    let (broken, schedule) = (broken.clone(), schedule.clone());
                    Ok(unminimized(session.hello(), broken, *first, schedule, run))
                }
                finding => finding,
            }
        };
        in_order(sessions, firsts.into_iter(), work, |_, finding| match finding {
            Ok(finding) => {
                certificate.add(finding);
                true
            }
            Err(error) => {
                failed = Err(error);
                false
            }
        });
        failed?;
        certificate.findings.sort_by_key(|finding| (finding.broken[0], finding.first));
        Ok(certificate)
    }
}

/// Adds the schedule with this name to an error.
fn with_schedule(error: SessionError, name: &str, schedule: &Schedule) -> SessionError {
    match error {
        SessionError::Adapter(BadAdapter(why)) => {
            BadAdapter(format!("{why}\nThe schedule was {name}: {schedule}")).into()
        }
        SessionError::TwoTraces { line, first, second, .. } => {
            SessionError::TwoTraces { name: name.to_owned(), line, first, second }
        }
        other => other,
    }
}

/// Runs a schedule, or runs it twice and compares the traces.
fn run_checked(
    session: &mut Session,
    schedule: &Schedule,
    twice: bool,
) -> Result<ScheduleRun, SessionError> {
    let run = ScheduleRun::of(session, schedule)?;
    if twice {
        run.must_equal(&ScheduleRun::of(session, schedule)?, schedule)?;
    }
    Ok(run)
}

/// Returns a finding that is neither minimized nor replayed, because the search was interrupted.
fn unminimized(
    hello: &Hello,
    broken: Vec<TraceInvariant>,
    first: u64,
    schedule: Schedule,
    run: &ScheduleRun,
) -> Finding {
    let (story, steps_before) = (run.story(&schedule), schedule.steps().len());
    let picture = run.picture(&schedule);
    let saved = SavedSchedule::new(schedule, broken.clone(), hello, run);
    Finding { broken, first, steps_before, saved, story, picture, again: None }
}

/// Refuses an adapter whose library never connected: its answers say nothing about the library.
fn never_connected() -> BadAdapter {
    BadAdapter(
        "the adapter never connected to the server named in `connect`; expected its library to \
                 connect then or with its first call"
            .to_owned(),
    )
}

/// Minimizes a schedule that violates invariants, and replays the result.
fn find(
    session: &mut Session,
    broken: &[TraceInvariant],
    first: u64,
    schedule: &Schedule,
) -> Result<Finding, SessionError> {
    let breaks = |run: &ScheduleRun| {
        let now = run.judgement.broken();
        broken.iter().all(|invariant| now.contains(invariant))
    };
    let mut hangs = 0;
    session.patience.hasty = true;
    let small = minimize(schedule, |less| {
        if hangs > MOST_HANGS {
            return Ok(false);
        }
        let run = ScheduleRun::of(session, less)?;
        hangs += u64::from(run.judgement.broken().contains(&TraceInvariant::Settlement));
        Ok::<_, SessionError>(breaks(&run))
    });
    session.patience.hasty = false;
    let small = small?;
    let run = ScheduleRun::of(session, &small)?;
    let mut again = 0;
    for _ in 0..AGAIN {
        again += u64::from(breaks(&ScheduleRun::of(session, &small)?));
    }
    let now = run.judgement.broken();
    let broken = if now.is_empty() { broken.to_vec() } else { now };
    let (story, picture) = (run.story(&small), run.picture(&small));
    let saved = SavedSchedule::new(small, broken.clone(), session.hello(), &run);
    let steps_before = schedule.steps().len();
    let again = Some(again);
    Ok(Finding { broken, first, steps_before, saved, story, picture, again })
}
