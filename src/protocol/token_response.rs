//! The response of the token endpoint (RFC 6749, sections 5.1 and 5.2).

use super::explain::{Explanation, explained_errors};
use super::json::{Object, Value, errors_of_json};
use super::oauth_error::OAuthError;
use super::scope::Scope;
use super::secret::{AccessToken, DpopNonce, IdTokenText, RefreshToken};
use super::text;

/// The longest token lifetime that the client assumes, in seconds: a year.
pub const MAX_LIFETIME: i64 = 31_536_000;

explained_errors! {
    /// Why the client uses nothing of a token response.
    TokenResponseError {
        UnexpectedStatus = "unexpected_status": "The token endpoint answered with an unexpected status.", "It may be out of order, or another server answered. The code or token may be used up.", "Start again in a while.";
        WrongContentType = "wrong_content_type": "The content type of the answer is not JSON.", "A page or a proxy may have answered instead. Nothing of it was used.", "Open the token endpoint in a tab and look at the answer. Then start again.";
        NotUtf8 = "not_utf8": "The answer is not text.", "Nothing of it was used.", "Tell the operator of the authorizer.";
        NotJson = "not_json": "The answer is not JSON.", "It was cut off, or another server answered. Nothing of it was used.", "Start again.";
        NotObject = "not_object": "The answer is JSON, but not an object.", "Nothing of it was used.", "Tell the operator of the authorizer.";
        DuplicateMember = "duplicate_member": "The answer repeats a member.", "Two programs could read different values. Nothing of it was used.", "Tell the operator of the authorizer.";
        ErrorInSuccess = "error_in_success": "The authorizer sent an error with a success status.", "Nothing of it was used.", "Read its message. Start again, or ask the operator of the authorizer.";
        MissingAccessToken = "missing_access_token": "The answer contains no access token.", "Nothing of it was used.", "Tell the operator of the authorizer.";
        InvalidAccessToken = "invalid_access_token": "The access token is not text that can be sent.", "Nothing of the answer was used.", "Tell the operator of the authorizer.";
        MissingTokenType = "missing_token_type": "The answer does not name the type of the access token.", "Wrong use could disclose it. Nothing of the answer was used.", "Tell the operator of the authorizer.";
        InvalidTokenType = "invalid_token_type": "The type of the access token is not text.", "Nothing of the answer was used.", "Tell the operator of the authorizer.";
        UnsupportedTokenType = "unsupported_token_type": "This app does not know the type of the access token.", "This app must not use it. Nothing of the answer was used.", "Check how this app is registered at the authorizer.";
        DpopDowngrade = "dpop_downgrade": "The token is not bound to this browser, but the app asked for that.", "Others could use a copy of it. Nothing of the answer was used.", "Switch DPoP on for this app at the authorizer.";
        InvalidExpiresIn = "invalid_expires_in": "The lifetime of the token is not a number of seconds.", "Nothing of the answer was used.", "Tell the operator of the authorizer.";
        InvalidRefreshToken = "invalid_refresh_token": "The refresh token is not text that can be sent.", "Nothing of the answer was used.", "Tell the operator of the authorizer.";
        InvalidScopeType = "invalid_scope_type": "The scope is not text.", "Nothing of the answer was used.", "Tell the operator of the authorizer.";
        MissingIdToken = "missing_id_token": "The answer contains no ID token, but the app asked for one.", "It is not clear who signed in. Nothing of the answer was used.", "Allow the scope openid for this app at the authorizer.";
        InvalidIdToken = "invalid_id_token": "The ID token is not text.", "It is not clear who signed in. Nothing of the answer was used.", "Tell the operator of the authorizer.";
    }
}

errors_of_json!(TokenResponseError);

/// Why a token request gives no tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// The authorizer refused with an OAuth error.
    Refused(OAuthError),
    /// The authorizer demands a DPoP proof with this nonce: repeat the request once (RFC 9449, section 8).
    UseDpopNonce(DpopNonce),
    /// The response breaks the protocol; the client uses no token from it.
    Invalid(TokenResponseError),
}

