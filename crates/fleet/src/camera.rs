//! Cameras: each captures events, keeps them, and uploads each of them at least once.

use crate::backlog::{Captured, Queue};
use crate::backoff::wait_ms;
use crate::fleet::{Due, Inner};
use crate::session::{ClientRef, Session};
use crosswire_cloud::gateway_process::Answer;
use crosswire_cloud::owner_tag::OwnerKey;
use crosswire_cloud::{Credential, Refusal, Request, Response};
use crosswire_history::{
    DeviceId, EventId, Fact, NodeId, NodeKind, Op, Origin, Point, RequestId, Serial, UserId,
};
use crosswire_plan::rng::Draw;
use crosswire_plan::scenario::{Backoff, BackoffFamily};

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Camera {
    pub(crate) session: Session,
    pub(crate) state: State,
    backlog: Queue,
    /// Number of events captured so far.
    seq: u32,
    /// The event of its latest upload.
    uploading: u32,
    online_since_ms: u32,
    waited_ms: u32,
    /// It has authenticated at least once since the run began.
    paired: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum State {
    /// Waiting for its next attempt to connect.
    #[default]
    Waiting,
    Connecting,
    Online,
    /// Reset to factory state and not claimed yet: it records nothing.
    Unclaimed,
    /// Deleted from its account: the service no longer knows it.
    Deleted,
    /// Takes no part, because the script does not name it.
    Absent,
}

impl Camera {
    /// Returns the number of events captured so far.
    pub(crate) fn captured(&self) -> u32 {
        self.seq
    }
}

impl Inner {
    pub(crate) fn start_cameras(&mut self) {
        let plan = self.plan.clone();
        if let Some(script) = &plan.script {
            self.cameras.values_mut().for_each(|camera| camera.state = State::Absent);
            for part in &script.cameras {
                self.cameras[Serial(part.number)].state = State::Waiting;
            }
        }
        for camera in self.cameras.ids() {
            if self.cameras[camera].state == State::Absent {
                continue;
            }
            let mut roll = self.roll(ClientRef::Camera(camera));
            let (connect_ms, capture_ms) = (
                roll.between(1, 1_500),
                roll.exponential(self.plan.workload.event_every_ms as f64) as u64,
            );
            self.wake_after(ClientRef::Camera(camera), connect_ms);
            self.capture_after(camera, capture_ms);
        }
    }

    /// Schedules the next capture after `ms`, or when the script says.
    fn capture_after(&mut self, at: Serial, ms: u64) {
        if let Some(ms) = self.next_act(ClientRef::Camera(at), ms.max(1)) {
            self.after(ms, Due::Capture(at));
        }
    }

    /// Captures an event and schedules the next one.
    pub(crate) fn capture(&mut self, at: Serial) {
        let mut roll = self.roll(ClientRef::Camera(at));
        let again_ms = roll.exponential(self.plan.workload.event_every_ms as f64) as u64;
        self.acts(ClientRef::Camera(at));
        let now_ms = self.net.now_ms();
        let device = self.identity(at);
        let new = self.is_clone(at) && !self.cameras[at].paired;
        match self.cameras[at].state {
            State::Deleted | State::Absent => return,
            // It records nothing before an account has claimed it.
            State::Unclaimed => {}
            _ if new => {}
            _ => {
                let epoch = self.mint.epoch_at(device, now_ms);
                let limit = self.plan.workload.backlog;
                let camera = &mut self.cameras[at];
                camera.seq += 1;
                let captured = Captured { seq: camera.seq, epoch, at_ms: now_ms as u32 };
                self.pool.push(&mut camera.backlog, captured);
                if camera.backlog.len() > limit {
                    // The memory card is full: overwrite the oldest event.
                    self.pool.pop(&mut camera.backlog);
                }
                let event = EventId { device, seq: captured.seq };
                let node = NodeId::new(NodeKind::Cameras, 0);
                let what = Fact::Captured { event, epoch };
                self.journal.record_for(now_ms, node, RequestId(0), what);
                self.camera_may_cheat(at, captured);
            }
        }
        self.capture_after(at, again_ms);
        let camera = &self.cameras[at];
        if camera.state == State::Online && !camera.session.is_busy() {
            self.go_on(at);
        }
    }

    pub(crate) fn camera_wakes(&mut self, at: Serial) {
        match self.cameras[at].state {
            State::Waiting => {
                self.cameras[at].state = State::Connecting;
                let mut roll = self.roll(ClientRef::Camera(at));
                let gateway = roll.below(self.gateway_count());
                self.connect(ClientRef::Camera(at), gateway, self.plan.workload.camera_timeout_ms);
            }
            State::Online if self.cameras[at].backlog.len() > 0 => self.go_on(at),
            State::Online => self.camera_asks(at, Request::KeepAlive),
            State::Connecting | State::Unclaimed | State::Deleted | State::Absent => {}
        }
    }

    fn camera_asks(&mut self, at: Serial, request: Request) {
        self.ask(ClientRef::Camera(at), request, self.plan.workload.camera_timeout_ms);
    }

    /// Uploads the oldest event, or waits for the next keep-alive.
    fn go_on(&mut self, at: Serial) {
        let node = NodeId::new(NodeKind::Cameras, 0);
        if self.net.fires(node, Point::CameraReboots).is_some() {
            return self.camera_lost(at);
        }
        match self.pool.front(&self.cameras[at].backlog) {
            Some(captured) => {
                let upload = self.upload(at, captured);
                self.cameras[at].uploading = captured.seq;
                self.camera_asks(at, upload);
            }
            None => self.wake_after(ClientRef::Camera(at), self.plan.workload.keepalive_ms),
        }
    }

    /// Builds the upload of an event. Every part of it carries the camera's tag.
    pub(crate) fn upload(&self, at: Serial, captured: Captured) -> Request {
        let Captured { seq, epoch, at_ms: captured_ms } = captured;
        let event = EventId { device: self.identity(at), seq };
        let origin = Origin { event, epoch, captured_ms, maker: at };
        let picture = u64::from(at.0) << 32 | u64::from(captured.seq);
        let keys = self.owner_keys.get(&at).map_or(&[][..], Vec::as_slice);
        let owner = OwnerKey::for_time(keys, u64::from(captured.at_ms));
        let seal = |body: &[u8]| {
            let bytes = self.mint.seal(origin, body);
            match owner {
                Some(owner) => owner.seal(event, bytes).into(),
                None => bytes.into(),
            }
        };
        Request::Upload {
            event,
            captured_ms: u64::from(captured.at_ms),
            caption: seal(b"motion"),
            thumbnail: seal(&picture.to_le_bytes()),
            clip: seal(&(!picture).to_le_bytes()),
        }
    }

    pub(crate) fn camera_answered(
        &mut self,
        at: Serial,
        session: Session,
        request: RequestId,
        answer: Answer,
    ) {
        if let Ok(Response::Enrolled(keys)) = &answer {
            self.owner_keys.insert(at, keys.clone());
        }
        match (session.op, answer) {
            (_, Err(Refusal::Denied)) => self.camera_unknown(at),
            (Op::Connect, Ok(_)) => {
                if self.backoff_of(at).family == BackoffFamily::ResetOnConnect {
                    self.cameras[at].session.failures = 0;
                }
                self.camera_shows_itself(at);
            }
            (Op::Connect | Op::Authenticate, Err(_)) | (_, Err(Refusal::Unsealed)) => {
                self.camera_lost(at);
            }
            (Op::Authenticate, Ok(_)) => {
                let now_ms = self.net.now_ms() as u32;
                let camera = &mut self.cameras[at];
                camera.state = State::Online;
                camera.online_since_ms = now_ms;
                camera.paired = true;
                assert!(self.offline > 0, "a camera that connects was counted as offline");
                self.offline -= 1;
                self.go_on(at);
            }
            (Op::Upload, Ok(_)) => {
                self.kept(at, request);
                self.go_on(at);
            }
            (_, Err(_)) => {
                // The service failed: try again in a moment, on the same connection.
                let mut roll = self.roll(ClientRef::Camera(at));
                let pause_ms = roll.between(300, 1_500);
                self.wake_after(ClientRef::Camera(at), pause_ms);
            }
            (_, Ok(_)) => self.go_on(at),
        }
    }

    /// Notes that the service stored the event of the latest upload. A full memory card may have
    /// dropped that event meanwhile; then the oldest event is another one and stays.
    fn kept(&mut self, at: Serial, request: RequestId) {
        let camera = &mut self.cameras[at];
        let seq = camera.uploading;
        if self.pool.front(&camera.backlog).is_some_and(|oldest| oldest.seq == seq) {
            self.pool.pop(&mut camera.backlog);
        }
        let event = EventId { device: self.identity(at), seq };
        let node = NodeId::new(NodeKind::Cameras, 0);
        self.journal.record_for(self.net.now_ms(), node, request, Fact::Acked { event });
    }

    /// Authenticates. If the camera was made with the identity of another one, records that in the
    /// journal, because nothing else in the run knows.
    fn camera_shows_itself(&mut self, at: Serial) {
        let (device, maker) = (self.identity(at), at);
        self.camera_asks(at, Request::Authenticate(Credential::Camera(device, maker)));
        if self.is_clone(at) {
            let home = UserId(self.plan.owner_of(at.0));
            let (node, request) =
                (NodeId::new(NodeKind::Cameras, 0), self.cameras[at].session.waiting);
            let what = Fact::Cloned { maker, device, home };
            self.journal.record_for(self.net.now_ms(), node, request, what);
        }
    }

    /// Returns the device that a camera identifies itself as.
    pub(crate) fn identity(&self, at: Serial) -> DeviceId {
        self.clones.get(&at).copied().unwrap_or(DeviceId(at.0))
    }

    fn is_clone(&self, at: Serial) -> bool {
        self.clones.contains_key(&at)
    }

    fn backoff_of(&self, at: Serial) -> Backoff {
        // A camera's firmware does not change, so its family depends only on its number, spread
        // evenly by the golden ratio.
        let total: f64 = self.backoffs.iter().map(|backoff| backoff.weight).sum();
        let mut point = (f64::from(at.0) * 0.618_033_988_749_894_9).fract() * total;
        for backoff in &self.backoffs {
            if point < backoff.weight {
                return backoff.clone();
            }
            point -= backoff.weight;
        }
        self.backoffs[0].clone()
    }

    /// Closes the connection and tries again after a while.
    pub(crate) fn camera_lost(&mut self, at: Serial) {
        self.hang_up(ClientRef::Camera(at));
        let spec = self.backoff_of(at);
        let now_ms = self.net.now_ms() as u32;
        let camera = &mut self.cameras[at];
        if matches!(camera.state, State::Unclaimed | State::Deleted) {
            return;
        }
        if camera.state == State::Online {
            self.offline += 1;
            if u64::from(now_ms - camera.online_since_ms) >= spec.reset_after_ms {
                camera.session.failures = 0;
            }
        }
        camera.state = State::Waiting;
        let (failures, waited_ms) = (camera.session.failures, camera.waited_ms);
        camera.session.failures = failures.saturating_add(1);
        let mut roll = self.roll(ClientRef::Camera(at));
        let wait = wait_ms(&spec, u32::from(failures), u64::from(waited_ms), &mut roll);
        self.cameras[at].waited_ms = wait as u32;
        self.wake_after(ClientRef::Camera(at), wait);
    }

    /// Handles that the service no longer knows the camera.
    fn camera_unknown(&mut self, at: Serial) {
        self.hang_up(ClientRef::Camera(at));
        self.switch_off(at, State::Deleted);
    }

    /// Resets the camera to factory state and erases everything it recorded.
    pub(crate) fn factory_reset(&mut self, at: Serial) {
        if self.cameras[at].state == State::Absent {
            return;
        }
        self.hang_up(ClientRef::Camera(at));
        self.switch_off(at, State::Unclaimed);
    }

    fn switch_off(&mut self, at: Serial, state: State) {
        let camera = &mut self.cameras[at];
        if !matches!(camera.state, State::Online | State::Unclaimed | State::Deleted) {
            assert!(self.offline > 0, "a camera that connects was counted as offline");
            self.offline -= 1;
        }
        camera.state = state;
        self.pool.clear(&mut camera.backlog);
    }

    /// Handles that an account has claimed the camera: it connects for its new owner.
    pub(crate) fn claimed(&mut self, at: Serial) {
        let camera = &mut self.cameras[at];
        if camera.state == State::Unclaimed {
            camera.state = State::Waiting;
            camera.session.failures = 0;
            self.offline += 1;
            self.wake_after(ClientRef::Camera(at), 1);
        }
    }
}
