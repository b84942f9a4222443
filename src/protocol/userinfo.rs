//! The response of the UserInfo endpoint (OpenID Connect Core, section 5.3).

use super::explain::explained_errors;
use super::json::{self, Object, errors_of_json};
use super::jwk::{Jwk, JwkSet};
use super::jws::{self, Malformed, Signature, SignedToken, faults_of_tokens, signature_parts};
use super::signing_algorithm::SigningAlgorithm;
use super::token_response::{is_json, is_media_type};

explained_errors! {
    /// Why the client does not use claims about the person.
    UserInfoError {
        UnexpectedStatus = "unexpected_status": "The API did not answer with claims.", "The access token may have ended or been revoked.", "Refresh the tokens, or sign in again.";
        WrongContentType = "wrong_content_type": "The API answered with something that is not JSON.", "A page or a proxy may have answered in its place.", "Open the address in a tab and look at what answers.";
        NotUtf8 = "not_utf8": "The answer is not text.", "Nothing of it was used.", "Tell whoever runs the authorizer.";
        NotJson = "not_json": "The answer is not JSON.", "Nothing of it was used.", "Tell whoever runs the authorizer.";
        NotObject = "not_object": "The answer is JSON, but not an object.", "Nothing of it was used.", "Tell whoever runs the authorizer.";
        DuplicateMember = "duplicate_member": "The answer names one thing twice.", "Nothing of it was used.", "Tell whoever runs the authorizer.";
        Malformed = "malformed": "The answer is not a signed document.", "Nothing of it was used.", "Tell whoever runs the authorizer.";
        AlgNotAllowed = "alg_not_allowed": "The answer is signed in a way that this app does not accept, or not at all.", "Anyone could have written it. Nothing of it was used.", "Let the authorizer sign with RS256, ES256, EdDSA or another asymmetric algorithm.";
        TypNotAllowed = "typ_not_allowed": "The answer says that it is something else than claims about a person.", "Nothing of it was used.", "Tell whoever runs the authorizer.";
        CritUnsupported = "crit_unsupported": "The answer demands an extension that this app does not know.", "It must not be used then.", "Tell whoever runs the authorizer.";
        NoMatchingKey = "no_matching_key": "The authorizer publishes no key that fits this answer.", "Somebody else may have signed it. Nothing of it was used.", "Try again. If it happens again, tell whoever runs the authorizer.";
        WeakKey = "weak_key": "The authorizer's key is too short.", "A signature made with it can be forged. Nothing was used.", "Let the authorizer use an RSA key of 2,048 bits or more, or another kind of key.";
        BadSignature = "bad_signature": "The signature of the answer is wrong.", "It was changed, or somebody else wrote it. Nothing of it was used.", "Try again. If it happens again, do not use that authorizer.";
        IssMissing = "iss_missing": "The signed claims do not say who issued them.", "Nothing of them was used.", "Tell whoever runs the authorizer.";
        IssType = "iss_type": "The issuer of the claims is not text.", "Nothing of them was used.", "Tell whoever runs the authorizer.";
        IssMismatch = "iss_mismatch": "The claims were issued by somebody else.", "Nothing of them was used.", "Tell whoever runs the authorizer.";
        AudMissing = "aud_missing": "The signed claims do not say for which app they are.", "Nothing of them was used.", "Tell whoever runs the authorizer.";
        AudType = "aud_type": "The audience of the claims is not text.", "Nothing of them was used.", "Tell whoever runs the authorizer.";
        AudMismatch = "aud_mismatch": "The claims are for another app.", "Nothing of them was used.", "Check the client ID in the setup.";
        ExpMissing = "exp_missing": "The claims do not say how long they are valid.", "Nothing of them was used.", "Tell whoever runs the authorizer.";
        ExpType = "exp_type": "The end of the claims is not a time.", "Nothing of them was used.", "Tell whoever runs the authorizer.";
        Expired = "expired": "The claims are no longer valid.", "They are old, or the clock of this device is wrong. Nothing of them was used.", "Check the clock of this device, then try again.";
        NbfType = "nbf_type": "The beginning of the claims is not a time.", "Nothing of them was used.", "Tell whoever runs the authorizer.";
        NotYetValid = "not_yet_valid": "The claims are not valid yet.", "The clock of this device, or the authorizer's, is wrong. Nothing of them was used.", "Check the clock of this device, then try again.";
        SubMissing = "sub_missing": "The claims do not say about whom they are.", "Nothing of them was used.", "Tell whoever runs the authorizer.";
        SubMismatch = "sub_mismatch": "The claims are about another person.", "A token may have been exchanged. Nothing of them was used.", "Sign out and in again. If it happens again, do not use that authorizer.";
    }
}

