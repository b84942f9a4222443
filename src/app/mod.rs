//! The demo app. It shows what really happened: every step is filled from real requests and judged responses, never
//! from a script.

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
mod run_error;
mod run_page;
mod setup;
mod setup_form;
mod setup_view;
mod state;
mod step_list;
mod steps;
mod storage;
mod theme;
mod tokens;
mod web;

use leptos::prelude::*;

use run_page::RunPage;
use state::App;

/// Takes the page over from its static text; header and footer stay as they are.
pub(crate) fn start() {
    let Some(root) = web::element("app") else { return };
    // A press before the app was ready counts: the person need not press again.
    let pressed_early = root.has_attribute("data-pressed");
    root.set_inner_html("");
    let app = App::new();
    leptos::mount::mount_to(root, move || view! { <RunPage app /> }).forget();
    theme::start();
    web::on("forget", "click", move |_| controller::forget_everything(app));
    controller::resume(app, pressed_early);
}
