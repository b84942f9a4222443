//! Who is signed in on this page: one state that components, element and scripts show and change.
//!
//! [`Auth::start`] looks for an answer or a persisted session, so the app needs no callback code. The variants of
//! [`AuthState`] offer what is possible next: only a signed-in state can sign out.

mod leaving;
mod state;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use wasm_bindgen_futures::spawn_local;

use super::answer::{self, Answer};
use super::login::{Login, SignInError};
use super::page;
use super::platform::BrowserPlatform;
use super::{arrival, idle};
use crate::client::{ClientConfig, Prepare, Restore, Session, Storage, came_back_from_sign_out, may_ask};
use crate::protocol::authorization_response::CallbackParams;
use leaving::Leaving;

pub use state::{AuthState, Ended, LoginOptions, LogoutOptions, Pending, SignedIn, SignedOut};

/// The source of [`AuthState`]. It has no reference back to [`Inner`], which holds it.
enum Now {
    /// The page looks for a persisted session, or exchanges a code.
    Pending {
        is_exchanging: bool,
    },
    SignedOut {
        leaving: Option<Leaving>,
        problem: Option<SignInError>,
        ended: Option<Ended>,
    },
    SignedIn(Session<BrowserPlatform>),
}

impl Now {
    fn signed_out(problem: Option<SignInError>) -> Self {
        Self::SignedOut { leaving: None, problem, ended: None }
    }
}

/// The result of asking the authorizer without a press.
enum Restored {
    Session(Session<BrowserPlatform>),
    Nobody,
    /// The browser leaves for the authorizer.
    Leaving,
}

type Watcher = Rc<dyn Fn(&AuthState)>;
/// A watcher lives as long as its [`Watching`].
type Watchers = Vec<Weak<dyn Fn(&AuthState)>>;
/// Runs before the browser goes to that address; `false` keeps the browser here.
type BeforeLeaving = Rc<dyn Fn(&str) -> bool>;

struct Inner {
    login: Login,
    now: RefCell<Now>,
    /// Counts the logins: the result of an earlier login must not replace that of a later one.
    attempt: Cell<u32>,
    /// Whether this page asked to end the session.
    is_signing_out: Cell<bool>,
    watchers: RefCell<Watchers>,
    before_leaving: RefCell<Option<BeforeLeaving>>,
    /// Runs once the page knows who is signed in.
    preparation: RefCell<Option<Box<dyn FnOnce()>>>,
}

/// One app at one authorizer, and who is signed in there. Clones share one state.
#[derive(Clone)]
pub struct Auth(Rc<Inner>);

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth").field("issuer", &self.config().issuer).finish_non_exhaustive()
    }
}

