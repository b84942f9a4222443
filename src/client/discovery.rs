//! Authorizer metadata and keys, fetched before the redirect and stored in the tab.
//!
//! After the callback only the token request is left before the user is signed in.

use super::config::ClientConfig;
use super::error::{LoginError, Phase};
use super::ports::{Clock, Http, HttpFailure, HttpRequest, HttpResponse, Place, Platform, Store, boxed};
use super::response_info::ResponseInfo;
use crate::protocol::json::JsonError;
use crate::protocol::jwk::JwkSet;
use crate::protocol::metadata::{ServerMetadata, well_known_url};
use crate::protocol::text;

/// How long stored metadata and keys are used, in seconds.
const METADATA_AGE: i64 = 600;

/// Minimum seconds between two key fetches for a document that the stored keys do not fit.
const KEYS_REFETCH: i64 = 60;

/// Fetches the authorizer metadata and stores it.
///
/// # Errors
/// [`LoginError`] if the authorizer does not respond or its response is invalid.
pub async fn discover(platform: &impl Platform, config: &ClientConfig) -> Result<ServerMetadata, LoginError> {
    let mut response = get(platform, &well_known_url(&config.issuer, config.discovery)?).await;
    // An authorizer may publish its metadata in only one of two places (RFC 8414, section 5). The other is tried after
    // a 404, or a response that this page may not read: a 404 seldom has CORS headers.
    let is_elsewhere = match &response {
        Ok(response) => response.status == 404,
        Err(error) => *error == LoginError::Network(Phase::Discovery, HttpFailure::CorsBlocked),
    };
    if is_elsewhere {
        let other = well_known_url(&config.issuer, config.discovery.other())?;
        let second = get(platform, &other).await;
        // If the other place has none either, the error is about the first: the one that the app configured.
        if second.as_ref().is_ok_and(|second| second.status == 200) {
            response = second;
        }
    }
    let response = response?;
    let server =
        ServerMetadata::judge(&config.issuer, response.status, response.content_type.as_deref(), &response.body)
            .map_err(|error| LoginError::Metadata(error).with_response(ResponseInfo::of(&response)))?;
    keep(platform, &metadata_key(config), &server.to_json());
    Ok(server)
}

/// The authorizer metadata: supplied by the app, or from the tab if fresh, else from the network.
pub(super) async fn metadata(platform: &impl Platform, config: &ClientConfig) -> Result<ServerMetadata, LoginError> {
    if let Some(text) = &config.metadata {
        return Ok(ServerMetadata::judge(&config.issuer, 200, Some("application/json"), text.as_bytes())?);
    }
    if let Some(text) = fresh(platform, &metadata_key(config), METADATA_AGE)
        && let Ok(server) = ServerMetadata::from_json(&config.issuer, &text)
    {
        return Ok(server);
    }
    discover(platform, config).await
}

fn metadata_key(config: &ClientConfig) -> String {
    ["pkce-login.metadata.", &config.issuer].concat()
}

/// The authorizer keys, and whether they were fetched just now: from the tab if younger than `age` seconds, else from
/// the network.
async fn keys_younger_than(
    platform: &impl Platform,
    server: &ServerMetadata,
    age: i64,
) -> Result<(JwkSet, bool), LoginError> {
    if let Some(text) = fresh(platform, &keys_key(server), age)
        && let Ok(keys) = JwkSet::parse(text.as_bytes())
    {
        return Ok((keys, false));
    }
    let Some(jwks_uri) = &server.jwks_uri else { return Ok((JwkSet::default(), true)) };
    let response = get(platform, jwks_uri).await?;
    if response.status != 200 {
        return Err(LoginError::Keys(JsonError::NotJson).with_response(ResponseInfo::of(&response)));
    }
    let keys = JwkSet::parse(&response.body);
    let keys = keys.map_err(|error| LoginError::Keys(error).with_response(ResponseInfo::of(&response)))?;
    if let Ok(text) = std::str::from_utf8(&response.body) {
        keep(platform, &keys_key(server), text);
    }
    Ok((keys, true))
}

/// The authorizer keys: from the tab if fresh, else from the network.
pub(super) async fn keys(platform: &impl Platform, server: &ServerMetadata) -> Result<JwkSet, LoginError> {
    Ok(boxed(keys_younger_than(platform, server, METADATA_AGE)).await?.0)
}

/// Runs `check` with the stored keys and, unless `content` accepts the result, with the current authorizer keys, which
/// may have changed under the same key id. Keys are fetched at most once a minute, so that a forged document cannot
/// cause requests without end.
pub(super) async fn with_keys<T>(
    platform: &impl Platform,
    server: &ServerMetadata,
    check: impl AsyncFn(&JwkSet) -> T,
    content: fn(&T) -> bool,
) -> Result<T, LoginError> {
    let mut age = METADATA_AGE;
    loop {
        let (keys, is_new) = boxed(keys_younger_than(platform, server, age)).await?;
        let found = check(&keys).await;
        if is_new || age == KEYS_REFETCH || content(&found) {
            return Ok(found);
        }
        age = KEYS_REFETCH;
    }
}

fn keys_key(server: &ServerMetadata) -> String {
    // New metadata may name another `jwks_uri`: keys from the old one no longer count.
    ["pkce-login.keys.", &server.issuer, " ", server.jwks_uri.as_deref().unwrap_or_default()].concat()
}

async fn get(platform: &impl Http, url: &str) -> Result<HttpResponse, LoginError> {
    platform.send(HttpRequest::get(url)).await.map_err(|failure| LoginError::Network(Phase::Discovery, failure))
}

/// A stored text not older than `age` seconds. A storage failure counts as an empty cache, not as an error.
fn fresh(platform: &(impl Store + Clock), key: &str, age: i64) -> Option<String> {
    let kept = platform.get(Place::Tab, key).ok()??;
    let (since, kept) = text::cut(&kept, b' ')?;
    let elapsed = platform.now().saturating_sub(text::number(since)?);
    (0..age).contains(&elapsed).then(|| kept.to_owned())
}

fn keep(platform: &(impl Store + Clock), key: &str, text: &str) {
    // A failed write costs one more request later and nothing else.
    let _ = platform.set(Place::Tab, key, &[&text::decimal(platform.now()), " ", text].concat());
}
