//! Signed documents of the authorizer: signature first, then every claim.

use super::config::ClientConfig;
use super::discovery;
use super::error::LoginError;
use super::ports::{Platform, boxed};
use super::wire::Wire;
use crate::protocol::id_token::{IdToken, IdTokenExpectations, OriginalClaims, Signature, UnverifiedIdToken};
#[cfg(feature = "jarm")]
use crate::protocol::jarm::{JarmExpectations, UnverifiedResponse};
use crate::protocol::jwk::{Jwk, JwkSet};
use crate::protocol::jws::{Compact, SigningAlgorithm};
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::secret::{AccessToken, IdTokenText};
use crate::protocol::token_request::TokenExpectations;

/// Seconds by which the clocks of this device and the authorizer may differ.
pub(super) const TOLERANCE: i64 = 30;

/// An ID token that comes with a code was issued just now: seconds that it may be old.
const MAX_IAT_AGE: i64 = 600;

/// An ID token as it came.
pub(super) struct Received<'a> {
    pub(super) text: &'a IdTokenText,
    /// The access token beside it.
    pub(super) access_token: &'a AccessToken,
    /// What the sign-in said, where this one came with a refresh.
    pub(super) original: Option<OriginalClaims<'a>>,
}

/// Checks an ID token.
pub(super) async fn check_id_token<P: Platform>(
    wire: &Wire<P>,
    config: &ClientConfig,
    expected: &TokenExpectations,
    token: &Received<'_>,
) -> Result<IdToken, LoginError> {
    let unverified = UnverifiedIdToken::parse(token.text.expose(), &config.algorithms)?;
    let signature = boxed(check(&*wire.platform, &expected.server, &unverified)).await?;
    let expectations = IdTokenExpectations {
        issuer: &expected.server.issuer,
        client_id: &expected.client_id,
        trusted_audiences: &config.trusted_audiences,
        nonce: expected.nonce.as_ref(),
        access_token: Some(token.access_token),
        now: wire.server_now(),
        tolerance: TOLERANCE,
        max_iat_age: Some(MAX_IAT_AGE),
        max_age: expected.max_age.filter(|_| token.original.is_none()),
        original: token.original,
    };
    Ok(unverified.judge(signature, &expectations)?)
}

fn issued_at(text: &str) -> Option<i64> {
    Compact::parse(text).ok()?.payload().ok()?.get("iat")?.as_whole()
}

/// An ID token that an earlier page of this client checked and kept, read again. Whoever can change what is kept
/// can run scripts here; that it is for this client is asked all the same.
pub(super) fn kept_id_token(
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
        max_age: None,
        original: None,
    };
    unverified.judge(Signature::Good, &expectations).ok()
}

/// Checks a signed answer, and gives the parameters in it.
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
        now: platform.now(),
        tolerance: TOLERANCE,
    };
    Ok(unverified.judge(signature, &expectations)?)
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
