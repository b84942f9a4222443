//! ID token validation (OpenID Connect Core, sections 3.1.3.7 and 12.2; RFC 8725).
//!
//! Three stages, each with its own type: text ([`UnverifiedIdToken`]), key and signature (checked by the platform
//! between [`UnverifiedIdToken::key`] and [`UnverifiedIdToken::judge`]), claims ([`IdToken`]).

mod claims;

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::base64url;
use super::explain::explained_errors;
use super::jwk::{Jwk, JwkSet};
use super::jws::{self, Malformed, SignedToken, faults_of_tokens, signature_parts};
use super::secret::{AccessToken, Nonce};
use super::signing_algorithm::SigningAlgorithm;

use claims::{Claims, Times};

pub use super::jws::Signature;

explained_errors! {
    /// Why the client refuses an ID token. It uses no token of the same response.
    IdTokenError {
        Malformed = "malformed": "The ID token is not a signed token.", "Nobody can tell who signed in. No token was used.", "Tell whoever runs the authorizer.";
        AlgNotAllowed = "alg_not_allowed": "The ID token is signed in a way that this app does not accept, or not at all.", "Anyone could have written it. No token was used.", "Let the authorizer sign with RS256, ES256, EdDSA or another asymmetric algorithm.";
        TypNotAllowed = "typ_not_allowed": "The token says that it is something else than an ID token.", "A token made for another use could be passed off as a sign-in. No token was used.", "Tell whoever runs the authorizer.";
        CritUnsupported = "crit_unsupported": "The ID token demands an extension that this app does not know.", "It must not be used then.", "Tell whoever runs the authorizer.";
        NoMatchingKey = "no_matching_key": "The authorizer publishes no key that fits this ID token.", "Somebody else may have signed it. No token was used.", "Start again. If it happens again, tell whoever runs the authorizer.";
        WeakKey = "weak_key": "The authorizer's key is too short.", "A signature made with it can be forged. No token was used.", "Let the authorizer use an RSA key of 2,048 bits or more, or another kind of key.";
        BadSignature = "bad_signature": "The signature of the ID token is wrong.", "It was changed, or somebody else wrote it. No token was used.", "Start again. If it happens again, do not use that authorizer.";
        IssMissing = "iss_missing": "The ID token does not say who issued it.", "No token was used.", "Tell whoever runs the authorizer.";
        IssType = "iss_type": "The issuer in the ID token is not text.", "No token was used.", "Tell whoever runs the authorizer.";
        IssMismatch = "iss_mismatch": "The ID token was issued by somebody else.", "It says nothing about a sign-in at this authorizer. No token was used.", "Compare the issuer in the setup with the authorizer's own documentation.";
        AudMissing = "aud_missing": "The ID token does not say for which app it is.", "No token was used.", "Tell whoever runs the authorizer.";
        AudType = "aud_type": "The audience of the ID token is not text.", "No token was used.", "Tell whoever runs the authorizer.";
        AudMismatch = "aud_mismatch": "The ID token is for another app.", "Somebody signed in there, not here. No token was used.", "Check the client ID in the setup.";
        AudUntrusted = "aud_untrusted": "The ID token is also for an app that this one does not know.", "That app could use it here. No token was used.", "If you know every app that it names, list them as trusted audiences: ClientConfig::trusted_audiences, trustedAudiences, or trusted-audiences on the element.";
        AzpMismatch = "azp_mismatch": "The ID token was asked for by another app.", "No token was used.", "Check the client ID in the setup.";
        AzpType = "azp_type": "The party in the ID token is not text.", "No token was used.", "Tell whoever runs the authorizer.";
        SubMissing = "sub_missing": "The ID token does not say who signed in.", "No token was used.", "Tell whoever runs the authorizer.";
        SubType = "sub_type": "The name of the person in the ID token is empty, too long or not text.", "No token was used.", "Tell whoever runs the authorizer.";
        ExpMissing = "exp_missing": "The ID token does not say how long it is valid.", "No token was used.", "Tell whoever runs the authorizer.";
        ExpType = "exp_type": "The end of the ID token is not a time.", "No token was used.", "Tell whoever runs the authorizer.";
        Expired = "expired": "The ID token is no longer valid.", "It is old, or the clock of this device is wrong. No token was used.", "Check the clock of this device, then start again.";
        IatMissing = "iat_missing": "The ID token does not say when it was issued.", "No token was used.", "Tell whoever runs the authorizer.";
        IatType = "iat_type": "The time of issue in the ID token is not a time.", "No token was used.", "Tell whoever runs the authorizer.";
        IatInFuture = "iat_in_future": "The ID token was issued in the future.", "The clock of this device, or the authorizer's, is wrong. No token was used.", "Check the clock of this device, then start again.";
        IatTooOld = "iat_too_old": "The ID token was issued long before this sign-in.", "It may be a copy of an old one. No token was used.", "Check the clock of this device, then start again.";
        NotYetValid = "not_yet_valid": "The ID token is not valid yet.", "The clock of this device, or the authorizer's, is wrong. No token was used.", "Check the clock of this device, then start again.";
        NbfType = "nbf_type": "The beginning of the ID token is not a time.", "No token was used.", "Tell whoever runs the authorizer.";
        AuthTimeMissing = "auth_time_missing": "The ID token does not say when the person signed in.", "A recent sign-in was asked for and cannot be shown. No token was used.", "Tell whoever runs the authorizer.";
        AuthTimeType = "auth_time_type": "The time of sign-in in the ID token is not a time.", "No token was used.", "Tell whoever runs the authorizer.";
        AuthTimeTooOld = "auth_time_too_old": "The person signed in longer ago than this app allows.", "No token was used.", "Sign in at the authorizer again.";
        NonceMissing = "nonce_missing": "The ID token does not say to which request it belongs.", "It may have been issued for somebody else. No token was used.", "Start again from this page.";
        NonceMismatch = "nonce_mismatch": "The ID token belongs to another request.", "It may have been issued for somebody else. No token was used.", "Start again from this page.";
        NonceUnexpected = "nonce_unexpected": "The ID token belongs to a request that this app did not make.", "No token was used.", "Start again from this page.";
        AtHashMismatch = "at_hash_mismatch": "The ID token and the access token do not belong together.", "One of them was exchanged. No token was used.", "Start again. If it happens again, do not use that authorizer.";
        RefreshSubChanged = "refresh_sub_changed": "The new ID token names another person.", "The session was ended rather than handed over.", "Sign in again.";
        RefreshAuthTimeChanged = "refresh_auth_time_changed": "The new ID token names another time of sign-in.", "A refresh is not a new sign-in. The new tokens were not used.", "Sign in again.";
    }
}

