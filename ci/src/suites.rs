//! Certifies a small client, with its mistake and without, from suites of other languages.
//!
//! Each suite in `adapters/suites` comes with an example of two tests. The one of the faulty client
//! must fail with the story and keep the schedule, and fail by it alone when it is run again; the
//! other one must pass.

use crate::child;
use crate::error::Error;
use crate::files;
use crate::install;
use crate::program::{Build, Program};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a suite prints of a faulty client.
const STORY: [&str; 2] = ["I4: call 2 is handed \"a#1\", the reply to GET a of call 1", "kept as "];

/// What it prints when the schedule that it kept is played again.
const REPLAYED: [&str; 1] = ["found-1.toml: reproduces: I3, I4, I7"];

struct Suite {
    language: &'static str,
    /// The programs that it needs.
    needs: &'static [&'static str],
    /// Prepares the directory.
    prepare: &'static [&'static str],
    /// Runs the tests with a name that contains the word that is added.
    run: fn(&str) -> Vec<String>,
}

const SUITES: [Suite; 4] = [
    Suite {
        language: "python",
        needs: &["python3"],
        prepare: &[
            "python3 -m venv venv",
            "venv/bin/pip install --quiet --disable-pip-version-check pytest .",
        ],
        run: |name| words(&format!("venv/bin/pytest -q -k {}", name.to_lowercase())),
    },
    Suite {
        language: "node",
        needs: &["node", "python3"],
        prepare: &[],
        run: |name| {
            let pattern = name.to_lowercase();
            words(&format!("node --test --test-name-pattern={pattern} example/"))
        },
    },
    Suite {
        language: "go",
        needs: &["go", "python3"],
        prepare: &[],
        run: |name| words(&format!("go test -count=1 -run {name} ./...")),
    },
    Suite {
        language: "java",
        needs: &["mvn", "python3"],
        prepare: &[],
        run: |name| {
            words(&format!(
                "mvn --quiet --batch-mode -Dstyle.color=never test -Dtest=WiresTest#{}*",
                name.to_lowercase()
            ))
        },
    },
];

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

/// Runs every suite whose language is installed.
pub fn run() -> Result<bool, Error> {
    let program = Program::get(Build::Release, &[])?.path;
    let mut all_hold = true;
    for suite in &SUITES {
        if let Some(missing) = suite.needs.iter().find(|program| !install::has(program)) {
            println!("{}: skipped, {missing} is not installed", suite.language);
            continue;
        }
        match suite.check(&program) {
            Ok(()) => println!(
                "{}: the faulty client is found and kept, the fixed one passes",
                suite.language
            ),
            Err(why) => {
                println!("{}: {why}", suite.language);
                all_hold = false;
            }
        }
    }
    Ok(all_hold)
}

impl Suite {
    fn check(&self, program: &Path) -> Result<(), String> {
        let place = files::temporary()?;
        let root = place.path().join("adapters");
        let suites = root.join("suites");
        files::create_dir(&suites)?;
        files::copy("adapters/blocking-socket.py", root.join("blocking-socket.py"))?;
        let from = Path::new("adapters/suites").join(self.language);
        child::succeed(Command::new("cp").arg("-r").arg(from).arg(&suites))?;
        let suite = Playing { directory: suites.join(self.language), program };
        for line in self.prepare {
            child::succeed(&mut suite.command(&words(line)))?;
        }
        suite.fails(&(self.run)("Keeps"), &STORY)?;
        suite.fails(&(self.run)("Keeps"), &REPLAYED)?;
        suite.passes(&(self.run)("Closes"))
    }
}

/// A suite in a directory that only this run uses.
struct Playing<'a> {
    directory: PathBuf,
    program: &'a Path,
}

impl Playing<'_> {
    fn command(&self, words: &[String]) -> Command {
        let (program, arguments) = words.split_first().expect("a command has a program");
        let mut command = Command::new(program);
        command.args(arguments).current_dir(&self.directory).env("CROSSWIRE", self.program);
        command
    }

    fn fails(&self, words: &[String], told: &[&str]) -> Result<(), String> {
        let output = child::output(&mut self.command(words))?;
        let failed = !output.status.success();
        let text = child::text(output);
        match told.iter().find(|line| !text.contains(**line)) {
            None if failed => Ok(()),
            None => Err(format!("`{}` succeeds with a faulty client", words.join(" "))),
            Some(line) => Err(format!("`{}` does not print `{line}`:\n{text}", words.join(" "))),
        }
    }

    fn passes(&self, words: &[String]) -> Result<(), String> {
        let output = child::output(&mut self.command(words))?;
        if output.status.success() {
            return Ok(());
        }
        Err(format!("`{}` fails with the fixed client:\n{}", words.join(" "), child::text(output)))
    }
}
