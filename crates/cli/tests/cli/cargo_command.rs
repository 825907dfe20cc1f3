//! `cargo crosswire`, in crates of a user.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// The checkout, used instead of the published version.
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A new library of a user.
struct Crate(TempDir);

impl Crate {
    fn new() -> Self {
        let place = tempfile::tempdir().expect("a directory");
        let mut new = Command::new("cargo");
        new.args(["new", "--quiet", "--lib", "doorbell"]).current_dir(place.path());
        assert!(new.status().expect("cargo").success());
        Self(place)
    }

    fn path(&self, file: &str) -> PathBuf {
        self.0.path().join("doorbell").join(file)
    }

    fn read(&self, file: &str) -> String {
        fs::read_to_string(self.path(file)).expect("a file")
    }

    fn crosswire(&self, arguments: &[&str]) -> Output {
        crosswire(&self.path(""), arguments)
    }
}

/// Runs the command as cargo does, without the flags with which cargo runs this test.
fn crosswire(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cargo-crosswire"));
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().contains("RUSTFLAGS") || name == "CARGO_TARGET_DIR" {
            command.env_remove(name);
        }
    }
    command.arg("crosswire").args(arguments).current_dir(folder).env("CARGO_NET_OFFLINE", "true");
    command.output().expect("it runs")
}

/// Returns the exit status, and what was printed on standard error.
fn failed(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
}

#[test]
fn init_adds_a_test_once_and_plain_cargo_test_ignores_it() {
    let user = Crate::new();
    let init = user.crosswire(&["init", "--path", CHECKOUT]);
    assert!(init.status.success(), "{init:?}");
    assert!(user.read("tests/crosswire.rs").contains("\n#![cfg(madsim)]\n"));
    let manifest = user.read("Cargo.toml");
    assert!(
        manifest.contains("[target.\"cfg(madsim)\".dev-dependencies]\ncrosswire = "),
        "{manifest}"
    );
    assert!(user.read(".gitignore").ends_with("\n*.toml.new\n"));
    // Compiled with Crosswire, this would take minutes; without, it is an empty test.
    let plain = crosswire_free_test(&user);
    assert!(plain.contains("running 0 tests"), "{plain}");

    fs::write(user.path("tests/crosswire.rs"), "// mine").expect("a file");
    let again = failed(&user.crosswire(&["init", "--path", CHECKOUT]));
    let there = "error: tests/crosswire.rs is there; with --force it is written over";
    assert_eq!(again, (Some(2), there.to_owned()));
    assert_eq!(user.read("tests/crosswire.rs"), "// mine");
    assert_eq!(user.read(".gitignore").matches("*.toml.new").count(), 1);
}

fn crosswire_free_test(user: &Crate) -> String {
    let mut command = Command::new("cargo");
    command.args(["test", "--offline", "--test", "crosswire"]).current_dir(user.path(""));
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    let output = command.output().expect("cargo");
    [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat()
}

#[test]
fn every_command_of_cargo_gets_the_flag_beside_those_of_the_user() {
    let user = Crate::new();
    fs::create_dir(user.path(".cargo")).expect("a folder");
    let config = "[build]\nrustflags = [\"--cfg\", \"ours\"]\n";
    fs::write(user.path(".cargo/config.toml"), config).expect("a file");
    let built = user.crosswire(&["rustc", "--lib", "--verbose"]);
    let (_, said) = failed(&built);
    assert!(built.status.success() && said.contains("--cfg ours --cfg madsim"), "{said}");
    assert!(user.path("target/crosswire/debug").is_dir());
}

#[test]
fn mistakes_have_one_error_and_change_nothing() {
    let user = Crate::new();
    let manifest = user.read("Cargo.toml");
    let nowhere = failed(&user.crosswire(&["init", "--path", "/nowhere"]));
    let expected =
        "error: --path /nowhere has no crates/crosswire; expected a checkout of Crosswire";
    assert_eq!(nowhere, (Some(2), expected.to_owned()));
    let empty = tempfile::tempdir().expect("a directory");
    let (status, error) = failed(&crosswire(empty.path(), &["init"]));
    assert_eq!(status, Some(2));
    assert!(error.starts_with("error: could not find `Cargo.toml` in "), "{error}");
    fs::write(user.path("Cargo.toml"), "[workspace]\n").expect("a file");
    let (status, error) = failed(&user.crosswire(&["init", "--path", CHECKOUT]));
    assert_eq!(status, Some(2));
    assert!(error.ends_with("is a workspace without a package; go into a package"), "{error}");
    fs::write(user.path("Cargo.toml"), manifest).expect("a file");
    assert!(!user.path("tests").exists());
}

#[test]
fn the_help_says_what_it_does() {
    insta::assert_snapshot!(crosswire_cargo::help());
}
