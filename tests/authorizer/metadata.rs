//! Discovery and keys.

use super::world::*;
use pkce_login::protocol::metadata::{DiscoveryKind, ServerMetadata, well_known_url};

#[test]
fn both_descriptions_are_found_where_the_rules_say_and_name_exactly_that_issuer() {
    let mut world = World::new();
    for issuer in [ISSUER.to_owned(), format!("{ISSUER}/~no-iss+wrong-state"), format!("{ISSUER}/~wrong-state+no-iss")]
    {
        for kind in [DiscoveryKind::OpenId, DiscoveryKind::OAuth] {
            let response = world.get(&well_known_url(&issuer, kind).unwrap());
            let server = ServerMetadata::judge(
                &issuer,
                response.status,
                response.header("Content-Type"),
                response.body.as_bytes(),
            )
            .unwrap();
            assert!(server.iss_parameter_supported);
            for endpoint in [&server.authorization_endpoint, &server.token_endpoint] {
                assert!(endpoint.starts_with(&format!("{issuer}/")));
            }
            for endpoint in
                [server.jwks_uri, server.userinfo_endpoint, server.revocation_endpoint, server.end_session_endpoint]
            {
                assert!(endpoint.unwrap().starts_with(&format!("{issuer}/")));
            }
        }
    }
}

#[test]
fn the_description_promises_s256_and_nothing_weaker() {
    let mut world = World::new();
    let url = world.at(".well-known/openid-configuration");
    let description = json(&world.get(&url));
    assert_eq!(description["code_challenge_methods_supported"], serde_json::json!(["S256"]));
    assert_eq!(description["token_endpoint_auth_methods_supported"], serde_json::json!(["none"]));
    assert_eq!(description["id_token_signing_alg_values_supported"], serde_json::json!(["ES256"]));
}

#[test]
fn an_unknown_switch_is_an_error_that_names_it() {
    let mut world = World::new();
    for path in ["/.well-known/openid-configuration", "/token", "/authorize", "/nonsense"] {
        let response = world.get(&format!("{ISSUER}/~no-iss+<nonsense>{path}"));
        assert_eq!(response.status, 404, "{path}");
        assert!(response.body.contains("nonsense"), "{path}");
        assert!(!response.body.contains("<nonsense>"), "{path}");
    }
    assert_eq!(world.get(&format!("{ISSUER}/~/authorize")).status, 404);
    for path in ["/token", "/authorize"] {
        assert!(
            world.get(&format!("{ISSUER}/~wrong-isss{path}")).body.contains("wrong-iss"),
            "{path} names a similar one"
        );
    }
}

#[test]
fn what_is_not_there_is_404_and_what_is_not_done_is_405() {
    let mut world = World::new();
    for url in [
        ISSUER.to_owned(),
        format!("{ISSUER}/"),
        format!("{ISSUER}/token/"),
        format!("{ISSUER}x/token"),
        "https://evil.example/authorizer/token".to_owned(),
    ] {
        assert_eq!(world.get(&url).status, 404, "{url}");
    }
    for (method, path, allow) in [
        ("DELETE", "token", "POST"),
        ("PUT", "authorize", "GET, POST"),
        ("OPTIONS", "authorize", "GET, POST"),
        ("POST", "jwks", "GET"),
    ] {
        let request =
            pkce_login::authorizer::Request { method: method.to_owned(), url: world.at(path), ..Default::default() };
        let response = world.send(&request);
        assert_eq!((response.status, response.header("Allow")), (405, Some(allow)), "{method} {path}");
    }
}

#[test]
fn the_key_is_public_and_has_the_name_that_tokens_carry() {
    let mut world = World::new();
    let url = world.at("jwks");
    let keys = json(&world.get(&url));
    let key = &keys["keys"][0];
    assert_eq!(key.get("d"), None);
    assert_eq!(
        (key["alg"].as_str(), key["use"].as_str(), key["kty"].as_str(), key["crv"].as_str()),
        (Some("ES256"), Some("sig"), Some("EC"), Some("P-256"))
    );
    let tokens = world.tokens();
    assert_eq!(decode(&text(&tokens, "id_token")).0["kid"], key["kid"]);
}

/// The names of the published keys.
fn kids(world: &mut World) -> Vec<String> {
    let url = world.at("jwks");
    json(&world.get(&url))["keys"].as_array().unwrap().iter().map(|key| text(key, "kid")).collect()
}

#[test]
fn a_key_is_published_before_it_signs_and_stays_after() {
    let mut world = World::new();
    let kid_of = |tokens: &serde_json::Value| text(&decode(&text(tokens, "id_token")).0, "kid");
    let before = kids(&mut world);
    let tokens = world.tokens();
    world.rotate_keys();
    let next = granted(&world.refresh(&text(&tokens, "refresh_token"), &[]));
    let after = kids(&mut world);
    assert_ne!(kid_of(&tokens), kid_of(&next));
    for (known, kid) in [(&before, kid_of(&tokens)), (&before, kid_of(&next)), (&after, kid_of(&tokens))] {
        assert!(known.contains(&kid));
    }
    assert_eq!(after.first(), Some(&kid_of(&next)));
    world.rotate_keys();
    assert!(!kids(&mut world).contains(&kid_of(&tokens)));
}

#[test]
fn the_name_of_a_key_is_its_thumbprint() {
    use pkce_login::protocol::json::Object;
    use pkce_login::protocol::jwk::Jwk;
    let vectors: serde_json::Value = serde_json::from_str(include_str!("../vectors/jwk_thumbprint.json")).unwrap();
    let mut ran = 0;
    for case in vectors["cases"].as_array().unwrap() {
        let text = case["jwk"].to_string();
        let Some(expected) = case["expected"]["sha256_base64url"].as_str() else { continue };
        let Some(key) = Jwk::from_object(&Object::parse(&text).unwrap()) else {
            println!("jwk_thumbprint: {} not run: a kind of key that this client has no use for", case["id"]);
            continue;
        };
        assert_eq!(key.thumbprint(), expected, "{}", case["id"]);
        ran += 1;
    }
    println!("jwk_thumbprint: {ran} of {} ran", vectors["count"]);
    assert!(ran > 0);
}

#[test]
fn the_authorizer_runs_on_this_machine_or_where_it_is_allowed_in_so_many_words() {
    use pkce_login::authorizer::may_run_at;
    for good in [
        "http://localhost:8080/authorizer-worker.js",
        "http://as.localhost/w.js",
        "https://127.0.0.1/w.js",
        "https://app.example/w.js?allow-origin=1",
    ] {
        assert!(may_run_at(good).is_ok(), "{good}");
    }
    for bad in [
        "https://app.example/w.js",
        "https://app.example/w.js?allow-origin=0",
        "https://app.example/allow-origin=1/w.js",
        "https://localhost.evil.example/w.js",
        "",
    ] {
        assert!(may_run_at(bad).is_err(), "{bad}");
    }
}
