//! Requests to the token and revocation endpoints of a public client (RFC 6749, sections 4.1.3 and 6; RFC 7009).

use super::authorization_response::AcceptedCallback;
use super::form::Form;
use super::json::Writer;
use super::metadata::ServerMetadata;
use super::pending_login::{BoundKey, PendingLogin};
use super::scope::Scope;
use super::secret::{Nonce, RefreshToken};

/// Form parameters that must not be shown or logged.
const SECRET_PARAMETERS: [&str; 4] = ["code", "code_verifier", "refresh_token", "token"];

/// Whether the value of a parameter must stay hidden in logs, traces and exports.
#[must_use]
pub fn is_secret_parameter(name: &str) -> bool {
    SECRET_PARAMETERS.contains(&name)
}

/// One form post. It has no client secret, and no way to get one.
pub struct TokenRequest {
    /// The URL that receives the post.
    pub endpoint: String,
    body: String,
}

impl std::fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenRequest").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}

/// What the client checks the token response against.
#[derive(Debug, Clone)]
pub struct TokenExpectations {
    /// The authorizer.
    pub server: ServerMetadata,
    /// The client identifier.
    pub client_id: String,
    /// The requested scopes.
    pub scope: Scope,
    /// The nonce that the ID token must repeat.
    pub nonce: Option<Nonce>,
    /// The `max_age` of the request, in seconds.
    pub max_age: Option<u32>,
    /// Where the person continues in the app.
    pub return_to: String,
    /// The key to bind the tokens to.
    pub key: Option<BoundKey>,
    /// When the login began, in seconds since the epoch, by the clock of this device.
    pub started_at: i64,
}

impl AcceptedCallback {
    /// Turns the accepted response into its one token request.
    ///
    /// The request goes to the endpoint stored with the login, never to one from the response. Send it at most once,
    /// even if the network fails: the code may be used up (RFC 6749, section 4.1.2).
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

    /// The record of a login with its token request. The callback worker has the code and sends the request while the
    /// page of the app loads. Only the worker reads the request.
    pub(crate) fn record_of(pending: &PendingLogin) -> String {
        // A placeholder: the worker puts the code there.
        let request = Self::of(pending, "code");
        let request = Writer::new().str("url", &request.endpoint).str("body", request.expose_body()).finish();
        pending.record().raw("token_request", &request).finish()
    }

    /// Requests new tokens (RFC 6749, section 6).
    #[must_use]
    pub fn refresh(server: &ServerMetadata, client_id: &str, token: &RefreshToken) -> Self {
        let body = Form::new()
            .with("grant_type", "refresh_token")
            .with("refresh_token", token.expose())
            .with("client_id", client_id)
            .finish();
        Self { endpoint: server.token_endpoint.clone(), body }
    }

    /// Revokes a token (RFC 7009, section 2.1); `None` if the authorizer has no revocation endpoint.
    #[must_use]
    pub fn revocation(server: &ServerMetadata, client_id: &str, token: &str, hint: TokenTypeHint) -> Option<Self> {
        let body =
            Form::new().with("token", token).with("token_type_hint", hint.name()).with("client_id", client_id).finish();
        Some(Self { endpoint: server.revocation_endpoint.clone()?, body })
    }

    /// The form body, including its secrets.
    #[must_use]
    pub fn expose_body(&self) -> &str {
        &self.body
    }
}

/// The kind of token to revoke (RFC 7009, section 2.1).
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
