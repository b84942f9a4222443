//! What a session does once somebody is signed in.

use std::cell::RefCell;

use pkce_login::client::ports::HttpFailure;
use pkce_login::client::{LoginError, Phase};
use pkce_login::protocol::token_response::TokenType;

use crate::helpers::{authorize, begin, code_of, config, finish, sign_in, world};
use crate::support::executor::{Task, block_on, both, run_all};
use crate::support::provider::{Outcome, html_response, oauth_error};
use crate::support::random::Random;
use crate::support::world::Fate;

#[test]
fn a_refresh_brings_new_tokens() {
    let world = world();
    let session = sign_in(&world.tab());
    world.pass(200);
    block_on(session.refresh()).unwrap();
    let (kind, token) = block_on(session.access_token()).unwrap();
    assert_eq!((kind, token.expose()), (TokenType::Bearer, "access-2"));
    assert_eq!(session.expires_at(), Some(world.now.get() + 300));
    let sent = world.token_requests();
    assert_eq!(sent[1].form("refresh_token").as_deref(), Some("refresh-1"));
    assert_eq!(sent[1].form("client_id").as_deref(), Some("spa"));
    block_on(session.refresh()).unwrap();
    assert_eq!(world.token_requests()[2].form("refresh_token").as_deref(), Some("refresh-2"));
}

#[test]
fn a_refresh_without_a_new_refresh_token_keeps_the_old_one() {
    let world = world();
    let session = sign_in(&world.tab());
    world.server.borrow_mut().edit_tokens = Box::new(|tokens| {
        tokens.as_object_mut().unwrap().remove("refresh_token");
    });
    block_on(session.refresh()).unwrap();
    assert!(session.can_refresh());
    let _ = block_on(session.refresh());
    assert_eq!(world.token_requests()[2].form("refresh_token").as_deref(), Some("refresh-1"));
}

#[test]
fn a_refresh_without_a_new_id_token_keeps_the_person() {
    let world = world();
    let session = sign_in(&world.tab());
    world.server.borrow_mut().edit_tokens = Box::new(|tokens| {
        tokens.as_object_mut().unwrap().remove("id_token");
    });
    block_on(session.refresh()).unwrap();
    assert_eq!(session.id_token().unwrap().sub(), "ada");
    let (url, _) = session.sign_out_url("https://app.example/").unwrap().unwrap();
    assert!(url.contains("id_token_hint="));
}

#[test]
fn a_refresh_that_fails_on_the_way_keeps_the_session() {
    let world = world();
    let session = sign_in(&world.tab());
    for (failure, code) in [
        (HttpFailure::Unreachable, "host_unreachable"),
        (HttpFailure::TimedOut, "timed_out"),
        (HttpFailure::CorsBlocked, "cors_blocked"),
    ] {
        world.server.borrow_mut().token_endpoint = Some(Box::new(move || Err(failure)));
        let error = block_on(session.refresh()).unwrap_err();
        assert_eq!((error.code(), error.phase()), (code, Phase::Refresh));
        assert!(!error.ends_session() && session.is_active() && session.can_refresh());
    }
    world.server.borrow_mut().token_endpoint = Some(Box::new(|| Ok(html_response(503))));
    assert_eq!(code_of(block_on(session.refresh())), "unexpected_status");
    assert!(session.is_active());
    world.server.borrow_mut().token_endpoint = None;
    block_on(session.refresh()).unwrap();
}

#[test]
fn a_refresh_whose_id_token_cannot_be_checked_keeps_the_new_refresh_token() {
    for code in ["host_unreachable", "keys_unreadable", "crypto_unavailable"] {
        let world = world();
        let tab = world.tab();
        let session = sign_in(&tab);
        let ends = session.expires_at();
        world.pass(601);
        let keys: fn() -> Outcome = match code {
            "host_unreachable" => || Err(HttpFailure::Unreachable),
            _ => || Ok(html_response(200)),
        };
        tab.has_crypto.set(code != "crypto_unavailable");
        world.server.borrow_mut().keys_endpoint = (code != "crypto_unavailable").then(|| Box::new(keys) as _);
        assert_eq!(code_of(block_on(session.refresh())), code);
        assert!(session.is_active());
        assert_eq!(session.expires_at(), ends, "the rest is as it was");
        tab.has_crypto.set(true);
        world.server.borrow_mut().keys_endpoint = None;
        block_on(session.refresh()).unwrap();
        assert_eq!(world.token_requests()[2].form("refresh_token").as_deref(), Some("refresh-2"), "{code}");
        assert_eq!(block_on(session.access_token()).unwrap().1.expose(), "access-3");
    }
}

