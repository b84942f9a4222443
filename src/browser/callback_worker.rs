//! The callback worker as the page sees it: `callback-worker.js`, which takes the answer before any page has it.
//!
//! The worker must be ready before the browser goes to the authorizer. The answer then comes with a ticket in place of
//! the code, and the token request goes through the worker, which puts the code back in. The code is in no page, no
//! address and no app server log, so there are fewer places to find it. It is no boundary against a script in the page,
//! which can use the worker as the app does (RFC 10017, sections 7.4 and 8.2).
//!
//! A signed answer (parameter `response`) passes unchanged: removing the code would break the signature.
//!
//! Requests of the worker bypass other service workers. A code of the built-in authorizer goes there through a port
//! from the page ([`CallbackWorker::exchange_at`]).

use std::cell::RefCell;

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessagePort, ServiceWorker, ServiceWorkerRegistration, Storage, Url};

use super::built_in::BuiltIn;
use super::worker::{
    TIME_LIMIT, active_worker, ask, ask_with, container, flag, message, received, register, registered_at,
    registered_for, text, worker_problems,
};
use super::{http, page, store};
use crate::client::ports::{HttpFailure, HttpRequest, HttpResponse};
use crate::protocol::explain::explained_errors;
use crate::protocol::{form, url};

/// Asks the worker for the page whose answers it catches; callback-worker.js knows the name.
const HELLO: &str = "pkce-login-callback-hello";
/// Carries one token request; callback-worker.js knows the name.
const EXCHANGE: &str = "pkce-login-callback-exchange";
/// Asks the worker to put a code that it holds into its token request; callback-worker.js knows the name.
const RELEASE: &str = "pkce-login-callback-release";
/// Asks the worker to forget every answer; callback-worker.js knows the name.
const FORGET: &str = "pkce-login-callback-forget";

/// Marks in the tab storage that there is no worker beside the callback page.
const ABSENT: &str = "pkce-login.no-worker";

/// How long to wait for a token request, in milliseconds. The worker waits 20 seconds for the authorizer, and then
/// reports that.
const EXCHANGE_LIMIT: i32 = TIME_LIMIT + 5_000;

explained_errors! {
    /// Why the worker does not catch answers here. Nothing was sent.
    CallbackWorkerError {
        InsecureOrigin = "insecure_origin": "The callback worker cannot run at this address.", "It is a service worker, and browsers allow those on https and on this machine only.", "Open the page over https, or receive the answer without the worker.";
        Unavailable = "service_workers_unavailable": "This browser has no service workers here.", "They are switched off, or this is a private window without them.", "Receive the answer without the worker.";
        Blocked = "service_workers_blocked": "The browser blocks service workers on this page.", "Cookies and site data are blocked for this site, or the page is in a restricted frame.", "Allow site data for this site, or receive the answer without the worker.";
        RegistrationFailed = "registration_failed": "The callback worker could not be installed.", "Its script is not beside the callback page, or the browser could not load it.", "Check that callback-worker.js was uploaded beside callback.html.";
        NotActive = "worker_not_active": "The callback worker was not ready in time.", "The browser installed it but did not start it.", "Close other tabs of this site and reload.";
        NoAnswer = "worker_no_answer": "The callback worker does not answer.", "It could not start, or another script runs in its place.", "Reload the page.";
        ScopeTaken = "callback_scope_taken": "The callback page already has another service worker.", "Registering ours would remove it, so it was left alone.", "Import callback-worker.js into that worker, or receive the answer without it.";
    }
}

worker_problems!(CallbackWorkerError);

/// A port to the handler of requests to that URL: `None` for the network, an error if the handler is gone.
type PortTo = Box<dyn Fn(&str) -> Option<Result<MessagePort, HttpFailure>>>;

