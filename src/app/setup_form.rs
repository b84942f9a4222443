//! "Add an authorizer…": issuer, client ID, scopes; its metadata; what to register there.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use pkce_login::client::{ClientConfig, LoginError, discover};
use pkce_login::protocol::metadata::ServerMetadata;

use super::problem::{COPIED, CopyButton, Problem};
use super::run_error::RunError;
use super::setup::{Added, DEFAULT_SCOPE, redirect_uri};
use super::state::App;
use super::web;

#[derive(Clone)]
enum Found {
    Nothing,
    Looking,
    Server(ServerMetadata),
    Error(RunError),
}

#[component]
pub(super) fn AddAuthorizer(app: App, adding: RwSignal<bool>) -> impl IntoView {
    let issuer = RwSignal::new(String::new());
    let client_id = RwSignal::new(String::new());
    let scope = RwSignal::new(DEFAULT_SCOPE.to_owned());
    let found = RwSignal::new(Found::Nothing);
    let missing_id = RwSignal::new(false);

    let look_up = move |_| {
        if matches!(found.get_untracked(), Found::Looking) {
            return;
        }
        found.set(Found::Looking);
        spawn_local(async move {
            let config = ClientConfig::new(issuer.get_untracked().trim(), "", redirect_uri());
            let result = discover(&*app.platform.get_value(), &config).await;
            found.set(match result {
                Ok(server) => Found::Server(server),
                Err(error) => Found::Error(RunError::from(&error)),
            });
        });
    };
    let save = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let client = client_id.get_untracked().trim().to_owned();
        missing_id.set(client.is_empty());
        if client.is_empty() {
            web::focus_soon("client-id");
            return;
        }
        // The same rule as at the start of a login: an issuer that can never work is not stored.
        let config = ClientConfig::new(issuer.get_untracked().trim(), client.clone(), redirect_uri());
        if let Err(error) = config.check() {
            found.set(Found::Error(RunError::from(&LoginError::from(error))));
            web::focus_soon("issuer");
            return;
        }
        let added = Added { issuer: config.issuer, client_id: client, scope: scope.get_untracked().trim().to_owned() };
        app.setup.update(|setup| setup.add(added));
        app.setup.with_untracked(super::setup::Setup::keep);
        adding.set(false);
        web::focus_soon("run");
    };
    view! {
        <form class="add" on:submit=save novalidate>
            <h2>"Add an authorizer"</h2>
            <p class="small">"Register this page there as a public client (single-page app) with this redirect URI:"</p>
            <p>
                <code id="redirect-uri">{redirect_uri()}</code>
                " "
                <CopyButton text=Arc::new(|| (redirect_uri(), COPIED)) label="Copy" />
            </p>
            <Field id="issuer" label="Issuer" value=issuer hint="The authorizer's own address, exactly as it writes it." />
            <Field id="client-id" label="Client ID" value=client_id hint="The ID that it gave to this app." />
            {move || {
                missing_id
                    .get()
                    .then(|| view! { <p class="field-error" id="client-id-error" role="alert">"Enter the client ID."</p> })
            }}
            <Field id="scopes" label="Scopes" value=scope hint="What to ask for, separated by spaces." />
            <div class="actions">
                <button type="button" class="plain" on:click=look_up>"Look it up"</button>
                <button type="submit" class="primary">"Save"</button>
                <button type="button" class="plain" on:click=move |_| adding.set(false)>"Cancel"</button>
            </div>
            <div role="status" id="looked-up">
                {move || match found.get() {
                    Found::Nothing => ().into_any(),
                    Found::Looking => view! { <p>"Asking the authorizer…"</p> }.into_any(),
                    Found::Error(error) => view! { <Problem error /> }.into_any(),
                    Found::Server(server) => view! { <Server server /> }.into_any(),
                }}
            </div>
        </form>
    }
}

#[component]
fn Field(id: &'static str, label: &'static str, value: RwSignal<String>, hint: &'static str) -> impl IntoView {
    view! {
        <p class="field">
            <label for=id>{label}</label>
            <input
                id=id
                type="text"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-describedby=format!("{id}-hint {id}-error")
                prop:value=move || value.get()
                on:input=move |event| value.set(event_target_value(&event))
            />
            <span class="small" id=format!("{id}-hint")>{hint}</span>
        </p>
    }
}

/// The metadata of the authorizer, as far as this app uses them.
#[component]
fn Server(server: ServerMetadata) -> impl IntoView {
    let optional = |url: Option<String>| url.unwrap_or_else(|| "not offered".to_owned());
    let rows = [
        ("Sign in at", server.authorization_endpoint),
        ("Exchange the code at", server.token_endpoint),
        ("Keys", optional(server.jwks_uri)),
        ("UserInfo", optional(server.userinfo_endpoint)),
        ("Revoke", optional(server.revocation_endpoint)),
        ("Sign out at", optional(server.end_session_endpoint)),
    ];
    let iss = if server.iss_parameter_supported { "always named in the answer" } else { "not named in the answer" };
    view! {
        <h3>"Authorizer metadata"</h3>
        <dl class="endpoints">
            {rows.map(|(name, value)| view! { <div><dt>{name}</dt><dd><code>{value}</code></dd></div> })}
            <div><dt>"Issuer"</dt><dd>{iss}</dd></div>
        </dl>
    }
}
