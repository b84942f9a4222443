//! The session of a signed-in user: its tokens, and the functions that use, renew and revoke them.

mod api;
mod duplicate_tab;
mod messages;
mod persistence;
mod refresh;
mod sign_out;
mod tokens;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use super::config::{ClientConfig, Storage};
use super::error::{LoginError, copy_of};
use super::keys;
use super::local_mutex::LocalMutex;
use super::ports::{Clock, Place, Platform, Store, boxed};
use super::response_info::MAX_RETRY_AFTER;
use super::transport::Transport;
use crate::protocol::id_token::IdToken;
use crate::protocol::scope::Scope;
use crate::protocol::secret::{AccessToken, IdTokenText};
use crate::protocol::token_request::TokenExpectations;
use crate::protocol::token_response::TokenType;
use messages::SessionMessage;

pub use api::{ApiCall, Verdict};
pub(super) use persistence::Persisted;
pub use sign_out::{SignedOut, came_back_from_sign_out};
pub(super) use tokens::Tokens;

/// The part of a session that does not change between sign-in and end.
pub(super) struct Origin {
    /// The session name, the same in all tabs that share the session.
    pub(super) name: String,
    /// The latest sign-out of the app before this session began: see [`persistence::latest_sign_out`].
    pub(super) signed_out_before: Option<String>,
    pub(super) expected: TokenExpectations,
    /// The checked ID token of the sign-in, and its text.
    pub(super) id_token: Option<(IdToken, IdTokenText)>,
}

impl Origin {
    /// What a new session stores about earlier sign-outs.
    pub(super) fn signed_out_before(store: &impl Store, config: &ClientConfig) -> Option<String> {
        persistence::latest_sign_out(store, config)
    }

    /// Whether the user signed out of the app, in any tab, since the session began.
    fn is_signed_out(&self, store: &impl Store, config: &ClientConfig) -> bool {
        persistence::latest_sign_out(store, config)
            .is_some_and(|latest| self.signed_out_before.as_ref() != Some(&latest))
    }
}

struct Inner<P: Platform> {
    config: ClientConfig,
    transport: Transport<P>,
    origin: Origin,
    tokens: RefCell<Option<Tokens>>,
    /// Whether storage has the tokens of this page, as far as the page knows.
    is_persisted: Cell<bool>,
    mutex: LocalMutex,
    /// The number of finished refreshes, and the result of the latest.
    refreshes: Cell<u64>,
    refreshed: RefCell<Result<(), LoginError>>,
    /// The number of refreshes in a row that failed on the way, and until when no automatic refresh is tried, in
    /// seconds since the epoch.
    failures: Cell<u32>,
    rest_until: Cell<i64>,
    /// The difference between device clock and monotonic clock when an ID token was refused for its time. While it is
    /// the same, another request would fail the same way.
    broken_clock: Cell<Option<i64>>,
    /// Until when the authorizer gets no request, by the device clock and the monotonic clock.
    busy_until: Cell<Option<(i64, i64)>>,
    watchers: RefCell<Vec<Rc<dyn Fn()>>>,
    listening: RefCell<Option<P::Listening>>,
}

/// The session of a signed-in user. Clones share the same tokens.
pub struct Session<P: Platform>(Rc<Inner<P>>);

impl<P: Platform> Clone for Session<P> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<P: Platform> std::fmt::Debug for Session<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("issuer", &self.0.config.issuer).finish_non_exhaustive()
    }
}

impl<P: Platform> Session<P> {
    /// Begins a session, or continues a persisted one.
    pub(super) fn start(config: ClientConfig, transport: Transport<P>, origin: Origin, tokens: Tokens) -> Self {
        let session = Self(Rc::new(Inner {
            config,
            transport,
            origin,
            tokens: RefCell::new(Some(tokens)),
            is_persisted: Cell::new(true),
            mutex: LocalMutex::default(),
            refreshes: Cell::new(0),
            refreshed: RefCell::new(Ok(())),
            failures: Cell::new(0),
            rest_until: Cell::new(0),
            broken_clock: Cell::new(None),
            busy_until: Cell::new(None),
            watchers: RefCell::default(),
            listening: RefCell::new(None),
        }));
        let weak = Rc::downgrade(&session.0);
        let listening = session.0.transport.platform.listen(Box::new(move |text| Self::heard(&weak, text)));
        *session.0.listening.borrow_mut() = Some(listening);
        session
    }

    fn heard(weak: &Weak<Inner<P>>, text: &str) {
        let (Some(inner), Some(message)) = (weak.upgrade(), SessionMessage::from_text(text)) else { return };
        let session = Self(inner);
        let Inner { config, origin, .. } = &*session.0;
        match message {
            SessionMessage::Renewed(name) if name == origin.name => session.take_over(),
            SessionMessage::Ended(name) if name == origin.name => drop(session.end()),
            SessionMessage::SignedOut(name) if name == config.storage_name() => session.end_elsewhere(),
            _ => {}
        }
    }

