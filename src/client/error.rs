//! Every error from the button press to the end of the session, by cause.

use super::api_error::ApiError;
use super::config::ConfigError;
use super::ports::{HttpFailure, StoreBlocked};
use super::response_info::{MAX_RETRY_AFTER, ResponseInfo, SHORT_REST};
use super::transport::TransportError;
use crate::protocol::authorization_request::RequestError;
use crate::protocol::authorization_response::{RefusedLogin, ResponseError};
use crate::protocol::explain::from_errors;
use crate::protocol::id_token::IdTokenError;
#[cfg(feature = "jarm")]
use crate::protocol::jarm::JarmError;
use crate::protocol::json::JsonError;
use crate::protocol::metadata::MetadataError;
use crate::protocol::oauth_error::OAuthError;
use crate::protocol::pushed_request::PushedRequestError;
use crate::protocol::token_response::TokenError;
use crate::protocol::userinfo::UserInfoError;

/// The step of the flow in which something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Fetching the authorizer metadata or keys.
    Discovery,
    /// Making the authorization request.
    Request,
    /// Checking the answer.
    Response,
    /// Exchanging the code for tokens.
    Token,
    /// Checking the ID token.
    IdToken,
    /// Calling UserInfo.
    UserInfo,
    /// Renewing the tokens.
    Refresh,
    /// Revoking the tokens.
    Revocation,
    /// Calling an API.
    Api,
}

/// Why a login or a session failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginError {
    /// The app asked for an invalid request.
    Request(RequestError),
    /// The configuration of the app is invalid.
    Config(ConfigError),
    /// The authorizer refused the pushed authorization request.
    Pushed(PushedRequestError),
    /// The authorizer metadata is unusable.
    Metadata(MetadataError),
    /// The authorizer keys are unusable.
    Keys(JsonError),
    /// The client rejected the answer.
    Response(ResponseError),
    /// The client rejected the signed answer.
    #[cfg(feature = "jarm")]
    SignedResponse(JarmError),
    /// The authorizer or the user refused.
    Refused(RefusedLogin),
    /// The token endpoint returned no usable tokens.
    Token(Phase, TokenError),
    /// The client rejected the ID token.
    IdToken(IdTokenError),
    /// The client does not call an API, or the API requires more than this session has.
    Api(ApiError),
    /// The client rejected the claims of UserInfo.
    UserInfo(UserInfoError),
    /// No readable response arrived.
    Network(Phase, HttpFailure),
    /// This tab may not store data, so no login was started.
    StorageBlocked,
    /// This browser has no cryptographic random generator.
    NoEntropy,
    /// This browser cannot check the signature.
    CryptoUnavailable,
    /// This browser cannot make, store or use a key that stays in it.
    KeyUnavailable,
    /// The key that this login is bound to is gone, or was never made.
    KeyLost,
    /// The browser went to the authorizer too often without a button press.
    TooManyRedirects,
    /// The session has no refresh token, so the tokens cannot be renewed.
    NoRefreshToken,
    /// The app asked for claims, and no ID token says about which user.
    NoIdToken,
    /// The session is over.
    SessionOver,
    /// The authorizer does not offer this.
    NotOffered(Phase),
    /// One of the others, with the response that it is about. [`without_response`](Self::without_response) is the error
    /// alone.
    WithResponse {
        /// The error itself.
        error: Box<Self>,
        /// The response.
        response: Box<ResponseInfo>,
    },
}

