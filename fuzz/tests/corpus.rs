//! Every input that is kept is played again: all of the corpora, and what went wrong once.

use crosswire_fuzz::{TARGETS, kept};

#[test]
fn what_is_kept_holds() {
    for (name, target) in TARGETS {
        let corpus = kept("corpus", name);
        assert!(corpus.len() >= 10, "{name}: {} inputs", corpus.len());
        for file in corpus.into_iter().chain(kept("regressions", name)) {
            let input = std::fs::read(&file).expect("an input");
            // Said of the one that fails alone, for a test that passes says nothing.
            println!("{}", file.display());
            target(&input);
        }
    }
}

/// The scenarios and the runs that come with Crosswire are inputs, too.
#[test]
fn what_comes_with_crosswire_holds() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    for (dir, target) in [("scenarios", TARGETS[0].1), ("scenarios/regressions", TARGETS[1].1)] {
        let entries = std::fs::read_dir(format!("{root}/{dir}")).expect("a directory");
        let files = entries.map(|entry| entry.expect("an entry").path());
        let files = files.filter(|file| file.extension().is_some_and(|name| name == "toml"));
        let played = files.map(|file| target(&std::fs::read(file).expect("a file"))).count();
        assert!(played > 10, "{dir}: {played}");
    }
}
