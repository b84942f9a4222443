//! Whole logins in one process: the client against the built-in authorizer, with every fault that either
//! side, the network, the clock, the storage and the person can have.
#![cfg(test)]

#[path = "logins/liar.rs"]
mod liar;
mod support;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use pkce_login::authorizer::switches::{Needs, SWITCHES, Stage, SwitchKind, SwitchRow};
use pkce_login::client::ports::Clock as _;
use pkce_login::client::{
    self, BeginOptions, ClientConfig, Finished, LoginError, Session, Storage as Choice, forget_expired,
};
use pkce_login::protocol::authorization_request::RequestOptions;
use pkce_login::protocol::response_mode::ResponseMode;

use support::built_in::{APP, Arrival, BuiltIn, Person, config};
use support::executor::{Task, block_on, both, pause, run_all};
use support::random::Random;
use support::tab::{Storage, Tab};
use support::world::{Fate, World};

const ADA: Person = Person::SignsInAs("ada");

fn world() -> Rc<World<BuiltIn>> {
    World::new(BuiltIn::new(1))
}

/// Where the browser comes back to after the person was at the authorizer.
fn visit(world: &World<BuiltIn>, url: &str, person: Person) -> Arrival {
    world.server.borrow_mut().visit(url, person, world.now.get()).expect("a way back to the app")
}

fn go(tab: &Rc<Tab<BuiltIn>>, config: &ClientConfig, person: Person) -> Result<Session<Tab<BuiltIn>>, LoginError> {
    let started = block_on(tab.page(config).begin(&BeginOptions::default()))?;
    let arrival = visit(&tab.world, &started.url, person);
    match block_on(tab.page(config).finish(&arrival.url, arrival.form_body.as_deref()))? {
        Finished::SignedIn(session) => Ok(session),
        Finished::NothingToDo => panic!("an answer was not taken for one: {}", arrival.url),
    }
}

fn sign_in(tab: &Rc<Tab<BuiltIn>>) -> Session<Tab<BuiltIn>> {
    go(tab, &config(""), ADA).unwrap()
}

#[test]
fn somebody_signs_in_and_out_with_everything_between() {
    let world = world();
    let session = sign_in(&world.tab());
    let id_token = session.id_token().unwrap();
    assert_eq!((id_token.sub(), id_token.name()), ("ada", Some("Ada Demo")));
    assert!(block_on(session.userinfo()).unwrap().claims().contains("Ada Demo"));
    let old = block_on(session.access_token()).unwrap().1;
    world.pass(60);
    block_on(session.refresh()).unwrap();
    let new = block_on(session.access_token()).unwrap().1;
    assert_ne!(old, new);
    assert!(block_on(session.userinfo()).is_ok());
    let (sign_out, _) = session.sign_out_url(APP).unwrap().unwrap();
    assert!(sign_out.starts_with("https://app.example/authorizer/logout?"));
    block_on(session.revoke()).unwrap();
    assert!(!session.is_active());
}

#[test]
fn the_answer_arrives_every_way_it_was_asked_for() {
    for mode in [ResponseMode::Query, ResponseMode::Fragment, ResponseMode::FormPost] {
        let config = ClientConfig { response_mode: mode, ..config("") };
        let session = go(&world().tab(), &config, ADA).unwrap();
        assert_eq!(session.id_token().unwrap().sub(), "ada", "{mode:?}");
    }
}

#[test]
fn a_person_who_denies_is_not_signed_in() {
    let world = world();
    let error = go(&world.tab(), &config(""), Person::Denies).unwrap_err();
    assert_eq!(error.code(), "access_denied");
    assert_eq!(world.token_requests().len(), 0);
}

#[test]
fn a_silent_sign_in_succeeds_while_the_person_is_signed_in_there() {
    let world = world();
    let silent = BeginOptions {
        request: RequestOptions { prompt: Some("none".to_owned()), ..RequestOptions::default() },
        ..BeginOptions::default()
    };
    let config = config("");
    let tab = world.tab();
    let silently = || {
        let started = block_on(tab.page(&config).begin(&silent)).unwrap();
        let arrival = visit(&world, &started.url, ADA);
        block_on(tab.page(&config).finish(&arrival.url, None)).map(|_| ())
    };
    assert_eq!(silently().unwrap_err().code(), "login_required");
    sign_in(&tab);
    silently().unwrap();
}

