//! Everything that can go wrong between the button and the session, by whose fault it is.

use super::answer_seen::AnswerSeen;
use super::config::ConfigError;
use super::ports::{HttpFailure, StoreBlocked};
use super::session::ApiError;
use super::wire::WireError;
use crate::protocol::authorization_request::RequestError;
use crate::protocol::authorization_response::{RefusedLogin, ResponseError};
use crate::protocol::explain::Explanation;
use crate::protocol::id_token::IdTokenError;
#[cfg(feature = "jarm")]
use crate::protocol::jarm::JarmError;
use crate::protocol::json::JsonError;
use crate::protocol::metadata::MetadataError;
use crate::protocol::oauth_error::OAuthError;
use crate::protocol::pushed_request::PushedRequestError;
use crate::protocol::token_response::{TokenError, TokenResponseError};
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
    /// Trading the code for tokens.
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
    /// One of the others, with what the answer looked like. [`kind`](Self::kind) takes it out.
    Answered {
        /// The error itself.
        error: Box<Self>,
        /// The answer.
        answer: Box<AnswerSeen>,
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
            Self::Answered { error, .. } => error.code(),
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
            Self::Answered { error, .. } => error.phase(),
        }
    }

    /// The authorizer's own words, where it refused. Untrusted: show them as text.
    #[must_use]
    pub fn authorizer_says(&self) -> Option<&OAuthError> {
        match self {
            Self::Refused(refused) => Some(&refused.error),
            Self::Pushed(PushedRequestError::Refused(error)) => Some(error),
            Self::Token(_, TokenError::Refused(error)) => Some(error),
            Self::Answered { error, answer } => error.authorizer_says().or(answer.error.as_ref()),
            _ => None,
        }
    }

    /// Whether the session is over for good. A network error never ends one.
    #[must_use]
    pub fn ends_session(&self) -> bool {
        match self.kind() {
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

    /// The three texts for people.
    #[must_use]
    // Inlined, so that an app that shows one of the texts does not load the others.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub fn explain(&self) -> Explanation {
        let texts = |happened, means, to_do| Explanation { happened, means, to_do };
        match self {
            Self::Answered { answer, .. } if answer.is_busy() => texts(
                "The authorizer has too much to do.",
                "It asks to be left alone for a while.",
                "Wait a moment, then try again.",
            ),
            Self::Answered { error, .. } => error.explain(),
            Self::Token(Phase::Refresh, TokenError::Refused(error)) if error.error == "invalid_grant" => texts(
                "The authorizer has ended this sign-in.",
                "The tokens cannot be renewed any more: they expired, or access was taken back.",
                "Sign in again.",
            ),
            Self::Token(Phase::Refresh, TokenError::Invalid(TokenResponseError::UnexpectedStatus)) => texts(
                "The authorizer did not renew the tokens.",
                "It may be out of order, or something else answers in its place. You stay signed in as long as the tokens last.",
                "Wait a while; it is tried again.",
            ),
            Self::Token(Phase::Refresh, TokenError::Refused(error)) if error.is_about_the_flow() => texts(
                "The authorizer does not renew tokens for this app.",
                "Refresh tokens are switched off for it. You stay signed in as long as the tokens last.",
                "Switch them on at the authorizer, or leave out the scope offline_access.",
            ),
            Self::Network(Phase::Refresh, HttpFailure::CorsBlocked) => texts(
                "The authorizer answered, but it does not let this page read the answer.",
                "It has not been told that this page may call it (CORS). You stay signed in as long as the tokens last.",
                "Add this page's origin to this app's settings at the authorizer.",
            ),
            Self::Network(Phase::Refresh, HttpFailure::TimedOut) => texts(
                "The authorizer took too long to answer.",
                "Nobody can tell whether it received the request. You stay signed in as long as the tokens last.",
                "Wait a while; it is tried again.",
            ),
            Self::Network(Phase::Refresh, HttpFailure::Redirected) => texts(
                "The authorizer wanted to send the request elsewhere.",
                "The refresh token would have gone there too, so it was not followed.",
                "Check the addresses in the authorizer's description.",
            ),
            Self::Network(Phase::Api, HttpFailure::Redirected) => texts(
                "The API sends the request elsewhere.",
                "A token that is bound to this browser's key goes to the address that the app calls only, and what another origin \
                 answers is not the API's. Nothing of it was used.",
                "Call the address that it leads to, and name its origin in api_origins.",
            ),
            Self::Network(Phase::Api, HttpFailure::CorsBlocked | HttpFailure::TimedOut | HttpFailure::Unreachable) => {
                texts(
                    "There is no answer from the API that this page could read.",
                    "It is not running, this device is offline, or it has not been told that this page may call it (CORS).",
                    "Open its address in a tab and see whether it answers.",
                )
            }
            Self::Request(error) => error.explain(),
            Self::Config(error) => error.explain(),
            Self::Pushed(error) => error.explain(),
            Self::Metadata(error) => error.explain(),
            Self::Keys(_) => texts(
                "The authorizer's keys cannot be read.",
                "Without them nobody can tell whether an ID token is real.",
                "Open the address of its keys in a tab and look at what answers.",
            ),
            Self::Response(error) => error.explain(),
            #[cfg(feature = "jarm")]
            Self::SignedResponse(error) => error.explain(),
            Self::Refused(refused) => refused.error.explain(),
            Self::Token(_, error) => error.explain(),
            Self::IdToken(error) => error.explain(),
            Self::Api(error) => error.explain(),
            Self::UserInfo(error) => error.explain(),
            Self::Network(_, failure) => failure.explain(),
            Self::StorageBlocked => texts(
                "This browser does not let the page keep anything.",
                "The secret must outlast the trip to the authorizer, so no sign-in was started. Nothing was sent.",
                "Allow storage for this site, or leave private mode, and try again.",
            ),
            Self::NoEntropy => texts(
                "This browser has no source of good random numbers.",
                "A secret that can be guessed is none, so no sign-in was started.",
                "Use a current browser.",
            ),
            Self::CryptoUnavailable => texts(
                "This browser cannot check the signature of the ID token.",
                "Nobody can tell who signed in. No token was used.",
                "Open the page over https, or use a current browser.",
            ),
            Self::KeyUnavailable => texts(
                "This browser cannot make or keep a key of its own.",
                "Tokens were to be bound to such a key, so that a copy of them is worth nothing. Nothing was sent without it.",
                "Open the page over https, allow storage for this site, or use a current browser.",
            ),
            Self::KeyLost => texts(
                "There is no key that this sign-in is bound to.",
                "Site data was cleared in the meantime, or it was begun by an older page that made none. Nothing was sent without it.",
                "Start again.",
            ),
            Self::TooManyRedirects => texts(
                "The sign-in went back and forth too often.",
                "This page went to the authorizer several times in a row without anybody asking for it, so it stopped.",
                "Press the button to sign in. If it happens again, check that this site may keep data.",
            ),
            Self::NoRefreshToken => texts(
                "There is no refresh token.",
                "The authorizer gave none, so the tokens cannot be renewed without you.",
                "Sign in again, or ask for the scope offline_access.",
            ),
            Self::SessionOver => texts(
                "Nobody is signed in any more.",
                "Somebody signed out, here or in another tab, or the tokens ended and cannot be renewed.",
                "Sign in again.",
            ),
            Self::NoIdToken => texts(
                "There is no ID token to compare with.",
                "Claims about an unknown person are worth nothing, so the API was not asked.",
                "Ask for the scope openid.",
            ),
            Self::NotOffered(_) => texts(
                "The authorizer does not offer this.",
                "Its description names no address for it.",
                "Nothing is wrong; go on without it.",
            ),
        }
    }
}

impl std::fmt::Display for LoginError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

impl std::error::Error for LoginError {}

impl LoginError {
    pub(super) fn of_wire(phase: Phase, error: WireError) -> Self {
        match error {
            WireError::Network(failure) => Self::Network(phase, failure),
            WireError::Key => Self::KeyUnavailable,
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
