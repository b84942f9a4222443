//! Errors of API calls (RFC 6750, section 3.1; RFC 9470, section 3).

use crate::protocol::authorization_request::RequestOptions;
use crate::protocol::explain::Explanation;

/// Why an API is not called, or what it requires beyond this session.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiError {
    /// The origin is not among the [`api_origins`](super::ClientConfig::api_origins) of the app. Nothing was sent.
    OriginNotAllowed,
    /// The app set a header that carries the token. Nothing was sent.
    ReservedHeader,
    /// The method or a header has characters that HTTP does not allow (RFC 9110, sections 5.5, 5.6.2 and 9.1). Nothing
    /// was sent.
    RequestInvalid,
    /// The API requires a wider scope, which it may name (RFC 6750, section 3.1).
    MoreScope(Option<String>),
    /// The API requires a stronger or more recent sign-in (RFC 9470, section 3).
    StepUp {
        /// The required strength, best first, separated by spaces.
        acr_values: Option<String>,
        /// The maximum age of the sign-in, in seconds.
        max_age: Option<u32>,
    },
    /// The API does not accept the token, nor a renewed one.
    TokenRefused,
}

impl ApiError {
    /// The stable code, from the protocol where it has one.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::OriginNotAllowed => "api_origin_not_allowed",
            Self::ReservedHeader => "reserved_header",
            Self::RequestInvalid => "request_invalid",
            Self::MoreScope(_) => "insufficient_scope",
            Self::StepUp { .. } => "insufficient_user_authentication",
            Self::TokenRefused => "invalid_token",
        }
    }

    /// The options of the next sign-in that satisfy the API; `None` where a sign-in would not help.
    #[must_use]
    pub fn to_ask_for(&self) -> Option<RequestOptions> {
        match self {
            Self::MoreScope(scope) => Some(RequestOptions { more_scope: scope.clone(), ..RequestOptions::default() }),
            Self::StepUp { acr_values, max_age } => {
                Some(RequestOptions { acr_values: acr_values.clone(), max_age: *max_age, ..RequestOptions::default() })
            }
            Self::TokenRefused => Some(RequestOptions::default()),
            Self::OriginNotAllowed | Self::ReservedHeader | Self::RequestInvalid => None,
        }
    }

    /// The three texts, for users.
    #[must_use]
    // Inlined, so that an app that shows one of the texts does not load the others.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub const fn explain(&self) -> Explanation {
        let (happened, means, to_do) = match self {
            Self::OriginNotAllowed => (
                "The app called an API that it does not know.",
                "The access token goes to known APIs only, so nothing was sent.",
                "Name the API’s origin in the app’s configuration.",
            ),
            Self::ReservedHeader => (
                "The app set a header that carries the access token.",
                "That header is made here and nowhere else. Nothing was sent.",
                "Leave Authorization and DPoP out.",
            ),
            Self::RequestInvalid => (
                "The app made a request that cannot be sent.",
                "Its method or one of its headers has characters that have no place there. Nothing was sent.",
                "Correct the request.",
            ),
            Self::MoreScope(_) => (
                "The API wants a permission that was not given.",
                "The access token does not reach that far.",
                "Sign in again and allow it.",
            ),
            Self::StepUp { .. } => (
                "The API wants a stronger or more recent sign-in.",
                "What you are about to do needs more certainty about who you are.",
                "Sign in again.",
            ),
            Self::TokenRefused => (
                "The API does not take the access token.",
                "It has ended or was revoked, and a new one was not to be had or was refused too.",
                "Sign in again.",
            ),
        };
        Explanation { happened, means, to_do }
    }
}
