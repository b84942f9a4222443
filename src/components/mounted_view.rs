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

/// The view that `build` makes of its base. It shows what `look` says, and follows what that reads.
pub(super) fn mounted_view(build: Build, model: ReadModel) -> impl IntoView {
    let owner = Owner::current().unwrap_or_default();
    let parts = Rc::new(RefCell::new(Some((build, model))));
    let begin = move |base: Element| {
        let Some((build, model)) = parts.borrow_mut().take() else { return };
        owner.with(|| {
            if let Ok(view) = build(base) {
                // Kept for as long as the component is.
                StoredValue::new_local(RenderEffect::new(move |_| view.paint(&model())));
            }
        });
    };
    html::div().attr("class", "pkce-base").attr("part", "base").directive(begin, ())
}

/// What is shown: the preview, if there is one, else what is so; and who is to be asked then.
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

/// The state now. Whoever calls this in a closure is called again when it changes.
fn now(auth: UseAuth) -> ViewState {
    auth.track();
    ViewState::of(&auth.auth().state())
}