#[test]
fn an_authorizer_that_forgot_the_grant_ends_the_session() {
    let world = world();
    let session = sign_in(&world.tab());
    world.server.borrow_mut().token_endpoint = Some(Box::new(|| Ok(oauth_error("invalid_grant"))));
    let error = block_on(session.refresh()).unwrap_err();
    assert!(error.ends_session() && !session.is_active());
    assert_eq!(code_of(block_on(session.refresh())), "session_over");
    assert_eq!(world.token_requests().len(), 2, "and asks no more");
}

#[test]
fn an_authorizer_that_is_busy_does_not_end_the_session() {
    let world = world();
    let session = sign_in(&world.tab());
    world.server.borrow_mut().token_endpoint = Some(Box::new(|| Ok(oauth_error("temporarily_unavailable"))));
    assert_eq!(code_of(block_on(session.refresh())), "temporarily_unavailable");
    assert!(session.is_active());
}

#[test]
fn refreshes_at_the_same_time_make_one_request() {
    let world = world();
    let session = sign_in(&world.tab());
    let copy = session.clone();
    let (first, second) = both(session.refresh(), copy.refresh());
    assert!(first.is_ok() && second.is_ok());
    assert_eq!(world.token_requests().len(), 2);
    assert_eq!(block_on(copy.access_token()).unwrap().1.expose(), "access-2");
}

#[test]
fn refreshes_at_the_same_time_share_a_failure() {
    for fate in [Fate::AnswerLost, Fate::RequestLost] {
        let world = world();
        let session = sign_in(&world.tab());
        world.set_network(move |_| fate);
        let results: RefCell<Vec<Result<(), LoginError>>> = RefCell::default();
        let refresh = || -> Task<'_> {
            Box::pin(async {
                let result = session.refresh().await;
                results.borrow_mut().push(result);
            })
        };
        run_all(vec![refresh(), refresh(), refresh()], &mut Random::new(1));
        let results = results.take();
        assert!(results[0].is_err());
        assert!(results.iter().all(|result| *result == results[0]), "{results:?}");
        assert_eq!(world.token_requests().len(), 2, "the old token may be spent: who waited must not send it too");
        // A call that comes later is another one.
        world.go_online();
        let _ = block_on(session.refresh());
        assert_eq!(world.token_requests().len(), 3);
    }
}

#[test]
fn tabs_take_turns_to_refresh() {
    let world = world();
    let (first, second) = (sign_in(&world.tab()), sign_in(&world.tab()));
    world.forget_requests();
    let (one, other) = both(first.refresh(), second.refresh());
    assert!(one.is_ok() && other.is_ok());
    assert_eq!((world.token_requests().len(), world.most_in_flight()), (2, 1));
}

#[test]
fn a_refresh_that_was_given_up_does_not_block_the_next_one() {
    let world = world();
    let session = sign_in(&world.tab());
    {
        let mut refresh = Box::pin(session.refresh());
        let waker = std::task::Waker::noop();
        assert!(refresh.as_mut().poll(&mut std::task::Context::from_waker(waker)).is_pending());
    }
    block_on(session.refresh()).unwrap();
}

#[test]
fn an_access_token_is_renewed_shortly_before_it_ends() {
    let world = world();
    let session = sign_in(&world.tab());
    world.pass(269);
    assert_eq!(block_on(session.access_token()).unwrap().1.expose(), "access-1");
    world.pass(1);
    let (first, second) = both(session.access_token(), session.access_token());
    assert_eq!((first.unwrap().1.expose(), second.unwrap().1.expose()), ("access-2", "access-2"));
    assert_eq!(world.token_requests().len(), 2);
}

