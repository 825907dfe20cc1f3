//! The text of a saved run, with stories as comments.

use super::{HEADER, LARGEST_FILE, REPLAY, SavedRun, UnderTest};
use crate::report::Report;
use crate::sim::Unfinished;
use crosswire_checker::Violation;
use crosswire_output::format::{self, Layout, WIDTH, seconds, twelve_lines};
use std::io;

/// The width of a comment's text, after `# `.
const COMMENT_WIDTH: usize = WIDTH - 2;

impl SavedRun {
    /// Returns the text of the file, with stories of `report` as comments: first that of the
    /// signature of the file, then the first one of each invariant.
    ///
    /// # Errors
    /// The text would be larger than [`LARGEST_FILE`], or the plan cannot be written as TOML.
    pub fn to_text(&self, report: &Report) -> io::Result<String> {
        let shown = report.shown(self.signature.as_deref());
        let stories = shown.into_iter().map(|violation| story(violation, report));
        self.to_text_below(&stories.collect::<String>())
    }

    /// Returns the text of the file for a run that may not have finished; then the comment is the
    /// panic or the timeout.
    ///
    /// # Errors
    /// As [`to_text`](Self::to_text).
    pub fn to_text_of(&self, run: &Result<Report, Unfinished>) -> io::Result<String> {
        match run {
            Ok(report) => self.to_text(report),
            Err(unfinished) => {
                let lines = twelve_lines(&unfinished).into_iter().map(|line| format!("# {line}\n"));
                self.to_text_below(&format!("#\n{}", lines.collect::<String>()))
            }
        }
    }

    /// Returns the text of the file without comments.
    ///
    /// # Errors
    /// As [`to_text`](Self::to_text).
    pub fn to_text_without_story(&self) -> io::Result<String> {
        self.to_text_below("")
    }

    fn to_text_below(&self, comment: &str) -> io::Result<String> {
        let run = toml::to_string(self).map_err(io::Error::other)?;
        let text = format!("{HEADER}{REPLAY}\n{comment}\n{run}");
        if text.len() > LARGEST_FILE {
            return Err(io::Error::other("the plan is too large to be saved"));
        }
        Ok(text)
    }

    /// Reads `text`, which this run was written as, and asserts that it is this run.
    ///
    /// # Errors
    /// The plan is invalid, so that no replay would accept the file.
    ///
    /// # Panics
    /// If what is read is another run.
    pub fn read_back(&self, text: &str) -> io::Result<()> {
        // A program may run a client or a service that no list contains.
        let (client, service) = (self.plan.client.name.clone(), self.plan.service.name.clone());
        let named = UnderTest { client, service };
        let read = Self::parse_for("the saved run", text, Some(&named));
        let read = read.map_err(|bad| io::Error::other(bad.to_string()))?;
        assert!(read == *self, "a saved run is read as another one than was written:\n{text}");
        Ok(())
    }
}

/// Formats a violation with its story as comments.
fn story(violation: &Violation, report: &Report) -> String {
    let Violation { invariant, name, at_ms, story, .. } = violation;
    let at = if report.is_first(violation) { "first at" } else { "at" };
    let mut out = format!("#\n# {invariant} {name}, {at} {} s\n", seconds(*at_ms));
    for line in format::story(story, Layout::of_terminal(COMMENT_WIDTH)).lines() {
        out.extend(["# ", line, "\n"]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::{ClientUnderTest, play};
    use crosswire_plan::{Seed, draw};
    use std::sync::Arc;
    use std::time::Duration;

    /// Two violations of one invariant, of which the file is kept for the second.
    #[test]
    fn the_story_of_the_files_signature_comes_first() {
        let scenario = crate::scenarios::scenario("pair").expect("a scenario");
        let plan = Arc::new(draw(&scenario, Seed(1)));
        let client = ClientUnderTest::named("pooled").expect("a client");
        let output = play(&plan, &client).expect("a run");
        let mut report = Report::new(&plan, "pooled", &output, Duration::ZERO);
        let violation = |at_ms, cause: &str| Violation {
            invariant: crosswire_checker::InvariantId::I1,
            name: "authorised delivery".to_owned(),
            at_ms,
            user: None,
            device: None,
            event: None,
            causes: vec![cause.to_owned()],
            story: vec![format!("{} it was {cause}", seconds(at_ms))],
        };
        report.violations = vec![violation(1_000, "listed"), violation(2_500, "pushed")];
        let signature = Some("I1 authorised delivery, pushed".to_owned());
        let saved = SavedRun { signature, ..SavedRun::new(&plan, &report) };
        let text = saved.to_text(&report).expect("a text");
        let comments: Vec<_> = text.lines().take_while(|line| line.starts_with('#')).collect();
        insta::assert_snapshot!(comments[1..].join("\n"), @r"
        #
        # I1 authorised delivery, at 2.500 s
        # >   2.500 it was pushed
        #
        # I1 authorised delivery, first at 1.000 s
        # >   1.000 it was listed
        ");
        saved.read_back(&text).expect("it is read");
    }
}
