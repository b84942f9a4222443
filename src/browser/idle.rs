//! Work for an idle page.

use js_sys::{Function, Object, Reflect};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Window;

/// The delay where the browser does not report idle time, in milliseconds.
const SOON: i32 = 200;

/// The longest wait for an idle moment, in milliseconds.
const LATEST: i32 = 2000;

/// Calls `work` once, when this page is loaded and idle. Never if the person asks the browser to save data.
pub(super) fn when_idle(work: Box<dyn FnOnce()>) {
    let Some(window) = web_sys::window() else { return };
    if saves_data(&window) {
        return;
    }
    let work: Function = Closure::once_into_js(work).unchecked_into();
    if window.document().is_some_and(|document| document.ready_state() == "complete") {
        soon(&window, &work);
        return;
    }
    let page = window.clone();
    let loaded: Function = Closure::once_into_js(move || soon(&page, &work)).unchecked_into();
    // A page that cannot listen does the work when it is needed.
    let _ = window.add_event_listener_with_callback("load", &loaded);
}

fn soon(window: &Window, work: &Function) {
    // Some browsers do not have it.
    let when_idle = Reflect::get(window, &"requestIdleCallback".into()).and_then(JsValue::dyn_into::<Function>);
    let _ = match when_idle {
        Ok(when_idle) => {
            let options = Object::new();
            // A page that is never idle does the work all the same.
            let _ = Reflect::set(&options, &"timeout".into(), &LATEST.into());
            when_idle.call2(window, work, &options).map(drop)
        }
        Err(_) => window.set_timeout_with_callback_and_timeout_and_arguments_0(work, SOON).map(drop),
    };
}

fn saves_data(window: &Window) -> bool {
    let member = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).unwrap_or_default();
    let connection = member(&window.navigator(), "connection");
    connection.is_object() && member(&connection, "saveData").is_truthy()
}
