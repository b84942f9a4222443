//! ID token validation (OpenID Connect Core, sections 3.1.3.7 and 12.2; RFC 8725).
//!
//! Three stages, each a type of its own: text ([`UnverifiedIdToken`]), key and signature (checked by the
//! platform between [`UnverifiedIdToken::key`] and [`UnverifiedIdToken::judge`]), and claims ([`IdToken`]).

use sha2::{Digest as _, Sha256, Sha384, Sha512};

use super::base64url;
use super::explain::explained_errors;
use super::json::{Object, Value};
use super::jwk::{Jwk, JwkSet};
use super::jws::{self, Malformed, SignedToken, faults_of_tokens};
use super::secret::{AccessToken, Nonce, equal_in_constant_time};
use super::signing_algorithm::SigningAlgorithm;

pub use super::jws::Signature;

/// How far a token's `iat` may lie ahead of this clock, in seconds, whatever the tolerance.
const MAX_IAT_AHEAD: i64 = 60;

explained_errors! {
    /// Why an ID token is not believed. No token that came with it is used.
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
    /// Whether a token that came with a refresh speaks of another person, or comes from another issuer: then the session
    /// must not go on with it (OpenID Connect Core, section 12.2).
    #[must_use]
    pub const fn is_about_somebody_else(self) -> bool {
        matches!(self, Self::RefreshSubChanged | Self::IssMismatch)
    }

    /// Whether another time would be enough to explain it.
    const fn may_be_the_clock(self) -> bool {
        self.is_about_time() || matches!(self, Self::AuthTimeTooOld)
    }

    /// Whether a wrong clock of this device would be enough to explain it.
    #[must_use]
    pub const fn is_about_time(self) -> bool {
        matches!(self, Self::Expired | Self::IatInFuture | Self::IatTooOld | Self::NotYetValid)
    }
}

/// What an ID token is measured against.
#[derive(Debug, Clone)]
pub struct IdTokenExpectations<'a> {
    /// The issuer that was asked.
    pub issuer: &'a str,
    /// The client identifier: must be in `aud`.
    pub client_id: &'a str,
    /// Further audiences that may stand in `aud`.
    pub trusted_audiences: &'a [String],
    /// The nonce of the request; `None` if none was sent.
    pub nonce: Option<&'a Nonce>,
    /// The access token that came along, for `at_hash`.
    pub access_token: Option<&'a AccessToken>,
    /// Seconds since the epoch.
    pub now: i64,
    /// Seconds by which clocks may differ.
    pub tolerance: i64,
    /// Oldest acceptable `iat`, in seconds before now.
    pub max_iat_age: Option<i64>,
    /// What the token's `iat` may say about the time, where nothing better does.
    pub skew: Option<Skew>,
    /// The `max_age` of the request, in seconds.
    pub max_age: Option<u32>,
    /// The ID token of the sign-in, where this one came with a refresh.
    pub original: Option<OriginalClaims<'a>>,
}

/// How wrong the clock of this device may be, for a token that came straight from the token endpoint and repeats the nonce
/// of its login: it was issued after the login began and before it arrived, so its `iat` says what time it is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skew {
    /// The furthest that the two clocks may be apart, in seconds.
    pub max: i64,
    /// This device's time when the token arrived, in seconds since the epoch, uncorrected.
    pub arrived_at: i64,
    /// The same when its request was sent.
    pub sent_at: i64,
    /// The same when the login began. A token that is refreshed has no earlier moment than its request.
    pub began_at: i64,
}

impl Skew {
    /// How far the issuer's clock is ahead, in seconds, by `iat`; 0 where it fits between the moments, by the clock of
    /// this device, give or take the tolerance.
    fn offset(&self, iat: i64, tolerance: i64) -> i64 {
        // The clock may have been set back in between.
        let sent_at = self.sent_at.min(self.arrived_at);
        if iat > self.arrived_at.saturating_add(tolerance) {
            iat.saturating_sub(self.arrived_at)
        } else if iat < self.began_at.min(sent_at).saturating_sub(tolerance) {
            // Most authorizers issue it when the code is exchanged.
            iat.saturating_sub(sent_at)
        } else {
            0
        }
    }
}

/// What must not change from the sign-in to a refresh (OpenID Connect Core, section 12.2).
#[derive(Debug, Clone, Copy)]
pub struct OriginalClaims<'a> {
    /// The person.
    pub sub: &'a str,
    /// When the person signed in, where the first token said so.
    pub auth_time: Option<i64>,
    /// The nonce of the sign-in: a refreshed token repeats it or has none.
    pub nonce: Option<&'a Nonce>,
}

/// An ID token in its parts, its algorithm known to be acceptable; nothing else is.
pub struct UnverifiedIdToken<'a>(SignedToken<'a>);

