//! The check of a DPoP proof by its receiver (RFC 9449, section 4.3).
//!
//! Three stages, each with its own type: text ([`UnverifiedProof`]), signature (checked by the platform with the key
//! in the proof, between [`UnverifiedProof::key`] and [`UnverifiedProof::judge`]), claims ([`Proof`]).

use sha2::{Digest as _, Sha256};

use super::base64url;
use super::explain::explained_errors;
use super::id_token::Signature;
use super::json::{Object, Value};
use super::jwk::Jwk;
use super::jws::{Compact, Malformed};
use super::secret::{AccessToken, equal_in_constant_time};
use super::signing_algorithm::SigningAlgorithm;
use super::url::{self, AbsoluteUrl};

/// Members that only a private or a shared key has (RFC 7518, sections 6.2.2, 6.3.2 and 6.4.1).
const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

explained_errors! {
    /// Why the receiver refuses a DPoP proof. It does not carry out the request.
    DpopError {
        Malformed = "malformed": "The DPoP proof is not one signed token.", "Nobody can tell which key it is about.", "Send one proof in one DPoP header.";
        Typ = "typ": "The token in the DPoP header says that it is something else than a proof.", "A token made for another use could be passed off as a proof.", "Set typ to dpop+jwt.";
        Alg = "alg": "The DPoP proof is signed in a way that is not accepted here, or not at all.", "Anyone could have written it.", "Sign with one of the algorithms that the metadata lists.";
        Jwk = "jwk": "The DPoP proof brings no public key that fits its algorithm.", "There is nothing to check the signature with.", "Put the public key into the header, as jwk.";
        PrivateKey = "private_key": "The DPoP proof shows a private key.", "Whoever saw it can make proofs too.", "Make a new key and send its public part only.";
        Signature = "signature": "The signature of the DPoP proof was not made with the key in it.", "It was changed, or somebody else wrote it.", "Sign with the private part of that key.";
        Jti = "jti": "The DPoP proof has no identifier.", "It could be used again without anyone noticing.", "Put 16 random octets or more into jti.";
        Htm = "htm": "The DPoP proof is for another HTTP method.", "It was made for another request.", "Put the method of this request into htm.";
        Htu = "htu": "The DPoP proof is for another address.", "It was made for another request.", "Put the address of this request, without query and fragment, into htu.";
        Iat = "iat": "The DPoP proof does not say when it was made.", "It could be a copy of an old one.", "Put the time, in seconds since 1970, into iat.";
        Stale = "stale": "The DPoP proof was made too long ago, or in the future.", "It may be a copy, or the clock of the device is wrong.", "Make a new proof for each request, with the time of the server where the own clock is wrong.";
        Nonce = "nonce": "The DPoP proof does not carry the nonce that this server gave out last.", "It could have been made in advance.", "Make a new proof with the nonce of the DPoP-Nonce header.";
        Ath = "ath": "The DPoP proof is not about the access token that it came with.", "It was made for another token.", "Put the base64url of the SHA-256 of the token into ath.";
        KeyBinding = "key_binding": "The DPoP proof was made with another key than the one that the token is bound to.", "Somebody else may be using the token.", "Use the key that the token was asked for with.";
        Replay = "replay": "The DPoP proof was used before.", "It may be a copy.", "Make a new proof for each request.";
    }
}

impl From<Malformed> for DpopError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// What the receiver checks a proof against.
pub struct ProofExpectations<'a> {
    /// The method of the request.
    pub method: &'a str,
    /// The address of the request; query and fragment do not count.
    pub url: &'a str,
    /// Seconds since the epoch.
    pub now: i64,
    /// Oldest acceptable `iat`, in seconds before now.
    pub max_age: i64,
    /// Latest acceptable `iat`, in seconds after now.
    pub max_ahead: i64,
    /// The proof must carry one of these nonces; empty if none is demanded (RFC 9449, sections 8 and 9).
    pub nonces: &'a [&'a str],
    /// The access token of the request, at a protected resource.
    pub access_token: Option<&'a AccessToken>,
    /// The thumbprint of the key that the token is bound to, if any.
    pub jkt: Option<&'a str>,
    /// Whether this proof was used before (RFC 9449, section 11.1). Called last, if all else is good.
    pub is_seen: &'a dyn Fn(&Proof) -> bool,
}

