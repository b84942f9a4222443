//! Signatures with a key made for the test, and the check that stands in for WebCrypto.

use pkce_login::protocol::base64url;
use pkce_login::protocol::id_token::Signature;
use pkce_login::protocol::jwk::{Jwk, KeyMaterial};
use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, KeyPair as _, UnparsedPublicKey};
use serde_json::{Value, json};

/// An ES256 key pair.
pub(crate) struct Signer {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    kid: String,
    /// Whether a byte order mark stands before the claims of each token.
    has_mark: bool,
}

impl Signer {
    pub(crate) fn new(kid: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), &random).unwrap();
        Self { pair, random, kid: kid.to_owned(), has_mark: false }
    }

    /// From now on a byte order mark stands before the claims of each token.
    pub(crate) fn put_mark(&mut self) {
        self.has_mark = true;
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(&self.random, message).unwrap().as_ref().to_vec()
    }

    pub(crate) fn public_jwk(&self) -> Value {
        let point = self.pair.public_key().as_ref();
        let (x, y) = point[1..].split_at(32);
        json!({
            "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": self.kid,
            "x": base64url::encode(x), "y": base64url::encode(y),
        })
    }

    /// A signed token of that header and those claims.
    pub(crate) fn token(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| base64url::encode(value.to_string().as_bytes());
        let claims = match self.has_mark {
            true => base64url::encode(format!("\u{feff}{claims}").as_bytes()),
            false => part(claims),
        };
        let input = format!("{}.{claims}", part(header));
        let signature = base64url::encode(&self.sign(input.as_bytes()));
        format!("{input}.{signature}")
    }
}

/// Whether `signature` over `message` was made with `key`; `None` for a kind of key that no test signs with.
pub(crate) fn verify(algorithm: SigningAlgorithm, key: &Jwk, message: &[u8], signature: &[u8]) -> Option<Signature> {
    let KeyMaterial::P256 { x, y } = &key.material else { return None };
    if algorithm != SigningAlgorithm::Es256 {
        return None;
    }
    let point = [vec![4], base64url::decode(x).unwrap(), base64url::decode(y).unwrap()].concat();
    let key = UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_FIXED, point);
    Some(if key.verify(message, signature).is_ok() { Signature::Good } else { Signature::Bad })
}
