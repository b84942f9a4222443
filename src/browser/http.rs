//! Requests of the protocol through `fetch`.

use gloo_net::http::{Method, Request, RequestBuilder, Response};
use web_sys::{
    AbortSignal, ReferrerPolicy, RequestCache, RequestCredentials, RequestMode, RequestRedirect, ResponseType,
};

use super::catcher;
use crate::client::ports::{HttpBody, HttpFailure, HttpRequest, HttpResponse};

/// How long an answer is waited for, in milliseconds.
const TIME_LIMIT: u32 = 20_000;

/// How long the search for the cause of a failure may take, in milliseconds.
const PROBE_LIMIT: u32 = 5_000;

/// The media type of a form, as `fetch` writes it.
const FORM: &str = "application/x-www-form-urlencoded;charset=UTF-8";

/// No answer of an authorizer is larger than this, in octets.
const MAX_BODY: usize = 1024 * 1024;

/// Sends one request, once: no cookies, no referrer, no cache, no redirect.
pub(super) async fn send(request: HttpRequest) -> Result<HttpResponse, HttpFailure> {
    if let HttpBody::Form(body) = &request.body
        && let Some(redirect_uri) = catcher::holder_of_code(body)
    {
        let headers = [("content-type", FORM)];
        return match catcher::exchange(&redirect_uri, &request.url, &headers, body).await {
            Err(HttpFailure::Unreachable) => Err(why_unreadable(&request.url).await),
            result => result,
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
    match request.body {
        HttpBody::Get => builder.build(),
        HttpBody::AuthorizedGet(token_type, token) => {
            builder.header("Authorization", &format!("{} {}", token_type.scheme(), token.expose())).build()
        }
        HttpBody::Form(body) => builder.method(Method::POST).header("Content-Type", FORM).body(body),
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
        #[allow(clippy::cast_possible_truncation)] // Finite, and a date.
        date: date.map(|seconds| seconds as i64),
        body: Vec::new(),
    };
    let announced = header("content-length").and_then(|length| length.parse::<usize>().ok());
    if announced.is_some_and(|length| length > MAX_BODY) {
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
    let bare = url.split(['?', '#']).next().unwrap_or(url);
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