impl LoginError {
    /// The stable code; where the authorizer refused, its own.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Request(error) => error.code(),
            Self::Config(error) => error.code(),
            Self::Pushed(error) => error.code(),
            Self::Metadata(error) => error.code(),
            Self::Keys(_) => "keys_unreadable",
            Self::Response(error) => error.code(),
            #[cfg(feature = "jarm")]
            Self::SignedResponse(error) => error.code(),
            Self::Refused(refused) => &refused.error.error,
            Self::Token(_, error) => error.code(),
            Self::IdToken(error) => error.code(),
            Self::Api(error) => error.code(),
            Self::UserInfo(error) => error.code(),
            Self::Network(_, failure) => failure.code(),
            Self::StorageBlocked => "storage_blocked",
            Self::NoEntropy => "no_entropy",
            Self::CryptoUnavailable => "crypto_unavailable",
            Self::KeyUnavailable => "key_unavailable",
            Self::KeyLost => "key_lost",
            Self::TooManyRedirects => "too_many_redirects",
            Self::NoRefreshToken => "no_refresh_token",
            Self::SessionOver => "session_over",
            Self::NoIdToken => "no_id_token",
            Self::NotOffered(_) => "not_offered",
            Self::WithResponse { error, .. } => error.code(),
        }
    }

    /// The step of the flow in which it happened.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self {
            Self::Request(_) | Self::Config(_) | Self::Pushed(_) => Phase::Request,
            Self::StorageBlocked | Self::NoEntropy | Self::TooManyRedirects => Phase::Request,
            Self::Metadata(_) | Self::Keys(_) => Phase::Discovery,
            Self::Response(_) | Self::Refused(_) => Phase::Response,
            #[cfg(feature = "jarm")]
            Self::SignedResponse(_) => Phase::Response,
            Self::KeyUnavailable | Self::KeyLost => Phase::Token,
            Self::Api(_) => Phase::Api,
            Self::IdToken(_) | Self::CryptoUnavailable => Phase::IdToken,
            Self::UserInfo(_) | Self::NoIdToken => Phase::UserInfo,
            Self::NoRefreshToken | Self::SessionOver => Phase::Refresh,
            Self::Token(phase, _) | Self::Network(phase, _) | Self::NotOffered(phase) => *phase,
            Self::WithResponse { error, .. } => error.phase(),
        }
    }

    /// The error that the authorizer sent, where it refused. Untrusted: show it as text.
    #[must_use]
    pub fn authorizer_says(&self) -> Option<&OAuthError> {
        match self {
            Self::Refused(refused) => Some(&refused.error),
            Self::Pushed(PushedRequestError::Refused(error)) => Some(error),
            Self::Token(_, TokenError::Refused(error)) => Some(error),
            Self::WithResponse { error, response } => error.authorizer_says().or(response.error.as_ref()),
            _ => None,
        }
    }

    /// Whether the session is over for good. A network error never ends a session.
    #[must_use]
    pub fn ends_session(&self) -> bool {
        match self.without_response() {
            Self::Token(Phase::Refresh, TokenError::Refused(error)) => error.error == "invalid_grant",
            // Claims about another user (OpenID Connect Core, section 12.2). Other faults of a new ID token do not end
            // the session: its old tokens are as good as before.
            Self::IdToken(error) => error.is_about_somebody_else(),
            _ => false,
        }
    }

    /// Whether the authorizer cannot answer without the user: the result of a silent sign-in with nobody signed in
    /// there (OpenID Connect Core, section 3.1.2.6).
    #[must_use]
    pub fn needs_person(&self) -> bool {
        self.authorizer_says().is_some_and(OAuthError::needs_person)
    }
}

impl LoginError {
    /// This error, with its response.
    pub(super) fn with_response(self, response: ResponseInfo) -> Self {
        Self::WithResponse { error: Box::new(self), response: Box::new(response) }
    }

    /// The error itself, without the response that it is about.
    #[must_use]
    pub fn without_response(&self) -> &Self {
        match self {
            Self::WithResponse { error, .. } => error.without_response(),
            error => error,
        }
    }

    /// The response that the error is about, if any.
    #[must_use]
    pub fn response(&self) -> Option<&ResponseInfo> {
        match self {
            Self::WithResponse { response, .. } => Some(response),
            _ => None,
        }
    }

    /// For how many seconds the client sends no automatic request; `None` if the authorizer is not busy and names no
    /// time. A short time if it is busy and names none that this page may read.
    pub(super) fn wants_to_be_left_alone_for(&self) -> Option<i64> {
        let response = self.response()?;
        let seconds = response.retry_after.or(response.is_busy().then_some(SHORT_REST))?;
        Some(seconds.clamp(0, MAX_RETRY_AFTER))
    }

    /// Seconds after which the authorizer allows another request, if this page may read it.
    #[must_use]
    pub fn retry_after(&self) -> Option<i64> {
        self.response()?.retry_after
    }
}

impl std::fmt::Display for LoginError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for LoginError {}

impl LoginError {
    pub(super) fn of_transport(phase: Phase, error: TransportError) -> Self {
        match error {
            TransportError::Network(failure) => Self::Network(phase, failure),
            TransportError::Key => Self::KeyUnavailable,
        }
    }
}

/// A copy of a result. Not inlined, so that the copy of an error is in the module once.
pub(super) fn copy_of<T: Clone>(result: &Result<T, LoginError>) -> Result<T, LoginError> {
    #[inline(never)]
    fn copy(error: &LoginError) -> LoginError {
        error.clone()
    }
    match result {
        Ok(value) => Ok(value.clone()),
        Err(error) => Err(copy(error)),
    }
}

from_errors! {
    LoginError {
        Config(ConfigError),
        Api(ApiError),
        Request(RequestError),
        Metadata(MetadataError),
        Response(ResponseError),
        UserInfo(UserInfoError),
        IdToken(IdTokenError),
    }
}

#[cfg(feature = "jarm")]
from_errors! { LoginError { SignedResponse(JarmError) } }

impl From<StoreBlocked> for LoginError {
    fn from(_: StoreBlocked) -> Self {
        Self::StorageBlocked
    }
}
