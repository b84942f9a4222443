//! Pushed authorization requests: the client sends the request to the authorizer, and the browser carries a reference
//! to it (RFC 9126).

use super::explain::{Explanation, explained_errors};
use super::json::Object;
use super::oauth_error::OAuthError;
use super::token_response::is_json;

explained_errors! {
    /// Why the client rejects the response to a pushed request.
    PushedAnswerError {
        UnexpectedStatus = "pushed_request_failed": "The authorizer did not take the request beforehand.", "It may be out of order, or something else answers in its place. Nobody was sent there.", "Try again in a while.";
        Unreadable = "pushed_answer_unreadable": "The authorizer’s answer to the request cannot be read.", "It names no reference to the request. Nobody was sent there.", "Tell whoever runs the authorizer.";
    }
}

/// Why a pushed request has no reference.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushedRequestError {
    /// The authorizer refused the request with an OAuth error.
    Refused(OAuthError),
    /// The response breaks the protocol.
    Invalid(PushedAnswerError),
}

impl PushedRequestError {
    /// The stable code: the OAuth error code if the authorizer refused.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(error) => &error.error,
            Self::Invalid(error) => error.code(),
        }
    }

    /// The three texts for people.
    #[must_use]
    // Inlined, so that an app that shows one of the texts does not load the others.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub fn explain(&self) -> Explanation {
        match self {
            Self::Refused(error) => error.explain(),
            Self::Invalid(error) => error.explain(),
        }
    }
}

impl From<PushedAnswerError> for PushedRequestError {
    fn from(error: PushedAnswerError) -> Self {
        Self::Invalid(error)
    }
}

/// Checks the response and returns the reference (RFC 9126, sections 2.2 and 2.3).
///
/// # Errors
/// [`PushedRequestError`]; then the browser must not go to the authorizer.
pub fn judge(status: u16, content_type: Option<&str>, body: &[u8]) -> Result<String, PushedRequestError> {
    let document = Object::from_octets(body).ok().filter(|_| is_json(content_type));
    // The RFC says 201; a 200 means the same.
    if status == 201 || status == 200 {
        let reference = document.as_ref().and_then(|document| document.str("request_uri"));
        let usable = reference.filter(|text| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic()));
        return usable.map(str::to_owned).ok_or(PushedAnswerError::Unreadable.into());
    }
    let refusal = document.as_ref().filter(|_| (400..500).contains(&status)).and_then(|document| {
        OAuthError::new(document.str("error")?, document.str("error_description"), document.str("error_uri"))
    });
    Err(refusal.map_or(PushedAnswerError::UnexpectedStatus.into(), PushedRequestError::Refused))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JSON: Option<&str> = Some("application/json");

    fn code(status: u16, content_type: Option<&str>, body: &str) -> String {
        judge(status, content_type, body.as_bytes()).unwrap_err().code().to_owned()
    }

    #[test]
    fn a_reference_is_taken_as_it_stands() {
        let body =
            br#"{"request_uri":"urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c","expires_in":60}"#;
        let reference = judge(201, JSON, body).unwrap();
        assert_eq!(reference, "urn:ietf:params:oauth:request_uri:6esc_11ACC5bwc014ltc14eY22c");
    }

    #[test]
    fn a_refusal_is_the_authorizers_own() {
        assert_eq!(code(400, JSON, r#"{"error":"invalid_scope"}"#), "invalid_scope");
    }

    #[test]
    fn an_answer_without_a_usable_reference_sends_nobody_anywhere() {
        for body in ["", "{}", "[]", r#"{"request_uri":""}"#, r#"{"request_uri":"a b"}"#, r#"{"request_uri":7}"#] {
            assert_eq!(code(201, JSON, body), "pushed_answer_unreadable");
        }
        assert_eq!(code(201, Some("text/html"), r#"{"request_uri":"urn:a"}"#), "pushed_answer_unreadable");
        assert_eq!(code(500, JSON, r#"{"error":"server_error"}"#), "pushed_request_failed");
        assert_eq!(code(302, None, ""), "pushed_request_failed");
    }
}
