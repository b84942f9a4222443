//! The built-in authorizer as the page sees it: a service worker that must be ready before the browser goes to it.
//!
//! A registered worker need not control the page: after a hard reload, and on the very first visit, page requests
//! bypass the worker. The page then sends them as messages.

use js_sys::{Array, Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{MessageChannel, MessagePort, ServiceWorker, ServiceWorkerRegistration, ServiceWorkerState};

use super::worker::{
    TIME_LIMIT, active_worker, ask, container, flag, message, received, register, registered_at, worker_problems,
};
use crate::client::ports::{HttpFailure, HttpRequest, HttpResponse};
use crate::protocol::explain::explained_errors;

/// Asks the worker whether it can answer; worker.js knows the name.
const HELLO: &str = "pkce-login-authorizer-hello";
/// Carries one request; worker.js knows the name.
const REQUEST: &str = "pkce-login-authorizer-request";
/// Gives the worker a port on which a request will arrive; worker.js knows the name.
const LISTEN: &str = "pkce-login-authorizer-listen";
/// Asks the worker to delete its data; worker.js knows the name.
const FORGET: &str = "pkce-login-authorizer-forget";

explained_errors! {
    /// Why there is no built-in authorizer here. Nothing was sent.
    BuiltInError {
        InsecureOrigin = "insecure_origin": "The built-in authorizer cannot run at this address.", "It is a service worker, and browsers allow those on https and on this machine only.", "Open the page over https or on localhost, or set up an authorizer of your own.";
        Unavailable = "service_workers_unavailable": "This browser has no service workers here.", "They are switched off, or this is a private window without them. The built-in authorizer is one.", "Use an ordinary window or another browser, or set up an authorizer of your own.";
        Blocked = "service_workers_blocked": "The browser blocks service workers on this page.", "Cookies and site data are blocked for this site, or the page is in a restricted frame. The built-in authorizer is a service worker.", "Allow site data for this site and reload, or set up an authorizer of your own.";
        RegistrationFailed = "registration_failed": "The built-in authorizer could not be installed.", "Its script is missing, or the browser could not load all of it.", "Reload the page. If it happens again, check that the upload is complete.";
        NotActive = "worker_not_active": "The built-in authorizer was not ready in time.", "The browser installed it but did not start it.", "Close other tabs of this site and reload.";
        NoAnswer = "worker_no_answer": "The built-in authorizer does not answer.", "It could not start, or stopped while it worked.", "Reload the page.";
        OriginNotAllowed = "origin_not_allowed": "The built-in authorizer does not work at this address.", "It lets anyone in, so it runs on this machine only, unless the site explicitly allows it.", "Register its script with ?allow-origin=1 if this site is for demonstrations only.";
    }
}

worker_problems!(BuiltInError);

/// An authorizer that is ready: its worker is active and has answered.
#[derive(Debug, Clone)]
pub struct BuiltIn {
    registration: ServiceWorkerRegistration,
    script_url: String,
    scope: String,
}

/// Registers the worker and waits until it can answer. Call it before every redirect to the authorizer: the person may
/// have cleared the site data since. For a ready worker this costs one message.
///
/// `scope` is the absolute URL of the app directory; the issuer is `authorizer` below it.
///
/// # Errors
/// [`BuiltInError`].
pub async fn ensure_ready(script_url: &str, scope: &str) -> Result<BuiltIn, BuiltInError> {
    let registration = register(&container()?, script_url, scope).await?;
    let worker = active_worker(&registration).await?;
    let answer = ask(&worker, &message(HELLO).map_err(|_| BuiltInError::NoAnswer)?, TIME_LIMIT).await;
    let answer = answer.map_err(|_| BuiltInError::NoAnswer)?;
    if flag(&answer, "refused") {
        return Err(BuiltInError::OriginNotAllowed);
    }
    if !flag(&answer, "ready") {
        return Err(BuiltInError::NoAnswer);
    }
    Ok(BuiltIn { registration, script_url: script_url.to_owned(), scope: scope.to_owned() })
}

/// Removes the authorizer at `scope`, if any, and its data, whichever page started it. What the browser refuses to
/// remove stays.
pub async fn forget(scope: &str) {
    let Ok(container) = container() else { return };
    let Some(registration) = registered_at(&container, scope).await else { return };
    if let Some(worker) = registration.active()
        && let Ok(message) = message(FORGET)
    {
        let _ = ask(&worker, &message, TIME_LIMIT).await;
    }
    if let Ok(removing) = registration.unregister() {
        let _ = JsFuture::from(removing).await;
    }
}

impl BuiltIn {
    /// Whether a request to `url` is for the built-in authorizer and would bypass its worker, which does not control
    /// this page.
    #[must_use]
    pub fn must_carry(&self, url: &str) -> bool {
        self.answers(url) && !self.is_controlling()
    }

    /// Whether a request to `url` is for the built-in authorizer.
    #[must_use]
    pub fn answers(&self, url: &str) -> bool {
        let below = url.strip_prefix(&self.scope).and_then(|path| path.strip_prefix("authorizer"));
        below.is_some_and(|rest| rest.starts_with('/'))
    }

    /// A port on which the worker answers the first request that arrives within twenty seconds. It is for another
    /// service worker, whose requests bypass this one. `None` if the worker is gone.
    #[must_use]
    pub fn port(&self) -> Option<MessagePort> {
        let worker = self.worker()?;
        let (channel, listen) = (MessageChannel::new().ok()?, message(LISTEN).ok()?);
        worker.post_message_with_transferable(&listen, &Array::of1(&channel.port2())).ok()?;
        Some(channel.port1())
    }

    /// Whether page requests reach the worker directly.
    #[must_use]
    pub fn is_controlling(&self) -> bool {
        let controller = container().ok().and_then(|container| container.controller());
        let active = self.registration.active();
        controller.zip(active).is_some_and(|(controller, active)| controller.script_url() == active.script_url())
    }

    /// Sends one request to the worker, once. A worker that is gone is registered again first. A request without a
    /// response is not repeated, because the code in it may be used up.
    ///
    /// # Errors
    /// [`HttpFailure`], as if the request had gone over the network.
    pub async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let worker = match self.worker() {
            Some(worker) => worker,
            None => self.revive().await.map_err(|_| HttpFailure::Unreachable)?,
        };
        let message = carried(request).map_err(|_| HttpFailure::Unreachable)?;
        let answer = ask(&worker, &message, TIME_LIMIT).await?;
        if flag(&answer, "blocked") {
            return Err(HttpFailure::CorsBlocked);
        }
        received(&answer).ok_or(HttpFailure::Unreachable)
    }

    fn worker(&self) -> Option<ServiceWorker> {
        self.registration.active().filter(|worker| worker.state() != ServiceWorkerState::Redundant)
    }

    async fn revive(&self) -> Result<ServiceWorker, BuiltInError> {
        let registration = register(&container()?, &self.script_url, &self.scope).await?;
        Ok(active_worker(&registration).await?)
    }
}

fn carried(request: &HttpRequest) -> Result<Object, JsValue> {
    let headers = Object::new();
    for (name, value) in &request.headers {
        Reflect::set(&headers, &name.to_ascii_lowercase().into(), &value.as_str().into())?;
    }
    let message = message(REQUEST)?;
    let body = request.body.as_deref().unwrap_or_default();
    for (name, value) in [("url", request.url.as_str()), ("method", &request.method), ("body", body)] {
        Reflect::set(&message, &name.into(), &value.into())?;
    }
    Reflect::set(&message, &"headers".into(), &headers)?;
    Ok(message)
}
