//! The authorizer's description and keys: whose they are, and how often they are fetched.

use pkce_login::client::ports::{HttpFailure, HttpResponse};
use pkce_login::client::{BeginOptions, Phase};

use crate::helpers::{begin, code_of, config, page, sign_in, try_to_sign_in, world};
use crate::support::executor::{block_on, both};
use crate::support::provider::{ISSUER, Outcome, html_response, json_response};
use crate::support::signer::Signer;

/// Why no login is begun at an authorizer that answers so; nothing may be stored then.
fn refusal(answer: impl Fn() -> Outcome + 'static) -> String {
    let world = world();
    world.server.borrow_mut().metadata_endpoint = Some(Box::new(answer));
    let tab = world.tab();
    let error = block_on(page(&tab).begin(&BeginOptions::default())).expect_err("no login may be begun");
    assert_eq!(error.phase(), Phase::Discovery);
    // Where nothing is there, or nothing that may be read, the other place is asked too.
    let is_elsewhere = error.response().is_some_and(|answer| answer.status == 404) || error.code() == "cors_blocked";
    assert_eq!((tab.pending_logins(), world.requests().len()), (0, if is_elsewhere { 2 } else { 1 }));
    error.code().to_owned()
}

#[test]
fn a_description_of_another_issuer_is_refused() {
    for issuer in ["https://evil.example", "https://as.example/", "https://AS.example"] {
        let world = world();
        world.server.borrow_mut().metadata["issuer"] = issuer.into();
        let tab = world.tab();
        assert_eq!(code_of(block_on(page(&tab).begin(&BeginOptions::default()))), "issuer_mismatch", "{issuer}");
        assert_eq!(tab.stored_text(), "", "and nothing of it is kept");
    }
}

#[test]
fn a_page_instead_of_a_description_is_refused() {
    assert_eq!(refusal(|| Ok(html_response(200))), "wrong_content_type");
    let mislabelled = || HttpResponse { content_type: Some("application/json".to_owned()), ..html_response(200) };
    assert_eq!(refusal(move || Ok(mislabelled())), "not_json");
    assert_eq!(refusal(|| Ok(html_response(404))), "unexpected_status");
    assert_eq!(refusal(|| Ok(HttpResponse { status: 500, ..HttpResponse::default() })), "unexpected_status");
}

#[test]
fn a_description_that_cannot_be_fetched_is_a_network_error() {
    assert_eq!(refusal(|| Err(HttpFailure::Unreachable)), "host_unreachable");
    assert_eq!(refusal(|| Err(HttpFailure::CorsBlocked)), "cors_blocked");
    assert_eq!(refusal(|| Err(HttpFailure::Redirected)), "redirected");
    assert_eq!(refusal(|| Err(HttpFailure::TimedOut)), "timed_out");
}

#[test]
fn an_authorizer_without_s256_is_refused() {
    let world = world();
    world.server.borrow_mut().metadata["code_challenge_methods_supported"] = serde_json::json!(["plain"]);
    let tab = world.tab();
    assert_eq!(code_of(block_on(page(&tab).begin(&BeginOptions::default()))), "s256_not_supported");
}

#[test]
fn after_a_failure_the_next_try_asks_again() {
    let world = world();
    world.go_offline();
    let tab = world.tab();
    let page = page(&tab);
    assert_eq!(code_of(block_on(page.begin(&BeginOptions::default()))), "host_unreachable");
    world.go_online();
    begin(&page);
}

#[test]
fn the_description_is_fetched_once_in_ten_minutes() {
    let world = world();
    let tab = world.tab();
    begin(&page(&tab));
    world.pass(599);
    begin(&page(&tab));
    assert_eq!(world.requests_to("/.well-known/openid-configuration"), 1);
    world.pass(1);
    begin(&page(&tab));
    assert_eq!(world.requests_to("/.well-known/openid-configuration"), 2);
}

#[test]
fn a_new_key_is_fetched_when_a_token_names_it() {
    let world = world();
    let tab = world.tab();
    sign_in(&tab);
    world.pass(61);
    {
        let mut provider = world.server.borrow_mut();
        provider.signer = Signer::new("key-2");
        let key = provider.signer.public_jwk();
        provider.keys.push(key);
        provider.edit_id_token = Box::new(|header, _| header["kid"] = "key-2".into());
    }
    assert_eq!(world.requests_to("/jwks"), 1);
    sign_in(&tab);
    assert_eq!(world.requests_to("/jwks"), 2);
}

#[test]
fn an_unknown_key_makes_the_client_ask_once_a_minute_at_most() {
    let world = world();
    let tab = world.tab();
    sign_in(&tab);
    world.server.borrow_mut().edit_id_token = Box::new(|header, _| header["kid"] = "nobodys".into());
    world.pass(61);
    for _ in 0..3 {
        assert_eq!(code_of(try_to_sign_in(&tab)), "no_matching_key");
        world.pass(10);
    }
    assert_eq!(world.requests_to("/jwks"), 2);
    world.pass(60);
    assert_eq!(code_of(try_to_sign_in(&tab)), "no_matching_key");
    assert_eq!(world.requests_to("/jwks"), 3);
}

