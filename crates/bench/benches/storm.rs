//! The cost of a storm, compared with the cost of the bare executors under it.
//!
//! ```text
//! cargo bench                # everything, about three minutes
//! cargo bench -- --short     # fewer repetitions, no turmoil, no memory
//! cargo bench -- --once PART # one of the parts, once, for counting instructions (ci/instructions)
//! ```
//!
//! Bare madsim is one task and one madsim `TcpStream` for each client against an echo server, with
//! as many clients and round trips as the fleet of the storm has. A storm makes more round trips
//! behind its gateways than before them, so it is also compared with an echo of all of them.
//! Everything is measured in one execution of the program, as CPU time of this process: for each
//! seed the minimum of twelve rounds, because a noisy neighbour only ever adds time, and of four
//! seeds the mean. Compare the ratios, not the milliseconds.

mod echo;

use crosswire::Storm;
use crosswire::sim::play_unchecked;
use crosswire_bench::cpu_ms;
use crosswire_bench::floor::{self, Trips};
use crosswire_bench::goals::{self, Goal};
// As in the command `crosswire`. Everything measured here uses it.
use crosswire_allocator as _;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const SCENARIO: &str = "reconnect-storm";
const CLIENT: &str = "pooled";

/// Number of seeds run in all ways that are compared.
const SEEDS: u64 = 4;

fn main() {
    let mut args = std::env::args();
    if args.any(|arg| arg == "--once") {
        return once(&args.next().unwrap_or_default());
    }
    let short = std::env::args().any(|arg| arg == "--short");
    let (rounds, runs) = if short { (4, 16) } else { (12, 80) };
    let storm = Storm::named(SCENARIO).client(CLIENT).threads(1);
    storm.clone().seeds(4).run();

    let costs = Costs::of(&storm, rounds);
    costs.print();
    let twice = threads(&storm, runs);
    rates(runs);
    let grown = if short {
        None
    } else {
        echo::turmoil();
        Some(memory(&storm))
    };
    println!();
    let mut goals = vec![
        Goal::at_most("a storm, of bare madsim's echo of the fleet", 1.0, costs.ratio(), ""),
        Goal::at_most(
            "a storm, of bare madsim's echo of all round trips",
            1.0,
            costs.ratio_of_all(),
            "",
        ),
        Goal::at_most("checkers' share of the time", 10.0, costs.checkers_percent(), " %"),
        Goal::at_least("runs a second on two threads, relative to one", 1.8, twice, " ×"),
    ];
    goals
        .extend(grown.map(|mib| Goal::at_most("growth of memory in 1,000 runs", 8.0, mib, " MiB")));
    goals::print(&goals);
}

/// Runs one seed for its history, and then one of the parts.
fn once(part: &str) {
    let storm = Storm::named(SCENARIO).client(CLIENT).threads(1);
    let plan = storm.plan(0);
    let clients = u64::from(plan.cast.cameras + plan.cast.phones);
    let history = floor::history(&storm, 0);
    let trips = Trips::of(&history.entries);
    match part {
        "nothing" => {}
        "bare" => echo::bare_madsim(0, clients, trips.fleet),
        "bare-all" => echo::bare_madsim(0, clients, trips.all()),
        "whole" => drop(black_box(storm.play(0))),
        "unchecked" => drop(black_box(play_unchecked(&plan, &storm.client_under_test()))),
        "sql" => drop(black_box(floor::sql(&history.entries, plan.service.cache_ttl_ms))),
        "wire" => floor::wire::play(0, clients, trips),
        "resp" => floor::resp::play(&history),
        _ => panic!("unknown part `{part}`"),
    }
}

/// The costs of some seeds.
struct Costs {
    clients: u64,
    trips: Trips,
    asks: u64,
    runs: Vec<Run>,
}

/// CPU time in milliseconds of one seed that is run in several ways.
#[derive(Clone, Copy)]
struct Run {
    whole: f64,
    unchecked: f64,
    bare: f64,
    bare_all: f64,
    sql: f64,
    wire: f64,
    resp: f64,
}

/// Selects one cost of a run.
type Part = fn(&Run) -> f64;

impl Run {
    fn checkers(&self) -> f64 {
        self.whole - self.unchecked
    }

    /// Returns the minimum of each cost.
    fn least(self, other: Self) -> Self {
        Self {
            whole: self.whole.min(other.whole),
            unchecked: self.unchecked.min(other.unchecked),
            bare: self.bare.min(other.bare),
            bare_all: self.bare_all.min(other.bare_all),
            sql: self.sql.min(other.sql),
            wire: self.wire.min(other.wire),
            resp: self.resp.min(other.resp),
        }
    }
}

impl Costs {
    fn of(storm: &Storm, rounds: usize) -> Self {
        let plan = storm.plan(0);
        let clients = u64::from(plan.cast.cameras + plan.cast.phones);
        let mut costs = Self { clients, trips: Trips::default(), asks: 0, runs: Vec::new() };
        for seed in 0..SEEDS {
            costs.add(storm, seed, rounds);
        }
        costs
    }

