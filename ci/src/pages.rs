//! Opens pages in a headless Chromium and uses them as a reader would.

use crate::child;
use crate::error::Error;
use crate::files;
use crate::install;
use crate::program::{Build, Program, target, workspace};
use std::path::Path;
use std::process::{Command, Stdio};

/// The packages of npm that the tests use, and nothing else does.
const PACKAGES: [&str; 3] = ["axe-core@4.14.1", "puppeteer-core@24.43.1", "typescript@7.0.2"];

/// The sources of the tests, and of the pages' scripts.
const TESTS: &str = "ci/browser";
const SCRIPTS: &str = "crates/report/src/page";

/// The pages that are tested: the name of the file, and the arguments of `crosswire` before
/// `--report`, with the expected exit status.
const PAGES: [(&str, &[&str], i32); 6] = [
    ("leak", &["run", "reconnect-storm", "--seed", "41", "--client", "pooled-cancel-desync"], 1),
    ("small", &["replay", "scenarios/regressions/pooled-cancel-desync.toml"], 0),
    ("storm", &["run", "wyze-2024", "--seed", "2", "--client", "pooled-cancel-desync"], 1),
    ("clean", &["run", "calm", "--seed", "1", "--client", "pooled"], 0),
    ("matrix", &["matrix", "--mechanism", "1", "--mechanism", "9", "--seeds", "2"], 0),
    ("certificate", &["certify", "redis-rs-0-29", "--seeds", "60"], 1),
];

/// A hunt that finds something; its directory is `hunt` beside the pages.
const HUNT: [&str; 12] = [
    "hunt",
    "reconnect-storm",
    "notification-mix-up",
    "--client",
    "pooled-cancel-desync",
    "--client",
    "multiplexed-replay-skew",
    "--seeds",
    "6",
    "--minimize",
    "2s",
    "--out",
];

/// Makes the pages and tests them. Returns whether all holds.
pub fn run() -> Result<bool, Error> {
    install::unless_there("chromium", &["chromium"], "the browser that pages are tested in")?;
    install::unless_there("npm", &["nodejs", "npm"], "for the tests of pages")?;
    let directory = target()?.join("pages");
    files::remove_dir(directory.join("hunt"))?;
    files::create_dir(&directory)?;
    make(&directory)?;
    hostile(&directory)?;
    packages(&directory)?;
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec"]).env("PAGES", &directory);
    node.env("CROSSWIRE", Program::get(Build::Release, &[])?.path);
    // A test imports its packages from beside it.
    for name in files::names(TESTS, ".mjs")? {
        files::copy(Path::new(TESTS).join(&name), directory.join(&name))?;
    }
    node.current_dir(&directory);
    let passed = child::status(&mut node)?.success();
    Ok(passed & typed(&directory)?)
}

/// Makes the pages with the program.
fn make(directory: &Path) -> Result<(), String> {
    let program = Program::get(Build::Release, &[])?;
    for (name, arguments, expected) in PAGES {
        let page = directory.join(name).with_extension("html");
        let mut command = program.command();
        command.args(arguments).arg("--report").arg(&page).stdout(Stdio::null());
        let status = child::status(&mut command)?;
        if status.code() != Some(expected) {
            return Err(format!("crosswire {}: {status}", arguments.join(" ")));
        }
    }
    let mut hunt = program.command();
    hunt.args(HUNT).arg(directory.join("hunt")).stdout(Stdio::null());
    let status = child::status(&mut hunt)?;
    if status.code() == Some(1) { Ok(()) } else { Err(format!("crosswire hunt: {status}")) }
}

/// Makes pages about runs with hostile names and texts.
fn hostile(directory: &Path) -> Result<(), String> {
    let mut command = workspace("test");
    command.args(["--test", "pictures", "hostile"]);
    command.env("CROSSWIRE_HOSTILE", directory).stdout(Stdio::null());
    child::succeed(&mut command)
}

fn packages(directory: &Path) -> Result<(), String> {
    let mut npm = Command::new("npm");
    npm.args(["install", "--no-save", "--silent", "--no-package-lock", "--prefix"]);
    child::succeed(npm.arg(directory).args(PACKAGES))
}

/// Checks the types of the pages' scripts.
fn typed(directory: &Path) -> Result<bool, String> {
    let mut tsc = Command::new(directory.join("node_modules/.bin/tsc"));
    tsc.args(["--checkJs", "--strict", "--noEmit", "--target", "es2022", "--lib", "es2022,dom"]);
    for name in files::names(SCRIPTS, ".js")? {
        tsc.arg(Path::new(SCRIPTS).join(name));
    }
    Ok(child::status(&mut tsc)?.success())
}
