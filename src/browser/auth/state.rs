//! The states, and what can be done in each.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;

use super::leaving::Leaving;
use super::{Auth, Now};
use crate::browser::login::SignInError;
use crate::browser::popup::{self, Cancel, Popup, PopupError};
use crate::browser::{BrowserPlatform, page};
use crate::client::ports::{HttpRequest, HttpResponse};
use crate::client::{BeginOptions, LoginError, Session, asks_again, asks_no_more};
use crate::protocol::authorization_request::{Interaction, RequestOptions, StartedLogin};

/// Who is signed in. Nothing is kept of an old one: ask [`Auth::state`] again, or watch.
#[derive(Debug, Clone, PartialEq)]
pub enum AuthState {
    /// Nobody knows yet.
    Pending(Pending),
    /// Nobody.
    SignedOut(SignedOut),
    /// Somebody.
    SignedIn(SignedIn),
}

/// Nobody knows yet who is signed in; it will be known without anybody doing anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    pub(super) is_exchanging: bool,
}

impl Pending {
    /// Whether a person has just come back from the authorizer, and a code is being exchanged. Else a session that an
    /// earlier page kept is being looked for, which takes a moment.
    #[must_use]
    pub fn is_exchanging(&self) -> bool {
        self.is_exchanging
    }
}

/// Why nobody is signed in any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The person signed out on this page.
    ByPerson,
    /// The authorizer ended the session, the person signed out in another tab, or the tokens ended and cannot be renewed.
    Elsewhere,
}

/// What one login asks for beyond the app's configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginOptions {
    /// Where in the app the person goes on afterwards: a path of this origin. Else where they are now.
    pub return_to: Option<String>,
    /// Parameters of the request.
    pub request: RequestOptions,
}

impl LoginOptions {
    fn begin(self, interaction: Interaction) -> BeginOptions {
        BeginOptions { return_to: self.return_to.unwrap_or_else(page::here), interaction, request: self.request }
    }
}

/// How far a sign-out goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LogoutOptions {
    /// Whether the browser goes to the authorizer, where the person is signed out too (OpenID Connect RP-Initiated
    /// Logout 1.0). Else the authorizer still knows the person at the next login.
    pub at_authorizer: bool,
    /// Where the authorizer sends the browser then: an absolute URL that is registered there. Else this page, without
    /// query and fragment.
    pub return_to: Option<String>,
}

/// Nobody is signed in.
#[derive(Debug, Clone)]
pub struct SignedOut {
    pub(super) auth: Auth,
    pub(super) is_leaving: bool,
    pub(super) problem: Option<SignInError>,
    pub(super) ended: Option<Ended>,
}

impl PartialEq for SignedOut {
    fn eq(&self, other: &Self) -> bool {
        let parts = |this: &Self| (this.is_leaving, this.problem.clone(), this.ended);
        self.auth == other.auth && parts(self) == parts(other)
    }
}

impl SignedOut {
    /// What became of the latest login, if it failed.
    #[must_use]
    pub fn problem(&self) -> Option<&SignInError> {
        self.problem.as_ref()
    }

