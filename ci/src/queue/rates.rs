//! The rates of one thread, of two threads, and of two workers over the queue.

use super::Test;
use crate::child;
use crate::clock;
use crate::error::Error;
use std::process::{Command, Stdio};
use std::time::Duration;

/// Rounds. The shortest time of each variant counts, because the machine may be shared, and the
/// variants run in turn.
const ROUNDS: u32 = 3;

const RATE: &str = "rate";

/// The wall times of whole commands.
#[derive(Clone, Copy)]
struct Times {
    one: Duration,
    two: Duration,
    queue: Duration,
}

/// Measures the rates and returns the report.
pub fn measure(test: &Test, seeds: u64) -> Result<String, Error> {
    let mut times = Times { one: Duration::MAX, two: Duration::MAX, queue: Duration::MAX };
    for round in 0..ROUNDS {
        let one = in_one_process(test, seeds, "1", &format!("one-{round}"))?;
        let two = in_one_process(test, seeds, "2", &format!("two-{round}"))?;
        let queue = over_the_queue(test, seeds)?;
        times.one = times.one.min(one);
        times.two = times.two.min(two);
        times.queue = times.queue.min(queue);
    }
    Ok(report(seeds, times))
}

/// Returns a command that hunts with a correct client.
fn clean(test: &Test, seeds: u64) -> Command {
    let mut command = test.program.command();
    command.args(["hunt", "notification-mix-up", "--client", "pooled", "--no-minimize", "--json"]);
    command.args(["--seeds", &seeds.to_string()]);
    command
}

fn in_one_process(test: &Test, seeds: u64, jobs: &str, name: &str) -> Result<Duration, Error> {
    let mut command = clean(test, seeds);
    command.args(["--jobs", jobs, "--out"]).arg(test.file(name));
    let began = clock::now();
    test.end(&mut command, name, &[0, 1])?;
    Ok(began.elapsed())
}

fn over_the_queue(test: &Test, seeds: u64) -> Result<Duration, Error> {
    let mut announce = clean(test, seeds);
    announce.args(["--queue", &test.queue, "--name", RATE, "--announce", "--range", "10"]);
    child::succeed(announce.stderr(Stdio::null()))?;
    let began = clock::now();
    let mut workers = [test.worker("rate-0", RATE)?, test.worker("rate-1", RATE)?];
    for worker in &mut workers {
        test.wait(worker, &[0, 1])?;
    }
    let took = began.elapsed();
    child::succeed(test.on_queue(RATE).arg("--forget").stderr(Stdio::null()))?;
    Ok(took)
}

fn report(seeds: u64, times: Times) -> String {
    let Times { one, two, queue } = times;
    let (one_ms, two_ms, queue_ms) = (one.as_millis(), two.as_millis(), queue.as_millis());
    let two_threads = one.as_secs_f64() / two.as_secs_f64();
    let two_workers = two.as_secs_f64() / queue.as_secs_f64();
    format!(
        "{seeds} runs: one thread {one_ms} ms, two threads {two_ms} ms, two workers over the queue \
         {queue_ms} ms\n\
         two threads do {two_threads:.2} x of one thread; two workers over the queue do \
         {two_workers:.2} x of two threads\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_compared() {
        let ms = Duration::from_millis;
        let times = Times { one: ms(4_000), two: ms(2_000), queue: ms(2_500) };
        insta::assert_snapshot!(report(600, times), @"
        600 runs: one thread 4000 ms, two threads 2000 ms, two workers over the queue 2500 ms
        two threads do 2.00 x of one thread; two workers over the queue do 0.80 x of two threads
        ");
    }
}
