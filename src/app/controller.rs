//! What the buttons do, and what happens when the page opens.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use pkce_login::browser;
use pkce_login::client::ports::{Clock as _, Place, Store as _};
use pkce_login::client::{
    BeginOptions, Client, ClientConfig, Finished, LoginError, Session, came_back_from_sign_out, forget_expired,
};

use super::built_in;
use super::platform::DemoPlatform;
use super::record::{self, RunRecord};
use super::run_error::RunError;
use super::setup;
use super::state::{App, Facts, Notice, Stage};
use super::storage;
use super::web;

/// How long the browser may take to leave for the authorizer.
const STALLED: Duration = Duration::from_secs(8);

/// The prefix of every storage key of the demo.
const PREFIX: &str = "pkce-login.";

/// Opens the page: takes a response that the callback page left, or shows the start.
pub(super) fn resume(app: App, pressed_early: bool) {
    app.facts.update(|facts| facts.record = record::last());
    select_from_address(app);
    let listener = window_event_listener(leptos::ev::hashchange, move |_| select_from_address(app));
    std::mem::forget(listener);
    // The Back button may restore this page as it was left. It must not look busy then.
    let restored = window_event_listener(leptos::ev::pageshow, move |event| {
        if event.persisted() {
            back_from(app, |stage| matches!(stage, Stage::Leaving | Stage::Preparing));
        }
    });
    std::mem::forget(restored);

    if let Some(answer) = browser::answer() {
        take_answer(app, answer);
        return;
    }
    // Only if there is no response: a response that comes too late must be reported as late.
    let platform = app.platform.get_value();
    forget_expired(&*platform, platform.now());
    if shows_sign_out(app) {
        web::focus_soon("result");
    } else {
        app.facts.set(Facts::default());
        if pressed_early {
            run(app);
        }
    }
}

/// Shows the start again if the run is at such a stage.
fn back_from(app: App, left: fn(&Stage) -> bool) {
    if app.stage.with_untracked(left) {
        app.facts.set(Facts::default());
        app.stage.set(Stage::Fresh);
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
        if let Err(error) = leave(app).await {
            app.fail_with(error);
        }
    });
}