    /// Whether the browser is on its way to the authorizer, or its window is open.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// How the session ended that was here before; `None` if there was none.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        self.ended
    }

    /// Goes to the authorizer. What goes wrong is the next state's [`problem`](Self::problem).
    pub fn login(&self) {
        let this = self.clone();
        spawn_local(async move { drop(this.login_with(LoginOptions::default()).await) });
    }

    /// Goes to the authorizer, and comes back to `return_to`.
    ///
    /// # Errors
    /// [`SignInError`], which is the next state's problem too. Then the page stays.
    pub async fn login_with(&self, options: LoginOptions) -> Result<(), SignInError> {
        // One trip is enough: whoever presses again is on the way already.
        if self.auth.is_on_its_way() {
            return Ok(());
        }
        let attempt = self.auth.leave(None);
        let result = match self.auth.begin(options.begin(Interaction::Redirect)).await {
            // Called off while it was being prepared.
            Ok(_) if !self.auth.is_wanted(attempt) => Err(PopupError::Cancelled.into()),
            // A later press goes, with the same request or with what it asks for instead.
            Ok(_) if self.auth.0.attempt.get() != attempt => Ok(()),
            Ok(started) => self.auth.0.login.leave(&started).map_err(SignInError::from),
            Err(error) => Err(error),
        };
        if result.is_ok() {
            self.auth.left(attempt);
        }
        if let Err(error) = &result {
            self.auth.fail(attempt, error.clone());
        }
        result
    }

    /// Opens a window for the sign-in; this page stays. Call it in the press itself.
    pub fn login_in_popup(&self) {
        let this = self.clone();
        match popup::open() {
            Ok(popup) => spawn_local(async move { drop(this.login_in(popup, LoginOptions::default()).await) }),
            Err(error) => self.auth.set(Now::signed_out(Some(error.into()))),
        }
    }

    /// Signs in in a window that is open already.
    ///
    /// # Errors
    /// [`SignInError`], which is the next state's problem too.
    pub async fn login_in(&self, popup: Popup, options: LoginOptions) -> Result<SignedIn, SignInError> {
        let attempt = self.auth.leave(Some(popup.canceller()));
        let result = async {
            let started = self.auth.begin(options.begin(Interaction::Popup)).await?;
            self.auth.0.login.client().goes(&started);
            let answer = popup.ask(&started).await?;
            self.auth.set_if(attempt, || Now::Pending { is_exchanging: true });
            self.auth.0.login.take_own(&answer).await
        };
        match result.await {
            Ok(session) => Ok(self.auth.hold(session)),
            Err(error) => {
                self.auth.fail(attempt, error.clone());
                Err(error)
            }
        }
    }

    /// Signs in without showing anything, if the authorizer still knows the person; `None` if it has to ask.
    ///
    /// # Errors
    /// [`SignInError`]; the state stays, because nobody asked for this.
    pub async fn login_silently(&self) -> Result<Option<SignedIn>, SignInError> {
        self.login_silently_with(LoginOptions::default()).await
    }

    /// The same, asking for more. What the authorizer may show stays nothing, whatever `prompt` says.
    ///
    /// # Errors
    /// As [`login_silently`](Self::login_silently).
    pub async fn login_silently_with(&self, options: LoginOptions) -> Result<Option<SignedIn>, SignInError> {
        let session = self.auth.0.login.sign_in_silently_with(&options.begin(Interaction::Frame)).await?;
        Ok(session.map(|session| self.auth.hold(session)))
    }

    /// Gives up a login whose window is open, or that has not left yet.
    pub fn cancel(&self) {
        let is_leaving = match &*self.auth.0.now.borrow() {
            Now::SignedOut { leaving: Some(leaving), .. } => {
                leaving.cancel();
                true
            }
            _ => false,
        };
        if is_leaving {
            self.auth.0.attempt.set(self.auth.0.attempt.get().wrapping_add(1));
            self.auth.set(Now::signed_out(None));
        }
    }
}

/// Somebody is signed in.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub(super) auth: Auth,
    pub(super) session: Session<BrowserPlatform>,
}

impl PartialEq for SignedIn {
    /// The same session: renewed tokens make no other.
    fn eq(&self, other: &Self) -> bool {
        self.session.is_same(&other.session)
    }
}

impl SignedIn {
    /// The session: tokens, claims, UserInfo.
    #[must_use]
    pub fn session(&self) -> &Session<BrowserPlatform> {
        &self.session
    }

    /// A name to show for the person.
    #[must_use]
    pub fn person(&self) -> &str {
        self.session.person()
    }

