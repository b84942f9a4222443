//! The demo app. It shows what really happened: every step is filled from requests that were made and
//! answers that were judged, never from a script.

// The component macro writes `pub` where a private module would say `pub(super)`.
#![allow(unreachable_pub)]

mod built_in;
mod controller;
mod curl;
mod exchange;
mod inspector;
mod json_view;
mod platform;
mod problem;
mod record;
mod replay;
mod run_page;
mod setup;
mod setup_form;
mod setup_view;
mod state;
mod step_list;
mod steps;
mod theme;
mod tokens;
mod web;

use leptos::prelude::*;

use run_page::RunPage;
use state::App;
use theme::ThemeChoice;

/// Takes the page over from its static text.
pub(crate) fn start() {
    let Some(root) = web::element("app") else { return };
    // Somebody who pressed the button before the app was there should not have to press it again.
    let pressed_early = root.has_attribute("data-pressed");
    root.set_inner_html("");
    let app = App::new();
    leptos::mount::mount_to(root, move || view! { <Page app /> }).forget();
    controller::resume(app, pressed_early);
}

#[component]
fn Page(app: App) -> impl IntoView {
    view! {
        <header class="top">
            <a class="brand" href="./">
                <svg aria-hidden="true" viewBox="0 0 16 16" width="20" height="20">
                    <path d="M5 1a4 4 0 1 0 3.9 5H10v2h2V6h3V4H8.9A4 4 0 0 0 5 1zm0 2.5a1.5 1.5 0 1 1 0 3 1.5 1.5 0 0 1 0-3z" />
                </svg>
                "pkce-login"
            </a>
            <ThemeChoice />
        </header>
        <main>
            <RunPage app />
        </main>
        <footer class="bottom">
            <details>
                <summary>"What is stored in this browser"</summary>
                <ul>
                    <li>"In this tab, until you close it: the login that is under way, with its secret, for ten minutes; the authorizer's description and keys; the steps of the last run up to the redirect."</li>
                    <li>"In this browser: the authorizers that you added, the colours you chose, and the built-in authorizer's own records."</li>
                    <li>"Tokens: in memory only. Reloading the page forgets them."</li>
                </ul>
                <button type="button" class="plain" on:click=move |_| controller::forget_everything(app)>
                    "Remove all of it"
                </button>
            </details>
            <p>"No analytics. No server of ours."</p>
        </footer>
    }
}
