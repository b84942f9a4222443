//! Protocol requests through `fetch`.
//!
//! `gloo-net` builds the requests, and this module sends them: `gloo-net`'s own `send` ends the WebAssembly module if
//! the result is not a `Response` of this page, and a page may have replaced `fetch`.

use std::cell::{Cell, RefCell};
use std::pin::Pin;

use gloo_net::http::{Headers, Method, Request, RequestBuilder};
use js_sys::{Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, ReadableStreamDefaultReader, ReferrerPolicy, RequestCache, RequestCredentials, RequestMode,
    RequestRedirect, Response, ResponseType,
};

use crate::client::ports::{HttpFailure, HttpRequest, HttpResponse, Purpose};
use crate::protocol::{form, text, url};

/// Stands before a ticket, in place of a code; callback-worker.js writes it.
pub(super) const CAUGHT: &str = "caught~";

/// How long to wait for a response, in milliseconds.
const TIME_LIMIT: u32 = 20_000;

/// How long the search for the cause of a failure may take, in milliseconds.
const PROBE_LIMIT: u32 = 5_000;

/// No response of an authorizer is larger than this, in octets.
const MAX_BODY: usize = 1024 * 1024;

/// Sends a request through a worker.
pub(super) type Carrier = fn(HttpRequest) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpFailure>>>>;

thread_local! {
    /// Sends the requests whose code the callback worker has. Only code that uses that worker sets it, so an app
    /// without the worker leaves it out.
    static CARRIER: Cell<Option<Carrier>> = const { Cell::new(None) };

    /// Replaces the browser's `fetch`.
    static TRANSPORT: RefCell<Option<Function>> = const { RefCell::new(None) };
}

/// From now on the login requests of this page go through `transport`, which has the shape of `fetch(url, init)` and
/// must not follow redirects or repeat requests.
pub fn use_fetch(transport: Function) {
    TRANSPORT.set(Some(transport));
}

/// Whether this page has its own transport.
pub(super) fn has_transport() -> bool {
    TRANSPORT.with_borrow(Option::is_some)
}

/// From now on `carrier` sends requests with a caught code.
pub(super) fn send_caught_codes_by(carrier: Carrier) {
    CARRIER.set(Some(carrier));
}

/// Whether the worker has the code of a token request: the form has the mark in its place.
fn has_caught_code(body: &str) -> bool {
    form::pairs(body).any(|pair| pair.name == "code" && pair.value.starts_with(CAUGHT))
}

/// Sends one request, once: no cookies, no referrer, no cache, and a redirect only for `Purpose::Call`.
pub(super) async fn send(request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
    let url = request.url.clone();
    // A request that changes something at an API gets no probe, not even an empty one.
    let may_probe = request.purpose == Purpose::Protocol || request.method == "GET";
    let is_caught = request.body.as_deref().is_some_and(has_caught_code);
    let answer = match (is_caught, CARRIER.get()) {
        (false, _) => fetch(request).await,
        // Only the callback worker has the code.
        (true, None) => return Err(HttpFailure::AnswerLost),
        (true, Some(carry)) => carry(request).await.map_err(|failure| match failure {
            HttpFailure::Unreachable => None,
            failure => Some(failure),
        }),
    };
    match answer {
        Ok(response) => Ok(response),
        Err(Some(failure)) => Err(failure),
        Err(None) if !may_probe => Err(HttpFailure::Unreachable),
        Err(None) => Err(why_unreadable(&url).await),
    }
}

/// The error is `None` where this page can read no response and the cause is unknown.
async fn fetch(request: HttpRequest) -> Result<HttpResponse, Option<HttpFailure>> {
    let signal = AbortSignal::timeout_with_u32(TIME_LIMIT);
    // A transport of the app need not remove the token where a redirect changes the origin.
    let may_follow = request.purpose == Purpose::Call && !has_transport();
    let made = made(&request, may_follow, &signal).ok_or(None)?;
    match call(made, request.body.as_deref()).await {
        Ok(response) => Ok(read(response, may_follow, &signal).await?),
        Err(_) if signal.aborted() => Err(Some(HttpFailure::TimedOut)),
        Err(_) => Err(None),
    }
}

/// `None` if the browser refuses such a request.
fn made(request: &HttpRequest, may_follow: bool, signal: &AbortSignal) -> Option<Request> {
    let headers = web_sys::Headers::new().ok()?;
    for (name, value) in &request.headers {
        headers.set(name, value).ok()?;
    }
    let builder = common(&request.url, signal)
        .method(Method::from_bytes(request.method.as_bytes()).ok()?)
        .headers(Headers::from_raw(headers))
        // "manual", not "error": neither follows, but "manual" tells a redirect from a failed connection.
        .redirect(if may_follow { RequestRedirect::Follow } else { RequestRedirect::Manual });
    match &request.body {
        Some(body) => builder.body(body.as_str()).ok(),
        None => builder.build().ok(),
    }
}

