//! The requests of one login or session, bound to its key if it has one.

use std::cell::RefCell;
use std::rc::Rc;

use super::clock::ServerClock;
use super::ports::{Boxed, HttpFailure, HttpRequest, HttpResponse, Platform, boxed};
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::secret::{AccessToken, DpopNonce};
use crate::protocol::token_response::DpopMode;
use crate::protocol::url::AbsoluteUrl;

/// Nonces of at most this many origins are remembered.
const NONCES_KEPT: usize = 8;

/// Sends the requests of one login or session.
pub(super) struct Transport<P: Platform> {
    pub(super) platform: Rc<P>,
    pub(super) key: Option<P::Key>,
    pub(super) nonces: RefCell<Vec<(String, DpopNonce)>>,
    /// The origin of the token endpoint: only this origin sets the clock.
    authorizer: String,
    /// The authorizer time.
    pub(super) clock: ServerClock,
    /// An address of the host that serves this app.
    #[cfg(feature = "dpop")]
    pub(super) own_host: String,
}

/// Inputs of a proof besides the request.
#[cfg_attr(not(feature = "dpop"), allow(dead_code, reason = "then no proof is made"))]
pub(super) struct Basis {
    /// The newest nonce of the receiver.
    pub(super) nonce: Option<DpopNonce>,
    /// How far the receiver clock is assumed to be ahead of the device clock, in seconds.
    pub(super) offset: i64,
}

/// Why a request was not sent, or got no response.
pub(super) enum TransportError {
    /// The network failed.
    Network(HttpFailure),
    /// The platform did not sign the proof.
    Key,
}

impl<P: Platform> Transport<P> {
    /// `redirect_uri` is the one of the app, on the origin of its pages.
    #[cfg_attr(
        not(feature = "dpop"),
        allow(unused_variables, reason = "only a proof needs the time of the app's host")
    )]
    pub(super) fn new(platform: Rc<P>, server: &ServerMetadata, key: Option<P::Key>, redirect_uri: &str) -> Self {
        let authorizer = origin_of(&server.token_endpoint);
        let clock = ServerClock::of(&*platform, &server.issuer);
        Self {
            platform,
            key,
            nonces: RefCell::default(),
            authorizer,
            clock,
            #[cfg(feature = "dpop")]
            own_host: redirect_uri.to_owned(),
        }
    }

    /// What a response of the token endpoint must be.
    pub(super) fn dpop(&self) -> DpopMode {
        if self.key.is_some() { DpopMode::Required } else { DpopMode::Off }
    }

    /// The authorizer time in seconds since the epoch.
    pub(super) fn server_now(&self) -> i64 {
        self.clock.now(&*self.platform)
    }

    /// Sends a request, with a proof if there is a key, and once more with another proof if the first is refused for
    /// its nonce or its time.
    pub(super) fn send(&self, request: HttpRequest) -> Boxed<'_, Result<HttpResponse, TransportError>> {
        boxed(self.send_unboxed(request))
    }

    async fn send_unboxed(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let origin = origin_of(&request.url);
        let mut basis = self.basis(&origin);
        let mut is_last = false;
        loop {
            let proof = self.proof(&request.method, &request.url, None, &basis).await?;
            let sent = match proof {
                Some(proof) => request.clone().with_header("DPoP", proof),
                None => request.clone(),
            };
            let response = self.platform.send(sent).await.map_err(TransportError::Network)?;
            self.learn(&response, &origin);
            if is_last {
                return Ok(response);
            }
            basis = match self.better_basis(&basis, &response, &origin) {
                Some(better) => better,
                None => match self.basis_of_own_host(&basis, &response, &origin).await {
                    Some(better) => better,
                    None => return Ok(response),
                },
            };
            is_last = true;
        }
    }

    /// The inputs of the next proof for `origin`.
    pub(super) fn basis(&self, origin: &str) -> Basis {
        let nonces = self.nonces.borrow();
        let nonce = nonces.iter().find(|(known, _)| known == origin).map(|(_, nonce)| nonce.clone());
        Basis { nonce, offset: self.clock.offset().unwrap_or_default() }
    }

    /// The proof for one request; `None` without a key.
    pub(super) async fn proof(
        &self,
        method: &str,
        url: &str,
        token: Option<&AccessToken>,
        basis: &Basis,
    ) -> Result<Option<String>, TransportError> {
        match &self.key {
            Some(key) => self.made_with(key, (method, url), token, basis).await.map(Some),
            None => Ok(None),
        }
    }

    /// The basis of a retry after a refused proof; call it after [`learn`](Self::learn). `None` if the proof is not at
    /// fault, or nothing better is known.
    pub(super) fn better_basis(&self, used: &Basis, response: &HttpResponse, origin: &str) -> Option<Basis> {
        if self.key.is_some() { self.better_than(used, response, origin) } else { None }
    }

    /// Without the feature no key is made.
    #[cfg(not(feature = "dpop"))]
    async fn made_with(
        &self,
        _: &P::Key,
        _: (&str, &str),
        _: Option<&AccessToken>,
        _: &Basis,
    ) -> Result<String, TransportError> {
        Err(TransportError::Key)
    }

    #[cfg(not(feature = "dpop"))]
    async fn basis_of_own_host(&self, _: &Basis, _: &HttpResponse, _: &str) -> Option<Basis> {
        None
    }

    #[cfg(not(feature = "dpop"))]
    fn better_than(&self, _: &Basis, _: &HttpResponse, _: &str) -> Option<Basis> {
        None
    }

    /// Learns nonce and time from any response, also a successful one.
    pub(super) fn learn(&self, response: &HttpResponse, origin: &str) {
        // An API may have a wrong time, or respond from a cache.
        if origin == self.authorizer {
            self.clock.learn_from_date(&*self.platform, response);
        }
        let Some(nonce) = response.dpop_nonce.as_deref().filter(|nonce| !nonce.is_empty()) else { return };
        let mut nonces = self.nonces.borrow_mut();
        nonces.retain(|(known, _)| known != origin);
        let surplus = (nonces.len() + 1).saturating_sub(NONCES_KEPT);
        nonces.drain(..surplus);
        nonces.push((origin.to_owned(), DpopNonce::new(nonce)));
    }
}

/// The origin of an address; empty if invalid.
pub(super) fn origin_of(url: &str) -> String {
    AbsoluteUrl::parse(url).map(|url| url.origin()).unwrap_or_default()
}
