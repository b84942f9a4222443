//! The token endpoint's own manners, and what is in the tokens.

use super::world::*;
use pkce_login::authorizer::Request;
use pkce_login::protocol::id_token::{IdTokenExpectations, Signature, UnverifiedIdToken};
use pkce_login::protocol::jwk::JwkSet;
use pkce_login::protocol::secret::{AccessToken, Nonce};
use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

#[test]
fn the_id_token_passes_every_check_of_the_client() {
    let mut world = World::new();
    let tokens = world.tokens();
    let url = world.at("jwks");
    let keys = JwkSet::parse(world.get(&url).body.as_bytes()).unwrap();
    let id_token = text(&tokens, "id_token");
    let unverified = UnverifiedIdToken::parse(&id_token, &[SigningAlgorithm::Es256]).unwrap();
    assert_eq!(unverified.key(&keys).unwrap().material, world.jwk().material);
    let pkce_login::protocol::jwk::KeyMaterial::P256 { x, y } = &world.jwk().material else { panic!("not P-256") };
    let decode = |text| pkce_login::protocol::base64url::decode(text).unwrap();
    let point = [vec![4], decode(x), decode(y)].concat();
    let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point);
    key.verify(unverified.signing_input(), unverified.signature()).unwrap();
    let (nonce, access_token) = (Nonce::new("nonce-1"), AccessToken::new(text(&tokens, "access_token")));
    let expected = IdTokenExpectations {
        issuer: ISSUER,
        client_id: CLIENT,
        trusted_audiences: &[],
        nonce: Some(&nonce),
        access_token: Some(&access_token),
        now: world.now,
        tolerance: 0,
        max_iat_age: Some(60),
        skew: None,
        max_age: Some(60),
        original: None,
    };
    let person = unverified.judge(Signature::Good, &expected).unwrap();
    assert_eq!((person.sub(), person.name(), person.email()), ("ada", Some("Ada Demo"), None));
}

#[test]
fn the_id_token_says_only_what_was_asked_for() {
    for (scope, name, email) in
        [("openid", false, false), ("openid profile", true, false), ("openid email", false, true)]
    {
        let mut world = World::new();
        let code = world.code(&[("scope", scope), ("nonce", "")]);
        let tokens = granted(&world.redeem(&code, &[]));
        let (header, claims) = decode(&text(&tokens, "id_token"));
        assert_eq!((claims.get("name").is_some(), claims.get("email").is_some()), (name, email), "{scope}");
        assert_eq!(claims.get("nonce"), None);
        assert_eq!(header["alg"], "ES256");
        assert_eq!(header["kid"], world.jwk().thumbprint());
        assert!(claims["exp"].as_i64() > claims["iat"].as_i64());
        assert_eq!(claims["auth_time"], world.now);
    }
}

#[test]
fn auth_time_is_the_time_of_sign_in_and_not_of_the_code() {
    let mut world = World::new();
    world.answer(&[]);
    world.now += 1_000;
    let code = world.code(&[]);
    let tokens = granted(&world.redeem(&code, &[]));
    assert_eq!(decode(&text(&tokens, "id_token")).1["auth_time"], NOW);
}

#[test]
fn without_openid_there_is_no_id_token() {
    let mut world = World::new();
    let code = world.code(&[("scope", "profile")]);
    let tokens = granted(&world.redeem(&code, &[]));
    assert_eq!(tokens.get("id_token"), None);
    assert_eq!(tokens["scope"], "profile");
}

#[test]
fn the_answer_is_json_is_never_stored_and_names_its_lifetime() {
    let mut world = World::new();
    let code = world.code(&[]);
    let response = world.redeem(&code, &[]);
    assert_eq!(response.header("Cache-Control"), Some("no-store"));
    assert_eq!(response.header("Date"), Some("Sun, 22 Nov 2026 12:00:00 GMT"));
    let tokens = granted(&response);
    assert_eq!((tokens["expires_in"].as_i64(), tokens["token_type"].as_str()), (Some(300), Some("Bearer")));
}

