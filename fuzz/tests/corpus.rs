//! Runs every kept input: the corpora, and the inputs that failed once.

use crosswire_fuzz::{TARGETS, kept};

#[test]
fn every_kept_input_holds() {
    for (name, target) in TARGETS {
        let corpus = kept("corpus", name);
        assert!(corpus.len() >= 10, "{name}: {} inputs", corpus.len());
        for file in corpus.into_iter().chain(kept("regressions", name)) {
            let input = std::fs::read(&file).expect("an input");
            // Printed only for the input that fails, because the output of a passing test is
            // hidden.
            println!("{}", file.display());
            target(&input);
        }
    }
}

/// The built-in scenarios and saved runs are inputs, too.
#[test]
fn every_built_in_scenario_and_saved_run_holds() {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
    for (dir, target) in [("scenarios", TARGETS[0].1), ("scenarios/regressions", TARGETS[1].1)] {
        let entries = std::fs::read_dir(format!("{root}/{dir}")).expect("a directory");
        let files = entries.map(|entry| entry.expect("an entry").path());
        let files = files.filter(|file| file.extension().is_some_and(|name| name == "toml"));
        let count = files.map(|file| target(&std::fs::read(file).expect("a file"))).count();
        assert!(count > 10, "{dir}: {count}");
    }
}
