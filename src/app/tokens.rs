//! The tokens of the session: when they expire, and what the person can do with them.

use leptos::prelude::*;
use leptos::task::spawn_local;
use pkce_login::client::Session;

use super::controller;
use super::platform::DemoPlatform;
use super::problem::Problem;
use super::state::{App, Notice};
use super::web;

#[component]
pub(super) fn Tokens(app: App, session: StoredValue<Session<DemoPlatform>, LocalStorage>) -> impl IntoView {
    let now = RwSignal::new(web::now_ms());
    // The countdown only informs; it does not renew the token.
    let ticking = set_interval_with_handle(move || now.set(web::now_ms()), std::time::Duration::from_secs(1));
    on_cleanup(move || {
        if let Ok(handle) = ticking {
            handle.clear();
        }
    });
    let lasts = move || {
        app.facts.track();
        match session.with_value(Session::expires_at) {
            None => "lifetime unknown".to_owned(),
            Some(end) => until(end - now.get() / 1000),
        }
    };
    let id_token = session.with_value(|session| {
        session
            .id_token()
            .map_or_else(|| "not asked for".to_owned(), |token| format!("valid, {}", token.algorithm().name()))
    });
    let refresh_token = move || {
        app.facts.track();
        if session.with_value(Session::can_refresh) { "in memory, hidden" } else { "none" }
    };
    let scope = move || {
        app.facts.track();
        session.with_value(|session| session.scope().to_string())
    };
    let clock = session.with_value(Session::clock_is_ahead_by).and_then(clock_words);
    view! {
        <section class="tokens" aria-labelledby="tokens-title">
            <h2 id="tokens-title">"Tokens"</h2>
            <dl>
                <div><dt>"Access token"</dt><dd id="access-token-life">{lasts}</dd></div>
                <div><dt>"ID token"</dt><dd>{id_token}</dd></div>
                <div><dt>"Refresh token"</dt><dd>{refresh_token}</dd></div>
                <div><dt>"Granted"</dt><dd>{scope}</dd></div>
            </dl>
            {clock.map(|words| view! { <p id="clock">{words}</p> })}
            <div class="actions">
                <button type="button" class="plain" on:click=move |_| controller::refresh(app)>"Refresh"</button>
                <button type="button" class="plain" on:click=move |_| spawn_local(controller::call_userinfo(app, true))>
                    "Call userinfo"
                </button>
                <button type="button" class="plain" on:click=move |_| controller::revoke(app)>"Revoke"</button>
                <button type="button" class="plain" on:click=move |_| controller::sign_out(app)>"Sign out"</button>
            </div>
        </section>
    }
}

/// The result of the last action, outside the panel, which goes away with the session.
#[component]
pub(super) fn Notices(app: App) -> impl IntoView {
    view! {
        <div id="notice" role="status">
            {move || {
                app.facts
                    .with(|facts| facts.notice.clone())
                    .map(|notice| match notice {
                        Notice::Done(words) => view! { <p class="verdict good">{words}</p> }.into_any(),
                        Notice::Error(error) => view! { <Problem error /> }.into_any(),
                    })
            }}
        </div>
    }
}

/// A duration in seconds, in words.
fn until(seconds: i64) -> String {
    match seconds {
        ..=0 => "has ended; the next use renews it".to_owned(),
        1..60 => format!("ends in {seconds} s"),
        60..3600 => format!("ends in {} min {} s", seconds / 60, seconds % 60),
        _ => format!("ends in {} h {} min", seconds / 3600, seconds % 3600 / 60),
    }
}

/// The words about a clock that is off by a minute or more.
fn clock_words(seconds_ahead: i64) -> Option<String> {
    let seconds = seconds_ahead.abs();
    let direction = if seconds_ahead > 0 { "ahead of" } else { "behind" };
    let by = match seconds {
        ..60 => return None,
        60..3600 => format!("{} min", seconds / 60),
        _ => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
    };
    Some(format!("This device’s clock is {by} {direction} the authorizer’s. The app adjusted."))
}
