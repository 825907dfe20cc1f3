//! The compiler before `rustc`, which cargo calls as `crosswire-rustc RUSTC ARGUMENT...`.

use super::{FLAG, edits, shim};
use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// The variable with the `RUSTC_WRAPPER` of the user, which is called in turn.
pub const OTHER: &str = "CROSSWIRE_RUSTC_WRAPPER";

/// The name under which tokio itself is compiled.
const REAL: &str = "crosswire_real_tokio";

/// The features of tokio that the crate in its place uses. `crosswire-dial` asks for them; a tokio
/// without one is that of a build script or a macro, which stays as it is.
const FEATURES: [&str; 6] = ["io-util", "macros", "net", "rt", "sync", "time"];

/// A call of the compiler.
#[derive(Clone)]
struct Call {
    /// The program and its arguments.
    words: Vec<String>,
}

/// The package that is compiled, as cargo says in the environment.
struct Package {
    name: String,
    version: String,
    folder: PathBuf,
}

/// Compiles what cargo asks for, and returns the exit status; `folder` is that of the build.
pub fn main(folder: &Path) -> ExitCode {
    let words: Option<Vec<_>> =
        env::args_os().skip(1).map(|word| word.into_string().ok()).collect();
    let Some(words) = words else {
        // No path of what is changed here is other than UTF-8, as long as the user's is.
        return ended(&command(env::args_os().skip(1)).exec());
    };
    let call = Call { words };
    let known = match package() {
        Some(package) if call.is_simulated() => compile(&call, &package, folder),
        _ => Ok(call),
    };
    match known {
        Ok(call) => ended(&command(call.words.into_iter().map(OsString::from)).exec()),
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn ended(error: &std::io::Error) -> ExitCode {
    eprintln!("error: the compiler: {error}");
    ExitCode::FAILURE
}

/// Returns the command of a call, with the user's own wrapper before it.
fn command(words: impl Iterator<Item = OsString>) -> Command {
    let other = env::var_os(OTHER).filter(|other| !other.is_empty());
    let mut words = other.into_iter().chain(words);
    let mut command = Command::new(words.next().unwrap_or_else(|| "rustc".into()));
    command.args(words);
    command
}

fn package() -> Option<Package> {
    Some(Package {
        name: env::var("CARGO_PKG_NAME").ok()?,
        version: env::var("CARGO_PKG_VERSION").ok()?,
        folder: env::var_os("CARGO_MANIFEST_DIR")?.into(),
    })
}

/// Returns the call to make in the place of one; compiles tokio itself before the crate that has
/// its name.
fn compile(call: &Call, package: &Package, folder: &Path) -> Result<Call, String> {
    if call.value_of("--crate-name") != Some(&package.name.replace('-', "_")) {
        return Ok(call.clone());
    }
    let is_tokio = package.name == "tokio";
    if is_tokio && !FEATURES.iter().all(|feature| call.has_feature(feature)) {
        return Ok(call.clone());
    }
    let Some(edit) = edits::of(&package.name, &package.version) else { return Ok(call.clone()) };
    let copy = edit.made(&package.folder, &package.version, folder)?;
    let edited = call.clone().moved(&package.folder, &copy);
    if !is_tokio {
        return Ok(edited);
    }
    let real = edited.renamed(REAL);
    let status = command(real.words.iter().map(OsString::from)).status();
    match status {
        Ok(status) if status.success() => Ok(call.clone().shim(&shim::root(folder))),
        Ok(_) => Err(format!("tokio {} does not compile as {REAL}", package.version)),
        Err(error) => Err(format!("the compiler: {error}")),
    }
}

impl Call {
    /// Returns whether the flag of these builds is among the arguments. Without it, it is a build
    /// script's or a macro's crate of a build with `--target`.
    fn is_simulated(&self) -> bool {
        self.words.windows(2).any(|pair| pair == ["--cfg", FLAG])
    }

    fn has_feature(&self, feature: &str) -> bool {
        let feature = format!("feature=\"{feature}\"");
        self.words.windows(2).any(|pair| pair[0] == "--cfg" && pair[1] == feature)
    }

    /// Returns the value of an option that is an argument after it.
    fn value_of(&self, option: &str) -> Option<&str> {
        let at = self.words.iter().position(|word| word == option)?;
        self.words.get(at + 1).map(String::as_str)
    }

    /// Returns the value of an option of code generation.
    fn codegen(&self, name: &str) -> Option<&str> {
        let mut pairs = self.words.windows(2).filter(|pair| pair[0] == "-C");
        pairs.find_map(|pair| pair[1].strip_prefix(name)?.strip_prefix('='))
    }

    /// Returns the call with the source in another folder.
    fn moved(mut self, from: &Path, to: &Path) -> Self {
        for word in &mut self.words {
            let inside = Path::new(&*word).strip_prefix(from).map(|inside| to.join(inside));
            if let Ok(path) = inside {
                *word = path.display().to_string();
            }
        }
        self
    }

    /// Returns the call with another name for the crate, and without news of finished files: cargo
    /// would take them for those of the crate that it asked for.
    fn renamed(mut self, name: &str) -> Self {
        if let Some(at) = self.words.iter().position(|word| word == "--crate-name") {
            name.clone_into(&mut self.words[at + 1]);
        }
        for word in &mut self.words {
            if word.starts_with("--json=") {
                *word = word.replace("artifacts,", "").replace(",artifacts", "");
            }
        }
        self
    }

    /// Returns the call that compiles the crate in the place of tokio, over tokio itself.
    fn shim(mut self, root: &Path) -> Self {
        let with_code = self
            .words
            .iter()
            .any(|word| word.strip_prefix("--emit=").is_some_and(|kinds| kinds.contains("link")));
        let end = if with_code { "rlib" } else { "rmeta" };
        let folder = self.value_of("--out-dir").unwrap_or(".");
        let extra = self.codegen("extra-filename").unwrap_or_default();
        let real = format!("real={folder}/lib{REAL}{extra}.{end}");
        for word in &mut self.words {
            if word.starts_with("--edition=") {
                *word = format!("--edition={}", shim::EDITION);
            } else if word.ends_with("/src/lib.rs") {
                *word = root.display().to_string();
            }
        }
        self.words.extend(["--extern".to_owned(), real]);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The call with which cargo compiles tokio, shortened.
    fn tokio() -> Call {
        let words = "/bin/rustc --crate-name tokio --edition=2021 /registry/tokio-1.54.1/src/lib.rs \
            --json=diagnostic-rendered-ansi,artifacts,future-incompat --crate-type lib \
            --emit=dep-info,metadata,link --cfg feature=\"net\" -C metadata=95 \
            -C extra-filename=-9f --out-dir /target/deps -L dependency=/target/deps \
            --cap-lints allow --cfg madsim --cfg crosswire_dialing";
        Call { words: words.split_whitespace().map(str::to_owned).collect() }
    }

    #[test]
    fn tokio_itself_gets_another_name_and_place_and_reports_no_files() {
        let real = tokio().moved(Path::new("/registry/tokio-1.54.1"), Path::new("/copies/tokio"));
        let real = real.renamed(REAL).words.join(" ");
        assert!(real.contains("--crate-name crosswire_real_tokio"), "{real}");
        assert!(real.contains(" /copies/tokio/src/lib.rs "), "{real}");
        assert!(real.contains("--json=diagnostic-rendered-ansi,future-incompat"), "{real}");
        assert!(real.contains("--edition=2021"), "{real}");
    }

    #[test]
    fn the_crate_in_its_place_is_compiled_over_it() {
        let shim = tokio().shim(Path::new("/shim/lib.rs")).words.join(" ");
        assert!(shim.contains("--crate-name tokio --edition=2024 /shim/lib.rs"), "{shim}");
        let real = "--extern real=/target/deps/libcrosswire_real_tokio-9f.rlib";
        assert!(shim.ends_with(real), "{shim}");
        let mut check = tokio();
        for word in &mut check.words {
            *word = word.replace("metadata,link", "metadata");
        }
        let shim = check.shim(Path::new("/shim/lib.rs")).words.join(" ");
        assert!(shim.ends_with("libcrosswire_real_tokio-9f.rmeta"), "{shim}");
    }

    #[test]
    fn a_tokio_of_build_scripts_and_macros_stays_as_it_is() {
        let package =
            Package { name: "tokio".into(), version: "1.54.1".into(), folder: "/none".into() };
        // It has one of the features alone.
        let same = compile(&tokio(), &package, Path::new("/none")).expect("nothing is done");
        assert_eq!(same.words, tokio().words);
        let mut host = tokio();
        host.words.truncate(host.words.len() - 2);
        assert!(tokio().is_simulated());
        assert!(!host.is_simulated());
    }
}
