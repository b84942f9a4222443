//! Clocks that are wrong: everybody whose clock is off by less than a day signs in, and nothing renews in a loop.

use pkce_login::client::ports::HttpResponse;
use pkce_login::client::{BeginOptions, ClientConfig, Storage};
use pkce_login::protocol::authorization_request::RequestOptions;
use pkce_login::protocol::response_mode::ResponseMode;
use serde_json::{Value, json};

use crate::helpers::{
    ProviderTab, authorize, begin, code_of, config, finish, page, sign_in, try_to_sign_in, try_to_sign_in_as, world,
};
use crate::support::executor::block_on;
use crate::support::provider::{Provider, REDIRECT_URI};
use crate::support::world::World;

const DAY: i64 = 86_400;

/// An authorizer whose `Date` no page may read, and a tab whose clock is ahead by `offset` seconds.
fn world_and_tab(offset: i64) -> (std::rc::Rc<World<Provider>>, std::rc::Rc<ProviderTab>) {
    let world = world();
    world.server.borrow_mut().shows_date = false;
    let tab = world.tab();
    tab.clock_offset.set(offset);
    (world, tab)
}

#[test]
fn every_clock_that_is_off_by_up_to_a_day_signs_in_without_the_authorizers_date() {
    for offset in (-24..=24).map(|hours| hours * 3_600).chain([-90, 90, -600, 600, -25, 25, -61, 61]) {
        let (world, tab) = world_and_tab(offset);
        let session = try_to_sign_in(&tab).unwrap_or_else(|error| panic!("{offset}: {error}"));
        let told = session.clock_is_ahead_by().unwrap_or_default();
        assert!((told - offset).abs() <= 60, "{offset} was told as {told}");
        assert_eq!(world.token_requests().len(), 1);
    }
}

#[test]
fn beyond_a_day_the_clock_is_named() {
    for (offset, code) in [(DAY + 120, "expired"), (-DAY - 120, "iat_in_future")] {
        let (_, tab) = world_and_tab(offset);
        let error = try_to_sign_in(&tab).unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.explain().to_do.contains("clock"));
    }
}

#[test]
fn what_is_wrong_with_a_token_is_no_matter_of_the_clock() {
    type Edit = fn(&mut Value, i64);
    let cases: [(Edit, &str); 6] = [
        (|claims, iat| claims["exp"] = (iat - 3_600).into(), "expired"),
        (|claims, iat| claims["exp"] = (iat - 31).into(), "expired"),
        (|claims, iat| claims["nbf"] = (iat + 3_600).into(), "not_yet_valid"),
        (|claims, _| claims["nonce"] = "other".into(), "nonce_mismatch"),
        (|claims, _| claims["aud"] = "other".into(), "aud_mismatch"),
        (|claims, _| claims["iss"] = "https://evil.example".into(), "iss_mismatch"),
    ];
    for offset in [0, 7_200, -7_200] {
        for (edit, code) in cases {
            let (world, tab) = world_and_tab(offset);
            world.server.borrow_mut().edit_id_token = Box::new(move |_, claims| {
                let iat = claims["iat"].as_i64().unwrap();
                edit(claims, iat);
            });
            let error = try_to_sign_in(&tab).unwrap_err();
            assert_eq!(error.code(), code, "{offset}");
            assert!(!tab.stored_text().contains("pkce-login.clock."), "nothing is learned from it");
        }
    }
}

#[test]
fn where_the_authorizers_date_can_be_read_nothing_is_learned_from_a_token() {
    for iat in [-3_600, 3_600] {
        let world = world();
        world.server.borrow_mut().edit_id_token = Box::new(move |_, claims| {
            claims["iat"] = (claims["iat"].as_i64().unwrap() + iat).into();
            claims["exp"] = (claims["exp"].as_i64().unwrap() + iat).into();
        });
        assert_ne!(code_of(try_to_sign_in(&world.tab())), "");
    }
}