    /// Takes over tokens that another page renewed: in another tab if they are on the device, or a later page of this
    /// tab if this page was left and restored. A session on the device ends if its record is gone.
    fn take_over(&self) {
        let Inner { config, tokens, .. } = &*self.0;
        if tokens.borrow().is_none() || self.end_if_signed_out() {
            return;
        }
        // Gone: the user signed out elsewhere, or another user signed in.
        if !self.take_newer() && config.storage == Storage::Device && self.can_read_persisted() {
            self.end();
        }
    }

    /// Ends the session if the user signed out of the app in another tab, and returns whether that is so. A page that
    /// slept or was left missed the message, and a busy page has not received it yet.
    fn end_if_signed_out(&self) -> bool {
        let Inner { config, transport, origin, is_persisted, .. } = &*self.0;
        let platform = &*transport.platform;
        let is_gone = config.storage == Storage::Device && is_persisted.get() && persistence::is_gone(platform, config);
        let is_over = is_gone || origin.is_signed_out(platform, config);
        if is_over {
            self.end_elsewhere();
        }
        is_over
    }

    /// Takes over the persisted tokens of this session; `false` if there are none.
    fn take_newer(&self) -> bool {
        let Inner { config, transport, origin, tokens, is_persisted, .. } = &*self.0;
        if config.storage == Storage::Memory {
            return false;
        }
        if !is_persisted.get() {
            // Storage refused the newer tokens of this page.
            return !persistence::is_anothers(&*transport.platform, config, &origin.name);
        }
        let kept = Self::persisted(&transport.platform, config).filter(|(kept, _)| kept.name == origin.name);
        let Some((_, newer)) = kept else { return false };
        // After a refresh that failed at its end, the stored access token is the same and the stored refresh token is
        // good.
        let differs =
            |ours: &Tokens| ours.access_token != newer.access_token || ours.refresh_token != newer.refresh_token;
        if tokens.borrow().as_ref().is_some_and(differs) {
            tokens.replace(Some(newer));
            self.changed();
        }
        true
    }

    /// Whether storage can be read: blocked storage says nothing about the session.
    fn can_read_persisted(&self) -> bool {
        self.0.transport.platform.keys(Place::Device).is_ok()
    }

    /// Stores the tokens as configured, in place of the old record. If that fails, they stay in memory.
    pub(super) fn keep(&self) {
        let Inner { config, transport, origin, tokens, .. } = &*self.0;
        if let Some(tokens) = &*tokens.borrow() {
            self.0.is_persisted.set(persistence::keep(&*transport.platform, config, origin, tokens).is_ok());
        }
    }

    /// Stores renewed tokens, unless another session was stored during the request.
    fn keep_renewed(&self) {
        let Inner { config, transport, origin, .. } = &*self.0;
        if !persistence::is_anothers(&*transport.platform, config, &origin.name) {
            self.keep();
        }
    }

    /// Removes the tokens and the key, from memory and storage, and returns the tokens.
    fn end(&self) -> Option<Tokens> {
        let Inner { config, transport, origin, tokens, .. } = &*self.0;
        let ended = tokens.borrow_mut().take()?;
        persistence::forget(&*transport.platform, config, &origin.name);
        if let Some(key) = origin.expected.key.clone() {
            let platform = Rc::clone(&transport.platform);
            transport.platform.spawn(boxed(async move { keys::drop(&*platform, &key).await }));
        }
        self.changed();
        Some(ended)
    }

    /// Ends the session after a sign-out of the app in another tab. That tab could not revoke tokens that only this tab
    /// has.
    fn end_elsewhere(&self) {
        let platform = &*self.0.transport.platform;
        let is_own = self.0.config.storage != Storage::Device || !self.0.is_persisted.get();
        let is_worth_it = |tokens: &Tokens| is_own && (tokens.refresh_token.is_some() || !tokens.has_ended(platform));
        if let Some(tokens) = self.end().filter(is_worth_it) {
            let session = self.clone();
            // Tokens that cannot be revoked expire.
            self.0.transport.platform.spawn(boxed(async move { drop(session.give_back_all(&tokens).await) }));
        }
    }

    /// Revokes unused tokens: of a session that was over before this page opened, or that was replaced.
    pub(super) fn discard(config: ClientConfig, transport: Transport<P>, origin: Origin, tokens: Tokens) {
        let session = Self::start(config, transport, origin, tokens);
        // No other page revokes them.
        session.0.is_persisted.set(false);
        session.end_elsewhere();
    }

    /// Ends the session if its access token has expired and cannot be renewed.
    fn end_if_over(&self) {
        let platform = &*self.0.transport.platform;
        let is_over = |tokens: &Tokens| tokens.refresh_token.is_none() && tokens.has_ended(platform);
        let is_over = self.0.tokens.borrow().as_ref().is_some_and(is_over);
        if is_over {
            self.end();
        }
    }

    /// Calls `watcher` whenever the tokens were renewed or the session ended, also by another tab. It lasts as long as
    /// the session.
    pub fn watch(&self, watcher: impl Fn() + 'static) {
        self.0.watchers.borrow_mut().push(Rc::new(watcher));
    }

    fn changed(&self) {
        // A watcher may add another watcher.
        let watchers = self.0.watchers.borrow().clone();
        watchers.iter().for_each(|watcher| watcher());
    }

