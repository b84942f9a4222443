//! Behaviours 1 to 8: from the button to the session.

use std::cell::RefCell;
use std::rc::Rc;

use pkce_login::client::{BeginOptions, ClientConfig, Finished, LoginError, PENDING_PREFIX, Storage as Choice};
use pkce_login::protocol::json::Object;
use serde_json::Value;

use crate::helpers::{
    authorize, begin, code_of, config, finish, finish_at, page, sign_in, sign_in_at, try_to_sign_in_as, world,
};
use crate::support::built_in::{self, BuiltIn, Person};
use crate::support::executor::{Task, block_on, run_all};
use crate::support::provider::{Answer, ISSUER, REDIRECT_URI};
use crate::support::random::Random;
use crate::support::signer::Signer;
use crate::support::world::World;

#[test]
fn behaviour_01_each_login_has_a_slot_of_its_own_under_its_state() {
    let world = world();
    let tabs = [world.tab(), world.tab()];
    let options = BeginOptions { return_to: "/inbox".to_owned(), ..BeginOptions::default() };
    let mut started = Vec::new();
    for _ in 0..2 {
        for tab in &tabs {
            started.push((Rc::clone(tab), block_on(page(tab).begin(&options)).unwrap()));
        }
    }
    for (tab, login) in &started {
        let pending = &login.pending;
        let (_, record) = tab.stored(&format!("{PENDING_PREFIX}{}", pending.state.expose())).unwrap();
        let record = Object::parse(&record).unwrap();
        for kept in [pending.verifier.expose(), pending.nonce.as_ref().unwrap().expose(), REDIRECT_URI, "/inbox"] {
            assert!(record.iter().any(|(_, value)| value.as_str() == Some(kept)), "{kept} is not in its slot");
        }
        assert_eq!(record.get("started_at").and_then(|at| at.as_whole()), Some(world.now.get()));
    }
    // The last one that was begun comes back first, and none is in the way of another.
    for (tab, login) in started.iter().rev() {
        let session = finish(&page(tab), &authorize(tab, login)).unwrap().unwrap();
        assert_eq!((session.person(), session.return_to()), ("Ada Demo", "/inbox"));
    }
    assert_eq!(tabs.each_ref().map(|tab| tab.pending_logins()), [0, 0]);
    assert_eq!(world.token_requests().len(), 4);
}

#[test]
fn behaviour_01_five_abandoned_logins_leave_nothing_behind() {
    let world = world();
    let tab = world.tab();
    for _ in 0..5 {
        begin(&page(&tab));
        world.pass(10);
    }
    world.pass(600);
    let answer = authorize(&tab, &begin(&page(&tab)));
    assert_eq!(tab.pending_logins(), 1);
    finish(&page(&tab), &answer).unwrap();
    assert_eq!(tab.pending_logins(), 0);
}

#[test]
fn behaviour_02_two_components_and_a_double_click_make_one_login() {
    let world = world();
    let tab = world.tab();
    let client = page(&tab);
    let options = BeginOptions::default();
    let urls: RefCell<Vec<String>> = RefCell::default();
    let press = || -> Task<'_> {
        Box::pin(async {
            let started = client.begin(&options).await.unwrap();
            urls.borrow_mut().push(started.url);
        })
    };
    run_all(vec![press(), press(), press()], &mut Random::new(2));
    let urls = urls.take();
    assert!(urls.len() == 3 && urls.iter().all(|url| *url == urls[0]));
    let answer = world.server.borrow_mut().authorize(&urls[0]).url();
    let mounted = page(&tab);
    let signed_in: RefCell<usize> = RefCell::default();
    let mount = || -> Task<'_> {
        Box::pin(async {
            assert!(matches!(mounted.finish(&answer, None).await, Ok(Finished::SignedIn(_))));
            *signed_in.borrow_mut() += 1;
        })
    };
    run_all(vec![mount(), mount(), mount()], &mut Random::new(3));
    assert_eq!((signed_in.take(), world.token_requests().len()), (3, 1));
}

