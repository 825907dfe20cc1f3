//! Prints numbers about the sources: how they are written and how they hang together.

use crate::cycles;
use crate::files;
use crate::functions::Functions;
use crate::program::target;
use crate::prose::Prose;
use crate::sources::{FOLDERS, Source, parse, read};
use std::collections::BTreeSet;

/// The arguments of `ci counts`.
#[derive(clap::Args)]
pub struct Args {
    /// Prints every place that was counted.
    #[arg(long)]
    places: bool,
}

/// The folders in which assertions are counted on their own.
const ASSERTED: &[&str] =
    &["sim", "crates/net", "crates/fleet", "crates/history", "crates/cloud/src/directory"];

/// Prints the counts and returns true.
///
/// # Errors
/// If the README cannot be read.
pub fn run(args: &Args) -> Result<bool, String> {
    let sources = read(FOLDERS);
    let prose = Prose::of(&sources);
    if args.places {
        for place in &prose.places {
            println!("{}: {}: {}", place.at, place.rule, place.text);
        }
    }
    println!("| prose | |\n|---|--:|\n{}", prose.table().trim_end());
    println!("| words of the README | {} |", readme_words()?);
    println!("\n| code | |\n|---|--:|");
    let lines = |source: &Source| source.text.lines().count();
    let largest = sources.iter().max_by_key(|source| lines(source)).expect("there are sources");
    println!("| Rust files | {} |", sources.len());
    println!("| largest file | {} ({} lines) |", largest.path.display(), lines(largest));
    let parsed = parse(&sources);
    let functions = Functions::of(&parsed);
    let longest = functions.lengths.last().map_or("", |(_, place)| place);
    println!("| functions | {} |", functions.lengths.len());
    println!("| median length of a function, in lines | {} |", functions.median());
    println!(
        "| functions over 60 lines | {} (the longest: {longest}) |",
        functions.longer_than(60)
    );
    for folder in ASSERTED {
        let below = parsed.iter().filter(|parsed| parsed.source.path.starts_with(folder));
        let functions = Functions::of(below);
        let rate = functions.assertions_per_thousand();
        println!(
            "| assertions per 1,000 lines in {folder} | {rate:.1} ({}) |",
            functions.assertions
        );
    }
    let cycles = cycles::of(&parsed);
    let largest = cycles.first().map_or(0, Vec::len);
    println!("| public items of the library | {} |", public_items()?);
    println!("| import cycles of files | {}, the largest of {largest} files |", cycles.len());
    for cycle in &cycles {
        println!("|  | {} |", cycle.join(", "));
    }
    Ok(true)
}

/// Returns the number of items that the documentation of the library shows, each counted once,
/// however many modules show it. Without documentation, says how it is built.
fn public_items() -> Result<String, String> {
    let page = target()?.join("doc/crosswire/all.html");
    if !page.is_file() {
        return Ok("not known before `cargo doc -p crosswire --no-deps`".to_owned());
    }
    let text = files::read(page)?;
    let links = text.split("<li><a href=\"").skip(1);
    let pages = links.filter_map(|link| link.split_once('"')).map(|(page, _)| page);
    let items = pages.filter(|page| !page.starts_with('#'));
    let names: BTreeSet<_> = items.map(|page| page.rsplit('/').next()).collect();
    Ok(names.len().to_string())
}

fn readme_words() -> Result<usize, String> {
    Ok(files::read("README.md")?
        .split_whitespace()
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count())
}
