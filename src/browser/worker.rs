//! What the page does for each service worker of this crate: register it, wait for it, and ask it.

use js_sys::{Array, ArrayBuffer, Function, Object, Promise, Reflect, Symbol, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    MessageChannel, MessageEvent, MessagePort, RegistrationOptions, ServiceWorker, ServiceWorkerContainer,
    ServiceWorkerRegistration, ServiceWorkerState, ServiceWorkerUpdateViaCache, Url,
};

use crate::client::ports::{HttpFailure, HttpResponse};

/// The Trusted Types policy for the workers of this crate; a page names it in its `trusted-types` directive.
const POLICY: &str = "pkce-login";

/// How long a worker may take to install, to start or to answer, in milliseconds.
pub(super) const TIME_LIMIT: i32 = 20_000;

/// Why there is no active worker. Each caller has its own texts for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WorkerProblem {
    InsecureOrigin,
    Unavailable,
    Blocked,
    RegistrationFailed,
    NotActive,
}

/// Converts every [`WorkerProblem`] to the error variant of the same name.
macro_rules! worker_problems {
    ($error:ident) => {
        $crate::protocol::explain::same_names! {
            $crate::browser::worker::WorkerProblem => $error {
                InsecureOrigin, Unavailable, Blocked, RegistrationFailed, NotActive,
            }
        }
    };
}
pub(super) use worker_problems;

/// `navigator.serviceWorker`, if it exists: otherwise the plain getter throws or returns `undefined`.
pub(super) fn container() -> Result<ServiceWorkerContainer, WorkerProblem> {
    let window = web_sys::window().ok_or(WorkerProblem::Unavailable)?;
    match Reflect::get(&window.navigator(), &"serviceWorker".into()) {
        Ok(container) if !container.is_undefined() => Ok(container.unchecked_into()),
        Ok(_) if !window.is_secure_context() => Err(WorkerProblem::InsecureOrigin),
        Ok(_) => Err(WorkerProblem::Unavailable),
        Err(_) => Err(WorkerProblem::Blocked),
    }
}

pub(super) async fn register(
    container: &ServiceWorkerContainer,
    script_url: &str,
    scope: &str,
) -> Result<ServiceWorkerRegistration, WorkerProblem> {
    let options = RegistrationOptions::new();
    options.set_scope(scope);
    options.set_update_via_cache(ServiceWorkerUpdateViaCache::None);
    // Not the typed method: it takes only text, which a page with Trusted Types refuses.
    let register = Reflect::get(container, &"register".into()).and_then(JsCast::dyn_into::<Function>);
    let registering = register.and_then(|register| register.call2(container, &trusted(script_url), &options));
    let registered = match registering {
        Ok(registering) => JsFuture::from(Promise::resolve(&registering)).await,
        Err(error) => Err(error),
    };
    match registered {
        Ok(registration) => registration.dyn_into().map_err(|_| WorkerProblem::RegistrationFailed),
        Err(error) if name_of(&error) == "SecurityError" => Err(WorkerProblem::Blocked),
        Err(_) => Err(WorkerProblem::RegistrationFailed),
    }
}

/// The address of a script of this origin, as a page with `require-trusted-types-for 'script'` accepts it. If the page
/// does not name this policy, the address stays text, and the browser refuses it.
fn trusted(script_url: &str) -> JsValue {
    let make = |policy: JsValue| {
        let make: Function = Reflect::get(&policy, &"createScriptURL".into()).ok()?.dyn_into().ok()?;
        make.call1(&policy, &script_url.into()).ok()
    };
    policy().and_then(make).unwrap_or_else(|| script_url.into())
}

/// The policy, which a page can create once: builtin.js and every module of this crate find it under the same symbol.
fn policy() -> Option<JsValue> {
    let window = web_sys::window()?;
    let types = Reflect::get(&window, &"trustedTypes".into()).ok().filter(JsValue::is_object)?;
    let symbol = Symbol::for_(POLICY);
    let known = Reflect::get(&window, &symbol).ok()?;
    if known.is_object() {
        return Some(known);
    }
    let own = window.location();
    let pass = move |url: String| {
        let below = [&own.origin()?, "/"].concat();
        // Returns the address that it checked, whatever base the page has. Compares text: a blob has the origin of the
        // page, too.
        let url = Url::new_with_base(&url, &own.href()?)?.href();
        if url.starts_with(&below) { Ok(url) } else { Err(JsValue::NULL) }
    };
    let pass = Closure::<dyn Fn(String) -> Result<String, JsValue>>::new(pass);
    let rules = Object::new();
    Reflect::set(&rules, &"createScriptURL".into(), pass.as_ref()).ok()?;
    let create: Function = Reflect::get(&types, &"createPolicy".into()).ok()?.dyn_into().ok()?;
    let policy = create.call2(&types, &POLICY.into(), &rules).ok()?;
    // Lives as long as the page.
    pass.forget();
    Reflect::set(&window, &symbol, &policy).ok()?;
    Some(policy)
}

/// The registration in whose scope `url` lies; of several, the one with the longest scope.
pub(super) async fn registered_for(container: &ServiceWorkerContainer, url: &str) -> Option<ServiceWorkerRegistration> {
    let found = JsFuture::from(container.get_registration_with_document_url(url)).await;
    found.ok()?.dyn_into().ok()
}

