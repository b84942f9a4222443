//! Clocks by chance: off by a constant, drifting, and set or stopped in the middle. Nobody who is honest is turned away,
//! and no session renews more often than its tokens end and its clock is set.

use std::rc::Rc;

use pkce_login::client::ports::Clock as _;
use pkce_login::client::{BeginOptions, ClientConfig, Storage};
use pkce_login::protocol::authorization_request::RequestOptions;
use pkce_login::protocol::response_mode::ResponseMode;

use crate::helpers::{ProviderTab, authorize, code_of, config, finish, world};
use crate::support::executor::block_on;
use crate::support::provider::Provider;
use crate::support::random::Random;
use crate::support::world::World;

const DAY: i64 = 86_400;

/// A token of [`Provider`] lives so many seconds, and is renewed so many before its end.
const LIFE: i64 = 300;
const MARGIN: i64 = 30;

fn random() -> Random {
    let seed = std::env::var("PKCE_LOGIN_SEED").map_or_else(
        |_| std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64,
        |text| text.parse().expect("PKCE_LOGIN_SEED is a number"),
    );
    println!("to repeat: PKCE_LOGIN_SEED={seed}");
    Random::new(seed)
}

fn below(random: &mut Random, limit: i64) -> i64 {
    i64::try_from(random.below(usize::try_from(limit).unwrap())).unwrap()
}

/// A number of seconds in either direction: of each size as often as of any other.
fn seconds(random: &mut Random, most: i64) -> i64 {
    let limit = [40, 100, 700, 4_000, most][random.below(5)].min(most);
    below(random, 2 * limit + 1) - limit
}

/// An authorizer whose `Date` no page may read, and a tab with a clock of any kind.
fn world_and_tab(random: &mut Random) -> (Rc<World<Provider>>, Rc<ProviderTab>) {
    let world = world();
    world.server.borrow_mut().shows_date = false;
    let tab = world.tab_with_seed(random.next());
    tab.clock_offset.set(seconds(random, DAY - 1_000));
    tab.clock_drift.set([0, 0, 50, -50, 2_000, -2_000][random.below(6)]);
    (world, tab)
}

#[test]
fn everybody_signs_in_whose_clock_is_off_by_up_to_a_day_drifts_or_is_set_in_the_middle() {
    let mut random = random();
    for at in 0..1_000 {
        let (world, tab) = world_and_tab(&mut random);
        let storage = [Storage::Memory, Storage::Tab, Storage::Device][random.below(3)];
        let app = ClientConfig {
            response_mode: [ResponseMode::Query, ResponseMode::QueryJwt][random.below(2)],
            dpop: storage == Storage::Device,
            storage,
            ..config()
        };
        // Some tokens live no longer than a minute, and some carry `nbf`.
        let (life, has_nbf) = ([60, 300, 3_600, 10 * DAY][random.below(4)], random.one_in(2));
        world.server.borrow_mut().edit_id_token = Box::new(move |_, claims| {
            let iat = claims["iat"].as_i64().unwrap();
            claims["exp"] = (iat + life).into();
            if has_nbf {
                claims["nbf"] = iat.into();
            }
        });
        let request = RequestOptions { max_age: random.one_in(3).then_some(120), ..RequestOptions::default() };
        let started = block_on(tab.page(&app).begin(&BeginOptions { request, ..BeginOptions::default() })).unwrap();
        let began_at = tab.now();
        // The person takes a while.
        world.pass(below(&mut random, 400));
        let answer = authorize(&tab, &started);
        let answer = match app.response_mode.is_signed() {
            true => answer.signed(&world.server.borrow(), world.now.get()),
            false => answer,
        };
        if random.one_in(3) {
            // Somebody sets the clock right, or wrong. More than ten minutes ahead the login looks left alone.
            let most = 600 - (tab.now() - began_at);
            let set = seconds(&mut random, DAY).min(most);
            let offset = (tab.clock_offset.get() + set).clamp(1_000 - DAY, DAY - 1_000);
            tab.clock_offset.set(offset);
        }
        let offset = tab.now() - world.now.get();
        let session = finish(&tab.page(&app), &answer);
        let session = session.unwrap_or_else(|error| panic!("login {at}, clock {offset}, life {life}: {error}"));
        let session = session.expect("an answer to this login");
        // What is off by more than the login took is told to the person, as far as it can be known.
        let told = session.clock_is_ahead_by().unwrap_or_default();
        let unknown = 60 + tab.now() - began_at;
        assert!((told - offset).abs() <= unknown.abs().max(60), "login {at}: {offset} was told as {told}");
        assert_eq!(world.token_requests().len(), 1);
    }
}

