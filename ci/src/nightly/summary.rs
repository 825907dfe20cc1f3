//! The summary of a night, in Markdown.

use super::announced::Announced;
use super::{Night, Part, counts, date};
use crate::child;
use crate::files;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

/// A hunt as the summary has it.
pub struct Hunt<'a> {
    /// `clients` or `services`.
    pub name: &'a str,
    /// The signatures that it announced.
    pub announced: &'a [Announced],
    /// Its standard output.
    pub text: String,
    /// Its standard error.
    pub errors: String,
}

/// Returns the summary.
pub fn text(night: &Night, parts: &[Part], stopped: bool) -> Result<String, String> {
    let mut hunts = Vec::new();
    for Part { name, path, announced } in parts {
        let text = files::read(path.with_extension("txt"))?;
        let errors = files::read(path.with_extension("err"))?;
        hunts.push(Hunt { name, announced, text, errors });
    }
    let (new, known) = counts(parts);
    let mut out = format!("# The nightly hunt of {}\n\n", date("+%F")?);
    if new > 0 {
        let _ = writeln!(out, "**{new} new**, {known} known.");
    } else {
        let _ = writeln!(out, "Nothing new; {known} known.");
    }
    if stopped {
        out += "It was interrupted.\n";
    }
    let _ = write!(out, "\n| | |\n|---|---|\n| commit | {} |\n", commit()?);
    out += &what(night);
    out += &rates(&hunts);
    if new > 0 {
        let saved = files::names(night.directory.join("new"), ".toml")?;
        out += &new_section(&hunts, &night.keep, &saved);
    }
    if known > 0 {
        out += &known_section(&hunts);
    }
    out += &details(&hunts);
    Ok(out)
}

/// Returns the commit, if there is one.
fn commit() -> Result<String, String> {
    let mut git = Command::new("git");
    let output = child::output(git.args(["rev-parse", "HEAD"]).stderr(Stdio::null()))?;
    if !output.status.success() {
        return Ok("unknown".to_owned());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Returns the rows of what was hunted.
fn what(night: &Night) -> String {
    let list = |names: &[String]| {
        if names.is_empty() { "none".to_owned() } else { names.join(" ") }
    };
    let mut services = night.services.clone();
    if !night.clients.is_empty() {
        services.insert(0, "standard".to_owned());
    }
    format!(
        "| scenarios | {} |\n| clients | {} |\n| services | {} |\n| seeds | from {} |\n",
        list(&night.scenarios),
        list(&night.clients),
        list(&services),
        night.from
    )
}

/// Returns a row with the rate of each hunt.
fn rates(hunts: &[Hunt<'_>]) -> String {
    let mut out = String::new();
    for hunt in hunts {
        let rate = hunt.errors.lines().find(|line| line.contains(" runs in "));
        let _ = writeln!(out, "| hunt of {} | {} |", hunt.name, rate.unwrap_or_default());
    }
    out
}

/// Returns the section of what is new, with the files that were saved in `keep`.
fn new_section(hunts: &[Hunt<'_>], keep: &Path, saved: &[String]) -> String {
    let keep = keep.display();
    let mut out = format!(
        "\n## New\n\n\
        Each is saved as a file of the same name in `{keep}`. Commit it: as it is, it expects the bug to\n\
        reproduce; with `expect = \"clean\"`, once the bug is fixed, it expects that it stays fixed.\n"
    );
    for new in hunts.iter().flat_map(|hunt| hunt.announced) {
        if new.known.is_none() {
            let _ =
                write!(out, "\n### {}\n\n```text\n{}\n```\n", new.signature, new.lines.join("\n"));
        }
    }
    out += "\n";
    for name in saved {
        let _ = writeln!(out, "- `{keep}/{name}`");
    }
    out
}

/// Returns the section of what is known, with the files of the saved runs.
fn known_section(hunts: &[Hunt<'_>]) -> String {
    let mut out = "\n## Known\n\n".to_owned();
    for announced in hunts.iter().flat_map(|hunt| hunt.announced) {
        if let Some(file) = &announced.known {
            let _ = writeln!(out, "- {}: `{file}`", announced.signature);
        }
    }
    out
}

/// Returns the results of each hunt, from its verdict on.
fn details(hunts: &[Hunt<'_>]) -> String {
    let is_verdict = |line: &&str| {
        ["clean: ", "violated: ", "inconclusive: "].iter().any(|verdict| line.starts_with(verdict))
    };
    let mut out = String::new();
    for hunt in hunts {
        let _ = write!(out, "\n<details><summary>All of {}</summary>\n\n```text\n", hunt.name);
        for line in hunt.text.lines().skip_while(|line| !is_verdict(line)) {
            let _ = writeln!(out, "{line}");
        }
        out += "```\n\n</details>\n";
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nightly::announced;

    #[test]
    fn a_hunt_is_summarized() {
        let text = "I1 leak\n  new\n  swarm, pooled, standard, seed 3: violated\n    a story\n  \
            file: n/1-leak.toml\n\nI2 stale\n  known: keep/b.toml\n  swarm, pooled, standard, seed 4: \
            violated\n\nviolated: 2 of 12 runs failed\n\nWhere\n";
        let announced = announced::parse(text);
        let hunts = [Hunt {
            name: "clients",
            announced: &announced,
            text: text.to_owned(),
            errors: "minimizing\n12 runs in 0.6 s: 21.7 a second\n".to_owned(),
        }];
        let saved = ["swarm-pooled-leak.toml".to_owned()];
        let page = [
            rates(&hunts),
            new_section(&hunts, Path::new("keep"), &saved),
            known_section(&hunts),
            details(&hunts),
        ];
        insta::assert_snapshot!(page.concat(), @r#"
        | hunt of clients | 12 runs in 0.6 s: 21.7 a second |

        ## New

        Each is saved as a file of the same name in `keep`. Commit it: as it is, it expects the bug to
        reproduce; with `expect = "clean"`, once the bug is fixed, it expects that it stays fixed.

        ### I1 leak

        ```text
          swarm, pooled, standard, seed 3: violated
            a story
          file: n/1-leak.toml
        ```

        - `keep/swarm-pooled-leak.toml`

        ## Known

        - I2 stale: `keep/b.toml`

        <details><summary>All of clients</summary>

        ```text
        violated: 2 of 12 runs failed

        Where
        ```

        </details>
        "#);
    }
}
