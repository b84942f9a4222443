//! The handle that a provider gives to every component inside it, and its states.

use std::rc::Rc;

use leptos::prelude::*;

use super::session::Session;
use crate::browser::SignInError;
use crate::browser::auth::{self, Auth, Ended, LoginOptions, Watching};

/// Who is signed in, for every component inside an [`AuthProvider`](super::AuthProvider). Copies share one state.
#[derive(Clone, Copy)]
pub struct UseAuth {
    held: StoredValue<Rc<Held>, LocalStorage>,
    state: RwSignal<AuthState>,
    /// Notifies of changes within a state: a login that left or failed.
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
    /// Shows an [`Auth`] to components. Call it under a reactive owner; [`AuthProvider`](super::AuthProvider) does.
    #[must_use]
    pub fn new(auth: Auth) -> Self {
        let held = StoredValue::new_local(Rc::new(Held { auth: auth.clone(), watching: std::cell::OnceCell::new() }));
        let this = Self {
            held,
            state: RwSignal::new(AuthState::Pending),
            details: Trigger::new(),
            wanted: StoredValue::new(None),
        };
        // Sessions come later, outside of every component: their storage belongs to this owner. Weak, because the owner
        // holds the watcher: neither would ever be freed.
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
            // The place that the person wanted before this session is not for the next session.
            if matches!(before, AuthState::SignedIn(_)) {
                self.wanted.set_value(None);
            }
            self.state.set(state);
        }
        self.details.notify();
    }

    /// Who is signed in. A closure that calls this runs again when that changes, but not when tokens are renewed.
    #[must_use]
    pub fn state(self) -> AuthState {
        self.state.get()
    }

    /// The session, if a person is signed in.
    #[must_use]
    pub fn session(self) -> Option<Session> {
        match self.state() {
            AuthState::SignedIn(session) => Some(session),
            _ => None,
        }
    }

    /// Whether a person is signed in; `None` while this is not known yet.
    #[must_use]
    pub fn is_signed_in(self) -> Option<bool> {
        match self.state() {
            AuthState::Pending => None,
            AuthState::SignedOut(_) => Some(false),
            AuthState::SignedIn(_) => Some(true),
        }
    }

    /// The `condition` of a `ProtectedRoute` of `leptos_router`, and of anything of the same shape. It also remembers
    /// where the person wanted to go, so that the next [`login`](Guest::login) brings them there.
    ///
    /// `place` returns that place: a path of this origin, with query and fragment. It must ask the router, because
    /// `FlatRoutes` of `leptos_router` calls the condition before the address changes, and after a redirect the address
    /// never changes:
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
    /// With a router that changes the address first, use [`here`](crate::browser::here).
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

    /// The underlying [`Auth`].
    ///
    /// # Panics
    /// After its [`AuthProvider`](super::AuthProvider) is removed.
    #[must_use]
    pub fn auth(self) -> Auth {
        self.held.with_value(|held| held.auth.clone())
    }

    /// The same, for code that may run after the provider is removed.
    pub(super) fn try_auth(self) -> Option<Auth> {
        self.held.try_with_value(|held| held.auth.clone())
    }

    /// Where a [`guard`](Self::guard) stopped the person, once: for a page that signs in without leaving, and goes
    /// there itself.
    #[must_use]
    pub fn take_wanted(self) -> Option<String> {
        self.wanted.try_update_value(Option::take).flatten()
    }

    /// The same, without taking it: a login may fail and be tried again.
    pub(super) fn wanted(self) -> Option<String> {
        self.wanted.try_get_value().flatten()
    }

    /// Notifies the reactive caller of changes within a state.
    pub(super) fn track(self) {
        self.details.track();
    }
}

/// Who is signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthState {
    /// Not known yet: the page exchanges a code, or looks for a persisted session.
    Pending,
    /// Signed out.
    SignedOut(Guest),
    /// Signed in.
    SignedIn(Session),
}

/// Signed out; offers the sign-in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Guest(pub(super) UseAuth);

impl Guest {
    fn now(self) -> Option<auth::SignedOut> {
        match self.0.try_auth()?.state() {
            auth::AuthState::SignedOut(signed_out) => Some(signed_out),
            _ => None,
        }
    }

    /// Goes to the authorizer, and comes back to where the person is now, or to where a [`guard`](UseAuth::guard)
    /// stopped them. An error becomes the [`problem`](Self::problem).
    pub fn login(self) {
        self.login_with(LoginOptions::default());
    }

    /// The same, with options.
    pub fn login_with(self, mut options: LoginOptions) {
        let Some(signed_out) = self.now() else { return };
        options.return_to = options.return_to.or_else(|| self.0.wanted());
        leptos::task::spawn_local(async move { drop(signed_out.login_with(options).await) });
    }

    /// Opens a popup for the sign-in; this page stays. Call it directly in the click handler, or the browser blocks it.
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

    /// Cancels a login whose popup is open.
    pub fn cancel(self) {
        if let Some(signed_out) = self.now() {
            signed_out.cancel();
        }
    }

    /// The error of the latest login, if it failed.
    #[must_use]
    pub fn problem(self) -> Option<SignInError> {
        self.0.track();
        self.now().and_then(|signed_out| signed_out.problem().cloned())
    }

    /// Whether the browser is on its way to the authorizer, or the popup is open.
    #[must_use]
    pub fn is_leaving(self) -> bool {
        self.0.track();
        self.now().is_some_and(|signed_out| signed_out.is_leaving())
    }

    /// How the previous session ended; `None` if there was none.
    #[must_use]
    pub fn ended(self) -> Option<Ended> {
        self.0.track();
        self.now().and_then(|signed_out| signed_out.ended())
    }
}
