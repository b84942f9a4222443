//! A worker is stopped whenever the browser likes, so nothing may live in memory only. Nothing may leak either.

use super::world::*;
use pkce_login::authorizer::Request;

#[test]
fn a_flow_survives_a_stop_between_any_two_requests() {
    let mut world = World::new();
    let start = world.authorize(&[("scope", "openid profile offline_access")]);
    world.restart();
    let consent = world.press(&start, "person", "ada");
    world.restart();
    let answer = world.press(&consent, "decision", "allow");
    let code = answer_parameter(&answer, "code").unwrap();
    world.restart();
    assert_eq!(error(&world.redeem(&code, &[("code_verifier", verifier(2).expose())])), "invalid_grant");
    world.restart();
    let tokens = granted(&world.redeem(&code, &[]));
    assert_eq!(decode(&text(&tokens, "id_token")).1["nonce"], "nonce-1");
    world.restart();
    assert!(world.is_active(&text(&tokens, "access_token")));
    let next = granted(&world.refresh(&text(&tokens, "refresh_token"), &[]));
    world.restart();
    assert_eq!(error(&world.refresh(&text(&tokens, "refresh_token"), &[])), "invalid_grant");
    world.restart();
    assert_eq!(error(&world.refresh(&text(&next, "refresh_token"), &[])), "invalid_grant");
}

#[test]
fn a_replay_is_noticed_after_a_stop() {
    let mut world = World::new();
    let code = world.code(&[]);
    let tokens = granted(&world.redeem(&code, &[]));
    world.restart();
    assert_eq!(error(&world.redeem(&code, &[])), "invalid_grant");
    world.restart();
    assert!(!world.is_active(&text(&tokens, "access_token")));
}

#[test]
fn failed_attempts_are_counted_across_stops() {
    let mut world = World::new();
    let code = world.code(&[]);
    for _ in 0..5 {
        world.redeem(&code, &[("code_verifier", verifier(2).expose())]);
        world.restart();
    }
    assert_eq!(error(&world.redeem(&code, &[])), "invalid_grant");
}

#[test]
fn consent_and_session_survive_and_a_pending_sign_out_too() {
    let mut world = World::new();
    world.tokens();
    world.restart();
    let challenge = verifier(2).challenge();
    let silent = [("prompt", "none"), ("code_challenge", challenge.as_str())];
    assert!(answer_parameter(&world.authorize(&silent), "code").is_some());
    let url =
        format!("{}?client_id={CLIENT}&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2F", world.at("logout"));
    let page = world.get(&url);
    let (action, interaction) = page_form(&page);
    world.restart();
    let response =
        world.send(&Request::post_form(action, form(&[("interaction", &interaction), ("decision", "sign-out")])));
    assert_eq!(location(&response), APP);
}

#[test]
fn what_has_expired_is_swept() {
    let mut world = World::new();
    world.tokens();
    world.authorize(&[("prompt", "login"), ("code_challenge", verifier(2).challenge().as_str())]);
    assert!(world.records.len() > 5);
    world.now += 31 * 86_400;
    let url = world.at("jwks");
    world.get(&url);
    assert!(world.records.is_empty(), "{:?}", world.records.keys());
}

#[test]
fn a_record_that_cannot_be_read_is_dropped_and_does_no_harm() {
    let mut world = World::new();
    world.answer(&[]);
    for text in world.records.values_mut() {
        *text = "{\"forget_at\":".to_owned();
    }
    world.records.insert("code//x".to_owned(), "{\"forget_at\":99999999999}".to_owned());
    world.restart();
    let response = world.authorize(&[]);
    assert!(location(&response).starts_with(&world.at("sign-in")));
}

#[test]
fn nothing_secret_is_in_any_debug_output_or_log_line() {
    let mut world = World::new();
    let code = world.code(&[]);
    let request = world.redeem_request(&code, &[]);
    let response = world.send(&request);
    let tokens = granted(&response);
    world.redeem(&code, &[("code_verifier", verifier(2).expose())]);
    world.redeem(&code, &[]);
    world.userinfo(&text(&tokens, "access_token"));
    assert!(!world.log.is_empty());
    let printed = format!("{:?} {request:?} {response:?} {:?}", world.authorizer, world.log);
    for secret in [
        code,
        text(&tokens, "access_token"),
        text(&tokens, "refresh_token"),
        text(&tokens, "id_token"),
        verifier(1).expose().to_owned(),
    ] {
        assert!(!printed.contains(&secret));
    }
}

#[test]
fn the_same_seed_and_clock_give_the_same_answers() {
    let run = || {
        let mut world = World::new();
        let answer = location(&world.answer(&[]));
        (answer, world.records)
    };
    assert_eq!(run(), run());
}
