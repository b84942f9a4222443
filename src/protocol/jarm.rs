//! Signed authorization responses (JWT Secured Authorization Response Mode for OAuth 2.0, JARM).
//!
//! Three stages, as for the ID token: text ([`UnverifiedResponse`]), key and signature (checked by the platform
//! between [`UnverifiedResponse::key`] and [`UnverifiedResponse::judge`]), parameters. The parameters then pass the
//! same checks as those of a plain response.

use super::explain::explained_errors;
use super::json::Value;
use super::jwk::{Jwk, JwkSet};
use super::jws::{self, Signature, SignedToken, faults_of_tokens, signature_parts};
use super::scrub;
use super::signing_algorithm::SigningAlgorithm;

explained_errors! {
    /// Why the client refuses a signed answer. It has used nothing of it and sent nothing to the authorizer.
    JarmError {
        Malformed = "malformed": "The answer is not a signed document.", "Nobody can tell who wrote it. It was not used.", "Start again; if it happens again, tell whoever runs the authorizer.";
        AlgNotAllowed = "alg_not_allowed": "The answer is signed in a way that this app does not accept, or not at all.", "Anyone could have written it. It was not used.", "Let the authorizer sign with RS256, PS256, ES256 or EdDSA.";
        TypNotAllowed = "typ_not_allowed": "The document says that it is something else than an answer.", "A document made for another use could be passed off as one. It was not used.", "Tell whoever runs the authorizer.";
        CritUnsupported = "crit_unsupported": "The answer demands an extension that this app does not know.", "It must not be used then.", "Tell whoever runs the authorizer.";
        NoMatchingKey = "no_matching_key": "The authorizer publishes no key that fits this answer.", "Somebody else may have signed it. It was not used.", "Start again. If it happens again, tell whoever runs the authorizer.";
        WeakKey = "weak_key": "The authorizer's key is too short.", "A signature made with it can be forged. The answer was not used.", "Let the authorizer use an RSA key of 2,048 bits or more, or another kind of key.";
        BadSignature = "bad_signature": "The signature of the answer is wrong.", "It was changed, or somebody else wrote it. It was not used.", "Start again. If it happens again, do not use that authorizer.";
        IssMissing = "iss_missing": "The signed answer does not say which authorizer it comes from.", "It was not used.", "Tell whoever runs the authorizer.";
        IssType = "iss_type": "The issuer in the signed answer is not text.", "It was not used.", "Tell whoever runs the authorizer.";
        IssMismatch = "iss_mismatch": "The signed answer comes from another authorizer.", "The code may be meant for somebody else to catch. It was not used.", "Start again. If it happens again, do not use that authorizer.";
        AudMissing = "aud_missing": "The signed answer does not say for which app it is.", "It was not used.", "Tell whoever runs the authorizer.";
        AudType = "aud_type": "The audience of the signed answer is not text.", "It was not used.", "Tell whoever runs the authorizer.";
        AudMismatch = "aud_mismatch": "The signed answer is for another app, or not for this one alone.", "It was not used.", "Check the client ID in the setup.";
        ExpMissing = "exp_missing": "The signed answer does not say how long it is valid.", "It was not used.", "Tell whoever runs the authorizer.";
        ExpType = "exp_type": "The end of the signed answer is not a time.", "It was not used.", "Tell whoever runs the authorizer.";
        Expired = "expired": "The signed answer is no longer valid.", "It is old, or the clock of this device is wrong. It was not used.", "Check the clock of this device, then start again.";
        NbfType = "nbf_type": "The beginning of the signed answer is not a time.", "It was not used.", "Tell whoever runs the authorizer.";
        NotYetValid = "not_yet_valid": "The signed answer is not valid yet.", "The clock of this device, or the authorizer's, is wrong. It was not used.", "Check the clock of this device, then start again.";
        ParameterType = "parameter_type": "A part of the signed answer is not text.", "It was not used.", "Tell whoever runs the authorizer.";
    }
}

