//! Signed tokens in compact form (RFC 7515): their parts, and the rules for all of them.
//!
//! ID tokens, signed authorization responses and signed UserInfo share the rules for header, key and registered
//! claims (RFC 8725).

use super::base64url;
use super::json::{self, Object, Value};
use super::jwk::{Jwk, JwkSet};
use super::signing_algorithm::SigningAlgorithm;
use super::text;

/// The token is not three parts of canonical base64url, or its header or payload is not a JSON object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// A token in parts, unchecked.
pub struct Compact<'a> {
    /// The signed text: header and payload as received.
    pub signing_input: &'a str,
    /// The header, decoded.
    pub header: Vec<u8>,
    /// The payload, decoded.
    pub payload: Vec<u8>,
    /// The signature, decoded.
    pub signature: Vec<u8>,
}

impl<'a> Compact<'a> {
    /// Splits a token into its parts.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(token: &'a str) -> Result<Self, Malformed> {
        let (signing_input, signature) = text::cut_last(token, b'.').ok_or(Malformed)?;
        let (header, payload) = text::cut(signing_input, b'.').ok_or(Malformed)?;
        let decode = |text: &str| base64url::decode(text).map_err(|_| Malformed);
        Ok(Self { signing_input, header: decode(header)?, payload: decode(payload)?, signature: decode(signature)? })
    }

    /// The header as an object.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn header(&self) -> Result<Object<'_>, Malformed> {
        Object::from_octets(&self.header).map_err(|_| Malformed)
    }

    /// The payload as an object.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn payload(&self) -> Result<Object<'_>, Malformed> {
        Object::from_octets(&self.payload).map_err(|_| Malformed)
    }
}

/// The result of the signature check by the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// The key made the signature.
    Good,
    /// The key did not make the signature.
    Bad,
}

/// Errors that all signed tokens share. The error type of each kind has variants of the same names, with its own
/// texts: see [`faults_of_tokens!`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TokenFault {
    Malformed,
    AlgNotAllowed,
    TypNotAllowed,
    CritUnsupported,
    NoMatchingKey,
    WeakKey,
    BadSignature,
    IssMissing,
    IssType,
    IssMismatch,
    AudMissing,
    AudType,
    AudMismatch,
    ExpMissing,
    ExpType,
    Expired,
    NbfType,
    NotYetValid,
}

impl From<Malformed> for TokenFault {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// Converts every [`TokenFault`] to the error variant of the same name.
macro_rules! faults_of_tokens {
    ($error:ident) => {
        $crate::protocol::explain::same_names! {
            $crate::protocol::jws::TokenFault => $error {
                Malformed, AlgNotAllowed, TypNotAllowed, CritUnsupported, NoMatchingKey, WeakKey, BadSignature, IssMissing, IssType, IssMismatch, AudMissing, AudType, AudMismatch, ExpMissing, ExpType, Expired, NbfType, NotYetValid,
            }
        }
    };
}
pub(super) use faults_of_tokens;

/// What the platform needs of a signed token to check its signature.
macro_rules! signature_parts {
    ($token:ident, $error:ident) => {
        impl $token<'_> {
            /// The key that checks the signature.
            ///
            /// # Errors
            /// `NoMatchingKey` if no key fits, or several do because the token names none. The client may then fetch the
            /// keys again, at most once a minute. `WeakKey`.
            pub fn key<'k>(&self, keys: &'k JwkSet) -> Result<&'k Jwk, $error> {
                Ok(self.0.key(keys)?)
            }

            /// The algorithm of the signature.
            #[must_use]
            pub fn algorithm(&self) -> SigningAlgorithm {
                self.0.algorithm()
            }

            /// The text that the signature covers.
            #[must_use]
            pub fn signing_input(&self) -> &[u8] {
                self.0.signing_input()
            }

            /// The signature.
            #[must_use]
            pub fn signature(&self) -> &[u8] {
                self.0.signature()
            }
        }
    };
}
pub(super) use signature_parts;

/// A token in parts, with an accepted algorithm. Nothing else is trusted yet.
pub(super) struct SignedToken<'a> {
    compact: Compact<'a>,
    algorithm: SigningAlgorithm,
    kid: Option<String>,
}

