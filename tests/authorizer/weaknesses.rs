//! Each weakness lets an attacker through, and only where it is switched on. Each demand and fault of sign-out shows.
//! The other faults are tried with a client: `tests/logins.rs`.

use super::prover::Prover;
use super::world::*;
use pkce_login::authorizer::Request;
use pkce_login::authorizer::switches::{SWITCHES, Stage, SwitchKind};
use serde_json::{Value, json};

/// Two worlds: one with the switch, and a strict one.
fn both(switch: &str) -> [(World, bool); 2] {
    [(World::misbehaving(switch), true), (World::new(), false)]
}

fn is_granted(response: &pkce_login::authorizer::Response) -> bool {
    response.status == 200 && response.body.contains("access_token")
}

#[test]
fn pkce_optional() {
    for (mut world, is_weak) in both("pkce-optional") {
        let answer = world.answer(&[("code_challenge", ""), ("code_challenge_method", "")]);
        assert_eq!(answer_parameter(&answer, "code").is_some(), is_weak);
    }
}

#[test]
fn plain_accepted() {
    let secret = verifier(1);
    for method in ["plain", ""] {
        for (mut world, is_weak) in both("plain-accepted") {
            let answer = world.answer(&[("code_challenge", secret.expose()), ("code_challenge_method", method)]);
            let code = answer_parameter(&answer, "code");
            assert_eq!(code.is_some(), is_weak, "{method}");
            if let Some(code) = code {
                let other = verifier(2);
                assert!(!is_granted(&world.redeem(&code, &[("code_verifier", other.expose())])), "it is compared");
                assert!(is_granted(&world.redeem(&code, &[("code_verifier", secret.expose())])));
            }
        }
    }
}

#[test]
fn verifier_not_compared() {
    for (mut world, is_weak) in both("verifier-not-compared") {
        let code = world.code(&[]);
        assert_eq!(is_granted(&world.redeem(&code, &[("code_verifier", verifier(2).expose())])), is_weak);
    }
}

#[test]
fn pkce_downgrade() {
    for (mut world, is_weak) in both("pkce-downgrade") {
        let code = world.code(&[]);
        assert!(
            !is_granted(&world.redeem(&code, &[("code_verifier", verifier(2).expose())])),
            "a wrong secret is wrong"
        );
        assert_eq!(is_granted(&world.redeem(&code, &[("code_verifier", "")])), is_weak);
    }
}

#[test]
fn code_reusable() {
    for (mut world, is_weak) in both("code-reusable") {
        let code = world.code(&[]);
        let first = text(&granted(&world.redeem(&code, &[])), "access_token");
        assert_eq!(is_granted(&world.redeem(&code, &[])), is_weak);
        assert_eq!(world.is_active(&first), is_weak);
    }
}

#[test]
fn code_of_any_client() {
    for (mut world, is_weak) in both("code-of-any-client") {
        let code = world.code(&[]);
        assert_eq!(is_granted(&world.redeem(&code, &[("client_id", OTHER_CLIENT)])), is_weak);
    }
}

#[test]
fn code_at_any_redirect_uri() {
    for (mut world, is_weak) in both("code-at-any-redirect-uri") {
        let code = world.code(&[]);
        assert_eq!(is_granted(&world.redeem(&code, &[("redirect_uri", "https://evil.example/")])), is_weak);
    }
}

#[test]
fn redirect_uris_that_are_not_registered() {
    let (longer, origin, port) = (
        "https://app.example/callback.html.evil",
        "https://app.example/elsewhere",
        "https://app.example:8443/callback.html",
    );
    for (switch, taken) in [
        ("", &[][..]),
        ("redirect-uri-by-prefix", &[longer][..]),
        ("redirect-uri-by-origin", &[longer, origin][..]),
        ("redirect-uri-any-port", &[port][..]),
    ] {
        let mut world = if switch.is_empty() { World::new() } else { World::misbehaving(switch) };
        for uri in [longer, origin, port, "https://evil.example/callback.html", "http://app.example/callback.html"] {
            let answer = world.answer(&[("redirect_uri", uri)]);
            assert_eq!(location(&answer).starts_with(&format!("{uri}?")), taken.contains(&uri), "{switch} {uri}");
        }
    }
}

#[test]
fn iss_not_sent() {
    for (mut world, is_weak) in both("iss-not-sent") {
        assert_eq!(answer_parameter(&world.answer(&[]), "iss").is_none(), is_weak);
        let url = world.at(".well-known/openid-configuration");
        let promised = json(&world.get(&url))["authorization_response_iss_parameter_supported"].clone();
        assert_eq!(promised == false, is_weak);
    }
}

#[test]
fn implicit_allowed() {
    for (mut world, is_weak) in both("implicit-allowed") {
        let answer = world.answer(&[("response_type", "token"), ("code_challenge", ""), ("code_challenge_method", "")]);
        let token = answer_parameter(&answer, "access_token");
        assert_eq!(token.is_some(), is_weak);
        if let Some(token) = token {
            assert!(location(&answer).contains('#') && world.is_active(&token));
        }
    }
}

#[test]
fn refresh_tokens_that_stay() {
    for (switch, old_works, is_new) in
        [("", false, true), ("refresh-not-rotated", true, false), ("refresh-reuse-tolerated", true, true)]
    {
        let mut world = if switch.is_empty() { World::new() } else { World::misbehaving(switch) };
        let token = text(&world.tokens(), "refresh_token");
        let second = granted(&world.refresh(&token, &[]));
        assert_eq!(second.get("refresh_token").is_some(), is_new, "{switch}");
        assert_eq!(is_granted(&world.refresh(&token, &[])), old_works, "{switch}");
    }
}

