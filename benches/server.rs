//! Complete logins a second over HTTP, on one connection that is kept: `cargo bench --bench server --features server`.
//!
//! A login is an authorization request without pages and the exchange of its code, with everything that is checked, and
//! the signature. The client of the benchmark runs on another core and waits for each answer.
#![allow(missing_docs, reason = "the macros of the harness make public functions without any")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "as in tests")]

#[path = "../tests/server/program.rs"]
#[allow(dead_code, reason = "the tests use the rest")]
mod program;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pkce_login::protocol::pkce::CodeVerifier;
use program::{Browser, Program, authorize_url_of, code, exchange};

fn logins(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("server");
    group.throughput(Throughput::Elements(1));
    let program = Program::start_with_log("none", &["--sign-in-as", "ada", "--give-consent"]);
    let issuer = program.issuer();
    let token_endpoint = format!("{issuer}/token");
    let mut browser = Browser::new();
    let mut count = 0u64;
    group.bench_function("login", |bencher| {
        bencher.iter(|| {
            count += 1;
            let mut entropy = [0; 32];
            entropy[..8].copy_from_slice(&count.to_le_bytes());
            let verifier = CodeVerifier::from_entropy(&entropy);
            let code = code(&browser.get(&authorize_url_of(&issuer, &verifier)));
            let tokens = browser.post(&token_endpoint, &exchange(&code, &verifier));
            assert_eq!(tokens.status, 200, "{}", tokens.body);
        });
    });
    group.bench_function("start", |bencher| {
        bencher.iter(|| Program::start_with_log("none", &[]));
    });
}

criterion_group!(benches, logins);
criterion_main!(benches);
