//! Storage that is blocked, full, or gone in the middle.

use pkce_login::client::{BeginOptions, forget_expired};

use crate::helpers::{authorize, begin, code_of, finish, page, world};
use crate::support::executor::block_on;
use crate::support::tab::Storage;

#[test]
fn blocked_storage_is_told_before_anything_is_sent() {
    let world = world();
    let tab = world.tab();
    tab.storage.set(Storage::Blocked);
    assert_eq!(code_of(block_on(page(&tab).begin(&BeginOptions::default()))), "storage_blocked");
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn full_storage_is_told_before_the_browser_leaves() {
    let world = world();
    let tab = world.tab();
    tab.storage.set(Storage::RefusesWrites);
    assert_eq!(code_of(block_on(page(&tab).begin(&BeginOptions::default()))), "storage_blocked");
    assert_eq!(world.requests_to("/authorize"), 0);
}

#[test]
fn an_answer_without_storage_sends_nothing() {
    for storage in [Storage::Blocked, Storage::RefusesWrites] {
        let world = world();
        let tab = world.tab();
        let started = begin(&page(&tab));
        let answer = authorize(&tab, &started);
        tab.storage.set(storage);
        let callback = page(&tab);
        assert_eq!(code_of(finish(&callback, &answer)), "storage_blocked");
        assert_eq!(world.token_requests().len(), 0, "a login that could not be consumed must not be used");
        // The pending login is still there, so the answer still counts when storage does.
        tab.storage.set(Storage::Works);
        assert!(finish(&callback, &answer).unwrap().is_some());
        assert_eq!(world.token_requests().len(), 1);
    }
}

#[test]
fn storage_that_comes_back_is_used_again() {
    let tab = world().tab();
    let page = page(&tab);
    tab.storage.set(Storage::Blocked);
    assert_eq!(code_of(block_on(page.begin(&BeginOptions::default()))), "storage_blocked");
    tab.storage.set(Storage::Works);
    begin(&page);
    assert_eq!(tab.pending_logins(), 1);
}

#[test]
fn storage_that_a_person_emptied_ends_the_login_calmly() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = authorize(&tab, &started);
    assert_eq!(code_of(finish(&page(&world.tab()), &answer)), "no_pending_transaction");
    assert_eq!(world.token_requests().len(), 0);
}

#[test]
fn a_full_storage_does_not_stop_a_login_that_comes_back() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let answer = authorize(&tab, &started);
    tab.storage.set(Storage::Full);
    assert!(finish(&page(&tab), &answer).unwrap().is_some());
    assert_eq!(tab.pending_logins(), 0);
    assert!(finish(&page(&tab), &answer).is_err(), "and it counts once all the same");
    assert_eq!(world.token_requests().len(), 1);
}

#[test]
fn what_nobody_finished_in_time_can_be_forgotten() {
    let world = world();
    let tab = world.tab();
    let old = begin(&page(&tab));
    world.pass(400);
    let young = begin(&page(&tab));
    world.pass(201);
    forget_expired(&*tab, world.now.get());
    let stored = tab.stored_text();
    assert!(!stored.contains(old.pending.verifier.expose()));
    assert!(stored.contains(young.pending.verifier.expose()));
    tab.storage.set(Storage::Blocked);
    forget_expired(&*tab, world.now.get());
}
