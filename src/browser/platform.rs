//! All ports of the client on the web platform.

use std::rc::Rc;

use super::signing::SigningKey;
use super::{callback_worker, channel, crypto, http, keys, lock, store};
use crate::client::ports::{
    Boxed, Channel, Clock, Crypto, CryptoUnavailable, Entropy, Http, HttpFailure, HttpRequest, HttpResponse, Keys,
    KeysUnavailable, Lock, NoEntropy, Place, SignedMessage, Spawn, Store, StoreBlocked, boxed,
};
use crate::protocol::id_token::Signature;

/// The browser: `fetch`, storage, `crypto`, IndexedDB for keys, broadcast channels, Web Locks and the clocks of
/// this device.
#[derive(Debug, Clone, Copy, Default)]
pub struct BrowserPlatform;

impl Http for BrowserPlatform {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
        boxed(http::send(request)).await
    }

    fn takes_form_post(&self, redirect_uri: &str) -> bool {
        callback_worker::is_ready_for(redirect_uri)
    }

    fn exchanges_on_arrival(&self, redirect_uri: &str, token_endpoint: &str) -> bool {
        callback_worker::is_ready_for(redirect_uri) && callback_worker::sends_itself(token_endpoint)
    }
}

impl Store for BrowserPlatform {
    fn get(&self, place: Place, key: &str) -> Result<Option<String>, StoreBlocked> {
        store::at(place)?.get_item(key).map_err(|_| StoreBlocked)
    }

    fn set(&self, place: Place, key: &str, value: &str) -> Result<(), StoreBlocked> {
        store::at(place)?.set_item(key, value).map_err(|_| StoreBlocked)
    }

    fn remove(&self, place: Place, key: &str) -> Result<(), StoreBlocked> {
        store::at(place)?.remove_item(key).map_err(|_| StoreBlocked)
    }

    fn keys(&self, place: Place) -> Result<Vec<String>, StoreBlocked> {
        let storage = store::at(place)?;
        let length = storage.length().map_err(|_| StoreBlocked)?;
        let mut keys = Vec::new();
        for index in 0..length {
            keys.extend(storage.key(index).ok().flatten());
        }
        Ok(keys)
    }
}

impl Clock for BrowserPlatform {
    #[allow(clippy::cast_possible_truncation)] // Milliseconds since the epoch fit in 53 bits for 285,000 years.
    fn now(&self) -> i64 {
        (js_sys::Date::now() / 1000.0) as i64
    }

    #[allow(clippy::cast_possible_truncation)] // Milliseconds since the page was opened.
    fn elapsed(&self) -> i64 {
        let performance = web_sys::window().and_then(|window| window.performance());
        performance.map_or(0, |performance| (performance.now() / 1000.0) as i64)
    }
}

impl Entropy for BrowserPlatform {
    fn fill(&self, octets: &mut [u8]) -> Result<(), NoEntropy> {
        getrandom::fill(octets).map_err(|_| NoEntropy)
    }
}

impl Crypto for BrowserPlatform {
    async fn verify(&self, signed: SignedMessage<'_>) -> Result<Signature, CryptoUnavailable> {
        crypto::verify(signed).await.map_err(|_| CryptoUnavailable)
    }
}

impl Keys for BrowserPlatform {
    type Key = Rc<SigningKey>;

    async fn make_key(&self, name: &str, until: i64) -> Result<Self::Key, KeysUnavailable> {
        keys::make(name, until, self.now()).await.map_err(|_| KeysUnavailable)
    }

    async fn key(&self, name: &str) -> Result<Option<Self::Key>, KeysUnavailable> {
        keys::find(name).await.map_err(|_| KeysUnavailable)
    }

    async fn keep_key(&self, name: &str, until: i64) -> Result<(), KeysUnavailable> {
        keys::keep(name, until, self.now()).await.map_err(|_| KeysUnavailable)
    }
}

impl Channel for BrowserPlatform {
    type Listening = channel::Listening;

    fn tell(&self, message: &str) {
        channel::tell(message);
    }

    fn listen(&self, hear: Box<dyn Fn(&str)>) -> Self::Listening {
        channel::listen(hear)
    }
}

impl Spawn for BrowserPlatform {
    fn spawn(&self, work: Boxed<'static, ()>) {
        wasm_bindgen_futures::spawn_local(work);
    }
}

impl Lock for BrowserPlatform {
    async fn exclusive<T>(&self, name: &str, work: impl Future<Output = T>) -> T {
        let _held = lock::acquire(name).await;
        work.await
    }
}
