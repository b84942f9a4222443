//! Signed documents of the authorizer: first the signature is checked, then every claim.

#[cfg(feature = "jarm")]
use super::clock::ServerClock;
use super::clock::{MAX_SKEW, TOLERANCE};
use super::config::ClientConfig;
use super::discovery;
use super::error::{LoginError, Phase};
use super::ports::{HttpResponse, Platform, SignedMessage, boxed};
use super::response_info::ResponseInfo;
use super::transport::Transport;
use crate::protocol::id_token::{
    IdToken, IdTokenError, IdTokenExpectations, OriginalClaims, Signature, Skew, UnverifiedIdToken,
};
#[cfg(feature = "jarm")]
use crate::protocol::jarm::{JarmError, JarmExpectations, UnverifiedResponse};
use crate::protocol::json::Value;
use crate::protocol::jwk::{Jwk, JwkSet};
use crate::protocol::jws::Compact;
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::oauth_error::OAuthError;
use crate::protocol::secret::{AccessToken, IdTokenText};
use crate::protocol::signing_algorithm::SigningAlgorithm;
use crate::protocol::token_request::TokenExpectations;
use crate::protocol::token_response::{TokenError, TokenResponseError};
use crate::protocol::userinfo::{UnverifiedUserInfo, UserInfo, UserInfoExpectations};

/// At most this many audiences are reported if one of them is not trusted.
const MAX_AUDIENCES: usize = 20;

/// Maximum age of an ID token on receipt, in seconds: it was issued just now.
const MAX_IAT_AGE: i64 = 600;

/// An ID token as received.
pub(super) struct Received<'a> {
    pub(super) text: &'a IdTokenText,
    /// The access token of the same response.
    pub(super) access_token: &'a AccessToken,
    /// The claims of the sign-in, for an ID token that comes with a refresh.
    pub(super) original: Option<OriginalClaims<'a>>,
    /// When the request was sent, by the device clock.
    pub(super) sent_at: i64,
}

/// Checks an ID token.
pub(super) async fn check_id_token<P: Platform>(
    transport: &Transport<P>,
    config: &ClientConfig,
    expected: &TokenExpectations,
    token: &Received<'_>,
) -> Result<IdToken, LoginError> {
    let unverified = UnverifiedIdToken::parse(token.text.expose(), &config.algorithms)?;
    let signature = boxed(check(&*transport.platform, &expected.server, &unverified)).await?;
    let expectations = IdTokenExpectations {
        issuer: &expected.server.issuer,
        client_id: &expected.client_id,
        trusted_audiences: &config.trusted_audiences,
        nonce: expected.nonce.as_ref(),
        access_token: Some(token.access_token),
        now: transport.clock.now_by_answer(&*transport.platform),
        tolerance: TOLERANCE,
        max_iat_age: Some(MAX_IAT_AGE),
        // After a readable `Date`, no other source of the time is used.
        skew: (!transport.clock.is_told()).then(|| Skew {
            max: MAX_SKEW,
            arrived_at: transport.platform.now(),
            sent_at: token.sent_at,
            began_at: if token.original.is_some() { token.sent_at } else { expected.started_at },
        }),
        max_age: expected.max_age.filter(|_| token.original.is_none()),
        original: token.original,
    };
    let checked = unverified.judge(signature, &expectations);
    let checked = checked.map_err(|error| id_token_error(error, token.text.expose()))?;
    if let Some(offset) = checked.offset() {
        transport.clock.learn(&*transport.platform, offset);
    }
    Ok(checked)
}

/// The error for a token endpoint response, with facts about the response.
pub(super) fn token_error(phase: Phase, error: TokenError, response: &HttpResponse) -> LoginError {
    let mut seen = ResponseInfo::of(response);
    if error == TokenError::Invalid(TokenResponseError::ErrorInSuccess) {
        seen.error = OAuthError::in_body(&response.body);
    }
    LoginError::Token(phase, error).with_response(seen)
}

