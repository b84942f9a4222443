//! What time it is at the authorizer: the one place that ID tokens, signed answers and DPoP proofs ask.
//!
//! Nobody sets some clocks, and no authorizer lets a page of another origin read `Date` unless it was told to. So the
//! time is learned from either of two answers that come over TLS from the authorizer itself: a `Date` that may be
//! read, or the `iat` of an ID token whose signature, issuer, audience and nonce are right. The nonce makes it fresh: a
//! token that repeats the nonce of this login was issued after the login began.
//!
//! How long tokens last is another matter: that is counted from their receipt, and needs no offset.

use std::cell::Cell;

use super::ports::{Clock, HttpResponse, Place, Store};
use crate::protocol::text;

/// Seconds by which the clocks of this device and the authorizer may differ without anybody noticing.
pub(super) const TOLERANCE: i64 = 30;

/// An offset beyond this many seconds is not learned: then a clock is broken, and the person should know.
pub(super) const MAX_SKEW: i64 = 86_400;

/// What keys of kept offsets begin with.
const PREFIX: &str = "pkce-login.clock.";

/// How far an authorizer's clock is ahead of this device's.
pub(super) struct ServerClock {
    key: String,
    /// In seconds; `None` until something said so.
    offset: Cell<Option<i64>>,
    /// Whether the offset is one that an earlier page of this tab learned. The person may have set the clock since.
    is_kept: Cell<bool>,
    /// The latest time that the authorizer let this page read, and when it came, by the clock that nobody can set.
    told: Cell<Option<(i64, i64)>>,
}

impl ServerClock {
    /// The clock of an issuer, as far as an earlier page of this tab learned about it.
    pub(super) fn of(store: &impl Store, issuer: &str) -> Self {
        let key = [PREFIX, issuer].concat();
        let kept = store.get(Place::Tab, &key).ok().flatten().and_then(|kept| read(&kept));
        Self { key, offset: Cell::new(kept), is_kept: Cell::new(kept.is_some()), told: Cell::new(None) }
    }

    /// How far the authorizer's clock is ahead, in seconds; `None` where nothing said so.
    pub(super) fn offset(&self) -> Option<i64> {
        self.offset.get()
    }

    /// Whether the offset comes from an earlier page.
    #[cfg_attr(not(feature = "dpop"), allow(dead_code, reason = "only a proof can be made without it"))]
    pub(super) fn is_kept(&self) -> bool {
        self.is_kept.get()
    }

    /// Whether the authorizer's own `Date` was read.
    pub(super) fn is_told(&self) -> bool {
        self.told.get().is_some()
    }

    /// The authorizer's time in seconds since the epoch: this device's, corrected by what was learned.
    pub(super) fn now(&self, clock: &impl Clock) -> i64 {
        clock.now().saturating_add(self.offset.get().unwrap_or_default())
    }

    /// The authorizer's time for what came with its latest answer: where that had a `Date`, the clock of this device may
    /// have been set since, and says nothing.
    pub(super) fn now_by_answer(&self, clock: &impl Clock) -> i64 {
        match self.told.get() {
            Some((date, came_at)) => date.saturating_add(clock.elapsed().saturating_sub(came_at).max(0)),
            None => self.now(clock),
        }
    }

    /// Takes the time from an answer of the authorizer that this page may read.
    pub(super) fn learn_from_date(&self, platform: &(impl Store + Clock), response: &HttpResponse) {
        let Some(date) = response.date else { return };
        let offset = offset_in(platform, response);
        // What cannot be believed unsays what was told before: then a clock is broken.
        self.told.set(offset.map(|_| (date, platform.elapsed())));
        if let Some(offset) = offset {
            self.learn(platform, offset);
        }
    }

    /// Takes an offset that an ID token or a `Date` gave.
    pub(super) fn learn(&self, store: &impl Store, offset: i64) {
        self.offset.set(Some(offset));
        self.is_kept.set(false);
        // For the next page of this tab. What cannot be written is learned again.
        let _ = match offset.saturating_abs() > TOLERANCE {
            true => store.set(Place::Tab, &self.key, &written(offset)),
            false => store.remove(Place::Tab, &self.key),
        };
    }
}

/// How far the clock of whoever answered is ahead of this device's, in seconds, where the answer says so and it can be
/// believed.
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
