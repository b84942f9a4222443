//! Calls of APIs with the access token.

use pkce_login::client::ports::{HttpRequest, HttpResponse};
use pkce_login::client::{ApiError, BeginOptions, ClientConfig, LoginError, Verdict};
use pkce_login::protocol::form::Params;
use serde_json::json;

use crate::helpers::{ProviderTab, code_of, config, try_to_sign_in_as, world};
use crate::support::executor::{block_on, step};
use crate::support::provider::{Outcome, json_response};
use crate::support::world::{START, Sent};

const API: &str = "https://api.example/things?of=ada";

fn with_api() -> ClientConfig {
    ClientConfig { api_origins: vec!["https://api.example".to_owned()], ..config() }
}

fn refusal(status: u16, challenge: &str) -> Outcome {
    Ok(HttpResponse { status, www_authenticate: Some(challenge.to_owned()), ..HttpResponse::default() })
}

fn session_with(
    mut api: impl FnMut(&Sent) -> Outcome + 'static,
) -> (std::rc::Rc<ProviderTab>, pkce_login::client::Session<ProviderTab>) {
    let world = world();
    world.server.borrow_mut().intercept =
        Some(Box::new(move |sent| sent.url.starts_with("https://api.example").then(|| api(sent))));
    let tab = world.tab();
    let session = try_to_sign_in_as(&tab, &with_api()).unwrap();
    (tab, session)
}

fn calls(tab: &ProviderTab) -> Vec<Sent> {
    tab.world.requests().into_iter().filter(|sent| sent.url.starts_with("https://api.example")).collect()
}

