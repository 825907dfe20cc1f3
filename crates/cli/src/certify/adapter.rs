//! `crosswire certify --adapter CMD`: a library in a process of its own, played in lockstep.

use super::CertifyArgs;
use crate::failure::{Exit, Failure};
use crate::output::{Sort, Target};
use crate::progress;
use crate::screen::Screen;
use crate::signals;
use crosswire_checker::Verdict;
use crosswire_lockstep as lockstep;
use crosswire_lockstep::machine::{Replayed, Replays};
use crosswire_lockstep::{
    Certificate, Kept, PATIENCE, Play, Schedule, Session, Source, Trouble, certify as play_all,
    draw, kept,
};
use crosswire_output::machine;
use crosswire_output::text::{printable, quoted};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The most steps that schedules may be counted out with: there are millions with one more.
const MOST_ENUMERATED: u8 = 5;

#[derive(clap::Args)]
#[command(next_help_heading = "For a library")]
pub(super) struct Wanted {
    /// Play all schedules of up to K steps instead, those left out that others stand for
    #[arg(long, value_name = "K", requires = "adapter")]
    #[arg(conflicts_with_all = ["client", "schedules"])]
    #[arg(value_parser = clap::value_parser!(u8).range(1..=i64::from(MOST_ENUMERATED)))]
    enumerate: Option<u8>,

    /// Play the schedule in FILE instead, and say whether it shows what it was kept for
    #[arg(long = "schedule", value_name = "FILE", requires = "adapter")]
    #[arg(conflicts_with = "client")]
    schedules: Vec<PathBuf>,

    /// Write the schedule of the gravest finding to a file
    #[arg(long, value_name = "FILE", requires = "adapter")]
    #[arg(conflicts_with_all = ["client", "schedules"])]
    save: Option<PathBuf>,

    /// How many seconds nothing may happen before a call is said never to end; to start and say
    /// hello, an adapter has a minute at least
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE.as_secs() as u8)]
    #[arg(value_parser = clap::value_parser!(u8).range(1..), requires = "adapter")]
    #[arg(conflicts_with = "client")]
    patience: u8,

    /// Print the steps and the trace of each schedule as it is played
    #[arg(long, requires = "adapter")]
    #[arg(conflicts_with_all = ["client", "schedules"])]
    log: bool,

    /// Play each schedule twice and compare every line of its trace
    #[arg(long, requires = "adapter")]
    #[arg(conflicts_with_all = ["client", "schedules"])]
    check_determinism: bool,
}

/// Plays what is wanted with an adapter, and prints the certificate.
pub(super) fn certify(adapter: &str, wanted: &CertifyArgs) -> Result<Exit, Failure> {
    let command = words(adapter)?;
    let kept = wanted.lockstep.schedules.iter().map(|path| Ok((path, Kept::read(path)?)));
    let kept = kept.collect::<Result<Vec<_>, kept::BadSchedule>>();
    let kept = kept.map_err(|bad| Failure::input(bad.to_string()))?;
    let save = wanted.lockstep.save.as_ref();
    let save = save.map(|path| Target::new(path, Sort::Schedule, wanted.force)).transpose()?;
    let stop = signals::stop()?;
    let patience = Duration::from_secs(wanted.lockstep.patience.into());
    let session = Session::start(command, patience, &stop);
    let mut session = session.map_err(|trouble| match trouble {
        Trouble::Stopped => Failure::Interrupted(
            "interrupted after 0 schedules: the adapter had not said hello".to_owned(),
        ),
        other => other.into(),
    })?;
    if kept.is_empty() {
        many(adapter, wanted, &mut session, (save.as_ref(), &stop))
    } else {
        again(wanted, &mut session, &kept)
    }
}

fn words(command: &str) -> Result<Vec<String>, Failure> {
    let words = shlex::split(command).filter(|words| !words.is_empty());
    words.ok_or_else(|| {
        let told = "expected a program and its arguments, with quotes that are closed";
        Failure::input(format!("--adapter is `{}`; {told}", printable(command)))
    })
}

