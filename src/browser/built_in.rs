//! The built-in authorizer as a page sees it: a service worker that has to be there before anyone is sent to it.
//!
//! Registered is not controlling: after a hard reload, and on the very first visit, the page's own requests pass
//! the worker by. Then they go to it as messages.

use js_sys::{Array, Object, Promise, Reflect};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MessageChannel, MessageEvent, RegistrationOptions, ServiceWorker, ServiceWorkerContainer,
    ServiceWorkerRegistration, ServiceWorkerState, ServiceWorkerUpdateViaCache,
};

use crate::client::ports::{HttpFailure, HttpRequest, HttpResponse};
use crate::protocol::explain::explained_errors;

/// How long a worker may take to install, to start or to answer, in milliseconds.
const TIME_LIMIT: i32 = 20_000;

/// Asks the worker whether it can answer; worker.js knows the name.
const HELLO: &str = "pkce-login-authorizer-hello";
/// Carries one request; worker.js knows the name.
const REQUEST: &str = "pkce-login-authorizer-request";
/// Asks the worker to delete what it keeps; worker.js knows the name.
const FORGET: &str = "pkce-login-authorizer-forget";

explained_errors! {
    /// Why there is no built-in authorizer here. Nothing has been sent.
    BuiltInError {
        InsecureOrigin = "insecure_origin": "The built-in authorizer cannot run at this address.", "It is a service worker, and browsers allow those on https and on this machine only.", "Open the page over https or on localhost, or set up an authorizer of your own.";
        Unavailable = "service_workers_unavailable": "This browser has no service workers here.", "They are switched off, or this is a private window of a browser that has none there. The built-in authorizer is one.", "Use an ordinary window or another browser, or set up an authorizer of your own.";
        Blocked = "service_workers_blocked": "The browser does not let this page have a service worker.", "Cookies and site data are blocked for this site, or the page stands in a frame that may not. The built-in authorizer is a service worker.", "Allow site data for this site and reload, or set up an authorizer of your own.";
        RegistrationFailed = "registration_failed": "The built-in authorizer could not be installed.", "Its script is not where it should be, or the browser could not load all of it.", "Reload the page. If it happens again, check that the site was uploaded whole.";
        NotActive = "worker_not_active": "The built-in authorizer did not get ready in time.", "The browser installed it but did not start it.", "Close other tabs of this site and reload.";
        NoAnswer = "worker_no_answer": "The built-in authorizer does not answer.", "It could not start, or stopped while it worked.", "Reload the page.";
        OriginNotAllowed = "origin_not_allowed": "The built-in authorizer does not work at this address.", "It lets anyone in, so it runs on this machine only, unless the site allows it in so many words.", "Register its script with ?allow-origin=1 if this site is for demonstrations only.";
    }
}

/// An authorizer that is ready: its worker is active and has answered.
#[derive(Debug, Clone)]
pub struct BuiltIn {
    registration: ServiceWorkerRegistration,
    script_url: String,
    scope: String,
}

/// Registers the worker and waits until it can answer. Call it before every trip to the authorizer: the person
/// may have cleared the site's data since the last one. Where all is well it costs one message.
///
/// `scope` is the absolute URL of the app's directory; the issuer is `authorizer` below it.
///
/// # Errors
/// [`BuiltInError`].
pub async fn ensure_ready(script_url: &str, scope: &str) -> Result<BuiltIn, BuiltInError> {
    let registration = register(&container()?, script_url, scope).await?;
    let worker = active_worker(&registration).await?;
    let answer = ask(&worker, &message(HELLO).map_err(|_| BuiltInError::NoAnswer)?).await;
    let answer = answer.map_err(|_| BuiltInError::NoAnswer)?;
    if flag(&answer, "refused") {
        return Err(BuiltInError::OriginNotAllowed);
    }
    if !flag(&answer, "ready") {
        return Err(BuiltInError::NoAnswer);
    }
    Ok(BuiltIn { registration, script_url: script_url.to_owned(), scope: scope.to_owned() })
}

