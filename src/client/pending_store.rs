//! Pending logins: one slot for each, keyed by state, in tab storage.
//!
//! Parallel logins do not touch each other's slots. An answer that fits no login removes none.

use sha2::{Digest as _, Sha256};

use super::child_window::{self, CHILD_WINDOW_PREFIX};
use super::ports::{Http, Place, Store, StoreBlocked};
use crate::protocol::authorization_response::ResponseError;
use crate::protocol::base64url;
use crate::protocol::pending_login::PendingLogin;
use crate::protocol::text;
use crate::protocol::token_request::TokenRequest;

/// Key prefix of pending logins. The callback page uses it too.
pub const PENDING_PREFIX: &str = "pkce-login.pending.";

/// Where the callback page stores the address it was opened with.
pub const ANSWER_KEY: &str = "pkce-login.answer";

/// Where the callback page stores the form body of an answer (`form_post`).
pub const ANSWER_BODY_KEY: &str = "pkce-login.answer.body";

/// Where the marks of used states are stored.
const USED_KEY: &str = "pkce-login.used";

/// How many used states are remembered.
const USED_KEPT: usize = 16;

fn key_of(state: &str) -> String {
    [PENDING_PREFIX, state].concat()
}

/// Stores a login before the browser leaves.
pub(super) fn put(platform: &(impl Store + Http), pending: &PendingLogin) -> Result<(), StoreBlocked> {
    // With DPoP the request needs a proof, and only the app has the key.
    let may_be_exchanged =
        pending.key.is_none() && platform.exchanges_on_arrival(&pending.redirect_uri, &pending.server.token_endpoint);
    let record = if may_be_exchanged { TokenRequest::record_of(pending) } else { pending.to_record() };
    platform.set(Place::Tab, &key_of(pending.state.expose()), &record)
}

/// Whether the login is still pending in this tab.
pub(super) fn is_waiting(store: &impl Store, pending: &PendingLogin) -> bool {
    let key = key_of(pending.state.expose());
    store.get(Place::Tab, &key).is_ok_and(|record| record.is_some())
}

/// The login of `state`, left in its slot.
pub(super) fn find(store: &impl Store, state: &str) -> Result<Option<PendingLogin>, StoreBlocked> {
    read(store, &key_of(state))
}

/// Takes the login of `state` out of its slot: a second call finds nothing. A login of another client stays.
///
/// The outer error is from the platform. The inner error says why there is no such login.
pub(super) fn take(
    store: &impl Store,
    state: &str,
    is_ours: impl FnOnce(&PendingLogin) -> bool,
) -> Result<Result<PendingLogin, ResponseError>, StoreBlocked> {
    let key = key_of(state);
    let Some(record) = store.get(Place::Tab, &key)? else {
        return no_such_login(store, state).map(Err);
    };
    let pending = PendingLogin::from_record(&record).ok_or(ResponseError::NoPendingTransaction);
    if pending.as_ref().is_ok_and(|pending| !is_ours(pending)) {
        return Ok(Err(ResponseError::StateMismatch));
    }
    store.remove(Place::Tab, &key)?;
    // The login is consumed. Without the mark, a second answer only gets a less exact error.
    let _ = mark_used(store, state);
    Ok(pending)
}

/// Removes expired logins and unreadable records.
pub(super) fn sweep(store: &impl Store, now: i64) -> Result<(), StoreBlocked> {
    for key in keys(store)? {
        match read(store, &key)? {
            Some(pending) if pending.started_at > now => {
                // The clock was set back since. The lifetime starts again, so that the login expires some day.
                let begun_now = PendingLogin { started_at: now, ..pending };
                store.set(Place::Tab, &key, &begun_now.to_record())?;
            }
            Some(pending) if !pending.is_expired(now) => {}
            _ => store.remove(Place::Tab, &key)?,
        }
    }
    for key in store.keys(Place::Tab)?.iter().filter(|key| key.starts_with(CHILD_WINDOW_PREFIX)) {
        if store.get(Place::Tab, key)?.is_none_or(|record| child_window::is_over(&record, now)) {
            store.remove(Place::Tab, key)?;
        }
    }
    Ok(())
}

/// Removes the expired logins of this tab. Call it when a page opens.
pub fn forget_expired(store: &impl Store, now: i64) {
    // Blocked storage has nothing to remove. The next sign-in reports it.
    let _ = sweep(store, now);
}

/// The keys of every slot of this tab.
fn keys(store: &impl Store) -> Result<Vec<String>, StoreBlocked> {
    let mut keys = store.keys(Place::Tab)?;
    keys.retain(|key| key.starts_with(PENDING_PREFIX));
    Ok(keys)
}

/// Reads a slot; `None` if it is empty or unreadable.
fn read(store: &impl Store, key: &str) -> Result<Option<PendingLogin>, StoreBlocked> {
    Ok(store.get(Place::Tab, key)?.and_then(|record| PendingLogin::from_record(&record)))
}

/// Why there is no login of this state.
pub(super) fn no_such_login(store: &impl Store, state: &str) -> Result<ResponseError, StoreBlocked> {
    if used_marks(store)?.contains(&mark(state)) {
        return Ok(ResponseError::AlreadyUsed);
    }
    let nobody_waits = keys(store)?.is_empty();
    Ok(if nobody_waits { ResponseError::NoPendingTransaction } else { ResponseError::StateMismatch })
}

/// A mark that identifies a used state. The state cannot be derived from it.
fn mark(state: &str) -> String {
    base64url::encode(Sha256::digest(state.as_bytes()).get(..12).unwrap_or_default())
}

fn used_marks(store: &impl Store) -> Result<Vec<String>, StoreBlocked> {
    let marks = store.get(Place::Tab, USED_KEY)?.unwrap_or_default();
    Ok(text::parts(&marks, b' ').into_iter().map(str::to_owned).collect())
}

fn mark_used(store: &impl Store, state: &str) -> Result<(), StoreBlocked> {
    let mut marks = used_marks(store)?;
    marks.push(mark(state));
    let surplus = marks.len().saturating_sub(USED_KEPT);
    store.set(Place::Tab, USED_KEY, &marks.split_off(surplus).join(" "))
}
