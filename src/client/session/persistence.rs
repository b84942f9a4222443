//! Persisted sessions: one record for each app and authorizer, in the storage that the app chose.

use super::tokens::Tokens;
use super::{Origin, Session, duplicate_tab};
use crate::client::config::{ClientConfig, Storage};
use crate::client::ports::{Clock, Entropy, Place, Platform, Store, StoreBlocked};
use crate::client::signatures::persisted_id_token;
use crate::protocol::base64url;
use crate::protocol::json::{Object, Value, Writer};
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::pending_login::BoundKey;
use crate::protocol::scope::Scope;
use crate::protocol::secret::{AccessToken, IdTokenText, Nonce, RefreshToken};
use crate::protocol::text;
use crate::protocol::token_request::TokenExpectations;
use crate::protocol::token_response::TokenType;

/// Key prefix of persisted sessions.
const PREFIX: &str = "pkce-login.session.";

/// Key prefix of the marks that a sign-out leaves on the device.
const SIGNED_OUT: &str = "pkce-login.signed-out.";

/// The place of a storage choice; `None` with tokens in memory, or if the build has no persistence.
fn place(storage: Storage) -> Option<Place> {
    match storage {
        Storage::Memory => None,
        _ if !cfg!(feature = "persistence") => None,
        Storage::Tab => Some(Place::Tab),
        Storage::Device => Some(Place::Device),
    }
}

fn key_of(config: &ClientConfig) -> String {
    [PREFIX, &config.storage_name()].concat()
}

/// The random name of the latest sign-out of the app in this browser. `None` if there was none, if storage is blocked,
/// or if all tabs share the tokens (device storage).
///
/// A tab that shows no page gets no message. Its session is compared with this name when it opens again, as is that of
/// a page that was left and is shown again (Back). This needs no clock.
pub(super) fn latest_sign_out(store: &impl Store, config: &ClientConfig) -> Option<String> {
    if config.storage == Storage::Device {
        return None;
    }
    store.get(Place::Device, &[SIGNED_OUT, &config.storage_name()].concat()).ok()?
}

/// Leaves the mark of a sign-out, for tabs with tokens of their own.
pub(super) fn mark_sign_out(platform: &(impl Store + Entropy + Clock), config: &ClientConfig) {
    if config.storage == Storage::Device {
        return;
    }
    let mut octets = [0; 12];
    let name = match platform.fill(&mut octets) {
        Ok(()) => base64url::encode(&octets),
        Err(_) => text::decimal(platform.now()),
    };
    // Without device storage, listening tabs still get the message.
    let _ = platform.set(Place::Device, &[SIGNED_OUT, &config.storage_name()].concat(), &name);
}

/// Stores the tokens: call it before a new access token is used.
pub(super) fn keep(
    store: &impl Store,
    config: &ClientConfig,
    origin: &Origin,
    tokens: &Tokens,
) -> Result<(), StoreBlocked> {
    let Some(place) = place(config.storage) else { return Ok(()) };
    let key = key_of(config);
    let written = store.set(place, &key, &to_record(origin, tokens));
    if written.is_err() {
        // The old record has a spent refresh token: using it would look like theft.
        let _ = store.remove(place, &key);
    }
    written
}

/// Removes the record if it is of this session.
pub(super) fn forget(store: &impl Store, config: &ClientConfig, session: &str) {
    let Some(place) = place(config.storage) else { return };
    if place == Place::Tab {
        duplicate_tab::forget(store, config, session);
    }
    if is_of(store, config, session) == Some(true) {
        // If nothing can be removed, nothing could be written either.
        let _ = store.remove(place, &key_of(config));
    }
}

/// Whether storage is readable and has no record, of this session or another.
pub(super) fn is_gone(store: &impl Store, config: &ClientConfig) -> bool {
    place(config.storage).is_some_and(|place| store.get(place, &key_of(config)) == Ok(None))
}

/// Whether the record is of another session.
pub(super) fn is_anothers(store: &impl Store, config: &ClientConfig, session: &str) -> bool {
    is_of(store, config, session) == Some(false)
}

/// Whether the record is of this session; `None` without a readable record.
fn is_of(store: &impl Store, config: &ClientConfig, session: &str) -> Option<bool> {
    let text = store.get(place(config.storage)?, &key_of(config)).ok()??;
    Some(Object::parse(&text).is_ok_and(|record| record.str("session") == Some(session)))
}

/// What an earlier page persisted.
pub(in crate::client) enum Persisted {
    /// No usable session.
    Nothing,
    /// A session.
    Session(Box<(Origin, Tokens)>),
    /// A session signed out elsewhere since, or with expired tokens that cannot be renewed.
    Over(Box<(Origin, Tokens)>),
}

