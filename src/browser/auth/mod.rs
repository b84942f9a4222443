//! Who is signed in on this page: one truth, which components, the element and scripts show and change.
//!
//! [`Auth::start`] looks for an answer or a kept session by itself, so an app has nothing to do on its callback. What
//! can be done next is on the variants of [`AuthState`]: nobody signs out who is not signed in.

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

/// What [`AuthState`] is made from: without a way back to [`Inner`], which has it.
enum Now {
    /// A kept session is being looked for, or an answer is being exchanged.
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

/// What came of asking the authorizer unasked.
enum Restored {
    Session(Session<BrowserPlatform>),
    Nobody,
    /// This page is on its way there.
    Leaving,
}

type Watcher = Rc<dyn Fn(&AuthState)>;
/// A watcher lasts as long as its [`Watching`].
type Watchers = Vec<Weak<dyn Fn(&AuthState)>>;
/// Is asked before the browser goes to that address; `false` keeps it here.
type BeforeLeaving = Rc<dyn Fn(&str) -> bool>;

struct Inner {
    login: Login,
    now: RefCell<Now>,
    /// Counts the logins that were begun: what became of an earlier one is not shown over a later one.
    attempt: Cell<u32>,
    /// Whether this page asked for the session to end.
    is_signing_out: Cell<bool>,
    watchers: RefCell<Watchers>,
    before_leaving: RefCell<Option<BeforeLeaving>>,
    /// What is to be prepared once it is known that nobody is signed in.
    preparation: RefCell<Option<Box<dyn FnOnce()>>>,
}

/// One app at one authorizer, and who is signed in there. Copies are the same.
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

/// Ends watching when it is dropped.
#[must_use]
pub struct Watching(#[allow(dead_code, reason = "held, not read")] Watcher);

impl Auth {
    /// Begins to look who is signed in. Where there is nothing to look for, the answer is there at once, so that
    /// nothing flickers.
    #[must_use]
    pub fn start(config: ClientConfig) -> Self {
        // Before anything else: an answer may stand in the address of this page.
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

    /// Asks the authorizer for what a login needs, so that a press has nothing to wait for. Call it when a press is likely:
    /// a pointer or the focus comes to the button. It does nothing where somebody is signed in, or where the app wants to
    /// wait for the press ([`ClientConfig::prepare`]), and says whether it does something.
    pub fn prepare(&self) -> bool {
        let is_waiting = matches!(&*self.0.now.borrow(), Now::SignedOut { leaving: None, .. });
        let is_wanted = is_waiting && self.config().prepare != Prepare::Press;
        if is_wanted {
            let this = self.clone();
            spawn_local(async move { this.0.login.client().prepare().await });
        }
        is_wanted
    }

    /// Calls `prepare` once it is known who is signed in and this page has nothing else to do, if the app wants that.
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
            // The answer to a question that nobody but this page asked.
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
        // Somebody may have pressed the button in the meantime, or an answer was handed in.
        let is_looking = matches!(&*self.0.now.borrow(), Now::Pending { .. });
        if is_looking {
            self.set(now);
        }
    }

    /// Asks the authorizer whether it still knows the person, if the app wants that. Whatever goes wrong is nothing to show:
    /// nobody asked for it.
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

    /// What the app said about itself.
    #[must_use]
    pub fn config(&self) -> &ClientConfig {
        self.0.login.client().config()
    }

    /// What is so now, and what can be done.
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

    /// Calls `watcher` with each new state, until what it gives is dropped. Renewed tokens are no new state.
    pub fn watch(&self, watcher: impl Fn(&AuthState) + 'static) -> Watching {
        let watcher: Watcher = Rc::new(watcher);
        self.0.watchers.borrow_mut().push(Rc::downgrade(&watcher));
        Watching(watcher)
    }

    /// Has `may_leave` asked before the browser goes to the authorizer, with the address as far as it is no secret;
    /// `false` keeps it here.
    pub fn before_leaving(&self, may_leave: impl Fn(&str) -> bool + 'static) {
        *self.0.before_leaving.borrow_mut() = Some(Rc::new(may_leave));
    }

    fn may_leave(&self, url: &str) -> bool {
        // Not borrowed while it runs: it may set another one.
        let asked = self.0.before_leaving.borrow().clone();
        asked.is_none_or(|may_leave| may_leave(&leaving::without_states(url)))
    }

    /// Takes an answer that arrived at a page of the app's own, and says whether it was one. `url` is the address that
    /// the page was opened with; the answer is taken out of the address bar.
    ///
    /// A callback page of its own is better: until this runs, everything that the page loads may be told its address.
    ///
    /// # Errors
    /// [`SignInError`], which is the state's problem too.
    pub async fn handle_callback(&self, url: &str) -> Result<bool, SignInError> {
        let redirect_uri = &self.config().redirect_uri;
        // Another client's, at an address that both have: the address stays as it is until that client takes it.
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
            // Who was looking already says what is so.
            Ok(None) if was_pending => return Ok(false),
            Ok(None) => (before, Ok(false)),
            // An answer that nobody asked for must not hide a session that is there, or was found meanwhile.
            Err(error) if matches!(&*self.0.now.borrow(), Now::SignedIn(_)) => return Err(error.into()),
            Err(error) if matches!(before, Now::SignedIn(_)) => (before, Err(error.into())),
            Err(error) => (Now::signed_out(Some(error.clone().into())), Err(error.into())),
        };
        self.set(match after {
            // Over in the meantime.
            Now::SignedIn(session) if !session.is_active() => {
                Now::SignedOut { leaving: None, problem: None, ended: Some(Ended::Elsewhere) }
            }
            after => after,
        });
        result
    }

    /// A session, whose end is seen from now on.
    fn watched(&self, session: Session<BrowserPlatform>) -> Now {
        self.0.is_signing_out.set(false);
        let inner = Rc::downgrade(&self.0);
        // Without the session itself, which holds this.
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
        // Dropped after the borrow: a session's end may call back.
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

/// Whether the authorizer sent the browser here after a sign-out of this tab; its answer is taken out of the address.
fn came_back(config: &ClientConfig) -> bool {
    let came = came_back_from_sign_out(&BrowserPlatform, &page::location());
    if came {
        leaving::clean_address(&config.redirect_uri);
    }
    came
}