#[test]
fn a_session_renews_when_its_tokens_end_and_once_more_at_most_each_time_its_clock_is_set() {
    let mut random = random();
    for at in 0..20 {
        let (world, tab) = world_and_tab(&mut random);
        let storage = [Storage::Tab, Storage::Device][random.below(2)];
        let app = ClientConfig { dpop: storage == Storage::Device, storage, ..config() };
        let started = block_on(tab.page(&app).begin(&BeginOptions::default())).unwrap();
        let answer = authorize(&tab, &started);
        let mut session = finish(&tab.page(&app), &answer).unwrap().unwrap();
        let (mut renewed, mut renewed_at, mut sets, mut may_be_old) = (0, world.now.get(), 0, false);
        let began_at = world.now.get();
        for step in 0..120 {
            match random.below(12) {
                0 => tab.sleep(below(&mut random, 2 * LIFE)),
                1 => {
                    let offset = seconds(&mut random, DAY - 1_000);
                    // Set back: the device cannot know how long it slept, or how long no page was open.
                    may_be_old |= offset < tab.clock_offset.get();
                    tab.clock_offset.set(offset);
                    sets += 1;
                }
                // Another page of the app.
                2 => session = block_on(tab.page(&app).resume()).expect("the session is kept"),
                _ => world.pass(below(&mut random, 20)),
            }
            for _ in 0..3 {
                block_on(session.refresh_if_due()).unwrap_or_else(|error| panic!("session {at}, step {step}: {error}"));
                block_on(session.access_token()).unwrap_or_else(|error| panic!("session {at}, step {step}: {error}"));
            }
            let now_renewed = world.token_requests().len() - 1;
            assert!(now_renewed <= renewed + 1, "session {at}, step {step}: a loop");
            if now_renewed > renewed {
                (renewed, renewed_at, may_be_old) = (now_renewed, world.now.get(), false);
            }
            let age = world.now.get() - renewed_at;
            // A clock that loses two seconds in a thousand loses less than one in a life.
            assert!(may_be_old || age <= LIFE - MARGIN + 2, "session {at}, step {step}: a token of {age} s is used");
        }
        let lived = world.now.get() - began_at;
        let most = lived / (LIFE - MARGIN - 2) + sets;
        assert!(renewed as i64 <= most, "session {at}: {renewed} times in {lived} s, set {sets} times");
    }
}

#[test]
fn a_login_that_took_longer_than_its_token_lives_by_a_clock_that_is_ahead_is_no_old_one() {
    for (ahead, took, life) in [(480, 540, 300), (300, 360, 60), (90, 100, 60), (550, 590, 300)] {
        let world = world();
        world.server.borrow_mut().shows_date = false;
        world.server.borrow_mut().edit_id_token =
            Box::new(move |_, claims| claims["exp"] = (claims["iat"].as_i64().unwrap() + life).into());
        let tab = world.tab();
        tab.clock_offset.set(ahead);
        let started = block_on(tab.page(&config()).begin(&BeginOptions::default())).unwrap();
        world.pass(took);
        let answer = authorize(&tab, &started);
        let session = finish(&tab.page(&config()), &answer);
        assert_eq!(code_of(session.as_ref().map(|_| ()).map_err(Clone::clone)), "", "{ahead} {took} {life}");
        assert_eq!(session.unwrap().unwrap().clock_is_ahead_by(), Some(ahead));
    }
}
