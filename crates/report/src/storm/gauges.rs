//! The numbers that the harness records once a second.

use super::grid::Grid;
use super::plot::{Form, Plot, Series};
use crosswire_history::Fact;

/// The numbers of one second.
#[derive(Clone, Copy)]
struct Reading {
    offline: u32,
    waiting: u32,
    backlog: u32,
    served: u32,
    queue: u32,
    busy: u32,
}

/// Collects the numbers. A bucket has those recorded last by its end.
pub(super) struct Gauges {
    readings: Vec<Option<Reading>>,
}

impl Gauges {
    pub(super) fn new(grid: Grid) -> Self {
        Self { readings: vec![None; grid.buckets] }
    }

    /// Adds the numbers of a gauge. `connecting` cameras have sent a request to connect.
    pub(super) fn observe(&mut self, bucket: usize, gauge: &Fact, connecting: u32) {
        let Fact::Gauge {
            directory_queue, directory_busy, directory_served, backlog, offline, ..
        } = *gauge
        else {
            return;
        };
        self.readings[bucket] = Some(Reading {
            offline,
            waiting: offline.saturating_sub(connecting),
            backlog,
            served: directory_served,
            queue: directory_queue,
            busy: directory_busy,
        });
    }

    fn series(&self, name: &'static str, number: impl Fn(Reading) -> u32) -> Series {
        let mut latest = None;
        let mut values = Vec::new();
        for reading in &self.readings {
            latest = reading.or(latest);
            values.push(latest.map(|reading| f64::from(number(reading))));
        }
        Series { name, values }
    }

    /// Returns the plots of connected and waiting cameras, of the backlog, and of the directory's
    /// load and queue, for a fleet of `cameras`.
    pub(super) fn plots(&self, cameras: u32) -> [Plot; 5] {
        let connected = Plot {
            name: "Connected cameras",
            unit: "",
            about: "Cameras that send a request during the run, less those offline; recorded once a \
                    second.",
            form: Form::Lines,
            series: vec![self.series("connected", |it| cameras.saturating_sub(it.offline))],
        };
        let waiting = Plot {
            name: "Back-off",
            unit: "cameras",
            about: "Cameras that are offline and have no request to connect under way; recorded \
                    once a second.",
            form: Form::Lines,
            series: vec![self.series("waiting to reconnect", |it| it.waiting)],
        };
        let backlog = Plot {
            name: "Backlog",
            unit: "events",
            about: "Events that cameras keep because they are not uploaded; recorded once a second.",
            form: Form::Lines,
            series: vec![self.series("not uploaded", |it| it.backlog)],
        };
        let load = Plot {
            name: "Directory load",
            unit: "per second",
            about: "Queries that the directory served; recorded once a second.",
            form: Form::Lines,
            series: vec![self.series("served", |it| it.served)],
        };
        let queue = Plot {
            name: "Directory queue",
            unit: "queries",
            about: "Queries in the directory's queue and in its connections; recorded once a second.",
            form: Form::Lines,
            series: vec![
                self.series("queued", |it| it.queue),
                self.series("being served", |it| it.busy),
            ],
        };
        [connected, waiting, backlog, load, queue]
    }
}
