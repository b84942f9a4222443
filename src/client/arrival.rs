//! An answer that arrives at a page of the app: a host, or a service worker of the site, serves the app at the redirect
//! URI instead of the callback page.
//!
//! An address of the app may hold anything, for example `#/orders?state=open` of a hash router. So an answer counts
//! only if a login of this tab waits for it, and only at the redirect URI of that login. `arrival.js` does the same for
//! scripts.

use super::child_window::child_window_key;
use super::pending_store;
use super::ports::{Place, Store, StoreBlocked};
use crate::protocol::authorization_response::{CallbackParams, claimed_states};
use crate::protocol::json::Object;
use crate::protocol::pending_login::PendingLogin;

/// Marks in this tab that the app took an answer, until the developer is warned.
pub const BY_APP_KEY: &str = "pkce-login.answer.by-app";

/// How to fix an app that answers the redirect URI.
pub const BY_APP_ADVICE: &str = "pkce-login: the redirect URI is answered by the app, not by callback.html, so every script of the page could read the answer. Serve callback.html there. See docs/hosting.md, \"Where the app answers the callback\".";

/// An answer to a pending login of this tab. Nothing in it is checked yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The state that the answer claims.
    pub state: String,
    /// The redirect URI of the login, where the answer arrived.
    pub redirect_uri: String,
    /// Where in the app the user continues; `None` in a popup or frame: the page that opened it waits for the answer.
    pub return_to: Option<String>,
}

impl std::fmt::Debug for Arrival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arrival").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

/// The answer in a page address; `None` if no login of this tab waits for it there. Changes nothing.
pub fn arrival(store: &impl Store, address: &str) -> Option<Arrival> {
    claimed_states(address, None).into_iter().find_map(|state| {
        let arrival = waiting(store, state).ok()??;
        CallbackParams::read(address, None, &arrival.redirect_uri).is_ok().then_some(arrival)
    })
}

/// The redirect URI and target page of the login of `state`.
fn waiting(store: &impl Store, state: String) -> Result<Option<Arrival>, StoreBlocked> {
    if let Some(PendingLogin { redirect_uri, return_to, .. }) = pending_store::find(store, &state)? {
        return Ok(Some(Arrival { state, redirect_uri, return_to: Some(return_to) }));
    }
    let record = store.get(Place::Tab, &child_window_key(&state))?;
    let redirect_uri = record.and_then(|record| Some(Object::parse(&record).ok()?.str("redirect_uri")?.to_owned()));
    Ok(redirect_uri.map(|redirect_uri| Arrival { state, redirect_uri, return_to: None }))
}