#[test]
fn a_call_of_a_known_api_has_the_token_in_its_header_and_nowhere_else() {
    let (tab, session) = session_with(|_| Ok(json_response(200, &json!({ "a": 1 }))));
    let request = HttpRequest { method: "PUT".to_owned(), body: Some("{}".to_owned()), ..HttpRequest::get(API) };
    let answer = block_on(session.call(request.with_header("Content-Type", "application/json"))).unwrap();
    assert_eq!(answer.body, br#"{"a":1}"#);
    let sent = calls(&tab).remove(0);
    assert_eq!((sent.method.as_str(), sent.url.as_str(), sent.body.as_str()), ("PUT", API, "{}"));
    assert_eq!(sent.header("Authorization"), Some("Bearer access-1"));
    assert_eq!(sent.header("Content-Type"), Some("application/json"));
}

#[test]
fn the_token_goes_to_no_other_origin() {
    let (tab, session) = session_with(|_| Ok(json_response(200, &json!({}))));
    for url in [
        "https://evil.example/",
        "https://api.example.evil.example/",
        "https://api.example:8443/",
        "https://api.example@evil.example/",
        "http://api.example/",
        "https://sub.api.example/",
        "//api.example/",
        "/relative",
        "",
    ] {
        assert_eq!(code_of(block_on(session.call(HttpRequest::get(url)))), "api_origin_not_allowed", "{url}");
    }
    assert!(calls(&tab).is_empty());
}

#[test]
fn an_app_cannot_set_the_headers_that_carry_the_token() {
    let (tab, session) = session_with(|_| Ok(json_response(200, &json!({}))));
    for name in ["Authorization", "AUTHORIZATION", "dpop"] {
        let request = HttpRequest::get(API).with_header(name, "Bearer mine");
        assert_eq!(code_of(block_on(session.call(request))), "reserved_header");
    }
    assert!(calls(&tab).is_empty());
}

#[test]
fn an_api_must_be_named_by_its_origin() {
    for origin in ["api.example", "https://api.example/", "https://api.example/path", "http://api.example", "*", ""] {
        let config = ClientConfig { api_origins: vec![origin.to_owned()], ..config() };
        let begun = block_on(world().tab().page(&config).begin(&BeginOptions::default()));
        assert_eq!(code_of(begun), "api_origin_invalid", "{origin}");
    }
}

#[test]
fn a_token_that_an_api_does_not_take_is_renewed_once() {
    let (tab, session) = session_with(|sent| match sent.header("Authorization") {
        Some("Bearer access-2") => Ok(json_response(200, &json!({}))),
        _ => refusal(401, "Bearer error=\"invalid_token\""),
    });
    assert_eq!(block_on(session.call(HttpRequest::get(API))).unwrap().status, 200);
    assert_eq!((calls(&tab).len(), tab.world.token_requests().len()), (2, 2));
}

#[test]
fn a_token_that_an_api_never_takes_does_not_make_a_loop() {
    let (tab, session) = session_with(|_| refusal(401, "Bearer error=\"invalid_token\""));
    assert_eq!(code_of(block_on(session.call(HttpRequest::get(API)))), "invalid_token");
    assert_eq!((calls(&tab).len(), tab.world.token_requests().len()), (2, 2));
    assert!(session.is_active(), "an API does not end a session");
}

#[test]
fn a_challenge_that_this_page_may_not_read_counts_as_a_bad_token() {
    let (tab, session) = session_with(|_| Ok(HttpResponse { status: 401, ..HttpResponse::default() }));
    assert_eq!(code_of(block_on(session.call(HttpRequest::get(API)))), "invalid_token");
    assert_eq!((calls(&tab).len(), tab.world.token_requests().len()), (2, 2));
}

#[test]
fn an_api_that_wants_more_scope_is_told_to_the_app_and_can_be_asked_for() {
    let (tab, session) = session_with(|_| refusal(403, "Bearer error=\"insufficient_scope\", scope=\"things.write\""));
    let error = block_on(session.call(HttpRequest::get(API))).unwrap_err();
    assert_eq!(calls(&tab).len(), 1, "asking again would not help");
    let LoginError::Api(wish) = error else { panic!("{error}") };
    assert_eq!(wish, ApiError::MoreScope(Some("things.write".to_owned())));
    let options = BeginOptions { request: wish.to_ask_for().unwrap(), ..BeginOptions::default() };
    let started = block_on(tab.page(&with_api()).begin(&options)).unwrap();
    let request = Params::parse(started.url.split_once('?').unwrap().1);
    assert_eq!(request.get("scope"), Some("openid profile things.write"));
}

#[test]
fn an_api_that_wants_a_stronger_sign_in_is_told_to_the_app_and_can_be_asked_for() {
    let (tab, session) = session_with(|_| {
        refusal(401, "Bearer error=\"insufficient_user_authentication\", acr_values=\"urn:a urn:b\", max_age=\"5\"")
    });
    let LoginError::Api(wish) = block_on(session.call(HttpRequest::get(API))).unwrap_err() else { panic!() };
    let options = BeginOptions { request: wish.to_ask_for().unwrap(), ..BeginOptions::default() };
    let started = block_on(tab.page(&with_api()).begin(&options)).unwrap();
    let request = Params::parse(started.url.split_once('?').unwrap().1);
    assert_eq!((request.get("acr_values"), request.get("max_age")), (Some("urn:a urn:b"), Some("5")));
}

#[test]
fn any_other_answer_is_for_the_app_to_read() {
    for status in [200, 204, 403, 404, 409, 500, 503] {
        let (tab, session) = session_with(move |_| Ok(HttpResponse { status, ..HttpResponse::default() }));
        assert_eq!(block_on(session.call(HttpRequest::get(API))).unwrap().status, status);
        assert_eq!(calls(&tab).len(), 1);
    }
}

#[test]
fn calls_that_were_refused_with_the_same_token_renew_it_once() {
    let (tab, session) = session_with(|sent| match sent.header("Authorization") {
        Some("Bearer access-1") => refusal(401, "Bearer error=\"invalid_token\""),
        _ => Ok(json_response(200, &json!({}))),
    });
    let mut slow = std::pin::pin!(session.call(HttpRequest::get(API)));
    step(slow.as_mut());
    assert_eq!(block_on(session.call(HttpRequest::get(API))).unwrap().status, 200);
    assert_eq!(block_on(slow).unwrap().status, 200);
    assert_eq!((calls(&tab).len(), tab.world.token_requests().len()), (4, 2));
}

#[test]
fn the_authorizers_time_is_not_learned_from_an_api() {
    let world = world();
    world.server.borrow_mut().shows_date = false;
    world.server.borrow_mut().intercept = Some(Box::new(|sent| {
        let old = HttpResponse { date: Some(START - 800), ..json_response(200, &json!({})) };
        sent.url.starts_with("https://api.example").then_some(Ok(old))
    }));
    let session = try_to_sign_in_as(&world.tab(), &with_api()).unwrap();
    assert_eq!(block_on(session.call(HttpRequest::get(API))).unwrap().date, Some(START - 800));
    assert_eq!(session.clock_is_ahead_by(), None);
    block_on(session.refresh()).unwrap();
}

#[test]
fn a_request_that_http_cannot_carry_is_not_sent() {
    let (tab, session) = session_with(|_| Ok(json_response(200, &json!({}))));
    let with_header = |name: &str, value: &str| HttpRequest::get(API).with_header(name, value);
    let with_method = |method: &str| HttpRequest { method: method.to_owned(), ..HttpRequest::get(API) };
    for request in [
        with_header("", "x"),
        with_header("Authorization ", "Bearer mine"),
        with_header("X\r\nAuthorization", "Bearer mine"),
        with_header("X", "a\r\nAuthorization: Bearer mine"),
        with_header("X", "a\0"),
        with_header("X", "\u{e4}"),
        with_method(""),
        with_method("GET /other"),
        with_method("G\nET"),
    ] {
        assert_eq!(code_of(block_on(session.call(request))), "request_invalid");
    }
    assert!(calls(&tab).is_empty());
    assert!(block_on(session.call(with_header("X-Name", "a, b;c=\"d\""))).is_ok());
}

#[test]
fn an_app_that_sends_the_request_itself_gets_the_headers_and_is_told_what_becomes_of_the_answer() {
    let (tab, session) = session_with(|_| panic!("the app sends it"));
    let answer = |status, www_authenticate: &str| HttpResponse {
        status,
        www_authenticate: Some(www_authenticate.to_owned()),
        ..HttpResponse::default()
    };
    let mut call = session.api_call("PUT", API).unwrap();
    assert_eq!(block_on(call.headers()).unwrap(), [("Authorization", "Bearer access-1".to_owned())]);
    let refused = answer(401, "Bearer error=\"invalid_token\"");
    assert_eq!(block_on(call.judge(&refused)), Ok(Verdict::SendOnceMore));
    assert_eq!(block_on(call.headers()).unwrap(), [("Authorization", "Bearer access-2".to_owned())]);
    assert_eq!(code_of(block_on(call.judge(&refused))), "invalid_token");
    assert_eq!(tab.world.token_requests().len(), 2, "renewed once");
    let mut call = session.api_call("GET", API).unwrap();
    block_on(call.headers()).unwrap();
    let narrow = answer(403, "Bearer error=\"insufficient_scope\"");
    assert_eq!(code_of(block_on(call.judge(&narrow))), "insufficient_scope");
    assert_eq!(code_of(session.api_call("GET", "https://evil.example/").map(drop)), "api_origin_not_allowed");
    assert!(!format!("{call:?}").contains("access-"));
}

#[test]
fn what_an_api_wants_in_path_and_query_is_its_own_matter() {
    let (tab, session) = session_with(|_| Ok(json_response(200, &json!({}))));
    for rest in [
        "/Patient?identifier=system|value",
        "/a^b/{c}",
        "/é?q=ü#f",
        "?x=`y`",
        "",
        "/a\\b",
        "/p?to=https://evil.example",
    ] {
        let url = format!("https://api.example{rest}");
        assert!(session.may_call(&url), "{url}");
        assert!(block_on(session.call(HttpRequest::get(&url))).is_ok(), "{url}");
    }
    for url in [
        "https://api.example\\@evil.example/",
        "https://api.example\\.evil.example/",
        "https://evil.example\\/@api.example/",
        "https://api.exa\tmple.evil.example/",
        "https://evil.example?@api.example/",
        "https://evil.example#@api.example/",
        "https://äpi.example/",
        " https://api.example/",
        "https:/api.example/",
        "https:api.example/",
        "blob:https://api.example/x",
        "https://api.example:443:80/",
    ] {
        assert!(!session.may_call(url), "{url}");
    }
    assert!(calls(&tab).iter().all(|sent| sent.url.starts_with("https://api.example")));
}

#[test]
fn what_answered_in_the_end_is_an_api_of_the_app_or_is_not_used() {
    for (to, code) in [
        ("https://api.example/things/", ""),
        ("https://other.example/things/", "redirected"),
        ("https://api.example.evil.example/", "redirected"),
    ] {
        let (tab, session) = session_with(move |_| {
            let answer = json_response(200, &json!({}));
            Ok(HttpResponse { redirected_to: Some(to.to_owned()), ..answer })
        });
        assert_eq!(code_of(block_on(session.call(HttpRequest::get(API)))), code, "{to}");
        assert_eq!(calls(&tab).len(), 1);
    }
}
