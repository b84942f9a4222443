//! A sign-out reaches every tab: those that listen, those that sleep, and those that are opened again.

use std::pin::pin;
use std::rc::Rc;

use pkce_login::client::{ClientConfig, Session, Storage as Choice};
use serde_json::Value;

use crate::helpers::{ProviderTab, code_of, config, in_tab, on_device, open, try_to_sign_in_as, world};
use crate::support::executor::block_on;

#[test]
fn signing_out_also_ends_the_session_of_a_tab_that_shows_no_page_just_then() {
    let world = world();
    let tabs = [world.tab(), world.tab()];
    let first = try_to_sign_in_as(&tabs[0], &in_tab()).unwrap();
    drop(try_to_sign_in_as(&tabs[1], &in_tab()).unwrap());
    block_on(first.revoke()).unwrap();
    assert!(open(&tabs[1], &in_tab()).is_none());
    world.settle();
    let given_back = world.server.borrow().revoked.clone();
    assert!(given_back.contains(&"refresh-2".to_owned()), "and its own tokens are given back: {given_back:?}");
    assert!(!tabs[1].stored_text().contains("access-2") && !tabs[1].stored_text().contains("refresh-2"));
    assert!(open(&tabs[1], &in_tab()).is_none(), "also the second time");
}

#[test]
fn a_page_that_hears_nothing_of_a_sign_out_is_signed_out_when_it_is_used() {
    let uses: [fn(&Session<ProviderTab>); 2] =
        [|session| drop(block_on(session.access_token())), |session| drop(block_on(session.refresh_if_due()))];
    // One that the browser put away (Back) has its memory still.
    for (use_it, config) in uses.into_iter().flat_map(|use_it| [(use_it, in_tab()), (use_it, config())]) {
        let world = world();
        let (first, second) = (world.tab(), world.tab());
        let first = try_to_sign_in_as(&first, &config).unwrap();
        let second = try_to_sign_in_as(&second, &config).unwrap();
        world.set_deaf(true);
        block_on(first.revoke()).unwrap();
        assert!(second.is_active(), "it heard nothing");
        use_it(&second);
        assert!(!second.is_active());
        world.settle();
        assert!(world.server.borrow().revoked.contains(&"refresh-2".to_owned()));
    }
}

#[test]
fn a_tab_that_listens_gives_its_own_tokens_back_and_forgets_its_key() {
    for storage in [Choice::Memory, Choice::Tab] {
        let world = world();
        let config = ClientConfig { storage, dpop: true, ..config() };
        let first = try_to_sign_in_as(&world.tab(), &config).unwrap();
        let second = try_to_sign_in_as(&world.tab(), &config).unwrap();
        block_on(first.revoke()).unwrap();
        assert!(!second.is_active());
        world.settle();
        let given_back = world.server.borrow().revoked.clone();
        for token in ["refresh-1", "access-1", "refresh-2", "access-2"] {
            assert!(given_back.contains(&token.to_owned()), "{token}: {given_back:?}");
        }
        assert_eq!(world.keys_kept(), 0);
    }
}

#[test]
fn who_signs_in_after_a_sign_out_stays_signed_in_in_every_tab() {
    let world = world();
    let (first, second) = (world.tab(), world.tab());
    block_on(try_to_sign_in_as(&first, &in_tab()).unwrap().revoke()).unwrap();
    drop(try_to_sign_in_as(&first, &in_tab()).unwrap());
    drop(try_to_sign_in_as(&second, &in_tab()).unwrap());
    for tab in [&first, &second] {
        let session = open(tab, &in_tab()).unwrap();
        block_on(session.refresh()).unwrap();
        assert!(open(tab, &in_tab()).is_some());
    }
    world.settle();
}

#[test]
fn a_sign_out_of_one_app_is_none_of_another() {
    let world = world();
    let other = ClientConfig { client_id: "other".to_owned(), ..in_tab() };
    let tab = world.tab();
    let session = try_to_sign_in_as(&tab, &in_tab()).unwrap();
    block_on(session.revoke()).unwrap();
    let text = world.device_text();
    assert!(text.contains("pkce-login.signed-out.spa https://as.example"), "{text}");
    assert!(!text.contains(&other.client_id));
}

