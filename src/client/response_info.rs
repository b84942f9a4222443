//! What an answer looked like that was not used: for whoever has to find out why. Never its body.

use super::ports::HttpResponse;
use crate::protocol::oauth_error::OAuthError;

/// Nobody is asked to wait longer than this, in seconds.
pub(super) const MAX_RETRY_AFTER: i64 = 3_600;

/// How long an authorizer is left alone that has too much to do and does not say for how long, in seconds.
pub(super) const SHORT_REST: i64 = 5;

/// No media type is shown beyond so many characters.
const MAX_MEDIA_TYPE: usize = 100;

/// What is known of an answer beside its body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResponseInfo {
    /// The status code; 0 where the error is not about an answer as a whole.
    pub status: u16,
    /// The `Content-Type` header, at most 100 characters of it. Untrusted text.
    pub content_type: Option<String>,
    /// Seconds after which the authorizer wants to be asked again (RFC 9110, section 10.2.3), an hour at most.
    pub retry_after: Option<i64>,
    /// The authorizer's own words in an answer that is marked as success. Untrusted text.
    pub error: Option<OAuthError>,
    /// The audiences of an ID token that names one which this app does not trust. Untrusted text.
    pub audiences: Vec<String>,
}

impl ResponseInfo {
    pub(super) fn of(response: &HttpResponse) -> Self {
        let shown = |text: &String| text.chars().take(MAX_MEDIA_TYPE).collect();
        Self {
            status: response.status,
            content_type: response.content_type.as_ref().map(shown),
            retry_after: response.retry_after.map(|seconds| seconds.clamp(0, MAX_RETRY_AFTER)),
            ..Self::default()
        }
    }

    /// Whether the server has too much to do at the moment (RFC 6585, section 4; RFC 9110, section 15.6.4).
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.status, 429 | 503)
    }
}
