//! A login in a popup, so that the app stays as it is.
//!
//! The answer comes over a channel of this origin. The page only watches the popup, and with care: an authorizer that
//! isolates itself (`Cross-Origin-Opener-Policy`) makes an open popup look closed.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Window;

use super::answer::Answer;
use super::callback_channel::{self, NoChannel};
use super::page;
use crate::client::{child_window_key, child_window_record};
use crate::protocol::authorization_request::StartedLogin;
use crate::protocol::explain::explained_errors;
use crate::protocol::pending_login::PendingLogin;
use crate::protocol::url::AbsoluteUrl;

/// The size of the popup, where the browser opens a window and not a tab.
const FEATURES: &str = "popup,width=480,height=640";

/// How close together the popup closes and the person comes back, in milliseconds. An authorizer that isolates itself
/// makes the popup look closed while the person is still there.
const TOGETHER: f64 = 1_500.0;

/// How long an answer may still arrive after the popup closed, in milliseconds.
const GRACE: f64 = 1_500.0;

/// How long the person is back before a possibly open popup counts as closed, in milliseconds.
const LEFT: f64 = 20_000.0;

explained_errors! {
    /// Why a popup brought no answer.
    PopupError {
        Blocked = "popup_blocked": "The browser did not open a window for the sign-in.", "It blocks windows on this page, or the button was not pressed just now.", "Allow windows for this site, or sign in without one.";
        Closed = "popup_closed": "The sign-in window was closed before the sign-in was complete.", "Nothing was sent.", "Start again if you still want to sign in.";
        Cancelled = "popup_cancelled": "The sign-in was cancelled.", "Nothing was sent. An answer that comes later is not used.", "Start again if you still want to sign in.";
        TimedOut = "popup_timed_out": "No answer came from the sign-in window in time.", "A request ends after ten minutes.", "Start again.";
        Unavailable = "popup_unavailable": "This browser has no channel between a page and its sign-in window.", "The answer could not reach this page, so the window was closed.", "Sign in without a window.";
        AddressRefused = "popup_address_refused": "The sign-in address is not usable.", "Opening it could run a script.", "Check the metadata of the authorizer.";
    }
}

impl From<NoChannel> for PopupError {
    fn from(_: NoChannel) -> Self {
        Self::Unavailable
    }
}

/// A popup for one login. If this is dropped before the popup goes anywhere, the popup closes.
pub struct Popup {
    window: Window,
    cancelled: Rc<Cell<bool>>,
}

/// Cancels a popup login from elsewhere, for example from a button beside the "waiting" of the page.
#[derive(Clone)]
pub struct Cancel(Rc<Cell<bool>>);

impl Cancel {
    /// Makes [`Popup::ask`] end with [`PopupError::Cancelled`].
    pub fn cancel(&self) {
        self.0.set(true);
    }
}

/// Opens an empty popup. Call it in the click handler, before the first `await`: later, the browser takes it for an
/// advertisement.
///
/// # Errors
/// [`PopupError::Blocked`]; then sign in without a popup.
pub fn open() -> Result<Popup, PopupError> {
    let here = web_sys::window().ok_or(PopupError::Blocked)?;
    let opened = here.open_with_url_and_target_and_features("", "_blank", FEATURES);
    let window = opened.ok().flatten().ok_or(PopupError::Blocked)?;
    Ok(Popup::adopt(window))
}

impl Popup {
    /// A popup that a script of the page opened directly in the click handler, empty and only for this.
    #[must_use]
    pub fn adopt(window: Window) -> Self {
        // The authorizer page must not be able to navigate this page.
        let _ = window.set_opener(&JsValue::NULL);
        Self { window, cancelled: Rc::default() }
    }

    /// Goes to the authorizer in the popup and waits for the answer. The request must be made for a popup.
    ///
    /// It ends in every case: with the answer, when the person closes the popup, when [`Cancel`] is used, or after ten
    /// minutes. If the authorizer isolates itself, the page cannot see the popup any more: it counts as closed when the
    /// person has been back on this page for twenty seconds.
    ///
    /// # Errors
    /// [`PopupError`].
    pub async fn ask(&self, started: &StartedLogin) -> Result<Answer, PopupError> {
        if AbsoluteUrl::parse(&started.url).is_err() {
            return Err(PopupError::AddressRefused);
        }
        let presence = Presence::watch().ok_or(PopupError::Unavailable)?;
        let began = page::moment();
        let mut closed_at: Option<f64> = None;
        let start = || {
            self.mark(&started.pending);
            self.window.location().replace(&started.url).map_err(|_| PopupError::Closed)
        };
        let given_up = || {
            let now = page::moment();
            if self.cancelled.get() {
                return Some(PopupError::Cancelled);
            }
            #[allow(clippy::cast_precision_loss)] // Ten minutes.
            if now - began > PendingLogin::MAX_AGE as f64 * 1000.0 {
                return Some(PopupError::TimedOut);
            }
            if !self.window.closed().unwrap_or(true) {
                return None;
            }
            let closed_at = *closed_at.get_or_insert(now);
            let back_at = presence.back_at()?;
            let is_left = if (back_at - closed_at).abs() <= TOGETHER {
                now - closed_at > GRACE && now - back_at > GRACE
            } else {
                now - back_at > LEFT
            };
            is_left.then_some(PopupError::Closed)
        };
        callback_channel::answer(started.pending.state.expose(), start, given_up).await
    }

    /// Marks in the popup storage what it was opened for: where the app answers the redirect URI, the popup must not
    /// continue as the app.
    fn mark(&self, pending: &PendingLogin) {
        // If storage is blocked, only the callback page can take the answer.
        if let Ok(Some(storage)) = self.window.session_storage() {
            let _ = storage.set_item(&child_window_key(pending.state.expose()), &child_window_record(pending));
        }
    }

    /// A handle that cancels the login.
    #[must_use]
    pub fn canceller(&self) -> Cancel {
        Cancel(Rc::clone(&self.cancelled))
    }
}

impl Drop for Popup {
    fn drop(&mut self) {
        // This page no longer needs the popup. At the authorizer, neither can reach the other: there the callback page
        // says that no page waits, or closes the popup.
        let _ = self.window.close();
    }
}

/// When the person came back to this window, as far as the browser says.
struct Presence {
    window: Window,
    back_at: Rc<Cell<Option<f64>>>,
    on_event: Closure<dyn FnMut(web_sys::Event)>,
}

const EVENTS: [&str; 3] = ["focus", "blur", "visibilitychange"];

impl Presence {
    fn watch() -> Option<Self> {
        let window = web_sys::window()?;
        let document = window.document()?;
        let back_at = Rc::new(Cell::new(None));
        let on_event = Closure::<dyn FnMut(web_sys::Event)>::new({
            let back_at = Rc::clone(&back_at);
            move |event: web_sys::Event| {
                let left = event.type_() == "blur" || document.hidden();
                back_at.set((!left).then(page::moment));
            }
        });
        for event in EVENTS {
            // In the capture phase, so that this also hears the `visibilitychange` of the document.
            window.add_event_listener_with_callback_and_bool(event, on_event.as_ref().unchecked_ref(), true).ok()?;
        }
        Some(Self { window, back_at, on_event })
    }

    fn back_at(&self) -> Option<f64> {
        self.back_at.get()
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        for event in EVENTS {
            let listener = self.on_event.as_ref().unchecked_ref();
            let _ = self.window.remove_event_listener_with_callback_and_bool(event, listener, true);
        }
    }
}
