//! Each switch does what its row says, and only at the issuer that names it.

use super::world::*;
use pkce_login::authorizer::{Request, Response};
use pkce_login::protocol::form::Params;

#[test]
fn pkce_optional_still_refuses_a_secret_for_a_code_without_a_hash() {
    let mut world = World::misbehaving("pkce-optional");
    let code = world.code(&[("code_challenge", ""), ("code_challenge_method", "")]);
    assert_eq!(error(&world.redeem(&code, &[])), "invalid_grant");
    assert!(world.refused_by("S-06"));
}

#[test]
fn pkce_optional_still_compares_where_there_is_a_hash() {
    let mut world = World::misbehaving("pkce-optional");
    let code = world.code(&[]);
    assert_eq!(error(&world.redeem(&code, &[("code_verifier", verifier(2).expose())])), "invalid_grant");
    assert_eq!(error(&world.redeem(&code, &[("code_verifier", "")])), "invalid_grant");
}

#[test]
fn wrong_state_and_wrong_and_missing_iss_are_in_success_and_error_alike() {
    for (switch, state, iss) in [
        ("wrong-state", None, Some("itself")),
        ("wrong-iss", Some("state-1"), Some("https://other-authorizer.example")),
        ("no-iss", Some("state-1"), None),
    ] {
        let mut world = World::misbehaving(switch);
        let issuer = world.issuer().to_owned();
        let refused = world.authorize(&[("prompt", "none")]);
        let answered = world.answer(&[]);
        for response in [refused, answered] {
            let found = answer_parameter(&response, "state").unwrap();
            assert_eq!(found == "state-1", state.is_some(), "{switch}");
            let expected = if iss == Some("itself") { Some(issuer.as_str()) } else { iss };
            assert_eq!(answer_parameter(&response, "iss").as_deref(), expected, "{switch}");
        }
    }
}

#[test]
fn repeated_code_carries_two_codes() {
    let mut world = World::misbehaving("repeated-code");
    let location = location(&world.answer(&[]));
    let (_, query) = location.split_once('?').unwrap();
    let codes: Vec<String> =
        Params::parse(query).iter().filter(|(name, _)| *name == "code").map(|(_, code)| code.to_owned()).collect();
    assert_eq!(codes.len(), 2);
}

#[test]
fn html_token_and_server_error_answer_without_tokens() {
    for (switch, status, media_type) in [("html-token", 200, "text/html"), ("server-error", 500, "text/plain")] {
        let mut world = World::misbehaving(switch);
        let code = world.code(&[]);
        let response = world.redeem(&code, &[]);
        assert_eq!(response.status, status);
        assert!(response.header("Content-Type").unwrap().starts_with(media_type));
        assert!(!response.body.contains("access_token"));
    }
}

fn allowed_origin(world: &mut World, path: &str) -> Option<String> {
    let request = Request {
        method: "POST".to_owned(),
        url: world.at(path),
        origin: Some("https://app.example".to_owned()),
        ..Request::default()
    };
    let response: Response = world.send(&request);
    response.header("Access-Control-Allow-Origin").map(str::to_owned)
}

#[test]
fn no_cors_hides_every_answer_but_the_public_ones() {
    let mut world = World::misbehaving("no-cors");
    for path in ["token", "userinfo", "revoke"] {
        assert_eq!(allowed_origin(&mut world, path), None);
    }
    assert_eq!(allowed_origin(&mut world, "jwks").as_deref(), Some("*"));
}

#[test]
fn wrong_nonce_is_in_the_id_token() {
    let mut world = World::misbehaving("wrong-nonce");
    let tokens = world.tokens();
    let nonce = decode(&text(&tokens, "id_token")).1["nonce"].clone();
    assert!(nonce.is_string() && nonce != "nonce-1");
}

#[test]
fn bad_signature_differs_from_the_good_one() {
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
    for (switch, good) in [("wrong-state", true), ("bad-signature", false)] {
        let mut world = World::misbehaving(switch);
        let id_token = text(&world.tokens(), "id_token");
        let (signed, signature) = id_token.rsplit_once('.').unwrap();
        let decode = |text: &str| pkce_login::protocol::base64url::decode(text).unwrap();
        let pkce_login::protocol::jwk::KeyMaterial::P256 { x, y } = &world.jwk().material else { panic!("not P-256") };
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [vec![4], decode(x), decode(y)].concat());
        assert_eq!(key.verify(signed.as_bytes(), &decode(signature)).is_ok(), good);
    }
}

#[test]
fn sessions_consent_and_tokens_of_two_issuers_are_separate() {
    let mut world = World::misbehaving("no-iss");
    let token = text(&world.tokens(), "access_token");
    assert!(world.is_active(&token));
    world.set_issuer(ISSUER);
    assert!(!world.is_active(&token));
    let response = world.authorize(&[("prompt", "none")]);
    assert_eq!(answer_parameter(&response, "error").as_deref(), Some("login_required"));
}

#[test]
fn the_id_token_names_the_issuer_with_its_switches() {
    let mut world = World::misbehaving("wrong-state+no-cors");
    let tokens = world.tokens();
    assert_eq!(decode(&text(&tokens, "id_token")).1["iss"], world.issuer());
}

#[test]
fn a_foreign_audience_stands_beside_the_client_that_asked() {
    let mut world = World::misbehaving("id-token-foreign-aud");
    let code = world.code(&AS_OTHER);
    let tokens = granted(&world.redeem(&code, &AS_OTHER));
    let (_, claims) = decode(&text(&tokens, "id_token"));
    assert_eq!(claims["aud"], serde_json::json!([OTHER_CLIENT, "another-app"]));
}

#[test]
fn an_unsolicited_code_is_of_a_person_whom_the_options_name() {
    let mut config = config();
    for (person, sub) in config.people.iter_mut().zip(["first", "second"]) {
        person.sub = sub.to_owned();
    }
    let mut world = World::with_config(config);
    world.set_issuer(&format!("{ISSUER}/~unsolicited"));
    let code = answer_parameter(&world.authorize(&[]), "code").unwrap();
    let tokens = granted(&world.redeem(&code, &[]));
    assert_eq!(decode(&text(&tokens, "id_token")).1["sub"], "second");
}