faults_of_tokens!(JarmError);

/// What the client checks a signed response against.
#[derive(Debug, Clone, Copy)]
pub struct JarmExpectations<'a> {
    /// The issuer that the client asked.
    pub issuer: &'a str,
    /// The client identifier: the only accepted audience.
    pub client_id: &'a str,
    /// Seconds since the epoch.
    pub now: i64,
    /// The accepted difference between clocks, in seconds.
    pub tolerance: i64,
}

/// The value of the parameter `response` in parts, with an accepted algorithm. Nothing else is trusted yet.
pub struct UnverifiedResponse<'a>(SignedToken<'a>);

signature_parts!(UnverifiedResponse, JarmError);

impl<'a> UnverifiedResponse<'a> {
    /// Splits the response and checks its header against `allowed` (JARM, section 5.1; RFC 8725).
    ///
    /// An encrypted response is malformed: this client has no key to decrypt it.
    ///
    /// # Errors
    /// [`JarmError`].
    pub fn parse(text: &'a str, allowed: &[SigningAlgorithm]) -> Result<Self, JarmError> {
        Ok(Self(SignedToken::parse(text, allowed)?))
    }

    /// Checks issuer, audience and time of a response with a good signature, and returns its parameters in order
    /// (JARM, section 2.4).
    ///
    /// Do not print the parameters: they contain the code. The rules of the plain response check the state, the
    /// combination of code and error, and unrequested tokens.
    ///
    /// # Errors
    /// [`JarmError`]; then nothing of the response may be used.
    pub fn judge(
        self,
        signature: Signature,
        expected: &JarmExpectations<'_>,
    ) -> Result<Vec<(String, String)>, JarmError> {
        let claims = self.0.claims(signature)?;
        jws::check_issuer(&claims, expected.issuer)?;
        let audiences = jws::audiences(&claims, expected.client_id)?;
        if audiences.iter().any(|audience| audience != expected.client_id) {
            return Err(JarmError::AudMismatch);
        }
        jws::check_period(&claims, jws::expiry(&claims)?, expected.now, expected.tolerance)?;
        let parameters = claims.iter().filter(|(name, _)| scrub::is_response_parameter(name));
        parameters
            .map(|(name, value)| match value {
                Value::String(text) => Ok((name.to_owned(), text.clone().into_owned())),
                _ => Err(JarmError::ParameterType),
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::base64url;
    use super::*;

    const ISSUER: &str = "https://as.example";
    const NOW: i64 = 1_795_348_800;

    fn signed(header: &str, payload: &str) -> String {
        format!("{}.{}.c2ln", base64url::encode(header.as_bytes()), base64url::encode(payload.as_bytes()))
    }

    fn judge_with(signature: Signature, payload: &str) -> Result<Vec<(String, String)>, JarmError> {
        let text = signed(r#"{"alg":"ES256","typ":"JWT"}"#, payload);
        let expected = JarmExpectations { issuer: ISSUER, client_id: "me", now: NOW, tolerance: 30 };
        UnverifiedResponse::parse(&text, &SigningAlgorithm::ALL)?.judge(signature, &expected)
    }

    fn judge(rest: &str) -> Result<Vec<(String, String)>, JarmError> {
        let end = NOW + 60;
        judge_with(Signature::Good, &format!(r#"{{"iss":"{ISSUER}","aud":"me","exp":{end},{rest}}}"#))
    }

    #[test]
    fn only_the_parameters_of_a_response_come_out() {
        let found = judge(r#""iat":1,"nbf":1,"scope":["a"],"state":"s","code":"c","session_state":"x""#).unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(found, [("iss", ISSUER), ("state", "s"), ("code", "c"), ("session_state", "x")]);
    }

    #[test]
    fn a_parameter_that_is_not_text_is_refused() {
        for name in ["code", "state", "error", "error_description", "error_uri", "session_state"] {
            for value in ["1", "null", "[\"a\"]", "{}", "true"] {
                let found = judge(&format!(r#""{name}":{value}"#));
                assert_eq!(found, Err(JarmError::ParameterType), "{name} {value}");
            }
        }
    }

    #[test]
    fn a_token_that_nobody_asked_for_is_not_hidden_from_the_rules_of_the_response() {
        let found = judge(r#""access_token":"a","code":"c""#).unwrap();
        assert!(found.contains(&("access_token".to_owned(), "a".to_owned())));
    }

    #[test]
    fn nothing_is_read_without_a_good_signature() {
        let whole = format!(r#"{{"iss":"{ISSUER}","aud":"me","exp":{},"code":"c"}}"#, NOW + 60);
        assert_eq!(judge_with(Signature::Bad, &whole), Err(JarmError::BadSignature));
        assert!(judge_with(Signature::Good, &whole).is_ok());
    }

    #[test]
    fn a_response_for_another_app_or_for_several_is_refused() {
        for (aud, error) in [
            (r#""you""#, JarmError::AudMismatch),
            (r#"["me","you"]"#, JarmError::AudMismatch),
            ("[]", JarmError::AudMismatch),
            ("1", JarmError::AudType),
            (r#"["me",1]"#, JarmError::AudType),
        ] {
            let payload = format!(r#"{{"iss":"{ISSUER}","aud":{aud},"exp":{}}}"#, NOW + 60);
            assert_eq!(judge_with(Signature::Good, &payload), Err(error), "{aud}");
        }
    }

    #[test]
    fn a_response_is_valid_for_its_time_only() {
        let at = |exp: i64, rest: &str| {
            judge_with(Signature::Good, &format!(r#"{{"iss":"{ISSUER}","aud":"me","exp":{exp}{rest}}}"#))
        };
        assert!(at(NOW - 29, "").is_ok());
        assert_eq!(at(NOW - 30, ""), Err(JarmError::Expired));
        assert_eq!(at(NOW + 60, &format!(",\"nbf\":{}", NOW + 31)), Err(JarmError::NotYetValid));
        assert_eq!(at(NOW + 60, ",\"nbf\":\"now\""), Err(JarmError::NbfType));
        assert_eq!(judge_with(Signature::Good, &format!(r#"{{"iss":"{ISSUER}","aud":"me","exp":"1"}}"#)), {
            Err(JarmError::ExpType)
        });
    }

    #[test]
    fn a_header_outside_the_rules_is_refused_before_anything_is_read() {
        for (header, error) in [
            (r#"{"alg":"none"}"#, JarmError::AlgNotAllowed),
            (r#"{"alg":"HS256"}"#, JarmError::AlgNotAllowed),
            (r#"{"alg":"RS256"}"#, JarmError::AlgNotAllowed),
            (r#"{"alg":"ES256","crit":[]}"#, JarmError::CritUnsupported),
            (r#"{"alg":"ES256","typ":"dpop+jwt"}"#, JarmError::TypNotAllowed),
            (r#"{"alg":"ES256","kid":1}"#, JarmError::NoMatchingKey),
            (r#"{"alg":"ES256","alg":"ES256"}"#, JarmError::Malformed),
        ] {
            let found = UnverifiedResponse::parse(&signed(header, "{}"), &[SigningAlgorithm::Es256]).map(|_| ());
            assert_eq!(found, Err(error), "{header}");
        }
    }

    #[test]
    fn a_member_that_stands_twice_or_an_encrypted_response_is_malformed() {
        assert_eq!(judge(r#""code":"a","code":"b""#), Err(JarmError::Malformed));
        let encrypted = UnverifiedResponse::parse("e30.e30.e30.e30.e30", &SigningAlgorithm::ALL).map(|_| ());
        assert_eq!(encrypted, Err(JarmError::Malformed));
    }
}
