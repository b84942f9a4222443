//! The tokens of a session at one moment, and their lifetime.

use crate::client::ports::Clock;
use crate::protocol::scope::Scope;
use crate::protocol::secret::{AccessToken, IdTokenText, RefreshToken};
use crate::protocol::token_response::{TokenSet, TokenType};

/// An access token is renewed this many seconds before it expires, or in the last quarter of a lifetime below two
/// minutes.
const MARGIN: i64 = 30;

/// The tokens of a session at one moment.
#[derive(Debug, Clone)]
pub(in crate::client) struct Tokens {
    pub(super) access_token: AccessToken,
    pub(super) token_type: TokenType,
    /// Seconds from receipt to expiry; `None` if unknown.
    pub(super) lifetime: Option<i64>,
    /// Time of receipt, by the device clock.
    pub(super) received_at: i64,
    /// Time of receipt, by the monotonic clock.
    pub(super) received_elapsed: i64,
    pub(super) refresh_token: Option<RefreshToken>,
    pub(super) id_token: Option<IdTokenText>,
    pub(super) scope: Scope,
}

impl Tokens {
    pub(in crate::client) fn received(set: TokenSet, clock: &impl Clock) -> Self {
        Self {
            access_token: set.access_token,
            token_type: set.token_type,
            lifetime: set.expires_in,
            received_at: clock.now(),
            received_elapsed: clock.elapsed(),
            refresh_token: set.refresh_token,
            id_token: set.id_token,
            scope: set.scope,
        }
    }

    /// The tokens after a refresh. What the response omits stays as it was (RFC 6749, section 6).
    pub(super) fn renewed_by(&self, set: TokenSet, clock: &impl Clock) -> Self {
        let new = Self::received(set, clock);
        Self {
            refresh_token: new.refresh_token.or_else(|| self.refresh_token.clone()),
            id_token: new.id_token.or_else(|| self.id_token.clone()),
            ..new
        }
    }

    /// Seconds until the access token expires; `None` if unknown.
    ///
    /// The device clock may be set back, and the monotonic clock may stand still during sleep: the one that shows more
    /// elapsed time counts.
    pub(super) fn seconds_left(&self, clock: &impl Clock) -> Option<i64> {
        let by_clock = clock.now().saturating_sub(self.received_at);
        let by_elapsed = clock.elapsed().saturating_sub(self.received_elapsed);
        Some(self.lifetime?.saturating_sub(by_clock.max(by_elapsed).max(0)))
    }

    /// Whether the access token is near its end. A fixed margin would renew a short-lived token at every use.
    pub(super) fn should_be_renewed(&self, clock: &impl Clock) -> bool {
        let margin = self.lifetime.map_or(0, |lifetime| MARGIN.min(lifetime / 4));
        self.seconds_left(clock).is_some_and(|left| left <= margin)
    }

    /// Whether the access token is good for `seconds`, or for three quarters of its lifetime if that is less.
    pub(super) fn lasts_for(&self, seconds: i64, clock: &impl Clock) -> bool {
        let most = self.lifetime.map_or(0, |lifetime| lifetime - lifetime / 4);
        self.seconds_left(clock).is_none_or(|left| left >= seconds.min(most))
    }

    /// Whether the access token has expired.
    pub(super) fn has_ended(&self, clock: &impl Clock) -> bool {
        self.seconds_left(clock).is_some_and(|left| left <= 0)
    }
}
