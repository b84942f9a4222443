//! Signed documents of the authorizer: signature first, then every claim.

#[cfg(feature = "jarm")]
use super::clock::ServerClock;
use super::clock::{MAX_SKEW, TOLERANCE};
use super::config::ClientConfig;
use super::discovery;
use super::error::{LoginError, Phase};
use super::ports::{HttpResponse, Platform, boxed};
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

/// So many audiences of an ID token are named where one of them is not trusted.
const MAX_AUDIENCES: usize = 20;

/// An ID token that comes with a code was issued just now: seconds that it may be old.
const MAX_IAT_AGE: i64 = 600;

/// An ID token as it came.
pub(super) struct Received<'a> {
    pub(super) text: &'a IdTokenText,
    /// The access token beside it.
    pub(super) access_token: &'a AccessToken,
    /// What the sign-in said, where this one came with a refresh.
    pub(super) original: Option<OriginalClaims<'a>>,
    /// When its request was sent, by this device's clock.
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
        // Where the authorizer's own clock could be read, nothing else is asked.
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

/// What a token endpoint's answer came to, with what it looked like.
pub(super) fn token_error(phase: Phase, error: TokenError, response: &HttpResponse) -> LoginError {
    let mut seen = ResponseInfo::of(response);
    if error == TokenError::Invalid(TokenResponseError::ErrorInSuccess) {
        seen.error = OAuthError::in_body(&response.body);
    }
    LoginError::Token(phase, error).with_response(seen)
}

/// What is wrong with an ID token; where it is for apps that nobody knows, with their names.
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

/// Checks the answer of the UserInfo endpoint: plain, or a signed document with the same keys as ID tokens.
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

/// An ID token that an earlier page of this client checked and kept, read again. Whoever can change what is kept
/// can run scripts here; that it is for this client is asked all the same.
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

/// Checks a signed answer to a login of this tab, and gives the parameters in it.
///
/// Where only its time is wrong, the clock of this device may be: then the ID token has to say so before the person is
/// signed in. An old copy cannot be meant, because the state in it is that of a login which waits for its first answer.
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

/// Checks the time at which a signed answer arrived once more, now that the authorizer's is known as well as it can be:
/// by this device's clock and what was learned of it, or by the ID token that the code in the answer was exchanged for.
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
        // Its signature was checked before it was opened.
        let again = UnverifiedResponse::parse(document, &config.algorithms)?;
        again.judge(Signature::Good, &expectations).map(drop)
    };
    let by_clock = at(arrived_at.saturating_add(transport.clock.offset().unwrap_or_default()));
    match (by_clock, id_token) {
        // A clock that is off by less than the login took is not noticed by the ID token.
        (Err(JarmError::Expired | JarmError::NotYetValid), Some(token)) if !transport.clock.is_told() => {
            at(token.issued_at())?;
            transport.clock.learn(&*transport.platform, token.issued_at().saturating_sub(*arrived_at));
            Ok(())
        }
        (judged, _) => Ok(judged?),
    }
}

/// Left out of the build: no login asks for a signed answer then.
#[cfg(not(feature = "jarm"))]
pub(super) async fn check_response(
    _: &impl Platform,
    _: &ClientConfig,
    _: &str,
) -> Result<Vec<(String, String)>, LoginError> {
    Err(crate::protocol::authorization_response::ResponseError::UnexpectedJarm.into())
}

/// Left out of the build: nothing was opened.
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
        let verdict = platform.verify(document.algorithm(), key, document.signing_input(), document.signature()).await;
        verdict.map_err(|_| LoginError::CryptoUnavailable)
    };
    let content = |found: &Result<_, _>| matches!(found, Ok(Signature::Good) | Err(LoginError::CryptoUnavailable));
    discovery::with_keys(platform, server, with, content).await?
}