/// The error for an ID token, with its audiences if one is not trusted.
fn id_token_error(error: IdTokenError, text: &str) -> LoginError {
    if error != IdTokenError::AudUntrusted {
        return error.into();
    }
    let mut seen = ResponseInfo::default();
    if let Ok(token) = Compact::parse(text)
        && let Ok(claims) = token.payload()
    {
        seen.audiences = claims.get("aud").and_then(Value::as_strings).unwrap_or_default();
        seen.audiences.truncate(MAX_AUDIENCES);
    }
    LoginError::IdToken(error).with_response(seen)
}

fn issued_at(text: &str) -> Option<i64> {
    Compact::parse(text).ok()?.payload().ok()?.get("iat")?.as_whole()
}

/// Checks the response of the UserInfo endpoint: plain, or signed with the same keys as ID tokens.
pub(super) async fn check_userinfo<P: Platform>(
    transport: &Transport<P>,
    config: &ClientConfig,
    expected: &TokenExpectations,
    sub: &str,
    response: &HttpResponse,
) -> Result<UserInfo, LoginError> {
    let HttpResponse { status, content_type, body, .. } = response;
    let content_type = content_type.as_deref();
    let signed = UnverifiedUserInfo::in_answer(*status, content_type, body, &config.algorithms);
    let judged = match signed {
        Err(error) => Err(error),
        Ok(None) => UserInfo::judge(*status, content_type, body, sub),
        Ok(Some(unverified)) => {
            let signature = boxed(check(&*transport.platform, &expected.server, &unverified)).await?;
            let expectations = UserInfoExpectations {
                issuer: &expected.server.issuer,
                client_id: &expected.client_id,
                sub,
                now: transport.server_now(),
                tolerance: TOLERANCE,
            };
            unverified.judge(signature, &expectations)
        }
    };
    judged.map_err(|error| LoginError::UserInfo(error).with_response(ResponseInfo::of(response)))
}

/// Reads a persisted ID token that an earlier page checked. Its signature is not checked again: a script that can
/// change the storage already runs here. That the token is for this client is still checked.
pub(super) fn persisted_id_token(
    config: &ClientConfig,
    expected: &TokenExpectations,
    text: &IdTokenText,
) -> Option<IdToken> {
    let unverified = UnverifiedIdToken::parse(text.expose(), &config.algorithms).ok()?;
    let expectations = IdTokenExpectations {
        issuer: &expected.server.issuer,
        client_id: &expected.client_id,
        trusted_audiences: &config.trusted_audiences,
        nonce: expected.nonce.as_ref(),
        access_token: None,
        now: issued_at(text.expose())?,
        tolerance: TOLERANCE,
        max_iat_age: None,
        skew: None,
        max_age: None,
        original: None,
    };
    unverified.judge(Signature::Good, &expectations).ok()
}

/// Checks a signed answer to a login of this tab, and returns its parameters.
///
/// If only its time is wrong, the device clock may be the cause: then the ID token must confirm the time before the
/// user is signed in. It cannot be a replay: its state is that of a login that waits for its first answer.
#[cfg(feature = "jarm")]
pub(super) async fn check_response(
    platform: &impl Platform,
    config: &ClientConfig,
    document: &str,
) -> Result<Vec<(String, String)>, LoginError> {
    let unverified = UnverifiedResponse::parse(document, &config.algorithms)?;
    let server = discovery::metadata(platform, config).await?;
    let signature = boxed(check(platform, &server, &unverified)).await?;
    let expectations = JarmExpectations {
        issuer: &server.issuer,
        client_id: &config.client_id,
        now: ServerClock::of(platform, &server.issuer).now(platform),
        tolerance: TOLERANCE,
    };
    match unverified.judge(signature, &expectations) {
        Err(JarmError::Expired | JarmError::NotYetValid) if config.scope.contains("openid") => {
            let lenient = JarmExpectations { now: platform.now(), tolerance: MAX_SKEW, ..expectations };
            let again = UnverifiedResponse::parse(document, &config.algorithms)?;
            Ok(again.judge(signature, &lenient)?)
        }
        judged => Ok(judged?),
    }
}

