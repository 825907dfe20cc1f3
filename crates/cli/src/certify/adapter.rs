//! `crosswire certify --adapter CMD` and `--proxy FILE`: tests a library or a proxy in a separate
//! process, in lockstep.

use super::{CertifyArgs, page_of_library, report, terminal, write_report};
use crate::failure::{Exit, Failure};
use crate::numbers;
use crate::output::{FileKind, OutputFile, unreadable};
use crate::progress::{self, Progress, Task};
use crate::screen::Screen;
use crate::signals;
use crate::single_run::program_name;
use crosswire_checker::Verdict;
use crosswire_lockstep as lockstep;
use crosswire_lockstep::adapter::Cancel;
use crosswire_lockstep::machine::{Replayed, Replays};
use crosswire_lockstep::proxy::{self, Description};
use crosswire_lockstep::saved_schedule::Comparison;
use crosswire_lockstep::trial::{Outcome, Trial, trial};
use crosswire_lockstep::{
    CutShort, LibraryCertificate, Made, SavedSchedule, Schedule, ScheduleRun, Session,
    SessionError, Source, Vocabulary,
};
use crosswire_output::format::{Layout, printable, quoted};
use crosswire_output::machine;
use crosswire_plan::Seed;
use crosswire_report::{Diagram, text};
use std::fmt::Write;
use std::fs;
use std::num::{NonZeroU8, NonZeroU32};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The patience without `--patience`.
const PATIENCE: NonZeroU8 = NonZeroU8::new(lockstep::PATIENCE.as_secs() as u8).expect("seconds");

/// The fewest and the most steps that `--enumerate` accepts: one step makes no schedule, and one
/// more than the most makes millions.
const LEAST_ENUMERATED: u8 = 2;
const MOST_ENUMERATED: u8 = 5;

/// The value that `--adapter` expects.
const PROGRAM: &str = "expected a program and its arguments";

/// The hidden command that is the adapter of a proxy.
pub(crate) const PROXY_CLIENTS: &str = "proxy-clients";

/// The likely reason of an empty or a missing first word.
const FAILED: &str = "Did the command in `$( )` fail?";

#[derive(clap::Args)]
#[command(next_help_heading = "For a library")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct LockstepArgs {
    /// Run all schedules of up to K steps instead, from 2 to 5, without those equivalent to another
    #[arg(long, value_name = "K", requires = "subject")]
    #[arg(conflicts_with_all = ["client", "schedules"])]
    #[arg(value_parser = enumerated, allow_negative_numbers = true)]
    enumerate: Option<NonZeroU8>,

    /// Words that schedules may use beyond the plain ones: `plain` for none, `lawful` for those of
    /// a server that keeps its protocol, `all`, or names with commas between them
    #[arg(long, value_name = "WORDS", default_value = "lawful", hide_default_value = true)]
    #[arg(requires = "subject", conflicts_with_all = ["client", "schedules"])]
    words: Vocabulary,

    /// Run the schedule in FILE, or all in DIR (*.toml), instead, and print the trace and whether
    /// it shows what it was saved for
    #[arg(long = "schedule", value_name = "FILE|DIR", requires = "subject")]
    #[arg(conflicts_with = "client")]
    schedules: Vec<PathBuf>,

    /// Write the schedule of the gravest finding to a file for --schedule; not with --schedule
    #[arg(long, value_name = "FILE", requires = "subject")]
    #[arg(conflicts_with_all = ["client", "schedules"])]
    save: Option<PathBuf>,

    /// Seconds without any activity after which a call counts as never ending; once calls end
    /// sooner, a shorter time is learnt from them, and this one confirms it. An adapter has at
    /// least a minute to start and say hello
    #[arg(long, value_name = "SECONDS", default_value_t = PATIENCE)]
    #[arg(value_parser = numbers::seconds, requires = "subject")]
    #[arg(conflicts_with = "client", allow_negative_numbers = true)]
    patience: NonZeroU8,

    /// Start no schedule after this many seconds; what was found is still minimized
    #[arg(long, value_name = "SECONDS", value_parser = numbers::count, requires = "subject")]
    #[arg(conflicts_with_all = ["client", "schedules"], allow_negative_numbers = true)]
    budget: Option<NonZeroU32>,

    /// Print the steps and the trace of each schedule, as --schedule always does
    #[arg(long, requires = "subject", conflicts_with = "client")]
    log: bool,

    /// Print a diagram of each finding: which call is handed whose reply; on standard error, except
    /// with --schedule
    #[arg(long, requires = "subject", conflicts_with_all = ["client", "json"])]
    text_diagram: bool,

    /// Try the adapter: whether it answers, passes on what the library returns, gives calls up and
    /// repeats its traces; and say what to write instead
    #[arg(long, requires = "subject")]
    #[arg(conflicts_with_all = ["client", "schedules", "enumerate", "save", "report", "json", "log", "check_determinism"])]
    check: bool,

    /// Run each schedule twice and compare every line of its trace; not with --schedule
    #[arg(long, requires = "subject")]
    #[arg(conflicts_with_all = ["client", "schedules"])]
    check_determinism: bool,
}

