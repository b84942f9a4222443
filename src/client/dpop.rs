//! Requests with a proof that their sender holds a key (RFC 9449).
//!
//! A proof is new for each request and carries the newest nonce of its receiver. A receiver that wants another
//! nonce, or whose clock is another one, gets one more request and no third (RFC 9449, sections 8, 9 and 11.1).

use super::clock::{TOLERANCE, offset_in};
use super::ports::{HttpRequest, HttpResponse, Platform, ProofKey as _};
use super::transport::{Basis, Transport, TransportError};
use crate::protocol::challenge::Challenge;
use crate::protocol::dpop_proof::{self, ProofRequest};
use crate::protocol::json::Object;
use crate::protocol::secret::AccessToken;
use crate::protocol::token_response::is_json;

impl<P: Platform> Transport<P> {
    pub(super) async fn made_with(
        &self,
        key: &P::Key,
        (method, url): (&str, &str),
        access_token: Option<&AccessToken>,
        basis: &Basis,
    ) -> Result<String, TransportError> {
        let mut unique = [0; 16];
        self.platform.fill(&mut unique).map_err(|_| TransportError::Key)?;
        let proof = ProofRequest {
            method,
            url,
            now: self.platform.now().saturating_add(basis.offset),
            unique: &unique,
            access_token,
            nonce: basis.nonce.as_ref(),
        };
        let input = proof.signing_input(key.public_jwk());
        let signature = key.sign(input.as_bytes()).await.map_err(|_| TransportError::Key)?;
        Ok(dpop_proof::finish(input, &signature))
    }

    pub(super) fn better_than(&self, used: &Basis, response: &HttpResponse, origin: &str) -> Option<Basis> {
        let nonce = self.basis(origin).nonce;
        // By the clock of whoever refused it, which need not be the authorizer's.
        let offset = offset_in(&*self.platform, response);
        // What an earlier page learned may be over: the person may have set the clock. Then it is tried as it is.
        let offset = offset.unwrap_or(if self.clock.is_kept() { 0 } else { used.offset });
        let is_better = match refusal(response).as_deref() {
            Some("use_dpop_nonce") => nonce.is_some() && nonce != used.nonce,
            Some("invalid_dpop_proof") => offset != used.offset,
            _ => false,
        };
        is_better.then_some(Basis { nonce, offset })
    }

    /// The same, with the time of the host that serves this app: the first proof of a login is made before any ID token
    /// says what time it is at the authorizer, whose `Date` this page may not read. That of its own host it may.
    pub(super) async fn basis_of_own_host(&self, used: &Basis, response: &HttpResponse, origin: &str) -> Option<Basis> {
        self.key.as_ref()?;
        // Keycloak calls a proof of another time `invalid_request`. Whether that was it, the host's clock says.
        let may_be_the_time = matches!(refusal(response).as_deref(), Some("invalid_dpop_proof" | "invalid_request"));
        if self.clock.offset().is_some() || !may_be_the_time {
            return None;
        }
        let request = HttpRequest { method: "HEAD".to_owned(), ..HttpRequest::get(&self.own_host) };
        let answer = self.platform.send(request).await.ok()?;
        // Only for this proof: what is remembered is what the ID token says then.
        let offset = offset_in(&*self.platform, &answer).filter(|offset| offset.saturating_abs() > TOLERANCE)?;
        (offset != used.offset).then(|| Basis { offset, ..self.basis(origin) })
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