#[test]
fn a_worker_that_was_stopped_loses_nothing() {
    let world = world();
    let tab = world.tab();
    let config = config("");
    let started = block_on(tab.page(&config).begin(&BeginOptions::default())).unwrap();
    let arrival = visit(&world, &started.url, ADA);
    world.server.borrow_mut().restart();
    let finished = block_on(tab.page(&config).finish(&arrival.url, None)).unwrap();
    let Finished::SignedIn(session) = finished else { panic!("nobody was signed in") };
    world.server.borrow_mut().restart();
    block_on(session.refresh()).unwrap();
    world.server.borrow_mut().restart();
    block_on(session.userinfo()).unwrap();
}

#[test]
fn two_tabs_with_two_behaviours_do_not_disturb_each_other() {
    let world = world();
    let (strict, lying) = (world.tab(), world.tab());
    let first = block_on(strict.page(&config("")).begin(&BeginOptions::default())).unwrap();
    let second = block_on(lying.page(&config("wrong-nonce")).begin(&BeginOptions::default())).unwrap();
    let (first, second) = (visit(&world, &first.url, ADA), visit(&world, &second.url, ADA));
    let (strict, lying) = (strict.page(&config("")), lying.page(&config("wrong-nonce")));
    let (signed_in, refused) = both(strict.finish(&first.url, None), lying.finish(&second.url, None));
    assert!(signed_in.is_ok());
    assert_eq!(refused.err().unwrap().code(), "nonce_mismatch");
}

/// The app at an issuer with that switch, asking for what the switch needs.
fn app_for(row: &SwitchRow) -> ClientConfig {
    let config = config(row.name);
    match row.switch.notes().needs {
        Needs::Nothing => config,
        Needs::Dpop => ClientConfig { dpop: true, ..config },
        Needs::Jarm => ClientConfig { response_mode: ResponseMode::QueryJwt, ..config },
        Needs::PushedRequests => ClientConfig { pushed_requests: true, ..config },
    }
}

fn rows(kind: SwitchKind) -> impl Iterator<Item = &'static SwitchRow> {
    SWITCHES.iter().filter(move |row| row.kind == kind)
}

