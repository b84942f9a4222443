//! Renewing the tokens: one request for all who ask, in this tab and in the others.

use super::messages::SessionMessage;
use super::tokens::Tokens;
use super::{Inner, Session, clocks_apart, duplicate_tab};
use crate::client::config::Storage;
use crate::client::error::{LoginError, Phase, copy_of};
use crate::client::keys;
use crate::client::ports::{HttpRequest, Platform};
use crate::client::response_info::MAX_RETRY_AFTER;
use crate::client::signatures::{self, Received};
use crate::protocol::id_token::OriginalClaims;
use crate::protocol::secret::{AccessToken, RefreshToken};
use crate::protocol::token_request::TokenRequest;
use crate::protocol::token_response::{Grant, RawTokenResponse, TokenContext, TokenSet};

/// After a refresh that failed on the way, the next one that nobody asked for waits so many seconds, twice as long
/// after each further failure, and never longer than the second number.
const REST: (i64, i64) = (5, 300);

impl<P: Platform> Session<P> {
    /// Renews the tokens. Calls that come together make one request and get its result, also if it failed: the
    /// authorizer may have spent the refresh token, so whether to try it again is the caller's word.
    ///
    /// Where tabs share a session, one of them asks and the others take what it got.
    ///
    /// # Errors
    /// [`LoginError`]. After a network error, and after an ID token that is refused, the session stays as it was, but for a
    /// refresh token that came before it. After `invalid_grant` it is over, and after an ID token of another issuer or about
    /// another person (OpenID Connect Core, section 12.2): see [`LoginError::ends_session`].
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

    /// Call it when the page is seen again, the device is online again or awake: renews the access token if it is
    /// near its end. No timer does that, because none can be trusted across sleep.
    ///
    /// After failures on the way it rests, longer each time, and returns at once; so it does while the clock is so wrong
    /// that new tokens cannot be checked.
    ///
    /// # Errors
    /// As [`refresh`](Self::refresh).
    pub async fn wake(&self) -> Result<(), LoginError> {
        let Inner { transport, failures, rest_until, .. } = &*self.0;
        let platform = &*transport.platform;
        self.take_over();
        self.end_if_over();
        let is_due = self.0.tokens.borrow().as_ref().is_some_and(|tokens| tokens.should_be_renewed(platform));
        // A clock that was set back must not make the rest endless.
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
            // Also an authorizer that is out of order wants to be left alone.
            Err(error) if !error.ends_session() => {
                failures.set(failures.get().saturating_add(1));
                let rest = REST.0.saturating_mul(1 << failures.get().min(6)).min(REST.1);
                let rest = rest / 2 + self.chance(rest / 2);
                // Never sooner than the authorizer said.
                let rest = rest.max(error.retry_after().unwrap_or_default());
                rest_until.set(platform.now().saturating_add(rest));
            }
            _ => failures.set(0),
        }
        result
    }

    /// A number below `limit`, so that the tabs and devices of a site that was down do not all come back at once.
    fn chance(&self, limit: i64) -> i64 {
        let mut octets = [0; 2];
        // Without randomness they do come at once, which is no reason to fail.
        let _ = self.0.transport.platform.fill(&mut octets);
        i64::from(u16::from_le_bytes(octets)) % limit.max(1)
    }

    fn current<T>(&self, part: fn(&Tokens) -> Option<T>) -> Option<T> {
        self.0.tokens.borrow().as_ref().and_then(part)
    }

    /// Under the lock: another tab may have renewed `stale` while this one waited. The refresh token does not say so:
    /// it may stay the same, and it may be a new one although the rest of the answer was not used.
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

    /// Whether a duplicate of this tab used the token. Then this one goes on until its access token ends.
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

    /// Signed out in the meantime, by another tab, which could give back only what it knew of: nobody may use what came.
    async fn too_late(&self, set: TokenSet) -> Result<(), LoginError> {
        // What cannot be given back ends by itself.
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
        let response = transport
            .send(HttpRequest::form(&request.endpoint, request.expose_body()))
            .await
            .map_err(|error| LoginError::of_transport(Phase::Refresh, error))?;
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
                openid: origin.id_token.is_some(),
                dpop: transport.dpop(),
            },
        )
        .map_err(|error| signatures::token_error(Phase::Refresh, error, &response))?;
        if self.end_if_signed_out() || !self.is_active() {
            return self.too_late(set).await;
        }
        // Kept before anything else can fail: the old one may be spent now.
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
            // Its time begins anew. Where that cannot be written, the key lasts as long as it was to.
            let _ = keys::keep(platform, bound, config.storage).await;
        }
        Ok(())
    }
}
