//! Finds the cycles of files that import each other, within each crate.

use crate::sources::Parsed;
use std::collections::{BTreeMap, BTreeSet};
use syn::UseTree;

/// A file of a crate as a module: its path below `src`, without `mod.rs` and `.rs`.
type Module = Vec<String>;

/// Returns the cycles of files that import each other, the largest first, each in the order of its
/// paths. A re-export is no import: an import through it is one of the file that it names.
pub fn of(sources: &[Parsed<'_>]) -> Vec<Vec<String>> {
    let mut crates: BTreeMap<String, BTreeMap<Module, &Parsed<'_>>> = BTreeMap::new();
    for parsed in sources {
        let path = parsed.source.path.display().to_string();
        if let Some((name, below)) = path.split_once("/src/") {
            crates.entry(name.to_owned()).or_default().insert(module(below), parsed);
        }
    }
    let mut cycles: Vec<_> = crates.values().flat_map(in_crate).collect();
    cycles.sort_by_key(|cycle| (usize::MAX - cycle.len(), cycle.clone()));
    cycles
}

fn module(below: &str) -> Module {
    let path = below.trim_end_matches(".rs").trim_end_matches("/mod");
    let mut module: Module = path.split('/').map(str::to_owned).collect();
    if module == ["lib"] || module == ["main"] || module == ["mod"] {
        module.clear();
    }
    module
}

/// The imports and re-exports of a file.
#[derive(Default)]
struct Imports {
    /// Paths that are used, from the root of the crate.
    used: Vec<Vec<String>>,
    /// Names that are re-exported, each with the path behind it.
    exported: BTreeMap<String, Vec<String>>,
}

fn in_crate(files: &BTreeMap<Module, &Parsed<'_>>) -> Vec<Vec<String>> {
    let imports: BTreeMap<&Module, Imports> =
        files.iter().map(|(module, file)| (module, imports(module, &file.syntax))).collect();
    let mut arrows: BTreeMap<&Module, BTreeSet<&Module>> = BTreeMap::new();
    for (module, of) in &imports {
        let targets = of.used.iter().filter_map(|path| target(path, files, &imports, 0));
        arrows.insert(module, targets.filter(|to| to != module).collect());
    }
    components(&arrows)
        .into_iter()
        .map(|cycle| {
            let mut paths: Vec<_> =
                cycle.iter().map(|at| files[*at].source.path.display().to_string()).collect();
            paths.sort();
            paths
        })
        .collect()
}

/// Returns the file that a path leads to, through re-exports.
fn target<'a>(
    path: &[String],
    files: &'a BTreeMap<Module, &Parsed<'_>>,
    imports: &BTreeMap<&Module, Imports>,
    depth: usize,
) -> Option<&'a Module> {
    let longest = (0..=path.len()).rev().find(|&len| files.contains_key(&path[..len]))?;
    let (module, _) = files.get_key_value(&path[..longest])?;
    let through = path.get(longest).and_then(|name| imports.get(module)?.exported.get(name));
    match through {
        Some(behind) if depth < 8 => target(behind, files, imports, depth + 1),
        _ => Some(module),
    }
}

fn imports(module: &Module, file: &syn::File) -> Imports {
    let mut imports = Imports::default();
    let children: BTreeSet<String> = file
        .items
        .iter()
        .filter_map(|item| match item {
            syn::Item::Mod(item) if item.content.is_none() => Some(item.ident.to_string()),
            _ => None,
        })
        .collect();
    for item in &file.items {
        let syn::Item::Use(item) = item else { continue };
        let is_export = !matches!(item.vis, syn::Visibility::Inherited);
        let mut paths = Vec::new();
        flatten(&item.tree, &mut Vec::new(), &mut paths);
        for (path, name) in paths {
            let Some(path) = from_root(module, &path, &children) else { continue };
            if is_export {
                imports.exported.insert(name, path);
            } else {
                imports.used.push(path);
            }
        }
    }
    imports
}

