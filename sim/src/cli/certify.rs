//! `crosswire certify`: what can be said of a real library.

use super::args::EXIT_STATUS;
use super::failure::{Exit, Failure};
use super::numbers;
use super::play::{may_be_a_file, quoted};
use super::progress;
use super::screen::Screen;
use super::signals::stop_on_one;
use crosswire::lockstep::{
    Certificate, Kept, PATIENCE, Play, Session, Source, Trouble, certify as play_all, draw, kept,
};
use crosswire::text::printable;
use crosswire_checker::Verdict;
use crosswire_plan::Seed;
use serde_json::{Value, json};
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const EXAMPLES: &str = "\
CMD is a program with its arguments that speaks docs/adapter-protocol.md: it takes calls on standard
input and makes them with its library, against a server whose every reply Crosswire holds. What
happens one after the other is a schedule, drawn from a seed; nothing hangs on time. What a schedule
breaks is made small, and --save keeps it, to be played with another version by --schedule.

Examples:
  crosswire certify --adapter \"$(adapters/make redis-py 4.5.1)\"
  crosswire certify --adapter \"$(adapters/make redis-py 4.5.1) --single\" --save desync.toml
  crosswire certify --adapter \"$(adapters/make redis-py newest)\" --schedule desync.toml
  crosswire certify --adapter \"$(adapters/make ioredis newest)\" --enumerate 4 --json";

/// The most steps that schedules may be counted out with: there are millions with one more.
const MOST_ENUMERATED: u8 = 5;

#[derive(clap::Args)]
#[command(after_help = format!("{EXAMPLES}\n\n{EXIT_STATUS}"))]
pub(super) struct CertifyArgs {
    /// The adapter of a library: a program and its arguments, in one word
    #[arg(long, value_name = "CMD")]
    adapter: String,

    /// How many seeds draw a schedule each
    #[arg(long, value_name = "N", default_value = "2000", value_parser = numbers::count)]
    #[arg(allow_negative_numbers = true, conflicts_with_all = ["enumerate", "schedules"])]
    seeds: NonZeroU32,

    /// The first seed
    #[arg(long, value_name = "N", default_value = "0", allow_negative_numbers = true)]
    #[arg(conflicts_with_all = ["enumerate", "schedules"])]
    from_seed: Seed,

    /// Play all schedules of up to K steps instead, those left out that others stand for
    #[arg(long, value_name = "K", value_parser = clap::value_parser!(u8).range(1..=i64::from(MOST_ENUMERATED)))]
    #[arg(conflicts_with = "schedules")]
    enumerate: Option<u8>,

    /// Play the schedule in FILE instead, and say whether it shows what it was kept for
    #[arg(long = "schedule", value_name = "FILE")]
    schedules: Vec<PathBuf>,

    /// Write the schedule of the gravest finding to a file
    #[arg(long, value_name = "FILE", conflicts_with = "schedules")]
    save: Option<PathBuf>,

    /// How many seconds nothing may happen before a call is said never to end
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE.as_secs() as u8)]
    #[arg(value_parser = clap::value_parser!(u8).range(1..))]
    patience: u8,

    /// Print one JSON object instead of a page in Markdown
    #[arg(long)]
    json: bool,
}

/// Plays what is wanted, and prints the certificate.
pub(super) fn certify(wanted: &CertifyArgs) -> Result<Exit, Failure> {
    let command = words(&wanted.adapter)?;
    let kept = wanted.schedules.iter().map(|path| Ok((path, Kept::read(path)?)));
    let kept = kept.collect::<Result<Vec<_>, kept::BadSchedule>>();
    let kept = kept.map_err(|bad| Failure::input(bad.to_string()))?;
    if let Some(path) = &wanted.save {
        may_be_saved(path)?;
    }
    let patience = Duration::from_secs(wanted.patience.into());
    let mut session = Session::start(command, patience)?;
    if kept.is_empty() { many(wanted, &mut session) } else { again(wanted, &mut session, &kept) }
}

