//! What components hold: copies that closures can take with them.

use leptos::prelude::*;

use super::provider::UseAuth;
use crate::browser::auth::{self, Ended, LoginOptions, LogoutOptions};
use crate::browser::{BrowserPlatform, SignInError};
use crate::client::ports::{HttpRequest, HttpResponse};
use crate::client::{self, LoginError};
use crate::protocol::userinfo::UserInfo;

/// Who is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthState {
    /// Nobody knows yet: an answer is being traded, or a kept session is being looked for.
    Pending,
    /// Nobody.
    SignedOut(Guest),
    /// Somebody.
    SignedIn(Session),
}

/// Nobody is signed in, and somebody may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest(pub(super) UseAuth);

impl Guest {
    fn now(self) -> Option<auth::SignedOut> {
        match self.0.try_auth()?.state() {
            auth::AuthState::SignedOut(signed_out) => Some(signed_out),
            _ => None,
        }
    }

    /// Goes to the authorizer, and comes back to where the person is now, or to where a
    /// [`guard`](UseAuth::guard) kept them from going. What goes wrong is [`problem`](Self::problem).
    pub fn login(self) {
        self.login_with(LoginOptions::default());
    }

    /// The same, with options of its own.
    pub fn login_with(self, mut options: LoginOptions) {
        let Some(signed_out) = self.now() else { return };
        options.return_to = options.return_to.or_else(|| self.0.wanted());
        leptos::task::spawn_local(async move { drop(signed_out.login_with(options).await) });
    }

    /// Opens a window for the sign-in; this page stays. Call it in the press itself, or the browser blocks it.
    pub fn login_in_popup(self) {
        if let Some(signed_out) = self.now() {
            signed_out.login_in_popup();
        }
    }

    /// Signs in without showing anything, if the authorizer still knows the person; `false` if it has to ask.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn login_silently(self) -> Result<bool, SignInError> {
        match self.now() {
            Some(signed_out) => Ok(signed_out.login_silently().await?.is_some()),
            None => Ok(false),
        }
    }

    /// Gives up a login whose window is open.
    pub fn cancel(self) {
        if let Some(signed_out) = self.now() {
            signed_out.cancel();
        }
    }

    /// What became of the latest login, if it failed.
    #[must_use]
    pub fn problem(self) -> Option<SignInError> {
        self.0.track();
        self.now().and_then(|signed_out| signed_out.problem().cloned())
    }

    /// Whether the browser is on its way to the authorizer, or its window is open.
    #[must_use]
    pub fn is_leaving(self) -> bool {
        self.0.track();
        self.now().is_some_and(|signed_out| signed_out.is_leaving())
    }

    /// How the session ended that was here before; `None` if there was none.
    #[must_use]
    pub fn ended(self) -> Option<Ended> {
        self.0.track();
        self.now().and_then(|signed_out| signed_out.ended())
    }
}

/// Somebody is signed in. Renewed tokens make no other session.
///
/// What is still running when the provider is taken away finds the session ended.
#[derive(Debug, Clone, Copy)]
pub struct Session(pub(super) StoredValue<auth::SignedIn, LocalStorage>);

impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl Eq for Session {}

impl Session {
    /// Whether this is that session.
    pub(super) fn is(self, other: &auth::SignedIn) -> bool {
        self.0.try_with_value(|signed_in| signed_in == other).unwrap_or_default()
    }

    fn signed_in(self) -> Result<auth::SignedIn, LoginError> {
        self.0.try_get_value().ok_or(LoginError::SessionOver)
    }

    /// The client's session behind it: scope, claims, expiry.
    ///
    /// # Panics
    /// After its [`AuthProvider`](super::AuthProvider) was taken away.
    #[must_use]
    pub fn get(self) -> client::Session<BrowserPlatform> {
        self.0.with_value(|signed_in| signed_in.session().clone())
    }

    /// A name to show for the person: the ID token's `name`, else `email`, else `sub`; empty where `openid` was not asked
    /// for.
    #[must_use]
    pub fn person(self) -> String {
        self.0.try_with_value(|signed_in| signed_in.person().to_owned()).unwrap_or_default()
    }

    /// The verified claims of the ID token, a JSON object.
    #[must_use]
    pub fn claims(self) -> Option<String> {
        let claims = |signed_in: &auth::SignedIn| Some(signed_in.session().id_token()?.claims().to_owned());
        self.0.try_with_value(claims).flatten()
    }

    /// The access token, renewed first if it is near its end. It is for requests that [`fetch`](Self::fetch) cannot
    /// make; whoever has it can use it.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn access_token(self) -> Result<String, LoginError> {
        self.signed_in()?.access_token().await
    }

    /// Calls an API with the access token, which goes to the configured `api_origins` only.
    ///
    /// # Errors
    /// [`LoginError`]; [`LoginError::Api`] if the API is not configured or wants more than this session has.
    pub async fn fetch(self, request: HttpRequest) -> Result<HttpResponse, LoginError> {
        self.signed_in()?.fetch(request).await
    }

    /// Asks the authorizer for claims about the person.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn userinfo(self) -> Result<UserInfo, LoginError> {
        self.signed_in()?.session().userinfo().await
    }

    /// Goes to the authorizer once more, for example because an API wants more than this session has
    /// ([`ApiError::to_ask_for`](client::ApiError::to_ask_for)), and comes back to where the person is now. Until then
    /// the session stays as it is.
    ///
    /// # Errors
    /// [`SignInError`]. Then the page stays, and so does the session.
    pub async fn login_with(self, options: LoginOptions) -> Result<(), SignInError> {
        self.signed_in()?.login_with(options).await
    }

    /// Signs out of the app, in every tab.
    pub fn logout(self) {
        self.logout_with(LogoutOptions::default());
    }

    /// Signs out of the app, in every tab, and at the authorizer too if that is asked for and offered.
    pub fn logout_with(self, options: LogoutOptions) {
        let Ok(signed_in) = self.signed_in() else { return };
        // Nobody is signed in here any more, whatever the authorizer says.
        leptos::task::spawn_local(async move { drop(signed_in.logout_with(options).await) });
    }
}
