//! The name of the person, and sign-out.

use std::cell::Cell;

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::mounted_view::{mounted_view, source};
use crate::view::{self, Labels, Person, Size, View, ViewModel, ViewState};

/// The name of the person and a button that signs out. It shows only while a person is signed in.
///
/// # Panics
/// Outside of an [`AuthProvider`](super::AuthProvider), unless it is a `preview`.
#[component]
pub fn UserMenu(
    /// How tall the button is.
    #[prop(optional)]
    size: Size,
    /// The texts.
    #[prop(optional, into)]
    labels: Signal<Labels>,
    /// A state to show without doing anything, for a style guide or a test.
    #[prop(optional, into)]
    preview: Option<ViewState>,
) -> impl IntoView {
    let (state, auth) = source(preview);
    let press = move || {
        if let Some(session) = auth.and_then(|auth| untrack(|| auth.session())) {
            session.logout();
        }
    };
    let model = move || {
        // This view shows only the person.
        let state = Some(state()).filter(ViewState::is_signed_in).unwrap_or_default();
        ViewModel { state, labels: labels.get(), size, ..ViewModel::default() }
    };
    mounted_view(Box::new(move |base| build(base, press)), Box::new(model))
}

fn build(base: Element, press: impl Fn() + 'static) -> Result<View, JsValue> {
    let (person, note) = (Person::new(press)?, view::note()?);
    let row = view::row(&[&*person.element])?;
    base.append_with_node_2(&row, &note)?;
    Ok(View { base, button: None, person: Some(person), note, failure: None, was_signed_in: Cell::default() })
}
