//! Requests to the token and revocation endpoints of a public client (RFC 6749, sections 4.1.3 and 6; RFC 7009).

use super::authorization_response::AcceptedCallback;
use super::form::Form;
use super::json::Writer;
use super::metadata::ServerMetadata;
use super::pending_login::{BoundKey, PendingLogin};
use super::scope::Scope;
use super::secret::{Nonce, RefreshToken};

/// Names of form parameters that must not be shown or logged.
const SECRET_PARAMETERS: [&str; 4] = ["code", "code_verifier", "refresh_token", "token"];

/// Whether the value of a request parameter must stay hidden in logs, traces and exports.
#[must_use]
pub fn is_secret_parameter(name: &str) -> bool {
    SECRET_PARAMETERS.contains(&name)
}

/// One form post. It has no client secret, and there is no way to give it one.
pub struct TokenRequest {
    /// Where it goes.
    pub endpoint: String,
    body: String,
}

impl std::fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenRequest").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// What the answer to a token request will be measured against.
#[derive(Debug, Clone)]
pub struct TokenExpectations {
    /// The authorizer.
    pub server: ServerMetadata,
    /// The client identifier.
    pub client_id: String,
    /// The scopes that were asked for.
    pub scope: Scope,
    /// The nonce that the ID token must repeat.
    pub nonce: Option<Nonce>,
    /// The `max_age` of the request, in seconds.
    pub max_age: Option<u32>,
    /// Where in the app the person goes on.
    pub return_to: String,
    /// The key that the tokens are to be bound to.
    pub key: Option<BoundKey>,
    /// When the login began, in seconds since the epoch by this device's clock.
    pub started_at: i64,
}

impl AcceptedCallback {
    /// Turns the accepted answer into the one token request that it is good for.
    ///
    /// It goes to the endpoint stored with the login, never to one named by the answer. It must be sent at
    /// most once, also if the network fails: the code may have been used (RFC 6749, section 4.1.2).
    #[must_use]
    pub fn into_token_request(self) -> (TokenRequest, TokenExpectations) {
        let pending = self.pending;
        let request = TokenRequest::of(&pending, self.code.expose());
        let expectations = TokenExpectations {
            server: pending.server,
            client_id: pending.client_id,
            scope: pending.scope,
            nonce: pending.nonce,
            max_age: pending.max_age,
            return_to: pending.return_to,
            key: pending.key,
            started_at: pending.started_at,
        };
        (request, expectations)
    }
}

impl TokenRequest {
    /// Exchanges the code of a login (RFC 6749, section 4.1.3; RFC 7636, section 4.5).
    pub(crate) fn of(pending: &PendingLogin, code: &str) -> Self {
        let body = Form::new()
            .with("grant_type", "authorization_code")
            .with("code", code)
            .with("redirect_uri", &pending.redirect_uri)
            .with("client_id", &pending.client_id)
            .with("code_verifier", pending.verifier.expose())
            .finish();
        Self { endpoint: pending.server.token_endpoint.clone(), body }
    }

    /// The record of a login with its token request: a callback worker, which has the code, sends the request while the
    /// app's page loads. Nobody else reads this record.
    pub(crate) fn record_of(pending: &PendingLogin) -> String {
        // The worker puts the code there.
        let request = Self::of(pending, "code");
        let request = Writer::new().str("url", &request.endpoint).str("body", request.expose_body()).finish();
        pending.record().raw("token_request", &request).finish()
    }

    /// Asks for new tokens (RFC 6749, section 6).
    #[must_use]
    pub fn refresh(server: &ServerMetadata, client_id: &str, token: &RefreshToken) -> Self {
        let body = Form::new()
            .with("grant_type", "refresh_token")
            .with("refresh_token", token.expose())
            .with("client_id", client_id)
            .finish();
        Self { endpoint: server.token_endpoint.clone(), body }
    }

    /// Gives a token back (RFC 7009, section 2.1); `None` where the authorizer has no endpoint for it.
    #[must_use]
    pub fn revocation(server: &ServerMetadata, client_id: &str, token: &str, hint: TokenTypeHint) -> Option<Self> {
        let body =
            Form::new().with("token", token).with("token_type_hint", hint.name()).with("client_id", client_id).finish();
        Some(Self { endpoint: server.revocation_endpoint.clone()?, body })
    }

    /// The form body, with everything secret in it.
    #[must_use]
    pub fn expose_body(&self) -> &str {
        &self.body
    }
}

/// What kind of token is given back (RFC 7009, section 2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenTypeHint {
    /// An access token.
    AccessToken,
    /// A refresh token.
    RefreshToken,
}

impl TokenTypeHint {
    const fn name(self) -> &'static str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
        }
    }
}