#[test]
fn max_age_is_measured_by_the_authorizers_time() {
    for offset in [0, 7_200, -7_200] {
        for (age, code) in [(60, ""), (600, "auth_time_too_old")] {
            let (world, tab) = world_and_tab(offset);
            let request = RequestOptions { max_age: Some(300), ..RequestOptions::default() };
            let options = BeginOptions { request, ..BeginOptions::default() };
            let started = block_on(page(&tab).begin(&options)).unwrap();
            let answer = authorize(&tab, &started);
            world.server.borrow_mut().edit_id_token =
                Box::new(move |_, claims| claims["auth_time"] = (claims["iat"].as_i64().unwrap() - age).into());
            assert_eq!(code_of(finish(&page(&tab), &answer)), code, "{offset} {age}");
        }
    }
}

#[test]
fn a_session_with_a_wrong_clock_renews_when_its_tokens_end_and_not_before() {
    for offset in [-DAY, -3_600, -90, 90, 3_600, DAY] {
        let (world, tab) = world_and_tab(offset);
        let session = sign_in(&tab);
        for life in 1..4 {
            for _ in 0..26 {
                world.pass(10);
                block_on(session.access_token()).unwrap();
                block_on(session.refresh_if_due()).unwrap();
            }
            assert_eq!(world.token_requests().len(), life, "{offset}: too early");
            world.pass(40);
            block_on(session.access_token()).unwrap();
            assert_eq!(world.token_requests().len(), life + 1, "{offset}: in time");
        }
    }
}

#[test]
fn a_clock_that_is_set_right_while_signed_in_renews_once_at_most_and_goes_on() {
    for offset in [-DAY, -3_600, 3_600, DAY] {
        let (world, tab) = world_and_tab(offset);
        let session = sign_in(&tab);
        tab.clock_offset.set(0);
        for _ in 0..50 {
            block_on(session.access_token()).unwrap();
            block_on(session.refresh_if_due()).unwrap();
        }
        assert!(world.token_requests().len() <= 2, "{offset}: {}", world.token_requests().len());
        world.pass(280);
        block_on(session.access_token()).unwrap();
        assert!(session.is_active() && world.token_requests().len() <= 3);
        let told = session.clock_is_ahead_by().unwrap_or_default();
        assert!(told.abs() <= 60, "the person is no longer told of {told} s");
    }
}

#[test]
fn a_clock_that_is_set_between_the_button_and_the_answer_is_no_reason_to_turn_anybody_away() {
    for (before, after) in [(3_600, 0), (DAY, 0), (0, -DAY), (-300, 0), (0, 300)] {
        let (_, tab) = world_and_tab(before);
        let answer = authorize(&tab, &begin(&page(&tab)));
        tab.clock_offset.set(after);
        assert_eq!(code_of(finish(&page(&tab), &answer)), "", "{before} {after}");
    }
}

#[test]
fn the_next_login_of_the_tab_knows_the_clock_and_is_not_bound_to_it() {
    let (_, tab) = world_and_tab(7_200);
    sign_in(&tab);
    assert!(tab.stored_text().contains("pkce-login.clock.https://as.example -7200"));
    // The person sets it right, and it is forgotten.
    tab.clock_offset.set(0);
    let session = sign_in(&tab);
    assert_eq!(session.clock_is_ahead_by(), Some(0));
    assert!(!tab.stored_text().contains("pkce-login.clock."));
}

#[test]
fn a_signed_answer_is_held_against_the_authorizers_time() {
    let signed = ClientConfig { response_mode: ResponseMode::QueryJwt, ..config() };
    for (offset, life, code) in [
        (0, 60, ""),
        (7_200, 60, ""),
        (-7_200, 60, ""),
        (DAY - 200, 60, ""),
        // Over, by the authorizer's own clock: the person is not signed in.
        (0, -120, "expired"),
        (7_200, -120, "expired"),
        (-7_200, -120, "expired"),
    ] {
        let (world, tab) = world_and_tab(offset);
        let started = block_on(tab.page(&signed).begin(&BeginOptions::default())).unwrap();
        let plain = authorize(&tab, &started);
        let answer = plain.signed(&world.server.borrow(), world.now.get() - 60 + life);
        assert_eq!(code_of(finish(&tab.page(&signed), &answer)), code, "{offset} {life}");
    }
}

