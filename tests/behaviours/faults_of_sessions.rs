//! Faults 12 to 15 and 19: what other clients lost, or let be seen.

use pkce_login::client::{BeginOptions, ClientConfig, Finished, Storage as Choice};

use crate::helpers::{authorize, begin, code_of, config, finish, page, sign_in, try_to_sign_in_as, world};
use crate::support::built_in::{self, BuiltIn, Person};
use crate::support::executor::{block_on, both};
use crate::support::provider::oauth_error;
use crate::support::tab::Storage;
use crate::support::world::World;

#[test]
fn fault_12_a_refresh_answer_without_a_refresh_token_keeps_the_old_one() {
    for config in [config(), ClientConfig { storage: Choice::Tab, ..config() }] {
        let world = world();
        let tab = world.tab();
        let session = try_to_sign_in_as(&tab, &config).unwrap();
        world.server.borrow_mut().edit_tokens =
            Box::new(|tokens| drop(tokens.as_object_mut().unwrap().remove("refresh_token")));
        block_on(session.refresh()).unwrap();
        assert!(session.can_refresh());
        // Also for the page after this one.
        let session = block_on(tab.page(&config).resume()).unwrap_or(session);
        let _ = block_on(session.refresh());
        assert_eq!(world.token_requests()[2].form("refresh_token").as_deref(), Some("refresh-1"));
    }
}

#[test]
fn fault_13_offline_keeps_the_session_and_invalid_grant_ends_it() {
    let world = world();
    let tab = world.tab();
    let config = ClientConfig { storage: Choice::Tab, ..config() };
    let session = try_to_sign_in_as(&tab, &config).unwrap();
    world.pass(3600);
    world.go_offline();
    assert_eq!(code_of(block_on(session.access_token())), "host_unreachable");
    assert!(session.is_active() && block_on(tab.page(&config).resume()).is_some());
    world.go_online();
    assert_eq!(block_on(session.access_token()).unwrap().1.expose(), "access-2");
    world.server.borrow_mut().token_endpoint = Some(Box::new(|| Ok(oauth_error("invalid_grant"))));
    assert_eq!(code_of(block_on(session.refresh())), "invalid_grant");
    assert!(!session.is_active() && block_on(tab.page(&config).resume()).is_none());
}

#[test]
fn fault_14_two_tabs_and_rotation_make_one_token_request() {
    let world = World::new(BuiltIn::new(14));
    let config = ClientConfig { storage: Choice::Device, dpop: true, ..built_in::config("") };
    let tabs = [world.tab(), world.tab()];
    let started = block_on(tabs[0].page(&config).begin(&BeginOptions::default())).unwrap();
    let back = world.server.borrow_mut().visit(&started.url, Person::SignsInAs("ada"), world.now.get()).unwrap();
    let Finished::SignedIn(first) = block_on(tabs[0].page(&config).finish(&back.url, None)).unwrap() else {
        panic!("nobody was signed in")
    };
    let second = block_on(tabs[1].page(&config).resume()).unwrap();
    world.forget_requests();
    // A token that is sent twice ends the whole session at this authorizer.
    let (one, other) = both(first.refresh(), second.refresh());
    assert!(one.is_ok() && other.is_ok());
    assert_eq!(world.token_requests().len(), 1);
    for session in [&second, &first] {
        block_on(session.userinfo()).unwrap();
        block_on(session.refresh()).unwrap();
    }
    assert_eq!(world.token_requests().len(), 3);
}

#[test]
fn fault_15_a_session_whose_storage_is_blocked_goes_on_in_memory() {
    let world = world();
    let tab = world.tab();
    let config = ClientConfig { storage: Choice::Tab, ..config() };
    let session = try_to_sign_in_as(&tab, &config).unwrap();
    for storage in [Storage::Full, Storage::RefusesWrites, Storage::Blocked] {
        tab.storage.set(storage);
        block_on(session.refresh()).unwrap();
        assert!(session.is_active() && block_on(session.userinfo()).is_ok(), "{storage:?}");
    }
    block_on(session.revoke()).unwrap();
}

#[test]
fn fault_15_a_login_that_could_not_be_remembered_is_not_begun_and_says_so() {
    for storage in [Storage::Full, Storage::RefusesWrites, Storage::Blocked] {
        let world = world();
        let tab = world.tab();
        tab.storage.set(storage);
        let error = block_on(page(&tab).begin(&BeginOptions::default())).unwrap_err();
        assert_eq!((error.code(), tab.pending_logins()), ("storage_blocked", 0));
        assert!(error.explain().to_do.contains("Allow storage"));
        tab.storage.set(Storage::Works);
        sign_in(&tab);
    }
}

#[test]
fn fault_19_nothing_secret_is_printed_or_kept_at_any_stage_of_a_login() {
    let world = world();
    let tab = world.tab();
    let client = page(&tab);
    let mut printed = Vec::new();
    let started = begin(&client);
    printed.push(format!("{:?} {started:?}", client.config()));
    let answer = authorize(&tab, &started);
    let foreign = finish(&client, &answer.clone().changed("state", "foreign")).unwrap_err();
    printed.push(format!("{foreign:?} {foreign}"));
    let session = finish(&client, &answer).unwrap().unwrap();
    let (kind, token) = block_on(session.access_token()).unwrap();
    printed.push(format!("{session:?} {kind:?} {token:?} {:?} {:?}", session.id_token(), session.scope()));
    block_on(session.refresh()).unwrap();
    printed.push(format!("{:?}", block_on(session.userinfo()).unwrap()));
    let used = finish(&page(&tab), &answer).unwrap_err();
    printed.push(format!("{used:?} {used}"));
    let form = world.token_requests().remove(0);
    let out = block_on(session.revoke());
    printed.push(format!("{out:?} {}", world.messages()));
    let secrets = [
        form.form("code").unwrap(),
        form.form("code_verifier").unwrap(),
        started.pending.state.expose().to_owned(),
        started.pending.nonce.as_ref().unwrap().expose().to_owned(),
        "access-".to_owned(),
        "refresh-".to_owned(),
        "eyJ".to_owned(),
    ];
    // What a tool for developers would export of this tab.
    printed.push([tab.stored_text(), world.device_text()].concat());
    // The address of the request is the one that the browser opens: it holds state and nonce, and no verifier.
    printed[0] = printed[0].replace(&started.url, "");
    for text in &printed {
        for secret in &secrets {
            assert!(!text.contains(secret.as_str()), "{secret} is in {text}");
        }
    }
}