#[test]
fn a_clock_that_is_set_back_hides_no_sign_out() {
    let world = world();
    let tabs = [world.tab(), world.tab()];
    drop(try_to_sign_in_as(&tabs[1], &in_tab()).unwrap());
    let first = try_to_sign_in_as(&tabs[0], &in_tab()).unwrap();
    for tab in &tabs {
        tab.clock_offset.set(-86_400);
    }
    block_on(first.revoke()).unwrap();
    assert!(open(&tabs[1], &in_tab()).is_none());
    world.settle();
}

#[test]
fn tokens_that_come_after_a_sign_out_elsewhere_are_given_back() {
    let mut was_late = false;
    for steps in 1..12 {
        let world = world();
        let first = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
        let second = open(&world.tab(), &on_device()).unwrap();
        let mut refreshing = pin!(first.refresh());
        let mut is_done = false;
        for _ in 0..steps {
            let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
            is_done = is_done || refreshing.as_mut().poll(context).is_ready();
        }
        block_on(second.revoke()).unwrap();
        if !is_done {
            let _ = block_on(refreshing);
        }
        world.settle();
        let good = world.server.borrow().good_refresh_tokens();
        assert!(good.is_empty(), "after {steps} steps: {good:?}");
        was_late |= world.server.borrow().revoked.contains(&"refresh-2".to_owned());
        assert!(!first.is_active() && !second.is_active());
    }
    assert!(was_late, "in none of these did the answer come too late, so nothing was tested");
}

#[test]
fn a_renewal_that_heard_nothing_of_a_sign_out_brings_no_session_back() {
    let mut was_late = false;
    for (config, steps) in [on_device(), in_tab(), config()].iter().flat_map(|config| (1..12).map(move |n| (config, n)))
    {
        let world = world();
        let tab = world.tab();
        let first = try_to_sign_in_as(&tab, config).unwrap();
        let other = match config.storage {
            Choice::Device => open(&world.tab(), config).unwrap(),
            _ => try_to_sign_in_as(&world.tab(), config).unwrap(),
        };
        world.set_deaf(true);
        let mut refreshing = pin!(first.refresh());
        let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
        let is_done = (0..steps).any(|_| refreshing.as_mut().poll(context).is_ready());
        block_on(other.revoke()).unwrap();
        if !is_done {
            was_late |= block_on(refreshing).is_err();
            assert!(!first.is_active(), "after {steps} steps");
        }
        block_on(first.refresh_if_due()).unwrap();
        world.settle();
        assert!(!first.is_active() && open(&tab, config).is_none(), "after {steps} steps");
        assert!(world.server.borrow().good_refresh_tokens().is_empty(), "after {steps} steps");
        assert!(!world.device_text().contains("refresh-") && !tab.stored_text().contains("refresh-"));
    }
    assert!(was_late, "in none of these did the answer come too late, so nothing was tested");
}

#[test]
fn what_is_over_says_so_and_not_that_a_refresh_token_is_missing() {
    let world = world();
    let first = try_to_sign_in_as(&world.tab(), &in_tab()).unwrap();
    let second = try_to_sign_in_as(&world.tab(), &in_tab()).unwrap();
    block_on(first.revoke()).unwrap();
    for session in [&first, &second] {
        assert_eq!(code_of(block_on(session.access_token())), "session_over");
        assert_eq!(code_of(block_on(session.refresh())), "session_over");
    }
    world.settle();
}

fn as_person(sub: &'static str) -> impl Fn(&Rc<ProviderTab>) -> Session<ProviderTab> {
    move |tab| {
        tab.world.server.borrow_mut().edit_id_token = Box::new(move |_, claims| claims["sub"] = sub.into());
        try_to_sign_in_as(tab, &on_device()).unwrap()
    }
}

