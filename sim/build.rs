//! Tells the program which compiler made it, for what it writes into the files it keeps.

use std::process::Command;

fn main() {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let version = Command::new(rustc).arg("--version").output().ok();
    let version = version.and_then(|output| String::from_utf8(output.stdout).ok());
    println!("cargo::rustc-env=CROSSWIRE_TOOLCHAIN={}", version.unwrap_or_default().trim());
    println!("cargo::rerun-if-changed=build.rs");
}
