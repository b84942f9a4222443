//! What comes back on the redirect URI, and who may have written it.

use pkce_login::client::{ClientConfig, ErrorKind};

use crate::helpers::{authorize, begin, code_of, config, finish, finish_at, page, sign_in, world};
use crate::support::executor::both;
use crate::support::provider::{Answer, REDIRECT_URI};

/// Changes a good answer, and tells why it is refused, after the checks that hold for every refusal.
fn refusal(change: impl FnOnce(Answer) -> Answer) -> String {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = change(authorize(&tab, &started));
    let page = page(&tab);
    let error = finish(&page, &answer).expect_err("nobody may be signed in");
    assert!(finish(&page, &answer).is_err(), "nobody may be signed in, also not the second time");
    assert_eq!(world.token_requests().len(), 0, "a token request was made");
    error.code().to_owned()
}

#[test]
fn a_wrong_state_is_refused() {
    assert_eq!(refusal(|answer| answer.changed("state", "somebody-elses")), "state_mismatch");
}

#[test]
fn an_answer_without_state_is_refused() {
    assert_eq!(refusal(|answer| answer.without("state")), "state_missing");
    assert_eq!(refusal(|answer| answer.changed("state", "")), "state_missing");
}

#[test]
fn a_second_state_is_refused() {
    assert_eq!(refusal(|answer| answer.then("state", "somebody-elses")), "duplicate_parameter");
    assert_eq!(refusal(|answer| answer.after("state", "somebody-elses")), "duplicate_parameter");
}

#[test]
fn a_second_code_is_refused() {
    assert_eq!(refusal(|answer| answer.then("code", "somebody-elses")), "duplicate_parameter");
    assert_eq!(refusal(|answer| answer.after("code", "somebody-elses")), "duplicate_parameter");
}

#[test]
fn an_answer_of_another_issuer_is_refused() {
    assert_eq!(refusal(|answer| answer.changed("iss", "https://evil.example")), "iss_mismatch");
    assert_eq!(refusal(|answer| answer.changed("iss", "https://as.example/")), "iss_mismatch");
}

#[test]
fn a_missing_issuer_is_refused_where_it_was_announced() {
    assert_eq!(refusal(|answer| answer.without("iss")), "iss_missing");
}

#[test]
fn a_missing_issuer_is_refused_where_the_app_requires_it() {
    for (required, named, code) in [(true, false, "iss_missing"), (true, true, ""), (false, false, "")] {
        let world = world();
        world.server.borrow_mut().metadata["authorization_response_iss_parameter_supported"] = false.into();
        let tab = world.tab();
        let config = ClientConfig { require_iss: required, ..config() };
        // Once from the network, and once from what the tab kept of the description.
        for _ in 0..2 {
            let answer = authorize(&tab, &begin(&tab.page(&config)));
            let answer = if named { answer } else { answer.without("iss") };
            world.forget_requests();
            assert_eq!(code_of(finish(&tab.page(&config), &answer)), code, "{required} {named}");
            assert_eq!(world.token_requests().len(), usize::from(code.is_empty()));
            world.pass(6);
        }
    }
}

#[test]
fn a_login_that_another_client_began_is_left_alone() {
    for other in [
        ClientConfig { issuer: "https://other.example".to_owned(), ..config() },
        ClientConfig { client_id: "other".to_owned(), ..config() },
        ClientConfig { redirect_uri: "https://app.example/other.html".to_owned(), ..config() },
    ] {
        let world = world();
        let tab = world.tab();
        let answer = authorize(&tab, &begin(&page(&tab)));
        world.forget_requests();
        let stored = tab.stored_text();
        let other = tab.page(&other);
        for answer in [&answer, &answer.clone().without("iss")] {
            assert!(other.is_for_another(&answer.url(), None));
            let (address, form) = answer.url().split_once('?').map(|(a, f)| (a.to_owned(), f.to_owned())).unwrap();
            assert!(other.is_for_another(&address, Some(&form)), "also where it came as a form");
            assert!(finish(&other, answer).unwrap().is_none(), "nothing to do for {:?}", other.config());
        }
        assert_eq!((world.requests().len(), tab.stored_text()), (0, stored), "and nothing is touched");
        let own = page(&tab);
        assert!(!own.is_for_another(&answer.url(), None));
        assert!(finish(&own, &answer).unwrap().is_some());
        assert!(!other.is_for_another(&answer.url(), None), "nobody waits for it now");
    }
}

#[test]
fn code_and_error_together_are_refused() {
    assert_eq!(refusal(|answer| answer.then("error", "access_denied")), "code_and_error");
}

