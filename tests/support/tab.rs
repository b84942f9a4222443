//! One tab: its storage, its clock and its random numbers, as the client's platform.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use pkce_login::client::ports::{
    Clock, Crypto, CryptoUnavailable, Entropy, Http, HttpFailure, HttpRequest, HttpResponse, Lock, NoEntropy, Store,
    StoreBlocked,
};
use pkce_login::client::{Client, ClientConfig, PENDING_PREFIX};
use pkce_login::protocol::id_token::Signature;
use pkce_login::protocol::jwk::Jwk;
use pkce_login::protocol::jws::SigningAlgorithm;

use super::random::Random;
use super::signer;
use super::world::{Server, World};

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
    pub(crate) storage: Cell<Storage>,
    /// Whether there is a random generator.
    pub(crate) has_entropy: Cell<bool>,
    /// Whether signatures can be checked.
    pub(crate) has_crypto: Cell<bool>,
    values: RefCell<BTreeMap<String, String>>,
    random: RefCell<Random>,
}

impl<S: Server> Tab<S> {
    pub(super) fn new(world: Rc<World<S>>, seed: u64) -> Self {
        Self {
            world,
            clock_offset: Cell::new(0),
            storage: Cell::new(Storage::Works),
            has_entropy: Cell::new(true),
            has_crypto: Cell::new(true),
            values: RefCell::default(),
            random: RefCell::new(Random::new(seed)),
        }
    }

    /// A page that was just loaded in this tab: whatever an earlier one held in memory is gone.
    pub(crate) fn page(self: &Rc<Self>, config: &ClientConfig) -> Client<Self> {
        Client::new(config.clone(), Rc::clone(self))
    }

    /// How many pending logins are stored.
    pub(crate) fn pending_logins(&self) -> usize {
        self.values.borrow().keys().filter(|key| key.starts_with(PENDING_PREFIX)).count()
    }

    /// All that is stored, keys and values in one text.
    pub(crate) fn stored_text(&self) -> String {
        self.values.borrow().iter().map(|(key, value)| format!("{key} {value}\n")).collect()
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

impl<S: Server> Http for Tab<S> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
        self.world.carry(request).await
    }
}

impl<S: Server> Store for Tab<S> {
    fn get(&self, key: &str) -> Result<Option<String>, StoreBlocked> {
        self.readable()?;
        Ok(self.values.borrow().get(key).cloned())
    }

    fn set(&self, key: &str, value: &str) -> Result<(), StoreBlocked> {
        self.writable()?;
        if self.storage.get() == Storage::Full {
            return Err(StoreBlocked);
        }
        self.values.borrow_mut().insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    fn remove(&self, key: &str) -> Result<(), StoreBlocked> {
        self.writable()?;
        self.values.borrow_mut().remove(key);
        Ok(())
    }

    fn keys(&self) -> Result<Vec<String>, StoreBlocked> {
        self.readable()?;
        Ok(self.values.borrow().keys().cloned().collect())
    }
}

impl<S: Server> Clock for Tab<S> {
    fn now(&self) -> i64 {
        self.world.now.get() + self.clock_offset.get()
    }
}

impl<S: Server> Entropy for Tab<S> {
    fn fill(&self, octets: &mut [u8]) -> Result<(), NoEntropy> {
        if !self.has_entropy.get() {
            return Err(NoEntropy);
        }
        self.random.borrow_mut().fill(octets);
        Ok(())
    }
}

impl<S: Server> Crypto for Tab<S> {
    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        key: &Jwk,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Signature, CryptoUnavailable> {
        if !self.has_crypto.get() {
            return Err(CryptoUnavailable);
        }
        signer::verify(algorithm, key, message, signature).ok_or(CryptoUnavailable)
    }
}

impl<S: Server> Lock for Tab<S> {
    async fn exclusive<T>(&self, name: &str, work: impl Future<Output = T>) -> T {
        let _locked = self.world.lock(name).await;
        work.await
    }
}
