//! A login in a hidden frame, for `prompt=none`: signed in there already, or an error, and nothing to be seen.
//!
//! Where the browser keeps a site's cookies apart in frames, the authorizer of another site never knows anybody there
//! and answers `login_required`. So this is a shortcut where it works, not a way to stay signed in.

use wasm_bindgen::JsCast as _;
use web_sys::{Document, HtmlIFrameElement};

use super::answer::Answer;
use super::callback_channel::{self, NoChannel};
use super::page;
use super::store;
use crate::client::{child_window_key, child_window_record};
use crate::protocol::authorization_request::StartedLogin;
use crate::protocol::explain::explained_errors;
use crate::protocol::pending_login::PendingLogin;
use crate::protocol::url::AbsoluteUrl;

/// How long an answer is waited for, in milliseconds.
const TIME_LIMIT: f64 = 10_000.0;

explained_errors! {
    /// Why a hidden frame brought no answer.
    FrameError {
        TimedOut = "frame_timed_out": "The authorizer did not answer in a hidden frame.", "It does not let itself be framed, it wants to show a page, or it is slow. Nobody can tell which.", "Sign in with a visible page.";
        Unavailable = "frame_unavailable": "This page cannot use a hidden frame.", "The browser has no channel between pages here, or the page has no body yet.", "Sign in with a visible page.";
        AddressRefused = "frame_address_refused": "The address to sign in at is not usable.", "Opening it could run a script instead of a page.", "Check the authorizer's description.";
    }
}

impl From<NoChannel> for FrameError {
    fn from(_: NoChannel) -> Self {
        Self::Unavailable
    }
}

/// Takes the frame away, whatever became of it.
struct Removed(HtmlIFrameElement);

impl Drop for Removed {
    fn drop(&mut self) {
        self.0.remove();
    }
}

/// Has the frame know what it was opened for, as long as its answer is waited for: it has the storage of this tab.
struct Marked(Option<web_sys::Storage>, String);

impl Marked {
    fn new(pending: &PendingLogin) -> Self {
        let (storage, key) = (store::tab().ok(), child_window_key(pending.state.expose()));
        if let Some(storage) = &storage {
            let _ = storage.set_item(&key, &child_window_record(pending));
        }
        Self(storage, key)
    }
}

impl Drop for Marked {
    fn drop(&mut self) {
        if let Some(storage) = &self.0 {
            let _ = storage.remove_item(&self.1);
        }
    }
}

/// Opens the request in a hidden frame and waits for its answer, ten seconds at most. The request must have been
/// begun for a frame and with `prompt=none` (OpenID Connect Core, section 3.1.2.1).
///
/// The page's policy must allow the authorizer and its own callback page in `frame-src`, and the callback page must
/// be allowed in a frame of its own origin.
///
/// # Errors
/// [`FrameError`]. An authorizer that refuses to be framed is one that does not answer: the browser does not say.
pub async fn ask(started: &StartedLogin) -> Result<Answer, FrameError> {
    if AbsoluteUrl::parse(&started.url).is_err() {
        return Err(FrameError::AddressRefused);
    }
    let document = web_sys::window().and_then(|window| window.document()).ok_or(FrameError::Unavailable)?;
    let frame = Removed(hidden(&document).ok_or(FrameError::Unavailable)?);
    let _marked = Marked::new(&started.pending);
    let began = page::moment();
    let start = || {
        frame.0.set_src(&started.url);
        let body = document.body().ok_or(FrameError::Unavailable)?;
        body.append_child(&frame.0).map(drop).map_err(|_| FrameError::Unavailable)
    };
    let given_up = || (page::moment() - began > TIME_LIMIT).then_some(FrameError::TimedOut);
    callback_channel::answer(started.pending.state.expose(), start, given_up).await
}

fn hidden(document: &Document) -> Option<HtmlIFrameElement> {
    let frame: HtmlIFrameElement = document.create_element("iframe").ok()?.dyn_into().ok()?;
    let attributes = [
        // Nothing in it may take this page's place. The callback page has to be of this origin, though, and the
        // authorizer may hand the answer over with a form.
        ("sandbox", "allow-scripts allow-same-origin allow-forms"),
        ("referrerpolicy", "no-referrer"),
        ("hidden", ""),
        ("aria-hidden", "true"),
        ("tabindex", "-1"),
        ("title", "Sign-in without a page"),
    ];
    for (name, value) in attributes {
        frame.set_attribute(name, value).ok()?;
    }
    Some(frame)
}
