//! The session of the signed-in person, as a copy that closures can take.

use leptos::prelude::*;

use crate::browser::auth::{self, LoginOptions, LogoutOptions};
use crate::browser::{BrowserPlatform, SignInError};
use crate::client::ports::{HttpRequest, HttpResponse};
use crate::client::{self, LoginError};
use crate::protocol::userinfo::UserInfo;

/// A signed-in session. Renewed tokens do not make another one.
///
/// Code that still runs after the provider is removed finds the session ended.
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

    /// The session of the client: scope, claims, expiry.
    ///
    /// # Panics
    /// After its [`AuthProvider`](super::AuthProvider) is removed.
    #[must_use]
    pub fn get(self) -> client::Session<BrowserPlatform> {
        self.0.with_value(|signed_in| signed_in.session().clone())
    }

    /// A name to show for the person: `name` of the ID token, else `email`, else `sub`; empty if the app did not
    /// request `openid`.
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

    /// The access token, renewed first if it expires soon. It is for requests that [`fetch`](Self::fetch) cannot make;
    /// any holder of the token can use it.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn access_token(self) -> Result<String, LoginError> {
        self.signed_in()?.access_token().await
    }

    /// Calls an API with the access token, which goes only to the configured `api_origins`.
    ///
    /// # Errors
    /// [`LoginError`]; [`LoginError::Api`] if the API is not configured or requires more than this session has.
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

    /// Goes to the authorizer again, for example because an API requires more than this session has
    /// ([`ApiError::to_ask_for`](client::ApiError::to_ask_for)), and comes back to where the person is now. Until then
    /// the session stays as it is.
    ///
    /// # Errors
    /// [`SignInError`]. The page and the session then stay.
    pub async fn login_with(self, options: LoginOptions) -> Result<(), SignInError> {
        self.signed_in()?.login_with(options).await
    }

    /// Signs out of the app, in every tab.
    pub fn logout(self) {
        self.logout_with(LogoutOptions::default());
    }

    /// Signs out of the app, in every tab, and at the authorizer too if requested and offered.
    pub fn logout_with(self, options: LogoutOptions) {
        let Ok(signed_in) = self.signed_in() else { return };
        // The session ends here, whatever the authorizer says.
        leptos::task::spawn_local(async move { drop(signed_in.logout_with(options).await) });
    }
}
