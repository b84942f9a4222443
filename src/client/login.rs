//! One login: from the button to a session, or to a typed error.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::config::{ClientConfig, Storage};
use super::discovery;
use super::error::{LoginError, Phase, copy_of};
use super::keys;
use super::local_mutex::LocalMutex;
use super::pending_store;
use super::ports::{HttpRequest, Platform, StoreBlocked};
use super::redirects;
use super::response_info::ResponseInfo;
use super::session::{Origin, Persisted, Session, Tokens};
use super::signatures;
use super::transport::Transport;
use crate::protocol::authorization_request::{
    AuthorizationRequest, Interaction, RequestError, RequestOptions, StartedLogin,
};
use crate::protocol::authorization_response::{
    AcceptedCallback, CallbackParams, Judged, ResponseError, claimed_states,
};
use crate::protocol::base64url;
use crate::protocol::id_token::IdToken;
use crate::protocol::metadata::ServerMetadata;
use crate::protocol::oauth_error::OAuthError;
use crate::protocol::pending_login::PendingLogin;
use crate::protocol::pushed_request;
use crate::protocol::response_mode::ResponseMode;
use crate::protocol::scope::Scope;
use crate::protocol::token_response::{Grant, RawTokenResponse, TokenContext, TokenSet};

/// A second press on the button within this many seconds gets the first press's request.
const SAME_PRESS: i64 = 5;

/// What one login asks for beyond the client's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct BeginOptions {
    /// Where in the app the person goes on after sign-in: a path of this origin.
    pub return_to: String,
    /// How the person gets to the authorizer.
    pub interaction: Interaction,
    /// Parameters of the request.
    pub request: RequestOptions,
}

impl Default for BeginOptions {
    fn default() -> Self {
        Self { return_to: "/".to_owned(), interaction: Interaction::default(), request: RequestOptions::default() }
    }
}

/// What became of an answer.
pub enum Finished<P: Platform> {
    /// The address held no answer, or one to another client: nothing was touched.
    NothingToDo,
    /// The person is signed in.
    SignedIn(Session<P>),
}

/// For whom an answer is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Addressee {
    /// This client: its login, at its redirect URI.
    ThisClient,
    /// No login of this tab.
    Nobody,
    /// Another client of this tab, which is left to read it.
    AnotherClient,
    /// The login that it claims has its answers elsewhere: a mix-up, or a mistake of the authorizer.
    Misdirected,
}

/// The latest request, what was asked for with it, and whether the browser went to the authorizer with it.
struct Begun {
    options: BeginOptions,
    started: Rc<StartedLogin>,
    is_used: Cell<bool>,
}

/// The state of the latest answer, and what became of it.
type Ended<P> = (String, Result<Session<P>, LoginError>);

/// One app at one authorizer.
pub struct Client<P: Platform> {
    config: ClientConfig,
    platform: Rc<P>,
    mutex: LocalMutex,
    /// Held while the authorizer is asked for its description and keys.
    metadata_mutex: LocalMutex,
    begun: RefCell<Option<Begun>>,
    /// Logins in other windows and frames: this page stays, so they are kept here and in no storage.
    beside: RefCell<Vec<PendingLogin>>,
    finished: RefCell<Option<Ended<P>>>,
}

impl<P: Platform> Client<P> {
    /// A client. Nothing is sent or stored until [`begin`](Self::begin).
    pub fn new(config: ClientConfig, platform: Rc<P>) -> Self {
        Self {
            config,
            platform,
            mutex: LocalMutex::default(),
            metadata_mutex: LocalMutex::default(),
            begun: RefCell::default(),
            beside: RefCell::default(),
            finished: RefCell::default(),
        }
    }

    /// The configuration.
    pub fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// Asks the authorizer for what a login needs, its description and keys, before anybody presses: [`begin`](Self::begin)
    /// then asks nobody. They are believed for ten minutes. What goes wrong here is nobody's concern yet, and `begin` asks
    /// once more.
    pub async fn prepare(&self) {
        let _ = self.describe().await;
    }

