//! The directory compared with a model. `docs/parity.md` states the model in words, `model` in slow
//! and obvious code. Both run the same script and must give the same answers at the same times.
//!
//! * A read is valid as of the moment its service begins. A change is made, and takes effect, when
//!   its service ends.
//! * The replica reads as of a commit that it has applied, and applies each commit within its lag.
//! * A node that dies loses its work in progress and its queue, and nothing it acknowledged. A node
//!   that takes over starts with every commit.
//! * A transfer begins a new epoch and ends all grants. Epochs only grow.

mod model;
mod script;

use crosswire_cloud::directory::{Ask, Directory, DirectorySpec, Role};
use crosswire_history::sync::Mutex;
use crosswire_history::{DeviceId, Journal, Mint, NodeId, NodeKind, UserId};
use crosswire_net::{LinkSpec, Net, Site};
use model::{LATENCY_MS, Model, Version};
use proptest::collection::vec;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use script::{DEVICES, Request, Said, Step, ask, read, script, write};
use std::sync::Arc;

const GATEWAY: Site = Site(0);
const PRIMARY: Site = Site(1);
const REPLICA: Site = Site(2);

/// The interval between steps, long enough that no two events whose order is unspecified fall into
/// the same millisecond.
const SLOT_MS: u64 = 3;

/// Runs a story with a directory on its nodes, populated as [`Version::first`].
fn with_a_directory<T>(spec: DirectorySpec, story: impl AsyncFnOnce(Net, Directory) -> T) -> T {
    let runtime = madsim::runtime::Runtime::with_seed_and_config(1, madsim::Config::default());
    runtime.block_on(async {
        let net = Net::new(Box::new(|_, _| ChaCha8Rng::seed_from_u64(2)));
        let link = LinkSpec { latency_ms: LATENCY_MS, ..LinkSpec::default() };
        for kind in [NodeKind::Gateway, NodeKind::Directory, NodeKind::Replica] {
            net.add_site(NodeId::new(kind, 0), |_| link);
        }
        madsim::task::spawn(net.clone().drive(Vec::new()));
        let (journal, mint) = (Journal::default(), Mint::new(1));
        let rng = ChaCha8Rng::seed_from_u64(3);
        let directory = Directory::new(&net, &journal, &mint, spec, (PRIMARY, REPLICA), rng);
        directory.populate((0..DEVICES).map(|device| {
            let viewer = if device + 1 == DEVICES { Some(UserId(0)) } else { None };
            (DeviceId(device), UserId(device), viewer)
        }));
        net.sleep(SLOT_MS).await;
        let output = story(net.clone(), directory).await;
        net.close();
        output
    })
}

fn kill(net: &Net, directory: &Directory) {
    net.crash(PRIMARY);
    directory.primary_died();
}

fn fail_over(net: &Net, directory: &Directory) {
    directory.promoted();
    net.revive(PRIMARY);
}

/// Runs the script on the directory; returns the time and content of each answer, and the model.
fn play(spec: DirectorySpec, steps: &[Step]) -> (Vec<Option<(u64, Said)>>, Model) {
    with_a_directory(spec, async |net, directory| {
        let client = directory.client(GATEWAY);
        let (heard, mut model) = (Arc::new(Mutex::new(Vec::new())), Model::new(spec));
        let mut down = false;
        for step in steps {
            model.step(net.now_ms(), step);
            match step.clone() {
                Step::Wait(slots) => net.sleep(slots * SLOT_MS).await,
                Step::Ask(request) => {
                    let (net, client, heard) = (net.clone(), client.clone(), heard.clone());
                    let mut slots = heard.lock();
                    let number = slots.len();
                    slots.push(None);
                    drop(slots);
                    madsim::task::spawn(async move {
                        let said = ask(&client, request).await;
                        heard.lock()[number] = Some((net.now_ms(), said));
                    });
                }
                Step::BrownOut(slowness) => directory.brown_out(slowness),
                Step::Dies if !down => {
                    down = true;
                    kill(&net, &directory);
                }
                Step::FailsOver if down => {
                    down = false;
                    fail_over(&net, &directory);
                }
                Step::Dies | Step::FailsOver => {}
            }
            net.sleep(SLOT_MS).await;
        }
        net.sleep(60_000).await;
        model.until(net.now_ms());
        let heard = heard.lock().clone();
        (heard, model)
    })
}