#[test]
fn an_access_token_that_has_to_be_good_for_longer_is_renewed_earlier() {
    let world = world();
    let session = sign_in(&world.tab());
    let token = |seconds| block_on(session.access_token_for(seconds)).unwrap().1.expose().to_owned();
    world.pass(200);
    assert_eq!(token(100), "access-1");
    assert_eq!(token(101), "access-2");
    // Longer than any lives: renewed when a quarter of its life is over, and not each time.
    assert_eq!((token(10_000), token(10_000)), ("access-2".to_owned(), "access-2".to_owned()));
    world.pass(76);
    assert_eq!((token(10_000), token(10_000)), ("access-3".to_owned(), "access-3".to_owned()));
}

#[test]
fn an_access_token_that_is_not_good_for_so_long_and_cannot_be_renewed_is_not_given_out() {
    let world = world();
    world.server.borrow_mut().edit_tokens = Box::new(|tokens| {
        tokens.as_object_mut().unwrap().remove("refresh_token");
    });
    let session = sign_in(&world.tab());
    world.pass(200);
    assert!(block_on(session.access_token_for(100)).is_ok());
    assert_eq!(code_of(block_on(session.access_token_for(101))), "no_refresh_token");
    assert!(block_on(session.access_token()).is_ok());
}

#[test]
fn an_access_token_that_ended_and_cannot_be_renewed_is_not_given_out() {
    let world = world();
    world.server.borrow_mut().edit_tokens = Box::new(|tokens| {
        tokens.as_object_mut().unwrap().remove("refresh_token");
    });
    let session = sign_in(&world.tab());
    world.pass(299);
    assert!(block_on(session.access_token()).is_ok());
    world.pass(1);
    assert_eq!(code_of(block_on(session.access_token())), "session_over");
}

#[test]
fn a_wrong_clock_does_not_make_a_renewal_loop() {
    let world = world();
    let tab = world.tab();
    let session = sign_in(&tab);
    // Forward by a day, as after sleep or by hand: one renewal, then the new token is good.
    tab.clock_offset.set(86_400);
    for _ in 0..5 {
        let _ = block_on(session.access_token());
    }
    assert_eq!(world.token_requests().len(), 2);
}

#[test]
fn a_refresh_that_brings_another_person_ends_the_session() {
    let world = world();
    let session = sign_in(&world.tab());
    world.server.borrow_mut().edit_id_token = Box::new(|_, claims| claims["sub"] = "grace".into());
    let error = block_on(session.refresh()).unwrap_err();
    assert_eq!(error.code(), "refresh_sub_changed");
    assert!(error.ends_session() && !session.is_active());
}

#[test]
fn a_refresh_with_another_nonce_is_refused() {
    let world = world();
    let session = sign_in(&world.tab());
    world.server.borrow_mut().edit_id_token = Box::new(|_, claims| claims["nonce"] = "somebody-elses".into());
    assert_eq!(code_of(block_on(session.refresh())), "nonce_mismatch");
}

#[test]
fn claims_about_another_person_are_refused() {
    let world = world();
    let session = sign_in(&world.tab());
    assert!(block_on(session.userinfo()).unwrap().claims().contains("Ada Demo"));
    assert_eq!(world.requests().last().unwrap().header("Authorization"), Some("Bearer access-1"));
    world.server.borrow_mut().edit_userinfo = Box::new(|claims| claims["sub"] = "grace".into());
    assert_eq!(code_of(block_on(session.userinfo())), "sub_mismatch");
    assert!(session.is_active());
}

#[test]
fn signing_out_gives_the_tokens_back() {
    let world = world();
    let session = sign_in(&world.tab());
    block_on(session.revoke()).unwrap();
    assert!(!session.is_active());
    assert_eq!(world.server.borrow().revoked, ["refresh-1", "access-1"]);
    assert_eq!(code_of(block_on(session.access_token())), "session_over");
    block_on(session.revoke()).unwrap();
    assert_eq!(world.server.borrow().revoked.len(), 2, "there is nothing to give back a second time");
}