    /// The authorizer's description; its keys are kept then, too. However many wait, each is asked for once.
    async fn describe(&self) -> Result<ServerMetadata, LoginError> {
        let _guard = self.metadata_mutex.lock().await;
        let platform = &*self.platform;
        let mut server = discovery::metadata(platform, &self.config).await?;
        // What a login asks of its answer, whatever the authorizer announced.
        server.iss_parameter_supported |= self.config.require_iss;
        if self.config.scope.contains("openid") || self.config.response_mode.is_signed() {
            discovery::keys(platform, &server).await?;
        }
        Ok(server)
    }

    /// Makes one authorization request and remembers it in this tab. Send the browser to its `url` next.
    ///
    /// A second call within five seconds, with the same options, gives the same request: a double click makes
    /// one login.
    ///
    /// # Errors
    /// [`LoginError`]; nothing was stored, and nothing but discovery was sent.
    pub async fn begin(&self, options: &BeginOptions) -> Result<StartedLogin, LoginError> {
        self.begin_shared(options.clone()).await.map(Rc::unwrap_or_clone)
    }

    /// As [`begin`](Self::begin), for whoever needs no copies of his own: they weigh a kilobyte in the browser.
    pub(crate) async fn begin_shared(&self, options: BeginOptions) -> Result<Rc<StartedLogin>, LoginError> {
        let _guard = self.mutex.lock().await;
        let platform = &*self.platform;
        let recent = |Begun { options: same, started, is_used }: &Begun| {
            let age = platform.now().saturating_sub(started.pending.started_at);
            // The login may be over in the meantime, finished by another page of this tab.
            let waits =
                self.is_beside(started.pending.state.expose()) || pending_store::is_waiting(platform, &started.pending);
            // A reference is for one trip, and a window that was closed is not the one that is opened now.
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
        // Asked first: a login that cannot be remembered must not even be prepared.
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
            let mut beside = self.beside.borrow_mut();
            beside.retain(|pending| !pending.is_expired(now));
            beside.push(started.pending.clone());
        }
        if options.request.prompt.as_deref() != Some("none") {
            redirects::forget(platform);
        }
        *self.begun.borrow_mut() = Some(Begun { options, started: Rc::clone(&started), is_used: Cell::new(false) });
        Ok(started)
    }

    /// Call it when the browser is sent to the authorizer with a request: a second press may get the same request until
    /// then, and after that only where it can be used twice.
    pub fn goes(&self, started: &StartedLogin) {
        if let Some(begun) = &*self.begun.borrow()
            && begun.started.pending.state == started.pending.state
        {
            begun.is_used.set(true);
        }
    }

    /// Makes the request, and leaves it at the authorizer where that is to be done.
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

    /// Makes a request that nobody pressed a button for: with `prompt=none`, so that no page of the authorizer is
    /// shown. [`LoginError::needs_person`] says of the answer that nobody is signed in there.
    ///
    /// Of those that take this page away only two are made in a minute.
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