    /// How far the device clock is ahead of the authorizer, in seconds, if known. Beyond a minute a user may want to
    /// know.
    #[must_use]
    pub fn clock_is_ahead_by(&self) -> Option<i64> {
        self.0.transport.clock.offset().map(i64::saturating_neg)
    }

    /// The validated ID token of the sign-in; `None` if the scope has no `openid`.
    #[must_use]
    pub fn id_token(&self) -> Option<&IdToken> {
        self.0.origin.id_token.as_ref().map(|(token, _)| token)
    }

    /// A name to show for the user: `name` of the ID token, else `preferred_username`, else `email`, else `sub`; empty
    /// without an ID token. An authorizer may return the first three in UserInfo only (OpenID Connect Core, section 5.4).
    #[must_use]
    pub fn person(&self) -> &str {
        self.id_token().map_or("", |token| token.name().or(token.email()).unwrap_or(token.sub()))
    }

    /// Where in the app the user wanted to go.
    #[must_use]
    pub fn return_to(&self) -> &str {
        &self.0.origin.expected.return_to
    }

    /// Whether these are clones of one session.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Whether the session still has tokens.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.0.tokens.borrow().is_some()
    }

    /// When the access token expires, in seconds since the epoch; `None` if unknown or signed out.
    #[must_use]
    pub fn expires_at(&self) -> Option<i64> {
        let platform = &*self.0.transport.platform;
        let tokens = self.0.tokens.borrow();
        Some(platform.now().saturating_add(tokens.as_ref()?.seconds_left(platform)?))
    }

    /// Whether the session has a refresh token.
    #[must_use]
    pub fn can_refresh(&self) -> bool {
        self.0.tokens.borrow().as_ref().is_some_and(|tokens| tokens.refresh_token.is_some())
    }

    /// The granted scope.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.0.tokens.borrow().as_ref().map(|tokens| tokens.scope.clone()).unwrap_or_default()
    }

    /// As [`refresh`](Self::refresh), for callers that need a token, not a refresh: does not repeat what is known to
    /// fail.
    async fn refresh_where_it_helps(&self) -> Result<(), LoginError> {
        match self.has_broken_clock() || self.has_to_wait() {
            true => copy_of(&self.0.refreshed.borrow()),
            false => self.refresh().await,
        }
    }

    /// Whether the authorizer asked for a pause that is not over by both clocks: one can be set, and the monotonic one
    /// stands still in sleep.
    fn has_to_wait(&self) -> bool {
        let clock = &*self.0.transport.platform;
        let (longest, now, elapsed) = (MAX_RETRY_AFTER, clock.now(), clock.elapsed());
        let is_before = |until: i64, now: i64| (1..=longest).contains(&until.saturating_sub(now));
        self.0
            .busy_until
            .get()
            .is_some_and(|(by_clock, by_elapsed)| is_before(by_clock, now) && is_before(by_elapsed, elapsed))
    }

    /// Whether an ID token was refused for its time, with the clocks unchanged since.
    fn has_broken_clock(&self) -> bool {
        self.0.broken_clock.get() == Some(clocks_apart(&*self.0.transport.platform))
    }

    /// Returns an access token. Renews it first if it is near its end and can be renewed.
    ///
    /// # Errors
    /// [`LoginError`] if the session is over, or the token has expired and cannot be renewed.
    pub async fn access_token(&self) -> Result<(TokenType, AccessToken), LoginError> {
        let platform = &*self.0.transport.platform;
        if self.0.origin.is_signed_out(platform, &self.0.config) {
            self.end_elsewhere();
        }
        self.end_if_over();
        let about =
            |ask: fn(&Tokens, &P) -> bool| self.0.tokens.borrow().as_ref().is_some_and(|own| ask(own, platform));
        if about(Tokens::should_be_renewed) && self.can_refresh() {
            let result = self.refresh_where_it_helps().await;
            // A token is good until it expires, also if the authorizer cannot be reached.
            let is_over = result.as_ref().is_err_and(|error| error.ends_session() || about(Tokens::has_ended));
            self.end_if_over();
            if is_over {
                result?;
            }
        }
        let tokens = self.0.tokens.borrow();
        let tokens = tokens.as_ref().ok_or(LoginError::SessionOver)?;
        Ok((tokens.token_type, tokens.access_token.clone()))
    }

    /// Returns an access token that is good for at least `seconds`, renewed first if needed. A token with a shorter
    /// lifetime is renewed after a quarter of it, not at each use.
    ///
    /// # Errors
    /// [`LoginError`] if there is no such token.
    pub async fn access_token_for(&self, seconds: i64) -> Result<(TokenType, AccessToken), LoginError> {
        let platform = &*self.0.transport.platform;
        let is_short = self.0.tokens.borrow().as_ref().is_some_and(|own| !own.lasts_for(seconds, platform));
        if is_short {
            self.refresh_where_it_helps().await?;
        }
        self.access_token().await
    }
}

/// Device clock minus monotonic clock, in minutes.
fn clocks_apart(clock: &impl Clock) -> i64 {
    clock.now().saturating_sub(clock.elapsed()) / 60
}
