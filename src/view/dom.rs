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

/// An attribute, or none of that name.
pub(crate) fn set(element: &Element, name: &str, value: Option<&str>) {
    // The names are ours and right.
    let _ = match value {
        Some(value) => element.set_attribute(name, value),
        None => element.remove_attribute(name),
    };
}

/// An attribute without a value.
pub(crate) fn flag(element: &Element, name: &str, is_on: bool) {
    set(element, name, is_on.then_some(""));
}

/// The same text again would be read out again.
pub(crate) fn write(node: &Node, text: &str) {
    if node.text_content().as_deref() != Some(text) {
        node.set_text_content(Some(text));
    }
}

/// Calls `then` at each event, for as long as the element is there.
pub(super) fn on(element: &Element, event: &str, then: impl Fn() + 'static) -> Result<(), JsValue> {
    let then = Closure::<dyn Fn()>::new(then).into_js_value();
    element.add_event_listener_with_callback(event, then.unchecked_ref())
}
