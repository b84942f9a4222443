//! The requests of one login or one session: bound to its key where it has one.
//!
//! A proof is new for each request and carries the newest nonce of its receiver. A receiver that wants another
//! nonce, or whose clock is another one, gets one more request and no third (RFC 9449, sections 8, 9 and 11.1).

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::ports::{HttpFailure, HttpRequest, HttpResponse, Platform, ProofKey as _};
use crate::protocol::challenge::Challenge;
use crate::protocol::dpop_proof::{self, ProofRequest};
use crate::protocol::json::Object;
use crate::protocol::secret::{AccessToken, DpopNonce};
use crate::protocol::token_response::{DpopMode, TokenType, is_json};
use crate::protocol::url::AbsoluteUrl;

/// An offset beyond this many seconds is not learned: then a clock is broken, and the person should know.
const MAX_OFFSET: i64 = 900;

/// Nonces of so many origins are remembered.
const NONCES_KEPT: usize = 8;

/// The way out of one login or session.
pub(super) struct Wire<P: Platform> {
    pub(super) platform: Rc<P>,
    key: Option<P::Key>,
    nonces: RefCell<Vec<(String, DpopNonce)>>,
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
    pub(super) fn new(platform: Rc<P>, key: Option<P::Key>) -> Self {
        Self { platform, key, nonces: RefCell::default(), offset: Cell::new(None) }
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
    pub(super) async fn send(
        &self,
        request: HttpRequest,
        token: Option<(TokenType, &AccessToken)>,
    ) -> Result<HttpResponse, WireError> {
        let request = match token {
            Some((kind, token)) => request.with_header("Authorization", [kind.scheme(), " ", token.expose()].concat()),
            None => request,
        };
        let Some(key) = &self.key else {
            let response = self.platform.send(request).await.map_err(WireError::Network)?;
            self.learn(&response, "");
            return Ok(response);
        };
        let origin = AbsoluteUrl::parse(&request.url).map(|url| url.origin()).unwrap_or_default();
        let (offset, nonce) = (self.offset.get(), self.nonce(&origin));
        let first = self.send_once(key, &request, token, nonce.as_ref()).await?;
        self.learn(&first, &origin);
        let newest = self.nonce(&origin);
        let again = match refusal(&first).as_deref() {
            Some("use_dpop_nonce") => newest.is_some() && newest != nonce,
            Some("invalid_dpop_proof") => self.offset.get() != offset,
            _ => false,
        };
        if !again {
            return Ok(first);
        }
        let second = self.send_once(key, &request, token, newest.as_ref()).await?;
        self.learn(&second, &origin);
        Ok(second)
    }

    async fn send_once(
        &self,
        key: &P::Key,
        request: &HttpRequest,
        token: Option<(TokenType, &AccessToken)>,
        nonce: Option<&DpopNonce>,
    ) -> Result<HttpResponse, WireError> {
        let mut unique = [0; 16];
        self.platform.fill(&mut unique).map_err(|_| WireError::Key)?;
        let proof = ProofRequest {
            method: &request.method,
            url: &request.url,
            now: self.server_now(),
            unique: &unique,
            access_token: token.map(|(_, token)| token),
            nonce,
        };
        let input = proof.signing_input(key.public_jwk());
        let signature = key.sign(input.as_bytes()).await.map_err(|_| WireError::Key)?;
        let request = request.clone().with_header("DPoP", dpop_proof::finish(input, &signature));
        self.platform.send(request).await.map_err(WireError::Network)
    }

    fn nonce(&self, origin: &str) -> Option<DpopNonce> {
        self.nonces.borrow().iter().find(|(known, _)| known == origin).map(|(_, nonce)| nonce.clone())
    }

    /// Takes from any answer, also a good one, what the next request needs.
    fn learn(&self, response: &HttpResponse, origin: &str) {
        let offset = response.date.map(|date| date.saturating_sub(self.platform.now()));
        if let Some(offset) = offset.filter(|offset| offset.saturating_abs() <= MAX_OFFSET) {
            self.offset.set(Some(offset));
        }
        let Some(nonce) = response.dpop_nonce.as_deref().filter(|nonce| !nonce.is_empty()) else { return };
        let mut nonces = self.nonces.borrow_mut();
        nonces.retain(|(known, _)| known != origin);
        let surplus = (nonces.len() + 1).saturating_sub(NONCES_KEPT);
        nonces.drain(..surplus);
        nonces.push((origin.to_owned(), DpopNonce::new(nonce)));
    }
}

/// The protocol's word for why a proof was refused: of a token endpoint in the body, of an API in the header.
fn refusal(response: &HttpResponse) -> Option<String> {
    match response.status {
        400 | 401 => {}
        _ => return None,
    }
    if is_json(response.content_type.as_deref())
        && let Ok(body) = Object::from_octets(&response.body)
        && let Some(error) = body.str("error")
    {
        return Some(error.to_owned());
    }
    let challenges = Challenge::parse_all(response.www_authenticate.as_deref()?);
    let dpop = challenges.into_iter().find(|challenge| challenge.scheme == "dpop")?;
    dpop.parameters.into_iter().find(|(name, _)| name == "error").map(|(_, value)| value)
}
