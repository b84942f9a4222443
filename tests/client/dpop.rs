//! Tokens that are bound to a key of this browser (RFC 9449).

use std::cell::Cell;
use std::rc::Rc;

use pkce_login::client::ports::HttpResponse;
use pkce_login::client::{BeginOptions, ClientConfig, Verdict};
use pkce_login::protocol::form::Params;
use serde_json::json;

use crate::helpers::{authorize, code_of, config, finish, try_to_sign_in_as, world};
use crate::support::executor::block_on;
use crate::support::provider::{Outcome, Provider, json_response, oauth_error};
use crate::support::world::{Sent, World};

fn bound() -> ClientConfig {
    ClientConfig { dpop: true, ..config() }
}

fn with_nonce(response: HttpResponse, nonce: &str) -> Outcome {
    Ok(HttpResponse { dpop_nonce: Some(nonce.to_owned()), ..response })
}

fn key_of(request: &Sent) -> serde_json::Value {
    let header = request.header("DPoP").unwrap().split('.').next().unwrap().to_owned();
    let header: serde_json::Value =
        serde_json::from_slice(&pkce_login::protocol::base64url::decode(&header).unwrap()).unwrap();
    header["jwk"].clone()
}

#[test]
fn code_and_tokens_are_bound_to_one_key() {
    let world = world();
    let tab = world.tab();
    let started = block_on(tab.page(&bound()).begin(&BeginOptions::default())).unwrap();
    let asked = Params::parse(started.url.split_once('?').unwrap().1);
    let promised = asked.get("dpop_jkt").unwrap().to_owned();
    let answer = authorize(&tab, &started);
    let session = finish(&tab.page(&bound()), &answer).unwrap().unwrap();
    block_on(session.refresh()).unwrap();
    let sent = world.token_requests();
    let key = key_of(&sent[0]);
    assert_eq!(key, key_of(&sent[1]), "the refresh is bound to the same key");
    assert_eq!(key["d"], serde_json::Value::Null);
    let jwk = pkce_login::protocol::json::Object::parse(&key.to_string())
        .ok()
        .and_then(|object| pkce_login::protocol::jwk::Jwk::from_object(&object))
        .unwrap();
    assert_eq!(jwk.thumbprint(), promised);
}

#[test]
fn each_request_has_a_proof_of_its_own() {
    let world = world();
    let session = try_to_sign_in_as(&world.tab(), &bound()).unwrap();
    block_on(session.userinfo()).unwrap();
    block_on(session.refresh()).unwrap();
    block_on(session.userinfo()).unwrap();
    let requests = world.requests();
    let proofs: Vec<_> = requests.iter().filter_map(Sent::proof).collect();
    assert_eq!(proofs.len(), 4);
    let mut names: Vec<_> = proofs.iter().map(|proof| proof["jti"].to_string()).collect();
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 4, "no jti stands twice");
    assert_eq!(proofs[0]["htm"], "POST");
    assert_eq!(proofs[0]["htu"], "https://as.example/token");
    assert_eq!(proofs[0]["ath"], serde_json::Value::Null);
    assert_eq!(proofs[1]["htm"], "GET");
    assert_eq!(proofs[1]["htu"], "https://as.example/userinfo");
    let token = requests.iter().rfind(|sent| sent.url.ends_with("/userinfo")).unwrap();
    assert_eq!(token.header("Authorization"), Some("DPoP access-2"));
    let hash = |token: &str| {
        use sha2::Digest as _;
        pkce_login::protocol::base64url::encode(&sha2::Sha256::digest(token.as_bytes()))
    };
    assert_eq!(proofs[1]["ath"], hash("access-1"));
    assert_eq!(proofs[3]["ath"], hash("access-2"));
}

#[test]
fn a_token_that_is_not_bound_is_refused_where_binding_was_asked_for() {
    let world = world();
    world.server.borrow_mut().edit_tokens = Box::new(|tokens| tokens["token_type"] = "Bearer".into());
    assert_eq!(code_of(try_to_sign_in_as(&world.tab(), &bound())), "dpop_downgrade");
}

#[test]
fn an_unbound_token_at_a_refresh_is_refused_too() {
    let world = world();
    let session = try_to_sign_in_as(&world.tab(), &bound()).unwrap();
    world.server.borrow_mut().edit_tokens = Box::new(|tokens| tokens["token_type"] = "Bearer".into());
    assert_eq!(code_of(block_on(session.refresh())), "dpop_downgrade");
    assert!(session.is_active());
}

