//! A pool of workers, each with a context that contains the current user. A request is assigned to
//! the least busy worker and starts by looking up the user's account. As long as there are idle
//! workers, no two requests share one; beyond that, requests of one worker interleave.

use super::{RequestContext, Workers};
use crate::deps::Deps;
use crate::directory::DirectoryClient;
use async_trait::async_trait;
use crosswire_history::sync::Mutex;
use crosswire_history::{Principal, UserId};
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;

/// Number of workers per gateway.
const WORKERS: usize = 8;

/// The place from which a request in progress takes its user.
pub(crate) trait UserLookup: Send + Sync + 'static {
    /// Returns the user of a request: `current` is the user in the worker's context now, `passed`
    /// the one the request arrived with.
    fn user(current: UserId, passed: UserId) -> UserId;
}

/// Correct: the request carries its user.
pub(crate) struct Carried;

impl UserLookup for Carried {
    fn user(_current: UserId, passed: UserId) -> UserId {
        passed
    }
}

/// Mechanism 16, ambient-context bleed. The user is a field of the worker, set when a request
/// begins. After an await the request therefore acts for the user whose request began last on that
/// worker. The trigger is more concurrent requests than workers. At `GitHub`, in March 2021, one
/// request's context object was shared with another through a background thread.
pub(crate) struct Ambient;

impl UserLookup for Ambient {
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
pub(crate) struct WorkerPool<L> {
    directory: DirectoryClient,
    workers: Arc<Mutex<[Worker; WORKERS]>>,
    lookup: PhantomData<fn() -> L>,
}

impl<L: UserLookup> WorkerPool<L> {
    pub(crate) fn new(deps: &Deps) -> Self {
        Self { directory: deps.directory.clone(), workers: Arc::default(), lookup: PhantomData }
    }
}

/// Assigns a request of `user` to the least busy worker.
fn assign<L: UserLookup>(workers: &Arc<Mutex<[Worker; WORKERS]>>, user: UserId) -> Assignment<L> {
    let mut all = workers.lock();
    let at = (0..WORKERS).min_by_key(|at| all[*at].requests).expect("there are workers");
    all[at].requests += 1;
    all[at].user = user;
    Assignment { workers: workers.clone(), at, passed: user, lookup: PhantomData }
}

#[async_trait]
impl<L: UserLookup> Workers for WorkerPool<L> {
    async fn begin(&self, user: UserId) -> io::Result<Option<Box<dyn RequestContext>>> {
        let context = assign::<L>(&self.workers, user);
        let known = self.directory.is_known(Principal::User(user)).await?;
        Ok(if known { Some(Box::new(context)) } else { None })
    }
}

/// A request assigned to a worker.
struct Assignment<L> {
    workers: Arc<Mutex<[Worker; WORKERS]>>,
    at: usize,
    passed: UserId,
    lookup: PhantomData<fn() -> L>,
}

impl<L: UserLookup> RequestContext for Assignment<L> {
    fn user(&self) -> UserId {
        let workers = self.workers.lock();
        L::user(workers[self.at].user, self.passed)
    }
}

impl<L> Drop for Assignment<L> {
    fn drop(&mut self) {
        let mut workers = self.workers.lock();
        workers[self.at].requests -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn assigned<L: UserLookup>(count: u32) -> Vec<Assignment<L>> {
        let workers = Arc::default();
        (0..count).map(|user| assign(&workers, UserId(user))).collect()
    }

    fn mixed_up<L: UserLookup>(assignments: &[Assignment<L>]) -> usize {
        assignments.iter().filter(|assignment| assignment.user() != assignment.passed).count()
    }

    #[test]
    fn users_are_not_mixed_up_while_a_worker_is_idle() {
        assert_eq!(mixed_up(&assigned::<Ambient>(WORKERS as u32)), 0);
    }

    #[test]
    fn with_all_workers_busy_the_ambient_user_is_the_latest() {
        let count = WORKERS as u32 + 3;
        assert_eq!(mixed_up(&assigned::<Ambient>(count)), 3);
        assert_eq!(mixed_up(&assigned::<Carried>(count)), 0);
    }

    #[test]
    fn a_worker_that_is_done_is_idle_again() {
        let workers = Arc::default();
        for user in 0..100 {
            let assignment = assign::<Ambient>(&workers, UserId(user));
            assert_eq!(assignment.user(), UserId(user));
        }
        assert_eq!(workers.lock()[0].requests, 0);
    }
}