/// Plays many schedules.
fn many(
    adapter: &str,
    wanted: &CertifyArgs,
    session: &mut Session,
    (save_to, stop): (Option<&Target>, &AtomicBool),
) -> Result<Exit, Failure> {
    let (source, all) = if let Some(most) = wanted.lockstep.enumerate {
        (Source::Enumerated(most.into()), draw::all(most.into()).count() as u64)
    } else {
        let seeds = wanted.seeds.get().into();
        (Source::Seeds(wanted.from_seed, seeds), seeds)
    };
    let screen = if wanted.json { Screen::Error } else { Screen::Output };
    let mut printed = Ok(());
    let certificate = progress::counted(all, "schedules", |tick| {
        play_all(session, &source, wanted.lockstep.check_determinism, |played, schedule, play| {
            tick(played);
            if wanted.lockstep.log {
                printed = screen.print(&logged(played, schedule, play));
            }
            printed.is_ok() && !stop.load(Ordering::Relaxed)
        })
    })?;
    printed?;
    if wanted.json {
        Screen::Output.print(&machine::page(&lockstep::machine::Certificate::of(&certificate))?)?;
    } else {
        Screen::Output.print(&certificate.to_markdown())?;
    }
    if wanted.lockstep.check_determinism {
        screen
            .print("\ndeterministic: each was played twice, every line of the trace the same\n")?;
    }
    if let Some(target) = save_to {
        save(target, &certificate, adapter, screen)?;
    }
    Ok(certificate.verdict().into())
}

/// A schedule and its trace.
fn logged(nth: u64, schedule: &Schedule, play: &Play) -> String {
    let steps: Vec<_> = schedule.steps().iter().map(ToString::to_string).collect();
    format!("{nth}. {}\n{}\n", steps.join("; "), indented(&play.story(schedule)))
}

fn indented(lines: &[String]) -> String {
    lines.iter().map(|line| format!("  {line}\n")).collect::<Vec<_>>().concat()
}

fn save(
    target: &Target,
    certificate: &Certificate,
    adapter: &str,
    screen: Screen,
) -> Result<(), Failure> {
    let Some(finding) = certificate.findings.first() else {
        return screen.print("\nnothing is saved, for nothing was broken\n");
    };
    target.write(&finding.kept.to_text(&finding.story))?;
    let name = target.path().display();
    let (adapter, again) = (quoted(adapter), quoted(&name.to_string()));
    screen.print(&format!("\nsaved: crosswire certify --adapter {adapter} --schedule {again}\n"))
}

/// Plays schedules that were kept.
fn again(
    wanted: &CertifyArgs,
    session: &mut Session,
    kept: &[(&PathBuf, Kept)],
) -> Result<Exit, Failure> {
    let kept_all = kept.len() as u64;
    let mut verdicts = Vec::new();
    let mut schedules = Vec::new();
    let mut interrupted = None;
    for (path, kept) in kept {
        let play = match Play::of(session, &kept.schedule) {
            Err(Trouble::Stopped) => {
                let (done, all) = (verdicts.len() as u64, Some(kept_all));
                interrupted = Some(signals::interrupted(done, all, "schedules"));
                break;
            }
            play => play?,
        };
        let name = printable(&path.display().to_string());
        let (verdict, told) = kept.compared(&play);
        verdicts.push(verdict);
        if wanted.json {
            schedules.push(Replayed::of(&name, kept, &play));
        } else {
            let head = format!("{name}: {told}, with {}\n", session.hello());
            Screen::Output.print(&(head + &indented(&play.story(&kept.schedule))))?;
        }
    }
    if wanted.json {
        Screen::Output.print(&machine::page(&Replays { adapter: session.hello(), schedules })?)?;
    }
    let mut graver = [Verdict::Violated, Verdict::Inconclusive].into_iter();
    if let Some(how) = interrupted {
        Screen::Error.print(&format!("{how}\n"))?;
        verdicts.push(Verdict::Inconclusive);
    }
    Ok(graver.find(|verdict| verdicts.contains(verdict)).unwrap_or(Verdict::Clean).into())
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Adapter(bad) => Self::input(bad.to_string()),
            Trouble::Stopped => Self::Interrupted("interrupted".to_owned()),
            Trouble::Sockets(_) | Trouble::TwoTraces { .. } => Self::Harness(trouble.to_string()),
        }
    }
}
