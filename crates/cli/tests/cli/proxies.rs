//! `crosswire certify --proxy`: a small proxy, correct and faulty, and files that describe none.

mod small_proxy;

use crate::support::{Ran, crosswire, refused};
use std::path::PathBuf;

/// Writes the description of a proxy with this command into a folder.
fn described(folder: &tempfile::TempDir, command: &[&str]) -> PathBuf {
    let file = folder.path().join("proxy.toml");
    let text = format!(
        "name = \"small\"\nversion = \"1\"\nprotocol = \"resp2\"\nconnections = \"exclusive\"\n\
         command = {command:?}\n"
    );
    std::fs::write(&file, text).expect("a file");
    file
}

/// Certifies the small proxy of this kind.
fn certified(kind: &str, args: &[&str]) -> Ran {
    let folder = tempfile::tempdir().expect("a folder");
    let this = std::env::current_exe().expect("a program").display().to_string();
    let setup = format!("{}={kind} {{listen}} {{server}}", small_proxy::SETUP);
    let serves = "proxies::small_proxy::serves";
    let file = described(&folder, &["env", &setup, &this, "--exact", serves]);
    let file = file.display().to_string();
    crosswire(&[&["certify", "--proxy", &file, "--patience", "2"], args].concat())
}

#[test]
fn a_correct_proxy_violates_nothing() {
    // Seed 29 gives a client up and sends a reply at the same moment.
    let seeds = ["--from-seed", "15", "--seeds", "20"];
    let ran = certified("correct", &[&seeds[..], &["--check-determinism", "--json"]].concat());
    // A few schedules need not reach every situation.
    assert!(ran.status == 0 || ran.status == 3, "{}{}", ran.out, ran.err);
    assert!(ran.out.contains("\"schedules\": 20,"), "{}", ran.out);
    assert!(ran.out.contains("\"schedules_violated\": 0,"), "{}", ran.out);
    assert!(ran.out.contains("\"not_judged\": null,"), "{}", ran.out);
}

#[test]
fn a_proxy_that_keeps_a_connection_with_a_late_reply_is_found_out() {
    let ran = certified("faulty", &["--seeds", "40"]);
    assert_eq!(ran.status, 1, "{}{}", ran.out, ran.err);
    let from = ran.out.find("### I3").expect("a value for another key is the gravest finding");
    let story = ran.out[from..].lines().filter(|line| !line.starts_with("First found"));
    let to = ran.out[from..].matches("```").count();
    assert!(to >= 4, "a schedule and a story");
    let story: Vec<_> = story.skip_while(|line| *line != "```text").skip(1).collect();
    let story: Vec<_> = story.into_iter().take_while(|line| *line != "```").collect();
    insta::assert_snapshot!(story.join("\n"));
}

#[test]
fn proxies_that_cannot_be_used() {
    let refused = |command: &[&str], words: &[&str]| {
        let folder = tempfile::tempdir().expect("a folder");
        let file = described(&folder, command).display().to_string();
        refused(&["certify", "--proxy", &file, "--seeds", "1"], words);
    };
    refused(&["small_proxy", "{lisen}", "{server}"], &["unknown word", "did you mean `{listen}`?"]);
    refused(&["small_proxy", "{server}"], &["`{listen}` occurs neither in"]);
    refused(&["small_proxy", "{listen}"], &["`{server}` occurs neither in"]);
    refused(&["/no/such", "{listen}", "{server}"], &["`/no/such` cannot be started"]);
    let dies = ["sh", "-c", "echo no license >&2; exit 3; {listen} {server}"];
    refused(&dies, &["exit status: 3", "before it listened", "no license"]);
}
