//! Facts about a response that was not used, to find the cause. Never its body.

use super::ports::HttpResponse;
use crate::protocol::oauth_error::OAuthError;

/// The longest wait accepted from an authorizer, in seconds.
pub(super) const MAX_RETRY_AFTER: i64 = 3_600;

/// The pause for a busy authorizer that names no time, in seconds.
pub(super) const SHORT_REST: i64 = 5;

/// At most this many characters of a media type are shown.
const MAX_MEDIA_TYPE: usize = 100;

/// What is known about a response besides its body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ResponseInfo {
    /// The status code; 0 where the error is not about a response as a whole.
    pub status: u16,
    /// The `Content-Type` header, at most 100 characters. Untrusted text.
    pub content_type: Option<String>,
    /// Seconds after which the authorizer allows another request (RFC 9110, section 10.2.3), an hour at most.
    pub retry_after: Option<i64>,
    /// The error that the authorizer sent in a response marked as success. Untrusted text.
    pub error: Option<OAuthError>,
    /// The audiences of an ID token that names an audience which this app does not trust. Untrusted text.
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

    /// Whether the server is too busy at the moment (RFC 6585, section 4; RFC 9110, section 15.6.4).
    pub(super) fn is_busy(&self) -> bool {
        matches!(self.status, 429 | 503)
    }
}
