//! Error kinds: what a page tells the user where the code is too detailed and the three texts are too long.
//! Every [`LoginError`] has exactly one kind, which only this file decides.

use super::api_error::ApiError;
use super::error::{LoginError, Phase};
use super::ports::HttpFailure;
use crate::protocol::authorization_response::ResponseError;
use crate::protocol::oauth_error::OAuthError;
use crate::protocol::pushed_request::{PushedAnswerError, PushedRequestError};
use crate::protocol::token_response::{TokenError, TokenResponseError};
use crate::protocol::userinfo::UserInfoError;

/// Who can do something about a problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The user refused, or closed the window: a decision, not a failure.
    Cancelled,
    /// The server did not answer, or is out of order: waiting may help.
    Network,
    /// The browser denies this page storage or a function that a sign-in needs: the user can allow it.
    Storage,
    /// The client could not use a popup or a hidden frame: the same tab works.
    Popup,
    /// The app or the authorizer is not set up for this: its operator can change it.
    Setup,
    /// Something timed out, expired or was removed: starting again helps.
    Expired,
    /// The authorizer or an API refused: its error text says why.
    Refused,
    /// The client rejected a response and used nothing of it.
    Rejected,
}

impl ErrorKind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Cancelled,
        Self::Network,
        Self::Storage,
        Self::Popup,
        Self::Setup,
        Self::Expired,
        Self::Refused,
        Self::Rejected,
    ];

    /// The stable name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::Network => "network",
            Self::Storage => "storage",
            Self::Popup => "popup",
            Self::Setup => "setup",
            Self::Expired => "expired",
            Self::Refused => "refused",
            Self::Rejected => "rejected",
        }
    }

    /// Whether the same action may work the next time with nothing changed.
    #[must_use]
    pub const fn is_retryable(self) -> bool {
        match self {
            Self::Cancelled | Self::Network | Self::Popup | Self::Expired | Self::Rejected => true,
            Self::Storage | Self::Setup | Self::Refused => false,
        }
    }
}

impl Phase {
    /// The stable name, in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Discovery => "discovery",
            Self::Request => "request",
            Self::Response => "response",
            Self::Token => "token",
            Self::IdToken => "id_token",
            Self::UserInfo => "userinfo",
            Self::Refresh => "refresh",
            Self::Revocation => "revocation",
            Self::Api => "api",
        }
    }
}

impl LoginError {
    /// The kind of this error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::WithResponse { response, .. } if response.is_busy() => ErrorKind::Network,
            Self::WithResponse { error, response } => match &response.error {
                Some(error) => of_refusal(error),
                None => error.kind(),
            },
            Self::Request(_) | Self::Config(_) | Self::Metadata(_) | Self::Keys(_) => ErrorKind::Setup,
            Self::NotOffered(_) | Self::NoIdToken => ErrorKind::Setup,
            Self::Pushed(PushedRequestError::Invalid(PushedAnswerError::UnexpectedStatus)) => ErrorKind::Network,
            Self::Pushed(PushedRequestError::Invalid(_)) => ErrorKind::Rejected,
            Self::Pushed(PushedRequestError::Refused(error)) => of_refusal(error),
            Self::Refused(refused) => of_refusal(&refused.error),
            Self::Response(error) => of_response(*error),
            #[cfg(feature = "jarm")]
            Self::SignedResponse(_) => ErrorKind::Rejected,
            Self::Token(_, TokenError::Refused(error)) => of_refusal(error),
            // Its text says "It may be out of order."
            Self::Token(_, TokenError::Invalid(TokenResponseError::UnexpectedStatus)) => ErrorKind::Network,
            Self::Token(_, TokenError::Invalid(_) | TokenError::UseDpopNonce(_)) | Self::IdToken(_) => {
                ErrorKind::Rejected
            }
            Self::Api(error) => of_api(error),
            Self::UserInfo(UserInfoError::UnexpectedStatus) => ErrorKind::Network,
            Self::UserInfo(_) => ErrorKind::Rejected,
            Self::Network(_, failure) => of_network(*failure),
            Self::StorageBlocked | Self::NoEntropy | Self::CryptoUnavailable | Self::KeyUnavailable => {
                ErrorKind::Storage
            }
            // Redirects go in circles if storage does not persist.
            Self::TooManyRedirects => ErrorKind::Storage,
            Self::KeyLost | Self::NoRefreshToken | Self::SessionOver => ErrorKind::Expired,
        }
    }
}

/// Authorizers may define error codes of their own, so unknown codes get a kind too.
fn of_refusal(error: &OAuthError) -> ErrorKind {
    match error.error.as_str() {
        "access_denied" if error.is_denial() => ErrorKind::Cancelled,
        "temporarily_unavailable" | "server_error" | "too_many_requests" | "rate_limited" | "slow_down" => {
            ErrorKind::Network
        }
        // The code or the refresh token is no longer valid.
        "invalid_grant" => ErrorKind::Expired,
        "invalid_client"
        | "unauthorized_client"
        | "invalid_scope"
        | "invalid_request"
        | "invalid_target"
        | "unsupported_response_type"
        | "unsupported_grant_type"
        | "request_not_supported"
        | "request_uri_not_supported" => ErrorKind::Setup,
        _ => ErrorKind::Refused,
    }
}

fn of_response(error: ResponseError) -> ErrorKind {
    match error {
        // Expired logins are removed, so a very late answer finds no pending login.
        ResponseError::TransactionExpired | ResponseError::NoPendingTransaction | ResponseError::AlreadyUsed => {
            ErrorKind::Expired
        }
        ResponseError::DuplicateParameter
        | ResponseError::ParameterTooLong
        | ResponseError::UnexpectedResponseMode
        | ResponseError::UnexpectedToken
        | ResponseError::UnexpectedJarm
        | ResponseError::JarmExpected
        | ResponseError::StateMissing
        | ResponseError::StateMismatch
        | ResponseError::IssMissing
        | ResponseError::IssMismatch
        | ResponseError::CodeAndError
        | ResponseError::MissingCode
        | ResponseError::InvalidCodeSyntax
        | ResponseError::InvalidErrorSyntax => ErrorKind::Rejected,
    }
}

fn of_network(failure: HttpFailure) -> ErrorKind {
    match failure {
        HttpFailure::Unreachable | HttpFailure::TimedOut => ErrorKind::Network,
        // The authorizer must allow calls from this page, or its response is not one of an authorizer.
        HttpFailure::CorsBlocked | HttpFailure::Redirected | HttpFailure::TooLarge => ErrorKind::Setup,
        HttpFailure::AnswerLost => ErrorKind::Expired,
    }
}

fn of_api(error: &ApiError) -> ErrorKind {
    match error {
        ApiError::OriginNotAllowed | ApiError::ReservedHeader | ApiError::RequestInvalid => ErrorKind::Setup,
        ApiError::MoreScope(_) | ApiError::StepUp { .. } => ErrorKind::Refused,
        ApiError::TokenRefused => ErrorKind::Expired,
    }
}
