//! The list of steps. It is the sequence diagram: direction in words and by an arrow.

use leptos::prelude::*;

use super::exchange::parameters;
use super::inspector::Inspector;
use super::state::{App, Stage};
use super::steps::{STEPS, StepText};

/// How far a step has come.
#[derive(Clone, PartialEq)]
pub(super) struct Status {
    pub(super) kind: Kind,
    /// One word or number.
    pub(super) label: String,
    /// One line of what really happened.
    pub(super) detail: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    NotRun,
    Running,
    Done,
    Failed,
    Neutral,
}

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::NotRun => "idle",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Neutral => "neutral",
        }
    }

    const fn icon(self) -> &'static str {
        match self {
            Self::NotRun | Self::Running => "",
            Self::Done => "✓",
            Self::Failed => "✕",
            Self::Neutral => "–",
        }
    }
}

/// The status of a step, derived from the facts.
#[inline(never)] // Several closures call it; one copy in the module is enough.
pub(super) fn status(app: App, step: usize) -> Status {
    let reached = |app: App| match &*app.stage.read() {
        Stage::Fresh | Stage::SignedOut(_) => (0, None),
        Stage::Preparing => (1, None),
        Stage::Leaving => (3, None),
        Stage::Returning => (6, None),
        Stage::SignedIn(_) => (9, None),
        Stage::Failed(error) => (error.step.unwrap_or(0), Some(error.clone())),
    };
    let (at, error) = reached(app);
    let text = STEPS.get(step.saturating_sub(1)).map_or("", |text| text.summary);
    let status = |kind, label: &str, detail: String| Status { kind, label: label.to_owned(), detail };
    match error {
        Some(error) if step == at && error.neutral => status(Kind::Neutral, "Denied", error.texts.happened.to_owned()),
        Some(error) if step == at => status(Kind::Failed, "Failed", error.texts.happened.to_owned()),
        _ if at == 0 || step > at => status(Kind::NotRun, "Not run yet", text.to_owned()),
        // UserInfo may have failed without ending the session.
        _ if step == 8 => match app.facts.with(|facts| facts.api_exchange.clone()) {
            Some(exchange) => {
                let label = exchange.outcome.label();
                let kind = if label == "200" { Kind::Done } else { Kind::Failed };
                status(kind, &label, format!("GET {}", exchange.sent.url))
            }
            // Without an ID token there is no person to compare the response with.
            None if app.session().is_some_and(|session| session.id_token().is_none()) => {
                status(Kind::NotRun, "Not run", text.to_owned())
            }
            None => status(Kind::Running, "Waiting", text.to_owned()),
        },
        None if step == at => status(Kind::Running, running_label(step), text.to_owned()),
        _ => {
            let (label, detail) = done(app, step);
            status(Kind::Done, &label, detail)
        }
    }
}

const fn running_label(step: usize) -> &'static str {
    match step {
        1 => "Preparing",
        3 => "Waiting for you",
        _ => "Waiting",
    }
}

fn done(app: App, step: usize) -> (String, String) {
    let words = |label: &str, detail: String| (label.to_owned(), detail);
    let run = app.facts.with(|facts| facts.record.clone());
    match step {
        1 => {
            let challenge = run.map(|run| run.challenge).unwrap_or_default();
            words("Done", format!("hash {}…", challenge.get(..12).unwrap_or_default()))
        }
        2 => {
            let endpoint = run.map(|run| run.url.split('?').next().unwrap_or_default().to_owned()).unwrap_or_default();
            words("Sent", format!("GET {endpoint}"))
        }
        3 => match app.person_name() {
            Some(name) => words("Allowed", name),
            None => words("Answered", "The authorizer answered.".to_owned()),
        },
        4 => {
            let named = app.facts.with(|facts| facts.answer.as_deref().is_some_and(names_issuer));
            let checks = if named { "state and issuer match" } else { "state matches; no issuer named" };
            words("Checked", checks.to_owned())
        }
        5 => words("Done", "code removed from the address and from Back".to_owned()),
        6 => {
            let exchange = app.facts.with(|facts| facts.token_exchange.clone());
            let label = exchange.as_ref().map(|exchange| exchange.outcome.label()).unwrap_or_default();
            (label, exchange.map(|exchange| format!("POST {}", exchange.sent.url)).unwrap_or_default())
        }
        _ => match app.session().as_ref().and_then(|session| session.id_token()) {
            Some(token) => {
                let checks = token.checks();
                words(&format!("{0} of {0}", checks.len()), checks.join(", "))
            }
            None => words("Not asked for", "The scope openid was not asked for.".to_owned()),
        },
    }
}

fn names_issuer(answer: &str) -> bool {
    let (_, response) = answer.split_once(['?', '#']).unwrap_or_default();
    parameters(response).iter().any(|field| field.name == "iss" && !field.value.is_empty())
}

/// The ordered list with the inspector inside the selected step.
#[component]
pub(super) fn StepList(app: App) -> impl IntoView {
    let items = STEPS.iter().enumerate().map(|(index, text)| view! { <Step app number=index + 1 text /> });
    view! {
        <p class="lanes" aria-hidden="true"><span>"This app"</span><span>"Authorizer"</span></p>
        <ol class="steps" aria-label="Steps of the flow">{items.collect_view()}</ol>
    }
}

#[component]
fn Step(app: App, number: usize, text: &'static StepText) -> impl IntoView {
    let status = move || status(app, number);
    let selected = move || app.selected.get() == number;
    view! {
        <li>
            <div id=format!("step-{number}") class="step" class:selected=selected data-status=move || status().kind.name()>
                <span class="number" aria-hidden="true">{number}</span>
                <div class="what">
                    <p class=text.between.class()>{text.between.words()}</p>
                    <h3>
                        <a
                            href=format!("#step-{number}")
                            aria-current=move || selected().then_some("step")
                            on:click=move |_| app.selected.set(number)
                        >
                            {text.title}
                        </a>
                    </h3>
                    <p class="detail">{move || status().detail}</p>
                </div>
                <p class="status">
                    <span class="icon" aria-hidden="true">{move || status().kind.icon()}</span>
                    {move || status().label}
                </p>
            </div>
            {move || selected().then(|| view! { <Inspector app number text /> })}
        </li>
    }
}
