//! Signing out at the authorizer (OpenID Connect RP-Initiated Logout 1.0, section 2).

use super::form::Form;
use super::metadata::ServerMetadata;
use super::secret::{IdTokenText, State};

/// The URL for signing out; `None` if the authorizer has no end-session endpoint.
///
/// `post_logout_redirect_uri` must be registered at the authorizer. It receives `state`, which the client checks.
#[must_use]
pub fn end_session_url(
    server: &ServerMetadata,
    client_id: &str,
    id_token: Option<&IdTokenText>,
    post_logout_redirect_uri: &str,
    state: &State,
) -> Option<String> {
    let endpoint = server.end_session_endpoint.as_deref()?;
    let form = Form::new()
        .with_some("id_token_hint", id_token.map(IdTokenText::expose))
        .with("client_id", client_id)
        .with("post_logout_redirect_uri", post_logout_redirect_uri)
        .with("state", state.expose());
    let separator = if endpoint.contains('?') { '&' } else { '?' };
    Some(format!("{endpoint}{separator}{}", form.finish()))
}
