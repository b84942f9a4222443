//! Whose concern a problem is: what a person is told by its kind, where the code says too much and the three texts
//! are too long. Every error has exactly one; it is decided here and nowhere else.

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
    /// The person said no, or closed the window: an answer, not a failure.
    Cancelled,
    /// Nobody answered, or whoever did is out of order: waiting may help.
    Network,
    /// The browser does not let this page keep or do what a sign-in needs: the person can allow it.
    Storage,
    /// A window or a frame beside the page could not be used: the same tab can.
    Popup,
    /// The app or the authorizer is not set up for this: whoever runs them can change it.
    Setup,
    /// It took too long, or what was there is no more: starting again helps.
    Expired,
    /// The authorizer or an API said no: its own words say why.
    Refused,
    /// An answer came that is not believed; nothing of it was used.
    Rejected,
}

impl ErrorKind {
    /// Every concern.
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

    /// Whether the same thing may work the next time although nobody changed anything.
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
    /// Whose concern it is.
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
            // "It may be out of order."
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
            // It goes in circles where nothing is kept.
            Self::TooManyRedirects => ErrorKind::Storage,
            Self::KeyLost | Self::NoRefreshToken | Self::SessionOver => ErrorKind::Expired,
        }
    }
}

/// The codes are the authorizer's to choose, so that there is always one that nobody knows.
fn of_refusal(error: &OAuthError) -> ErrorKind {
    match error.error.as_str() {
        "access_denied" if error.is_denial() => ErrorKind::Cancelled,
        "temporarily_unavailable" | "server_error" | "too_many_requests" | "rate_limited" | "slow_down" => {
            ErrorKind::Network
        }
        // A code or a refresh token that is over.
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
        // What is over is forgotten, so that an answer which comes very late belongs to nothing.
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
        // The authorizer has to be told that this page may call it, or answers with what no authorizer does.
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
