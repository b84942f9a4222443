//! What the token endpoint may answer, and that it is asked once.

use pkce_login::client::Phase;
use pkce_login::client::ports::{HttpFailure, HttpResponse};
use serde_json::Value;

use crate::helpers::{authorize, begin, code_of, finish, page, sign_in_at, world};
use crate::support::provider::{Outcome, html_response, json_response, oauth_error};
use crate::support::world::Fate;

/// The error of a login whose token endpoint answers so; after it nothing makes a second request.
fn refusal(answer: impl Fn() -> Outcome + 'static) -> String {
    let world = world();
    world.server.borrow_mut().token_endpoint = Some(Box::new(answer));
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = authorize(&tab, &started);
    let callback = page(&tab);
    let error = finish(&callback, &answer).expect_err("nobody may be signed in");
    assert_eq!(error.phase(), Phase::Token);
    assert_eq!(code_of(finish(&callback, &answer)), error.code(), "the second call has the first one's result");
    assert_eq!(code_of(finish(&page(&tab), &answer)), "already_used", "and a reload sends nothing");
    assert_eq!(world.token_requests().len(), 1);
    error.code().to_owned()
}

fn refusal_of_tokens(change: impl Fn(&mut Value) + 'static) -> String {
    code_of(sign_in_at(|provider| provider.edit_tokens = Box::new(change)))
}

#[test]
fn a_page_instead_of_tokens_is_an_error() {
    assert_eq!(refusal(|| Ok(html_response(200))), "wrong_content_type");
}

#[test]
fn an_authorizer_out_of_order_is_an_error() {
    assert_eq!(refusal(|| Ok(html_response(500))), "unexpected_status");
    assert_eq!(refusal(|| Ok(HttpResponse { status: 204, ..HttpResponse::default() })), "unexpected_status");
}

#[test]
fn an_authorizer_out_of_reach_is_an_error() {
    assert_eq!(refusal(|| Err(HttpFailure::Unreachable)), "host_unreachable");
    assert_eq!(refusal(|| Err(HttpFailure::TimedOut)), "timed_out");
    assert_eq!(refusal(|| Err(HttpFailure::CorsBlocked)), "cors_blocked");
    assert_eq!(refusal(|| Err(HttpFailure::TooLarge)), "too_large");
}

#[test]
fn a_redirect_is_not_followed() {
    assert_eq!(refusal(|| Err(HttpFailure::Redirected)), "redirected");
    assert_eq!(refusal(|| Ok(HttpResponse { status: 302, ..HttpResponse::default() })), "unexpected_status");
}

#[test]
fn a_refusal_is_told_in_the_authorizers_own_words() {
    assert_eq!(refusal(|| Ok(oauth_error("invalid_grant"))), "invalid_grant");
}

#[test]
fn an_answer_that_is_cut_off_is_an_error() {
    let cut = || Ok(HttpResponse { body: b"{\"access_token\":\"a".to_vec(), ..json_response(200, &Value::Null) });
    assert_eq!(refusal(cut), "not_json");
}

#[test]
fn a_lost_answer_is_not_asked_for_again() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = authorize(&tab, &started);
    world.set_network(|_| Fate::AnswerLost);
    assert_eq!(code_of(finish(&page(&tab), &answer)), "timed_out");
    world.go_online();
    assert_eq!(code_of(finish(&page(&tab), &answer)), "already_used");
    assert_eq!(world.token_requests().len(), 1);
}

#[test]
fn a_token_of_an_unknown_kind_is_refused() {
    assert_eq!(refusal_of_tokens(|tokens| tokens["token_type"] = "mac".into()), "unsupported_token_type");
    assert_eq!(
        refusal_of_tokens(|tokens| {
            tokens.as_object_mut().unwrap().remove("token_type");
        }),
        "missing_token_type"
    );
    // Nobody sent a proof, so a bound token could not be used.
    assert_eq!(refusal_of_tokens(|tokens| tokens["token_type"] = "DPoP".into()), "unsupported_token_type");
}

#[test]
fn a_token_that_could_not_be_sent_is_refused() {
    assert_eq!(refusal_of_tokens(|tokens| tokens["access_token"] = "a b\r\nc".into()), "invalid_access_token");
    assert_eq!(refusal_of_tokens(|tokens| tokens["access_token"] = Value::Null), "invalid_access_token");
}

#[test]
fn an_opaque_refresh_token_is_accepted() {
    let opaque = |tokens: &mut Value| tokens["refresh_token"] = "3f9c-not-a-jwt-at-all".into();
    assert_eq!(refusal_of_tokens(opaque), "");
}

#[test]
fn what_an_answer_may_leave_out_it_may_leave_out() {
    let bare = sign_in_at(|provider| {
        provider.edit_tokens = Box::new(|tokens| {
            let members = tokens.as_object_mut().unwrap();
            members.remove("refresh_token");
            members.remove("expires_in");
            tokens["token_type"] = "bEARER".into();
            tokens["something_else"] = serde_json::json!([{ "a": null }]);
        });
    });
    let session = bare.unwrap();
    assert!(session.is_active() && !session.can_refresh());
    assert_eq!(session.expires_at(), None);
    assert_eq!(session.scope().to_string(), "openid profile", "as asked for, where the answer does not say");
}

#[test]
fn the_scope_that_was_granted_is_what_the_app_gets() {
    for granted in ["openid", "openid profile mail"] {
        let session = sign_in_at(|provider| provider.edit_tokens = Box::new(|tokens| tokens["scope"] = granted.into()));
        assert_eq!(session.unwrap().scope().to_string(), granted);
    }
}

#[test]
fn the_request_goes_to_the_endpoint_of_the_pending_login() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = authorize(&tab, &started);
    // Whoever changes the cached description in between changes nothing for this login.
    world.server.borrow_mut().metadata["token_endpoint"] = "https://evil.example/token".into();
    world.pass(599);
    let _ = finish(&page(&tab), &answer);
    assert_eq!(world.token_requests()[0].url, "https://as.example/token");
}
