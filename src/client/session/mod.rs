//! What a signed-in app holds: tokens, and the ways to use, renew and give them back.

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

/// What does not change from the sign-in to the end of the session.
pub(super) struct Origin {
    /// The session's own name: tabs that share one share this.
    pub(super) name: String,
    /// The latest sign-out of the app before this session began: see [`persistence::latest_sign_out`].
    pub(super) signed_out_before: Option<String>,
    pub(super) expected: TokenExpectations,
    /// The ID token of the sign-in, checked, and as it came.
    pub(super) id_token: Option<(IdToken, IdTokenText)>,
}

impl Origin {
    /// What a new session remembers of the sign-outs before it.
    pub(super) fn signed_out_before(store: &impl Store, config: &ClientConfig) -> Option<String> {
        persistence::latest_sign_out(store, config)
    }

    /// Whether somebody signed out of the app, in any tab, since the session began.
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
    /// Whether what is kept is what this page has, as far as it knows.
    is_kept: Cell<bool>,
    mutex: LocalMutex,
    /// How many refreshes came to their end, and how the latest of them ended.
    refreshes: Cell<u64>,
    refreshed: RefCell<Result<(), LoginError>>,
    /// How many refreshes in a row failed on the way, and before when the next one is not tried unasked, in
    /// seconds since the epoch.
    failures: Cell<u32>,
    rest_until: Cell<i64>,
    /// How far the two clocks of this device were apart when an ID token was refused for its time: as long as that
    /// is so, another request would come to the same.
    broken_clock: Cell<Option<i64>>,
    /// Until when the authorizer wants to be left alone, by the clock that can be set and the one that cannot.
    busy_until: Cell<Option<(i64, i64)>>,
    watchers: RefCell<Vec<Rc<dyn Fn()>>>,
    listening: RefCell<Option<P::Listening>>,
}

