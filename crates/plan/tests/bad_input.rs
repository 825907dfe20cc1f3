//! The errors that the author of a bad scenario reads: one clear error for every mistake.

use crosswire_plan::{BadScenario, File, Vocabulary, builtin, load, read};
use insta::assert_snapshot;
use miette::{GraphicalReportHandler, GraphicalTheme};
use proptest::prelude::*;
use std::fmt::Write as _;

mod support;

fn vocabulary() -> Vocabulary {
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    Vocabulary {
        clients: names(&["pooled", "pooled-cancel-desync", "sharded-mget", "redis-rs"]),
        services: names(&["standard"]),
        points: names(&["cache-late-reply"]),
        defences: names(&["verify-at-delivery", "bypass-relation-cache"]),
        situations: names(&[
            "faults-delivered",
            "cancel-in-flight",
            "reconnect-storm",
            "cold-miss",
            "cache-lost",
            "cache-reconnected",
            "two-users-one-connection",
            "change-during-fault",
            "backlog-drained",
            "push-delivered",
            "list-delivered",
            "thumbnail-delivered",
            "tap-delivered",
            "gateway-lost",
            "crowded-gateway",
            "dropped-in-company",
            "list-rush",
        ]),
    }
}

const GOOD: &str = r#"name = "good"
summary = "A scenario with nothing wrong."
duration_ms = 60_000
defences = ["verify-at-delivery"]

[cast]
cameras = 40
phones = 40
gateways = 3
cache_nodes = 2

[client]
name = "pooled"
pool_size = 4

[workload]
tap_share = 0.12

[[workload.backoff]]
family = "full-jitter"
base_ms = 500
cap_ms = 4_000
weight = 1

[workload.changes]
during = { shares = 2 }

[[fault]]
kind = "cache-slow"
target = "cache-0"
start_ms = [10_000, 12_000]
length_ms = 5_000
severity = 40

[[fault]]
kind = "partition"
target = "gateway-0~directory"
start_ms = 20_000
length_ms = 1_000

[reach]
push-delivered = 1
"#;

/// Returns the good scenario with one thing replaced.
fn with(right: &str, wrong: &str) -> String {
    assert!(GOOD.contains(right), "{right}");
    GOOD.replacen(right, wrong, 1)
}

fn refusal(text: &str) -> BadScenario {
    load("storm.toml", text, &vocabulary()).expect_err("a bad scenario")
}

/// Returns the error as one line.
fn line(right: &str, wrong: &str) -> String {
    refusal(&with(right, wrong)).to_string()
}

/// Renders the error as on a terminal without colours.
fn report(bad: &BadScenario) -> String {
    let theme = GraphicalTheme::unicode_nocolor();
    let mut out = String::new();
    let handler = GraphicalReportHandler::new_themed(theme).with_width(100);
    handler.render_report(&mut out, bad).expect("a report");
    out.lines().fold(String::new(), |mut all, line| {
        writeln!(all, "{}", line.trim_end()).expect("a line");
        all
    })
}

#[test]
fn the_good_scenario_and_the_built_in_ones_are_valid() {
    load("storm.toml", GOOD, &vocabulary()).expect("good");
    for &File { name, text } in builtin() {
        let scenario = support::shipped(name, text);
        assert_eq!(scenario.name, name);
        assert!(text.starts_with("#:schema ./schema.json\n"), "{name}");
    }
}

