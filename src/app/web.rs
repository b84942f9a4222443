//! Small parts of the web platform that only the demo app needs. Missing parts are ignored.

use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, HtmlElement};

pub(super) fn element(id: &str) -> Option<HtmlElement> {
    web_sys::window()?.document()?.get_element_by_id(id)?.dyn_into().ok()
}

/// Calls `handler` for each event `name` at the element `id`, as long as the page lives.
pub(super) fn on(id: &str, name: &str, handler: impl FnMut(Event) + 'static) {
    let Some(element) = element(id) else { return };
    let handler = Closure::<dyn FnMut(Event)>::new(handler);
    // The name is that of an event, and the element exists: this cannot fail.
    let _ = element.add_event_listener_with_callback(name, handler.as_ref().unchecked_ref());
    handler.forget();
}

/// Moves the focus once the view has been drawn.
pub(super) fn focus_soon(id: &'static str) {
    leptos::prelude::request_animation_frame(move || {
        if let Some(element) = element(id) {
            // If this fails, the focus stays.
            let _ = element.focus();
        }
    });
}

/// Copies text; `false` where the browser does not let this page do so.
pub(super) async fn copy(text: &str) -> bool {
    let Some(window) = web_sys::window() else { return false };
    // On insecure origins `clipboard` is undefined, whatever its type says.
    if !window.is_secure_context() {
        return false;
    }
    JsFuture::from(window.navigator().clipboard().write_text(text)).await.is_ok()
}

/// Milliseconds since the epoch.
#[allow(clippy::cast_possible_truncation)] // They fit in 53 bits for 285,000 years.
pub(super) fn now_ms() -> i64 {
    js_sys::Date::now() as i64
}

/// The address of the app: that of this page without the file name.
pub(super) fn base() -> String {
    let location = page_url();
    let path_end = location.rfind('/').map_or(location.len(), |at| at + 1);
    location.get(..path_end).unwrap_or_default().to_owned()
}

/// The address of this page without query and fragment.
pub(super) fn page_url() -> String {
    let location = pkce_login::browser::location();
    location.split(['?', '#']).next().unwrap_or_default().to_owned()
}

pub(super) fn origin() -> String {
    web_sys::window().and_then(|window| window.location().origin().ok()).unwrap_or_default()
}

/// Changes the address without loading anything and without a new entry in the session history.
pub(super) fn replace_address(url: &str) {
    if let Some(history) = web_sys::window().and_then(|window| window.history().ok()) {
        let state = history.state().unwrap_or_default();
        // If this fails, the address stays.
        let _ = history.replace_state_with_url(&state, "", Some(url));
    }
}

/// Whether this page is a secure context.
pub(super) fn is_secure() -> bool {
    web_sys::window().is_some_and(|window| window.is_secure_context())
}
