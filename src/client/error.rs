//! Everything that can go wrong between the button and the session, by whose fault it is.

use super::api_error::ApiError;
use super::config::ConfigError;
use super::ports::{HttpFailure, StoreBlocked};
use super::response_info::{MAX_RETRY_AFTER, ResponseInfo, SHORT_REST};
use super::transport::TransportError;
use crate::protocol::authorization_request::RequestError;
use crate::protocol::authorization_response::{RefusedLogin, ResponseError};
use crate::protocol::id_token::IdTokenError;
#[cfg(feature = "jarm")]
use crate::protocol::jarm::JarmError;
use crate::protocol::json::JsonError;
use crate::protocol::metadata::MetadataError;
use crate::protocol::oauth_error::OAuthError;
use crate::protocol::pushed_request::PushedRequestError;
use crate::protocol::token_response::TokenError;
use crate::protocol::userinfo::UserInfoError;

/// Where in the flow something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Reading the authorizer's description or its keys.
    Discovery,
    /// Making the authorization request.
    Request,
    /// Taking the answer.
    Response,
    /// Exchanging the code for tokens.
    Token,
    /// Checking the ID token.
    IdToken,
    /// Calling UserInfo.
    UserInfo,
    /// Renewing the tokens.
    Refresh,
    /// Giving the tokens back.
    Revocation,
    /// Calling an API.
    Api,
}

/// Why there is no session, or no longer one.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginError {
    /// The app asked for something that cannot be asked for.
    Request(RequestError),
    /// The app chose what cannot be.
    Config(ConfigError),
    /// The authorizer did not take the request that was to be left there.
    Pushed(PushedRequestError),
    /// The authorizer's description is unusable.
    Metadata(MetadataError),
    /// The authorizer's keys are unusable.
    Keys(JsonError),
    /// The answer is not used.
    Response(ResponseError),
    /// The signed answer is not believed.
    #[cfg(feature = "jarm")]
    SignedResponse(JarmError),
    /// The authorizer, or the person, said no.
    Refused(RefusedLogin),
    /// The token endpoint gave no usable tokens.
    Token(Phase, TokenError),
    /// The ID token is not believed.
    IdToken(IdTokenError),
    /// An API is not called, or wants more than this session has.
    Api(ApiError),
    /// Claims are not used.
    UserInfo(UserInfoError),
    /// There is no readable answer.
    Network(Phase, HttpFailure),
    /// This tab may not keep anything, so nothing was begun.
    StorageBlocked,
    /// This browser has no cryptographic random generator.
    NoEntropy,
    /// This browser cannot check the signature.
    CryptoUnavailable,
    /// This browser cannot make, keep or use a key that stays in it.
    KeyUnavailable,
    /// The key that this login was to be bound to is gone, or was never made.
    KeyLost,
    /// The browser was sent to the authorizer too often without anybody asking for it.
    TooManyRedirects,
    /// The session has ended: there is nothing to refresh with.
    NoRefreshToken,
    /// Claims were asked for, and there is no ID token that says about whom they must be.
    NoIdToken,
    /// Nobody is signed in any more.
    SessionOver,
    /// The authorizer does not offer that.
    NotOffered(Phase),
    /// One of the others, and the response that it is about. [`without_response`](Self::without_response) gives the error alone.
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

    /// Where in the flow it happened.
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

    /// The authorizer's own words, where it refused. Untrusted: show them as text.
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

    /// Whether the session is over for good. A network error never ends one.
    #[must_use]
    pub fn ends_session(&self) -> bool {
        match self.without_response() {
            Self::Token(Phase::Refresh, TokenError::Refused(error)) => error.error == "invalid_grant",
            // Claims of somebody else (OpenID Connect Core, section 12.2). Whatever else is wrong with a new ID token is no
            // reason to lose a session: its old tokens are as good as before.
            Self::IdToken(error) => error.is_about_somebody_else(),
            _ => false,
        }
    }

    /// Whether the authorizer cannot answer without the person: what a silent sign-in comes to where nobody is
    /// signed in (OpenID Connect Core, section 3.1.2.6).
    #[must_use]
    pub fn needs_person(&self) -> bool {
        self.authorizer_says().is_some_and(OAuthError::needs_person)
    }
}

impl LoginError {
    /// The same error, with the response that it is about.
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

    /// The response that the error is about, if there was one.
    #[must_use]
    pub fn response(&self) -> Option<&ResponseInfo> {
        match self {
            Self::WithResponse { response, .. } => Some(response),
            _ => None,
        }
    }

    /// For how many seconds nobody is to ask again unasked; `None` where the authorizer is not too busy. Where it does not say
    /// for how long, or this page may not read that, a little while.
    pub(super) fn wants_to_be_left_alone_for(&self) -> Option<i64> {
        let response = self.response()?;
        let seconds = response.retry_after.or(response.is_busy().then_some(SHORT_REST))?;
        Some(seconds.clamp(0, MAX_RETRY_AFTER))
    }

    /// Seconds after which the authorizer wants to be asked again, where it said so and this page may read it.
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

/// A copy of a result. Not inlined, as the copy of an error stands in the module once then.
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

impl From<ConfigError> for LoginError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl From<ApiError> for LoginError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

#[cfg(feature = "jarm")]
impl From<JarmError> for LoginError {
    fn from(error: JarmError) -> Self {
        Self::SignedResponse(error)
    }
}

impl From<RequestError> for LoginError {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<MetadataError> for LoginError {
    fn from(error: MetadataError) -> Self {
        Self::Metadata(error)
    }
}

impl From<ResponseError> for LoginError {
    fn from(error: ResponseError) -> Self {
        Self::Response(error)
    }
}

impl From<UserInfoError> for LoginError {
    fn from(error: UserInfoError) -> Self {
        Self::UserInfo(error)
    }
}

impl From<IdTokenError> for LoginError {
    fn from(error: IdTokenError) -> Self {
        Self::IdToken(error)
    }
}

impl From<StoreBlocked> for LoginError {
    fn from(_: StoreBlocked) -> Self {
        Self::StorageBlocked
    }
}
