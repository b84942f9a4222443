//! What a code is bound to, and how often it works.

use super::world::*;

#[test]
fn a_code_is_good_for_tokens_once() {
    let mut world = World::new();
    let code = world.code(&[]);
    granted(&world.redeem(&code, &[]));
    assert_eq!(error(&world.redeem(&code, &[])), "invalid_grant");
    assert!(world.refused_by("S-13"));
}

#[test]
fn a_replayed_code_revokes_the_first_tokens() {
    let mut world = World::new();
    let code = world.code(&[]);
    let tokens = granted(&world.redeem(&code, &[]));
    assert!(world.is_active(&text(&tokens, "access_token")));
    world.redeem(&code, &[]);
    assert!(!world.is_active(&text(&tokens, "access_token")));
    assert_eq!(error(&world.refresh(&text(&tokens, "refresh_token"), &[])), "invalid_grant");
}

#[test]
fn a_code_that_is_replayed_long_after_it_expired_still_revokes() {
    let mut world = World::new();
    let code = world.code(&[]);
    let tokens = granted(&world.redeem(&code, &[]));
    world.now += 3_600;
    world.redeem(&code, &[]);
    assert_eq!(error(&world.refresh(&text(&tokens, "refresh_token"), &[])), "invalid_grant");
}

#[test]
fn a_replay_without_the_right_secret_does_not_sign_anyone_out() {
    let mut world = World::new();
    let code = world.code(&[]);
    let tokens = granted(&world.redeem(&code, &[]));
    for _ in 0..10 {
        for wrong in [verifier(9).expose(), ""] {
            assert_eq!(error(&world.redeem(&code, &[("code_verifier", wrong)])), "invalid_grant");
        }
    }
    assert!(world.is_active(&text(&tokens, "access_token")));
    // And failures on a spent code do not stop the answer to a real replay.
    world.redeem(&code, &[]);
    assert!(!world.is_active(&text(&tokens, "access_token")));
}

#[test]
fn a_wrong_missing_or_malformed_secret_is_refused_and_the_code_stays_good() {
    let mut world = World::new();
    let code = world.code(&[]);
    let challenge = verifier(1).challenge();
    for wrong in [verifier(2).expose(), challenge.as_str(), "", "short"] {
        assert_eq!(error(&world.redeem(&code, &[("code_verifier", wrong)])), "invalid_grant", "{wrong}");
    }
    assert!(world.refused_by("S-07"));
    granted(&world.redeem(&code, &[]));
}

#[test]
fn a_code_that_was_tried_in_vain_five_times_is_over() {
    let mut world = World::new();
    let code = world.code(&[]);
    for _ in 0..5 {
        assert_eq!(error(&world.redeem(&code, &[("code_verifier", verifier(2).expose())])), "invalid_grant");
    }
    assert_eq!(error(&world.redeem(&code, &[])), "invalid_grant");
    assert!(world.refused_by("S-14"));
}

#[test]
fn a_code_of_another_client_is_refused() {
    let mut world = World::new();
    let code = world.code(&[]);
    assert_eq!(error(&world.redeem(&code, &[("client_id", OTHER_CLIENT)])), "invalid_grant");
    assert!(world.refused_by("S-10"));
    granted(&world.redeem(&code, &[]));
}

#[test]
fn a_code_needs_the_redirect_uri_of_its_request() {
    let mut world = World::new();
    let code = world.code(&[]);
    for wrong in ["", "https://app.example/callback.html?", OTHER_REDIRECT_URI] {
        assert_eq!(error(&world.redeem(&code, &[("redirect_uri", wrong)])), "invalid_grant", "{wrong}");
    }
    assert!(world.refused_by("S-15"));
}

#[test]
fn a_code_lives_for_sixty_seconds() {
    let mut world = World::new();
    let code = world.code(&[]);
    world.now += 59;
    granted(&world.redeem(&code, &[]));
    let code = world.code(&[("code_challenge", verifier(2).challenge().as_str())]);
    world.now += 60;
    assert_eq!(error(&world.redeem(&code, &[("code_verifier", verifier(2).expose())])), "invalid_grant");
    assert!(world.refused_by("S-11"));
}

#[test]
fn a_code_of_one_issuer_is_worth_nothing_at_another() {
    let mut world = World::new();
    let code = world.code(&[]);
    world.set_issuer("https://app.example/authorizer/~no-iss");
    assert_eq!(error(&world.redeem(&code, &[])), "invalid_grant");
    world.set_issuer(ISSUER);
    granted(&world.redeem(&code, &[]));
}

#[test]
fn of_two_redemptions_at_once_exactly_one_wins() {
    // `handle` is synchronous, so "at once" is one after the other with nothing persisted between.
    let mut world = World::new();
    let code = world.code(&[]);
    let statuses = [world.redeem(&code, &[]).status, world.redeem(&code, &[]).status];
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1);
}

#[test]
fn no_two_codes_are_alike_and_none_is_stored() {
    let mut world = World::new();
    let one = world.code(&[]);
    let two = world.code(&[]);
    assert_ne!(one, two);
    let tokens = granted(&world.redeem(&one, &[]));
    let disk = format!("{:?}", world.records);
    for secret in [one, two, text(&tokens, "access_token"), text(&tokens, "refresh_token")] {
        assert!(!disk.contains(&secret));
    }
}