#[test]
fn refresh_of_any_client() {
    for (mut world, is_weak) in both("refresh-of-any-client") {
        let token = text(&world.tokens(), "refresh_token");
        assert_eq!(is_granted(&world.refresh(&token, &[("client_id", OTHER_CLIENT)])), is_weak);
    }
}

#[test]
fn consent_skipped() {
    for (mut world, is_weak) in both("consent-skipped") {
        let sign_in = world.authorize(&[]);
        let next = world.press(&sign_in, "person", "ada");
        assert_eq!(answer_parameter(&next, "code").is_some(), is_weak);
    }
}

#[test]
fn token_in_query() {
    for (mut world, is_weak) in both("token-in-query") {
        let token = text(&world.tokens(), "access_token");
        let url = format!("{}?{}", world.at("userinfo"), form(&[("access_token", &token)]));
        assert_eq!(world.get(&url).status == 200, is_weak);
    }
}

#[test]
fn framing_allowed() {
    for (mut world, is_weak) in both("framing-allowed") {
        let page = world.authorize(&[]);
        let page = world.get(&location(&page));
        let policy = page.header("Content-Security-Policy").unwrap();
        assert_eq!(page.header("X-Frame-Options").is_none() && !policy.contains("frame-ancestors"), is_weak);
        assert!(policy.contains("default-src 'none'"), "the rest of the policy stays");
    }
}

#[test]
fn dpop_not_enforced() {
    for (mut world, is_weak) in both("dpop-not-enforced") {
        let client = Prover::new();
        let tokens = client.tokens(&mut world);
        assert_eq!(world.is_active(&text(&tokens, "access_token")), is_weak);
        assert_eq!(is_granted(&world.refresh(&text(&tokens, "refresh_token"), &[])), is_weak);
    }
}

#[test]
fn par_not_bound() {
    for (mut world, is_weak) in both("par-not-bound") {
        let url = world.authorize_url(&[]);
        let pushed = Request::post_form(world.at("par"), url.split_once('?').unwrap().1);
        let reference = text(&json(&world.send(&pushed)), "request_uri");
        let mut open = |client: &str| {
            let url =
                format!("{}?{}", world.at("authorize"), form(&[("client_id", client), ("request_uri", &reference)]));
            world.get(&url).status == 303
        };
        assert_eq!(open(OTHER_CLIENT), is_weak);
        assert!(open(CLIENT));
        assert_eq!(open(CLIENT), is_weak, "the second time");
    }
}

#[test]
fn clocks_that_are_ahead() {
    for (switch, ahead) in [("", 0), ("clock-90-seconds", 90), ("clock-1-hour", 3_600)] {
        let mut world = if switch.is_empty() { World::new() } else { World::misbehaving(switch) };
        let code = world.code(&[]);
        let response = world.redeem(&code, &[]);
        let claims = decode(&text(&granted(&response), "id_token")).1;
        assert_eq!(
            (claims["iat"].as_i64(), claims["exp"].as_i64()),
            (Some(world.now + ahead), Some(world.now + ahead + 300))
        );
        let mut later = World::new();
        later.now += ahead;
        let code = later.code(&[]);
        assert_eq!(response.header("Date"), later.redeem(&code, &[]).header("Date"), "{switch}");
    }
}

#[test]
fn demands_show() {
    let mut world = World::misbehaving("kid-absent");
    assert_eq!(decode(&text(&world.tokens(), "id_token")).0.get("kid"), None);
    let url = world.at("jwks");
    assert_eq!(json(&world.get(&url))["keys"].as_array().unwrap().len(), 1);
    let mut world = World::misbehaving("no-scope");
    assert_eq!(world.tokens().get("scope"), None);
    let mut world = World::misbehaving("extras");
    assert!(answer_parameter(&world.answer(&[]), "session_state").is_some());
    let tokens = world.tokens();
    assert_eq!((tokens.get("x_extra"), tokens.get("error")), (Some(&Value::Null), Some(&Value::Null)));
    assert_eq!(decode(&text(&tokens, "id_token")).1["x_extra"], json!([{ "a": null }]));
}

#[test]
fn faults_of_sign_out() {
    for (switch, expected) in [
        ("", format!("{APP}?state=s-1")),
        ("logout-state-lost", format!("{APP}?state=another-state")),
        ("logout-no-return", String::new()),
    ] {
        let mut world = if switch.is_empty() { World::new() } else { World::misbehaving(switch) };
        let hint = text(&world.tokens(), "id_token");
        let parameters = [("id_token_hint", hint.as_str()), ("post_logout_redirect_uri", APP), ("state", "s-1")];
        let url = format!("{}?{}", world.at("logout"), form(&parameters));
        assert_eq!(location(&world.get(&url)), expected, "{switch}");
    }
}

/// The switches that a test above, or in `par.rs` and `dpop.rs`, names. A fault of another stage has none: the client's
/// refusal is its test.
#[test]
fn every_other_switch_has_a_test_here() {
    let tests = [include_str!("weaknesses.rs"), include_str!("par.rs"), include_str!("dpop.rs")].concat();
    for row in SWITCHES {
        let is_tried_by_a_client = row.kind == SwitchKind::Fault && row.switch.notes().stage != Stage::Logout;
        assert!(is_tried_by_a_client || tests.contains(&format!("\"{}\"", row.name)), "{} has no test", row.name);
    }
}
