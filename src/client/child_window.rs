//! The mark in the storage of a popup window or hidden frame: the page that opened it waits for the answer.

use crate::protocol::json::{Object, Writer};
use crate::protocol::pending_login::PendingLogin;

/// What keys begin with of logins whose window or frame this is: the page that opened it waits for the answer. The
/// callback page knows it too.
pub const CHILD_WINDOW_PREFIX: &str = "pkce-login.child-window.";

/// Under which key a window or frame keeps that it was opened for the login of a state.
#[must_use]
pub fn child_window_key(state: &str) -> String {
    [CHILD_WINDOW_PREFIX, state].concat()
}

/// What is kept there. It holds no secret.
#[must_use]
pub fn child_window_record(pending: &PendingLogin) -> String {
    Writer::new().str("redirect_uri", &pending.redirect_uri).int("started_at", pending.started_at).finish()
}

/// Whether such a record is of no use any more. A clock that was set back makes nothing old.
pub(super) fn is_over(record: &str, now: i64) -> bool {
    let started_at = Object::parse(record).ok().and_then(|record| record.get("started_at")?.as_whole());
    started_at.is_none_or(|started_at| now.saturating_sub(started_at) > PendingLogin::MAX_AGE)
}
