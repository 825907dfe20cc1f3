//! Phones: a user opens the app, looks through the Events tab, taps a thumbnail now and then,
//! sometimes watches the video, and closes the app.

use crate::fleet::Inner;
use crate::session::{ClientRef, Session};
use bytes::Bytes;
use crosswire_cloud::gateway_process::Answer;
use crosswire_cloud::{Credential, Item, Request, Response, Token};
use crosswire_history::{ById, EventId, Exposure, Op, RequestId, UserId, impl_id};
use crosswire_plan::rng::Draw;

#[derive(Clone, Copy, Debug)]
pub(crate) struct Phone {
    pub(crate) session: Session,
    state: State,
    /// Start of the next listing.
    pub(crate) cursor: u64,
    /// Version of the relations that the listings were made from.
    relations: u64,
    /// The thumbnails to look at, in [`Pages`], and the number already looked at.
    page: PageId,
    looked: u16,
    /// The event whose thumbnail or video was requested.
    asked: EventId,
    /// Upper limit of the time until the app is opened again, in ms; 0 means no limit.
    again_ms: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Closed,
    /// The app is open and trying to connect.
    Connecting,
    /// The app is authenticated.
    Open,
}

/// A page in [`Pages`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct PageId(u32);

impl_id!(PageId);

const NO_PAGE: PageId = PageId(u32::MAX);

impl Default for Phone {
    fn default() -> Self {
        Self {
            session: Session::default(),
            state: State::Closed,
            cursor: 0,
            relations: 0,
            page: NO_PAGE,
            looked: 0,
            asked: EventId::default(),
            again_ms: 0,
        }
    }
}

/// The thumbnails that open phones are looking at.
#[derive(Default)]
pub(crate) struct Pages {
    pages: ById<PageId, Vec<Token>>,
    free: Vec<PageId>,
}

impl Pages {
    fn take(&mut self) -> PageId {
        match self.free.pop() {
            Some(page) => page,
            None => self.pages.push(Vec::new()),
        }
    }

    fn give_back(&mut self, page: PageId) {
        debug_assert!(page == NO_PAGE || !self.free.contains(&page), "a page is given back once");
        if page != NO_PAGE {
            self.pages[page].clear();
            self.free.push(page);
        }
    }
}

/// Number of retries before a user closes the app.
const TRIES: u8 = 8;

impl Inner {
    pub(crate) fn start_phones(&mut self) {
        for phone in self.phones.ids() {
            let mut roll = self.roll(ClientRef::Phone(phone));
            let first_ms = roll.between(1_000, 1_000 + self.plan.workload.open_every_ms);
            self.open_after(phone, first_ms);
        }
    }

    /// Opens the app after `ms`, or when the script says.
    fn open_after(&mut self, at: UserId, ms: u64) {
        if let Some(ms) = self.next_act(ClientRef::Phone(at), ms) {
            self.wake_after(ClientRef::Phone(at), ms);
        }
    }

    /// Lets a user open the app within `ms`, because the outage is over. If the app is open, it is
    /// opened again that soon after it is closed.
    pub(crate) fn open_within(&mut self, at: UserId, ms: u64) {
        let phone = &mut self.phones[at];
        if phone.state == State::Closed {
            phone.session.turn += 1;
            self.open_after(at, ms);
        } else {
            phone.again_ms = ms as u32;
        }
    }

    fn phone_connects(&mut self, at: UserId) {
        self.phones[at].state = State::Connecting;
        let mut roll = self.roll(ClientRef::Phone(at));
        let gateway = roll.below(self.gateway_count());
        self.connect(ClientRef::Phone(at), gateway, self.plan.workload.patience_ms);
    }

    pub(crate) fn phone_wakes(&mut self, at: UserId) {
        match self.phones[at].state {
            State::Connecting => self.phone_connects(at),
            State::Open => self.look_on(at),
            State::Closed => {
                self.acts(ClientRef::Phone(at));
                self.phones[at].session.failures = 0;
                self.phone_may_cheat(at);
                self.phone_connects(at);
            }
        }
    }

    fn phone_asks(&mut self, at: UserId, request: Request) {
        self.ask(ClientRef::Phone(at), request, self.plan.workload.patience_ms);
    }

    fn ask_for_list(&mut self, at: UserId) {
        let cursor = self.phones[at].cursor;
        self.phone_asks(at, Request::List { cursor });
        self.may_refresh(at);
    }

    pub(crate) fn phone_answered(
        &mut self,
        at: UserId,
        session: Session,
        request: RequestId,
        answer: Answer,
    ) {
        match (session.op, answer) {
            (Op::Connect, Ok(_)) => {
                self.phone_asks(at, Request::Authenticate(Credential::Account(at)));
            }
            (Op::Authenticate, Ok(_)) => {
                self.phones[at].state = State::Open;
                self.phones[at].page = self.pages.take();
                self.phones[at].looked = 0;
                self.ask_for_list(at);
            }
            (Op::List, Ok(Response::Listing { items, cursor, relations, more, .. })) => {
                self.listed(at, session, request, &items);
                self.list_on(at, cursor, relations, more);
            }
            (op, Ok(Response::Media(_, bytes))) => self.shown(at, session, request, op, &bytes),
            // Thumbnails that are denied or missing are skipped.
            (Op::Thumbnail | Op::Enlarge | Op::Video, _) => self.look_on(at),
            (_, Ok(_)) => self.put_away(at),
            (_, Err(_)) => self.phone_lost(at),
        }
    }

