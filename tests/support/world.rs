//! What all tabs share: the network with a server behind it, the time, and the locks of the origin.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::{Rc, Weak};
use std::task::{Poll, Waker};

use pkce_login::client::ports::{Boxed, HttpFailure, HttpRequest, HttpResponse};
use pkce_login::protocol::base64url;
use pkce_login::protocol::form::Params;

use super::executor::pause;
use super::tab::{Tab, TestKey};

/// When every test begins: 22 November 2026, in seconds since the epoch.
pub(crate) const START: i64 = 1_795_348_800;

/// A request as the network saw it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) method: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Sent {
    fn new(request: HttpRequest) -> Self {
        let HttpRequest { method, url, headers, body, .. } = request;
        Self { method, url, headers, body: body.unwrap_or_default() }
    }

    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The claims of the DPoP proof.
    pub(crate) fn proof(&self) -> Option<serde_json::Value> {
        let claims = self.header("DPoP")?.split('.').nth(1)?;
        serde_json::from_slice(&base64url::decode(claims).unwrap()).ok()
    }

    /// One parameter of the body.
    pub(crate) fn form(&self, name: &str) -> Option<String> {
        Params::parse(&self.body).get(name).map(str::to_owned)
    }

    fn is_token_request(&self) -> bool {
        self.form("grant_type").is_some()
    }
}

/// Whoever answers.
pub(crate) trait Server {
    /// Answers one request at the server's time `now`.
    fn answer(&mut self, request: &Sent, now: i64) -> Result<HttpResponse, HttpFailure>;
}

/// What the network does with one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It arrives, and so does the answer.
    Delivered,
    /// It never arrives.
    RequestLost,
    /// It arrives, the answer does not.
    AnswerLost,
}

/// A page that hears messages, and which tab it is in.
type Listener = (*const (), Weak<dyn Fn(&str)>);

/// Decides on one request.
type Network = Box<dyn FnMut(&Sent) -> Fate>;

pub(crate) struct World<S> {
    /// The server's time; a tab's clock may differ.
    pub(crate) now: Cell<i64>,
    pub(crate) server: RefCell<S>,
    network: RefCell<Network>,
    requests: RefCell<Vec<Sent>>,
    in_flight: Cell<usize>,
    most_in_flight: Cell<usize>,
    locks: RefCell<BTreeSet<String>>,
    waiting_for_locks: RefCell<Vec<Waker>>,
    tabs: Cell<u64>,
    /// What is kept on the device, for all tabs.
    pub(super) device: RefCell<BTreeMap<String, String>>,
    /// The keys of the origin, and until when they are kept.
    pub(super) keys: RefCell<BTreeMap<String, (TestKey, i64)>>,
    listeners: RefCell<Vec<Listener>>,
    messages: RefCell<Vec<String>>,
    /// Work that no test waits for, until [`World::settle`].
    pub(super) spawned: RefCell<Vec<Boxed<'static, ()>>>,
    deaf: Cell<bool>,
}

impl<S: Server> World<S> {
    pub(crate) fn new(server: S) -> Rc<Self> {
        Rc::new(Self {
            now: Cell::new(START),
            server: RefCell::new(server),
            network: RefCell::new(Box::new(|_| Fate::Delivered)),
            requests: RefCell::default(),
            in_flight: Cell::new(0),
            most_in_flight: Cell::new(0),
            locks: RefCell::default(),
            waiting_for_locks: RefCell::default(),
            tabs: Cell::new(0),
            device: RefCell::default(),
            keys: RefCell::default(),
            listeners: RefCell::default(),
            messages: RefCell::default(),
            spawned: RefCell::default(),
            deaf: Cell::new(false),
        })
    }

    /// Does what pages left to be done without waiting for it.
    pub(crate) fn settle(&self) {
        while let Some(work) = { self.spawned.borrow_mut().pop() } {
            super::executor::block_on(work);
        }
    }

    /// A new tab, whose random numbers are those of no other.
    pub(crate) fn tab(self: &Rc<Self>) -> Rc<Tab<S>> {
        self.tabs.set(self.tabs.get() + 1);
        self.tab_with_seed(self.tabs.get())
    }

    pub(crate) fn tab_with_seed(self: &Rc<Self>, seed: u64) -> Rc<Tab<S>> {
        Rc::new(Tab::new(Rc::clone(self), seed))
    }

    /// Lets `seconds` pass.
    pub(crate) fn pass(&self, seconds: i64) {
        self.now.set(self.now.get() + seconds);
    }