impl<'a> UnverifiedIdToken<'a> {
    /// Takes the token apart and checks its header against `allowed`.
    ///
    /// Keys or addresses of keys in the header are never looked at (RFC 8725, section 3.10).
    ///
    /// # Errors
    /// [`IdTokenError`].
    pub fn parse(token: &'a str, allowed: &[SigningAlgorithm]) -> Result<Self, IdTokenError> {
        Ok(Self(SignedToken::parse(token, allowed)?))
    }

    /// The key to check the signature with.
    ///
    /// # Errors
    /// [`IdTokenError::NoMatchingKey`], after which the keys may be fetched again once a minute; also if the
    /// token names no key and several would fit. [`IdTokenError::WeakKey`].
    pub fn key<'k>(&self, keys: &'k JwkSet) -> Result<&'k Jwk, IdTokenError> {
        Ok(self.0.key(keys)?)
    }

    /// The algorithm that the token is signed with.
    #[must_use]
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.0.algorithm()
    }

    /// What the signature is over.
    #[must_use]
    pub fn signing_input(&self) -> &[u8] {
        self.0.signing_input()
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        self.0.signature()
    }

    /// Judges every claim, once the signature is known to be good.
    ///
    /// # Errors
    /// [`IdTokenError`]; nothing of the token may be used then.
    pub fn judge(self, signature: Signature, expected: &IdTokenExpectations<'_>) -> Result<IdToken, IdTokenError> {
        let algorithm = self.0.algorithm();
        let claims = Claims(self.0.claims(signature)?);
        let checks = claims.checks(expected);
        jws::check_issuer(&claims.0, expected.issuer)?;
        claims.audience(expected)?;
        let sub = claims.subject()?;
        // Before any time is looked at: it is the nonce that makes a token fresh.
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

struct Claims<'a>(Object<'a>);

/// In seconds since the epoch, by the issuer's clock.
struct Times {
    issued_at: i64,
    expires_at: i64,
    auth_time: Option<i64>,
}

