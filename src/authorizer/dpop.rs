//! DPoP at this server (RFC 9449). A proof is checked before anything changes, and remembered while it would be
//! accepted again.

use crate::protocol::dpop_check::{DpopError, ProofExpectations, UnverifiedProof};
use crate::protocol::jwk::Jwk;
use crate::protocol::secret::AccessToken;
use crate::protocol::signing_algorithm::SigningAlgorithm;

use super::context::Context;
use super::http::Request;
use super::refusal::Refusal;
use super::store::digest;
use super::store::members::record;
use super::switches::Switch;

/// The signature algorithms for proofs (FAPI 2.0 Security Profile, section 5.4.1).
pub(super) const ALGORITHMS: [SigningAlgorithm; 3] =
    [SigningAlgorithm::Es256, SigningAlgorithm::EdDsa, SigningAlgorithm::Ps256];

/// How old a proof may be, in seconds.
const MAX_AGE: i64 = 300;
/// How far a client's clock may be ahead, in seconds.
const MAX_AHEAD: i64 = 60;
/// How long a nonce is the newest, in seconds. After that it is accepted for the same time once more.
const NONCE_LIFE: i64 = 120;

/// A request whose DPoP proof has to be verified first. Nothing has changed yet.
#[must_use = "nothing happens before `Authorizer::proceed`"]
pub struct PendingProof {
    pub(super) request: Request,
    algorithm: SigningAlgorithm,
    key: Jwk,
    signing_input: Vec<u8>,
    signature: Vec<u8>,
}

impl PendingProof {
    pub(super) fn new(request: &Request, proof: &UnverifiedProof<'_>) -> Self {
        Self {
            request: request.clone(),
            algorithm: proof.algorithm(),
            key: proof.key().clone(),
            signing_input: proof.signing_input().to_vec(),
            signature: proof.signature().to_vec(),
        }
    }

    /// The algorithm to verify with.
    #[must_use]
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The key to verify with.
    #[must_use]
    pub fn key(&self) -> &Jwk {
        &self.key
    }

    /// The octets that the signature covers.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        &self.signing_input
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }
}

impl std::fmt::Debug for PendingProof {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PendingProof(hidden)")
    }
}

impl Context<'_> {
    /// The thumbprint of the key that the request proves to have; `None` without a proof.
    ///
    /// `access_token` and `jkt` are for a protected resource: the token, and the key it is bound to.
    pub(super) fn proven_key(
        &mut self,
        access_token: Option<&AccessToken>,
        jkt: Option<&str>,
    ) -> Result<Option<String>, DpopError> {
        let (unverified, signature) = match self.proof.take() {
            None => return Ok(None),
            Some(presented) => presented?,
        };
        if self.has(Switch::DpopNonceLoop) {
            return Err(DpopError::Nonce);
        }
        let nonces = self.has(Switch::DpopNonceRequired).then(|| self.nonces());
        let nonces: Vec<&str> = match &nonces {
            Some(nonces) => std::iter::once(nonces.newest.as_str()).chain(nonces.older.as_deref()).collect(),
            None => Vec::new(),
        };
        let id = |jkt: &str, jti: &str| digest(&[jkt, jti].join("\n"));
        let expected = ProofExpectations {
            method: &self.request.method,
            url: &self.request.url,
            now: self.clock(self.now),
            max_age: MAX_AGE,
            max_ahead: MAX_AHEAD,
            nonces: &nonces,
            access_token,
            jkt,
            is_seen: &|proof| self.get::<SeenProof>(&id(proof.jkt(), proof.jti())).is_some(),
        };
        let proof = unverified.judge(signature, &expected)?;
        self.put(&id(proof.jkt(), proof.jti()), &SeenProof { until: proof.issued_at() + MAX_AGE + 1 });
        Ok(Some(proof.jkt().to_owned()))
    }

    /// Like [`Self::proven_key`], at an endpoint that issues what is bound to the key (RFC 9449, section 5).
    pub(super) fn proven_key_of_client(&mut self) -> Result<Option<String>, Refusal> {
        self.proven_key(None, None).map_err(refusal)
    }

    /// The nonces that a proof may carry now: random, so that proofs cannot be made in advance, and overlapping, so
    /// that a client can use the nonce that it has just received (RFC 9449, sections 8 and 11.3).
    pub(super) fn nonces(&mut self) -> Nonces {
        let known = self.get::<Nonces>("");
        match known {
            Some(known) if self.now < known.renew_at => known,
            known => {
                let renew_at = self.now + NONCE_LIFE;
                let older = known.map(|known| known.newest);
                let nonces = Nonces { newest: self.secret(), older, renew_at, until: renew_at + NONCE_LIFE };
                self.put("", &nonces);
                nonces
            }
        }
    }
}

/// The refusal of a proof: the check and the error of the protocol (RFC 9449, sections 5 and 8).
pub(super) fn refusal(error: DpopError) -> Refusal {
    let check = match error {
        DpopError::PrivateKey => "S-40",
        DpopError::KeyBinding => "S-39",
        DpopError::Stale | DpopError::Nonce | DpopError::Replay => "S-38",
        _ => "S-37",
    };
    let code = if error == DpopError::Nonce { "use_dpop_nonce" } else { "invalid_dpop_proof" };
    Refusal::new(check, code, error.explain().happened)
}

record! {
    /// A used DPoP proof, remembered while it would be accepted.
    SeenProof, "proof", this => this.until, {
        until: i64,
    }
}

record! {
    /// The nonces that a DPoP proof may carry: the newest, and the one before it.
    Nonces, "dpop-nonces", this => this.until, {
        newest: String,
        older: Option<String>,
        /// When the next nonce replaces it.
        renew_at: i64,
        until: i64,
    }
}
