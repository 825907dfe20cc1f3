//! The versions of the libraries that a client uses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The lock file of this build; empty if the build script found none.
const LOCK_FILE: &str = include_str!(concat!(env!("OUT_DIR"), "/Cargo.lock"));

/// A library and its version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Library {
    /// The name of the package.
    pub name: String,
    /// The version; `unknown` if the build directory is not inside the workspace that is built.
    pub version: String,
}

#[derive(Deserialize)]
struct LockFile {
    #[serde(default)]
    package: Vec<Package>,
}

/// A package of a lock file, without the fields that nothing here reads.
#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
}

/// Returns the libraries that a client uses; none if the client is entirely Crosswire's. A client
/// of the user's may have the name of one that dials by itself, and not its libraries.
///
/// # Panics
/// If this build has a lock file that lacks one of them.
pub fn of(client: &str) -> Vec<Library> {
    let locked: LockFile = toml::from_str(LOCK_FILE).expect("cargo writes TOML");
    let find = |wanted: &&str| {
        let (name, version) = wanted.split_once('@').unwrap_or((wanted, ""));
        if LOCK_FILE.is_empty() {
            return Some(Library { name: name.to_owned(), version: "unknown".to_owned() });
        }
        let fits = |package: &&Package| {
            let rest = package.version.strip_prefix(version);
            package.name == name
                && rest.is_some_and(|rest| version.is_empty() || rest.starts_with('.'))
        };
        let package = locked.package.iter().find(fits);
        let built_in = crosswire_cache::all().iter().any(|spec| spec.name == client);
        assert!(package.is_some() || !built_in, "Cargo.lock has no {wanted}");
        package.map(|it| Library { name: it.name.clone(), version: it.version.clone() })
    };
    crosswire_cache::libraries(client).iter().filter_map(find).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_real_client_has_the_versions_of_its_libraries() {
        for spec in crosswire_cache::all() {
            for library in of(spec.name) {
                assert!(library.version.contains('.'), "{}: {library:?}", spec.name);
            }
        }
        assert_eq!(of("redis-rs-0-29")[0].version, "0.29.5");
        assert!(of("redis-rs")[0].version.starts_with("1."));
        assert!(of("pooled").is_empty());
    }
}
