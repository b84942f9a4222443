//! What time it is at the authorizer, for all checks of ID tokens, signed answers and DPoP proofs.
//!
//! Some device clocks are never set, and authorizers let pages of another origin read `Date` only if configured to. So
//! the client learns the time from one of two responses that come over TLS from the authorizer: a readable `Date`, or
//! the `iat` of an ID token whose signature, issuer, audience and nonce are right. The nonce makes it fresh: a token
//! with the nonce of this login was issued after the login began.
//!
//! Token lifetimes are counted from receipt and need no offset.

use std::cell::Cell;

use super::ports::{Clock, HttpResponse, Place, Store};
use crate::protocol::text;

/// Clock differences between device and authorizer up to this many seconds are ignored.
pub(super) const TOLERANCE: i64 = 30;

/// No offset beyond this many seconds is learned: then a clock is broken, and the user should know.
pub(super) const MAX_SKEW: i64 = 86_400;

/// Key prefix of stored offsets.
const PREFIX: &str = "pkce-login.clock.";

/// How far an authorizer clock is ahead of the device clock.
pub(super) struct ServerClock {
    key: String,
    /// In seconds; `None` until learned.
    offset: Cell<Option<i64>>,
    /// Whether an earlier page of this tab learned the offset. The user may have set the clock since.
    is_stored: Cell<bool>,
    /// The latest readable `Date` of the authorizer, and its arrival by the monotonic clock.
    told: Cell<Option<(i64, i64)>>,
}

impl ServerClock {
    /// The clock of an issuer, with the offset from an earlier page of this tab.
    pub(super) fn of(store: &impl Store, issuer: &str) -> Self {
        let key = [PREFIX, issuer].concat();
        let kept = store.get(Place::Tab, &key).ok().flatten().and_then(|kept| read(&kept));
        Self { key, offset: Cell::new(kept), is_stored: Cell::new(kept.is_some()), told: Cell::new(None) }
    }

    /// How far the authorizer clock is ahead, in seconds; `None` until learned.
    pub(super) fn offset(&self) -> Option<i64> {
        self.offset.get()
    }

    /// Whether the offset comes from an earlier page.
    #[cfg_attr(not(feature = "dpop"), allow(dead_code, reason = "only a proof can be made without it"))]
    pub(super) fn is_stored(&self) -> bool {
        self.is_stored.get()
    }

    /// Whether a `Date` of the authorizer was read.
    pub(super) fn is_told(&self) -> bool {
        self.told.get().is_some()
    }

    /// The authorizer time in seconds since the epoch: the device clock plus the learned offset.
    pub(super) fn now(&self, clock: &impl Clock) -> i64 {
        clock.now().saturating_add(self.offset.get().unwrap_or_default())
    }

    /// The authorizer time for checks of its latest response. After a `Date` in that response the device clock is not
    /// used: the user may have set it since.
    pub(super) fn now_by_answer(&self, clock: &impl Clock) -> i64 {
        match self.told.get() {
            Some((date, came_at)) => date.saturating_add(clock.elapsed().saturating_sub(came_at).max(0)),
            None => self.now(clock),
        }
    }

    /// Learns the time from an authorizer response that this page may read.
    pub(super) fn learn_from_date(&self, platform: &(impl Store + Clock), response: &HttpResponse) {
        let Some(date) = response.date else { return };
        let offset = offset_in(platform, response);
        // An implausible `Date` also discards the previous one: then a clock is broken.
        self.told.set(offset.map(|_| (date, platform.elapsed())));
        if let Some(offset) = offset {
            self.learn(platform, offset);
        }
    }

    /// Stores an offset that an ID token or a `Date` gave.
    pub(super) fn learn(&self, store: &impl Store, offset: i64) {
        self.offset.set(Some(offset));
        self.is_stored.set(false);
        // For the next page of this tab. If it cannot be written, that page learns it again.
        let _ = match offset.saturating_abs() > TOLERANCE {
            true => store.set(Place::Tab, &self.key, &written(offset)),
            false => store.remove(Place::Tab, &self.key),
        };
    }
}

/// How far the clock of the responding server is ahead of the device clock, in seconds; `None` without a plausible
/// `Date`.
pub(super) fn offset_in(clock: &impl Clock, response: &HttpResponse) -> Option<i64> {
    let offset = response.date.map(|date| date.saturating_sub(clock.now()));
    offset.filter(|offset| offset.saturating_abs() <= MAX_SKEW)
}

fn written(offset: i64) -> String {
    let sign = if offset < 0 { "-" } else { "" };
    [sign, &text::decimal(offset.saturating_abs())].concat()
}

fn read(kept: &str) -> Option<i64> {
    let (sign, digits) = kept.strip_prefix('-').map_or((1, kept), |digits| (-1, digits));
    text::number(digits).map(|offset| offset.saturating_mul(sign)).filter(|offset| offset.saturating_abs() <= MAX_SKEW)
}
