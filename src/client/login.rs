//! One login: from the button to a session, or to a typed error.

use std::cell::RefCell;
use std::rc::Rc;

use super::config::ClientConfig;
use super::discovery;
use super::error::{LoginError, Phase};
use super::ports::{HttpBody, HttpRequest, Platform, StoreBlocked};
use super::session::{Session, Tokens};
use super::slots;
use super::turn::Turn;
use crate::protocol::authorization_request::{
    AuthorizationRequest, RequestError, RequestOptions, ResponseMode, StartedLogin,
};
use crate::protocol::authorization_response::{CallbackParams, Judged};
use crate::protocol::id_token::{IdToken, IdTokenExpectations, OriginalClaims, Signature, UnverifiedIdToken};
use crate::protocol::jwk::JwkSet;
use crate::protocol::secret::{AccessToken, IdTokenText};
use crate::protocol::token_request::TokenExpectations;
use crate::protocol::token_response::{DpopMode, Grant, RawTokenResponse, TokenContext, TokenSet};

/// Seconds by which the clocks of this device and the authorizer may differ.
pub(super) const TOLERANCE: i64 = 30;

/// An offset beyond this many seconds is not learned: then a clock is broken, and the person should know.
const MAX_OFFSET: i64 = 900;

/// An ID token that comes with a code was issued just now: seconds that it may be old.
const MAX_IAT_AGE: i64 = 600;

/// A second press on the button within this many seconds gets the first press's request.
const SAME_PRESS: i64 = 5;

/// What one login asks for beyond the client's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(default, deny_unknown_fields))]
pub struct BeginOptions {
    /// Where in the app the person goes on after sign-in: a path of this origin.
    pub return_to: String,
    /// Parameters of the request.
    pub request: RequestOptions,
}

impl Default for BeginOptions {
    fn default() -> Self {
        Self { return_to: "/".to_owned(), request: RequestOptions::default() }
    }
}

/// What became of an answer.
pub enum Finished<P> {
    /// The address held no answer, or one to another client: nothing was touched.
    NothingToDo,
    /// The person is signed in.
    SignedIn(Session<P>),
}

/// The latest request, and what was asked for with it.
type Begun = (BeginOptions, StartedLogin);

/// The state of the latest answer, and what became of it.
type Ended<P> = (String, Result<Session<P>, LoginError>);

/// One app at one authorizer.
pub struct Client<P> {
    config: ClientConfig,
    platform: Rc<P>,
    turn: Turn,
    begun: RefCell<Option<Begun>>,
    finished: RefCell<Option<Ended<P>>>,
}

impl<P: Platform> Client<P> {
    /// A client. Nothing is sent or stored until [`begin`](Self::begin).
    pub fn new(config: ClientConfig, platform: Rc<P>) -> Self {
        Self { config, platform, turn: Turn::default(), begun: RefCell::default(), finished: RefCell::default() }
    }

    /// The configuration.
    pub fn config(&self) -> &ClientConfig {
        &self.config
    }

    /// Makes one authorization request and remembers it in this tab. Send the browser to its `url` next.
    ///
    /// A second call within five seconds, with the same options, gives the same request: a double click makes
    /// one login.
    ///
    /// # Errors
    /// [`LoginError`]; nothing was stored, and nothing but discovery was sent.
    pub async fn begin(&self, options: &BeginOptions) -> Result<StartedLogin, LoginError> {
        let _turn = self.turn.take().await;
        let platform = &*self.platform;
        let recent = |(same, begun): &Begun| {
            let age = platform.now().saturating_sub(begun.pending.started_at);
            // The login may be over in the meantime, finished by another page of this tab.
            let waits = slots::is_waiting(platform, &begun.pending);
            (same == options && (0..SAME_PRESS).contains(&age) && waits).then(|| begun.clone())
        };
        if let Some(begun) = self.begun.borrow().as_ref().and_then(recent) {
            return Ok(begun);
        }
        let posted = self.config.response_mode == ResponseMode::FormPost;
        if posted && !platform.takes_form_post(&self.config.redirect_uri) {
            return Err(RequestError::FormPostUnreceivable.into());
        }
        // Asked first: a login that cannot be remembered must not even be prepared.
        slots::sweep(platform, platform.now())?;
        let mut server = discovery::metadata(platform, &self.config).await?;
        // What this login asks of its answer, whatever the authorizer announced.
        server.iss_parameter_supported |= self.config.require_iss;
        if self.config.scope.contains("openid") {
            discovery::keys(platform, &server).await?;
        }
        let mut entropy = [0; 96];
        platform.fill(&mut entropy).map_err(|_| LoginError::NoEntropy)?;
        let request = AuthorizationRequest {
            server: &server,
            client_id: &self.config.client_id,
            redirect_uri: &self.config.redirect_uri,
            scope: &self.config.scope,
            response_mode: self.config.response_mode,
            options: &options.request,
            return_to: &options.return_to,
        };
        let started = request.start(&entropy, platform.now())?;
        entropy.fill(0);
        slots::put(platform, &started.pending)?;
        *self.begun.borrow_mut() = Some((options.clone(), started.clone()));
        Ok(started)
    }