/// Parses the steps of `--enumerate`.
fn enumerated(text: &str) -> Result<NonZeroU8, String> {
    numbers::between(text, LEAST_ENUMERATED, MOST_ENUMERATED).map_err(|bad| match text {
        "1" => format!("{bad}, because every client passes a single call with its reply"),
        _ => bad,
    })
}

/// What is certified.
pub(super) struct Subject {
    /// The option that names it, as on a command line.
    option: String,
    /// The command that starts its adapter.
    command: Vec<String>,
    /// True if the command is empty where it may have come from another one that failed.
    may_have_failed: bool,
}

impl Subject {
    /// Creates the subject of `--adapter`.
    pub(super) fn adapter(command: &str) -> Result<Self, Failure> {
        let option = format!("--adapter {}", quoted(command));
        let may_have_failed = command.starts_with(char::is_whitespace);
        Ok(Self { option, command: words(command)?, may_have_failed })
    }

    /// Creates the subject of `--proxy`: its adapter is this program, with the proxy's clients.
    pub(super) fn proxy(file: &Path) -> Result<Self, Failure> {
        Description::read(file).map_err(|bad| Failure::input(bad.to_string()))?;
        let program = std::env::current_exe();
        let program = program.map_err(|error| Failure::Harness(format!("no program: {error}")))?;
        let (program, file) = (program.display().to_string(), file.display().to_string());
        let option = format!("--proxy {}", quoted(&file));
        let command = vec![program, PROXY_CLIENTS.to_owned(), file];
        Ok(Self { option, command, may_have_failed: false })
    }
}

