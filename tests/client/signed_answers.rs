//! Answers that are one signed document (JARM).

use pkce_login::client::{BeginOptions, ClientConfig};
use pkce_login::protocol::response_mode::ResponseMode;

use crate::helpers::{ProviderTab, authorize, code_of, config, finish, finish_at, world};
use crate::support::executor::block_on;
use crate::support::provider::{Answer, REDIRECT_URI};
use crate::support::signer::Signer;

fn signed() -> ClientConfig {
    ClientConfig { response_mode: ResponseMode::QueryJwt, ..config() }
}

/// Begins a login and gets its answer, plain.
fn plain_answer(tab: &std::rc::Rc<ProviderTab>) -> Answer {
    let started = block_on(tab.page(&signed()).begin(&BeginOptions::default())).unwrap();
    assert!(started.url.contains("response_mode=query.jwt"));
    authorize(tab, &started)
}

fn sign(tab: &ProviderTab, answer: Answer) -> Answer {
    answer.signed(&tab.world.server.borrow(), tab.world.now.get())
}

#[test]
fn a_signed_answer_signs_in() {
    let world = world();
    let tab = world.tab();
    let answer = plain_answer(&tab);
    let answer = sign(&tab, answer);
    assert!(finish(&tab.page(&signed()), &answer).unwrap().is_some());
    assert_eq!(world.requests_to("/jwks"), 1, "the keys were there before the redirect");
}

#[test]
fn a_plain_answer_is_refused_where_a_signed_one_was_asked_for() {
    let world = world();
    let tab = world.tab();
    let answer = plain_answer(&tab);
    assert_eq!(code_of(finish(&tab.page(&signed()), &answer)), "jarm_expected");
    assert_eq!(world.token_requests().len(), 0);
}

#[test]
fn a_signed_answer_that_nobody_asked_for_is_refused() {
    let world = world();
    let tab = world.tab();
    let started = block_on(tab.page(&config()).begin(&BeginOptions::default())).unwrap();
    let answer = authorize(&tab, &started);
    assert_eq!(code_of(finish(&tab.page(&config()), &sign(&tab, answer))), "unexpected_jarm");
    assert_eq!((world.token_requests().len(), tab.pending_logins()), (0, 1));
}

#[test]
fn a_document_that_somebody_else_signed_touches_no_login() {
    let world = world();
    let tab = world.tab();
    let answer = plain_answer(&tab);
    let good = sign(&tab, answer.clone());
    let honest = std::mem::replace(&mut world.server.borrow_mut().signer, Signer::new("key-1"));
    let forged = sign(&tab, answer);
    world.server.borrow_mut().signer = honest;
    assert_eq!(code_of(finish(&tab.page(&signed()), &forged)), "bad_signature");
    assert_eq!((world.token_requests().len(), tab.pending_logins()), (0, 1));
    assert!(finish(&tab.page(&signed()), &good).unwrap().is_some(), "the right answer still counts");
}

#[test]
fn a_signed_answer_of_another_state_is_refused_and_asks_nobody_for_keys() {
    let world = world();
    let tab = world.tab();
    let answer = plain_answer(&tab).changed("state", "somebody-elses");
    tab.forget("pkce-login.metadata.");
    tab.forget("pkce-login.keys.");
    world.forget_requests();
    assert_eq!(code_of(finish(&tab.page(&signed()), &sign(&tab, answer))), "state_mismatch");
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn nothing_may_stand_beside_the_document() {
    let world = world();
    let tab = world.tab();
    let plain = plain_answer(&tab);
    let answer = sign(&tab, plain);
    for extra in [("code", "evil"), ("state", "evil"), ("iss", "evil"), ("error", "access_denied")] {
        let url = answer.clone().then(extra.0, extra.1).url();
        assert_eq!(code_of(finish_at(&tab.page(&signed()), &url)), "unexpected_jarm", "{}", extra.0);
    }
    let twice = answer.clone().then("response", "a.b.c").url();
    assert_eq!(code_of(finish_at(&tab.page(&signed()), &twice)), "duplicate_parameter");
    assert_eq!(world.token_requests().len(), 0);
    assert!(finish(&tab.page(&signed()), &answer).unwrap().is_some());
}

#[test]
fn what_is_no_document_is_refused_in_words() {
    let tab = world().tab();
    let _ = plain_answer(&tab);
    let code = code_of(finish_at(&tab.page(&signed()), &format!("{REDIRECT_URI}?response=abc")));
    assert_eq!(code, "malformed");
}
