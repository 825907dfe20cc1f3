//! Does what a new user does, in an empty crate outside the checkout, with packages alone.
//!
//! A directory with all crates of the lock file and the packages replaces crates.io.

use crate::child;
use crate::error::Error;
use crate::files;
use crate::program::cargo;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The test that `cargo crosswire init` writes.
const TEST: &str = "tests/crosswire.rs";

/// The line before the mistake in that test, the line before its fix, and the line after both.
const MARKS: [&str; 3] = ["        // The mistake: ", "        // The fix: ", "    }\n"];

/// The parts of the first failure: the cause, the replay, the file, the command that accepts it.
const STORY: [&str; 4] = [
    "where the reply to",
    "replay: CROSSWIRE_SEED=",
    "saved: ",
    "accept: CROSSWIRE_UPDATE=1 cargo crosswire test our_client_keeps_users_apart",
];

/// Runs the commands of a new user. Returns whether each did what it should.
pub fn run(folder: &Path, unpacked: &Path) -> Result<bool, Error> {
    let crates = folder.join("crates-io");
    stand_in(&crates, unpacked)?;
    let place = files::temporary()?;
    let user = User { place: place.path(), home: place.path().join("cargo") };
    files::create_dir(&user.home)?;
    files::write(user.home.join("config.toml"), config(&crates))?;
    user.typed("cargo install crosswire-cli", &["install", "--quiet", "crosswire-cli"])?;
    user.typed("cargo new doorbell --lib", &["new", "--quiet", "--lib", "doorbell"])?;
    user.typed("cargo crosswire init", &["crosswire", "init"])?;
    let failure = user.tested(&[])?;
    for part in STORY {
        if !failure.contains(part) {
            println!("{failure}\nthe first failure does not show `{part}`");
            return Ok(false);
        }
    }
    println!("{}", story(&failure));
    user.tested(&[("CROSSWIRE_UPDATE", "1")])?;
    let test = user.place.join("doorbell").join(TEST);
    files::write(&test, fixed(&files::read(&test)?)?)?;
    let held = user.tested(&[])?;
    let well = held.contains("test result: ok. 2 passed");
    println!(
        "{}",
        if well { "fixed: the accepted run is clean, and so is the storm" } else { &held }
    );
    Ok(well)
}

/// A user's folder, and the home of cargo in it.
struct User<'a> {
    place: &'a Path,
    home: PathBuf,
}

impl User<'_> {
    /// Runs a command of cargo, which must succeed.
    fn typed(&self, line: &str, arguments: &[&str]) -> Result<(), String> {
        println!("$ {line}");
        child::succeed(&mut self.cargo(arguments))
    }

    /// Runs `cargo crosswire test` and returns what it printed.
    fn tested(&self, variables: &[(&str, &str)]) -> Result<String, String> {
        println!("$ cargo crosswire test");
        let mut command = self.cargo(&["crosswire", "test", "--quiet"]);
        Ok(child::text(child::output(command.envs(variables.iter().copied()))?))
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let [first, rest @ ..] = arguments else { panic!("a command of cargo has a name") };
        let mut command = cargo(first);
        let crate_folder = self.place.join("doorbell");
        let folder = if crate_folder.exists() { &crate_folder } else { self.place };
        let mut path = OsString::from(self.home.join("bin"));
        path.push(":");
        path.push(env::var_os("PATH").unwrap_or_default());
        command.args(rest).current_dir(folder).env("PATH", path).env("CARGO_HOME", &self.home);
        command
    }
}

/// Makes a directory with all crates of the lock file and the packages.
fn stand_in(crates: &Path, unpacked: &Path) -> Result<(), String> {
    files::remove_dir(crates)?;
    let mut vendor = cargo("vendor");
    vendor.args(["--quiet", "--locked", "--versioned-dirs"]).arg(crates);
    child::stdout(&mut vendor, &[0])?;
    for name in files::names(unpacked, "")? {
        let to = crates.join(&name);
        child::succeed(Command::new("cp").arg("-R").arg(unpacked.join(&name)).arg(&to))?;
        files::write(to.join(".cargo-checksum.json"), "{\"files\":{}}")?;
    }
    Ok(())
}

/// Returns the config file that replaces crates.io by a directory.
fn config(crates: &Path) -> String {
    format!(
        "[source.crates-io]\nreplace-with = \"packages\"\n\n\
         [source.packages]\ndirectory = \"{}\"\n\n[net]\noffline = true\n",
        crates.display()
    )
}

/// Returns the lines of the story.
fn story(failure: &str) -> String {
    let lines = failure.lines().skip_while(|line| !line.contains(": violated"));
    let lines: Vec<_> = lines.take_while(|line| !line.starts_with("note: ")).collect();
    lines.join("\n")
}

/// Returns the test with its mistake fixed, as its comment says.
fn fixed(test: &str) -> Result<String, String> {
    let changed = || format!("{TEST}: the mistake and its fix are not where they were");
    let (before, rest) = test.split_once(MARKS[0]).ok_or_else(changed)?;
    let (_, fix) = rest.split_once(MARKS[1]).ok_or_else(changed)?;
    let (fix, after) = fix.split_once(MARKS[2]).ok_or_else(changed)?;
    let lines = fix.lines().skip(2).filter_map(|line| line.trim_start().strip_prefix("// "));
    let lines: Vec<_> = lines.map(|line| format!("        {line}\n")).collect();
    Ok([before, &lines.concat(), MARKS[2], after].concat())
}
