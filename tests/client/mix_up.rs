//! Two clients in one tab, one of them at an authorizer that lies: whose answer it is (RFC 9700, section 4.4).

use std::collections::BTreeMap;
use std::rc::Rc;

use pkce_login::client::{BeginOptions, ClientConfig};
use pkce_login::protocol::authorization_request::Interaction;
use pkce_login::protocol::form::Params;
use pkce_login::protocol::response_mode::ResponseMode;
use serde_json::{Value, json};

use crate::helpers::{Page, ProviderTab, authorize, begin, code_of, config, finish, finish_at, page, world};
use crate::support::executor::block_on;
use crate::support::provider::{CLIENT_ID, ISSUER, REDIRECT_URI, json_response, oauth_error};
use crate::support::signer::Signer;
use crate::support::world::World;

const EVIL: &str = "https://evil.example";
const EVIL_REDIRECT_URI: &str = "https://app.example/evil.html";

struct Two {
    world: Rc<World<crate::support::provider::Provider>>,
    tab: Rc<ProviderTab>,
    pages: BTreeMap<&'static str, Page>,
    evil: Signer,
}

fn redirect_uri(name: &str) -> &'static str {
    if name == "evil" { EVIL_REDIRECT_URI } else { REDIRECT_URI }
}

fn two(mode: ResponseMode) -> Two {
    let world = world();
    world.server.borrow_mut().metadata["authorization_response_iss_parameter_supported"] = false.into();
    let evil = Signer::new("key-1");
    let keys = json!({ "keys": [evil.public_jwk()] });
    world.server.borrow_mut().intercept = Some(Box::new(move |sent| match sent.url.strip_prefix(EVIL)? {
        "/jwks" => Some(Ok(json_response(200, &keys))),
        "/token" => Some(Ok(oauth_error("invalid_grant"))),
        other => panic!("nobody asked the evil authorizer for {other}"),
    }));
    let metadata = json!({
        "issuer": EVIL, "authorization_endpoint": format!("{EVIL}/authorize"), "token_endpoint": format!("{EVIL}/token"),
        "jwks_uri": format!("{EVIL}/jwks"), "response_types_supported": ["code"],
        "code_challenge_methods_supported": ["S256"],
    });
    let honest = ClientConfig { response_mode: mode, ..config() };
    let other = ClientConfig {
        response_mode: mode,
        metadata: Some(metadata.to_string()),
        ..ClientConfig::new(EVIL, "evil-client", EVIL_REDIRECT_URI)
    };
    let tab = world.tab();
    let pages = BTreeMap::from([("honest", tab.page(&honest)), ("evil", tab.page(&other))]);
    Two { world, tab, pages, evil }
}

/// The address that a callback page is opened with, and the form that came with it.
fn answer(two: &Two, case: &Value, state: &str, arrives_at: &str) -> (String, Option<String>) {
    let place = redirect_uri(arrives_at);
    let issuer = |name: &str| if name == "evil" { EVIL } else { ISSUER };
    let iss = case["iss"].as_str();
    let plain = match iss {
        Some(name) => format!("code=any&state={state}&iss={}", issuer(name)),
        None => format!("code=any&state={state}"),
    };
    match case["response_mode"].as_str().unwrap() {
        "query" => (format!("{place}?{plain}"), None),
        "fragment" => (format!("{place}#{plain}"), None),
        "form_post" => (place.to_owned(), Some(plain)),
        _ => {
            let name = iss.unwrap();
            let audience = if name == "evil" { "evil-client" } else { CLIENT_ID };
            let claims = json!({
                "iss": issuer(name), "aud": audience, "exp": two.world.now.get() + 60, "code": "any", "state": state,
            });
            let header = json!({ "alg": "ES256", "kid": "key-1" });
            let provider = two.world.server.borrow();
            let signer = if name == "evil" { &two.evil } else { &provider.signer };
            (format!("{place}?response={}", signer.token(&header, &claims)), None)
        }
    }
}

/// What a client makes of it, as the vectors name it.
fn verdict(two: &Two, client: &str, (address, form): &(String, Option<String>)) -> String {
    let before = two.world.token_requests().len();
    let found = match block_on(two.pages[client].finish(address, form.as_deref())) {
        Ok(pkce_login::client::Finished::NothingToDo) => "nothing_to_do".to_owned(),
        Ok(pkce_login::client::Finished::SignedIn(_)) => "signed_in".to_owned(),
        Err(error) => error.code().to_owned(),
    };
    if two.world.token_requests().len() > before { "code".to_owned() } else { found }
}

