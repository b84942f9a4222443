//! Setup: which authorizer, what to ask for, and what to break.

use leptos::prelude::*;
use pkce_login::authorizer::switches::{SWITCHES, SwitchKind};

use super::setup::{DEFAULT_SCOPE, Setup};
use super::setup_form::AddAuthorizer;
use super::state::App;

/// The groups of the list of switches.
const KINDS: [(SwitchKind, &str); 3] = [
    (SwitchKind::Fault, "Faults: the app refuses them"),
    (SwitchKind::Weakness, "Weaknesses: an attacker gets through"),
    (SwitchKind::Demand, "Demands: the app meets them"),
];

#[component]
pub(super) fn SetupView(app: App) -> impl IntoView {
    let setup = app.setup;
    let change = move |with: &dyn Fn(&mut Setup)| {
        setup.update(|setup| with(setup));
        setup.with_untracked(Setup::keep);
    };
    let adding = RwSignal::new(false);
    let choices = move || {
        let added: Vec<_> = setup.with(|setup| setup.added.iter().map(|one| one.issuer.clone()).collect());
        let built_in = (None, "Built-in authorizer".to_owned(), "runs in this browser; protects nothing".to_owned());
        let others = added.into_iter().enumerate().map(|(at, issuer)| (Some(at), issuer, String::new()));
        std::iter::once(built_in).chain(others).collect::<Vec<_>>()
    };
    view! {
        <details class="setup" id="setup">
            <summary><strong>"Setup"</strong> " " <span>{move || setup.with(Setup::summary)}</span></summary>
            <fieldset>
                <legend>"Authorizer"</legend>
                {move || {
                    choices()
                        .into_iter()
                        .map(|(at, name, words)| {
                            let remove = at.map(|at| {
                                view! {
                                    <button
                                        type="button"
                                        class="plain small-button"
                                        on:click=move |_| change(&|setup| setup.remove(at))
                                    >
                                        "Remove"
                                        <span class="visually-hidden">" " {name.clone()}</span>
                                    </button>
                                }
                            });
                            view! {
                                <p class="choice">
                                    <label>
                                        <input
                                            type="radio"
                                            name="authorizer"
                                            prop:checked=move || setup.with(|setup| setup.chosen_or_built_in() == at)
                                            on:change=move |_| change(&|setup| setup.chosen = at)
                                        />
                                        <span>{name.clone()}</span>
                                    </label>
                                    <span class="small">{words}</span>
                                    {remove}
                                </p>
                            }
                        })
                        .collect_view()
                }}
                <button
                    type="button"
                    class="plain"
                    aria-expanded=move || adding.get().to_string()
                    on:click=move |_| adding.update(|open| *open = !*open)
                >
                    "Add an authorizer…"
                </button>
            </fieldset>
            {move || adding.get().then(|| view! { <AddAuthorizer app adding /> })}
            <div hidden=move || adding.get() || !setup.with(Setup::is_built_in)>
                <BuiltInSetup setup />
            </div>
        </details>
    }
}

/// What can be set for the built-in authorizer only.
#[component]
fn BuiltInSetup(setup: RwSignal<Setup>) -> impl IntoView {
    let set_scope = move |event| {
        let scope = event_target_value(&event);
        setup.update(|setup| scope.trim().clone_into(&mut setup.scope));
        setup.with_untracked(Setup::keep);
    };
    let set_broken = move |event| {
        let name = event_target_value(&event);
        setup.update(|setup| setup.broken = (!name.is_empty()).then_some(name));
        setup.with_untracked(Setup::keep);
    };
    let broken = move || setup.with(|setup| setup.broken.clone());
    view! {
        <p class="field">
            <label for="scope">"Scopes"</label>
            <input
                id="scope"
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                prop:value=move || setup.with(|setup| setup.scope.clone())
                on:change=set_scope
                placeholder=DEFAULT_SCOPE
            />
        </p>
        <p class="field">
            <label for="broken">"Break something"</label>
            <select id="broken" on:change=set_broken>
                <option value="" selected=move || broken().is_none()>"Nothing"</option>
                {KINDS
                    .into_iter()
                    .map(|(kind, label)| {
                        let rows = SWITCHES.iter().filter(move |row| row.kind == kind);
                        let options = rows.map(|row| {
                            view! {
                                <option value=row.name selected=move || broken().as_deref() == Some(row.name)>
                                    {format!("{}: {}", row.name, row.text)}
                                </option>
                            }
                        });
                        view! { <optgroup label=label>{options.collect_view()}</optgroup> }
                    })
                    .collect_view()}
            </select>
        </p>
    }
}