#[test]
fn every_fault_of_the_authorizer_is_refused_for_the_right_reason() {
    let mut wrong = Vec::new();
    for row in rows(SwitchKind::Fault) {
        let (world, notes) = (world(), row.switch.notes());
        let found = match notes.stage {
            Stage::Logout => continue,
            Stage::Login => go(&world.tab(), &app_for(row), ADA).err(),
            later => {
                let session =
                    go(&world.tab(), &app_for(row), ADA).unwrap_or_else(|error| panic!("{}: {error}", row.name));
                match later {
                    Stage::Refresh => block_on(session.refresh()).err(),
                    _ => block_on(session.userinfo()).err(),
                }
            }
        };
        let code = found.as_ref().map_or("let in", LoginError::code);
        // Nothing of an answer that is refused leaves, and a code is sent once: a second time only for a nonce.
        let is_before = ["S-01", "S-16", "S-17", "S-18", "S-22"].contains(&row.check);
        let exchanges = match (is_before, notes.stage, row.name) {
            (true, ..) => 0,
            (_, Stage::Refresh, _) | (_, _, "dpop-nonce-loop") => 2,
            (_, _, "dpop-other-key") => 2,
            _ => 1,
        };
        let asked = world.token_requests().len();
        if code != notes.reason || asked != exchanges {
            wrong.push(format!(
                "{}: {code} with {asked} token requests, not {} with {exchanges}",
                row.name, notes.reason
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_fault_of_a_session_ends_it_only_if_it_is_about_another_person_or_the_grant_is_gone() {
    for (name, stays) in [
        ("userinfo-other-sub", true),
        ("refresh-no-access-token", true),
        ("refresh-wrong-nonce", true),
        ("refresh-other-sub", false),
        ("refresh-wrong-iss", false),
        ("refresh-invalid-grant", false),
    ] {
        let session = go(&world().tab(), &config(name), ADA).unwrap();
        let _ = block_on(session.userinfo());
        let _ = block_on(session.refresh());
        assert_eq!(session.is_active(), stays, "{name}");
    }
}

#[test]
fn a_weak_or_demanding_authorizer_does_not_disturb_an_honest_login() {
    for row in rows(SwitchKind::Weakness).chain(rows(SwitchKind::Demand)) {
        let session = go(&world().tab(), &app_for(row), ADA).unwrap_or_else(|error| panic!("{}: {error}", row.name));
        for step in [block_on(session.refresh()), block_on(session.userinfo()).map(drop), block_on(session.refresh())] {
            step.unwrap_or_else(|error| panic!("{}: {error}", row.name));
        }
    }
}

#[test]
fn a_replayed_code_ends_the_session_that_it_began() {
    use pkce_login::client::ports::{Http as _, HttpRequest};
    let world = world();
    let tab = world.tab();
    let session = sign_in(&tab);
    let first = world.token_requests().remove(0);
    let again = HttpRequest::form(first.url, first.body);
    assert_eq!(block_on(tab.send(again)).unwrap().status, 400);
    let error = block_on(session.refresh()).unwrap_err();
    assert_eq!(error.code(), "invalid_grant");
    assert!(!session.is_active());
}

/// How many logins the random run makes.
const LOGINS: usize = 10_000;

/// Logins that are under way at once in one world: two in each of two tabs.
const AT_ONCE: usize = 4;

/// How a login of the random run may end, besides well. Anything else means that an honest authorizer was
/// taken for a liar, or that one login got into another's way.
const HONEST_FAILURES: [&str; 18] = [
    "access_denied",
    "already_used",
    "expired",
    "host_unreachable",
    "invalid_grant",
    "invalid_dpop_proof",
    "invalid_token",
    "key_lost",
    "key_unavailable",
    "no_pending_transaction",
    "no_refresh_token",
    "session_over",
    "state_mismatch",
    "storage_blocked",
    "timed_out",
    "transaction_expired",
    "unexpected_status",
    "use_dpop_nonce",
];

#[test]
fn ten_thousand_logins_with_faults_end_signed_in_or_in_a_typed_error() {
    let seed = match std::env::var("PKCE_LOGIN_SEED") {
        Ok(text) => text.parse().expect("PKCE_LOGIN_SEED is a number"),
        Err(_) => seed_of_the_moment(),
    };
    println!("seed {seed}; to repeat: PKCE_LOGIN_SEED={seed} cargo test --test logins");
    let mut random = Random::new(seed);
    let ends: RefCell<BTreeMap<String, usize>> = RefCell::default();
    let lies = liar::Lies::default();
    for _ in 0..LOGINS / AT_ONCE {
        let world = World::new(BuiltIn::new(random.next()));
        world.server.borrow_mut().beside = Some(liar::answer);
        let mut fate = Random::new(random.next());
        world.set_network(move |_| match fate.below(24) {
            0 => Fate::RequestLost,
            1 => Fate::AnswerLost,
            _ => Fate::Delivered,
        });
        // Most authorizers let no page read what time it is there.
        world.server.borrow_mut().shows_date = random.one_in(3);
        let tabs = [world.tab_with_seed(random.next()), world.tab_with_seed(random.next())];
        for tab in &tabs {
            tab.clock_offset.set(random_offset(&mut random));
            tab.clock_drift.set([0, 0, 50, -50, 2_000, -2_000][random.below(6)]);
            tab.storage.set(if random.one_in(4) { Storage::FailsOnceIn(40) } else { Storage::Works });
        }
        let tasks = (0..AT_ONCE)
            .map(|at| {
                let (tab, random) = (Rc::clone(&tabs[at % 2]), Random::new(random.next()));
                let (ends, lies) = (&ends, &lies);
                Box::pin(async move {
                    let end = random_login(tab, random, lies).await;
                    *ends.borrow_mut().entry(end).or_default() += 1;
                }) as Task<'_>
            })
            .collect();
        run_all(tasks, &mut random);
        no_code_is_sent_twice(&world);
        liar::learns_nothing(&world);
        for tab in &tabs {
            nothing_stays_behind(tab);
        }
    }
    let ends = ends.into_inner();
    let lies = lies.into_inner();
    println!("{ends:#?} {lies:#?}");
    assert_eq!(ends.values().sum::<usize>(), LOGINS);
    let unexpected: Vec<_> = ends
        .keys()
        .filter(|end| *end != "signed in" && *end != "gave up" && !HONEST_FAILURES.contains(&end.as_str()))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
    assert!(ends["signed in"] > LOGINS / 3, "hardly anybody was signed in, so little was tested");
    assert!(lies.len() == 4 && lies.values().all(|told| *told > LOGINS / 100), "hardly any lie was told: {lies:?}");
}

/// How far a clock is ahead, in seconds: most are right, and the others are off by up to a day.
fn random_offset(random: &mut Random) -> i64 {
    let most = [0, 0, 0, 100, 700, 4_000, 82_000][random.below(7)];
    i64::try_from(random.below(2 * most + 1)).unwrap() - i64::try_from(most).unwrap()
}

fn seed_of_the_moment() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    u64::from(since.subsec_nanos()) ^ since.as_secs()
}

/// One person's way through one login, with whatever chance has in store.
async fn random_login(tab: Rc<Tab<BuiltIn>>, mut random: Random, lies: &liar::Lies) -> String {
    match try_random_login(tab, &mut random, lies).await {
        Ok(end) => end.to_owned(),
        Err(error) => {
            let texts = error.explain();
            assert!(!texts.happened.is_empty() && !texts.means.is_empty() && !texts.to_do.is_empty());
            error.code().to_owned()
        }
    }
}

async fn try_random_login(
    tab: Rc<Tab<BuiltIn>>,
    random: &mut Random,
    lies: &liar::Lies,
) -> Result<&'static str, LoginError> {
    let world = &tab.world;
    let config = random_config(random);
    let page = tab.page(&config);
    let options = BeginOptions::default();
    pause(random.below(4)).await;
    let started = page.begin(&options).await?;
    if random.one_in(5) {
        // A second press: the same login, unless another page of this tab spoilt it in between.
        let _ = page.begin(&options).await;
    }
    pause(random.below(6)).await;
    if random.one_in(6) {
        liar::lies(&tab, &config, &started, random, lies).await;
    }
    if random.one_in(20) {
        return Ok("gave up");
    }
    let person = match random.below(10) {
        0 => Person::Denies,
        at if at % 2 == 0 => Person::SignsInAs("grace"),
        _ => ADA,
    };
    if random.one_in(10) {
        world.server.borrow_mut().restart();
    }
    let arrival = world.server.borrow_mut().visit(&started.url, person, world.now.get());
    let Ok(arrival) = arrival else {
        // A request that was left there is kept for a minute only.
        assert!(started.url.contains("request_uri="));
        return Ok("gave up");
    };
    match random.below(50) {
        4 => world.clear_keys(),
        5 => tab.has_keys.set(false),
        0 => world.pass(700),
        1 => tab.sleep(700),
        // Somebody sets the clock, right or wrong.
        2 => tab.clock_offset.set(0),
        6 | 7 => tab.clock_offset.set(random_offset(random)),
        3 => world.pass(45),
        _ => {}
    }
    pause(random.below(6)).await;
    let body = arrival.form_body.as_deref();
    if random.one_in(8) {
        // Somebody else's answer first.
        let foreign = format!("{}?error=access_denied&state=somebody-elses", config.redirect_uri);
        assert!(page.finish(&foreign, None).await.is_err());
    }
    // A new page, as the redirect makes one; sometimes the app itself, in the place of the callback page.
    let taken = if body.is_none() && random.one_in(3) { take_at_the_app(&tab, &arrival, &config) } else { None };
    let page = tab.page(&config);
    let finished = page.finish(&arrival.url, body).await;
    assert!(taken != Some(false) || finished.is_err(), "the app left an answer that it was waiting for");
    if random.one_in(3) {
        let again = page.finish(&arrival.url, body).await;
        let reloaded = tab.page(&config).finish(&arrival.url, body).await;
        assert!(finished.is_err() || again.is_ok(), "a session was lost by asking again");
        let is_kept = config.storage != Choice::Memory;
        assert!(finished.is_err() || reloaded.is_err() || is_kept, "one answer made two sessions");
    }
    let Finished::SignedIn(session) = finished? else { panic!("an answer was not taken for one: {}", arrival.url) };
    tab.has_keys.set(true);
    let is_shared = config.storage != Choice::Memory;
    use_session(&session, world, random, is_shared).await;
    // The page is loaded again: a session that is kept goes on, any other is gone.
    let kept = tab.page(&config).resume().await;
    assert!(kept.is_none() || config.storage != Choice::Memory);
    if let Some(kept) = kept {
        use_session(&kept, world, random, is_shared).await;
    }
    Ok("signed in")
}

/// The app answers the redirect URI and looks at its own address: whether it takes what stands there. `None` where the
/// storage of the tab may refuse to say. Looking changes nothing, and what is no answer is left alone.
fn take_at_the_app(tab: &Tab<BuiltIn>, arrival: &Arrival, config: &ClientConfig) -> Option<bool> {
    if tab.storage.get() != Storage::Works {
        return None;
    }
    let stored = tab.stored_text();
    let (_, answer) = arrival.url.split_once(['?', '#']).unwrap();
    for elsewhere in [format!("{APP}?{answer}"), format!("{}#/orders?id=1&state=open", config.redirect_uri)] {
        assert!(client::arrival(tab, &elsewhere).is_none(), "{elsewhere} was taken for an answer");
    }
    let found = client::arrival(tab, &arrival.url);
    if let Some(found) = &found {
        assert_eq!((&found.redirect_uri, found.return_to.as_deref()), (&config.redirect_uri, Some("/")));
        // In a signed answer the state does not stand in the address.
        let foreign = arrival.url.replace(&found.state, "somebody-elses");
        assert!(config.response_mode.is_signed() || client::arrival(tab, &foreign).is_none());
    }
    assert_eq!(tab.stored_text(), stored);
    Some(found.is_some())
}

/// An app of any kind that there is.
fn random_config(random: &mut Random) -> ClientConfig {
    let switches = ["", "", "", "", "dpop-nonce-required", "par-required"];
    let config = config(switches[random.below(switches.len())]);
    let storage = [Choice::Memory, Choice::Memory, Choice::Tab, Choice::Device][random.below(4)];
    ClientConfig {
        response_mode: ResponseMode::ALL[random.below(ResponseMode::ALL.len())],
        dpop: storage == Choice::Device || random.one_in(3),
        pushed_requests: random.one_in(4),
        storage,
        ..config
    }
}

/// What an app does with a session; every failure of it is typed, and none but a final one ends it.
async fn use_session(session: &Session<Tab<BuiltIn>>, world: &World<BuiltIn>, random: &mut Random, is_shared: bool) {
    for _ in 0..random.below(5) {
        let was_active = session.is_active();
        let result = match random.below(4) {
            0 => session.userinfo().await.map(|_| ()),
            1 => session.access_token().await.map(|_| ()),
            2 => session.refresh().await,
            _ => {
                world.pass(i64::try_from(random.below(200)).unwrap());
                Ok(())
            }
        };
        if let Err(error) = result {
            assert!(HONEST_FAILURES.contains(&error.code()), "{error}");
            // Somebody may have signed out in another tab, or signed in where this session was kept.
            let heard = is_shared || world.messages().contains("signed_out");
            assert!(session.is_active() == (was_active && !error.ends_session()) || heard, "{error}");
        }
    }
    if random.one_in(3) {
        let _ = session.revoke().await;
        assert!(!session.is_active());
    }
}

/// Once, or a second time with another proof, after the first proof was refused and the code not looked at.
fn no_code_is_sent_twice(world: &World<BuiltIn>) {
    let mut seen: BTreeMap<String, serde_json::Value> = BTreeMap::new();
    let mut again = BTreeSet::new();
    for request in world.token_requests() {
        for secret in [request.form("code"), request.form("code_verifier")].into_iter().flatten() {
            let proof = request.proof().unwrap_or_default();
            if let Some(first) = seen.insert(secret.clone(), proof.clone()) {
                let differs = first["nonce"] != proof["nonce"] || first["iat"] != proof["iat"];
                assert!(differs && again.insert(secret), "a code or a verifier was sent twice");
            }
        }
    }
}

/// Ten minutes later one begun login leaves one slot, and the storage holds nothing of the others.
fn nothing_stays_behind(tab: &Rc<Tab<BuiltIn>>) {
    tab.storage.set(Storage::Works);
    tab.clock_offset.set(0);
    tab.clock_drift.set(0);
    tab.world.go_online();
    // A login that was begun before the clock was set back is over ten minutes after somebody saw that.
    forget_expired(&**tab, tab.now());
    tab.world.pass(4_300);
    block_on(tab.page(&config("")).begin(&BeginOptions::default())).unwrap();
    assert_eq!(tab.pending_logins(), 1);
}
