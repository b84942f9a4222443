//! A whole login in two calls, for an app whose callback page lies beside it.

use std::cell::RefCell;
use std::rc::Rc;

use super::answer::{self, Answer};
use super::arrival;
use super::frame::{self, FrameError};
use super::lifecycle::{KeepFresh, keep_fresh};
use super::page;
use super::platform::BrowserPlatform;
use super::popup::{Popup, PopupError};
use crate::client::ports::Clock as _;
use crate::client::{BeginOptions, Client, ClientConfig, ErrorKind, Finished, LoginError, Session, forget_expired};
use crate::protocol::authorization_request::{Interaction, RequestError, StartedLogin};
use crate::protocol::authorization_response::ResponseError;
use crate::protocol::explain::{Explanation, from_errors};
use crate::protocol::{text, url};

/// Why a sign-in failed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignInError {
    /// The login failed.
    Login(LoginError),
    /// The popup failed.
    Popup(PopupError),
    /// The hidden frame failed.
    Frame(FrameError),
}

impl SignInError {
    /// The stable code.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::Login(error) => error.code(),
            Self::Popup(error) => error.code(),
            Self::Frame(error) => error.code(),
        }
    }

    /// The three texts for people.
    #[must_use]
    pub fn explain(&self) -> Explanation {
        match self {
            Self::Login(error) => error.explain(),
            Self::Popup(error) => error.explain(),
            Self::Frame(error) => error.explain(),
        }
    }

    /// Who can act on the error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Login(error) => error.kind(),
            Self::Popup(PopupError::Closed | PopupError::Cancelled) => ErrorKind::Cancelled,
            Self::Popup(PopupError::Blocked | PopupError::Unavailable) => ErrorKind::Popup,
            Self::Popup(PopupError::TimedOut) => ErrorKind::Expired,
            Self::Frame(FrameError::TimedOut | FrameError::Unavailable) => ErrorKind::Popup,
            Self::Popup(PopupError::AddressRefused) | Self::Frame(FrameError::AddressRefused) => ErrorKind::Setup,
        }
    }

    /// The stable name of the step that failed: a [`Phase`](crate::client::Phase), or `configuration`, `popup` or
    /// `frame`.
    #[must_use]
    pub fn step(&self) -> &'static str {
        match self {
            Self::Login(LoginError::Config(_)) => "configuration",
            Self::Login(error) => error.phase().name(),
            Self::Popup(_) => "popup",
            Self::Frame(_) => "frame",
        }
    }
}

from_errors! { SignInError { Login(LoginError), Popup(PopupError), Frame(FrameError) } }

/// One app at one authorizer, on this page.
pub struct Login {
    client: Client<BrowserPlatform>,
    /// Keeps the tokens of the session fresh.
    keep_fresh: RefCell<Option<KeepFresh>>,
}

impl Login {
    /// A login whose redirect URI is `callback.html` in the directory of this page. Copies of the page at another
    /// address need that address registered as well.
    #[must_use]
    pub fn new(issuer: &str, client_id: &str) -> Self {
        let location = page::location();
        let (page, _, _) = url::split(&location);
        let directory = text::cut_last(page, b'/').map_or("", |(directory, _)| directory);
        Self::with(ClientConfig::new(issuer, client_id, [directory, "/callback.html"].concat()))
    }

    /// A login with the given configuration.
    #[must_use]
    pub fn with(config: ClientConfig) -> Self {
        Self { client: Client::new(config, Rc::new(BrowserPlatform)), keep_fresh: RefCell::new(None) }
    }

    /// The client of this login.
    #[must_use]
    pub fn client(&self) -> &Client<BrowserPlatform> {
        &self.client
    }

    /// Takes the answer that the callback page left in this tab, or else a persisted session; `None` if there is
    /// neither. Call it when the page opens.
    ///
    /// An answer to the login of another `Login` stays. An unused answer is an error only without a persisted session.
    pub async fn resume(&self) -> Option<Result<Session<BrowserPlatform>, LoginError>> {
        if arrival::is_elsewhere() {
            // The answer belongs to the next page, or to another window: this page begins nothing.
            std::future::pending::<()>().await;
        }
        let is_anothers = self.is_for_another();
        let received = if is_anothers { None } else { answer::received() };
        let taken = match received.map(Answer::present) {
            Some(Ok(answer)) => self.take(&answer).await,
            Some(Err(lost)) => Err(lost),
            None => Ok(None),
        };
        // Afterwards, so that a late answer gets the error that says so.
        forget_expired(&BrowserPlatform, BrowserPlatform.now());
        // An answer for a client that is on no page of this tab does not outlast its login.
        if is_anothers && !self.is_for_another() {
            drop(answer::received());
        }
        let failed = match taken {
            Ok(Some(session)) => return Some(Ok(session)),
            Ok(None) => None,
            Err(error) => Some(error),
        };
        // A link with an answer that the app did not request must not hide an existing session.
        match self.client.resume().await {
            Some(session) => Some(Ok(self.hold(session))),
            None => failed.map(Err),
        }
    }