prop_compose! {
    /// A small directory, so that queues form, with constant service times.
    fn steady()(
        connections in 1_usize..4,
        queue in 0_usize..4,
        read_ms in 1_u64..12,
        write_ms in 1_u64..20,
        lag_ms in 0_u64..60,
    ) -> DirectorySpec {
        DirectorySpec {
            connections,
            queue,
            read_ms: (read_ms, read_ms),
            write_ms: (write_ms, write_ms),
            replica_lag_ms: (lag_ms, lag_ms),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_directory_answers_like_the_model(spec in steady(), steps in script()) {
        let (heard, model) = play(spec, &steps);
        let asked = steps.iter().filter_map(|step| match step {
            Step::Ask(request) => Some(request),
            _ => None,
        });
        for ((request, heard), said) in asked.zip(&heard).zip(&model.said) {
            prop_assert_eq!(heard, said, "to {:?}", request);
        }
    }
}

/// A step of a sequential script for a directory with random service times.
#[derive(Clone, Debug)]
enum Turn {
    Ask(Request),
    Wait(u64),
    BrownOut(f64),
    FailOver,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let turn = prop_oneof![
        6 => read().prop_map(Turn::Ask),
        5 => write().prop_map(Turn::Ask),
        3 => (0_u64..60).prop_map(Turn::Wait),
        1 => prop_oneof![Just(1.0), Just(4.0)].prop_map(Turn::BrownOut),
        1 => Just(Turn::FailOver),
    ];
    vec(turn, 1..60)
}

/// The states that the replica may show, from the history of all versions.
struct Lagging {
    /// Each version with the time of its commit and the time by which the replica must show it.
    versions: Vec<(Version, u64, u64)>,
    least_ms: u64,
    most_ms: u64,
    slowness: f64,
    /// The latest commit that the replica has shown, or acquired in a failover.
    shown: u64,
    applied: u64,
}

impl Lagging {
    fn commit(&mut self, version: Version, now_ms: u64) {
        // Recording a key is not a commit.
        if let Some(last) = self.versions.last_mut()
            && last.0.number() == version.number()
        {
            last.0 = version;
            return;
        }
        let by_ms = now_ms + (self.most_ms as f64 * self.slowness) as u64;
        let by_ms = by_ms.max(self.versions.last().map_or(0, |last| last.2));
        self.versions.push((version, now_ms, by_ms));
    }

    fn latest(&self) -> &Version {
        &self.versions[self.versions.len() - 1].0
    }

    fn brown_out(&mut self, slowness: f64, now_ms: u64) {
        self.slowness = slowness;
        let latest_ms = now_ms + (self.most_ms as f64 * slowness) as u64;
        self.versions.iter_mut().for_each(|version| version.2 = latest_ms.min(version.2));
    }

    /// Checks that the replica may read as of this commit when service begins.
    fn check(&mut self, commit: u64, began_ms: u64) -> Result<&Version, TestCaseError> {
        let due = self.versions.iter().filter(|version| version.2 <= began_ms);
        let least = due.map(|version| version.0.number()).max().unwrap_or(1);
        prop_assert!(
            commit >= least,
            "reads as of {}, but the lag allows {} at the earliest",
            commit,
            least
        );
        prop_assert!(commit >= self.shown, "goes back from {} to {}", self.shown, commit);
        self.shown = commit;
        let found = self.versions.iter().rev().find(|version| version.0.number() == commit);
        let (version, at_ms, _) = found.expect("an existing commit");
        let early = commit > self.applied && at_ms + self.least_ms > began_ms;
        prop_assert!(!early, "reads as of {}, sooner than the minimum lag", commit);
        Ok(version)
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_replica_lags_within_the_declared_range(
        lag_ms in (0_u64..40, 0_u64..80),
        times_ms in (1_u64..5, 0_u64..10),
        turns in turns(),
    ) {
        let times_ms = (times_ms.0, times_ms.0 + times_ms.1);
        let replica_lag_ms = (lag_ms.0, lag_ms.0 + lag_ms.1);
        let spec = DirectorySpec {
            connections: 1, queue: 0, read_ms: times_ms, write_ms: times_ms, replica_lag_ms,
        };
        with_a_directory(spec, async |net, directory| {
            let client = directory.client(GATEWAY);
            let mut model = Lagging {
                versions: vec![(Version::first(), 0, 0)],
                least_ms: replica_lag_ms.0,
                most_ms: replica_lag_ms.1,
                slowness: 1.0,
                shown: 1,
                applied: 1,
            };
            for turn in turns {
                let now_ms = net.now_ms();
                match turn {
                    Turn::Wait(ms) => net.sleep(ms).await,
                    Turn::BrownOut(slowness) => {
                        directory.brown_out(slowness);
                        model.brown_out(slowness, now_ms);
                    }
                    Turn::FailOver => {
                        kill(&net, &directory);
                        net.sleep(10).await;
                        fail_over(&net, &directory);
                        // No acknowledged commit is lost.
                        prop_assert_eq!(directory.commit(), model.latest().number());
                        model.applied = model.latest().number();
                        model.shown = model.applied;
                    }
                    Turn::Ask(request) => {
                        let said = ask(&client, request.clone()).await;
                        let ended_ms = net.now_ms() - LATENCY_MS;
                        match (&request.ask, &said) {
                            (
                                Ask::CamerasOf(_) | Ask::ViewersOf(..),
                                Said::Cameras(_, commit) | Said::Viewers(_, commit),
                            ) if request.role == Role::Replica => {
                                let version = model.check(*commit, now_ms + LATENCY_MS)?;
                                prop_assert_eq!(version.read(&request.ask), Some(said));
                            }
                            // Rows do not carry the commit as of which they were read.
                            (Ask::Events(..), _) => {}
                            (ask, said) => {
                                let read = model.latest().read(ask).map(|expected| (expected, None));
                                let (expected, next) =
                                    read.unwrap_or_else(|| model.latest().change(ask, ended_ms));
                                prop_assert_eq!(said, &expected, "to {:?}", ask);
                                if let Some(next) = next {
                                    model.commit(next, ended_ms);
                                }
                            }
                        }
                    }
                }
            }
            Ok(())
        })?;
    }
}
