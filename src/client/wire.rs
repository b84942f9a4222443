//! The requests of one login or one session: bound to its key where it has one.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::ports::{Boxed, HttpFailure, HttpRequest, HttpResponse, Platform, boxed};
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::secret::{AccessToken, DpopNonce};
use crate::protocol::token_response::{DpopMode, TokenType};
use crate::protocol::url::AbsoluteUrl;

/// An offset beyond this many seconds is not learned: then a clock is broken, and the person should know.
const MAX_OFFSET: i64 = 900;

/// Nonces of so many origins are remembered.
const NONCES_KEPT: usize = 8;

/// The way out of one login or session.
pub(super) struct Wire<P: Platform> {
    pub(super) platform: Rc<P>,
    key: Option<P::Key>,
    pub(super) nonces: RefCell<Vec<(String, DpopNonce)>>,
    /// Whose clock is the authorizer's: the origin of its token endpoint.
    authorizer: String,
    /// How far the authorizer's clock is ahead of this device's, in seconds; `None` until something said so.
    offset: Cell<Option<i64>>,
}

/// Why a request did not get out, or nothing came back.
pub(super) enum WireError {
    /// The platform's network.
    Network(HttpFailure),
    /// The platform did not sign.
    Key,
}

impl<P: Platform> Wire<P> {
    pub(super) fn new(platform: Rc<P>, server: &ServerMetadata, key: Option<P::Key>) -> Self {
        let authorizer = origin_of(&server.token_endpoint);
        Self { platform, key, nonces: RefCell::default(), authorizer, offset: Cell::new(None) }
    }

    /// What the token endpoint's answer has to be.
    pub(super) fn dpop(&self) -> DpopMode {
        if self.key.is_some() { DpopMode::Required } else { DpopMode::Off }
    }

    /// How far the authorizer's clock is ahead of this device's, in seconds, as far as it is known.
    pub(super) fn offset(&self) -> i64 {
        self.offset.get().unwrap_or_default()
    }

    /// Whether anything said what time it is there.
    pub(super) fn knows_time(&self) -> bool {
        self.offset.get().is_some()
    }

    /// The authorizer's time in seconds since the epoch: this device's, corrected by what was learned.
    pub(super) fn server_now(&self) -> i64 {
        self.platform.now().saturating_add(self.offset())
    }

    /// Sends a request, with an access token where there is one and a proof where there is a key.
    pub(super) fn send<'a>(
        &'a self,
        request: HttpRequest,
        token: Option<(TokenType, &'a AccessToken)>,
    ) -> Boxed<'a, Result<HttpResponse, WireError>> {
        boxed(self.send_unboxed(request, token))
    }

    async fn send_unboxed(
        &self,
        request: HttpRequest,
        token: Option<(TokenType, &AccessToken)>,
    ) -> Result<HttpResponse, WireError> {
        let request = match token {
            Some((kind, token)) => request.with_header("Authorization", [kind.scheme(), " ", token.expose()].concat()),
            None => request,
        };
        if let Some(key) = &self.key {
            return self.send_bound(key, &request, token).await;
        }
        let origin = origin_of(&request.url);
        let response = self.platform.send(request).await.map_err(WireError::Network)?;
        self.learn(&response, &origin);
        Ok(response)
    }

    /// Left out of the build: no key is ever made then.
    #[cfg(not(feature = "dpop"))]
    async fn send_bound(
        &self,
        _: &P::Key,
        _: &HttpRequest,
        _: Option<(TokenType, &AccessToken)>,
    ) -> Result<HttpResponse, WireError> {
        Err(WireError::Key)
    }

    /// How far the clock of whoever answered is ahead of this device's, in seconds, where the answer says so and it
    /// can be believed.
    pub(super) fn offset_in(&self, response: &HttpResponse) -> Option<i64> {
        let offset = response.date.map(|date| date.saturating_sub(self.platform.now()));
        offset.filter(|offset| offset.saturating_abs() <= MAX_OFFSET)
    }

    /// Takes from any answer, also a good one, what the next request needs.
    pub(super) fn learn(&self, response: &HttpResponse, origin: &str) {
        // Nobody else says what time it is there: an API may be wrong, or answer from a cache.
        let offset = self.offset_in(response).filter(|_| origin == self.authorizer);
        if offset.is_some() {
            self.offset.set(offset);
        }
        let Some(nonce) = response.dpop_nonce.as_deref().filter(|nonce| !nonce.is_empty()) else { return };
        let mut nonces = self.nonces.borrow_mut();
        nonces.retain(|(known, _)| known != origin);
        let surplus = (nonces.len() + 1).saturating_sub(NONCES_KEPT);
        nonces.drain(..surplus);
        nonces.push((origin.to_owned(), DpopNonce::new(nonce)));
    }
}

/// The origin of an address; empty where it is none.
pub(super) fn origin_of(url: &str) -> String {
    AbsoluteUrl::parse(url).map(|url| url.origin()).unwrap_or_default()
}
