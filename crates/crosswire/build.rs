//! Tells the program which compiler made it, for what it writes into the files it keeps, and from
//! which sources, for processes that share a hunt: a seed is the same run only to the same sources.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a run hangs on, from the root of the workspace. The command line is not part of it, nor are
/// scenarios, which a hunt that is announced brings along.
const SOURCES: [&str; 12] = [
    "Cargo.lock",
    "crates/cache",
    "crates/checker",
    "crates/cloud",
    "crates/crosswire/src",
    "crates/fleet",
    "crates/history",
    "crates/hunt/src",
    "crates/net",
    "crates/plan",
    "crates/rng",
    "sim",
];

fn main() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok());
    println!("cargo::rustc-env=CROSSWIRE_TOOLCHAIN={}", version.unwrap_or_default().trim());
    println!("cargo::rustc-env=CROSSWIRE_SOURCES={:016x}", sources(Path::new("../..")));
    println!("cargo::rerun-if-changed=build.rs");
}

/// A digest of the sources: the same wherever they lie, and for any order of a directory.
fn sources(root: &Path) -> u64 {
    let mut files = BTreeSet::new();
    for source in SOURCES {
        gather(&root.join(source), &mut files);
    }
    let mut digest = DefaultHasher::new();
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        file.strip_prefix(root).unwrap_or(&file).display().to_string().hash(&mut digest);
        fs::read(&file).unwrap_or_default().hash(&mut digest);
    }
    digest.finish()
}

/// The files there that become part of the program.
fn gather(path: &Path, files: &mut BTreeSet<PathBuf>) {
    const ELSEWHERE: [&str; 2] = ["tests", "tests.rs"];
    if ELSEWHERE.iter().any(|name| path.ends_with(name)) {
        return;
    }
    if path.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| gather(&entry.path(), files));
    } else if ["rs", "toml", "lock"].iter().any(|ending| path.extension() == Some(ending.as_ref()))
    {
        files.insert(path.to_owned());
    }
}