/// Runs schedules against an adapter and prints the certificate.
pub(super) fn certify(subject: &Subject, args: &CertifyArgs) -> Result<Exit, Failure> {
    if args.out.is_some() {
        return Err(Failure::input(
            "`--out` cannot be used with `--adapter` or `--proxy`; use `--save FILE` for the schedule \
             of the gravest finding, and redirect standard output for the certificate",
        ));
    }
    let command = &subject.command;
    let mut kept = Vec::new();
    for path in files(&args.lockstep.schedules)? {
        let read = SavedSchedule::read(&path);
        kept.push((path, read.map_err(|bad| Failure::input(bad.to_string()))?));
    }
    let save = match &args.lockstep.save {
        Some(path) => Some(OutputFile::new(path, FileKind::Schedule, args.force)?),
        None => None,
    };
    let page = report(args)?;
    let stop = signals::stop()?;
    let patience = Duration::from_secs(args.lockstep.patience.get().into());
    let jobs = args.jobs.map_or(1, |jobs| usize::from(jobs.get()));
    let sessions = progress::timed("waiting for the adapter's hello", || {
        let start = |_| Session::start(command.clone(), patience, &stop);
        (0..jobs).map(start).collect::<Result<Vec<_>, _>>()
    });
    let mut sessions = sessions.map_err(|error| match error {
        SessionError::Stopped => Failure::Interrupted(
            "interrupted after 0 schedules: the adapter had not said hello".to_owned(),
        ),
        SessionError::Adapter(bad) if subject.may_have_failed => {
            Failure::input(format!("{bad}. {FAILED}"))
        }
        other => other.into(),
    })?;
    let session = sessions.first_mut().expect("--jobs is at least 1");
    if session.hello().cancel == Cancel::ByTimeout && patience < lockstep::READ_TIMEOUTS {
        let seconds = lockstep::READ_TIMEOUTS.as_secs();
        Screen::Error.print(&format!(
            "note: this adapter's calls are given up by read time-outs, so --patience is raised to \
             up to {seconds} s for the calls that have one\n"
        ))?;
    }
    if args.lockstep.check {
        return check(session);
    }
    if kept.is_empty() {
        many(subject, args, &mut sessions, (save.as_ref(), page.as_ref(), &stop))
    } else {
        rerun(args, session, &kept)
    }
}

/// Serves as the adapter of a proxy: the clients of the proxy are in this process.
pub(crate) fn proxy_clients(args: &ProxyClientsArgs) -> Result<Exit, Failure> {
    let description = Description::read(&args.file);
    let description = description.map_err(|bad| Failure::input(bad.to_string()))?;
    let served = proxy::serve(&description);
    served.map_err(|error| Failure::Harness(format!("the clients of the proxy: {error}")))?;
    Ok(Exit::Clean)
}

#[derive(clap::Args)]
pub(crate) struct ProxyClientsArgs {
    /// The description of the proxy
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

fn words(command: &str) -> Result<Vec<String>, Failure> {
    if command.trim().is_empty() {
        return Err(Failure::input(format!("--adapter is empty; {PROGRAM}. {FAILED}")));
    }
    if command.trim_start().starts_with('-') {
        let command = printable(command);
        return Err(Failure::input(format!(
            "--adapter is `{command}`, which begins with an option; {PROGRAM}. {FAILED}"
        )));
    }
    match shlex::split(command) {
        Some(words) if !words.is_empty() => Ok(words),
        _ => {
            let expected = format!("{PROGRAM}, with all quotes closed");
            Err(Failure::input(format!("--adapter is `{}`; {expected}", printable(command))))
        }
    }
}

/// Returns the files with schedules: those given, and all of each directory, sorted.
fn files(given: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in given {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let mut inside = Vec::new();
        for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
            inside.push(entry.map_err(|error| unreadable(path, &error))?.path());
        }
        inside.retain(|file| file.extension().is_some_and(|ext| ext == "toml"));
        inside.sort_unstable();
        if inside.is_empty() {
            let name = printable(&path.display().to_string());
            return Err(Failure::input(format!(
                "{name}: this directory has no schedule; expected a file, or a directory with \
                 files that end in .toml"
            )));
        }
        files.append(&mut inside);
    }
    Ok(files)
}

/// Tries the adapter and prints what it does and what it does not.
fn check(session: &mut Session) -> Result<Exit, Failure> {
    let trials = progress::timed("trying the adapter", || trial(session))?;
    let mut text = format!("{}\n\n", session.hello());
    for Trial { what, outcome } in &trials {
        let (word, why) = match outcome {
            Outcome::Right => ("right    ", None),
            Outcome::NotTried(why) => ("not tried", Some((*why).to_owned())),
            Outcome::Wrong(why) => ("wrong    ", Some(printable(why))),
        };
        let _ = writeln!(text, "{word}  {what}");
        if let Some(why) = why {
            let _ = writeln!(text, "           {why}");
        }
    }
    let wrong = trials.iter().filter(|it| matches!(it.outcome, Outcome::Wrong(_))).count();
    let _ = match wrong {
        0 => writeln!(text, "\nThe adapter does all that was tried."),
        1 => writeln!(text, "\n1 thing is wrong; docs/adapter-protocol.md says how it should be."),
        _ => writeln!(
            text,
            "\n{wrong} things are wrong; docs/adapter-protocol.md says how they should be."
        ),
    };
    Screen::Output.print(&text)?;
    Ok(if wrong == 0 { Exit::Clean } else { Exit::Violated })
}