#[test]
fn an_unknown_field() {
    assert_snapshot!(report(&refusal(&with("cameras =", "camera ="))), @r#"
     × storm.toml:7:1: unknown field `camera`; did you mean `cameras`?
      ╭─[storm.toml:7:1]
    6 │ [cast]
    7 │ camera = 40
      · ───┬──
      ·    ╰── no such field
    8 │ phones = 40
      ╰────
     help: known here: cameras, phones, gateways, cache_nodes, zones, viewer_share, clones
    "#);
}

#[test]
fn a_field_in_the_wrong_place() {
    let all = [
        line("cache_nodes = 2", "pool_size = 2"),
        line("phones = 40", "users = 40"),
        line("[workload.changes]", "[changes]"),
        line("push-delivered = 1", "defences = []"),
        line("[reach]", "[nonsense]"),
        refusal(&GOOD.replace("[[fault]]", "[fault]")).to_string(),
        line("[[workload.backoff]]", "[workload.backoff]"),
    ];
    assert_snapshot!(all.join("\n"), @r"
    storm.toml:10:1: unknown field `pool_size`; it belongs to `[client]`
    storm.toml:8:1: unknown field `users`; did you mean `phones`?
    storm.toml:25:2: unknown field `changes`; it belongs to `[workload]`
    storm.toml:42:12: `reach.defences` is not in this table; it belongs above the first one
    storm.toml:41:2: unknown field `nonsense`
    storm.toml:35:2: this is not TOML: there are two tables `[fault]`
    storm.toml:19:1: `workload.backoff` is one table; expected a list, in which each table begins with `[[workload.backoff]]`
    ");
}

#[test]
fn a_wrong_type() {
    assert_snapshot!(report(&refusal(&with("cameras = 40", "cameras = \"many\""))), @r#"
     × storm.toml:7:11: `cast.cameras` is "many"; expected a whole number from 1 to 10_000_000
      ╭─[storm.toml:7:11]
    6 │ [cast]
    7 │ cameras = "many"
      ·           ───┬──
      ·              ╰── expected a whole number from 1 to 10_000_000
    8 │ phones = 40
      ╰────
    "#);
}

#[test]
fn a_number_that_fits_no_type() {
    assert_snapshot!(report(&refusal(&with("phones = 40", "phones = 1_000_000_000_000"))), @r#"
     × storm.toml:8:10: `cast.phones` is 1_000_000_000_000; expected a whole number from 1 to
     │ 10_000_000
      ╭─[storm.toml:8:10]
    7 │ cameras = 40
    8 │ phones = 1_000_000_000_000
      ·          ────────┬────────
      ·                  ╰── expected a whole number from 1 to 10_000_000
    9 │ gateways = 3
      ╰────
    "#);
}

#[test]
fn an_unknown_client() {
    assert_snapshot!(report(&refusal(&with("\"pooled\"", "\"poled\""))), @r#"
     × storm.toml:13:8: unknown client `poled`; did you mean `pooled`?
       ╭─[storm.toml:13:8]
    12 │ [client]
    13 │ name = "poled"
       ·        ───┬───
       ·           ╰── no such client
    14 │ pool_size = 4
       ╰────
     help: known here: pooled, pooled-cancel-desync, sharded-mget, redis-rs
    "#);
}

#[test]
fn no_time_to_recover() {
    assert_snapshot!(report(&refusal(&with("start_ms = 20_000", "start_ms = 50_000"))), @r#"
     × storm.toml:39:13: the last fault may end at 51_000 ms, and `recovery.within_ms` is 12_000:
     │ together 63_000 ms, after the end of the run at 60_000 ms
       ╭─[storm.toml:39:13]
    38 │ start_ms = 50_000
    39 │ length_ms = 1_000
       ·             ──┬──
       ·               ╰── leaves no time to recover
    40 │
       ╰────
    "#);
}

#[test]
fn broken_toml() {
    assert_snapshot!(report(&refusal(&with("cameras = 40", "cameras = "))), @r#"
     × storm.toml:7:11: this is not TOML: there is no value
      ╭─[storm.toml:7:11]
    6 │ [cast]
    7 │ cameras =
      ·           ▲
      ·           ╰── here
    8 │ phones = 40
      ╰────
    "#);
}

#[test]
fn a_missing_table() {
    assert_snapshot!(report(&refusal("name = \"x\"\nsummary = \"y\"\nduration_ms = 1\n")), @r#"
     × storm.toml:1:1: `cast` is missing
      ╭─[storm.toml:1:1]
    1 │ name = "x"
      · ─────┬────
      ·      ╰── expected `cast` here
    2 │ summary = "y"
      ╰────
    "#);
}

#[test]
fn an_unknown_target() {
    assert_snapshot!(report(&refusal(&with("\"cache-0\"", "\"cach-0\""))), @r#"
     × storm.toml:30:10: unknown target `cach-0`; did you mean `cache-0`?
       ╭─[storm.toml:30:10]
    29 │ kind = "cache-slow"
    30 │ target = "cach-0"
       ·          ────┬───
       ·              ╰── no such place
    31 │ start_ms = [10_000, 12_000]
       ╰────
     help: known here: all, gateway-N, cache-N, directory, replica, media, cameras, phones, zone-N,
           and a link as `a>b` or `a~b`
    "#);
}

/// Each line of the snapshot is the error of one replacement.
#[test]
fn numbers_out_of_their_limits() {
    let all = [
        line("cameras = 40", "cameras = 0"),
        line("phones = 40", "phones = 0"),
        line("gateways = 3", "gateways = 0"),
        line("gateways = 3", "gateways = 65"),
        line("cache_nodes = 2", "cache_nodes = 0"),
        line("cameras = 40", "cameras = -3"),
        line("cameras = 40", "cameras = 2.5"),
        line("cameras = 40", "cameras = 99999999999999999999999999999999999999999999"),
        line("tap_share = 0.12", "tap_share = 2"),
        line("tap_share = 0.12", "tap_share = -0.1"),
        line("tap_share = 0.12", "tap_share = nan"),
        line("tap_share = 0.12", "tap_share = inf"),
        line("pool_size = 4", "pool_size = 0"),
        line("duration_ms = 60_000", "duration_ms = 0"),
        line("duration_ms = 60_000", "duration_ms = 86_400_001"),
        line("base_ms = 500", "base_ms = 0"),
        line("weight = 1", "weight = -1"),
        line("push-delivered = 1", "push-delivered = 0"),
        line("length_ms = 1_000", "length_ms = 0"),
        line("[10_000, 12_000]", "[10_000, -1]"),
        line("[client]", "[network.phones]\nlatency_ms = 1\nloss = 1.0\n[client]"),
        line("[client]", "[network.phones]\nlatency_ms = 1\njitter_ms = 1e9\n[client]"),
    ];
    assert_snapshot!(all.join("\n"), @r"
    storm.toml:7:11: `cast.cameras` is 0; expected a whole number from 1 to 10_000_000
    storm.toml:8:10: `cast.phones` is 0; expected a whole number from 1 to 10_000_000
    storm.toml:9:12: `cast.gateways` is 0; expected a whole number from 1 to 64
    storm.toml:9:12: `cast.gateways` is 65; expected a whole number from 1 to 64
    storm.toml:10:15: `cast.cache_nodes` is 0; expected a whole number from 1 to 16
    storm.toml:7:11: `cast.cameras` is -3; expected a whole number from 1 to 10_000_000
    storm.toml:7:11: `cast.cameras` is 2.5; expected a whole number from 1 to 10_000_000
    storm.toml:7:11: `cast.cameras` is 99999999999999999999999999999999999999999999; expected a whole number from 1 to 10_000_000
    storm.toml:17:13: `workload.tap_share` is 2; expected a number from 0 to 1
    storm.toml:17:13: `workload.tap_share` is -0.1; expected a number from 0 to 1
    storm.toml:17:13: `workload.tap_share` is nan; expected a number from 0 to 1
    storm.toml:17:13: `workload.tap_share` is inf; expected a number from 0 to 1
    storm.toml:14:13: `client.pool_size` is 0; expected a whole number from 1 to 1_024
    storm.toml:3:15: `duration_ms` is 0; expected a whole number from 1 to 86_400_000
    storm.toml:3:15: `duration_ms` is 86_400_001; expected a whole number from 1 to 86_400_000
    storm.toml:21:11: `workload.backoff.base_ms` is 0; expected a whole number from 1 to 86_400_000
    storm.toml:23:10: `workload.backoff.weight` is -1; expected a number from 0 to 1_000_000
    storm.toml:42:18: `reach.push-delivered` is 0; expected a whole number from 1 to 1_000_000_000
    storm.toml:39:13: `fault.length_ms` is 0; expected a whole number from 1 to 86_400_000, or `[from, to]` to draw it from
    storm.toml:31:21: `fault.start_ms` is -1; expected a whole number from 0 to 86_400_000
    storm.toml:14:8: `network.phones.loss` is 1.0; expected a number from 0 to 0.95
    storm.toml:14:13: `network.phones.jitter_ms` is 1e9; expected a number from 0 to 60_000
    ");
}

#[test]
fn types_shapes_and_names() {
    let all = [
        line("tap_share = 0.12", "tap_share = \"often\""),
        line("start_ms = 20_000", "start_ms = \"soon\""),
        line("[10_000, 12_000]", "[10_000]"),
        line("[10_000, 12_000]", "[1, 2, 3]"),
        line("\"good\"", "7"),
        line("\"good\"", "\"Not good\""),
        line("[cast]", "[cats]"),
        line("\"partition\"", "\"partitions\""),
        line("\"partition\"", "7"),
        line("\"full-jitter\"", "\"fulljitter\""),
        line("gateways = 3\n", ""),
        line("\"verify-at-delivery\"", "\"verify-on-delivery\""),
        line("\"verify-at-delivery\"", "\"bypass-relation-cache\", \"bypass-relation-cache\""),
        line("\"verify-at-delivery\"", "7"),
        line("push-delivered = 1", "push-deliverd = 1"),
        line("push-delivered = 1", "\"a.b\" = 1"),
        line("cameras = 40", "cameras = 40\ncameras = 41"),
        line("during = { shares = 2 }", "during = { shares = 2, thefts = 1 }"),
        line("[cast]", "[cast"),
    ];
    assert_snapshot!(all.join("\n"), @r#"
    storm.toml:17:13: `workload.tap_share` is "often"; expected a number from 0 to 1
    storm.toml:38:12: `fault.start_ms` is "soon"; expected a whole number from 0 to 86_400_000, or `[from, to]` to draw it from
    storm.toml:31:12: `fault.start_ms` is [10_000]; expected a whole number from 0 to 86_400_000, or `[from, to]` to draw it from
    storm.toml:31:12: `fault.start_ms` is [1, 2, 3]; expected a whole number from 0 to 86_400_000, or `[from, to]` to draw it from
    storm.toml:1:8: `name` is 7; expected text in quotes
    storm.toml:1:8: `name` is "Not good"; expected 1 to 64 lowercase letters, digits and hyphens
    storm.toml:6:2: unknown field `cats`; did you mean `cast`?
    storm.toml:36:8: unknown kind `partitions`; did you mean `partition`?
    storm.toml:36:8: `fault.kind` is 7; expected a name in quotes
    storm.toml:20:10: unknown family `fulljitter`; did you mean `full-jitter`?
    storm.toml:6:1: `gateways` is missing in `cast`
    storm.toml:4:13: unknown defence `verify-on-delivery`; did you mean `verify-at-delivery`?
    storm.toml:4:38: the defence `bypass-relation-cache` is listed twice
    storm.toml:4:13: `defences` is 7; expected text in quotes
    storm.toml:42:1: unknown situation `push-deliverd`; did you mean `push-delivered`?
    storm.toml:42:1: unknown situation `a.b`
    storm.toml:8:1: this is not TOML: `cameras` is there twice in one table
    storm.toml:26:24: unknown field `thefts`
    storm.toml:6:6: this is not TOML: unclosed table, expected `]`
    "#);
}

#[test]
fn parts_that_do_not_fit_together() {
    let all = [
        line("start_ms = 20_000", "start_ms = 60_000"),
        line("length_ms = 1_000", "length_ms = 40_001"),
        line("[10_000, 12_000]", "[12_000, 10_000]"),
        line("[10_000, 12_000]", "[10_000, 70_000]"),
        line("base_ms = 500", "base_ms = 5_000"),
        line("weight = 1", "weight = 0"),
        line("gateway-0~directory", "gateway-7"),
        line("gateway-0~directory", "gateway-0~gateway-0"),
        line("gateway-0~directory", "gatway-0"),
        line("\"cache-0\"", "\"gateway-0\""),
        line("\"cache-0\"", "\"cache-0>gateway-0\""),
        line("severity = 40", "severity = 0.5"),
        line("severity = 40", "severity = nan"),
        line("severity = 40", "severity = 80_000"),
        line("length_ms = 1_000", "length_ms = 1_000\nseverity = 1"),
        line("shares = 2", "shares = 41"),
        line("phones = 40", "phones = 2"),
    ];
    assert_snapshot!(all.join("\n"), @r#"
    storm.toml:38:12: `partition` begins at 60_000 ms, not before the end of the run at 60_000 ms
    storm.toml:39:13: `partition` ends at 60_001 ms, after the end of the run at 60_000 ms
    storm.toml:31:12: a range from 12_000 down to 10_000; expected the smaller number first
    storm.toml:31:12: `cache-slow` begins at 70_000 ms at the latest, not before the end of the run at 60_000 ms
    storm.toml:21:11: `base_ms` is 5_000; expected no more than `cap_ms`, 4_000
    storm.toml:23:10: every back-off has `weight` 0; expected at least one above 0
    storm.toml:37:10: there is no `gateway-7`: `[cast]` has 3, the last is `gateway-2`
    storm.toml:37:10: a link from `gateway-0` to itself; expected two places
    storm.toml:37:10: unknown target `gatway-0`; did you mean `gateway-0`?
    storm.toml:30:10: `cache-slow` cannot strike `gateway-0`; expected `all`, a cache node or a zone
    storm.toml:30:10: `cache-slow` cannot strike `cache-0>gateway-0`; expected `all`, a cache node or a zone
    storm.toml:33:12: the severity of `cache-slow` is 0.5; expected 1 to 60_000 (milliseconds)
    storm.toml:33:12: the severity of `cache-slow` is NaN; expected 1 to 60_000 (milliseconds)
    storm.toml:33:12: the severity of `cache-slow` is 80_000; expected 1 to 60_000 (milliseconds)
    storm.toml:40:12: `partition` has no severity; expected none
    storm.toml:25:1: 41 changes with 40 cameras; expected no more changes than cameras
    storm.toml:8:10: changes with 2 phones; expected at least 3
    "#);
}

#[test]
fn the_first_problem_in_the_file_comes_first() {
    let two = with("tap_share = 0.12", "tap_share = 2").replace("cameras = 40", "cameras = 0");
    assert_eq!(refusal(&two).position(), Some((7, 11)));
    let two = with("gateway-0~directory", "gateway-7").replace("\"cache-0\"", "\"cache-7\"");
    assert!(refusal(&two).to_string().contains("cache-7"));
}

#[test]
fn a_file_that_fits_is_read() {
    let path = std::env::temp_dir().join(format!("crosswire-good-{}.toml", std::process::id()));
    std::fs::write(&path, GOOD).expect("a file");
    let scenario = read(&path, &vocabulary());
    std::fs::remove_file(&path).expect("removed");
    assert_eq!(scenario.expect("good").name, "good");
}

#[test]
fn input_that_could_harm_the_terminal_or_the_stack_is_refused() {
    let escape = refusal(&with("cameras = 40", "cameras = \"\u{1b}[31m\""));
    assert!(!report(&escape).contains('\u{1b}') && !escape.to_string().contains('\u{1b}'));
    for deep in [
        format!("a{} = 1", ".a".repeat(500_000)),
        format!("[a{}]", ".a".repeat(500_000)),
        format!("a = {}", "[".repeat(200_000)),
        format!("a = {}", "{a=".repeat(200_000)),
        format!("name = \"{}\"", "x".repeat(1_000_000)),
        format!("{} = 1", "x".repeat(1_000_000)),
        "[[fault]]\n".repeat(100_000),
        format!("defences = [{}]", "\"x\",".repeat(200_000)),
    ] {
        let shown = report(&refusal(&deep));
        assert!(shown.len() < 2_000, "{}", shown.len());
    }
}

#[test]
fn all_problems_are_reported_at_once_and_the_rest_counted() {
    let mut text =
        with("cameras = 40", "cameras = 0").replace("phones = 40", "phones = 40\nfones = 40");
    text = text.replace("defences = [", "defences = [\"prayer\", ");
    assert_snapshot!(refusal(&text).to_string(), @"
    storm.toml:4:13: unknown defence `prayer`
    storm.toml:7:11: `cast.cameras` is 0; expected a whole number from 1 to 10_000_000
    storm.toml:9:1: unknown field `fones`; did you mean `zones`?
    ");
    let many: Vec<_> = (0..30).map(|nth| format!("wrong_{nth} = 1\n")).collect();
    let error = refusal(&(many.concat() + GOOD)).to_string();
    assert_eq!(error.lines().count(), 21);
    assert!(error.ends_with("\nand 10 more"), "{error}");
}

#[test]
fn a_wrong_kind_hides_no_wrong_name() {
    let mut text = with("\"pooled\"", "\"poled\"").replace("\"cache-slow\"", "\"cache-slo\"");
    text = text.replace("push-delivered = 1", "push-deliverd = 1");
    assert_snapshot!(refusal(&text).to_string(), @"
    storm.toml:13:8: unknown client `poled`; did you mean `pooled`?
    storm.toml:29:8: unknown kind `cache-slo`; did you mean `cache-slow`?
    storm.toml:42:1: unknown situation `push-deliverd`; did you mean `push-delivered`?
    ");
}

#[test]
fn advice_on_one_of_several_problems_names_its_line() {
    let text = with("\"pooled\"", "\"poled\"").replace("tap_share = 0.12", "tap_share = 2");
    let report = report(&refusal(&text));
    assert!(report.contains("help: line 13: known here: pooled, "), "{report}");
}

#[test]
fn windows_line_ends_are_accepted() {
    load("storm.toml", &GOOD.replace('\n', "\r\n"), &vocabulary()).expect("good");
}

proptest! {
    #[test]
    fn no_text_makes_loading_panic(text in any::<String>()) {
        if let Err(bad) = load("any.toml", &text, &vocabulary()) {
            report(&bad);
        }
    }

    #[test]
    fn no_damage_to_a_scenario_makes_loading_panic(
        which in 0..3_usize,
        place in any::<prop::sample::Index>(),
        length in 0..40_usize,
        patch in prop_oneof!["[-0-9.a-z_\"\\[\\]{}=#\n]{0,12}", any::<String>(), Just("\"\"\"".to_owned())],
    ) {
        let text = builtin()[which].text;
        let start = text.floor_char_boundary(place.index(text.len()));
        let end = text.floor_char_boundary(start + length).max(start);
        let damaged = format!("{}{patch}{}", &text[..start], &text[end..]);
        if let Err(bad) = load("damaged.toml", &damaged, &vocabulary()) {
            prop_assert!(bad.to_string().starts_with("damaged.toml:"));
            report(&bad);
        }
    }
}