impl Claims<'_> {
    /// What the stages of [`UnverifiedIdToken::judge`] compare for this token, in their order.
    fn checks(&self, expected: &IdTokenExpectations<'_>) -> Vec<&'static str> {
        let mut checks = vec!["signature", "iss", "aud"];
        let has = |name: &str| self.0.get(name).is_some();
        let optional = [
            ("azp", has("azp")),
            ("sub", true),
            ("exp", true),
            ("iat", true),
            ("nbf", has("nbf")),
            ("auth_time", expected.max_age.is_some()),
            ("nonce", expected.nonce.is_some() || has("nonce")),
            ("at_hash", has("at_hash") && expected.access_token.is_some()),
        ];
        checks.extend(optional.iter().filter(|(_, compared)| *compared).map(|(name, _)| *name));
        checks
    }

    fn audience(&self, expected: &IdTokenExpectations<'_>) -> Result<(), IdTokenError> {
        let audiences = jws::audiences(&self.0, expected.client_id)?;
        let trusted =
            |audience: &String| audience == expected.client_id || expected.trusted_audiences.contains(audience);
        if !audiences.iter().all(trusted) {
            return Err(IdTokenError::AudUntrusted);
        }
        match self.0.get("azp") {
            None => Ok(()),
            Some(Value::String(azp)) if azp == expected.client_id => Ok(()),
            Some(Value::String(_)) => Err(IdTokenError::AzpMismatch),
            Some(_) => Err(IdTokenError::AzpType),
        }
    }

    fn subject(&self) -> Result<&str, IdTokenError> {
        match self.0.get("sub") {
            None => Err(IdTokenError::SubMissing),
            Some(Value::String(sub)) if (1..=255).contains(&characters(sub)) => Ok(sub),
            Some(_) => Err(IdTokenError::SubType),
        }
    }

    fn time(&self, name: &str, wrong: IdTokenError) -> Result<Option<i64>, IdTokenError> {
        self.0.get(name).map(|value| value.as_whole().ok_or(wrong)).transpose()
    }

    /// The times of the token, and how far the issuer's clock is ahead of this device's where that had to be learned from
    /// them.
    fn times(&self, expected: &IdTokenExpectations<'_>) -> Result<(Times, Option<i64>), IdTokenError> {
        let expires_at = jws::expiry(&self.0)?;
        let issued_at = self.time("iat", IdTokenError::IatType)?.ok_or(IdTokenError::IatMissing)?;
        let auth_time = self.time("auth_time", IdTokenError::AuthTimeType)?;
        let times = Times { issued_at, expires_at, auth_time };
        let found = self.check_times(&times, expected, expected.now);
        let Some(skew) = expected.skew else { return found.map(|()| (times, None)) };
        let offset = skew.offset(issued_at, expected.tolerance);
        let believed = expected.now.saturating_sub(skew.arrived_at);
        match found {
            // What is believed fits: the token tells no more than that it may be off by less than it can show.
            Ok(()) if offset == 0 || believed != 0 => return Ok((times, None)),
            Ok(()) | Err(_) if offset.saturating_abs() > skew.max => return found.map(|()| (times, None)),
            Err(error) if !error.may_be_the_clock() => return Err(error),
            Ok(()) | Err(_) => {}
        }
        // Also by its own clock the token may be over, or not have begun.
        let by = |offset: i64| self.check_times(&times, expected, skew.arrived_at.saturating_add(offset));
        let Err(error) = by(offset) else { return Ok((times, Some(offset))) };
        // The clock may be off by less than the login took, or be set while it is under way. Then too the token came as soon
        // as it was issued.
        let at_arrival = issued_at.saturating_sub(skew.arrived_at);
        if offset != 0 || at_arrival >= 0 || at_arrival < skew.max.saturating_neg() {
            return Err(error);
        }
        by(at_arrival)?;
        Ok((times, Some(at_arrival)))
    }

    fn check_times(&self, times: &Times, expected: &IdTokenExpectations<'_>, now: i64) -> Result<(), IdTokenError> {
        let (exp, iat, tolerance) = (times.expires_at, times.issued_at, expected.tolerance);
        jws::check_period(&self.0, exp, now, tolerance)?;
        if iat > now.saturating_add(tolerance.max(MAX_IAT_AHEAD)) {
            return Err(IdTokenError::IatInFuture);
        }
        if expected.max_iat_age.is_some_and(|age| iat < now.saturating_sub(age).saturating_sub(tolerance)) {
            return Err(IdTokenError::IatTooOld);
        }
        match (expected.max_age, times.auth_time) {
            (None, _) => Ok(()),
            (Some(_), None) => Err(IdTokenError::AuthTimeMissing),
            (Some(max_age), Some(time)) => {
                let latest = time.saturating_add(i64::from(max_age)).saturating_add(tolerance);
                if now > latest { Err(IdTokenError::AuthTimeTooOld) } else { Ok(()) }
            }
        }
    }

    fn nonce(&self, expected: &IdTokenExpectations<'_>) -> Result<(), IdTokenError> {
        // A refreshed token repeats the nonce of the sign-in or has none (OpenID Connect Core, section 12.2).
        let (sent, may_be_absent) = match expected.original {
            Some(original) => (original.nonce, true),
            None => (expected.nonce, expected.nonce.is_none()),
        };
        match (self.0.get("nonce"), sent) {
            (None, _) if may_be_absent => Ok(()),
            (None, _) => Err(IdTokenError::NonceMissing),
            (Some(_), None) => Err(IdTokenError::NonceUnexpected),
            (Some(Value::String(found)), Some(sent))
                if equal_in_constant_time(found.as_bytes(), sent.expose().as_bytes()) =>
            {
                Ok(())
            }
            (Some(_), Some(_)) => Err(IdTokenError::NonceMismatch),
        }
    }

    fn at_hash(&self, algorithm: SigningAlgorithm, expected: &IdTokenExpectations<'_>) -> Result<(), IdTokenError> {
        let (Some(found), Some(token)) = (self.0.get("at_hash"), expected.access_token) else { return Ok(()) };
        if found.as_str() == Some(access_token_hash(algorithm, token).as_str()) {
            Ok(())
        } else {
            Err(IdTokenError::AtHashMismatch)
        }
    }
}

/// How many characters a text has: each has one octet that is no continuation.
fn characters(text: &str) -> usize {
    text.bytes().filter(|octet| octet & 0xc0 != 0x80).count()
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
    /// How far the issuer's clock is ahead of this device's, in seconds, where the token had to tell: see [`Skew`].
    #[must_use]
    pub fn offset(&self) -> Option<i64> {
        self.offset
    }

    /// The issuer: together with [`sub`](Self::sub) it names the person.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// The person, unique at this issuer and never given to another.
    #[must_use]
    pub fn sub(&self) -> &str {
        &self.sub
    }

    /// When it was issued, in seconds since the epoch.
    #[must_use]
    pub fn issued_at(&self) -> i64 {
        self.issued_at
    }

    /// When it ends, in seconds since the epoch.
    #[must_use]
    pub fn expires_at(&self) -> i64 {
        self.expires_at
    }

    /// When the person signed in, in seconds since the epoch.
    #[must_use]
    pub fn auth_time(&self) -> Option<i64> {
        self.auth_time
    }

    /// A name to show; unlike [`sub`](Self::sub) it may change and may be another person's too.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// The e-mail address, where it was asked for and given.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The algorithm of its signature.
    #[must_use]
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// What was compared, for people to read: `signature`, then the names of the claims.
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
