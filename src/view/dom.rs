//! Elements of the page.

use wasm_bindgen::prelude::Closure;
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{Document, Element, Node};

/// An element with these attributes and children.
pub(crate) fn make(tag: &str, attributes: &[(&str, &str)], children: &[&Node]) -> Result<Element, JsValue> {
    let element = document()?.create_element(tag)?;
    for (name, value) in attributes {
        element.set_attribute(name, value)?;
    }
    for child in children {
        element.append_child(child)?;
    }
    Ok(element)
}

pub(super) fn document() -> Result<Document, JsValue> {
    web_sys::window().and_then(|window| window.document()).ok_or(JsValue::UNDEFINED)
}

/// Sets an attribute, or removes it.
pub(crate) fn set(element: &Element, name: &str, value: Option<&str>) {
    // The names are fixed and valid.
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

/// Sets or removes an attribute without a value.
pub(crate) fn flag(element: &Element, name: &str, is_on: bool) {
    set(element, name, is_on.then_some(""));
}

/// Writes a text only if it is new: a screen reader would read the same text again.
pub(crate) fn write(node: &Node, text: &str) {
    if node.text_content().as_deref() != Some(text) {
        node.set_text_content(Some(text));
    }
}

/// Calls `then` at each event, as long as the element exists.
pub(super) fn on(element: &Element, event: &str, then: impl Fn() + 'static) -> Result<(), JsValue> {
    let then = Closure::<dyn Fn()>::new(then).into_js_value();
    element.add_event_listener_with_callback(event, then.unchecked_ref())
}
