//! Sessions that outlast a page, and tabs that share one.

use std::cell::Cell;
use std::rc::Rc;

use pkce_login::client::{BeginOptions, ClientConfig, Storage as Choice, came_back_from_sign_out};

use crate::helpers::{code_of, config, in_tab, on_device, open, sign_in, try_to_sign_in_as, world};
use crate::support::executor::{block_on, both};
use crate::support::provider::{CLIENT_ID, html_response, oauth_error};
use crate::support::tab::Storage;

#[test]
fn nothing_is_kept_unless_the_app_says_so() {
    let world = world();
    let tab = world.tab();
    let _session = sign_in(&tab);
    for secret in ["access-1", "refresh-1"] {
        assert!(!tab.stored_text().contains(secret) && !world.device_text().contains(secret));
    }
    assert!(open(&tab, &config()).is_none());
}

#[test]
fn a_session_kept_in_the_tab_is_there_after_a_reload_without_a_request() {
    let world = world();
    let tab = world.tab();
    let before = try_to_sign_in_as(&tab, &in_tab()).unwrap();
    let (person, ends) = (before.person().to_owned(), before.expires_at());
    drop(before);
    world.pass(100);
    world.forget_requests();
    let after = open(&tab, &in_tab()).unwrap();
    assert_eq!(world.requests().len(), 0);
    assert_eq!((after.person(), after.expires_at()), (person.as_str(), ends));
    assert_eq!(block_on(after.access_token()).unwrap().1.expose(), "access-1");
    block_on(after.refresh()).unwrap();
    drop(after);
    assert_eq!(block_on(open(&tab, &in_tab()).unwrap().access_token()).unwrap().1.expose(), "access-2");
    assert!(!world.device_text().contains("access-") && !world.device_text().contains("refresh-"));
    assert!(open(&world.tab(), &in_tab()).is_none(), "another tab has nothing of it");
}

#[test]
fn tokens_that_are_not_bound_are_never_kept_on_the_device() {
    let world = world();
    let config = ClientConfig { storage: Choice::Device, ..config() };
    let begun = block_on(world.tab().page(&config).begin(&BeginOptions::default()));
    assert_eq!(code_of(begun), "device_storage_needs_dpop");
    assert_eq!(world.requests().len(), 0);
}

#[test]
fn a_session_kept_on_the_device_is_there_in_every_tab_with_its_key() {
    let world = world();
    let first = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    let second = open(&world.tab(), &on_device()).unwrap();
    block_on(second.userinfo()).unwrap();
    assert_eq!(world.requests().last().unwrap().header("Authorization"), Some("DPoP access-1"));
    assert_eq!(second.person(), first.person());
}

#[test]
fn two_tabs_that_share_a_session_make_one_refresh() {
    let world = world();
    let first = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    let second = open(&world.tab(), &on_device()).unwrap();
    world.forget_requests();
    let (one, other) = both(first.refresh(), second.refresh());
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(world.token_requests().len(), 1);
    for session in [&first, &second] {
        assert_eq!(block_on(session.access_token()).unwrap().1.expose(), "access-2");
    }
}

#[test]
fn a_tab_that_heard_nothing_looks_before_it_refreshes() {
    let world = world();
    let first = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    let tab = world.tab();
    let second = open(&tab, &on_device()).unwrap();
    world.set_deaf(true);
    block_on(first.refresh()).unwrap();
    world.forget_requests();
    block_on(second.refresh()).unwrap();
    assert_eq!(world.token_requests().len(), 0, "the newer token was there already");
    assert_eq!(block_on(second.access_token()).unwrap().1.expose(), "access-2");
}

#[test]
fn an_authorizer_that_forgot_the_grant_ends_the_session_in_every_tab() {
    let world = world();
    let first = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    let second = open(&world.tab(), &on_device()).unwrap();
    let told = Rc::new(Cell::new(0));
    let counter = Rc::clone(&told);
    second.watch(move || counter.set(counter.get() + 1));
    world.server.borrow_mut().token_endpoint = Some(Box::new(|| Ok(oauth_error("invalid_grant"))));
    assert_eq!(code_of(block_on(first.refresh())), "invalid_grant");
    assert!(!first.is_active() && !second.is_active());
    assert_eq!(told.get(), 1);
    assert!(!world.device_text().contains("refresh-1"));
    assert!(open(&world.tab(), &on_device()).is_none());
}

#[test]
fn another_persons_session_is_not_ended_with_it() {
    let world = world();
    let (first, second) = (sign_in(&world.tab()), sign_in(&world.tab()));
    world.server.borrow_mut().token_endpoint = Some(Box::new(|| Ok(oauth_error("invalid_grant"))));
    let _ = block_on(first.refresh());
    assert!(second.is_active(), "a session of its own, with a grant of its own");
}

