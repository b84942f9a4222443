//! Answers that arrive at a page of the app's own: `tests/callback_js/arrivals.json`, which the script is tested with too.

use pkce_login::client::{
    ANSWER_KEY, CHILD_WINDOW_PREFIX, PENDING_PREFIX, arrival, child_window_key, child_window_record, forget_expired,
};
use pkce_login::protocol::pending_login::PendingLogin;
use serde_json::{Value, json};

use crate::helpers::{ProviderTab, authorize, begin, page, world};
use crate::support::provider::REDIRECT_URI;
use crate::support::tab::Storage;

const CASES: &str = include_str!("../callback_js/arrivals.json");

/// Puts the login of a case into the tab, as a page would have left it there.
fn keep(tab: &ProviderTab, login: &Value, record: &str) {
    let mut record: Value = serde_json::from_str(record).unwrap();
    for name in ["state", "redirect_uri", "return_to"] {
        record[name] = login[name].clone();
    }
    tab.store(&format!("{PENDING_PREFIX}{}", login["state"].as_str().unwrap()), &record.to_string());
}

#[test]
fn an_address_of_the_app_holds_an_answer_only_where_a_login_of_the_tab_waits_for_it() {
    let cases: Value = serde_json::from_str(CASES).unwrap();
    let world = world();
    let begun = begin(&page(&world.tab())).pending;
    for case in cases["cases"].as_array().unwrap() {
        let tab = world.tab();
        for login in case["pending"].as_array().into_iter().flatten() {
            keep(&tab, login, &begun.to_record());
        }
        for login in case["child_window"].as_array().into_iter().flatten() {
            let redirect_uri = login["redirect_uri"].as_str().unwrap().to_owned();
            let pending = PendingLogin { redirect_uri, ..begun.clone() };
            tab.store(&child_window_key(login["state"].as_str().unwrap()), &child_window_record(&pending));
        }
        let stored = tab.stored_text();
        let found = arrival(&*tab, case["address"].as_str().unwrap());
        let found = found.map(|arrival| (arrival.state, arrival.return_to.is_none()));
        let expected = &case["expected"];
        let expected =
            expected["state"].as_str().map(|state| (state.to_owned(), expected["is_child_window"] == json!(true)));
        assert_eq!(found, expected, "{}", case["title"]);
        assert_eq!(tab.stored_text(), stored, "{}", case["title"]);
    }
}

#[test]
fn an_answer_of_a_login_that_was_begun_arrives_with_the_place_to_go_on_at() {
    let world = world();
    let tab = world.tab();
    let answer = authorize(&tab, &begin(&page(&tab)));
    let found = arrival(&*tab, &answer.url()).unwrap();
    assert_eq!((found.redirect_uri.as_str(), found.return_to.as_deref()), (REDIRECT_URI, Some("/")));
    assert!(arrival(&*world.tab(), &answer.url()).is_none(), "another tab's");
    tab.storage.set(Storage::Blocked);
    assert!(arrival(&*tab, &answer.url()).is_none());
}

#[test]
fn what_marks_a_window_is_swept_and_holds_no_secret() {
    let world = world();
    let tab = world.tab();
    let pending = begin(&page(&tab)).pending;
    let key = child_window_key("p.x");
    let record = child_window_record(&pending);
    for secret in [pending.verifier.expose(), pending.nonce.as_ref().unwrap().expose()] {
        assert!(!record.contains(secret));
    }
    tab.store(&key, &record);
    tab.store(&child_window_key("f.broken"), "{");
    tab.store(ANSWER_KEY, "stays");
    forget_expired(&*tab, pending.started_at + PendingLogin::MAX_AGE);
    assert_eq!(tab.stored(CHILD_WINDOW_PREFIX), Some((key, record)));
    forget_expired(&*tab, pending.started_at + PendingLogin::MAX_AGE + 1);
    assert_eq!(tab.stored(CHILD_WINDOW_PREFIX), None);
    assert!(tab.stored(ANSWER_KEY).is_some());
}