impl TokenError {
    /// The stable code: the OAuth error code if the authorizer refused.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Refused(error) => &error.error,
            Self::UseDpopNonce(_) => "use_dpop_nonce",
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
            Self::UseDpopNonce(_) => Explanation {
                happened: "The authorizer wants a new proof.",
                means: "The app repeats the request once with the new nonce.",
                to_do: "Do nothing unless it repeats.",
            },
            Self::Invalid(error) => error.explain(),
        }
    }
}

impl From<TokenResponseError> for TokenError {
    fn from(error: TokenResponseError) -> Self {
        Self::Invalid(error)
    }
}

/// Whether the client asks for tokens bound to a key of this browser (RFC 9449).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DpopMode {
    /// The client sent no proof.
    #[default]
    Off,
    /// The client sent a proof and also accepts an unbound token.
    Optional,
    /// The client sent a proof and refuses an unbound token.
    Required,
}

/// The kind of request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// The client exchanged a code.
    AuthorizationCode,
    /// The client used a refresh token.
    RefreshToken,
}

/// How the client sends an access token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenType {
    /// `Authorization: Bearer` (RFC 6750).
    Bearer,
    /// `Authorization: DPoP` with a proof (RFC 9449).
    Dpop,
}

impl TokenType {
    /// The authorization scheme.
    #[must_use]
    pub const fn scheme(self) -> &'static str {
        match self {
            Self::Bearer => "Bearer",
            Self::Dpop => "DPoP",
        }
    }
}

/// The parts of the HTTP response that matter here.
#[derive(Clone, Copy)]
pub struct RawTokenResponse<'a> {
    /// The status code.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: Option<&'a str>,
    /// The `DPoP-Nonce` header.
    pub dpop_nonce: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

impl std::fmt::Debug for RawTokenResponse<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RawTokenResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

/// What the token request asked for.
#[derive(Debug, Clone, Copy)]
pub struct TokenContext<'a> {
    /// The kind of request.
    pub grant: Grant,
    /// The requested scopes.
    pub requested_scope: &'a Scope,
    /// Whether an ID token was requested; the response to a code must then contain one.
    pub openid: bool,
    /// Whether the token must be bound.
    pub dpop: DpopMode,
}

/// The tokens of a well-formed response. The ID token is not validated: use no token before it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSet {
    /// The access token.
    pub access_token: AccessToken,
    /// How the client sends it.
    pub token_type: TokenType,
    /// Its lifetime in seconds; `None` means unknown, not infinite.
    pub expires_in: Option<i64>,
    /// The refresh token. After a refresh, `None` means that the old one stays.
    pub refresh_token: Option<RefreshToken>,
    /// The ID token, undecoded.
    pub id_token: Option<IdTokenText>,
    /// The granted scopes; the requested ones if the response names none.
    pub scope: Scope,
}

impl TokenSet {
    /// Checks the response of the token endpoint.
    ///
    /// # Errors
    /// [`TokenError`]; then no token of the response may be used.
    pub fn judge(response: RawTokenResponse<'_>, context: TokenContext<'_>) -> Result<Self, TokenError> {
        if response.status != 200 {
            return Err(judge_refusal(response));
        }
        if !is_json(response.content_type) {
            return Err(TokenResponseError::WrongContentType.into());
        }
        let body = Object::from_octets(response.body).map_err(TokenResponseError::from)?;
        // GitHub and others refuse with an error in a response of status 200: see [`OAuthError::in_body`].
        if optional(&body, "error").is_some() {
            return Err(TokenResponseError::ErrorInSuccess.into());
        }
        // Every check comes before the first copy, so an early return has nothing to free.
        let access_token = match body.get("access_token") {
            None => return Err(TokenResponseError::MissingAccessToken.into()),
            Some(value) => token_text(value).ok_or(TokenResponseError::InvalidAccessToken)?,
        };
        let token_type = token_type(body.get("token_type"), context.dpop)?;
        let expires_in = optional(&body, "expires_in").map(lifetime).transpose()?;
        let refresh_token = match optional(&body, "refresh_token") {
            None => None,
            Some(value) => Some(token_text(value).ok_or(TokenResponseError::InvalidRefreshToken)?),
        };
        let id_token = match optional(&body, "id_token") {
            None if context.openid && context.grant == Grant::AuthorizationCode => {
                return Err(TokenResponseError::MissingIdToken.into());
            }
            None => None,
            Some(_) if !context.openid => None,
            Some(value) => Some(token_text(value).ok_or(TokenResponseError::InvalidIdToken)?),
        };
        let scope = match optional(&body, "scope") {
            None => context.requested_scope.clone(),
            Some(Value::String(text)) => Scope::parse(text).in_order_of(context.requested_scope),
            Some(_) => return Err(TokenResponseError::InvalidScopeType.into()),
        };
        Ok(Self {
            access_token: AccessToken::new(access_token),
            token_type,
            expires_in,
            refresh_token: refresh_token.map(RefreshToken::new),
            id_token: id_token.map(IdTokenText::new),
            scope,
        })
    }
}

