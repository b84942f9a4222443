//! A failure in three sentences, with the full text from the authorizer.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;

use super::run_error::RunError;
use super::web;

/// Names of the setting that lets a page call an authorizer, by vendor.
const CORS_SETTINGS: &str = "Keycloak: Web origins. dex: web.allowedOrigins. Entra ID: platform type Single-page \
    application. Okta: Trusted Origins. oidc-provider: clientBasedCORS.";

#[component]
pub(super) fn Problem(error: RunError) -> impl IntoView {
    let role = if error.neutral { "status" } else { "alert" };
    let class = if error.neutral { "problem neutral" } else { "problem" };
    let says = error.says.map(|words| {
        view! { <p class="says">"The authorizer says: " <q>{words}</q></p> }
    });
    // The parser of the protocol accepted this address.
    let link = error.link.map(|url| {
        view! { <p><a href=url.clone() rel="noreferrer noopener" target="_blank">{url.clone()}</a></p> }
    });
    let origin = error.is_cors.then(|| {
        view! {
            <p>"The origin to add: " <code>{web::origin()}</code> " " <CopyButton text=Arc::new(|| (web::origin(), COPIED)) label="Copy" /></p>
            <p class="small">{CORS_SETTINGS}</p>
        }
    });
    view! {
        <div id="problem" class=class role=role>
            <p class="happened">{error.texts.happened}</p>
            <p>{error.texts.means}</p>
            <p>{error.texts.to_do}</p>
            {origin}
            {says}
            {link}
            <p class="small">"Code: " <code>{error.code}</code></p>
        </div>
    }
}

/// The status after a copy that needs no further words.
pub(super) const COPIED: &str = "Copied.";

/// A button that copies, and says whether it did.
#[component]
pub(super) fn CopyButton(
    /// The text to copy and the status to show; called when the button is pressed.
    text: Arc<dyn Fn() -> (String, &'static str) + Send + Sync>,
    label: &'static str,
) -> impl IntoView {
    let said = RwSignal::new("");
    let press = move |_| {
        let (text, copied) = text();
        spawn_local(async move {
            let done = web::copy(&text).await;
            said.set(if done { copied } else { "This browser does not let the page copy. Select the text instead." });
        });
    };
    view! {
        <button type="button" class="plain" on:click=press>{label}</button>
        <span role="status" class="small">{said}</span>
    }
}
