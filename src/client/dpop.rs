//! Requests with a DPoP proof: the sender proves that it holds a key (RFC 9449).
//!
//! Each request has a new proof with the newest nonce of the receiver. If the receiver demands another nonce, or its
//! clock differs, the request is sent once more, and no third time (RFC 9449, sections 8, 9 and 11.1).

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
        // By the clock of the server that refused, which need not be the authorizer.
        let offset = offset_in(&*self.platform, response);
        // A stored offset may be outdated: the user may have set the clock. Then the retry uses no offset.
        let offset = offset.unwrap_or(if self.clock.is_stored() { 0 } else { used.offset });
        let is_better = match refusal(response).as_deref() {
            Some("use_dpop_nonce") => nonce.is_some() && nonce != used.nonce,
            Some("invalid_dpop_proof") => offset != used.offset,
            _ => false,
        };
        is_better.then_some(Basis { nonce, offset })
    }

    /// The basis of a retry with the time of the host of this app. The first proof of a login is made before an ID
    /// token shows the authorizer time, and this page may not read the `Date` of the authorizer. It may read that of
    /// its own host.
    pub(super) async fn basis_of_own_host(&self, used: &Basis, response: &HttpResponse, origin: &str) -> Option<Basis> {
        self.key.as_ref()?;
        // Keycloak refuses a proof with a wrong time as `invalid_request`. The host clock shows whether the time was
        // the cause.
        let may_be_the_time = matches!(refusal(response).as_deref(), Some("invalid_dpop_proof" | "invalid_request"));
        if self.clock.offset().is_some() || !may_be_the_time {
            return None;
        }
        let request = HttpRequest { method: "HEAD".to_owned(), ..HttpRequest::get(&self.own_host) };
        let answer = self.platform.send(request).await.ok()?;
        // For this proof only. The stored offset comes from the ID token later.
        let offset = offset_in(&*self.platform, &answer).filter(|offset| offset.saturating_abs() > TOLERANCE)?;
        (offset != used.offset).then(|| Basis { offset, ..self.basis(origin) })
    }
}

/// The error code that refused a proof: in the header of an API response, whatever its body says, and in the body of a
/// token endpoint response.
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
