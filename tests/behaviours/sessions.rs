//! Behaviours 9 to 15: from the session to its end.

use std::rc::Rc;

use pkce_login::client::ports::HttpFailure;
use pkce_login::client::{BeginOptions, ClientConfig, LoginError, Session, Storage as Choice};
use pkce_login::protocol::authorization_request::StartedLogin;

use crate::helpers::{
    ProviderTab, authorize, begin, code_of, config, finish, page, sign_in, try_to_sign_in, try_to_sign_in_as, world,
};
use crate::support::executor::{Task, block_on, run_all};
use crate::support::provider::{Answer, ISSUER, html_response, oauth_error};
use crate::support::random::Random;
use crate::support::world::Fate;

fn on_device() -> ClientConfig {
    ClientConfig { storage: Choice::Device, dpop: true, ..config() }
}

/// A person with the app open in two tabs.
fn two_tabs(world: &Rc<crate::support::world::World<crate::support::provider::Provider>>) -> [Session<ProviderTab>; 2] {
    let first = try_to_sign_in_as(&world.tab(), &on_device()).unwrap();
    let second = block_on(world.tab().page(&on_device()).resume()).unwrap();
    [first, second]
}

#[test]
fn behaviour_09_all_who_need_a_new_token_in_all_tabs_make_one_request() {
    let world = world();
    let [first, second] = two_tabs(&world);
    world.pass(290);
    world.forget_requests();
    let uses: Vec<Task<'_>> = [&first, &second, &first, &second, &first]
        .map(|session| -> Task<'_> {
            Box::pin(async move {
                assert_eq!(session.access_token().await.unwrap().1.expose(), "access-2");
            })
        })
        .into();
    run_all(uses, &mut Random::new(9));
    assert_eq!((world.token_requests().len(), world.most_in_flight()), (1, 1));
}

#[test]
fn behaviour_09_a_tab_looks_again_before_it_spends_a_token_or_gives_up() {
    let world = world();
    let [first, second] = two_tabs(&world);
    // The second tab was frozen while the first one renewed the tokens: its refresh token is spent.
    world.set_deaf(true);
    block_on(first.refresh()).unwrap();
    world.server.borrow_mut().token_endpoint = Some(Box::new(|| Ok(oauth_error("invalid_grant"))));
    world.forget_requests();
    block_on(second.refresh()).unwrap();
    assert!(second.is_active() && world.token_requests().is_empty());
    assert_eq!(block_on(second.access_token()).unwrap().1.expose(), "access-2");
}

#[test]
fn behaviour_10_a_clock_that_is_ten_minutes_off_signs_in_and_is_told() {
    let offsets = [90, 600, 3_600, 86_300];
    let offsets =
        offsets.into_iter().flat_map(|offset| [offset, -offset]).flat_map(|offset| [(offset, true), (offset, false)]);
    for (offset, shows_date) in offsets {
        let world = world();
        world.server.borrow_mut().shows_date = shows_date;
        let tab = world.tab();
        tab.clock_offset.set(offset);
        let session = sign_in(&tab);
        assert_eq!(session.clock_is_ahead_by(), Some(offset));
        for _ in 0..50 {
            block_on(session.access_token()).unwrap();
        }
        assert_eq!(world.token_requests().len(), 1, "a wrong clock is no reason to renew");
        world.pass(300);
        assert_eq!(block_on(session.access_token()).unwrap().1.expose(), "access-2", "and the token ends in time");
    }
}

#[test]
fn behaviour_10_where_nobody_can_tell_the_time_the_clock_is_named() {
    // Beyond a day nothing is learned: then the clock is broken, not set wrongly.
    for offset in [90_000, -90_000] {
        let world = world();
        world.server.borrow_mut().shows_date = false;
        let tab = world.tab();
        tab.clock_offset.set(offset);
        let error = try_to_sign_in(&tab).unwrap_err();
        let texts = error.explain();
        let words = [texts.happened, texts.means, texts.to_do].join(" ");
        assert!(words.contains("clock"), "{}: {words}", error.code());
    }
}

#[test]
fn behaviour_10_a_clock_that_changes_while_signed_in_makes_no_loop() {
    for offset in [86_400, -86_400] {
        let world = world();
        let tab = world.tab();
        let session = sign_in(&tab);
        tab.clock_offset.set(offset);
        for _ in 0..50 {
            let _ = block_on(session.access_token());
            let _ = block_on(session.refresh_if_due());
        }
        assert!(world.token_requests().len() <= 2, "{} requests", world.token_requests().len());
        assert!(session.is_active());
    }
}

