//! Takes an answer that arrived at a page of the app, as the callback page does: the address first.

use std::cell::Cell;

use js_sys::{Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{BroadcastChannel, MessageEvent, Url, Window};

use super::page;
use super::platform::BrowserPlatform;
use super::store;
use super::worker::text;
use crate::client::ports::Entropy as _;
use crate::client::{ANSWER_BODY_KEY, ANSWER_KEY, Arrival, BY_APP_ADVICE, BY_APP_KEY, arrival, child_window_key};
use crate::protocol::base64url;

/// How long a page may take to confirm that it has the answer, in milliseconds.
const UNHEARD: i32 = 5_000;

/// How long a popup may take to close, in milliseconds.
const CLOSING: i32 = 500;

const GONE: &str = "The page that asked is gone. Close this window and start again.";
const TAKEN: &str = "The app has the answer. You can close this window.";

thread_local! {
    /// The result of `is_elsewhere` after its first call.
    static IS_ELSEWHERE: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Takes the answer out of the address, at the first call only. `true` if this page has nothing more to do: the browser
/// leaves for the page that the login returns to, or this is a popup or frame that passed its answer on.
pub(super) fn is_elsewhere() -> bool {
    IS_ELSEWHERE.get().unwrap_or_else(|| {
        let is_elsewhere = take().unwrap_or(false);
        IS_ELSEWHERE.set(Some(is_elsewhere));
        is_elsewhere
    })
}

/// `None` if the browser refuses a step; the answer is then not taken.
fn take() -> Option<bool> {
    let window = web_sys::window()?;
    let address = page::location();
    let Some(Arrival { state, redirect_uri, return_to }) = arrival(&BrowserPlatform, &address) else {
        advise();
        return Some(false);
    };
    let history = window.history().ok()?;
    let own = history.state().unwrap_or_default();
    history.replace_state_with_url(&own, "", Some(&redirect_uri)).ok()?;
    let storage = store::tab().ok()?;
    let Some(return_to) = return_to else {
        let _ = storage.remove_item(&child_window_key(&state));
        announce(&window, &address)?;
        return Some(true);
    };
    storage.set_item(ANSWER_KEY, &address).ok()?;
    let _ = storage.remove_item(ANSWER_BODY_KEY);
    let _ = storage.set_item(BY_APP_KEY, "1");
    Some(leave(&window, &return_to))
}

/// Goes to the page that the login returns to; `false` if that is this page.
fn leave(window: &Window, return_to: &str) -> bool {
    let location = window.location();
    let origin = location.origin().unwrap_or_default();
    let here = page::location();
    // Resolved as the browser resolves it, and compared as text: "/\t/elsewhere" is another site, too.
    let resolved = Url::new_with_base(return_to, &origin).map(|url| url.href()).unwrap_or_default();
    let is_ours = resolved.strip_prefix(&*origin).is_some_and(|path| path.starts_with('/'));
    let place = if is_ours { resolved } else { [&*origin, "/"].concat() };
    let is_here = place == here;
    // A fragment of this page: the browser does not load the page again.
    let is_within = place.split_once('#').is_some_and(|(page, _)| page == here);
    if !is_here && location.replace(&place).is_ok() && !is_within {
        return true;
    }
    advise();
    false
}

/// Tells the developer in the console what to change: once, and on the page that stays.
fn advise() {
    let Ok(storage) = store::tab() else { return };
    if matches!(storage.get_item(BY_APP_KEY), Ok(Some(_))) {
        let _ = storage.remove_item(BY_APP_KEY);
        web_sys::console::warn_1(&BY_APP_ADVICE.into());
    }
}

/// Sends the answer to the page that opened this popup or frame.
fn announce(window: &Window, address: &str) -> Option<()> {
    let origin = window.location().origin().ok()?;
    let channel = BroadcastChannel::new(ANSWER_KEY).ok()?;
    let mut octets = [0; 16];
    BrowserPlatform.fill(&mut octets).ok()?;
    let id = base64url::encode(&octets);
    let message = Object::new();
    let members = [("id", JsValue::from(&id)), ("address", address.into()), ("byApp", true.into())];
    for (name, value) in &members {
        Reflect::set(&message, &(*name).into(), value).ok()?;
    }
    let unheard = say_in(window, GONE, UNHEARD);
    let told = {
        let window = window.clone();
        Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if event.origin() != origin || text(&event.data(), "taken") != id {
                return;
            }
            if let Some(unheard) = unheard {
                window.clear_timeout_with_handle(unheard);
            }
            let _ = window.close();
            // The browser may refuse to close the popup.
            say_in(&window, TAKEN, CLOSING);
        })
    };
    channel.set_onmessage(Some(told.as_ref().unchecked_ref()));
    // Lives as long as this page.
    told.forget();
    channel.post_message(&message).ok()
}

/// Replaces the page content with this text, after `after` milliseconds.
fn say_in(window: &Window, words: &'static str, after: i32) -> Option<i32> {
    let document = window.document()?;
    let say = Closure::once_into_js(move || {
        let Some(body) = document.body() else { return };
        let Ok(note) = document.create_element("p") else { return };
        let _ = note.set_attribute("role", "status");
        note.set_text_content(Some(words));
        body.set_text_content(None);
        let _ = body.append_child(&note);
    });
    window.set_timeout_with_callback_and_timeout_and_arguments_0(say.unchecked_ref(), after).ok()
}
