//! One login: from the button press to a session or a typed error. Making the request is here.

mod finish;
mod resume;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::config::ClientConfig;
use super::discovery;
use super::error::{LoginError, Phase};
use super::keys;
use super::local_mutex::LocalMutex;
use super::pending_store;
use super::ports::{HttpRequest, Platform};
use super::redirects;
use super::response_info::ResponseInfo;
use super::session::Session;
use super::transport::Transport;
use crate::protocol::authorization_request::{
    AuthorizationRequest, Interaction, RequestError, RequestOptions, StartedLogin,
};
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::pending_login::PendingLogin;
use crate::protocol::pushed_request;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::scope::Scope;

/// A second press on the button within this many seconds gets the same request as the first.
const SAME_PRESS: i64 = 5;

/// Options of one login beyond the client configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct BeginOptions {
    /// Where in the app the user continues: a path of this origin.
    pub return_to: String,
    /// How the user gets to the authorizer.
    pub interaction: Interaction,
    /// Parameters of the authorization request.
    pub request: RequestOptions,
}

impl Default for BeginOptions {
    fn default() -> Self {
        Self { return_to: "/".to_owned(), interaction: Interaction::default(), request: RequestOptions::default() }
    }
}

/// The result of an answer.
pub enum Finished<P: Platform> {
    /// The address held no answer, or an answer to another client. Nothing was changed.
    NothingToDo,
    /// The user is signed in.
    SignedIn(Session<P>),
}

/// The latest request, its options, and whether the browser went to the authorizer with it.
struct Begun {
    options: BeginOptions,
    started: Rc<StartedLogin>,
    is_used: Cell<bool>,
}

/// The state of the latest answer, and the result.
type Ended<P> = (String, Result<Session<P>, LoginError>);

/// One app at one authorizer.
pub struct Client<P: Platform> {
    config: ClientConfig,
    platform: Rc<P>,
    mutex: LocalMutex,
    /// Held while the authorizer metadata and keys are fetched.
    metadata_mutex: LocalMutex,
    begun: RefCell<Option<Begun>>,
    /// Logins in popups and hidden frames, in memory only: this page stays.
    child_windows: RefCell<Vec<PendingLogin>>,
    finished: RefCell<Option<Ended<P>>>,
}

impl<P: Platform> Client<P> {
    /// Makes a client. It sends and stores nothing until [`begin`](Self::begin).
    pub fn new(config: ClientConfig, platform: Rc<P>) -> Self {
        Self {
            config,
            platform,
            mutex: LocalMutex::default(),
            metadata_mutex: LocalMutex::default(),
            begun: RefCell::default(),
            child_windows: RefCell::default(),
            finished: RefCell::default(),
        }
    }

    /// The configuration.
    pub fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// Fetches the authorizer metadata and keys before the button press, so that [`begin`](Self::begin) sends no
    /// request for them. They are used for ten minutes. Errors are ignored: `begin` tries again.
    pub async fn prepare(&self) {
        let _ = self.describe().await;
    }

    /// The authorizer metadata; stores the keys too. Concurrent calls fetch each once.
    async fn describe(&self) -> Result<ServerMetadata, LoginError> {
        let _guard = self.metadata_mutex.lock().await;
        let platform = &*self.platform;
        let mut server = discovery::metadata(platform, &self.config).await?;
        // The app may require `iss` even if the authorizer does not announce it.
        server.iss_parameter_supported |= self.config.require_iss;
        if self.config.scope.contains("openid") || self.config.response_mode.is_signed() {
            discovery::keys(platform, &server).await?;
        }
        Ok(server)
    }

    /// Makes one authorization request and keeps its login in this tab. Send the browser to its `url` next.
    ///
    /// A second call within five seconds, with the same options, returns the same request: a double click makes one
    /// login.
    ///
    /// # Errors
    /// [`LoginError`]; no login was stored, and nothing but discovery and a pushed request was sent.
    pub async fn begin(&self, options: &BeginOptions) -> Result<StartedLogin, LoginError> {
        self.begin_shared(options.clone()).await.map(Rc::unwrap_or_clone)
    }

