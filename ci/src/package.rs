//! Makes the packages that would be published, and builds and tests with them alone.

use crate::child;
use crate::error::Error;
use crate::files;
use crate::program::{cargo, metadata, target};
use serde::Deserialize;
use std::fmt::Write;
use std::path::Path;
use std::process::{Command, Stdio};

mod new_user;

/// The arguments of `ci package`.
#[derive(clap::Args)]
pub struct Args {
    /// Installs the packages as a new user would, and finds and fixes the first bug: minutes.
    #[arg(long)]
    new_user: bool,
}

/// The files of every package beside its sources.
const CONTENTS: [&str; 4] = ["Cargo.toml", "README.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// The crates outside the workspace that are tested with the packages, each with the test that
/// `cargo crosswire init` writes for such a crate, and the cause of its failure.
const EXAMPLES: [(&str, &str, &str); 2] = [
    ("own-client", "client.rs", "where the reply to"),
    ("own-service", "service.rs", "read for user-"),
];

/// A package of the workspace, as `cargo metadata` describes it.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    description: Option<String>,
    documentation: Option<String>,
    readme: Option<String>,
    rust_version: Option<String>,
    keywords: Vec<String>,
    categories: Vec<String>,
    /// The registries to which it may be published: none, or any.
    publish: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// Makes the packages, checks them and tests with them. Returns whether all holds.
pub fn run(args: &Args) -> Result<bool, Error> {
    let packages = published()?;
    for package in &packages {
        check_fields(package)?;
    }
    let folder = target()?.join("package");
    let unpacked = folder.join("unpacked");
    make(&packages)?;
    unpack(&packages, &folder, &unpacked)?;
    println!("{} packages, each with its licences and its readme", packages.len());
    if args.new_user {
        return new_user::run(&folder, &unpacked);
    }
    let mut pass = true;
    for (name, template, cause) in EXAMPLES {
        let example = folder.join(name);
        pass &= example_passes((name, &example), &packages, &unpacked)?;
        pass &= template_leaks(&example, template, cause)?;
    }
    Ok(pass)
}

/// Returns the packages that are published.
fn published() -> Result<Vec<Package>, String> {
    let Metadata { mut packages } = metadata()?;
    packages.retain(|package| package.publish.is_none());
    Ok(packages)
}

/// Checks that a package says about itself what a registry shows.
fn check_fields(package: &Package) -> Result<(), String> {
    let Package { name, description, documentation, readme, rust_version, .. } = package;
    let fields = [
        ("description", description.is_some()),
        ("documentation", documentation.is_some()),
        ("readme", readme.is_some()),
        ("rust-version", rust_version.is_some()),
        ("keywords", !package.keywords.is_empty()),
        ("categories", !package.categories.is_empty()),
    ];
    match fields.iter().find(|(_, there)| !there) {
        Some((field, _)) => Err(format!("{name}: its Cargo.toml has no `{field}`")),
        None => Ok(()),
    }
}

/// Makes the packages. They are compiled by what is done with them afterwards.
fn make(packages: &[Package]) -> Result<(), String> {
    let mut command = cargo("package");
    command.args(["--quiet", "--no-verify", "--allow-dirty"]);
    for package in packages {
        command.args(["--package", &package.name]);
    }
    child::succeed(&mut command)
}

/// Unpacks the packages and checks that each has what it must contain.
fn unpack(packages: &[Package], folder: &Path, unpacked: &Path) -> Result<(), String> {
    files::remove_dir(unpacked)?;
    files::create_dir(unpacked)?;
    for package in packages {
        let file = folder.join(full_name(package) + ".crate");
        // Without the times in the package: they never change, and cargo would build nothing anew.
        child::succeed(Command::new("tar").arg("xmzf").arg(file).arg("-C").arg(unpacked))?;
        for content in CONTENTS {
            if !unpacked.join(full_name(package)).join(content).is_file() {
                return Err(format!("{}: its package has no {content}", package.name));
            }
        }
    }
    Ok(())
}

fn full_name(package: &Package) -> String {
    format!("{}-{}", package.name, package.version)
}

/// Tests an example crate with the packages, which compiles the library and the program as they are
/// published. Dependencies that the workspace has built are not built again.
fn example_passes(
    (name, example): (&str, &Path),
    packages: &[Package],
    unpacked: &Path,
) -> Result<bool, String> {
    copy_example(name, example)?;
    let mut manifest = files::read(example.join("Cargo.toml"))?;
    for package in packages {
        let path = manifest.find(&format!("\n{} = {{ path = ", package.name));
        if let Some(at) = path {
            let end = at + 1 + manifest[at + 1..].find('\n').unwrap_or_default();
            manifest.replace_range(at + 1..end, &as_published(package));
        }
    }
    manifest += "\n[patch.crates-io]\n";
    for package in packages {
        let path = unpacked.join(full_name(package));
        let _ = writeln!(manifest, "{} = {{ path = \"{}\" }}", package.name, path.display());
    }
    files::write(example.join("Cargo.toml"), manifest)?;
    let mut command = cargo("test");
    command.arg("--quiet").arg("--target-dir").arg(target()?).current_dir(example);
    Ok(child::status(&mut command)?.success())
}

/// Runs the test that `cargo crosswire init` writes in an example crate. Returns whether its
/// mistake is found, with the cause.
fn template_leaks(example: &Path, template: &str, cause: &str) -> Result<bool, String> {
    let text = files::read(Path::new("crates/cargo/src/template").join(template))?;
    files::write(example.join("tests/crosswire.rs"), text)?;
    let mut command = cargo("test");
    command.args(["--quiet", "--test", "crosswire", "keeps_users_apart"]);
    command.arg("--target-dir").arg(target()?).current_dir(example).env("CROSSWIRE_SEED", "0");
    // Cargo says that a test failed, as it should.
    command.stderr(Stdio::piped());
    let text = child::text(child::output(&mut command)?);
    let found = text.contains("test result: FAILED. 0 passed; 1 failed") && text.contains(cause);
    println!("{template}: {}", if found { "its mistake is found" } else { &text });
    Ok(found)
}

/// Returns the dependency on a package as a user writes it.
fn as_published(package: &Package) -> String {
    format!("{} = \"{}\"", package.name, package.version)
}

/// Copies the example without its config file: the one of the repository applies in its place. With
/// both, the flags would be there twice, and nothing that is built would fit.
fn copy_example(name: &str, to: &Path) -> Result<(), String> {
    let example = Path::new("examples").join(name);
    files::remove_dir(to)?;
    files::create_dir(to)?;
    for part in ["Cargo.toml", "Cargo.lock", "src", "tests"] {
        let from = example.join(part);
        child::succeed(Command::new("cp").arg("-R").arg(from).arg(to))?;
    }
    Ok(())
}
