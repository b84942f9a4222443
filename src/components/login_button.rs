//! The button that signs in.

use std::cell::Cell;

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::mounted_view::{mounted_view, source};
use super::use_auth::{AuthState, UseAuth};
use crate::view::{self, Button, Labels, Mode, Size, Variant, View, ViewModel, ViewState};

/// A button that signs in, and reports the result: `<LoginButton>"Log in"</LoginButton>`.
///
/// It shows only while no person is signed in, and needs no gate: a gate would remove it, with the keyboard focus,
/// while the client checks the answer. Only `src/element/element.css` styles it, and its size never changes.
///
/// # Panics
/// Outside of an [`AuthProvider`](super::AuthProvider), unless it is a `preview`.
#[component]
pub fn LoginButton(
    /// The label, in place of `labels.sign_in`.
    #[prop(optional)]
    children: Option<Children>,
    /// The label as a text, where there are no children.
    #[prop(optional, into)]
    label: Signal<String>,
    /// How prominent it is.
    #[prop(optional)]
    variant: Variant,
    /// How tall it is.
    #[prop(optional)]
    size: Size,
    /// Where the person signs in.
    #[prop(optional)]
    mode: Mode,
    /// Whether it is disabled.
    #[prop(optional, into)]
    disabled: Signal<bool>,
    /// The texts.
    #[prop(optional, into)]
    labels: Signal<Labels>,
    /// A state to show without doing anything, for a style guide or a test.
    #[prop(optional, into)]
    preview: Option<ViewState>,
) -> impl IntoView {
    let (state, auth) = source(preview);
    let press = move || {
        if let Some(AuthState::SignedOut(guest)) = auth.map(|auth| untrack(|| auth.state())) {
            match mode {
                Mode::Redirect => guest.login(),
                Mode::Popup => guest.login_in_popup(),
            }
        }
    };
    let model = move || ViewModel {
        state: state(),
        labels: labels.get(),
        variant,
        size,
        mode,
        is_disabled: disabled.get(),
        label: Some(label.get()).filter(|label| !label.is_empty()),
    };
    let near = move || {
        if let Some(auth) = auth.and_then(UseAuth::try_auth) {
            auth.prepare();
        }
    };
    let build = move |base| {
        let view = build(base, children, press)?;
        view.button.iter().try_for_each(|button| button.on_near(near))?;
        Ok(view)
    };
    mounted_view(Box::new(build), Box::new(model))
}

fn build(base: Element, children: Option<Children>, press: impl Fn() + 'static) -> Result<View, JsValue> {
    let button = match children {
        None => {
            let text = view::text()?;
            Button::new(&view::label(&[&text])?, Some(text), press)?
        }
        Some(children) => {
            let label = view::label(&[])?;
            let mut content = children().build();
            content.mount(&label, None);
            // Lives as long as the component.
            StoredValue::new_local(content);
            Button::new(&label, None, press)?
        }
    };
    let (note, failure) = (view::note()?, view::failure()?);
    let row = view::row(&[&*button.element])?;
    base.append_with_node_3(&row, &note, &failure)?;
    Ok(View { base, button: Some(button), person: None, note, failure: Some(failure), was_signed_in: Cell::default() })
}