    /// As [`begin`](Self::begin), without copies for the caller: they add a kilobyte in the browser.
    pub(crate) async fn begin_shared(&self, options: BeginOptions) -> Result<Rc<StartedLogin>, LoginError> {
        let _guard = self.mutex.lock().await;
        let platform = &*self.platform;
        let recent = |Begun { options: same, started, is_used }: &Begun| {
            let age = platform.now().saturating_sub(started.pending.started_at);
            // Another page of this tab may have finished the login.
            let waits = self.is_of_child_window(started.pending.state.expose())
                || pending_store::is_waiting(platform, &started.pending);
            // A pushed request is good for one redirect, and a closed popup is not the one that opens now.
            let is_over = is_used.get() && (started.is_pushed() || options.interaction != Interaction::Redirect);
            let is_same = *same == options && (0..SAME_PRESS).contains(&age);
            (is_same && waits && !is_over).then(|| Rc::clone(started))
        };
        if let Some(begun) = self.begun.borrow().as_ref().and_then(recent) {
            return Ok(begun);
        }
        self.config.check_choices()?;
        let posted = self.config.response_mode.component() == ResponseMode::FormPost;
        if posted && !platform.takes_form_post(&self.config.redirect_uri) {
            return Err(RequestError::FormPostUnreceivable.into());
        }
        // Checked first: without storage, not even the request is prepared.
        let swept = pending_store::sweep(platform, platform.now());
        if options.interaction == Interaction::Redirect {
            swept?;
        }
        let server = self.describe().await?;
        let started = Rc::new(self.request(&server, &options).await?);
        if options.interaction == Interaction::Redirect {
            pending_store::put(platform, &started.pending)?;
        } else {
            let now = platform.now();
            let mut pending_here = self.child_windows.borrow_mut();
            pending_here.retain(|pending| !pending.is_expired(now));
            pending_here.push(started.pending.clone());
        }
        if options.request.prompt.as_deref() != Some("none") {
            redirects::forget(platform);
        }
        *self.begun.borrow_mut() = Some(Begun { options, started: Rc::clone(&started), is_used: Cell::new(false) });
        Ok(started)
    }

    /// Call it when the browser goes to the authorizer with a request. A second press may get the same request until
    /// then; afterwards only a request that can be used twice.
    pub fn goes(&self, started: &StartedLogin) {
        if let Some(begun) = &*self.begun.borrow()
            && begun.started.pending.state == started.pending.state
        {
            begun.is_used.set(true);
        }
    }

    /// Makes the request, and pushes it where required.
    async fn request(&self, server: &ServerMetadata, options: &BeginOptions) -> Result<StartedLogin, LoginError> {
        let platform = &*self.platform;
        let mut entropy = [0; 96];
        platform.fill(&mut entropy).map_err(|_| LoginError::NoEntropy)?;
        let key = if self.config.dpop { Some(keys::make(platform).await?) } else { None };
        let scope = match &options.request.more_scope {
            Some(more) => Scope::parse(&[self.config.scope.as_str(), " ", more].concat()),
            None => self.config.scope.clone(),
        };
        let request = AuthorizationRequest {
            server,
            client_id: &self.config.client_id,
            redirect_uri: &self.config.redirect_uri,
            scope: &scope,
            response_mode: self.config.response_mode,
            options: &options.request,
            return_to: &options.return_to,
            interaction: options.interaction,
            dpop_jkt: key.as_ref().map(|(bound, _)| bound.thumbprint.as_str()),
        };
        let started = request.start(&entropy, platform.now());
        entropy.fill(0);
        let mut started = started?;
        let (bound, key) = key.unzip();
        started.pending.key = bound;
        if self.config.pushed_requests || server.require_pushed_authorization_requests {
            let endpoint = server.pushed_authorization_request_endpoint.as_deref();
            let endpoint = endpoint.ok_or(LoginError::NotOffered(Phase::Request))?;
            let transport = Transport::new(Rc::clone(&self.platform), server, key, &self.config.redirect_uri);
            let answer = transport.send(HttpRequest::form(endpoint, started.expose_parameters())).await;
            let answer = answer.map_err(|error| LoginError::of_transport(Phase::Request, error))?;
            let reference = pushed_request::judge(answer.status, answer.content_type.as_deref(), &answer.body);
            let reference =
                reference.map_err(|error| LoginError::Pushed(error).with_response(ResponseInfo::of(&answer)))?;
            started = started.with_reference(&reference);
        }
        Ok(started)
    }

    /// Makes a request without a button press: with `prompt=none`, so that the authorizer shows no page.
    /// [`LoginError::needs_person`] tells whether the answer means that the user is not signed in there.
    ///
    /// At most two such requests that redirect this page are made in a minute.
    ///
    /// # Errors
    /// As [`begin`](Self::begin); [`LoginError::TooManyRedirects`].
    pub async fn begin_unasked(&self, options: &BeginOptions) -> Result<StartedLogin, LoginError> {
        if options.interaction == Interaction::Redirect && !redirects::may_leave(&*self.platform) {
            return Err(LoginError::TooManyRedirects);
        }
        let request = RequestOptions { prompt: Some("none".to_owned()), ..options.request.clone() };
        self.begin_shared(BeginOptions { request, ..options.clone() }).await.map(Rc::unwrap_or_clone)
    }
}