#[test]
fn an_access_token_ends_after_its_lifetime() {
    let mut world = World::new();
    let tokens = world.tokens();
    world.now += 299;
    assert!(world.is_active(&text(&tokens, "access_token")));
    world.now += 1;
    assert!(!world.is_active(&text(&tokens, "access_token")));
}

#[test]
fn only_a_form_post_is_taken() {
    let mut world = World::new();
    let code = world.code(&[]);
    let good = world.redeem_request(&code, &[]);
    let get = Request::get(format!("{}?{}", good.url, good.body));
    let response = world.send(&get);
    assert_eq!((response.status, response.header("Allow")), (405, Some("POST")));
    for content_type in [None, Some("application/json".to_owned()), Some("text/plain".to_owned())] {
        let response = world.send(&Request { content_type, ..good.clone() });
        assert_eq!(error(&response), "invalid_request");
    }
    let charset = Some("Application/X-WWW-Form-Urlencoded;charset=UTF-8".to_owned());
    granted(&world.send(&Request { content_type: charset, ..good }));
}

#[test]
fn a_repeated_parameter_is_refused() {
    let mut world = World::new();
    let code = world.code(&[]);
    for extra in ["&code=x", "&client_id=pkce-login-demo", "&unknown=1&unknown=1"] {
        let mut request = world.redeem_request(&code, &[]);
        request.body += extra;
        assert_eq!(error(&world.send(&request)), "invalid_request", "{extra}");
    }
    assert!(world.refused_by("S-24"));
}

#[test]
fn parameters_in_the_query_do_not_count() {
    let mut world = World::new();
    let code = world.code(&[]);
    let request = world.redeem_request(&code, &[]);
    let moved = Request::post_form(format!("{}?{}", request.url, request.body), "");
    assert_eq!(error(&world.send(&moved)), "invalid_request");
}

#[test]
fn grant_types_are_checked() {
    let mut world = World::new();
    let code = world.code(&[]);
    for (grant_type, expected) in [
        ("", "invalid_request"),
        ("password", "unsupported_grant_type"),
        ("client_credentials", "unsupported_grant_type"),
    ] {
        assert_eq!(error(&world.redeem(&code, &[("grant_type", grant_type)])), expected);
    }
    assert_eq!(error(&world.redeem("", &[("code", "")])), "invalid_request");
}

#[test]
fn a_client_must_name_itself_and_be_known() {
    let mut world = World::new();
    let code = world.code(&[]);
    assert_eq!(error(&world.redeem(&code, &[("client_id", "")])), "invalid_request");
    assert_eq!(error(&world.redeem(&code, &[("client_id", "nobody")])), "invalid_client");
    assert!(world.refused_by("S-25"));
}

#[test]
fn a_shared_secret_opens_nothing() {
    let mut world = World::new();
    let code = world.code(&[]);
    assert_eq!(error(&world.redeem(&code, &[("client_secret", "hunter2")])), "invalid_client");
    let mut request = world.redeem_request(&code, &[]);
    request.authorization = Some("Basic cGtjZTpodW50ZXIy".to_owned());
    let response = world.send(&request);
    assert_eq!(response.status, 401);
    assert!(response.header("WWW-Authenticate").is_some_and(|value| value.starts_with("Basic ")));
    granted(&world.redeem(&code, &[]));
}

#[test]
fn a_refresh_token_comes_by_policy_or_with_offline_access() {
    let mut world = World::new();
    assert!(world.tokens().get("refresh_token").is_some());
    for (scope, expected) in [("openid", false), ("openid offline_access", true)] {
        let mut world = World::new();
        let code = world.code(&[AS_OTHER[0], AS_OTHER[1], ("scope", scope)]);
        let tokens = granted(&world.redeem(&code, &AS_OTHER));
        assert_eq!(tokens.get("refresh_token").is_some(), expected, "{scope}");
    }
}
