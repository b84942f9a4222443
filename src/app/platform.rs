//! The browser as the demo sees it: requests are recorded, and those to the built-in authorizer find it also
//! where its worker does not control the page.

use std::cell::RefCell;

use pkce_login::browser::BrowserPlatform;
use pkce_login::client::ports::{
    Clock, Crypto, CryptoUnavailable, Entropy, Http, HttpFailure, HttpRequest, HttpResponse, Lock, NoEntropy, Store,
    StoreBlocked,
};
use pkce_login::protocol::id_token::Signature;
use pkce_login::protocol::jwk::Jwk;
use pkce_login::protocol::jws::SigningAlgorithm;

use super::built_in;
use super::exchange::{Exchange, Outcome, Sent};

/// The browser, with a record of the requests.
#[derive(Default)]
pub(super) struct DemoPlatform {
    exchanges: RefCell<Vec<Exchange>>,
}

impl DemoPlatform {
    /// The latest request of that kind.
    pub(super) fn latest(&self, kind: fn(&Sent) -> bool) -> Option<Exchange> {
        self.exchanges.borrow().iter().rev().find(|exchange| kind(&exchange.sent)).cloned()
    }
}

impl Http for DemoPlatform {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let sent = Sent::of(&request);
        let result = if built_in::needs_bridge(&request.url) {
            built_in::send(&request).await
        } else {
            BrowserPlatform.send(request).await
        };
        let outcome = Outcome::of(&result);
        self.exchanges.borrow_mut().push(Exchange { sent, outcome });
        result
    }
}

impl Store for DemoPlatform {
    fn get(&self, key: &str) -> Result<Option<String>, StoreBlocked> {
        BrowserPlatform.get(key)
    }

    fn set(&self, key: &str, value: &str) -> Result<(), StoreBlocked> {
        BrowserPlatform.set(key, value)
    }

    fn remove(&self, key: &str) -> Result<(), StoreBlocked> {
        BrowserPlatform.remove(key)
    }

    fn keys(&self) -> Result<Vec<String>, StoreBlocked> {
        BrowserPlatform.keys()
    }
}

impl Clock for DemoPlatform {
    fn now(&self) -> i64 {
        BrowserPlatform.now()
    }
}

impl Entropy for DemoPlatform {
    fn fill(&self, octets: &mut [u8]) -> Result<(), NoEntropy> {
        BrowserPlatform.fill(octets)
    }
}

impl Crypto for DemoPlatform {
    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        key: &Jwk,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Signature, CryptoUnavailable> {
        BrowserPlatform.verify(algorithm, key, message, signature).await
    }
}

impl Lock for DemoPlatform {
    async fn exclusive<T>(&self, name: &str, work: impl Future<Output = T>) -> T {
        BrowserPlatform.exclusive(name, work).await
    }
}
