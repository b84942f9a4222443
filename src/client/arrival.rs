//! An answer at a page of the app's own: where a host, or a service worker of the site, answers the redirect URI with the
//! app in the place of the callback page.
//!
//! An address of the app may hold anything, a hash router's `#/orders?state=open` for one. So only an answer to a login
//! that waits for it in this tab counts, and only at the redirect URI of that login. `arrival.js` is the same for scripts.

use super::child_window::child_window_key;
use super::pending_store;
use super::ports::{Place, Store, StoreBlocked};
use crate::protocol::authorization_response::{CallbackParams, claimed_states};
use crate::protocol::json::Object;
use crate::protocol::pending_login::PendingLogin;

/// Says in this tab that an answer was taken by a page of the app, until somebody has been told.
pub const BY_APP_KEY: &str = "pkce-login.answer.by-app";

/// What to mend where the app answers the redirect URI.
pub const BY_APP_ADVICE: &str = "pkce-login: the redirect URI is answered by the app, not by callback.html, so every script of the page could read the answer. Serve callback.html there. See docs/hosting.md, \"Where the app answers the callback\".";

/// An answer to a login that waits for it in this tab. Nothing in it is checked yet.
#[derive(Clone, PartialEq, Eq)]
pub struct Arrival {
    /// The state that it claims.
    pub state: String,
    /// The redirect URI of the login, at which it arrived.
    pub redirect_uri: String,
    /// Where in the app the person goes on; `None` where another page waits for the answer, of which this is the window
    /// or the frame.
    pub return_to: Option<String>,
}

impl std::fmt::Debug for Arrival {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arrival").field("redirect_uri", &self.redirect_uri).finish_non_exhaustive()
    }
}

/// The answer that the address of a page holds; `None` if no login of this tab waits for one there. Nothing is changed.
pub fn arrival(store: &impl Store, address: &str) -> Option<Arrival> {
    claimed_states(address, None).into_iter().find_map(|state| {
        let arrival = waiting(store, state).ok()??;
        CallbackParams::read(address, None, &arrival.redirect_uri).is_ok().then_some(arrival)
    })
}

/// The login of that state, as far as it is needed here.
fn waiting(store: &impl Store, state: String) -> Result<Option<Arrival>, StoreBlocked> {
    if let Some(PendingLogin { redirect_uri, return_to, .. }) = pending_store::find(store, &state)? {
        return Ok(Some(Arrival { state, redirect_uri, return_to: Some(return_to) }));
    }
    let record = store.get(Place::Tab, &child_window_key(&state))?;
    let redirect_uri = record.and_then(|record| Some(Object::parse(&record).ok()?.str("redirect_uri")?.to_owned()));
    Ok(redirect_uri.map(|redirect_uri| Arrival { state, redirect_uri, return_to: None }))
}