/// Resolves `crate`, `self`, `super` and children; `None` for a path into another crate.
fn from_root(module: &Module, path: &[String], children: &BTreeSet<String>) -> Option<Vec<String>> {
    let mut base = module.clone();
    let mut rest = path;
    match rest.first()?.as_str() {
        "crate" => {
            base.clear();
            rest = &rest[1..];
        }
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|part| part == "super") {
                base.pop();
                rest = &rest[1..];
            }
        }
        child if children.contains(child) => {}
        _ => return None,
    }
    base.extend(rest.iter().cloned());
    Some(base)
}

/// Lists the paths of a use tree, each with the name that it brings into scope.
fn flatten(tree: &UseTree, prefix: &mut Vec<String>, paths: &mut Vec<(Vec<String>, String)>) {
    match tree {
        UseTree::Path(part) => {
            prefix.push(part.ident.to_string());
            flatten(&part.tree, prefix, paths);
            prefix.pop();
        }
        UseTree::Name(name) => {
            let mut path = prefix.clone();
            let name = name.ident.to_string();
            if name != "self" {
                path.push(name.clone());
            }
            paths.push((path, name));
        }
        UseTree::Rename(rename) => {
            let mut path = prefix.clone();
            path.push(rename.ident.to_string());
            paths.push((path, rename.rename.to_string()));
        }
        UseTree::Glob(_) => paths.push((prefix.clone(), "*".to_owned())),
        UseTree::Group(group) => {
            for tree in &group.items {
                flatten(tree, prefix, paths);
            }
        }
    }
}

/// Returns the strongly connected components of more than one node: those that reach each other.
fn components<'a>(arrows: &BTreeMap<&'a Module, BTreeSet<&'a Module>>) -> Vec<Vec<&'a Module>> {
    let reach = |from: &'a Module| {
        let mut seen = BTreeSet::new();
        let mut open = vec![from];
        while let Some(node) = open.pop() {
            for to in arrows.get(node).into_iter().flatten() {
                if seen.insert(*to) {
                    open.push(to);
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        arrows.keys().map(|node| (*node, reach(node))).collect();
    let mut components = Vec::new();
    let mut done = BTreeSet::new();
    for (node, from_node) in &reached {
        if !from_node.contains(node) || done.contains(node) {
            continue;
        }
        let mut component = vec![*node];
        for other in from_node {
            if other != node && reached.get(other).is_some_and(|back| back.contains(node)) {
                component.push(other);
            }
        }
        done.extend(component.iter().copied());
        components.push(component);
    }
    components
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sources::{Source, parse};

    fn files(files: &[(&str, &str)]) -> Vec<Source> {
        let source = |(path, text): &(&str, &str)| Source {
            path: format!("crates/x/src/{path}").into(),
            text: (*text).to_owned(),
        };
        files.iter().map(source).collect()
    }

    #[test]
    fn files_that_import_each_other_are_a_cycle_also_through_a_re_export() {
        let sources = files(&[
            ("lib.rs", "mod a; mod b; mod c;\npub use a::A;"),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use crate::A;"),
            ("c.rs", "use crate::{A, b::B};"),
        ]);
        assert_eq!(of(&parse(&sources)), [["crates/x/src/a.rs", "crates/x/src/b.rs"]]);
    }

    #[test]
    fn a_parent_that_uses_its_child_and_is_used_by_it_is_a_cycle() {
        let sources = files(&[
            ("lib.rs", "mod a;"),
            ("a.rs", "mod child;\nuse child::Child;"),
            ("a/child.rs", "use super::Parent;"),
        ]);
        assert_eq!(of(&parse(&sources)), [["crates/x/src/a.rs", "crates/x/src/a/child.rs"]]);
        let without = files(&[
            ("lib.rs", "mod a;"),
            ("a.rs", "mod child;\npub use child::Child;"),
            ("a/child.rs", "use super::Parent;"),
        ]);
        assert!(of(&parse(&without)).is_empty());
    }
}