/// An optional member. Null and empty count as absent: servers that serialise whole records send them.
fn optional<'v, 'a>(body: &'v Object<'a>, name: &str) -> Option<&'v Value<'a>> {
    body.get(name).filter(|value| !matches!(value, Value::Null) && value.as_str() != Some(""))
}

/// Whether a `Content-Type` is JSON; case and parameters do not matter.
#[must_use]
pub fn is_json(content_type: Option<&str>) -> bool {
    is_media_type(content_type, "application/json")
}

/// Whether a `Content-Type` is this media type; case and parameters do not matter.
pub(super) fn is_media_type(content_type: Option<&str>, name: &str) -> bool {
    let media_type = content_type.unwrap_or_default();
    let media_type = text::cut(media_type, b';').map_or(media_type, |(before, _)| before);
    media_type.trim_ascii().eq_ignore_ascii_case(name)
}

fn judge_refusal(response: RawTokenResponse<'_>) -> TokenError {
    let body = match Object::from_octets(response.body) {
        Ok(body) if (400..500).contains(&response.status) && is_json(response.content_type) => body,
        _ => return TokenResponseError::UnexpectedStatus.into(),
    };
    let error = OAuthError::of_object(&body);
    match (error, response.dpop_nonce) {
        (Some(error), Some(nonce)) if error.error == "use_dpop_nonce" && !nonce.is_empty() => {
            TokenError::UseDpopNonce(DpopNonce::new(nonce))
        }
        (Some(error), _) => TokenError::Refused(error),
        (None, _) => TokenResponseError::UnexpectedStatus.into(),
    }
}

/// Visible ASCII without spaces, as a header and a form can carry it.
fn token_text<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    value.as_str().filter(|text| !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_graphic()))
}

fn token_type(value: Option<&Value<'_>>, dpop: DpopMode) -> Result<TokenType, TokenResponseError> {
    let name = match value {
        None => return Err(TokenResponseError::MissingTokenType),
        Some(Value::String(name)) if !name.is_empty() => name,
        Some(_) => return Err(TokenResponseError::InvalidTokenType),
    };
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    match dpop {
        DpopMode::Required if is("bearer") => Err(TokenResponseError::DpopDowngrade),
        _ if is("bearer") => Ok(TokenType::Bearer),
        DpopMode::Required | DpopMode::Optional if is("dpop") => Ok(TokenType::Dpop),
        _ => Err(TokenResponseError::UnsupportedTokenType),
    }
}

/// Seconds as a number, or as digits in a string; clamped to [`MAX_LIFETIME`].
fn lifetime(value: &Value<'_>) -> Result<i64, TokenResponseError> {
    let seconds = match value {
        Value::Number(number) => number.whole(),
        Value::String(digits) => text::number(digits),
        _ => None,
    };
    match seconds {
        Some(seconds) if seconds >= 0 => Ok(seconds.min(MAX_LIFETIME)),
        _ => Err(TokenResponseError::InvalidExpiresIn),
    }
}