/// A proof in parts, with an accepted type, algorithm and key. Nothing else is trusted yet.
pub struct UnverifiedProof<'a> {
    compact: Compact<'a>,
    algorithm: SigningAlgorithm,
    key: Jwk,
}

impl<'a> UnverifiedProof<'a> {
    /// Splits the text of a `DPoP` header and checks the header of the proof against `allowed`.
    ///
    /// # Errors
    /// [`DpopError`].
    pub fn parse(text: &'a str, allowed: &[SigningAlgorithm]) -> Result<Self, DpopError> {
        let compact = Compact::parse(text)?;
        // The payload must be an object, even before any claim is trusted.
        compact.payload()?;
        let header = compact.header()?;
        if !header.str("typ").is_some_and(is_proof_type) {
            return Err(DpopError::Typ);
        }
        let algorithm = header.str("alg").and_then(SigningAlgorithm::from_name).filter(|known| allowed.contains(known));
        let algorithm = algorithm.ok_or(DpopError::Alg)?;
        // No extension is known, so the proof may demand none (RFC 7515, section 4.1.11).
        if header.get("crit").is_some() {
            return Err(DpopError::Malformed);
        }
        let Some(Value::Object(key)) = header.get("jwk") else { return Err(DpopError::Jwk) };
        let key = Object::parse(key).map_err(|_| DpopError::Jwk)?;
        if PRIVATE_MEMBERS.iter().any(|name| key.get(name).is_some()) {
            return Err(DpopError::PrivateKey);
        }
        let key = Jwk::from_object(&key).filter(|key| key.fits(algorithm) && !key.is_weak());
        let key = key.ok_or(DpopError::Jwk)?;
        Ok(Self { compact, algorithm, key })
    }

    /// The key in the proof, which checks the signature.
    #[must_use]
    pub fn key(&self) -> &Jwk {
        &self.key
    }

    /// The algorithm of the signature.
    #[must_use]
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The text that the signature covers.
    #[must_use]
    pub fn signing_input(&self) -> &'a [u8] {
        self.compact.signing_input.as_bytes()
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.compact.signature
    }

    /// Checks signature and claims (RFC 9449, section 4.3).
    ///
    /// # Errors
    /// [`DpopError`].
    pub fn judge(self, signature: Signature, expected: &ProofExpectations<'_>) -> Result<Proof, DpopError> {
        if signature != Signature::Good {
            return Err(DpopError::Signature);
        }
        let claims = self.compact.payload()?;
        let jti = claims.str("jti").filter(|jti| !jti.is_empty()).ok_or(DpopError::Jti)?;
        if claims.str("htm") != Some(expected.method) {
            return Err(DpopError::Htm);
        }
        let is_same_place = |htu: &str| normal(htu).is_some_and(|htu| Some(htu) == normal(expected.url));
        if !claims.str("htu").is_some_and(is_same_place) {
            return Err(DpopError::Htu);
        }
        let issued_at = claims.get("iat").and_then(Value::as_whole).ok_or(DpopError::Iat)?;
        let earliest = expected.now.saturating_sub(expected.max_age);
        if !(earliest..=expected.now.saturating_add(expected.max_ahead)).contains(&issued_at) {
            return Err(DpopError::Stale);
        }
        let nonce = claims.str("nonce").unwrap_or_default();
        let is_known = |known: &&str| equal_in_constant_time(known.as_bytes(), nonce.as_bytes());
        if !expected.nonces.is_empty() && !expected.nonces.iter().any(is_known) {
            return Err(DpopError::Nonce);
        }
        if expected.access_token.is_some_and(|token| claims.str("ath") != Some(access_token_digest(token).as_str())) {
            return Err(DpopError::Ath);
        }
        let proof = Proof { jkt: self.key.thumbprint(), jti: jti.to_owned(), issued_at };
        if expected.jkt.is_some_and(|jkt| jkt != proof.jkt) {
            return Err(DpopError::KeyBinding);
        }
        if (expected.is_seen)(&proof) { Err(DpopError::Replay) } else { Ok(proof) }
    }
}