#[test]
fn an_authorizer_that_wants_a_nonce_gets_one_more_request_with_it() {
    let world = world();
    world.server.borrow_mut().intercept = Some(Box::new(|sent| {
        let proof = sent.proof()?;
        (proof["nonce"] != "n-1").then(|| with_nonce(oauth_error("use_dpop_nonce"), "n-1"))
    }));
    let session = try_to_sign_in_as(&world.tab(), &bound()).unwrap();
    assert_eq!(world.token_requests().len(), 2);
    assert_eq!(world.token_requests()[0].form("code"), world.token_requests()[1].form("code"));
    block_on(session.refresh()).unwrap();
    assert_eq!(world.token_requests().len(), 3, "the nonce is known now");
}

#[test]
fn a_nonce_that_is_never_right_ends_after_the_second_request() {
    let world = world();
    let asked = Cell::new(0);
    world.server.borrow_mut().intercept = Some(Box::new(move |sent| {
        sent.proof()?;
        asked.set(asked.get() + 1);
        Some(with_nonce(oauth_error("use_dpop_nonce"), &format!("n-{}", asked.get())))
    }));
    assert_eq!(code_of(try_to_sign_in_as(&world.tab(), &bound())), "use_dpop_nonce");
    assert_eq!(world.token_requests().len(), 2);
}

#[test]
fn the_newest_nonce_is_taken_from_good_answers_too_and_kept_apart_by_origin() {
    let world = world();
    let tab = world.tab();
    let config = ClientConfig { api_origins: vec!["https://api.example".to_owned()], ..bound() };
    world.server.borrow_mut().intercept = Some(Box::new(|sent| {
        sent.url.starts_with("https://api.example/").then(|| with_nonce(json_response(200, &json!({})), "of-the-api"))
    }));
    let session = try_to_sign_in_as(&tab, &config).unwrap();
    let call = || block_on(session.call(pkce_login::client::ports::HttpRequest::get("https://api.example/a"))).unwrap();
    call();
    call();
    block_on(session.refresh()).unwrap();
    let requests = world.requests();
    let calls: Vec<_> = requests.iter().filter(|sent| sent.url.starts_with("https://api.example/")).collect();
    assert_eq!(calls[0].proof().unwrap()["nonce"], serde_json::Value::Null);
    assert_eq!(calls[1].proof().unwrap()["nonce"], "of-the-api");
    let refresh = requests.last().unwrap();
    assert_eq!(refresh.proof().unwrap()["nonce"], serde_json::Value::Null, "another origin's nonce is not sent");
}

/// An API that refuses each request without its nonce with this response.
fn api_that_wants_a_nonce(world: &World<Provider>, refusal: HttpResponse) -> ClientConfig {
    world.server.borrow_mut().intercept = Some(Box::new(move |sent| {
        if !sent.url.starts_with("https://api.example/") {
            return None;
        }
        if sent.proof().unwrap()["nonce"] == "n-9" {
            return Some(Ok(json_response(200, &json!({}))));
        }
        Some(with_nonce(refusal.clone(), "n-9"))
    }));
    ClientConfig { api_origins: vec!["https://api.example".to_owned()], ..bound() }
}

#[test]
fn an_api_that_wants_a_nonce_says_so_in_a_header_and_gets_it_once() {
    let world = world();
    let challenge = Some("DPoP error=\"use_dpop_nonce\", algs=\"ES256\"".to_owned());
    let refusal = HttpResponse { status: 401, www_authenticate: challenge, ..HttpResponse::default() };
    let config = api_that_wants_a_nonce(&world, refusal);
    let session = try_to_sign_in_as(&world.tab(), &config).unwrap();
    let request = pkce_login::client::ports::HttpRequest::get("https://api.example/a");
    assert_eq!(block_on(session.call(request)).unwrap().status, 200);
    assert_eq!(world.requests().iter().filter(|sent| sent.url.contains("api.example")).count(), 2);
    assert_eq!(world.token_requests().len(), 1, "a nonce is no reason to renew the token");
}

#[test]
fn a_proof_that_was_refused_for_its_time_is_made_once_more_with_the_authorizers_time() {
    let world = world();
    let tab = world.tab();
    tab.clock_offset.set(-500);
    let server_time = world.now.get();
    world.server.borrow_mut().intercept = Some(Box::new(move |sent| {
        let made = sent.proof()?["iat"].as_i64().unwrap();
        ((made - server_time).abs() > 60).then(|| Ok(oauth_error("invalid_dpop_proof")))
    }));
    let session = try_to_sign_in_as(&tab, &bound()).unwrap();
    assert_eq!(world.token_requests().len(), 2);
    assert_eq!(session.clock_is_ahead_by(), Some(-500));
    block_on(session.refresh()).unwrap();
    assert_eq!(world.token_requests().len(), 3, "the time is known now");
}

