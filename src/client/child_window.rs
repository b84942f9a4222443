//! The mark in the storage of a popup or hidden frame: the page that opened it waits for the answer.

use crate::protocol::json::{Object, Writer};
use crate::protocol::pending_login::PendingLogin;

/// Key prefix of these marks. The callback page uses it too.
pub const CHILD_WINDOW_PREFIX: &str = "pkce-login.child-window.";

/// The key of the mark for the login of `state`.
#[must_use]
pub fn child_window_key(state: &str) -> String {
    [CHILD_WINDOW_PREFIX, state].concat()
}

/// The content of the mark. It holds no secret.
#[must_use]
pub fn child_window_record(pending: &PendingLogin) -> String {
    Writer::new().str("redirect_uri", &pending.redirect_uri).int("started_at", pending.started_at).finish()
}

/// Whether a mark has expired. Setting the clock back makes no mark old.
pub(super) fn is_over(record: &str, now: i64) -> bool {
    let started_at = Object::parse(record).ok().and_then(|record| record.get("started_at")?.as_whole());
    started_at.is_none_or(|started_at| now.saturating_sub(started_at) > PendingLogin::MAX_AGE)
}
