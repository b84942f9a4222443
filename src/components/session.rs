//! The session of the person who is signed in, as a copy that closures can take with them.

use leptos::prelude::*;

use crate::browser::auth::{self, LoginOptions, LogoutOptions};
use crate::browser::{BrowserPlatform, SignInError};
use crate::client::ports::{HttpRequest, HttpResponse};
use crate::client::{self, LoginError};
use crate::protocol::userinfo::UserInfo;

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
