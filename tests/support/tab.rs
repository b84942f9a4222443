//! One tab: its storage, its clock and its random numbers, as the client's platform.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use pkce_login::client::ports::{
    Boxed, Channel, Clock, Crypto, CryptoUnavailable, Entropy, Http, HttpFailure, HttpRequest, HttpResponse, Keys,
    KeysUnavailable, Lock, NoEntropy, Place, ProofKey, SignedMessage, Spawn, Store, StoreBlocked,
};
use pkce_login::client::{Client, ClientConfig, PENDING_PREFIX};
use pkce_login::protocol::id_token::Signature;
use pkce_login::protocol::json::Object;
use pkce_login::protocol::jwk::Jwk;

use super::executor::pause;
use super::random::Random;
use super::signer::{self, Signer};
use super::world::{START, Server, World};

/// How the tab's storage behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Storage {
    Works,
    Blocked,
    /// What is there can be read.
    RefusesWrites,
    /// What is there can be read and removed.
    Full,
    /// Any call fails, once in so many.
    FailsOnceIn(usize),
}

pub(crate) struct Tab<S> {
    pub(crate) world: Rc<World<S>>,
    /// How far this device's clock is ahead of the server's, in seconds.
    pub(crate) clock_offset: Cell<i64>,
    /// How many seconds it gains in a million.
    pub(crate) clock_drift: Cell<i64>,
    /// For how many seconds this device slept: the clock that nobody can set stood still.
    slept: Cell<i64>,
    pub(crate) storage: Cell<Storage>,
    /// Whether there is a random generator.
    pub(crate) has_entropy: Cell<bool>,
    /// Whether signatures can be checked.
    pub(crate) has_crypto: Cell<bool>,
    /// Whether keys can be made and kept.
    pub(crate) has_keys: Cell<bool>,
    /// Whether a callback worker takes the answers, which sends token requests to this endpoint itself.
    pub(crate) exchanges_at: RefCell<Option<String>>,
    values: RefCell<BTreeMap<String, String>>,
    random: RefCell<Random>,
}

impl<S: Server> Tab<S> {
    pub(super) fn new(world: Rc<World<S>>, seed: u64) -> Self {
        Self {
            world,
            clock_offset: Cell::new(0),
            clock_drift: Cell::new(0),
            slept: Cell::new(0),
            storage: Cell::new(Storage::Works),
            has_entropy: Cell::new(true),
            has_crypto: Cell::new(true),
            has_keys: Cell::new(true),
            exchanges_at: RefCell::default(),
            values: RefCell::default(),
            random: RefCell::new(Random::new(seed)),
        }
    }

    /// A page that was just loaded in this tab: whatever an earlier one held in memory is gone.
    pub(crate) fn page(self: &Rc<Self>, config: &ClientConfig) -> Client<Self>
    where
        S: 'static,
    {
        Client::new(config.clone(), Rc::clone(self))
    }

    /// Lets `seconds` pass while this device sleeps.
    pub(crate) fn sleep(&self, seconds: i64) {
        self.world.pass(seconds);
        self.slept.set(self.slept.get() + seconds);
    }

    /// How many pending logins are stored.
    pub(crate) fn pending_logins(&self) -> usize {
        self.values.borrow().keys().filter(|key| key.starts_with(PENDING_PREFIX)).count()
    }

    /// All that is stored, keys and values in one text.
    pub(crate) fn stored_text(&self) -> String {
        self.values.borrow().iter().map(|(key, value)| format!("{key} {value}\n")).collect()
    }

    /// The first record whose key begins so.
    pub(crate) fn stored(&self, prefix: &str) -> Option<(String, String)> {
        let values = self.values.borrow();
        values.iter().find(|(key, _)| key.starts_with(prefix)).map(|(key, value)| (key.clone(), value.clone()))
    }

    /// Puts a record there by hand.
    pub(crate) fn store(&self, key: &str, value: &str) {
        self.values.borrow_mut().insert(key.to_owned(), value.to_owned());
    }

    /// Forgets the records whose keys begin so.
    pub(crate) fn forget(&self, prefix: &str) {
        self.values.borrow_mut().retain(|key, _| !key.starts_with(prefix));
    }

    fn writable(&self) -> Result<(), StoreBlocked> {
        if self.storage.get() == Storage::RefusesWrites { Err(StoreBlocked) } else { self.readable() }
    }

    fn readable(&self) -> Result<(), StoreBlocked> {
        match self.storage.get() {
            Storage::Blocked => Err(StoreBlocked),
            Storage::FailsOnceIn(times) if self.random.borrow_mut().one_in(times) => Err(StoreBlocked),
            _ => Ok(()),
        }
    }
}

impl<S: Server + 'static> Http for Tab<S> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
        self.world.carry(request).await
    }

    fn exchanges_on_arrival(&self, _: &str, token_endpoint: &str) -> bool {
        self.exchanges_at.borrow().as_deref() == Some(token_endpoint)
    }
}

impl<S: Server> Tab<S> {
    fn values(&self, place: Place) -> &RefCell<BTreeMap<String, String>> {
        match place {
            Place::Tab => &self.values,
            Place::Device => &self.world.device,
        }
    }

