//! One step in detail: its purpose, its request and its response.

use std::sync::Arc;

use leptos::prelude::*;

use super::curl;
use super::exchange::{Exchange, Field, Outcome, parameters};
use super::json_view::{self, DOTS};
use super::problem::CopyButton;
use super::replay::Replay;
use super::run_error::RunError;
use super::state::{App, Stage};
use super::steps::StepText;

const TABS: [&str; 3] = ["Explain", "Request", "Response"];

#[component]
pub(super) fn Inspector(app: App, number: usize, text: &'static StepText) -> impl IntoView {
    let tab = RwSignal::new(0usize);
    let show_hidden = RwSignal::new(false);
    let has_hidden = move || tab.get() > 0 && matches!(number, 1 | 2 | 4 | 6 | 7 | 8);
    view! {
        <section class="inspector" aria-labelledby="inspector-title">
            <h3 id="inspector-title">{format!("Step {number}: {}", text.title)}</h3>
            <Tabs tab />
            <div role="tabpanel" id="panel" aria-labelledby=move || format!("tab-{}", tab.get()) tabindex="0">
                {move || match tab.get() {
                    0 => view! { <Explain app number text /> }.into_any(),
                    1 => view! { <Request app number show_hidden /> }.into_any(),
                    _ => view! { <Response app number show_hidden /> }.into_any(),
                }}
            </div>
            <div class="actions">
                {move || {
                    has_hidden()
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="plain"
                                    aria-pressed=move || show_hidden.get().to_string()
                                    on:click=move |_| show_hidden.update(|shown| *shown = !*shown)
                                >
                                    {move || if show_hidden.get() { "Hide values" } else { "Show hidden values" }}
                                </button>
                            }
                        })
                }}
                {move || exchange(app, number).map(|exchange| view! { <CopyCurl exchange show_hidden /> })}
            </div>
            {(number == 6).then(|| view! { <Replay app /> })}
            <p class="source"><a href=text.source.1 rel="noreferrer noopener" target="_blank">{text.source.0}</a></p>
        </section>
    }
}

