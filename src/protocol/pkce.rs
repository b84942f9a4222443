//! Proof Key for Code Exchange (RFC 7636).
//!
//! The client knows S256 only. The comparison at the authorizer also knows `plain`, for a switch of the built-in
//! authorizer; the client cannot ask for it.

use sha2::{Digest as _, Sha256};

use super::base64url;
use super::secret::equal_in_constant_time;

/// The code verifier: 43 to 128 unreserved characters (RFC 7636, section 4.1).
#[derive(Clone, PartialEq, Eq)]
pub struct CodeVerifier(String);

/// The text is not a code verifier: wrong length, or a character outside `A-Z a-z 0-9 - . _ ~`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotACodeVerifier;

impl CodeVerifier {
    /// Makes a verifier of 43 characters from 32 cryptographically random octets.
    #[must_use]
    pub fn from_entropy(octets: &[u8; 32]) -> Self {
        Self(base64url::encode(octets))
    }

    /// Reads a verifier that already exists.
    ///
    /// # Errors
    /// [`NotACodeVerifier`] for text outside the grammar of RFC 7636, section 4.1.
    pub fn parse(text: &str) -> Result<Self, NotACodeVerifier> {
        let unreserved = |octet: u8| octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~');
        if (43..=128).contains(&text.len()) && text.bytes().all(unreserved) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NotACodeVerifier)
        }
    }

    /// The S256 challenge: base64url of the SHA-256 of the verifier (RFC 7636, section 4.2).
    #[must_use]
    pub fn challenge(&self) -> CodeChallenge {
        CodeChallenge(s256(&self.0))
    }

    /// The verifier itself, for the token request and the storage of the tab.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for CodeVerifier {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("CodeVerifier(hidden)")
    }
}

/// The S256 code challenge: 43 base64url characters. It is public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeChallenge(String);

impl CodeChallenge {
    /// The challenge for the authorization request.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` has the shape of an S256 challenge: 43 characters that decode to 32 octets.
    #[must_use]
    pub fn is_well_formed(text: &str) -> bool {
        text.len() == 43 && base64url::decode(text).is_ok_and(|octets| octets.len() == 32)
    }
}

/// How the client made the challenge from its verifier (RFC 7636, section 4.3). Names are case-sensitive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChallengeMethod {
    /// SHA-256, then base64url.
    S256,
    /// The verifier itself. Only a weakened authorizer accepts it.
    Plain,
}

impl ChallengeMethod {
    /// The method with exactly this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "S256" => Some(Self::S256),
            "plain" => Some(Self::Plain),
            _ => None,
        }
    }

    /// Whether `verifier` belongs to `challenge` (RFC 7636, section 4.6), in constant time.
    #[must_use]
    pub fn verifier_matches(self, verifier: &str, challenge: &str) -> bool {
        match self {
            Self::S256 => equal_in_constant_time(s256(verifier).as_bytes(), challenge.as_bytes()),
            Self::Plain => equal_in_constant_time(verifier.as_bytes(), challenge.as_bytes()),
        }
    }
}

fn s256(verifier: &str) -> String {
    base64url::encode(&Sha256::digest(verifier.as_bytes()))
}