#[test]
fn behaviour_11_after_hours_of_sleep_the_first_use_renews_once() {
    let world = world();
    let session = sign_in(&world.tab());
    world.pass(8 * 3600);
    let copy = session.clone();
    let wakes: Vec<Task<'_>> = vec![
        Box::pin(async { session.refresh_if_due().await.unwrap() }),
        Box::pin(async { copy.refresh_if_due().await.unwrap() }),
        Box::pin(async { assert_eq!(copy.access_token().await.unwrap().1.expose(), "access-2") }),
    ];
    run_all(wakes, &mut Random::new(11));
    assert_eq!(world.token_requests().len(), 2);
}

#[test]
fn behaviour_11_a_page_that_wakes_before_its_network_rests_and_then_goes_on() {
    let world = world();
    let session = sign_in(&world.tab());
    world.pass(3600);
    world.go_offline();
    // Three events of the browser come at once, and the network is not there yet.
    for _ in 0..3 {
        let _ = block_on(session.refresh_if_due());
    }
    assert_eq!((world.token_requests().len(), session.is_active()), (2, true));
    world.go_online();
    world.pass(11);
    block_on(session.refresh_if_due()).unwrap();
    assert_eq!(block_on(session.access_token()).unwrap().1.expose(), "access-2");
}

/// One thing that goes wrong in a login, and what the person meets then.
type Failure = fn(&Rc<ProviderTab>) -> (Option<StartedLogin>, LoginError);

fn answered(tab: &Rc<ProviderTab>, change: impl FnOnce(Answer) -> Answer) -> (Option<StartedLogin>, LoginError) {
    let started = begin(&page(tab));
    let answer = change(authorize(tab, &started));
    let error = finish(&page(tab), &answer).unwrap_err();
    (Some(started), error)
}

#[test]
fn behaviour_14_every_failure_has_a_code_a_phase_and_three_sentences_and_no_secret() {
    let failures: [Failure; 9] = [
        |tab| {
            tab.has_entropy.set(false);
            (None, block_on(page(tab).begin(&BeginOptions::default())).unwrap_err())
        },
        |tab| {
            tab.world.server.borrow_mut().metadata["issuer"] = "https://evil.example".into();
            (None, block_on(page(tab).begin(&BeginOptions::default())).unwrap_err())
        },
        |tab| answered(tab, |answer| answer.changed("state", "MARKER-state")),
        |tab| answered(tab, |answer| answer.changed("iss", "https://MARKER.example")),
        |tab| answered(tab, |answer| answer.changed("code", "MARKER-code")),
        |tab| {
            tab.world.server.borrow_mut().token_endpoint = Some(Box::new(|| Err(HttpFailure::CorsBlocked)));
            answered(tab, |answer| answer)
        },
        |tab| {
            tab.world.server.borrow_mut().token_endpoint = Some(Box::new(|| Ok(html_response(502))));
            answered(tab, |answer| answer)
        },
        |tab| {
            tab.world.server.borrow_mut().edit_id_token = Box::new(|_, claims| claims["aud"] = "MARKER-aud".into());
            answered(tab, |answer| answer)
        },
        |tab| {
            tab.has_crypto.set(false);
            answered(tab, |answer| answer)
        },
    ];
    for failure in failures {
        let world = world();
        let tab = world.tab();
        let (started, error) = failure(&tab);
        let texts = error.explain();
        let code = error.code();
        assert!(!code.is_empty() && code.bytes().all(|octet| octet.is_ascii_lowercase() || octet == b'_'), "{code}");
        for text in [texts.happened, texts.means, texts.to_do] {
            assert!(text.ends_with('.'), "{code}: {text}");
        }
        let shown = format!("{error} {error:?} {:?} {texts:?}", error.phase());
        assert!(!shown.contains("MARKER") && !shown.contains("access-1"), "{shown}");
        if let Some(started) = started {
            for secret in [started.pending.verifier.expose(), started.pending.state.expose()] {
                assert!(!shown.contains(secret), "{shown}");
                // A login that a foreign answer did not touch still waits for its own.
                assert_eq!(tab.stored_text().contains(secret), code == "state_mismatch", "{code}");
            }
        }
        assert!(!tab.stored_text().contains("access-1"), "{code}");
    }
}

