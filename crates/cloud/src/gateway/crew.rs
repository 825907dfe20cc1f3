//! A pool of workers, each with a context that contains the current user. A request is assigned to
//! the least busy worker and starts by looking up the user's account. As long as there are idle
//! workers, no two requests share one; beyond that, requests of one worker interleave.

use super::worker::{Shift, Workers};
use crate::directory::DirectoryClient;
use crate::service::Surroundings;
use async_trait::async_trait;
use crosswire_history::{Principal, UserId};
use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

/// Number of workers per gateway.
const WORKERS: usize = 8;

/// The place from which a request in progress takes its user.
pub(crate) trait Context: Send + Sync + 'static {
    /// Returns the user of a request: `current` is the user in the worker's context now, `passed`
    /// the one the request arrived with.
    fn user(current: UserId, passed: UserId) -> UserId;
}

/// Correct: the request carries its user.
pub(crate) struct Carried;

impl Context for Carried {
    fn user(_current: UserId, passed: UserId) -> UserId {
        passed
    }
}

/// Mechanism 16, ambient-context bleed. The user is a field of the worker, set when a request
/// begins. After an await the request therefore acts for the user whose request began last on that
/// worker. The trigger is more concurrent requests than workers. At `GitHub`, in March 2021, one
/// request's context object was shared with another through a background thread.
pub(crate) struct Ambient;

impl Context for Ambient {
    fn user(current: UserId, _passed: UserId) -> UserId {
        current
    }
}

#[derive(Clone, Copy, Default)]
struct Worker {
    requests: u32,
    user: UserId,
}

/// The workers. They die with the gateway's process.
pub(crate) struct Crew<C> {
    directory: DirectoryClient,
    workers: Arc<Mutex<[Worker; WORKERS]>>,
    context: PhantomData<fn() -> C>,
}

impl<C: Context> Crew<C> {
    pub(crate) fn new(around: &Surroundings) -> Self {
        Self { directory: around.directory.clone(), workers: Arc::default(), context: PhantomData }
    }
}

/// Assigns a request of `user` to the least busy worker.
fn assign<C: Context>(workers: &Arc<Mutex<[Worker; WORKERS]>>, user: UserId) -> AtWork<C> {
    let mut all = workers.lock().unwrap_or_else(PoisonError::into_inner);
    let at = (0..WORKERS).min_by_key(|at| all[*at].requests).unwrap_or_default();
    all[at].requests += 1;
    all[at].user = user;
    AtWork { workers: workers.clone(), at, passed: user, context: PhantomData }
}

#[async_trait]
impl<C: Context> Workers for Crew<C> {
    async fn begin(&self, user: UserId) -> io::Result<Option<Box<dyn Shift>>> {
        let shift = assign::<C>(&self.workers, user);
        let known = self.directory.is_known(Principal::User(user)).await?;
        Ok(known.then(|| -> Box<dyn Shift> { Box::new(shift) }))
    }
}

/// A request assigned to a worker.
struct AtWork<C> {
    workers: Arc<Mutex<[Worker; WORKERS]>>,
    at: usize,
    passed: UserId,
    context: PhantomData<fn() -> C>,
}

impl<C: Context> Shift for AtWork<C> {
    fn user(&self) -> UserId {
        let workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        C::user(workers[self.at].user, self.passed)
    }
}

impl<C> Drop for AtWork<C> {
    fn drop(&mut self) {
        let mut workers = self.workers.lock().unwrap_or_else(PoisonError::into_inner);
        workers[self.at].requests -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at_work<C: Context>(count: u32) -> Vec<AtWork<C>> {
        let workers = Arc::default();
        (0..count).map(|user| assign(&workers, UserId(user))).collect()
    }

    fn mixed_up<C: Context>(shifts: &[AtWork<C>]) -> usize {
        shifts.iter().filter(|shift| shift.user() != shift.passed).count()
    }

    #[test]
    fn users_are_not_mixed_up_while_a_worker_is_idle() {
        assert_eq!(mixed_up(&at_work::<Ambient>(WORKERS as u32)), 0);
    }

    #[test]
    fn with_all_workers_busy_the_ambient_user_is_the_latest() {
        let count = WORKERS as u32 + 3;
        assert_eq!(mixed_up(&at_work::<Ambient>(count)), 3);
        assert_eq!(mixed_up(&at_work::<Carried>(count)), 0);
    }

    #[test]
    fn a_worker_that_is_done_is_idle_again() {
        let workers = Arc::default();
        for user in 0..100 {
            let shift = assign::<Ambient>(&workers, UserId(user));
            assert_eq!(shift.user(), UserId(user));
        }
        assert_eq!(workers.lock().expect("no panic while held")[0].requests, 0);
    }
}