faults_of_tokens!(IdTokenError);

impl From<Malformed> for IdTokenError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

impl IdTokenError {
    /// Whether the ID token of a refresh names another person or issuer. Then the session must not go on with it
    /// (OpenID Connect Core, section 12.2).
    #[must_use]
    pub const fn is_about_somebody_else(self) -> bool {
        matches!(self, Self::RefreshSubChanged | Self::IssMismatch)
    }

    /// Whether the check might succeed at another time.
    const fn may_be_the_clock(self) -> bool {
        self.is_about_time() || matches!(self, Self::AuthTimeTooOld)
    }

    /// Whether a wrong clock of this device alone can explain the error.
    #[must_use]
    pub const fn is_about_time(self) -> bool {
        matches!(self, Self::Expired | Self::IatInFuture | Self::IatTooOld | Self::NotYetValid)
    }
}

/// What the client checks an ID token against.
#[derive(Debug, Clone)]
pub struct IdTokenExpectations<'a> {
    /// The issuer that the client asked.
    pub issuer: &'a str,
    /// The client identifier: must be in `aud`.
    pub client_id: &'a str,
    /// Further audiences that `aud` may contain.
    pub trusted_audiences: &'a [String],
    /// The nonce of the request; `None` if the request had none.
    pub nonce: Option<&'a Nonce>,
    /// The access token of the same response, for `at_hash`.
    pub access_token: Option<&'a AccessToken>,
    /// Seconds since the epoch.
    pub now: i64,
    /// The accepted difference between clocks, in seconds.
    pub tolerance: i64,
    /// Oldest acceptable `iat`, in seconds before now.
    pub max_iat_age: Option<i64>,
    /// How to learn the time from `iat`, if no better source is known.
    pub skew: Option<Skew>,
    /// The `max_age` of the request, in seconds.
    pub max_age: Option<u32>,
    /// Claims of the sign-in, if this token came with a refresh.
    pub original: Option<OriginalClaims<'a>>,
}

/// How wrong the clock of this device may be. The token came directly from the token endpoint and repeats the nonce
/// of its login. So it was issued after the login began and before it arrived, and `iat` shows the time of the
/// authorizer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skew {
    /// The largest accepted difference between the two clocks, in seconds.
    pub max: i64,
    /// When the token arrived, by the uncorrected clock of this device, in seconds since the epoch.
    pub arrived_at: i64,
    /// When the token request was sent, by the same clock.
    pub sent_at: i64,
    /// When the login began, by the same clock; for a refresh, when the token request was sent.
    pub began_at: i64,
}

impl Skew {
    /// How far the clock of the issuer is ahead by `iat`, in seconds; 0 if `iat` lies between these moments by the
    /// clock of this device, within the tolerance.
    fn offset(&self, iat: i64, tolerance: i64) -> i64 {
        // The clock may have been set back between the two.
        let sent_at = self.sent_at.min(self.arrived_at);
        if iat > self.arrived_at.saturating_add(tolerance) {
            iat.saturating_sub(self.arrived_at)
        } else if iat < self.began_at.min(sent_at).saturating_sub(tolerance) {
            // Most authorizers issue the ID token at the exchange of the code.
            iat.saturating_sub(sent_at)
        } else {
            0
        }
    }
}