/// Returns the command that prints the certificate again. What changes nothing in it is left out.
fn command_again(subject: &Subject, args: &CertifyArgs) -> String {
    let (program, subject) = (quoted(&program_name()), &subject.option);
    let source = match (args.lockstep.enumerate, args.from_seed) {
        (Some(most), _) => format!("--enumerate {most}"),
        (None, Seed(0)) => format!("--seeds {}", args.seeds),
        (None, from) => format!("--seeds {} --from-seed {from}", args.seeds),
    };
    let patience = match args.lockstep.patience {
        PATIENCE => String::new(),
        other => format!(" --patience {other}"),
    };
    let words = &args.lockstep.words;
    let words =
        if *words == Vocabulary::default() { String::new() } else { format!(" --words {words}") };
    format!("{program} certify {subject} {source}{words}{patience}")
}

/// Runs schedules from seeds or from an enumeration.
#[expect(clippy::disallowed_methods, reason = "a budget is real time")]
fn many(
    subject: &Subject,
    args: &CertifyArgs,
    sessions: &mut [Session],
    (save_to, page, stop): (Option<&OutputFile>, Option<&OutputFile>, &AtomicBool),
) -> Result<Exit, Failure> {
    let words = args.lockstep.words.clone();
    let source = if let Some(most) = args.lockstep.enumerate {
        Source::Enumerated(usize::from(most.get()), words)
    } else {
        Source::Seeds(args.from_seed, args.seeds.get().into(), words)
    };
    let all = source.count(sessions[0].hello());
    let budget = args.lockstep.budget.map(|seconds| Duration::from_secs(seconds.get().into()));
    let began = Instant::now();
    let is_over = || budget.is_some_and(|budget| began.elapsed() >= budget);
    let screen = if args.json { Screen::Error } else { Screen::Output };
    let mut printed = Ok(());
    let mut certificate = progress::counted(all, ("schedule", "schedules"), |tick| {
        lockstep::certify_with(
            sessions,
            &source,
            args.lockstep.check_determinism,
            |done, schedule, run| {
                tick(done);
                if args.lockstep.log {
                    let name = source.nth(done);
                    printed = screen.print(&logged(&name, schedule, run, screen.layout()));
                }
                printed.is_ok() && !stop.load(Ordering::Relaxed) && !is_over()
            },
        )
    })?;
    printed?;
    if certificate.cut_short.is_some() && !stop.load(Ordering::Relaxed) {
        certificate.cut_short = Some(CutShort::Budget);
    }
    let made = Made::here(command_again(subject, args));
    if args.json {
        let object = lockstep::machine::Certificate::of(&certificate, &made);
        Screen::Output.print(&machine::page(&object)?)?;
    } else {
        let (markdown, verdict) = (certificate.to_markdown(&made), certificate.verdict());
        Screen::Output.print(&terminal::page(&markdown, verdict, Screen::Output.layout()))?;
    }
    // Standard output has the certificate and nothing after it.
    if args.lockstep.check_determinism {
        let words = "\ndeterministic: each schedule ran twice with identical traces\n";
        Screen::Error.print(words)?;
    }
    if args.lockstep.text_diagram {
        for finding in &certificate.findings {
            Screen::Error.print(&drawn(finding.picture.as_ref()))?;
        }
    }
    if let Some(file) = page {
        write_report(file, &page_of_library::page(&certificate, &made))?;
    }
    if let Some(target) = save_to {
        save(target, &certificate, subject)?;
    }
    Ok(certificate.verdict().into())
}