/// A row of tabs with arrow keys, as the ARIA Authoring Practices describe it.
#[component]
fn Tabs(tab: RwSignal<usize>) -> impl IntoView {
    let go = move |to: usize| {
        tab.set(to);
        super::web::focus_soon(match to {
            0 => "tab-0",
            1 => "tab-1",
            _ => "tab-2",
        });
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| {
        let at = tab.get_untracked();
        match event.key().as_str() {
            "ArrowRight" => go((at + 1) % TABS.len()),
            "ArrowLeft" => go((at + TABS.len() - 1) % TABS.len()),
            "Home" => go(0),
            "End" => go(TABS.len() - 1),
            _ => return,
        }
        event.prevent_default();
    };
    view! {
        <div class="tabs" role="tablist" aria-label="Details of the step" on:keydown=on_key>
            {TABS
                .into_iter()
                .enumerate()
                .map(|(index, name)| {
                    view! {
                        <button
                            type="button"
                            role="tab"
                            id=format!("tab-{index}")
                            aria-controls="panel"
                            aria-selected=move || (tab.get() == index).to_string()
                            tabindex=move || if tab.get() == index { "0" } else { "-1" }
                            on:click=move |_| tab.set(index)
                        >
                            {name}
                        </button>
                    }
                })
                .collect_view()}
        </div>
    }
}

#[component]
fn Explain(app: App, number: usize, text: &'static StepText) -> impl IntoView {
    let here = move || {
        app.stage.with(|stage| match stage {
            Stage::Failed(error) if error.step == Some(number) => Some(error.clone()),
            _ => None,
        })
    };
    view! {
        {move || here().map(|error: RunError| {
            let class = if error.neutral { "denied" } else { "failed" };
            let texts = error.texts;
            view! { <p class=class><strong>{texts.happened}</strong> " " {texts.means} " " {texts.to_do}</p> }
        })}
        <p>{text.explain}</p>
        {(number == 6)
            .then(|| {
                view! {
                    <p class="note">
                        <strong>"If this step fails with a real authorizer: "</strong>
                        "it may not allow calls from this page (CORS). The request reached it, so the code is \
                        used up. Add this origin there, then start again."
                    </p>
                }
            })}
    }
}

fn exchange(app: App, number: usize) -> Option<Exchange> {
    match number {
        6 => app.facts.with(|facts| facts.token_exchange.clone()),
        8 => app.facts.with(|facts| facts.api_exchange.clone()),
        _ => None,
    }
}

fn hidden(field: &Field, show: bool) -> String {
    if field.secret && !show { DOTS.to_owned() } else { field.value.clone() }
}

fn lines(fields: &[Field], separator: &str, show: bool) -> String {
    fields
        .iter()
        .map(|field| format!("{}{separator}{}", field.name, hidden(field, show)))
        .collect::<Vec<_>>()
        .join("\n")
}

#[component]
fn Request(app: App, number: usize, show_hidden: RwSignal<bool>) -> impl IntoView {
    let text = move || {
        let show = show_hidden.get();
        match number {
            2 => app.facts.with(|facts| facts.record.clone()).map(|run| {
                let (endpoint, query) = run.url.split_once('?').unwrap_or((&run.url, ""));
                format!("GET {endpoint}\n\n{}", lines(&parameters(query), "=", show))
            }),
            _ => exchange(app, number).map(|exchange| {
                let sent = &exchange.sent;
                let headers = lines(&sent.headers, ": ", show);
                format!("{} {}\n{headers}\n\n{}", sent.method, sent.url, lines(&sent.form, "=", show))
                    .trim_end()
                    .to_owned()
            }),
        }
    };
    let nothing = match number {
        1 | 5 | 7 => "Nothing is sent in this step.",
        3 => "The authorizer's own page. This app does not see it.",
        4 => "The authorizer sends the browser back. The response is the address that it opens.",
        _ => "Not run yet.",
    };
    view! { {move || match text() { Some(text) => view! { <pre>{text}</pre> }.into_any(), None => view! { <p>{nothing}</p> }.into_any() }} }
}

#[component]
fn Response(app: App, number: usize, show_hidden: RwSignal<bool>) -> impl IntoView {
    let text = move || {
        let show = show_hidden.get();
        match number {
            1 => app.facts.with(|facts| facts.record.clone()).map(|run| {
                let verifier = exchange(app, 6).and_then(|exchange| {
                    exchange.sent.form.into_iter().find(|field| field.name == "code_verifier").map(|field| field.value)
                });
                let verifier = if show { verifier.unwrap_or_else(|| DOTS.to_owned()) } else { DOTS.to_owned() };
                format!("code_verifier={verifier}\ncode_challenge={}\ncode_challenge_method=S256", run.challenge)
            }),
            4 => app.facts.with(|facts| facts.answer.clone()).map(|answer| {
                let (page, response) = answer.split_once(['?', '#']).unwrap_or((&answer, ""));
                format!("{page}\n\n{}", lines(&parameters(response), "=", show))
            }),
            5 => app
                .facts
                .with(|facts| facts.answer.is_some())
                .then(|| format!("The address now:\n{}\n\nThe code is not in it.", pkce_login::browser::location())),
            7 => app.session().as_ref().and_then(|session| session.id_token()).map(|token| {
                let checks = token.checks().join(", ");
                format!(
                    "Signed with {}. Checked: {checks}.\n\n{}",
                    token.algorithm().name(),
                    json_view::render(token.claims(), show)
                )
            }),
            _ => exchange(app, number).map(|exchange| match &exchange.outcome {
                Outcome::Answer { status, content_type, body } => {
                    format!(
                        "{status}\nContent-Type: {content_type}\n\n{}",
                        json_view::render(body, show || *status != 200)
                    )
                }
                Outcome::Failure(failure) => failure.explain().happened.to_owned(),
            }),
        }
    };
    let nothing = match number {
        2 | 3 => "The answer comes back in step 4.",
        _ => "Not run yet.",
    };
    view! { {move || match text() { Some(text) => view! { <pre>{text}</pre> }.into_any(), None => view! { <p>{nothing}</p> }.into_any() }} }
}

#[component]
fn CopyCurl(exchange: Exchange, show_hidden: RwSignal<bool>) -> impl IntoView {
    let command = move || {
        let show = show_hidden.get_untracked();
        let said = if show { "Copied, with the hidden values." } else { "Copied. Hidden values were left out." };
        (curl::command(&exchange.sent, show), said)
    };
    view! { <CopyButton text=Arc::new(command) label="Copy as curl" /> }
}