#[test]
fn without_an_id_token_nothing_can_confirm_a_signed_answer_and_nothing_is_sent() {
    let signed = ClientConfig { response_mode: ResponseMode::QueryJwt, ..config() }.with_scope("profile");
    let (world, tab) = world_and_tab(7_200);
    let started = block_on(tab.page(&signed).begin(&BeginOptions::default())).unwrap();
    let plain = authorize(&tab, &started);
    let answer = plain.signed(&world.server.borrow(), world.now.get());
    assert_eq!(code_of(finish(&tab.page(&signed), &answer)), "expired");
    assert_eq!(world.token_requests().len(), 0);
}

#[test]
fn proofs_carry_the_authorizers_time_once_it_is_known() {
    let bound = ClientConfig { dpop: true, storage: Storage::Memory, ..config() };
    let (world, tab) = world_and_tab(3_600);
    let session = try_to_sign_in_as(&tab, &bound).unwrap();
    block_on(session.userinfo()).unwrap();
    let proof = world.requests().iter().rfind(|sent| sent.url.ends_with("/userinfo")).unwrap().proof().unwrap();
    assert_eq!(proof["iat"], json!(world.now.get()));
    // And so does the first one of the tab's next login.
    world.forget_requests();
    try_to_sign_in_as(&tab, &bound).unwrap();
    assert_eq!(world.token_requests()[0].proof().unwrap()["iat"], json!(world.now.get()));
}

#[test]
fn a_proof_that_was_refused_for_a_clock_that_was_set_since_is_made_once_more_without_the_old_offset() {
    let bound = ClientConfig { dpop: true, ..config() };
    let (world, tab) = world_and_tab(3_600);
    try_to_sign_in_as(&tab, &bound).unwrap();
    tab.clock_offset.set(0);
    world.forget_requests();
    let now = std::rc::Rc::clone(&world);
    world.server.borrow_mut().intercept = Some(Box::new(move |sent| {
        let iat = sent.proof().filter(|_| sent.url.ends_with("/token"))?["iat"].as_i64().unwrap();
        let is_wrong = (iat - now.now.get()).abs() > 60;
        is_wrong.then(|| Ok(crate::support::provider::oauth_error("invalid_dpop_proof")))
    }));
    try_to_sign_in_as(&tab, &bound).unwrap();
    assert_eq!(world.token_requests().len(), 2);
}

#[test]
fn the_first_proof_takes_the_time_of_the_apps_own_host_where_the_authorizers_cannot_be_read() {
    let bound = ClientConfig { dpop: true, storage: Storage::Memory, ..config() };
    // By how much the device is wrong, what the host answers with, how the proof is refused, and how often tokens are asked for.
    for (offset, host_is_off, error, requests) in [
        (7_200, Some(0), "invalid_dpop_proof", 2),
        (-7_200, Some(5), "invalid_request", 2),
        (7_200, None, "invalid_dpop_proof", 1),
        (0, Some(0), "invalid_request", 1),
    ] {
        let (world, tab) = world_and_tab(offset);
        let asked = std::rc::Rc::clone(&world);
        world.server.borrow_mut().intercept = Some(Box::new(move |sent| {
            let now = asked.now.get();
            if sent.url == REDIRECT_URI {
                assert_eq!((sent.method.as_str(), sent.proof()), ("HEAD", None));
                let date = host_is_off.map(|off| now + off);
                return Some(Ok(HttpResponse { status: 200, date, ..HttpResponse::default() }));
            }
            let iat = sent.proof().filter(|_| sent.url.ends_with("/token"))?["iat"].as_i64().unwrap();
            // The last one refuses whatever comes, with a clock that is right.
            let is_refused = offset == 0 || (iat - now).abs() > 60;
            is_refused.then(|| Ok(crate::support::provider::oauth_error(error)))
        }));
        let signed_in = try_to_sign_in_as(&tab, &bound);
        assert_eq!(world.token_requests().len(), requests, "{offset}");
        if requests == 2 {
            assert!((signed_in.unwrap().clock_is_ahead_by().unwrap() - offset).abs() <= 60);
        } else {
            assert_eq!(signed_in.unwrap_err().code(), error);
        }
    }
}
