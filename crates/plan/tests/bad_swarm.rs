//! The errors that the author of a bad swarm reads: a seed may draw only what a file may contain.

use crosswire_plan::{BadScenario, Vocabulary, load};
use insta::assert_snapshot;
use miette::{GraphicalReportHandler, GraphicalTheme};

const GOOD: &str = r#"name = "good"
summary = "A swarm with nothing wrong."
duration_ms = 60_000

[cast]
cameras = 40
phones = 40
gateways = 3
cache_nodes = 2
clones = 3

[workload.changes]
during = { shares = 2 }

[[fault]]
kind = "cache-slow"
target = "cache-1"
start_ms = [10_000, 12_000]
length_ms = 5_000

[[fault]]
kind = "partition"
target = "gateway-0~directory"
start_ms = 20_000
length_ms = 1_000
"#;

fn vocabulary() -> Vocabulary {
    let names = |name: &str| vec![name.to_owned()];
    Vocabulary { clients: names("pooled"), services: names("standard"), ..Vocabulary::default() }
}

fn refusal(text: &str) -> BadScenario {
    load("swarm.toml", text, &vocabulary()).expect_err("a bad swarm")
}

/// Returns a swarm that draws these numbers.
fn swarm(drawn: &str) -> String {
    format!("{GOOD}\n[swarm]\nfaults = 2\n[swarm.draw]\n{drawn}\n")
}

