//! Writes the crate of all mutants below `target/mutants`, and builds it without the mutants that
//! do not compile.

use crate::zoo::Mutant;
use std::collections::BTreeSet;
use std::fmt::Write;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The name of the crate, and of its program.
const NAME: &str = "mutants-of-the-zoo";

/// A crate that has been built.
pub struct Built {
    /// Its program, which runs the mutants.
    pub program: PathBuf,
    /// A file with the readers' remarks on each mutant: why it is a correct client, or why it is
    /// faulty and not found.
    pub remarks: PathBuf,
    /// The mutants in it.
    pub mutants: usize,
    /// Number of mutants that did not compile.
    pub refused: usize,
}

/// Writes and builds the crate. Compiles nothing if no source has changed since the last time.
///
/// # Errors
/// If a file cannot be written, or the crate fails to compile for a reason other than its mutants.
pub fn build(root: &Path, target: &Path, mutants: &[Mutant]) -> Result<Built, String> {
    let home = target.join("mutants");
    let source = home.join("src");
    put(&home.join("Cargo.toml"), &manifest(root)?)?;
    put(&home.join("Cargo.lock"), &read(&root.join("Cargo.lock"))?)?;
    let mut same = true;
    for (nth, mutant) in mutants.iter().enumerate() {
        same &= !put_mutant(&source, nth, mutant)?;
    }
    let page = home.join("refused.json");
    let known = std::fs::read_to_string(&page).ok().filter(|_| same);
    let known = known.and_then(|page| serde_json::from_str(&page).ok());
    let mut refused: BTreeSet<usize> = known.unwrap_or_default();
    loop {
        let left = (0..mutants.len()).filter(|nth| !refused.contains(nth));
        put(&source.join("main.rs"), &main_of(mutants, left))?;
        let (fine, wrong) = compile(root, target, &home)?;
        if fine {
            break;
        }
        let before = refused.len();
        refused.extend(wrong);
        if refused.len() == before {
            return Err(format!(
                "{}: does not compile, and no mutant is the cause",
                home.display()
            ));
        }
        eprintln!("{} of {} mutants do not compile", refused.len(), mutants.len());
    }
    put(&page, &json(&refused)?)?;
    let left = mutants.iter().enumerate().filter(|(nth, _)| !refused.contains(nth));
    let remarks = |(_, mutant): (_, &Mutant)| (mutant.equivalent.clone(), mutant.survivor.clone());
    let found: Vec<_> = left.map(remarks).collect();
    let remarks = home.join("remarks.json");
    put(&remarks, &json(&found)?)?;
    let program = target.join("release").join(NAME);
    Ok(Built { program, remarks, mutants: found.len(), refused: refused.len() })
}

fn json(value: &impl serde::Serialize) -> Result<String, String> {
    serde_json::to_string(value).map_err(|error| error.to_string())
}

/// Returns the manifest: a separate workspace with the profile of the main one.
fn manifest(root: &Path) -> Result<String, String> {
    let whole = root.join("Cargo.toml");
    let whole: toml::Table =
        toml::from_str(&read(&whole)?).map_err(|error| failed(&whole, &error))?;
    let mut release = whole["profile"]["release"].clone();
    // Runs spend their time below the clients, and there are many clients to compile.
    let own = toml::Table::from_iter([("opt-level".to_owned(), toml::Value::Integer(0))]);
    if let Some(packages) = release.get_mut("package").and_then(toml::Value::as_table_mut) {
        packages.insert(NAME.to_owned(), toml::Value::Table(own));
    }
    let profile = toml::Table::from_iter([("release".to_owned(), release)]);
    let page = toml::Table::from_iter([("profile".to_owned(), toml::Value::Table(profile))]);
    let shared = &whole["workspace"]["dependencies"];
    let mut text = format!(
        "[package]\nname = \"{NAME}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
         [workspace]\n\n[dependencies]\n"
    );
    for (name, path) in
        [("cache", "crates/cache"), ("claims", "crates/claims"), ("zoo", "crates/zoo")]
    {
        let path = toml::Value::String(root.join(path).display().to_string());
        let _ = writeln!(text, "crosswire-{name} = {{ path = {path}, default-features = false }}");
    }
    for name in ["bytes", "tokio"] {
        let _ = writeln!(text, "{name} = {}", shared[name]);
    }
    let _ = writeln!(
        text,
        "crosswire-allocator = {{ path = {} }}",
        toml::Value::String(root.join("crates/allocator").display().to_string())
    );
    let zoo: toml::Table = toml::from_str(&read(&root.join("crates/zoo/Cargo.toml"))?)
        .map_err(|error| error.to_string())?;
    let _ = writeln!(text, "futures-util = {}", zoo["dependencies"]["futures-util"]);
    Ok(format!("{text}\n{page}"))
}

