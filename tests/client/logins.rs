//! Beginning a login: how many there are, and what each is made of.

use std::collections::BTreeSet;

use pkce_login::client::{BeginOptions, ClientConfig};
use pkce_login::protocol::authorization_request::RequestOptions;
use pkce_login::protocol::form::Params;

use crate::helpers::{authorize, begin, code_of, config, finish, page, sign_in, world};
use crate::support::executor::{block_on, both};

#[test]
fn somebody_signs_in() {
    let world = world();
    let tab = world.tab();
    let options = BeginOptions { return_to: "/inbox?page=2#top".to_owned(), ..BeginOptions::default() };
    let started = block_on(page(&tab).begin(&options)).unwrap();
    let session = finish(&page(&tab), &authorize(&tab, &started)).unwrap().unwrap();
    let id_token = session.id_token().unwrap();
    assert_eq!((id_token.sub(), id_token.name()), ("ada", Some("Ada Demo")));
    assert_eq!(session.return_to(), "/inbox?page=2#top");
    assert_eq!(session.expires_at(), Some(world.now.get() + 300));
    assert!(session.is_active() && session.can_refresh());
    for check in ["signature", "iss", "aud", "nonce", "at_hash"] {
        assert!(id_token.checks().contains(&check), "{check}");
    }
}

#[test]
fn between_callback_and_signed_in_there_is_one_request() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = authorize(&tab, &started);
    world.forget_requests();
    finish(&page(&tab), &answer).unwrap();
    assert_eq!(world.requests().len(), 1);
    assert_eq!(world.token_requests().len(), 1);
}

#[test]
fn two_logins_in_one_tab_both_finish() {
    let world = world();
    let tab = world.tab();
    let (first, second) = (begin(&page(&tab)), begin(&page(&tab)));
    let (first_answer, second_answer) = (authorize(&tab, &first), authorize(&tab, &second));
    let page = page(&tab);
    let (second_url, first_url) = (second_answer.url(), first_answer.url());
    let (second, first) = both(page.finish(&second_url, None), page.finish(&first_url, None));
    assert!(first.is_ok() && second.is_ok());
    assert_eq!((world.token_requests().len(), tab.pending_logins()), (2, 0));
}

#[test]
fn logins_in_two_tabs_both_finish() {
    let world = world();
    let tabs = [world.tab(), world.tab()];
    let started = [begin(&page(&tabs[0])), begin(&page(&tabs[1]))];
    for at in [1, 0] {
        assert!(finish(&page(&tabs[at]), &authorize(&tabs[at], &started[at])).unwrap().is_some());
    }
}

#[test]
fn five_abandoned_logins_are_swept() {
    let world = world();
    let tab = world.tab();
    for _ in 0..5 {
        begin(&page(&tab));
        world.pass(10);
    }
    assert_eq!(tab.pending_logins(), 5);
    world.pass(601);
    begin(&page(&tab));
    assert_eq!(tab.pending_logins(), 1);
}

#[test]
fn a_pending_login_that_nobody_can_read_is_swept() {
    use pkce_login::client::{PENDING_PREFIX, ports::Store as _};
    let tab = world().tab();
    tab.set(&format!("{PENDING_PREFIX}x"), "{\"verifier\":").unwrap();
    begin(&page(&tab));
    assert_eq!(tab.pending_logins(), 1);
}

#[test]
fn a_double_click_makes_one_login() {
    let world = world();
    let tab = world.tab();
    let page = page(&tab);
    let options = BeginOptions::default();
    let (first, second) = both(page.begin(&options), page.begin(&options));
    let url = first.unwrap().url;
    assert_eq!(second.unwrap().url, url);
    world.pass(4);
    assert_eq!(begin(&page).url, url);
    assert_eq!((tab.pending_logins(), world.requests().len()), (1, 2), "one metadata request, one for the keys");
    world.pass(1);
    assert_ne!(begin(&page).url, url, "later it is another login");
}

#[test]
fn another_request_is_another_login_however_quickly_it_comes() {
    let tab = world().tab();
    let page = page(&tab);
    let first = begin(&page);
    let options = BeginOptions {
        request: RequestOptions { prompt: Some("login".to_owned()), ..RequestOptions::default() },
        ..BeginOptions::default()
    };
    let second = block_on(page.begin(&options)).unwrap();
    assert_ne!(first.url, second.url);
}

#[test]
fn a_login_that_is_over_is_not_handed_out_again() {
    let world = world();
    let tab = world.tab();
    // The page that Back brings to life again still knows what it began.
    let old_page = page(&tab);
    let first = begin(&old_page);
    let denied = authorize(&tab, &first).without("code").then("error", "access_denied");
    assert_eq!(code_of(finish(&page(&tab), &denied)), "access_denied");
    let second = begin(&old_page);
    assert!(finish(&page(&tab), &authorize(&tab, &second)).unwrap().is_some());
}

#[test]
fn verifier_state_and_nonce_differ_each_time() {
    let tab = world().tab();
    let mut seen = BTreeSet::new();
    for _ in 0..50 {
        let pending = begin(&page(&tab)).pending;
        for secret in [pending.verifier.expose(), pending.state.expose(), pending.nonce.as_ref().unwrap().expose()] {
            assert_eq!(secret.len(), 43);
            assert!(seen.insert(secret.to_owned()), "a secret was used twice");
        }
    }
}