/// Claims that a refresh must not change (OpenID Connect Core, section 12.2).
#[derive(Debug, Clone, Copy)]
pub struct OriginalClaims<'a> {
    /// The person.
    pub sub: &'a str,
    /// When the person signed in, if the first token says so.
    pub auth_time: Option<i64>,
    /// The nonce of the sign-in: a refreshed token repeats it or has none.
    pub nonce: Option<&'a Nonce>,
}

/// An ID token in parts, with an accepted algorithm. Nothing else is trusted yet.
pub struct UnverifiedIdToken<'a>(SignedToken<'a>);

signature_parts!(UnverifiedIdToken, IdTokenError);

impl<'a> UnverifiedIdToken<'a> {
    /// Splits the token and checks its header against `allowed`.
    ///
    /// Ignores keys and key URLs in the header (RFC 8725, section 3.10).
    ///
    /// # Errors
    /// [`IdTokenError`].
    pub fn parse(token: &'a str, allowed: &[SigningAlgorithm]) -> Result<Self, IdTokenError> {
        Ok(Self(SignedToken::parse(token, allowed)?))
    }

    /// Checks every claim of a token with a good signature.
    ///
    /// # Errors
    /// [`IdTokenError`]; then nothing of the token may be used.
    pub fn judge(self, signature: Signature, expected: &IdTokenExpectations<'_>) -> Result<IdToken, IdTokenError> {
        let algorithm = self.0.algorithm();
        let claims = Claims(self.0.claims(signature)?);
        let checks = claims.checks(expected);
        jws::check_issuer(&claims.0, expected.issuer)?;
        claims.audience(expected)?;
        let sub = claims.subject()?;
        // Before the times: the nonce shows that the token is fresh.
        claims.nonce(expected)?;
        let (times, offset) = claims.times(expected)?;
        let Times { issued_at, expires_at, auth_time } = times;
        claims.at_hash(algorithm, expected)?;
        if let Some(original) = expected.original {
            if original.sub != sub {
                return Err(IdTokenError::RefreshSubChanged);
            }
            if auth_time.is_some() && original.auth_time.is_some() && auth_time != original.auth_time {
                return Err(IdTokenError::RefreshAuthTimeChanged);
            }
        }
        let payload = self.0.payload()?.to_owned();
        let text = |name: &str| claims.0.str(name).map(str::to_owned);
        Ok(IdToken {
            issuer: expected.issuer.to_owned(),
            sub: sub.to_owned(),
            issued_at,
            expires_at,
            offset,
            auth_time,
            name: text("name").or_else(|| text("preferred_username")),
            email: text("email"),
            algorithm,
            checks,
            payload,
        })
    }
}

/// `at_hash`: the left half of the hash of the access token (OpenID Connect Core, section 3.1.3.6).
#[must_use]
pub fn access_token_hash(algorithm: SigningAlgorithm, token: &AccessToken) -> String {
    let token = token.expose().as_bytes();
    let half = |hash: &[u8]| base64url::encode(hash.get(..algorithm.hash_length() / 2).unwrap_or_default());
    match algorithm.hash_length() {
        32 => half(&Sha256::digest(token)),
        48 => half(&Sha384::digest(token)),
        _ => half(&Sha512::digest(token)),
    }
}

/// A validated ID token. Only [`UnverifiedIdToken::judge`] makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct IdToken {
    issuer: String,
    sub: String,
    issued_at: i64,
    expires_at: i64,
    offset: Option<i64>,
    auth_time: Option<i64>,
    name: Option<String>,
    email: Option<String>,
    algorithm: SigningAlgorithm,
    checks: Vec<&'static str>,
    payload: String,
}

impl IdToken {
    /// How far the clock of the issuer is ahead of this device, in seconds, if only the token shows it: see [`Skew`].
    #[must_use]
    pub fn offset(&self) -> Option<i64> {
        self.offset
    }

    /// The issuer: together with [`sub`](Self::sub) it identifies the person.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The person: unique at this issuer and never reassigned.
    #[must_use]
    pub fn sub(&self) -> &str {
        &self.sub
    }

    /// When it was issued, in seconds since the epoch.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        self.issued_at
    }

    /// When it expires, in seconds since the epoch.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// When the person signed in, in seconds since the epoch.
    #[must_use]
    pub fn auth_time(&self) -> Option<i64> {
        self.auth_time
    }

    /// A name to display; unlike [`sub`](Self::sub) it may change, and another person may have it too.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The e-mail address, if requested and granted.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The algorithm of the signature.
    #[must_use]
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// What the client compared, for display: `signature`, then the names of the claims.
    #[must_use]
    pub fn checks(&self) -> &[&'static str] {
        &self.checks
    }

    /// All claims, as JSON text.
    #[must_use]
    pub fn claims(&self) -> &str {
        &self.payload
    }
}

impl std::fmt::Debug for IdToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("IdToken").field("issuer", &self.issuer).finish_non_exhaustive()
    }
}
