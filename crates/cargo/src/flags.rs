//! The environment variables that add a flag to those of a user.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{env, fs};
use toml::Value;

/// The flag with which everything that runs in the simulation is compiled, a name for `--cfg`.
pub const SIMULATION: &str = "madsim";

/// The separator between the flags of a `CARGO_ENCODED_` variable.
const ENCODED: &str = "\x1f";

/// The part of cargo's configuration that decides where another flag counts.
pub struct Configured {
    /// The triple that is built for.
    pub triple: String,
    /// The keys, `rustflags` and `rustdocflags`, that a `[target]` table which may match sets.
    pub for_target: BTreeSet<String>,
}

/// Returns the variables that add flags, for compilers and for documentation tests.
///
/// Cargo uses the first of these sources of flags and ignores the others, so the flags are added to
/// the one that is in use: `CARGO_ENCODED_RUSTFLAGS`; `RUSTFLAGS`; the tables of the target in
/// config files, together with `CARGO_TARGET_<TRIPLE>_RUSTFLAGS`; `build.rustflags`, together with
/// `CARGO_BUILD_RUSTFLAGS` (The Cargo Book, "build.rustflags").
pub fn variables(
    of: impl Fn(&str) -> Option<String>,
    configured: &Configured,
    cfgs: &[&str],
) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for name in ["RUSTFLAGS", "RUSTDOCFLAGS"] {
        let encoded = format!("CARGO_ENCODED_{name}");
        let triple = configured.triple.to_uppercase().replace(['-', '.'], "_");
        let for_target = format!("CARGO_TARGET_{triple}_{name}");
        let (variable, separator) = if of(&encoded).is_some() {
            (encoded, ENCODED)
        } else if of(name).is_some() {
            (name.to_owned(), " ")
        } else if of(&for_target).is_some() || configured.for_target.contains(&name.to_lowercase())
        {
            (for_target, " ")
        } else {
            (format!("CARGO_BUILD_{name}"), " ")
        };
        let own = of(&variable).unwrap_or_default();
        let flags = cfgs.iter().fold(own, |flags, cfg| with_flag(flags, cfg, separator));
        variables.push((variable, flags));
    }
    variables
}

/// Appends a flag, unless it is there.
fn with_flag(flags: String, cfg: &str, separator: &str) -> String {
    let flag = ["--cfg", cfg].join(separator);
    let there = [separator, &flags, separator].concat();
    if flags.is_empty() {
        flag
    } else if there.contains(&[separator, &flag, separator].concat()) {
        flags
    } else {
        [&flags, separator, &flag].concat()
    }
}

/// Reads the config files that cargo reads in this directory.
///
/// # Errors
/// A file is not TOML.
pub fn configured(triple: String, directory: &Path) -> Result<Configured, String> {
    let mut for_target = BTreeSet::new();
    for file in config_files(directory) {
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let config: Value =
            toml::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        let tables = config.get("target").and_then(Value::as_table).into_iter().flatten();
        for (target, table) in tables {
            // Which `cfg` matches is cargo's business; a table that sets flags is meant to.
            if *target == triple || target.starts_with("cfg(") {
                let keys = table.as_table().into_iter().flat_map(|table| table.keys());
                for_target.extend(keys.filter(|key| key.ends_with("flags")).cloned());
            }
        }
    }
    Ok(Configured { triple, for_target })
}

/// Returns the paths at which cargo looks for config files, whether they exist or not.
fn config_files(directory: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> =
        directory.ancestors().map(|directory| directory.join(".cargo")).collect();
    let home = env::var_os("CARGO_HOME").map(PathBuf::from);
    let user = || env::var_os("HOME").map(|home| Path::new(&home).join(".cargo"));
    folders.extend(home.or_else(user));
    let names = ["config.toml", "config"];
    folders.iter().flat_map(|folder| names.map(|name| folder.join(name))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    /// Returns what is added, with encoded separators shown as `|`, of the compiler alone.
    fn added(environment: &[(&str, &str)], for_target: &[&str]) -> String {
        let environment: BTreeMap<_, _> = environment.iter().copied().collect();
        let configured = Configured {
            triple: "x86_64-unknown-linux-gnu".to_owned(),
            for_target: for_target.iter().map(ToString::to_string).collect(),
        };
        let of = |name: &str| environment.get(name).map(ToString::to_string);
        let [(name, value), _] = &variables(of, &configured, &[SIMULATION])[..] else {
            panic!("two variables")
        };
        format!("{name}={}", value.replace(ENCODED, "|"))
    }

    #[test]
    fn the_flag_joins_the_flags_that_cargo_would_use() {
        assert_eq!(added(&[], &[]), "CARGO_BUILD_RUSTFLAGS=--cfg madsim");
        let own = [("RUSTFLAGS", "-C target-cpu=native")];
        assert_eq!(added(&own, &["rustflags"]), "RUSTFLAGS=-C target-cpu=native --cfg madsim");
        let encoded = [("CARGO_ENCODED_RUSTFLAGS", "-C\x1fdebuginfo=0"), ("RUSTFLAGS", "-v")];
        assert_eq!(added(&encoded, &[]), "CARGO_ENCODED_RUSTFLAGS=-C|debuginfo=0|--cfg|madsim");
        let target = "CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_RUSTFLAGS=--cfg madsim";
        assert_eq!(added(&[], &["rustflags"]), target);
        assert_eq!(added(&[], &["rustdocflags"]), "CARGO_BUILD_RUSTFLAGS=--cfg madsim");
        assert_eq!(
            added(&[("CARGO_BUILD_RUSTFLAGS", "-g")], &[]),
            "CARGO_BUILD_RUSTFLAGS=-g --cfg madsim"
        );
    }

    #[test]
    fn a_flag_that_is_there_is_not_added_again() {
        let there = [("RUSTFLAGS", "--cfg madsim -g")];
        assert_eq!(added(&there, &[]), "RUSTFLAGS=--cfg madsim -g");
        // A flag that begins like another is another one.
        let flags = with_flag("--cfg dialing_1".to_owned(), "dialing", " ");
        assert_eq!(flags, "--cfg dialing_1 --cfg dialing");
        assert_eq!(with_flag(flags.clone(), "dialing", " "), flags);
    }

    #[test]
    fn a_table_of_the_target_counts_and_one_of_another_does_not() {
        let place = tempfile::tempdir().expect("a directory");
        let inner = place.path().join("crate");
        fs::create_dir_all(inner.join(".cargo")).expect("a folder");
        fs::create_dir_all(place.path().join(".cargo")).expect("a folder");
        fs::write(
            inner.join(".cargo/config.toml"),
            "[target.wasm32-unknown-unknown]\nrustflags = []",
        )
        .expect("a file");
        let of = |triple: &str| configured(triple.to_owned(), &inner).expect("TOML").for_target;
        assert!(!of("x86_64-unknown-linux-gnu").contains("rustflags"));
        assert!(of("wasm32-unknown-unknown").contains("rustflags"));
        fs::write(
            place.path().join(".cargo/config.toml"),
            "[target.'cfg(unix)']\nrustdocflags = \"-g\"",
        )
        .expect("a file");
        assert!(of("x86_64-unknown-linux-gnu").contains("rustdocflags"));
        fs::write(inner.join(".cargo/config.toml"), "[target").expect("a file");
        let error = configured(String::new(), &inner).err().expect("it is no TOML");
        assert!(error.contains(".cargo/config.toml: "), "{error}");
    }
}
