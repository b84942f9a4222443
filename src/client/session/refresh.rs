//! Renewing the tokens: one request for all callers, in this tab and others.

use super::messages::SessionMessage;
use super::tokens::Tokens;
use super::{Inner, Session, clocks_apart, duplicate_tab};
use crate::client::config::Storage;
use crate::client::error::{LoginError, Phase, copy_of};
use crate::client::keys;
use crate::client::ports::Platform;
use crate::client::response_info::MAX_RETRY_AFTER;
use crate::client::signatures::{self, Received};
use crate::client::token_endpoint;
use crate::protocol::id_token::OriginalClaims;
use crate::protocol::secret::{AccessToken, RefreshToken};
use crate::protocol::token_request::TokenRequest;
use crate::protocol::token_response::{Grant, TokenContext, TokenSet};

/// The pause of automatic refreshes after one that failed on the way, in seconds: at least the first number, twice as
/// long after each further failure, at most the second number or a longer `Retry-After`.
const REST: (i64, i64) = (5, 300);

impl<P: Platform> Session<P> {
    /// Renews the tokens. Concurrent calls make one request and get its result, also if it failed: the authorizer may
    /// have spent the refresh token, so the caller decides whether to try again.
    ///
    /// If tabs share a session, one sends the request and the others take over its tokens.
    ///
    /// # Errors
    /// [`LoginError`]. A network error leaves the session as it was. So does a refused ID token, except that a new
    /// refresh token that came with it is kept. After `invalid_grant` the session is over, and after an ID token of
    /// another issuer or about another user (OpenID Connect Core, section 12.2): see [`LoginError::ends_session`].
    pub async fn refresh(&self) -> Result<(), LoginError> {
        let Inner { config, transport, origin, refreshes, refreshed, .. } = &*self.0;
        let before = refreshes.get();
        let _guard = self.0.mutex.lock().await;
        if refreshes.get() != before {
            // Another refresh ended while this call waited for the mutex.
            return copy_of(&refreshed.borrow());
        }
        self.end_if_over();
        if !self.can_refresh() {
            return Err(self.why_not());
        }
        let stale = self.current(|tokens| Some(tokens.access_token.clone()));
        let lock = ["pkce-login.refresh.", &config.storage_name()].concat();
        let result = transport.platform.exclusive(&lock, self.renew_unless_renewed(stale)).await;
        if let Err(error) = &result
            && error.ends_session()
        {
            transport.platform.tell(&SessionMessage::Ended(origin.name.clone()).to_text());
            self.end();
        }
        let is_about_time = matches!(result.as_ref().map_err(LoginError::without_response), Err(LoginError::IdToken(error)) if error.is_about_time());
        self.0.broken_clock.set(is_about_time.then(|| clocks_apart(&*transport.platform)));
        let busy = result.as_ref().err().and_then(LoginError::wants_to_be_left_alone_for);
        let until = |seconds: i64| {
            (transport.platform.now().saturating_add(seconds), transport.platform.elapsed().saturating_add(seconds))
        };
        self.0.busy_until.set(busy.map(until));
        refreshes.set(before.wrapping_add(1));
        *refreshed.borrow_mut() = copy_of(&result);
        result
    }

    /// Renews the access token if it is near its end. Call it when the page becomes visible, or the device is online or
    /// awake again. There is no timer: timers are not reliable across sleep.
    ///
    /// After failures on the way it pauses, longer each time, and returns at once; also while the clock is so wrong
    /// that new tokens cannot be checked.
    ///
    /// # Errors
    /// As [`refresh`](Self::refresh).
    pub async fn refresh_if_due(&self) -> Result<(), LoginError> {
        let Inner { transport, failures, rest_until, .. } = &*self.0;
        let platform = &*transport.platform;
        self.take_over();
        self.end_if_over();
        let is_due = self.0.tokens.borrow().as_ref().is_some_and(|tokens| tokens.should_be_renewed(platform));
        // A clock that was set back must not make the pause endless.
        let longest = REST.1.max(MAX_RETRY_AFTER);
        let rests = (0..=longest).contains(&rest_until.get().saturating_sub(platform.now()))
            || self.has_broken_clock()
            || self.has_to_wait();
        if !is_due || rests || !self.can_refresh() {
            return Ok(());
        }
        let result = self.refresh().await;
        self.end_if_over();
        match &result {
            // An authorizer that is out of order gets a pause too.
            Err(error) if !error.ends_session() => {
                failures.set(failures.get().saturating_add(1));
                let rest = REST.0.saturating_mul(1 << failures.get().min(6)).min(REST.1);
                let rest = rest / 2 + self.chance(rest / 2);
                // Never sooner than the authorizer allows.
                let rest = rest.max(error.retry_after().unwrap_or_default());
                rest_until.set(platform.now().saturating_add(rest));
            }
            _ => failures.set(0),
        }
        result
    }

