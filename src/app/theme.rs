//! Colours: those of the system, or those that the person chose.

use wasm_bindgen::JsCast as _;
use web_sys::HtmlSelectElement;

use super::storage::{self, THEME_KEY};
use super::web;

/// Shows the choice of the last visit and follows the next one.
pub(super) fn start() {
    let Some(select) = web::element("theme").and_then(|element| element.dyn_into::<HtmlSelectElement>().ok()) else {
        return;
    };
    if let Some(chosen) = storage::get(THEME_KEY) {
        select.set_value(&chosen);
    }
    apply(&select.value());
    web::on("theme", "change", move |_| {
        storage::set(THEME_KEY, &select.value());
        apply(&select.value());
    });
}

fn apply(theme: &str) {
    let root = web_sys::window().and_then(|window| window.document()?.document_element());
    if let Some(root) = root {
        // The attribute is ours and plain text: setting it cannot fail.
        let _ = root.set_attribute("data-theme", theme);
    }
}
