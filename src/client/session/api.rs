//! Calls of APIs: the access token goes to known origins only, and what an API objects to is understood
//! (RFC 6750, section 3; RFC 9449, section 7; RFC 9470, section 3).

use super::Session;
use crate::client::error::{LoginError, Phase};
use crate::client::ports::{HttpRequest, HttpResponse, Platform};
use crate::protocol::authorization_request::RequestOptions;
use crate::protocol::challenge::{Challenge, Wanted, what_is_wanted};
use crate::protocol::explain::Explanation;
use crate::protocol::secret::AccessToken;
use crate::protocol::token_response::TokenType;
use crate::protocol::url::AbsoluteUrl;
use crate::protocol::userinfo::UserInfo;

/// Why an API is not called, or what it wants beyond what this session has.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiError {
    /// Its origin is not among the app's [`api_origins`](crate::client::ClientConfig::api_origins). Nothing was
    /// sent.
    OriginNotAllowed,
    /// The app set a header that carries the token. Nothing was sent.
    ReservedHeader,
    /// The method or a header is not what HTTP can carry (RFC 9110, sections 5.5, 5.6.2 and 9.1). Nothing was sent.
    RequestInvalid,
    /// It wants a wider scope, which it may name (RFC 6750, section 3.1).
    MoreScope(Option<String>),
    /// It wants a stronger or more recent sign-in (RFC 9470, section 3).
    StepUp {
        /// How strong, best first, separated by spaces.
        acr_values: Option<String>,
        /// How old the sign-in may be, in seconds.
        max_age: Option<u32>,
    },
    /// It does not take the token, also not a new one.
    TokenRefused,
}

impl ApiError {
    /// The stable code; the protocol's own where there is one.
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

    /// What the next sign-in has to ask for so that the API is content; `None` where a sign-in would not help.
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

    /// The three texts for people.
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

impl<P: Platform> Session<P> {
    /// Calls an API with the access token, which is renewed first if it is near its end, and once if the API says
    /// that it is not good. Any other answer is the app's to read.
    ///
    /// # Errors
    /// [`LoginError`]; [`LoginError::Api`] if the API wants more than this session has.
    pub async fn call(&self, request: HttpRequest) -> Result<HttpResponse, LoginError> {
        let origin = AbsoluteUrl::parse(&request.url).map(|url| url.origin()).unwrap_or_default();
        if !self.0.config.api_origins.contains(&origin) {
            return Err(ApiError::OriginNotAllowed.into());
        }
        let is_reserved = |name: &str| ["authorization", "dpop"].iter().any(|own| name.eq_ignore_ascii_case(own));
        if request.headers.iter().any(|(name, _)| is_reserved(name)) {
            return Err(ApiError::ReservedHeader.into());
        }
        let is_header = |(name, value): &(String, String)| is_token(name) && is_field_value(value);
        if !is_token(&request.method) || !request.headers.iter().all(is_header) {
            return Err(ApiError::RequestInvalid.into());
        }
        self.send(request, Phase::Api).await
    }

    /// Asks for claims about the person, and checks that they are about this one.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn userinfo(&self) -> Result<UserInfo, LoginError> {
        let endpoint = self.0.origin.expected.server.userinfo_endpoint.clone();
        let url = endpoint.ok_or(LoginError::NotOffered(Phase::UserInfo))?;
        let sub = self.id_token().ok_or(LoginError::NoIdToken)?.sub();
        let response = self.send(HttpRequest::get(url), Phase::UserInfo).await?;
        UserInfo::judge(response.status, response.content_type.as_deref(), &response.body, sub)
            .map_err(LoginError::UserInfo)
    }

    async fn send(&self, request: HttpRequest, phase: Phase) -> Result<HttpResponse, LoginError> {
        let mut is_last = false;
        loop {
            let (kind, refused, response) = self.send_once(request.clone(), phase).await?;
            match wanted(&response, kind) {
                Wanted::NewToken if !is_last && self.can_refresh() => {}
                other => return judged(other, response),
            }
            // Another call may have had it renewed while this one was on its way.
            let is_new = self.0.tokens.borrow().as_ref().is_some_and(|tokens| tokens.access_token != refused);
            if !is_new {
                self.refresh().await?;
            }
            // Refused, so it was not carried out: with a new token it may be sent once more, and not a third time.
            is_last = true;
        }
    }

    async fn send_once(
        &self,
        request: HttpRequest,
        phase: Phase,
    ) -> Result<(TokenType, AccessToken, HttpResponse), LoginError> {
        let (kind, token) = self.access_token().await?;
        let response = self.0.wire.send(request, Some((kind, &token))).await;
        Ok((kind, token, response.map_err(|error| LoginError::of_wire(phase, error))?))
    }
}

/// A name in HTTP (RFC 9110, section 5.6.2).
fn is_token(text: &str) -> bool {
    let is_allowed = |octet: u8| octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet);
    !text.is_empty() && text.bytes().all(is_allowed)
}

/// The value of a header (RFC 9110, section 5.5), of characters that every receiver reads in the same way.
fn is_field_value(text: &str) -> bool {
    text.bytes().all(|octet| octet == b'\t' || matches!(octet, 0x20..=0x7e))
}

fn wanted(response: &HttpResponse, kind: TokenType) -> Wanted {
    match (response.status, &response.www_authenticate) {
        (400 | 401 | 403, Some(header)) => what_is_wanted(&Challenge::parse_all(header), kind),
        // The header may be hidden from this page (CORS): the status alone says as much.
        (401, None) => Wanted::NewToken,
        _ => Wanted::Nothing,
    }
}

fn judged(wanted: Wanted, response: HttpResponse) -> Result<HttpResponse, LoginError> {
    match wanted {
        Wanted::NewToken => Err(ApiError::TokenRefused.into()),
        Wanted::MoreScope { scope } => Err(ApiError::MoreScope(scope).into()),
        Wanted::StepUp { acr_values, max_age } => Err(ApiError::StepUp { acr_values, max_age }.into()),
        _ => Ok(response),
    }
}
