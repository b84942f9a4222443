//! A view of [`crate::view`] as a part of a Leptos view.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::attr::custom::CustomAttribute as _;
use leptos::html;
use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::provider::{try_use_auth, use_auth};
use super::use_auth::UseAuth;
use crate::view::{View, ViewModel, ViewState};

type Build = Box<dyn FnOnce(Element) -> Result<View, JsValue>>;
type ReadModel = Box<dyn Fn() -> ViewModel>;

/// The view that `build` creates in its base. It shows what `model` returns, and follows its signals.
pub(super) fn mounted_view(build: Build, model: ReadModel) -> impl IntoView {
    let owner = Owner::current().unwrap_or_default();
    let parts = Rc::new(RefCell::new(Some((build, model))));
    let begin = move |base: Element| {
        let Some((build, model)) = parts.borrow_mut().take() else { return };
        owner.with(|| {
            if let Ok(view) = build(base) {
                // Lives as long as the component.
                StoredValue::new_local(RenderEffect::new(move |_| view.paint(&model())));
            }
        });
    };
    html::div().attr("class", "pkce-base").attr("part", "base").directive(begin, ())
}

/// The preview, or else the real state; and the handle for presses, if there is no preview.
pub(super) fn source(preview: Option<ViewState>) -> (impl Fn() -> ViewState + 'static, Option<UseAuth>) {
    let auth = if preview.is_some() { try_use_auth() } else { Some(use_auth()) };
    let asked = auth.filter(|_| preview.is_none());
    let state = move || match (&preview, auth) {
        (Some(preview), _) => preview.clone(),
        (None, Some(auth)) => now(auth),
        (None, None) => ViewState::Idle,
    };
    (state, asked)
}

/// The current state. A closure that calls this runs again when the state changes.
fn now(auth: UseAuth) -> ViewState {
    auth.track();
    ViewState::of(&auth.auth().state())
}
