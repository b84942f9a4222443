//! When the page becomes active again: visible, online, or restored as it was.
//!
//! A timer for that moment would be late or lost: browsers hold the timers of hidden pages, and no timer runs while the
//! device sleeps.

use js_sys::Function;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use wasm_bindgen_futures::spawn_local;
use web_sys::EventTarget;

use super::platform::BrowserPlatform;
use crate::client::Session;

/// Keeps the session tokens fresh, and the session in step with other tabs, until the result is dropped.
#[must_use]
pub fn keep_fresh(session: &Session<BrowserPlatform>) -> KeepFresh {
    let session = session.clone();
    KeepFresh::new(move || {
        let session = session.clone();
        spawn_local(async move {
            // The session reports the result to its users; this call has no caller to tell.
            let _ = session.refresh_if_due().await;
        });
    })
}

/// Listens until it is dropped.
pub struct KeepFresh {
    targets: Vec<(EventTarget, &'static str)>,
    wake: Closure<dyn Fn()>,
}

impl KeepFresh {
    /// Calls `refresh_if_due` whenever this page becomes active again.
    #[must_use]
    pub fn new(wake: impl Fn() + 'static) -> Self {
        let wake = Closure::<dyn Fn()>::new(wake);
        let mut targets: Vec<(EventTarget, &'static str)> = Vec::new();
        if let Some(window) = web_sys::window() {
            if let Some(document) = window.document() {
                targets.push((document.into(), "visibilitychange"));
            }
            targets.push((window.clone().into(), "online"));
            targets.push((window.into(), "pageshow"));
        }
        let watched = Self { targets, wake };
        for (target, event) in &watched.targets {
            // A page that cannot listen renews its tokens when it uses them.
            let _ = target.add_event_listener_with_callback(event, watched.function());
        }
        watched
    }

    fn function(&self) -> &Function {
        self.wake.as_ref().unchecked_ref()
    }
}

impl Drop for KeepFresh {
    fn drop(&mut self) {
        for (target, event) in &self.targets {
            let _ = target.remove_event_listener_with_callback(event, self.function());
        }
    }
}