#[test]
fn a_proof_that_is_refused_for_another_reason_is_not_repeated() {
    let world = world();
    world.server.borrow_mut().intercept =
        Some(Box::new(|sent| sent.proof().map(|_| Ok(oauth_error("invalid_dpop_proof")))));
    assert_eq!(code_of(try_to_sign_in_as(&world.tab(), &bound())), "invalid_dpop_proof");
    // The first answer may have taught the time; from then on there is nothing to learn.
    assert!(world.token_requests().len() <= 2);
}

#[test]
fn without_keys_nothing_is_sent() {
    let world = world();
    let tab = world.tab();
    tab.has_keys.set(false);
    assert_eq!(code_of(block_on(tab.page(&bound()).begin(&BeginOptions::default()))), "key_unavailable");
    assert_eq!(tab.pending_logins(), 0);
}

#[test]
fn a_login_whose_key_was_cleared_ends_before_the_code_is_sent() {
    let world = world();
    let tab = world.tab();
    let started = block_on(tab.page(&bound()).begin(&BeginOptions::default())).unwrap();
    let answer = authorize(&tab, &started);
    world.clear_keys();
    assert_eq!(code_of(finish(&tab.page(&bound()), &answer)), "key_lost");
    assert_eq!(world.token_requests().len(), 0);
}

#[test]
fn the_key_of_a_session_in_memory_is_kept_nowhere_else() {
    let world = world();
    let session = try_to_sign_in_as(&world.tab(), &bound()).unwrap();
    assert_eq!(world.keys_kept(), 0);
    block_on(session.refresh()).unwrap();
}

#[test]
fn keys_of_logins_that_nobody_finished_do_not_pile_up() {
    let world = world();
    let tab = world.tab();
    for _ in 0..5 {
        block_on(tab.page(&bound()).begin(&BeginOptions::default())).unwrap();
        world.pass(300);
    }
    assert!(world.keys_kept() <= 3, "{}", world.keys_kept());
}

#[test]
fn two_bound_sessions_have_two_keys() {
    let world = world();
    let tabs = [world.tab(), world.tab()];
    let sessions = tabs.each_ref().map(|tab: &Rc<_>| try_to_sign_in_as(tab, &bound()).unwrap());
    let sent = world.token_requests();
    assert_ne!(key_of(&sent[0]), key_of(&sent[1]));
    drop(sessions);
}

#[test]
fn an_api_that_wants_a_nonce_may_say_anything_in_its_body() {
    let world = world();
    let challenge = Some("DPoP algs=\"ES256\", DPoP error=\"use_dpop_nonce\"".to_owned());
    let body = json_response(401, &json!({ "error": "unauthorized" }));
    let config = api_that_wants_a_nonce(&world, HttpResponse { www_authenticate: challenge, ..body });
    let session = try_to_sign_in_as(&world.tab(), &config).unwrap();
    let request = pkce_login::client::ports::HttpRequest::get("https://api.example/a");
    assert_eq!(block_on(session.call(request)).unwrap().status, 200);
}

#[test]
fn an_app_that_sends_the_request_itself_gets_a_new_proof_for_the_nonce_that_the_api_wants() {
    let world = world();
    let config = ClientConfig { api_origins: vec!["https://api.example".to_owned()], ..bound() };
    let session = try_to_sign_in_as(&world.tab(), &config).unwrap();
    let mut call = session.api_call("GET", "https://api.example/things").unwrap();
    let proof = |headers: Vec<(&str, String)>| {
        let text = headers.iter().find(|(name, _)| *name == "DPoP").unwrap().1.clone();
        let claims = text.split('.').nth(1).unwrap().to_owned();
        serde_json::from_slice::<serde_json::Value>(&pkce_login::protocol::base64url::decode(&claims).unwrap()).unwrap()
    };
    let first = proof(block_on(call.headers()).unwrap());
    assert_eq!((&first["htm"], &first["htu"]), (&json!("GET"), &json!("https://api.example/things")));
    assert!(first["ath"].is_string() && first["nonce"].is_null());
    let wants = HttpResponse {
        status: 401,
        www_authenticate: Some("DPoP error=\"use_dpop_nonce\"".to_owned()),
        dpop_nonce: Some("api-nonce".to_owned()),
        ..HttpResponse::default()
    };
    assert_eq!(block_on(call.judge(&wants)), Ok(Verdict::SendOnceMore));
    let second = proof(block_on(call.headers()).unwrap());
    assert_eq!(second["nonce"], "api-nonce");
    assert_ne!(first["jti"], second["jti"]);
    // The same nonce again: another proof would come to the same.
    assert_eq!(block_on(call.judge(&wants)), Ok(Verdict::Done));
}
