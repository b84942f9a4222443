//! Sign-out at the client's wish.

use super::world::*;
use pkce_login::authorizer::{Request, Response};

fn logout(world: &mut World, parameters: &[(&str, &str)]) -> Response {
    let url = format!("{}?{}", world.at("logout"), form(parameters));
    world.get(&url)
}

fn is_signed_in(world: &mut World) -> bool {
    let response = world.authorize(&[("prompt", "none"), ("code_challenge", verifier(7).challenge().as_str())]);
    answer_parameter(&response, "code").is_some()
}

#[test]
fn an_id_token_of_the_session_ends_it_and_its_tokens_and_leads_back_with_state() {
    let mut world = World::new();
    let tokens = world.tokens();
    let hint = text(&tokens, "id_token");
    // Even long after the ID token has expired.
    world.now += 3_000;
    assert!(is_signed_in(&mut world));
    let parameters = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", APP), ("state", "s&1")];
    let response = logout(&mut world, &parameters);
    assert_eq!((response.status, location(&response)), (303, format!("{APP}?state=s%261")));
    assert!(!is_signed_in(&mut world));
    assert_eq!(error(&world.refresh(&text(&tokens, "refresh_token"), &[])), "invalid_grant");
}

#[test]
fn without_a_valid_hint_the_person_is_asked() {
    let mut world = World::new();
    let hint = text(&world.tokens(), "id_token");
    let (header, rest) = hint.split_once('.').unwrap();
    let (claims, signature) = rest.split_once('.').unwrap();
    let forged = String::from_utf8(pkce_login::protocol::base64url::decode(claims).unwrap()).unwrap();
    let sid = decode(&hint).1["sid"].as_str().unwrap().to_owned();
    let forged = pkce_login::protocol::base64url::encode(forged.replace(&sid, "guessed").as_bytes());
    let forged = format!("{header}.{forged}.{signature}");
    for hint in ["", "nonsense", &forged] {
        let response =
            logout(&mut world, &[("id_token_hint", hint), ("client_id", CLIENT), ("post_logout_redirect_uri", APP)]);
        assert_eq!((response.status, response.header("Location")), (200, None));
        assert!(response.body.contains("Ada Demo"));
        assert!(is_signed_in(&mut world), "{hint}");
    }
    assert!(world.refused_by("S-36"));
}

#[test]
fn the_persons_word_decides() {
    for (decision, signed_in) in [("stay", true), ("sign-out", false)] {
        let mut world = World::new();
        world.tokens();
        let page = logout(&mut world, &[("client_id", CLIENT), ("post_logout_redirect_uri", APP), ("state", "s")]);
        let (action, interaction) = page_form(&page);
        let post = Request::post_form(action, form(&[("interaction", &interaction), ("decision", decision)]));
        let response = world.send(&post);
        assert_eq!(is_signed_in(&mut world), signed_in);
        // The app takes its state for a sign-out that happened.
        if signed_in {
            assert_eq!(response.header("Location"), None);
            assert!(response.body.contains(&format!("href=\"{APP}\"")), "{}", response.body);
        } else {
            assert_eq!(location(&response), format!("{APP}?state=s"));
        }
        assert_eq!(world.send(&post).status, 400, "the page works once");
    }
}

#[test]
fn an_address_that_is_not_registered_is_never_gone_to() {
    let mut world = World::new();
    let hint = text(&world.tokens(), "id_token");
    for uri in ["https://app.example", "https://app.example/x", "https://evil.example/", REDIRECT_URI] {
        let response = logout(&mut world, &[("id_token_hint", &hint), ("post_logout_redirect_uri", uri)]);
        assert_eq!((response.status, response.header("Location")), (400, None), "{uri}");
    }
    // Without a client nobody can tell whose address it is.
    assert_eq!(logout(&mut world, &[("post_logout_redirect_uri", APP)]).status, 400);
    // A token of one app does not speak for another, whichever of the two the address belongs to.
    for uri in [APP, "https://other.example/bye?x=1"] {
        let mixed = [("id_token_hint", hint.as_str()), ("client_id", OTHER_CLIENT), ("post_logout_redirect_uri", uri)];
        assert_eq!(logout(&mut world, &mixed).status, 400, "{uri}");
    }
    assert!(is_signed_in(&mut world));
}

#[test]
fn a_person_who_is_not_signed_in_is_shown_the_way_and_not_sent() {
    let mut world = World::new();
    let response = logout(
        &mut world,
        &[("client_id", OTHER_CLIENT), ("post_logout_redirect_uri", "https://other.example/bye?x=1"), ("state", "s")],
    );
    assert_eq!((response.status, response.header("Location")), (200, None));
    assert!(response.body.contains("href=\"https://other.example/bye?x=1&amp;state=s\""), "{}", response.body);
}

