//! Passes three facts to the library: the compiler's version, for the files it saves; a digest of
//! the sources, for processes that share a hunt, because a seed gives the same run only with the
//! same sources; and the lock file, for the versions of the real libraries under test.

use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The sources that a run depends on, from the root of the workspace. The command line is not among
/// them, nor are scenarios: the manifest of a shared hunt contains those.
const SOURCES: [&str; 11] = [
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
    let rustc = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok());
    println!("cargo::rustc-env=CROSSWIRE_TOOLCHAIN={}", version.unwrap_or_default().trim());
    let lock_file = lock_file().unwrap_or_default();
    println!("cargo::rustc-env=CROSSWIRE_SOURCES={:016x}", sources(&lock_file));
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    fs::write(out.join("Cargo.lock"), lock_file).expect("the output directory can be written");
    println!("cargo::rerun-if-changed=build.rs");
}

/// Returns the lock file of this build: the nearest one above the build directory or, where that is
/// not inside the workspace, above this package, that lists this package. A published package
/// contains a lock file too, which says nothing about the build.
fn lock_file() -> Option<String> {
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    let package = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it"));
    for directory in out.ancestors().chain(package.ancestors().skip(1)) {
        let path = directory.join("Cargo.lock");
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if text.contains("name = \"crosswire\"\n") {
            println!("cargo::rerun-if-changed={}", path.display());
            return Some(text);
        }
    }
    None
}

/// Returns a digest of the sources, independent of where the workspace is and of the order of
/// directory entries. A published version never changes, so its number identifies its sources; the
/// crates of other authors have theirs in the lock file.
fn sources(lock_file: &str) -> u64 {
    let mut digest = DefaultHasher::new();
    lock_file.hash(&mut digest);
    let root = Path::new("../..");
    if !root.join("sim/Cargo.toml").exists() {
        env!("CARGO_PKG_VERSION").hash(&mut digest);
        return digest.finish();
    }
    let mut files = BTreeSet::new();
    for source in SOURCES {
        collect(&root.join(source), &mut files);
    }
    for file in files {
        println!("cargo::rerun-if-changed={}", file.display());
        file.strip_prefix(root).unwrap_or(&file).display().to_string().hash(&mut digest);
        fs::read(&file).unwrap_or_default().hash(&mut digest);
    }
    digest.finish()
}

/// Collects the files that become part of the program.
fn collect(path: &Path, files: &mut BTreeSet<PathBuf>) {
    const ELSEWHERE: [&str; 2] = ["tests", "tests.rs"];
    if ELSEWHERE.iter().any(|name| path.ends_with(name)) {
        return;
    }
    if path.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| collect(&entry.path(), files));
    } else if ["rs", "toml"].iter().any(|ending| path.extension() == Some(ending.as_ref())) {
        files.insert(path.to_owned());
    }
}