impl std::fmt::Debug for UnverifiedProof<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UnverifiedProof(hidden)")
    }
}

/// A proof that passed every check. Only [`UnverifiedProof::judge`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    jkt: String,
    jti: String,
    issued_at: i64,
}

impl Proof {
    /// The thumbprint of the key, to which a token is bound (RFC 9449, section 6).
    #[must_use]
    pub fn jkt(&self) -> &str {
        &self.jkt
    }

    /// The identifier. The receiver remembers it while it would accept the proof.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// When the client made the proof, in seconds since the epoch.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        self.issued_at
    }
}

/// `ath`: the hash of the access token (RFC 9449, section 4.2).
#[must_use]
pub fn access_token_digest(token: &AccessToken) -> String {
    base64url::encode(&Sha256::digest(token.expose().as_bytes()))
}

/// `typ` is a media type: case does not matter, and `application/` is optional (RFC 7515, section 4.1.9).
fn is_proof_type(typ: &str) -> bool {
    ["dpop+jwt", "application/dpop+jwt"].iter().any(|known| typ.eq_ignore_ascii_case(known))
}

/// The one normal form of an address, without query and fragment (RFC 3986, sections 6.2.2 and 6.2.3). `None` if a
/// proof cannot go to this address.
fn normal(url: &str) -> Option<String> {
    let (place, _, _) = url::split(url);
    let (scheme, rest) = place.split_once("://")?;
    let place = format!("{}://{rest}", scheme.to_ascii_lowercase());
    let url = AbsoluteUrl::parse(&place).ok()?;
    let mut normal = url.origin();
    let path = unreserved_decoded(url.path)?;
    let mut segments: Vec<&str> = Vec::new();
    let mut ends_open = false;
    for segment in path.split('/').skip(1) {
        ends_open = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    for segment in &segments {
        normal.push('/');
        normal.push_str(segment);
    }
    if ends_open || segments.is_empty() {
        normal.push('/');
    }
    Some(normal)
}

/// Decodes escapes of unreserved characters and writes all other escapes in capitals.
fn unreserved_decoded(path: &str) -> Option<String> {
    let mut parts = path.split('%');
    let mut out = parts.next()?.to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2)?;
        let octet = u8::from_str_radix(digits, 16).ok().filter(|_| !digits.starts_with('+'))?;
        if octet.is_ascii_alphanumeric() || matches!(octet, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(octet));
        } else {
            out.push('%');
            out.push_str(&digits.to_ascii_uppercase());
        }
        out.push_str(rest);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_address_are_one_address() {
        for (one, other) in [
            ("https://as.example/token", "HTTPS://AS.Example:443/token?a#b"),
            ("https://as.example", "https://as.example/"),
            ("https://as.example/token", "https://as.example/x/../%74oken"),
            ("https://as.example/a/", "https://as.example/a/b/.."),
            ("https://as.example/%C3%A9", "https://as.example/%c3%a9"),
            ("http://localhost:8080/token", "http://localhost:8080/./token"),
        ] {
            assert!(normal(one).is_some());
            assert_eq!(normal(one), normal(other), "{other}");
        }
    }

    #[test]
    fn other_addresses_stay_other_addresses() {
        let token = normal("https://as.example/token");
        for other in [
            "https://as.example/Token",
            "https://as.example/token/",
            "https://as.example//token",
            "https://as.example:8443/token",
            "https://as.example/%2Ftoken",
            "https://as.example.evil.example/token",
        ] {
            assert!(normal(other).is_some_and(|other| Some(other) != token), "{other}");
        }
        for none in ["", "/token", "as.example/token", "http://as.example/token", "https://a/%zz", "https://a/%+1"] {
            assert_eq!(normal(none), None, "{none}");
        }
    }
}