#[test]
fn a_stronger_sign_in_of_the_same_person_drops_the_key_of_the_session_before_and_leaves_the_grant() {
    let world = world();
    drop(as_person("ada")(&world.tab()));
    let stronger = as_person("ada")(&world.tab());
    world.settle();
    assert_eq!(world.keys_kept(), 1, "its own");
    assert!(world.server.borrow().revoked.is_empty(), "an authorizer with one grant would end the new session too");
    block_on(stronger.refresh()).unwrap();
}

#[test]
fn another_person_who_signs_in_gives_back_what_the_one_before_had() {
    let world = world();
    drop(as_person("ada")(&world.tab()));
    let grace = as_person("grace")(&world.tab());
    world.settle();
    assert_eq!(world.server.borrow().revoked, ["refresh-1", "access-1"]);
    assert_eq!(world.keys_kept(), 1, "her own");
    block_on(grace.refresh()).unwrap();
    assert!(open(&world.tab(), &on_device()).is_some());
}

#[test]
fn a_sign_in_leaves_alone_what_a_duplicate_of_its_tab_has() {
    let world = world();
    let config = ClientConfig { dpop: true, ..in_tab() };
    let tab = world.tab();
    drop(try_to_sign_in_as(&tab, &config).unwrap());
    let copy = tab.duplicate();
    drop(try_to_sign_in_as(&tab, &config).unwrap());
    world.settle();
    assert!(world.server.borrow().revoked.is_empty());
    block_on(open(&copy, &config).unwrap().refresh()).unwrap();
}

#[test]
fn a_duplicate_whose_tokens_are_over_and_that_cannot_renew_them_is_no_session() {
    let world = world();
    let tab = world.tab();
    let original = try_to_sign_in_as(&tab, &in_tab()).unwrap();
    let copy = open(&tab.duplicate(), &in_tab()).unwrap();
    block_on(original.refresh()).unwrap();
    world.pass(301);
    assert!(block_on(copy.access_token()).is_err());
    assert!(!copy.is_active());
}

fn without_refresh_token(tokens: &mut Value) {
    tokens.as_object_mut().unwrap().remove("refresh_token");
}

#[test]
fn tokens_that_are_over_and_cannot_be_renewed_are_no_session() {
    for config in [in_tab(), on_device()] {
        let world = world();
        world.server.borrow_mut().edit_tokens = Box::new(without_refresh_token);
        let tab = world.tab();
        let session = try_to_sign_in_as(&tab, &config).unwrap();
        world.pass(299);
        assert!(open(&tab, &config).is_some());
        world.pass(2);
        assert!(open(&tab, &config).is_none(), "nothing of it is resumed");
        assert!(block_on(session.access_token()).is_err());
        assert!(!session.is_active(), "and a page that is open ends it where it is used");
        world.settle();
        let kept = [tab.stored_text(), world.device_text()].concat();
        assert!(!kept.contains("access-1") && !kept.contains("Ada"), "{kept}");
        assert_eq!(world.keys_kept(), 0);
    }
}

#[test]
fn a_page_that_wakes_up_after_its_tokens_ended_for_good_is_signed_out() {
    let world = world();
    world.server.borrow_mut().edit_tokens = Box::new(without_refresh_token);
    let session = try_to_sign_in_as(&world.tab(), &config()).unwrap();
    world.pass(301);
    block_on(session.refresh_if_due()).unwrap();
    assert!(!session.is_active());
}

#[test]
fn a_token_whose_end_nobody_knows_ends_no_session() {
    let world = world();
    world.server.borrow_mut().edit_tokens = Box::new(|tokens| {
        without_refresh_token(tokens);
        tokens.as_object_mut().unwrap().remove("expires_in");
    });
    let tab = world.tab();
    drop(try_to_sign_in_as(&tab, &in_tab()).unwrap());
    world.pass(1_000_000);
    assert!(block_on(open(&tab, &in_tab()).unwrap().access_token()).is_ok());
}
