//! Signed tokens in compact form (RFC 7515): taken apart, not yet believed.

use super::base64url;
use super::json::Object;

/// Signature algorithms that a token may use. All are asymmetric: `none` and `HS*` cannot be expressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub enum SigningAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    #[cfg_attr(feature = "serde", serde(rename = "RS256"))]
    Rs256,
    /// RSASSA-PSS with SHA-256.
    #[cfg_attr(feature = "serde", serde(rename = "PS256"))]
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    #[cfg_attr(feature = "serde", serde(rename = "ES256"))]
    Es256,
    /// Ed25519, under its old name `EdDSA` or its own (RFC 9864).
    #[cfg_attr(feature = "serde", serde(rename = "EdDSA", alias = "Ed25519"))]
    EdDsa,
}

impl SigningAlgorithm {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Rs256, Self::Ps256, Self::Es256, Self::EdDsa];

    /// The algorithm of that exact name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            "EdDSA" | "Ed25519" => Some(Self::EdDsa),
            _ => None,
        }
    }

    /// The name to show.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Ps256 => "PS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
        }
    }
}

/// The token is not three parts of canonical base64url of which two are JSON objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

/// A token in its parts. Nothing in it has been checked.
pub struct Compact<'a> {
    /// What the signature is over: header and payload as they stood.
    pub signing_input: &'a str,
    /// The header, decoded.
    pub header: Vec<u8>,
    /// The payload, decoded.
    pub payload: Vec<u8>,
    /// The signature, decoded.
    pub signature: Vec<u8>,
}

impl<'a> Compact<'a> {
    /// Takes a token apart.
    ///
    /// # Errors
    /// [`Malformed`].
    pub fn parse(token: &'a str) -> Result<Self, Malformed> {
        let (signing_input, signature) = token.rsplit_once('.').ok_or(Malformed)?;
        let (header, payload) = signing_input.split_once('.').ok_or(Malformed)?;
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
