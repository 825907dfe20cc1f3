//! Pictures of a run: `--text-diagram`, `--report`, `--svg` and `--perfetto`.

use super::args::PictureArgs;
use super::failure::Failure;
use super::output::{FileKind, OutputFile};
use crosswire::catalog;
use crosswire::pictures::{recorded, recording, run_of};
use crosswire::sim::ClientUnderTest;
use crosswire_checker::{Findings, Violation};
use crosswire_plan::Plan;
use crosswire_report::{Recording, Run, diagram, page, perfetto, svg, text};
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

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
        Some(recording(plan))
    }

    /// Returns the correct twin of what `plan` puts under the storm, if a picture shows it.
    pub(super) fn twin(&self, plan: &Plan) -> Option<Twin> {
        if self.page.is_some() { Twin::of(plan) } else { None }
    }

    /// Writes the files. The page shows the run of the twin as well. The diagrams show the first
    /// violation with this `signature` or, without one, the first violation. Returns what is to be
    /// printed.
    pub(super) fn make(
        &self,
        (plan, client): (&Plan, &str),
        (recording, twin): (Recording, Option<&Run>),
        (findings, signature): (&Findings, Option<&str>),
    ) -> Result<String, Failure> {
        let run = run_of((plan, client), recording, findings.clone());
        let mut printed = String::new();
        match run.first(signature).or(run.first(None)) {
            Some(violation) => printed += &self.of_violation(&run, violation)?,
            None if self.text || self.svg.is_some() => {
                printed += "\nno diagram: nothing was violated\n";
            }
            None => {}
        }
        if let Some(file) = &self.page {
            file.write(page(&run, twin).as_bytes())?;
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

/// The correct twin of a faulty client or service, in the same storm.
pub(super) struct Twin {
    plan: Arc<Plan>,
    client: ClientUnderTest,
}

impl Twin {
    /// Returns the twin of what `plan` puts under the storm; `None` if it has none, or if this
    /// build lacks it.
    pub(super) fn of(plan: &Plan) -> Option<Self> {
        let client = catalog::twin_of_client(&plan.client.name);
        let service = catalog::twin_of_service(&plan.service.name);
        if client.is_none() && service.is_none() {
            return None;
        }
        let mut plan = plan.clone();
        if let Some(name) = client {
            name.clone_into(&mut plan.client.name);
        }
        if let Some(name) = service {
            name.clone_into(&mut plan.service.name);
        }
        let client = catalog::client(&plan.client.name).ok()?;
        Some(Self { plan: Arc::new(plan), client })
    }

    /// Runs the twin.
    pub(super) fn run(&self) -> Result<Run, Failure> {
        Ok(recorded(&self.plan, &self.client)?)
    }
}
