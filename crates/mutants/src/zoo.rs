//! The sources of the zoo and the mutants of all of them.

use crate::equivalent::Remark;
use crate::kit::{self, Kit};
use crate::{Mutation, mutations};
use std::path::Path;

/// A mutant of a client.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The client.
    pub client: String,
    /// The kind of mistake.
    pub operator: &'static str,
    /// The file that was changed, below `crates/zoo/src`.
    pub file: String,
    /// The line that was changed, from 1.
    pub line: usize,
    /// The change in one line.
    pub change: String,
    /// The reason why it is a correct client all the same, if a reader found one.
    pub equivalent: Option<String>,
    /// The reason why it is faulty and not found, if a reader found one.
    pub survivor: Option<String>,
    /// The client's source.
    pub source: String,
    /// The kit that it is run with, if a part of it was changed: names and sources.
    pub kit: Vec<(String, String)>,
}

/// Parts of the kit, and the clients whose mutants they become: clients that use the part fully.
const HOSTS: &[(&str, &[&str])] = &[
    ("inflight_reads", &["single-flight"]),
    ("line", &["skip-count", "hedged"]),
    ("mux", &["pipelined"]),
    ("near", &["near-ttl", "near-write-through"]),
    ("near_cache", &["near-ttl"]),
    ("pool", &["hedged", "near-ttl"]),
    ("style", &["sealed-values"]),
];

/// Returns the mutants of all clients and, for each client, of the parts of the kit that it is the
/// host of.
///
/// # Errors
/// If a file cannot be read or is not Rust, or a remark is about a mutant that no longer exists.
pub fn mutants(root: &Path, only: Option<&str>) -> Result<Vec<Mutant>, String> {
    let zoo = root.join("crates/zoo/src");
    let (clients, parts) = (sources(&zoo.join("correct"))?, sources(&zoo.join("kit"))?);
    let mut found = Vec::new();
    for (name, source) in clients.iter().filter(|(name, _)| name != "mod") {
        let client = name.replace('_', "-");
        let file = format!("correct/{name}.rs");
        found.extend(
            of_source(&client, &file, source)?
                .into_iter()
                .map(|(mutant, changed)| Mutant { source: changed, ..mutant }),
        );
        for (part, hosts) in HOSTS {
            if hosts.contains(&client.as_str()) {
                found.extend(of_kit(&client, source, part, &parts)?);
            }
        }
    }
    for list in ["equivalent.toml", "survivors.toml"] {
        Remark::mark(&root.join("crates/mutants").join(list), &zoo, &mut found)?;
    }
    if let Some(only) = only {
        if !clients.iter().any(|(name, _)| name.replace('_', "-") == only) {
            return Err(format!("no correct client `{only}` in the zoo"));
        }
        found.retain(|mutant| mutant.client == only);
    }
    Ok(found)
}

/// Returns every `every`-th change. A change of the kit keeps all clients that it is run as.
pub fn sample(mutants: Vec<Mutant>, every: usize) -> Vec<Mutant> {
    let key = |mutant: &Mutant| {
        (mutant.file.clone(), mutant.operator, mutant.line, mutant.change.clone())
    };
    let mut keys: Vec<_> = mutants.iter().map(key).collect();
    keys.sort();
    keys.dedup();
    let taken: Vec<_> = keys.into_iter().step_by(every).collect();
    mutants.into_iter().filter(|mutant| taken.contains(&key(mutant))).collect()
}

/// Returns the mutants of a part of the kit, each with the parts that it needs.
fn of_kit(client: &str, source: &str, part: &str, kit: &Kit) -> Result<Vec<Mutant>, String> {
    let (_, text) = kit.iter().find(|(name, _)| name == part).ok_or("the kit has no such part")?;
    let of_part = of_source(client, &format!("kit/{part}.rs"), text)?.into_iter();
    Ok(of_part
        .map(|(mutant, changed)| {
            let kit = kit::with(kit, (part, &changed), source);
            Mutant { source: source.to_owned(), kit, ..mutant }
        })
        .collect())
}

/// Returns the mutants of a source, each with the changed source.
fn of_source(client: &str, file: &str, source: &str) -> Result<Vec<(Mutant, String)>, String> {
    let found = mutations(source).map_err(|error| format!("{file}: {error}"))?;
    let shown =
        |mutation: &Mutation| (mutation.operator, mutation.line(source), mutation.change(source));
    let mutant = |(nth, mutation): (usize, &Mutation)| {
        let (operator, line, mut change) = shown(mutation);
        // Changes of a line that read the same are numbered, so that a remark can name one.
        let before = found[..nth].iter().filter(|other| shown(other) == shown(mutation)).count();
        if before > 0 {
            change = format!("{change} (no. {})", before + 1);
        }
        let mutant = Mutant {
            client: client.to_owned(),
            operator,
            file: file.to_owned(),
            line,
            change,
            equivalent: None,
            survivor: None,
            source: String::new(),
            kit: Vec::new(),
        };
        (mutant, mutation.apply(source))
    };
    Ok(found.iter().enumerate().map(mutant).collect())
}

/// Returns the names and texts of a folder's Rust files, by name.
fn sources(folder: &Path) -> Result<Vec<(String, String)>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", folder.display());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
        let text = std::fs::read_to_string(&path).map_err(failed)?;
        found.push((name.to_owned(), text));
    }
    found.sort();
    Ok(found)
}
