//! Proofs of a key (RFC 9449), at the token endpoint and at UserInfo.

use super::prover::Prover;
use super::world::*;
use pkce_login::authorizer::{Reply, Request, Response};
use serde_json::{Value, json};

fn challenge(response: &Response) -> &str {
    response.header("WWW-Authenticate").unwrap_or_default()
}

#[test]
fn a_proof_binds_the_tokens_and_says_so() {
    let (mut world, client) = (World::new(), Prover::new());
    let tokens = client.tokens(&mut world);
    assert_eq!(tokens["token_type"], "DPoP");
    let access = text(&tokens, "access_token");
    assert_eq!(json(&client.userinfo(&mut world, &access, &[]))["sub"], "ada");
    let record = world.records.iter().find(|(key, _)| key.starts_with("access/")).unwrap().1;
    assert!(record.contains(&client.jkt()));
}

#[test]
fn without_a_proof_tokens_stay_bearer_tokens() {
    let mut world = World::new();
    let tokens = world.tokens();
    assert_eq!(tokens["token_type"], "Bearer");
    assert!(world.is_active(&text(&tokens, "access_token")));
}

#[test]
fn nothing_changes_before_the_signature_is_verified() {
    let (mut world, client) = (World::new(), Prover::new());
    let code = world.code(&[]);
    let request = client.prove(&world, world.redeem_request(&code, &[]), &[]);
    let reply = world.handle(&request);
    assert!(matches!(reply, Reply::Verify(_)));
    assert_eq!(format!("{reply:?}"), "Verify(PendingProof(hidden))");
    assert_eq!(world.authorizer.take_changes(), []);
    granted(&world.send(&request));
}

#[test]
fn a_proof_is_not_asked_for_where_it_means_nothing() {
    let (mut world, client) = (World::new(), Prover::new());
    for (method, path, status) in [("GET", "jwks", 200), ("GET", "token", 405), ("OPTIONS", "token", 204)] {
        let request = Request { method: method.to_owned(), url: world.at(path), ..Request::default() };
        let request = client.prove(&world, request, &[]);
        match world.handle(&request) {
            Reply::Ready(response) => assert_eq!(response.status, status),
            other => panic!("{method} {path}: {other:?}"),
        }
    }
}

#[test]
fn each_fault_of_a_proof_is_refused_and_costs_nothing() {
    let (mut world, client, other) = (World::new(), Prover::new(), Prover::new());
    let mut private = client.jwk();
    private["d"] = "AAAA".into();
    let code = world.code(&[]);
    for (change, check) in [
        (("typ", json!("JWT")), "S-37"),
        (("typ", Value::Null), "S-37"),
        (("alg", json!("none")), "S-37"),
        (("alg", json!("HS256")), "S-37"),
        (("alg", json!("RS256")), "S-37"),
        (("crit", json!(["b64"])), "S-37"),
        (("jwk", Value::Null), "S-37"),
        (("jwk", json!({ "kty": "oct", "k": "AAAA" })), "S-40"),
        (("jwk", private), "S-40"),
        (("jwk", other.jwk()), "S-37"),
        (("jti", Value::Null), "S-37"),
        (("jti", json!("")), "S-37"),
        (("htm", json!("GET")), "S-37"),
        (("htm", json!("post")), "S-37"),
        (("htu", json!(world.at("userinfo"))), "S-37"),
        (("htu", json!("https://evil.example/token")), "S-37"),
        (("iat", Value::Null), "S-37"),
        (("iat", json!("now")), "S-37"),
        (("iat", json!(NOW - 301)), "S-38"),
        (("iat", json!(NOW + 61)), "S-38"),
    ] {
        world.log.clear();
        let response = client.redeem(&mut world, &code, std::slice::from_ref(&change));
        assert_eq!((response.status, error(&response).as_str()), (400, "invalid_dpop_proof"), "{change:?}");
        assert!(world.refused_by(check), "{change:?}: {:?}", world.log);
        assert!(response.header("Date").is_some(), "a client with a wrong clock cannot know better");
    }
    granted(&client.redeem(&mut world, &code, &[("iat", json!(NOW - 300))]));
}