#[test]
fn an_answer_is_used_by_the_client_it_is_for_and_only_where_it_has_to_arrive() {
    let text = include_str!("../vectors/mix_up.json");
    let document: Value = serde_json::from_str(text).unwrap();
    let cases = document["cases"].as_array().unwrap();
    assert_eq!(document["count"], cases.len());
    for case in cases {
        let id = &case["id"];
        let two = two(ResponseMode::from_name(case["response_mode"].as_str().unwrap()).unwrap());
        let interaction = match case["way"].as_str().unwrap() {
            "popup" => Interaction::Popup,
            "frame" => Interaction::Frame,
            _ => Interaction::Redirect,
        };
        let login = case["login"].as_str().unwrap();
        let options = BeginOptions { interaction, ..BeginOptions::default() };
        let started = block_on(two.pages[login].begin(&options)).unwrap();
        let request = Params::parse(started.url.split_once('?').unwrap().1);
        let state = request.get("state").unwrap();
        let arrives_at = case["arrives_at"].as_str().unwrap();
        let answer = answer(&two, case, state, arrives_at);
        let stored = two.tab.stored("pkce-login.pending.");
        let mut is_used = false;
        for client in case["order"].as_array().unwrap() {
            let client = client.as_str().unwrap();
            let expected = case["expected"][client].as_str().unwrap();
            let found = verdict(&two, client, &answer);
            is_used |= found == "code";
            assert_eq!(found, expected, "{id}, the {client} client");
        }
        let sent: Vec<String> = two.world.token_requests().into_iter().map(|sent| sent.url).collect();
        if is_used {
            assert_eq!(sent, [format!("{EVIL}/token")], "{id}");
        } else {
            assert_eq!(
                (sent, two.tab.stored("pkce-login.pending.")),
                (Vec::new(), stored),
                "{id}: nothing sent, nothing touched"
            );
        }
    }
}

#[test]
fn an_answer_at_another_redirect_uri_than_that_of_its_login_is_not_used() {
    const ELSEWHERE: &str = "https://app.example/other.html";
    for other in [
        ClientConfig { redirect_uri: ELSEWHERE.to_owned(), ..config() },
        ClientConfig { issuer: "https://other.example".to_owned(), redirect_uri: ELSEWHERE.to_owned(), ..config() },
    ] {
        let world = world();
        world.server.borrow_mut().metadata["authorization_response_iss_parameter_supported"] = false.into();
        let tab = world.tab();
        let answer = authorize(&tab, &begin(&page(&tab)));
        world.forget_requests();
        let stored = tab.stored_text();
        for answer in [answer.clone(), answer.clone().without("iss")] {
            let address = answer.url().replace(REDIRECT_URI, ELSEWHERE);
            for client in [&other, &config()] {
                assert!(!tab.page(client).is_for_another(&address, None), "it is taken out of the tab");
                assert_eq!(code_of(finish_at(&tab.page(client), &address)), "state_mismatch");
            }
        }
        assert_eq!((world.requests().len(), tab.stored_text()), (0, stored));
        assert!(finish(&page(&tab), &answer).unwrap().is_some(), "its own client still gets it");
    }
}

#[test]
fn an_answer_that_claims_the_logins_of_two_clients_is_for_neither() {
    let two = two(ResponseMode::Query);
    let state = |name: &str| {
        let started = block_on(two.pages[name].begin(&BeginOptions::default())).unwrap();
        Params::parse(started.url.split_once('?').unwrap().1).get("state").unwrap().to_owned()
    };
    let (honest, evil) = (state("honest"), state("evil"));
    for (first, second) in [(&honest, &evil), (&evil, &honest)] {
        for place in [REDIRECT_URI, EVIL_REDIRECT_URI] {
            let address = format!("{place}?code=any&state={first}&state={second}");
            for client in ["honest", "evil"] {
                assert!(!["code", "signed_in"].contains(&verdict(&two, client, &(address.clone(), None)).as_str()));
            }
        }
    }
    assert_eq!((two.world.token_requests().len(), two.tab.pending_logins()), (0, 2));
}
