//! The program that continuous integration and the nightly run: `ci COMMAND`. The scripts in `ci/`
//! call it.
//!
//! | command | module |
//! |---|---|
//! | `ci adapters` | [`adapters`]: real libraries in lockstep |
//! | `ci certify` | [`certify`]: the certificates of the real libraries |
//! | `ci counts` | [`counts`]: numbers about the sources |
//! | `ci demonstration` | [`demonstration`]: whether the pages show what the program prints |
//! | `ci dialing` | [`dialing`]: clients over libraries that dial by themselves |
//! | `ci digests` | [`digests`]: the digests of runs, compared with those in a file |
//! | `ci instructions` | [`instructions`]: the instructions of a storm |
//! | `ci kill-and-resume` | [`kill_and_resume`]: a hunt that is killed and resumed |
//! | `ci nightly` | [`nightly`]: the scheduled hunt of a team |
//! | `ci parity` | [`parity`]: the simulated cache and a real redis-server |
//! | `ci program` | [`program`]: the path of the program |
//! | `ci queue` | [`queue`]: a hunt that several processes share |
//! | `ci real-servers` | [`real_servers`]: the protocols and the real servers |
//! | `ci register` | [`register`]: client libraries by version in lockstep |
//! | `ci regressions` | [`regressions`]: a minimized run of every mechanism |
//! | `ci replay` | [`replay`]: all saved runs |
//! | `ci same-in-release` | [`same_in_release`]: debug and release builds, compared |
//! | `ci suites` | [`suites`]: certificates in suites of other languages |
//! | `ci survives-a-change` | [`survives_a_change`]: saved runs after a change of the workload |
//! | the others | [`examples`]: examples of `crosswire-claims`, mutants, arrivals |
//!
//! The commands share [`program`], which builds `crosswire`, [`child`], [`files`], [`install`],
//! [`clock`], [`checks`] and [`hunts`], which reads the results of a hunt.
//!
//! The rules that the sources must keep (`tests/house_rules.rs`) use [`sources`], [`prose`],
//! [`functions`] and [`cycles`].

pub mod adapters;
pub mod certify;
pub mod checks;
pub mod child;
pub mod clock;
pub mod counts;
pub mod cycles;
pub mod demonstration;
pub mod dialing;
pub mod digests;
pub mod error;
pub mod examples;
pub mod files;
pub mod functions;
pub mod hunts;
pub mod install;
pub mod instructions;
pub mod kill_and_resume;
pub mod nightly;
pub mod package;
pub mod pages;
pub mod parity;
pub mod program;
pub mod prose;
pub mod queue;
pub mod real_servers;
pub mod register;
pub mod regressions;
pub mod replay;
pub mod same_in_release;
pub mod sources;
pub mod suites;
pub mod survives_a_change;