/// A signed-in person. Copies share the same tokens.
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
    /// Begins a session, or goes on with one that was kept.
    pub(super) fn start(config: ClientConfig, transport: Transport<P>, origin: Origin, tokens: Tokens) -> Self {
        let session = Self(Rc::new(Inner {
            config,
            transport,
            origin,
            tokens: RefCell::new(Some(tokens)),
            is_kept: Cell::new(true),
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

    /// Takes tokens that another page renewed: in another tab where they are on the device, and a later one of this
    /// tab if this page was left and restored. What is shared by all tabs ends where it is gone.
    fn take_over(&self) {
        let Inner { config, tokens, .. } = &*self.0;
        if tokens.borrow().is_none() || self.end_if_signed_out() {
            return;
        }
        // Gone: signed out elsewhere, or somebody else signed in.
        if !self.take_newer() && config.storage == Storage::Device && self.can_read_kept() {
            self.end();
        }
    }

    /// Ends the session where somebody signed out of the app in another tab, and says whether that is so. A page that was
    /// asleep or left did not hear of it, and one that is busy has not heard of it yet.
    fn end_if_signed_out(&self) -> bool {
        let Inner { config, transport, origin, is_kept, .. } = &*self.0;
        let platform = &*transport.platform;
        let is_gone = config.storage == Storage::Device && is_kept.get() && persistence::is_gone(platform, config);
        let is_over = is_gone || origin.is_signed_out(platform, config);
        if is_over {
            self.end_elsewhere();
        }
        is_over
    }

    /// Takes what is kept under this session's name; `false` if there is nothing.
    fn take_newer(&self) -> bool {
        let Inner { config, transport, origin, tokens, is_kept, .. } = &*self.0;
        if config.storage == Storage::Memory {
            return false;
        }
        if !is_kept.get() {
            // What this page could not write is newer than what is there.
            return !persistence::is_anothers(&*transport.platform, config, &origin.name);
        }
        let kept = Self::persisted(&transport.platform, config).filter(|(kept, _)| kept.name == origin.name);
        let Some((_, newer)) = kept else { return false };
        // A refresh that failed at its end left the same access token, and a refresh token that is good.
        let differs =
            |ours: &Tokens| ours.access_token != newer.access_token || ours.refresh_token != newer.refresh_token;
        if tokens.borrow().as_ref().is_some_and(differs) {
            tokens.replace(Some(newer));
            self.changed();
        }
        true
    }

    /// Whether what is kept can be looked at: storage that is blocked says nothing about the session.
    fn can_read_kept(&self) -> bool {
        self.0.transport.platform.keys(Place::Device).is_ok()
    }

    /// Keeps the tokens where the app chose to, in the place of what is there. What cannot be kept is in memory all
    /// the same.
    pub(super) fn keep(&self) {
        let Inner { config, transport, origin, tokens, .. } = &*self.0;
        if let Some(tokens) = &*tokens.borrow() {
            self.0.is_kept.set(persistence::keep(&*transport.platform, config, origin, tokens).is_ok());
        }
    }

    /// Keeps renewed tokens, unless somebody else signed in while they were on their way.
    fn keep_renewed(&self) {
        let Inner { config, transport, origin, .. } = &*self.0;
        if !persistence::is_anothers(&*transport.platform, config, &origin.name) {
            self.keep();
        }
    }

    /// Forgets the tokens and the key, here and where they are kept, and says which tokens that were.
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

    /// Ends the session because somebody signed out of the app in another tab. Where each tab has tokens of its own, that
    /// tab could not give these back.
    fn end_elsewhere(&self) {
        let platform = &*self.0.transport.platform;
        let is_own = self.0.config.storage != Storage::Device || !self.0.is_kept.get();
        let is_worth_it = |tokens: &Tokens| is_own && (tokens.refresh_token.is_some() || !tokens.has_ended(platform));
        if let Some(tokens) = self.end().filter(is_worth_it) {
            let session = self.clone();
            // What cannot be given back ends by itself.
            self.0.transport.platform.spawn(boxed(async move { drop(session.give_back_all(&tokens).await) }));
        }
    }

    /// Gives tokens back that nobody uses any more: those of a session that was over before this page opened, or that another
    /// one took the place of.
    pub(super) fn discard(config: ClientConfig, transport: Transport<P>, origin: Origin, tokens: Tokens) {
        let session = Self::start(config, transport, origin, tokens);
        // Nobody else does it.
        session.0.is_kept.set(false);
        session.end_elsewhere();
    }

    /// Ends the session where its access token is over and nothing can renew it.
    fn end_if_over(&self) {
        let platform = &*self.0.transport.platform;
        let is_over = |tokens: &Tokens| tokens.refresh_token.is_none() && tokens.has_ended(platform);
        let is_over = self.0.tokens.borrow().as_ref().is_some_and(is_over);
        if is_over {
            self.end();
        }
    }

    /// Calls `watcher` whenever the tokens were renewed or the session ended, also by another tab. It lasts as
    /// long as the session.
    pub fn watch(&self, watcher: impl Fn() + 'static) {
        self.0.watchers.borrow_mut().push(Rc::new(watcher));
    }

    fn changed(&self) {
        // A watcher may add another one.
        let watchers = self.0.watchers.borrow().clone();
        watchers.iter().for_each(|watcher| watcher());
    }

    /// How far this device's clock is ahead of the authorizer's, in seconds, where something said so. Beyond a
    /// minute a person may want to know.
    #[must_use]
    pub fn clock_is_ahead_by(&self) -> Option<i64> {
        self.0.transport.clock.offset().map(i64::saturating_neg)
    }

    /// The validated ID token of the sign-in; `None` where `openid` was not asked for.
    #[must_use]
    pub fn id_token(&self) -> Option<&IdToken> {
        self.0.origin.id_token.as_ref().map(|(token, _)| token)
    }

    /// A name to show for the person: the ID token's `name`, else `email`, else `sub`; empty where there is no ID token.
    /// An authorizer may give the first two in UserInfo only (OpenID Connect Core, section 5.4).
    #[must_use]
    pub fn person(&self) -> &str {
        self.id_token().map_or("", |token| token.name().or(token.email()).unwrap_or(token.sub()))
    }

    /// Where in the app the person wanted to go.
    #[must_use]
    pub fn return_to(&self) -> &str {
        &self.0.origin.expected.return_to
    }

    /// Whether these are copies of one session.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Whether there are tokens still.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.0.tokens.borrow().is_some()
    }

    /// When the access token ends, in seconds since the epoch; `None` if unknown or signed out.
    #[must_use]
    pub fn expires_at(&self) -> Option<i64> {
        let platform = &*self.0.transport.platform;
        let tokens = self.0.tokens.borrow();
        Some(platform.now().saturating_add(tokens.as_ref()?.seconds_left(platform)?))
    }

    /// Whether there is a refresh token.
    #[must_use]
    pub fn can_refresh(&self) -> bool {
        self.0.tokens.borrow().as_ref().is_some_and(|tokens| tokens.refresh_token.is_some())
    }

    /// What was granted.
    #[must_use]
    pub fn scope(&self) -> Scope {
        self.0.tokens.borrow().as_ref().map(|tokens| tokens.scope.clone()).unwrap_or_default()
    }

    /// As [`refresh`](Self::refresh), but for whoever wants a token and no refresh: what is known to fail is not sent again.
    async fn refresh_where_it_helps(&self) -> Result<(), LoginError> {
        match self.has_broken_clock() || self.has_to_wait() {
            true => copy_of(&self.0.refreshed.borrow()),
            false => self.refresh().await,
        }
    }

    /// Whether the authorizer asked to be left alone and that time is not over by both clocks: one can be set, and the
    /// other one stands still in sleep.
    fn has_to_wait(&self) -> bool {
        let clock = &*self.0.transport.platform;
        let (longest, now, elapsed) = (MAX_RETRY_AFTER, clock.now(), clock.elapsed());
        let is_before = |until: i64, now: i64| (1..=longest).contains(&until.saturating_sub(now));
        self.0
            .busy_until
            .get()
            .is_some_and(|(by_clock, by_elapsed)| is_before(by_clock, now) && is_before(by_elapsed, elapsed))
    }

    /// Whether an ID token was refused for its time and the clocks of this device are as they were then.
    fn has_broken_clock(&self) -> bool {
        self.0.broken_clock.get() == Some(clocks_apart(&*self.0.transport.platform))
    }

    /// An access token that is good for at least the tolerance; renews it first where that is possible.
    ///
    /// # Errors
    /// [`LoginError`] if the session is over or the token has ended and cannot be renewed.
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
            // Until it has ended a token is good, also where the authorizer cannot be reached.
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

    /// An access token that is good for so many seconds still; renews it first where it is not. One that lives shorter
    /// than that is renewed when a quarter of its life is over, and not at each use.
    ///
    /// # Errors
    /// [`LoginError`] if there is no such token to be had.
    pub async fn access_token_for(&self, seconds: i64) -> Result<(TokenType, AccessToken), LoginError> {
        let platform = &*self.0.transport.platform;
        let is_short = self.0.tokens.borrow().as_ref().is_some_and(|own| !own.lasts_for(seconds, platform));
        if is_short {
            self.refresh_where_it_helps().await?;
        }
        self.access_token().await
    }
}

/// Seconds between the clock that can be set and the one that cannot, to the minute.
fn clocks_apart(clock: &impl Clock) -> i64 {
    clock.now().saturating_sub(clock.elapsed()) / 60
}