thread_local! {
    /// The way to the built-in authorizer. Only code that uses both sets it, so an app without that authorizer leaves
    /// it out.
    static PORT_TO: RefCell<Option<PortTo>> = const { RefCell::new(None) };

    /// The callback pages whose worker has answered this page.
    static READY: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A callback worker that is ready: it is active and has answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallbackWorker {
    page: String,
}

/// Registers the worker for the callback page only and waits until it can catch answers. Call it before every redirect
/// to the authorizer, because the person may have cleared the site data since. Call it also when a page opens, before
/// the page takes an answer: only a page that called it asks the worker to exchange a caught code.
///
/// `script_url` is the URL of `callback-worker.js`, `callback_url` that of the callback page (the redirect URI). For a
/// worker that imports the script with `importScripts`, pass the URL of that worker; it is used as it is. No other
/// registration changes.
///
/// # Errors
/// [`CallbackWorkerError`]. Without the worker the callback page itself takes answers in query and fragment.
pub async fn ensure_ready(script_url: &str, callback_url: &str) -> Result<CallbackWorker, CallbackWorkerError> {
    exchange_caught();
    let (script_url, page) = (absolute(script_url), absolute(page_of(callback_url)));
    READY.with_borrow_mut(|ready| ready.retain(|known| *known != page));
    let container = container()?;
    let known = registered_for(&container, &page).await;
    let known = known.map(|known| (known.scope() == page, runs(&known, &script_url), known));
    let registration = match known {
        Some((true, Some(false), _)) => return Err(CallbackWorkerError::ScopeTaken),
        Some((false, Some(true), imported)) => imported,
        _ => register(&container, &script_url, &page).await?,
    };
    let worker = active_worker(&registration).await?;
    let hello = message(HELLO).map_err(|_| CallbackWorkerError::NoAnswer)?;
    let answer = ask(&worker, &hello, TIME_LIMIT).await.map_err(|_| CallbackWorkerError::NoAnswer)?;
    if !flag(&answer, "ready") || text(&answer, "page") != page {
        return Err(CallbackWorkerError::NoAnswer);
    }
    READY.with_borrow_mut(|ready| ready.push(page.clone()));
    Ok(CallbackWorker { page })
}

/// Lets this page exchange a caught code without waiting for the worker: the worker of an earlier page may have caught
/// the answer that this page opens with.
pub fn exchange_caught() {
    http::send_caught_codes_by(|request| Box::pin(exchange(request)));
}

/// Makes the worker ready if its script lies beside the callback page. If not, no page of this tab asks for the script
/// again. A page with its own transport does not use the worker.
pub async fn use_if_there(script_url: &str, callback_url: &str) {
    // A pointer at the button calls this again, and the person may press before the worker answers a second time.
    if http::has_transport() || is_ready_for(callback_url) {
        return;
    }
    let storage = store::tab().ok();
    let is_absent = |storage: &Storage| storage.get_item(ABSENT).is_ok_and(|mark| mark.is_some());
    if storage.as_ref().is_some_and(is_absent) {
        return;
    }
    if ensure_ready(script_url, callback_url).await == Err(CallbackWorkerError::RegistrationFailed)
        && let Some(storage) = storage
    {
        // If the storage refuses the mark, the next page asks again.
        let _ = storage.set_item(ABSENT, "1");
    }
}

/// Whether a registration runs that script and no other; `None` where it has just begun and has no worker yet.
fn runs(registration: &ServiceWorkerRegistration, script_url: &str) -> Option<bool> {
    let workers = [registration.active(), registration.waiting(), registration.installing()];
    workers.iter().flatten().map(|worker| worker.script_url() == script_url).reduce(|all, one| all && one)
}

/// The URL as the browser writes it, for comparison with what the browser reports.
fn absolute(url: &str) -> String {
    Url::new_with_base(url, &page::location()).map_or_else(|_| url.to_owned(), |url| url.href())
}

impl CallbackWorker {
    /// From now on the worker exchanges caught codes of `built_in` with `built_in`. Call it wherever both are ready.
    pub fn exchange_at(&self, built_in: &BuiltIn) {
        let built_in = built_in.clone();
        let port_to = move |url: &str| built_in.answers(url).then(|| built_in.port().ok_or(HttpFailure::Unreachable));
        PORT_TO.set(Some(Box::new(port_to)));
    }

    /// Makes the worker forget every answer, and removes it. Other workers of the app stay.
    pub async fn forget(&self) {
        READY.with_borrow_mut(|ready| ready.retain(|known| *known != self.page));
        let Ok(container) = container() else { return };
        let Some(registration) = registered_at(&container, &self.page).await else { return };
        if let Some(worker) = registration.active()
            && let Ok(message) = message(FORGET)
        {
            let _ = ask(&worker, &message, TIME_LIMIT).await;
        }
        if let Ok(removing) = registration.unregister() {
            let _ = JsFuture::from(removing).await;
        }
    }
}

/// Whether this page has made sure that answers to that redirect URI are caught.
pub(super) fn is_ready_for(redirect_uri: &str) -> bool {
    let page = absolute(page_of(redirect_uri));
    READY.with_borrow(|ready| ready.contains(&page))
}

/// Whether the worker reaches that endpoint directly: not through a transport or a port of this page.
pub(super) fn sends_itself(token_endpoint: &str) -> bool {
    !http::has_transport()
        && PORT_TO.with_borrow(|port_to| port_to.as_ref().is_none_or(|port_to| port_to(token_endpoint).is_none()))
}

/// Lets the worker send a token request, with the code in place of the ticket. The worker sends it to the URL of the
/// request and cannot know whether that is right.
async fn exchange(request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
    let body = request.body.as_deref().unwrap_or_default();
    let redirect_uri = form::pairs(body).find(|pair| pair.name == "redirect_uri").map(|pair| pair.value.into_owned());
    // Only the worker has the code: without the worker, the code is lost.
    let worker = holder(&redirect_uri.unwrap_or_default()).await.ok_or(HttpFailure::AnswerLost)?;
    // The previous page may have had no transport: then the worker has sent the request and has the response.
    if http::has_transport()
        && let Some(whole) = released(&worker, &request).await?
    {
        return http::send(whole).await;
    }
    let port = PORT_TO.with_borrow(|port_to| port_to.as_ref().and_then(|port_to| port_to(&request.url))).transpose()?;
    let message = carried(&request).map_err(|_| HttpFailure::AnswerLost)?;
    let answer = ask_with(&worker, &message, port, EXCHANGE_LIMIT).await?;
    match text(&answer, "failed").as_str() {
        // A policy that the host sends with the worker script blocks requests to the authorizer, so nothing was sent.
        "forbidden" => match released(&worker, &request).await? {
            Some(whole) => http::send(whole).await,
            None => Err(HttpFailure::AnswerLost),
        },
        "" => received(&answer).ok_or(HttpFailure::Unreachable),
        "lost" => Err(HttpFailure::AnswerLost),
        "redirected" => Err(HttpFailure::Redirected),
        "timed_out" => Err(HttpFailure::TimedOut),
        "blocked" => Err(HttpFailure::CorsBlocked),
        "too_large" => Err(HttpFailure::TooLarge),
        _ => Err(HttpFailure::Unreachable),
    }
}

/// The request with the code in it, for a page that sends it; `None` where the worker has sent it.
async fn released(worker: &ServiceWorker, request: &HttpRequest) -> Result<Option<HttpRequest>, HttpFailure> {
    let asking = message(RELEASE).and_then(|message| {
        Reflect::set(&message, &"body".into(), &request.body.as_deref().unwrap_or_default().into())?;
        Ok(message)
    });
    let answer = ask(worker, &asking.map_err(|_| HttpFailure::AnswerLost)?, TIME_LIMIT).await?;
    if flag(&answer, "lost") {
        return Err(HttpFailure::AnswerLost);
    }
    if flag(&answer, "begun") {
        return Ok(None);
    }
    Ok(Some(HttpRequest { body: Some(text(&answer, "body")), ..request.clone() }))
}

async fn holder(redirect_uri: &str) -> Option<ServiceWorker> {
    registered_for(&container().ok()?, page_of(redirect_uri)).await?.active()
}

fn carried(request: &HttpRequest) -> Result<Object, JsValue> {
    let headers = Object::new();
    for (name, value) in &request.headers {
        Reflect::set(&headers, &name.as_str().into(), &value.as_str().into())?;
    }
    let message = message(EXCHANGE)?;
    Reflect::set(&message, &"url".into(), &request.url.as_str().into())?;
    Reflect::set(&message, &"headers".into(), &headers)?;
    Reflect::set(&message, &"body".into(), &request.body.as_deref().unwrap_or_default().into())?;
    Ok(message)
}

/// The callback page without the query and fragment of an answer or of a registered redirect URI.
fn page_of(url: &str) -> &str {
    url::split(url).0
}