    /// The access token, renewed first if it is near its end.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn access_token(&self) -> Result<String, LoginError> {
        Ok(self.session.access_token().await?.1.expose().to_owned())
    }

    /// Calls an API with the access token. Only the origins of [`ClientConfig::api_origins`] ever get it.
    ///
    /// [`ClientConfig::api_origins`]: crate::client::ClientConfig::api_origins
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, LoginError> {
        self.session.call(request).await
    }

    /// Goes to the authorizer once more, for example because an API wants more than this session has
    /// ([`ApiError::to_ask_for`]), and comes back to `return_to`. Until then the session stays as it is.
    ///
    /// [`ApiError::to_ask_for`]: crate::client::ApiError::to_ask_for
    ///
    /// # Errors
    /// [`SignInError`]. Then the page stays, and so does the session.
    pub async fn login_with(&self, options: LoginOptions) -> Result<(), SignInError> {
        let started = self.auth.begin(options.begin(Interaction::Redirect)).await?;
        Ok(self.auth.0.login.leave(&started)?)
    }

    /// Signs out of the app, in every tab. What goes wrong is not the person's business: here nobody is signed in
    /// any more.
    pub fn logout(&self) {
        let this = self.clone();
        spawn_local(async move { drop(this.logout_with(LogoutOptions::default()).await) });
    }

    /// Signs out of the app, in every tab, and at the authorizer too if that is asked for and offered.
    ///
    /// # Errors
    /// [`LoginError`] if the authorizer takes tokens back and was not told of each. The person is signed out here all the
    /// same.
    pub async fn logout_with(&self, options: LogoutOptions) -> Result<(), LoginError> {
        self.auth.0.is_signing_out.set(true);
        asks_no_more(&BrowserPlatform);
        let return_to = options.return_to.unwrap_or_else(page::without_query);
        let signed_out = self.session.sign_out(&return_to).await;
        if options.at_authorizer
            && let Some(url) = &signed_out.at_authorizer
        {
            let _ = page::navigate(url);
        }
        match signed_out.revoked {
            // Where nobody takes tokens back, forgetting them is all there is.
            Err(LoginError::NotOffered(_)) => Ok(()),
            revoked => revoked,
        }
    }
}

impl Auth {
    /// Shows that a login is on its way, and gives its number.
    fn leave(&self, popup: Option<Cancel>) -> u32 {
        let attempt = self.0.attempt.get().wrapping_add(1);
        self.0.attempt.set(attempt);
        // Whoever presses again wants a new window, not two.
        if let Now::SignedOut { leaving: Some(earlier), .. } = &*self.0.now.borrow() {
            earlier.cancel();
        }
        let leaving = popup.map_or(Leaving::Begun, Leaving::Popup);
        self.set(Now::SignedOut { leaving: Some(leaving), problem: None, ended: None });
        attempt
    }

    /// Whether the browser was told to go to the authorizer, and has neither come back nor stayed too long.
    fn is_on_its_way(&self) -> bool {
        matches!(&*self.0.now.borrow(), Now::SignedOut { leaving: Some(Leaving::Page { .. }), .. })
    }

    /// Whether the page is still to leave for a login: for this one, or for one that was pressed after it, which has the
    /// same request.
    fn is_wanted(&self, attempt: u32) -> bool {
        let leaves =
            |now: &Now| matches!(now, Now::SignedOut { leaving: Some(Leaving::Begun | Leaving::Page { .. }), .. });
        self.0.attempt.get() == attempt || leaves(&self.0.now.borrow())
    }

    /// The browser was told to go. Whoever watches has seen that already.
    fn left(&self, attempt: u32) {
        if self.0.attempt.get() == attempt
            && let Now::SignedOut { leaving, .. } = &mut *self.0.now.borrow_mut()
        {
            *leaving = Leaving::of_page(Rc::downgrade(&self.0), attempt).or(Some(Leaving::Begun));
        }
    }

    async fn begin(&self, options: BeginOptions) -> Result<Rc<StartedLogin>, SignInError> {
        asks_again(&BrowserPlatform);
        let started = self.0.login.begin(options).await?;
        if self.may_leave(&started.url) { Ok(started) } else { Err(PopupError::Cancelled.into()) }
    }

    fn hold(&self, session: Session<BrowserPlatform>) -> SignedIn {
        self.0.attempt.set(self.0.attempt.get().wrapping_add(1));
        let now = self.watched(session.clone());
        self.set(now);
        SignedIn { auth: self.clone(), session }
    }

    /// Shows what went wrong, unless another login was begun in the meantime.
    pub(super) fn fail(&self, attempt: u32, error: SignInError) {
        // What the page itself called off is nothing to show.
        let is_quiet = error == SignInError::Popup(PopupError::Cancelled);
        self.set_if(attempt, || Now::signed_out((!is_quiet).then_some(error)));
    }

    pub(super) fn set_if(&self, attempt: u32, now: impl FnOnce() -> Now) {
        if self.0.attempt.get() == attempt {
            self.set(now());
        }
    }
}