#[test]
fn two_proofs_are_no_proof() {
    let (mut world, client) = (World::new(), Prover::new());
    let code = world.code(&[]);
    let mut request = client.prove(&world, world.redeem_request(&code, &[]), &[]);
    let proof = request.dpop.take().unwrap();
    // How a browser joins two headers of one name.
    request.dpop = Some(format!("{proof}, {proof}"));
    assert_eq!(error(&world.send(&request)), "invalid_dpop_proof");
    request.dpop = Some(String::new());
    assert_eq!(error(&world.send(&request)), "invalid_dpop_proof");
}

#[test]
fn a_proof_works_once_also_after_a_stop() {
    let (mut world, client) = (World::new(), Prover::new());
    let token = text(&client.tokens(&mut world), "refresh_token");
    let request = client.prove(&world, world.refresh_request(&token, &[]), &[("iat", json!(NOW + 60))]);
    let next = text(&granted(&world.send(&request)), "refresh_token");
    let again = Request { dpop: request.dpop, ..world.refresh_request(&next, &[]) };
    for later in [0, 100, 360] {
        world.now = NOW + later;
        world.restart();
        world.log.clear();
        assert_eq!(error(&world.send(&again)), "invalid_dpop_proof", "{later}");
        assert!(world.log[0].contains("used before"), "{:?}", world.log);
    }
    world.now = NOW + 361;
    world.log.clear();
    assert_eq!(error(&world.send(&again)), "invalid_dpop_proof");
    assert!(world.log[0].contains("too long ago"), "{:?}", world.log);
}

#[test]
fn two_clients_may_number_their_proofs_alike() {
    let (mut world, one, other) = (World::new(), Prover::new(), Prover::new());
    let jti = [("jti", json!("1"))];
    let code = world.code(&[]);
    granted(&one.redeem(&mut world, &code, &jti));
    let challenge = verifier(2).challenge();
    let code = world.code(&[("code_challenge", challenge.as_str())]);
    let request = world.redeem_request(&code, &[("code_verifier", verifier(2).expose())]);
    let request = other.prove(&world, request, &jti);
    granted(&world.send(&request));
}

#[test]
fn a_bound_token_is_refused_as_a_bearer_token() {
    let (mut world, client) = (World::new(), Prover::new());
    let access = text(&client.tokens(&mut world), "access_token");
    let response = world.userinfo(&access);
    assert_eq!((response.status, error(&response).as_str()), (401, "invalid_token"));
    assert!(challenge(&response).starts_with("DPoP ") && challenge(&response).contains("error=\"invalid_token\""));
    assert!(challenge(&response).contains("algs=\"ES256 EdDSA PS256\""));
    assert!(world.refused_by("S-39"));
}

#[test]
fn a_bound_token_needs_a_proof_about_it_with_its_key() {
    let (mut world, client, thief) = (World::new(), Prover::new(), Prover::new());
    let tokens = client.tokens(&mut world);
    let access = text(&tokens, "access_token");
    let mut bare = Request::get(world.at("userinfo"));
    bare.authorization = Some(format!("DPoP {access}"));
    let of_other_token = ("ath", json!("2SmKENGwc1g33EvYXaxkGw887yekfl1TpU8vP1svz_o"));
    let answers = [
        (world.send(&bare), "invalid_dpop_proof"),
        (client.userinfo(&mut world, &access, &[("ath", Value::Null)]), "invalid_dpop_proof"),
        (client.userinfo(&mut world, &access, &[of_other_token]), "invalid_dpop_proof"),
        (client.userinfo(&mut world, &access, &[("htm", json!("POST"))]), "invalid_dpop_proof"),
        (thief.userinfo(&mut world, &access, &[]), "invalid_token"),
    ];
    for (response, expected) in answers {
        assert_eq!((response.status, error(&response).as_str()), (401, expected));
        assert!(challenge(&response).starts_with("DPoP "), "{}", challenge(&response));
        assert!(challenge(&response).contains(&format!("error=\"{expected}\"")));
        assert!(response.header("Date").is_some());
    }
    assert_eq!(client.userinfo(&mut world, &access, &[]).status, 200);
}

#[test]
fn a_proof_for_userinfo_works_once() {
    let (mut world, client) = (World::new(), Prover::new());
    let access = text(&client.tokens(&mut world), "access_token");
    let jti = [("jti", json!("the same"))];
    assert_eq!(client.userinfo(&mut world, &access, &jti).status, 200);
    let again = client.userinfo(&mut world, &access, &jti);
    assert_eq!((again.status, error(&again).as_str()), (401, "invalid_dpop_proof"));
}