/// Writes the source of a mutant, with the kit if a part of it was changed. Returns whether it is
/// new.
fn put_mutant(source: &Path, nth: usize, mutant: &Mutant) -> Result<bool, String> {
    let name = module(nth);
    let (file, folder) = (source.join(format!("{name}.rs")), source.join(&name));
    if mutant.kit.is_empty() {
        remove(&folder.join("mod.rs"))?;
        return put(&file, &mutant.source);
    }
    remove(&file)?;
    let mut new = false;
    for (part, text) in &mutant.kit {
        new |= put(&folder.join(format!("kit/{part}.rs")), text)?;
    }
    // The kit's module comes last, because the docs of the file must come first.
    let text = mutant.source.replace("crate::kit", &format!("crate::{name}::kit"));
    Ok(put(&folder.join("mod.rs"), &format!("{text}\nmod kit;\n"))? | new)
}

/// Removes a file that an earlier build may have left: a module has one file.
fn remove(path: &Path) -> Result<(), String> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed(path, &error)),
        _ => Ok(()),
    }
}

fn module(nth: usize) -> String {
    format!("m{nth:05}")
}

/// Returns the main file: the modules, and a table of the mutants.
fn main_of(mutants: &[Mutant], left: impl Iterator<Item = usize>) -> String {
    let mut text = String::from(
        "//! Written by `ci/mutants`.\n#![allow(warnings)]\n\n\
         use crosswire_cache::Connect;\nuse crosswire_allocator as _;\n\
         use crosswire_claims::mutants::{Mutant, main_of};\nuse crosswire_zoo::kit;\n\n\
         pub struct Specimen(fn() -> Connect);\n\nimpl Specimen {\n    \
         const fn right(_: &str, _: &str, connect: fn() -> Connect) -> Self {\n        \
         Self(connect)\n    }\n}\n\n",
    );
    let mut table = String::new();
    for nth in left {
        let (name, mutant) = (module(nth), &mutants[nth]);
        let _ = writeln!(text, "mod {name};");
        let Mutant { client, operator, file, line, change, .. } = mutant;
        let _ = writeln!(
            table,
            "    Mutant {{ client: {client:?}, operator: {operator:?}, file: {file:?}, \
             line: {line}, change: {change:?}, equivalent: None, survivor: None, \
             connect: {name}::SPECIMEN.0 }},"
        );
    }
    let _ = write!(
        text,
        "\nconst ALL: &[Mutant] = &[\n{table}];\n\n\
         fn main() -> std::process::ExitCode {{\n    main_of(ALL)\n}}\n"
    );
    text
}

/// Builds the crate. Returns whether the build succeeded, and the mutants with errors.
fn compile(root: &Path, target: &Path, home: &Path) -> Result<(bool, BTreeSet<usize>), String> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = Command::new(cargo)
        .args(["build", "--release", "--offline", "--quiet", "--message-format=json"])
        .arg("--manifest-path")
        .arg(home.join("Cargo.toml"))
        .arg("--target-dir")
        .arg(target)
        .current_dir(root)
        .stderr(Stdio::piped())
        .output()
        .map_err(|error| format!("cargo: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str(line).ok());
    let (mut wrong, mut others) = (BTreeSet::new(), String::new());
    for message in messages {
        let message: serde_json::Value = message;
        let message = &message["message"];
        if message["level"] == "error" {
            let rendered = message["rendered"].as_str().unwrap_or_default();
            match blamed(rendered) {
                Some(mutant) => _ = wrong.insert(mutant),
                None => others += rendered,
            }
        }
    }
    if !output.status.success() && wrong.is_empty() {
        eprintln!("{others}{}", String::from_utf8_lossy(&output.stderr));
    }
    Ok((output.status.success(), wrong))
}

/// Returns the mutant that a compiler error names first.
fn blamed(rendered: &str) -> Option<usize> {
    let after = rendered.split("src/m").nth(1)?;
    after.get(..5)?.parse().ok()
}

fn read(path: &Path) -> Result<String, String> {
    std::fs::read_to_string(path).map_err(|error| failed(path, &error))
}

/// Writes a file and the folders above it, unless it already has this text. Returns whether it
/// wrote.
fn put(path: &Path, text: &str) -> Result<bool, String> {
    if std::fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(false);
    }
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    }
    std::fs::write(path, text).map_err(|error| failed(path, &error))?;
    Ok(true)
}

fn failed(path: &Path, error: &dyn std::fmt::Display) -> String {
    format!("{}: {error}", path.display())
}
