//! What a storm costs, beside what the executors under it cost with nothing on them.
//!
//! ```text
//! cargo bench                # all of it, about two minutes
//! cargo bench -- --short     # fewer repetitions, no turmoil, no memory
//! ```
//!
//! Bare madsim is one task and one madsim `TcpStream` for each client against an echo server,
//! with as many clients and round trips as the fleet of the storm has. Everything is measured in
//! one run, as CPU time of this process; compare the ratios, not the milliseconds.

mod floor;

use cpu_time::ProcessTime;
use crosswire::Storm;
use crosswire::stage::{on_a_thread_of_its_own, play_unchecked};
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// As the command `crosswire` has it. All that is measured here runs on it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const SCENARIO: &str = "reconnect-storm";
const CLIENT: &str = "pooled";
const SIMULATED: Duration = Duration::from_mins(1);
const MESSAGE: usize = 64;

fn main() {
    let short = std::env::args().any(|arg| arg == "--short");
    let seeds = if short { 8 } else { 40 };
    let storm = Storm::named(SCENARIO).client(CLIENT).threads(1);
    storm.clone().seeds(4).run();

    let (clients, round_trips) = size_of(&storm, seeds);
    println!(
        "{SCENARIO} with {CLIENT}: {clients} clients, {round_trips} round trips a run, {seeds} seeds"
    );
    println!();
    let (mut whole, mut unchecked, mut bare, mut sql, mut tasks) = (0.0, 0.0, 0.0, 0.0, 0.0);
    let mut asks = 0;
    // Taken in turns, so that a noisy neighbour disturbs all of them.
    for seed in 0..seeds {
        whole += cpu_ms(|| {
            black_box(storm.play(seed).expect("no panic"));
        });
        unchecked += cpu_ms(|| {
            black_box(
                play_unchecked(&storm.plan(seed), &storm.client_under_test()).expect("no panic"),
            );
        });
        bare += cpu_ms(|| bare_madsim(seed, clients, round_trips));
        let history = floor::history(&storm, seed);
        let ttl_ms = storm.plan(seed).service.cache_ttl_ms;
        sql += cpu_ms(|| asks += floor::sql(&history, ttl_ms));
        tasks += cpu_ms(|| floor::tasks(seed, &history));
    }
    let each = |total: f64| total / seeds as f64;
    let ratio = |total: f64| total / bare;
    println!("| what | CPU ms a run | µs a round trip | ratio to bare madsim |");
    println!("|---|--:|--:|--:|");
    for (what, total) in [
        ("bare madsim: echo over its TCP", bare),
        ("the whole storm, checkers on", whole),
        ("the same without checkers", unchecked),
        ("of it: checkers and history's observers", whole - unchecked),
        ("of it: the directory's SQL, alone", sql),
        ("of it: a task for each request and a timer for each busy millisecond, alone", tasks),
    ] {
        let us = each(total) * 1_000.0 / round_trips as f64;
        println!("| {what} | {:.1} | {us:.2} | {:.2} |", each(total), ratio(total));
    }
    println!();
    println!("checkers' share of the time: {:.1} %", (whole - unchecked) / whole * 100.0);
    println!("asks of the directory that were played alone: {} a run", asks / seeds);
    println!(
        "with these three alone the ratio would be {:.2}",
        ratio(whole - unchecked + sql + tasks)
    );
    threads(&storm, seeds);
    if !short {
        turmoil();
        memory(&storm);
    }
}

/// The clients of a storm and the mean number of round trips that its fleet makes.
fn size_of(storm: &Storm, seeds: u64) -> (u64, u64) {
    let plan = storm.plan(0);
    let clients = u64::from(plan.cast.cameras + plan.cast.phones);
    let outcome = storm.clone().seeds(seeds).run();
    let requests =
        outcome.runs.iter().map(|(_, run)| run.as_ref().expect("no panic").findings.requests);
    (clients, requests.sum::<u64>() / seeds)
}

fn cpu_ms(work: impl FnOnce()) -> f64 {
    let start = ProcessTime::now();
    work();
    start.elapsed().as_secs_f64() * 1_000.0
}

/// Runs a second on one and on two threads.
fn threads(storm: &Storm, seeds: u64) {
    #[expect(clippy::disallowed_methods, reason = "a benchmark measures wall time")]
    let rate = |threads: usize| {
        let seeds = seeds * 2;
        let start = Instant::now();
        storm.clone().seeds(seeds).threads(threads).run();
        seeds as f64 / start.elapsed().as_secs_f64()
    };
    // Alternating, and the best of each: what else the machine does must not decide.
    let best = |threads| (0..3).map(|_| rate(threads)).fold(0.0, f64::max);
    let (one, two) = (best(1), best(2));
    println!("runs a second: {one:.1} on one thread, {two:.1} on two, {:.2} ×", two / one);
}

