//! Checks that the demonstration's page and the README show what the program prints.

use crate::child;
use crate::error::Error;
use crate::files;
use crate::program::{Build, Program};
use std::path::Path;
use std::process::Stdio;

/// The arguments of `ci demonstration`.
#[derive(clap::Args)]
pub struct Args {
    /// Updates the pages.
    #[arg(long)]
    write: bool,
}

/// The diagram of the demonstration's leak, which the README shows.
const PICTURE: &str = "docs/reports/demonstration.svg";

/// The lines of a story that the README quotes: the last ones.
const QUOTED: usize = 9;

/// Compares or writes the pages, and returns whether they show what the program prints.
pub fn run(args: &Args) -> Result<bool, Error> {
    let program = Program::get(Build::Release, &[])?;
    // It writes a page into its directory.
    let place = files::temporary()?;
    let mut command = program.renamed();
    command.current_dir(place.path()).stderr(Stdio::null());
    let printed = child::stdout(&mut command, &[0])?;
    let demonstration = from_first_step(&printed)?;
    let mut command = program.renamed();
    command.args(["run", "reconnect-storm", "--seed", "41", "--client", "redis-rs-0-29"]);
    // The run is violated: exit status 1.
    let story = end_of_story(&child::stdout(command.stderr(Stdio::null()), &[0, 1])?)?;
    let mut same = true;
    for (page, printed) in
        [("docs/reports/demonstration.md", &demonstration), ("README.md", &story)]
    {
        same &= shows(page, printed, args.write)?;
    }
    same &= shows_picture(&program, place.path(), args.write)?;
    if same {
        println!("the README and docs/reports/demonstration.md show what the program prints");
    }
    Ok(same)
}

/// Returns whether the README's picture is the diagram of the demonstration's leak, or makes it so.
fn shows_picture(program: &Program, place: &Path, write: bool) -> Result<bool, String> {
    let drawn = place.join("demonstration.svg");
    let mut command = program.command();
    command.args(["run", "wyze-2024", "--seed", "2", "--client", "pooled-cancel-desync", "--svg"]);
    // The run is violated: exit status 1.
    child::stdout(command.arg(&drawn).stderr(Stdio::null()), &[1])?;
    let drawn = files::read(drawn)?;
    if write {
        files::write(PICTURE, &drawn)?;
    }
    let same = files::read(PICTURE)? == drawn;
    if !same {
        eprintln!("{PICTURE} is out of date: run ci/demonstration --write");
    }
    Ok(same)
}

/// Returns the demonstration from its first step on.
fn from_first_step(printed: &str) -> Result<String, String> {
    match printed.lines().position(|line| line.starts_with("1. ")) {
        Some(first) => Ok(files::text(printed.lines().skip(first))),
        None => Err("the demonstration has no line that begins with `1. `".to_owned()),
    }
}

/// Returns the last lines of the first story of a run.
fn end_of_story(printed: &str) -> Result<String, String> {
    let story = printed.lines().skip_while(|line| !line.starts_with("I1 "));
    let story: Vec<_> = story.take_while(|line| !line.is_empty()).collect();
    if story.is_empty() {
        return Err("the run that the README quotes prints no story of I1".to_owned());
    }
    Ok(files::text(story[story.len().saturating_sub(QUOTED)..].iter().copied()))
}

/// Returns whether the first block of text on a page is `printed`, or makes it so.
fn shows(page: &str, printed: &str, write: bool) -> Result<bool, String> {
    let is = files::read(page)?;
    let expected = with_block(&is, printed);
    if is == expected {
        return Ok(true);
    }
    if write {
        files::write(page, expected)?;
        return Ok(true);
    }
    child::print_difference([page, "what the program prints"], [&is, &expected])?;
    eprintln!("{page} is out of date: run ci/demonstration --write");
    Ok(false)
}

/// Returns a page with `printed` in its first block of text.
fn with_block(page: &str, printed: &str) -> String {
    let mut out = String::new();
    let (mut within, mut done) = (false, false);
    for line in page.lines() {
        if line == "```" {
            within = false;
        }
        if within {
            continue;
        }
        out.push_str(line);
        out.push('\n');
        if line == "```text" && !done {
            out.push_str(printed);
            (within, done) = (true, true);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_block_of_text_is_replaced() {
        let page = "a\n```sh\nb\n```\n```text\nold\nolder\n```\nc\n```text\nkept\n```\n";
        let expected = "a\n```sh\nb\n```\n```text\nnew\n```\nc\n```text\nkept\n```\n";
        assert_eq!(with_block(page, "new\n"), expected);
        assert_eq!(with_block(expected, "new\n"), expected);
    }

    #[test]
    fn what_the_pages_quote_is_found() {
        assert_eq!(from_first_step("head\n\n1. a\nb\n"), Ok("1. a\nb\n".to_owned()));
        assert!(from_first_step("head\n").is_err());
        let long = "  a\n".repeat(QUOTED) + "  last\n";
        let story = end_of_story(&format!("head\nI1 leak\n{long}\nI2\n")).expect("a story");
        assert_eq!(story, "  a\n".repeat(QUOTED - 1) + "  last\n");
        assert_eq!(end_of_story("I1 leak\n  a\n\nI2"), Ok("I1 leak\n  a\n".to_owned()));
        assert!(end_of_story("clean\n").is_err());
    }
}