#[test]
fn behaviour_04_a_reloaded_callback_is_calm() {
    let world = world();
    let tab = world.tab();
    let answer = authorize(&tab, &begin(&page(&tab)));
    let session = finish(&page(&tab), &answer).unwrap().unwrap();
    world.forget_requests();
    let stored = tab.stored_text();
    let error = finish(&page(&tab), &answer).unwrap_err();
    assert_eq!((error.code(), error.ends_session()), ("already_used", false));
    assert!(error.authorizer_says().is_none() && !error.explain().to_do.is_empty());
    assert_eq!((world.requests().len(), tab.stored_text()), (0, stored));
    assert!(session.is_active());
    // And the button works.
    sign_in(&tab);
}

#[test]
fn behaviour_04_who_is_signed_in_is_not_told_of_a_callback_that_was_used() {
    let world = world();
    for config in [
        ClientConfig { storage: Choice::Tab, ..config() },
        ClientConfig { storage: Choice::Device, dpop: true, ..config() },
    ] {
        let tab = world.tab();
        let started = block_on(tab.page(&config).begin(&BeginOptions::default())).unwrap();
        let answer = authorize(&tab, &started);
        finish(&tab.page(&config), &answer).unwrap();
        world.forget_requests();
        for _ in 0..2 {
            let session = finish(&tab.page(&config), &answer).unwrap().expect("the session that there is");
            assert_eq!((session.person(), session.is_active()), ("Ada Demo", true));
        }
        assert_eq!(world.requests().len(), 0);
        block_on(finish(&tab.page(&config), &answer).unwrap().unwrap().revoke()).unwrap();
        assert_eq!(code_of(finish(&tab.page(&config), &answer)), "already_used", "nobody is signed in any more");
    }
}

#[test]
fn behaviour_05_what_is_not_ours_is_left_alone() {
    let world = world();
    let tab = world.tab();
    let started = begin(&page(&tab));
    let (requests, stored) = (world.requests().len(), tab.stored_text());
    let lie = "error=access_denied&error_description=Call+555-0100";
    for address in [
        "https://app.example/shop?code=SUMMER&state=CA".to_owned(),
        format!("https://app.example/?{lie}"),
        format!("{REDIRECT_URI}?code=stolen&state=foreign&iss={ISSUER}"),
        format!("{REDIRECT_URI}?{lie}&state=foreign"),
        format!("{REDIRECT_URI}?{lie}"),
    ] {
        match finish_at(&page(&tab), &address) {
            Ok(session) => assert!(session.is_none() && !address.starts_with(REDIRECT_URI), "{address}"),
            Err(error) => {
                let texts = error.explain();
                let shown = format!("{error} {error:?} {} {} {}", texts.happened, texts.means, texts.to_do);
                assert!(address.starts_with(REDIRECT_URI) && !shown.contains("555-0100"), "{shown}");
                assert!(error.authorizer_says().is_none(), "somebody else's words");
            }
        }
        assert_eq!((world.requests().len(), &tab.stored_text()), (requests, &stored), "{address}");
    }
    assert!(finish(&page(&tab), &authorize(&tab, &started)).unwrap().is_some());
}

#[test]
fn behaviour_06_a_page_that_signs_in_by_itself_stops_and_says_why() {
    let world = World::new(BuiltIn::new(6));
    let tab = world.tab();
    let config = built_in::config("");
    // A page that goes to the authorizer whenever nobody is signed in. Nobody is signed in there either.
    let mut trips = 0;
    let stopped = loop {
        let started = match block_on(tab.page(&config).begin_unasked(&BeginOptions::default())) {
            Ok(started) => started,
            Err(error) => break error,
        };
        trips += 1;
        assert!(trips < 10, "back and forth without end");
        let back = world.server.borrow_mut().visit(&started.url, Person::SignsInAs("ada"), world.now.get()).unwrap();
        let refused = block_on(tab.page(&config).finish(&back.url, None)).err().unwrap();
        assert!(refused.needs_person());
        world.pass(2);
    };
    assert_eq!((trips, stopped.code()), (2, "too_many_redirects"));
    assert!(stopped.explain().happened.contains("too often"));
    assert_eq!(world.token_requests().len(), 0);
    assert!(block_on(tab.page(&config).begin(&BeginOptions::default())).is_ok(), "a press on the button is no loop");
}

