//! Colours: as the system has them, or as the person chose.

use gloo_storage::{LocalStorage, Storage as _};
use leptos::prelude::*;

use super::setup::local_storage_blocked;

const KEY: &str = "pkce-login.theme";
const THEMES: [(&str, &str); 3] = [("system", "System"), ("light", "Light"), ("dark", "Dark")];

#[component]
pub(super) fn ThemeChoice() -> impl IntoView {
    let kept = if local_storage_blocked() { None } else { LocalStorage::get::<String>(KEY).ok() };
    let theme = RwSignal::new(kept.unwrap_or_else(|| "system".to_owned()));
    Effect::new(move || {
        let root = web_sys::window().and_then(|window| window.document()?.document_element());
        if let Some(root) = root {
            // The attribute is ours and plain text: setting it cannot fail.
            let _ = root.set_attribute("data-theme", &theme.get());
        }
    });
    let choose = move |event| {
        let chosen = event_target_value(&event);
        if !local_storage_blocked() {
            let _ = LocalStorage::set(KEY, &chosen);
        }
        theme.set(chosen);
    };
    view! {
        <label class="theme">
            "Colours"
            <select on:change=choose>
                {THEMES
                    .map(|(value, words)| view! { <option value=value selected=move || theme.get() == value>{words}</option> })}
            </select>
        </label>
    }
}
