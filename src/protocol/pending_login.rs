//! What the client stores between the authorization request and its answer.

use super::json::{Object, Value, Writer};
use super::metadata::ServerMetadata;
use super::pkce::CodeVerifier;
use super::response_mode::ResponseMode;
use super::scope::Scope;
use super::secret::{Nonce, State};

/// One pending login: everything that the client checks its answer against.
///
/// The tab that began it stores it (session storage) under its state, for [`PendingLogin::MAX_AGE`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingLogin {
    /// The authorizer. Code and verifier go only to its token endpoint.
    pub server: ServerMetadata,
    /// The client identifier of the request.
    pub client_id: String,
    /// The redirect URI of the request.
    pub redirect_uri: String,
    /// The scopes of the request.
    pub scope: Scope,
    /// Where the answer must arrive.
    pub response_mode: ResponseMode,
    /// The state of the request.
    pub state: State,
    /// The nonce, if the request asks for an ID token.
    pub nonce: Option<Nonce>,
    /// The verifier.
    pub verifier: CodeVerifier,
    /// The `max_age` of the request, in seconds.
    pub max_age: Option<u32>,
    /// When the login began, in seconds since the epoch.
    pub started_at: i64,
    /// Where the person continues in the app: a path on this origin.
    pub return_to: String,
    /// The key to bind the tokens to.
    pub key: Option<BoundKey>,
}

/// A key of this browser, as a login stores it: the key itself is never text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundKey {
    /// The name under which the browser stores the key.
    pub name: String,
    /// The thumbprint that identifies the key (RFC 7638).
    pub thumbprint: String,
}

impl BoundKey {
    /// The key that a record names, if any.
    pub(crate) fn from_record(record: &Object<'_>) -> Option<Self> {
        let (name, thumbprint) = (record.str("key")?, record.str("jkt")?);
        Some(Self { name: name.to_owned(), thumbprint: thumbprint.to_owned() })
    }
}

impl PendingLogin {
    /// How long the client waits for an answer, in seconds.
    pub const MAX_AGE: i64 = 600;

    /// Whether the login is older than [`Self::MAX_AGE`]. A clock that was set back does not make it expire: the
    /// clock is right now and was wrong when the login began.
    #[must_use]
    pub fn is_expired(&self, now: i64) -> bool {
        now.saturating_sub(self.started_at) > Self::MAX_AGE
    }

    /// The record as JSON, for the storage of the tab. It contains the verifier.
    #[must_use]
    pub fn to_record(&self) -> String {
        self.record().finish()
    }

    /// The members of the record, to which [`TokenRequest`](super::token_request::TokenRequest) may add its own.
    pub(super) fn record(&self) -> Writer {
        let record = Writer::new()
            .raw("server", &self.server.to_json())
            .str("client_id", &self.client_id)
            .str("redirect_uri", &self.redirect_uri)
            .str("scope", self.scope.as_str())
            .str("response_mode", self.response_mode.name())
            .str("state", self.state.expose())
            .some_str("nonce", self.nonce.as_ref().map(Nonce::expose))
            .str("verifier", self.verifier.expose())
            .int("started_at", self.started_at)
            .str("return_to", &self.return_to)
            .some_str("key", self.key.as_ref().map(|key| key.name.as_str()))
            .some_str("jkt", self.key.as_ref().map(|key| key.thumbprint.as_str()));
        match self.max_age {
            Some(seconds) => record.int("max_age", seconds.into()),
            None => record,
        }
    }

    /// Reads a record; `None` if [`to_record`](Self::to_record) did not write it.
    #[must_use]
    pub fn from_record(text: &str) -> Option<Self> {
        let record = Object::parse(text).ok()?;
        let Some(Value::Object(server)) = record.get("server") else { return None };
        // Every check comes before the first copy, so an early return has nothing to free.
        if !record.has_strings(&["client_id", "redirect_uri", "scope", "state", "return_to"]) {
            return None;
        }
        let response_mode = ResponseMode::from_name(record.str("response_mode")?)?;
        let max_age = match record.get("max_age") {
            None => None,
            Some(value) => Some(u32::try_from(value.as_whole()?).ok()?),
        };
        let started_at = record.get("started_at")?.as_whole()?;
        if record.str("key").is_some() != record.str("jkt").is_some() {
            return None;
        }
        let verifier = CodeVerifier::parse(record.str("verifier")?).ok()?;
        let server = Object::parse(server).ok()?;
        let server = ServerMetadata::from_document(server.str("issuer")?, &server).ok()?;
        let own = |name: &str| record.str(name).unwrap_or_default().to_owned();
        Some(Self {
            server,
            client_id: own("client_id"),
            redirect_uri: own("redirect_uri"),
            scope: Scope::parse(record.str("scope").unwrap_or_default()),
            response_mode,
            state: State::new(own("state")),
            nonce: record.str("nonce").map(Nonce::new),
            verifier,
            max_age,
            started_at,
            return_to: own("return_to"),
            key: BoundKey::from_record(&record),
        })
    }
}
