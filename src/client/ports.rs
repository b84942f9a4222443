//! What the client needs from the platform. Each trait is one concern; [`Platform`] is all of them.

// The futures stay on one thread: in a browser there is no other.
#![allow(async_fn_in_trait)]

use crate::protocol::explain::explained_errors;
use crate::protocol::id_token::Signature;
use crate::protocol::jwk::Jwk;
use crate::protocol::jws::SigningAlgorithm;
use crate::protocol::secret::AccessToken;
use crate::protocol::token_response::TokenType;

/// One request of the protocol.
///
/// Every implementation sends it without cookies, without a referrer, past every cache, within a time
/// limit, and follows no redirect: a redirect would carry code and verifier elsewhere.
pub struct HttpRequest {
    /// Where it goes: an absolute URL.
    pub url: String,
    /// What it carries.
    pub body: HttpBody,
}

/// Method and content of a request.
pub enum HttpBody {
    /// `GET`.
    Get,
    /// `GET` with `Authorization`.
    AuthorizedGet(TokenType, AccessToken),
    /// `POST` of `application/x-www-form-urlencoded`.
    Form(String),
}

impl std::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpRequest").field("url", &self.url).finish_non_exhaustive()
    }
}

/// What came back.
#[derive(Clone, Default)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// `Content-Type`.
    pub content_type: Option<String>,
    /// `DPoP-Nonce`, where this page may read it.
    pub dpop_nonce: Option<String>,
    /// `Date` in seconds since the epoch, where this page may read it.
    pub date: Option<i64>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

explained_errors! {
    /// Why there is no answer that this page could read.
    HttpFailure {
        Unreachable = "host_unreachable": "There is no answer from the authorizer.", "It is not running, this device is offline, or its certificate is not trusted here.", "Open its address in a tab and see whether it answers.";
        CorsBlocked = "cors_blocked": "The authorizer answered, but it does not let this page read the answer.", "It has not been told that this page may call it (CORS). If a code was sent, it is spent.", "Add this page's origin to this app's settings at the authorizer, then start again.";
        TimedOut = "timed_out": "The authorizer took too long to answer.", "Nobody can tell whether it received the request. If a code was sent, it may be spent.", "Start again in a while.";
        Redirected = "redirected": "The authorizer wanted to send the request elsewhere.", "Code and secret would have gone there too, so it was not followed.", "Check the addresses in the authorizer's description.";
        AnswerLost = "answer_lost": "The authorizer's answer is no longer there.", "The browser stopped the worker that kept it for this page, or it waited for more than a minute. The code was not used.", "Start again.";
        TooLarge = "too_large": "The answer is larger than any answer of an authorizer.", "Nothing of it was used.", "Open the address in a tab and look at what answers.";
    }
}

/// Requests of the protocol.
pub trait Http {
    /// Sends one request, once.
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpFailure>;

    /// Whether a form that an authorizer posts to this redirect URI reaches the app. A static host refuses it.
    fn takes_form_post(&self, redirect_uri: &str) -> bool {
        let _ = redirect_uri;
        true
    }
}

/// The tab does not let this page keep anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreBlocked;

/// Storage of this tab: it survives the trip to the authorizer and no other tab sees it.
pub trait Store {
    /// The value under `key`.
    fn get(&self, key: &str) -> Result<Option<String>, StoreBlocked>;
    /// Puts `value` under `key`.
    fn set(&self, key: &str, value: &str) -> Result<(), StoreBlocked>;
    /// Removes `key`.
    fn remove(&self, key: &str) -> Result<(), StoreBlocked>;
    /// All keys.
    fn keys(&self) -> Result<Vec<String>, StoreBlocked>;
}

/// Time.
pub trait Clock {
    /// Seconds since the epoch, by the clock of this device.
    fn now(&self) -> i64;
}

/// There is no cryptographic random generator.
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

/// Signature checks.
pub trait Crypto {
    /// Whether `signature` over `message` was made with `key`.
    async fn verify(
        &self,
        algorithm: SigningAlgorithm,
        key: &Jwk,
        message: &[u8],
        signature: &[u8],
    ) -> Result<Signature, CryptoUnavailable>;
}

/// Mutual exclusion between the tabs of this origin.
pub trait Lock {
    /// Runs `work` while no other tab runs work under the same `name`. Where the platform has no such locks,
    /// it just runs.
    async fn exclusive<T>(&self, name: &str, work: impl Future<Output = T>) -> T;
}

/// Everything that the client needs.
pub trait Platform: Http + Store + Clock + Entropy + Crypto + Lock {}

impl<P: Http + Store + Clock + Entropy + Crypto + Lock> Platform for P {}
