//! What a signed-in app holds: tokens in memory, and the ways to use, renew and give them back.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::config::ClientConfig;
use super::error::{LoginError, Phase};
use super::login::{TOLERANCE, check_id_token, server_time};
use super::ports::{HttpBody, HttpRequest, Platform};
use super::turn::Turn;
use crate::protocol::base64url;
use crate::protocol::id_token::{IdToken, OriginalClaims};
use crate::protocol::logout::end_session_url;
use crate::protocol::scope::Scope;
use crate::protocol::secret::{AccessToken, IdTokenText, RefreshToken, State};
use crate::protocol::token_request::{TokenExpectations, TokenRequest, TokenTypeHint};
use crate::protocol::token_response::{DpopMode, Grant, RawTokenResponse, TokenContext, TokenSet, TokenType};
use crate::protocol::userinfo::UserInfo;

/// The tokens of a session at one moment.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    access_token: AccessToken,
    token_type: TokenType,
    expires_at: Option<i64>,
    refresh_token: Option<RefreshToken>,
    id_token: Option<IdTokenText>,
    scope: Scope,
}

impl Tokens {
    pub(super) fn received(set: TokenSet, now: i64) -> Self {
        Self {
            access_token: set.access_token,
            token_type: set.token_type,
            expires_at: set.expires_in.map(|seconds| now.saturating_add(seconds)),
            refresh_token: set.refresh_token,
            id_token: set.id_token,
            scope: set.scope,
        }
    }

    /// The tokens of a refresh; what the answer leaves out stays as it was (RFC 6749, section 6).
    fn renewed_by(&self, set: TokenSet, now: i64) -> Self {
        let new = Self::received(set, now);
        Self {
            refresh_token: new.refresh_token.or_else(|| self.refresh_token.clone()),
            id_token: new.id_token.or_else(|| self.id_token.clone()),
            ..new
        }
    }
}

struct Inner<P> {
    config: ClientConfig,
    platform: Rc<P>,
    expected: TokenExpectations,
    id_token: Option<IdToken>,
    tokens: RefCell<Option<Tokens>>,
    turn: Turn,
    /// How many refreshes came to their end, and how the latest of them ended.
    refreshes: Cell<u64>,
    refreshed: RefCell<Result<(), LoginError>>,
}

/// A signed-in person. Copies share the same tokens.
pub struct Session<P>(Rc<Inner<P>>);

impl<P> Clone for Session<P> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<P> std::fmt::Debug for Session<P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").field("issuer", &self.0.config.issuer).finish_non_exhaustive()
    }
}

impl<P: Platform> Session<P> {
    pub(super) fn new(
        config: ClientConfig,
        platform: Rc<P>,
        expected: TokenExpectations,
        id_token: Option<IdToken>,
        tokens: Tokens,
    ) -> Self {
        Self(Rc::new(Inner {
            config,
            platform,
            expected,
            id_token,
            tokens: RefCell::new(Some(tokens)),
            turn: Turn::default(),
            refreshes: Cell::new(0),
            refreshed: RefCell::new(Ok(())),
        }))
    }

    /// The validated ID token of the sign-in; `None` where `openid` was not asked for.
    #[must_use]
    pub fn id_token(&self) -> Option<&IdToken> {
        self.0.id_token.as_ref()
    }

    /// A name to show for the person: the ID token's `name`, else `sub`; empty where there is no ID token.
    #[must_use]
    pub fn person(&self) -> &str {
        self.id_token().map_or("", |token| token.name().unwrap_or(token.sub()))
    }

    /// Where in the app the person wanted to go.
    #[must_use]
    pub fn return_to(&self) -> &str {
        &self.0.expected.return_to
    }