impl<P: Platform> Session<P> {
    /// Reads what an earlier page persisted.
    pub(in crate::client) fn find_persisted(platform: &P, config: &ClientConfig) -> Persisted {
        let text = place(config.storage).and_then(|place| platform.get(place, &key_of(config)).ok().flatten());
        let Some((origin, tokens)) = text.and_then(|text| from_record(&text, config, platform)) else {
            return Persisted::Nothing;
        };
        let is_over =
            origin.is_signed_out(platform, config) || (tokens.refresh_token.is_none() && tokens.has_ended(platform));
        if is_over {
            Persisted::Over(Box::new((origin, tokens)))
        } else {
            Persisted::Session(Box::new((origin, tokens)))
        }
    }

    /// The usable session that an earlier page persisted, if any.
    pub(super) fn persisted(platform: &P, config: &ClientConfig) -> Option<(Origin, Tokens)> {
        match Self::find_persisted(platform, config) {
            Persisted::Session(kept) => Some(*kept),
            Persisted::Nothing | Persisted::Over(_) => None,
        }
    }

    /// Removes what an earlier page persisted.
    pub(in crate::client) fn forget(platform: &P, config: &ClientConfig) {
        if let Some(place) = place(config.storage) {
            let _ = platform.remove(place, &key_of(config));
        }
    }
}

fn to_record(origin: &Origin, tokens: &Tokens) -> String {
    let expected = &origin.expected;
    let first = origin.id_token.as_ref().map(|(_, text)| text.expose());
    let newest = tokens.id_token.as_ref().map(IdTokenText::expose).filter(|newest| Some(*newest) != first);
    let record = Writer::new()
        .str("session", &origin.name)
        .some_str("signed_out_before", origin.signed_out_before.as_deref())
        .raw("server", &expected.server.to_json())
        .str("client_id", &expected.client_id)
        .str("asked", expected.scope.as_str())
        .some_str("nonce", expected.nonce.as_ref().map(Nonce::expose))
        .str("return_to", &expected.return_to)
        .some_str("key", expected.key.as_ref().map(|key| key.name.as_str()))
        .some_str("jkt", expected.key.as_ref().map(|key| key.thumbprint.as_str()))
        .some_str("id_token", first)
        .some_str("newest_id_token", newest)
        .str("access_token", tokens.access_token.expose())
        .str("token_type", tokens.token_type.scheme())
        .int("received_at", tokens.received_at)
        .some_str("refresh_token", tokens.refresh_token.as_ref().map(RefreshToken::expose))
        .str("granted", tokens.scope.as_str());
    match tokens.lifetime {
        Some(seconds) => record.int("lifetime", seconds),
        None => record,
    }
    .finish()
}

fn from_record(text: &str, config: &ClientConfig, clock: &impl Clock) -> Option<(Origin, Tokens)> {
    let record = Object::parse(text).ok()?;
    let Some(Value::Object(server)) = record.get("server") else { return None };
    // Missing members are found before the first text is copied: the early return has nothing to free.
    if !record.has_strings(&["asked", "return_to", "session", "access_token", "granted"])
        || record.str("client_id") != Some(&config.client_id)
        || record.str("key").is_some() != record.str("jkt").is_some()
    {
        return None;
    }
    // The current configuration applies: no unbound token where bound ones are required.
    if config.dpop != record.str("key").is_some() {
        return None;
    }
    let token_type = match record.str("token_type")? {
        "Bearer" => TokenType::Bearer,
        "DPoP" => TokenType::Dpop,
        _ => return None,
    };
    let lifetime = match record.get("lifetime") {
        Some(seconds) => Some(seconds.as_whole()?),
        None => None,
    };
    let received_at = record.get("received_at")?.as_whole()?;
    let own = |name: &str| record.str(name).unwrap_or_default().to_owned();
    let scope = |name: &str| Scope::parse(record.str(name).unwrap_or_default());
    let expected = TokenExpectations {
        server: ServerMetadata::from_json(&config.issuer, server).ok()?,
        client_id: config.client_id.clone(),
        scope: scope("asked"),
        nonce: record.str("nonce").map(Nonce::new),
        max_age: None,
        return_to: own("return_to"),
        key: BoundKey::from_record(&record),
        started_at: received_at,
    };
    let id_token = match record.str("id_token").map(IdTokenText::new) {
        Some(text) => Some((persisted_id_token(config, &expected, &text)?, text)),
        None if expected.scope.contains("openid") => return None,
        None => None,
    };
    let tokens = Tokens {
        access_token: AccessToken::new(own("access_token")),
        token_type,
        lifetime,
        received_at,
        received_elapsed: clock.elapsed().saturating_sub(clock.now().saturating_sub(received_at).max(0)),
        refresh_token: record.str("refresh_token").map(RefreshToken::new),
        id_token: record.str("newest_id_token").or(record.str("id_token")).map(IdTokenText::new),
        scope: scope("granted"),
    };
    let signed_out_before = record.str("signed_out_before").map(str::to_owned);
    Some((Origin { name: own("session"), signed_out_before, expected, id_token }, tokens))
}