    /// The copy that a browser makes of a tab: its storage is copied with it.
    pub(crate) fn duplicate(&self) -> Rc<Self> {
        let copy = self.world.tab();
        copy.values.replace(self.values.borrow().clone());
        copy
    }
}

impl<S: Server + 'static> Store for Tab<S> {
    fn get(&self, place: Place, key: &str) -> Result<Option<String>, StoreBlocked> {
        self.readable()?;
        Ok(self.values(place).borrow().get(key).cloned())
    }

    fn set(&self, place: Place, key: &str, value: &str) -> Result<(), StoreBlocked> {
        self.writable()?;
        if self.storage.get() == Storage::Full {
            return Err(StoreBlocked);
        }
        self.values(place).borrow_mut().insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    fn remove(&self, place: Place, key: &str) -> Result<(), StoreBlocked> {
        self.writable()?;
        self.values(place).borrow_mut().remove(key);
        Ok(())
    }

    fn keys(&self, place: Place) -> Result<Vec<String>, StoreBlocked> {
        self.readable()?;
        Ok(self.values(place).borrow().keys().cloned().collect())
    }
}

impl<S: Server + 'static> Clock for Tab<S> {
    fn now(&self) -> i64 {
        let gained = (self.world.now.get() - START) * self.clock_drift.get() / 1_000_000;
        self.world.now.get() + self.clock_offset.get() + gained
    }

    fn elapsed(&self) -> i64 {
        self.world.now.get() - START - self.slept.get()
    }
}

/// A key of the tests: its private half is in memory, and nothing asks for it.
#[derive(Clone)]
pub(crate) struct TestKey {
    signer: Rc<Signer>,
    public: Jwk,
}

impl ProofKey for TestKey {
    fn public_jwk(&self) -> &Jwk {
        &self.public
    }

    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeysUnavailable> {
        Ok(self.signer.sign(message))
    }
}

impl<S: Server + 'static> Keys for Tab<S> {
    type Key = TestKey;

    async fn make_key(&self, name: &str, until: i64) -> Result<TestKey, KeysUnavailable> {
        if !self.has_keys.get() {
            return Err(KeysUnavailable);
        }
        let signer = Signer::new("");
        let public = Jwk::from_object(&Object::parse(&signer.public_jwk().to_string()).unwrap()).unwrap();
        let key = TestKey { signer: Rc::new(signer), public };
        let mut keys = self.world.keys.borrow_mut();
        keys.retain(|_, (_, until)| *until > self.now());
        keys.insert(name.to_owned(), (key.clone(), until));
        Ok(key)
    }

    async fn key(&self, name: &str) -> Result<Option<TestKey>, KeysUnavailable> {
        if !self.has_keys.get() {
            return Err(KeysUnavailable);
        }
        // As a database does: others go on meanwhile.
        pause(1).await;
        Ok(self.world.keys.borrow().get(name).map(|(key, _)| key.clone()))
    }

    async fn keep_key(&self, name: &str, until: i64) -> Result<(), KeysUnavailable> {
        if !self.has_keys.get() {
            return Err(KeysUnavailable);
        }
        let mut keys = self.world.keys.borrow_mut();
        if until <= self.now() {
            keys.remove(name);
        } else if let Some((_, kept_until)) = keys.get_mut(name) {
            *kept_until = until;
        }
        Ok(())
    }
}

impl<S: Server + 'static> Channel for Tab<S> {
    type Listening = Rc<dyn Fn(&str)>;

    fn tell(&self, message: &str) {
        self.world.tell(std::ptr::from_ref(self).cast(), message);
    }

    fn listen(&self, hear: Box<dyn Fn(&str)>) -> Self::Listening {
        let hear: Rc<dyn Fn(&str)> = Rc::from(hear);
        self.world.add_listener(std::ptr::from_ref(self).cast(), &hear);
        hear
    }
}

impl<S: Server + 'static> Entropy for Tab<S> {
    fn fill(&self, octets: &mut [u8]) -> Result<(), NoEntropy> {
        if !self.has_entropy.get() {
            return Err(NoEntropy);
        }
        self.random.borrow_mut().fill(octets);
        Ok(())
    }
}

impl<S: Server + 'static> Crypto for Tab<S> {
    async fn verify(&self, signed: SignedMessage<'_>) -> Result<Signature, CryptoUnavailable> {
        if !self.has_crypto.get() {
            return Err(CryptoUnavailable);
        }
        signer::verify(signed.algorithm, signed.key, signed.message, signed.signature).ok_or(CryptoUnavailable)
    }
}

impl<S: Server + 'static> Spawn for Tab<S> {
    fn spawn(&self, work: Boxed<'static, ()>) {
        self.world.spawned.borrow_mut().push(work);
    }
}

impl<S: Server + 'static> Lock for Tab<S> {
    async fn exclusive<T>(&self, name: &str, work: impl Future<Output = T>) -> T {
        let _locked = self.world.lock(name).await;
        work.await
    }
}