impl PartialEq for Auth {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Stops watching when it is dropped.
#[must_use]
pub struct Watching(#[allow(dead_code, reason = "held, not read")] Watcher);

impl Auth {
    /// Starts to look who is signed in. With nothing to look for, the state is known at once, so the page does not
    /// flicker.
    #[must_use]
    pub fn start(config: ClientConfig) -> Self {
        // Before anything else: the address of this page may hold an answer.
        let is_elsewhere = arrival::is_elsewhere();
        let has_answer = is_elsewhere || answer::peek().is_some();
        let is_looked_for = config.storage != Storage::Memory || config.restore != Restore::None;
        let now = if has_answer || is_looked_for {
            Now::Pending { is_exchanging: has_answer }
        } else {
            let ended = came_back(&config).then_some(Ended::ByPerson);
            Now::SignedOut { leaving: None, problem: None, ended }
        };
        let is_pending = matches!(now, Now::Pending { .. });
        let auth = Self(Rc::new(Inner {
            login: Login::with(config),
            now: RefCell::new(now),
            attempt: Cell::new(0),
            is_signing_out: Cell::new(false),
            watchers: RefCell::default(),
            before_leaving: RefCell::new(None),
            preparation: RefCell::new(None),
        }));
        if is_pending {
            let looking = auth.clone();
            spawn_local(async move { looking.look().await });
        }
        auth
    }

    /// Fetches what a login needs from the authorizer, so that a press does not wait. Call it when a press is likely:
    /// pointer or focus reach the button. It does nothing while a person is signed in, or if the app waits for the
    /// press ([`ClientConfig::prepare`]). Returns whether it does something.
    pub fn prepare(&self) -> bool {
        let is_waiting = matches!(&*self.0.now.borrow(), Now::SignedOut { leaving: None, .. });
        let is_wanted = is_waiting && self.config().prepare != Prepare::Press;
        if is_wanted {
            let this = self.clone();
            spawn_local(async move { this.0.login.client().prepare().await });
        }
        is_wanted
    }

    /// Calls `prepare` once the page knows who is signed in and is idle, if the app wants that.
    pub fn prepare_when_idle(&self, prepare: impl FnOnce() + 'static) {
        if self.config().prepare != Prepare::Idle {
            return;
        }
        *self.0.preparation.borrow_mut() = Some(Box::new(prepare));
        self.prepare_if_known();
    }

    fn prepare_if_known(&self) {
        let is_pending = matches!(&*self.0.now.borrow(), Now::Pending { .. });
        if !is_pending && let Some(prepare) = self.0.preparation.take() {
            idle::when_idle(prepare);
        }
    }

    async fn look(&self) {
        let now = match self.0.login.resume().await {
            Some(Ok(session)) => self.watched(session),
            // The answer to a request that the page made without a press.
            Some(Err(error)) if self.config().restore == Restore::Redirect && error.needs_person() => {
                Now::signed_out(None)
            }
            Some(Err(error)) => Now::signed_out(Some(error.into())),
            None if came_back(self.config()) => {
                Now::SignedOut { leaving: None, problem: None, ended: Some(Ended::ByPerson) }
            }
            None => match self.restored().await {
                Restored::Session(session) => self.watched(session),
                Restored::Nobody => Now::signed_out(None),
                Restored::Leaving => return,
            },
        };
        // Meanwhile the person may have pressed the button, or the app handed in an answer.
        let is_looking = matches!(&*self.0.now.borrow(), Now::Pending { .. });
        if is_looking {
            self.set(now);
        }
    }

    /// Asks the authorizer whether it still knows the person, if the app wants that. Errors are not shown: the person
    /// did not ask for this.
    async fn restored(&self) -> Restored {
        let may_ask = may_ask(&BrowserPlatform) && self.may_leave(&self.config().issuer);
        match self.config().restore {
            Restore::Frame if may_ask => match self.0.login.sign_in_silently().await {
                Ok(Some(session)) => Restored::Session(session),
                Ok(None) | Err(_) => Restored::Nobody,
            },
            Restore::Redirect if may_ask => match self.0.login.leave_unasked().await {
                Ok(()) => Restored::Leaving,
                Err(_) => Restored::Nobody,
            },
            Restore::None | Restore::Frame | Restore::Redirect => Restored::Nobody,
        }
    }

    /// The configuration of the app.
    #[must_use]
    pub fn config(&self) -> &ClientConfig {
        self.0.login.client().config()
    }

    /// The current state, with what is possible in it.
    #[must_use]
    pub fn state(&self) -> AuthState {
        match &*self.0.now.borrow() {
            Now::Pending { is_exchanging } => AuthState::Pending(Pending { is_exchanging: *is_exchanging }),
            Now::SignedOut { leaving, problem, ended } => AuthState::SignedOut(SignedOut {
                auth: self.clone(),
                is_leaving: leaving.is_some(),
                problem: problem.clone(),
                ended: *ended,
            }),
            Now::SignedIn(session) => AuthState::SignedIn(SignedIn { auth: self.clone(), session: session.clone() }),
        }
    }

    /// Calls `watcher` with each new state, until the result is dropped. Renewed tokens are not a new state.
    pub fn watch(&self, watcher: impl Fn(&AuthState) + 'static) -> Watching {
        let watcher: Watcher = Rc::new(watcher);
        self.0.watchers.borrow_mut().push(Rc::downgrade(&watcher));
        Watching(watcher)
    }

    /// Calls `may_leave` before the browser goes to the authorizer, with the address without secret parameters; `false`
    /// keeps the browser here.
    pub fn before_leaving(&self, may_leave: impl Fn(&str) -> bool + 'static) {
        *self.0.before_leaving.borrow_mut() = Some(Rc::new(may_leave));
    }

    fn may_leave(&self, url: &str) -> bool {
        // Not borrowed during the call, which may set another one.
        let asked = self.0.before_leaving.borrow().clone();
        asked.is_none_or(|may_leave| may_leave(&leaving::without_states(url)))
    }

    /// Takes an answer that arrived at a page of the app, and returns whether there was one. `url` is the address that
    /// opened the page; the answer is removed from the address bar.
    ///
    /// A separate callback page is better: until this runs, everything that the page loads may learn its address.
    ///
    /// # Errors
    /// [`SignInError`], which is also the problem of the state.
    pub async fn handle_callback(&self, url: &str) -> Result<bool, SignInError> {
        let redirect_uri = &self.config().redirect_uri;
        // An answer for another client at the same address stays in the address until that client takes it.
        let is_for_another = || self.0.login.client().is_for_another(url, None);
        if CallbackParams::read(url, None, redirect_uri).is_err() || is_for_another() {
            return Ok(false);
        }
        if url == page::location() {
            leaving::clean_address(redirect_uri);
        }
        let before = self.0.now.replace(Now::Pending { is_exchanging: true });
        let was_pending = matches!(before, Now::Pending { .. });
        self.tell();
        let (after, result) = match self.0.login.take(&Answer { address: url.to_owned(), body: None }).await {
            Ok(Some(session)) => (self.watched(session), Ok(true)),
            // The search that already runs reports the state.
            Ok(None) if was_pending => return Ok(false),
            Ok(None) => (before, Ok(false)),
            // An answer that the app did not request must not hide a session that exists or was found meanwhile.
            Err(error) if matches!(&*self.0.now.borrow(), Now::SignedIn(_)) => return Err(error.into()),
            Err(error) if matches!(before, Now::SignedIn(_)) => (before, Err(error.into())),
            Err(error) => (Now::signed_out(Some(error.clone().into())), Err(error.into())),
        };
        self.set(match after {
            // The session ended in the meantime.
            Now::SignedIn(session) if !session.is_active() => {
                Now::SignedOut { leaving: None, problem: None, ended: Some(Ended::Elsewhere) }
            }
            after => after,
        });
        result
    }

    /// The state for a session. From now on it follows the end of the session.
    fn watched(&self, session: Session<BrowserPlatform>) -> Now {
        self.0.is_signing_out.set(false);
        let inner = Rc::downgrade(&self.0);
        // Without the session, which holds this closure.
        session.watch(move || {
            let Some(inner) = inner.upgrade() else { return };
            let is_over = matches!(&*inner.now.borrow(), Now::SignedIn(shown) if !shown.is_active());
            if is_over {
                let ended = if inner.is_signing_out.get() { Ended::ByPerson } else { Ended::Elsewhere };
                Self(inner).set(Now::SignedOut { leaving: None, problem: None, ended: Some(ended) });
            }
        });
        Now::SignedIn(session)
    }

    fn set(&self, now: Now) {
        // Dropped after the borrow: the end of a session may call back.
        let before = self.0.now.replace(now);
        drop(before);
        self.tell();
        self.prepare_if_known();
    }

    fn tell(&self) {
        let mut watchers = Vec::new();
        self.0
            .watchers
            .borrow_mut()
            .retain(|watcher| watcher.upgrade().map(|watcher| watchers.push(watcher)).is_some());
        let state = self.state();
        for watcher in watchers {
            watcher(&state);
        }
    }
}

/// Whether the authorizer sent the browser here after a sign-out in this tab; removes its answer from the address.
fn came_back(config: &ClientConfig) -> bool {
    let came = came_back_from_sign_out(&BrowserPlatform, &page::location());
    if came {
        leaving::clean_address(&config.redirect_uri);
    }
    came
}
