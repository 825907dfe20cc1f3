//! Properties of every plan, for all scenarios and seeds.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use crosswire_plan::scenario::{ChangeMix, Drawn, FaultSpec};
use crosswire_plan::{Change, ChangeKind, FaultKind, Plan, Scenario, Seed, builtin, draw};
use proptest::prelude::*;

mod support;

/// Returns a built-in scenario.
fn shipped(name: &str) -> Scenario {
    let file = builtin().iter().find(|file| file.name == name).expect("built in");
    support::shipped(file.name, file.text)
}

/// Replays the changes against a book of permissions and returns the first one that makes no sense.
fn nonsense(plan: &Plan) -> Result<(), String> {
    struct Camera {
        owner: u32,
        watchers: BTreeSet<u32>,
        changed_ms: Option<u64>,
        deleted: bool,
    }
    let mut cameras: BTreeMap<u32, Camera> = BTreeMap::new();
    let mut now_ms = 0;
    for change @ &Change { at_ms, kind, device, user, .. } in &plan.changes {
        let camera = cameras.entry(device).or_insert_with(|| Camera {
            owner: plan.owner_of(device),
            watchers: plan.viewer_of(device).into_iter().collect(),
            changed_ms: None,
            deleted: false,
        });
        let entitled = camera.owner == user || camera.watchers.contains(&user);
        let sense = match kind {
            ChangeKind::Share => !entitled && camera.watchers.insert(user),
            ChangeKind::Revoke => camera.watchers.remove(&user),
            ChangeKind::Transfer | ChangeKind::Reset => {
                camera.watchers.clear();
                std::mem::replace(&mut camera.owner, user) != user
            }
            ChangeKind::Delete => {
                camera.owner == user && !std::mem::replace(&mut camera.deleted, true)
            }
        };
        let alive = !camera.deleted || kind == ChangeKind::Delete;
        let exists = device < plan.cast.cameras && user < plan.cast.phones;
        let timely = now_ms <= at_ms && at_ms < plan.duration_ms;
        if !(sense && alive && exists && timely) {
            return Err(format!("{change:?}"));
        }
        // A share that only prepares a revocation may come just before it.
        let apart = camera.changed_ms.is_none_or(|changed| at_ms >= changed + 1_000);
        if !apart && kind != ChangeKind::Revoke {
            return Err(format!("too soon: {change:?}"));
        }
        camera.changed_ms = Some(at_ms);
        now_ms = at_ms;
    }
    Ok(())
}

fn mix() -> impl Strategy<Value = ChangeMix> {
    [0..5_u32, 0..5, 0..5, 0..5, 0..4, 0..2].prop_map(
        |[shares, revocations, transfers, resets, deletions, regrets]| ChangeMix {
            shares,
            revocations,
            transfers,
            resets,
            deletions,
            regrets,
        },
    )
}

fn fault() -> impl Strategy<Value = FaultSpec> {
    let range = |least: u64, most: u64| {
        (least..most, 0..5_000_u64).prop_map(|(lo, more)| Drawn::Between([lo, lo + more]))
    };
    (0..FaultKind::ALL.len(), range(0, 20_000), range(1, 10_000)).prop_map(
        |(kind, start_ms, length_ms)| FaultSpec::new(FaultKind::ALL[kind], start_ms, length_ms),
    )
}

prop_compose! {
    /// Any storm that has a camera for each change.
    fn storm()(
        cameras in 75..90_u32,
        phones in 3..60_u32,
        viewer_share in 0.0..=1.0,
        mixes in [mix(), mix(), mix()],
        faults in prop::collection::vec(fault(), 0..6),
    ) -> Scenario {
        let mut scenario = shipped("reconnect-storm");
        scenario.cast.cameras = cameras;
        scenario.cast.phones = phones;
        scenario.cast.viewer_share = viewer_share;
        let [before, during, after] = mixes;
        scenario.workload.changes = crosswire_plan::scenario::Changes { before, during, after };
        scenario.faults = faults;
        scenario
    }
}

proptest! {
    #[test]
    fn faults_are_within_the_run_and_changes_make_sense(scenario in storm(), seed: u64) {
        let plan = draw(&scenario, Seed(seed));
        prop_assert_eq!(plan.faults.len(), scenario.faults.len());
        for fault in &plan.faults {
            prop_assert!(fault.start_ms < fault.end_ms() && fault.end_ms() <= plan.duration_ms);
        }
        prop_assert!(plan.faults.is_sorted_by_key(|fault| fault.start_ms));
        let changes = &scenario.workload.changes;
        let asked = changes.before.total() + changes.during.total() + changes.after.total();
        prop_assert!(plan.changes.len() as u64 >= asked);
        prop_assert_eq!(nonsense(&plan), Ok(()));
    }

    #[test]
    fn a_plan_survives_being_stored_in_a_file(scenario in storm(), seed: u64) {
        let plan = draw(&scenario, Seed(seed));
        let json = serde_json::to_string(&plan).expect("json");
        prop_assert_eq!(&serde_json::from_str::<Plan>(&json).expect("json"), &plan);
        let toml = toml::to_string(&plan).expect("toml");
        prop_assert_eq!(&toml::from_str::<Plan>(&toml).expect("toml"), &plan);
    }

    #[test]
    fn removing_a_camera_keeps_the_viewers_of_the_others(scenario in storm(), seed: u64) {
        let mut less = scenario.clone();
        less.cast.cameras -= 1;
        let (whole, less) = (draw(&scenario, Seed(seed)), draw(&less, Seed(seed)));
        for device in 0..less.cast.cameras {
            prop_assert_eq!(whole.viewer_of(device), less.viewer_of(device));
            prop_assert_eq!(whole.owner_of(device), less.owner_of(device));
        }
        prop_assert_eq!(whole.faults, less.faults);
    }
}

