//! Complete logins a second on one core, client against authorizer in one process:
//! `cargo bench --bench logins`.
#![allow(missing_docs, reason = "the macros of the harness make public functions without any")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "as in tests")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::rc::Rc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pkce_login::client::{BeginOptions, ClientConfig, Finished};
use pkce_login::protocol::authorization_request::RequestOptions;
use support::built_in::{BuiltIn, Person, config};
use support::executor::block_on;
use support::signer::{self, Signer};
use support::tab::Tab;
use support::world::World;

/// After so many logins a new authorizer starts, so that memory does not grow.
const LOGINS_OF_ONE_AUTHORIZER: usize = 1_000;

/// Begin, the authorizer's sign-in and consent pages, callback, token request, signature and claims.
fn complete_login(tab: &Rc<Tab<BuiltIn>>, config: &ClientConfig, options: &BeginOptions) {
    let world = &tab.world;
    let started = block_on(tab.page(config).begin(options)).unwrap();
    let arrival = world.server.borrow_mut().visit(&started.url, Person::SignsInAs("ada"), world.now.get()).unwrap();
    let finished = block_on(tab.page(config).finish(&arrival.url, None)).unwrap();
    let Finished::SignedIn(session) = finished else { panic!("nobody was signed in") };
    assert_eq!(session.id_token().unwrap().sub(), "ada");
    world.forget_requests();
}

fn logins(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("logins");
    group.throughput(Throughput::Elements(1));
    let config = config("");
    // Every login sees both pages, also when the person allowed the same before.
    let options = BeginOptions {
        request: RequestOptions { prompt: Some("login consent".to_owned()), ..RequestOptions::default() },
        ..BeginOptions::default()
    };
    group.bench_function("complete", |bencher| {
        let mut tab = World::new(BuiltIn::new(1)).tab();
        let mut count = 0;
        bencher.iter(|| {
            count += 1;
            if count % LOGINS_OF_ONE_AUTHORIZER == 0 {
                tab = World::new(BuiltIn::new(count as u64)).tab();
            }
            complete_login(&tab, &config, &options);
        });
    });
    // How much of a login is one signature made and one checked: no login can be quicker.
    group.bench_function("signatures", |bencher| {
        use pkce_login::protocol::json::Object;
        use pkce_login::protocol::jwk::Jwk;
        use pkce_login::protocol::signing_algorithm::SigningAlgorithm;
        let signer = Signer::new("");
        let jwk = signer.public_jwk().to_string();
        let jwk = Jwk::from_object(&Object::parse(&jwk).unwrap()).unwrap();
        bencher.iter(|| {
            let signature = signer.sign(b"a message");
            signer::verify(SigningAlgorithm::Es256, &jwk, b"a message", &signature)
        });
    });
    group.finish();
}

criterion_group!(benches, logins);
criterion_main!(benches);