    fn add(&mut self, storm: &Storm, seed: u64, rounds: usize) {
        let plan = storm.plan(seed);
        let client = storm.client_under_test();
        let played = || storm.play(seed).expect("no panic");
        let unchecked = || play_unchecked(&storm.plan(seed), &client).expect("no panic");
        let history = floor::history(storm, seed);
        let trips = Trips::of(&history.entries);
        self.trips += trips;
        let (clients, ttl_ms) = (self.clients, plan.service.cache_ttl_ms);
        self.asks += floor::sql(&history.entries, ttl_ms);
        let with_checkers = || cpu_ms(|| _ = black_box(played()));
        let without = || cpu_ms(|| _ = black_box(unchecked()));
        let rounds = (0..rounds).map(|round| {
            let bare = cpu_ms(|| echo::bare_madsim(seed, clients, trips.fleet));
            let bare_all = cpu_ms(|| echo::bare_madsim(seed, clients, trips.all()));
            // The second of the two finds its code and data in the processor's caches.
            let early = if round % 2 == 1 { Some(without()) } else { None };
            let whole = with_checkers();
            Run {
                whole,
                unchecked: early.unwrap_or_else(without),
                bare,
                bare_all,
                sql: cpu_ms(|| _ = black_box(floor::sql(&history.entries, ttl_ms))),
                wire: cpu_ms(|| floor::wire::play(seed, clients, trips)),
                resp: cpu_ms(|| floor::resp::play(&history)),
            }
        });
        self.runs.extend(rounds.reduce(Run::least));
    }

    /// Returns the mean over the seeds.
    fn mean(&self, of: impl Fn(&Run) -> f64) -> f64 {
        self.runs.iter().map(of).sum::<f64>() / self.runs.len() as f64
    }

    fn ratio(&self) -> f64 {
        self.mean(|run| run.whole / run.bare)
    }

    fn ratio_of_all(&self) -> f64 {
        self.mean(|run| run.whole / run.bare_all)
    }

    fn checkers_percent(&self) -> f64 {
        self.mean(|run| (run.whole - run.unchecked) / run.whole) * 100.0
    }

    fn print(&self) {
        let Trips { fleet, cache, directory, media, dials } = self.trips;
        let seeds = self.runs.len() as u64;
        let each = |count: u64| count / seeds;
        println!("{SCENARIO} with {CLIENT}: {} clients, {seeds} seeds", self.clients);
        println!(
            "round trips a run: {} of the fleet; behind the gateways {} to the cache, {} to the \
             directory, {} to the media store, {} to connect; {} in all",
            each(fleet),
            each(cache),
            each(directory),
            each(media),
            each(dials),
            each(self.trips.all())
        );
        println!();
        println!("| part | CPU ms a run | µs a fleet round trip | ratio to bare madsim |");
        println!("|---|--:|--:|--:|");
        let parts: [(&str, Part); 9] = [
            ("bare madsim: echo over its TCP", |run| run.bare),
            ("bare madsim: echo of all the storm's round trips", |run| run.bare_all),
            ("the whole storm, checkers on", |run| run.whole),
            ("the whole storm without checkers", |run| run.unchecked),
            ("of it: checkers and history's observers", Run::checkers),
            ("of it: the directory's database, alone", |run| run.sql),
            (
                "of it: all round trips over the simulated network, a task per request, alone",
                |run| run.wire,
            ),
            ("of it: commands and replies of the cache as bytes, alone", |run| run.resp),
            ("these four together", |run| run.checkers() + run.sql + run.wire + run.resp),
        ];
        for (what, part) in parts {
            let (ms, ratio) = (self.mean(part), self.mean(|run| part(run) / run.bare));
            let us = ms * 1_000.0 / each(fleet) as f64;
            println!("| {what} | {ms:.1} | {us:.2} | {ratio:.2} |");
        }
        println!();
        println!(
            "for a round trip of any kind: {:.2} µs, of bare madsim's {:.2} µs",
            self.mean(|run| run.whole) * 1_000.0 / each(self.trips.all()) as f64,
            self.mean(|run| run.bare_all) * 1_000.0 / each(self.trips.all()) as f64
        );
        println!("queries of the directory executed alone: {} a run", each(self.asks));
    }
}

/// Prints the runs a second on one and on two threads, and returns the ratio.
fn threads(storm: &Storm, runs: u64) -> f64 {
    // Alternating, and the best of each, so that other load on the machine does not decide.
    let rates = (0..4).map(|_| (rate(storm, runs / 2, 1), rate(storm, runs, 2)));
    let best = rates.reduce(|a, b| (a.0.max(b.0), a.1.max(b.1)));
    let (one, two) = best.expect("four rounds");
    println!("runs a second: {one:.1} on one thread, {two:.1} on two, {:.2} ×", two / one);
    two / one
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures wall time")]
fn rate(storm: &Storm, seeds: u64, threads: usize) -> f64 {
    let start = Instant::now();
    storm.clone().seeds(seeds).threads(threads).run();
    seeds as f64 / start.elapsed().as_secs_f64()
}

/// Prints the cost of short storms, of which a hunt runs many.
fn rates(runs: u64) {
    for name in ["swarm", "notification-mix-up", "pair"] {
        let storm = Storm::named(name).client(CLIENT);
        let ms = cpu_ms(|| drop(storm.clone().threads(1).seeds(runs).run()));
        println!("{name} with {CLIENT}: {:.2} ms of CPU a run", ms / runs as f64);
    }
}

/// Prints the memory of this process after several numbers of runs. Returns its growth in the
/// second thousand: in the first, the allocator grows to the size of the largest runs.
fn memory(storm: &Storm) -> f64 {
    let storm = Arc::new(storm.clone().threads(2));
    let mut sizes = Vec::new();
    for runs in [200_u64, 1_000, 2_000] {
        let before = sizes.last().map_or(0, |(runs, _)| *runs);
        storm.as_ref().clone().from_seed(before).seeds(runs - before).run();
        sizes.push((runs, resident_mib()));
    }
    let shown: Vec<_> =
        sizes.iter().map(|(runs, mib)| format!("{mib:.0} MiB after {runs}")).collect();
    println!("memory of the process: {} runs", shown.join(", "));
    let [.., (_, thousand), (_, two_thousand)] = sizes[..] else { panic!("three numbers of runs") };
    two_thousand - thousand
}

fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1_024.0
}