/// The registration with exactly that scope.
pub(super) async fn registered_at(
    container: &ServiceWorkerContainer,
    scope: &str,
) -> Option<ServiceWorkerRegistration> {
    // The browser also finds the worker of a parent directory.
    registered_for(container, scope).await.filter(|registration| registration.scope() == scope)
}

/// Waits until the registration has an active worker. An activating worker already accepts messages.
pub(super) async fn active_worker(registration: &ServiceWorkerRegistration) -> Result<ServiceWorker, WorkerProblem> {
    loop {
        if let Some(worker) = registration.active() {
            return Ok(worker);
        }
        let coming =
            registration.installing().or_else(|| registration.waiting()).ok_or(WorkerProblem::RegistrationFailed)?;
        let changed = within(TIME_LIMIT, |resolve| {
            coming.set_onstatechange(Some(resolve));
            Ok(())
        });
        changed.await.map_err(|_| WorkerProblem::NotActive)?.ok_or(WorkerProblem::NotActive)?;
        coming.set_onstatechange(None);
        if coming.state() == ServiceWorkerState::Redundant {
            return Err(WorkerProblem::RegistrationFailed);
        }
    }
}

/// Sends a message and waits at most `limit` milliseconds for the reply.
pub(super) async fn ask(worker: &ServiceWorker, message: &Object, limit: i32) -> Result<JsValue, HttpFailure> {
    ask_with(worker, message, None, limit).await
}

/// The same, with another port for the worker's own use.
pub(super) async fn ask_with(
    worker: &ServiceWorker,
    message: &Object,
    port: Option<MessagePort>,
    limit: i32,
) -> Result<JsValue, HttpFailure> {
    let channel = MessageChannel::new().map_err(|_| HttpFailure::Unreachable)?;
    let ports: Array = std::iter::once(channel.port2()).chain(port).collect();
    let answered = within(limit, |resolve| {
        channel.port1().set_onmessage(Some(resolve));
        worker.post_message_with_transferable(message, &ports)
    });
    let event = answered.await.map_err(|_| HttpFailure::Unreachable)?.ok_or(HttpFailure::TimedOut)?;
    channel.port1().close();
    let event: MessageEvent = event.dyn_into().map_err(|_| HttpFailure::Unreachable)?;
    Ok(event.data())
}

/// Waits for one event, for which `listen` sets the handler; `None` if it does not come in time.
async fn within(
    limit: i32,
    mut listen: impl FnMut(&js_sys::Function) -> Result<(), JsValue>,
) -> Result<Option<JsValue>, JsValue> {
    let window = web_sys::window().ok_or(JsValue::UNDEFINED)?;
    let mut refused = None;
    // The event resolves the promise with itself, the timer with nothing.
    let settled = Promise::new(&mut |resolve, _| {
        let started = listen(&resolve)
            .and_then(|()| window.set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, limit).map(drop));
        refused = started.err();
    });
    if let Some(error) = refused {
        return Err(error);
    }
    let event = JsFuture::from(settled).await?;
    Ok(event.is_object().then_some(event))
}

pub(super) fn message(kind: &str) -> Result<Object, JsValue> {
    let message = Object::new();
    Reflect::set(&message, &"type".into(), &kind.into())?;
    Ok(message)
}

/// Reads `{ status, headers: [[name, value], …], body }`; the body is text, or raw octets.
pub(super) fn received(answer: &JsValue) -> Option<HttpResponse> {
    let member = |name: &str| Reflect::get(answer, &name.into()).ok();
    let headers: Array = member("headers")?.dyn_into().ok()?;
    let header = |wanted: &str| {
        let pairs = headers.iter().filter_map(|pair| pair.dyn_into::<Array>().ok());
        let mut named =
            pairs.filter(|pair| pair.get(0).as_string().is_some_and(|name| name.eq_ignore_ascii_case(wanted)));
        named.next()?.get(1).as_string()
    };
    let date = header("date").map(|date| js_sys::Date::parse(&date) / 1000.0).filter(|seconds| seconds.is_finite());
    let body = match member("body")?.dyn_into::<ArrayBuffer>() {
        Ok(octets) => Uint8Array::new(&octets).to_vec(),
        Err(text) => text.as_string()?.into_bytes(),
    };
    Some(HttpResponse {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // A status code.
        status: member("status")?.as_f64()? as u16,
        content_type: header("content-type"),
        dpop_nonce: header("dpop-nonce"),
        redirected_to: None,
        retry_after: None,
        www_authenticate: header("www-authenticate"),
        #[allow(clippy::cast_possible_truncation)] // Finite, and a date.
        date: date.map(|seconds| seconds as i64),
        body,
    })
}

pub(super) fn flag(answer: &JsValue, name: &str) -> bool {
    Reflect::get(answer, &name.into()).is_ok_and(|value| value.is_truthy())
}

/// A member as text; empty if it is not text.
pub(super) fn text(answer: &JsValue, name: &str) -> String {
    Reflect::get(answer, &name.into()).ok().and_then(|value| value.as_string()).unwrap_or_default()
}

fn name_of(error: &JsValue) -> String {
    text(error, "name")
}
