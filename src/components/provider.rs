//! The provider, and the handle that it gives to everything inside.

use std::rc::Rc;

use leptos::context::Provider;
use leptos::prelude::*;

use super::handle::{AuthState, Guest, Session};
use crate::browser::auth::{self, Auth, Watching};
use crate::browser::default_redirect_uri;
use crate::client::{ClientConfig, Prepare, Restore};

/// Who is signed in, for every component inside an [`AuthProvider`]. Copies are the same.
#[derive(Clone, Copy)]
pub struct UseAuth {
    held: StoredValue<Rc<Held>, LocalStorage>,
    state: RwSignal<AuthState>,
    /// Tells of what changed within a state: a login that left or failed.
    details: Trigger,
    wanted: StoredValue<Option<String>>,
}

struct Held {
    auth: Auth,
    watching: std::cell::OnceCell<Watching>,
}

impl PartialEq for UseAuth {
    fn eq(&self, other: &Self) -> bool {
        self.held == other.held
    }
}

impl Eq for UseAuth {}

impl std::fmt::Debug for UseAuth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("UseAuth").field(&self.try_auth()).finish()
    }
}

impl UseAuth {
    /// Shows an [`Auth`] to components. Call it where a reactive owner is; [`AuthProvider`] does.
    #[must_use]
    pub fn new(auth: Auth) -> Self {
        let held = StoredValue::new_local(Rc::new(Held { auth: auth.clone(), watching: std::cell::OnceCell::new() }));
        let this = Self {
            held,
            state: RwSignal::new(AuthState::Pending),
            details: Trigger::new(),
            wanted: StoredValue::new(None),
        };
        // Sessions come later, from outside of every component: what they are kept in belongs to this place.
        // Not held: it holds what watches, and neither would ever be let go.
        let owner = Owner::current().map(|owner| owner.downgrade());
        let take = move |state: &auth::AuthState| match owner.as_ref().and_then(|owner| owner.upgrade()) {
            Some(owner) => owner.with(|| this.take(state)),
            None => this.take(state),
        };
        take(&auth.state());
        let idle = auth.clone();
        auth.prepare_when_idle(move || {
            let _ = idle.prepare();
        });
        let watching = auth.watch(take);
        held.with_value(|held| drop(held.watching.set(watching)));
        this
    }

    fn take(self, state: &auth::AuthState) {
        let before = self.state.try_get_untracked();
        let Some(before) = before else { return };
        let state = match (state, before) {
            (auth::AuthState::Pending(_), _) => AuthState::Pending,
            (auth::AuthState::SignedOut(_), _) => AuthState::SignedOut(Guest(self)),
            (auth::AuthState::SignedIn(now), AuthState::SignedIn(shown)) if shown.is(now) => before,
            (auth::AuthState::SignedIn(now), _) => AuthState::SignedIn(Session(StoredValue::new_local(now.clone()))),
        };
        if state != before {
            // Where somebody wanted to go before this session is nothing to the next one.
            if matches!(before, AuthState::SignedIn(_)) {
                self.wanted.set_value(None);
            }
            self.state.set(state);
        }
        self.details.notify();
    }

    /// Who is signed in. A component that calls this in a closure is rendered again when that changes, and not when
    /// tokens are renewed.
    #[must_use]
    pub fn state(self) -> AuthState {
        self.state.get()
    }

    /// The session, if somebody is signed in.
    #[must_use]
    pub fn session(self) -> Option<Session> {
        match self.state() {
            AuthState::SignedIn(session) => Some(session),
            _ => None,
        }
    }

    /// Whether somebody is signed in; `None` while nobody knows yet.
    #[must_use]
    pub fn is_signed_in(self) -> Option<bool> {
        match self.state() {
            AuthState::Pending => None,
            AuthState::SignedOut(_) => Some(false),
            AuthState::SignedIn(_) => Some(true),
        }
    }

    /// The `condition` of a `ProtectedRoute` of `leptos_router`, and of anything of the same shape. It also keeps where
    /// the person wanted to go, so that the next [`login`](Guest::login) brings them there.
    ///
    /// `place` says where that is: a path of this origin, with query and fragment. It has to ask the router, because
    /// the `FlatRoutes` of `leptos_router` asks the condition before the address changes, and after a redirect it never
    /// does:
    ///
    /// ```text
    /// fn place() -> String {
    ///     use_url().with_untracked(|url| match url.search() {
    ///         "" => [url.path(), url.hash()].concat(),
    ///         query => [url.path(), "?", query, url.hash()].concat(),
    ///     })
    /// }
    /// ```
    ///
    /// With a router that changes the address first, it is [`here`](crate::browser::here).
    pub fn guard<F>(self, place: F) -> impl Fn() -> Option<bool> + Clone + Send + Sync + 'static
    where
        F: Fn() -> String + Clone + Send + Sync + 'static,
    {
        move || {
            let is_signed_in = self.is_signed_in();
            if is_signed_in == Some(false) {
                self.wanted.set_value(Some(place()));
            }
            is_signed_in
        }
    }

    /// The [`Auth`] behind it.
    ///
    /// # Panics
    /// After its [`AuthProvider`] was taken away.
    #[must_use]
    pub fn auth(self) -> Auth {
        self.held.with_value(|held| held.auth.clone())
    }

    /// The same, for what may go on after the provider was taken away.
    pub(super) fn try_auth(self) -> Option<Auth> {
        self.held.try_with_value(|held| held.auth.clone())
    }

    /// Where a [`guard`](Self::guard) kept somebody from going, once: for a page that signs in without leaving, and goes
    /// there itself.
    #[must_use]
    pub fn take_wanted(self) -> Option<String> {
        self.wanted.try_update_value(Option::take).flatten()
    }

    /// The same, left where it is: a login may fail and be tried again.
    pub(super) fn wanted(self) -> Option<String> {
        self.wanted.try_get_value().flatten()
    }

    /// Has who asks now be told of changes within a state.
    pub(super) fn track(self) {
        self.details.track();
    }
}

/// Signs people in to everything inside it.
///
/// It needs `issuer` and `client_id`, or a whole `config`. Without one the redirect URI is
/// [`default_redirect_uri`]; an answer or a kept session is taken when it is shown first.
#[component]
pub fn AuthProvider<Chil>(
    /// The issuer, exactly as the authorizer writes it.
    #[prop(optional, into)]
    issuer: String,
    /// The client identifier that the authorizer gave to this app.
    #[prop(optional, into)]
    client_id: String,
    /// How a page that opens with nobody signed in asks the authorizer whether it still knows the person.
    #[prop(optional, into)]
    restore: Option<Restore>,
    /// When what a login needs of the authorizer is fetched.
    #[prop(optional, into)]
    prepare: Option<Prepare>,
    /// All of it, in the place of issuer and client identifier.
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
/// Outside of an [`AuthProvider`]; [`try_use_auth`] does not.
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