    /// Records the lines of the Events tab that are on a user's screen.
    pub(crate) fn sees_list(
        &self,
        user: UserId,
        session: Session,
        request: RequestId,
        items: &[Item],
    ) {
        let since_ms = u64::from(session.asked_ms);
        for item in items {
            self.deliver(request, user, item.event, &item.caption, Exposure::Listed, since_ms);
        }
    }

    /// Shows lines of the Events tab and queues their thumbnails.
    fn listed(&mut self, at: UserId, session: Session, request: RequestId, items: &[Item]) {
        self.sees_list(at, session, request, items);
        self.keep_links(at, items);
        let page = &mut self.pages.pages[self.phones[at].page];
        page.extend(items.iter().map(|item| item.token));
    }

    /// Scrolls on, starts again from the beginning if the set of cameras has changed, or looks at
    /// thumbnails.
    fn list_on(&mut self, at: UserId, cursor: u64, relations: u64, more: bool) {
        let phone = &mut self.phones[at];
        let others = phone.relations != relations;
        phone.relations = relations;
        if others && phone.cursor != 0 {
            phone.cursor = 0;
            return self.ask_for_list(at);
        }
        phone.cursor = cursor;
        if more {
            return self.ask_for_list(at);
        }
        self.look_on(at);
    }

    /// Requests the next thumbnail, newest first, until enough have been looked at.
    fn look_on(&mut self, at: UserId) {
        let phone = &mut self.phones[at];
        let page = &self.pages.pages[phone.page];
        let looked = usize::from(phone.looked);
        let enough = self.plan.workload.thumbnails_per_open;
        if looked >= page.len() || u32::from(phone.looked) >= enough {
            return self.put_away(at);
        }
        phone.looked += 1;
        let token = page[page.len() - 1 - looked];
        phone.asked = token.event;
        self.phone_asks(at, Request::Thumbnail(token));
    }

    /// Shows a picture or a video.
    fn shown(&mut self, at: UserId, session: Session, request: RequestId, op: Op, bytes: &Bytes) {
        let how = match op {
            Op::Enlarge => Exposure::Tapped,
            Op::Video => Exposure::Video,
            _ => Exposure::Thumbnail,
        };
        let asked = self.phones[at].asked;
        self.deliver(request, at, asked, bytes, how, u64::from(session.asked_ms));
        let mut roll = self.roll(ClientRef::Phone(at));
        let phone = &self.phones[at];
        let page = &self.pages.pages[phone.page];
        let token = page[page.len() - usize::from(phone.looked)];
        match op {
            Op::Thumbnail if roll.chance(self.plan.workload.tap_share) => {
                self.phone_asks(at, Request::Enlarge(token));
            }
            Op::Enlarge if roll.chance(self.plan.workload.video_share) => {
                self.phone_asks(at, Request::Video(asked));
            }
            _ => self.look_on(at),
        }
    }

    /// Lets a user who gave up a request do the next thing in a moment.
    pub(crate) fn changed_mind(&mut self, at: UserId) {
        if self.phones[at].state != State::Open || self.phones[at].looked == 0 {
            // Nothing on the screen yet: pull to refresh.
            return self.phone_lost(at);
        }
        let mut roll = self.roll(ClientRef::Phone(at));
        let pause_ms = roll.between(50, 400);
        self.phones[at].session.turn += 1;
        self.wake_after(ClientRef::Phone(at), pause_ms);
    }

    /// Retries in a moment after a failure, or closes the app after too many.
    pub(crate) fn phone_lost(&mut self, at: UserId) {
        self.drop_page(at);
        self.hang_up(ClientRef::Phone(at));
        let phone = &mut self.phones[at];
        phone.session.failures += 1;
        if phone.session.failures > TRIES {
            return self.put_away(at);
        }
        phone.state = State::Connecting;
        let failures = u32::from(phone.session.failures);
        let mut roll = self.roll(ClientRef::Phone(at));
        let step_ms = (300 << failures.min(4)).min(3_000);
        let wait_ms = roll.between(100, step_ms);
        self.wake_after(ClientRef::Phone(at), wait_ms);
    }

    fn put_away(&mut self, at: UserId) {
        self.drop_page(at);
        self.hang_up(ClientRef::Phone(at));
        self.phones[at].state = State::Closed;
        let every_ms = self.plan.workload.open_every_ms;
        let mut roll = self.roll(ClientRef::Phone(at));
        let again_ms = roll.between(every_ms / 2, every_ms + every_ms / 2);
        let soon_ms = std::mem::take(&mut self.phones[at].again_ms);
        let again_ms = if soon_ms == 0 { again_ms } else { again_ms.min(u64::from(soon_ms)) };
        self.open_after(at, again_ms);
    }

    fn drop_page(&mut self, at: UserId) {
        let page = std::mem::replace(&mut self.phones[at].page, NO_PAGE);
        self.pages.give_back(page);
    }
}
