//! Signatures by ring.

use pkce_login::authorizer::{KeyRing, PendingProof};
use pkce_login::protocol::base64url;
use pkce_login::protocol::id_token::Signature;
use pkce_login::protocol::jwk::{Jwk, KeyMaterial};
use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
use ring::error::Unspecified;
use ring::rand::SystemRandom;
use ring::signature::{self, EcdsaKeyPair, KeyPair as _, RsaPublicKeyComponents, UnparsedPublicKey};

/// An ES256 key pair, and its public half.
pub(crate) struct SigningKey {
    pair: EcdsaKeyPair,
    pub(crate) public_jwk: Jwk,
}

impl SigningKey {
    /// A new key.
    ///
    /// # Errors
    /// The platform gave no random octets.
    pub(crate) fn generate(random: &SystemRandom) -> Result<Self, Unspecified> {
        let algorithm = &signature::ECDSA_P256_SHA256_FIXED_SIGNING;
        let document = EcdsaKeyPair::generate_pkcs8(algorithm, random)?;
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, document.as_ref(), random)?;
        // An uncompressed point: 4, x, y (SEC 1, section 2.3.3).
        let (x, y) =
            pair.public_key().as_ref().get(1..).and_then(|point| point.split_at_checked(32)).ok_or(Unspecified)?;
        let material = KeyMaterial::P256 { x: base64url::encode(x), y: base64url::encode(y) };
        Ok(Self { pair, public_jwk: Jwk { kid: None, alg: None, material } })
    }

    pub(crate) fn sign(&self, message: &[u8], random: &SystemRandom) -> Result<impl AsRef<[u8]> + use<>, Unspecified> {
        self.pair.sign(random, message)
    }
}

/// The keys of one run.
///
/// # Errors
/// The platform gave no random octets.
pub(crate) fn new_ring(random: &SystemRandom, now: i64) -> Result<KeyRing<SigningKey>, Unspecified> {
    let (current, next) = (SigningKey::generate(random)?, SigningKey::generate(random)?);
    Ok(KeyRing { previous: None, current, next, since: now })
}

/// Whether the proof was signed with the key in it.
pub(crate) fn verdict(proof: &PendingProof) -> Signature {
    match is_good(proof) {
        Some(true) => Signature::Good,
        // A key that cannot be read verifies nothing.
        Some(false) | None => Signature::Bad,
    }
}

fn is_good(proof: &PendingProof) -> Option<bool> {
    let (message, signature) = (proof.signing_input(), proof.signature());
    let octets = |text: &str| base64url::decode(text).ok();
    let with = |algorithm, key: &[u8]| UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok();
    match (proof.algorithm(), &proof.key().material) {
        (SigningAlgorithm::Es256, KeyMaterial::P256 { x, y }) => {
            Some(with(&signature::ECDSA_P256_SHA256_FIXED, &[vec![4], octets(x)?, octets(y)?].concat()))
        }
        (SigningAlgorithm::EdDsa, KeyMaterial::Ed25519 { x }) => Some(with(&signature::ED25519, &octets(x)?)),
        (SigningAlgorithm::Ps256, KeyMaterial::Rsa { n, e }) => {
            let key = RsaPublicKeyComponents { n: octets(n)?, e: octets(e)? };
            Some(key.verify(&signature::RSA_PSS_2048_8192_SHA256, message, signature).is_ok())
        }
        // The authorizer takes proofs of no other kind.
        _ => None,
    }
}
