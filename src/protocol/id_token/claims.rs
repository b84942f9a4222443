//! The checks of each claim.

use super::{IdTokenError, IdTokenExpectations, access_token_hash};
use crate::protocol::json::{Object, Value};
use crate::protocol::jws;
use crate::protocol::secret::equal_in_constant_time;
use crate::protocol::signing_algorithm::SigningAlgorithm;

/// How far `iat` may lie ahead of this clock, in seconds, even if the tolerance is smaller.
const MAX_IAT_AHEAD: i64 = 60;

/// The claims of a token with a good signature.
pub(super) struct Claims<'a>(pub(super) Object<'a>);

/// In seconds since the epoch, by the clock of the issuer.
pub(super) struct Times {
    pub(super) issued_at: i64,
    pub(super) expires_at: i64,
    pub(super) auth_time: Option<i64>,
}

impl Claims<'_> {
    /// What [`UnverifiedIdToken::judge`] compares for this token.
    pub(super) fn checks(&self, expected: &IdTokenExpectations<'_>) -> Vec<&'static str> {
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

    pub(super) fn audience(&self, expected: &IdTokenExpectations<'_>) -> Result<(), IdTokenError> {
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

    pub(super) fn subject(&self) -> Result<&str, IdTokenError> {
        match self.0.get("sub") {
            None => Err(IdTokenError::SubMissing),
            Some(Value::String(sub)) if (1..=255).contains(&characters(sub)) => Ok(sub),
            Some(_) => Err(IdTokenError::SubType),
        }
    }

    pub(super) fn time(&self, name: &str, wrong: IdTokenError) -> Result<Option<i64>, IdTokenError> {
        self.0.get(name).map(|value| value.as_whole().ok_or(wrong)).transpose()
    }

    /// The times of the token and, if only they show it, how far the clock of the issuer is ahead of this device.
    pub(super) fn times(&self, expected: &IdTokenExpectations<'_>) -> Result<(Times, Option<i64>), IdTokenError> {
        let expires_at = jws::expiry(&self.0)?;
        let issued_at = self.time("iat", IdTokenError::IatType)?.ok_or(IdTokenError::IatMissing)?;
        let auth_time = self.time("auth_time", IdTokenError::AuthTimeType)?;
        let times = Times { issued_at, expires_at, auth_time };
        let found = self.check_times(&times, expected, expected.now);
        let Some(skew) = expected.skew else { return found.map(|()| (times, None)) };
        let offset = skew.offset(issued_at, expected.tolerance);
        let believed = expected.now.saturating_sub(skew.arrived_at);
        match found {
            // The token is valid at the assumed time, and `iat` shows no offset or the client already corrects for
            // one. A smaller offset does not show in a token.
            Ok(()) if offset == 0 || believed != 0 => return Ok((times, None)),
            Ok(()) | Err(_) if offset.saturating_abs() > skew.max => return found.map(|()| (times, None)),
            Err(error) if !error.may_be_the_clock() => return Err(error),
            Ok(()) | Err(_) => {}
        }
        // Even by the clock of the issuer, the token may have expired or not be valid yet.
        let by = |offset: i64| self.check_times(&times, expected, skew.arrived_at.saturating_add(offset));
        let Err(error) = by(offset) else { return Ok((times, Some(offset))) };
        // The clock may be wrong by less than the login took, or set during the login. Then too the token arrived as
        // soon as it was issued.
        let at_arrival = issued_at.saturating_sub(skew.arrived_at);
        if offset != 0 || at_arrival >= 0 || at_arrival < skew.max.saturating_neg() {
            return Err(error);
        }
        by(at_arrival)?;
        Ok((times, Some(at_arrival)))
    }

    pub(super) fn check_times(
        &self,
        times: &Times,
        expected: &IdTokenExpectations<'_>,
        now: i64,
    ) -> Result<(), IdTokenError> {
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

    pub(super) fn nonce(&self, expected: &IdTokenExpectations<'_>) -> Result<(), IdTokenError> {
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

    pub(super) fn at_hash(
        &self,
        algorithm: SigningAlgorithm,
        expected: &IdTokenExpectations<'_>,
    ) -> Result<(), IdTokenError> {
        let (Some(found), Some(token)) = (self.0.get("at_hash"), expected.access_token) else { return Ok(()) };
        if found.as_str() == Some(access_token_hash(algorithm, token).as_str()) {
            Ok(())
        } else {
            Err(IdTokenError::AtHashMismatch)
        }
    }
}

/// The number of characters in a text: each has one octet that is not a continuation.
fn characters(text: &str) -> usize {
    text.bytes().filter(|octet| octet & 0xc0 != 0x80).count()
}
