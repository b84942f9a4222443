//! The states, and what is possible in each.

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

/// Who is signed in. A value does not follow later changes: ask [`Auth::state`] again, or watch.
#[derive(Debug, Clone, PartialEq)]
pub enum AuthState {
    /// Not known yet.
    Pending(Pending),
    /// Signed out.
    SignedOut(SignedOut),
    /// Signed in.
    SignedIn(SignedIn),
}

/// Not known yet who is signed in; the page finds out without a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pending {
    pub(super) is_exchanging: bool,
}

impl Pending {
    /// Whether the person has just come back from the authorizer, and a code is being exchanged. Otherwise the page
    /// looks for a persisted session, which takes a moment.
    #[must_use]
    pub fn is_exchanging(&self) -> bool {
        self.is_exchanging
    }
}

/// Why the session ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// The person signed out on this page.
    ByPerson,
    /// The authorizer ended the session, the person signed out in another tab, or the tokens expired and cannot be
    /// renewed.
    Elsewhere,
}

/// What one login requests beyond the configuration of the app.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginOptions {
    /// Where in the app the person continues: a path of this origin. The default is the current place.
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
    /// Whether the browser goes to the authorizer to sign the person out there too (OpenID Connect RP-Initiated Logout
    /// 1.0). Otherwise the authorizer still knows the person at the next login.
    pub at_authorizer: bool,
    /// Where the authorizer then sends the browser: an absolute URL that is registered there. The default is this page,
    /// without query and fragment.
    pub return_to: Option<String>,
}

/// The signed-out state.
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
    /// The error of the latest login, if it failed.
    #[must_use]
    pub fn problem(&self) -> Option<&SignInError> {
        self.problem.as_ref()
    }

    /// Whether the browser is on its way to the authorizer, or the popup is open.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.is_leaving
    }

    /// How the previous session ended; `None` if there was none.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        self.ended
    }

    /// Goes to the authorizer. An error becomes the [`problem`](Self::problem) of the next state.
    pub fn login(&self) {
        let this = self.clone();
        spawn_local(async move { drop(this.login_with(LoginOptions::default()).await) });
    }

    /// Goes to the authorizer, and comes back to `return_to`.
    ///
    /// # Errors
    /// [`SignInError`], which is also the problem of the next state. The page then stays.
    pub async fn login_with(&self, options: LoginOptions) -> Result<(), SignInError> {
        // One redirect is enough: at a second press the browser is already on its way.
        if self.auth.is_on_its_way() {
            return Ok(());
        }
        let attempt = self.auth.leave(None);
        let result = match self.auth.begin(options.begin(Interaction::Redirect)).await {
            // The login was cancelled meanwhile.
            Ok(_) if !self.auth.is_wanted(attempt) => Err(PopupError::Cancelled.into()),
            // A later press goes to the authorizer, with the same request or with its own.
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

    /// Opens a popup for the sign-in; this page stays. Call it directly in the click handler.
    pub fn login_in_popup(&self) {
        let this = self.clone();
        match popup::open() {
            Ok(popup) => spawn_local(async move { drop(this.login_in(popup, LoginOptions::default()).await) }),
            Err(error) => self.auth.set(Now::signed_out(Some(error.into()))),
        }
    }

    /// Signs in in a popup that is already open.
    ///
    /// # Errors
    /// [`SignInError`], which is also the problem of the next state.
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
    /// [`SignInError`]; the state stays, because the person did not ask for this.
    pub async fn login_silently(&self) -> Result<Option<SignedIn>, SignInError> {
        self.login_silently_with(LoginOptions::default()).await
    }

    /// The same, with options. The authorizer shows nothing, whatever `prompt` says.
    ///
    /// # Errors
    /// As [`login_silently`](Self::login_silently).
    pub async fn login_silently_with(&self, options: LoginOptions) -> Result<Option<SignedIn>, SignInError> {
        let session = self.auth.0.login.sign_in_silently_with(&options.begin(Interaction::Frame)).await?;
        Ok(session.map(|session| self.auth.hold(session)))
    }

    /// Cancels a login whose popup is open, or whose redirect has not left yet.
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

/// The signed-in state.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub(super) auth: Auth,
    pub(super) session: Session<BrowserPlatform>,
}

impl PartialEq for SignedIn {
    /// Renewed tokens do not make another session.
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

    /// The access token, renewed first if it expires soon.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn access_token(&self) -> Result<String, LoginError> {
        Ok(self.session.access_token().await?.1.expose().to_owned())
    }

    /// Calls an API with the access token, which goes only to the origins of [`ClientConfig::api_origins`].
    ///
    /// [`ClientConfig::api_origins`]: crate::client::ClientConfig::api_origins
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn fetch(&self, request: HttpRequest) -> Result<HttpResponse, LoginError> {
        self.session.call(request).await
    }

    /// Goes to the authorizer again, for example because an API requires more than this session has
    /// ([`ApiError::to_ask_for`]), and comes back to `return_to`. Until then the session stays as it is.
    ///
    /// [`ApiError::to_ask_for`]: crate::client::ApiError::to_ask_for
    ///
    /// # Errors
    /// [`SignInError`]. The page and the session then stay.
    pub async fn login_with(&self, options: LoginOptions) -> Result<(), SignInError> {
        let started = self.auth.begin(options.begin(Interaction::Redirect)).await?;
        Ok(self.auth.0.login.leave(&started)?)
    }

    /// Signs out of the app, in every tab. The person sees no error: the session on this page ends in any case.
    pub fn logout(&self) {
        let this = self.clone();
        spawn_local(async move { drop(this.logout_with(LogoutOptions::default()).await) });
    }

    /// Signs out of the app, in every tab, and at the authorizer too if requested and offered.
    ///
    /// # Errors
    /// [`LoginError`] if the authorizer supports revocation and was not told of each token. The person is signed out
    /// here in any case.
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
            // Without revocation at the authorizer, the client can only forget the tokens.
            Err(LoginError::NotOffered(_)) => Ok(()),
            revoked => revoked,
        }
    }
}

