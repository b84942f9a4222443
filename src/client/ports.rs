//! What the client needs from the platform. Each trait is one concern; [`Platform`] combines them.

// The futures stay on one thread: a browser page has no other.
#![allow(async_fn_in_trait)]

use std::pin::Pin;

use crate::protocol::explain::explained_errors;
use crate::protocol::id_token::Signature;
use crate::protocol::jwk::Jwk;
use crate::protocol::signing_algorithm::SigningAlgorithm;
use crate::protocol::url;

/// A future of an unnamed type.
pub type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// Puts a future behind a pointer. If several functions await the same future, its state is in the module once.
#[inline(never)]
pub fn boxed<'a, T>(future: impl Future<Output = T> + 'a) -> Boxed<'a, T> {
    Box::pin(future)
}

/// One HTTP request.
///
/// Every implementation sends it without cookies, without a referrer, past every cache and within a time limit. It
/// follows a redirect only where the [`Purpose`] allows that.
#[derive(Clone)]
pub struct HttpRequest {
    /// The method.
    pub method: String,
    /// The target: an absolute URL.
    pub url: String,
    /// Name and value of each header.
    pub headers: Vec<(String, String)>,
    /// The body, if the request has one.
    pub body: Option<String>,
    /// What the request is part of.
    pub purpose: Purpose,
}

/// What a request is part of: decides whether a redirect is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Purpose {
    /// The protocol: no redirect is followed, because it would carry the code and the verifier elsewhere.
    #[default]
    Protocol,
    /// An API call with a token bound to a key: no redirect is followed, because the proof names the address.
    BoundCall,
    /// An API call with a Bearer token. The browser's own `fetch` follows a redirect: it drops `Authorization` where
    /// the origin changes (Fetch, HTTP-redirect fetch, step 13). No other transport may.
    Call,
}

impl HttpRequest {
    /// A `GET`.
    #[must_use]
    pub fn get(url: impl Into<String>) -> Self {
        Self { method: "GET".to_owned(), url: url.into(), headers: Vec::new(), body: None, purpose: Purpose::default() }
    }

    /// A `POST` of `application/x-www-form-urlencoded`.
    #[must_use]
    pub fn form(url: impl Into<String>, body: impl Into<String>) -> Self {
        let request = Self { method: "POST".to_owned(), body: Some(body.into()), ..Self::get(url) };
        request.with_header("Content-Type", "application/x-www-form-urlencoded;charset=UTF-8")
    }

    /// The same request with one more header.
    #[must_use]
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the query, which may hold personal data of an API.
        let (address, _, _) = url::split(&self.url);
        f.debug_struct("HttpRequest").field("method", &self.method).field("url", &address).finish_non_exhaustive()
    }
}

/// One HTTP response.
#[derive(Clone, Default)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `DPoP-Nonce`, if this page may read it.
    pub dpop_nonce: Option<String>,
    /// `Date` in seconds since the epoch, if this page may read it.
    pub date: Option<i64>,
    /// `WWW-Authenticate`, if this page may read it.
    pub www_authenticate: Option<String>,
    /// The final URL, if a redirect was followed.
    pub redirected_to: Option<String>,
    /// `Retry-After` in seconds from now, if this page may read it.
    pub retry_after: Option<i64>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

explained_errors! {
    /// Why this page has no readable response.
    HttpFailure {
        Unreachable = "host_unreachable": "There is no answer from the authorizer.", "It is not running, this device is offline, or its certificate is not trusted here.", "Open its address in a tab and see whether it answers.";
        CorsBlocked = "cors_blocked": "The authorizer answered, but it does not let this page read the answer.", "It has not been told that this page may call it (CORS). If a code was sent, it is spent.", "Add this page's origin to this app's settings at the authorizer, then start again.";
        TimedOut = "timed_out": "The authorizer took too long to answer.", "Nobody can tell whether it received the request. If a code was sent, it may be spent.", "Start again in a while.";
        Redirected = "redirected": "The authorizer wanted to send the request elsewhere.", "Code and secret would have gone there too, so it was not followed.", "Check the addresses in the authorizer's description.";
        AnswerLost = "answer_lost": "The authorizer's answer is no longer there.", "The browser stopped the worker that kept it for this page, or it waited for more than a minute.", "Start again.";
        TooLarge = "too_large": "The answer is larger than any answer of an authorizer.", "Nothing of it was used.", "Open the address in a tab and look at what answers.";
    }
}

/// HTTP requests.
pub trait Http {
    /// Sends one request, once.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpFailure>;