#[test]
fn signing_out_forgets_the_tokens_also_when_the_authorizer_is_not_told() {
    let world = world();
    let session = sign_in(&world.tab());
    world.go_offline();
    let error = block_on(session.revoke()).unwrap_err();
    assert_eq!((error.code(), error.phase()), ("host_unreachable", Phase::Revocation));
    assert!(!session.is_active());
}

#[test]
fn signing_out_gives_the_access_token_back_also_when_the_refresh_token_could_not_be() {
    let world = world();
    let session = sign_in(&world.tab());
    let mut calls = 0;
    world.set_network(move |_| {
        calls += 1;
        if calls == 1 { Fate::AnswerLost } else { Fate::RequestLost }
    });
    let error = block_on(session.revoke()).unwrap_err();
    assert_eq!((error.code(), error.phase()), ("timed_out", Phase::Revocation), "the first error");
    let given_back: Vec<_> = world.requests().iter().filter_map(|sent| sent.form("token")).collect();
    assert_eq!(given_back, ["refresh-1", "access-1"]);
}

#[test]
fn signing_out_during_a_refresh_stays_signed_out() {
    let world = world();
    let session = sign_in(&world.tab());
    let copy = session.clone();
    let (refreshed, revoked) = both(session.refresh(), copy.revoke());
    assert!(refreshed.is_ok() && revoked.is_ok());
    assert!(!session.is_active());
    assert_eq!(world.server.borrow().revoked, ["refresh-2", "access-2"], "the newest tokens are given back");
}

#[test]
fn signing_out_at_the_authorizer_names_the_person_and_a_fresh_state() {
    let world = world();
    let session = sign_in(&world.tab());
    let (url, state) = session.sign_out_url("https://app.example/bye").unwrap().unwrap();
    assert!(url.starts_with("https://as.example/end?"));
    let (_, query) = url.split_once('?').unwrap();
    let request = pkce_login::protocol::form::Params::parse(query);
    assert_eq!(request.get("post_logout_redirect_uri"), Some("https://app.example/bye"));
    assert_eq!(request.get("client_id"), Some("spa"));
    assert_eq!(request.get("state"), Some(state.expose()));
    assert!(request.get("id_token_hint").is_some());
    let (_, another) = session.sign_out_url("https://app.example/bye").unwrap().unwrap();
    assert_ne!(state, another);
}

#[test]
fn a_lost_answer_to_a_refresh_is_not_asked_for_again() {
    let world = world();
    let session = sign_in(&world.tab());
    world.set_network(|_| Fate::AnswerLost);
    assert_eq!(code_of(block_on(session.refresh())), "timed_out");
    assert_eq!(world.token_requests().len(), 2, "the old token may be spent: trying again is the caller's word");
    assert!(session.is_active());
}

#[test]
fn what_an_authorizer_does_not_offer_is_said() {
    let world = world();
    {
        let mut provider = world.server.borrow_mut();
        let metadata = provider.metadata.as_object_mut().unwrap();
        for name in ["userinfo_endpoint", "revocation_endpoint", "end_session_endpoint"] {
            metadata.remove(name);
        }
    }
    let session = sign_in(&world.tab());
    assert_eq!(code_of(block_on(session.userinfo())), "not_offered");
    assert!(session.sign_out_url("https://app.example/").unwrap().is_none());
    assert_eq!(code_of(block_on(session.revoke())), "not_offered");
    assert!(!session.is_active(), "but it is signed out here");
}

#[test]
fn claims_about_nobody_known_are_not_asked_for() {
    let world = world();
    let tab = world.tab();
    let config = config().with_scope("mail.read");
    let answer = authorize(&tab, &begin(&tab.page(&config)));
    let session = finish(&tab.page(&config), &answer).unwrap().unwrap();
    let error = block_on(session.userinfo()).unwrap_err();
    assert_eq!((error.code(), error.phase()), ("no_id_token", Phase::UserInfo));
    assert_eq!(error.explain().to_do, "Ask for the scope openid.");
    assert_eq!(world.requests_to("/userinfo"), 0);
}
