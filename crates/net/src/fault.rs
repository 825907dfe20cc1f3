//! Faults of links, connections and nodes, their repair, and visits of fault points.

use crate::net::{Net, Site};
use crate::points::Points;
use crosswire_history::{NodeId, Point};

impl Net {
    /// Cuts the one-way link from one site to another. Cuts add up; each one must be healed.
    pub fn cut(&self, from: Site, to: Site) {
        self.inner().link(from, to).cuts += 1;
    }

    /// Removes one cut. When the last is gone, messages that were held back are sent again.
    pub fn heal(&self, from: Site, to: Site) {
        let mut inner = self.inner();
        let link = inner.link(from, to);
        assert!(link.cuts > 0, "a link is healed that was not cut");
        link.cuts -= 1;
        if !link.is_cut() {
            inner.release(from, to);
            inner.release_conns(from, to);
        }
    }

    /// Adds to the latency and the loss of a link; negative numbers undo it.
    pub fn worsen(&self, from: Site, to: Site, extra_ms: i64, extra_loss: f64) {
        let mut inner = self.inner();
        let link = inner.link(from, to);
        let sum_ms = link.extra_ms.checked_add_signed(extra_ms);
        link.extra_ms = sum_ms.expect("only latency that was added is taken back");
        link.extra_loss = (link.extra_loss + extra_loss).max(0.0);
    }

    /// Crashes the process at a site: its listener is gone, its connections are reset, and messages
    /// in transit to it will be refused.
    pub fn crash(&self, site: Site) {
        let mut inner = self.inner();
        let state = &mut inner.sites[site.0 as usize];
        state.up = false;
        state.life += 1;
        let unaccepted = state.accepting.take();
        inner.reset_all_from(site);
        drop(inner);
        // Streams lock the network when they are dropped.
        drop(unaccepted);
    }

    /// Pauses or resumes the process at a site: messages to it wait meanwhile. The tasks on its
    /// node are paused by the executor.
    pub fn pause(&self, site: Site, paused: bool) {
        let mut inner = self.inner();
        inner.sites[site.0 as usize].paused = paused;
        if !paused {
            inner.resume();
        }
    }

    /// Restarts the process at a site. It has to listen again.
    pub fn revive(&self, site: Site) {
        self.inner().sites[site.0 as usize].up = true;
    }

    /// Resets the connections at a site for which `chosen` returns true. Of the first message in
    /// transit in each direction, `cut(length)` bytes still arrive.
    ///
    /// Returns the number of connections reset.
    pub fn reset_connections(
        &self,
        site: Site,
        mut chosen: impl FnMut() -> bool,
        mut cut: impl FnMut(usize) -> usize,
    ) -> usize {
        let mut inner = self.inner();
        let mut count = 0;
        for (slot, age) in inner.conns.open_ones() {
            if inner.conns.open_one(slot, age).is_at(site) && chosen() {
                inner.reset(slot, age, &mut cut);
                count += 1;
            }
        }
        count
    }

    /// Makes the connections at a site half-open for which `chosen` returns true: nothing arrives
    /// any more, and neither side is notified.
    ///
    /// Returns the number of connections made half-open.
    pub fn half_open(&self, site: Site, mut chosen: impl FnMut() -> bool) -> usize {
        let mut inner = self.inner();
        let mut count = 0;
        for (slot, age) in inner.conns.open_ones() {
            let conn = inner.conns.open_one(slot, age);
            if conn.is_at(site) && chosen() {
                conn.half_open = true;
                count += 1;
            }
        }
        count
    }

    /// Returns the number of connections that have an end at a site.
    pub fn connections_at(&self, site: Site) -> usize {
        let mut inner = self.inner();
        let open = inner.conns.open_ones();
        open.iter().filter(|(slot, age)| inner.conns.open_one(*slot, *age).is_at(site)).count()
    }

    /// Arms fault points for the run. Only the first call has an effect.
    pub fn arm(&self, points: Points) {
        let _ = self.points().set(points);
    }

    /// Visits a fault point at `node`. If it fires, records that in the journal and returns a
    /// number, even over all of 64 bits, that decides how bad the fault is.
    pub fn fires(&self, node: NodeId, point: Point) -> Option<u64> {
        self.points().get()?.visit(|| self.now_ms(), node, point)
    }

    /// Visits a fault point that delays something. If it fires, returns the delay, from 1 to
    /// `most_ms`.
    pub fn held_back(&self, node: NodeId, point: Point, most_ms: u64) -> Option<u64> {
        self.fires(node, point).map(|word| 1 + word % most_ms.max(1))
    }
}