    /// A random number below `limit`, so that tabs and devices do not all return at once after an outage.
    fn chance(&self, limit: i64) -> i64 {
        let mut octets = [0; 2];
        // Without randomness they do, which is no reason to fail.
        let _ = self.0.transport.platform.fill(&mut octets);
        i64::from(u16::from_le_bytes(octets)) % limit.max(1)
    }

    fn current<T>(&self, part: fn(&Tokens) -> Option<T>) -> Option<T> {
        self.0.tokens.borrow().as_ref().and_then(part)
    }

    /// Called under the lock: another tab may have renewed `stale` meanwhile. The refresh token does not show it: it
    /// may stay the same, or be new although the rest of the response was not used.
    async fn renew_unless_renewed(&self, stale: Option<AccessToken>) -> Result<(), LoginError> {
        self.take_over();
        let access = self.current(|tokens| Some(tokens.access_token.clone()));
        match self.current(|tokens| tokens.refresh_token.clone()) {
            _ if access.is_some() && access != stale => Ok(()),
            None => Err(self.why_not()),
            Some(token) if self.is_spent_by_a_copy(&token) => Err(LoginError::NoRefreshToken),
            Some(token) => self.renew(&token).await,
        }
    }

    /// Whether a duplicate of this tab used the token. If so, this tab continues until its access token expires.
    fn is_spent_by_a_copy(&self, token: &RefreshToken) -> bool {
        let Inner { config, transport, origin, tokens, .. } = &*self.0;
        let is_spent = duplicate_tab::are_possible(config)
            && duplicate_tab::is_spent(&*transport.platform, config, &origin.name, token);
        if is_spent && let Some(tokens) = tokens.borrow_mut().as_mut() {
            tokens.refresh_token = None;
        }
        if is_spent {
            self.keep_renewed();
        }
        is_spent
    }

    /// Another tab signed out during the request, and could revoke only the tokens it knew. The new tokens must not be
    /// used.
    async fn too_late(&self, set: TokenSet) -> Result<(), LoginError> {
        // Tokens that cannot be revoked expire.
        drop(self.give_back_all(&Tokens::received(set, &*self.0.transport.platform)).await);
        Err(LoginError::SessionOver)
    }

    /// Why nothing can be renewed.
    fn why_not(&self) -> LoginError {
        if self.is_active() { LoginError::NoRefreshToken } else { LoginError::SessionOver }
    }

    async fn renew(&self, token: &RefreshToken) -> Result<(), LoginError> {
        let Inner { config, transport, origin, tokens, .. } = &*self.0;
        let platform = &*transport.platform;
        let expected = &origin.expected;
        let sent_at = platform.now();
        let request = TokenRequest::refresh(&expected.server, &expected.client_id, token);
        let scope = self.scope();
        let context = TokenContext {
            grant: Grant::RefreshToken,
            requested_scope: &scope,
            openid: origin.id_token.is_some(),
            dpop: transport.dpop(),
        };
        let set = token_endpoint::ask(transport, Phase::Refresh, &request, context).await?;
        if self.end_if_signed_out() || !self.is_active() {
            return self.too_late(set).await;
        }
        // Stored before anything else can fail: the old one may be spent now.
        if let (Some(current), Some(newest)) = (tokens.borrow_mut().as_mut(), &set.refresh_token) {
            current.refresh_token = Some(newest.clone());
            if duplicate_tab::are_possible(config) {
                duplicate_tab::leave_mark(platform, config, &origin.name, newest);
            }
        }
        self.keep_renewed();
        if let (Some(text), Some((first, _))) = (&set.id_token, &origin.id_token) {
            let original =
                OriginalClaims { sub: first.sub(), auth_time: first.auth_time(), nonce: expected.nonce.as_ref() };
            let token = Received { text, access_token: &set.access_token, original: Some(original), sent_at };
            let checked = signatures::check_id_token(transport, config, expected, &token).await;
            if !self.end_if_signed_out() && self.is_active() {
                checked?;
            }
        }
        if self.end_if_signed_out() || !self.is_active() {
            return self.too_late(set).await;
        }
        let renewed = tokens.borrow().as_ref().map(|current: &Tokens| current.renewed_by(set, platform));
        tokens.replace(renewed);
        self.keep_renewed();
        if config.storage == Storage::Device {
            platform.tell(&SessionMessage::Renewed(origin.name.clone()).to_text());
        }
        self.changed();
        if let Some(bound) = &expected.key
            && config.storage != Storage::Memory
        {
            // The lifetime of the key starts again. If that cannot be written, it keeps its old end.
            let _ = keys::keep(platform, bound, config.storage).await;
        }
        Ok(())
    }
}
