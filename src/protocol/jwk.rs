//! Public keys of an authorizer (RFC 7517).

use sha2::{Digest as _, Sha256};

use super::base64url;
use super::json::{self, JsonError, Object, Value};
use super::signing_algorithm::SigningAlgorithm;

/// Minimum size of an RSA modulus, in bits (RFC 7518, section 3.3).
const MIN_RSA_BITS: usize = 2048;

/// One public key of a kind that this client can use, in its JSON form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwk {
    /// The key id.
    pub kid: Option<String>,
    /// The only algorithm that the key is for, if the key names one.
    pub alg: Option<String>,
    /// The key itself.
    pub material: KeyMaterial,
}

/// The public part of a key; numbers and coordinates are base64url.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyMaterial {
    /// `kty: RSA`.
    Rsa {
        /// The modulus.
        n: String,
        /// The exponent.
        e: String,
    },
    /// `kty: EC` on the curve P-256.
    P256 {
        /// The x coordinate.
        x: String,
        /// The y coordinate.
        y: String,
    },
    /// `kty: EC` on the curve P-384.
    P384 {
        /// The x coordinate.
        x: String,
        /// The y coordinate.
        y: String,
    },
    /// `kty: EC` on the curve P-521.
    P521 {
        /// The x coordinate.
        x: String,
        /// The y coordinate.
        y: String,
    },
    /// `kty: OKP` on the curve Ed25519.
    Ed25519 {
        /// The point.
        x: String,
    },
}

impl Jwk {
    /// Reads one key; `None` for a kind, use or shape that this client cannot use: an authorizer may publish keys for
    /// other clients.
    #[must_use]
    pub fn from_object(key: &Object<'_>) -> Option<Self> {
        if key.get("use").is_some_and(|value| value.as_str() != Some("sig")) {
            return None;
        }
        let operations = key.get("key_ops").and_then(Value::as_strings);
        if operations.is_some_and(|list| !list.iter().any(|word| word == "verify")) {
            return None;
        }
        let text = |name: &str| key.str(name).filter(|text| base64url::decode(text).is_ok()).map(str::to_owned);
        let material = match (key.str("kty")?, key.str("crv")) {
            ("RSA", _) => KeyMaterial::Rsa { n: text("n")?, e: text("e")? },
            ("EC", Some("P-256")) => KeyMaterial::P256 { x: text("x")?, y: text("y")? },
            ("EC", Some("P-384")) => KeyMaterial::P384 { x: text("x")?, y: text("y")? },
            ("EC", Some("P-521")) => KeyMaterial::P521 { x: text("x")?, y: text("y")? },
            ("OKP", Some("Ed25519")) => KeyMaterial::Ed25519 { x: text("x")? },
            _ => return None,
        };
        Some(Self { kid: key.str("kid").map(str::to_owned), alg: key.str("alg").map(str::to_owned), material })
    }

    /// Whether signatures of `algorithm` can be checked with this key.
    #[must_use]
    pub fn fits(&self, algorithm: SigningAlgorithm) -> bool {
        let kind = match algorithm {
            SigningAlgorithm::Rs256
            | SigningAlgorithm::Rs384
            | SigningAlgorithm::Rs512
            | SigningAlgorithm::Ps256
            | SigningAlgorithm::Ps384
            | SigningAlgorithm::Ps512 => matches!(self.material, KeyMaterial::Rsa { .. }),
            SigningAlgorithm::Es256 => matches!(self.material, KeyMaterial::P256 { .. }),
            SigningAlgorithm::Es384 => matches!(self.material, KeyMaterial::P384 { .. }),
            SigningAlgorithm::Es512 => matches!(self.material, KeyMaterial::P521 { .. }),
            SigningAlgorithm::EdDsa => matches!(self.material, KeyMaterial::Ed25519 { .. }),
        };
        kind && self.alg.as_deref().is_none_or(|name| SigningAlgorithm::from_name(name) == Some(algorithm))
    }

    /// Whether the key is too short to trust its signatures.
    #[must_use]
    pub fn is_weak(&self) -> bool {
        let KeyMaterial::Rsa { n, .. } = &self.material else { return false };
        let octets = base64url::decode(n).unwrap_or_default();
        let mut significant = octets.iter().skip_while(|octet| **octet == 0);
        let leading = significant.next().map_or(0, |octet| 8 - octet.leading_zeros() as usize);
        leading + significant.count() * 8 < MIN_RSA_BITS
    }

    /// Only the members that an import of the key needs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let writer = json::Writer::new();
        match &self.material {
            KeyMaterial::Rsa { n, e } => writer.str("kty", "RSA").str("n", n).str("e", e),
            KeyMaterial::P256 { x, y } => writer.str("kty", "EC").str("crv", "P-256").str("x", x).str("y", y),
            KeyMaterial::P384 { x, y } => writer.str("kty", "EC").str("crv", "P-384").str("x", x).str("y", y),
            KeyMaterial::P521 { x, y } => writer.str("kty", "EC").str("crv", "P-521").str("x", x).str("y", y),
            KeyMaterial::Ed25519 { x } => writer.str("kty", "OKP").str("crv", "Ed25519").str("x", x),
        }
        .finish()
    }

    /// The SHA-256 thumbprint, base64url: the same for every text of the same key (RFC 7638, section 3).
    #[must_use]
    pub fn thumbprint(&self) -> String {
        // The required members in the order of their names, without white space.
        let writer = json::Writer::new();
        let members = match &self.material {
            KeyMaterial::Rsa { n, e } => writer.str("e", e).str("kty", "RSA").str("n", n),
            KeyMaterial::P256 { x, y } => writer.str("crv", "P-256").str("kty", "EC").str("x", x).str("y", y),
            KeyMaterial::P384 { x, y } => writer.str("crv", "P-384").str("kty", "EC").str("x", x).str("y", y),
            KeyMaterial::P521 { x, y } => writer.str("crv", "P-521").str("kty", "EC").str("x", x).str("y", y),
            KeyMaterial::Ed25519 { x } => writer.str("crv", "Ed25519").str("kty", "OKP").str("x", x),
        };
        base64url::encode(&Sha256::digest(members.finish().as_bytes()))
    }
}

/// The keys of one issuer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct JwkSet(Vec<Jwk>);

impl JwkSet {
    /// Reads a key set (RFC 7517, section 5). Skips keys that this client cannot use.
    ///
    /// # Errors
    /// [`JsonError`] if it is not an object with an array `keys`.
    pub fn parse(octets: &[u8]) -> Result<Self, JsonError> {
        let document = Object::from_octets(octets)?;
        let Some(Value::Array(keys)) = document.get("keys") else { return Err(JsonError::NotObject) };
        let mut known = Vec::new();
        for key in json::array(keys)? {
            if let Value::Object(text) = key
                && let Ok(key) = Object::parse(text)
            {
                known.extend(Jwk::from_object(&key));
            }
        }
        Ok(Self(known))
    }

    /// The keys that may have signed a token with this algorithm and key id.
    pub fn candidates(&self, algorithm: SigningAlgorithm, kid: Option<&str>) -> impl Iterator<Item = &Jwk> {
        let named = move |key: &&Jwk| kid.is_none_or(|kid| key.kid.as_deref() == Some(kid));
        self.0.iter().filter(move |key| key.fits(algorithm)).filter(named)
    }
}
