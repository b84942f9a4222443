//! Requests of the protocol through `fetch`.

use std::cell::Cell;
use std::pin::Pin;
use std::str::FromStr as _;

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use web_sys::{
    AbortSignal, ReferrerPolicy, RequestCache, RequestCredentials, RequestMode, RequestRedirect, ResponseType,
};

use crate::client::ports::{HttpFailure, HttpRequest, HttpResponse};
use crate::protocol::{form, text, url};

/// Stands before a ticket, where a code would be; callback-worker.js writes it.
pub(super) const CAUGHT: &str = "caught~";

/// How long an answer is waited for, in milliseconds.
const TIME_LIMIT: u32 = 20_000;

/// How long the search for the cause of a failure may take, in milliseconds.
const PROBE_LIMIT: u32 = 5_000;

/// No answer of an authorizer is larger than this, in octets.
const MAX_BODY: usize = 1024 * 1024;

/// Sends a request by way of a worker.
pub(super) type Carrier = fn(HttpRequest) -> Pin<Box<dyn Future<Output = Result<HttpResponse, HttpFailure>>>>;

thread_local! {
    /// Who sends requests whose code the callback worker keeps; set by whoever uses that worker, so that an app that
    /// does not leaves it out.
    static CARRIER: Cell<Option<Carrier>> = const { Cell::new(None) };
}

/// From now on requests with a caught code go this way.
pub(super) fn carry_caught_codes(carrier: Carrier) {
    CARRIER.set(Some(carrier));
}

/// Whether the worker has the code of a token request: the form has its mark in place of it.
fn has_caught_code(body: &str) -> bool {
    form::pairs(body).any(|pair| pair.name == "code" && pair.value.starts_with(CAUGHT))
}

/// Sends one request, once: no cookies, no referrer, no cache, no redirect.
pub(super) async fn send(request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
    if request.body.as_deref().is_some_and(has_caught_code) {
        let url = request.url.clone();
        return match CARRIER.get() {
            // Nobody but the callback worker has the code.
            None => Err(HttpFailure::AnswerLost),
            Some(carry) => match carry(request).await {
                Err(HttpFailure::Unreachable) => Err(why_unreadable(&url).await),
                result => result,
            },
        };
    }
    let signal = AbortSignal::timeout_with_u32(TIME_LIMIT);
    let url = request.url.clone();
    match prepare(request, &signal) {
        Ok(prepared) => match prepared.send().await {
            Ok(response) => read(response, &signal).await,
            Err(_) if signal.aborted() => Err(HttpFailure::TimedOut),
            Err(_) => Err(why_unreadable(&url).await),
        },
        Err(_) => Err(HttpFailure::Unreachable),
    }
}

fn prepare(request: HttpRequest, signal: &AbortSignal) -> Result<Request, gloo_net::Error> {
    let builder = RequestBuilder::new(&request.url)
        .credentials(RequestCredentials::Omit)
        .cache(RequestCache::NoStore)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        // "manual", not "error": neither follows, but this one tells a redirect from a dead line.
        .redirect(RequestRedirect::Manual)
        .abort_signal(Some(signal));
    let builder = request.headers.iter().fold(builder, |builder, (name, value)| builder.header(name, value));
    let builder = builder.method(Method::from_str(&request.method).unwrap_or(Method::GET));
    match request.body {
        None => builder.build(),
        Some(body) => builder.body(body),
    }
}

async fn read(response: Response, signal: &AbortSignal) -> Result<HttpResponse, HttpFailure> {
    if response.type_() == ResponseType::Opaqueredirect {
        return Err(HttpFailure::Redirected);
    }
    let header = |name: &str| response.headers().get(name);
    let date = header("date").map(|date| js_sys::Date::parse(&date) / 1000.0).filter(|seconds| seconds.is_finite());
    let head = HttpResponse {
        status: response.status(),
        content_type: header("content-type"),
        dpop_nonce: header("dpop-nonce"),
        www_authenticate: header("www-authenticate"),
        #[allow(clippy::cast_possible_truncation)] // Finite, and a date.
        date: date.map(|seconds| seconds as i64),
        body: Vec::new(),
    };
    let announced = header("content-length").and_then(|length| text::number(&length));
    if announced.is_some_and(|length| length > MAX_BODY as i64) {
        return Err(HttpFailure::TooLarge);
    }
    match response.binary().await {
        Ok(body) if body.len() > MAX_BODY => Err(HttpFailure::TooLarge),
        Ok(body) => Ok(HttpResponse { body, ..head }),
        Err(_) if signal.aborted() => Err(HttpFailure::TimedOut),
        Err(_) => Err(HttpFailure::Unreachable),
    }
}

/// `fetch` does not say whether nobody answered or whether this page may not read the answer. A second request
/// that asks for no answer, and carries nothing of the first, tells them apart.
async fn why_unreadable(url: &str) -> HttpFailure {
    let signal = AbortSignal::timeout_with_u32(PROBE_LIMIT);
    let (bare, _, _) = url::split(url);
    let probe = RequestBuilder::new(bare)
        .mode(RequestMode::NoCors)
        .credentials(RequestCredentials::Omit)
        .cache(RequestCache::NoStore)
        .referrer_policy(ReferrerPolicy::NoReferrer)
        .abort_signal(Some(&signal))
        .build();
    let Ok(probe) = probe else { return HttpFailure::Unreachable };
    match probe.send().await {
        Ok(_) => HttpFailure::CorsBlocked,
        Err(_) => HttpFailure::Unreachable,
    }
}
