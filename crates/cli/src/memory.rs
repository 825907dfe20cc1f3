//! Estimates the memory of a run, and measures how much is available.

use crosswire_plan::Scenario;
use crosswire_plan::scenario::Cast;
use rustix::process::{Resource, getrlimit};
use std::fs;
use std::path::Path;

/// The memory of a run of any size; [`CAMERA`] and [`PHONE`] are added for each device. In bytes.
/// Measured: a run of `wyze-2024` takes 88 MB with 5,200 accounts, each with a camera and a phone,
/// and 2.4 GB with 520,000; 50,000 phones alone take 76 MB, and 50,000 cameras alone 173 MB.
const RUN: u64 = 64 << 20;
const CAMERA: u64 = 3_000;
const PHONE: u64 = 1_500;

/// Returns the approximate number of bytes that a run with this cast takes.
pub fn needed(cast: &Cast) -> u64 {
    let devices = |count: u32, each: u64| u64::from(count) * each;
    RUN + devices(cast.cameras, CAMERA) + devices(cast.phones, PHONE)
}

/// Returns the largest cast that a scenario may draw.
pub fn largest_cast(scenario: &Scenario) -> Cast {
    let mut cast = scenario.cast.clone();
    let drawn = |path: &str, fixed: u32| {
        let range = scenario.swarm.as_ref().and_then(|swarm| swarm.draw.get(path));
        range.map_or(fixed, |range| fixed.max(range[1] as u32))
    };
    cast.cameras = drawn("cast.cameras", cast.cameras);
    cast.phones = drawn("cast.phones", cast.phones);
    cast
}

/// Returns the number of bytes that this process may still take: the least of what is left on the
/// machine, in the process's control groups, and of its address space. `None` if none is known.
pub fn available() -> Option<u64> {
    let machine = match fs::read_to_string("/proc/meminfo") {
        Ok(text) => of_machine(&text),
        Err(_) => None,
    };
    [machine, of_groups(), of_process()].into_iter().flatten().min()
}

/// Address space for stacks and for memory that the allocator reserves.
const RESERVED: u64 = 64 << 20;

/// Returns the available memory and swap in `/proc/meminfo`.
fn of_machine(text: &str) -> Option<u64> {
    let kilobytes = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name))?;
        line.trim_start_matches(':').split_whitespace().next()?.parse::<u64>().ok()
    };
    let swap = kilobytes("SwapFree").unwrap_or(0);
    Some(kilobytes("MemAvailable")?.saturating_add(swap).saturating_mul(1_024))
}

/// Returns what is left in the control groups of this process, of version 2 or 1.
fn of_groups() -> Option<u64> {
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
        // A group is also limited by every group that contains it.
        for group in Path::new(path.trim_start_matches('/')).ancestors() {
            let left = left_in(&Path::new(root).join(group), limit, usage);
            least = [least, left].into_iter().flatten().min();
        }
    }
    least
}

fn left_in(group: &Path, limit: &str, usage: &str) -> Option<u64> {
    let number = |name: &str| fs::read_to_string(group.join(name)).ok()?.trim().parse::<u64>().ok();
    let cached = || {
        let stat = fs::read_to_string(group.join("memory.stat")).ok()?;
        stat.lines().find_map(|line| line.strip_prefix("inactive_file "))?.parse::<u64>().ok()
    };
    // Cached pages of files that are no longer used can be reclaimed. The two files are read one
    // after the other, so the second number may be larger.
    let used = number(usage)?.saturating_sub(cached().unwrap_or(0));
    // Without a limit the file contains `max`, or a number beyond all memory.
    Some(number(limit)?.saturating_sub(used))
}

/// Returns what is left of the limit on the address space. Memory that the allocator has reserved
/// but not touched counts as left.
fn of_process() -> Option<u64> {
    let most = getrlimit(Resource::As).current?;
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let size = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let size: u64 = size.split_whitespace().next()?.parse().ok()?;
    Some(most.saturating_sub(size.saturating_mul(1_024)).saturating_sub(RESERVED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_has_its_available_memory_and_free_swap() {
        let text = "MemTotal:  100 kB\nMemAvailable:   40 kB\nSwapFree:  2 kB\n";
        assert_eq!(of_machine(text), Some(42 << 10));
        assert_eq!(of_machine("MemTotal: 100 kB\n"), None);
    }

    #[test]
    fn a_group_has_its_limit_less_what_it_uses_apart_from_caches() {
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
    fn estimates_are_close_to_measurements() {
        let cast = |cameras, phones| {
            let scenario = crosswire::scenarios::scenario("wyze-2024").expect("it is shipped");
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