#[test]
fn signing_out_ends_the_app_in_every_tab_whatever_it_keeps() {
    for config in [config(), in_tab(), on_device()] {
        let world = world();
        let tabs = [world.tab(), world.tab()];
        let sessions = tabs.each_ref().map(|tab| try_to_sign_in_as(tab, &config).unwrap());
        block_on(sessions[0].revoke()).unwrap();
        assert!(sessions.iter().all(|session| !session.is_active()));
        for tab in &tabs {
            assert!(open(tab, &config).is_none());
            assert!(!tab.stored_text().contains("refresh-"));
        }
        assert!(!world.device_text().contains("refresh-"));
    }
}

#[test]
fn signing_out_of_one_app_leaves_the_others() {
    let world = world();
    let tab = world.tab();
    let session = sign_in(&tab);
    let other = format!(r#"{{"message":"signed_out","name":"another-app {}"}}"#, config().issuer);
    world.tell(std::ptr::null(), &other);
    assert!(session.is_active());
    world.tell(std::ptr::null(), &format!(r#"{{"message":"signed_out","name":"{CLIENT_ID} {}"}}"#, config().issuer));
    assert!(!session.is_active());
}

#[test]
fn the_key_goes_with_the_session() {
    let world = world();
    let session = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    assert_eq!(world.keys_kept(), 1);
    block_on(session.revoke()).unwrap();
    assert_eq!(world.keys_kept(), 0);
}

#[test]
fn a_kept_session_whose_key_is_gone_is_none() {
    let world = world();
    let _ = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    world.clear_keys();
    assert!(open(&world.tab(), &on_device()).is_none());
    assert!(!world.device_text().contains("access-1"));
}

#[test]
fn news_between_tabs_hold_no_token() {
    let world = world();
    let first = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    block_on(first.refresh()).unwrap();
    block_on(first.revoke()).unwrap();
    let messages = world.messages();
    assert!(messages.contains("renewed") && messages.contains("signed_out"));
    for secret in ["access-", "refresh-", "eyJ"] {
        assert!(!messages.contains(secret), "{messages}");
    }
}

#[test]
fn a_record_that_was_damaged_or_is_for_another_app_is_none() {
    let tab = world().tab();
    let _ = try_to_sign_in_as(&tab, &in_tab()).unwrap();
    let (key, record) = tab.stored("pkce-login.session.").unwrap();
    assert!(open(&tab, &in_tab()).is_some());
    for damaged in [
        String::new(),
        "{}".to_owned(),
        record[..record.len() / 2].to_owned(),
        record.replace("\"client_id\":\"spa\"", "\"client_id\":\"other\""),
        record.replace("https://as.example\"", "https://evil.example\""),
        record.replace("\"token_type\":\"Bearer\"", "\"token_type\":\"mac\""),
        record.replace("\"nonce\":\"", "\"nonce\":\"x"),
        record.replace("\"received_at\":", "\"received_at\":\"x\",\"x\":"),
    ] {
        assert_ne!(damaged, record);
        tab.store(&key, &damaged);
        assert!(open(&tab, &in_tab()).is_none(), "{damaged}");
    }
}

#[test]
fn storage_that_refuses_a_renewed_token_does_not_keep_the_spent_one() {
    let tab = world().tab();
    let session = try_to_sign_in_as(&tab, &in_tab()).unwrap();
    tab.storage.set(Storage::Full);
    block_on(session.refresh()).unwrap();
    assert!(session.is_active() && block_on(session.refresh()).is_ok());
    assert!(!tab.stored_text().contains("refresh-1"));
}

#[test]
fn storage_that_is_blocked_does_not_end_a_session_that_is_kept() {
    let tab = world().tab();
    let session = try_to_sign_in_as(&tab, &on_device()).unwrap();
    tab.storage.set(Storage::Blocked);
    block_on(session.refresh()).unwrap();
    assert!(session.is_active());
}

#[test]
fn somebody_else_who_signs_in_on_the_device_does_not_get_into_this_session() {
    let world = world();
    let ada = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    let grace = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    // Whoever signed in last has the device; the other tab does not go on with those tokens as if they were its own.
    assert_eq!(code_of(block_on(ada.refresh())), "session_over");
    assert!(!ada.is_active() && grace.is_active());
    assert!(open(&world.tab(), &on_device()).is_some());
}

#[test]
fn waking_up_renews_what_is_near_its_end_and_nothing_else() {
    let world = world();
    let session = sign_in(&world.tab());
    block_on(session.refresh_if_due()).unwrap();
    assert_eq!(world.token_requests().len(), 1);
    world.pass(10_000);
    block_on(session.refresh_if_due()).unwrap();
    assert_eq!(world.token_requests().len(), 2);
    assert_eq!(session.expires_at(), Some(world.now.get() + 300));
}

#[test]
fn waking_up_offline_again_and_again_rests_longer_and_longer() {
    let world = world();
    let session = sign_in(&world.tab());
    world.pass(290);
    world.go_offline();
    for _ in 0..600 {
        let _ = block_on(session.refresh_if_due());
        world.pass(1);
    }
    let tried = world.token_requests().len() - 1;
    assert!((2..=12).contains(&tried), "{tried} requests in ten minutes");
    assert!(session.is_active());
    world.go_online();
    world.pass(301);
    block_on(session.refresh_if_due()).unwrap();
    assert!(session.expires_at() > Some(world.now.get()));
}

#[test]
fn a_clock_that_is_set_back_does_not_make_a_token_last_longer() {
    let world = world();
    let tab = world.tab();
    let session = sign_in(&tab);
    world.pass(310);
    tab.clock_offset.set(-600);
    assert_eq!(block_on(session.access_token()).unwrap().1.expose(), "access-2");
}

#[test]
fn a_token_that_lives_for_seconds_is_not_renewed_at_every_use() {
    let world = world();
    world.server.borrow_mut().edit_tokens = Box::new(|tokens| tokens["expires_in"] = 20.into());
    let session = sign_in(&world.tab());
    for _ in 0..10 {
        block_on(session.access_token()).unwrap();
    }
    assert_eq!(world.token_requests().len(), 1);
    world.pass(16);
    block_on(session.access_token()).unwrap();
    assert_eq!(world.token_requests().len(), 2);
}

#[test]
fn a_token_that_is_still_good_is_used_when_it_cannot_be_renewed() {
    let world = world();
    let session = sign_in(&world.tab());
    world.pass(280);
    world.go_offline();
    assert_eq!(block_on(session.access_token()).unwrap().1.expose(), "access-1");
    world.pass(20);
    assert_eq!(code_of(block_on(session.access_token())), "host_unreachable");
    assert!(session.is_active());
}

#[test]
fn the_way_back_from_a_sign_out_is_known_by_its_state_once() {
    let tab = world().tab();
    let session = sign_in(&tab);
    let out = block_on(session.sign_out("https://app.example/"));
    assert_eq!(out.revoked, Ok(()));
    let url = out.at_authorizer.unwrap();
    let request = pkce_login::protocol::form::Params::parse(url.split_once('?').unwrap().1);
    let back = format!("https://app.example/?state={}", request.get("state").unwrap());
    assert!(!came_back_from_sign_out(&*tab, "https://app.example/?state=somebody-elses"));
    assert!(!came_back_from_sign_out(&*tab, "https://app.example/"));
    assert!(came_back_from_sign_out(&*tab, &back));
    assert!(!came_back_from_sign_out(&*tab, &back), "once");
}

#[test]
fn a_clock_that_is_off_by_more_than_a_day_does_not_cost_the_session() {
    let world = world();
    let tab = world.tab();
    let session = sign_in(&tab);
    tab.clock_offset.set(-90_000);
    assert_eq!(code_of(block_on(session.refresh())), "iat_in_future");
    assert!(session.is_active());
    tab.clock_offset.set(0);
    block_on(session.refresh()).unwrap();
    assert_eq!(world.token_requests()[2].form("refresh_token").as_deref(), Some("refresh-2"));
}

#[test]
fn a_duplicated_tab_does_not_use_a_refresh_token_that_the_other_one_spent() {
    let world = world();
    let tab = world.tab();
    let original = try_to_sign_in_as(&tab, &in_tab()).unwrap();
    let copy = open(&tab.duplicate(), &in_tab()).unwrap();
    block_on(original.refresh()).unwrap();
    world.forget_requests();
    assert_eq!(code_of(block_on(copy.refresh())), "no_refresh_token");
    assert_eq!(world.token_requests().len(), 0, "to the authorizer it would look stolen");
    assert!(copy.is_active() && block_on(copy.access_token()).is_ok(), "until its access token ends");
    block_on(original.refresh()).unwrap();
    assert!(!world.device_text().contains("refresh-"));
}

#[test]
fn two_copies_of_a_tab_that_refresh_at_once_send_one_token_once() {
    let world = world();
    let tab = world.tab();
    let original = try_to_sign_in_as(&tab, &in_tab()).unwrap();
    let copy = open(&tab.duplicate(), &in_tab()).unwrap();
    let (one, other) = both(original.refresh(), copy.refresh());
    assert!(one.is_ok() != other.is_ok());
    assert_eq!(world.token_requests().len(), 2, "the sign-in and one refresh");
}

#[test]
fn what_a_sign_out_came_to_can_be_logged() {
    let session = sign_in(&world().tab());
    let out = block_on(session.sign_out("https://app.example/"));
    let url = out.at_authorizer.clone().unwrap();
    let request = pkce_login::protocol::form::Params::parse(url.split_once('?').unwrap().1);
    for secret in ["id_token_hint", "state"] {
        assert!(!format!("{out:?}").contains(request.get(secret).unwrap()), "{secret}");
    }
}

#[test]
fn waking_up_while_the_authorizer_is_out_of_order_rests_as_well() {
    let world = world();
    let session = sign_in(&world.tab());
    world.pass(290);
    world.server.borrow_mut().token_endpoint = Some(Box::new(|| Ok(html_response(503))));
    for _ in 0..600 {
        let _ = block_on(session.refresh_if_due());
        world.pass(1);
    }
    let tried = world.token_requests().len() - 1;
    assert!((2..=12).contains(&tried), "{tried} requests in ten minutes");
}