#[test]
fn behaviour_07_an_answer_is_read_in_one_order_and_every_ambiguity_is_refused() {
    type Change = fn(Answer) -> Answer;
    let cases: [(&str, Change); 11] = [
        ("duplicate_parameter", |answer| answer.then("state", "evil")),
        ("duplicate_parameter", |answer| answer.after("state", "evil").changed("state", "evil")),
        ("duplicate_parameter", |answer| answer.after("code", "evil")),
        ("state_missing", |answer| answer.without("state")),
        ("state_mismatch", |answer| answer.changed("state", "evil")),
        ("iss_mismatch", |answer| answer.changed("iss", "https://evil.example")),
        ("iss_missing", |answer| answer.without("iss")),
        ("code_and_error", |answer| answer.then("error", "access_denied")),
        ("missing_code", |answer| answer.without("code")),
        // The first rule that is broken decides: whose answer it is, then who sent it, then what it says.
        ("state_mismatch", |answer| answer.changed("state", "evil").changed("iss", "https://evil.example")),
        ("iss_mismatch", |answer| {
            answer.changed("iss", "https://evil.example").without("code").then("error", "access_denied")
        }),
    ];
    for (code, change) in cases {
        let world = world();
        let tab = world.tab();
        let answer = change(authorize(&tab, &begin(&page(&tab))));
        assert_eq!(code_of(finish(&page(&tab), &answer)), code, "{}", answer.query());
        assert_eq!(world.token_requests().len(), 0);
    }
    let tab = world().tab();
    let denied = authorize(&tab, &begin(&page(&tab))).without("code").then("error", "access_denied");
    assert!(matches!(finish(&page(&tab), &denied), Err(LoginError::Refused(_))), "and an error is an answer");
}

#[test]
fn behaviour_08_an_id_token_is_validated_whole_without_being_asked_to() {
    type Lie = fn(&mut Value, &mut Value);
    let lies: [(&str, Lie); 11] = [
        ("iss_mismatch", |_, claims| claims["iss"] = "https://evil.example".into()),
        ("aud_mismatch", |_, claims| claims["aud"] = "other".into()),
        ("azp_mismatch", |_, claims| claims["azp"] = "other".into()),
        ("expired", |_, claims| claims["exp"] = (claims["iat"].as_i64().unwrap() - 3600).into()),
        ("iat_in_future", |_, claims| claims["iat"] = (claims["iat"].as_i64().unwrap() + 3600).into()),
        ("nonce_mismatch", |_, claims| claims["nonce"] = "other".into()),
        ("sub_missing", |_, claims| drop(claims.as_object_mut().unwrap().remove("sub"))),
        ("at_hash_mismatch", |_, claims| claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA".into()),
        ("alg_not_allowed", |header, _| header["alg"] = "none".into()),
        ("alg_not_allowed", |header, _| header["alg"] = "HS256".into()),
        ("no_matching_key", |header, _| header["kid"] = "nobodys".into()),
    ];
    for (code, lie) in lies {
        assert_eq!(code_of(sign_in_at(|provider| provider.edit_id_token = Box::new(lie))), code);
    }
    assert_eq!(code_of(sign_in_at(|provider| provider.signer = Signer::new("key-1"))), "bad_signature");
    // Where the app asked how old the sign-in may be, it has to be said and kept to.
    let recent = BeginOptions {
        request: pkce_login::protocol::authorization_request::RequestOptions {
            max_age: Some(60),
            ..Default::default()
        },
        ..BeginOptions::default()
    };
    for (code, auth_time) in [("auth_time_missing", Value::Null), ("auth_time_too_old", 1.into())] {
        let world = world();
        world.server.borrow_mut().edit_id_token = Box::new(move |_, claims| {
            claims["auth_time"] = auth_time.clone();
            claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
        });
        let tab = world.tab();
        let answer = authorize(&tab, &block_on(page(&tab).begin(&recent)).unwrap());
        assert_eq!(code_of(finish(&page(&tab), &answer)), code);
    }
}

#[test]
fn behaviour_08_a_key_that_is_unknown_is_asked_for_once() {
    let world = world();
    let tab = world.tab();
    sign_in(&tab);
    world.pass(61);
    {
        let mut provider = world.server.borrow_mut();
        provider.rotate_key("key-2");
        provider.edit_id_token = Box::new(|header, _| header["kid"] = "key-2".into());
    }
    world.forget_requests();
    sign_in(&tab);
    assert_eq!(world.requests_to("/jwks"), 1);
    assert!(try_to_sign_in_as(&tab, &config()).is_ok());
    assert_eq!(world.requests_to("/jwks"), 1);
}