    /// Takes the answer: the address that the callback page was opened with and, for `form_post`, the body.
    ///
    /// The pending login is consumed before anything is sent, and one token request is made at most, whatever
    /// happens to it. A second call with the same answer gives the first call's result.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn finish(&self, callback_url: &str, form_body: Option<&str>) -> Result<Finished<P>, LoginError> {
        let _turn = self.turn.take().await;
        let Ok(params) = CallbackParams::read(callback_url, form_body, &self.config.redirect_uri) else {
            return Ok(Finished::NothingToDo);
        };
        let state = params.state()?.to_owned();
        if let Some((_, result)) = self.finished.borrow().as_ref().filter(|(known, _)| *known == state) {
            return result.clone().map(Finished::SignedIn);
        }
        if self.is_anothers(callback_url, form_body)? {
            return Ok(Finished::NothingToDo);
        }
        let result = self.redeem(params, &state).await;
        // An answer to nobody's request is not this login's result: the right one may still come.
        if !matches!(result, Err(LoginError::Response(_) | LoginError::StorageBlocked)) {
            *self.finished.borrow_mut() = Some((state, result.clone()));
        }
        result.map(Finished::SignedIn)
    }

    /// Whether this address, or the form that came with it, holds the answer to a login that another client began in
    /// this tab: at another issuer, under another client identifier, or for another redirect URI. Then it must be
    /// left for that client.
    pub fn is_for_another(&self, callback_url: &str, form_body: Option<&str>) -> bool {
        self.is_anothers(callback_url, form_body).unwrap_or(false)
    }

    fn is_anothers(&self, callback_url: &str, form_body: Option<&str>) -> Result<bool, StoreBlocked> {
        let ClientConfig { issuer, client_id, redirect_uri, .. } = &self.config;
        Ok(slots::all(&*self.platform)?.into_iter().filter_map(|(_, pending)| pending).any(|pending| {
            let ours = pending.server.issuer == *issuer
                && pending.client_id == *client_id
                && pending.redirect_uri == *redirect_uri;
            let params = CallbackParams::read(callback_url, form_body, &pending.redirect_uri);
            !ours && params.is_ok_and(|params| params.state() == Ok(pending.state.expose()))
        }))
    }

    async fn redeem(&self, params: CallbackParams, state: &str) -> Result<Session<P>, LoginError> {
        let platform = &*self.platform;
        let pending = slots::take(platform, state)??;
        *self.begun.borrow_mut() = None;
        let accepted = match params.judge(pending, platform.now())? {
            Judged::Code(accepted) => accepted,
            Judged::Refused(refused) => return Err(LoginError::Refused(refused)),
        };
        let (request, expected) = accepted.into_token_request();
        let body = HttpBody::Form(request.expose_body().to_owned());
        // Never repeated, also after a network error: the code may have been used (RFC 6749, section 4.1.2).
        let response = platform
            .send(HttpRequest { url: request.endpoint, body })
            .await
            .map_err(|failure| LoginError::Network(Phase::Token, failure))?;
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
                dpop: DpopMode::Off,
            },
        )
        .map_err(|error| LoginError::Token(Phase::Token, error))?;
        let now = server_time(platform.now(), response.date);
        let id_token = match &tokens.id_token {
            Some(text) => {
                Some(check_id_token(platform, &self.config, &expected, text, &tokens.access_token, now, None).await?)
            }
            None => None,
        };
        let tokens = Tokens::received(tokens, platform.now());
        Ok(Session::new(self.config.clone(), Rc::clone(&self.platform), expected, id_token, tokens))
    }
}

/// The authorizer's time: this device's, corrected by the `Date` of an answer that came just now.
pub(super) fn server_time(now: i64, date: Option<i64>) -> i64 {
    match date {
        Some(date) if date.saturating_sub(now).saturating_abs() <= MAX_OFFSET => date,
        _ => now,
    }
}

/// Signature first, then every claim; the keys are fetched again at most once a minute.
pub(super) async fn check_id_token(
    platform: &impl Platform,
    config: &ClientConfig,
    expected: &TokenExpectations,
    text: &IdTokenText,
    access_token: &AccessToken,
    now: i64,
    original: Option<OriginalClaims<'_>>,
) -> Result<IdToken, LoginError> {
    let unverified = UnverifiedIdToken::parse(text.expose(), &config.algorithms)?;
    let keys = discovery::keys(platform, &expected.server).await?;
    let mut signature = check_signature(platform, &unverified, &keys).await;
    // The authorizer may have changed its keys, also without a new key id: a second look before it is refused.
    if matches!(signature, Ok(Signature::Bad) | Err(LoginError::IdToken(_)))
        && let Some(again) = discovery::keys_again(platform, &expected.server).await
    {
        signature = check_signature(platform, &unverified, &again?).await;
    }
    let expectations = IdTokenExpectations {
        issuer: &expected.server.issuer,
        client_id: &expected.client_id,
        trusted_audiences: &config.trusted_audiences,
        nonce: expected.nonce.as_ref(),
        access_token: Some(access_token),
        now,
        tolerance: TOLERANCE,
        max_iat_age: Some(MAX_IAT_AGE),
        max_age: expected.max_age.filter(|_| original.is_none()),
        original,
    };
    Ok(unverified.judge(signature?, &expectations)?)
}

async fn check_signature(
    platform: &impl Platform,
    token: &UnverifiedIdToken<'_>,
    keys: &JwkSet,
) -> Result<Signature, LoginError> {
    let verdict = platform.verify(token.algorithm(), token.key(keys)?, token.signing_input(), token.signature()).await;
    verdict.map_err(|_| LoginError::CryptoUnavailable)
}
