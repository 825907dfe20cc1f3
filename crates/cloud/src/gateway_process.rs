//! A gateway process, as the world around it sees it. Each request becomes a task on the process's
//! node, and the task is dropped at its current await when the device gives up, the connection
//! breaks or the deadline passes, as in a real server. This is part of the world, not of the
//! gateway.

use crate::api::{Refusal, Request, Response, SessionId};
use crate::service::Service;
use crosswire_history::scope::{Scope, Scoped};
use crosswire_history::sync::{Mutex, MutexGuard};
use crosswire_history::{
    CallId, Decline, Fact, Journal, NodeId, Op, Outcome, Principal, RequestId,
};
use crosswire_net::Net;
use madsim::runtime::NodeHandle;
use madsim::task::AbortHandle;
use std::collections::VecDeque;
use std::sync::Arc;
use tokio::sync::oneshot::{Sender, channel};

/// The result of a request.
pub type Answer = Result<Response, Refusal>;

/// A gateway process. Clones are handles to the same process.
#[derive(Clone)]
pub struct GatewayProcess(Arc<Inner>);

struct Inner {
    net: Net,
    journal: Journal,
    node: NodeId,
    capacity: Capacity,
    state: Mutex<State>,
}

/// Limits on the work of a gateway process.
#[derive(Clone, Copy, Debug)]
pub struct Capacity {
    /// Deadline of a request or a job, from its start.
    pub deadline_ms: u64,
    /// Maximum concurrent requests; more are refused.
    pub max_in_flight: usize,
    /// Concurrent background jobs.
    pub jobs: usize,
}

#[derive(Default)]
struct State {
    process: Option<LiveProcess>,
    running: Vec<Running>,
    /// Background jobs in progress, each with a sender that stops it.
    jobs: Vec<(RequestId, Sender<()>)>,
    /// Deadlines of requests, soonest first, since all requests have the same timeout. Entries of
    /// requests that have already ended are skipped.
    deadlines: VecDeque<(u64, RequestId)>,
    /// True while the emergency cache configuration is on.
    emergency_cache: bool,
}

struct LiveProcess {
    handle: NodeHandle,
    service: Arc<dyn Service>,
}

struct Running {
    request: RequestId,
    task: AbortHandle,
    why: Option<Decline>,
}

impl State {
    fn find(&mut self, request: RequestId) -> Option<&mut Running> {
        self.running.iter_mut().find(|running| running.request == request)
    }

    fn take(&mut self, request: RequestId) -> Option<Running> {
        let at = self.running.iter().position(|running| running.request == request)?;
        Some(self.running.swap_remove(at))
    }

    fn take_job(&mut self, request: RequestId) -> Option<Sender<()>> {
        let at = self.jobs.iter().position(|(job, _)| *job == request)?;
        Some(self.jobs.swap_remove(at).1)
    }
}

impl Running {
    fn stop(&mut self, why: Decline) {
        self.why = self.why.or(Some(why));
        self.task.abort();
    }
}

impl GatewayProcess {
    /// Creates a handle without a running process.
    pub fn new(net: &Net, journal: &Journal, node: NodeId, capacity: Capacity) -> Self {
        Self(Arc::new(Inner {
            net: net.clone(),
            journal: journal.clone(),
            node,
            capacity,
            state: Mutex::default(),
        }))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock()
    }

    fn record(&self, request: RequestId, what: Fact) {
        self.0.journal.record_for(self.0.net.now_ms(), self.0.node, request, what);
    }

    /// Starts serving: the process is up.
    pub fn open(&self, handle: NodeHandle, service: Arc<dyn Service>) {
        for _ in 0..self.0.capacity.jobs {
            handle.spawn(self.clone().run_jobs(service.clone()));
        }
        let mut state = self.state();
        if state.emergency_cache {
            service.emergency_cache(true);
        }
        state.process = Some(LiveProcess { handle, service });
    }

    /// Stops serving: the process has died, and its tasks with it.
    pub fn close(&self) {
        let mut state = self.state();
        state.process = None;
        state.jobs.clear();
        for running in &mut state.running {
            running.why = Some(Decline::Crash);
        }
    }

    /// Switches the emergency cache configuration on or off. A process that starts while it is on
    /// starts with it.
    pub fn emergency_cache(&self, on: bool) {
        let mut state = self.state();
        if state.emergency_cache == on {
            return;
        }
        state.emergency_cache = on;
        if let Some(process) = &state.process {
            process.service.emergency_cache(on);
        }
    }

    /// Returns the number of requests in progress.
    pub fn in_flight(&self) -> usize {
        self.state().running.len()
    }

