//! Faults 1 to 6, 9 to 11, 16 and 17: what other clients took, and this one does not.

use std::collections::BTreeSet;

use pkce_login::client::ports::HttpFailure;
use serde_json::{Value, json};

use crate::helpers::{
    authorize, begin, code_of, config, finish, finish_at, page, sign_in, sign_in_at, try_to_sign_in, try_to_sign_in_as,
    world,
};
use crate::support::executor::both;
use crate::support::provider::{Answer, ISSUER};
use crate::support::signer::Signer;

/// The code of the refusal of an answer that was changed on its way, after what holds for each of them.
fn refusal(change: impl FnOnce(Answer) -> Answer) -> String {
    let world = world();
    let tab = world.tab();
    let answer = change(authorize(&tab, &begin(&page(&tab))));
    let error = finish(&page(&tab), &answer).expect_err("somebody was signed in");
    assert_eq!(world.token_requests().len(), 0, "the code was sent");
    error.code().to_owned()
}

#[test]
fn fault_01_a_state_that_is_absent_wrong_reused_or_of_another_tab_is_refused() {
    assert_eq!(refusal(|answer| answer.without("state")), "state_missing");
    assert_eq!(refusal(|answer| answer.changed("state", "")), "state_missing");
    assert_eq!(refusal(|answer| answer.changed("state", "wrong")), "state_mismatch");
    let world = world();
    let (mine, other) = (world.tab(), world.tab());
    let answer = authorize(&mine, &begin(&page(&mine)));
    begin(&page(&other));
    assert_eq!(code_of(finish(&page(&other), &answer)), "state_mismatch");
    assert!(finish(&page(&mine), &answer).unwrap().is_some());
    assert_eq!(code_of(finish(&page(&mine), &answer)), "already_used");
    // Nor with another code.
    assert_eq!(code_of(finish(&page(&mine), &answer.changed("code", "another"))), "already_used");
    assert_eq!(world.token_requests().len(), 1);
}

#[test]
fn fault_02_two_logins_in_one_browser_both_finish() {
    let world = world();
    let tabs = [world.tab(), world.tab()];
    // In two tabs, and twice in one.
    let begun = [&tabs[0], &tabs[1], &tabs[0]].map(|tab| (tab, begin(&page(tab))));
    let [first, second, third] = begun.each_ref().map(|(tab, started)| authorize(tab, started).url());
    let pages = [page(&tabs[0]), page(&tabs[1])];
    let (second, third) = both(pages[1].finish(&second, None), pages[0].finish(&third, None));
    let (first, _) = both(pages[0].finish(&first, None), async {});
    assert!(first.is_ok() && second.is_ok() && third.is_ok());
    assert_eq!(world.token_requests().len(), 3);
}

#[test]
fn fault_03_an_issuer_that_is_wrong_or_missing_is_refused_before_the_code_is_sent() {
    assert_eq!(refusal(|answer| answer.changed("iss", "https://evil.example")), "iss_mismatch");
    assert_eq!(refusal(|answer| answer.changed("iss", "https://AS.example")), "iss_mismatch");
    assert_eq!(refusal(|answer| answer.without("iss")), "iss_missing");
    assert_eq!(refusal(|answer| answer.changed("iss", "")), "iss_missing");
}

#[test]
fn fault_04_an_error_without_our_state_is_nobodys() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    for state in ["", "foreign"] {
        let lie = Answer::of(&[
            ("error", "access_denied"),
            ("error_description", "MARKER"),
            ("error_uri", "https://MARKER.example"),
            ("state", state),
            ("iss", ISSUER),
        ]);
        let error = finish(&page(&tab), &lie).unwrap_err();
        let texts = error.explain();
        let shown = format!("{error} {error:?} {} {} {}", texts.happened, texts.means, texts.to_do);
        assert!(!shown.contains("MARKER") && error.authorizer_says().is_none(), "{shown}");
    }
    assert!(finish(&page(&tab), &authorize(&tab, &started)).unwrap().is_some(), "the login was killed");
}

#[test]
fn fault_05_a_code_or_state_that_stands_twice_is_refused() {
    for name in ["code", "state", "iss"] {
        assert_eq!(refusal(|answer| answer.then(name, "evil")), "duplicate_parameter", "{name}");
        assert_eq!(refusal(|answer| answer.after(name, "evil")), "duplicate_parameter", "{name}");
        assert_eq!(refusal(|answer| answer.then(name, "")), "duplicate_parameter", "{name}");
    }
    // Also where one of them is written in another way.
    let world = world();
    let tab = world.tab();
    let answer = authorize(&tab, &begin(&page(&tab)));
    let url = format!("{}&%63ode=evil", answer.url());
    assert_eq!(code_of(finish_at(&page(&tab), &url)), "duplicate_parameter");
    assert_eq!(world.token_requests().len(), 0);
}

#[test]
fn fault_06_an_awkward_code_reaches_the_token_endpoint_unchanged() {
    for code in ["&", "=", "+", "%", "#", "a&b=c+d%e#f", "x%26client_id%3Devil", "%2526", "a b", "~!@$^*()|\\\"'<>"] {
        let world = world();
        let tab = world.tab();
        let started = begin(&page(&tab));
        let answer = world.server.borrow_mut().authorize_with_code(&started.url, code);
        // The authorizer knows the code only as it gave it out.
        finish(&page(&tab), &answer).unwrap_or_else(|error| panic!("{code}: {error}"));
        let body = world.token_requests().remove(0).body;
        let names: Vec<_> = body.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
        assert_eq!(names, ["grant_type", "code", "redirect_uri", "client_id", "code_verifier"], "{code}");
    }
}

