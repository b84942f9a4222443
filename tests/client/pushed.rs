//! Requests that are left at the authorizer beforehand (RFC 9126).

use pkce_login::client::{BeginOptions, ClientConfig};
use pkce_login::protocol::authorization_request::Interaction;
use pkce_login::protocol::form::Params;

use crate::helpers::{code_of, config, try_to_sign_in_as, world};
use crate::support::executor::block_on;
use crate::support::provider::{ISSUER, html_response, oauth_error};

fn pushing() -> ClientConfig {
    ClientConfig { pushed_requests: true, ..config() }
}

#[test]
fn a_pushed_request_shows_the_browser_a_reference_only() {
    let world = world();
    world.server.borrow_mut().metadata["pushed_authorization_request_endpoint"] = format!("{ISSUER}/par").into();
    let tab = world.tab();
    let started = block_on(tab.page(&pushing()).begin(&BeginOptions::default())).unwrap();
    let request = Params::parse(started.url.split_once('?').unwrap().1);
    let names: Vec<_> = request.iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["client_id", "request_uri"]);
    let pushed = world.requests().into_iter().find(|sent| sent.url.ends_with("/par")).unwrap();
    assert_eq!(pushed.form("code_challenge_method").as_deref(), Some("S256"));
    assert_eq!(pushed.form("state").as_deref(), Some(started.pending.state.expose()));
    assert!(!pushed.body.contains(started.pending.verifier.expose()));
    assert!(try_to_sign_in_as(&tab, &pushing()).is_ok());
}

#[test]
fn an_authorizer_that_demands_it_gets_it_without_being_configured() {
    let world = world();
    world.server.borrow_mut().metadata["pushed_authorization_request_endpoint"] = format!("{ISSUER}/par").into();
    world.server.borrow_mut().metadata["require_pushed_authorization_requests"] = true.into();
    assert!(try_to_sign_in_as(&world.tab(), &config()).is_ok());
    assert_eq!(world.requests_to("/par"), 1);
}

#[test]
fn an_authorizer_without_an_endpoint_for_it_is_told_before_anybody_leaves() {
    let tab = world().tab();
    assert_eq!(code_of(block_on(tab.page(&pushing()).begin(&BeginOptions::default()))), "not_offered");
    assert_eq!(tab.pending_logins(), 0);
}

#[test]
fn a_request_that_is_not_taken_leaves_nothing_behind() {
    for (answer, code) in
        [(oauth_error("invalid_scope"), "invalid_scope"), (html_response(200), "pushed_answer_unreadable")]
    {
        let world = world();
        world.server.borrow_mut().metadata["pushed_authorization_request_endpoint"] = format!("{ISSUER}/par").into();
        world.server.borrow_mut().intercept =
            Some(Box::new(move |sent| sent.url.ends_with("/par").then(|| Ok(answer.clone()))));
        let tab = world.tab();
        assert_eq!(code_of(block_on(tab.page(&pushing()).begin(&BeginOptions::default()))), code);
        assert_eq!(tab.pending_logins(), 0);
    }
}

#[test]
fn a_pushed_request_of_a_bound_login_carries_a_proof() {
    let world = world();
    world.server.borrow_mut().metadata["pushed_authorization_request_endpoint"] = format!("{ISSUER}/par").into();
    let config = ClientConfig { dpop: true, ..pushing() };
    assert!(try_to_sign_in_as(&world.tab(), &config).is_ok());
    let pushed = world.requests().into_iter().find(|sent| sent.url.ends_with("/par")).unwrap();
    assert_eq!(pushed.proof().unwrap()["htu"], format!("{ISSUER}/par"));
    assert!(pushed.form("dpop_jkt").is_some());
}

#[test]
fn a_reference_that_the_browser_left_with_is_not_handed_out_again() {
    for interaction in [Interaction::Redirect, Interaction::Popup] {
        let world = world();
        world.server.borrow_mut().metadata["pushed_authorization_request_endpoint"] = format!("{ISSUER}/par").into();
        let page = world.tab().page(&pushing());
        let options = BeginOptions { interaction, ..BeginOptions::default() };
        let begin = || block_on(page.begin(&options)).unwrap();
        let first = begin();
        assert_eq!(begin().url, first.url, "a double press before the browser left makes one request");
        page.goes(&first);
        let second = begin();
        assert_ne!(second.url, first.url, "a reference is for one trip (RFC 9126, section 4)");
        assert_eq!(world.requests_to("/par"), 2);
        page.goes(&first);
        assert_eq!(begin().url, second.url, "an older trip says nothing about this one");
    }
}

#[test]
fn a_window_that_was_closed_is_no_reason_to_use_its_request_again() {
    let page = world().tab().page(&config());
    for (interaction, is_same) in
        [(Interaction::Redirect, true), (Interaction::Popup, false), (Interaction::Frame, false)]
    {
        let options = BeginOptions { interaction, ..BeginOptions::default() };
        let first = block_on(page.begin(&options)).unwrap();
        page.goes(&first);
        assert_eq!(block_on(page.begin(&options)).unwrap().url == first.url, is_same, "{interaction:?}");
    }
}
