//! Pictures of a run: `--text-diagram`, `--report`, `--svg` and `--perfetto`.

use super::args::PictureArgs;
use super::failure::Failure;
use super::output::{FileKind, OutputFile};
use crosswire_checker::{Findings, Violation};
use crosswire_plan::Plan;
use crosswire_report::{Band, Recording, Run, diagram, page, perfetto, svg, text};
use std::fmt::Write;
use std::path::PathBuf;

/// The pictures that a command makes at its end.
pub(super) struct Pictures {
    text: bool,
    page: Option<OutputFile>,
    svg: Option<OutputFile>,
    perfetto: Option<OutputFile>,
}

impl Pictures {
    /// Checks that the files of the pictures can be written.
    pub(super) fn new(args: &PictureArgs, force: bool) -> Result<Self, Failure> {
        let file = |path: &Option<PathBuf>, kind| match path {
            Some(path) => OutputFile::new(path, kind, force).map(Some),
            None => Ok(None),
        };
        Ok(Self {
            text: args.text_diagram,
            page: file(&args.report, FileKind::Page)?,
            svg: file(&args.svg, FileKind::Picture)?,
            perfetto: file(&args.perfetto, FileKind::Trace)?,
        })
    }

    /// Returns an observer of a run of `plan`; `None` if no picture is to be made of it.
    pub(super) fn recording(&self, plan: &Plan) -> Option<Recording> {
        let files = [&self.page, &self.svg, &self.perfetto];
        if !self.text && files.iter().all(|file| file.is_none()) {
            return None;
        }
        Some(recording_of(plan))
    }

    /// Writes the files. The diagrams show the first violation with this `signature` or, without
    /// one, the first violation. Returns what is to be printed.
    pub(super) fn make(
        &self,
        (plan, client): (&Plan, &str),
        recording: Recording,
        (findings, signature): (&Findings, Option<&str>),
    ) -> Result<String, Failure> {
        let run = run_of((plan, client), recording, findings);
        let mut printed = String::new();
        let shown = run.violations().iter();
        let first =
            shown.clone().find(|it| signature.is_none_or(|wanted| it.signature() == wanted));
        match first.or(run.violations().first()) {
            Some(violation) => printed += &self.of_violation(&run, violation)?,
            None if self.text || self.svg.is_some() => {
                printed += "\nno diagram: nothing was violated\n";
            }
            None => {}
        }
        if let Some(file) = &self.page {
            file.write(page(&run).as_bytes())?;
            let _ = writeln!(printed, "\npage: {}", file.shown());
        }
        if let Some(file) = &self.perfetto {
            file.write(&perfetto(&run))?;
            let _ =
                writeln!(printed, "\ntrace: {}; open it at https://ui.perfetto.dev", file.shown());
        }
        Ok(printed)
    }

    fn of_violation(&self, run: &Run, violation: &Violation) -> Result<String, Failure> {
        if !self.text && self.svg.is_none() {
            return Ok(String::new());
        }
        let diagram = diagram(run, violation);
        let mut printed = String::new();
        if self.text {
            printed.extend(["\n", &text(&diagram)]);
        }
        if let Some(file) = &self.svg {
            file.write(svg(&diagram).as_bytes())?;
            let _ = writeln!(printed, "\npicture: {}", file.shown());
        }
        Ok(printed)
    }
}

/// Returns an observer of a run of `plan`.
pub(super) fn recording_of(plan: &Plan) -> Recording {
    let bands = plan.faults.iter().map(|fault| Band {
        name: fault.kind.to_string(),
        target: fault.target.to_string(),
        start_ms: fault.start_ms,
        end_ms: fault.end_ms(),
    });
    Recording::new(bands.collect())
}

/// Returns a finished run of `plan`, of which pictures are made.
pub(super) fn run_of(
    (plan, client): (&Plan, &str),
    recording: Recording,
    findings: &Findings,
) -> Run {
    Run { title: title(plan, client), recording, findings: findings.clone() }
}

/// Returns what a run is of, a name and a value each.
fn title(plan: &Plan, client: &str) -> Vec<(String, String)> {
    let parts = [
        ("scenario", plan.scenario.clone()),
        ("seed", plan.seed.to_string()),
        ("client", client.to_owned()),
        ("service", plan.service.name.clone()),
    ];
    parts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}