    /// Whether a form that an authorizer posts to this redirect URI reaches the app. Static hosts refuse it.
    fn takes_form_post(&self, redirect_uri: &str) -> bool {
        let _ = redirect_uri;
        true
    }

    /// Whether a worker takes the answer at this redirect URI and can send the token request to this endpoint before
    /// the app page is loaded.
    fn exchanges_on_arrival(&self, redirect_uri: &str, token_endpoint: &str) -> bool {
        let _ = (redirect_uri, token_endpoint);
        false
    }
}

/// The browser does not let this page store data here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreBlocked;

/// Where data is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// This tab: survives the redirect to the authorizer, invisible to other tabs.
    Tab,
    /// This device: visible to every tab of the origin until removed.
    Device,
}

/// Storage of text.
pub trait Store {
    /// The value under `key`.
    fn get(&self, place: Place, key: &str) -> Result<Option<String>, StoreBlocked>;
    /// Stores `value` under `key`.
    fn set(&self, place: Place, key: &str, value: &str) -> Result<(), StoreBlocked>;
    /// Removes `key`.
    fn remove(&self, place: Place, key: &str) -> Result<(), StoreBlocked>;
    /// All keys.
    fn keys(&self, place: Place) -> Result<Vec<String>, StoreBlocked>;
}

/// Time.
pub trait Clock {
    /// Seconds since the epoch, by the device clock.
    fn now(&self) -> i64;
    /// Seconds since some moment, by a monotonic clock, which may stand still while the device sleeps.
    fn elapsed(&self) -> i64;
}

/// The platform has no cryptographic random generator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoEntropy;

/// Randomness.
pub trait Entropy {
    /// Fills `octets` from a cryptographic generator.
    fn fill(&self, octets: &mut [u8]) -> Result<(), NoEntropy>;
}

/// The platform cannot check this kind of signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CryptoUnavailable;

/// A message, its signature, and the key that should have made it.
#[derive(Debug, Clone, Copy)]
pub struct SignedMessage<'a> {
    /// The algorithm of the signature.
    pub algorithm: SigningAlgorithm,
    /// The public key.
    pub key: &'a Jwk,
    /// What the signature covers.
    pub message: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
}

/// Signature checks.
pub trait Crypto {
    /// Whether the signature over the message was made with the key.
    async fn verify(&self, signed: SignedMessage<'_>) -> Result<Signature, CryptoUnavailable>;
}

/// This browser cannot make or store such a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeysUnavailable;

/// A P-256 key pair whose private key no script can read.
pub trait ProofKey: Clone {
    /// The public key.
    fn public_jwk(&self) -> &Jwk;
    /// Signs with ES256: R and S, 32 octets each.
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeysUnavailable>;
}

/// Named key pairs that outlive the page.
pub trait Keys {
    /// A key pair.
    type Key: ProofKey;
    /// Makes a pair and stores it until `until`, in seconds since the epoch. Removes expired pairs.
    async fn make_key(&self, name: &str, until: i64) -> Result<Self::Key, KeysUnavailable>;
    /// The pair of this name.
    async fn key(&self, name: &str) -> Result<Option<Self::Key>, KeysUnavailable>;
    /// Stores the pair of this name until `until`, in seconds since the epoch; removes it if that is over.
    async fn keep_key(&self, name: &str, until: i64) -> Result<(), KeysUnavailable>;
}

/// Messages between the tabs of this origin.
pub trait Channel {
    /// Listens until it is dropped.
    type Listening;
    /// Sends `message` to the other tabs. On a platform without such a channel no tab receives it.
    fn tell(&self, message: &str);
    /// Calls `hear` with messages of other tabs. Own messages may come back, and must have no effect.
    fn listen(&self, hear: Box<dyn Fn(&str)>) -> Self::Listening;
}

/// Mutual exclusion between the tabs of this origin.
pub trait Lock {
    /// Runs `work` while no other tab runs work under the same `name`. On a platform without such locks it just runs.
    async fn exclusive<T>(&self, name: &str, work: impl Future<Output = T>) -> T;
}

/// Background work.
pub trait Spawn {
    /// Runs `work` to its end, some time soon.
    fn spawn(&self, work: Boxed<'static, ()>);
}

/// Everything that the client needs. It outlives the functions of the page, because a session listens to other tabs.
pub trait Platform: Http + Store + Clock + Entropy + Crypto + Keys + Channel + Lock + Spawn + 'static {}

impl<P: Http + Store + Clock + Entropy + Crypto + Keys + Channel + Lock + Spawn + 'static> Platform for P {}
