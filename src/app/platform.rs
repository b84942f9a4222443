//! The browser platform of the demo: it records requests, and it reaches the built-in authorizer even where the worker
//! does not control the page.

use std::cell::RefCell;

use pkce_login::browser::BrowserPlatform;
use pkce_login::client::ports::{
    Boxed, Channel, Clock, Crypto, CryptoUnavailable, Entropy, Http, HttpFailure, HttpRequest, HttpResponse, Keys,
    KeysUnavailable, Lock, NoEntropy, Place, SignedMessage, Spawn, Store, StoreBlocked, boxed,
};
use pkce_login::protocol::id_token::Signature;

use super::built_in;
use super::exchange::{Exchange, Outcome, RequestKind, Sent};

/// The browser, with a record of the latest requests of the kinds that the steps show.
#[derive(Default)]
pub(super) struct DemoPlatform {
    token: RefCell<Option<Exchange>>,
    api: RefCell<Option<Exchange>>,
}

impl DemoPlatform {
    /// The request of step 6, once: it is removed here.
    pub(super) fn take_token_exchange(&self) -> Option<Exchange> {
        self.token.take()
    }

    /// The request of step 8, once.
    pub(super) fn take_api_exchange(&self) -> Option<Exchange> {
        self.api.take()
    }

    /// Sends a request without recording it.
    pub(super) async fn send_unrecorded(&self, request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
        if built_in::needs_bridge(&request.url) {
            built_in::send(&request).await
        } else {
            BrowserPlatform.send(request).await
        }
    }
}

impl Http for DemoPlatform {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let sent = Sent::of(&request);
        let result = boxed(self.send_unrecorded(request)).await;
        let slot = match sent.kind {
            RequestKind::CodeExchange => &self.token,
            RequestKind::UsesAToken => &self.api,
            RequestKind::Other => return result,
        };
        slot.replace(Some(Exchange { outcome: Outcome::of(&result), sent }));
        result
    }

    fn takes_form_post(&self, redirect_uri: &str) -> bool {
        BrowserPlatform.takes_form_post(redirect_uri)
    }
}

impl Store for DemoPlatform {
    fn get(&self, place: Place, key: &str) -> Result<Option<String>, StoreBlocked> {
        BrowserPlatform.get(place, key)
    }

    fn set(&self, place: Place, key: &str, value: &str) -> Result<(), StoreBlocked> {
        BrowserPlatform.set(place, key, value)
    }

    fn remove(&self, place: Place, key: &str) -> Result<(), StoreBlocked> {
        BrowserPlatform.remove(place, key)
    }

    fn keys(&self, place: Place) -> Result<Vec<String>, StoreBlocked> {
        BrowserPlatform.keys(place)
    }
}

impl Clock for DemoPlatform {
    fn now(&self) -> i64 {
        BrowserPlatform.now()
    }

    fn elapsed(&self) -> i64 {
        BrowserPlatform.elapsed()
    }
}

impl Spawn for DemoPlatform {
    fn spawn(&self, work: Boxed<'static, ()>) {
        BrowserPlatform.spawn(work);
    }
}

impl Entropy for DemoPlatform {
    fn fill(&self, octets: &mut [u8]) -> Result<(), NoEntropy> {
        BrowserPlatform.fill(octets)
    }
}

impl Crypto for DemoPlatform {
    async fn verify(&self, signed: SignedMessage<'_>) -> Result<Signature, CryptoUnavailable> {
        BrowserPlatform.verify(signed).await
    }
}

impl Keys for DemoPlatform {
    type Key = <BrowserPlatform as Keys>::Key;

    async fn make_key(&self, name: &str, until: i64) -> Result<Self::Key, KeysUnavailable> {
        BrowserPlatform.make_key(name, until).await
    }

    async fn key(&self, name: &str) -> Result<Option<Self::Key>, KeysUnavailable> {
        BrowserPlatform.key(name).await
    }

    async fn keep_key(&self, name: &str, until: i64) -> Result<(), KeysUnavailable> {
        BrowserPlatform.keep_key(name, until).await
    }
}

impl Channel for DemoPlatform {
    type Listening = <BrowserPlatform as Channel>::Listening;

    fn tell(&self, message: &str) {
        BrowserPlatform.tell(message);
    }

    fn listen(&self, hear: Box<dyn Fn(&str)>) -> Self::Listening {
        BrowserPlatform.listen(hear)
    }
}

impl Lock for DemoPlatform {
    async fn exclusive<T>(&self, name: &str, work: impl Future<Output = T>) -> T {
        BrowserPlatform.exclusive(name, work).await
    }
}