#[test]
fn fault_09_verifier_and_nonce_differ_each_time_and_are_gone_afterwards() {
    let ends: [fn(Answer) -> Answer; 5] = [
        |answer| answer,
        |answer| answer.without("code").then("error", "access_denied"),
        |answer| answer.changed("code", "unknown"),
        |answer| answer.changed("iss", "https://evil.example"),
        |answer| answer.without("code"),
    ];
    let mut seen = BTreeSet::new();
    for end in ends {
        let world = world();
        let tab = world.tab_with_seed(seen.len() as u64 + 1);
        let started = begin(&page(&tab));
        let pending = &started.pending;
        let secrets = [pending.verifier.expose(), pending.nonce.as_ref().unwrap().expose()];
        assert!(secrets.iter().all(|secret| seen.insert((*secret).to_owned())), "used twice");
        assert!(secrets.iter().all(|secret| tab.stored_text().contains(secret)));
        let _ = finish(&page(&tab), &end(authorize(&tab, &started)));
        let kept = [tab.stored_text(), world.device_text()].concat();
        assert!(!secrets.iter().any(|secret| kept.contains(secret)), "{kept}");
    }
}

#[test]
fn fault_10_an_id_token_that_is_forged_expired_foreign_or_of_another_request_is_refused() {
    type Lie = fn(&mut Value, &mut Value);
    let lies: [(&str, Lie); 7] = [
        ("expired", |_, claims| claims["exp"] = (claims["iat"].as_i64().unwrap() - 3600).into()),
        ("iss_mismatch", |_, claims| claims["iss"] = "https://evil.example".into()),
        ("aud_mismatch", |_, claims| claims["aud"] = "other".into()),
        ("nonce_mismatch", |_, claims| claims["nonce"] = "other".into()),
        ("nonce_missing", |_, claims| drop(claims.as_object_mut().unwrap().remove("nonce"))),
        ("alg_not_allowed", |header, _| header["alg"] = "none".into()),
        ("at_hash_mismatch", |_, claims| claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA".into()),
    ];
    for (code, lie) in lies {
        let world = world();
        world.server.borrow_mut().edit_id_token = Box::new(lie);
        let tab = world.tab();
        assert_eq!(code_of(try_to_sign_in(&tab)), code);
        assert!(!tab.stored_text().contains("access-1"));
    }
    assert_eq!(code_of(sign_in_at(|provider| provider.signer = Signer::new("key-1"))), "bad_signature");
}

#[test]
fn fault_10_a_key_of_an_unknown_kind_is_skipped() {
    let world = world();
    let strange = [
        json!({ "kty": "AKP", "alg": "ML-DSA-65", "kid": "key-1", "pub": "AAAA" }),
        json!({ "kty": "EC", "crv": "secp256k1", "alg": "ES256K", "kid": "key-1", "x": "AAAA", "y": "AAAA" }),
        json!(null),
    ];
    world.server.borrow_mut().keys.splice(0..0, strange);
    sign_in(&world.tab());
}

#[test]
fn fault_11_what_an_authorizer_may_leave_out_or_add_is_fine() {
    type Edit = fn(&mut Value);
    fn remove(tokens: &mut Value, name: &str) {
        tokens.as_object_mut().unwrap().remove(name);
    }
    let edits: [Edit; 5] = [
        |tokens| remove(tokens, "refresh_token"),
        |tokens| remove(tokens, "expires_in"),
        |tokens| tokens["token_type"] = "bearer".into(),
        |tokens| tokens["token_type"] = "BEARER".into(),
        |tokens| tokens["not_before_policy"] = json!({ "any": [1, null] }),
    ];
    for edit in edits {
        assert!(sign_in_at(|provider| provider.edit_tokens = Box::new(edit)).is_ok());
    }
    // No ID token, where none was asked for.
    let world = world();
    world.server.borrow_mut().edit_tokens = Box::new(|tokens| remove(tokens, "id_token"));
    let without_openid = config().with_scope("mail.read");
    assert!(try_to_sign_in_as(&world.tab(), &without_openid).unwrap().is_active());
}

#[test]
fn fault_16_a_description_that_names_another_issuer_is_refused_whole() {
    for issuer in ["https://evil.example", "https://as.example/", "https://AS.example", ""] {
        let world = world();
        world.server.borrow_mut().metadata["issuer"] = issuer.into();
        let tab = world.tab();
        let begun = try_to_sign_in_as(&tab, &config());
        assert_eq!(code_of(begun), "issuer_mismatch", "{issuer}");
        assert_eq!((world.requests().len(), tab.pending_logins()), (1, 0), "and nothing of it is used");
        assert!(!tab.stored_text().contains("authorization_endpoint"));
    }
}

#[test]
fn fault_17_a_token_endpoint_that_redirects_is_refused() {
    let world = world();
    world.server.borrow_mut().token_endpoint = Some(Box::new(|| Err(HttpFailure::Redirected)));
    let tab = world.tab();
    assert_eq!(code_of(try_to_sign_in(&tab)), "redirected");
    assert_eq!((world.token_requests().len(), tab.pending_logins()), (1, 0));
}