#[test]
fn sign_out_may_come_as_a_form_post_and_without_an_address() {
    let mut world = World::new();
    let hint = text(&world.tokens(), "id_token");
    let response = world.post("logout", &[("id_token_hint", &hint)]);
    assert_eq!((response.status, response.header("Location")), (200, None));
    assert!(!is_signed_in(&mut world));
}

#[test]
fn sign_out_at_one_issuer_is_none_at_another() {
    let mut world = World::new();
    let hint = text(&world.tokens(), "id_token");
    world.set_issuer("https://app.example/authorizer/~no-iss");
    logout(&mut world, &[("id_token_hint", &hint)]);
    world.set_issuer(ISSUER);
    assert!(is_signed_in(&mut world));
}

#[test]
fn a_token_of_a_former_person_ends_only_what_was_theirs() {
    let mut world = World::new();
    let tokens = world.tokens();
    let start = world.authorize(&[("prompt", "login"), ("code_challenge", verifier(2).challenge().as_str())]);
    let consent = world.press(&start, "person", "grace");
    world.press(&consent, "decision", "allow");
    logout(&mut world, &[("id_token_hint", &text(&tokens, "id_token"))]);
    assert_eq!(error(&world.refresh(&text(&tokens, "refresh_token"), &[])), "invalid_grant");
    assert!(is_signed_in(&mut world), "Grace still is");
}

#[test]
fn who_signs_in_again_stays_in_one_session_so_that_one_sign_out_ends_it_all() {
    let mut world = World::new();
    let first = world.tokens();
    let challenge = verifier(2).challenge();
    let code = world.code(&[("prompt", "login"), ("code_challenge", challenge.as_str())]);
    let second = granted(&world.redeem(&code, &[("code_verifier", verifier(2).expose())]));
    logout(&mut world, &[("id_token_hint", &text(&second, "id_token"))]);
    for tokens in [first, second] {
        assert_eq!(error(&world.refresh(&text(&tokens, "refresh_token"), &[])), "invalid_grant");
    }
}

#[test]
fn an_app_that_gave_its_tokens_back_first_still_signs_out_without_a_question() {
    let mut world = World::new();
    let tokens = world.tokens();
    world.post("revoke", &[("client_id", CLIENT), ("token", &text(&tokens, "refresh_token"))]);
    let hint = text(&tokens, "id_token");
    let response = logout(&mut world, &[("id_token_hint", &hint), ("post_logout_redirect_uri", APP)]);
    assert_eq!(location(&response), APP);
    assert!(!is_signed_in(&mut world));
}

#[test]
fn a_code_of_before_the_sign_out_gives_nothing_after_it() {
    let mut world = World::new();
    let hint = text(&world.tokens(), "id_token");
    let (second, secret) = (verifier(2).challenge(), verifier(2));
    let code = world.code(&[("code_challenge", second.as_str())]);
    logout(&mut world, &[("id_token_hint", &hint)]);
    assert_eq!(error(&world.redeem(&code, &[("code_verifier", secret.expose())])), "invalid_grant");
}

#[test]
fn a_consent_page_of_before_the_sign_out_gives_nothing_after_it() {
    let mut world = World::new();
    let hint = text(&world.tokens(), "id_token");
    let challenge = verifier(2).challenge();
    let consent = world.authorize(&[("prompt", "consent"), ("code_challenge", challenge.as_str())]);
    let id = location(&consent).split_once("interaction=").unwrap().1.to_owned();
    assert_eq!(world.get(&location(&consent)).status, 200, "the person sees the page");
    logout(&mut world, &[("id_token_hint", &hint)]);
    let pressed = world.post("consent", &[("interaction", &id), ("decision", "allow")]);
    assert_eq!((pressed.status, pressed.header("Location")), (400, None), "the page is over");
}

#[test]
fn a_code_that_was_used_before_the_sign_out_is_still_known_as_used() {
    let mut world = World::new();
    let code = world.code(&[]);
    let hint = text(&granted(&world.redeem(&code, &[])), "id_token");
    logout(&mut world, &[("id_token_hint", &hint)]);
    assert_eq!(error(&world.redeem(&code, &[])), "invalid_grant");
    assert!(world.log.iter().any(|line| line.contains("was used before")), "{:?}", world.log);
}

#[test]
fn an_app_that_got_no_token_of_a_session_does_not_end_it_by_its_name() {
    let mut world = World::new();
    let hint = text(&world.tokens(), "id_token");
    let parts: Vec<&str> = hint.split('.').collect();
    let mut claims: serde_json::Value =
        serde_json::from_slice(&pkce_login::protocol::base64url::decode(parts[1]).unwrap()).unwrap();
    claims["aud"] = OTHER_CLIENT.into();
    let payload = pkce_login::protocol::base64url::encode(claims.to_string().as_bytes());
    let forged = format!("{}.{payload}.{}", parts[0], parts[2]);
    let response = logout(&mut world, &[("id_token_hint", &forged)]);
    assert_eq!(response.header("Location"), None);
    assert!(is_signed_in(&mut world), "the person is asked first");
}