async fn leave(app: App) -> Result<(), RunError> {
    let chosen = app.setup.get_untracked();
    // Checked before the worker starts: without storage no login can begin, and that is the error to show.
    app.platform.get_value().keys(Place::Tab).map_err(|_| RunError::from(&LoginError::StorageBlocked))?;
    if chosen.is_built_in() {
        built_in::start().await?;
    }
    let mut config =
        ClientConfig::new(chosen.issuer(), chosen.client_id(), setup::redirect_uri()).with_scope(&chosen.scope());
    // With two added authorizers a mix-up is possible: one passes off its responses as those of the second (RFC 9700,
    // section 4.4). The built-in one does not count: its codes are worthless outside this browser.
    config.require_iss = chosen.added.len() > 1;
    let client = Client::new(config, app.platform.get_value());
    let mut options = BeginOptions { return_to: browser::here(), ..BeginOptions::default() };
    if client.config().scope.contains("offline_access") {
        // Offline access is granted only where the person is asked (OpenID Connect Core, section 11).
        options.request.prompt = Some("consent".to_owned());
    }
    let started = client.begin(&options).await.map_err(|error| RunError::from(&error))?;
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
    client.goes(&started);
    if browser::navigate(&started.url) {
        // The browser may stay, for example after an empty response: then the button works again.
        set_timeout(move || back_from(app, |stage| matches!(stage, Stage::Leaving)), STALLED);
        Ok(())
    } else {
        Err(RunError::from(&LoginError::Request(
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
            // The worker may have been removed meanwhile. If it cannot start again, the request below reports it.
            let _ = built_in::start().await;
        }
        let platform = app.platform.get_value();
        let client = Client::new(run.config(), Rc::clone(&platform));
        let result = client.finish(&answer, None).await;
        app.facts.update(|facts| facts.token_exchange = platform.take_token_exchange());
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

/// Calls UserInfo: step 8, and a button of the tokens panel.
pub(super) async fn call_userinfo(app: App, pressed: bool) {
    let Some(session) = app.session_now() else { return };
    let platform = app.platform.get_value();
    let result = session.userinfo().await;
    app.facts.update(|facts| facts.api_exchange = platform.take_api_exchange());
    match result {
        Ok(claims) => {
            app.facts.update(|facts| facts.person = claims.name().map(str::to_owned));
            if pressed {
                app.selected.set(8);
                app.notify(Notice::Done("The API answered. Step 8 shows the answer."));
            }
        }
        Err(error) => after_trouble(app, &error),
    }
}

thread_local! {
    /// Whether a button of the tokens panel is at work: a second press would interfere.
    static BUSY: Cell<bool> = const { Cell::new(false) };
}

/// Does the work of one button of the tokens panel, unless a button is at work.
fn act<W: Future<Output = ()> + 'static>(app: App, work: impl FnOnce(Session<DemoPlatform>) -> W) {
    let Some(session) = app.session_now() else { return };
    if BUSY.replace(true) {
        return;
    }
    let work = work(session);
    spawn_local(async move {
        work.await;
        BUSY.set(false);
    });
}

/// Renews the tokens. Only an error that [`LoginError::ends_session`] names ends the session.
pub(super) fn refresh(app: App) {
    act(app, async move |session| match session.refresh().await {
        Ok(()) => app.notify(Notice::Done("New tokens.")),
        Err(error) => after_trouble(app, &error),
    });
}

pub(super) fn revoke(app: App) {
    act(app, async move |session| {
        let result = session.revoke().await;
        end(app, "The tokens were revoked at the authorizer and removed here.", result);
    });
}

/// Signs out here and at the authorizer.
pub(super) fn sign_out(app: App) {
    act(app, async move |session| {
        let signed_out = session.sign_out(&web::base()).await;
        end(app, "You are signed out of this app.", signed_out.revoked);
        if let Some(url) = signed_out.at_authorizer {
            // If the browser does not go there, the app is signed out all the same.
            let _ = browser::navigate(&url);
        }
    });
}

/// Clears what the page shows of the session, and says how it ended.
fn end(app: App, words: &'static str, revoked: Result<(), LoginError>) {
    app.facts.set(Facts::default());
    app.stage.set(Stage::SignedOut(match revoked {
        Ok(()) => words,
        Err(_) => "The tokens were removed here. Revocation may have failed.",
    }));
    if let Err(error) = revoked {
        app.notify(Notice::Error(RunError::from(&error)));
    }
    web::focus_soon("result");
}

/// Whether the authorizer opened this page after a sign-out that this tab asked for.
fn shows_sign_out(app: App) -> bool {
    let platform = app.platform.get_value();
    if !came_back_from_sign_out(&*platform, &browser::location()) {
        return false;
    }
    web::replace_address(&web::base());
    app.facts.set(Facts::default());
    app.stage.set(Stage::SignedOut("You are signed out, here and at the authorizer."));
    true
}

fn after_trouble(app: App, error: &LoginError) {
    if error.ends_session() {
        app.fail(error);
    } else {
        app.notify(Notice::Error(RunError::from(error)));
    }
}

/// Removes what the demo stored in this browser, the records of the built-in authorizer included.
pub(super) fn forget_everything(app: App) {
    let platform = app.platform.get_value();
    for place in [Place::Tab, Place::Device] {
        for key in platform.keys(place).unwrap_or_default().iter().filter(|key| key.starts_with(PREFIX)) {
            // An entry that cannot be removed ends with the tab, or belongs to the browser.
            let _ = platform.remove(place, key);
        }
    }
    storage::clear();
    app.setup.set(setup::Setup::default());
    spawn_local(async move {
        built_in::remove().await;
        end(app, "All data of this page was removed.", Ok(()));
    });
}