#[test]
fn numbers_of_a_swarm_must_fit_at_both_ends() {
    for fits in [
        "\"duration_ms\" = [40_000, 90_000]",
        "\"cast.cameras\" = [6, 40]",
        "\"cast.cameras\" = [6, 40]\n\"cast.clones\" = [0, 3]",
        // Changes that find no camera are left out of a plan.
        "\"cast.cameras\" = [6, 40]\n\"workload.changes.during.shares\" = [0, 90]",
    ] {
        load("swarm.toml", &swarm(fits), &vocabulary()).expect(fits);
    }
    let all = [
        "\"duration_ms\" = [1, 60_000]",
        "\"duration_ms\" = [21_000, 60_000]",
        "\"recovery.within_ms\" = [1_000, 50_000]",
        "\"duration_ms\" = [40_000, 60_000]\n\"recovery.within_ms\" = [1_000, 30_000]",
        "\"cast.cameras\" = [1, 2]\n\"cast.clones\" = [5, 9]",
        "\"cast.cameras\" = [8, 40]\n\"cast.clones\" = [0, 5]",
        "\"cast.gateways\" = [1, 4]\n\"cast.phones\" = [2, 9]",
        "\"cast.cache_nodes\" = [1, 4]",
        "\"cast.phones\" = [2, 9]",
    ]
    .map(|drawn| refusal(&swarm(drawn)).to_string().replace("swarm.toml:", ""));
    assert_snapshot!(all.join("\n"), @r"
    30:1: `cache-slow` begins at 12_000 ms at the latest, not before the end of the run at 1 ms
    30:1: the last fault may end at 21_000 ms, and `recovery.within_ms` is 12_000: together 33_000 ms, after the end of the run at 21_000 ms
    30:1: the last fault may end at 21_000 ms, and `recovery.within_ms` is 50_000: together 71_000 ms, after the end of the run at 60_000 ms
    30:1: the last fault may end at 21_000 ms, and `recovery.within_ms` is 30_000: together 51_000 ms, after the end of the run at 40_000 ms
    30:1: `cast.clones` is 3 with 1 camera and 40 phones; expected at most 0
    30:1: `cast.clones` is 5 with 8 cameras and 40 phones; expected at most 4
    31:1: changes with 2 phones; expected at least 3
    30:1: there is no `cache-1`: `[cast]` has 1, the last is `cache-0`
    30:1: changes with 2 phones; expected at least 3
    ");
    let both = "\"cast.phones\" = [30, 40]\n\"cast.cameras\" = [8, 40]\n\"cast.clones\" = [0, 5]";
    let mut report = String::new();
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme::unicode_nocolor());
    handler.render_report(&mut report, &refusal(&swarm(both))).expect("a report");
    let report: Vec<_> = report.lines().map(str::trim_end).collect();
    assert_snapshot!(report.join("\n"), @r#"
     × swarm.toml:31:1: `cast.clones` is 5 with 8 cameras and 40 phones; expected at most 4
       ╭─[swarm.toml:31:1]
    30 │ "cast.phones" = [30, 40]
    31 │ "cast.cameras" = [8, 40]
       · ───────┬──────
       ·        ╰── with these numbers: no camera left to clone
    32 │ "cast.clones" = [0, 5]
       ╰────
     help: a seed may draw `cast.cameras` = 8 and `cast.clones` = 5; every combination in `[swarm.draw]` must be valid
    "#);
}

#[test]
fn numbers_that_a_swarm_cannot_draw() {
    let all = [
        swarm("\"cast.camera\" = [1, 2]"),
        swarm("cast.cameras = [1, 2]"),
        swarm("\"workload.changes.durin.shares\" = [1, 2]"),
        swarm("\"weather\" = [1, 2]"),
        swarm("\"fault.0.start_ms\" = [1, 2]"),
        swarm("\"cast.cameras\" = [0, 2]"),
        swarm("\"cast.cameras\" = [2, 1]"),
        swarm("\"cast.cameras\" = 2"),
        // A missing field beside it is reported as well.
        swarm("\"cast.camera\" = [1, 2]").replace("faults = 2\n", ""),
        swarm("cast.cameras = [1, 2]").replace("faults = 2\n", ""),
        swarm("\"cast.camera\" = [1, 2]").replace("[swarm]\nfaults = 2\n", ""),
        swarm("\"cast.cameras\" = [1, 2]").replace("[swarm]\nfaults = 2\n", ""),
    ]
    .map(|text| refusal(&text).to_string().replace("swarm.toml:", ""));
    assert_snapshot!(all.join("\n"), @r#"
    30:1: `cast.camera` is not a number in a scenario; did you mean `cast.cameras`?
    30:1: the path `cast.cameras` is not quoted; expected `"cast.cameras" = [from, to]`
    30:1: `workload.changes.durin.shares` is not a number in a scenario; did you mean `workload.changes.during.shares`?
    30:1: `weather` is not a number in a scenario
    30:1: `fault.0.start_ms` is not a single number in this file
    30:1: `cast.cameras` from 0 to 2; expected a whole number from 1 to 10_000_000 at both ends
    30:1: a range from 2 down to 1
    30:18: `swarm.draw.cast.cameras` is 2; expected two numbers, `[from, to]`
    27:1: `faults` is missing in `swarm`
    28:2: `faults` is missing in `swarm`
    29:1: `cast.camera` is not a number in a scenario; did you mean `cast.cameras`?
    29:1: the path `cast.cameras` is not quoted; expected `"cast.cameras" = [from, to]`
    27:2: `faults` is missing in `swarm`
    28:1: `cast.camera` is not a number in a scenario; did you mean `cast.cameras`?
    27:2: `faults` is missing in `swarm`
    "#);
}

#[test]
fn names_that_a_swarm_cannot_choose() {
    let choosing = |chosen: &str| swarm(&format!("[swarm.choose]\n{chosen}"));
    let fits = choosing("\"service.fill\" = [\"set\", \"add\"]");
    load("swarm.toml", &fits, &vocabulary()).expect("a choice");
    let all = [
        "\"service.fil\" = [\"set\", \"add\"]",
        "\"service.name\" = [\"standard\"]",
        "\"service.fill\" = []",
        "\"service.fill\" = [\"set\", \"append\"]",
        "\"service.fill\" = \"set\"",
    ]
    .map(|chosen| refusal(&choosing(chosen)).to_string().replace("swarm.toml:", ""));
    assert_snapshot!(all.join("\n"), @r#"
    31:1: unknown choice `service.fil`; did you mean `service.fill`?
    31:1: unknown choice `service.name`; did you mean `service.fill`?
    31:1: `service.fill` has no names to choose from; expected at least one
    31:1: `service.fill` cannot be "append"; expected valid names only
    31:18: `swarm.choose.service.fill` is "set"; expected a list in brackets
    "#);
}
