//! Requests with a proof that their sender holds a key (RFC 9449).
//!
//! A proof is new for each request and carries the newest nonce of its receiver. A receiver that wants another
//! nonce, or whose clock is another one, gets one more request and no third (RFC 9449, sections 8, 9 and 11.1).

use super::ports::{HttpRequest, HttpResponse, Platform, ProofKey as _};
use super::wire::{Wire, WireError, origin_of};
use crate::protocol::challenge::Challenge;
use crate::protocol::dpop_proof::{self, ProofRequest};
use crate::protocol::json::Object;
use crate::protocol::secret::{AccessToken, DpopNonce};
use crate::protocol::token_response::{TokenType, is_json};

impl<P: Platform> Wire<P> {
    /// Sends a request with a proof, and once more with another one where the first was refused for its nonce or
    /// its time.
    pub(super) async fn send_bound(
        &self,
        key: &P::Key,
        request: &HttpRequest,
        token: Option<(TokenType, &AccessToken)>,
    ) -> Result<HttpResponse, WireError> {
        let origin = origin_of(&request.url);
        let (offset, nonce) = (self.offset(), self.nonce(&origin));
        let first = self.send_once(key, request, token, (nonce.as_ref(), offset)).await?;
        self.learn(&first, &origin);
        let newest = self.nonce(&origin);
        // By the clock of whoever refused it, which need not be the authorizer's.
        let theirs = self.offset_in(&first).unwrap_or(offset);
        let again = match refusal(&first).as_deref() {
            Some("use_dpop_nonce") => newest.is_some() && newest != nonce,
            Some("invalid_dpop_proof") => theirs != offset,
            _ => false,
        };
        if !again {
            return Ok(first);
        }
        let second = self.send_once(key, request, token, (newest.as_ref(), theirs)).await?;
        self.learn(&second, &origin);
        Ok(second)
    }

    async fn send_once(
        &self,
        key: &P::Key,
        request: &HttpRequest,
        token: Option<(TokenType, &AccessToken)>,
        (nonce, offset): (Option<&DpopNonce>, i64),
    ) -> Result<HttpResponse, WireError> {
        let mut unique = [0; 16];
        self.platform.fill(&mut unique).map_err(|_| WireError::Key)?;
        let proof = ProofRequest {
            method: &request.method,
            url: &request.url,
            now: self.platform.now().saturating_add(offset),
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
}

/// The protocol's word for why a proof was refused: of an API in the header, whatever its body says, and of a token
/// endpoint in the body.
fn refusal(response: &HttpResponse) -> Option<String> {
    match response.status {
        400 | 401 => {}
        _ => return None,
    }
    let challenges = Challenge::parse_all(response.www_authenticate.as_deref().unwrap_or_default());
    let mut dpop = challenges.iter().filter(|challenge| challenge.scheme == "dpop");
    if let Some(error) = dpop.find_map(|challenge| challenge.get("error")) {
        return Some(error.to_owned());
    }
    let body = Object::from_octets(&response.body).ok().filter(|_| is_json(response.content_type.as_deref()))?;
    body.str("error").map(str::to_owned)
}