#[test]
fn keys_of_unknown_kinds_are_passed_over() {
    let world = world();
    let strange = [
        serde_json::json!({ "kty": "AKP", "alg": "ML-DSA-65", "kid": "pq", "pub": "AAAA" }),
        serde_json::json!({ "kty": "EC", "crv": "secp256k1", "kid": "key-1", "x": "AAAA", "y": "AAAA" }),
        serde_json::json!({ "kty": "oct", "k": "AAAA", "kid": "key-1" }),
        serde_json::json!("no key"),
    ];
    world.server.borrow_mut().keys.splice(0..0, strange);
    sign_in(&world.tab());
}

#[test]
fn the_keys_are_fetched_once_in_ten_minutes() {
    let world = world();
    let tab = world.tab();
    begin(&page(&tab));
    world.pass(599);
    begin(&page(&tab));
    assert_eq!(world.requests_to("/jwks"), 1);
    world.pass(1);
    begin(&page(&tab));
    assert_eq!(world.requests_to("/jwks"), 2);
}

#[test]
fn keys_of_an_address_that_the_description_no_longer_names_are_not_used() {
    let world = world();
    let tab = world.tab();
    // Keys that are younger than the description.
    begin(&tab.page(&config().with_scope("mail.read")));
    world.pass(300);
    begin(&page(&tab));
    assert_eq!(world.requests_to("/jwks"), 1);
    world.pass(300);
    world.server.borrow_mut().metadata["jwks_uri"] = format!("{ISSUER}/other-jwks").into();
    begin(&page(&tab));
    assert_eq!((world.requests_to("/jwks"), world.requests_to("/other-jwks")), (1, 1));
}

#[test]
fn keys_that_do_not_come_as_they_should_are_refused() {
    for status in [203, 404, 500] {
        let world = world();
        let keys = serde_json::json!({ "keys": world.server.borrow().keys });
        world.server.borrow_mut().keys_endpoint = Some(Box::new(move || Ok(json_response(status, &keys))));
        let tab = world.tab();
        let error = block_on(page(&tab).begin(&BeginOptions::default())).unwrap_err();
        assert_eq!((error.code(), error.phase()), ("keys_unreadable", Phase::Discovery), "{status}");
        assert_eq!(tab.pending_logins(), 0);
    }
}

#[test]
fn a_new_key_under_an_old_key_id_is_fetched() {
    let world = world();
    let tab = world.tab();
    sign_in(&tab);
    world.pass(61);
    world.server.borrow_mut().rotate_key("key-1");
    sign_in(&tab);
    assert_eq!(world.requests_to("/jwks"), 2);
    // Signed with a key that is nobody's: asked once a minute at most.
    world.server.borrow_mut().signer = Signer::new("key-1");
    assert_eq!(code_of(try_to_sign_in(&tab)), "bad_signature");
    assert_eq!(world.requests_to("/jwks"), 2);
    world.pass(61);
    for _ in 0..3 {
        assert_eq!(code_of(try_to_sign_in(&tab)), "bad_signature");
        world.pass(10);
    }
    assert_eq!(world.requests_to("/jwks"), 3);
}

#[test]
fn a_weak_key_is_looked_at_twice_before_it_is_refused() {
    let world = world();
    {
        let mut provider = world.server.borrow_mut();
        provider.keys = vec![serde_json::json!({ "kty": "RSA", "kid": "key-1", "n": "_w", "e": "AQAB" })];
        provider.edit_id_token = Box::new(|header, _| header["alg"] = "RS256".into());
    }
    let tab = world.tab();
    assert_eq!(code_of(try_to_sign_in(&tab)), "weak_key");
    assert_eq!(world.requests_to("/jwks"), 1);
    world.pass(61);
    assert_eq!(code_of(try_to_sign_in(&tab)), "weak_key");
    assert_eq!(world.requests_to("/jwks"), 2);
}

#[test]
fn what_was_prepared_is_asked_for_by_no_press() {
    let world = world();
    let tab = world.tab();
    let page = page(&tab);
    block_on(page.prepare());
    assert_eq!((tab.pending_logins(), world.requests().len()), (0, 2), "the description, the keys, and no login");
    world.go_offline();
    begin(&page);
    assert_eq!(world.requests().len(), 2);
}

#[test]
fn a_press_in_the_middle_of_it_waits_for_the_same_requests() {
    let world = world();
    let tab = world.tab();
    let page = page(&tab);
    let (_, started) = both(page.prepare(), page.begin(&BeginOptions::default()));
    assert!(started.is_ok());
    assert_eq!(world.requests().len(), 2);
}

#[test]
fn what_could_not_be_prepared_is_told_by_the_press_alone_and_asked_for_anew() {
    let world = world();
    let tab = world.tab();
    let page = page(&tab);
    world.go_offline();
    block_on(page.prepare());
    assert_eq!(code_of(block_on(page.begin(&BeginOptions::default()))), "host_unreachable");
    world.go_online();
    begin(&page);
}

#[test]
fn what_was_prepared_from_another_issuers_description_is_refused_by_the_press_as_ever() {
    let world = world();
    world.server.borrow_mut().metadata["issuer"] = "https://evil.example".into();
    let tab = world.tab();
    let page = page(&tab);
    block_on(page.prepare());
    assert_eq!(tab.stored_text(), "");
    assert_eq!(code_of(block_on(page.begin(&BeginOptions::default()))), "issuer_mismatch");
}
