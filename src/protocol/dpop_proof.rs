//! How a client makes DPoP proofs (RFC 9449, section 4.2).
//!
//! A proof says that the sender of a request holds a key now. The platform signs, because the key never leaves it:
//! [`ProofRequest::signing_input`], then [`finish`].

use sha2::{Digest as _, Sha256};

use super::base64url;
use super::json::Writer;
use super::jwk::Jwk;
use super::secret::{AccessToken, DpopNonce};
use super::url;

/// The inputs of one proof.
pub struct ProofRequest<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The address of the request; the proof omits query and fragment.
    pub url: &'a str,
    /// Seconds since the epoch, by the clock of the receiver if known.
    pub now: i64,
    /// New for each proof.
    pub unique: &'a [u8; 16],
    /// The access token that the request carries.
    pub access_token: Option<&'a AccessToken>,
    /// The newest nonce from the receiver.
    pub nonce: Option<&'a DpopNonce>,
}

impl std::fmt::Debug for ProofRequest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ProofRequest").field("method", &self.method).finish_non_exhaustive()
    }
}

impl ProofRequest<'_> {
    /// The text to sign with ES256 and the private half of `key`.
    #[must_use]
    pub fn signing_input(&self, key: &Jwk) -> String {
        let header = Writer::new().str("typ", "dpop+jwt").str("alg", "ES256").raw("jwk", &key.to_json()).finish();
        let (address, _, _) = url::split(self.url);
        let hash = self.access_token.map(|token| base64url::encode(&Sha256::digest(token.expose().as_bytes())));
        let claims = Writer::new()
            .str("jti", &base64url::encode(self.unique))
            .str("htm", self.method)
            .str("htu", address)
            .int("iat", self.now)
            .some_str("ath", hash.as_deref())
            .some_str("nonce", self.nonce.map(DpopNonce::expose))
            .finish();
        let mut input = base64url::encode(header.as_bytes());
        input.push('.');
        input.push_str(&base64url::encode(claims.as_bytes()));
        input
    }
}

/// The proof: the signing input with its signature, R and S of 32 octets each (RFC 7518, section 3.4).
#[must_use]
pub fn finish(mut signing_input: String, signature: &[u8]) -> String {
    signing_input.push('.');
    signing_input.push_str(&base64url::encode(signature));
    signing_input
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::json::Object;
    use crate::protocol::jwk::KeyMaterial;
    use crate::protocol::jws::Compact;

    fn key() -> Jwk {
        Jwk {
            kid: Some("unsaid".to_owned()),
            alg: None,
            material: KeyMaterial::P256 { x: "eA".to_owned(), y: "eQ".to_owned() },
        }
    }

    fn proof(request: &ProofRequest<'_>) -> (String, String) {
        let text = finish(request.signing_input(&key()), &[7; 64]);
        let compact = Compact::parse(&text).unwrap();
        assert_eq!(compact.signature, [7; 64]);
        (String::from_utf8(compact.header).unwrap(), String::from_utf8(compact.payload).unwrap())
    }

    #[test]
    fn a_proof_names_key_method_and_address_and_nothing_of_the_query() {
        let request = ProofRequest {
            method: "POST",
            url: "https://as.example/token?secret=1#part",
            now: 5,
            unique: &[0; 16],
            access_token: None,
            nonce: None,
        };
        let (header, claims) = proof(&request);
        assert_eq!(header, r#"{"typ":"dpop+jwt","alg":"ES256","jwk":{"kty":"EC","crv":"P-256","x":"eA","y":"eQ"}}"#);
        assert_eq!(claims, r#"{"jti":"AAAAAAAAAAAAAAAAAAAAAA","htm":"POST","htu":"https://as.example/token","iat":5}"#);
    }

    #[test]
    fn a_proof_that_goes_with_a_token_names_its_hash_and_the_receivers_nonce() {
        // Token and hash of RFC 9449, section 7.1.
        let token = AccessToken::new("Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU");
        let nonce = DpopNonce::new("n-1");
        let request = ProofRequest {
            method: "GET",
            url: "https://api.example/x",
            now: 5,
            unique: &[0; 16],
            access_token: Some(&token),
            nonce: Some(&nonce),
        };
        let (_, claims) = proof(&request);
        let claims = Object::parse(&claims).unwrap();
        assert_eq!(claims.str("ath"), Some("fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"));
        assert_eq!(claims.str("nonce"), Some("n-1"));
        assert!(!format!("{request:?}").contains("Kz~8"));
    }
}