/// Checks the arrival time of a signed answer again, now that the authorizer time is known as well as possible: from
/// the device clock and the learned offset, or from the ID token for the code of the answer.
#[cfg(feature = "jarm")]
pub(super) fn confirm_response<P: Platform>(
    transport: &Transport<P>,
    config: &ClientConfig,
    (document, arrived_at): &(String, i64),
    id_token: Option<&IdToken>,
) -> Result<(), LoginError> {
    let at = |now: i64| {
        let expectations =
            JarmExpectations { issuer: &config.issuer, client_id: &config.client_id, now, tolerance: TOLERANCE };
        // The signature was checked before the answer was opened.
        let again = UnverifiedResponse::parse(document, &config.algorithms)?;
        again.judge(Signature::Good, &expectations).map(drop)
    };
    let by_clock = at(arrived_at.saturating_add(transport.clock.offset().unwrap_or_default()));
    match (by_clock, id_token) {
        // The ID token does not show a clock error that is smaller than the duration of the login.
        (Err(JarmError::Expired | JarmError::NotYetValid), Some(token)) if !transport.clock.is_told() => {
            at(token.issued_at())?;
            transport.clock.learn(&*transport.platform, token.issued_at().saturating_sub(*arrived_at));
            Ok(())
        }
        (judged, _) => Ok(judged?),
    }
}

/// Without the feature no login asks for a signed answer.
#[cfg(not(feature = "jarm"))]
pub(super) async fn check_response(
    _: &impl Platform,
    _: &ClientConfig,
    _: &str,
) -> Result<Vec<(String, String)>, LoginError> {
    Err(crate::protocol::authorization_response::ResponseError::UnexpectedJarm.into())
}

/// Without the feature no signed answer was opened.
#[cfg(not(feature = "jarm"))]
pub(super) fn confirm_response<P: Platform>(
    _: &Transport<P>,
    _: &ClientConfig,
    _: &(String, i64),
    _: Option<&IdToken>,
) -> Result<(), LoginError> {
    Err(crate::protocol::authorization_response::ResponseError::UnexpectedJarm.into())
}

/// A document with a signature.
trait Signed {
    fn key<'k>(&self, keys: &'k JwkSet) -> Result<&'k Jwk, LoginError>;
    fn algorithm(&self) -> SigningAlgorithm;
    fn signing_input(&self) -> &[u8];
    fn signature(&self) -> &[u8];
}

macro_rules! signed {
    ($($document:ident),+) => {$(
        impl Signed for $document<'_> {
            fn key<'k>(&self, keys: &'k JwkSet) -> Result<&'k Jwk, LoginError> {
                Ok($document::key(self, keys)?)
            }

            fn algorithm(&self) -> SigningAlgorithm {
                $document::algorithm(self)
            }

            fn signing_input(&self) -> &[u8] {
                $document::signing_input(self)
            }

            fn signature(&self) -> &[u8] {
                $document::signature(self)
            }
        }
    )+};
}

signed!(UnverifiedIdToken);
signed!(UnverifiedUserInfo);
#[cfg(feature = "jarm")]
signed!(UnverifiedResponse);

async fn check(
    platform: &impl Platform,
    server: &ServerMetadata,
    document: &dyn Signed,
) -> Result<Signature, LoginError> {
    let with = async |keys: &JwkSet| -> Result<Signature, LoginError> {
        let key = document.key(keys)?;
        let signed = SignedMessage {
            algorithm: document.algorithm(),
            key,
            message: document.signing_input(),
            signature: document.signature(),
        };
        let verdict = platform.verify(signed).await;
        verdict.map_err(|_| LoginError::CryptoUnavailable)
    };
    let content = |found: &Result<_, _>| matches!(found, Ok(Signature::Good) | Err(LoginError::CryptoUnavailable));
    discovery::with_keys(platform, server, with, content).await?
}