#[test]
fn an_answer_that_is_larger_than_any_authorizer_needs_is_refused() {
    assert_eq!(refusal(|answer| answer.changed("code", &"c".repeat(16 * 1024 + 1))), "parameter_too_long");
    let many = |answer: Answer| (0..100).fold(answer, |answer, at| answer.then(&format!("more{at}"), "x"));
    assert_eq!(refusal(many), "parameter_too_long");
    // Nobody says how long a code is, below that.
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = world.server.borrow_mut().authorize_with_code(&started.url, &"c".repeat(16 * 1024));
    assert!(finish(&page(&tab), &answer).unwrap().is_some());
}

#[test]
fn a_token_in_the_address_is_refused() {
    for name in ["access_token", "id_token", "refresh_token", "token_type"] {
        assert_eq!(refusal(|answer| answer.then(name, "anyones")), "unexpected_token", "{name}");
    }
}

#[test]
fn an_answer_without_code_and_error_is_refused() {
    assert_eq!(refusal(|answer| answer.without("code")), "missing_code");
}

#[test]
fn an_answer_that_came_another_way_is_refused() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = authorize(&tab, &started);
    let in_fragment = format!("{REDIRECT_URI}#{}", answer.query());
    assert_eq!(code_of(finish_at(&page(&tab), &in_fragment)), "unexpected_response_mode");
    assert_eq!(world.token_requests().len(), 0);
}

#[test]
fn a_missing_issuer_is_fine_where_it_was_not_announced() {
    let world = world();
    world.server.borrow_mut().metadata["authorization_response_iss_parameter_supported"] = false.into();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = authorize(&tab, &started).without("iss");
    assert!(finish(&page(&tab), &answer).unwrap().is_some());
}

#[test]
fn a_foreign_answer_leaves_the_pending_login_alone() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = authorize(&tab, &started);
    let foreign = [
        answer.clone().changed("state", "somebody-elses"),
        answer.clone().without("state"),
        answer.clone().then("state", "somebody-elses"),
        answer.clone().after("code", "somebody-elses"),
        Answer::of(&[("error", "access_denied")]),
        Answer::of(&[("error", "access_denied"), ("state", "somebody-elses")]),
    ];
    let page = page(&tab);
    for foreign in foreign {
        assert!(finish(&page, &foreign).is_err());
        assert_eq!(tab.pending_logins(), 1);
    }
    assert!(finish(&page, &answer).unwrap().is_some());
}

#[test]
fn an_error_that_is_not_ours_is_not_shown_as_ours() {
    let world = world();
    let tab = world.tab();
    begin(&page(&tab));
    for state in ["", "somebody-elses"] {
        let text = "Call 555-0100 to unlock your account";
        let answer = Answer::of(&[("error", "access_denied"), ("error_description", text), ("state", state)]);
        let error = finish(&page(&tab), &answer).err().unwrap();
        let explained = error.explain();
        let shown = [format!("{error:?} {error}"), explained.happened.into(), explained.means.into()].join(" ");
        assert!(!shown.contains("555-0100") && !shown.contains("access_denied"), "{shown}");
        assert!(error.authorizer_says().is_none());
    }
}

#[test]
fn a_denial_is_told_in_the_authorizers_own_words() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = authorize(&tab, &started).without("code");
    let answer = answer.then("error", "access_denied").then("error_description", "Ada said no.");
    let error = finish(&page(&tab), &answer).err().unwrap();
    assert_eq!(error.code(), "access_denied");
    let said = error.authorizer_says().unwrap();
    assert_eq!(said.description.as_deref(), Some("Ada said no."));
    assert_eq!(error.explain().happened, "Access was denied.");
    assert_eq!((tab.pending_logins(), world.token_requests().len()), (0, 0));
}

#[test]
fn a_policy_that_denies_access_is_not_called_a_person_who_cancelled() {
    for (words, denial) in [
        (None, true),
        (Some(""), true),
        (Some("The user is not assigned to the app."), false),
        (Some("AADB2C90118: forgot password"), false),
    ] {
        let world = world();
        let tab = world.tab();
        let answer = authorize(&tab, &begin(&page(&tab))).without("code").then("error", "access_denied");
        let answer = words.iter().fold(answer, |answer, words| answer.then("error_description", words));
        let error = finish(&page(&tab), &answer).err().unwrap();
        assert_eq!(error.authorizer_says().unwrap().is_denial(), denial, "{words:?}");
        assert_eq!(error.kind() == ErrorKind::Cancelled, denial, "{words:?}");
        assert_eq!(error.explain().happened == "You cancelled.", denial, "{words:?}");
    }
}