/// Returns a diagram in characters, with what it shows; nothing without a violation.
fn drawn(picture: Option<&Diagram>) -> String {
    let Some(diagram) = picture else { return String::new() };
    format!("\n{}: {}\n\n{}", diagram.title, diagram.verdict, text::picture(diagram))
}

/// Returns a schedule and its trace, as `--log` prints them.
fn logged(name: &str, schedule: &Schedule, run: &ScheduleRun, layout: Layout) -> String {
    let steps: Vec<_> = schedule.steps().iter().map(ToString::to_string).collect();
    let head = layout.line("", &format!("{name}: {}", steps.join("; ")));
    head + &terminal::story(&run.story(schedule), layout) + "\n"
}

fn save(
    target: &OutputFile,
    certificate: &LibraryCertificate,
    subject: &Subject,
) -> Result<(), Failure> {
    let Some(finding) = certificate.findings.first() else {
        return Screen::Error.print("\nnothing is saved: nothing was violated\n");
    };
    target.write(finding.saved.to_text(&finding.story).as_bytes())?;
    let name = target.path().display();
    let (subject, file) = (&subject.option, quoted(&name.to_string()));
    let command = format!("crosswire certify {subject} --schedule {file}");
    Screen::Error.print(&format!("\nsaved: {command}\n"))
}

/// Runs saved schedules and compares each with what it was saved for.
fn rerun(
    args: &CertifyArgs,
    session: &mut Session,
    kept: &[(PathBuf, SavedSchedule)],
) -> Result<Exit, Failure> {
    let kept_all = kept.len() as u64;
    let mut verdicts = Vec::new();
    let mut schedules = Vec::new();
    let mut interrupted = None;
    let progress = Progress::begin(Task::of(kept_all, "schedules"));
    for (path, kept) in kept {
        progress.set(verdicts.len() as u64);
        let run = match ScheduleRun::of(session, &kept.schedule) {
            Err(SessionError::Stopped) => {
                let (done, all) = (verdicts.len() as u64, Some(kept_all));
                interrupted = Some(signals::interrupted(done, all, "schedules"));
                break;
            }
            run => run?,
        };
        let name = printable(&path.display().to_string());
        let Comparison { verdict, words } = kept.compared(&run);
        verdicts.push(verdict);
        if args.json {
            schedules.push(Replayed::of(&name, kept, &run));
        } else {
            let layout = Screen::Output.layout();
            let (word, rest) = words.split_once(':').unwrap_or((&words, ""));
            let word = layout.verdict(verdict, word);
            let head = format!("{name}: {word}:{rest}, with {}", session.hello());
            let story = terminal::story(&run.story(&kept.schedule), layout);
            Screen::Output.print(&(layout.line("", &head) + &story))?;
            if args.lockstep.text_diagram {
                Screen::Output.print(&drawn(run.picture(&kept.schedule).as_ref()))?;
            }
        }
    }
    drop(progress);
    if args.json {
        Screen::Output.print(&machine::page(&Replays { adapter: session.hello(), schedules })?)?;
    }
    let mut graver = [Verdict::Violated, Verdict::Inconclusive].into_iter();
    if let Some(how) = interrupted {
        Screen::Error.print(&format!("{how}\n"))?;
        verdicts.push(Verdict::Inconclusive);
    }
    Ok(graver.find(|verdict| verdicts.contains(verdict)).unwrap_or(Verdict::Clean).into())
}

impl From<SessionError> for Failure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Adapter(bad) => Self::input(bad.to_string()),
            SessionError::Stopped => Self::Interrupted("interrupted".to_owned()),
            SessionError::Sockets(_) | SessionError::TwoTraces { .. } => {
                Self::Harness(error.to_string())
            }
        }
    }
}
