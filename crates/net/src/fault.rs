//! How links, connections and nodes break, and how they are mended.

use crate::conn::Conn;
use crate::net::{Net, Site};

impl Net {
    /// Cuts the link from one site to another, one way. Cuts add up; each is healed by itself.
    pub fn cut(&self, from: Site, to: Site) {
        self.inner().link(from, to).cuts += 1;
    }

    /// Takes one cut back. When the last is gone, what was held back is sent again.
    pub fn heal(&self, from: Site, to: Site) {
        let mut inner = self.inner();
        let link = inner.link(from, to);
        link.cuts = link.cuts.saturating_sub(1);
        if !link.is_cut() {
            inner.release(from, to);
            inner.release_conns(from, to);
        }
    }

    /// Makes a link slower and more lossy than it is, by adding; negative numbers take it back.
    pub fn worsen(&self, from: Site, to: Site, extra_ms: i64, extra_loss: f64) {
        let mut inner = self.inner();
        let link = inner.link(from, to);
        link.extra_ms = link.extra_ms.saturating_add_signed(extra_ms);
        link.extra_loss = (link.extra_loss + extra_loss).max(0.0);
    }

    /// The process at a site dies: nobody listens there, its connections are reset, and what is
    /// under way to it will be refused.
    pub fn crash(&self, site: Site) {
        let mut inner = self.inner();
        let state = &mut inner.sites[site.0 as usize];
        state.up = false;
        state.life += 1;
        let unaccepted = state.accepting.take();
        inner.orphan(site);
        drop(inner);
        // Streams lock the network when they are dropped.
        drop(unaccepted);
    }

    /// The process at a site stands still, or goes on: messages to it wait meanwhile. Tasks on its
    /// node are the executor's to pause.
    pub fn pause(&self, site: Site, paused: bool) {
        let mut inner = self.inner();
        inner.sites[site.0 as usize].paused = paused;
        if !paused {
            inner.resume();
        }
    }

    /// The process at a site is there again; it has to listen anew.
    pub fn revive(&self, site: Site) {
        self.inner().sites[site.0 as usize].up = true;
    }

    /// Resets those connections at a site that `chosen` names. What is under way is cut: of the
    /// first message in each direction, `cut(length)` bytes still arrive.
    pub fn reset_connections(
        &self,
        site: Site,
        mut chosen: impl FnMut() -> bool,
        mut cut: impl FnMut(usize) -> usize,
    ) -> usize {
        let mut inner = self.inner();
        let mut count = 0;
        for (slot, age) in inner.conns.open_ones() {
            let at_site = |conn: &mut Conn| conn.ends.iter().any(|end| end.site == site);
            if inner.conns.get(slot, age).is_some_and(at_site) && chosen() {
                inner.reset(slot, age, &mut cut);
                count += 1;
            }
        }
        count
    }

    /// Makes those connections at a site half-open that `chosen` names: nothing arrives any
    /// more, and neither side is told.
    pub fn half_open(&self, site: Site, mut chosen: impl FnMut() -> bool) -> usize {
        let mut inner = self.inner();
        let mut count = 0;
        for (slot, age) in inner.conns.open_ones() {
            let at_site = |conn: &&mut Conn| conn.ends.iter().any(|end| end.site == site);
            if let Some(conn) = inner.conns.get(slot, age).filter(at_site)
                && chosen()
            {
                conn.half_open = true;
                count += 1;
            }
        }
        count
    }

    /// How many connections have an end at a site.
    pub fn connections_at(&self, site: Site) -> usize {
        let mut inner = self.inner();
        let open = inner.conns.open_ones();
        let at_site = |conn: &mut Conn| conn.ends.iter().any(|end| end.site == site);
        open.iter().filter(|(slot, age)| inner.conns.get(*slot, *age).is_some_and(at_site)).count()
    }
}