#[test]
fn the_request_says_what_was_configured_and_no_secret() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let (endpoint, query) = started.url.split_once('?').unwrap();
    let request = Params::parse(query);
    assert_eq!(endpoint, "https://as.example/authorize");
    assert_eq!(request.get("response_type"), Some("code"));
    assert_eq!(request.get("client_id"), Some("spa"));
    assert_eq!(request.get("redirect_uri"), Some("https://app.example/callback.html"));
    assert_eq!(request.get("scope"), Some("openid profile"));
    assert_eq!(request.get("code_challenge"), Some(started.challenge.as_str()));
    assert_eq!(request.get("code_challenge_method"), Some("S256"));
    assert!(!started.url.contains(started.pending.verifier.expose()));
    assert_eq!(request.first_repeated(), None);
}

#[test]
fn without_random_numbers_no_login_is_begun() {
    let tab = world().tab();
    tab.has_entropy.set(false);
    assert_eq!(code_of(block_on(page(&tab).begin(&BeginOptions::default()))), "no_entropy");
    assert_eq!(tab.pending_logins(), 0);
}

#[test]
fn a_place_outside_the_app_is_no_place_to_return_to() {
    let tab = world().tab();
    for place in ["https://evil.example/", "//evil.example", "/\\evil.example", ""] {
        let options = BeginOptions { return_to: place.to_owned(), ..BeginOptions::default() };
        assert_eq!(code_of(block_on(page(&tab).begin(&options))), "return_to_invalid", "{place}");
    }
    assert_eq!(tab.pending_logins(), 0);
}

#[test]
fn a_redirect_uri_that_cannot_receive_an_answer_is_refused() {
    let tab = world().tab();
    for uri in ["", "/callback.html", "http://app.example/callback.html", "https://app.example/#/callback", "app:/back"]
    {
        let config = ClientConfig { redirect_uri: uri.to_owned(), ..config() };
        assert_eq!(
            code_of(block_on(tab.page(&config).begin(&BeginOptions::default()))),
            "redirect_uri_invalid",
            "{uri}"
        );
    }
    assert_eq!(tab.pending_logins(), 0);
}

#[test]
fn what_an_app_asks_for_besides_goes_out_as_it_is() {
    let awkward = "a b+c&d=e%20\u{e9}";
    let request = RequestOptions {
        prompt: Some("login consent".to_owned()),
        login_hint: Some(awkward.to_owned()),
        max_age: Some(60),
        ui_locales: Some("de en".to_owned()),
        acr_values: Some("urn:example:2".to_owned()),
        resource: Some("https://api.example/".to_owned()),
        extra: vec![("display".to_owned(), awkward.to_owned())],
        ..RequestOptions::default()
    };
    let options = BeginOptions { request, ..BeginOptions::default() };
    let url = block_on(page(&world().tab()).begin(&options)).unwrap().url;
    let request = Params::parse(url.split_once('?').unwrap().1);
    for (name, value) in [
        ("prompt", "login consent"),
        ("login_hint", awkward),
        ("max_age", "60"),
        ("ui_locales", "de en"),
        ("acr_values", "urn:example:2"),
        ("resource", "https://api.example/"),
        ("display", awkward),
    ] {
        assert_eq!(request.get(name), Some(value), "{name}");
    }
}

#[test]
fn protections_cannot_be_switched_off_by_an_extra_parameter() {
    let tab = world().tab();
    for (name, code) in [
        ("code_challenge", "reserved_parameter"),
        ("code_challenge_method", "reserved_parameter"),
        ("state", "reserved_parameter"),
        ("response_type", "reserved_parameter"),
        ("request_uri", "reserved_parameter"),
        ("client_secret", "client_secret_refused"),
    ] {
        let request =
            RequestOptions { extra: vec![(name.to_owned(), "plain".to_owned())], ..RequestOptions::default() };
        let options = BeginOptions { request, ..BeginOptions::default() };
        assert_eq!(code_of(block_on(page(&tab).begin(&options))), code, "{name}");
    }
}

#[test]
fn without_openid_there_is_a_session_without_a_person() {
    let world = world();
    world.server.borrow_mut().edit_tokens = Box::new(|tokens| {
        tokens.as_object_mut().unwrap().remove("id_token");
    });
    let tab = world.tab();
    let config = config().with_scope("mail.read");
    let started = block_on(tab.page(&config).begin(&BeginOptions::default())).unwrap();
    assert!(started.pending.nonce.is_none());
    let answer = authorize(&tab, &started);
    let session = finish(&tab.page(&config), &answer).unwrap().unwrap();
    assert!(session.id_token().is_none());
    assert_eq!(world.requests_to("/jwks"), 0, "and nobody asked for keys");
}

#[test]
fn a_second_login_uses_what_the_first_one_fetched() {
    let world = world();
    let tab = world.tab();
    sign_in(&tab);
    world.forget_requests();
    sign_in(&tab);
    assert_eq!(world.requests().len(), 1);
}
