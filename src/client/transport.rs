//! The requests of one login or one session: bound to its key where it has one.

use std::cell::RefCell;
use std::rc::Rc;

use super::clock::ServerClock;
use super::ports::{Boxed, HttpFailure, HttpRequest, HttpResponse, Platform, boxed};
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::secret::{AccessToken, DpopNonce};
use crate::protocol::token_response::DpopMode;
use crate::protocol::url::AbsoluteUrl;

/// Nonces of so many origins are remembered.
const NONCES_KEPT: usize = 8;

/// The way out of one login or session.
pub(super) struct Transport<P: Platform> {
    pub(super) platform: Rc<P>,
    pub(super) key: Option<P::Key>,
    pub(super) nonces: RefCell<Vec<(String, DpopNonce)>>,
    /// Whose clock is the authorizer's: the origin of its token endpoint.
    authorizer: String,
    /// What time it is there.
    pub(super) clock: ServerClock,
    /// An address of the host that serves this app.
    #[cfg(feature = "dpop")]
    pub(super) own_host: String,
}

/// What a proof is made with besides the request.
#[cfg_attr(not(feature = "dpop"), allow(dead_code, reason = "then no proof is made"))]
pub(super) struct Basis {
    /// The newest nonce of the receiver.
    pub(super) nonce: Option<DpopNonce>,
    /// How far the receiver's clock is taken to be ahead of this device's, in seconds.
    pub(super) offset: i64,
}

/// Why a request did not get out, or nothing came back.
pub(super) enum TransportError {
    /// The platform's network.
    Network(HttpFailure),
    /// The platform did not sign.
    Key,
}

impl<P: Platform> Transport<P> {
    /// `redirect_uri` is that of the app, and on the origin of its pages.
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

    /// What the token endpoint's answer has to be.
    pub(super) fn dpop(&self) -> DpopMode {
        if self.key.is_some() { DpopMode::Required } else { DpopMode::Off }
    }

    /// The authorizer's time in seconds since the epoch: this device's, corrected by what was learned.
    pub(super) fn server_now(&self) -> i64 {
        self.clock.now(&*self.platform)
    }

    /// Sends a request, with a proof where there is a key, and once more with another one where the first was refused
    /// for its nonce or its time.
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

    /// What the next proof for that origin is made with.
    pub(super) fn basis(&self, origin: &str) -> Basis {
        let nonces = self.nonces.borrow();
        let nonce = nonces.iter().find(|(known, _)| known == origin).map(|(_, nonce)| nonce.clone());
        Basis { nonce, offset: self.clock.offset().unwrap_or_default() }
    }

    /// A proof for one request; `None` where there is no key.
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

    /// What a request that was refused for its proof is worth sending again with, after [`learn`](Self::learn);
    /// `None` where nothing is wrong with the proof, or nothing better is known.
    pub(super) fn better_basis(&self, used: &Basis, response: &HttpResponse, origin: &str) -> Option<Basis> {
        if self.key.is_some() { self.better_than(used, response, origin) } else { None }
    }

    /// Left out of the build: no key is ever made then.
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

    /// Takes from any answer, also a good one, what the next request needs.
    pub(super) fn learn(&self, response: &HttpResponse, origin: &str) {
        // Nobody else says what time it is there: an API may be wrong, or answer from a cache.
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

/// The origin of an address; empty where it is none.
pub(super) fn origin_of(url: &str) -> String {
    AbsoluteUrl::parse(url).map(|url| url.origin()).unwrap_or_default()
}