/// Removes the authorizer at `scope` and what it kept, whichever page started it. What is not there need not be
/// removed, and what the browser refuses to remove stays.
pub async fn forget(scope: &str) {
    let Ok(container) = container() else { return };
    let found = JsFuture::from(container.get_registration_with_document_url(scope)).await;
    let Ok(Ok(registration)) = found.map(|found| found.dyn_into::<ServiceWorkerRegistration>()) else { return };
    // The browser also finds a worker of a directory above, which is not this one.
    if registration.scope() != scope {
        return;
    }
    if let Some(worker) = registration.active()
        && let Ok(message) = message(FORGET)
    {
        let _ = ask(&worker, &message).await;
    }
    if let Ok(removing) = registration.unregister() {
        let _ = JsFuture::from(removing).await;
    }
}

impl BuiltIn {
    /// Whether a request to `url` is for the built-in authorizer and would pass it by, because this page is not
    /// controlled by its worker.
    #[must_use]
    pub fn must_carry(&self, url: &str) -> bool {
        let below = url.strip_prefix(&self.scope).and_then(|path| path.strip_prefix("authorizer"));
        below.is_some_and(|rest| rest.starts_with('/')) && !self.is_controlling()
    }

    /// Whether the requests of this page reach the worker by themselves.
    #[must_use]
    pub fn is_controlling(&self) -> bool {
        let controller = container().ok().and_then(|container| container.controller());
        let active = self.registration.active();
        controller.zip(active).is_some_and(|(controller, active)| controller.script_url() == active.script_url())
    }

    /// Carries one request to the worker, once. A worker that is gone is registered anew before that; a request
    /// that got no answer is not repeated, as a code in it may be spent.
    ///
    /// # Errors
    /// [`HttpFailure`], as if the request had gone over the network.
    pub async fn send(&self, request: &HttpRequest) -> Result<HttpResponse, HttpFailure> {
        let worker = match self.registration.active().filter(|worker| worker.state() != ServiceWorkerState::Redundant) {
            Some(worker) => worker,
            None => self.revive().await.map_err(|_| HttpFailure::Unreachable)?,
        };
        let message = carried(request).map_err(|_| HttpFailure::Unreachable)?;
        let answer = ask(&worker, &message).await?;
        if flag(&answer, "blocked") {
            return Err(HttpFailure::CorsBlocked);
        }
        received(&answer).ok_or(HttpFailure::Unreachable)
    }

    async fn revive(&self) -> Result<ServiceWorker, BuiltInError> {
        let registration = register(&container()?, &self.script_url, &self.scope).await?;
        active_worker(&registration).await
    }
}

/// `navigator.serviceWorker`, if there is one: the plain getter throws, or gives `undefined`, where there is none.
fn container() -> Result<ServiceWorkerContainer, BuiltInError> {
    let window = web_sys::window().ok_or(BuiltInError::Unavailable)?;
    match Reflect::get(&window.navigator(), &"serviceWorker".into()) {
        Ok(container) if !container.is_undefined() => Ok(container.unchecked_into()),
        Ok(_) if !window.is_secure_context() => Err(BuiltInError::InsecureOrigin),
        Ok(_) => Err(BuiltInError::Unavailable),
        Err(_) => Err(BuiltInError::Blocked),
    }
}

async fn register(
    container: &ServiceWorkerContainer,
    script_url: &str,
    scope: &str,
) -> Result<ServiceWorkerRegistration, BuiltInError> {
    let options = RegistrationOptions::new();
    options.set_scope(scope);
    options.set_update_via_cache(ServiceWorkerUpdateViaCache::None);
    let registering = JsFuture::from(container.register_with_options(script_url, &options));
    match registering.await {
        Ok(registration) => registration.dyn_into().map_err(|_| BuiltInError::RegistrationFailed),
        Err(error) if name_of(&error) == "SecurityError" => Err(BuiltInError::Blocked),
        Err(_) => Err(BuiltInError::RegistrationFailed),
    }
}

