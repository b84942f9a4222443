//! Signed answers (JWT Secured Authorization Response Mode).

use super::world::*;
use pkce_login::authorizer::Response;
use pkce_login::protocol::base64url;
use pkce_login::protocol::form::Params;
use pkce_login::protocol::jwk::KeyMaterial;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde_json::{Value, json};

/// The claims of a signed answer, after its signature was checked.
fn claims(world: &World, token: &str) -> Value {
    let KeyMaterial::P256 { x, y } = &world.jwk().material else { panic!("not P-256") };
    let octets = |text: &str| base64url::decode(text).unwrap();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [vec![4], octets(x), octets(y)].concat());
    let (signed, signature) = token.rsplit_once('.').unwrap();
    key.verify(signed.as_bytes(), &octets(signature)).unwrap();
    let (header, claims) = decode(token);
    assert_eq!(
        (header["alg"].as_str(), header["kid"].as_str()),
        (Some("ES256"), Some(world.jwk().thumbprint().as_str()))
    );
    claims
}

/// The one parameter of an answer in a redirect.
fn only_response(response: &Response, separator: char) -> String {
    let location = location(response);
    let (place, answer) = location.split_once(separator).unwrap_or_else(|| panic!("{location}"));
    assert_eq!(place, REDIRECT_URI);
    let parameters = Params::parse(answer);
    assert_eq!(parameters.iter().map(|(name, _)| name).collect::<Vec<_>>(), ["response"]);
    parameters.get("response").unwrap().to_owned()
}

#[test]
fn a_signed_answer_says_from_whom_for_whom_and_until_when() {
    for (mode, separator) in [("jwt", '?'), ("query.jwt", '?'), ("fragment.jwt", '#')] {
        let mut world = World::new();
        let answer = world.answer(&[("response_mode", mode)]);
        let claims = claims(&world, &only_response(&answer, separator));
        assert_eq!((claims["iss"].as_str(), claims["aud"].as_str()), (Some(ISSUER), Some(CLIENT)), "{mode}");
        assert_eq!(claims["state"], "state-1", "{mode}");
        let life = claims["exp"].as_i64().unwrap() - world.now;
        assert!((1..=600).contains(&life), "{mode}");
        granted(&world.redeem(&text(&claims, "code"), &[]));
    }
}

#[test]
fn a_signed_answer_can_be_posted() {
    let mut world = World::new();
    let page = world.answer(&[("response_mode", "form_post.jwt")]);
    let (_, rest) = page.body.split_once("<input type=\"hidden\" name=\"response\" value=\"").unwrap();
    let claims = claims(&world, rest.split_once('"').unwrap().0);
    assert_eq!(page.body.matches("<input").count(), 1);
    assert!(page.header("Content-Security-Policy").unwrap().contains("script-src 'sha256-"));
    granted(&world.redeem(&text(&claims, "code"), &[]));
}

#[test]
fn refusals_are_signed_too() {
    let mut world = World::new();
    for change in [("prompt", "none"), ("code_challenge", ""), ("scope", "admin")] {
        let answer = world.authorize(&[("response_mode", "jwt"), change]);
        let claims = claims(&world, &only_response(&answer, '?'));
        assert!(claims["error"].is_string() && claims["code"].is_null(), "{change:?}");
        assert_eq!((claims["iss"].as_str(), claims["state"].as_str()), (Some(ISSUER), Some("state-1")));
    }
    let mut world = World::new();
    let start = world.authorize(&[("response_mode", "jwt")]);
    let denied = world.press(&start, "decision", "deny");
    assert_eq!(claims(&world, &only_response(&denied, '?'))["error"], "access_denied");
}

#[test]
fn a_refused_link_to_another_origin_is_shown_with_its_signed_answer() {
    let mut world = World::new();
    let page = world.authorize(&[AS_OTHER[0], AS_OTHER[1], ("code_challenge", ""), ("response_mode", "jwt")]);
    assert_eq!((page.status, page.header("Location")), (400, None));
    let (_, rest) = page.body.split_once("https://other.example/cb?tenant=a&amp;response=").unwrap();
    let claims = claims(&world, rest.split_once('"').unwrap().0);
    assert_eq!((claims["error"].as_str(), claims["aud"].as_str()), (Some("invalid_request"), Some(OTHER_CLIENT)));
}

#[test]
fn the_faults_of_an_answer_are_in_its_signed_form_too() {
    let found = |switch: &str| {
        let mut world = World::misbehaving(switch);
        let answer = world.answer(&[("response_mode", "jwt")]);
        let token = only_response(&answer, '?');
        let payload = String::from_utf8(base64url::decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
        (claims(&world, &token), payload)
    };
    assert_eq!(found("wrong-iss").0["iss"], "https://other-authorizer.example");
    assert_eq!(found("no-iss").0["iss"], Value::Null);
    assert_ne!(found("wrong-state").0["state"], "state-1");
    assert_eq!(found("repeated-code").1.matches("\"code\":").count(), 2);
}

#[test]
fn unknown_modes_with_a_known_ending_are_refused() {
    for mode in [".jwt", "jwt.jwt", "web_message.jwt", "query.JWT", "query.jwt.jwt"] {
        let mut world = World::new();
        let answer = world.authorize(&[("response_mode", mode)]);
        assert_eq!(answer_parameter(&answer, "error").as_deref(), Some("invalid_request"), "{mode}");
    }
}

#[test]
fn the_description_lists_the_signed_modes() {
    let mut world = World::new();
    let url = world.at(".well-known/openid-configuration");
    let description = json(&world.get(&url));
    assert_eq!(description["authorization_signing_alg_values_supported"], json!(["ES256"]));
    let modes = description["response_modes_supported"].as_array().unwrap().clone();
    for mode in modes.iter().map(|mode| mode.as_str().unwrap()) {
        let answer = world.authorize(&[("response_mode", mode)]);
        assert!(location(&answer).starts_with(&world.at("sign-in")), "{mode}");
    }
    assert_eq!(modes.len(), 7);
}