fn words(command: &str) -> Result<Vec<String>, Failure> {
    let words = shlex::split(command).filter(|words| !words.is_empty());
    words.ok_or_else(|| {
        let told = "expected a program and its arguments, with quotes that are closed";
        Failure::input(format!("--adapter is `{}`; {told}", printable(command)))
    })
}

fn may_be_saved(path: &Path) -> Result<(), Failure> {
    may_be_a_file(path)?;
    if path.exists() && Kept::read(path).is_err() {
        let name = printable(&path.display().to_string());
        return Err(Failure::input(format!("{name}: the file exists and is no schedule")));
    }
    Ok(())
}

/// Plays many schedules.
fn many(wanted: &CertifyArgs, session: &mut Session) -> Result<Exit, Failure> {
    let (source, all) = match wanted.enumerate {
        Some(most) => (Source::Enumerated(most.into()), draw::all(most.into()).count() as u64),
        None => {
            let seeds = wanted.seeds.get().into();
            (Source::Seeds(wanted.from_seed, seeds), seeds)
        }
    };
    let stopped = Arc::new(AtomicBool::new(false));
    stop_on_one(&stopped)?;
    let certificate = progress::counted(all, "schedules", |tick| {
        play_all(session, &source, |played| {
            tick(played);
            !stopped.load(Ordering::Relaxed)
        })
    })?;
    if wanted.json {
        Screen::Output.print(&pretty(&certificate.to_json())?)?;
    } else {
        Screen::Output.print(&certificate.to_markdown())?;
    }
    if let Some(path) = &wanted.save {
        save(path, &certificate, wanted)?;
    }
    Ok(certificate.verdict().into())
}

fn save(path: &Path, certificate: &Certificate, wanted: &CertifyArgs) -> Result<(), Failure> {
    let screen = if wanted.json { Screen::Error } else { Screen::Output };
    let Some(finding) = certificate.findings.first() else {
        return screen.print("\nNothing is saved, for nothing was broken.\n");
    };
    let name = path.display();
    std::fs::write(path, finding.kept.to_text(&finding.story))
        .map_err(|error| Failure::Harness(format!("{name}: cannot be written: {error}")))?;
    let adapter = quoted(&wanted.adapter);
    let again = quoted(&name.to_string());
    screen.print(&format!("\nSaved: crosswire certify --adapter {adapter} --schedule {again}\n"))
}

/// Plays schedules that were kept.
fn again(
    wanted: &CertifyArgs,
    session: &mut Session,
    kept: &[(&PathBuf, Kept)],
) -> Result<Exit, Failure> {
    let mut verdicts = Vec::new();
    let mut objects = Vec::new();
    for (path, kept) in kept {
        let play = Play::of(session, &kept.schedule)?;
        let (verdict, told) = kept.compared(&play);
        verdicts.push(verdict);
        let story = play.story(&kept.schedule);
        let name = printable(&path.display().to_string());
        if wanted.json {
            objects.push(json!({
                "schedule": name,
                "verdict": verdict,
                "told": told,
                "broken": play.judgement.broken().iter().map(|b| b.id()).collect::<Vec<_>>(),
                "reached": play.reached,
                "story": story,
            }));
        } else {
            let lines: String = story.iter().map(|line| format!("  {line}\n")).collect();
            let head = format!("{name}: {told}, with {}\n", session.hello());
            Screen::Output.print(&(head + &lines))?;
        }
    }
    if wanted.json {
        let object = json!({ "adapter": session.hello(), "schedules": objects });
        Screen::Output.print(&pretty(&object)?)?;
    }
    let worst = |verdict| verdicts.contains(&verdict);
    Ok(if worst(Verdict::Violated) {
        Exit::Violated
    } else if worst(Verdict::Inconclusive) {
        Exit::Inconclusive
    } else {
        Exit::Clean
    })
}

fn pretty(object: &Value) -> Result<String, Failure> {
    let json = serde_json::to_string_pretty(object);
    Ok(json.map_err(|error| Failure::Harness(error.to_string()))? + "\n")
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Adapter(bad) => Self::input(bad.to_string()),
            Trouble::Sockets(_) => Self::Harness(trouble.to_string()),
        }
    }
}
