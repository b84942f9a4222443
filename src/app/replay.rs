//! "Replay with a wrong secret": the same code, another secret, really sent.

use leptos::prelude::*;
use leptos::task::spawn_local;
use pkce_login::client::ports::{Entropy as _, HttpRequest};
use pkce_login::protocol::form::Form;
use pkce_login::protocol::pkce::CodeVerifier;
use pkce_login::protocol::token_response::{DpopMode, Grant, RawTokenResponse, TokenContext, TokenError, TokenSet};

use super::exchange::Exchange;
use super::state::App;

const GOOD: &str = "verdict good";
const BAD: &str = "verdict bad";
const NEITHER: &str = "verdict neutral";

/// The response of the authorizer to the wrong secret.
#[derive(Clone, PartialEq)]
struct Verdict {
    /// How it is shown: good, bad, or neither.
    class: &'static str,
    status: String,
    words: &'static str,
}

#[component]
pub(super) fn Replay(app: App) -> impl IntoView {
    let verdict = RwSignal::new(None::<Verdict>);
    let busy = RwSignal::new(false);
    let press = move |_| {
        let Some(exchange) = app.facts.with_untracked(|facts| facts.token_exchange.clone()) else { return };
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        spawn_local(async move {
            verdict.set(replay(app, &exchange).await);
            busy.set(false);
        });
    };
    view! {
        {move || {
            app.facts
                .with(|facts| facts.token_exchange.is_some())
                .then(|| {
                    view! {
                        <div class="actions">
                            <button type="button" class="plain" aria-disabled=move || busy.get().to_string() on:click=press>
                                "Replay with a wrong secret"
                            </button>
                        </div>
                    }
                })
        }}
        <div role="status">
            {move || {
                verdict
                    .get()
                    .map(|verdict| {
                        view! {
                            <div class=verdict.class id="replay-verdict">
                                <p><code>{verdict.status}</code></p>
                                <p>{verdict.words}</p>
                            </div>
                        }
                    })
            }}
        </div>
    }
}

async fn replay(app: App, exchange: &Exchange) -> Option<Verdict> {
    let platform = app.platform.get_value();
    let mut octets = [0; 32];
    platform.fill(&mut octets).ok()?;
    let wrong = CodeVerifier::from_entropy(&octets);
    let form = exchange.sent.form.iter().fold(Form::new(), |form, field| {
        let value = if field.name == "code_verifier" { wrong.expose() } else { &field.value };
        form.with(&field.name, value)
    });
    // Not recorded: it is not a request of the run.
    let request = HttpRequest::form(&exchange.sent.url, form.finish());
    let response = match platform.send_unrecorded(request).await {
        Ok(response) => response,
        Err(failure) => {
            let words = failure.explain();
            return Some(Verdict { class: NEITHER, status: failure.code().to_owned(), words: words.happened });
        }
    };
    let judged = TokenSet::judge(
        RawTokenResponse {
            status: response.status,
            content_type: response.content_type.as_deref(),
            dpop_nonce: None,
            body: &response.body,
        },
        TokenContext {
            grant: Grant::RefreshToken,
            requested_scope: &pkce_login::protocol::scope::Scope::default(),
            openid: false,
            dpop: DpopMode::Off,
        },
    );
    Some(match judged {
        Err(TokenError::Refused(error)) if error.error == "invalid_grant" => Verdict {
            class: GOOD,
            status: format!("{} {}", response.status, error.error),
            words: "The authorizer refused the code with a wrong secret. A thief of the code does not have the right \
                one: only this tab and the authorizer see it.",
        },
        Err(error) => Verdict {
            class: NEITHER,
            status: format!("{} {}", response.status, error.code()),
            words: "The authorizer gave no tokens, for another reason.",
        },
        Ok(_) => Verdict {
            class: BAD,
            status: response.status.to_string(),
            words: "The authorizer gave tokens for a wrong secret. It does not protect the code. The tokens were \
                discarded.",
        },
    })
}
