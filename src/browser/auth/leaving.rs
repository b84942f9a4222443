//! The redirect to the authorizer. The browser may show this page again before it has left.

use std::rc::Weak;

use js_sys::Function;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Window;

use super::{Auth, Inner, Now};
use crate::browser::page;
use crate::browser::popup::Cancel;
use crate::client::ports::HttpFailure;
use crate::client::{LoginError, Phase};
use crate::protocol::scrub::scrub;
use crate::protocol::{form, url};

/// How long the browser may take to leave for the authorizer, in milliseconds.
const STALLED: i32 = 8_000;

/// The event when the browser shows this page again as it was.
const RESTORED: &str = "pageshow";

/// Parameters that tie a request to its login. Only the authorizer needs them.
const STATES: [&str; 5] = ["state", "nonce", "code_challenge", "request", "request_uri"];

/// A login on its way to the authorizer.
pub(super) enum Leaving {
    /// The request is being prepared.
    Begun,
    /// The browser was told to go to the authorizer.
    Page { window: Window, timer: i32, shown: Closure<dyn FnMut(JsValue)> },
    /// The popup is open.
    Popup(Cancel),
}

impl Leaving {
    /// Ends the login when the browser does not leave in time, or shows this page again as it was.
    pub(super) fn of_page(inner: Weak<Inner>, attempt: u32) -> Option<Self> {
        let window = web_sys::window()?;
        let shown = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
            let Some(auth) = inner.upgrade().map(Auth) else { return };
            if event.is_object() {
                // The event also fires when the page shows for the first time, possibly after the press.
                if js_sys::Reflect::get(&event, &"persisted".into()).is_ok_and(|persisted| persisted.is_truthy()) {
                    auth.set_if(attempt, || Now::signed_out(None));
                }
            } else {
                let error = LoginError::Network(Phase::Request, HttpFailure::TimedOut);
                auth.fail(attempt, error.into());
            }
        });
        let timer = window.set_timeout_with_callback_and_timeout_and_arguments_0(function(&shown), STALLED).ok()?;
        // If the page cannot listen, the timer remains.
        let _ = window.add_event_listener_with_callback(RESTORED, function(&shown));
        Some(Self::Page { window, timer, shown })
    }

    pub(super) fn cancel(&self) {
        if let Self::Popup(cancel) = self {
            cancel.cancel();
        }
    }
}

impl Drop for Leaving {
    fn drop(&mut self) {
        if let Self::Page { window, timer, shown } = self {
            window.clear_timeout_with_handle(*timer);
            let _ = window.remove_event_listener_with_callback(RESTORED, function(shown));
        }
    }
}

fn function(closure: &Closure<dyn FnMut(JsValue)>) -> &Function {
    closure.as_ref().unchecked_ref()
}

/// An authorizer address without the parameters that tie it to this login.
pub(super) fn without_states(address: &str) -> String {
    let (page, query, _) = url::split(address);
    let is_told = |pair: &&str| {
        let mut named = form::pairs(pair);
        named.next().is_none_or(|pair| !STATES.contains(&pair.name.as_ref()))
    };
    let told: Vec<&str> = query.unwrap_or_default().split('&').filter(is_told).collect();
    [page, "?", &told.join("&")].concat()
}

/// Removes an answer from the address bar; everything else stays.
pub(super) fn clean_address(redirect_uri: &str) {
    let here = page::location();
    let scrubbed = scrub(&here, redirect_uri);
    if scrubbed.changed
        && let Some(history) = web_sys::window().and_then(|window| window.history().ok())
    {
        let state = history.state().unwrap_or_default();
        let _ = history.replace_state_with_url(&state, "", Some(&scrubbed.cleaned));
    }
}
