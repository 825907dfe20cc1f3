//! A crew of workers, each with a context that knows the user it works for. A request is given
//! the worker with the least to do and begins with the user's account; while there is an idle
//! worker that is one request a worker, and beyond that a worker's requests take turns.

use super::worker::{Shift, Workers};
use crate::directory::DirectoryClient;
use crate::service::Surroundings;
use async_trait::async_trait;
use crosswire_history::{Principal, UserId};
use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex, PoisonError};

/// The workers of a gateway.
const WORKERS: usize = 8;

/// Where a request that is worked on finds its user.
pub(crate) trait Context: Send + Sync + 'static {
    /// `current` is the user in the worker's context now, `passed` the one that the request came
    /// with.
    fn user(current: UserId, passed: UserId) -> UserId;
}

/// Right. What the request came with goes with it.
pub(crate) struct Carried;

impl Context for Carried {
    fn user(_current: UserId, passed: UserId) -> UserId {
        passed
    }
}

/// Mechanism 16, ambient-context bleed. The user is a field of the worker that is set when a
/// request begins; what is asked for after an await is asked for whoever began last on that
/// worker. More requests at a time than workers wake it. At `GitHub`, March 2021, one request's
/// context object was shared with another through a background thread.
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

/// The worker with the least to do takes on a request of `user`.
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

/// A worker at work on a request.
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
    fn while_there_is_an_idle_worker_nobody_is_mixed_up() {
        assert_eq!(mixed_up(&at_work::<Ambient>(WORKERS as u32)), 0);
    }

    #[test]
    fn beyond_that_the_ambient_user_is_the_last_one() {
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