    /// Accepts a request. Calls `answer` with the result, unless the request is dropped.
    pub fn arrive(
        &self,
        request: RequestId,
        (session, by): (SessionId, Principal),
        ask: Request,
        answer: impl FnOnce(Answer) + Send + 'static,
    ) {
        let mut state = self.state();
        // A process that has restarted serves nothing before its service is connected.
        let Some(process) = &state.process else { return };
        if state.running.len() >= self.0.capacity.max_in_flight {
            drop(state);
            return answer(Err(Refusal::Busy));
        }
        let deadline_ms = self.0.net.now_ms() + self.0.capacity.deadline_ms;
        self.record(request, Fact::Arrived { by, op: ask.op(), deadline_ms });
        let service = process.service.clone();
        let guard = Guard { process: self.clone(), request, replied: false };
        let work = async move {
            let mut guard = guard;
            let result = service.handle(session, ask).await;
            guard.replied = true;
            guard.process.record(request, Fact::Replied { outcome: outcome_of(&result) });
            answer(result);
        };
        let scope = Scope { request, call: CallId(0) };
        let task = process.handle.spawn(Scoped::new(scope, work)).abort_handle();
        state.running.push(Running { request, task, why: None });
        state.deadlines.push_back((deadline_ms, request));
        if state.deadlines.len() == 1 {
            self.watch(deadline_ms);
        }
    }

    /// Schedules a check of the deadlines at `due_ms`, when the soonest one passes.
    fn watch(&self, due_ms: u64) {
        let process = self.clone();
        let wait_ms = due_ms - self.0.net.now_ms();
        self.0.net.later(wait_ms, move || process.enforce());
    }

    /// Stops every request that has reached its deadline.
    fn enforce(&self) {
        let now_ms = self.0.net.now_ms();
        let mut state = self.state();
        while let Some(&(due_ms, request)) = state.deadlines.front() {
            if let Some(running) = state.find(request) {
                if due_ms > now_ms {
                    return self.watch(due_ms);
                }
                running.stop(Decline::Deadline);
            }
            state.deadlines.pop_front();
        }
    }

    /// Cancels a request because the device gave up or its connection is gone. A background job is
    /// dropped at its current await, as at its deadline.
    pub fn cancel(&self, request: RequestId) {
        let mut state = self.state();
        if let Some(running) = state.find(request) {
            running.stop(Decline::Cancelled);
        } else if let Some(stop) = state.take_job(request) {
            // The job may have ended meanwhile; then there is nothing to stop.
            let _ = stop.send(());
        }
    }

    /// Reports to the gateway that a connection is gone.
    pub fn disconnected(&self, session: SessionId) {
        if let Some(process) = &self.state().process {
            process.service.disconnected(session);
        }
    }

    /// Runs background jobs, one after another, each with a new request id.
    async fn run_jobs(self, service: Arc<dyn Service>) {
        loop {
            let job = service.next_job().await;
            let request = self.0.journal.next_request();
            let deadline_ms = self.0.net.now_ms() + self.0.capacity.deadline_ms;
            let arrived = Fact::Arrived { by: Principal::Gateway, op: Op::FanOut, deadline_ms };
            self.record(request, arrived);
            let mut guard = Guard { process: self.clone(), request, replied: false };
            let scope = Scope { request, call: CallId(0) };
            let (stop, stopped) = channel();
            self.state().jobs.push((request, stop));
            let done = self.0.net.timeout(self.0.capacity.deadline_ms, Scoped::new(scope, job));
            let what = tokio::select! {
                biased;
                Ok(()) = stopped => Fact::Dropped { why: Decline::Cancelled },
                done = done => match done {
                    Ok(()) => Fact::Replied { outcome: Outcome::Ok },
                    Err(_) => Fact::Dropped { why: Decline::Deadline },
                },
            };
            guard.replied = true;
            self.state().take_job(request);
            self.record(request, what);
        }
    }
}

/// Records the end of a request that was dropped before it replied.
struct Guard {
    process: GatewayProcess,
    request: RequestId,
    replied: bool,
}

impl Drop for Guard {
    fn drop(&mut self) {
        let running = self.process.state().take(self.request);
        if !self.replied {
            let why = running.and_then(|running| running.why).unwrap_or(Decline::Crash);
            self.process.record(self.request, Fact::Dropped { why });
        }
    }
}

/// Classifies an answer.
pub fn outcome_of(answer: &Answer) -> Outcome {
    match answer {
        Ok(_) => Outcome::Ok,
        Err(Refusal::Denied) => Outcome::Denied,
        Err(Refusal::Busy) => Outcome::Refused,
        Err(Refusal::Failed | Refusal::Unsealed) => Outcome::Failed,
    }
}