    /// Whether there are tokens still.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.0.tokens.borrow().is_some()
    }

    /// When the access token ends, in seconds since the epoch; `None` if unknown or signed out.
    #[must_use]
    pub fn expires_at(&self) -> Option<i64> {
        self.0.tokens.borrow().as_ref().and_then(|tokens| tokens.expires_at)
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

    /// An access token that is good for at least the tolerance; renews it first where that is possible.
    ///
    /// # Errors
    /// [`LoginError`] if the session is over or the token has ended and cannot be renewed.
    pub async fn access_token(&self) -> Result<(TokenType, AccessToken), LoginError> {
        let now = self.0.platform.now();
        let ends_within = |seconds: i64| self.expires_at().is_some_and(|end| end.saturating_sub(now) <= seconds);
        if ends_within(TOLERANCE) && self.can_refresh() {
            self.refresh().await?;
        } else if ends_within(0) {
            return Err(LoginError::NoRefreshToken);
        }
        let tokens = self.0.tokens.borrow();
        let tokens = tokens.as_ref().ok_or(LoginError::NoRefreshToken)?;
        Ok((tokens.token_type, tokens.access_token.clone()))
    }

    /// Renews the tokens. Calls that come together make one request and get its result, also if it failed: the
    /// authorizer may have spent the refresh token, so whether to try it again is the caller's word.
    ///
    /// # Errors
    /// [`LoginError`]. After a network error the session stays as it was, but for a refresh token that came
    /// before it; after `invalid_grant` it is over
    /// (see [`LoginError::ends_session`]).
    pub async fn refresh(&self) -> Result<(), LoginError> {
        let Inner { refreshes, refreshed, .. } = &*self.0;
        let before = refreshes.get();
        let _turn = self.0.turn.take().await;
        if refreshes.get() != before {
            // Somebody else's refresh ended while this call waited for its turn.
            return refreshed.borrow().clone();
        }
        let token = self.0.tokens.borrow().as_ref().and_then(|tokens| tokens.refresh_token.clone());
        let token = token.ok_or(LoginError::NoRefreshToken)?;
        let TokenExpectations { client_id, server, .. } = &self.0.expected;
        let name = format!("pkce-login.refresh.{client_id}.{}", server.issuer);
        let result = self.0.platform.exclusive(&name, self.renew(&token)).await;
        if let Err(error) = &result
            && error.ends_session()
        {
            self.0.tokens.borrow_mut().take();
        }
        refreshes.set(before.wrapping_add(1));
        refreshed.borrow_mut().clone_from(&result);
        result
    }

    async fn renew(&self, token: &RefreshToken) -> Result<(), LoginError> {
        let Inner { config, platform, expected, id_token, tokens, .. } = &*self.0;
        let request = TokenRequest::refresh(&expected.server, &expected.client_id, token);
        let body = HttpBody::Form(request.expose_body().to_owned());
        let response = platform
            .send(HttpRequest { url: request.endpoint, body })
            .await
            .map_err(|failure| LoginError::Network(Phase::Refresh, failure))?;
        let scope = self.scope();
        let set = TokenSet::judge(
            RawTokenResponse {
                status: response.status,
                content_type: response.content_type.as_deref(),
                dpop_nonce: response.dpop_nonce.as_deref(),
                body: &response.body,
            },
            TokenContext {
                grant: Grant::RefreshToken,
                requested_scope: &scope,
                openid: id_token.is_some(),
                dpop: DpopMode::Off,
            },
        )
        .map_err(|error| LoginError::Token(Phase::Refresh, error))?;
        // Kept before anything else can fail: the old one may be spent now.
        if let (Some(current), Some(newest)) = (tokens.borrow_mut().as_mut(), &set.refresh_token) {
            current.refresh_token = Some(newest.clone());
        }
        if let (Some(text), Some(first)) = (&set.id_token, id_token) {
            let now = server_time(platform.now(), response.date);
            let original =
                OriginalClaims { sub: first.sub(), auth_time: first.auth_time(), nonce: expected.nonce.as_ref() };
            check_id_token(&**platform, config, expected, text, &set.access_token, now, Some(original)).await?;
        }
        let mut tokens = tokens.borrow_mut();
        if let Some(current) = tokens.as_mut() {
            *current = current.renewed_by(set, platform.now());
        }
        Ok(())
    }

    /// Asks for claims about the person, and checks that they are about this one.
    ///
    /// # Errors
    /// [`LoginError`].
    pub async fn userinfo(&self) -> Result<UserInfo, LoginError> {
        let endpoint = self.0.expected.server.userinfo_endpoint.clone();
        let url = endpoint.ok_or(LoginError::NotOffered(Phase::UserInfo))?;
        let sub = self.id_token().ok_or(LoginError::NoIdToken)?.sub();
        let (token_type, token) = self.access_token().await?;
        let response = self
            .0
            .platform
            .send(HttpRequest { url, body: HttpBody::AuthorizedGet(token_type, token) })
            .await
            .map_err(|failure| LoginError::Network(Phase::UserInfo, failure))?;
        UserInfo::judge(response.status, response.content_type.as_deref(), &response.body, sub)
            .map_err(LoginError::UserInfo)
    }

    /// Gives the tokens back and forgets them; the refresh token first, which ends the grant.
    ///
    /// They are forgotten here in any case, also if the authorizer cannot be reached. A refresh that is under way
    /// ends first, so that it is the newest tokens that are given back.
    ///
    /// # Errors
    /// [`LoginError`], the first one, if the authorizer was not told of each; it is signed out here all the same.
    pub async fn revoke(&self) -> Result<(), LoginError> {
        let turn = self.0.turn.take().await;
        let Some(tokens) = self.0.tokens.borrow_mut().take() else { return Ok(()) };
        // Nobody can refresh any more, so nobody has to wait for the authorizer.
        drop(turn);
        let refresh = match &tokens.refresh_token {
            Some(refresh) => self.give_back(refresh.expose(), TokenTypeHint::RefreshToken).await,
            None => Ok(()),
        };
        // Also after a failure: an access token that stays good is worth a request of its own.
        let access = self.give_back(tokens.access_token.expose(), TokenTypeHint::AccessToken).await;
        refresh.and(access)
    }

    async fn give_back(&self, token: &str, hint: TokenTypeHint) -> Result<(), LoginError> {
        let expected = &self.0.expected;
        let request = TokenRequest::revocation(&expected.server, &expected.client_id, token, hint)
            .ok_or(LoginError::NotOffered(Phase::Revocation))?;
        let body = HttpBody::Form(request.expose_body().to_owned());
        let response = self
            .0
            .platform
            .send(HttpRequest { url: request.endpoint, body })
            .await
            .map_err(|failure| LoginError::Network(Phase::Revocation, failure))?;
        // 200 also for a token that is unknown there (RFC 7009, section 2.2).
        if response.status == 200 {
            return Ok(());
        }
        Err(LoginError::Token(
            Phase::Revocation,
            crate::protocol::token_response::TokenResponseError::UnexpectedStatus.into(),
        ))
    }

    /// Where the browser goes to sign out at the authorizer too; `None` where it offers no such page.
    ///
    /// Call it before [`revoke`](Self::revoke), which forgets the ID token that it names. The state must be
    /// kept and compared when the browser comes back.
    ///
    /// # Errors
    /// [`LoginError::NoEntropy`].
    pub fn sign_out_url(&self, post_logout_redirect_uri: &str) -> Result<Option<(String, State)>, LoginError> {
        let mut octets = [0; 32];
        self.0.platform.fill(&mut octets).map_err(|_| LoginError::NoEntropy)?;
        let state = State::new(base64url::encode(&octets));
        let tokens = self.0.tokens.borrow();
        let id_token = tokens.as_ref().and_then(|tokens| tokens.id_token.as_ref());
        let expected = &self.0.expected;
        let url = end_session_url(&expected.server, &expected.client_id, id_token, post_logout_redirect_uri, &state);
        Ok(url.map(|url| (url, state)))
    }
}