/// Waits until the registration has an active worker. A worker that is only activating takes messages already.
async fn active_worker(registration: &ServiceWorkerRegistration) -> Result<ServiceWorker, BuiltInError> {
    loop {
        if let Some(worker) = registration.active() {
            return Ok(worker);
        }
        let coming =
            registration.installing().or_else(|| registration.waiting()).ok_or(BuiltInError::RegistrationFailed)?;
        let changed = within_limit(|resolve| {
            coming.set_onstatechange(Some(resolve));
            Ok(())
        });
        changed.await.map_err(|_| BuiltInError::NotActive)?.ok_or(BuiltInError::NotActive)?;
        coming.set_onstatechange(None);
        if coming.state() == ServiceWorkerState::Redundant {
            return Err(BuiltInError::RegistrationFailed);
        }
    }
}

/// Sends a message and waits for the one that comes back.
async fn ask(worker: &ServiceWorker, message: &Object) -> Result<JsValue, HttpFailure> {
    let channel = MessageChannel::new().map_err(|_| HttpFailure::Unreachable)?;
    let answered = within_limit(|resolve| {
        channel.port1().set_onmessage(Some(resolve));
        worker.post_message_with_transferable(message, &Array::of1(&channel.port2()))
    });
    let event = answered.await.map_err(|_| HttpFailure::Unreachable)?.ok_or(HttpFailure::TimedOut)?;
    channel.port1().close();
    let event: MessageEvent = event.dyn_into().map_err(|_| HttpFailure::Unreachable)?;
    Ok(event.data())
}

/// Waits for the one event that `listen` sets its function to listen for; `None` if it does not come in time.
async fn within_limit(
    mut listen: impl FnMut(&js_sys::Function) -> Result<(), JsValue>,
) -> Result<Option<JsValue>, JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    let mut refused = None;
    // An event resolves the promise with itself, the timer with nothing.
    let settled = Promise::new(&mut |resolve, _| {
        let started = listen(&resolve).and_then(|()| {
            window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, TIME_LIMIT).map(drop)
        });
        refused = started.err();
    });
    if let Some(error) = refused {
        return Err(error);
    }
    let event = JsFuture::from(settled).await?;
    Ok(event.is_object().then_some(event))
}

fn message(kind: &str) -> Result<Object, JsValue> {
    let message = Object::new();
    Reflect::set(&message, &"type".into(), &kind.into())?;
    Ok(message)
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

/// Reads `{ status, headers: [[name, value], …], body }`.
fn received(answer: &JsValue) -> Option<HttpResponse> {
    let member = |name: &str| Reflect::get(answer, &name.into()).ok();
    let headers: Array = member("headers")?.dyn_into().ok()?;
    let header = |wanted: &str| {
        let pairs = headers.iter().filter_map(|pair| pair.dyn_into::<Array>().ok());
        let mut named =
            pairs.filter(|pair| pair.get(0).as_string().is_some_and(|name| name.eq_ignore_ascii_case(wanted)));
        named.next()?.get(1).as_string()
    };
    let date = header("date").map(|date| js_sys::Date::parse(&date) / 1000.0).filter(|seconds| seconds.is_finite());
    Some(HttpResponse {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A status code.
        status: member("status")?.as_f64()? as u16,
        content_type: header("content-type"),
        dpop_nonce: header("dpop-nonce"),
        www_authenticate: header("www-authenticate"),
        #[allow(clippy::cast_possible_truncation)] // Finite, and a date.
        date: date.map(|seconds| seconds as i64),
        body: member("body")?.as_string()?.into_bytes(),
    })
}

fn flag(answer: &JsValue, name: &str) -> bool {
    Reflect::get(answer, &name.into()).is_ok_and(|value| value.is_truthy())
}

fn name_of(error: &JsValue) -> String {
    Reflect::get(error, &"name".into()).ok().and_then(|name| name.as_string()).unwrap_or_default()
}
