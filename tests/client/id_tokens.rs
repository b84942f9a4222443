//! ID tokens that must not be believed, and the odd ones that must.

use serde_json::Value;

use crate::helpers::{code_of, sign_in_at, try_to_sign_in, world};
use crate::support::provider::Provider;
use crate::support::signer::Signer;

/// The error of a login whose ID token has other claims than it should.
fn refusal_of_claims(change: impl Fn(&mut Value) + 'static) -> String {
    code_of(sign_in_at(|provider| provider.edit_id_token = Box::new(move |_, claims| change(claims))))
}

fn remove(from: &mut Value, name: &str) {
    from.as_object_mut().unwrap().remove(name);
}

#[test]
fn a_token_for_another_app_is_refused() {
    assert_eq!(refusal_of_claims(|claims| claims["aud"] = "another-app".into()), "aud_mismatch");
    assert_eq!(refusal_of_claims(|claims| claims["aud"] = serde_json::json!(["spa", "another-app"])), "aud_untrusted");
    assert_eq!(refusal_of_claims(|claims| claims["azp"] = "another-app".into()), "azp_mismatch");
}

#[test]
fn a_token_of_another_issuer_is_refused() {
    assert_eq!(refusal_of_claims(|claims| claims["iss"] = "https://evil.example".into()), "iss_mismatch");
    assert_eq!(refusal_of_claims(|claims| claims["iss"] = "https://as.example/".into()), "iss_mismatch");
}

#[test]
fn an_expired_token_is_refused() {
    assert_eq!(refusal_of_claims(|claims| claims["exp"] = (claims["iat"].as_i64().unwrap() - 3600).into()), "expired");
}

#[test]
fn a_token_from_long_ago_or_from_the_future_is_refused() {
    let moved = |by: i64| move |claims: &mut Value| claims["iat"] = (claims["iat"].as_i64().unwrap() + by).into();
    assert_eq!(refusal_of_claims(moved(-3600)), "iat_too_old");
    assert_eq!(refusal_of_claims(moved(3600)), "iat_in_future");
}

#[test]
fn a_token_of_another_request_is_refused() {
    assert_eq!(refusal_of_claims(|claims| claims["nonce"] = "somebody-elses".into()), "nonce_mismatch");
    assert_eq!(refusal_of_claims(|claims| remove(claims, "nonce")), "nonce_missing");
}

#[test]
fn a_token_with_another_access_token_is_refused() {
    assert_eq!(refusal_of_claims(|claims| claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA".into()), "at_hash_mismatch");
}

#[test]
fn a_token_about_nobody_is_refused() {
    assert_eq!(refusal_of_claims(|claims| remove(claims, "sub")), "sub_missing");
    assert_eq!(refusal_of_claims(|claims| claims["sub"] = "".into()), "sub_type");
}

#[test]
fn a_wrong_signature_is_refused() {
    let broken = sign_in_at(|provider| {
        provider.edit_tokens = Box::new(|tokens| {
            let token = tokens["id_token"].as_str().unwrap();
            let (input, signature) = token.rsplit_once('.').unwrap();
            let first = if signature.starts_with('A') { "B" } else { "A" };
            tokens["id_token"] = format!("{input}.{first}{}", &signature[1..]).into();
        });
    });
    assert_eq!(code_of(broken), "bad_signature");
    // Signed well, with a key of the attacker's that has the authorizer's key id.
    let forged = sign_in_at(|provider| provider.signer = Signer::new("key-1"));
    assert_eq!(code_of(forged), "bad_signature");
}

#[test]
fn an_unsigned_token_is_refused() {
    let unsigned = sign_in_at(|provider| {
        provider.edit_id_token = Box::new(|header, _| header["alg"] = "none".into());
        provider.edit_tokens = Box::new(|tokens| {
            let token = tokens["id_token"].as_str().unwrap();
            tokens["id_token"] = token[..=token.rfind('.').unwrap()].into();
        });
    });
    assert_eq!(code_of(unsigned), "alg_not_allowed");
}

#[test]
fn a_token_signed_with_a_shared_secret_is_refused() {
    let symmetric =
        sign_in_at(|provider| provider.edit_id_token = Box::new(|header, _| header["alg"] = "HS256".into()));
    assert_eq!(code_of(symmetric), "alg_not_allowed");
}

#[test]
fn a_sign_in_without_a_token_about_it_is_refused() {
    let missing = sign_in_at(|provider| provider.edit_tokens = Box::new(|tokens| remove(tokens, "id_token")));
    assert_eq!(code_of(missing), "missing_id_token");
}

#[test]
fn without_a_way_to_check_signatures_nobody_is_signed_in() {
    let world = world();
    let tab = world.tab();
    tab.has_crypto.set(false);
    assert_eq!(code_of(try_to_sign_in(&tab)), "crypto_unavailable");
}

#[test]
fn a_refused_token_leaves_nothing_behind() {
    let world = world();
    world.server.borrow_mut().edit_id_token = Box::new(|_, claims| claims["aud"] = "another-app".into());
    let tab = world.tab();
    assert!(try_to_sign_in(&tab).is_err());
    assert_eq!((tab.pending_logins(), world.token_requests().len()), (0, 1));
    assert!(!tab.stored_text().contains("access-1"));
}

#[test]
fn a_clock_that_is_wrong_by_ten_minutes_does_not_matter_while_the_authorizers_can_be_read() {
    for offset in [-600, 600] {
        let world = world();
        let tab = world.tab();
        tab.clock_offset.set(offset);
        assert!(try_to_sign_in(&tab).is_ok(), "{offset}");
    }
}

#[test]
fn an_audience_that_is_trusted_may_stand_beside_ours() {
    let world = world();
    world.server.borrow_mut().edit_id_token =
        Box::new(|_, claims| claims["aud"] = serde_json::json!(["spa", "https://api.example"]));
    let tab = world.tab();
    let config = pkce_login::client::ClientConfig {
        trusted_audiences: vec!["https://api.example".to_owned()],
        ..crate::helpers::config()
    };
    let started = crate::helpers::begin(&tab.page(&config));
    let answer = crate::helpers::authorize(&tab, &started);
    assert!(crate::helpers::finish(&tab.page(&config), &answer).unwrap().is_some());
}

#[test]
fn claims_and_header_members_that_nobody_knows_are_fine() {
    let odd = |provider: &mut Provider| {
        provider.edit_id_token = Box::new(|header, claims| {
            header["x5t"] = "abc".into();
            claims["amr"] = serde_json::json!(["pwd", { "deep": [null, 1.5] }]);
            remove(claims, "at_hash");
            remove(claims, "auth_time");
        });
    };
    assert!(sign_in_at(odd).is_ok());
}

#[test]
fn a_person_is_shown_by_the_first_name_that_is_not_empty() {
    let shown = |claims: Value| {
        let session = sign_in_at(|provider| {
            provider.edit_id_token = Box::new(move |_, token| {
                for name in ["name", "preferred_username", "email"] {
                    token[name] = claims[name].clone();
                }
            });
        });
        session.unwrap().person().to_owned()
    };
    assert_eq!(shown(serde_json::json!({ "name": "Ada Demo", "preferred_username": "ada" })), "Ada Demo");
    assert_eq!(shown(serde_json::json!({ "name": "", "preferred_username": "ada-1815" })), "ada-1815");
    assert_eq!(shown(serde_json::json!({ "name": "", "email": "ada@demo.example" })), "ada@demo.example");
    assert_eq!(shown(serde_json::json!({ "email": "" })), "ada");
}