errors_of_json!(UserInfoError);

faults_of_tokens!(UserInfoError);

impl From<Malformed> for UserInfoError {
    fn from(_: Malformed) -> Self {
        Self::Malformed
    }
}

/// What the client checks signed claims against.
#[derive(Debug, Clone, Copy)]
pub struct UserInfoExpectations<'a> {
    /// The issuer that the client asked.
    pub issuer: &'a str,
    /// The client identifier: must be in `aud`.
    pub client_id: &'a str,
    /// The `sub` of the ID token.
    pub sub: &'a str,
    /// Seconds since the epoch, by the clock of the authorizer if known.
    pub now: i64,
    /// The accepted difference between clocks, in seconds.
    pub tolerance: i64,
}

/// Claims as a signed document (OpenID Connect Core, section 5.3.2), with an accepted algorithm. Nothing else is
/// trusted yet.
pub struct UnverifiedUserInfo<'a>(SignedToken<'a>);

signature_parts!(UnverifiedUserInfo, UserInfoError);

impl<'a> UnverifiedUserInfo<'a> {
    /// The signed document of a 200 with the type `application/jwt`; `None` for other responses.
    ///
    /// # Errors
    /// [`UserInfoError`] if form or header of the document are not acceptable.
    pub fn in_answer(
        status: u16,
        content_type: Option<&str>,
        body: &'a [u8],
        allowed: &[SigningAlgorithm],
    ) -> Result<Option<Self>, UserInfoError> {
        if status != 200 || !is_media_type(content_type, "application/jwt") {
            return Ok(None);
        }
        let text = std::str::from_utf8(body).map_err(|_| UserInfoError::NotUtf8)?;
        Ok(Some(Self(SignedToken::parse(text.trim_ascii(), allowed)?)))
    }

    /// Checks the claims of a document with a good signature. `exp` and `nbf` count if present: section 5.3.2 asks
    /// for `iss` and `aud`.
    ///
    /// # Errors
    /// [`UserInfoError`]; then nothing of the response may be used.
    pub fn judge(self, signature: Signature, expected: &UserInfoExpectations<'_>) -> Result<UserInfo, UserInfoError> {
        let claims = self.0.claims(signature)?;
        jws::check_issuer(&claims, expected.issuer)?;
        jws::audiences(&claims, expected.client_id)?;
        let end = if claims.get("exp").is_some() { jws::expiry(&claims)? } else { i64::MAX };
        jws::check_period(&claims, end, expected.now, expected.tolerance)?;
        UserInfo::about(self.0.payload()?, expected.sub)
    }
}

/// Claims about the person of the session, as JSON text.
#[derive(Clone, PartialEq, Eq)]
pub struct UserInfo {
    claims: String,
    name: Option<String>,
}

impl UserInfo {
    /// Checks the response; `sub` is that of the ID token.
    ///
    /// # Errors
    /// [`UserInfoError`]; then nothing of the response may be used.
    pub fn judge(status: u16, content_type: Option<&str>, body: &[u8], sub: &str) -> Result<Self, UserInfoError> {
        if status != 200 {
            return Err(UserInfoError::UnexpectedStatus);
        }
        if !is_json(content_type) {
            return Err(UserInfoError::WrongContentType);
        }
        Self::about(json::document(body)?, sub)
    }

    fn about(text: &str, sub: &str) -> Result<Self, UserInfoError> {
        let claims = Object::parse(text)?;
        match claims.str("sub") {
            None => Err(UserInfoError::SubMissing),
            Some(found) if found != sub => Err(UserInfoError::SubMismatch),
            Some(_) => Ok(Self { claims: text.to_owned(), name: claims.str("name").map(str::to_owned) }),
        }
    }

    /// The claims as JSON text.
    #[must_use]
    pub fn claims(&self) -> &str {
        &self.claims
    }

    /// A name to display; it may change, and another person may have it too.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}

impl std::fmt::Debug for UserInfo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("UserInfo(hidden)")
    }
}