#[test]
fn a_token_without_a_key_is_refused_under_the_scheme_dpop() {
    let (mut world, client) = (World::new(), Prover::new());
    let access = text(&world.tokens(), "access_token");
    let response = client.userinfo(&mut world, &access, &[]);
    assert_eq!((response.status, error(&response).as_str()), (401, "invalid_token"));
    assert!(challenge(&response).starts_with("DPoP "));
}

#[test]
fn a_request_without_a_token_is_told_both_schemes() {
    let mut world = World::new();
    let url = world.at("userinfo");
    let response = world.get(&url);
    assert_eq!(response.status, 401);
    assert!(challenge(&response).contains("Bearer realm=") && challenge(&response).contains("DPoP realm="));
    assert!(!challenge(&response).contains("error="));
}

#[test]
fn a_bound_refresh_token_works_with_its_key_only() {
    let (mut world, client, thief) = (World::new(), Prover::new(), Prover::new());
    let token = text(&client.tokens(&mut world), "refresh_token");
    assert_eq!(error(&world.refresh(&token, &[])), "invalid_grant");
    assert_eq!(error(&thief.refresh(&mut world, &token, &[])), "invalid_grant");
    assert!(world.refused_by("S-41"));
    let next = granted(&client.refresh(&mut world, &token, &[]));
    assert_eq!(next["token_type"], "DPoP");
    let access = text(&next, "access_token");
    assert_eq!(client.userinfo(&mut world, &access, &[]).status, 200);
    assert_eq!(error(&world.refresh(&text(&next, "refresh_token"), &[])), "invalid_grant");
}

#[test]
fn an_old_refresh_token_ends_the_session_in_the_hand_of_its_key_only() {
    let (mut world, client, thief) = (World::new(), Prover::new(), Prover::new());
    let old = text(&client.tokens(&mut world), "refresh_token");
    let new = text(&granted(&client.refresh(&mut world, &old, &[])), "refresh_token");
    thief.refresh(&mut world, &old, &[]);
    world.refresh(&old, &[]);
    let newest = text(&granted(&client.refresh(&mut world, &new, &[])), "refresh_token");
    assert_eq!(error(&client.refresh(&mut world, &old, &[])), "invalid_grant");
    assert_eq!(error(&client.refresh(&mut world, &newest, &[])), "invalid_grant");
}

#[test]
fn a_refresh_token_is_held_to_the_first_key_that_comes_with_it() {
    let (mut world, client, thief) = (World::new(), Prover::new(), Prover::new());
    let token = text(&world.tokens(), "refresh_token");
    let next = granted(&client.refresh(&mut world, &token, &[]));
    assert_eq!(next["token_type"], "DPoP");
    let token = text(&next, "refresh_token");
    assert_eq!(error(&world.refresh(&token, &[])), "invalid_grant");
    assert_eq!(error(&thief.refresh(&mut world, &token, &[])), "invalid_grant");
    granted(&client.refresh(&mut world, &token, &[]));
}

#[test]
fn a_code_that_was_asked_for_with_a_key_needs_that_key() {
    let (mut world, client, thief) = (World::new(), Prover::new(), Prover::new());
    let code = world.code(&[("dpop_jkt", &client.jkt())]);
    assert_eq!(error(&world.redeem(&code, &[])), "invalid_grant");
    assert_eq!(error(&thief.redeem(&mut world, &code, &[])), "invalid_grant");
    assert!(world.refused_by("S-41"));
    granted(&client.redeem(&mut world, &code, &[]));
}

#[test]
fn a_dpop_jkt_that_is_no_thumbprint_is_an_invalid_request() {
    let mut world = World::new();
    let response = world.authorize(&[("dpop_jkt", "short")]);
    assert_eq!(answer_parameter(&response, "error").as_deref(), Some("invalid_request"));
}

#[test]
fn a_bound_token_can_be_given_back_without_a_proof() {
    let (mut world, client) = (World::new(), Prover::new());
    let access = text(&client.tokens(&mut world), "access_token");
    assert_eq!(world.post("revoke", &[("client_id", CLIENT), ("token", &access)]).status, 200);
    assert_eq!(error(&client.userinfo(&mut world, &access, &[])), "invalid_token");
}