    /// From now on `network` decides what becomes of each request.
    pub(crate) fn set_network(&self, network: impl FnMut(&Sent) -> Fate + 'static) {
        *self.network.borrow_mut() = Box::new(network);
    }

    /// From now on nobody can be reached.
    pub(crate) fn go_offline(&self) {
        self.set_network(|_| Fate::RequestLost);
    }

    pub(crate) fn go_online(&self) {
        self.set_network(|_| Fate::Delivered);
    }

    /// Every request so far.
    pub(crate) fn requests(&self) -> Vec<Sent> {
        self.requests.borrow().clone()
    }

    /// Every request to a token endpoint so far.
    pub(crate) fn token_requests(&self) -> Vec<Sent> {
        self.requests.borrow().iter().filter(|sent| sent.is_token_request()).cloned().collect()
    }

    /// How many requests went to an address that ends so.
    pub(crate) fn requests_to(&self, end: &str) -> usize {
        self.requests.borrow().iter().filter(|sent| sent.url.ends_with(end)).count()
    }

    /// How many requests were under way at once, at most.
    pub(crate) fn most_in_flight(&self) -> usize {
        self.most_in_flight.get()
    }

    /// Forgets what was counted so far, and keeps memory small in long runs.
    pub(crate) fn forget_requests(&self) {
        self.requests.borrow_mut().clear();
        self.most_in_flight.set(0);
    }

    /// How many keys are kept.
    pub(crate) fn keys_kept(&self) -> usize {
        self.keys.borrow().len()
    }

    /// Somebody clears the keys of the origin.
    pub(crate) fn clear_keys(&self) {
        self.keys.borrow_mut().clear();
    }

    /// What is kept on the device, keys and values in one text.
    pub(crate) fn device_text(&self) -> String {
        self.device.borrow().iter().map(|(key, value)| format!("{key} {value}\n")).collect()
    }

    /// From now on, or no longer, nobody hears what another tab tells.
    pub(crate) fn set_deaf(&self, deaf: bool) {
        self.deaf.set(deaf);
    }

    /// Everything that one tab told the others.
    pub(crate) fn messages(&self) -> String {
        self.messages.borrow().join("\n")
    }

    pub(super) fn add_listener(&self, tab: *const (), hear: &Rc<dyn Fn(&str)>) {
        self.listeners.borrow_mut().push((tab, Rc::downgrade(hear)));
    }

    /// Tells all tabs but the one that tells.
    pub(crate) fn tell(&self, teller: *const (), message: &str) {
        self.messages.borrow_mut().push(message.to_owned());
        if self.deaf.get() {
            return;
        }
        let others: Vec<_> = self.listeners.borrow().iter().filter(|(tab, _)| *tab != teller).cloned().collect();
        for hear in others.iter().filter_map(|(_, hear)| hear.upgrade()) {
            hear(message);
        }
    }

    pub(super) async fn carry(&self, request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let sent = Sent::new(request);
        self.requests.borrow_mut().push(sent.clone());
        self.in_flight.set(self.in_flight.get() + 1);
        self.most_in_flight.set(self.most_in_flight.get().max(self.in_flight.get()));
        let answer = self.deliver(&sent).await;
        self.in_flight.set(self.in_flight.get() - 1);
        answer
    }

    async fn deliver(&self, sent: &Sent) -> Result<HttpResponse, HttpFailure> {
        let fate = (self.network.borrow_mut())(sent);
        // A request takes its time in both directions: others go on meanwhile.
        pause(1).await;
        if fate == Fate::RequestLost {
            return Err(HttpFailure::Unreachable);
        }
        let answer = self.server.borrow_mut().answer(sent, self.now.get());
        pause(1).await;
        if fate == Fate::AnswerLost { Err(HttpFailure::TimedOut) } else { answer }
    }

    pub(super) async fn lock(&self, name: &str) -> Locked<'_, S> {
        std::future::poll_fn(|context| {
            if self.locks.borrow_mut().insert(name.to_owned()) {
                Poll::Ready(())
            } else {
                self.waiting_for_locks.borrow_mut().push(context.waker().clone());
                Poll::Pending
            }
        })
        .await;
        Locked { world: self, name: name.to_owned() }
    }
}

/// A lock that is held until this is dropped.
pub(super) struct Locked<'a, S> {
    world: &'a World<S>,
    name: String,
}

impl<S> Drop for Locked<'_, S> {
    fn drop(&mut self) {
        self.world.locks.borrow_mut().remove(&self.name);
        self.world.waiting_for_locks.take().into_iter().for_each(Waker::wake);
    }
}
