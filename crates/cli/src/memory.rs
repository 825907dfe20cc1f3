//! How much memory a run takes, and how much there is.

use crosswire_plan::Scenario;
use crosswire_plan::scenario::Cast;
use rustix::process::{Resource, getrlimit};
use std::fs;
use std::path::Path;

/// What a run takes of whatever size, and for each device on top, in bytes. Measured: a run of
/// `wyze-2024` takes 88 MB with 5,200 accounts, each of them a camera and a phone, and 2.4 GB with
/// 520,000; 50,000 phones alone take 76 MB, and 50,000 cameras alone 173 MB.
const RUN: u64 = 64 << 20;
const CAMERA: u64 = 3_000;
const PHONE: u64 = 1_500;

/// About how many bytes a run with such a cast takes.
pub fn needed(cast: &Cast) -> u64 {
    let devices = |count: u32, each: u64| u64::from(count) * each;
    RUN + devices(cast.cameras, CAMERA) + devices(cast.phones, PHONE)
}

/// The largest cast that a scenario may draw.
pub fn largest_cast(scenario: &Scenario) -> Cast {
    let mut cast = scenario.cast.clone();
    let drawn = |path: &str, said: u32| {
        let range = scenario.swarm.as_ref().and_then(|swarm| swarm.draw.get(path));
        range.map_or(said, |range| said.max(range[1] as u32))
    };
    cast.cameras = drawn("cast.cameras", cast.cameras);
    cast.phones = drawn("cast.phones", cast.phones);
    cast
}

/// How many bytes this process may still take: what the machine has left, the control groups that the
/// process is in, and the limit of its address space. `None` where nobody says.
pub fn available() -> Option<u64> {
    let machine = fs::read_to_string("/proc/meminfo").ok();
    let machine = machine.and_then(|text| of_the_machine(&text));
    [machine, of_the_groups(), of_the_process()].into_iter().flatten().min()
}

/// What goes beside memory that is used: stacks, and what the allocator sets apart.
const APART: u64 = 64 << 20;

/// What `/proc/meminfo` says.
fn of_the_machine(text: &str) -> Option<u64> {
    let kilobytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').split_whitespace().next()?.parse::<u64>().ok()
    };
    let swap = kilobytes("SwapFree").unwrap_or(0);
    Some(kilobytes("MemAvailable")?.saturating_add(swap).saturating_mul(1_024))
}

/// What is left in the control groups of this process, of version 2 or 1.
fn of_the_groups() -> Option<u64> {
    let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
    let mut least = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (parts.next(), parts.next()) else { continue };
        let (root, limit, usage) = match controllers {
            "" => ("/sys/fs/cgroup", "memory.max", "memory.current"),
            named if named.split(',').any(|name| name == "memory") => {
                ("/sys/fs/cgroup/memory", "memory.limit_in_bytes", "memory.usage_in_bytes")
            }
            _ => continue,
        };
        // A group has no more than any that it is in.
        for group in Path::new(path.trim_start_matches('/')).ancestors() {
            let left = left_in(&Path::new(root).join(group), limit, usage);
            least = [least, left].into_iter().flatten().min();
        }
    }
    least
}

fn left_in(group: &Path, limit: &str, usage: &str) -> Option<u64> {
    let number = |name: &str| fs::read_to_string(group.join(name)).ok()?.trim().parse::<u64>().ok();
    // A file that was read and is not used any more gives way.
    let cached = fs::read_to_string(group.join("memory.stat")).unwrap_or_default();
    let cached = cached.lines().find_map(|line| line.strip_prefix("inactive_file "));
    let cached = cached.and_then(|bytes| bytes.parse::<u64>().ok()).unwrap_or(0);
    let used = number(usage)?.saturating_sub(cached);
    // Without a limit it says `max`, or a number beyond all memory.
    Some(number(limit)?.saturating_sub(used))
}

/// What is left of the address space that the process may have. What the allocator has set apart and
/// nobody uses yet is left.
fn of_the_process() -> Option<u64> {
    let most = getrlimit(Resource::As).current?;
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let size = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let size: u64 = size.split_whitespace().next()?.parse().ok()?;
    Some(most.saturating_sub(size.saturating_mul(1_024)).saturating_sub(APART))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_has_what_is_available_and_what_can_be_swapped_out() {
        let text = "MemTotal:  100 kB\nMemAvailable:   40 kB\nSwapFree:  2 kB\n";
        assert_eq!(of_the_machine(text), Some(42 << 10));
        assert_eq!(of_the_machine("MemTotal: 100 kB\n"), None);
    }

    #[test]
    fn a_group_has_its_limit_less_what_it_uses_for_good() {
        let group = tempfile::tempdir().expect("a directory");
        let write = |name: &str, text: &str| {
            fs::write(group.path().join(name), text).expect("a file");
        };
        let left = || left_in(group.path(), "memory.max", "memory.current");
        assert_eq!(left(), None);
        write("memory.max", "1000\n");
        write("memory.current", "700\n");
        assert_eq!(left(), Some(300));
        write("memory.stat", "anon 500\ninactive_file 150\n");
        assert_eq!(left(), Some(450));
        write("memory.max", "max\n");
        assert_eq!(left(), None);
    }

    #[test]
    fn the_storms_that_were_measured_take_about_what_was_measured() {
        let cast = |cameras, phones| {
            let scenario = crosswire::library::scenario("wyze-2024").expect("it is shipped");
            needed(&Cast { cameras, phones, ..scenario.cast })
        };
        let near = |found: u64, measured: u64| measured / 2 < found && found < measured * 3 / 2;
        for (cameras, phones, megabytes) in
            [(5_200, 5_200, 88), (52_000, 52_000, 374), (520_000, 520_000, 2_400), (50_000, 4, 173)]
        {
            assert!(near(cast(cameras, phones), megabytes * 1_000_000), "{cameras} {phones}");
        }
    }
}
