//! What the buttons do, and what happens when the page opens.

use std::rc::Rc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use pkce_login::browser;
use pkce_login::client::ports::Store as _;
use pkce_login::client::{BeginOptions, Client, ClientConfig, Finished, LoginError};
use pkce_login::protocol::form;

use super::built_in;
use super::exchange::Sent;
use super::record::{self, RunRecord};
use super::setup;
use super::state::{App, Facts, Notice, Stage, Trouble};
use super::web;

/// Where the state of a sign-out waits for its answer.
const SIGN_OUT_KEY: &str = "pkce-login.sign-out";

/// Everything the demo keeps in the tab begins with this.
const PREFIX: &str = "pkce-login.";

/// Opens the page: takes an answer that the callback page left, or shows the fresh start.
pub(super) fn resume(app: App, pressed_early: bool) {
    app.facts.update(|facts| facts.record = record::last());
    select_from_address(app);
    let listener = window_event_listener(leptos::ev::hashchange, move |_| select_from_address(app));
    std::mem::forget(listener);
    // Back from the authorizer may show this page as it was left: then it must not look busy for ever.
    let restored = window_event_listener(leptos::ev::pageshow, move |event| {
        if event.persisted() && app.stage.with_untracked(|stage| matches!(stage, Stage::Leaving | Stage::Preparing)) {
            app.stage.set(Stage::Fresh);
        }
    });
    std::mem::forget(restored);

    if let Some(answer) = browser::answer() {
        take_answer(app, answer);
    } else if came_back_from_sign_out(app) {
        web::focus_soon("result");
    } else {
        app.facts.set(Facts::default());
        if pressed_early {
            run(app);
        }
    }
}

fn select_from_address(app: App) {
    let location = browser::location();
    let fragment = location.split_once('#').map_or("", |(_, fragment)| fragment);
    let step = fragment.strip_prefix("step-").and_then(|number| number.parse().ok());
    if let Some(step) = step.filter(|step| (1..=8).contains(step)) {
        app.selected.set(step);
    }
}

/// Starts a run: one authorization request, however often the button is pressed.
pub(super) fn run(app: App) {
    if app.stage.with_untracked(|stage| matches!(stage, Stage::Preparing | Stage::Leaving | Stage::Returning)) {
        return;
    }
    app.facts.set(Facts::default());
    app.selected.set(1);
    app.stage.set(Stage::Preparing);
    spawn_local(async move {
        if let Err(trouble) = leave(app).await {
            app.fail_with(trouble);
        }
    });
}

async fn leave(app: App) -> Result<(), Trouble> {
    let chosen = app.setup.get_untracked();
    // Asked before the worker is: without storage no login can be begun, and that is the thing to say.
    app.platform.get_value().keys().map_err(|_| Trouble::from(&LoginError::StorageBlocked))?;
    if chosen.is_built_in() {
        built_in::start().await?;
    }
    let config =
        ClientConfig::new(chosen.issuer(), chosen.client_id(), setup::redirect_uri()).with_scope(&chosen.scope());
    let client = Client::new(config, app.platform.get_value());
    let mut options = BeginOptions { return_to: browser::here(), ..BeginOptions::default() };
    if client.config().scope.contains("offline_access") {
        // Offline access is granted only where the person is asked (OpenID Connect Core, section 11).
        options.request.prompt = Some("consent".to_owned());
    }
    let started = client.begin(&options).await.map_err(|error| Trouble::from(&error))?;
    let run = RunRecord {
        authorizer: chosen.name(),
        issuer: started.pending.server.issuer.clone(),
        client_id: client.config().client_id.clone(),
        redirect_uri: client.config().redirect_uri.clone(),
        scope: client.config().scope.to_string(),
        challenge: started.challenge.as_str().to_owned(),
        url: started.url.clone(),
    };
    record::keep(&run);
    app.facts.update(|facts| facts.record = Some(run));
    app.stage.set(Stage::Leaving);
    if browser::navigate(&started.url) {
        Ok(())
    } else {
        Err(Trouble::from(&LoginError::Request(
            pkce_login::protocol::authorization_request::RequestError::EndpointInvalid,
        )))
    }
}