fn nonce(response: &Response) -> String {
    response.header("DPoP-Nonce").expect("a nonce").to_owned()
}

#[test]
fn where_a_nonce_is_demanded_the_first_proof_costs_nothing_and_the_second_carries_it() {
    let (mut world, client) = (World::misbehaving("dpop-nonce-required"), Prover::new());
    let code = world.code(&[]);
    let refused = client.redeem(&mut world, &code, &[]);
    assert_eq!((refused.status, error(&refused).as_str()), (400, "use_dpop_nonce"));
    let wrong = client.redeem(&mut world, &code, &[("nonce", json!("guessed"))]);
    assert_eq!(error(&wrong), "use_dpop_nonce");
    assert!(world.refused_by("S-38"));
    let response = client.redeem(&mut world, &code, &[("nonce", json!(nonce(&refused)))]);
    assert_eq!(nonce(&response).len(), 43);
    let access = text(&granted(&response), "access_token");
    let refused = client.userinfo(&mut world, &access, &[]);
    assert_eq!((refused.status, error(&refused).as_str()), (401, "use_dpop_nonce"));
    assert!(challenge(&refused).starts_with("DPoP ") && challenge(&refused).contains("error=\"use_dpop_nonce\""));
    let response = client.userinfo(&mut world, &access, &[("nonce", json!(nonce(&refused)))]);
    assert_eq!(response.status, 200);
    nonce(&response);
}

#[test]
fn a_nonce_is_replaced_and_the_one_before_it_still_works_once_replaced() {
    let (mut world, client) = (World::misbehaving("dpop-nonce-required"), Prover::new());
    let code = world.code(&[]);
    let first = nonce(&client.redeem(&mut world, &code, &[]));
    let tokens = granted(&client.redeem(&mut world, &code, &[("nonce", json!(first))]));
    let access = text(&tokens, "access_token");
    world.now += 119;
    assert_eq!(nonce(&client.userinfo(&mut world, &access, &[])), first);
    world.now += 1;
    world.restart();
    let second = client.userinfo(&mut world, &access, &[("nonce", json!(first))]);
    assert_eq!(second.status, 200);
    assert_ne!(nonce(&second), first);
    world.now += 120;
    let third = client.userinfo(&mut world, &access, &[("nonce", json!(first))]);
    assert_eq!(error(&third), "use_dpop_nonce");
    let known = [nonce(&second), nonce(&third)];
    for good in &known {
        assert_eq!(client.userinfo(&mut world, &access, &[("nonce", json!(good))]).status, 200);
    }
    assert_ne!(known[0], known[1]);
}

#[test]
fn nonces_are_only_where_they_are_demanded() {
    let (mut world, client) = (World::new(), Prover::new());
    let code = world.code(&[]);
    assert_eq!(client.redeem(&mut world, &code, &[]).header("DPoP-Nonce"), None);
    let mut world = World::misbehaving("dpop-nonce-required");
    assert_eq!(world.tokens()["token_type"], "Bearer");
}

#[test]
fn a_downgrade_answers_a_proof_with_bearer_tokens() {
    let (mut world, client) = (World::misbehaving("dpop-downgrade"), Prover::new());
    let tokens = client.tokens(&mut world);
    assert_eq!(tokens["token_type"], "Bearer");
    assert!(world.is_active(&text(&tokens, "access_token")));
    let next = granted(&client.refresh(&mut world, &text(&tokens, "refresh_token"), &[]));
    assert_eq!(next["token_type"], "Bearer");
}

#[test]
fn the_description_lists_asymmetric_algorithms_for_proofs() {
    let mut world = World::new();
    let url = world.at(".well-known/openid-configuration");
    assert_eq!(json(&world.get(&url))["dpop_signing_alg_values_supported"], json!(["ES256", "EdDSA", "PS256"]));
}

#[test]
fn what_is_wrong_with_a_proof_can_be_said_in_a_header() {
    use pkce_login::protocol::dpop_check::DpopError;
    for error in DpopError::ALL {
        let words = error.explain().happened;
        let fits = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\\');
        assert!(words.chars().all(fits), "{words}");
    }
}