#[test]
fn an_ordinary_page_is_left_alone() {
    let world = world();
    let tab = world.tab();
    begin(&page(&tab));
    let page = page(&tab);
    for url in
        ["https://app.example/?code=coupon&state=CA", REDIRECT_URI, "https://app.example/callback.html?utm_source=x"]
    {
        assert!(finish_at(&page, url).unwrap().is_none(), "{url}");
    }
    assert_eq!((tab.pending_logins(), world.token_requests().len()), (1, 0));
}

#[test]
fn the_same_answer_twice_makes_one_token_request() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let url = authorize(&tab, &started).url();
    let page = page(&tab);
    let (first, second) = both(page.finish(&url, None), page.finish(&url, None));
    assert!(first.is_ok() && second.is_ok());
    assert!(finish_at(&page, &url).unwrap().is_some(), "and later it is still the same session");
    assert_eq!(world.token_requests().len(), 1);
}

#[test]
fn a_reloaded_callback_is_told_apart_from_a_foreign_one_and_sends_nothing() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = authorize(&tab, &started);
    finish(&page(&tab), &answer).unwrap();
    assert_eq!(code_of(finish(&page(&tab), &answer)), "already_used");
    assert_eq!(code_of(finish(&page(&world.tab()), &answer)), "no_pending_transaction");
    assert_eq!(world.token_requests().len(), 1);
}

#[test]
fn an_answer_after_ten_minutes_is_too_late() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = authorize(&tab, &started);
    world.pass(601);
    assert_eq!(code_of(finish(&page(&tab), &answer)), "transaction_expired");
    assert_eq!((tab.pending_logins(), world.token_requests().len()), (0, 0));
}

#[test]
fn an_answer_that_comes_to_another_tab_is_not_used_there() {
    let world = world();
    let (mine, other) = (world.tab(), world.tab());
    let started = begin(&page(&mine));
    let answer = authorize(&mine, &started);
    begin(&page(&other));
    assert_eq!(code_of(finish(&page(&other), &answer)), "state_mismatch");
    assert!(finish(&page(&mine), &answer).unwrap().is_some());
}

#[test]
fn every_character_of_a_code_reaches_the_token_endpoint() {
    let world = world();
    for code in ["a&b=c+d%e#f", "x%26client_id%3Devil", "plus+plus", "a b", "%", "a;b/c?d"] {
        let tab = world.tab();
        let started = begin(&page(&tab));
        let answer = world.server.borrow_mut().authorize_with_code(&started.url, code);
        world.forget_requests();
        assert!(finish(&page(&tab), &answer).unwrap().is_some(), "{code}");
        let sent = world.token_requests();
        assert_eq!(sent[0].form("code").as_deref(), Some(code));
        let names = sent[0].body.split('&').map(|pair| pair.split('=').next().unwrap());
        let expected = ["grant_type", "code", "redirect_uri", "client_id", "code_verifier"];
        assert!(names.eq(expected), "a parameter was smuggled in: {}", sent[0].body);
    }
}

#[test]
fn what_a_login_kept_secret_is_gone_once_it_is_over() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let secrets = [
        started.pending.verifier.expose().to_owned(),
        started.pending.nonce.as_ref().unwrap().expose().to_owned(),
        started.pending.state.expose().to_owned(),
    ];
    assert!(secrets.iter().all(|secret| tab.stored_text().contains(secret)));
    finish(&page(&tab), &authorize(&tab, &started)).unwrap();
    assert!(!secrets.iter().any(|secret| tab.stored_text().contains(secret)));
}

#[test]
fn what_a_login_kept_secret_is_gone_also_when_it_failed() {
    let failures: [fn(Answer) -> Answer; 4] = [
        |answer| answer.changed("iss", "https://evil.example"),
        |answer| answer.changed("code", "unknown"),
        |answer| answer.without("code").then("error", "access_denied"),
        |answer| answer.without("code"),
    ];
    for change in failures {
        let world = world();
        let tab = world.tab();
        let started = begin(&page(&tab));
        assert!(finish(&page(&tab), &change(authorize(&tab, &started))).is_err());
        let stored = tab.stored_text();
        assert!(!stored.contains(started.pending.verifier.expose()));
        assert!(!stored.contains(started.pending.nonce.as_ref().unwrap().expose()));
        assert!(!stored.contains(started.pending.state.expose()));
    }
}

#[test]
fn nothing_of_the_session_is_stored() {
    let world = world();
    let tab = world.tab();
    sign_in(&tab);
    let stored = tab.stored_text();
    assert!(!stored.contains("access-1") && !stored.contains("refresh-1") && !stored.contains("eyJ"), "{stored}");
}