    fn is_for_another(&self) -> bool {
        answer::peek().is_some_and(|answer| self.client.is_for_another(&answer.address, answer.body.as_deref()))
    }

    pub(super) async fn take(&self, answer: &Answer) -> Result<Option<Session<BrowserPlatform>>, LoginError> {
        match self.client.finish(&answer.address, answer.body.as_deref()).await? {
            Finished::SignedIn(session) => Ok(Some(self.hold(session))),
            Finished::NothingToDo => Ok(None),
        }
    }

    fn hold(&self, session: Session<BrowserPlatform>) -> Session<BrowserPlatform> {
        *self.keep_fresh.borrow_mut() = Some(keep_fresh(&session));
        session
    }

    /// Makes a request, on a page that can process its answer.
    pub(super) async fn begin(&self, options: BeginOptions) -> Result<Rc<StartedLogin>, LoginError> {
        // Without signature checks the client cannot tell who signed in: better an error before the redirect than
        // after.
        if !page::is_secure() {
            return Err(LoginError::CryptoUnavailable);
        }
        self.client.begin_shared(options).await
    }

    /// Goes to the authorizer, and comes back to this place in the app.
    ///
    /// # Errors
    /// [`LoginError`]; the page then stays.
    pub async fn sign_in(&self) -> Result<(), LoginError> {
        self.leave(&*self.begin(options(Interaction::Redirect)).await?)
    }

    /// Signs in in a popup; this page stays as it is. Open the popup with [`popup::open`](super::popup::open) directly
    /// in the click handler: after the first wait the browser would block it.
    ///
    /// It ends in any case, also if the person closes the popup or never comes back.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in_in(&self, popup: Popup) -> Result<Session<BrowserPlatform>, SignInError> {
        let started = self.begin(options(Interaction::Popup)).await?;
        self.client.goes(&started);
        let answer = popup.ask(&started).await?;
        self.take_own(&answer).await
    }

    /// Signs in without showing anything, if the authorizer still knows the person; `None` if it has to ask.
    ///
    /// Most browsers withhold the cookies of another site in a frame, so such an authorizer never knows the person
    /// there: [`leave_unasked`](Self::leave_unasked) is for an app that prefers a redirect there and back.
    ///
    /// # Errors
    /// [`SignInError`].
    pub async fn sign_in_silently(&self) -> Result<Option<Session<BrowserPlatform>>, SignInError> {
        self.sign_in_silently_with(&options(Interaction::Frame)).await
    }

    pub(super) async fn sign_in_silently_with(
        &self,
        options: &BeginOptions,
    ) -> Result<Option<Session<BrowserPlatform>>, SignInError> {
        let started = self.client.begin_unasked(options).await?;
        self.client.goes(&started);
        let answer = frame::ask(&started).await?;
        match self.take(&answer).await {
            Err(error) if error.needs_person() => Ok(None),
            taken => Ok(taken?),
        }
    }

    /// Redirects to the authorizer without a press, and comes back at once: signed in if the authorizer still knows the
    /// person, otherwise [`resume`](Self::resume) returns an error that [`needs_person`](LoginError::needs_person).
    /// Only for an app that chose this, at most twice a minute.
    ///
    /// # Errors
    /// [`LoginError`]; the page then stays.
    pub async fn leave_unasked(&self) -> Result<(), LoginError> {
        self.leave(&self.client.begin_unasked(&options(Interaction::Redirect)).await?)
    }

    /// Sends this page to the authorizer.
    pub(super) fn leave(&self, started: &StartedLogin) -> Result<(), LoginError> {
        self.client.goes(started);
        if page::navigate(&started.url) { Ok(()) } else { Err(RequestError::EndpointInvalid.into()) }
    }

    /// Takes the answer to a login in a popup.
    pub(super) async fn take_own(&self, answer: &Answer) -> Result<Session<BrowserPlatform>, SignInError> {
        // The answer claims this login, but arrived at the address of another client.
        let is_elsewhere = || LoginError::from(ResponseError::StateMismatch).into();
        self.take(answer).await?.ok_or_else(is_elsewhere)
    }
}

fn options(interaction: Interaction) -> BeginOptions {
    BeginOptions { return_to: page::here(), interaction, ..BeginOptions::default() }
}
