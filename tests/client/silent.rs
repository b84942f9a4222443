//! Sign-ins that nobody pressed a button for.

use pkce_login::client::{BeginOptions, LoginError};
use pkce_login::protocol::authorization_request::Interaction;
use pkce_login::protocol::form::Params;

use crate::helpers::{authorize, begin, code_of, finish, finish_at, page, sign_in, world};
use crate::support::executor::block_on;
use crate::support::provider::{ISSUER, REDIRECT_URI};

#[test]
fn a_silent_sign_in_asks_the_authorizer_to_show_no_page() {
    let tab = world().tab();
    let started = block_on(page(&tab).begin_unasked(&BeginOptions::default())).unwrap();
    assert_eq!(Params::parse(started.url.split_once('?').unwrap().1).get("prompt"), Some("none"));
    assert!(finish(&page(&tab), &authorize(&tab, &started)).unwrap().is_some());
}

#[test]
fn nobody_signed_in_there_is_an_answer_and_not_a_failure() {
    let tab = world().tab();
    let started = block_on(page(&tab).begin_unasked(&BeginOptions::default())).unwrap();
    let url = format!("{REDIRECT_URI}?error=login_required&state={}&iss={ISSUER}", started.pending.state.expose());
    let error = finish_at(&page(&tab), &url).unwrap_err();
    assert!(error.needs_person() && matches!(error, LoginError::Refused(_)));
    assert_eq!(tab.pending_logins(), 0);
}

#[test]
fn nobody_signed_in_there_is_understood_also_where_the_answer_lacks_the_issuer_that_was_announced() {
    for (error, is_understood) in [("login_required", true), ("consent_required", true), ("access_denied", false)] {
        let tab = world().tab();
        let started = block_on(page(&tab).begin_unasked(&BeginOptions::default())).unwrap();
        let url = format!("{REDIRECT_URI}?error={error}&state={}", started.pending.state.expose());
        let refused = finish_at(&page(&tab), &url).unwrap_err();
        // It is refused all the same, and said to be.
        assert_eq!((refused.code(), refused.needs_person()), ("iss_missing", is_understood), "{error}");
    }
    // Another issuer's word counts for nothing.
    let tab = world().tab();
    let started = block_on(page(&tab).begin_unasked(&BeginOptions::default())).unwrap();
    let state = started.pending.state.expose();
    let url = format!("{REDIRECT_URI}?error=login_required&state={state}&iss=https://evil.example");
    let refused = finish_at(&page(&tab), &url).unwrap_err();
    assert_eq!((refused.code(), refused.needs_person()), ("iss_mismatch", false));
}

#[test]
fn a_page_that_signs_in_by_itself_does_not_go_back_and_forth_without_end() {
    let world = world();
    let tab = world.tab();
    let leave = || block_on(page(&tab).begin_unasked(&BeginOptions::default()));
    assert!(leave().is_ok());
    world.pass(6);
    assert!(leave().is_ok());
    world.pass(6);
    assert_eq!(code_of(leave()), "too_many_redirects");
    // A person who presses the button is not held up.
    let started = begin(&page(&tab));
    assert!(finish(&page(&tab), &authorize(&tab, &started)).unwrap().is_some());
    assert!(leave().is_ok(), "what a person asked for is no part of a loop");
    world.pass(60);
    assert!(leave().is_ok());
}

#[test]
fn a_frame_leaves_this_page_where_it_is_and_is_not_counted() {
    let world = world();
    let tab = world.tab();
    for _ in 0..5 {
        let options = BeginOptions { interaction: Interaction::Frame, ..BeginOptions::default() };
        assert!(block_on(page(&tab).begin_unasked(&options)).is_ok());
        world.pass(6);
    }
}

#[test]
fn the_state_says_how_the_person_went_and_cannot_be_guessed() {
    let tab = world().tab();
    for (interaction, marker) in [(Interaction::Redirect, ""), (Interaction::Popup, "p."), (Interaction::Frame, "f.")] {
        let started = block_on(page(&tab).begin(&BeginOptions { interaction, ..BeginOptions::default() })).unwrap();
        let random = started.pending.state.expose().strip_prefix(marker).unwrap();
        assert_eq!(pkce_login::protocol::base64url::decode(random).unwrap().len(), 32);
    }
}

