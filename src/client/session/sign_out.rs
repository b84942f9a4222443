//! The end of a session: the tokens are revoked and removed everywhere, and the user may sign out at the authorizer
//! too.

use super::messages::SessionMessage;
use super::{Inner, Session, Tokens, persistence};
use crate::client::error::{LoginError, Phase};
use crate::client::keys;
use crate::client::ports::{HttpRequest, Place, Platform, Store};
use crate::client::response_info::ResponseInfo;
use crate::protocol::base64url;
use crate::protocol::form::Params;
use crate::protocol::logout::end_session_url;
use crate::protocol::secret::State;
use crate::protocol::token_request::{TokenRequest, TokenTypeHint};
use crate::protocol::token_response::TokenResponseError;
use crate::protocol::url;

/// Key of the state of a pending sign-out.
const SIGN_OUT_KEY: &str = "pkce-login.sign-out";

/// The result of a sign-out. In any case the session here is over.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedOut {
    /// Whether the authorizer revoked the tokens.
    pub revoked: Result<(), LoginError>,
    /// The address to sign out at the authorizer too; `None` if it offers none, or the state cannot be stored.
    pub at_authorizer: Option<String>,
}

impl std::fmt::Debug for SignedOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Without the address: it holds the ID token and the state.
        f.debug_struct("SignedOut").field("revoked", &self.revoked).finish_non_exhaustive()
    }
}

impl<P: Platform> Session<P> {
    /// Revokes the tokens, removes them in every tab, and returns where to sign out at the authorizer (OpenID Connect
    /// RP-Initiated Logout 1.0, section 2).
    ///
    /// `post_logout_redirect_uri` is an address of the app that is registered there. When the browser is back,
    /// [`came_back_from_sign_out`] checks the answer.
    pub async fn sign_out(&self, post_logout_redirect_uri: &str) -> SignedOut {
        // Before the tokens are removed: the address names the ID token.
        let at_authorizer = self.sign_out_url(post_logout_redirect_uri).ok().flatten();
        let revoked = self.revoke().await;
        // A state that is not stored cannot be compared: then this tab is not sent there.
        let at_authorizer = at_authorizer
            .filter(|(_, state)| self.0.transport.platform.set(Place::Tab, SIGN_OUT_KEY, state.expose()).is_ok());
        SignedOut { revoked, at_authorizer: at_authorizer.map(|(url, _)| url) }
    }

    /// Revokes and removes the tokens, in every tab; the refresh token first, which ends the grant.
    ///
    /// They are removed here in any case, also if the authorizer cannot be reached. A refresh under way ends first, so
    /// that the newest tokens are revoked.
    ///
    /// # Errors
    /// The first [`LoginError`], if the authorizer did not revoke each token; the user is signed out here all the same.
    pub async fn revoke(&self) -> Result<(), LoginError> {
        let Inner { config, transport, origin, tokens, mutex, .. } = &*self.0;
        let guard = mutex.lock().await;
        // The newest tokens, also if another tab renewed them.
        self.take_newer();
        let Some(tokens) = tokens.borrow_mut().take() else { return Ok(()) };
        persistence::forget(&*transport.platform, config, &origin.name);
        // After a sign-out no other session of this app may remain here.
        Self::forget(&transport.platform, config);
        persistence::mark_sign_out(&*transport.platform, config);
        transport.platform.tell(&SessionMessage::SignedOut(config.storage_name()).to_text());
        self.changed();
        // No refresh is possible any more, so no call has to wait.
        drop(guard);
        let given_back = self.give_back_all(&tokens).await;
        if let Some(key) = &origin.expected.key {
            keys::drop(&*transport.platform, key).await;
        }
        given_back
    }

    /// Revokes tokens, the refresh token first.
    pub(super) async fn give_back_all(&self, tokens: &Tokens) -> Result<(), LoginError> {
        let refresh = match &tokens.refresh_token {
            Some(refresh) => self.give_back(refresh.expose(), TokenTypeHint::RefreshToken).await,
            None => Ok(()),
        };
        // Also after a failure: an access token that stays valid is worth a request of its own.
        refresh.and(self.give_back(tokens.access_token.expose(), TokenTypeHint::AccessToken).await)
    }

    async fn give_back(&self, token: &str, hint: TokenTypeHint) -> Result<(), LoginError> {
        let expected = &self.0.origin.expected;
        let request = TokenRequest::revocation(&expected.server, &expected.client_id, token, hint)
            .ok_or(LoginError::NotOffered(Phase::Revocation))?;
        let response = self
            .0
            .transport
            .send(HttpRequest::form(&request.endpoint, request.expose_body()))
            .await
            .map_err(|error| LoginError::of_transport(Phase::Revocation, error))?;
        // Also 200 for a token unknown there (RFC 7009, section 2.2).
        if response.status == 200 {
            return Ok(());
        }
        Err(LoginError::Token(Phase::Revocation, TokenResponseError::UnexpectedStatus.into())
            .with_response(ResponseInfo::of(&response)))
    }

    /// The address to sign out at the authorizer too; `None` if it offers none.
    ///
    /// For apps that store and compare the state; [`sign_out`](Self::sign_out) does it for others. Call it before
    /// [`revoke`](Self::revoke), which removes the ID token that it names.
    ///
    /// # Errors
    /// [`LoginError::NoEntropy`].
    pub fn sign_out_url(&self, post_logout_redirect_uri: &str) -> Result<Option<(String, State)>, LoginError> {
        let mut octets = [0; 32];
        self.0.transport.platform.fill(&mut octets).map_err(|_| LoginError::NoEntropy)?;
        let state = State::new(base64url::encode(&octets));
        let tokens = self.0.tokens.borrow();
        let id_token = tokens.as_ref().and_then(|tokens| tokens.id_token.as_ref());
        let expected = &self.0.origin.expected;
        let url = end_session_url(&expected.server, &expected.client_id, id_token, post_logout_redirect_uri, &state);
        Ok(url.map(|url| (url, state)))
    }
}

/// Whether the authorizer opened this address after a sign-out of this tab: it names the state that
/// [`Session::sign_out`] stored. A second call returns `false`.
pub fn came_back_from_sign_out(store: &impl Store, address: &str) -> bool {
    let Ok(Some(expected)) = store.get(Place::Tab, SIGN_OUT_KEY) else { return false };
    let (_, query, _) = url::split(address);
    if Params::parse(query.unwrap_or_default()).get("state") != Some(expected.as_str()) {
        return false;
    }
    // A second answer with the same state says nothing new.
    store.remove(Place::Tab, SIGN_OUT_KEY).is_ok()
}