#[test]
fn the_schema_beside_the_scenarios_matches_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios/schema.json");
    let mut fresh = serde_json::to_string_pretty(&crosswire_plan::json_schema()).expect("json");
    fresh.push('\n');
    if std::env::var_os("CROSSWIRE_BLESS").is_some() {
        fs::write(path, &fresh).expect("the schema can be written");
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    assert!(
        kept == fresh,
        "scenarios/schema.json is out of date; rewrite it with: \
         CROSSWIRE_BLESS=1 cargo test -p crosswire-plan schema"
    );
}

#[test]
fn every_scenario_file_is_built_in() {
    let mut names = BTreeSet::new();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scenarios");
    for entry in fs::read_dir(folder).expect("the folder of the scenarios") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_str().expect("names are UTF-8");
        if let Some(name) = name.strip_suffix(".toml")
            && name != "Cargo"
        {
            names.insert(name.to_owned());
        }
    }
    let built_in: Vec<_> = builtin().iter().map(|file| file.name).collect();
    assert_eq!(built_in, Vec::from_iter(names), "in alphabetical order");
}

#[test]
fn the_built_in_scenarios_make_sense_under_many_seeds() {
    for file in builtin() {
        let name = file.name;
        let scenario = shipped(name);
        for seed in 0..200 {
            let plan = draw(&scenario, Seed(seed));
            assert_eq!(nonsense(&plan), Ok(()), "{name} {seed}");
            let end = plan.last_fault_end_ms().unwrap_or(0);
            assert!(end <= 42_000, "{name} {seed}: {end}");
        }
    }
}

#[test]
fn changes_stay_in_their_phases() {
    for seed in 0..50 {
        let plan = draw(&shipped("reconnect-storm"), Seed(seed));
        let (first, end) = (plan.first_fault_ms().unwrap(), plan.last_fault_end_ms().unwrap());
        let count = |from: u64, to: u64| {
            plan.changes.iter().filter(|change| (from..to).contains(&change.at_ms)).count()
        };
        assert!(count(first / 20, first) >= 14);
        assert!(count(first, end) >= 32);
        assert!(count(end, end + (plan.duration_ms - end) * 3 / 5) >= 14);
        assert_eq!(count(0, first / 20), 0);
    }
}

/// Numbers, faults and fault points of a swarm stay within the limits of the file, and seeds
/// differ.
#[test]
fn a_swarm_stays_within_its_bounds() {
    let scenario = shipped("swarm");
    let swarm = scenario.swarm.as_ref().expect("a swarm");
    let [least, most] = swarm.draw["cast.cameras"];
    let mut casts = BTreeSet::new();
    for seed in 0..300 {
        let plan = draw(&scenario, Seed(seed));
        let cameras = f64::from(plan.cast.cameras);
        assert!((least..=most).contains(&cameras), "{cameras}");
        let strikes = plan.faults.len() as u64;
        assert!((swarm.faults.least()..=swarm.faults.most()).contains(&strikes), "{strikes}");
        assert!(plan.points.len() as u64 <= swarm.points.most());
        for (name, probability) in &plan.points {
            assert!(*probability <= scenario.points[name], "{name} {probability}");
        }
        for fault in &plan.faults {
            assert!(fault.target.places().all(|place| place.exists_in(&plan.cast)), "{fault:?}");
        }
        casts.insert((plan.cast.cameras, plan.cast.phones, plan.client.pool_size));
    }
    assert!(casts.len() > 200, "{}", casts.len());
}

/// Removing one number of a swarm does not change what is drawn for any other part.
#[test]
fn removing_a_number_from_a_swarm_moves_no_other() {
    let whole = shipped("swarm");
    let mut less = whole.clone();
    less.swarm.as_mut().expect("a swarm").draw.remove("cast.cameras");
    for seed in 0..20 {
        let (mut whole, less) = (draw(&whole, Seed(seed)), draw(&less, Seed(seed)));
        whole.cast.cameras = less.cast.cameras;
        assert_eq!(
            (whole.cast, whole.client, whole.workload),
            (less.cast, less.client, less.workload)
        );
        assert_eq!((whole.faults, whole.points), (less.faults, less.points));
    }
}