impl Auth {
    /// Shows that a login is on its way, and returns its number.
    fn leave(&self, popup: Option<Cancel>) -> u32 {
        let attempt = self.0.attempt.get().wrapping_add(1);
        self.0.attempt.set(attempt);
        // A second press replaces the popup of the first.
        if let Now::SignedOut { leaving: Some(earlier), .. } = &*self.0.now.borrow() {
            earlier.cancel();
        }
        let leaving = popup.map_or(Leaving::Begun, Leaving::Popup);
        self.set(Now::SignedOut { leaving: Some(leaving), problem: None, ended: None });
        attempt
    }

    /// Whether the browser was told to go to the authorizer, and neither came back nor took too long to leave.
    fn is_on_its_way(&self) -> bool {
        matches!(&*self.0.now.borrow(), Now::SignedOut { leaving: Some(Leaving::Page { .. }), .. })
    }

    /// Whether the page still has to leave: for this login, or for that of a later press with the same request.
    fn is_wanted(&self, attempt: u32) -> bool {
        let leaves =
            |now: &Now| matches!(now, Now::SignedOut { leaving: Some(Leaving::Begun | Leaving::Page { .. }), .. });
        self.0.attempt.get() == attempt || leaves(&self.0.now.borrow())
    }

    /// Records that the browser was told to go. The watchers already know.
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

    /// Shows the error, unless another login began in the meantime.
    pub(super) fn fail(&self, attempt: u32, error: SignInError) {
        // A login that the page cancelled shows nothing.
        let is_quiet = error == SignInError::Popup(PopupError::Cancelled);
        self.set_if(attempt, || Now::signed_out((!is_quiet).then_some(error)));
    }

    pub(super) fn set_if(&self, attempt: u32, now: impl FnOnce() -> Now) {
        if self.0.attempt.get() == attempt {
            self.set(now());
        }
    }
}