    /// Takes the answer: the address that the callback page was opened with and, for `form_post`, the body.
    ///
    /// The state that the answer claims finds the login, and the login says whose it is and where its answer has to
    /// arrive; only then is the answer read, once (RFC 9700, section 4.4.2.2). The pending login is consumed before
    /// anything is sent, and one token request is made at most, whatever happens to it. A second call with the same
    /// answer gives the first call's result; on a later page it gives the session that was kept, if there is one.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn finish(&self, callback_url: &str, form_body: Option<&str>) -> Result<Finished<P>, LoginError> {
        let _guard = self.mutex.lock().await;
        let redirect_uri = &self.config.redirect_uri;
        if let Some((known, result)) = &*self.finished.borrow()
            && claimed_states(callback_url, form_body) == [known.as_str()]
            && CallbackParams::read(callback_url, form_body, redirect_uri).is_ok()
        {
            return copy_of(result).map(Finished::SignedIn);
        }
        let addressee = self.addressee(callback_url, form_body)?;
        match addressee {
            Addressee::AnotherClient => return Ok(Finished::NothingToDo),
            Addressee::Misdirected => return Err(ResponseError::StateMismatch.into()),
            Addressee::ThisClient | Addressee::Nobody => {}
        }
        let Ok(params) = CallbackParams::read(callback_url, form_body, redirect_uri) else {
            return Ok(Finished::NothingToDo);
        };
        // Another page may have begun this login, and chosen something else.
        self.config.check_choices()?;
        if addressee == Addressee::Nobody
            && params.signed_document()?.is_some()
            && let Some(state) = claimed_states(callback_url, form_body).first()
        {
            // No keys are asked for because of a document that a stranger sends.
            return self.calmly(Err(pending_store::no_such_login(&*self.platform, state)?.into())).await;
        }
        let (params, document) = self.opened(params).await?;
        let state = params.state()?.to_owned();
        let result = self.redeem(params, &state, document).await;
        // An answer to nobody's request is not this login's result: the right one may still come.
        if !matches!(result, Err(LoginError::Response(_) | LoginError::StorageBlocked)) {
            *self.finished.borrow_mut() = Some((state, copy_of(&result)));
        }
        self.calmly(result).await
    }

    /// A callback that is opened again, by a reload or from a bookmark, is nothing to tell a signed-in person.
    async fn calmly(&self, result: Result<Session<P>, LoginError>) -> Result<Finished<P>, LoginError> {
        if matches!(result, Err(LoginError::Response(ResponseError::AlreadyUsed)))
            && let Some(session) = self.resume().await
        {
            return Ok(Finished::SignedIn(session));
        }
        result.map(Finished::SignedIn)
    }

    /// Whether this address, or the form that came with it, holds the answer to a login that another client began in
    /// this tab (at another issuer, under another client identifier, or for another redirect URI), and arrived where
    /// that login's answer has to. Then it must be left for that client.
    pub fn is_for_another(&self, callback_url: &str, form_body: Option<&str>) -> bool {
        matches!(self.addressee(callback_url, form_body), Ok(Addressee::AnotherClient))
    }

    /// Whose answer it is, by the login that it claims to belong to. No slot is touched.
    fn addressee(&self, callback_url: &str, form_body: Option<&str>) -> Result<Addressee, StoreBlocked> {
        let arrived_at = |redirect_uri: &str| CallbackParams::read(callback_url, form_body, redirect_uri).is_ok();
        // An answer may claim several; whoever reads it refuses it for that.
        for state in claimed_states(callback_url, form_body) {
            let beside = self.beside.borrow().iter().find(|pending| pending.state.expose() == state).cloned();
            let pending = match beside {
                Some(pending) => pending,
                None => match pending_store::find(&*self.platform, &state)? {
                    Some(pending) => pending,
                    None => continue,
                },
            };
            let is_there = arrived_at(&pending.redirect_uri);
            return Ok(match (is_there, self.is_ours(&pending)) {
                (true, true) => Addressee::ThisClient,
                (true, false) => Addressee::AnotherClient,
                (false, true) => Addressee::Misdirected,
                // Left to the client that the address belongs to: it refuses it.
                (false, false) if !arrived_at(&self.config.redirect_uri) => Addressee::AnotherClient,
                (false, false) => Addressee::Misdirected,
            });
        }
        Ok(Addressee::Nobody)
    }

    /// Whether this client began that login: the same issuer, client identifier and redirect URI.
    fn is_ours(&self, pending: &PendingLogin) -> bool {
        let ClientConfig { issuer, client_id, redirect_uri, .. } = &self.config;
        pending.server.issuer == *issuer && pending.client_id == *client_id && pending.redirect_uri == *redirect_uri
    }

    fn is_beside(&self, state: &str) -> bool {
        self.beside.borrow().iter().any(|pending| pending.state.expose() == state)
    }

    /// The answer with its signed document opened, if it is one: nothing in it is read before it is believed. The document
    /// comes along, and when it arrived by this device's clock.
    async fn opened(&self, params: CallbackParams) -> Result<(CallbackParams, Option<(String, i64)>), LoginError> {
        let Some(document) = params.signed_document()? else { return Ok((params, None)) };
        if !self.config.response_mode.is_signed() {
            return Err(ResponseError::UnexpectedJarm.into());
        }
        let arrived = (document.to_owned(), self.platform.now());
        let inside = signatures::check_response(&*self.platform, &self.config, document).await?;
        Ok((params.with_signed(inside), Some(arrived)))
    }

    async fn redeem(
        &self,
        params: CallbackParams,
        state: &str,
        document: Option<(String, i64)>,
    ) -> Result<Session<P>, LoginError> {
        let platform = &*self.platform;
        let beside = self.beside.borrow_mut().extract_if(.., |pending| pending.state.expose() == state).next();
        let pending = match beside {
            Some(pending) => pending,
            // Ours is asked once more, with the state that a signed document really names: before anything is removed.
            None => pending_store::take(platform, state, |pending| self.is_ours(pending))??,
        };
        *self.begun.borrow_mut() = None;
        // Some authorizers announce `iss` and leave it out of what they say to `prompt=none`. Such an answer is refused like
        // any without it; but a silent sign-in that ends so has come to what it would have come to: nobody is signed in.
        let needs_person = params.claimed_refusal().filter(OAuthError::needs_person);
        let accepted = match params.judge(pending, platform.now()) {
            Ok(Judged::Code(accepted)) => accepted,
            Ok(Judged::Refused(refused)) => return Err(LoginError::Refused(refused)),
            Err(error @ ResponseError::IssMissing) if needs_person.is_some() => {
                return Err(LoginError::Response(error)
                    .with_response(ResponseInfo { error: needs_person, ..ResponseInfo::default() }));
            }
            Err(error) => return Err(error.into()),
        };
        let key = match &accepted.pending().key {
            Some(bound) => Some(keys::find(&*self.platform, bound).await?),
            // Begun by a page that did not ask for one: the tokens could not be bound.
            None if self.config.dpop => return Err(LoginError::KeyLost),
            None => None,
        };
        let transport =
            Transport::new(Rc::clone(&self.platform), &accepted.pending().server, key, &self.config.redirect_uri);
        self.exchange(accepted, transport, document).await
    }

    async fn exchange(
        &self,
        accepted: AcceptedCallback,
        transport: Transport<P>,
        document: Option<(String, i64)>,
    ) -> Result<Session<P>, LoginError> {
        let platform = &*self.platform;
        let (request, expected) = accepted.into_token_request();
        let sent_at = platform.now();
        // Never repeated, also after a network error: the code may have been used (RFC 6749, section 4.1.2). A
        // proof that was refused is another matter: then the code was not looked at.
        let response = transport
            .send(HttpRequest::form(&request.endpoint, request.expose_body()))
            .await
            .map_err(|error| LoginError::of_transport(Phase::Token, error))?;
        let tokens = TokenSet::judge(
            RawTokenResponse {
                status: response.status,
                content_type: response.content_type.as_deref(),
                dpop_nonce: response.dpop_nonce.as_deref(),
                body: &response.body,
            },
            TokenContext {
                grant: Grant::AuthorizationCode,
                requested_scope: &expected.scope,
                openid: expected.scope.contains("openid"),
                dpop: transport.dpop(),
            },
        )
        .map_err(|error| signatures::token_error(Phase::Token, error, &response))?;
        let id_token = match &tokens.id_token {
            Some(text) => {
                let token = signatures::Received { text, access_token: &tokens.access_token, original: None, sent_at };
                Some((signatures::check_id_token(&transport, &self.config, &expected, &token).await?, text.clone()))
            }
            None => None,
        };
        if let Some(document) = document {
            let token = id_token.as_ref().map(|(token, _)| token);
            signatures::confirm_response(&transport, &self.config, &document, token)?;
        }
        if let Some(bound) = &expected.key {
            keys::keep(platform, bound, self.config.storage).await?;
        }
        let mut name = [0; 12];
        platform.fill(&mut name).map_err(|_| LoginError::NoEntropy)?;
        let tokens = Tokens::received(tokens, platform);
        let signed_out_before = Origin::signed_out_before(platform, &self.config);
        let origin = Origin { name: base64url::encode(&name), signed_out_before, expected, id_token };
        let session = Session::start(self.config.clone(), transport, origin, tokens);
        let before = Session::find_persisted(platform, &self.config);
        session.keep();
        self.tidy_up_after(before, &session).await;
        Ok(session)
    }

    /// Tidies up after the session that `new` takes the place of on the device: its key is dropped, which makes its refresh
    /// token useless. The tokens of another person are given back. Those of the same person are not: many authorizers keep one
    /// grant for a person and an app, and would end the new session with the old one.
    ///
    /// What is kept in a tab is left alone: a duplicate of the tab may have the same session, and go on with it.
    async fn tidy_up_after(&self, before: Persisted, new: &Session<P>) {
        let (Persisted::Session(before) | Persisted::Over(before)) = before else { return };
        if self.config.storage != Storage::Device {
            return;
        }
        let (origin, tokens) = *before;
        let sub = origin.id_token.as_ref().map(|(token, _)| token.sub());
        let is_same_person = sub.is_some() && sub == new.id_token().map(IdToken::sub);
        match (&origin.expected.key, is_same_person) {
            (Some(key), true) => keys::drop(&*self.platform, key).await,
            (None, true) => {}
            (_, false) => self.discard(origin, tokens).await,
        }
    }

    /// Forgets a session that an earlier page kept, and gives its tokens back.
    async fn discard(&self, origin: Origin, tokens: Tokens) {
        let platform = &*self.platform;
        let key = match &origin.expected.key {
            Some(bound) => keys::find(platform, bound).await.ok(),
            None => None,
        };
        let transport =
            Transport::new(Rc::clone(&self.platform), &origin.expected.server, key, &self.config.redirect_uri);
        Session::discard(self.config.clone(), transport, origin, tokens);
    }

    /// What an earlier page kept and is a session still. What is none is forgotten, and its tokens are given back.
    async fn kept(&self) -> Option<(Origin, Tokens)> {
        let platform = &*self.platform;
        match Session::find_persisted(platform, &self.config) {
            Persisted::Nothing => None,
            Persisted::Session(kept) => Some(*kept),
            Persisted::Over(over) => {
                Session::forget(platform, &self.config);
                let (origin, tokens) = *over;
                self.discard(origin, tokens).await;
                None
            }
        }
    }

    /// The session that an earlier page kept, in the tab or on this device as the configuration says; `None` where
    /// there is none. Nothing is sent.
    pub async fn resume(&self) -> Option<Session<P>> {
        self.config.check_choices().ok()?;
        let platform = &*self.platform;
        let mut found = self.kept().await?;
        loop {
            let key = match &found.0.expected.key {
                Some(bound) => keys::find(platform, bound).await.map(Some),
                None => Ok(None),
            };
            // While this page waited for the key, another one may have renewed the tokens, signed out or signed in.
            let (origin, tokens) = self.kept().await?;
            if origin.name == found.0.name {
                let key = match key {
                    Ok(key) => key,
                    // One that cannot be reached just now may be there the next time.
                    Err(error) => {
                        if error == LoginError::KeyLost {
                            Session::forget(platform, &self.config);
                        }
                        return None;
                    }
                };
                let transport =
                    Transport::new(Rc::clone(&self.platform), &origin.expected.server, key, &self.config.redirect_uri);
                return Some(Session::start(self.config.clone(), transport, origin, tokens));
            }
            found = (origin, tokens);
        }
    }
}