#[test]
fn behaviour_14_nothing_weaker_is_done_where_the_right_thing_cannot_be() {
    let tab = world().tab();
    tab.has_entropy.set(false);
    assert_eq!(code_of(block_on(page(&tab).begin(&BeginOptions::default()))), "no_entropy");
    tab.has_entropy.set(true);
    let open = ClientConfig { redirect_uri: "http://192.168.1.20/callback.html".to_owned(), ..config() };
    assert_eq!(code_of(block_on(tab.page(&open).begin(&BeginOptions::default()))), "redirect_uri_invalid");
    assert_eq!((tab.pending_logins(), tab.world.requests().len()), (0, 2), "description and keys, and then nothing");
    let tab = world().tab();
    tab.world.server.borrow_mut().metadata["code_challenge_methods_supported"] = serde_json::json!(["plain"]);
    assert_eq!(code_of(block_on(page(&tab).begin(&BeginOptions::default()))), "s256_not_supported");
    assert_eq!(tab.pending_logins(), 0);
}

#[test]
fn behaviour_15_the_defaults_keep_nothing_and_lead_nowhere_else() {
    let world = world();
    let tab = world.tab();
    let session = sign_in(&tab);
    assert_eq!((config().storage, session.return_to()), (Choice::Memory, "/"));
    for secret in ["access-1", "refresh-1", "eyJ"] {
        assert!(!tab.stored_text().contains(secret) && !world.device_text().contains(secret));
    }
    for place in ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"] {
        let options = BeginOptions { return_to: place.to_owned(), ..BeginOptions::default() };
        assert_eq!(code_of(block_on(page(&tab).begin(&options))), "return_to_invalid", "{place}");
    }
}

#[test]
fn behaviour_15_tokens_that_are_not_the_apps_to_read_are_not_read() {
    // Opaque ones, and ones that look as if they could be decoded.
    for token in ["opaque", "a.b.c", "eyJhbGciOiJub25lIn0.e30.", "e30.e30.e30"] {
        let world = world();
        world.server.borrow_mut().edit_id_token =
            Box::new(|_, claims| drop(claims.as_object_mut().unwrap().remove("at_hash")));
        world.server.borrow_mut().edit_tokens = Box::new(move |tokens| {
            tokens["access_token"] = token.into();
            tokens["refresh_token"] = format!("{token}-r").into();
        });
        let session = sign_in(&world.tab());
        assert_eq!(block_on(session.access_token()).unwrap().1.expose(), token);
        block_on(session.refresh()).unwrap();
        assert_eq!(world.token_requests()[1].form("refresh_token"), Some(format!("{token}-r")));
    }
}

#[test]
fn behaviour_15_signing_out_clears_what_was_written() {
    for config in [config(), ClientConfig { storage: Choice::Tab, ..config() }, on_device()] {
        let world = world();
        let tab = world.tab();
        let session = try_to_sign_in_as(&tab, &config).unwrap();
        block_on(session.refresh()).unwrap();
        let out = block_on(session.sign_out("https://app.example/"));
        assert!(out.revoked.is_ok() && out.at_authorizer.is_some());
        world.settle();
        assert_eq!((world.keys_kept(), tab.pending_logins()), (0, 0));
        // A tab that shows no page just now has to learn of it: a name made by chance, which says nothing else.
        let device = world.device_text();
        let is_mark = |line: &str| line.starts_with("pkce-login.signed-out.spa https://as.example ");
        assert!(device.lines().all(|line| is_mark(line) && config.storage != Choice::Device), "{device}");
        let kept = tab.stored_text();
        assert!(!["access-", "refresh-", "eyJ", "Ada"].iter().any(|secret| kept.contains(secret)), "{kept}");
        // What is left was public all along, is a mark from which nothing can be made, or waits for the way back.
        let known = ["pkce-login.metadata.", "pkce-login.keys.", "pkce-login.used ", "pkce-login.sign-out "];
        for line in kept.lines() {
            assert!(known.iter().any(|start| line.starts_with(start)), "{line}");
        }
        assert!(kept.contains(ISSUER));
    }
}

#[test]
fn behaviour_09_a_failure_on_the_way_ends_nothing_and_a_grant_that_is_gone_ends_it_everywhere() {
    let world = world();
    let [first, second] = two_tabs(&world);
    world.set_network(|_| Fate::RequestLost);
    assert_eq!(code_of(block_on(first.refresh())), "host_unreachable");
    assert!(first.is_active() && second.is_active());
    world.go_online();
    world.server.borrow_mut().token_endpoint = Some(Box::new(|| Ok(oauth_error("invalid_grant"))));
    assert_eq!(code_of(block_on(first.refresh())), "invalid_grant");
    assert!(!first.is_active() && !second.is_active());
}
