//! The main screen: run the flow and look at every step of it.

use leptos::prelude::*;

use super::controller;
use super::problem::Problem;
use super::setup_view::SetupView;
use super::state::{App, Stage};
use super::step_list::StepList;
use super::tokens::{Notices, Tokens};
use super::web;

#[component]
pub(super) fn RunPage(app: App) -> impl IntoView {
    let busy = move || app.stage.with(|stage| matches!(stage, Stage::Preparing | Stage::Leaving | Stage::Returning));
    let label = move || {
        app.stage.with(|stage| match stage {
            Stage::Preparing => "Getting ready…",
            Stage::Leaving => "Opening the authorizer…",
            Stage::Returning => "Finishing…",
            Stage::Fresh => "Run the flow",
            _ => "Run the flow again",
        })
    };
    view! {
        <h1>"Sign in without a server, one step at a time"</h1>
        <p class="lead">
            "This page is the app. It makes a one-time secret, sends you to an authorizer, and exchanges the code it \
            gets back for tokens. Everything runs in this browser tab."
        </p>
        <div class="actions">
            <button
                type="button"
                id="run"
                class="primary"
                aria-disabled=move || busy().to_string()
                on:click=move |_| controller::run(app)
            >
                {label}
            </button>
        </div>
        {(!web::is_secure())
            .then(|| {
                view! {
                    <p class="note">
                        "This page is open over plain http, so the built-in authorizer, copying and signature checks \
                        are not available. They need https or localhost."
                    </p>
                }
            })}
        <SetupView app />
        <Result app />
        <Notices app />
        <section class="flow" aria-labelledby="flow-title">
            <div class="flow-head">
                <h2 id="flow-title">"Flow"</h2>
                <p class="small">{move || app.facts.with(|facts| facts.elapsed).map(|ms| format!("8 steps, {ms} ms from the answer to the end"))}</p>
            </div>
            <StepList app />
        </section>
        {move || {
            app.session().map(|session| {
                let session = StoredValue::new_local(session);
                view! { <Tokens app session /> }
            })
        }}
    }
}

/// The result of the run. The focus moves here when the browser is back.
#[component]
fn Result(app: App) -> impl IntoView {
    let progress = move || {
        app.stage.with(|stage| match stage {
            Stage::Preparing => "Getting ready.",
            Stage::Leaving => "Opening the authorizer.",
            Stage::Returning => "Finishing the sign-in.",
            _ => "",
        })
    };
    let heading = move || {
        app.stage.with(|stage| match stage {
            Stage::SignedIn(_) => {
                Some(app.person_name().map_or_else(|| "Signed in".to_owned(), |name| format!("Signed in as {name}")))
            }
            Stage::Failed(error) if error.neutral => Some("Not signed in".to_owned()),
            Stage::Failed(error) => Some(match error.step {
                Some(step) => format!("Step {step} failed"),
                None => "Not signed in".to_owned(),
            }),
            Stage::SignedOut(_) => Some("Signed out".to_owned()),
            _ => None,
        })
    };
    let body = move || {
        app.stage.with(|stage| match stage {
            Stage::Failed(error) => {
                let label = if error.neutral { "Try again" } else { "Start again" };
                Some(
                    view! {
                        <Problem error=error.clone() />
                        <div class="actions">
                            <button type="button" class="plain" on:click=move |_| controller::run(app)>{label}</button>
                        </div>
                    }
                    .into_any(),
                )
            }
            Stage::SignedOut(words) => Some(view! { <p>{*words}</p> }.into_any()),
            _ => None,
        })
    };
    let class = move || {
        app.stage.with(|stage| match stage {
            Stage::SignedIn(_) => "good",
            _ => "",
        })
    };
    view! {
        <p role="status" class="visually-hidden">{progress}</p>
        <div class="result">
            {move || heading().map(|words| view! { <h2 id="result" tabindex="-1" class=class>{words}</h2> })}
            {body}
        </div>
    }
}