impl<'a> SignedToken<'a> {
    /// Splits the token and checks its header against `allowed`.
    ///
    /// Ignores keys and key URLs in the header (RFC 8725, section 3.10).
    pub(super) fn parse(token: &'a str, allowed: &[SigningAlgorithm]) -> Result<Self, TokenFault> {
        let compact = Compact::parse(token)?;
        // The payload must be an object, even before any claim is trusted.
        compact.payload()?;
        let header = compact.header()?;
        let algorithm = header.str("alg").and_then(SigningAlgorithm::from_name).filter(|known| allowed.contains(known));
        let algorithm = algorithm.ok_or(TokenFault::AlgNotAllowed)?;
        if header.get("crit").is_some() {
            return Err(TokenFault::CritUnsupported);
        }
        match header.get("typ") {
            None => {}
            Some(Value::String(typ))
                if typ.eq_ignore_ascii_case("JWT") || typ.eq_ignore_ascii_case("application/jwt") => {}
            Some(_) => return Err(TokenFault::TypNotAllowed),
        }
        let kid = match header.get("kid") {
            None => None,
            Some(Value::String(kid)) => Some(kid.clone().into_owned()),
            Some(_) => return Err(TokenFault::NoMatchingKey),
        };
        Ok(Self { compact, algorithm, kid })
    }

    /// The one key that may have signed the token.
    pub(super) fn key<'k>(&self, keys: &'k JwkSet) -> Result<&'k Jwk, TokenFault> {
        let mut candidates = keys.candidates(self.algorithm, self.kid.as_deref());
        let key = candidates.next().ok_or(TokenFault::NoMatchingKey)?;
        if candidates.next().is_some() {
            return Err(TokenFault::NoMatchingKey);
        }
        if key.is_weak() { Err(TokenFault::WeakKey) } else { Ok(key) }
    }

    pub(super) fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    pub(super) fn signing_input(&self) -> &[u8] {
        self.compact.signing_input.as_bytes()
    }

    pub(super) fn signature(&self) -> &[u8] {
        &self.compact.signature
    }

    /// The claims, if the signature is good.
    pub(super) fn claims(&self, signature: Signature) -> Result<Object<'_>, TokenFault> {
        match signature {
            Signature::Good => Ok(self.compact.payload()?),
            Signature::Bad => Err(TokenFault::BadSignature),
        }
    }

    /// All claims, as the checked JSON text.
    pub(super) fn payload(&self) -> Result<&str, TokenFault> {
        json::document(&self.compact.payload).map_err(|_| TokenFault::Malformed)
    }
}

/// Checks that `iss` is present and names `issuer`.
pub(super) fn check_issuer(claims: &Object<'_>, issuer: &str) -> Result<(), TokenFault> {
    match claims.get("iss") {
        None => Err(TokenFault::IssMissing),
        Some(Value::String(iss)) if iss == issuer => Ok(()),
        Some(Value::String(_)) => Err(TokenFault::IssMismatch),
        Some(_) => Err(TokenFault::IssType),
    }
}

/// All audiences in `aud`; `client_id` must be among them.
pub(super) fn audiences(claims: &Object<'_>, client_id: &str) -> Result<Vec<String>, TokenFault> {
    let audiences = match claims.get("aud") {
        None => return Err(TokenFault::AudMissing),
        Some(Value::String(one)) => vec![one.clone().into_owned()],
        Some(list) => list.as_strings().ok_or(TokenFault::AudType)?,
    };
    if audiences.iter().any(|known| known == client_id) { Ok(audiences) } else { Err(TokenFault::AudMismatch) }
}

/// `exp`, in seconds since the epoch.
pub(super) fn expiry(claims: &Object<'_>) -> Result<i64, TokenFault> {
    claims.get("exp").ok_or(TokenFault::ExpMissing)?.as_whole().ok_or(TokenFault::ExpType)
}

/// Checks that `now` lies between `nbf`, if present, and `exp`, within the tolerance.
pub(super) fn check_period(claims: &Object<'_>, exp: i64, now: i64, tolerance: i64) -> Result<(), TokenFault> {
    if now >= exp.saturating_add(tolerance) {
        return Err(TokenFault::Expired);
    }
    match claims.get("nbf").map(|value| value.as_whole().ok_or(TokenFault::NbfType)).transpose()? {
        Some(nbf) if now.saturating_add(tolerance) < nbf => Err(TokenFault::NotYetValid),
        _ => Ok(()),
    }
}