fn take_answer(app: App, answer: String) {
    app.stage.set(Stage::Returning);
    app.facts.update(|facts| facts.answer = Some(answer.clone()));
    let begun = web::now_ms();
    spawn_local(async move {
        let Some(run) = app.facts.with_untracked(|facts| facts.record.clone()) else {
            app.fail(&LoginError::Response(
                pkce_login::protocol::authorization_response::ResponseError::NoPendingTransaction,
            ));
            return;
        };
        if built_in::is_issuer(&run.issuer) {
            // The worker may have been removed half-way; if it cannot be had again, the request below says so.
            let _ = built_in::start().await;
        }
        let platform = app.platform.get_value();
        let client = Client::new(run.config(), Rc::clone(&platform));
        let result = client.finish(&answer, None).await;
        app.facts.update(|facts| facts.token_exchange = platform.latest(Sent::trades_a_code));
        match result {
            Ok(Finished::SignedIn(session)) => {
                app.selected.set(6);
                app.stage.set(Stage::SignedIn(session));
                call_userinfo(app, false).await;
                app.facts.update(|facts| facts.elapsed = Some(web::now_ms() - begun));
                web::focus_soon("result");
            }
            Ok(Finished::NothingToDo) => {
                app.facts.set(Facts::default());
                app.stage.set(Stage::Fresh);
            }
            Err(error) => app.fail(&error),
        }
    });
}

/// Step 8, and the button of the tokens panel.
pub(super) async fn call_userinfo(app: App, pressed: bool) {
    let Some(session) = app.session() else { return };
    let platform = app.platform.get_value();
    let result = session.userinfo().await;
    app.facts.update(|facts| facts.api_exchange = platform.latest(Sent::uses_a_token));
    match result {
        Ok(claims) => {
            app.facts.update(|facts| facts.person = claims.name().map(str::to_owned));
            if pressed {
                app.selected.set(8);
                app.notify(Notice::Done("The API answered. Step 8 shows what it said."));
            }
        }
        Err(error) => after_trouble(app, &error),
    }
}

/// The buttons of the tokens panel. None of them loses the session unless the authorizer ended it.
pub(super) fn refresh(app: App) {
    spawn_local(async move {
        let Some(session) = app.session() else { return };
        match session.refresh().await {
            Ok(()) => app.notify(Notice::Done("New tokens. The old refresh token is worth nothing now.")),
            Err(error) => after_trouble(app, &error),
        }
    });
}

/// Gives the tokens back.
pub(super) fn revoke(app: App) {
    spawn_local(async move {
        let Some(session) = app.session() else { return };
        let result = session.revoke().await;
        app.stage.set(Stage::SignedOut("The tokens were given back to the authorizer and forgotten here."));
        if let Err(error) = result {
            app.notify(Notice::Trouble(Trouble::from(&error)));
        }
        web::focus_soon("result");
    });
}

/// Signs out here and at the authorizer.
pub(super) fn sign_out(app: App) {
    spawn_local(async move {
        let Some(session) = app.session() else { return };
        let url = session.sign_out_url(&web::base()).ok().flatten();
        let revoked = session.revoke().await;
        app.stage.set(Stage::SignedOut("You are signed out of this app."));
        if let Err(error) = revoked {
            app.notify(Notice::Trouble(Trouble::from(&error)));
        }
        web::focus_soon("result");
        if let Some((url, state)) = url {
            let platform = app.platform.get_value();
            if platform.set(SIGN_OUT_KEY, state.expose()).is_ok() {
                // If the browser does not go there, the app is signed out all the same.
                let _ = browser::navigate(&url);
            }
        }
    });
}

/// Whether this page was opened by the authorizer after a sign-out that this tab asked for.
fn came_back_from_sign_out(app: App) -> bool {
    let platform = app.platform.get_value();
    let Ok(Some(expected)) = platform.get(SIGN_OUT_KEY) else { return false };
    let location = browser::location();
    let query = location.split_once('?').map_or("", |(_, query)| query.split('#').next().unwrap_or_default());
    if form::Params::parse(query).get("state") != Some(expected.as_str()) {
        return false;
    }
    // The answer was taken; a second one with the same state says nothing new.
    let _ = platform.remove(SIGN_OUT_KEY);
    web::replace_address(&web::base());
    app.facts.set(Facts::default());
    app.stage.set(Stage::SignedOut("You are signed out, here and at the authorizer."));
    true
}

fn after_trouble(app: App, error: &LoginError) {
    if error.ends_session() {
        app.fail(error);
    } else {
        app.notify(Notice::Trouble(Trouble::from(error)));
    }
}

/// Removes what the demo keeps in this browser, the built-in authorizer's records included.
pub(super) fn forget_everything(app: App) {
    let platform = app.platform.get_value();
    for key in platform.keys().unwrap_or_default().iter().filter(|key| key.starts_with(PREFIX)) {
        // What cannot be removed is gone when the tab is closed.
        let _ = platform.remove(key);
    }
    app.setup.set(setup::Setup::default());
    setup::Setup::default().keep();
    app.facts.set(Facts::default());
    app.stage.set(Stage::SignedOut("Everything that this page kept was removed."));
    spawn_local(built_in::remove());
    web::focus_soon("result");
}
