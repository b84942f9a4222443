//! The token request that a login leaves for a callback worker, which sends it while the app's page is on its way.

use std::rc::Rc;

use pkce_login::client::{BeginOptions, ClientConfig, PENDING_PREFIX};
use pkce_login::protocol::authorization_request::Interaction;
use pkce_login::protocol::form::Params;
use serde_json::Value;

use crate::helpers::{ProviderTab, authorize, begin, config, finish, page, world};
use crate::support::executor::block_on;
use crate::support::provider::ISSUER;

/// A tab whose answers are taken by a callback worker.
fn tab_with_worker() -> Rc<ProviderTab> {
    let tab = world().tab();
    *tab.exchanges_at.borrow_mut() = Some(format!("{ISSUER}/token"));
    tab
}

fn left_by(tab: &ProviderTab) -> Value {
    let (_, record) = tab.stored(PENDING_PREFIX).expect("a login that waits");
    serde_json::from_str::<Value>(&record).unwrap()["token_request"].clone()
}

#[test]
fn it_is_the_one_that_the_app_would_send() {
    let tab = tab_with_worker();
    let started = begin(&page(&tab));
    let left = left_by(&tab);
    let answer = authorize(&tab, &started);
    finish(&page(&tab), &answer).unwrap().expect("the record is read as any other");
    let [sent] = &tab.world.token_requests()[..] else { panic!("one token request") };
    let answer = answer.url();
    let given = Params::parse(answer.split_once('?').unwrap().1);
    let code = format!("&code={}&", given.get("code").unwrap());
    let with_code = left["body"].as_str().unwrap().replace("&code=code&", &code);
    assert_eq!((left["url"].as_str().unwrap(), with_code), (sent.url.as_str(), sent.body.clone()));
    assert_eq!(
        sent.headers,
        [("Content-Type".to_owned(), "application/x-www-form-urlencoded;charset=UTF-8".to_owned())]
    );
    assert_eq!(tab.pending_logins(), 0);
}

#[test]
fn none_is_left_where_only_the_app_can_send_it() {
    let without_worker = world().tab();
    begin(&page(&without_worker));
    assert_eq!(left_by(&without_worker), Value::Null);
    let bound = tab_with_worker();
    block_on(bound.page(&ClientConfig { dpop: true, ..config() }).begin(&BeginOptions::default())).unwrap();
    assert_eq!(left_by(&bound), Value::Null, "a proof is made when the request is sent");
    let elsewhere = tab_with_worker();
    *elsewhere.exchanges_at.borrow_mut() = Some("https://other.example/token".to_owned());
    begin(&page(&elsewhere));
    assert_eq!(left_by(&elsewhere), Value::Null);
}

#[test]
fn a_login_in_a_window_leaves_nothing_in_the_tab() {
    let tab = tab_with_worker();
    block_on(page(&tab).begin(&BeginOptions { interaction: Interaction::Popup, ..BeginOptions::default() })).unwrap();
    assert_eq!(tab.pending_logins(), 0);
    assert!(!tab.stored_text().contains("code_verifier"));
}