/// The settings that all requests share.
fn common(url: &str, signal: &AbortSignal) -> RequestBuilder {
    RequestBuilder::new(url)
        .credentials(RequestCredentials::Omit)
        .cache(RequestCache::NoStore)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .abort_signal(Some(signal))
}

/// What a transport of the app gets of a request, beside address and body.
const INIT: [&str; 8] = ["method", "headers", "mode", "redirect", "credentials", "cache", "referrerPolicy", "signal"];

/// `body` is the request body as text: the `Request` gives it only once, and later.
async fn call(request: Request, body: Option<&str>) -> Result<Response, JsValue> {
    let request = web_sys::Request::from(request);
    let answer = match TRANSPORT.with_borrow(Clone::clone) {
        Some(transport) => {
            let init = Object::new();
            for name in INIT {
                Reflect::set(&init, &name.into(), &Reflect::get(&request, &name.into())?)?;
            }
            if let Some(body) = body {
                Reflect::set(&init, &"body".into(), &body.into())?;
            }
            Promise::resolve(&transport.call2(&JsValue::UNDEFINED, &request.url().into(), &init)?)
        }
        None => web_sys::window().ok_or(JsValue::UNDEFINED)?.fetch_with_request(&request),
    };
    JsFuture::from(answer).await?.dyn_into()
}

async fn read(response: Response, may_follow: bool, signal: &AbortSignal) -> Result<HttpResponse, HttpFailure> {
    // The second condition is for a transport of the app: the browser's `fetch` was told not to follow.
    if response.type_() == ResponseType::Opaqueredirect || (response.redirected() && !may_follow) {
        return Err(HttpFailure::Redirected);
    }
    let headers = response.headers();
    let header = |name: &str| headers.get(name).ok().flatten();
    let date = header("date").map(|date| js_sys::Date::parse(&date) / 1000.0).filter(|seconds| seconds.is_finite());
    let head = HttpResponse {
        status: response.status(),
        content_type: header("content-type"),
        dpop_nonce: header("dpop-nonce"),
        www_authenticate: header("www-authenticate"),
        redirected_to: response.redirected().then(|| response.url()),
        retry_after: header("retry-after").and_then(|text| retry_after(&text)),
        #[allow(clippy::cast_possible_truncation)] // Finite, and a date.
        date: date.map(|seconds| seconds as i64),
        body: Vec::new(),
    };
    let announced = header("content-length").and_then(|length| text::number(&length));
    if announced.is_some_and(|length| length > MAX_BODY as i64) {
        return Err(HttpFailure::TooLarge);
    }
    match octets(&response).await {
        Ok(None) => Err(HttpFailure::TooLarge),
        Ok(Some(body)) => Ok(HttpResponse { body, ..head }),
        Err(_) if signal.aborted() => Err(HttpFailure::TimedOut),
        Err(_) => Err(HttpFailure::Unreachable),
    }
}

/// `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(text: &str) -> Option<i64> {
    #[allow(clippy::cast_possible_truncation)] // Finite, and a time from now.
    let until = || {
        let seconds = (js_sys::Date::parse(text) - js_sys::Date::now()) / 1000.0;
        seconds.is_finite().then_some(seconds.ceil() as i64)
    };
    text::number(text.trim_ascii()).or_else(until).filter(|seconds| *seconds >= 0)
}

/// The body; `None` as soon as it exceeds the limit. An announced length may be that of compressed data.
async fn octets(response: &Response) -> Result<Option<Vec<u8>>, JsValue> {
    let mut body = Vec::new();
    let Some(stream) = response.body() else { return Ok(Some(body)) };
    let reader: ReadableStreamDefaultReader = stream.get_reader().dyn_into()?;
    loop {
        let piece = JsFuture::from(reader.read()).await?;
        if Reflect::get(&piece, &"done".into())?.is_truthy() {
            return Ok(Some(body));
        }
        let piece: Uint8Array = Reflect::get(&piece, &"value".into())?.dyn_into()?;
        if body.len() + piece.length() as usize > MAX_BODY {
            // The result does not matter.
            let _ = reader.cancel();
            return Ok(None);
        }
        body.extend(piece.to_vec());
    }
}

/// `fetch` does not say whether no server responded or this page may not read the response. A second request, which
/// needs no response and carries nothing of the first, tells which. It may follow redirects: without CORS a browser
/// sends no other kind (Fetch, main fetch, "no-cors").
async fn why_unreadable(url: &str) -> HttpFailure {
    let signal = AbortSignal::timeout_with_u32(PROBE_LIMIT);
    let (bare, _, _) = url::split(url);
    let Ok(request) = common(bare, &signal).mode(RequestMode::NoCors).build() else { return HttpFailure::Unreachable };
    match call(request, None).await {
        Ok(_) => HttpFailure::CorsBlocked,
        Err(_) => HttpFailure::Unreachable,
    }
}
