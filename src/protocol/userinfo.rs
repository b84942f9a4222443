//! The answer of the UserInfo endpoint (OpenID Connect Core, section 5.3).

use super::explain::explained_errors;
use super::json::{JsonError, Object};
use super::token_response::is_json;

explained_errors! {
    /// Why claims about the person are not used.
    UserInfoError {
        UnexpectedStatus = "unexpected_status": "The API did not answer with claims.", "The access token may have ended or been revoked.", "Refresh the tokens, or sign in again.";
        WrongContentType = "wrong_content_type": "The API answered with something that is not JSON.", "A page or a proxy may have answered in its place.", "Open the address in a tab and look at what answers.";
        NotUtf8 = "not_utf8": "The answer is not text.", "Nothing of it was used.", "Tell whoever runs the authorizer.";
        NotJson = "not_json": "The answer is not JSON.", "Nothing of it was used.", "Tell whoever runs the authorizer.";
        NotObject = "not_object": "The answer is JSON, but not an object.", "Nothing of it was used.", "Tell whoever runs the authorizer.";
        DuplicateMember = "duplicate_member": "The answer names one thing twice.", "Nothing of it was used.", "Tell whoever runs the authorizer.";
        SubMissing = "sub_missing": "The claims do not say about whom they are.", "Nothing of them was used.", "Tell whoever runs the authorizer.";
        SubMismatch = "sub_mismatch": "The claims are about another person.", "A token may have been exchanged. Nothing of them was used.", "Sign out and in again. If it happens again, do not use that authorizer.";
    }
}

impl From<JsonError> for UserInfoError {
    fn from(error: JsonError) -> Self {
        match error {
            JsonError::NotUtf8 => Self::NotUtf8,
            JsonError::NotJson => Self::NotJson,
            JsonError::NotObject => Self::NotObject,
            JsonError::DuplicateMember => Self::DuplicateMember,
        }
    }
}

/// Claims about the person of the session, as JSON text.
#[derive(Clone, PartialEq, Eq)]
pub struct UserInfo {
    claims: String,
    name: Option<String>,
}

impl UserInfo {
    /// Judges the answer; `sub` is the person of the ID token.
    ///
    /// # Errors
    /// [`UserInfoError`]; nothing of the answer may be used then.
    pub fn judge(status: u16, content_type: Option<&str>, body: &[u8], sub: &str) -> Result<Self, UserInfoError> {
        if status != 200 {
            return Err(UserInfoError::UnexpectedStatus);
        }
        if !is_json(content_type) {
            return Err(UserInfoError::WrongContentType);
        }
        let claims = Object::from_octets(body)?;
        match claims.str("sub") {
            None => Err(UserInfoError::SubMissing),
            Some(found) if found != sub => Err(UserInfoError::SubMismatch),
            Some(_) => Ok(Self {
                claims: String::from_utf8_lossy(body).into_owned(),
                name: claims.str("name").map(str::to_owned),
            }),
        }
    }

    /// The claims as JSON text.
    #[must_use]
    pub fn claims(&self) -> &str {
        &self.claims
    }

    /// A name to show; it may change and may be another person's too.
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
