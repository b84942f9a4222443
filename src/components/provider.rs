//! The provider around an app, and how components inside it find out who is signed in.

use leptos::context::Provider;
use leptos::prelude::*;

use super::use_auth::UseAuth;
use crate::browser::auth::Auth;
use crate::browser::default_redirect_uri;
use crate::client::{ClientConfig, Prepare, Restore};

/// Signs people in for everything inside it.
///
/// It needs `issuer` and `client_id`, or a whole `config`. Without `config` the redirect URI is
/// [`default_redirect_uri`]. It takes an answer or a persisted session at its first render.
#[component]
pub fn AuthProvider<Chil>(
    /// The issuer, exactly as the authorizer writes it.
    #[prop(optional, into)]
    issuer: String,
    /// The client identifier that the authorizer gave to this app.
    #[prop(optional, into)]
    client_id: String,
    /// How a page that opens signed out asks the authorizer whether it still knows the person.
    #[prop(optional, into)]
    restore: Option<Restore>,
    /// When the client fetches what a login needs from the authorizer.
    #[prop(optional, into)]
    prepare: Option<Prepare>,
    /// The whole configuration, in place of issuer and client identifier.
    #[prop(optional)]
    config: Option<ClientConfig>,
    /// What may ask who is signed in.
    children: TypedChildren<Chil>,
) -> impl IntoView
where
    Chil: IntoView + 'static,
{
    let mut config = config.unwrap_or_else(|| ClientConfig::new(issuer, client_id, default_redirect_uri()));
    config.restore = restore.unwrap_or(config.restore);
    config.prepare = prepare.unwrap_or(config.prepare);
    let auth = UseAuth::new(Auth::start(config));
    Provider(leptos::context::ProviderProps { value: auth, children })
}

/// Who is signed in.
///
/// # Panics
/// Outside of an [`AuthProvider`]; [`try_use_auth`] does not panic.
#[must_use]
#[track_caller]
pub fn use_auth() -> UseAuth {
    #[allow(clippy::expect_used, reason = "a mistake in the app's own code, seen the first time that it runs")]
    try_use_auth().expect("use_auth() was called outside of <AuthProvider>: put one around the app")
}

/// Who is signed in; `None` outside of an [`AuthProvider`].
#[must_use]
pub fn try_use_auth() -> Option<UseAuth> {
    use_context()
}
