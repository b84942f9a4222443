//! All ports of the client on the web platform.

use super::{catcher, crypto, http, lock, store};
use crate::client::ports::{
    Clock, Crypto, CryptoUnavailable, Entropy, Http, HttpFailure, HttpRequest, HttpResponse, Lock, NoEntropy, Store,
    StoreBlocked,
};
use crate::protocol::id_token::Signature;
use crate::protocol::jwk::Jwk;
use crate::protocol::jws::SigningAlgorithm;

/// The browser: `fetch`, session storage, `crypto`, Web Locks and the clock of this device.
#[derive(Debug, Clone, Copy, Default)]
pub struct BrowserPlatform;

impl Http for BrowserPlatform {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
        http::send(request).await
    }

    fn takes_form_post(&self, redirect_uri: &str) -> bool {
        catcher::is_ready_for(redirect_uri)
    }
}

impl Store for BrowserPlatform {
    fn get(&self, key: &str) -> Result<Option<String>, StoreBlocked> {
        store::tab()?.get_item(key).map_err(|_| StoreBlocked)
    }

    fn set(&self, key: &str, value: &str) -> Result<(), StoreBlocked> {
        store::tab()?.set_item(key, value).map_err(|_| StoreBlocked)
    }

    fn remove(&self, key: &str) -> Result<(), StoreBlocked> {
        store::tab()?.remove_item(key).map_err(|_| StoreBlocked)
    }

    fn keys(&self) -> Result<Vec<String>, StoreBlocked> {
        let storage = store::tab()?;
        let length = storage.length().map_err(|_| StoreBlocked)?;
        Ok((0..length).filter_map(|index| storage.key(index).ok().flatten()).collect())
    }
}

impl Clock for BrowserPlatform {
    #[allow(clippy::cast_possible_truncation)] // Milliseconds since the epoch fit in 53 bits for 285,000 years.
    fn now(&self) -> i64 {
        (js_sys::Date::now() / 1000.0) as i64
    }
}

impl Entropy for BrowserPlatform {
    fn fill(&self, octets: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(octets).map_err(|_| NoEntropy)
    }
}

impl Crypto for BrowserPlatform {
    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        key: &Jwk,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Signature, CryptoUnavailable> {
        crypto::verify(algorithm, key, message, signature).await.map_err(|_| CryptoUnavailable)
    }
}

impl Lock for BrowserPlatform {
    async fn exclusive<T>(&self, name: &str, work: impl Future<Output = T>) -> T {
        let _held = lock::acquire(name).await;
        work.await
    }
}