#[test]
fn a_session_stays_while_a_silent_sign_in_fails() {
    let tab = world().tab();
    let session = sign_in(&tab);
    let started = block_on(page(&tab).begin_unasked(&BeginOptions::default())).unwrap();
    let url = format!("{REDIRECT_URI}?error=login_required&state={}&iss={ISSUER}", started.pending.state.expose());
    assert!(finish_at(&page(&tab), &url).is_err());
    assert!(session.is_active());
}

/// A login in a window of its own: the page that asked stays, and takes the answer itself.
fn in_a_window(
    page: &crate::helpers::Page,
) -> Result<pkce_login::protocol::authorization_request::StartedLogin, LoginError> {
    block_on(page.begin(&BeginOptions { interaction: Interaction::Popup, ..BeginOptions::default() }))
}

#[test]
fn a_login_in_a_window_leaves_nothing_in_storage() {
    let world = world();
    let tab = world.tab();
    let page = page(&tab);
    let started = in_a_window(&page).unwrap();
    assert!(!tab.stored_text().contains(started.pending.verifier.expose()));
    assert!(!tab.stored_text().contains(started.pending.state.expose()));
    let answer = authorize(&tab, &started);
    assert!(finish(&page, &answer).unwrap().is_some());
    assert_eq!(code_of(finish(&crate::helpers::page(&tab), &answer)), "no_pending_transaction");
    assert_eq!(world.token_requests().len(), 1);
}

#[test]
fn a_login_in_a_window_works_where_storage_is_blocked() {
    let world = world();
    let tab = world.tab();
    tab.storage.set(crate::support::tab::Storage::Blocked);
    let page = page(&tab);
    let started = in_a_window(&page).unwrap();
    let answer = authorize(&tab, &started);
    assert!(finish(&page, &answer).unwrap().is_some());
}

#[test]
fn an_answer_in_a_window_is_held_to_its_state_like_any_other() {
    let world = world();
    let tab = world.tab();
    let page = page(&tab);
    let started = in_a_window(&page).unwrap();
    let answer = authorize(&tab, &started);
    assert_eq!(code_of(finish(&page, &answer.clone().changed("state", "p.somebody-elses"))), "no_pending_transaction");
    assert_eq!(code_of(finish(&page, &answer.clone().changed("iss", "https://evil.example"))), "iss_mismatch");
    assert_eq!(world.token_requests().len(), 0);
    assert_ne!(code_of(finish(&page, &answer)), "", "the first answer with its state ended the login");
}

#[test]
fn a_silent_sign_in_does_not_take_the_place_of_a_login_in_a_window() {
    let world = world();
    let tab = world.tab();
    let page = page(&tab);
    let window = in_a_window(&page).unwrap();
    let frame =
        block_on(page.begin_unasked(&BeginOptions { interaction: Interaction::Frame, ..BeginOptions::default() }))
            .unwrap();
    let refused = format!("{REDIRECT_URI}?error=login_required&state={}&iss={ISSUER}", frame.pending.state.expose());
    assert!(finish(&page, &authorize(&tab, &window)).unwrap().is_some());
    assert!(finish_at(&page, &refused).unwrap_err().needs_person());
}

#[test]
fn silent_sign_ins_that_work_are_part_of_a_loop_when_nobody_asked_for_them() {
    let world = world();
    let tab = world.tab();
    // An API refuses every token, say, and the app asks for another one each time.
    for _ in 0..2 {
        let started = block_on(page(&tab).begin_unasked(&BeginOptions::default())).unwrap();
        assert!(finish(&page(&tab), &authorize(&tab, &started)).unwrap().is_some());
        world.pass(6);
    }
    assert_eq!(code_of(block_on(page(&tab).begin_unasked(&BeginOptions::default()))), "too_many_redirects");
}
