//! Shares work among several sessions, and takes the results in the order of the work: so they are
//! the same with any number of sessions.

use super::session::Session;
use crosswire_history::sync::Mutex;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread;

/// Does `work` on each item in one of the sessions, and gives item and result to `take`, in the
/// order of the items, until it returns false.
///
/// # Panics
/// If there is no session.
pub(super) fn in_order<T: Send, R: Send>(
    sessions: &mut [Session],
    items: impl Iterator<Item = T> + Send,
    work: impl Fn(&mut Session, &T) -> R + Sync,
    mut take: impl FnMut(T, R) -> bool,
) {
    if let [session] = sessions {
        for item in items {
            let result = work(session, &item);
            if !take(item, result) {
                return;
            }
        }
        return;
    }
    assert!(!sessions.is_empty(), "work needs a session");
    let items = Mutex::new(items.enumerate());
    let (items, work, over) = (&items, &work, &AtomicBool::new(false));
    thread::scope(|scope| {
        let (to, done) = mpsc::channel();
        for session in sessions {
            let to = to.clone();
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    let Some((nth, item)) = next(items) else { return };
                    let result = work(session, &item);
                    if to.send((nth, item, result)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(to);
        let (mut early, mut turn) = (BTreeMap::new(), 0);
        for (nth, item, result) in done {
            early.insert(nth, (item, result));
            while let Some((item, result)) = early.remove(&turn) {
                turn += 1;
                if !take(item, result) {
                    over.store(true, Ordering::Relaxed);
                    return;
                }
            }
        }
    });
}

/// Takes the next item. The lock is released before the work begins.
fn next<T>(items: &Mutex<impl Iterator<Item = T>>) -> Option<T> {
    items.lock().next()
}