/// Echo over madsim's own TCP, and nothing else.
fn bare_madsim(seed: u64, clients: u64, round_trips: u64) {
    let run = on_a_thread_of_its_own(move || {
        let runtime =
            madsim::runtime::Runtime::with_seed_and_config(seed, madsim::Config::default());
        runtime.block_on(async move {
            let handle = madsim::runtime::Handle::current();
            let server = handle.create_node().ip([10, 0, 0, 1].into()).build();
            server.spawn(madsim_echo());
            let node = handle.create_node().ip([10, 0, 0, 2].into()).build();
            let pause = SIMULATED / (round_trips / clients).max(1) as u32;
            let tasks: Vec<_> = (0..clients)
                .map(|client| {
                    let extra = u64::from(client < round_trips % clients);
                    node.spawn(madsim_client(client, round_trips / clients + extra, pause))
                })
                .collect();
            for task in tasks {
                task.await.expect("a client ends");
            }
        });
    });
    run.expect("no panic");
}

async fn madsim_echo() {
    let listener = madsim::net::TcpListener::bind("10.0.0.1:1").await.expect("a free port");
    loop {
        let (mut stream, _) = listener.accept().await.expect("a client");
        madsim::task::spawn(async move {
            let mut bytes = [0; MESSAGE];
            while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                stream.write_all(&bytes[..count]).await.expect("the client is there");
                stream.flush().await.expect("the client is there");
            }
        });
    }
}

async fn madsim_client(client: u64, round_trips: u64, pause: Duration) {
    madsim::time::sleep(Duration::from_millis(10 + client % 1_000)).await;
    let mut stream = madsim::net::TcpStream::connect("10.0.0.1:1").await.expect("the server");
    let mut bytes = [0; MESSAGE];
    for _ in 0..round_trips {
        stream.write_all(&bytes).await.expect("the server is there");
        stream.flush().await.expect("the server is there");
        stream.read_exact(&mut bytes).await.expect("the server answers");
        madsim::time::sleep(pause).await;
    }
}

/// As many clients as turmoil can do in ten seconds of CPU time, at one round trip a second.
fn turmoil() {
    let (mut clients, mut done) = (5_u32, None);
    loop {
        let ms = cpu_ms(|| turmoil_echo(clients));
        if ms > 10_000.0 {
            break;
        }
        done = Some((clients, ms));
        clients += clients.div_ceil(2);
    }
    match done {
        Some((clients, ms)) => {
            let round_trips = f64::from(clients) * SIMULATED.as_secs_f64();
            println!(
                "turmoil: {clients} clients in {:.1} s of CPU (more take over 10 s), {:.0} µs a round trip",
                ms / 1_000.0,
                ms * 1_000.0 / round_trips
            );
        }
        None => println!("turmoil: not even 5 clients in 10 s of CPU"),
    }
}

fn turmoil_echo(clients: u32) {
    let mut sim = turmoil::Builder::new().simulation_duration(SIMULATED * 2).build();
    sim.host("server", || async {
        let listener = turmoil::net::TcpListener::bind("0.0.0.0:1").await?;
        loop {
            let (mut stream, _) = listener.accept().await?;
            real_tokio::spawn(async move {
                let mut bytes = [0; MESSAGE];
                while let Ok(count @ 1..) = stream.read(&mut bytes).await {
                    if stream.write_all(&bytes[..count]).await.is_err() {
                        return;
                    }
                }
            });
        }
    });
    for client in 0..clients {
        sim.client(format!("client-{client}"), async {
            let mut stream = turmoil::net::TcpStream::connect("server:1").await?;
            let mut bytes = [0; MESSAGE];
            for _ in 0..SIMULATED.as_secs() {
                stream.write_all(&bytes).await?;
                stream.read_exact(&mut bytes).await?;
                real_tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Ok(())
        });
    }
    sim.run().expect("the echo ends");
}

/// Memory of this process after some runs and after two thousand.
fn memory(storm: &Storm) {
    let storm = Arc::new(storm.clone().threads(2));
    let mut sizes = Vec::new();
    for runs in [200_u64, 1_000, 2_000] {
        let before = sizes.last().map_or(0, |(runs, _)| *runs);
        storm.as_ref().clone().from_seed(before).seeds(runs - before).run();
        sizes.push((runs, resident_mib()));
    }
    let told: Vec<_> =
        sizes.iter().map(|(runs, mib)| format!("{mib:.0} MiB after {runs}")).collect();
    println!("memory of the process: {} runs", told.join(", "));
}

fn resident_mib() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    kib.unwrap_or(f64::NAN) / 1_024.0
}
