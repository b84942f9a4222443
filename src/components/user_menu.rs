//! Who is signed in, and the way out.

use std::cell::Cell;

use leptos::prelude::*;
use wasm_bindgen::JsValue;
use web_sys::Element;

use super::painted::{painted, source};
use crate::view::{self, Look, Person, Shown, Size, View, Words};

/// The name of the person and a button that signs out. It shows itself while somebody is signed in.
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
    words: Signal<Words>,
    /// A state to show without doing anything, for a style guide or a test.
    #[prop(optional, into)]
    preview: Option<Shown>,
) -> impl IntoView {
    let (shown, auth) = source(preview);
    let press = move || {
        if let Some(session) = auth.and_then(|auth| untrack(|| auth.session())) {
            session.logout();
        }
    };
    let look = move || {
        // Nothing but the person is this view's to show.
        let shown = Some(shown()).filter(Shown::is_signed_in).unwrap_or_default();
        Look { shown, words: words.get(), size, ..Look::default() }
    };
    painted(Box::new(move |base| build(base, press)), Box::new(look))
}

fn build(base: Element, press: impl Fn() + 'static) -> Result<View, JsValue> {
    let (person, note) = (Person::new(press)?, view::note()?);
    let row = view::row(&[&*person.element])?;
    base.append_with_node_2(&row, &note)?;
    Ok(View { base, button: None, person: Some(person), note, failure: None, was_signed_in: Cell::default() })
}
