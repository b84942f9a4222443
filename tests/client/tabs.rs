//! Pages and tabs that share a session, and what happens in one of them while another is busy.

use std::pin::pin;

use pkce_login::client::ports::{HttpFailure, Place, Store as _};
use pkce_login::client::{BeginOptions, ClientConfig, Session, Storage as Choice};

use crate::helpers::{
    ProviderTab, authorize, code_of, config, finish, in_tab, on_device, open, try_to_sign_in_as, world,
};
use crate::support::executor::{block_on, both, step};
use crate::support::tab::Storage;

fn token(session: &Session<ProviderTab>) -> String {
    block_on(session.access_token()).unwrap().1.expose().to_owned()
}

#[test]
fn a_page_that_opens_while_another_tab_renews_does_not_put_the_spent_tokens_back() {
    let world = world();
    let first = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    let page = world.tab().page(&on_device());
    let mut opening = pin!(page.resume());
    // It has read what is kept, and waits for its key.
    step(opening.as_mut());
    block_on(first.refresh()).unwrap();
    let second = block_on(opening).unwrap();
    assert_eq!(token(&second), "access-2");
    assert!(!world.device_text().contains("refresh-1"));
    block_on(first.refresh()).unwrap();
    assert_eq!(token(&first), "access-3");
}

#[test]
fn a_page_that_opens_while_another_tab_signs_out_stays_signed_out() {
    let world = world();
    let first = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    let page = world.tab().page(&on_device());
    let mut opening = pin!(page.resume());
    step(opening.as_mut());
    block_on(first.revoke()).unwrap();
    assert!(block_on(opening).is_none());
    assert!(!world.device_text().contains("refresh-1"));
}

#[test]
fn a_page_that_opens_while_somebody_else_signs_in_gets_that_session() {
    let world = world();
    let _ada = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    let page = world.tab().page(&on_device());
    let mut opening = pin!(page.resume());
    step(opening.as_mut());
    let grace = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    assert_eq!(token(&block_on(opening).unwrap()), token(&grace));
    assert!(!world.device_text().contains("refresh-1"));
}

#[test]
fn a_key_that_cannot_be_reached_just_now_does_not_sign_out_every_tab() {
    let world = world();
    let first = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    let tab = world.tab();
    tab.has_keys.set(false);
    assert!(open(&tab, &on_device()).is_none());
    block_on(first.refresh()).unwrap();
    tab.has_keys.set(true);
    assert_eq!(token(&open(&tab, &on_device()).unwrap()), "access-2");
}

#[test]
fn a_refresh_token_that_another_tab_could_only_half_use_is_not_sent_again() {
    let world = world();
    let first = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    let second = open(&world.tab(), &on_device()).unwrap();
    // The keys are old, and nobody can be asked for new ones: the new refresh token is kept, the rest is not used.
    world.pass(601);
    world.server.borrow_mut().keys_endpoint = Some(Box::new(|| Err(HttpFailure::Unreachable)));
    assert_eq!(code_of(block_on(first.refresh())), "host_unreachable");
    world.server.borrow_mut().keys_endpoint = None;
    world.forget_requests();
    block_on(second.refresh()).unwrap();
    assert_eq!(world.token_requests()[0].form("refresh_token").as_deref(), Some("refresh-2"));
    assert!(first.is_active() && token(&second) == "access-3");
}

#[test]
fn tabs_make_one_refresh_also_where_the_refresh_token_stays_the_same() {
    let world = world();
    let first = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    let second = open(&world.tab(), &on_device()).unwrap();
    world.server.borrow_mut().edit_tokens = Box::new(|tokens| tokens["refresh_token"] = "refresh-1".into());
    world.forget_requests();
    let (one, other) = both(first.refresh(), second.refresh());
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(world.token_requests().len(), 1);
    assert_eq!((token(&first), token(&second)), ("access-2".to_owned(), "access-2".to_owned()));
}

#[test]
fn a_slow_refresh_does_not_take_the_device_from_whoever_signed_in_meanwhile() {
    for config in [on_device(), in_tab()] {
        let world = world();
        let tab = world.tab();
        let ada = try_to_sign_in_as(&tab, &config).unwrap();
        let mut refreshing = pin!(ada.refresh());
        step(refreshing.as_mut());
        let grace = try_to_sign_in_as(&tab, &config).unwrap();
        let _ = block_on(refreshing);
        assert_eq!(token(&open(&tab, &config).unwrap()), token(&grace));
        block_on(grace.refresh_if_due()).unwrap();
        assert!(grace.is_active());
    }
}

#[test]
fn storage_that_is_full_does_not_end_a_session_on_the_device() {
    for storage in [Storage::Full, Storage::RefusesWrites] {
        let world = world();
        let tab = world.tab();
        let session = try_to_sign_in_as(&tab, &on_device()).unwrap();
        tab.storage.set(storage);
        block_on(session.refresh()).unwrap();
        block_on(session.refresh_if_due()).unwrap();
        assert_eq!((session.is_active(), token(&session).as_str()), (true, "access-2"), "{storage:?}");
        block_on(session.refresh()).unwrap();
        assert_eq!(token(&session), "access-3", "{storage:?}");
    }
}

#[test]
fn a_page_that_is_restored_takes_what_a_later_page_of_its_tab_renewed() {
    let world = world();
    let tab = world.tab();
    let left = try_to_sign_in_as(&tab, &in_tab()).unwrap();
    let later = open(&tab, &in_tab()).unwrap();
    block_on(later.refresh()).unwrap();
    drop(later);
    block_on(left.refresh_if_due()).unwrap();
    assert_eq!(token(&left), "access-2");
    world.pass(290);
    assert_eq!(token(&left), "access-3");
}

#[test]
fn a_key_lasts_a_month_from_the_last_use_and_not_from_the_sign_in() {
    const DAY: i64 = 86_400;
    let world = world();
    let tab = world.tab();
    let session = try_to_sign_in_as(&tab, &on_device()).unwrap();
    for _ in 0..3 {
        world.pass(20 * DAY);
        assert!(block_on(session.access_token()).is_ok());
    }
    // Making a key removes those whose time is over.
    let _ = block_on(world.tab().page(&on_device()).begin(&BeginOptions::default())).unwrap();
    assert!(open(&tab, &on_device()).is_some());
}

#[test]
fn a_login_that_was_begun_without_a_key_is_not_finished_where_one_is_wanted() {
    let world = world();
    let tab = world.tab();
    let started = block_on(tab.page(&config()).begin(&BeginOptions::default())).unwrap();
    let answer = authorize(&tab, &started);
    assert_eq!(code_of(finish(&tab.page(&on_device()), &answer)), "key_lost");
    assert_eq!(world.token_requests().len(), 0);
    assert!(!world.device_text().contains("access-"));
}

#[test]
fn tokens_that_are_not_bound_do_not_get_onto_the_device_by_the_callback() {
    let unbound = ClientConfig { storage: Choice::Device, ..config() };
    let world = world();
    let tab = world.tab();
    let started = block_on(tab.page(&config()).begin(&BeginOptions::default())).unwrap();
    let answer = authorize(&tab, &started);
    assert_eq!(code_of(finish(&tab.page(&unbound), &answer)), "device_storage_needs_dpop");
    assert_eq!(world.token_requests().len(), 0);
    assert!(!world.device_text().contains("access-"));
    // Nor are they taken from there.
    let _ = try_to_sign_in_as(&tab, &in_tab()).unwrap();
    let (key, record) = tab.stored("pkce-login.session.").unwrap();
    tab.set(Place::Device, &key, &record).unwrap();
    assert!(open(&tab, &unbound).is_none());
}
